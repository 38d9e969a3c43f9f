//! Which crates are production code: what a normal build is made for.

use std::path::Path;

use rustc_hash::FxHashSet;

use super::defs::{CrateInfo, Defs};
use crate::discover::{Dep, DepKind, Package, PkgId, Project, TargetKind};
use crate::model::ids::{CrateId, DefId};

/// Crates with which tests are written and nothing else.
const HARNESSES: &[&str] = &["rstest", "serial_test", "test_case", "test_log", "wiremock", "trybuild", "assert_cmd", "insta"];

/// Folders of a workspace in which nothing is shipped.
const FOLDERS: &[&str] = &["tests", "benches", "examples"];

/// Parts of a package's name, set off by dashes, by which it says that it is no product.
const PARTS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testfixture",
    "testfixtures",
    "e2e",
    "loadtest",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "example",
    "examples",
];

/// Libraries and binaries of members, without procedural macros, task runners (`xtask`), members that others use for development alone,
/// libraries that hold up tests, and packages that are tests, benchmarks or examples themselves.
pub(super) fn crates(project: &Project, defs: &Defs) -> FxHashSet<CrateId> {
    let members: Vec<&Package> = project.members().collect();
    let mut excluded: FxHashSet<PkgId> = members.iter().filter(|p| is_harness(&members, p) || is_runner(p)).map(|p| p.id).collect();
    loop {
        let leaves = |p: &&&Package| {
            !excluded.contains(&p.id) && (only_developed_with(&members, &excluded, p) || is_trial(project, &members, &excluded, p))
        };
        let more: Vec<PkgId> = members.iter().filter(leaves).map(|p| p.id).collect();
        if more.is_empty() {
            break;
        }
        excluded.extend(more);
    }
    let counts = |c: &&CrateInfo| c.kind != TargetKind::ProcMacro && c.pkg.is_none_or(|p| !excluded.contains(&p));
    defs.members().filter(counts).map(|c| c.id).collect()
}

/// Whether a body stands in a file that its package keeps with its tests, benchmarks or examples, though a library includes it by `#[path]`.
pub(super) fn in_tests(project: &Project, defs: &Defs, owner: DefId) -> bool {
    let file = defs.source_path(defs.def(owner).file);
    let package = defs.krate(owner.krate).pkg.map(|pkg| project.package(pkg));
    let inner = package.and_then(|p| p.root.as_deref()).and_then(|root| file.strip_prefix(root).ok());
    inner.and_then(|path| path.iter().next()).and_then(|first| first.to_str()).is_some_and(|first| FOLDERS.contains(&first))
}

/// Edges by which members use a package, each with its user.
fn users<'a>(members: &'a [&Package], package: &Package) -> impl Iterator<Item = (PkgId, &'a Dep)> {
    let id = package.id;
    members.iter().filter(move |m| m.id != id).flat_map(|m| m.deps.iter().map(|d| (m.id, d))).filter(move |(_, d)| d.pkg == id)
}

fn has_bin(package: &Package) -> bool {
    package.targets.iter().any(|t| t.kind == TargetKind::Bin)
}

/// A library that others use for their tests or builds, or that only such packages use.
fn only_developed_with(members: &[&Package], excluded: &FxHashSet<PkgId>, package: &Package) -> bool {
    let mut used = users(members, package).peekable();
    !has_bin(package) && used.peek().is_some() && used.all(|(by, d)| d.kind != DepKind::Normal || excluded.contains(&by))
}

/// What no member builds on, and builds on a test harness itself, is there for its own tests.
fn is_harness(members: &[&Package], package: &Package) -> bool {
    let tests = |d: &Dep| d.kind == DepKind::Normal && !d.optional && HARNESSES.contains(&d.name.as_str());
    users(members, package).next().is_none() && !has_bin(package) && package.deps.iter().any(tests)
}

fn is_runner(package: &Package) -> bool {
    package.name == "xtask" || package.name.ends_with("-xtask") || package.name.starts_with("xtask-")
}

/// A member in a folder for tests, benchmarks or examples, or named as one, on which nothing that is shipped builds.
fn is_trial(project: &Project, members: &[&Package], excluded: &FxHashSet<PkgId>, package: &Package) -> bool {
    let Some(folder) = package.root.as_deref().and_then(|root| root.strip_prefix(&project.root).ok()) else { return false };
    let placed = folder.iter().any(|part| part.to_str().is_some_and(|part| FOLDERS.contains(&part)));
    let named = package.name.split(['-', '_']).any(|part| PARTS.contains(&part));
    // A workspace that is one such package was made to be judged.
    let beside = folder != Path::new("") && members.len() > 1;
    let shipped = || users(members, package).any(|(by, d)| d.kind == DepKind::Normal && !excluded.contains(&by));
    beside && (placed || named) && !shipped()
}
