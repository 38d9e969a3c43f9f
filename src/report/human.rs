//! For people: each finding with its code, why it hurts, where we looked and what to do; then the footer.
//!
//! The source shown is a copy made for the finding: the lines its labels touch and what lies between, line ends and control characters
//! made harmless (a source file must not steer the terminal), over-long lines cut around the first label.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;

use codespan_reporting::diagnostic::{Diagnostic, Label, Severity};
use codespan_reporting::files::{self, Files};
use codespan_reporting::term::termcolor::{Ansi, NoColor, WriteColor};
use codespan_reporting::term::{Config, Styles, StylesWriter, emit_to_write_style};

use super::{Entry, Input, Place, Remark, code};
use crate::lint::Level;

/// Secondary labels shown unless all are asked for.
const SECONDARY: usize = 5;
/// Characters of a line that are shown.
const WIDTH: usize = 160;
/// Lines of a label that spans several; longer ones are cut to their first line.
const TALL: u32 = 8;
/// Lines between two labels that are kept; a longer gap needs only enough lines to be drawn as one.
const GAP: u32 = 3;

/// Writes findings and footer.
///
/// # Errors
///
/// What the writer returns.
pub fn write(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    for entry in input.shown() {
        if input.color { finding(input, entry, &mut Ansi::new(&mut *out))? } else { finding(input, entry, &mut NoColor::new(&mut *out))? }
    }
    super::footer::write(input, out)
}

/// One finding as plain text: cargo's `rendered`.
pub(super) fn rendered(input: &Input<'_>, entry: &Entry) -> String {
    let mut bytes = Vec::new();
    finding(input, entry, &mut NoColor::new(&mut bytes)).expect("writing to memory succeeds");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn finding(input: &Input<'_>, entry: &Entry, out: &mut impl WriteColor) -> io::Result<()> {
    let (remarks, hidden) = remarks(input, entry);
    let mut shadows = Shadows::new(input, &remarks);
    let labels = remarks.iter().enumerate().map(|(at, remark)| {
        let range = shadows.range(input, remark.place);
        let label = if at == 0 { Label::primary(remark.place.file, range) } else { Label::secondary(remark.place.file, range) };
        label.with_message(clean(&remark.text))
    });
    let labels = labels.collect();
    let severity = match (entry.unknown, entry.level) {
        (Some(_), _) => Severity::Help,
        (None, Level::Deny) => Severity::Error,
        (None, Level::Warn) => Severity::Warning,
        (None, _) => Severity::Note,
    };
    let message = match entry.unknown {
        Some(_) => format!("not decided: {}", clean(&entry.message)),
        None => clean(&entry.message),
    };
    let notes = notes(input, entry, hidden);
    let diagnostic = Diagnostic::new(severity).with_code(code(entry.lint)).with_message(message).with_labels(labels).with_notes(notes);
    shadows.finish();
    let styles = Styles::default();
    match emit_to_write_style(&mut StylesWriter::new(out, &styles), &Config::default(), &shadows, &diagnostic) {
        Ok(()) => Ok(()),
        Err(files::Error::Io(error)) => Err(error),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// The primary remark, then the secondary ones that are shown; and how many are not.
fn remarks<'a>(input: &Input<'_>, entry: &'a Entry) -> (Vec<&'a Remark>, usize) {
    let limit = if input.verbose { usize::MAX } else { SECONDARY };
    let shown = entry.secondary.iter().take(limit);
    (std::iter::once(&entry.primary).chain(shown).collect(), entry.secondary.len().saturating_sub(limit))
}

fn notes(input: &Input<'_>, entry: &Entry, hidden: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if hidden > 0 {
        notes.push(format!("and {} (--verbose shows them)", super::counted(hidden as u64, "more place")));
    }
    if !entry.flow.is_empty() {
        let steps = entry.flow.iter().map(|step| {
            let file = &input.files[step.place.file];
            let at = file.lines.chars(&file.text, step.place.start);
            format!("  {}:{}:{}: {}", input.bases.shown(&file.path), at.line, at.col, step.text)
        });
        notes.push(format!("way from the entry point:\n{}", steps.collect::<Vec<_>>().join("\n")));
    }
    if let Some(cause) = entry.unknown {
        notes.push(format!("cause: {cause}"));
    }
    if !entry.why.is_empty() {
        notes.push(format!("why: {}", entry.why));
    }
    for looked in &entry.looked {
        notes.push(format!("looked: {looked}"));
    }
    if !entry.help.is_empty() {
        notes.push(format!("help: {}", entry.help));
    }
    if let Some(reason) = entry.capped {
        notes.push(format!("no more than a {}: {reason}", entry.level.as_str()));
    }
    notes.iter().map(|note| note.split('\n').map(clean).collect::<Vec<_>>().join("\n")).collect()
}

/// Text without characters that a terminal would obey; tabs stay.
pub(super) fn clean(text: &str) -> String {
    let harmless = |c: char| if c != '\t' && (c.is_control() || is_bidi(c)) { '\u{fffd}' } else { c };
    text.chars().map(harmless).collect()
}

/// Marks that reorder the text around them.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is shown of one file.
struct Shadow {
    name: String,
    text: String,
    /// Start of each line in `text`, and its number in the file.
    lines: Vec<(usize, u32)>,
    /// By line number.
    shown: BTreeMap<u32, Shown>,
}

/// What is shown of one line.
struct Shown {
    /// Where the line starts in the shadow's text.
    start: usize,
    /// Bytes put before what is shown (the mark of a cut).
    lead: usize,
    /// The part of the line that is shown.
    part: Range<usize>,
    /// Characters cut before it.
    cut: usize,
}

/// The files of one finding as the renderer sees them, by index in [`Input::files`].
struct Shadows(BTreeMap<usize, Shadow>);

impl Shadows {
    fn new(input: &Input<'_>, remarks: &[&Remark]) -> Shadows {
        let mut wanted: BTreeMap<usize, (BTreeSet<u32>, BTreeMap<u32, usize>)> = BTreeMap::new();
        for remark in remarks {
            let file = &input.files[remark.place.file];
            let (first, last) = label_lines(input, remark.place);
            let (lines, focus) = wanted.entry(remark.place.file).or_default();
            lines.extend(first..=last);
            let column = remark.place.start as usize - file.lines.range(&file.text, first).start.min(remark.place.start as usize);
            focus.entry(first).and_modify(|at| *at = column.min(*at)).or_insert(column);
        }
        let shadow =
            |(index, (lines, focus)): (usize, (BTreeSet<u32>, BTreeMap<u32, usize>))| (index, Shadow::new(input, index, &lines, &focus));
        Shadows(wanted.into_iter().map(shadow).collect())
    }

    /// A place in the shadow of its file.
    fn range(&self, input: &Input<'_>, place: Place) -> Range<usize> {
        let file = &input.files[place.file];
        let (first, last) = label_lines(input, place);
        let end = if last < file.lines.line(place.end.max(place.start + 1) - 1) {
            file.lines.range(&file.text, last).end as u32
        } else {
            place.end
        };
        let shadow = &self.0[&place.file];
        let start = shadow.offset(input, place.file, first, place.start);
        start..shadow.offset(input, place.file, last, end).max(start)
    }

    /// A final line that no label is on: a label may end where the last one ends.
    fn finish(&mut self) {
        for shadow in self.0.values_mut() {
            let number = shadow.lines.last().map_or(1, |(_, number)| number + 1);
            shadow.lines.push((shadow.text.len(), number));
        }
    }
}

/// First and last line of a label: tall ones end on their first line.
fn label_lines(input: &Input<'_>, place: Place) -> (u32, u32) {
    let lines = &input.files[place.file].lines;
    let (first, last) = (lines.line(place.start), lines.line(place.end.max(place.start + 1) - 1));
    (first, if last - first >= TALL { first } else { last })
}

impl Shadow {
    fn new(input: &Input<'_>, index: usize, lines: &BTreeSet<u32>, focus: &BTreeMap<u32, usize>) -> Shadow {
        let file = &input.files[index];
        let name = clean(&input.bases.shown(&file.path));
        let mut shadow = Shadow { name, text: String::new(), lines: Vec::new(), shown: BTreeMap::new() };
        let mut previous: Option<u32> = None;
        for &line in lines {
            // The renderer draws a gap of one line as that line and a longer one as a break: a few lines stand for all of them.
            let between = previous.map_or(line..line, |previous| (previous + 1)..line);
            for number in between.take(GAP as usize) {
                shadow.push(&file.text[file.lines.range(&file.text, number)], number, 0);
            }
            shadow.push(&file.text[file.lines.range(&file.text, line)], line, focus.get(&line).copied().unwrap_or(0));
            previous = Some(line);
        }
        shadow
    }

    fn push(&mut self, line: &str, number: u32, focus: usize) {
        let part = window(line, focus);
        let (cut_before, cut_after) = (part.start > 0, part.end < line.len());
        let start = self.text.len();
        if cut_before {
            self.text.push('…');
        }
        let lead = self.text.len() - start;
        // A character and its replacement may differ in length, so replacements keep the length: `?` for each byte.
        for c in line[part.clone()].chars() {
            if c != '\t' && (c.is_control() || is_bidi(c)) { self.text.push_str(&"?".repeat(c.len_utf8())) } else { self.text.push(c) }
        }
        if cut_after {
            self.text.push('…');
        }
        self.text.push('\n');
        self.lines.push((start, number));
        let cut = line[..part.start].chars().count();
        self.shown.insert(number, Shown { start, lead, part, cut });
    }

    /// Where an offset of the file stands in the shadow.
    fn offset(&self, input: &Input<'_>, index: usize, line: u32, offset: u32) -> usize {
        let file = &input.files[index];
        let range = file.lines.range(&file.text, line);
        let Shown { start, lead, part, .. } = &self.shown[&line];
        let mut column = (offset as usize).clamp(range.start, range.end) - range.start;
        while !file.text.is_char_boundary(range.start + column) {
            column -= 1;
        }
        start + lead + column.clamp(part.start, part.end) - part.start
    }
}

/// The part of a line that is shown: all of a usual one, else a window that has the focus in its first third.
fn window(line: &str, focus: usize) -> Range<usize> {
    if line.len() <= WIDTH {
        return 0..line.len();
    }
    let floor = |mut at: usize| {
        at = at.min(line.len());
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = if focus < WIDTH * 2 / 3 { 0 } else { floor(focus - WIDTH / 3) };
    start..floor(start + WIDTH)
}

impl<'a> Files<'a> for Shadows {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, files::Error> {
        Ok(&self.get(id)?.name)
    }
    fn source(&'a self, id: usize) -> Result<&'a str, files::Error> {
        Ok(&self.get(id)?.text)
    }
    fn line_index(&'a self, id: usize, byte: usize) -> Result<usize, files::Error> {
        Ok(self.get(id)?.lines.partition_point(|(start, _)| *start <= byte).saturating_sub(1))
    }
    fn line_number(&'a self, id: usize, index: usize) -> Result<usize, files::Error> {
        let lines = &self.get(id)?.lines;
        lines.get(index).map(|(_, number)| *number as usize).ok_or(files::Error::LineTooLarge { given: index, max: lines.len() })
    }
    fn column_number(&'a self, id: usize, index: usize, byte: usize) -> Result<usize, files::Error> {
        let shadow = self.get(id)?;
        let Some((start, number)) = shadow.lines.get(index) else { return Ok(1) };
        let (cut, lead) = shadow.shown.get(number).map_or((0, 0), |shown| (shown.cut, shown.lead));
        let before = shadow.text.get(start + lead..byte.max(start + lead)).unwrap_or("");
        Ok(cut + before.chars().count() + 1)
    }
    fn line_range(&'a self, id: usize, index: usize) -> Result<Range<usize>, files::Error> {
        let shadow = self.get(id)?;
        let max = shadow.lines.len();
        let (start, _) = *shadow.lines.get(index).ok_or(files::Error::LineTooLarge { given: index, max })?;
        Ok(start..shadow.lines.get(index + 1).map_or(shadow.text.len(), |(next, _)| *next))
    }
}

impl Shadows {
    fn get(&self, id: usize) -> Result<&Shadow, files::Error> {
        self.0.get(&id).ok_or(files::Error::FileMissing)
    }
}
