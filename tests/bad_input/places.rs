//! Places to write to: pipes that close, devices that are full, folders.

use std::fs;
use std::process::Stdio;

use super::scene::{HEALTHY, Scene};

/// A library with so many findings that no pipe holds the report.
fn chatty() -> Scene {
    Scene::library((0..3_000).map(|n| format!("pub fn f{n}() {{ println!(\"{n}\"); }}\n")).collect::<String>())
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let scene = chatty();
    for arguments in [&["--format", "json"][..], &[], &["--format", "short"], &["--message-format", "json"], &["--format", "sarif"]] {
        let mut child = scene.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One line is read, then nobody.
        let mut first = [0; 1];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn closed_streams_are_survived() {
    let scene = chatty();
    let nobody = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let status = scene.command(&["-v"]).stdout(nobody()).stderr(nobody()).status().unwrap();
    assert_eq!(status.code(), Some(0));
    let status = scene.command(&["--bogus"]).stdout(nobody()).stderr(nobody()).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn places_that_refuse_are_named() {
    let scene = Scene::library(HEALTHY);
    scene.write("file", "old");
    let mut places = vec!["file/report.json", "nowhere/report.json", "src", "."];
    if fs::metadata("/dev/full").is_ok() {
        places.extend(["/dev/full", "/proc/nothing.json"]);
    }
    for place in places {
        let ended = scene.run(&["--output", place]);
        assert_eq!(ended.status, 2, "{place}: {}", ended.stdout);
        assert!(ended.stderr.starts_with(&format!("error: cannot write {place}: ")), "{}", ended.stderr);
        assert_eq!(ended.stdout, "", "{place}");
    }
    assert_eq!(fs::read_to_string(scene.path("file")).unwrap(), "old");
    let left: Vec<_> = fs::read_dir(scene.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[cfg(unix)]
#[test]
fn links_are_written_through() {
    let scene = Scene::library(HEALTHY);
    scene.write("real.json", "old");
    std::os::unix::fs::symlink("real.json", scene.path("link.json")).unwrap();
    std::os::unix::fs::symlink("loop.json", scene.path("loop.json")).unwrap();
    assert_eq!(scene.run(&["--format", "json", "--output", "link.json"]).status, 0);
    assert!(fs::read_to_string(scene.path("real.json")).unwrap().starts_with('{'));
    assert!(fs::symlink_metadata(scene.path("link.json")).unwrap().is_symlink());
    // A link to itself is replaced or refused, and nothing else.
    assert!([0, 2].contains(&scene.run(&["--format", "json", "--output", "loop.json"]).status));
}
