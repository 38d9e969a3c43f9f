//! The members of a workspace, remembered while nothing that decides about them has changed: no cargo process in the usual run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::raw;
use super::targets::inferred;
use super::workspace::{Workspace, expand};
use crate::cache::{Key, Store};

/// What is kept: the workspace, the folders whose entries decide which members there are, and the digest of all that was looked at.
type Kept = (Key, Vec<PathBuf>, Workspace);

/// The key of a start manifest.
fn key(manifest: &Path) -> Key {
    *blake3::Hasher::new().update(b"workspace").update(manifest.as_os_str().as_encoded_bytes()).finalize().as_bytes()
}

/// The workspace of an earlier run, if it is still the same.
pub(super) fn recall(store: &Store, manifest: &Path) -> Option<Workspace> {
    let (digest, folders, workspace): Kept = postcard::from_bytes(&store.get(&key(manifest))?).ok()?;
    (inputs(manifest, &workspace, &folders) == digest).then_some(workspace)
}

/// Keeps a workspace for the next run.
pub(super) fn keep(store: &Store, manifest: &Path, workspace: &Workspace) {
    let folders = deciding_folders(workspace);
    let digest = inputs(manifest, workspace, &folders);
    // A path that is not Unicode cannot be written: then nothing is remembered.
    if let Ok(bytes) = postcard::to_allocvec(&(digest, folders, workspace)) {
        store.put(&key(manifest), &bytes);
    }
}

/// The folders that member patterns go through.
fn deciding_folders(workspace: &Workspace) -> Vec<PathBuf> {
    let mut folders = BTreeSet::new();
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
        add(&fs::read(file).unwrap_or_default());
    }
    for above in manifest.ancestors().skip(2) {
        add(&[u8::from(above.join("Cargo.toml").is_file())]);
    }
    for folder in folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut entries: Vec<_> = entries.map(|e| e.file_name()).filter(|n| folder.join(n).join("Cargo.toml").is_file()).collect();
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
