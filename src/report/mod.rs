//! Reports: what the run found, in each format. Everything a report needs is in [`Input`]; the formats know neither model nor
//! configuration, so they are tested with findings made by hand.
//!
//! [`human`] and [`short`] are for people, [`json`] (own, versioned schema: `docs/report.schema.json`) and [`sarif`] for programs,
//! [`cargo`] writes the lines that editors read from `cargo check`. [`position`] and [`paths`] are the only places that count columns
//! and shorten paths.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::discover::Notice;
use crate::lint::{Level, Lint, Role};

pub mod cargo;
mod footer;
pub mod hash;
pub mod human;
pub mod json;
pub mod paths;
pub mod position;
pub mod sarif;
pub mod short;

/// A file that some result points into.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Its text, byte order mark included.
    pub text: String,
    /// Its lines.
    pub lines: position::Lines,
}

impl SourceFile {
    /// A file with its text.
    pub fn new(path: PathBuf, text: String) -> SourceFile {
        let lines = position::Lines::new(&text);
        SourceFile { path, text, lines }
    }
}

/// A place: file and byte range, never empty in a file that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index in [`Input::files`].
    pub file: usize,
    /// First byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

/// A place with a remark, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where.
    pub place: Place,
    /// What is to be seen there.
    pub text: String,
}

/// A judged finding.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Id of the lint.
    pub lint: &'static str,
    /// Its level; that of an undecided place is the one it would have.
    pub level: Level,
    /// Cause, when the place could not be decided.
    pub unknown: Option<&'static str>,
    /// Where the mend goes.
    pub primary: Remark,
    /// Further evidence.
    pub secondary: Vec<Remark>,
    /// Chain from the entry point.
    pub flow: Vec<Remark>,
    /// What is wrong.
    pub message: String,
    /// What happens because of it.
    pub why: String,
    /// Where we looked.
    pub looked: Vec<String>,
    /// What to do.
    pub help: String,
    /// Role of the place.
    pub role: Role,
    /// Why the level is lower than the configured one.
    pub capped: Option<&'static str>,
    /// Path of the item it lies in; empty at file level.
    pub item: String,
    /// Package of the file.
    pub package: String,
    /// Target of that package.
    pub target: TargetRef,
    /// Identity across edits elsewhere: lint, item, normalised statement, ordinal.
    pub fingerprint: String,
}

/// The target a file belongs to, for cargo's lines.
#[derive(Clone, Debug, Default)]
pub struct TargetRef {
    /// Folder of the package.
    pub package_root: PathBuf,
    /// Version of the package.
    pub version: String,
    /// `lib`, `bin`, `proc-macro`.
    pub kind: &'static str,
    /// Name of the target.
    pub name: String,
    /// Root file.
    pub root_file: PathBuf,
}

/// How much of the workspace was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Source files of the production targets.
    pub files: u64,
    /// Of those, files that were not read (syntax, encoding, size).
    pub files_unread: u64,
    /// Of those, files marked as generated: facts, no findings.
    pub files_generated: u64,
    /// Bodies of functions, constants and statics.
    pub bodies: u64,
    /// Calls in them.
    pub calls: u64,
    /// Of those, calls whose callee is known.
    pub calls_resolved: u64,
    /// Why the others are not, by cause.
    pub calls_unknown: BTreeMap<String, u64>,
    /// Macro invocations whose arguments were not read.
    pub macros_unread: u64,
    /// Dependencies whose sources were found.
    pub dependencies_indexed: u64,
    /// Dependencies without sources on this machine, by name and version.
    pub dependencies_missing: Vec<String>,
    /// Digest over what dependency sources were there.
    pub dependency_digest: String,
}

impl Coverage {
    /// Adds another workspace's.
    pub fn add(&mut self, other: Coverage) {
        self.files += other.files;
        self.files_unread += other.files_unread;
        self.files_generated += other.files_generated;
        self.bodies += other.bodies;
        self.calls += other.calls;
        self.calls_resolved += other.calls_resolved;
        for (cause, n) in other.calls_unknown {
            *self.calls_unknown.entry(cause).or_default() += n;
        }
        self.macros_unread += other.macros_unread;
        self.dependencies_indexed += other.dependencies_indexed;
        self.dependencies_missing.extend(other.dependencies_missing);
        self.dependencies_missing.sort();
    }

    /// Percentage covered: of the files read or of the calls resolved, whichever is less.
    pub fn percent(&self) -> f64 {
        let share = |part: u64, whole: u64| if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 };
        share(self.files - self.files_unread, self.files).min(share(self.calls_resolved, self.calls))
    }
}

/// What a notice is called: a loss, or something worth knowing.
fn notice_word(notice: &Notice) -> &'static str {
    if notice.loss { "notice" } else { "note" }
}

/// Level of a notice: a loss may hide findings.
fn notice_level(notice: &Notice) -> Level {
    if notice.loss { Level::Warn } else { Level::Note }
}

/// Where a notice belongs, for people: `path:line:column: `, as far as that is known.
fn notice_place(input: &Input<'_>, notice: &Notice) -> String {
    let Some(path) = &notice.path else { return String::new() };
    let path = human::clean(&input.bases.shown(path));
    match notice.at {
        Some(at) => format!("{path}:{}:{}: ", at.line, at.col),
        None => format!("{path}: "),
    }
}

/// What is shown besides what is at warn or above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// Notes.
    pub notes: bool,
    /// Undecided places.
    pub unknown: bool,
}

/// Everything a report says.
pub struct Input<'a> {
    /// Folders that paths are told from.
    pub bases: &'a paths::Bases,
    /// Files that entries point into.
    pub files: &'a [SourceFile],
    /// All judged findings selected for this report, in order.
    pub entries: &'a [Entry],
    /// Every lint, silent ones too.
    pub rules: &'a [&'a Lint],
    /// How many findings a suppression covers, by lint.
    pub suppressed: &'a BTreeMap<&'static str, u64>,
    /// What was understood.
    pub coverage: &'a Coverage,
    /// What was lost.
    pub notices: &'a [Notice],
    /// Also show these.
    pub show: Show,
    /// Level that fails the run; `None` with `--exit-zero`.
    pub fail_on: Option<Level>,
    /// Wanted coverage in percent.
    pub min_coverage: Option<f64>,
    /// Wall time.
    pub elapsed: Duration,
    /// Colours in the formats for people.
    pub color: bool,
    /// Findings alone, without the footer, in the formats for people.
    pub quiet: bool,
    /// Everything: all secondary labels, notices that are information.
    pub verbose: bool,
}

impl Input<'_> {
    /// Entries that this report shows.
    pub fn shown(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| match entry.unknown {
            Some(_) => self.show.unknown,
            None => entry.level > Level::Note || self.show.notes,
        })
    }
    /// Whether a finding reaches the failing level.
    pub fn fails(&self) -> bool {
        self.fail_on.is_some_and(|fail_on| self.entries.iter().any(|entry| entry.unknown.is_none() && entry.level >= fail_on))
    }
    /// Whether less was understood than wanted.
    pub fn coverage_missed(&self) -> bool {
        self.min_coverage.is_some_and(|wanted| self.coverage.percent() < wanted)
    }
    /// Text of a place.
    pub fn text(&self, place: Place) -> &str {
        self.files[place.file].text.get(place.start as usize..place.end as usize).unwrap_or("")
    }
}

/// Formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: code, reasons, footer.
    Human,
    /// One line a finding.
    Short,
    /// Own schema.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// One JSON object a line, as cargo writes compiler messages.
    CargoJson,
}

/// Writes a report.
///
/// # Errors
///
/// What the writer returns.
pub fn render(input: &Input<'_>, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(input, out),
        Format::Short => short::write(input, out),
        Format::Json => json::write(input, out),
        Format::Sarif => sarif::write(input, out),
        Format::CargoJson => cargo::write(input, out),
    }
}

/// Name of a lint as reports print it.
pub fn code(lint: &str) -> String {
    format!("prr::{lint}")
}

/// A word and its number: `1 finding`, `2 findings`.
pub(crate) fn counted(n: u64, word: &str) -> String {
    let ending = match (n, word.ends_with('y')) {
        (1, _) => return format!("1 {word}"),
        (_, true) => return format!("{} {}ies", grouped(n), &word[..word.len() - 1]),
        (_, false) => "s",
    };
    format!("{} {word}{ending}", grouped(n))
}

/// A number with its thousands apart.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
