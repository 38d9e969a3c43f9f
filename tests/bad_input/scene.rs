//! A workspace in a folder of its own, and the program run on it under watch.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest run, and the memory it may take: far more than any test needs, far less than what does not end. Unoptimised builds take ten times as
/// long as others.
const TIME: Duration = Duration::from_secs(240);
const MEGABYTES: u64 = 6_000;

pub struct Scene {
    dir: tempfile::TempDir,
}

/// How a run ended.
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A manifest of a package.
pub fn manifest(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}

/// The package `healthy`, whose library prints: its finding shows that the rest is analysed.
pub const HEALTHY: &str = "pub fn work() {\n    println!(\"working\");\n}\n";

impl Scene {
    pub fn empty() -> Scene {
        Scene { dir: tempfile::tempdir().unwrap() }
    }

    /// One package whose library is `text`.
    pub fn library(text: impl AsRef<[u8]>) -> Scene {
        let scene = Scene::empty();
        scene.write("Cargo.toml", manifest("healthy"));
        scene.write("src/lib.rs", text);
        scene
    }

    /// One package that prints and has these modules, by name.
    pub fn modules<T: AsRef<[u8]>>(modules: impl IntoIterator<Item = (String, T)>) -> Scene {
        let scene = Scene::empty();
        scene.write("Cargo.toml", manifest("healthy"));
        let mut root = HEALTHY.to_owned();
        for (name, text) in modules {
            root.push_str(&format!("pub mod {name};\n"));
            scene.write(&format!("src/{name}.rs"), text);
        }
        scene.write("src/lib.rs", root);
        scene
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-prr"));
        command.args(arguments).current_dir(self.dir.path()).env("CARGO_PRR_CACHE", self.path(".cache"));
        for variable in ["NO_COLOR", "CARGO_TERM_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        watch(&mut self.command(arguments))
    }

    /// The report as JSON; the run has to end with 0.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    }
}

/// Runs a command; panics when it takes too long, too much memory, dies of a signal, or says that it has a bug.
pub fn watch(command: &mut Command) -> Ended {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let collect = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            String::from_utf8(bytes).expect("what is said is UTF-8")
        })
    };
    let (out, err) = (collect(Box::new(child.stdout.take().unwrap())), collect(Box::new(child.stderr.take().unwrap())));
    let status = wait(&mut child);
    let ended = Ended { status: status.unwrap_or(-1), stdout: out.join().unwrap(), stderr: err.join().unwrap() };
    assert!(status.is_some(), "killed: {}", ended.stderr);
    assert!(!ended.stderr.contains("internal error"), "{}", ended.stderr);
    assert!([0, 1, 2].contains(&ended.status), "status {}: {}", ended.status, ended.stderr);
    ended
}

/// The exit status; `None` when it died of a signal, its own or ours.
fn wait(child: &mut Child) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        let peak = peak_megabytes(child.id());
        if started.elapsed() > TIME || peak > MEGABYTES {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("stopped after {:?} with {peak} MB", started.elapsed());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Most memory a process had, where the system tells.
fn peak_megabytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Ids of the notices in a report, by path; `""` for those without.
pub fn notices(report: &Value) -> Vec<(String, String)> {
    let text = |notice: &Value, key: &str| notice[key].as_str().unwrap_or_default().to_owned();
    report["notices"].as_array().unwrap().iter().map(|notice| (text(notice, "path"), text(notice, "id"))).collect()
}

/// The notice of a kind about a file.
pub fn notice<'a>(report: &'a Value, id: &str, path: &str) -> &'a Value {
    let all = report["notices"].as_array().unwrap();
    let found = all.iter().find(|notice| notice["id"] == id && notice["path"].as_str().unwrap_or_default() == path);
    found.unwrap_or_else(|| panic!("no {id} about {path}: {all:#?}"))
}

/// The rest was analysed: the healthy library's print was found.
pub fn assert_healthy(report: &Value) {
    let found = report["findings"].as_array().unwrap().iter().any(|finding| finding["lint"] == "print_logging");
    assert!(found, "{report:#}");
}

/// Makes a pipe by name: opening one to read waits until somebody writes. False where there are none.
pub fn pipe(path: &Path) -> bool {
    Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success())
}
