//! The end of a report for people: counts by lint and package, coverage, unknowns by cause, notices, and what to run next.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::human::clean;
use super::{Entry, Input, counted, grouped};
use crate::lint::Level;

/// Packages, causes and notices listed before the rest is only counted.
const LISTED: usize = 8;

/// Counts of one lint: deny, warn, note, unknown.
type Counts = [u64; 4];

/// Writes the footer; with `quiet`, only what was lost and what was missed.
///
/// # Errors
///
/// What the writer returns.
pub fn write(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    notices(input, out)?;
    if !input.quiet {
        let counts = by_lint(input.entries);
        summary(input, &counts, out)?;
        table(input, &counts, out)?;
        packages(input, out)?;
        coverage(input, out)?;
        unknowns(input, out)?;
        next(input, &counts, out)?;
    }
    if let Some(wanted) = input.min_coverage.filter(|_| input.coverage_missed()) {
        writeln!(out, "error: coverage is {:.1} %, less than the {wanted} % wanted", input.coverage.percent())?;
    }
    Ok(())
}

fn by_lint(entries: &[Entry]) -> BTreeMap<&'static str, Counts> {
    let mut counts: BTreeMap<&'static str, Counts> = BTreeMap::new();
    for entry in entries {
        counts.entry(entry.lint).or_default()[column(entry)] += 1;
    }
    counts
}

fn column(entry: &Entry) -> usize {
    match (entry.unknown, entry.level) {
        (Some(_), _) => 3,
        (None, Level::Deny) => 0,
        (None, Level::Warn) => 1,
        (None, _) => 2,
    }
}

fn notices(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    let listed: Vec<_> = input.notices.iter().filter(|notice| notice.loss || input.verbose).collect();
    let limit = if input.verbose { usize::MAX } else { LISTED };
    for notice in listed.iter().take(limit) {
        let (word, place) = (super::notice_word(notice), super::notice_place(input, notice));
        writeln!(out, "{word}[{}]: {place}{}", notice.id, clean(&notice.text))?;
    }
    if listed.len() > limit {
        writeln!(out, "and {} (--verbose shows them)", counted((listed.len() - limit) as u64, "more notice"))?;
    }
    if listed.is_empty() { Ok(()) } else { writeln!(out) }
}

fn summary(input: &Input<'_>, counts: &BTreeMap<&'static str, Counts>, out: &mut dyn Write) -> io::Result<()> {
    let total = counts.values().fold([0; 4], |sum: Counts, each| std::array::from_fn(|at| sum[at] + each[at]));
    let [deny, warn, note, unknown] = total;
    let mut parts = Vec::new();
    if deny > 0 {
        parts.push(format!("{} denied", grouped(deny)));
    }
    if warn > 0 {
        parts.push(counted(warn, "warning"));
    }
    if note > 0 && input.show.notes {
        parts.push(counted(note, "note"));
    }
    if unknown > 0 && input.show.unknown {
        parts.push(format!("{} undecided", grouped(unknown)));
    }
    let head = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    let mut hidden = Vec::new();
    if note > 0 && !input.show.notes {
        hidden.push((counted(note, "note"), "notes"));
    }
    if unknown > 0 && !input.show.unknown {
        hidden.push((format!("{} undecided", grouped(unknown)), "unknown"));
    }
    let suppressed: u64 = input.suppressed.values().sum();
    write!(out, "{head}")?;
    if suppressed > 0 {
        write!(out, ", {} suppressed", grouped(suppressed))?;
    }
    if !hidden.is_empty() {
        let (what, options): (Vec<_>, Vec<_>) = hidden.into_iter().unzip();
        write!(out, "; not shown: {} (--show {})", what.join(", "), options.join(","))?;
    }
    writeln!(out)
}

fn table(input: &Input<'_>, counts: &BTreeMap<&'static str, Counts>, out: &mut dyn Write) -> io::Result<()> {
    if counts.is_empty() && input.suppressed.is_empty() {
        return Ok(());
    }
    let lints: std::collections::BTreeSet<_> = counts.keys().chain(input.suppressed.keys()).copied().collect();
    let width = lints.iter().map(|lint| lint.len()).max().unwrap_or(0).max(4);
    writeln!(out, "\n  {:width$}  {:>6}  {:>6}  {:>6}  {:>9}  {:>10}", "lint", "deny", "warn", "note", "undecided", "suppressed")?;
    for lint in lints {
        let [deny, warn, note, unknown] = counts.get(lint).copied().unwrap_or_default();
        let suppressed = input.suppressed.get(lint).copied().unwrap_or(0);
        writeln!(out, "  {lint:width$}  {deny:>6}  {warn:>6}  {note:>6}  {unknown:>9}  {suppressed:>10}")?;
    }
    writeln!(out)
}

fn packages(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in input.entries.iter().filter(|entry| entry.unknown.is_none() && entry.level > Level::Note) {
        *counts.entry(&entry.package).or_default() += 1;
    }
    if counts.is_empty() { Ok(()) } else { writeln!(out, "  by package: {}", ranked(counts)) }
}

/// The largest first, ties by name, the rest summed up.
fn ranked<'a>(counts: impl IntoIterator<Item = (&'a str, u64)>) -> String {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut parts: Vec<_> = counts.iter().take(LISTED).map(|(name, n)| format!("{name} {}", grouped(*n))).collect();
    if counts.len() > LISTED {
        let rest = counts[LISTED..].iter().map(|(_, n)| n).sum();
        parts.push(format!("{} others {}", counts.len() - LISTED, grouped(rest)));
    }
    parts.join(", ")
}

fn coverage(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = input.coverage;
    let share = if all.calls == 0 { 100.0 } else { all.calls_resolved as f64 * 100.0 / all.calls as f64 };
    write!(out, "  read: {} of {}", grouped(all.files - all.files_unread), counted(all.files, "file"))?;
    if all.files_generated > 0 {
        write!(out, " ({} generated)", grouped(all.files_generated))?;
    }
    writeln!(out, ", {}; {share:.1} % of {} resolved", counted_as(all.bodies, "body", "bodies"), counted(all.calls, "call"))?;
    let missing = all.dependencies_missing.len() as u64;
    if all.dependencies_indexed + missing > 0 {
        write!(out, "  dependencies: {} with sources", grouped(all.dependencies_indexed))?;
        if missing > 0 {
            let names: Vec<_> = all.dependencies_missing.iter().take(LISTED).map(String::as_str).collect();
            let more = if names.len() < all.dependencies_missing.len() { ", .." } else { "" };
            write!(out, ", {} without ({}{more})", grouped(missing), names.join(", "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn counted_as(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

fn unknowns(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut undecided: BTreeMap<&str, u64> = BTreeMap::new();
    for cause in input.entries.iter().filter_map(|entry| entry.unknown) {
        *undecided.entry(cause).or_default() += 1;
    }
    if !undecided.is_empty() {
        writeln!(out, "  undecided: {}", ranked(undecided))?;
    }
    let calls = input.coverage.calls_unknown.iter().map(|(cause, n)| (cause.as_str(), *n));
    let text = ranked(calls);
    if !text.is_empty() {
        writeln!(out, "  unresolved calls: {text}")?;
    }
    if input.coverage.macros_unread > 0 {
        writeln!(out, "  macros not read: {}", grouped(input.coverage.macros_unread))?;
    }
    Ok(())
}

fn next(input: &Input<'_>, counts: &BTreeMap<&'static str, Counts>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  done in {:.2} s", input.elapsed.as_secs_f64())?;
    // The lint with the most to say, ties by name.
    let weight = |counts: &Counts| (counts[0], counts[1], counts[2]);
    let first = counts.iter().filter(|(_, each)| each[0] + each[1] > 0).max_by(|a, b| weight(a.1).cmp(&weight(b.1)).then(b.0.cmp(a.0)));
    if let Some((lint, _)) = first {
        writeln!(out, "\nnext: cargo prr explain {lint}")?;
    }
    if !input.coverage.dependencies_missing.is_empty() {
        writeln!(out, "next: cargo fetch (brings the sources of dependencies; more can be decided then)")?;
    }
    Ok(())
}
