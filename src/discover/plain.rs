//! Rust files without any manifest: crate roots by the usual names. No dependencies, no features, an assumed edition.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use semver::Version;

use super::{Error, Notice, Package, PkgId, Project, Source, Target, TargetKind};

/// The edition that accepts most code.
const EDITION: u16 = 2021;

/// Every Rust file at or below a folder that git does not ignore is taken for a crate root, or for a module of one beside or above it.
/// Fails when there is none.
pub fn plain(folder: &Path) -> Result<Project, Error> {
    let walk = WalkBuilder::new(folder).require_git(false).build();
    let mut unreadable = Vec::new();
    let mut files = BTreeSet::new();
    for entry in walk {
        match entry {
            Ok(entry) if entry.path().extension() == Some(OsStr::new("rs")) && entry.file_type().is_some_and(|t| !t.is_dir()) => {
                files.insert(entry.into_path());
            }
            Ok(_) => {}
            Err(e) => unreadable.push(e.to_string()),
        }
    }
    if files.is_empty() {
        return Err(Error::NoRust { path: folder.to_owned() });
    }
    let mut notices = vec![Notice {
        id: "no_manifest",
        path: Some(folder.to_owned()),
        at: None,
        text: "no Cargo.toml: Rust files are read by their usual names, without dependencies, features and targets".to_owned(),
        loss: true,
    }];
    notices.extend(unreadable.into_iter().map(|text| Notice { id: "unreadable_file", path: None, at: None, text, loss: true }));
    notices.sort();
    let packages = packages(folder, &files);
    Ok(Project { root: folder.to_owned(), git_root: super::git_root(folder), packages, notices })
}

fn packages(folder: &Path, files: &BTreeSet<PathBuf>) -> Vec<Package> {
    let mut by_root: BTreeMap<PathBuf, Vec<Target>> = BTreeMap::new();
    for file in files {
        if let Some((root, kind)) = root_of(file, files) {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let root = if root.starts_with(folder) { root } else { folder.to_owned() };
            let name = if matches!(&*stem, "lib" | "main") { package_name(&root) } else { stem.into_owned() };
            let crate_name = name.replace('-', "_");
            by_root.entry(root).or_default().push(Target { kind, name, crate_name, root_file: file.clone(), edition: EDITION });
        }
    }
    let package = |(at, (root, mut targets)): (usize, (PathBuf, Vec<Target>))| {
        targets.sort();
        Package {
            id: PkgId(at as u32),
            name: package_name(&root),
            version: Version::new(0, 0, 0),
            source: Source::Member,
            source_text: String::new(),
            root: Some(root),
            edition: EDITION,
            build_script: targets.iter().any(|t| t.kind == TargetKind::BuildScript),
            targets,
            deps: Vec::new(),
            features: BTreeMap::new(),
        }
    };
    by_root.into_iter().enumerate().map(package).collect()
}

/// The package folder and kind of a file that is a crate root; `None` for a module.
fn root_of(file: &Path, files: &BTreeSet<PathBuf>) -> Option<(PathBuf, TargetKind)> {
    let dir = file.parent()?;
    let named = |dir: &Path| dir.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
    // The folder around `src`, or the folder itself.
    let package = |dir: &Path| if named(dir) == "src" { dir.parent().unwrap_or(dir).to_owned() } else { dir.to_owned() };
    let up = |dir: &Path| dir.parent().unwrap_or(dir).to_owned();
    let name = file.file_name()?.to_str().unwrap_or_default();
    let (folder, kind) = match (named(dir).as_str(), name) {
        (_, "lib.rs") => (package(dir), TargetKind::Lib),
        ("bin", _) if named(&up(dir)) == "src" => (up(&up(dir)), TargetKind::Bin),
        ("tests", _) => (up(dir), TargetKind::Test),
        ("benches", _) => (up(dir), TargetKind::Bench),
        ("examples", _) => (up(dir), TargetKind::Example),
        (_, "main.rs") => (package(dir), TargetKind::Bin),
        (_, "build.rs") if !files.contains(&dir.join("lib.rs")) && !files.contains(&dir.join("main.rs")) => {
            (dir.to_owned(), TargetKind::BuildScript)
        }
        _ => {
            // A module has a root or a module file in its folder or around it.
            let is_module = dir.ancestors().any(|d| {
                let owner = ["lib.rs", "main.rs", "mod.rs"].iter().any(|n| files.contains(&d.join(n)));
                owner || (d != dir && d.file_name().is_some() && files.contains(&d.with_extension("rs")))
            }) || files.contains(&dir.with_extension("rs"));
            if is_module {
                return None;
            }
            (dir.to_owned(), TargetKind::Bin)
        }
    };
    Some((folder, kind))
}

fn package_name(root: &Path) -> String {
    root.file_name().map_or_else(|| "code".to_owned(), |n| n.to_string_lossy().into_owned())
}
