//! Verdict: findings become judged entries, in order, each with its level; suppressed ones are taken out, and what is wrong with the
//! suppressions is reported in turn.
//!
//! [`judge`] is the way through: places and names ([`Code`]), duplicates (one file in two targets is one finding), [`suppress`],
//! [`levels`], fingerprints over the [`statement`] around each place. [`directives`] reads the comments; other rooms that look for
//! `detached` use it too.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::{FileFacts, statement};
use crate::lint::{Finding, Label, Level, Lint, Role, Span, Verdict};
use crate::model::ids::{DefId, FileId};
use crate::report::{Entry, Place, Remark, SourceFile, TargetRef, position};

pub mod directives;
pub mod levels;
pub mod meta;
pub mod suppress;

pub use levels::Levels;

/// A file as the verdict sees it.
pub struct CodeFile<'a> {
    /// Absolute path.
    pub path: &'a Path,
    /// Its facts.
    pub facts: &'a FileFacts,
    /// Its package.
    pub package: &'a str,
    /// Only its package's name says that it is no production code.
    pub named_as_trial: bool,
    /// Role of code in it that is known by nothing nearer: that of its target.
    pub role: Role,
}

/// What the verdict asks of the analysed code.
pub trait Code {
    /// Files of the workspace's production targets, in any order; one file may have several ids.
    fn files(&self) -> Vec<FileId>;
    /// A file; `None` for text that no file holds.
    fn file(&self, id: FileId) -> Option<CodeFile<'_>>;
    /// Text of a file, byte order mark included; empty for text that no file holds. Asked only where something is reported.
    fn text(&self, id: FileId) -> &str;
    /// Target of a file.
    fn target(&self, id: FileId) -> TargetRef;
    /// Whether only the name of what holds an item says that it is no production code.
    fn is_named_as_aid(&self, item: DefId) -> bool;
    /// Path of an item.
    fn item_path(&self, item: DefId) -> String;
    /// The place in a real file that stands for a span in expanded text; spans of real files as they are.
    fn real(&self, span: Span) -> Span;
}

/// What is reported: packages and folders.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Packages; all without.
    pub packages: Option<Vec<String>>,
    /// Folders or files, absolute; all without.
    pub folders: Vec<std::path::PathBuf>,
}

impl Selection {
    /// Whether a file of a package is reported.
    fn has(&self, package: &str, path: &Path) -> bool {
        self.packages.as_ref().is_none_or(|packages| packages.iter().any(|name| name == package))
            && (self.folders.is_empty() || self.folders.iter().any(|folder| path.starts_with(folder)))
    }
}

/// Judged findings.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Files that entries point into.
    pub files: Vec<SourceFile>,
    /// Entries by path, place and lint.
    pub entries: Vec<Entry>,
    /// Findings that a suppression covers, by lint.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// Findings in generated files: not reported.
    pub generated: u64,
}

/// Whether a lint is about suppressions.
pub fn is_meta(lint: &str) -> bool {
    meta::ALL.iter().any(|meta| meta.id == lint)
}

/// Judges findings. `rules` are all lints that ran, those of [`meta`] included.
pub fn judge(findings: Vec<Finding>, code: &dyn Code, rules: &[&'static Lint], levels: &Levels, selection: &Selection) -> Judged {
    let mut desk = Desk { code, files: Vec::new(), by_id: FxHashMap::default(), by_path: FxHashMap::default() };
    let mut judged = Judged::default();
    let mut suppressions = suppress::Suppressions::collect(code, rules, selection);
    let mut placed = desk.placed(findings, selection, &mut judged.generated);
    let files = &desk.files;
    placed.par_iter_mut().for_each(|each| each.statement = each.statement_in(files));
    let mut kept = Vec::new();
    for each in placed {
        if suppressions.covers(&each, &desk.files) {
            *judged.suppressed.entry(each.finding.lint).or_default() += 1;
        } else {
            kept.push(each);
        }
    }
    for finding in suppressions.findings() {
        kept.extend(desk.place(finding));
    }
    kept.sort_by(Placed::order);
    let by_id: FxHashMap<&str, &Lint> = rules.iter().map(|lint| (lint.id, *lint)).collect();
    let mut ordinals: FxHashMap<String, u32> = FxHashMap::default();
    for each in kept {
        let Some(lint) = by_id.get(each.finding.lint) else { continue };
        let fingerprint = desk.fingerprint(&each, &mut ordinals);
        judged.entries.extend(desk.entry(each, lint, levels, fingerprint));
    }
    judged.files = desk.files;
    judged
}

/// A finding with its place in a file.
pub(crate) struct Placed {
    pub(crate) finding: Finding,
    pub(crate) place: Place,
    pub(crate) path: std::path::PathBuf,
    pub(crate) package: String,
    target: TargetRef,
    item: String,
    pub(crate) statement: Option<statement::Statement>,
    /// Byte range of the innermost item around the place.
    around: (u32, u32),
}

impl Placed {
    /// Path, place, lint; among duplicates the one that is kept first: decided before undecided, service first, then by wording.
    fn order(a: &Placed, b: &Placed) -> std::cmp::Ordering {
        let key = |placed: &Placed| (placed.place.start, placed.place.end, placed.finding.lint);
        let rank =
            |placed: &Placed| (placed.finding.verdict != Verdict::Bad, placed.finding.role, placed.finding.at_most.map(|(level, _)| level));
        let names = |placed: &Placed| (placed.finding.message.clone(), placed.item.clone(), placed.package.clone());
        a.path.cmp(&b.path).then_with(|| key(a).cmp(&key(b))).then_with(|| rank(a).cmp(&rank(b))).then_with(|| names(a).cmp(&names(b)))
    }

    /// The statement around the place.
    fn statement_in(&self, files: &[SourceFile]) -> Option<statement::Statement> {
        let (start, end) = self.around;
        statement::around(&files[self.place.file].text, start as usize..end as usize, self.place.start as usize)
    }

    fn duplicates(&self, other: &Placed) -> bool {
        self.place == other.place && self.finding.lint == other.finding.lint
    }
}

/// The files met so far.
struct Desk<'a> {
    code: &'a dyn Code,
    files: Vec<SourceFile>,
    by_id: FxHashMap<FileId, usize>,
    by_path: FxHashMap<std::path::PathBuf, usize>,
}

impl Desk<'_> {
    /// Selected findings with their places, in order, without duplicates.
    fn placed(&mut self, findings: Vec<Finding>, selection: &Selection, generated: &mut u64) -> Vec<Placed> {
        let mut placed: Vec<Placed> = Vec::new();
        for finding in findings {
            let Some(mut each) = self.place(finding) else { continue };
            let file = self.code.file(each.finding.primary.span.file);
            let is_aid = each.finding.item.is_some_and(|item| self.code.is_named_as_aid(item));
            if is_aid || file.as_ref().is_some_and(|file| file.named_as_trial) {
                each.finding.verdict = Verdict::Unknown("named_as_trial");
            }
            if file.is_some_and(|file| file.facts.generated) {
                *generated += 1;
            } else if selection.has(&each.package, &each.path) {
                placed.push(each);
            }
        }
        placed.sort_by(Placed::order);
        placed.dedup_by(|later, first| later.duplicates(first));
        placed
    }

    fn place(&mut self, mut finding: Finding) -> Option<Placed> {
        finding.primary.span = self.code.real(finding.primary.span);
        let place = self.at(finding.primary.span)?;
        let file = self.code.file(finding.primary.span.file)?;
        let items = file.facts.interface.items.iter().map(|item| item.span);
        let inside = items.filter(|span| span.0 <= place.start && place.start < span.1);
        let around = inside.min_by_key(|span| span.1 - span.0).unwrap_or((0, file.facts.len));
        let item = finding.item.map(|item| self.code.item_path(item)).unwrap_or_default();
        Some(Placed {
            place,
            path: file.path.to_path_buf(),
            package: file.package.to_owned(),
            target: self.code.target(finding.primary.span.file),
            item,
            statement: None,
            around,
            finding,
        })
    }

    /// A span as a place: its file known by index, a token's end read from the text.
    fn at(&mut self, span: Span) -> Option<Place> {
        let span = self.code.real(span);
        let index = self.file(span.file)?;
        let text = &self.files[index].text;
        let end = if span.end > span.start { span.end.min(text.len() as u32) } else { position::token_end(text, span.start) };
        Some(Place { file: index, start: span.start.min(end), end })
    }

    fn file(&mut self, id: FileId) -> Option<usize> {
        if let Some(&index) = self.by_id.get(&id) {
            return Some(index);
        }
        let file = self.code.file(id)?;
        let next = self.files.len();
        let index = *self.by_path.entry(file.path.to_path_buf()).or_insert(next);
        if index == next {
            self.files.push(SourceFile::new(file.path.to_path_buf(), self.code.text(id).to_owned()));
        }
        self.by_id.insert(id, index);
        Some(index)
    }

    /// Lint, item and statement, hashed; and the ordinal among equals.
    fn fingerprint(&self, placed: &Placed, ordinals: &mut FxHashMap<String, u32>) -> String {
        let file = &self.files[placed.place.file];
        let line = || file.text[file.lines.range(&file.text, file.lines.line(placed.place.start))].trim().to_owned();
        let tokens = placed.statement.as_ref().map_or_else(line, |statement| statement.tokens.clone());
        let mut hasher = blake3::Hasher::new();
        for part in [placed.finding.lint, &placed.item, &tokens] {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        let hash = hasher.finalize().to_hex()[..16].to_owned();
        let ordinal = ordinals.entry(hash.clone()).or_insert(0);
        *ordinal += 1;
        format!("{hash}:{ordinal}")
    }

    fn entry(&mut self, placed: Placed, lint: &Lint, levels: &Levels, fingerprint: String) -> Option<Entry> {
        let finding = placed.finding;
        let wanted = levels.of(lint, finding.role, &placed.package);
        let level = finding.at_most.map_or(wanted, |(most, _)| wanted.min(most));
        if level == Level::Allow {
            return None;
        }
        let capped = finding.at_most.filter(|(most, _)| *most < wanted).map(|(_, reason)| reason);
        let mut remarks = |labels: Vec<Label>| -> Vec<Remark> {
            labels.into_iter().filter_map(|label| Some(Remark { place: self.at(label.span)?, text: label.text })).collect()
        };
        let (secondary, flow) = (remarks(finding.secondary), remarks(finding.flow));
        Some(Entry {
            lint: lint.id,
            level,
            unknown: match finding.verdict {
                Verdict::Bad => None,
                Verdict::Unknown(cause) => Some(cause),
            },
            primary: Remark { place: placed.place, text: finding.primary.text },
            secondary,
            flow,
            message: finding.message,
            why: finding.why,
            looked: finding.looked,
            help: finding.help,
            role: finding.role,
            capped,
            item: placed.item,
            package: placed.package,
            target: placed.target,
            fingerprint,
        })
    }
}

#[cfg(test)]
mod tests;
