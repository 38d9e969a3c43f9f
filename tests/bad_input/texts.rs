//! Texts that are no Rust, or hardly.

use serde_json::Value;

use super::scene::{Scene, assert_healthy, notice};

/// Name, bytes, id, line and column (0: the whole file), and a word of the reason.
type Case = (&'static str, Vec<u8>, &'static str, (u64, u64), &'static str);

/// A file for each kind of loss.
fn broken() -> Vec<Case> {
    let bytes = |text: &str| text.as_bytes().to_vec();
    vec![
        ("syntax", bytes("pub fn f() {}\nfn f( {\n"), "syntax", (2, 7), "partner"),
        ("grammar", bytes("\n// größe\nfn é() {} fn 1() {}\n"), "syntax", (3, 14), "expected"),
        ("unclosed", bytes("fn f() { \"x }\n"), "syntax", (1, 8), "partner"),
        ("comment", bytes("fn f() {}\n/* /* */\n"), "syntax", (2, 1), "no token"),
        ("latin", b"// gr\xf6\xdfe\nfn f() {}\n".to_vec(), "encoding", (1, 6), "UTF-8"),
        ("wide", "fn f() {}\n".encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect(), "encoding", (0, 0), "UTF-8"),
        ("nul", bytes("fn f() { \0 }\n"), "syntax", (1, 10), "no token"),
        ("deep", bytes(&format!("fn f() {{\n    {};\n}}\n", "(".repeat(5_000) + "1" + &")".repeat(5_000))), "too_deep", (0, 0), "too deep"),
        ("number", bytes(&format!("const N: u8 =\n  {};\n", "1".repeat(100_000))), "too_large", (2, 3), "digits"),
        ("large", vec![0; 17 << 20], "too_large", (0, 0), "MiB"),
    ]
}

fn scene() -> Scene {
    Scene::modules(broken().into_iter().map(|(name, bytes, ..)| (name.to_owned(), bytes)))
}

#[test]
fn each_loss_is_told_with_its_place_and_the_rest_is_read() {
    let report = scene().json(&[]);
    assert_healthy(&report);
    for (name, _, id, (line, column), reason) in broken() {
        let told = notice(&report, id, &format!("src/{name}.rs"));
        assert_eq!((&told["level"], &told["loss"]), (&Value::from("warn"), &Value::from(true)), "{told}");
        assert!(told["text"].as_str().unwrap().contains(reason), "{told}");
        if line > 0 {
            assert_eq!((told["line"].as_u64(), told["column"].as_u64()), (Some(line), Some(column)), "{told}");
        }
    }
    assert_eq!(report["coverage"]["files_unread"], broken().len());
}

#[test]
fn what_was_lost_counts_against_the_coverage() {
    let scene = scene();
    assert_eq!(scene.run(&["--min-coverage", "90"]).status, 1);
    assert_eq!(scene.run(&["--min-coverage", "5"]).status, 0);
}

#[test]
fn every_format_tells_each_loss_with_id_level_and_place() {
    let scene = scene();
    let report = scene.json(&[]);
    let human = scene.run(&["-v"]).stdout;
    let short = scene.run(&["--format", "short"]).stdout;
    let sarif: Value = serde_json::from_str(&scene.run(&["--format", "sarif"]).stdout).unwrap();
    let cargo = scene.run(&["--message-format", "json"]).stdout;
    let cargo: Vec<Value> = cargo.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let notifications = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    for (name, _, id, (line, column), _) in broken() {
        let path = format!("src/{name}.rs");
        let told = notice(&report, id, &path);
        let place = match told["line"].as_u64() {
            Some(line) => format!("{path}:{line}:{}: ", told["column"]),
            None => format!("{path}: "),
        };
        let text = told["text"].as_str().unwrap();
        assert!(human.contains(&format!("notice[{id}]: {place}{text}\n")), "{human}");
        assert!(short.contains(&format!("{place}notice[{id}] {text}\n")), "{short}");
        let sarif = notifications.iter().find(|n| n["message"]["text"] == text && n.to_string().contains(&path)).unwrap();
        assert_eq!((&sarif["descriptor"]["id"], &sarif["level"]), (&Value::from(id), &Value::from("warning")));
        let region = &sarif["locations"][0]["physicalLocation"]["region"]["startLine"];
        assert_eq!(region.as_u64(), told["line"].as_u64());
        let message = |line: &&Value| line["message"]["message"] == text && line["message"]["spans"][0]["file_name"] == path.as_str();
        let cargo = cargo.iter().find(message).unwrap();
        assert_eq!((&cargo["message"]["code"]["code"], &cargo["message"]["level"]), (&Value::from(id), &Value::from("warning")));
        if line > 0 {
            let span = &cargo["message"]["spans"][0];
            assert_eq!((span["line_start"].as_u64(), span["column_start"].as_u64()), (Some(line), Some(column)));
        }
    }
}

#[test]
fn facts_check_tells_the_same() {
    let scene = scene();
    scene.write("target/debug/made.rs", "fn f( {");
    let checked = scene.run(&["facts", "--check", "src"]);
    assert_eq!(checked.status, 1);
    for (name, _, id, (line, column), reason) in broken() {
        let place = if line > 0 { format!("src/{name}.rs:{line}:{column}: {id}: ") } else { format!("src/{name}.rs") };
        let told = checked.stdout.lines().find(|line| line.starts_with(&place)).unwrap_or_else(|| panic!("{place}: {}", checked.stdout));
        assert!(told.contains(reason) && told.contains(id), "{told}");
    }
    assert!(checked.stdout.ends_with("11 files, 10 not read\n"), "{}", checked.stdout);
    assert!(checked.stdout.contains("        5 syntax\n"), "{}", checked.stdout);
    assert_eq!(scene.run(&["facts", "--check", "src/lib.rs"]).stdout, "1 file, 0 not read\n");
    assert_eq!(scene.run(&["facts", "--check", "nowhere"]).status, 2);
}

#[test]
fn fifty_megabytes_are_refused_without_being_read() {
    let scene = Scene::modules([("vast".to_owned(), "")]);
    // A hole: no disk is filled.
    std::fs::File::options().write(true).open(scene.path("src/vast.rs")).unwrap().set_len(50 << 20).unwrap();
    let report = scene.json(&[]);
    assert_healthy(&report);
    let told = notice(&report, "too_large", "src/vast.rs");
    assert_eq!(told["text"], "a file of 50 MiB is not read, the limit is 16 MiB");
    assert!(told["line"].is_null(), "{told}");
}

#[test]
fn odd_but_legal_texts_are_read() {
    let bodies = [
        ("bom", "\u{feff}pub fn f() {}\n".to_owned()),
        ("crlf", "pub fn f() {\r\n    let a = \"x\\\r\n    y\";\r\n    drop(a);\r\n}\r\n".to_owned()),
        ("shebang", "#!/usr/bin/env run\npub fn f() {}\n".to_owned()),
        ("inner", "#![allow(dead_code)]\npub fn f() {}\n".to_owned()),
        ("matter", "---\n[dependencies]\n---\npub fn f() {}\n".to_owned()),
        ("empty", String::new()),
        ("blank", "\n\n\u{2028}\u{85}\u{200e}\n".to_owned()),
        ("commented", "// nothing\n/* at /* all */ */\n//! x".to_owned()),
        ("names", "pub fn größe() { let r#type = 1; let _日本 = r#type; }\n".to_owned()),
        ("one_line", format!("pub const A: [u8; 100_000] = [{}];", "1,".repeat(100_000))),
        ("tabs", "\tpub\u{b}fn\u{c}f() {}".to_owned()),
    ];
    let scene = Scene::modules(bodies.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
    let report = scene.json(&[]);
    assert_healthy(&report);
    assert_eq!(report["coverage"]["files_unread"], 0, "{:#}", report["notices"]);
    // The same finding at the same place, whatever stands at the ends of the lines.
    let crlf = Scene::library(format!("\u{feff}{}", super::scene::HEALTHY.replace('\n', "\r\n"))).json(&[]);
    assert_eq!((&crlf["findings"][0]["primary"]["line_start"], &crlf["findings"][0]["primary"]["column_start"]), (&2.into(), &5.into()));
}
