//! Memo tables of the type room: one value per definition, made at first asking, the same whoever asks.

use std::hash::BuildHasher;
use std::sync::RwLock;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::model::ids::DefId;

const SHARDS: usize = 32;

/// Definition to value. Values live as long as the process, so that readers hold no lock.
pub struct DefMap<T: 'static> {
    shards: [RwLock<FxHashMap<DefId, &'static T>>; SHARDS],
}

impl<T> Default for DefMap<T> {
    fn default() -> Self {
        DefMap { shards: std::array::from_fn(|_| RwLock::default()) }
    }
}

impl<T> DefMap<T> {
    /// The value, made by `make` when missing. `make` runs outside the lock; of two made at once the first stored wins, and both are equal.
    pub fn get(&self, def: DefId, make: impl FnOnce() -> T) -> &'static T {
        let shard = &self.shards[(FxBuildHasher.hash_one(def) >> 32) as usize % SHARDS];
        if let Some(v) = shard.read().expect("no panic while the lock is held").get(&def) {
            return v;
        }
        let made = make();
        let mut map = shard.write().expect("no panic while the lock is held");
        map.entry(def).or_insert_with(|| Box::leak(Box::new(made)))
    }
}
