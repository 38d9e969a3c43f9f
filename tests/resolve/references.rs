//! References to what is known and to what is not known yet: impls for references forward, and are no evidence.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

pub struct Lines {
    rows: Vec<Vec<String>>,
}

impl Lines {
    pub fn ends_empty(&self) -> bool {
        self.rows.last().is_some_and(|row| row.is_empty()) //= last: core::slice::last, is_some_and: core::option::Option::is_some_and, is_empty: alloc::vec::Vec::is_empty
    }
    pub fn first_words(&mut self) -> impl Iterator<Item = &mut String> {
        self.rows.iter_mut().filter_map(|row| row.first_mut()) //= iter_mut: core::slice::iter_mut, filter_map: core::iter::traits::iterator::Iterator::filter_map, first_mut: core::slice::first_mut
    }
}

pub fn a_closure_whose_argument_is_told_after_its_body_began() -> usize {
    let mut seen = HashMap::new();
    let mut count = |key: &str| {
        *seen.entry(key.to_owned()).or_insert(0usize) += 1; //= entry: std::collections::hash::map::HashMap::entry, or_insert: std::collections::hash::map::Entry::or_insert
        seen.len() //= len: std::collections::hash::map::HashMap::len
    };
    count("a").max(count("b")) //= max: core::cmp::Ord::max
}

pub fn by_ref(mut words: std::str::Split<'_, char>) -> Option<usize> {
    let first = words.by_ref().take(2).map(str::len).sum::<usize>(); //= by_ref: core::iter::traits::iterator::Iterator::by_ref, take: core::iter::traits::iterator::Iterator::take, sum: core::iter::traits::iterator::Iterator::sum
    words.next().map(|word| word.len() + first) //= next: core::str::iter::Split::next, map: core::option::Option::map, len: core::str::len
}

pub fn behind_guards(shared: &Arc<Mutex<Vec<String>>>) -> String {
    let mut out = String::new();
    let copy = shared.clone(); //= clone: alloc::sync::Arc::clone
    let guard = copy.lock().unwrap_or_else(|poison| poison.into_inner()); //= lock: std::sync::poison::mutex::Mutex::lock, into_inner: std::sync::poison::PoisonError::into_inner
    for word in guard.iter() { //= iter: core::slice::iter
        out.write_str(word.trim()).expect("strings take all"); //= write_str: alloc::string::String::write_str, trim: core::str::trim
    }
    out
}

pub fn boxed(all: Vec<Box<dyn Fn(&str) -> Option<u32>>>) -> u32 {
    all.iter().filter_map(|one| one("x")).fold(0, |sum, one| sum.wrapping_add(one)) //= fold: core::iter::adapters::filter_map::FilterMap::fold, wrapping_add: core::u32::wrapping_add
}
