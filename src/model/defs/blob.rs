//! Facts of a dependency's files, kept between runs as one value per crate.
//!
//! The list of files and their digests is remembered with stat data, so a warm start reads no source file. The facts are keyed by the
//! digests: another content, another key. What fails to decode is parsed again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cache::{Digests, Key, Store};
use crate::facts::FileFacts;

/// Name of the list of files of a crate, by its root file.
fn list_key(root: &Path) -> Key {
    key("files of a crate", &[root.as_os_str().as_encoded_bytes()])
}

fn key(kind: &str, parts: &[&[u8]]) -> Key {
    let mut hash = blake3::Hasher::new_derive_key(&format!("cargo-prr {kind} {}", crate::facts::SCHEMA));
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    *hash.finalize().as_bytes()
}

/// Key of the facts of these files with these bytes.
fn facts_key(files: &[(PathBuf, Key)]) -> Key {
    let parts: Vec<&[u8]> = files.iter().flat_map(|(p, k)| [p.as_os_str().as_encoded_bytes(), &k[..]]).collect();
    key("facts of a crate", &parts)
}

fn digests(store: &Store, root: &Path) -> Digests {
    Digests::open(store.clone(), key("digests of a crate", &[root.as_os_str().as_encoded_bytes()]))
}

/// The facts of a crate, if its files are as they were.
pub(super) fn read(store: &Store, root: &Path) -> Option<Vec<(PathBuf, Arc<FileFacts>)>> {
    let list: Vec<PathBuf> = postcard::from_bytes(&store.get(&list_key(root))?).ok()?;
    let digests = digests(store, root);
    let files: Vec<(PathBuf, Key)> = list.into_iter().map(|p| digests.digest(&p).map(|d| (p, d))).collect::<Result<_, _>>().ok()?;
    let bytes = lz4_flex::decompress_size_prepended(&store.get(&facts_key(&files))?).ok()?;
    let facts: Vec<FileFacts> = postcard::from_bytes(&bytes).ok()?;
    if facts.len() != files.len() {
        return None;
    }
    Some(files.into_iter().zip(facts).map(|((path, _), f)| (path, Arc::new(f))).collect())
}

/// Keeps the facts of a crate.
pub(super) fn write(store: &Store, root: &Path, loaded: &[(PathBuf, Arc<FileFacts>)]) {
    let digests = digests(store, root);
    let digest = |p: &PathBuf| digests.digest(p).ok().map(|d| (p.clone(), d));
    let Some(files) = loaded.iter().map(|(p, _)| digest(p)).collect::<Option<Vec<_>>>() else { return };
    digests.save();
    let list: Vec<&PathBuf> = loaded.iter().map(|l| &l.0).collect();
    let facts: Vec<&FileFacts> = loaded.iter().map(|l| &*l.1).collect();
    if let (Ok(list), Ok(facts)) = (postcard::to_allocvec(&list), postcard::to_allocvec(&facts)) {
        store.put(&facts_key(&files), &lz4_flex::compress_prepend_size(&facts));
        store.put(&list_key(root), &list);
    }
}
