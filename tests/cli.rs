//! The whole program: arguments, configuration, exit statuses, places to write to.

#![expect(clippy::disallowed_macros, clippy::disallowed_methods, reason = "tests make files and tell what failed")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use snapbox::{assert_data_eq, str};

/// A workspace in a folder of its own, and a cache of its own.
struct Scene {
    dir: tempfile::TempDir,
}

const MAIN: &str = "fn main() {\n    serve();\n}\n\nfn serve() {}\n";

impl Scene {
    /// Files by path.
    fn new(files: &[(&str, &str)]) -> Scene {
        let scene = Scene { dir: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            scene.write(path, text);
        }
        scene
    }
    /// One package `api` with a main and a library `print` that prints.
    fn usual() -> Scene {
        Scene::new(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"api\", \"chatty\"]\nresolver = \"3\"\n"),
            (
                "Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"chatty\"\nversion = \"0.1.0\"\n",
            ),
            ("api/Cargo.toml", "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
            ("api/src/main.rs", MAIN),
            ("chatty/Cargo.toml", "[package]\nname = \"chatty\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
            ("chatty/src/lib.rs", "pub fn work() {\n    println!(\"working\");\n}\n"),
        ])
    }
    fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-prr"));
        command.args(arguments).current_dir(self.dir.path()).env("CARGO_PRR_CACHE", self.path(".cache"));
        for variable in ["NO_COLOR", "CARGO_TERM_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        command
    }
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Exit status, after showing what was said if it is another one.
fn status(output: &Output) -> i32 {
    let code = output.status.code().expect("not killed");
    if code != 0 {
        eprintln!("{}{}", stdout(output), stderr(output));
    }
    code
}

#[test]
fn a_clean_workspace_exits_with_0() {
    let output = Scene::usual().run(&["-p", "api"]);
    assert_eq!(status(&output), 0);
    assert!(stdout(&output).starts_with("no findings"), "{}", stdout(&output));
}

#[test]
fn findings_fail_by_their_level() {
    let scene = Scene::usual();
    assert_eq!(status(&scene.run(&[])), 0, "warnings do not fail by default");
    assert!(stdout(&scene.run(&[])).contains("prr::print_logging"));
    assert_eq!(status(&scene.run(&["-D", "warnings"])), 1);
    assert_eq!(status(&scene.run(&["-D", "prr::print_logging"])), 1);
    assert_eq!(status(&scene.run(&["-D", "print_logging", "-W", "print-logging"])), 0, "the later one wins");
    assert_eq!(status(&scene.run(&["-W", "print_logging", "-D", "print_logging"])), 1);
    assert_eq!(status(&scene.run(&["--fail-on", "warn"])), 1);
    assert_eq!(status(&scene.run(&["--fail-on", "warn", "--exit-zero"])), 0);
    assert_eq!(status(&scene.run(&["--fail-on", "warn", "-A", "print_logging"])), 0);
    assert_eq!(status(&scene.run(&["--fail-on", "warn", "-N", "print_logging"])), 0);
    assert_eq!(status(&scene.run(&["--fail-on", "note", "-N", "print_logging"])), 1);
}

#[test]
fn packages_and_folders_select_what_is_reported() {
    let scene = Scene::usual();
    let finds = |arguments: &[&str]| stdout(&scene.run(arguments)).contains("prr::print_logging");
    assert!(finds(&["-p", "chatty"]) && !finds(&["-p", "api"]) && finds(&["-p", "chat*"]));
    assert!(finds(&["--exclude", "api"]) && !finds(&["--exclude", "chatty"]) && finds(&["--workspace"]));
    assert!(finds(&["chatty/src"]) && !finds(&["api"]) && finds(&["check", "chatty"]));
    let id = format!("path+file://{}#0.1.0", scene.path("chatty").display());
    assert!(finds(&["-p", &id]) && finds(&["-p", "chatty@0.1.0"]));
    let output = scene.run(&["-p", "chaty"]);
    assert_eq!(status(&output), 2);
    assert_data_eq!(
        stderr(&output),
        str![[r#"
error: no package `chaty` in the workspace: did you mean `chatty`?

"#]]
    );
}

#[test]
fn cargo_and_people_are_understood_alike() {
    let scene = Scene::usual();
    let rules = stdout(&scene.run(&["rules"]));
    assert_eq!(rules, stdout(&scene.run(&["prr", "rules"])));
    assert!(rules.contains("unused_suppressions"));
    assert_eq!(status(&scene.run(&["prr", "--exit-zero"])), 0);
    assert_eq!(status(&scene.run(&["prr", "check", "--quiet"])), 0);
    assert!(stdout(&scene.run(&["prr", "--help"])).contains("Usage: cargo prr"));
    assert!(stdout(&scene.run(&["--version"])).starts_with("cargo-prr "));
}

#[test]
fn rules_and_explain() {
    let scene = Scene::new(&[]);
    let rules: Value = serde_json::from_str(&stdout(&scene.run(&["rules", "--json"]))).unwrap();
    let ids: Vec<_> = rules.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect();
    for id in ids {
        let page = scene.run(&["explain", &id]);
        assert_eq!(status(&page), 0);
        assert!(stdout(&page).starts_with(&format!("# {id}\n")) || stdout(&page).starts_with(&format!("# `{id}`\n")), "{id}");
    }
    let wrong = scene.run(&["explain", "unused_suppresion"]);
    assert_eq!(status(&wrong), 2);
    assert_data_eq!(
        stderr(&wrong),
        str![[r#"
error: there is no lint `unused_suppresion`: did you mean `unused_suppressions`?

"#]]
    );
}

#[test]
fn wrong_usage_exits_with_2() {
    let scene = Scene::usual();
    for arguments in [
        &["--bogus"][..],
        &["--format", "xml"],
        &["--format", "json", "--message-format", "json"],
        &["--min-coverage", "101"],
        &["-D", "print_loging"],
        &["--fail-on", "allow"],
        &["-q", "-v"],
        &["facts"],
        &["--deps", "some"],
    ] {
        assert_eq!(status(&scene.run(arguments)), 2, "{arguments:?}");
    }
    let output = scene.run(&["rulse"]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("did you mean the subcommand `rules`?"), "{}", stderr(&output));
}

#[test]
fn global_options_may_stand_before_a_subcommand() {
    let scene = Scene::usual();
    assert_eq!(status(&scene.run(&["--color", "never", "rules"])), 0);
    assert_eq!(status(&scene.run(&["rules", "-q"])), 0);
}

#[test]
fn a_broken_configuration_is_told_with_its_place() {
    let scene = Scene::usual();
    scene.write("prr.toml", "[lints]\nprint_loging = \"deny\"\n");
    let output = scene.run(&[]);
    assert_eq!(status(&output), 2);
    assert_data_eq!(
        stderr(&output),
        str![[r#"
error: prr.toml:2:1: unknown lint `print_loging`: did you mean `print_logging`?
  |
2 | print_loging = "deny"
  | ^^^^^^^^^^^^

"#]]
    );
}

#[test]
fn the_configuration_is_heard() {
    let scene = Scene::usual();
    scene.write("prr.toml", "[lints]\nprint_logging = \"deny\"\n");
    assert_eq!(status(&scene.run(&[])), 1);
    assert_eq!(status(&scene.run(&["-W", "print_logging"])), 0);
    scene.write("prr.toml", "[packages.chatty.lints]\nprint_logging = \"allow\"\n");
    assert!(!stdout(&scene.run(&[])).contains("prr::print_logging"));
    scene.write("prr.toml", "[service]\ntier = \"critical\"\n");
    assert_eq!(status(&scene.run(&[])), 1);
}

#[test]
fn suppressions_are_heard() {
    let scene = Scene::usual();
    scene.write(
        "chatty/src/lib.rs",
        "pub fn work() {\n    // prr: allow(print_logging, reason = \"the banner\")\n    println!(\"working\");\n}\n",
    );
    let output = scene.run(&["-D", "warnings"]);
    assert_eq!(status(&output), 0);
    assert!(stdout(&output).starts_with("no findings, 1 suppressed"), "{}", stdout(&output));
    scene.write("chatty/src/lib.rs", "// prr: allow(print_logging, reason = \"the banner\")\npub fn work() {}\n");
    assert!(stdout(&scene.run(&[])).contains("prr::unused_suppressions"));
}

#[test]
fn no_rust_and_no_manifest_exit_with_2() {
    let scene = Scene::new(&[("readme.txt", "nothing")]);
    let output = scene.run(&[]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    let output = scene.run(&["--manifest-path", "nowhere/Cargo.toml"]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("nowhere"), "{}", stderr(&output));
    scene.write("Cargo.toml", "[package\n");
    let output = scene.run(&[]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("Cargo.toml"), "{}", stderr(&output));
}

#[test]
fn a_lock_file_that_does_not_fit_is_an_error_on_request() {
    let scene = Scene::usual();
    let manifest = "[package]\nname = \"chatty\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nserde = \"1\"\n";
    scene.write("chatty/Cargo.toml", manifest);
    let locked = |told: &str| {
        let output = scene.run(&["--locked"]);
        assert_eq!(status(&output), 2, "{}", stdout(&output));
        assert!(stderr(&output).contains(told) && stderr(&output).contains("--locked"), "{}", stderr(&output));
        assert_eq!(status(&scene.run(&[])), 0);
    };
    locked("lock file");
    scene.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"chatty\"\nversion = \"0.1.0\"\n");
    locked("lock file");
    scene.write("Cargo.lock", "version = 4\n[[package\n");
    locked("lock file");
}

#[test]
fn a_broken_file_is_a_notice() {
    let scene = Scene::usual();
    scene.write("chatty/src/lib.rs", "pub mod broken;\npub fn work() {\n    println!(\"working\");\n}\n");
    scene.write("chatty/src/broken.rs", "fn f( {\n");
    let output = scene.run(&[]);
    assert_eq!(status(&output), 0);
    let text = stdout(&output);
    assert!(text.contains("notice[syntax]: chatty/src/broken.rs:1:7: "), "{text}");
    assert!(text.contains("prr::print_logging") && text.contains("read: 2 of 3 files"), "{text}");
    assert_eq!(status(&scene.run(&["--min-coverage", "90"])), 1);
    assert_eq!(status(&scene.run(&["--min-coverage", "50"])), 0);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let scene = Scene::usual();
    for arguments in [&["rules"][..], &["explain", "unknown_lints"], &["--format", "json"], &["--help"]] {
        let mut child = scene.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn reports_are_written_whole_or_not_at_all() {
    let scene = Scene::usual();
    let target = scene.write("report.json", "old");
    assert_eq!(status(&scene.run(&["--format", "json", "--output", "report.json"])), 0);
    serde_json::from_str::<Value>(&fs::read_to_string(&target).unwrap()).unwrap();
    scene.write("report.json", "old");
    scene.write("prr.toml", "[lint]\n");
    assert_eq!(status(&scene.run(&["--format", "json", "--output", "report.json"])), 2);
    assert_eq!(fs::read_to_string(&target).unwrap(), "old");
    let left: Vec<_> = fs::read_dir(scene.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let scene = Scene::usual();
    let refused = |place: &str| {
        let output = scene.run(&["--output", place]);
        assert_eq!(status(&output), 2, "{place}");
        assert!(stderr(&output).starts_with(&format!("error: cannot write {place}: ")), "{}", stderr(&output));
    };
    refused("nowhere/report.json");
    refused("api");
    let locked = scene.write("locked.json", "old");
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    refused("locked.json");
    if Path::new("/dev/full").exists() {
        refused("/dev/full");
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = scene.command(&["rules"]).stdout(full).output().unwrap();
        assert_eq!(status(&output), 2);
        assert!(stderr(&output).starts_with("error: cannot write to standard output: "), "{}", stderr(&output));
    }
}

#[test]
fn colours_follow_the_conventions() {
    let scene = Scene::usual();
    let colored = |command: &mut Command| command.output().unwrap().stdout.contains(&0x1b);
    assert!(!colored(&mut scene.command(&[])));
    assert!(colored(&mut scene.command(&["--color", "always"])));
    assert!(colored(scene.command(&[]).env("CARGO_TERM_COLOR", "always")));
    assert!(colored(scene.command(&[]).env("CLICOLOR_FORCE", "1")));
    assert!(!colored(scene.command(&[]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
    assert!(!colored(scene.command(&["--color", "never"]).env("CLICOLOR_FORCE", "1")));
}

#[test]
fn formats_say_the_same() {
    let scene = Scene::usual();
    let json: Value = serde_json::from_str(&stdout(&scene.run(&["--format", "json"]))).unwrap();
    let sarif: Value = serde_json::from_str(&stdout(&scene.run(&["--format", "sarif"]))).unwrap();
    assert_eq!(json["findings"][0]["primary"]["path"], "chatty/src/lib.rs");
    assert_eq!(json["findings"][0]["item"], "chatty::work");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "prr::print_logging");
    let short = stdout(&scene.run(&["--format", "short"]));
    assert!(short.starts_with("chatty/src/lib.rs:2:5: warn[prr::print_logging] "), "{short}");
    let inside = scene.command(&["--format", "short"]).current_dir(scene.path("api")).output().unwrap();
    assert!(stdout(&inside).starts_with("../chatty/src/lib.rs:2:5: "), "{}", stdout(&inside));
    let lines = stdout(&scene.run(&["--message-format", "json"]));
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["reason"], &first["target"]["name"]), (&Value::from("compiler-message"), &Value::from("chatty")));
    let quiet = stdout(&scene.run(&["-q", "-p", "api"]));
    assert_eq!(quiet, "");
}

#[test]
fn the_cache_changes_nothing_and_can_be_removed() {
    let scene = Scene::usual();
    let arguments = ["--format", "json"];
    let cold = stdout(&scene.run(&arguments));
    assert_eq!(cold, stdout(&scene.run(&arguments)));
    assert_eq!(cold, stdout(&scene.run(&["--format", "json", "--no-cache"])));
    assert_eq!(cold, stdout(&scene.command(&arguments).env("RAYON_NUM_THREADS", "1").output().unwrap()));
    assert!(stdout(&scene.run(&["cache", "stats"])).contains(" files, "));
    assert_eq!(status(&scene.run(&["cache", "clean"])), 0);
    assert!(stdout(&scene.run(&["cache", "stats"])).contains(": 0 files, 0 bytes"));
}

#[test]
fn facts_are_printed_and_checked() {
    let scene = Scene::usual();
    let printed = scene.run(&["facts", "api/src/main.rs"]);
    assert_eq!(status(&printed), 0);
    assert!(stdout(&printed).contains("serve"), "{}", stdout(&printed));
    assert_eq!(status(&scene.run(&["facts", "--check", "api"])), 0);
    scene.write("api/src/broken.rs", "fn f( {\n");
    let checked = scene.run(&["facts", "--check", "."]);
    assert_eq!(status(&checked), 1);
    assert!(stdout(&checked).contains("api/src/broken.rs:1:"), "{}", stdout(&checked));
    let missing = scene.run(&["facts", "nowhere.rs"]);
    assert_eq!(status(&missing), 2);
    assert!(stderr(&missing).starts_with("error: cannot read nowhere.rs: "), "{}", stderr(&missing));
}

#[test]
fn timings_go_to_standard_error() {
    let output = Scene::usual().run(&["--timings", "--format", "json"]);
    assert!(stderr(&output).contains("whole"), "{}", stderr(&output));
    serde_json::from_str::<Value>(&stdout(&output)).unwrap();
}
