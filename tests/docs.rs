//! The README and the pages under `docs/`, held against the program: what they show, list and link is what is there.

mod harness;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_prr::catalog::{Catalog, schema};
use cargo_prr::lint::Role;
use cargo_prr::model::effects::Effects;
use cargo_prr::verdict::{directives, meta};
use harness::{Scene, below_repository, entries, files_below, fixtures, lints, name, read, repository, run};
use serde_json::Value;
use snapbox::assert_data_eq;

fn page(path: &str) -> String {
    read(&repository().join(path))
}

/// Blocks of code in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}");
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match line {
            "```" => open = false,
            _ if open => found.last_mut().expect("an open block").push_str(&format!("{line}\n")),
            _ if line == opening => {
                open = true;
                found.push(String::new());
            }
            _ => {}
        }
    }
    found
}

/// First cells of the table below a heading whose first column is called `head`, back quotes taken off.
fn table(text: &str, heading: &str, head: &str) -> BTreeSet<String> {
    let mut lines = text.lines().skip_while(|line| *line != heading);
    assert!(lines.next().is_some(), "no heading {heading:?}");
    let section = lines.take_while(|line| !line.starts_with('#'));
    let mut rows = section.skip_while(|line| !line.starts_with(&format!("| {head} |"))).take_while(|line| line.starts_with('|'));
    assert!(rows.next().is_some(), "{heading}: no table of {head}");
    let cells: Vec<String> = rows.skip(1).map(|row| row.split('|').nth(1).unwrap_or_default().trim().replace('`', "")).collect();
    let set: BTreeSet<String> = cells.iter().cloned().collect();
    assert_eq!(set.len(), cells.len(), "{heading}: a row stands twice");
    set
}

fn set<T: Into<String>>(items: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    items.into_iter().map(Into::into).collect()
}

// ----------------------------------------------------------------------------------------------------------------------- README

const FIRST_RUN: &str = "cargo install --locked --path . && cargo prr --manifest-path fixtures/demo/Cargo.toml";
const TESTS: &str = "cargo test --locked";

#[test]
fn the_two_commands_are_those_that_are_run() {
    let commands = blocks(&page("README.md"), "console");
    assert_eq!(commands, [format!("{FIRST_RUN}\n"), format!("{TESTS}\n")]);
    assert!(page(".ci/run").lines().any(|line| line == TESTS), ".ci/run has no line `{TESTS}`");
}

/// Without trailing spaces, which the README does not have, and the time.
fn timeless(text: &str) -> String {
    let line = |line: &str| if line.starts_with("  done in ") { "  done in (time)\n".to_owned() } else { format!("{}\n", line.trim_end()) };
    text.lines().map(line).collect()
}

/// `...` in the README stands for any lines.
#[test]
fn the_first_run_prints_what_the_readme_shows() {
    let (_, arguments) = FIRST_RUN.split_once("&& cargo ").expect("two commands");
    let arguments: Vec<&str> = arguments.split(' ').chain(["--color", "never"]).collect();
    let scene = Scene::new();
    let printed = run(scene.command(&arguments).current_dir(repository()));
    let printed = String::from_utf8(printed.stdout).expect("a report in UTF-8");
    let [shown] = &blocks(&page("README.md"), "text")[..] else { panic!("one block of output") };
    assert!(shown.lines().count() > 30, "the README shows too little to prove anything");
    assert_data_eq!(timeless(&printed), timeless(shown));
}

#[test]
fn the_readme_counts_the_demo_rightly() {
    let readme = page("README.md");
    let sources = files_below(&fixtures().join("demo")).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let is_print = |line: &&str| ["println!", "eprintln!"].iter().any(|print| line.trim_start().starts_with(print));
    let prints: usize = sources.map(|path| read(&path).lines().filter(is_print).count()).sum();
    let report = Scene::new().json_of(&fixtures().join("demo/Cargo.toml"));
    let by_lint = &report["summary"]["by_lint"];
    let warned: u64 = lints().iter().map(|lint| by_lint[lint]["warn"].as_u64().expect("a count")).sum();
    assert!(readme.contains(&format!("sees {} prints in the demo. {} of them", prints, by_lint["print_logging"]["warn"])));
    assert!(readme.contains(&format!("where `cargo prr` has {warned} warnings")));
}

// ------------------------------------------------------------------------------------------------------------------------ links

fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "CHANGELOG.md", "fuzz/README.md"].iter().map(|path| repository().join(path)).collect();
    pages.extend(lints().iter().map(|lint| repository().join("lints").join(lint).join("README.md")));
    pages.extend(entries(&repository().join("docs")).into_iter().filter(|path| path.extension().is_some_and(|end| end == "md")));
    pages
}

/// What a heading is called in links.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for path in pages() {
        let text = read(&path);
        let targets = text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split_once(')')).map(|(target, _)| target);
        for target in targets.filter(|target| !target.starts_with("http")) {
            seen += 1;
            let (file, section) = target.split_once('#').unwrap_or((target, ""));
            let led = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            let there =
                led.is_file() && (section.is_empty() || read(&led).lines().any(|line| line.starts_with('#') && anchor(line) == section));
            wrong.extend((!there).then(|| format!("{}: {target}", below_repository(&path))));
        }
    }
    assert!(wrong.is_empty() && seen > 15, "{seen} links, of which lead nowhere:\n{}", wrong.join("\n"));
}

// ---------------------------------------------------------------------------------------------------------------- configuration

/// A workspace with the names that the pages use, and its `prr.toml`.
fn configured(text: &str) -> std::process::Output {
    let scene = Scene::new();
    scene.write("Cargo.toml", "[workspace]\nmembers = [\"worker\", \"admin\"]\nresolver = \"3\"\n");
    for package in ["worker", "admin"] {
        scene.write(
            &format!("{package}/Cargo.toml"),
            &format!("[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        );
        scene.write(&format!("{package}/src/main.rs"), "fn main() {}\n");
    }
    scene.write("prr.toml", text);
    scene.command(&["--no-cache"]).output().expect("the program runs")
}

/// What a `prr.toml` that cannot be meant is answered with, after `lead`: all names there are.
fn known(text: &str, lead: &str) -> BTreeSet<String> {
    let output = configured(text);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}: {told}");
    let line = told.lines().next().unwrap_or_default();
    let (_, names) = line.split_once(lead).unwrap_or_else(|| panic!("{text}: {told}"));
    set(names.trim().split(", "))
}

/// Near to no name.
const NO_NAME: &str = "qqqqqqqqqqqq";

#[test]
fn the_keys_of_prr_toml_are_those_that_are_read() {
    let key = format!("{NO_NAME} = 1\n");
    let of_package = known(&format!("[packages.worker]\n{key}"), "a package has");
    let of_service = known(&format!("[service]\n{key}"), "`service` has");
    let of_target = known(&format!("[[target]]\n{key}"), "a target has");
    let mut keys = BTreeSet::new();
    for top in known(&key, "keys are") {
        match top.as_str() {
            "packages" => keys.extend(of_package.iter().map(|key| format!("packages.NAME.{key}"))),
            "service" => keys.extend(of_service.iter().map(|key| format!("service.{key}"))),
            "target" => keys.extend(of_target.iter().map(|key| format!("target.{key}")).chain(["target".to_owned()])),
            "catalog" => keys.extend(["catalog.CRATE".to_owned()]),
            _ => keys.extend([top]),
        }
    }
    assert_eq!(table(&page("docs/configuration.md"), "## `prr.toml`", "key"), keys);
}

#[test]
fn the_values_of_prr_toml_are_those_that_are_read() {
    let text = page("docs/configuration.md");
    let levels = known(&format!("[lints]\nprint_logging = \"{NO_NAME}\"\n"), "levels are");
    assert_eq!(table(&text, "## Levels", "level"), levels);
    let tiers = known(&format!("[service]\ntier = \"{NO_NAME}\"\n"), "tiers are");
    assert_eq!(table(&text, "## Tiers", "tier"), tiers);
    assert_eq!(table(&text, "## Roles", "role"), set([Role::Service, Role::Cli, Role::Library].map(Role::as_str)));
    let row = |key: &str| {
        text.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).expect("a row").split('|').nth(2).map(str::to_owned)
    };
    let values = |key: &str| set(row(key).expect("a value").trim().replace('`', "").split(", "));
    assert_eq!(values("service.tier"), tiers);
    assert_eq!(values("target.role"), known(&format!("[[target]]\nname = \"admin\"\nrole = \"{NO_NAME}\"\n"), "roles are"));
}

#[test]
fn comments_and_their_lints_are_those_that_are_read() {
    let text = page("docs/configuration.md");
    assert_eq!(table(&text, "## Comments", "lint"), set(meta::ALL.iter().map(|lint| lint.id)));
    let written = table(&text, "## Comments", "comment");
    let names = written.iter().map(|comment| comment.trim_start_matches("// prr: ").split('(').next().unwrap_or_default());
    assert_eq!(set(names), set(directives::NAMES.iter().copied()));
}

/// Examples are accepted as they stand.
#[test]
fn examples_of_toml_are_read() {
    let mut seen = 0;
    for path in ["README.md", "docs/configuration.md", "docs/catalog.md"] {
        for block in blocks(&page(path), "toml") {
            seen += 1;
            if block.contains("[lints]") || block.contains("[[catalog.") {
                let output = configured(&block);
                assert!(output.status.success(), "{path}:\n{block}{}", String::from_utf8_lossy(&output.stderr));
            } else if let Err(errors) = Catalog::load(&[(path, &format!("[crate]\nname = \"some\"\n{block}"))]) {
                panic!("{path}:\n{block}{errors:?}");
            }
        }
    }
    assert!(seen > 3, "only {seen} examples");
}

// --------------------------------------------------------------------------------------------------------------------- catalog

/// What the reader of a catalog file expects where it finds what it does not know.
fn expected(table: &str) -> BTreeSet<String> {
    let text = if table.starts_with("[crate]") { table.to_owned() } else { format!("[crate]\nname = \"some\"\n{table}") };
    let error = toml::from_str::<schema::File>(&text).expect_err("it is not known").to_string();
    let line = error.lines().find(|line| line.contains("expected")).unwrap_or_else(|| panic!("{text}: {error}"));
    assert!(line.contains(NO_NAME), "{text}: {error}");
    let (_, names) = line.split_once("expected").expect("just found");
    set(names.split('`').skip(1).step_by(2))
}

#[test]
fn the_keys_of_the_catalog_are_those_that_are_read() {
    let text = page("docs/catalog.md");
    let key = format!("{NO_NAME} = 1");
    let tables = expected(&format!("[{NO_NAME}]\n"));
    let listed = text.lines().filter_map(|line| line.strip_prefix("## `[")?.strip_suffix("]`"));
    assert_eq!(set(listed.map(|name| name.trim_matches(['[', ']']))), tables);
    let common = table(&text, "## Keys of all rows", "key");
    for row in tables.iter().filter(|row| *row != "crate") {
        let own = table(&text, &format!("## `[[{row}]]`"), "key");
        assert_eq!(own.union(&common).cloned().collect::<BTreeSet<_>>(), expected(&format!("[[{row}]]\n{key}\n")), "{row}");
    }
    assert_eq!(table(&text, "## `[crate]`", "key"), expected(&format!("[crate]\n{key}\n")));
    assert_eq!(table(&text, "## `when`", "key"), expected(&format!("[[fn]]\nwhen = {{ {key} }}\n")));
    for (part, list) in [("sets", true), ("terminal", false), ("wraps", false), ("layers", false)] {
        let value = if list { format!("[{{ {key} }}]") } else { format!("{{ {key} }}") };
        assert_eq!(table(&text, &format!("### `{part}`"), "key"), expected(&format!("[[fn]]\n{part} = {value}\n")), "{part}");
    }
}

#[test]
fn the_values_of_the_catalog_are_those_that_are_read() {
    let text = page("docs/catalog.md");
    for (row, key) in [("type", "role"), ("macro", "kind"), ("attribute", "kind"), ("entry", "kind")] {
        let values = expected(&format!("[[{row}]]\n{key} = \"{NO_NAME}\"\n"));
        assert_eq!(table(&text, &format!("## `[[{row}]]`"), key), values, "{row}");
    }
    assert_eq!(table(&text, "## Effects", "effect"), set(Effects::names()));
    for value in expected(&format!("[[fn]]\ndrop = \"{NO_NAME}\"\n")) {
        assert!(text.lines().any(|line| line.starts_with("| `drop` |") && line.contains(&format!("`{value}`"))), "{value}");
    }
}

// --------------------------------------------------------------------------------------------------------------------- reports

fn properties(schema: &Value) -> BTreeSet<String> {
    set(schema["properties"].as_object().expect("properties").keys().cloned())
}

#[test]
fn the_fields_of_reports_are_those_of_the_schema() {
    let text = page("docs/report.md");
    let schema: Value = serde_json::from_str(&page("docs/report.schema.json")).expect("JSON");
    let top = &schema["properties"];
    assert_eq!(table(&text, "## The report", "field"), properties(&schema));
    for (heading, part) in [
        ("summary", &top["summary"]),
        ("findings", &schema["$defs"]["finding"]),
        ("coverage", &top["coverage"]),
        ("notices", &top["notices"]["items"]),
    ] {
        assert_eq!(table(&text, &format!("## `{heading}`"), "field"), properties(part), "{heading}");
    }
    for field in properties(&schema["$defs"]["location"]).union(&properties(&schema["$defs"]["counts"])) {
        assert!(text.contains(&format!("`{field}`")), "{field}");
    }
    assert!(text.contains(&format!("`schema_version` is {}.", top["schema_version"]["const"])));
}

/// Texts in quotes that stand right after a mark in the code below a folder.
fn literals(folder: &str, marks: &[&str]) -> BTreeSet<String> {
    let files = files_below(&repository().join(folder)).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let texts: Vec<String> = files.map(|path| read(&path)).collect();
    let found = texts.iter().flat_map(|text| marks.iter().flat_map(move |mark| text.split(mark).skip(1)));
    set(found.filter_map(|after| Some(after.split_once('"')?.0)).filter(|text| text.chars().all(|c| c == '_' || c.is_ascii_lowercase())))
}

#[test]
fn notices_are_those_that_are_given() {
    let mut ids = literals("src/discover", &["Notice { id: \"", "notice(\"", "  id: \""]);
    ids.extend(literals("src/model/defs/link", &["notice(\"", "no_root(\"", "=> (\""]));
    let code = page("src/cli/code.rs");
    ids.extend(code.split("NoticeKind::").filter_map(|after| Some(after.split_once("=> \"")?.1.split_once('"')?.0.to_owned())));
    assert_eq!(table(&page("docs/report.md"), "## `notices`", "id"), ids);
}

#[test]
fn causes_are_those_that_are_given() {
    let model = page("src/model/ty/mod.rs");
    let (_, after) = model.split_once("impl Cause {").expect("the causes");
    let (body, _) = after.split_once("\n}\n").expect("an end");
    let causes = set(body.split("=> \"").skip(1).filter_map(|after| Some(after.split_once('"')?.0)));
    assert!(causes.len() > 5, "{causes:?}");
    assert_eq!(table(&page("docs/resolve.md"), "## Causes", "cause"), causes);
    let mut of_lints = set(literals("lints", &["\"unknown_"]).into_iter().map(|rest| format!("unknown_{rest}")));
    of_lints.extend(literals("lints", &["Unknown(\""]));
    let verdict = page("src/verdict/mod.rs");
    of_lints.extend(verdict.split("Verdict::Unknown(\"").skip(1).filter_map(|after| Some(after.split_once('"')?.0.to_owned())));
    assert_eq!(table(&page("docs/report.md"), "### Causes", "cause"), of_lints);
}

#[test]
fn the_fields_of_resolve_are_those_that_are_written() {
    let text = page("docs/resolve.md");
    let scene = Scene::new();
    let mut command = scene.command(&["resolve", "--no-cache", "--format", "json", "--manifest-path"]);
    let output = run(command.arg(fixtures().join("demo/Cargo.toml")));
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let fields = |value: &Value| set(value.as_object().expect("an object").keys().cloned());
    let heading = text.lines().next().expect("a title").to_owned();
    assert_eq!(table(&text, &heading, "field"), fields(&list));
    assert!(text.contains(&format!("| `schema_version` | {};", list["schema_version"])));
    for part in ["occurrences", "results"] {
        assert_eq!(table(&text, &format!("## `{part}`"), "field"), fields(&list[part][0]), "{part}");
    }
    let code = page("src/cli/resolve.rs");
    let values: Vec<&str> =
        ["=> \""].iter().flat_map(|mark| code.split(mark).skip(1)).filter_map(|after| Some(after.split_once('"')?.0)).collect();
    assert!(values.len() > 6, "{values:?}");
    for value in values {
        assert!(text.contains(&format!("`{value}`")), "{value}");
    }
}

// ----------------------------------------------------------------------------------------------------------------- instruments

#[test]
fn every_instrument_and_step_is_described() {
    let text = page("docs/instruments.md");
    let field = page(".ci/field");
    let (_, steps) = field.split_once("\nSTEPS = (").expect("the steps");
    let (steps, _) = steps.split_once(')').expect("an end");
    assert_eq!(table(&text, "## Steps of `.ci/field`", "step"), set(steps.split('"').skip(1).step_by(2)));
    for path in entries(&repository().join("tools")).iter().filter(|path| path.is_file()) {
        let tool = format!("`tools/{}`", name(path));
        let call = format!("\ntools/{} ", name(path));
        assert!(text.contains(&tool) || text.contains(&call), "{tool} is not described");
    }
}

// --------------------------------------------------------------------------------------------------------------------- package

/// What is published has all that the program is built from, and nothing that only the repository needs.
#[test]
fn the_package_is_whole() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--list", "--allow-dirty", "--offline", "--quiet"]).current_dir(repository());
    let listed = String::from_utf8(run(&mut cargo).stdout).expect("paths in UTF-8");
    let listed: BTreeSet<&Path> = listed.lines().map(Path::new).collect();
    let needed = ["src", "lints", "docs"].iter().flat_map(|folder| files_below(&repository().join(folder)));
    let single = ["build.rs", "Cargo.toml", "Cargo.lock", "README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];
    let needed: Vec<PathBuf> = needed.chain(single.iter().map(|file| repository().join(file))).collect();
    for path in needed {
        let path = below_repository(&path);
        assert!(listed.contains(Path::new(&path)), "{path} is not in the package");
    }
    let aside = ["fixtures", "tests", "tools", "fuzz", "examples", ".ci"];
    let more: Vec<_> = listed.iter().filter(|path| aside.iter().any(|folder| path.starts_with(folder))).collect();
    assert!(more.is_empty(), "{more:?}");
}
