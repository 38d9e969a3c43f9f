//! Discover: what a workspace consists of, without compiling and without the network.
//!
//! `cargo metadata --no-deps` gives packages, targets, editions and features of the workspace; the lock file maps each dependency
//! declaration to one exact version; cargo's own folders say where its sources lie.

use std::path::PathBuf;

/// Index of a package instance (name, version, source) in [`Project::packages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PkgId(pub u32);

/// One workspace (one lock file) and everything its code can name.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// Folder of the workspace's root manifest.
    pub root: PathBuf,
    /// Top folder of the git checkout around it, if any.
    pub git_root: Option<PathBuf>,
    /// Workspace members first (sorted by path), then dependencies (sorted by name, version, source).
    pub packages: Vec<Package>,
    /// What was lost on the way: each also counts against coverage.
    pub notices: Vec<Notice>,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A member of the workspace: its bodies are judged.
    Member,
    /// A path dependency outside the workspace.
    Path,
    /// A registry package.
    Registry,
    /// A git dependency.
    Git,
}

/// A package instance.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its index.
    pub id: PkgId,
    /// Package name as in the manifest.
    pub name: String,
    /// Exact version.
    pub version: semver::Version,
    /// Where it comes from.
    pub source: Source,
    /// Folder of its manifest; `None` when its sources are not on this machine.
    pub root: Option<PathBuf>,
    /// Its targets. Members: all; dependencies: the library only.
    pub targets: Vec<Target>,
    /// Its dependencies, resolved to instances.
    pub deps: Vec<Dep>,
    /// Declared features, with what they enable.
    pub features: std::collections::BTreeMap<String, Vec<String>>,
}

/// A dependency edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dep {
    /// Name under which code sees the crate (renames applied, `-` as `_`).
    pub name: String,
    /// The instance.
    pub pkg: PkgId,
    /// Kind of the edge.
    pub kind: DepKind,
    /// Declared `optional`.
    pub optional: bool,
}

/// Kinds of dependency edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DepKind {
    /// `[dependencies]`.
    Normal,
    /// `[dev-dependencies]`.
    Dev,
    /// `[build-dependencies]`.
    Build,
}

/// Kinds of target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// Library of any crate type but proc-macro.
    Lib,
    /// Procedural macro crate.
    ProcMacro,
    /// Binary.
    Bin,
    /// Integration test.
    Test,
    /// Benchmark.
    Bench,
    /// Example.
    Example,
    /// Build script.
    BuildScript,
}

/// A target.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// Its name as cargo says it.
    pub name: String,
    /// Its crate name in code.
    pub crate_name: String,
    /// Its root file.
    pub root_file: PathBuf,
    /// 2015, 2018, 2021, 2024.
    pub edition: u16,
}

/// Something discover could not do; shown in every report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Stable id in snake case, e.g. `unreadable_file`, `missing_lock_file`, `missing_sources`.
    pub id: &'static str,
    /// File or folder it is about.
    pub path: Option<PathBuf>,
    /// One sentence: lower case, no final stop.
    pub text: String,
    /// Whether judgements may be missing because of it (else it is information).
    pub loss: bool,
}
