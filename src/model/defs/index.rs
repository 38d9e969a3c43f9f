//! The index of dependencies, kept between runs for all workspaces of a user.
//!
//! Three values for each crate: the list of its files with stat data and digests, so that a warm start reads no source file; the facts of
//! the files, keyed by their digests; the crate as it is after its link, keyed by the facts and by the keys of the crates it depends on. What is
//! missing or fails to decode is made again, and kept when the run ends. A crate whose files nobody ever asked for stands in the keys of others
//! with its name and place alone: their link did not look inside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::data::{CrateData, Packed};
use super::files::Loader;
use super::snapshot::{Packer, Reader, Snapshot};
use super::{CrateInfo, Defs, Expansions};
use crate::cache::{Key, Stat, Store};
use crate::facts::FileFacts;
use crate::model::ids::CrateId;

/// A file of a crate: path, stat data, digest of its bytes.
type Listed = (PathBuf, Stat, Key);

/// What is kept of the crates of this run.
pub(super) struct Index {
    store: Store,
    /// Digest of what procedural macros make.
    made: Key,
    /// Key of the facts of each crate, where its files are known. The lists of files are large, and seldom asked for again.
    facts: Vec<Option<Key>>,
    /// Key of each crate's link.
    keys: Vec<Key>,
    by_key: FxHashMap<Key, CrateId>,
    /// Crates that were linked in this run, with their files where those were parsed.
    fresh: Mutex<Vec<(CrateId, Parsed)>>,
}

/// Files as they were parsed: `None` when their facts came from the index.
type Parsed = Option<Vec<(PathBuf, Arc<FileFacts>)>>;

/// A kept link: the crates it refers to by key, and the snapshot. Facts follow it.
#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    crates: Vec<Key>,
    #[serde(borrow)]
    snapshot: Snapshot<'a>,
}

impl Index {
    /// Looks which dependencies are as they were.
    pub(super) fn open(store: Store, crates: &[CrateInfo], expansions: &Expansions) -> Index {
        let facts_of = |c: &CrateInfo| Some(facts_key(&listed(&store, c.root.as_deref().filter(|_| is_indexed(c))?)?));
        let facts: Vec<_> = crates.par_iter().map(facts_of).collect();
        let made = expansions.digest();
        let keys = link_keys(crates, &facts, &made);
        let by_key = keys.iter().zip(crates).map(|(key, c)| (*key, c.id)).collect();
        Index { store, made, facts, keys, by_key, fresh: Mutex::default() }
    }

    /// Whether the files of a crate are known.
    pub(super) fn is_known(&self, id: CrateId) -> bool {
        self.facts[id.0 as usize].is_some()
    }

    /// Facts of all files of a crate, if these are still as they were when the index was opened.
    pub(super) fn facts(&self, info: &CrateInfo) -> Option<Vec<(PathBuf, Arc<FileFacts>)>> {
        let key = self.facts[info.id.0 as usize]?;
        let files = listed(&self.store, info.root.as_deref()?).filter(|files| facts_key(files) == key)?;
        let bytes = lz4_flex::decompress_size_prepended(&self.store.get(&key)?).ok()?;
        let facts: Vec<FileFacts> = postcard::from_bytes(&bytes).ok()?;
        (facts.len() == files.len()).then(|| files.into_iter().zip(facts).map(|((path, _), f)| (path, Arc::new(f))).collect())
    }

    /// A crate as it is after its link.
    pub(super) fn linked(&self, info: &CrateInfo) -> Option<CrateData> {
        self.facts[info.id.0 as usize]?;
        let bytes = Arc::new(self.store.get(&self.keys[info.id.0 as usize])?);
        let (length, rest) = bytes.split_at_checked(4)?;
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let head = lz4_flex::decompress_size_prepended(rest.get(..length)?).ok()?;
        let kept: Kept<'_> = postcard::from_bytes(&head).ok()?;
        let crates: Option<Vec<CrateId>> = kept.crates.iter().map(|key| self.by_key.get(key).copied()).collect();
        let packed = Packed::kept(bytes.clone(), 4 + length);
        Some(Reader::new(&crates?, info.id, folder(info.root.as_deref()?), packed).read(kept.snapshot))
    }

    /// Notes that a crate was linked in this run.
    pub(super) fn linked_now(&self, id: CrateId, loader: &Loader, parsed: bool) {
        self.fresh.lock().expect("no panic while the lock is held").push((id, parsed.then(|| loader.loaded())));
    }

    /// Keeps what this run made. What cannot be written is made again next time.
    pub(super) fn keep(&self, defs: &Defs) {
        let fresh = std::mem::take(&mut *self.fresh.lock().expect("no panic while the lock is held"));
        if fresh.is_empty() {
            return;
        }
        let parsed = fresh.par_iter().filter_map(|(id, parsed)| Some((*id, self.keep_facts(defs.krate(*id), parsed.as_ref()?)?)));
        let parsed: Vec<(CrateId, Key)> = parsed.collect();
        let mut facts = self.facts.clone();
        parsed.into_iter().for_each(|(id, key)| facts[id.0 as usize] = Some(key));
        let keys = link_keys(&defs.crates, &facts, &self.made);
        fresh.par_iter().filter(|(id, _)| facts[id.0 as usize].is_some()).for_each(|(id, _)| {
            let _ = self.keep_link(defs, *id, &keys);
        });
    }

    /// Keeps the facts of a crate's files and the list of them; gives the key of the facts. `None` when a file may still be changing.
    fn keep_facts(&self, info: &CrateInfo, parsed: &[(PathBuf, Arc<FileFacts>)]) -> Option<Key> {
        let listed: Vec<Listed> = parsed.iter().map(|(path, _)| settled(path)).collect::<Option<_>>()?;
        let facts: Vec<&FileFacts> = parsed.iter().map(|(_, facts)| &**facts).collect();
        let files: Vec<(PathBuf, Key)> = listed.iter().map(|(path, _, digest)| (path.clone(), *digest)).collect();
        let (list, facts) = (postcard::to_allocvec(&listed).ok()?, postcard::to_allocvec(&facts).ok()?);
        let key = facts_key(&files);
        self.store.put(&key, &lz4_flex::compress_prepend_size(&facts));
        self.store.put(&list_key(info.root.as_deref()?), &list);
        Some(key)
    }

    fn keep_link(&self, defs: &Defs, id: CrateId, keys: &[Key]) -> Option<()> {
        let info = defs.krate(id);
        let mut blocks = Vec::new();
        let made = Packer::new(defs.data(id), folder(info.root.as_deref()?), Vec::new(), slim).pack(&mut blocks)?;
        let kept = Kept { crates: made.crates.iter().map(|c| keys[c.0 as usize]).collect(), snapshot: made.snapshot };
        let head = lz4_flex::compress_prepend_size(&postcard::to_allocvec(&kept).ok()?);
        let mut bytes = Vec::with_capacity(4 + head.len() + blocks.len());
        bytes.extend((head.len() as u32).to_le_bytes());
        bytes.extend(head);
        bytes.extend(blocks);
        self.store.put(&keys[id.0 as usize], &bytes);
        Some(())
    }
}

/// Members change between runs, and the std family is shipped.
fn is_indexed(info: &CrateInfo) -> bool {
    !info.member && info.pkg.is_some()
}

/// Folder that the paths of a kept crate count from.
fn folder(root: &Path) -> &Path {
    root.parent().unwrap_or(Path::new(""))
}

fn key(kind: &str, parts: &[&[u8]]) -> Key {
    let mut hash = blake3::Hasher::new_derive_key(&format!("cargo-prr {kind} {}", crate::facts::SCHEMA));
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    *hash.finalize().as_bytes()
}

fn list_key(root: &Path) -> Key {
    key("files of a crate", &[root.as_os_str().as_encoded_bytes()])
}

fn facts_key(files: &[(PathBuf, Key)]) -> Key {
    let parts: Vec<&[u8]> = files.iter().flat_map(|(p, k)| [p.as_os_str().as_encoded_bytes(), &k[..]]).collect();
    key("facts of a crate", &parts)
}

/// The files of a crate as they are now, if it was indexed before; a file that changed is hashed again.
fn listed(store: &Store, root: &Path) -> Option<Vec<(PathBuf, Key)>> {
    let list: Vec<Listed> = postcard::from_bytes(&store.get(&list_key(root))?).ok()?;
    let now = |(path, stat, digest): Listed| match Stat::of(&path) {
        Ok(now) if now == stat => Some((path, digest)),
        _ => settled(&path).map(|(path, _, digest)| (path, digest)),
    };
    list.into_iter().map(now).collect()
}

/// A file's stat data and digest, if the data will show the next change.
fn settled(path: &Path) -> Option<Listed> {
    let before = Stat::of(path).ok().filter(Stat::is_settled)?;
    #[expect(clippy::disallowed_methods, reason = "the digest of a file that may have changed since its stat")]
    let digest = *blake3::hash(&std::fs::read(path).ok()?).as_bytes();
    (Stat::of(path).ok()? == before).then(|| (path.to_owned(), before, digest))
}

/// Key of each crate's link: what it is, its files, and the keys of the crates it can name, which come first.
fn link_keys(crates: &[CrateInfo], facts: &[Option<Key>], made: &Key) -> Vec<Key> {
    let mut keys: Vec<Option<Key>> = vec![None; crates.len()];
    for start in 0..crates.len() {
        let mut stack = vec![(start, false)];
        while let Some((at, ready)) = stack.pop() {
            if keys[at].is_some() {
                continue;
            }
            let info = &crates[at];
            let looks_inside = is_indexed(info) && facts[at].is_some();
            let below = info.externs.iter().filter(|_| looks_inside).map(|e| e.1.0 as usize);
            if !ready {
                stack.push((at, true));
                stack.extend(below.filter(|&i| keys[i].is_none()).map(|i| (i, false)));
                continue;
            }
            let below: Vec<(&str, Key)> =
                info.externs.iter().filter(|_| looks_inside).map(|e| (e.0.as_str(), keys[e.1.0 as usize].unwrap_or_default())).collect();
            keys[at] = Some(link_key(info, facts[at], &below, made));
        }
    }
    keys.into_iter().map(Option::unwrap_or_default).collect()
}

fn link_key(info: &CrateInfo, facts: Option<Key>, below: &[(&str, Key)], made: &Key) -> Key {
    let version = info.version.as_ref().map(ToString::to_string).unwrap_or_default();
    let root = info.root.as_deref().unwrap_or(Path::new("")).as_os_str().as_encoded_bytes();
    let what = format!("{} {version} {} {:?} {}", info.name, info.edition, info.kind, info.target);
    let facts = facts.unwrap_or_default();
    let mut parts: Vec<&[u8]> = vec![what.as_bytes(), root, &facts, made];
    parts.extend(below.iter().flat_map(|(name, key)| [name.as_bytes(), &key[..]]));
    key("link of a crate", &parts)
}

/// Facts of a dependency without what only its own link needs.
fn slim(facts: &Arc<FileFacts>) -> FileFacts {
    let mut f = FileFacts::clone(facts);
    f.lines = Vec::new();
    f.notices = Vec::new();
    f.directives = Vec::new();
    f.test_cut = Default::default();
    super::std_table::drop_used_up(&mut f);
    f
}
