//! JSON: everything, in an own schema (`docs/report.schema.json`), for scripts and for comparing runs. The same input gives the same
//! bytes: no times, no absolute paths. Paths count from the workspace root; columns count characters; offsets count bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{Entry, Input, Place, Remark, code};
use crate::lint::Level;

/// Version of the schema: changes when a field goes or changes its meaning; new fields leave it.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: Tool,
    summary: Summary<'a>,
    findings: Vec<Finding<'a>>,
    coverage: Coverage<'a>,
    notices: Vec<Notice<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary<'a> {
    failed: bool,
    coverage_missed: bool,
    by_lint: BTreeMap<&'a str, Counts>,
    undecided_by_cause: BTreeMap<&'a str, u64>,
}

#[derive(Default, Serialize)]
struct Counts {
    deny: u64,
    warn: u64,
    note: u64,
    undecided: u64,
    suppressed: u64,
}

#[derive(Serialize)]
struct Finding<'a> {
    lint: &'a str,
    code: String,
    verdict: &'static str,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    message: &'a str,
    why: &'a str,
    looked: &'a [String],
    help: &'a str,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level_capped_because: Option<&'a str>,
    package: &'a str,
    item: &'a str,
    fingerprint: &'a str,
    primary: Location<'a>,
    secondary: Vec<Location<'a>>,
    flow: Vec<Location<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: String,
    byte_start: u32,
    byte_end: u32,
    line_start: u32,
    column_start: u32,
    line_end: u32,
    column_end: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct Coverage<'a> {
    percent: f64,
    files: u64,
    files_unread: u64,
    files_generated: u64,
    bodies: u64,
    calls: u64,
    calls_resolved: u64,
    calls_unresolved_by_cause: &'a BTreeMap<String, u64>,
    macros_unread: u64,
    dependencies_indexed: u64,
    dependencies_missing: &'a [String],
    dependency_digest: &'a str,
}

#[derive(Serialize)]
struct Notice<'a> {
    id: &'a str,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    text: &'a str,
    loss: bool,
}

/// Writes the report, indented, with a newline at the end.
///
/// # Errors
///
/// What the writer returns.
pub fn write(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "cargo-prr", version: env!("CARGO_PKG_VERSION") },
        summary: summary(input),
        findings: input.shown().map(|entry| finding(input, entry)).collect(),
        coverage: coverage(input),
        notices: input.notices.iter().map(|notice| self::notice(input, notice)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn summary<'a>(input: &'a Input<'_>) -> Summary<'a> {
    let mut by_lint: BTreeMap<&str, Counts> = input.rules.iter().map(|lint| (lint.id, Counts::default())).collect();
    let mut undecided_by_cause = BTreeMap::new();
    for entry in input.entries {
        let counts = by_lint.entry(entry.lint).or_default();
        match (entry.unknown, entry.level) {
            (Some(cause), _) => {
                counts.undecided += 1;
                *undecided_by_cause.entry(cause).or_default() += 1;
            }
            (None, Level::Deny) => counts.deny += 1,
            (None, Level::Warn) => counts.warn += 1,
            (None, _) => counts.note += 1,
        }
    }
    for (lint, n) in input.suppressed {
        by_lint.entry(lint).or_default().suppressed = *n;
    }
    Summary { failed: input.fails(), coverage_missed: input.coverage_missed(), by_lint, undecided_by_cause }
}

fn finding<'a>(input: &Input<'_>, entry: &'a Entry) -> Finding<'a> {
    let places = |remarks: &'a [Remark]| remarks.iter().map(|remark| location(input, remark)).collect();
    Finding {
        lint: entry.lint,
        code: code(entry.lint),
        verdict: if entry.unknown.is_some() { "unknown" } else { "bad" },
        level: entry.level.as_str(),
        cause: entry.unknown,
        message: &entry.message,
        why: &entry.why,
        looked: &entry.looked,
        help: &entry.help,
        role: entry.role.as_str(),
        level_capped_because: entry.capped,
        package: &entry.package,
        item: &entry.item,
        fingerprint: &entry.fingerprint,
        primary: location(input, &entry.primary),
        secondary: places(&entry.secondary),
        flow: places(&entry.flow),
    }
}

fn location<'a>(input: &Input<'_>, remark: &'a Remark) -> Location<'a> {
    let Place { file, start, end } = remark.place;
    let file = &input.files[file];
    let (from, to) = (file.lines.chars(&file.text, start), file.lines.chars(&file.text, end));
    Location {
        path: input.bases.rooted(&file.path),
        byte_start: start,
        byte_end: end,
        line_start: from.line,
        column_start: from.col,
        line_end: to.line,
        column_end: to.col,
        text: &remark.text,
    }
}

fn coverage<'a>(input: &Input<'a>) -> Coverage<'a> {
    let all = input.coverage;
    Coverage {
        percent: (all.percent() * 100.0).round() / 100.0,
        files: all.files,
        files_unread: all.files_unread,
        files_generated: all.files_generated,
        bodies: all.bodies,
        calls: all.calls,
        calls_resolved: all.calls_resolved,
        calls_unresolved_by_cause: &all.calls_unknown,
        macros_unread: all.macros_unread,
        dependencies_indexed: all.dependencies_indexed,
        dependencies_missing: &all.dependencies_missing,
        dependency_digest: &all.dependency_digest,
    }
}

fn notice<'a>(input: &Input<'_>, notice: &'a crate::discover::Notice) -> Notice<'a> {
    let path = notice.path.as_deref().map(|path| input.bases.rooted(path));
    let level = super::notice_level(notice).as_str();
    let (line, column) = (notice.at.map(|at| at.line), notice.at.map(|at| at.col));
    Notice { id: notice.id, level, path, line, column, text: &notice.text, loss: notice.loss }
}
