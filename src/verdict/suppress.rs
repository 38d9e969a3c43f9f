//! Suppressions: which findings a `// prr: allow(..)` covers, and what is wrong with the comments themselves.
//!
//! A comment behind code covers the statement it stands on. A comment on its own line covers what starts on the next line of code: the
//! statement, or the whole item when it stands before or among the attributes of one. Comments inside code cut as test code, and names of
//! lints that did not run, are left alone.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use super::directives::{self, Directive};
use super::{Code, CodeFile, Placed, Selection, meta};
use crate::facts::{self, Item};
use crate::lint::{Finding, Label, Lint, Role, Span};
use crate::report::SourceFile;
use crate::report::position::Lines;

/// What a comment covers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    /// Findings on this line, or in a statement that starts or ends on it.
    Line(u32),
    /// Findings inside these bytes.
    Item(Range<u32>),
}

struct Suppression {
    /// The comment.
    span: Span,
    scope: Scope,
    /// Lints it names, and whether each covered something.
    lints: Vec<(&'static str, bool)>,
    role: Role,
}

/// The comments of a workspace.
pub(super) struct Suppressions {
    by_path: BTreeMap<PathBuf, Vec<Suppression>>,
    mistakes: Vec<Finding>,
}

impl Suppressions {
    /// Reads the comments of all selected files; a file in two targets once.
    pub(super) fn collect(code: &dyn Code, rules: &[&'static Lint], selection: &Selection) -> Suppressions {
        let mut all = Suppressions { by_path: BTreeMap::new(), mistakes: Vec::new() };
        let mut ids: Vec<_> = code.files().into_iter().filter_map(|id| Some((code.file(id)?.path.to_path_buf(), id))).collect();
        ids.sort();
        for (path, id) in ids {
            let Some(file) = code.file(id) else { continue };
            if all.by_path.contains_key(&path) || file.facts.generated || !selection.has(file.package, file.path) {
                continue;
            }
            let mut found = Vec::new();
            let text = if file.facts.directives.is_empty() { "" } else { code.text(id) };
            let lines = Lines::new(text);
            for directive in &file.facts.directives {
                let cut = file.facts.test_cut.ranges.iter().any(|(start, end)| (*start..*end).contains(&directive.pos));
                if !cut {
                    found.extend(all.read(&file, directive, (text, &lines), id, rules));
                }
            }
            all.by_path.insert(path, found);
        }
        all
    }

    fn read(
        &mut self,
        file: &CodeFile<'_>,
        directive: &facts::Directive,
        (text, lines): (&str, &Lines),
        id: crate::model::ids::FileId,
        rules: &[&'static Lint],
    ) -> Option<Suppression> {
        let line = lines.range(text, lines.line(directive.pos));
        let comment = text.get(directive.pos as usize..line.end).unwrap_or("").trim_end();
        let span = Span { file: id, start: directive.pos, end: directive.pos + comment.len() as u32 };
        let mut mistake = |lint: &'static Lint, message: String, why: &str, help: String| {
            let mut finding = Finding::new(lint.id, file.role, Label::new(span, ""), message);
            finding.why = why.to_owned();
            finding.help = help;
            self.mistakes.push(finding);
        };
        let (names, reason) = match directives::parse(&directive.text) {
            Ok(Directive::Allow { lints, reason }) => (lints, reason),
            Ok(Directive::Detached { reason }) => (Vec::new(), reason),
            Err(message) => {
                let why = "the comment does nothing, though whoever wrote it relies on it";
                mistake(&meta::MALFORMED, message, why, "write `// prr: allow(lint, reason = \"..\")`".to_owned());
                return None;
            }
        };
        if reason.is_none() {
            let why = "whoever is called at night cannot tell a risk that was weighed from a check that was in the way";
            mistake(&meta::UNREASONED, "this comment gives no reason".to_owned(), why, "add `reason = \"..\"`".to_owned());
        }
        let known: Vec<&'static str> = rules.iter().copied().chain(all_lints()).map(|lint| lint.id).collect();
        let mut lints = Vec::new();
        for name in names {
            if let Some(lint) = rules.iter().find(|lint| lint.id == name) {
                lints.push((lint.id, false));
            } else if !known.contains(&name) {
                let near = crate::config::nearest(name, &known).map(|near| format!("write `{near}`"));
                let help = near.unwrap_or_else(|| "`cargo prr rules` lists the lints".to_owned());
                mistake(&meta::UNKNOWN, format!("there is no lint `{name}`"), "the comment does nothing for it", help);
            }
        }
        let scope = scope(file, directive, text, lines);
        (!lints.is_empty()).then_some(Suppression { span, scope, lints, role: file.role })
    }

    /// Whether a comment covers a finding; it counts as used then.
    pub(super) fn covers(&mut self, placed: &Placed, files: &[SourceFile]) -> bool {
        let Some(suppressions) = self.by_path.get_mut(&placed.path) else { return false };
        let mut covered = false;
        for suppression in suppressions {
            if suppression.scope.has(placed, &files[placed.place.file]) {
                for (lint, used) in &mut suppression.lints {
                    if *lint == placed.finding.lint {
                        *used = true;
                        covered = true;
                    }
                }
            }
        }
        covered
    }

    /// Mistakes in the comments, and comments that cover nothing.
    pub(super) fn findings(self) -> Vec<Finding> {
        let mut findings = self.mistakes;
        for suppression in self.by_path.into_values().flatten() {
            for (lint, _) in suppression.lints.iter().filter(|(_, used)| !used) {
                let message = format!("this comment covers no finding of `{lint}`");
                let mut finding = Finding::new(meta::UNUSED.id, suppression.role, Label::new(suppression.span, ""), message);
                finding.why = "it would hide the next finding that somebody writes here".to_owned();
                finding.help = "remove it, or put it right above the statement or item it is about".to_owned();
                findings.push(finding);
            }
        }
        // One comment may have several unused names: one finding says all.
        findings.sort_by(|a, b| (a.primary.span, a.lint, &a.message).cmp(&(b.primary.span, b.lint, &b.message)));
        findings.dedup_by(|later, first| {
            let same = later.primary.span == first.primary.span && later.lint == first.lint;
            if same && later.message != first.message {
                let name = later.message.rsplit_once('`').and_then(|(head, _)| head.rsplit_once('`')).map_or("", |(_, name)| name);
                first.message.push_str(&format!(", `{name}`"));
            }
            same
        });
        findings
    }
}

/// Every lint there is, whether it runs or not.
fn all_lints() -> impl Iterator<Item = &'static Lint> {
    crate::lints::ALL.iter().chain(meta::ALL).copied()
}

impl Scope {
    fn has(&self, placed: &Placed, file: &SourceFile) -> bool {
        let line = |offset: usize| file.lines.line(offset as u32);
        match self {
            Scope::Item(range) => range.contains(&placed.place.start),
            Scope::Line(wanted) => {
                let own = line(placed.place.start as usize) == *wanted;
                let statement = placed.statement.as_ref().map(|statement| &statement.range);
                own || statement.is_some_and(|range| line(range.start) == *wanted || line(range.end.max(1) - 1) == *wanted)
            }
        }
    }
}

fn scope(file: &CodeFile<'_>, directive: &facts::Directive, text: &str, lines: &Lines) -> Scope {
    let line = lines.line(directive.pos);
    if !directive.own_line {
        return Scope::Line(line);
    }
    let next = next_code(text, directive.pos as usize) as u32;
    // The head of an item runs from its first attribute to its name.
    let head = |item: &&Item| item.span.0 <= next && next <= item.pos && item.pos < item.span.1;
    match file.facts.interface.items.iter().filter(head).min_by_key(|item| item.span.1 - item.span.0) {
        Some(item) => Scope::Item(item.span.0..item.span.1),
        None => Scope::Line(lines.line(next)),
    }
}

/// Offset of the first token after the comment at `from`.
fn next_code(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_start().len();
        if skipped > 0 {
            at += skipped;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += block_comment(rest);
        } else {
            return at;
        }
    }
}

/// Length of the (nested) block comment that a text starts with.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}
