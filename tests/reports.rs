//! Every format over one set of findings made by hand: multi-line, tabs, wide characters, CRLF, a byte order mark, an over-long line, an
//! undecided place, a capped level, a flow, more labels than are shown.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use cargo_prr::discover::{Notice, Spot};
use cargo_prr::lint::{Level, Lint, Maturity, Role, RoleLevels};
use cargo_prr::report::paths::Bases;
use cargo_prr::report::{Coverage, Entry, Format, Input, Place, Remark, Show, SourceFile, TargetRef, render};
use serde_json::Value;
use snapbox::assert_data_eq;

const MAIN: &str =
    "use x::y;\n\nfn main() {\n\tlet größe = \"é😀日本\"; y(größe).ok();\n    x::start(\n        1,\n        2,\n    );\n}\n";
const CRLF: &str = "\u{feff}fn f() {\r\n    a().ok();\r\n    b\u{1b}[31m().ok();\r\n}\r\n";

fn long() -> String {
    format!("fn g() {{ {} c().ok(); {} }}\n", "let x = 1; ".repeat(40), "let y = 日本; ".repeat(40))
}

static LOST: Lint = Lint {
    id: "lost_errors",
    summary: "an error vanishes",
    family: "errors",
    defaults: RoleLevels { service: Level::Warn, cli: Level::Warn, library: Level::Note },
    maturity: Maturity::Stable,
    core: true,
    page: "# lost_errors\n\n## What it flags\n\nAn error that\nvanishes.\n\n## Clean\n\nThe rest.\n",
    check: |_| Vec::new(),
};
static SILENT: Lint = Lint { id: "silent", summary: "never found", page: "# silent\n\nNothing.\n", ..LOST };

fn files() -> Vec<SourceFile> {
    vec![
        SourceFile::new("/repo/ws/api/src/main.rs".into(), MAIN.to_owned()),
        SourceFile::new("/repo/ws/core/src/größe 1.rs".into(), CRLF.to_owned()),
        SourceFile::new("/repo/ws/core/src/long.rs".into(), long()),
    ]
}

fn place(files: &[SourceFile], file: usize, needle: &str) -> Place {
    let start = files[file].text.find(needle).expect("needle in file") as u32;
    Place { file, start, end: start + needle.len() as u32 }
}

fn entries(files: &[SourceFile]) -> Vec<Entry> {
    let remark = |file: usize, needle: &str, text: &str| Remark { place: place(files, file, needle), text: text.to_owned() };
    let entry = |primary: Remark, level: Level, item: &str| Entry {
        lint: "lost_errors",
        level,
        unknown: None,
        primary,
        secondary: Vec::new(),
        flow: Vec::new(),
        message: "the error of `y` vanishes".to_owned(),
        why: "nobody learns that it failed".to_owned(),
        looked: vec!["at the callers of `main`: there are none".to_owned()],
        help: "log it, or return it".to_owned(),
        role: Role::Service,
        capped: None,
        item: item.to_owned(),
        package: "core".to_owned(),
        target: TargetRef {
            package_root: "/repo/ws/core".into(),
            version: "0.1.0".to_owned(),
            kind: "lib",
            name: "core".to_owned(),
            root_file: "/repo/ws/core/src/lib.rs".into(),
        },
        fingerprint: "0123456789abcdef:1".to_owned(),
    };
    let mut first = entry(remark(0, "ok", "dropped here"), Level::Deny, "api::main");
    first.package = "api".to_owned();
    first.secondary = vec![remark(0, "y(größe)", "it [may] fail"), remark(1, "a()", ""), remark(0, "use x::y", "imported here")];
    first.secondary.extend((0..9).map(|at| remark(2, "g()", &format!("call {at}"))));
    first.flow = vec![remark(0, "main", "entry point"), remark(0, "y(größe)", "calls `y`")];
    let mut tall = entry(remark(0, "x::start(\n        1,\n        2,\n    )", "all of this"), Level::Warn, "api::main");
    tall.package = "api".to_owned();
    let mut unknown = entry(remark(1, "a().ok", ""), Level::Warn, "core::f");
    unknown.unknown = Some("missing_sources");
    let mut note = entry(remark(1, "ok();\r\n}", "over the line's end"), Level::Note, "core::f");
    note.capped = Some("only at start-up");
    let cut = entry(remark(2, "c().ok()", "far to the right"), Level::Warn, "core::g");
    vec![first, tall, unknown, note, cut]
}

fn coverage() -> Coverage {
    Coverage {
        files: 12,
        files_unread: 1,
        files_generated: 2,
        bodies: 1234,
        calls: 5000,
        calls_resolved: 4900,
        calls_unknown: BTreeMap::from([("missing_sources".to_owned(), 60), ("unread_macro".to_owned(), 40)]),
        macros_unread: 3,
        dependencies_indexed: 20,
        dependencies_missing: vec!["reqwest 0.12.3".to_owned()],
        dependency_digest: "d1".to_owned(),
    }
}

struct Options {
    show: Show,
    color: bool,
    quiet: bool,
    entries: Vec<Entry>,
}

impl Default for Options {
    fn default() -> Options {
        Options { show: Show { notes: true, unknown: true }, color: false, quiet: false, entries: entries(&files()) }
    }
}

fn report(format: Format, options: Options) -> String {
    let notices = [
        Notice {
            id: "syntax",
            path: Some("/repo/ws/api/src/broken.rs".into()),
            at: Some(Spot { line: 3, col: 7 }),
            text: "expected `;`".to_owned(),
            loss: true,
        },
        Notice { id: "no_git", path: None, at: None, text: "not in a checkout".to_owned(), loss: false },
    ];
    let input = Input {
        bases: &Bases { cwd: "/repo/ws/api".into(), root: "/repo/ws".into(), top: "/repo".into() },
        files: &files(),
        entries: &options.entries,
        rules: &[&LOST, &SILENT],
        suppressed: &BTreeMap::from([("lost_errors", 2)]),
        coverage: &coverage(),
        notices: &notices,
        show: options.show,
        fail_on: Some(Level::Deny),
        min_coverage: Some(95.0),
        elapsed: Duration::from_millis(1234),
        color: options.color,
        quiet: options.quiet,
        verbose: false,
    };
    let mut out = Vec::new();
    render(&input, format, &mut out).expect("writing to memory succeeds");
    String::from_utf8(out).expect("reports are UTF-8")
}

#[test]
fn human() {
    assert_data_eq!(report(Format::Human, Options::default()), snapbox::file!["reports/human.txt"].raw());
}

#[test]
fn human_hides_what_is_not_asked_for() {
    let hidden = report(Format::Human, Options { show: Show::default(), ..Options::default() });
    assert!(hidden.contains("not shown: 1 note, 1 undecided (--show notes,unknown)"), "{hidden}");
    assert!(!hidden.contains("not decided:"));
}

#[test]
fn human_in_colour_is_the_same_text() {
    let colored = report(Format::Human, Options { color: true, ..Options::default() });
    assert!(colored.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').expect("a colour ends in m").1;
    }
    assert_eq!(plain + rest, report(Format::Human, Options::default()));
}

#[test]
fn nothing_found() {
    let quiet = report(Format::Human, Options { entries: Vec::new(), quiet: true, ..Options::default() });
    assert_data_eq!(
        quiet,
        snapbox::str![[r#"
notice[syntax]: src/broken.rs:3:7: expected `;`

error: coverage is 91.7 %, less than the 95 % wanted

"#]]
    );
}

#[test]
fn short() {
    assert_data_eq!(
        report(Format::Short, Options::default()),
        snapbox::str![[r#"
src/main.rs:4:31: deny[prr::lost_errors] the error of `y` vanishes
src/main.rs:5:5: warn[prr::lost_errors] the error of `y` vanishes
../core/src/größe 1.rs:2:5: unknown(missing_sources)[prr::lost_errors] the error of `y` vanishes
../core/src/größe 1.rs:3:14: note[prr::lost_errors] the error of `y` vanishes
../core/src/long.rs:1:451: warn[prr::lost_errors] the error of `y` vanishes
src/broken.rs:3:7: notice[syntax] expected `;`

"#]]
    );
}

#[test]
fn json() {
    assert_data_eq!(report(Format::Json, Options::default()), snapbox::file!["reports/report.json"].raw());
}

#[test]
fn sarif() {
    assert_data_eq!(report(Format::Sarif, Options::default()), snapbox::file!["reports/report.sarif"].raw());
}

#[test]
fn cargo_lines() {
    let text = report(Format::CargoJson, Options::default());
    let pretty: Vec<String> =
        text.lines().map(|line| serde_json::to_string_pretty(&serde_json::from_str::<Value>(line).unwrap()).unwrap()).collect();
    assert_data_eq!(pretty.join("\n"), snapbox::file!["reports/cargo.jsonl"].raw());
}

#[test]
fn cargo_lines_read_as_cargo_messages() {
    let text = report(Format::CargoJson, Options::default());
    let messages: Vec<_> = cargo_metadata::Message::parse_stream(text.as_bytes()).map(Result::unwrap).collect();
    let compiler = messages.iter().filter(|message| matches!(message, cargo_metadata::Message::CompilerMessage(_))).count();
    assert_eq!(compiler, 5 + 2, "findings and notices");
    assert!(messages.iter().all(|message| !matches!(message, cargo_metadata::Message::TextLine(_))));
}

#[test]
fn columns_agree_across_formats() {
    let json: Value = serde_json::from_str(&report(Format::Json, Options::default())).unwrap();
    let sarif: Value = serde_json::from_str(&report(Format::Sarif, Options::default())).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    for (result, finding) in results.iter().zip(findings) {
        let (region, primary) = (&result["locations"][0]["physicalLocation"]["region"], &finding["primary"]);
        assert_eq!((&region["startLine"], &region["endLine"]), (&primary["line_start"], &primary["line_end"]));
        let text = files().into_iter().find(|file| file.path.ends_with(Path::new(primary["path"].as_str().unwrap()))).unwrap();
        for (line, column, utf16) in [("line_start", "column_start", "startColumn"), ("line_end", "column_end", "endColumn")]
            .map(|(a, b, c)| (&primary[a], &primary[b], &region[c]))
        {
            let line = text.text.trim_start_matches('\u{feff}').split('\n').nth(line.as_u64().unwrap() as usize - 1).unwrap();
            let before: String = line.chars().take(column.as_u64().unwrap() as usize - 1).collect();
            assert_eq!(before.encode_utf16().count() as u64 + 1, utf16.as_u64().unwrap());
        }
    }
}

#[test]
fn sarif_keeps_the_most_severe() {
    let files = files();
    let mut many: Vec<Entry> = Vec::new();
    for at in 0..5_010 {
        let mut entry = entries(&files).swap_remove(1);
        entry.level = if at % 2 == 0 { Level::Deny } else { Level::Warn };
        entry.fingerprint = format!("{at}");
        many.push(entry);
    }
    let text = report(Format::Sarif, Options { entries: many, ..Options::default() });
    let sarif: Value = serde_json::from_str(&text).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 2_505);
    let notes = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert!(notes[0]["message"]["text"].as_str().unwrap().starts_with("10 results"));
}

/// Any labels over any text: no format panics, and each is what it says it is.
fn any_report(text: &str, places: &[(u32, u32)], secondary: usize) {
    let files = vec![SourceFile::new("/repo/ws/src/any.rs".into(), text.to_owned())];
    let length = text.len() as u32;
    let remarks = places.iter().map(|(start, len)| {
        let start = start % (length + 1);
        Remark { place: Place { file: 0, start, end: (start + len).min(length) }, text: "label\u{1b}\nnext".to_owned() }
    });
    let remarks: Vec<_> = remarks.collect();
    let mut entry = entries(&self::files()).swap_remove(1);
    entry.primary = remarks[0].clone();
    entry.secondary = remarks[1..].iter().cycle().take(secondary).cloned().collect();
    entry.flow = remarks[1..].to_vec();
    let input = Input {
        bases: &Bases { cwd: "/repo/ws".into(), root: "/repo/ws".into(), top: "/repo".into() },
        files: &files,
        entries: &[entry],
        rules: &[&LOST],
        suppressed: &BTreeMap::new(),
        coverage: &Coverage::default(),
        notices: &[],
        show: Show { notes: true, unknown: true },
        fail_on: None,
        min_coverage: None,
        elapsed: Duration::ZERO,
        color: false,
        quiet: false,
        verbose: secondary > 3,
    };
    for format in [Format::Human, Format::Short, Format::Json, Format::Sarif, Format::CargoJson] {
        let mut out = Vec::new();
        render(&input, format, &mut out).expect("writing to memory succeeds");
        let out = String::from_utf8(out).expect("reports are UTF-8");
        match format {
            Format::Json | Format::Sarif => drop(serde_json::from_str::<Value>(&out).unwrap()),
            Format::CargoJson => out.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap())),
            _ => assert!(!out.contains('\u{1b}') && !out.contains('\r')),
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_and_any_labels(text in "([a-zé日😀\\t \u{1b}\u{202e}]{0,300}(\r\n|\n|\r)?){0,12}", places in proptest::collection::vec((0u32..4000, 0u32..600), 1..8), secondary in 0usize..12) {
        any_report(&text, &places, if places.len() > 1 { secondary } else { 0 });
    }

    #[test]
    fn labels_after_a_byte_order_mark(text in "\u{feff}[a-z\r\n]{0,20}", places in proptest::collection::vec((0u32..24, 0u32..9), 1..3)) {
        any_report(&text, &places, 0);
    }
}

#[test]
fn json_follows_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let report: Value = serde_json::from_str(&report(Format::Json, Options::default())).unwrap();
    let mut errors = Vec::new();
    validate(&schema, &schema, &report, "$", &mut errors);
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The part of JSON Schema that our schema uses; every key must be described, and nothing else may occur.
fn validate(root: &Value, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).expect("a reference that resolves"),
        None => schema,
    };
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::Null => "null",
    };
    let expected = schema["type"].as_str().unwrap_or_else(|| panic!("{at} has no type in the schema"));
    if expected != kind && !(expected == "number" && kind == "integer") {
        errors.push(format!("{at}: {kind} instead of {expected}"));
    }
    if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
        errors.push(format!("{at}: {value} instead of {constant}"));
    }
    if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        errors.push(format!("{at}: {value} is none of {allowed:?}"));
    }
    if let Some(items) = value.as_array() {
        items.iter().enumerate().for_each(|(index, item)| validate(root, &schema["items"], item, &format!("{at}[{index}]"), errors));
    }
    let Some(object) = value.as_object() else { return };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(required) {
            errors.push(format!("{at}: {required} is missing"));
        }
    }
    for (key, inner) in object {
        let described = schema["properties"].get(key).or(schema.get("additionalProperties").filter(|more| more.is_object()));
        match described {
            Some(described) => validate(root, described, inner, &format!("{at}.{key}"), errors),
            None => errors.push(format!("{at}: {key} is not described")),
        }
    }
}
