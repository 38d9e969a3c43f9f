//! The symbol table of a file while it grows.

use super::Sym;
use std::hash::Hasher;

/// Strings to symbols; open addressing over indexes, so that each string is stored once.
#[derive(Default)]
pub(super) struct Interner {
    strings: Vec<Box<str>>,
    /// Index plus one into `strings`; zero is free. A power of two long, at most half full.
    slots: Vec<u32>,
}

fn hash(text: &str) -> usize {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish() as usize
}

impl Interner {
    /// The symbol of a string.
    pub(super) fn intern(&mut self, text: &str) -> Sym {
        if self.strings.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = hash(text) & mask;
        loop {
            match self.slots[at] {
                0 => break,
                slot if &*self.strings[slot as usize - 1] == text => return Sym(slot - 1),
                _ => at = (at + 1) & mask,
            }
        }
        self.strings.push(text.into());
        self.slots[at] = self.strings.len() as u32;
        Sym(self.strings.len() as u32 - 1)
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(64);
        self.slots = vec![0; len];
        for (i, text) in self.strings.iter().enumerate() {
            let mut at = hash(text) & (len - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (len - 1);
            }
            self.slots[at] = i as u32 + 1;
        }
    }

    /// Text of a symbol.
    pub(super) fn text(&self, sym: Sym) -> &str {
        &self.strings[sym.idx()]
    }

    /// The table as it is stored.
    pub(super) fn into_strings(self) -> Vec<Box<str>> {
        self.strings
    }
}
