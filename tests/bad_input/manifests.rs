//! Manifests, lock files and configurations that cannot be used.

use std::fs;

use super::scene::{HEALTHY, Scene, assert_healthy, manifest, notice, notices, pipe};

/// A workspace of `healthy` and another member.
fn workspace(other: &str) -> Scene {
    let scene = Scene::empty();
    scene.write("Cargo.toml", "[workspace]\nmembers = [\"healthy\", \"other\"]\nresolver = \"3\"\n");
    scene.write("healthy/Cargo.toml", manifest("healthy"));
    scene.write("healthy/src/lib.rs", HEALTHY);
    scene.write("other/Cargo.toml", other);
    scene.write("other/src/lib.rs", HEALTHY);
    scene
}

#[test]
fn a_member_that_cannot_be_used_is_left_out() {
    for (text, line, reason) in [
        ("[package\n", Some(1), ""),
        ("[package]\nname = \"other\"\nversion = \"x\"\n", None, "version"),
        ("[package]\nname = \"other\"\nversion.workspace = true\n", None, "version"),
        ("[package]\nversion = \"0.1.0\"\n", Some(1), "name"),
        ("[dependencies]\n", None, "package"),
        ("\u{0}", Some(1), ""),
    ] {
        let scene = workspace(text);
        let report = scene.json(&[]);
        assert_healthy(&report);
        let told = notice(&report, "unreadable_manifest", "other/Cargo.toml");
        assert_eq!(told["line"].as_u64(), line, "{told}");
        assert!(told["text"].as_str().unwrap().contains(reason), "{told}");
        assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{text:?}");
        // Asked for itself, it is no side issue.
        let ended = scene.run(&["--manifest-path", "other/Cargo.toml"]);
        assert_eq!(ended.status, 2);
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains("other/Cargo.toml"), "{}", ended.stderr);
    }
}

#[test]
fn a_member_that_is_not_there_is_left_out() {
    let scene = workspace(&manifest("other"));
    fs::remove_dir_all(scene.path("other")).unwrap();
    let report = scene.json(&[]);
    assert_healthy(&report);
    notice(&report, "unreadable_manifest", "other/Cargo.toml");
}

#[test]
fn the_workspaces_own_manifest_has_to_be_in_order() {
    for text in ["[workspace\n", "[workspace]\nmembers = 3\n", "", "\u{feff}\u{feff}"] {
        let scene = workspace(&manifest("other"));
        scene.write("Cargo.toml", text);
        let ended = scene.run(&[]);
        assert_eq!(ended.status, 2, "{text:?}: {}", ended.stdout);
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains("Cargo.toml"), "{}", ended.stderr);
    }
    let scene = workspace(&manifest("other"));
    scene.write("Cargo.toml", b"[workspace]\nmembers = [\"\xff\"]\n");
    assert!(scene.run(&[]).stderr.contains("UTF-8"));
}

#[test]
fn one_of_several_workspaces_may_be_broken() {
    let scene = Scene::empty();
    scene.write("a/Cargo.toml", manifest("healthy"));
    scene.write("a/src/lib.rs", HEALTHY);
    scene.write("b/Cargo.toml", "[package\n");
    let report = scene.json(&[]);
    assert_healthy(&report);
    assert_eq!(notice(&report, "unreadable_manifest", "../b/Cargo.toml")["line"], 1);
}

#[test]
fn nothing_to_read_exits_with_2() {
    for (path, text) in [("readme.txt", ""), ("src/empty/.keep", ""), ("target/x.txt", "x")] {
        let scene = Scene::empty();
        scene.write(path, text);
        let ended = scene.run(&[]);
        assert_eq!(ended.status, 2);
        assert!(ended.stderr.starts_with("error: no Cargo.toml and no Rust file"), "{}", ended.stderr);
    }
    // A package without any target is in order, though there is nothing to find.
    let scene = Scene::empty();
    scene.write("Cargo.toml", manifest("hollow"));
    assert!([0, 2].contains(&scene.run(&[]).status));
    assert_eq!(Scene::empty().run(&["nowhere"]).status, 2);
}

#[test]
fn a_lock_file_that_cannot_be_used_is_told() {
    for text in ["[[package]]\nname = 3\n", "version = 99\n", "\u{0}", "[[package]]\nname = \"a\"\nversion = \"x\"\n"] {
        let scene = workspace(&format!("{}[dependencies]\nserde = \"1\"\n", manifest("other")));
        scene.write("Cargo.lock", text);
        let report = scene.json(&[]);
        assert_healthy(&report);
        assert!(notices(&report).iter().any(|(path, _)| path == "Cargo.lock"), "{text:?}: {:#}", report["notices"]);
    }
    let scene = workspace(&manifest("other"));
    fs::create_dir(scene.path("Cargo.lock")).unwrap();
    let report = scene.json(&[]);
    assert_healthy(&report);
    notice(&report, "broken_lock_file", "Cargo.lock");
}

#[test]
fn a_configuration_that_cannot_be_used_exits_with_2() {
    for text in [&b"[lints\n"[..], b"\xff\xfe", b"\0"] {
        let scene = workspace(&manifest("other"));
        scene.write("prr.toml", text);
        let ended = scene.run(&[]);
        assert_eq!(ended.status, 2);
        assert!(ended.stderr.contains("prr.toml"), "{}", ended.stderr);
    }
    let scene = workspace(&manifest("other"));
    fs::create_dir(scene.path("prr.toml")).unwrap();
    assert_eq!(scene.run(&[]).status, 2);
}

#[test]
fn pipes_in_the_place_of_manifests_do_not_hang() {
    for path in ["Cargo.lock", "prr.toml", "other/Cargo.toml", ".cargo/config.toml"] {
        let scene = workspace(&manifest("other"));
        fs::create_dir_all(scene.path(path).parent().unwrap()).unwrap();
        fs::remove_file(scene.path(path)).ok();
        if pipe(&scene.path(path)) {
            // Cargo itself would wait for ever.
            let ended = super::scene::watch(scene.command(&["--format", "json"]).env("CARGO", "/nowhere/cargo"));
            assert!(ended.status == 0 || ended.stderr.contains(path), "{path}: {}", ended.stderr);
        }
    }
}

#[test]
fn a_cargo_that_does_not_work_is_done_without() {
    let scene = workspace(&manifest("other"));
    for cargo in ["/nowhere/cargo", "/dev/null", "true", "false"] {
        let ended = super::scene::watch(scene.command(&["--format", "json", "--no-cache"]).env("CARGO", cargo));
        assert_eq!(ended.status, 0, "{cargo}: {}", ended.stderr);
        let report = serde_json::from_str(&ended.stdout).unwrap();
        assert_healthy(&report);
        notice(&report, "cargo_failed", "Cargo.toml");
    }
}

#[test]
fn a_manifest_nested_without_end_is_told() {
    let scene = workspace(&format!("{}x = {}{}\n", manifest("other"), "[".repeat(100_000), "]".repeat(100_000)));
    let report = scene.json(&[]);
    assert_healthy(&report);
    notice(&report, "unreadable_manifest", "other/Cargo.toml");
    let scene = workspace(&format!("[{}x]\n", "a.".repeat(100_000)));
    assert_healthy(&scene.json(&[]));
}
