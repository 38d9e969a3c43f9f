//! What names mean: each file of `tests/resolve` is a crate whose lines tell what names resolve to, in marks
//! `//= name: path of the definition, ..`; `?cause` stands for a name that stays unknown. Names without a mark must be resolved.

mod harness;

use std::collections::BTreeMap;

use harness::{Case, Scene, compiles, entries, read, repository, run};
use serde_json::Value;

/// Names of one line of the file, in order, with what they resolve to.
type Names = BTreeMap<u64, Vec<(String, String)>>;

fn cases() -> Vec<(String, Scene, String)> {
    let files = entries(&repository().join("tests/resolve"));
    let case = |path: &std::path::PathBuf| {
        let text = read(path);
        let scene = Case::single(harness::name(path), format!("//@ role: library\n{text}")).write();
        (harness::name(path), scene, text)
    };
    files.iter().map(case).collect()
}

fn resolved(scene: &Scene) -> Names {
    let output = run(&mut scene.command(&["resolve", "--no-cache", "--format", "json"]));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a list in JSON");
    let mut names = Names::new();
    for one in report["occurrences"].as_array().expect("a list of names") {
        let text = |key: &str| one[key].as_str().map(str::to_owned);
        let meaning = text("path").or_else(|| text("unknown").map(|cause| format!("?{cause}"))).expect("a path or a cause");
        // The header is one line.
        let line = one["line"].as_u64().expect("a line") - 1;
        names.entry(line).or_default().push((text("name").expect("a name"), meaning));
    }
    names
}

fn marks(text: &str) -> Names {
    let mut marks = Names::new();
    for (at, line) in (1..).zip(text.lines()) {
        let Some((_, listed)) = line.split_once("//= ") else { continue };
        let pair = |mark: &str| {
            let (name, path) = mark.split_once(": ").unwrap_or_else(|| panic!("line {at}: `{mark}` is not `name: path`"));
            (name.trim().to_owned(), path.trim().to_owned())
        };
        marks.insert(at, listed.split(',').map(pair).collect());
    }
    marks
}

fn differences(file: &str, marks: &Names, found: &Names) -> Vec<String> {
    let mut told = Vec::new();
    for (line, listed) in marks {
        let here = found.get(line).map_or(&[][..], |names| names);
        for (name, path) in listed {
            let meanings: Vec<&str> = here.iter().filter(|(n, _)| n == name).map(|(_, path)| path.as_str()).collect();
            if !meanings.contains(&path.as_str()) {
                told.push(format!("{file}:{line}: {name} is {meanings:?}, not {path}"));
            }
        }
    }
    for (line, names) in found {
        let marked = |name: &str| marks.get(line).is_some_and(|listed| listed.iter().any(|(n, path)| n == name && path.starts_with('?')));
        let unknown = names.iter().filter(|(name, path)| path.starts_with('?') && !marked(name));
        told.extend(unknown.map(|(name, cause)| format!("{file}:{line}: {name} is {cause}")));
    }
    told
}

#[test]
fn names_mean_what_is_marked() {
    let mut told = Vec::new();
    for (file, scene, text) in cases() {
        let marks = marks(&text);
        assert!(marks.len() >= 8, "{file}: {} lines are marked", marks.len());
        told.extend(differences(&file, &marks, &resolved(&scene)));
    }
    assert!(told.is_empty(), "\n{}\n", told.join("\n"));
}

/// What does not compile means nothing.
#[test]
fn files_compile() {
    let complaints: Vec<String> = cases().iter().filter_map(|(_, scene, _)| compiles(scene.path()).err()).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
