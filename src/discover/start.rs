//! From a folder to its manifests: upwards as cargo looks, else downwards, else a plain walk over Rust files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::{Error, Options, Project, Target, TargetKind, plain, project};

/// The projects at, around or below the start.
pub(super) fn discover(options: &Options) -> Result<Vec<Project>, Error> {
    let io = |path: &Path, e: std::io::Error| Error::Io { path: path.to_owned(), reason: e.to_string() };
    let start = std::path::absolute(&options.start).map_err(|e| io(&options.start, e))?;
    let start = super::manifest::tidy(&start);
    let meta = fs::metadata(&start).map_err(|e| io(&start, e))?;
    if !meta.is_dir() && start.extension().is_some_and(|e| e == "toml") {
        return Ok(vec![project::load(&start, options)?]);
    }
    let folder = if meta.is_dir() { start } else { start.parent().map(Path::to_owned).unwrap_or(start) };
    if let Some(manifest) = upwards(&folder) {
        return Ok(vec![project::load(&manifest, options)?]);
    }
    let manifests = below(&folder);
    if manifests.is_empty() {
        return plain::plain(&folder).map(|p| vec![p]);
    }
    all(&manifests, options)
}

/// Root files of what the members of one workspace build.
pub(super) fn likely_roots(options: &Options) -> Option<Vec<PathBuf>> {
    let start = super::manifest::tidy(&std::path::absolute(&options.start).ok()?);
    let is_manifest = start.extension().is_some_and(|e| e == "toml");
    let manifest = if is_manifest { start } else { upwards(&start)? };
    let (workspace, _) = super::workspace::read(&manifest).ok()?;
    let built = |t: &Target| matches!(t.kind, TargetKind::Lib | TargetKind::ProcMacro | TargetKind::Bin);
    let targets = workspace.members.into_iter().flat_map(|(_, package)| package.targets);
    Some(targets.filter(built).map(|t| t.root_file).collect())
}

/// The nearest manifest at or above a folder, within the git checkout.
fn upwards(folder: &Path) -> Option<PathBuf> {
    for dir in folder.ancestors() {
        let manifest = dir.join("Cargo.toml");
        if manifest.is_file() {
            return Some(manifest);
        }
        if dir.join(".git").exists() {
            return None;
        }
    }
    None
}

/// All manifests below a folder that git does not ignore, shallow ones first. Links are not followed.
fn below(folder: &Path) -> Vec<PathBuf> {
    let walk = WalkBuilder::new(folder).require_git(false).filter_entry(|e| !is_foreign(e.path(), e.depth())).build();
    // prr: allow(unhandled_errors, reason = "a folder that cannot be read is no workspace of this user")
    let mut found: Vec<(usize, PathBuf)> =
        walk.flatten().filter(|e| e.file_name() == "Cargo.toml").map(|e| (e.depth(), e.into_path())).collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// Build results and vendored packages.
fn is_foreign(path: &Path, depth: usize) -> bool {
    depth > 0 && (path.join("CACHEDIR.TAG").is_file() || path.join(".cargo-checksum.json").is_file())
}

/// One project for each workspace of the manifests. One that fails is a notice, unless all do.
fn all(manifests: &[PathBuf], options: &Options) -> Result<Vec<Project>, Error> {
    let mut projects: Vec<Project> = Vec::new();
    let mut covered: BTreeSet<PathBuf> = BTreeSet::new();
    let mut failures = Vec::new();
    for manifest in manifests {
        if covered.contains(manifest) {
            continue;
        }
        match project::load(manifest, options) {
            Ok(project) => {
                covered.insert(project.root.join("Cargo.toml"));
                covered.extend(project.packages.iter().filter(|p| p.is_member()).filter_map(|p| Some(p.root.as_ref()?.join("Cargo.toml"))));
                if !projects.iter().any(|p| p.root == project.root) {
                    projects.push(project);
                }
            }
            Err(error) => failures.push(error),
        }
    }
    projects.sort_by(|a, b| a.root.cmp(&b.root));
    // A folder of manifests where none can be used is as bad as one such manifest.
    let Some(first) = projects.first_mut() else {
        return Err(failures.into_iter().next().expect("there is a manifest"));
    };
    first.notices.extend(failures.iter().map(|error| error.notice("unreadable_manifest")));
    first.notices.sort();
    first.notices.dedup();
    Ok(projects)
}
