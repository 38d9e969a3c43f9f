//! Memo tables of the type room: one value per question, made at first asking, the same whoever asks.

use std::hash::{BuildHasher, Hash};
use std::sync::{OnceLock, RwLock};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::model::ids::DefId;

/// Definitions in a page: few enough that a crate of which little is asked costs little.
const PAGE: usize = 64;

type Page<T> = Box<[OnceLock<&'static T>]>;

/// The pages of one crate.
type Pages<T> = Box<[OnceLock<Page<T>>]>;

/// Definition to value. Reading takes no lock; values live as long as the process.
pub struct DefMap<T: 'static> {
    crates: Box<[OnceLock<Pages<T>>]>,
}

impl<T> DefMap<T> {
    /// A table for so many crates.
    pub fn new(crates: usize) -> DefMap<T> {
        DefMap { crates: (0..crates).map(|_| OnceLock::new()).collect() }
    }
    /// The value, made by `make` when missing; `len` gives the number of definitions of the crate. Of two values made at once the first stored
    /// stays, and both are equal.
    pub fn get(&self, def: DefId, len: impl FnOnce() -> u32, make: impl FnOnce() -> T) -> &'static T {
        let pages = self.crates[def.krate.0 as usize].get_or_init(|| (0..=len() as usize / PAGE).map(|_| OnceLock::new()).collect());
        let page = pages[def.idx as usize / PAGE].get_or_init(|| (0..PAGE).map(|_| OnceLock::new()).collect());
        let slot = &page[def.idx as usize % PAGE];
        if let Some(value) = slot.get() {
            return value;
        }
        // Made outside the lock: making may ask for the same value again where definitions are cyclic.
        let made = make();
        slot.get_or_init(|| Box::leak(Box::new(made)))
    }
}

const SHARDS: usize = 64;

/// Any key to value, sharded so that threads seldom meet.
pub struct Memo<K, V> {
    shards: [RwLock<FxHashMap<K, V>>; SHARDS],
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Memo { shards: std::array::from_fn(|_| RwLock::default()) }
    }
}

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    fn shard(&self, key: &K) -> &RwLock<FxHashMap<K, V>> {
        &self.shards[(FxBuildHasher.hash_one(key) >> 32) as usize % SHARDS]
    }
    /// The value kept for a key.
    pub fn get(&self, key: &K) -> Option<V> {
        self.shard(key).read().expect("no panic while the lock is held").get(key).cloned()
    }
    /// Keeps a value; of two kept at once the first stays, and both are equal.
    pub fn put(&self, key: K, value: V) {
        self.shard(&key).write().expect("no panic while the lock is held").entry(key).or_insert(value);
    }
}
