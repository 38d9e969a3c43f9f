//! Caches that are damaged, foreign, in the way, or written by several at once: a run with them says what a run without says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::scene::{HEALTHY, Scene, manifest, watch};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A workspace with a vendored dependency, so that every kind of value is kept.
fn scene() -> Scene {
    let scene = Scene::empty();
    scene.write("Cargo.toml", "[workspace]\nmembers = [\"healthy\"]\nresolver = \"3\"\n");
    let locked = |name: &str, rest: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n{rest}\n");
    let lock = locked("dep", &format!("source = \"{REGISTRY}\"\n")) + &locked("healthy", "dependencies = [\"dep\"]\n");
    scene.write("Cargo.lock", format!("version = 4\n\n{lock}"));
    scene.write("healthy/Cargo.toml", format!("{}[dependencies]\ndep = \"0.1\"\n", manifest("healthy")));
    scene.write("healthy/src/lib.rs", format!("{HEALTHY}pub fn more() -> u8 {{ dep::one() }}\n"));
    let config = "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = \"vendor\"\n";
    scene.write(".cargo/config.toml", config);
    scene.write("vendor/dep/Cargo.toml", manifest("dep"));
    scene.write("vendor/dep/.cargo-checksum.json", "{\"files\":{}}");
    scene.write("vendor/dep/src/lib.rs", "pub mod inner;\npub use inner::one;\n");
    scene.write("vendor/dep/src/inner.rs", "pub fn one() -> u8 { 1 }\n");
    scene
}

/// Changes files so that they are older than the cache's doubts about them.
fn settle(scene: &Scene) {
    let old = std::time::SystemTime::now() - Duration::from_secs(100);
    for path in all_files(&scene.path("")) {
        fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    std::thread::sleep(Duration::from_millis(2_100));
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(all_files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn report(scene: &Scene) -> String {
    let ended = scene.run(&["--format", "json"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    ended.stdout
}

#[test]
fn damaged_values_are_made_again() {
    let scene = scene();
    settle(&scene);
    let truth = report(&scene);
    assert!(truth.contains("\"calls_resolved\": 1,"), "{truth}");
    assert_eq!(report(&scene), truth);
    let values = || all_files(&scene.path(".cache/v1"));
    let kinds: Vec<_> =
        ["discover", "index"].into_iter().filter(|kind| values().iter().any(|v| v.iter().any(|part| part == *kind))).collect();
    assert_eq!(kinds, ["discover", "index"], "{:?}", values());
    let damages: [&dyn Fn(Vec<u8>) -> Vec<u8>; 6] = [
        &|_| Vec::new(),
        &|bytes| bytes[..bytes.len() / 2].to_vec(),
        &|bytes| bytes[..bytes.len() - 1].to_vec(),
        &|mut bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            bytes
        },
        // The header of another build.
        &|mut bytes| {
            bytes[8..40].fill(7);
            bytes
        },
        &|_| b"not of ours at all, though longer than any header might be; not of ours at all, though longer".to_vec(),
    ];
    for (n, damage) in damages.iter().enumerate() {
        for value in values() {
            let bytes = fs::read(&value).unwrap();
            fs::write(&value, damage(bytes)).unwrap();
        }
        assert_eq!(report(&scene), truth, "damage {n}");
        assert_eq!(report(&scene), truth, "after damage {n}");
    }
    // Values in one another's places: whole, of this build, and wrong.
    let files = values();
    let contents: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    for (at, file) in files.iter().enumerate() {
        fs::write(file, &contents[(at + 1) % contents.len()]).unwrap();
    }
    assert_eq!(report(&scene), truth);
}

#[test]
fn places_that_are_no_cache_are_done_without() {
    let scene = scene();
    let truth = report(&scene);
    scene.write("a-file", "x");
    scene.write("layout/v1", "x");
    fs::create_dir_all(scene.path("empty/v1/index")).unwrap();
    for place in ["a-file", "a-file/below", "layout", "empty", "/proc/nothing", "/dev/null", "/dev/full"] {
        let place = scene.path(place);
        let mut command = scene.command(&["--format", "json"]);
        let ended = watch(command.env("CARGO_PRR_CACHE", &place));
        assert_eq!((ended.status, ended.stderr.as_str(), ended.stdout == truth), (0, "", true), "{}", place.display());
        let stats = watch(scene.command(&["cache", "stats"]).env("CARGO_PRR_CACHE", &place));
        assert!([0, 2].contains(&stats.status), "{}", stats.stderr);
    }
    assert_eq!(fs::read_to_string(scene.path("a-file")).unwrap(), "x");
    assert_eq!(fs::read_to_string(scene.path("layout/v1")).unwrap(), "x");
    // No home, no cache.
    let mut command = scene.command(&["--format", "json"]);
    let ended = watch(command.env_remove("CARGO_PRR_CACHE").env_remove("HOME").env_remove("XDG_CACHE_HOME"));
    assert_eq!((ended.status, ended.stdout == truth), (0, true), "{}", ended.stderr);
}

#[test]
fn several_at_once_and_killed_ones_do_no_harm() {
    let scene = scene();
    let truth = report(&scene);
    fs::remove_dir_all(scene.path(".cache")).unwrap();
    let start = || scene.command(&["--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let together: Vec<_> = (0..6).map(|_| start()).collect();
    // Some are stopped wherever they are.
    for n in 0..6 {
        let mut child = start();
        std::thread::sleep(Duration::from_millis(15 * n));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    for child in together {
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stdout).unwrap() == truth), (Some(0), true));
    }
    assert_eq!(report(&scene), truth);
    // What a killed writer leaves beside values is no value.
    for value in all_files(&scene.path(".cache/v1")) {
        fs::write(value.with_file_name(".newXYZ"), "half").unwrap();
    }
    assert_eq!(report(&scene), truth);
}
