//! Discover: what a workspace consists of, without compiling and without the network.
//!
//! `cargo metadata --no-deps` gives packages, targets, editions and features of the workspace; the lock file maps each dependency
//! declaration to one exact version; cargo's own folders say where its sources lie.

#![expect(clippy::disallowed_methods, reason = "this room reads manifests, lock files and folders")]

mod aside;
mod cargo;
mod cargo_config;
mod found;
mod link;
mod lock;
mod manifest;
mod plain;
mod platform;
mod project;
mod raw;
mod remember;
mod sources;
mod start;
mod targets;
#[cfg(test)]
mod tests;
mod unlocked;
mod workspace;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What to look at, and with what help.
#[derive(Clone, Debug)]
pub struct Options {
    /// A manifest or a folder; a folder is searched like cargo does (upwards to the git top level), then downwards. A relative path is
    /// taken from the working directory.
    pub start: PathBuf,
    /// Look for the sources of dependencies; without, every dependency has `root: None`.
    pub sources: bool,
    /// Remember results in the user's cache.
    pub cache: bool,
    /// The cargo binary; `None`: `$CARGO`, else `cargo`.
    pub cargo: Option<PathBuf>,
    /// Cargo's home folder; `None`: `$CARGO_HOME`, else `.cargo` in the user's home folder.
    pub cargo_home: Option<PathBuf>,
}

impl Options {
    /// The usual options: sources and cache, cargo by environment.
    pub fn new(start: impl Into<PathBuf>) -> Options {
        Options { start: start.into(), sources: true, cache: true, cargo: None, cargo_home: None }
    }
}

/// Why there is no project: the caller's exit status is 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Neither a manifest nor a `.rs` file at or below the folder.
    NoRust {
        /// The folder.
        path: PathBuf,
    },
    /// A manifest that cannot be read or understood.
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Where in it, if that is known.
        at: Option<Spot>,
        /// Why, in cargo's or the parser's words.
        reason: String,
    },
    /// The start is not there or not readable.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
}

impl Error {
    /// The file or folder.
    pub fn path(&self) -> &Path {
        match self {
            Error::NoRust { path } | Error::Manifest { path, .. } | Error::Io { path, .. } => path,
        }
    }

    /// As a notice about a manifest that is left out.
    fn notice(&self, id: &'static str) -> Notice {
        let (at, reason) = match self {
            Error::NoRust { .. } => (None, "no Cargo.toml and no Rust file"),
            Error::Manifest { at, reason, .. } => (*at, reason.as_str()),
            Error::Io { reason, .. } => (None, reason.as_str()),
        };
        let text = format!("the manifest cannot be used: {reason}");
        Notice { id, path: Some(self.path().to_owned()), at, text, loss: true }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoRust { path } => {
                write!(f, "no Cargo.toml and no Rust file at or below `{}`", path.display())
            }
            Error::Manifest { path, at: None, reason } => write!(f, "cannot use manifest `{}`: {reason}", path.display()),
            Error::Manifest { path, at: Some(at), reason } => {
                write!(f, "cannot use manifest `{}`: line {}, column {}: {reason}", path.display(), at.line, at.col)
            }
            Error::Io { path, reason } => write!(f, "cannot read `{}`: {reason}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

/// The projects at, around or below the start, sorted by their folder: the workspace that cargo would take, else one for each workspace
/// found below, else a [`plain`] project. Usually one.
pub fn discover(options: &Options) -> Result<Vec<Project>, Error> {
    start::discover(options)
}

/// The root files of libraries and binaries as the manifests alone tell them, for whoever begins to read while [`discover`] asks cargo. None where that is not
/// sure to be about one workspace.
pub fn likely_roots(options: &Options) -> Vec<PathBuf> {
    start::likely_roots(options).unwrap_or_default()
}

pub use aside::Aside;
pub use plain::plain;

/// The top folder of the git checkout around a folder.
pub(crate) fn git_root(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_owned)
}

/// Entries of a folder; none of one that cannot be read.
fn entries(folder: &Path) -> impl Iterator<Item = std::fs::DirEntry> + use<> {
    // prr: allow(unhandled_errors, reason = "what cannot be listed holds no package for us; cargo tells of those it needs")
    std::fs::read_dir(folder).into_iter().flatten().flatten()
}

/// Index of a package instance (name, version, source) in [`Project::packages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct PkgId(pub u32);

/// One workspace (one lock file) and everything its code can name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Folder of the workspace's root manifest.
    pub root: PathBuf,
    /// Top folder of the git checkout around it, if any.
    pub git_root: Option<PathBuf>,
    /// Workspace members first (sorted by path), then dependencies (sorted by name, version, source).
    pub packages: Vec<Package>,
    /// What was lost on the way: each also counts against coverage. Sorted.
    pub notices: Vec<Notice>,
}

/// Where a package comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Package {
    /// Its index.
    pub id: PkgId,
    /// Package name as in the manifest.
    pub name: String,
    /// Exact version.
    pub version: semver::Version,
    /// Where it comes from.
    pub source: Source,
    /// The lock file's source text (`registry+https://..`, `git+https://..#rev`); empty for members and path dependencies.
    pub source_text: String,
    /// Folder of its manifest; `None` when its sources are not on this machine.
    pub root: Option<PathBuf>,
    /// The package's edition: 2015, 2018, 2021, 2024 (targets may have another).
    pub edition: u16,
    /// Its targets. Members: all; dependencies: the library only, and none when the sources are missing. Sorted by kind, then name.
    pub targets: Vec<Target>,
    /// It has a build script: what the script generates is not in the sources.
    pub build_script: bool,
    /// Its dependencies, resolved to instances: members and path dependencies with all their features, others as far as the lock file has
    /// them. Sorted; the same name may stand several times (kinds, platforms).
    pub deps: Vec<Dep>,
    /// Declared features, with what they enable.
    pub features: BTreeMap<String, Vec<String>>,
}

impl Package {
    /// The library or procedural macro.
    pub fn lib(&self) -> Option<&Target> {
        self.targets.iter().find(|t| matches!(t.kind, TargetKind::Lib | TargetKind::ProcMacro))
    }

    /// Whether it is a member of the workspace.
    pub fn is_member(&self) -> bool {
        self.source == Source::Member
    }
}

/// A dependency edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Dep {
    /// Name under which code sees the crate: the rename, else the name of the dependency's library, `-` as `_`.
    pub name: String,
    /// The instance.
    pub pkg: PkgId,
    /// Kind of the edge.
    pub kind: DepKind,
    /// Declared `optional`.
    pub optional: bool,
    /// The version requirement as declared; `*` without one.
    pub req: String,
    /// The platform it is declared for (`cfg(windows)`, a target triple).
    pub target: Option<String>,
    /// Whether that platform is the analysed one, x86_64 linux; true without a platform. Of two edges of one name prefer the one that applies.
    pub applies: bool,
}

/// Kinds of dependency edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum DepKind {
    /// `[dependencies]`.
    Normal,
    /// `[dev-dependencies]`.
    Dev,
    /// `[build-dependencies]`.
    Build,
}

/// Kinds of target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
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

/// A place in a file: line and column, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Spot {
    /// Line.
    pub line: u32,
    /// Column.
    pub col: u32,
}

/// Something that was lost, or is worth knowing; shown in every report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Stable id in snake case, e.g. `unreadable_file`, `missing_lock_file`, `missing_sources`.
    pub id: &'static str,
    /// File or folder it is about.
    pub path: Option<PathBuf>,
    /// Where in the file, if that is known.
    pub at: Option<Spot>,
    /// One sentence: lower case, no final stop.
    pub text: String,
    /// Whether judgements may be missing because of it (else it is information).
    pub loss: bool,
}

impl Project {
    /// A package by its index.
    pub fn package(&self, id: PkgId) -> &Package {
        &self.packages[id.0 as usize]
    }

    /// The members of the workspace, in order.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().take_while(|p| p.is_member())
    }

    /// Digest of which dependencies there are and whose sources are on this machine: results of two runs are comparable when it is the same.
    pub fn sources_digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for p in self.packages.iter().filter(|p| !p.is_member()) {
            let found = if p.root.is_some() { "+" } else { "-" };
            hasher.update(format!("{found}{} {} {}\n", p.name, p.version, p.source_text).as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// The member whose folder is the longest prefix of `path`.
    pub fn member_of(&self, path: &Path) -> Option<&Package> {
        self.members()
            .filter(|p| p.root.as_deref().is_some_and(|root| path.starts_with(root)))
            .max_by_key(|p| p.root.as_ref().map_or(0, |root| root.as_os_str().len()))
    }
}
