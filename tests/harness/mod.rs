//! Fixtures as workspaces: what is in `fixtures/` and on the pages of lints, put into a temporary folder with the manifests that its
//! headers ask for, and what the program says of it.
//!
//! A crate's root file tells what it is made of, in comments:
//!
//! ```text
//! //@ role: service            a binary that serves; `cli`: one that does not; `library`, `proc-macro`: no binary
//! //@ deps: axum, tokio        crates of fixtures/_stubs, or of the same workspace
//! //@ dev-deps: tokio
//! ```
//!
//! and each line where a lint finds something is marked: `//~ lint`, `//~ note lint`, `//~ unknown lint`, several with commas between.

#![expect(clippy::disallowed_methods, reason = "fixtures are read and scenes written here")]
// Every test crate uses its own part.
#![allow(dead_code)]

pub mod marks;
pub mod pages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the fixtures are.
pub fn fixtures() -> PathBuf {
    repository().join("fixtures")
}

/// Ids of all lints, in reading order.
pub fn lints() -> Vec<&'static str> {
    cargo_prr::lints::ALL.iter().map(|lint| lint.id).collect()
}

/// Files below a folder, sorted; build output aside.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(folder) {
        match path.is_dir() {
            true if path.ends_with("target") || path.ends_with(".git") => {}
            true => found.extend(files_below(&path)),
            false => found.push(path),
        }
    }
    found
}

/// What is in a folder, sorted.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    let mut found: Vec<_> = read.map(|entry| entry.expect("a readable folder").path()).collect();
    found.sort();
    found
}

/// Text of a file.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// Last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().expect("no root folder").to_string_lossy().into_owned()
}

/// One crate of a case.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Its name, and its folder in the workspace.
    pub name: String,
    /// Text by path below its folder.
    pub files: Vec<(String, String)>,
}

/// Something to check: a workspace that is not written down as one.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it comes from, for messages.
    pub name: String,
    /// Its crates.
    pub crates: Vec<Crate>,
}

impl Case {
    /// One crate of one file.
    pub fn single(name: String, text: String) -> Case {
        let root = if header(&text, "role").as_deref() == Some("library") { "src/lib.rs" } else { "src/main.rs" };
        let files = vec![(root.to_owned(), text)];
        Case { name, crates: vec![Crate { name: "app".to_owned(), files }] }
    }
    /// A folder of crates.
    fn folder(path: &Path) -> Case {
        let crates = entries(path).into_iter().map(|krate| {
            let files = files_below(&krate);
            let below = |file: &PathBuf| file.strip_prefix(&krate).expect("found below").to_string_lossy().into_owned();
            Crate { name: name(&krate), files: files.iter().map(|file| (below(file), read(file))).collect() }
        });
        Case { name: below_repository(path), crates: crates.collect() }
    }
    /// The role that a header claims.
    pub fn roles(&self) -> Vec<String> {
        self.crates.iter().filter_map(|krate| header(krate.root(), "role")).collect()
    }
    /// Every mark, by path below the workspace.
    pub fn marks(&self) -> Vec<marks::Mark> {
        let files = self.crates.iter().flat_map(|krate| krate.files.iter().map(move |(path, text)| (krate, path, text)));
        files.flat_map(|(krate, path, text)| marks::of(&format!("{}/{path}", krate.name), text)).collect()
    }
    /// Writes it as a workspace into a folder of its own.
    pub fn write(&self) -> Scene {
        let scene = Scene { dir: tempfile::tempdir().expect("a temporary folder") };
        let members: Vec<_> = self.crates.iter().map(|krate| format!("{:?}", krate.name)).collect();
        scene.write("Cargo.toml", &format!("[workspace]\nmembers = [{}]\nresolver = \"3\"\n", members.join(", ")));
        for krate in &self.crates {
            scene.write(&format!("{}/Cargo.toml", krate.name), &self.manifest(krate));
            for (path, text) in &krate.files {
                scene.write(&format!("{}/{path}", krate.name), text);
            }
        }
        scene
    }

    fn manifest(&self, krate: &Crate) -> String {
        let mut text = format!("[package]\nname = {:?}\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n", krate.name);
        if header(krate.root(), "role").as_deref() == Some("proc-macro") {
            text.push_str("\n[lib]\nproc-macro = true\n");
        }
        for (key, table) in [("deps", "dependencies"), ("dev-deps", "dev-dependencies"), ("build-deps", "build-dependencies")] {
            text.push_str(&format!("\n[{table}]\n"));
            for dep in list(krate.root(), key) {
                let path = if self.crates.iter().any(|other| other.name == dep) {
                    format!("../{dep}")
                } else {
                    fixtures().join("_stubs").join(&dep).to_string_lossy().into_owned()
                };
                text.push_str(&format!("{dep} = {{ path = {path:?} }}\n"));
            }
        }
        text
    }
}

impl Crate {
    /// Text of its root file.
    fn root(&self) -> &str {
        let roots = ["src/main.rs", "src/lib.rs"];
        let root = self.files.iter().find(|(path, _)| roots.contains(&path.as_str()));
        root.map(|(_, text)| text.as_str()).unwrap_or_else(|| panic!("crate {} has no root file", self.name))
    }
}

/// Value of a `//@ key: value` line.
pub fn header(text: &str, key: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("//@ "));
    lines.filter_map(|line| line.split_once(':')).find(|(found, _)| *found == key).map(|(_, value)| value.trim().to_owned())
}

fn list(text: &str, key: &str) -> Vec<String> {
    let value = header(text, key).unwrap_or_default();
    value.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// A path as it is written in messages.
pub fn below_repository(path: &Path) -> String {
    path.strip_prefix(repository()).unwrap_or(path).to_string_lossy().into_owned()
}

/// The cases whose name contains `FIXTURES` of the environment, for work on one of them; else all.
fn wanted(cases: Vec<Case>) -> Vec<Case> {
    let text = std::env::var("FIXTURES").unwrap_or_default();
    cases.into_iter().filter(|case| case.name.contains(&text)).collect()
}

/// All single files of all lints.
pub fn single_files() -> Vec<Case> {
    let files = lints().into_iter().flat_map(|lint| entries(&fixtures().join(lint)));
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    wanted(files.map(|path| Case::single(below_repository(&path), read(&path))).collect())
}

/// All workspaces of all lints.
pub fn workspaces() -> Vec<Case> {
    let folders = lints().into_iter().flat_map(|lint| entries(&fixtures().join(lint)));
    wanted(folders.filter(|path| path.is_dir()).map(|path| Case::folder(&path)).collect())
}

/// Everything there is.
pub fn all_cases() -> Vec<Case> {
    let mut all = single_files();
    all.extend(workspaces());
    all.extend(pages::examples());
    all
}

/// A folder of its own, with a cache of its own.
pub struct Scene {
    dir: tempfile::TempDir,
}

impl Scene {
    /// An empty one.
    pub fn new() -> Scene {
        Scene { dir: tempfile::tempdir().expect("a temporary folder") }
    }
    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().expect("below the scene")).expect("a folder");
        fs::write(&path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }
    /// The program, in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-prr"));
        command.args(arguments).current_dir(self.path()).env("CARGO_PRR_CACHE", self.path().join(".cache"));
        for variable in ["NO_COLOR", "CARGO_TERM_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        command
    }
    /// What the program says.
    pub fn report(&self, arguments: &[&str]) -> String {
        let output = run(&mut self.command(arguments));
        String::from_utf8(output.stdout).expect("a report in UTF-8")
    }
    /// Its report, everything shown.
    pub fn json(&self) -> Value {
        self.json_of(&self.path().join("Cargo.toml"))
    }
    /// Its report on the workspace of a manifest, everything shown.
    pub fn json_of(&self, manifest: &Path) -> Value {
        let manifest = manifest.to_string_lossy();
        let arguments = ["--no-cache", "--show", "notes,unknown", "--format", "json", "--manifest-path", &manifest];
        serde_json::from_str(&self.report(&arguments)).expect("JSON")
    }
}

/// Runs a command that must not fail.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Whether cargo compiles what is in a folder, tests included; its complaint if it does not. Warnings do not matter: fixtures are full of
/// what compilers warn of.
pub fn compiles(folder: &Path) -> Result<(), String> {
    check(folder, &[])
}

/// Whether cargo compiles what is in a folder without changing its lock file.
pub fn compiles_locked(folder: &Path) -> Result<(), String> {
    check(folder, &["--locked"])
}

fn check(folder: &Path, more: &[&str]) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["check", "--offline", "--quiet", "--workspace", "--all-targets"]).args(more).current_dir(folder);
    command.env("CARGO_TARGET_DIR", target()).env("RUSTFLAGS", "--cap-lints allow").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = command.output().expect("cargo runs");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Build output of what is compiled here, kept between runs.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixtures")
}
