//! Which crates are production code: what a normal build is made for.

use std::path::Path;

use rustc_hash::FxHashSet;

use super::defs::{CrateInfo, Defs};
use crate::discover::{Dep, DepKind, Package, PkgId, Project, TargetKind};
use crate::model::ids::{CrateId, DefId};

/// Crates with which tests are written and nothing else.
const HARNESSES: &[&str] = &["rstest", "serial_test", "test_case", "test_log", "wiremock", "trybuild", "assert_cmd", "insta"];

/// Crates that a fuzzer is built on, as code names them.
const FUZZERS: &[&str] = &["libfuzzer_sys", "afl", "honggfuzz"];

/// Folders of a workspace in which nothing is shipped.
const FOLDERS: &[&str] = &["tests", "benches", "examples"];

/// Parts of the name of a package or its folder, set off by dashes, by which it says that it is no product.
const PARTS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testfixture",
    "testfixtures",
    "e2e",
    "loadtest",
    "stress",
    "stresstest",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "example",
    "examples",
];

/// Crates by what is known of them.
pub(super) struct Production {
    /// Libraries and binaries of members, without procedural macros, task runners (`xtask`), members that others use for development alone, libraries
    /// that hold up tests, fuzzers, and what stands in a folder for tests, benchmarks or examples.
    pub crates: FxHashSet<CrateId>,
    /// Of those, crates that are tests, benchmarks or examples by their package's or its folder's name alone, or that only such packages use.
    pub named_trials: FxHashSet<CrateId>,
}

/// `said`: whether the user speaks of a crate as a product.
pub(super) fn production(project: &Project, defs: &Defs, said: &dyn Fn(&CrateInfo) -> bool) -> Production {
    let members: Vec<&Package> = project.members().collect();
    let clear: FxHashSet<PkgId> = members.iter().filter(|p| is_harness(&members, p) || is_runner(p)).map(|p| p.id).collect();
    let set_aside = with_what_they_need(&members, clear, &|p| is_placed_as_trial(project, &members, p) || is_fuzzer(p));
    let spoken_of: FxHashSet<PkgId> = defs.members().filter(|c| said(c)).filter_map(|c| c.pkg).collect();
    let named = |p: &Package| is_named_as_trial(project, p) && is_beside(project, &members, p) && !spoken_of.contains(&p.id);
    let all = with_what_they_need(&members, set_aside.clone(), &named);
    let inside = |c: &&CrateInfo, packages: &FxHashSet<PkgId>| c.pkg.is_some_and(|p| packages.contains(&p));
    let counts = |c: &&CrateInfo| c.kind != TargetKind::ProcMacro && !inside(c, &set_aside);
    let crates = || defs.members().filter(counts);
    Production { crates: crates().map(|c| c.id).collect(), named_trials: crates().filter(|c| inside(c, &all)).map(|c| c.id).collect() }
}

/// Packages, trials on which nothing else builds, and libraries that only all these use.
fn with_what_they_need(members: &[&Package], mut from: FxHashSet<PkgId>, is_trial: &dyn Fn(&Package) -> bool) -> FxHashSet<PkgId> {
    loop {
        let ships = |p: &Package| users(members, p).any(|(by, d)| d.kind == DepKind::Normal && !from.contains(&by));
        let leaves = |p: &&&Package| !from.contains(&p.id) && (only_developed_with(members, &from, p) || is_trial(p) && !ships(p));
        let more: Vec<PkgId> = members.iter().filter(leaves).map(|p| p.id).collect();
        if more.is_empty() {
            return from;
        }
        from.extend(more);
    }
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

fn is_fuzzer(package: &Package) -> bool {
    package.deps.iter().any(|d| d.kind == DepKind::Normal && FUZZERS.contains(&d.name.as_str()))
}

fn is_runner(package: &Package) -> bool {
    package.name == "xtask" || package.name.ends_with("-xtask") || package.name.starts_with("xtask-")
}

/// Folder of a member below the workspace's.
fn folder<'a>(project: &Project, package: &'a Package) -> Option<&'a Path> {
    package.root.as_deref()?.strip_prefix(&project.root).ok()
}

/// A member beside others: a workspace that is one trial was made to be judged.
fn is_beside(project: &Project, members: &[&Package], package: &Package) -> bool {
    members.len() > 1 && folder(project, package).is_some_and(|folder| folder != Path::new(""))
}

fn is_placed_as_trial(project: &Project, members: &[&Package], package: &Package) -> bool {
    let placed = |folder: &Path| folder.iter().any(|part| part.to_str().is_some_and(|part| FOLDERS.contains(&part)));
    is_beside(project, members, package) && folder(project, package).is_some_and(placed)
}

/// By its name, or that of its folder.
fn is_named_as_trial(project: &Project, package: &Package) -> bool {
    let folder = folder(project, package).and_then(Path::file_name).and_then(|name| name.to_str());
    folder.into_iter().chain([package.name.as_str()]).any(|name| name.split(['-', '_']).any(|part| PARTS.contains(&part)))
}
