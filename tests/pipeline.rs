//! Properties of the whole program: the same input gives the same bytes, on any number of threads, with any cache, whatever order files come in.

#![expect(clippy::disallowed_methods, reason = "tests damage files")]

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_prr::discover::{self, TargetKind};
use cargo_prr::facts::extract::extract;
use cargo_prr::facts::{Depth, pack};
use harness::{Case, Scene, all_cases, below_repository, files_below, fixtures, read, repository, run, single_files, workspaces};

/// Arguments of every form of report.
const FORMATS: &[&[&str]] =
    &[&["--format", "human"], &["--format", "short"], &["--format", "json"], &["--format", "sarif"], &["--message-format", "json"]];

/// A report without what it says of the time it took.
fn report(scene: &Scene, manifest: &Path, arguments: &[&str], threads: &str) -> String {
    let mut command = scene.command(&["--show", "notes,unknown", "--color", "never", "--manifest-path"]);
    command.arg(manifest).args(arguments).env("RAYON_NUM_THREADS", threads);
    let text = String::from_utf8(run(&mut command).stdout).expect("a report in UTF-8");
    let timeless = |line: &&str| !line.trim_start().starts_with("done in ");
    text.lines().filter(timeless).map(|line| format!("{line}\n")).collect()
}

fn demo() -> PathBuf {
    fixtures().join("demo/Cargo.toml")
}

/// Where two texts begin to differ: whole reports say nothing to a reader.
fn assert_same(what: &str, left: &str, right: &str) {
    if let Some((at, (left, right))) = left.lines().zip(right.lines()).enumerate().find(|(_, (left, right))| left != right) {
        panic!("{what}: line {}:\n{left}\n{right}", at + 1);
    }
    assert_eq!(left.len(), right.len(), "{what}: one is longer");
}

#[test]
fn every_format_gives_the_same_bytes_on_any_number_of_threads() {
    let scene = Scene::new();
    for format in FORMATS {
        let arguments = [format, &["--no-cache"][..]].concat();
        let single = report(&scene, &demo(), &arguments, "1");
        assert!(single.len() > 1000, "{format:?}: {single}");
        assert_same(&format!("{format:?}"), &single, &report(&scene, &demo(), &arguments, "8"));
    }
}

#[test]
fn every_fixture_gives_the_same_findings_on_any_number_of_threads() {
    let cases = workspaces().into_iter().chain(single_files().into_iter().filter(|case| case.name.contains("flagged")));
    for case in cases {
        let scene = case.write();
        let manifest = scene.path().join("Cargo.toml");
        let once = |threads| report(&scene, &manifest, &["--no-cache", "--format", "json"], threads);
        assert_same(&case.name, &once("1"), &once("8"));
    }
}

#[test]
fn names_are_resolved_alike_on_any_number_of_threads() {
    let resolved = |threads| {
        let scene = Scene::new();
        let mut command = scene.command(&["resolve", "--no-cache", "--format", "json", "--manifest-path"]);
        let output = run(command.arg(demo()).env("RAYON_NUM_THREADS", threads));
        // One entry a line.
        String::from_utf8(output.stdout).expect("a list in UTF-8").replace("},{", "}\n{")
    };
    let single = resolved("1");
    assert!(single.lines().count() > 100, "only {} names", single.lines().count());
    assert_same("resolve", &single, &resolved("8"));
}

#[test]
fn a_cache_changes_nothing() {
    let json = ["--format", "json"];
    let scene = Scene::new();
    let without = report(&scene, &demo(), &["--format", "json", "--no-cache"], "8");
    assert_same("cold", &without, &report(&scene, &demo(), &json, "8"));
    let kept = files_below(&scene.path().join(".cache"));
    assert!(!kept.is_empty(), "nothing was cached: the test would prove nothing");
    assert_same("warm", &without, &report(&scene, &demo(), &json, "8"));
    assert_same("warm, one thread", &without, &report(&scene, &demo(), &json, "1"));
}

/// What changes between two runs is seen: a file, and a target that was not there.
#[test]
fn what_is_read_ahead_is_what_cargo_names() {
    let built = |kind| matches!(kind, TargetKind::Lib | TargetKind::ProcMacro | TargetKind::Bin);
    for start in [demo(), fixtures().join("demo/crates/api"), repository().join("Cargo.toml")] {
        let options = discover::Options { cache: false, ..discover::Options::new(start) };
        let projects = discover::discover(&options).expect("a workspace");
        let targets = projects.iter().flat_map(|project| project.members()).flat_map(|package| &package.targets);
        let named: BTreeSet<&Path> = targets.filter(|target| built(target.kind)).map(|target| target.root_file.as_path()).collect();
        let ahead = discover::likely_roots(&options);
        assert_eq!(named, ahead.iter().map(PathBuf::as_path).collect(), "{}", options.start.display());
        assert!(!named.is_empty());
    }
}

#[test]
fn a_cache_is_not_older_than_the_files() {
    let text = |call: &str| format!("//! A library.\n//@ role: library\n\npub fn f() {{\n    {call};\n}}\n");
    let scene = Case::single("cached".to_owned(), text("dbg!(2)")).write();
    let manifest = scene.path().join("Cargo.toml");
    let count = || report(&scene, &manifest, &["--format", "short"], "2").lines().filter(|line| line.contains("warn[")).count();
    assert_eq!(count(), 1);
    scene.write("app/src/main.rs", "//! A binary.\n\nfn main() {\n    dbg!(1);\n}\n");
    assert_eq!(count(), 2);
    scene.write("app/src/lib.rs", &text("drop(1)"));
    assert_eq!(count(), 1);
}

#[test]
fn a_broken_cache_is_a_cold_one() {
    let scene = Scene::new();
    let json = ["--format", "json"];
    let whole = report(&scene, &demo(), &json, "2");
    for (what, damage) in [("empty", 0), ("cut", 40), ("foreign", usize::MAX)] {
        for path in files_below(&scene.path().join(".cache")) {
            let mut bytes = fs::read(&path).expect("a cached file");
            match damage {
                usize::MAX => bytes.iter_mut().for_each(|byte| *byte ^= 0x5a),
                length => bytes.truncate(length),
            }
            fs::write(&path, bytes).expect("a cached file");
        }
        assert_same(what, &whole, &report(&scene, &demo(), &json, "2"));
    }
}

#[test]
fn the_order_of_members_and_files_changes_nothing() {
    for case in workspaces() {
        let mut turned = case.clone();
        turned.crates.reverse();
        turned.crates.iter_mut().for_each(|krate| krate.files.reverse());
        let told = |case: &Case| {
            let scene = case.write();
            report(&scene, &scene.path().join("Cargo.toml"), &["--no-cache", "--format", "json"], "2")
        };
        assert_same(&case.name, &told(&case), &told(&turned));
    }
}

/// Rust of all kinds: fixtures, stubs, the program itself.
fn rust_files() -> Vec<PathBuf> {
    let folders = ["src", "lints", "tests", "fixtures"].map(|folder| repository().join(folder));
    let files = folders.iter().flat_map(|folder| files_below(folder));
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// Deep code needs more stack than test threads have.
fn with_big_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(work).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn facts_survive_being_stored() {
    with_big_stack(|| {
        for path in rust_files() {
            for depth in [Depth::Full, Depth::Signatures] {
                let facts = extract(read(&path).as_bytes(), depth);
                let stored = pack::encode(&facts);
                let back = pack::decode(&stored).unwrap_or_else(|| panic!("{}: not read back", below_repository(&path)));
                assert!(back == facts, "{}: changed by being stored", below_repository(&path));
                assert!(pack::encode(&back) == stored, "{}: stored otherwise the second time", below_repository(&path));
            }
        }
    });
}

/// The same bytes give the same facts, whoever asks, and damaged ones are not believed.
#[test]
fn facts_depend_on_bytes_alone() {
    with_big_stack(|| {
        for case in all_cases() {
            for (path, text) in case.crates.iter().flat_map(|krate| &krate.files) {
                let facts = pack::encode(&extract(text.as_bytes(), Depth::Full));
                assert!(facts == pack::encode(&extract(text.as_bytes(), Depth::Full)), "{} {path}", case.name);
                let last = facts.len() - 1;
                assert!(pack::decode(&facts[..last]).is_none(), "{} {path}: cut", case.name);
                let mut other = facts;
                other[last] ^= 1;
                assert!(pack::decode(&other).is_none(), "{} {path}: changed", case.name);
            }
        }
    });
}
