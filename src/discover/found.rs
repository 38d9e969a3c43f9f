//! What is known of the locked packages: where their sources lie and what their manifests say. Read in parallel, and remembered by the stat
//! data of each manifest: for a workspace all at once, and each on its own in the index of dependencies, for all workspaces of the user.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use semver::Version;

use super::Notice;
use super::lock::{Lock, Locked};
use super::manifest::{Described, Scope};
use super::sources::Sources;
use super::workspace::describe_alone;
use crate::cache::{Key, Stat, Store};

/// A locked package on this machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Folder of its manifest.
    pub(super) root: Option<PathBuf>,
    /// What the manifest says; `None` if there is none or it cannot be understood.
    pub(super) described: Option<Described>,
}

/// Where manifests are remembered.
pub(super) struct Stores {
    /// What is of one workspace.
    pub(super) workspaces: Store,
    /// What is of a dependency, whoever depends on it.
    pub(super) dependencies: Store,
}

impl Stores {
    /// In the user's cache.
    pub(super) fn open() -> Stores {
        Stores { workspaces: Store::open("discover"), dependencies: Store::open(crate::cache::DEPENDENCIES) }
    }
    /// Nothing is remembered.
    pub(super) fn disabled() -> Stores {
        Stores { workspaces: Store::disabled(), dependencies: Store::disabled() }
    }
}

/// Manifests of earlier runs, one value for each workspace.
#[derive(Default)]
struct Memory {
    manifests: FxHashMap<PathBuf, (Stat, Described)>,
    /// Folders of git packages by name, version and source: finding them means reading all manifests of a checkout.
    git: FxHashMap<(String, Version, String), PathBuf>,
}

/// A package, the stat data of its manifest with whether it was read now, and what went wrong.
type Outcome = (Found, Option<(Stat, bool)>, Option<Notice>);

/// Finds the packages of a lock file: one entry for each, in order. Members and path dependencies stay empty.
pub(super) fn find(lock: &Lock, root: &Path, sources: &Sources<'_>, stores: &Stores) -> (Vec<Found>, Vec<Notice>) {
    let store = &stores.workspaces;
    let key = *blake3::Hasher::new().update(b"manifests").update(root.as_os_str().as_encoded_bytes()).finalize().as_bytes();
    let memory = Memory::load(store, &key);
    let each: Vec<Outcome> = lock.packages.par_iter().map(|locked| find_one(locked, sources, &memory, &stores.dependencies)).collect();
    if each.iter().any(|(_, stat, _)| stat.is_some_and(|(_, fresh)| fresh)) {
        Memory::save(store, &key, lock, &each);
    }
    let mut notices = Vec::new();
    let found = each
        .into_iter()
        .map(|(found, _, notice)| {
            notices.extend(notice);
            found
        })
        .collect();
    (found, notices)
}

fn find_one(locked: &Locked, sources: &Sources<'_>, memory: &Memory, index: &Store) -> Outcome {
    let nothing = || (Found::default(), None, None);
    let Some(source) = &locked.source else { return nothing() };
    let located = memory.git(locked, source).or_else(|| sources.locate(&locked.name, &locked.version, source));
    let Some(root) = located else { return nothing() };
    let manifest = root.join("Cargo.toml");
    let Ok(stat) = Stat::of(&manifest) else { return nothing() };
    if let Some((known, described)) = memory.manifests.get(&root)
        && *known == stat
    {
        return (Found { root: Some(root), described: Some(described.clone()) }, Some((stat, false)), None);
    }
    if let Some(described) = indexed(index, &root, &stat) {
        return (Found { root: Some(root), described: Some(described) }, Some((stat, true)), None);
    }
    match describe_alone(&root, Scope::Dependency) {
        Ok(described) => {
            keep_indexed(index, &root, &stat, &described);
            (Found { root: Some(root), described: Some(described) }, Some((stat, true)), None)
        }
        Err(error) => {
            let notice = error.notice("unreadable_dependency_manifest");
            (Found { root: Some(root), described: None }, None, Some(notice))
        }
    }
}

/// What the index of dependencies holds for a manifest that has not changed since.
fn indexed(index: &Store, root: &Path, stat: &Stat) -> Option<Described> {
    let (known, described) = postcard::from_bytes::<(Stat, Described)>(&index.get(&manifest_key(root)?)?).ok()?;
    (known == *stat).then_some(described)
}

fn keep_indexed(index: &Store, root: &Path, stat: &Stat, described: &Described) {
    // What cannot be written is read again next time.
    if let (true, Some(key), Ok(bytes)) = (stat.is_settled(), manifest_key(root), postcard::to_allocvec(&(stat, described))) {
        index.put(&key, &bytes);
    }
}

/// `None`: a path that is not Unicode cannot be written, and nothing is kept.
fn manifest_key(root: &Path) -> Option<Key> {
    Some(*blake3::Hasher::new().update(b"manifest of a package").update(root.to_str()?.as_bytes()).finalize().as_bytes())
}

type Entry = (PathBuf, Stat, Described);
type GitEntry = (String, Version, String, PathBuf);

impl Memory {
    fn load(store: &Store, key: &Key) -> Memory {
        let Some((manifests, git)) = store.get(key).and_then(|bytes| postcard::from_bytes::<(Vec<Entry>, Vec<GitEntry>)>(&bytes).ok())
        else {
            return Memory::default();
        };
        Memory {
            manifests: manifests.into_iter().map(|(root, stat, described)| (root, (stat, described))).collect(),
            git: git.into_iter().map(|(name, version, source, root)| ((name, version, source), root)).collect(),
        }
    }

    fn git(&self, locked: &Locked, source: &str) -> Option<PathBuf> {
        if self.git.is_empty() || !source.starts_with("git+") {
            return None;
        }
        let key = (locked.name.clone(), locked.version.clone(), source.to_owned());
        self.git.get(&key).filter(|root| root.join("Cargo.toml").is_file()).cloned()
    }

    fn save(store: &Store, key: &Key, lock: &Lock, each: &[Outcome]) {
        let mut manifests = Vec::new();
        let mut git = Vec::new();
        for (locked, (found, stat, _)) in lock.packages.iter().zip(each) {
            let (Some(root), Some(described), Some((stat, _)), Some(source)) = (&found.root, &found.described, stat, &locked.source) else {
                continue;
            };
            if stat.is_settled() {
                manifests.push((root, stat, described));
                if source.starts_with("git+") {
                    git.push((&locked.name, &locked.version, source, root));
                }
            }
        }
        // A path that is not Unicode cannot be written: then nothing is remembered.
        if let Ok(bytes) = postcard::to_allocvec(&(manifests, git)) {
            store.put(key, &bytes);
        }
    }
}
