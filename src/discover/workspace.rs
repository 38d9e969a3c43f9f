//! The members of a workspace, by cargo's rules, read without cargo: for machines that have none, and for what `cargo metadata` does not
//! tell (inheritance of path dependencies, patches).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use serde::{Deserialize, Serialize};

use super::manifest::{Described, Origin, Scope, describe, inherits, tidy};
use super::raw::{self, Raw, RawWorkspace};
use super::{Error, Notice};

/// A workspace and its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Workspace {
    /// Folder of the root manifest.
    pub(super) root: PathBuf,
    /// Folders and packages of the members, sorted by folder.
    pub(super) members: Vec<(PathBuf, Described)>,
}

/// The folder of the root manifest of the workspace that a manifest belongs to.
pub(super) fn find_root(manifest: &Path) -> Result<PathBuf, Error> {
    let dir = folder_of(manifest);
    let raw = raw::read(manifest)?;
    Ok(parent_of(&dir, &raw)?.map_or(dir, |(root, _)| root))
}

/// Reads a workspace from the manifest of its root or of one of its members. Other members whose manifests cannot be used are left out, with
/// a notice each.
pub(super) fn read(manifest: &Path) -> Result<(Workspace, Vec<Notice>), Error> {
    let dir = folder_of(manifest);
    let start = raw::read(manifest)?;
    let Some((root, raw)) = parent_of(&dir, &start)? else {
        let described = describe_at(&start, &dir, None, Scope::Member)?;
        return Ok((Workspace { root: dir.clone(), members: vec![(dir, described)] }, Vec::new()));
    };
    let table = raw.workspace.as_ref().expect("a parent has a workspace table");
    let excluded = table.exclude.iter().map(|e| tidy(&root.join(e))).collect();
    let mut reader = Reader { root: &root, start: &dir, table, excluded, members: BTreeMap::new(), notices: Vec::new() };
    if raw.package.is_some() {
        reader.add(&root)?;
    }
    for pattern in &table.members {
        let mut visited = BTreeSet::new();
        for folder in expand(&root, pattern, &mut visited) {
            // What a pattern finds and what is named are different: the latter must be there.
            if folder.join("Cargo.toml").is_file() || !has_wildcard(pattern) {
                reader.add(&folder)?;
            }
        }
    }
    let members: Vec<(PathBuf, Described)> = std::mem::take(&mut reader.members).into_iter().collect();
    if !members.iter().any(|(folder, _)| *folder == dir) && dir != root {
        // Below a workspace, but none of its members: on its own.
        let described = describe_at(&start, &dir, None, Scope::Member)?;
        return Ok((Workspace { root: dir.clone(), members: vec![(dir, described)] }, Vec::new()));
    }
    let notices = reader.notices;
    Ok((Workspace { root, members }, notices))
}

struct Reader<'a> {
    root: &'a Path,
    /// Folder of the manifest that was asked for.
    start: &'a Path,
    table: &'a RawWorkspace,
    excluded: Vec<PathBuf>,
    members: BTreeMap<PathBuf, Described>,
    notices: Vec<Notice>,
}

impl Reader<'_> {
    /// Adds a member, and the path dependencies of it that lie in the workspace's folder.
    fn add(&mut self, folder: &Path) -> Result<(), Error> {
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            if self.members.contains_key(&folder) || (self.is_excluded(&folder) && !self.is_named(&folder)) {
                continue;
            }
            let described = match self.describe(&folder) {
                Ok(Some(described)) => described,
                Ok(None) => continue,
                Err(error) if folder == self.root || folder == self.start => return Err(error),
                Err(error) => {
                    self.notices.push(error.notice("unreadable_manifest"));
                    continue;
                }
            };
            open.extend(described.deps.iter().filter_map(|d| match &d.origin {
                Origin::Path(path) if path.starts_with(self.root) && path.join("Cargo.toml").is_file() => Some(path.clone()),
                _ => None,
            }));
            self.members.insert(folder, described);
        }
        Ok(())
    }

    /// The package in a folder; `None`: a workspace of its own inside of this one.
    fn describe(&self, folder: &Path) -> Result<Option<Described>, Error> {
        let raw = raw::read(&folder.join("Cargo.toml"))?;
        if raw.workspace.is_some() && folder != self.root {
            return Ok(None);
        }
        describe_at(&raw, folder, Some((self.table, self.root)), Scope::Member).map(Some)
    }

    fn is_excluded(&self, folder: &Path) -> bool {
        self.excluded.iter().any(|e| folder.starts_with(e))
    }

    fn is_named(&self, folder: &Path) -> bool {
        self.table.members.iter().any(|m| !has_wildcard(m) && tidy(&self.root.join(m)) == folder)
    }
}

/// Describes a package and puts the file's name to the error.
pub(super) fn describe_at(raw: &Raw, dir: &Path, parent: Option<(&RawWorkspace, &Path)>, scope: Scope) -> Result<Described, Error> {
    describe(raw, dir, parent, scope).map_err(|reason| Error::Manifest { path: dir.join("Cargo.toml"), at: None, reason })
}

/// Describes the package in a folder outside of the workspace at hand, with what it inherits.
pub(super) fn describe_alone(dir: &Path, scope: Scope) -> Result<Described, Error> {
    let raw = raw::read(&dir.join("Cargo.toml"))?;
    let parent = if inherits(&raw) { parent_of(dir, &raw)? } else { None };
    let parent = parent.as_ref().and_then(|(root, raw)| Some((raw.workspace.as_ref()?, root.as_path())));
    describe_at(&raw, dir, parent, scope)
}

/// The workspace root of a package: itself, the one it names, or the nearest one above that does not exclude it.
fn parent_of(dir: &Path, raw: &Raw) -> Result<Option<(PathBuf, Raw)>, Error> {
    if raw.workspace.is_some() {
        return Ok(Some((dir.to_owned(), raw.clone())));
    }
    if let Some(named) = raw.package.as_ref().and_then(|p| p.workspace.as_deref()) {
        let root = tidy(&dir.join(named));
        let raw = raw::read(&root.join("Cargo.toml"))?;
        return Ok(raw.workspace.is_some().then_some((root, raw)));
    }
    for root in dir.ancestors().skip(1) {
        let manifest = root.join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let raw = raw::read(&manifest)?;
        if let Some(table) = &raw.workspace {
            let excluded = table.exclude.iter().any(|e| dir.starts_with(tidy(&root.join(e))));
            let named = table.members.iter().any(|m| tidy(&root.join(m)) == dir);
            return Ok((!excluded || named).then(|| (root.to_owned(), raw)));
        }
    }
    Ok(None)
}

fn folder_of(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("/")).to_owned()
}

fn has_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// The folders a member pattern stands for, sorted; `visited` gets the folders whose entries decided about it.
pub(super) fn expand(root: &Path, pattern: &str, visited: &mut BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    for part in pattern.split('/').filter(|p| !p.is_empty()) {
        folders = if part == "**" {
            folders.iter().flat_map(|f| all_below(f, visited)).collect()
        } else if has_wildcard(part) {
            let Ok(glob) = GlobBuilder::new(part).literal_separator(true).build() else { return Vec::new() };
            let glob = glob.compile_matcher();
            folders.iter().flat_map(|f| subfolders(f, visited)).filter(|f| f.file_name().is_some_and(|n| glob.is_match(n))).collect()
        } else {
            folders.into_iter().map(|f| tidy(&f.join(part))).collect()
        };
    }
    folders.sort();
    folders.dedup();
    folders
}

fn subfolders(folder: &Path, visited: &mut BTreeSet<PathBuf>) -> Vec<PathBuf> {
    visited.insert(folder.to_owned());
    super::entries(folder).map(|e| e.path()).filter(|p| p.is_dir()).collect()
}

/// A folder and all below, without following links below the first level: no circles.
fn all_below(folder: &Path, visited: &mut BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let mut at = 0;
    while at < all.len() {
        let here = all[at].clone();
        all.extend(subfolders(&here, visited).into_iter().filter(|f| !f.is_symlink() && f.file_name().is_some_and(|n| n != "target")));
        at += 1;
    }
    all
}
