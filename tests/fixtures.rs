//! Every lint over every fixture and every example of every page: each finding is marked, each mark is hit.

mod harness;

use harness::{Case, Scene, all_cases, compiles, entries, fixtures, lints, marks, name, pages, read, run, single_files, workspaces};
use serde_json::Value;
use snapbox::{Data, assert_data_eq};

/// Differences of all cases at once, so that one run tells everything.
fn check(cases: Vec<Case>) {
    let differences: Vec<_> = cases.iter().flat_map(differences).collect();
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

fn differences(case: &Case) -> Vec<String> {
    let report = case.write().json();
    let mut told = marks::differences(&case.name, case.marks(), marks::found(&report));
    told.extend(losses(&report).into_iter().map(|loss| format!("{}: {loss}", case.name)));
    told.extend(wrong_roles(case, &report));
    told
}

/// Code of a service is found to be one, and no other code is.
fn wrong_roles(case: &Case, report: &Value) -> Option<String> {
    let claimed = case.roles().iter().any(|role| role == "service");
    let findings = report["findings"].as_array().expect("findings");
    let served = findings.iter().any(|finding| finding["role"] == "service");
    (!findings.is_empty() && served != claimed).then(|| format!("{}: the header claims {:?}, findings disagree", case.name, case.roles()))
}

/// A fixture that is not understood proves nothing.
fn losses(report: &Value) -> Vec<String> {
    let coverage = &report["coverage"];
    let causes = &coverage["calls_unresolved_by_cause"];
    let missing = coverage["dependencies_missing"].as_array().expect("a list");
    let mut told: Vec<_> = report["notices"].as_array().expect("notices").iter().filter(|notice| notice["loss"] == true).collect();
    told.retain(|notice| notice["id"] != "missing_lock_file");
    let mut told: Vec<String> = told.iter().map(|notice| format!("{notice}")).collect();
    told.extend((coverage["files_unread"] != 0).then(|| "a file was not read".to_owned()));
    told.extend((!missing.is_empty()).then(|| format!("no sources of {missing:?}")));
    told.extend((coverage["percent"].as_f64() < Some(90.0)).then(|| format!("{} % of calls resolved: {causes}", coverage["percent"])));
    told
}

#[test]
fn files_are_judged_as_marked() {
    check(single_files());
}

#[test]
fn workspaces_are_judged_as_marked() {
    check(workspaces());
}

#[test]
fn pages_are_judged_as_marked() {
    for case in pages::examples() {
        let lint = lints().into_iter().find(|lint| case.name.contains(&format!("/{lint}/"))).expect("a page of a lint");
        let marked: Vec<String> = case.marks().into_iter().map(|mark| mark.what).collect();
        if case.name.ends_with("(Clean)") {
            assert!(marked.is_empty(), "{}: {marked:?}", case.name);
        } else {
            assert!(!marked.is_empty() && marked.iter().all(|what| what.ends_with(lint)), "{}: {marked:?}", case.name);
        }
    }
    check(pages::examples());
}

/// The name of a file says what is marked in it.
#[test]
fn files_are_named_for_what_is_in_them() {
    for lint in lints() {
        for path in entries(&fixtures().join(lint)).iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
            let marks: Vec<String> = marks::of("", &read(path)).into_iter().map(|mark| mark.what).collect();
            let place = harness::below_repository(path);
            match name(path).split(['_', '.']).next() {
                Some("clean") => assert!(marks.is_empty(), "{place}: {marks:?}"),
                Some("flagged") => assert!(marks.iter().any(|what| what == lint), "{place}: nothing is flagged"),
                Some("notes") => assert!(marks.iter().all(|what| what.starts_with("note ")) && !marks.is_empty(), "{place}: {marks:?}"),
                Some("unknown") => {
                    assert!(marks.iter().all(|what| what.starts_with("unknown ")) && !marks.is_empty(), "{place}: {marks:?}")
                }
                _ => panic!("{place}: its name begins with none of clean, flagged, notes, unknown"),
            }
        }
    }
}

/// The finding that each lint is shown by, as people see it. Run with `SNAPSHOTS=overwrite` to accept a new wording.
#[test]
fn specimens_are_rendered_as_expected() {
    for lint in lints() {
        let folder = fixtures().join(lint);
        let text = read(&folder.join("flagged.rs"));
        let line = marks::specimen(&text).unwrap_or_else(|| panic!("{lint}: no line is marked as specimen"));
        let report = Case::single(lint.to_owned(), text).write().report(&["--no-cache", "--color", "never"]);
        let place = format!("src/main.rs:{line}:");
        let block = report.split("\n\n").find(|block| block.contains(&format!("[prr::{lint}]")) && block.contains(&place));
        let block = block.unwrap_or_else(|| panic!("{lint}: no finding at {place}\n{report}"));
        assert_data_eq!(format!("{block}\n"), Data::read_from(&folder.join("expected.txt"), None).raw());
    }
}

/// Fixtures are Rust that compiles: a signature that the stubs do not have would prove nothing about the real crate.
#[test]
fn fixtures_compile() {
    let complaints: Vec<String> = all_cases().iter().filter_map(|case| Some(format!("{}\n{}", case.name, complaint(case)?))).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn complaint(case: &Case) -> Option<String> {
    compiles(case.write().path()).err()
}

/// The stubs compile by themselves: no network, no other dependencies.
#[test]
fn stubs_compile() {
    let stubs: Vec<String> =
        entries(&fixtures().join("_stubs")).iter().filter(|path| path.join("Cargo.toml").exists()).map(|p| name(p)).collect();
    let root = format!("//! All stubs.\n//@ role: library\n//@ deps: {}\n", stubs.join(", "));
    let case = Case::single("fixtures/_stubs".to_owned(), root);
    assert_eq!(complaint(&case), None);
}

/// What the README shows first compiles as it is on a bare machine, its lock file included, and is understood.
#[test]
fn the_demo_compiles() {
    let demo = fixtures().join("demo");
    assert_eq!(harness::compiles_locked(&demo), Ok(()));
    let report = Scene::new().json_of(&demo.join("Cargo.toml"));
    assert_eq!(losses(&report), Vec::<String>::new());
}

/// What is found in the demo, in short. Run with `SNAPSHOTS=overwrite` to accept a change.
#[test]
fn the_demo_is_judged_as_expected() {
    let demo = fixtures().join("demo");
    let report = run(Scene::new().command(&["--no-cache", "--format", "short"]).current_dir(&demo));
    let report = String::from_utf8(report.stdout).expect("a report in UTF-8");
    assert_data_eq!(report, Data::read_from(&demo.join("expected.txt"), None).raw());
}
