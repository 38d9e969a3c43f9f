//! Files that are none, that are not there, or that name one another.

use std::fs;

use super::scene::{HEALTHY, Scene, assert_healthy, manifest, notice, notices, pipe};

#[test]
fn what_cannot_be_opened_is_told() {
    let scene = Scene::library(format!(
        "{HEALTHY}\npub mod folder;\npub mod gone;\npub mod also_a_folder;\ninclude!(\"included\");\n#[path = \"named.rs\"]\npub mod renamed;\n"
    ));
    fs::create_dir(scene.path("src/folder.rs")).unwrap();
    // As to the compiler, a folder is no file: the other place counts.
    fs::create_dir(scene.path("src/also_a_folder.rs")).unwrap();
    scene.write("src/also_a_folder/mod.rs", "pub fn f() {}\n");
    fs::create_dir(scene.path("src/included")).unwrap();
    let report = scene.json(&[]);
    assert_healthy(&report);
    let all: Vec<_> =
        report["notices"].as_array().unwrap().iter().map(|n| (n["id"].as_str().unwrap(), n["text"].as_str().unwrap())).collect();
    for (id, text) in [
        ("unreadable_file", "cannot read folder.rs: it is a folder"),
        ("unreadable_file", "cannot read included: it is a folder"),
        ("missing_file", "no file for module `gone`"),
        ("missing_file", "no file for module `renamed`"),
    ] {
        assert!(all.contains(&(id, text)), "{text}: {all:#?}");
    }
    assert!(!all.iter().any(|(_, text)| text.contains("also_a_folder")), "{all:#?}");
    assert_eq!(notice(&report, "unreadable_file", "src/lib.rs")["line"], 5);
}

#[test]
fn a_root_file_that_is_a_folder_is_told() {
    let scene = Scene::empty();
    scene.write("Cargo.toml", "[workspace]\nmembers = [\"healthy\", \"odd\"]\nresolver = \"3\"\n");
    scene.write("healthy/Cargo.toml", manifest("healthy"));
    scene.write("healthy/src/lib.rs", HEALTHY);
    scene.write("odd/Cargo.toml", format!("{}[lib]\npath = \"root.rs\"\n", manifest("odd")));
    fs::create_dir(scene.path("odd/root.rs")).unwrap();
    let report = scene.json(&[]);
    assert_healthy(&report);
    assert!(notices(&report).iter().any(|(path, id)| path == "odd/root.rs" && id == "unreadable_file"), "{:#}", report["notices"]);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_that_lead_nowhere_and_pipes_are_told() {
        let scene = Scene::library(format!("{HEALTHY}\npub mod dangling;\npub mod circle;\npub mod waiting;\n"));
        symlink("nowhere.rs", scene.path("src/dangling.rs")).unwrap();
        symlink("circle.rs", scene.path("src/circle.rs")).unwrap();
        assert!(pipe(&scene.path("src/waiting.rs")));
        let report = scene.json(&[]);
        assert_healthy(&report);
        let texts: Vec<_> = report["notices"].as_array().unwrap().iter().map(|n| n["text"].as_str().unwrap()).collect();
        assert!(texts.contains(&"no file for module `dangling`"), "{texts:?}");
        assert!(texts.iter().any(|text| text.starts_with("cannot read circle.rs: ")), "{texts:?}");
        assert!(texts.contains(&"cannot read waiting.rs: it is not a regular file"), "{texts:?}");
        let checked = scene.run(&["facts", "--check", "."]);
        assert_eq!(checked.status, 1);
        for name in ["dangling", "circle", "waiting"] {
            assert!(checked.stdout.contains(&format!("./src/{name}.rs: unreadable_file: ")), "{}", checked.stdout);
        }
    }

    #[test]
    fn a_file_without_permission_is_told() {
        let scene = Scene::modules([("secret".to_owned(), "pub fn f() {}\n")]);
        let path = scene.path("src/secret.rs");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
        // The system's administrator reads everything.
        if fs::read(&path).is_err() {
            let report = scene.json(&[]);
            assert_healthy(&report);
            assert!(notice(&report, "unreadable_file", "src/lib.rs")["text"].as_str().unwrap().starts_with("cannot read secret.rs: "));
        }
    }

    #[test]
    fn folders_that_link_to_themselves_end() {
        let scene = Scene::library(format!("{HEALTHY}\n#[path = \"loop/lib.rs\"]\npub mod inner;\n"));
        symlink(".", scene.path("src/loop")).unwrap();
        symlink("..", scene.path("src/up")).unwrap();
        let report = scene.json(&[]);
        assert_healthy(&report);
        // The system gives up before we do.
        assert!(notices(&report).iter().any(|(_, id)| id == "module_loop" || id == "unreadable_file"), "{:#}", report["notices"]);
        assert_eq!(scene.run(&["facts", "--check", "."]).status, 0);
        fs::remove_file(scene.path("Cargo.toml")).unwrap();
        assert_healthy(&scene.json(&[]));
    }

    #[test]
    fn names_that_are_no_text_are_read_and_shown() {
        let scene = Scene::empty();
        let folder = scene.path("").join(OsStr::from_bytes(b"gr\xf6\xdfe"));
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("Cargo.toml"), manifest("healthy")).unwrap();
        fs::write(folder.join("src/lib.rs"), format!("{HEALTHY}\npub mod broken;\n")).unwrap();
        fs::write(folder.join("src/broken.rs"), "fn f( {").unwrap();
        for cached in [&["--no-cache"][..], &[], &[]] {
            let mut command = scene.command(&["--format", "json"]);
            let ended = crate::scene::watch(command.args(cached).current_dir(&folder));
            assert_eq!(ended.status, 0, "{}", ended.stderr);
            let report = serde_json::from_str(&ended.stdout).unwrap();
            assert_healthy(&report);
            notice(&report, "syntax", "src/broken.rs");
        }
        for format in ["human", "short", "sarif"] {
            let ended = crate::scene::watch(&mut scene.command(&["--format", format]));
            assert_eq!(ended.status, 0, "{}", ended.stderr);
            assert!(ended.stdout.contains("broken.rs"), "{}", ended.stdout);
        }
    }
}

#[test]
fn files_that_include_one_another_end() {
    let scene = Scene::library(format!("{HEALTHY}\ninclude!(\"lib.rs\");\ninclude!(\"a.rs\");\n#[path = \"b.rs\"]\nmod b;\n"));
    scene.write("src/a.rs", "include!(\"a.rs\");\npub fn a() {}\n");
    scene.write("src/b.rs", "#[path = \"c.rs\"]\nmod c;\n");
    scene.write("src/c.rs", "#[path = \"b.rs\"]\nmod b;\n");
    let report = scene.json(&[]);
    assert_healthy(&report);
    let loops = notices(&report).into_iter().filter(|(_, id)| id == "module_loop").count();
    assert_eq!(loops, 3, "{:#}", report["notices"]);
}

#[test]
fn files_that_name_the_next_one_twice_end() {
    let scene = Scene::library(format!("{HEALTHY}\nmod m0;\n"));
    for n in 0..40 {
        let next = format!("#[path = \"m{}.rs\"]\nmod a;\n#[path = \"m{}.rs\"]\nmod b;\n", n + 1, n + 1);
        scene.write(&format!("src/m{n}.rs"), next);
    }
    scene.write("src/m40.rs", "pub fn f() {}\n");
    let report = scene.json(&[]);
    assert_healthy(&report);
    assert!(notices(&report).iter().any(|(_, id)| id == "too_many_files"), "{:#}", report["notices"]);
}

#[test]
fn one_file_under_two_names_is_read() {
    let scene =
        Scene::library(format!("{HEALTHY}\n#[path = \"one.rs\"]\npub mod a;\n#[path = \"one.rs\"]\npub mod b;\ninclude!(\"one.rs\");\n"));
    scene.write("src/one.rs", "pub fn f() {}\n");
    let report = scene.json(&[]);
    assert_healthy(&report);
    assert_eq!(report["coverage"]["files"], 2);
    assert_eq!(report["notices"].as_array().unwrap().len(), 0, "{:#}", report["notices"]);
}
