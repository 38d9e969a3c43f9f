//! Types from patterns, loops, operators, indices and macros.

use std::collections::BTreeMap;
use std::ops::{Add, Index};

#[derive(Clone, Copy, Default)]
pub struct Cents(u64);

impl Add for Cents {
    type Output = Cents;
    fn add(self, other: Cents) -> Cents {
        Cents(self.0.saturating_add(other.0)) //= saturating_add: core::u64::saturating_add
    }
}

impl Cents {
    fn whole(self) -> u64 {
        self.0 / 100
    }
}

pub struct Ledger {
    entries: BTreeMap<String, Vec<Cents>>,
}

impl Index<&str> for Ledger {
    type Output = [Cents];
    fn index(&self, name: &str) -> &[Cents] {
        self.entries.get(name).map_or(&[], |all| all.as_slice()) //= get: alloc::collections::btree::map::BTreeMap::get, as_slice: alloc::vec::Vec::as_slice
    }
}

pub fn operators(ledger: &Ledger) -> u64 {
    let both = ledger["a"][0] + ledger["b"].first().copied().unwrap_or_default(); //= first: core::slice::first, copied: core::option::Option::copied, unwrap_or_default: core::option::Option::unwrap_or_default
    both.whole() //= whole: app::Cents::whole
}

pub fn loops(ledger: &Ledger) -> u64 {
    let mut sum = Cents::default(); //= default: core::default::Default::default
    for (name, entries) in &ledger.entries {
        for (at, &entry) in entries.iter().enumerate() {
            if at.is_multiple_of(2) && !name.is_empty() { //= is_multiple_of: core::usize::is_multiple_of, is_empty: alloc::string::String::is_empty
                sum = sum + entry;
            }
        }
    }
    sum.whole() //= whole: app::Cents::whole
}

pub enum Event {
    Paid { amount: Cents, by: Option<String> },
    Failed(std::io::Error),
}

pub fn variants(event: &Event) -> String {
    match event {
        Event::Paid { amount, by: Some(name) } if amount.whole() > 1 => name.to_uppercase(), //= whole: app::Cents::whole, to_uppercase: alloc::str::to_uppercase
        Event::Paid { amount, .. } => amount.whole().to_string(), //= whole: app::Cents::whole, to_string: alloc::string::ToString::to_string
        Event::Failed(error) => error.kind().to_string(), //= kind: std::io::error::Error::kind, to_string: alloc::string::ToString::to_string
    }
}

macro_rules! or_return {
    ($e:expr) => {
        match $e {
            Ok(value) => value,
            Err(error) => return error.to_string(),
        }
    };
}

pub fn through_macros(text: &str) -> String {
    let number = or_return!(text.parse::<i32>()); //= parse: core::str::parse
    let pair = [number.abs(), 2]; //= abs: core::i32::abs
    let [first, ..] = pair;
    vec![first].into_iter().map(|n| n.to_string()).collect::<Vec<_>>().join(",") //= into_iter: alloc::vec::Vec::into_iter, to_string: alloc::string::ToString::to_string, join: alloc::slice::join
}

pub fn let_else(pairs: &[(String, Result<u8, String>)]) -> Option<u8> {
    let [(name, Ok(value)), rest @ ..] = pairs else { return None };
    let more = rest.iter().map(|(_, value)| value.as_ref().map_or(0, |v| *v)).max()?; //= as_ref: core::result::Result::as_ref, map_or: core::result::Result::map_or
    Some(value.max(&more).wrapping_add(name.len() as u8)) //= max: core::cmp::Ord::max, wrapping_add: core::u8::wrapping_add
}
