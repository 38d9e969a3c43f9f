//! Marks in fixtures, and the findings they stand for.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// What is expected, or was found, at a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Path below the workspace.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
    /// `lint`, `note lint`, `unknown lint`.
    pub what: String,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// The marks of a file. `specimen lint` is a mark like `lint`: the finding there is shown as an example.
pub fn of(path: &str, text: &str) -> Vec<Mark> {
    let lines = text.lines().zip(1..).filter_map(|(line, number)| Some((line.split_once("//~")?.1, number)));
    let mark = |what: &str, line| Mark { path: path.to_owned(), line, what: what.trim().trim_start_matches("specimen ").to_owned() };
    lines.flat_map(|(marks, line)| marks.split(',').map(move |what| mark(what, line)).collect::<Vec<_>>()).collect()
}

/// The line of the specimen, if a text has one.
pub fn specimen(text: &str) -> Option<u64> {
    text.lines().zip(1..).find(|(line, _)| line.contains("//~ specimen ")).map(|(_, number)| number)
}

/// The findings of a report as marks.
pub fn found(report: &Value) -> Vec<Mark> {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().map(mark).collect()
}

fn mark(finding: &Value) -> Mark {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let lint = text(&finding["lint"]);
    let what = match (text(&finding["verdict"]).as_str(), text(&finding["level"]).as_str()) {
        ("unknown", _) => format!("unknown {lint}"),
        (_, "warn") => lint,
        (_, level) => format!("{level} {lint}"),
    };
    Mark { path: text(&finding["primary"]["path"]), line: finding["primary"]["line_start"].as_u64().expect("a line"), what }
}

/// What is marked and not found, and what is found and not marked.
pub fn differences(case: &str, expected: Vec<Mark>, found: Vec<Mark>) -> Vec<String> {
    let mut counts: BTreeMap<Mark, i32> = BTreeMap::new();
    expected.into_iter().for_each(|mark| *counts.entry(mark).or_default() += 1);
    found.into_iter().for_each(|mark| *counts.entry(mark).or_default() -= 1);
    let told = counts.into_iter().filter(|(_, count)| *count != 0).map(|(mark, count)| {
        let what = if count > 0 { "marked, not found" } else { "found, not marked" };
        format!("{case}: {mark}: {what}")
    });
    told.collect()
}
