//! What was found in earlier runs, remembered while nothing that decides about it has changed: the members of a workspace (so that the usual
//! run starts no cargo process), and the whole project (so that it reads no manifest of a dependency).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::raw;
use super::sources::Sources;
use super::targets::inferred;
use super::workspace::{Workspace, expand};
use super::{Notice, Package, Source};
use crate::cache::{Key, Stat, Store};

/// What is kept: the workspace, the folders whose entries decide which members there are, and the digest of all that was looked at.
type Kept = (Key, Vec<PathBuf>, Workspace);

/// The key of a start manifest.
fn key(manifest: &Path) -> Key {
    *blake3::Hasher::new().update(b"workspace").update(manifest.as_os_str().as_encoded_bytes()).finalize().as_bytes()
}

/// The workspace of an earlier run with the digest of what decides about it, if it is still the same.
pub(super) fn recall(store: &Store, manifest: &Path) -> Option<(Workspace, Key)> {
    let (digest, folders, workspace): Kept = postcard::from_bytes(&store.get(&key(manifest))?).ok()?;
    (inputs(manifest, &workspace, &folders) == digest).then_some((workspace, digest))
}

/// Keeps a workspace for the next run; the digest of what decides about it.
pub(super) fn keep(store: &Store, manifest: &Path, workspace: &Workspace) -> Key {
    let folders = deciding_folders(workspace);
    let digest = inputs(manifest, workspace, &folders);
    // A path that is not Unicode cannot be written: then nothing is remembered.
    if let Ok(bytes) = postcard::to_allocvec(&(digest, folders, workspace)) {
        store.put(&key(manifest), &bytes);
    }
    digest
}

/// The folders that member patterns go through.
fn deciding_folders(workspace: &Workspace) -> Vec<PathBuf> {
    let mut folders = BTreeSet::new();
    // prr: allow(unhandled_errors, reason = "the workspace was read from this manifest a moment ago")
    if let Ok(raw) = raw::read(&workspace.root.join("Cargo.toml")) {
        for pattern in raw.workspace.iter().flat_map(|w| &w.members) {
            expand(&workspace.root, pattern, &mut folders);
        }
    }
    folders.into_iter().collect()
}

/// The digest of all that decides what a workspace consists of: manifests, the files that targets are inferred from, the entries of folders
/// that patterns go through, and manifests above that could take the place of the root.
fn inputs(manifest: &Path, workspace: &Workspace, folders: &[PathBuf]) -> Key {
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    };
    let manifests = workspace.members.iter().map(|(folder, _)| folder.join("Cargo.toml"));
    for file in manifests.chain([workspace.root.join("Cargo.toml"), manifest.to_owned()]) {
        add(&crate::files::read(&file).unwrap_or_default());
    }
    for above in manifest.ancestors().skip(2) {
        add(&[u8::from(above.join("Cargo.toml").is_file())]);
    }
    for folder in folders {
        let mut entries: Vec<_> =
            super::entries(folder).map(|e| e.file_name()).filter(|n| folder.join(n).join("Cargo.toml").is_file()).collect();
        entries.sort();
        entries.iter().for_each(|e| add(e.as_encoded_bytes()));
    }
    for (folder, described) in &workspace.members {
        for file in ["build.rs", "src/lib.rs", "src/main.rs"] {
            add(&[u8::from(folder.join(file).is_file())]);
        }
        for inferring in ["src/bin", "tests", "benches", "examples"] {
            for (name, file) in inferred(&folder.join(inferring)) {
                add(name.as_bytes());
                add(file.as_os_str().as_encoded_bytes());
            }
        }
        // Path dependencies may be members because they lie in the workspace.
        for dep in &described.deps {
            if let super::manifest::Origin::Path(path) = &dep.origin {
                add(&[u8::from(path.join("Cargo.toml").is_file())]);
            }
        }
    }
    *hasher.finalize().as_bytes()
}

// -------------------------------------------------------------------------------------------------------------------- whole projects

/// A linked project: its packages and notices hold as long as the manifests of the dependencies keep their stat data, and the missing ones
/// are still missing. The members, the lock file and the configuration are in its key.
#[derive(serde::Serialize, serde::Deserialize)]
struct Whole {
    manifests: Vec<(PathBuf, Stat)>,
    packages: Vec<Package>,
    /// Notices with the index of their id; none of them has a place in its file.
    notices: Vec<(usize, Option<PathBuf>, String, bool)>,
}

/// The ids of notices that are remembered; a project with others is not.
const IDS: &[&str] = &["stale_lock_file", "missing_sources"];

/// The project of an earlier run under a key, if it is still the same.
pub(super) fn recall_whole(store: &Store, key: &Key, sources: Option<&Sources<'_>>) -> Option<(Vec<Package>, Vec<Notice>)> {
    let whole: Whole = postcard::from_bytes(&store.get(key)?).ok()?;
    if let Some(sources) = sources {
        let same = whole.manifests.par_iter().all(|(path, stat)| Stat::of(path).is_ok_and(|now| now == *stat));
        let appeared = |p: &Package| p.root.is_none() && sources.locate(&p.name, &p.version, &p.source_text).is_some();
        if !same || whole.packages.iter().any(appeared) {
            return None;
        }
    }
    let notice = |(id, path, text, loss): (usize, _, _, _)| Some(Notice { id: IDS.get(id)?, path, at: None, text, loss });
    Some((whole.packages, whole.notices.into_iter().map(notice).collect::<Option<_>>()?))
}

/// Keeps a linked project for the next run. Not one with path dependencies: they change like members, but are not in the key.
pub(super) fn keep_whole(store: &Store, key: &Key, packages: &[Package], notices: &[Notice]) {
    let number = |n: &Notice| Some((IDS.iter().position(|id| *id == n.id)?, n.path.clone(), n.text.clone(), n.loss));
    let Some(notices) = notices.iter().map(number).collect::<Option<Vec<_>>>() else { return };
    if packages.iter().any(|p| p.source == Source::Path) {
        return;
    }
    let others = packages.iter().filter(|p| !p.is_member()).filter_map(|p| p.root.as_ref());
    let manifest = |root: &PathBuf| {
        let path = root.join("Cargo.toml");
        let stat = Stat::of(&path).ok().filter(Stat::is_settled)?;
        Some((path, stat))
    };
    let Some(manifests) = others.map(manifest).collect::<Option<Vec<_>>>() else { return };
    // A path that is not Unicode cannot be written: then nothing is remembered.
    if let Ok(bytes) = postcard::to_allocvec(&Whole { manifests, packages: packages.to_vec(), notices }) {
        store.put(key, &bytes);
    }
}
