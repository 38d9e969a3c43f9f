//! Our resolution against cargo's on real workspaces. `PRR_FIELD` lists their folders, separated as in `PATH`; all their dependencies must
//! be on this machine. Built only with `--features field`, since it needs what a plain checkout does not have.

#![expect(clippy::disallowed_macros, reason = "a test that tells what it saw")]

use std::path::PathBuf;

use cargo_prr::discover;

#[path = "../src/discover/tests/oracle.rs"]
mod oracle;

#[test]
fn resolution_equals_cargos() {
    let list = std::env::var_os("PRR_FIELD").expect("PRR_FIELD lists the folders of workspaces");
    let folders: Vec<PathBuf> = std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()).collect();
    assert!(!folders.is_empty(), "PRR_FIELD is empty");
    let mut wrong = 0;
    for folder in folders {
        let options = discover::Options { cache: false, ..discover::Options::new(&folder) };
        for project in discover::discover(&options).unwrap_or_else(|e| panic!("{e}")) {
            let metadata = oracle::metadata(&project.root.join("Cargo.toml"), None);
            let comparison = oracle::compare(&project, &metadata);
            println!(
                "{}: {} facts equal, {} missing, {} extra, {} of inactive features",
                project.root.display(),
                comparison.same,
                comparison.missing.len(),
                comparison.extra.len(),
                comparison.inactive.len()
            );
            for line in comparison.missing.iter().map(|l| format!("- {l}")).chain(comparison.extra.iter().map(|l| format!("+ {l}"))) {
                println!("  {line}");
            }
            wrong += comparison.missing.len() + comparison.extra.len();
        }
    }
    assert_eq!(wrong, 0, "facts differ from cargo's");
}
