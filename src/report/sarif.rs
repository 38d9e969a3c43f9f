//! SARIF 2.1.0, as code scanning and editors' viewers read it. Own structs: about twenty objects of the standard's hundred.
//!
//! Paths count from the git top level under `%SRCROOT%`, which is described but not resolved, so that no machine's paths are in the
//! file. Columns are UTF-16 units. Every lint is declared, silent or not. Suppressed findings are left out (consumers that ignore
//! `suppressions` would open alerts for them), undecided ones unless asked for (`kind: open`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Entry, Input, Place, Remark, code, hash};
use crate::discover::Spot;
use crate::lint::{Level, Lint};

/// Results kept, the most severe first: what code scanning shows of a run (a file with more than 25,000 is rejected).
const RESULTS: usize = 5_000;
/// Related locations of a result that consumers keep.
const RELATED: usize = 100;
/// Steps of a flow that consumers keep.
const STEPS: usize = 1_000;
/// Characters of a rule's descriptions that consumers take.
const DESCRIPTION: usize = 1_024;
/// Name of the folder that paths count from.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation<'a>; 1],
    original_uri_base_ids: BTreeMap<&'static str, Described>,
    automation_details: Id,
    column_kind: &'static str,
    results: Vec<Result<'a>>,
    properties: RunProperties<'a>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    full_name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: String,
    name: String,
    short_description: Text<'a>,
    full_description: Text<'a>,
    help: Help<'a>,
    default_configuration: Configuration,
    properties: RuleProperties<'a>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties<'a> {
    tags: Vec<&'a str>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    severity: &'static str,
}

#[derive(Serialize)]
struct Text<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize)]
struct Help<'a> {
    text: &'a str,
    markdown: &'a str,
}

#[derive(Serialize)]
struct Described {
    description: Text<'static>,
}

#[derive(Serialize)]
struct Id {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    descriptor: IdRef<'a>,
    level: &'static str,
    message: Text<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<NotificationLocation>,
}

#[derive(Serialize)]
struct IdRef<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotificationLocation {
    physical_location: FileLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileLocation {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<LineRegion>,
}

/// A line: columns of notices count characters, which are not SARIF's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineRegion {
    start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Result<'a> {
    rule_id: String,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text<'a>,
    locations: [Location<'a>; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow<'a>>,
    properties: ResultProperties<'a>,
}

#[derive(Serialize)]
struct ResultProperties<'a> {
    package: &'a str,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    fully_qualified_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'a> {
    artifact_location: Artifact,
    region: Region<'a>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
    snippet: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow<'a> {
    thread_flows: [ThreadFlow<'a>; 1],
}

#[derive(Serialize)]
struct ThreadFlow<'a> {
    locations: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    location: Location<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunProperties<'a> {
    coverage_percent: f64,
    files: u64,
    files_unread: u64,
    calls: u64,
    calls_resolved: u64,
    dependencies_missing: usize,
    dependency_digest: &'a str,
}

/// Writes the log, indented, with a newline at the end.
///
/// # Errors
///
/// What the writer returns.
pub fn write(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (entries, dropped) = kept(input);
    let mut writer = Writer { input, artifacts: FxHashMap::default(), hashes: FxHashMap::default() };
    let rules: FxHashMap<&str, usize> = input.rules.iter().enumerate().map(|(at, lint)| (lint.id, at)).collect();
    let results = entries.iter().map(|entry| writer.result(entry, &rules)).collect();
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "cargo-prr",
                full_name: "cargo-prr, production-readiness linter for Rust",
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: input.rules.iter().map(|lint| rule(lint)).collect(),
            },
        },
        invocations: [Invocation { execution_successful: true, tool_execution_notifications: writer.notifications(dropped) }],
        original_uri_base_ids: BTreeMap::from([(
            ROOT,
            Described { description: Text { text: "top level of the checkout that was analysed".into() } },
        )]),
        automation_details: Id { id: "prr/" },
        column_kind: "utf16CodeUnits",
        results,
        properties: RunProperties {
            coverage_percent: (input.coverage.percent() * 100.0).round() / 100.0,
            files: input.coverage.files,
            files_unread: input.coverage.files_unread,
            calls: input.coverage.calls,
            calls_resolved: input.coverage.calls_resolved,
            dependencies_missing: input.coverage.dependencies_missing.len(),
            dependency_digest: &input.coverage.dependency_digest,
        },
    };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// The entries that go into the file, in order, and how many do not.
fn kept<'a>(input: &'a Input<'_>) -> (Vec<&'a Entry>, usize) {
    let shown: Vec<&Entry> = input.shown().collect();
    if shown.len() <= RESULTS {
        return (shown, 0);
    }
    let mut ranked: Vec<usize> = (0..shown.len()).collect();
    ranked.sort_by_key(|&at| (shown[at].unknown.is_some(), std::cmp::Reverse(shown[at].level), at));
    ranked.truncate(RESULTS);
    ranked.sort_unstable();
    (ranked.into_iter().map(|at| shown[at]).collect(), shown.len() - RESULTS)
}

fn rule<'a>(lint: &'a Lint) -> Rule<'a> {
    let highest = lint.defaults.service.max(lint.defaults.cli).max(lint.defaults.library);
    Rule {
        id: code(lint.id),
        name: lint.id.split('_').map(capitalised).collect(),
        short_description: Text { text: lint.summary.into() },
        full_description: Text { text: first_paragraph(lint.page).map_or(lint.summary.into(), |text| cut(text, DESCRIPTION).into()) },
        help: Help { text: lint.page, markdown: lint.page },
        default_configuration: Configuration { level: level(highest) },
        properties: RuleProperties {
            tags: vec!["rust", "production-readiness", lint.family],
            precision: "high",
            severity: match highest {
                Level::Deny => "error",
                Level::Warn => "warning",
                _ => "recommendation",
            },
        },
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The first paragraph of a page that is no heading, its lines joined.
fn first_paragraph(page: &str) -> Option<String> {
    let normal = page.replace("\r\n", "\n");
    let paragraph =
        normal.split("\n\n").map(str::trim).find(|text| !text.is_empty() && !text.starts_with('#') && !text.starts_with("```"))?;
    Some(paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(text: String, limit: usize) -> String {
    if text.chars().count() <= limit { text } else { text.chars().take(limit - 1).chain(['…']).collect() }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Note => "note",
        Level::Allow => "none",
    }
}

/// Builds results, remembering what is computed once a file.
struct Writer<'a> {
    input: &'a Input<'a>,
    artifacts: FxHashMap<usize, Artifact>,
    hashes: FxHashMap<usize, Vec<String>>,
}

impl<'a> Writer<'a> {
    fn result(&mut self, entry: &'a Entry, rules: &FxHashMap<&str, usize>) -> Result<'a> {
        let related = entry.secondary.iter().take(RELATED).enumerate();
        let related_locations: Vec<_> = related.map(|(at, remark)| self.location(remark, Some(at + 1), "")).collect();
        let steps: Vec<_> = entry.flow.iter().take(STEPS).map(|step| Step { location: self.location(step, None, "") }).collect();
        let code_flows = if steps.is_empty() { Vec::new() } else { vec![CodeFlow { thread_flows: [ThreadFlow { locations: steps }] }] };
        Result {
            rule_id: code(entry.lint),
            rule_index: rules.get(entry.lint).copied().expect("every lint that reports is declared"),
            kind: if entry.unknown.is_some() { "open" } else { "fail" },
            level: if entry.unknown.is_some() { "none" } else { level(entry.level) },
            message: Text { text: message(entry).into() },
            locations: [self.location(&entry.primary, None, &entry.item)],
            partial_fingerprints: BTreeMap::from([
                ("primaryLocationLineHash", self.line_hash(entry.primary.place)),
                ("prr/v1", entry.fingerprint.clone()),
            ]),
            related_locations,
            code_flows,
            properties: ResultProperties { package: &entry.package, role: entry.role.as_str(), cause: entry.unknown },
        }
    }

    fn location(&mut self, remark: &'a Remark, id: Option<usize>, item: &'a str) -> Location<'a> {
        let Place { file: index, start, end } = remark.place;
        let file = &self.input.files[index];
        let (from, to) = (file.lines.utf16(&file.text, start), file.lines.utf16(&file.text, end));
        Location {
            id,
            physical_location: Physical {
                artifact_location: self.artifact(index),
                region: Region {
                    start_line: from.line,
                    start_column: from.col,
                    end_line: to.line,
                    end_column: to.col,
                    snippet: Text { text: self.input.text(remark.place).into() },
                },
            },
            logical_locations: if item.is_empty() { Vec::new() } else { vec![Logical { fully_qualified_name: item }] },
            message: (!remark.text.is_empty()).then(|| Text { text: remark.text.as_str().into() }),
        }
    }

    fn artifact(&mut self, index: usize) -> Artifact {
        let input = self.input;
        self.artifacts.entry(index).or_insert_with(|| artifact(input, &input.files[index].path)).clone()
    }

    fn line_hash(&mut self, place: Place) -> String {
        let file = &self.input.files[place.file];
        let hashes = self.hashes.entry(place.file).or_insert_with(|| hash::line_hashes(&file.text));
        hashes.get(file.lines.line(place.start) as usize - 1).cloned().unwrap_or_default()
    }

    fn notifications(&self, dropped: usize) -> Vec<Notification<'a>> {
        let notices = self.input.notices.iter().map(|notice| Notification {
            descriptor: IdRef { id: notice.id },
            level: if notice.loss { "warning" } else { "note" },
            message: Text { text: notice.text.as_str().into() },
            locations: notice.path.iter().map(|path| file_location(self.input, path, notice.at)).collect(),
        });
        let limit = (dropped > 0).then(|| Notification {
            descriptor: IdRef { id: "results_dropped" },
            level: "warning",
            message: Text { text: format!("{dropped} results of the lowest levels are left out: a run holds at most {RESULTS}").into() },
            locations: Vec::new(),
        });
        limit.into_iter().chain(notices).collect()
    }
}

fn artifact(input: &Input<'_>, path: &std::path::Path) -> Artifact {
    let (uri, inside) = input.bases.uri(path);
    Artifact { uri, uri_base_id: inside.then_some(ROOT) }
}

fn file_location(input: &Input<'_>, path: &std::path::Path, at: Option<Spot>) -> NotificationLocation {
    let region = at.map(|at| LineRegion { start_line: at.line });
    NotificationLocation { physical_location: FileLocation { artifact_location: artifact(input, path), region } }
}

/// What is wrong first (viewers show the first sentence where there is little room), then the rest, then links to related locations.
fn message(entry: &Entry) -> String {
    let mut text = match entry.unknown {
        Some(cause) => format!("Not decided ({cause}): {}.", entry.message),
        None => format!("{}.", entry.message),
    };
    for (head, body) in [("Why", &entry.why), ("Help", &entry.help)] {
        if !body.is_empty() {
            text.push_str(&format!("\n{head}: {body}."));
        }
    }
    for looked in &entry.looked {
        text.push_str(&format!("\nLooked: {looked}."));
    }
    let links = entry.secondary.iter().take(RELATED).enumerate().map(|(at, remark)| {
        let name = if remark.text.is_empty() { "here" } else { &remark.text };
        format!("[{}]({})", name.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"), at + 1)
    });
    let links: Vec<_> = links.collect();
    if !links.is_empty() {
        text.push_str(&format!("\nSee: {}.", links.join(", ")));
    }
    text
}
