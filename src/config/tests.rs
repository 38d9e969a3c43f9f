//! Configuration as written, and what is said of mistakes in it.

#![expect(clippy::disallowed_methods, reason = "tests write what is read")]

use std::path::Path;

use super::*;
use crate::discover::{Package, PkgId, Target, TargetKind};

fn project(dir: &Path, packages: &[&str]) -> Project {
    let package = |(at, name): (usize, &&str)| Package {
        id: PkgId(at as u32),
        name: (*name).to_owned(),
        version: semver::Version::new(0, 1, 0),
        source: Source::Member,
        source_text: String::new(),
        edition: 2024,
        build_script: false,
        root: Some(if packages.len() == 1 { dir.to_path_buf() } else { dir.join(name) }),
        targets: vec![Target {
            kind: TargetKind::Bin,
            name: (*name).to_owned(),
            crate_name: name.replace('-', "_"),
            root_file: dir.join("src/main.rs"),
            edition: 2024,
        }],
        deps: Vec::new(),
        features: Default::default(),
    };
    Project { root: dir.to_path_buf(), git_root: None, packages: packages.iter().enumerate().map(package).collect(), notices: Vec::new() }
}

const LINTS: &[&str] = &["print_logging", "unhandled_errors"];

fn load(files: &[(&str, &str)], packages: &[&str]) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Config::load(&project(dir.path(), packages), LINTS).map_err(|error| error.to_string())
}

#[test]
fn nothing_configured_is_the_default() {
    assert_eq!(format!("{:?}", load(&[], &["api"]).unwrap()), format!("{:?}", Config::default()));
}

#[test]
fn all_keys_are_read() {
    let text = r#"
        [lints]
        print_logging = "deny"
        "prr::unhandled_errors" = "note"
        [packages.worker.lints]
        print_logging = "allow"
        [service]
        tier = "critical"
        [[target]]
        name = "worker"
        role = "cli"
        [[catalog.my-client.fn]]
        path = "a::b"
        effect = "net"
    "#;
    let config = load(&[("prr.toml", text)], &["api", "worker"]).unwrap();
    assert_eq!(config.tier, Tier::Critical);
    assert_eq!(config.roles, [RoleOverride { target: "worker".into(), role: Role::Cli }]);
    assert_eq!(config.level("print_logging", "api"), Some(Level::Deny));
    assert_eq!(config.level("print_logging", "worker"), Some(Level::Allow));
    assert_eq!(config.level("unhandled_errors", "worker"), Some(Level::Note));
    assert_eq!(config.catalog.len(), 1);
    assert_eq!((config.catalog[0].head.name.as_str(), config.catalog[0].fns.len()), ("my_client", 1));
}

#[test]
fn stronger_places_win() {
    let files = [
        ("Cargo.toml", "[workspace.metadata.prr.lints]\nprint_logging = \"note\"\nunhandled_errors = \"note\""),
        ("api/Cargo.toml", "[package]\nname = \"api\"\n[package.metadata.prr.lints]\nprint_logging = \"deny\""),
    ];
    let config = load(&files, &["api", "worker"]).unwrap();
    assert_eq!(config.level("print_logging", "api"), Some(Level::Deny));
    assert_eq!(config.level("print_logging", "worker"), Some(Level::Note));
    assert_eq!(config.level("unhandled_errors", "api"), Some(Level::Note));
    let config = load(&[files[1], ("prr.toml", "lints.print_logging = \"warn\"")], &["api", "worker"]).unwrap();
    assert_eq!(config.level("print_logging", "api"), Some(Level::Warn));
}

#[test]
fn a_package_alone_may_say_everything_in_its_manifest() {
    let manifest = "[package.metadata.prr.service]\ntier = \"prototype\"";
    assert_eq!(load(&[("Cargo.toml", manifest)], &["api"]).unwrap().tier, Tier::Prototype);
}

fn error(files: &[(&str, &str)]) -> String {
    load(files, &["api", "worker"]).unwrap_err()
}

#[test]
fn an_unknown_key_is_told_with_its_place_and_the_nearest_name() {
    insta::assert_snapshot!(error(&[("prr.toml", "# ours\n[lint]\nprint_logging = \"deny\"\n")]), @r"
    prr.toml:2:2: unknown key `lint`: did you mean `lints`?
      |
    2 | [lint]
      |  ^^^^
    ");
    insta::assert_snapshot!(error(&[("prr.toml", "\u{feff}[lints]\r\n\tprint_loging = \"deny\"\r\n")]), @r#"
    prr.toml:2:2: unknown lint `print_loging`: did you mean `print_logging`?
      |
    2 | 	print_loging = "deny"
      | 	^^^^^^^^^^^^
    "#);
}

#[test]
fn values_are_checked() {
    insta::assert_snapshot!(error(&[("prr.toml", "lints.print_logging = \"error\"")]), @r#"
    prr.toml:1:23: unknown level `error`: levels are allow, note, warn, deny
      |
    1 | lints.print_logging = "error"
      |                       ^^^^^^^
    "#);
    insta::assert_snapshot!(error(&[("prr.toml", "lints.print_logging = 3")]), @r"
    prr.toml:1:23: a level is a string, not integer
      |
    1 | lints.print_logging = 3
      |                       ^
    ");
    insta::assert_snapshot!(error(&[("prr.toml", "[service]\ntier = \"crit\"")]), @r#"
    prr.toml:2:8: unknown tier `crit`: tiers are prototype, standard, critical
      |
    2 | tier = "crit"
      |        ^^^^^^
    "#);
    insta::assert_snapshot!(error(&[("prr.toml", "[[target]]\nname = \"workr\"\nrole = \"cli\"")]), @r#"
    prr.toml:2:8: unknown target `workr`: did you mean `worker`?
      |
    2 | name = "workr"
      |        ^^^^^^^
    "#);
    insta::assert_snapshot!(error(&[("prr.toml", "[packages.zzzzz.lints]")]), @r"
    prr.toml:1:11: unknown package `zzzzz`: no package of this workspace
      |
    1 | [packages.zzzzz.lints]
      |           ^^^^^
    ");
    assert!(error(&[("prr.toml", "a = \n")]).starts_with("prr.toml:1:5: "));
}

#[test]
fn catalog_rows_are_checked_at_their_place() {
    insta::assert_snapshot!(error(&[("prr.toml", "[[catalog.x.fn]]\npath = \"a::b\"\nefect = \"net\"")]), @r#"
    prr.toml:3:1: unknown key `efect`: did you mean `effect`?
      |
    3 | efect = "net"
      | ^^^^^
    "#);
    let wrong = error(&[("prr.toml", "[[catalog.x.fn]]\npath = \"a::b\"\neffect = \"nett\"")]);
    assert!(wrong.starts_with("prr.toml:3:10: "), "{wrong}");
}

#[test]
fn two_places_of_one_strength_are_an_error() {
    let files = [("prr.toml", "[lints]\n"), ("Cargo.toml", "[workspace.metadata.prr.lints]\nprint_logging = \"note\"")];
    insta::assert_snapshot!(error(&files), @r"
    Cargo.toml:1:21: the workspace has a prr.toml as well: keep one of the two
      |
    1 | [workspace.metadata.prr.lints]
      |                     ^^^
    ");
    let files = [("api/Cargo.toml", "[package.metadata.prr.service]\ntier = \"critical\"")];
    insta::assert_snapshot!(error(&files), @r"
    api/Cargo.toml:1:23: `service` holds for the whole workspace: it belongs into prr.toml at the workspace root
      |
    1 | [package.metadata.prr.service]
      |                       ^^^^^^^
    ");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}", tables in "(\\[\\[?(lints|packages|service|target|catalog)(\\.[a-z]{1,3})?\\]\\]?\n([a-z]{1,6} = [\"0-9\\[\\]{}a-z]{1,6}\n)?){0,4}") {
        for text in [text, tables] {
            let _shown = load(&[("prr.toml", &text)], &["api"]);
        }
    }
}
