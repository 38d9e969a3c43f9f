//! The structure of the repository, enforced: what goes where, what may name what, how texts are written.

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{all_cases, below_repository, entries, fixtures, lints, name, pages, read, repository};
use serde_json::Value;

/// Files that git knows or would take in.
fn tracked() -> Vec<PathBuf> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).current_dir(repository());
    let listed = String::from_utf8(harness::run(&mut git).stdout).expect("paths in UTF-8");
    let paths = listed.split('\0').filter(|path| !path.is_empty()).map(|path| repository().join(path));
    paths.filter(|path| path.is_file()).collect()
}

fn rust_files() -> Vec<PathBuf> {
    tracked().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn below(folder: &str) -> Vec<PathBuf> {
    let folder = repository().join(folder);
    rust_files().into_iter().filter(|path| path.starts_with(&folder)).collect()
}

/// Files of which something is not so, with what is wrong.
fn assert_none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}\n", wrong.join("\n"));
}

/// Code without comments and with empty literals, and the literals. A quote inside a character literal or raw string does not occur where this is used.
fn code_and_literals(text: &str) -> (String, Vec<String>) {
    let (mut code, mut literals) = (String::new(), Vec::new());
    for line in text.lines() {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('"') {
            if before.contains("//") {
                break;
            }
            let end = end_of_literal(after);
            code.push_str(before);
            code.push_str("\"\"");
            literals.push(after[..end].to_owned());
            rest = after.get(end + 1..).unwrap_or_default();
        }
        code.push_str(rest.split("//").next().unwrap_or_default());
        code.push('\n');
    }
    (code, literals)
}

fn end_of_literal(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Whether a word stands in code by itself.
fn has_word(code: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code.match_indices(word).any(|(at, _)| edge(code[..at].chars().next_back()) && edge(code[at + word.len()..].chars().next()))
}

// ------------------------------------------------------------------------------------------------------------------------ rooms

#[test]
fn every_lint_has_its_room_its_fixtures_its_line_and_its_row() {
    let ids: BTreeSet<String> = lints().into_iter().map(str::to_owned).collect();
    let folders = |path: &Path, aside: &[&str]| -> BTreeSet<String> {
        let folders = entries(path).into_iter().filter(|path| path.is_dir()).map(|path| name(&path));
        folders.filter(|name| !aside.contains(&name.as_str())).collect()
    };
    assert_eq!(folders(&repository().join("lints"), &[]), ids, "rooms and lints");
    assert_eq!(folders(&fixtures(), &["_stubs", "demo"]), ids, "fixtures and lints");
    let registry = read(&repository().join("lints/mod.rs"));
    let declared = registry.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(declared.map(str::to_owned).collect::<BTreeSet<_>>(), ids, "lines of lints/mod.rs and lints");
    let table = read(&repository().join("README.md"));
    let rows = table.lines().filter(|line| line.starts_with('|')).filter_map(|line| {
        let (_, page) = line.split_once("](lints/")?;
        Some(page.split_once("/README.md)")?.0.to_owned())
    });
    assert_eq!(rows.collect::<BTreeSet<_>>(), ids, "rows of README.md and lints");
    for id in ids {
        for file in ["lints/{}/mod.rs", "lints/{}/README.md", "fixtures/{}/flagged.rs", "fixtures/{}/clean.rs", "fixtures/{}/expected.txt"]
        {
            let path = repository().join(file.replace("{}", &id));
            assert!(path.is_file(), "{} is missing", below_repository(&path));
        }
    }
}

#[test]
fn pages_have_the_same_headings_in_the_same_order() {
    for lint in lints() {
        let page = pages::page(lint);
        assert!(page.starts_with(&format!("# {lint}\n")), "{lint}: the title is the id");
        assert_eq!(pages::headings(&page), pages::HEADINGS, "{lint}");
    }
}

#[test]
fn lints_speak_the_vocabulary_of_lints_alone() {
    let allowed = ["crate::lint::prelude", "crate::model::", "crate::catalog::schema::"];
    let forbidden = ["syn", "quote", "proc_macro2", "unsafe", "std::fs", "std::io", "std::env", "std::process"];
    let macros = ["print!", "println!", "eprint!", "eprintln!", "dbg!", "panic!"];
    let mut wrong = Vec::new();
    for path in below("lints") {
        let (code, _) = code_and_literals(&read(&path));
        let place = below_repository(&path);
        wrong.extend(forbidden.iter().filter(|word| has_word(&code, word)).map(|word| format!("{place}: {word}")));
        wrong.extend(macros.iter().filter(|word| code.contains(*word)).map(|word| format!("{place}: {word}")));
        if place == "lints/mod.rs" {
            continue;
        }
        let foreign = code.match_indices("crate::").filter(|(at, _)| !allowed.iter().any(|path| code[*at..].starts_with(path)));
        wrong.extend(foreign.map(|(at, _)| format!("{place}: {}", code[at..].lines().next().unwrap_or_default())));
        if code.contains("super::super") {
            wrong.push(format!("{place}: another lint's room"));
        }
    }
    assert_none("names that lints may not use", &wrong);
}

#[test]
fn lints_name_no_crate() {
    let catalog = entries(&repository().join("src/catalog/crates"));
    let crates: BTreeSet<String> = catalog.iter().map(|path| name(path).trim_end_matches(".toml").to_owned()).collect();
    let mut wrong = Vec::new();
    for path in below("lints") {
        let (_, literals) = code_and_literals(&read(&path));
        let of_crate =
            |text: &&String| crates.contains(text.split("::").next().unwrap_or_default()) && !["std", "log"].contains(&text.as_str());
        wrong.extend(literals.iter().filter(of_crate).map(|text| format!("{}: {text:?}", below_repository(&path))));
    }
    assert_none("literals that name a crate: what is known of crates is data of the catalog", &wrong);
}

#[test]
fn syntax_trees_stay_in_the_room_of_facts() {
    let facts = repository().join("src/facts");
    let files = below("src").into_iter().chain(below("lints")).filter(|path| !path.starts_with(&facts));
    let names = |code: &str| {
        ["syn::", "quote::", "proc_macro2"].iter().any(|word| {
            code.match_indices(word).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
        })
    };
    let wrong: Vec<_> = files.filter(|path| names(&code_and_literals(&read(path)).0)).map(|path| below_repository(&path)).collect();
    assert_none("files that name syn, quote or proc_macro2", &wrong);
}

// ------------------------------------------------------------------------------------------------------------------------ files

#[test]
fn every_module_says_what_it_is() {
    let wrong: Vec<_> = rust_files().iter().filter(|path| !read(path).starts_with("//!")).map(|path| below_repository(path)).collect();
    assert_none("files that do not open with `//!`", &wrong);
}

#[test]
fn no_file_is_too_long() {
    let lines = |path: &PathBuf| read(path).lines().count();
    let long = rust_files().into_iter().filter(|path| lines(path) > 800);
    let wrong: Vec<_> = long.map(|path| format!("{}: {} lines", below_repository(&path), lines(&path))).collect();
    assert_none("files of more than 800 lines", &wrong);
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    // Written in parts, so that this file does not name them.
    let places = [["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/wo", "rk/"], ["C:\\", "Users"]].map(|parts| parts.concat());
    let mut wrong = Vec::new();
    for path in tracked() {
        // What is no text has no paths to read.
        #[expect(clippy::disallowed_methods, reason = "files of any kind, some of them no text")]
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (line, number) in text.lines().zip(1..) {
            let named = |place: &String| line.match_indices(place.as_str()).any(|(at, _)| starts_a_path(line, at));
            wrong.extend(places.iter().any(named).then(|| format!("{}:{number}: {}", below_repository(&path), line.trim())));
        }
    }
    assert_none("absolute paths of a machine", &wrong);
}

/// Whether a slash begins a path, rather than going on with one.
fn starts_a_path(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '}' | ')'))
}

#[test]
fn every_dependency_has_its_reason_and_is_used() {
    let manifest = read(&repository().join("Cargo.toml"));
    let code: String =
        rust_files().iter().filter(|path| !path.starts_with(fixtures())).map(|path| code_and_literals(&read(path)).0).collect();
    let mut table = "";
    let mut wrong = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            table = line;
        }
        let (true, Some((dependency, _))) = (table.ends_with("dependencies]"), line.split_once(" = ")) else { continue };
        if line.split_once("# ").is_none_or(|(_, reason)| reason.trim().is_empty()) {
            wrong.push(format!("{dependency}: no reason"));
        }
        if !has_word(&code, &dependency.replace('-', "_")) {
            wrong.push(format!("{dependency}: not used"));
        }
    }
    assert_none("dependencies in Cargo.toml", &wrong);
}

// ------------------------------------------------------------------------------------------------------------------------ texts

/// Every text of every finding of every fixture.
#[test]
fn messages_are_lower_case_without_final_stop() {
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = 0;
    for case in all_cases() {
        let report = case.write().json();
        for finding in report["findings"].as_array().expect("findings") {
            seen += 1;
            for (part, text) in texts(finding) {
                if let Some(what) = fault(part, text) {
                    wrong.insert(format!("{} {part}: {what}: {text}", finding["lint"]), case.name.clone());
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} findings were looked at");
    let wrong: Vec<_> = wrong.into_iter().map(|(what, case)| format!("{what} ({case})")).collect();
    assert_none("texts of findings", &wrong);
    let summaries: Vec<_> =
        cargo_prr::lints::ALL.iter().filter_map(|lint| Some(format!("{}: {}", lint.id, fault("summary", lint.summary)?))).collect();
    assert_none("summaries of lints", &summaries);
}

fn texts(finding: &Value) -> Vec<(&'static str, &str)> {
    let mut all: Vec<(&'static str, &str)> = Vec::new();
    for part in ["message", "why", "help", "level_capped_because"] {
        all.extend(finding[part].as_str().map(|text| (part, text)));
    }
    all.extend(finding["looked"].as_array().expect("a list").iter().filter_map(|text| Some(("looked", text.as_str()?))));
    all.push(("label", finding["primary"]["text"].as_str().expect("text")));
    for part in ["secondary", "flow"] {
        all.extend(finding[part].as_array().expect("a list").iter().filter_map(|label| Some(("label", label["text"].as_str()?))));
    }
    all
}

/// What is wrong with a text. Labels may be empty; a finding says what, why and what to do.
fn fault(part: &str, text: &str) -> Option<&'static str> {
    match text.chars().next() {
        None if part == "label" => None,
        None => Some("empty"),
        Some(first) if first.is_uppercase() => Some("begins in upper case"),
        _ if text.ends_with(['.', '!', ' ']) && !text.ends_with("..") => Some("ends with a stop"),
        _ if text.contains('\n') => Some("more than one line"),
        _ => None,
    }
}
