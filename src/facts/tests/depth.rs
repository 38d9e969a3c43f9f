//! No text overflows the stack it is read on: every construct, as deep as the limits permit, with room to spare.

#![expect(clippy::disallowed_macros, clippy::disallowed_methods, reason = "a measurement that tells what it saw")]

use std::io::Read;

use rayon::prelude::*;

use super::constructs::ALL;
use super::sound;
use crate::facts::Depth;
use crate::facts::extract::{extract, read_here};
use crate::facts::prelex::{self, scan};

/// More levels than the limits permit, for all but flat constructs.
const ENDLESS: usize = 20_000;

/// Bytes of the stack of this thread that were ever used, by what the system keeps in memory of it.
fn stack_used() -> Option<usize> {
    let here = 0u8;
    let at = std::ptr::from_ref(&here).addr();
    let mut maps = String::new();
    std::fs::File::open("/proc/self/smaps").ok()?.read_to_string(&mut maps).ok()?;
    let mut inside = false;
    for line in maps.lines() {
        let range = line.split_once(' ').and_then(|(range, _)| range.split_once('-'));
        let number = |text| usize::from_str_radix(text, 16).ok();
        if let Some((from, to)) = range.and_then(|(from, to)| Some((number(from)?, number(to)?))) {
            inside = (from..to).contains(&at);
        } else if inside && let Some(size) = line.strip_prefix("Rss:") {
            return Some(size.trim().trim_end_matches("kB").trim().parse::<usize>().ok()? << 10);
        }
    }
    None
}

/// Reads a text on a stack of the size that its cost asks for; the part of it that was used, in percent.
fn used_percent(text: &str) -> usize {
    let mut pre = prelex::prelex(text.as_bytes(), Depth::Full).expect("text of a moderate size");
    let stack = scan::stack_for(pre.cost);
    let used = std::thread::scope(|s| {
        let held = &mut pre;
        let work = move || {
            drop(read_here(held, Depth::Full));
            stack_used()
        };
        std::thread::Builder::new().stack_size(stack).spawn_scoped(s, work).expect("a thread").join().expect("no panic")
    });
    used.map_or(0, |used| used * 100 / stack)
}

#[test]
fn the_deepest_that_is_read_leaves_stack_to_spare() {
    ALL.par_iter().for_each(|construct| {
        let n = construct.deepest(ENDLESS);
        let used = used_percent(&construct.text(n));
        println!("{}: {n} levels, {used} % of the stack", construct.name);
        assert!(used <= 75, "{}: {n} levels use {used} % of the stack", construct.name);
    });
}

#[test]
fn what_is_deeper_is_refused_and_what_is_sane_is_not() {
    ALL.par_iter().for_each(|construct| {
        // Refused or read, but answered.
        let facts = extract(construct.text(100_000).as_bytes(), Depth::Signatures);
        sound::check(&facts, construct.text(100_000).as_bytes());
        assert!(construct.permitted(if CHAINS.contains(&construct.name) { 2_000 } else { 200 }), "{}", construct.name);
    });
    assert!(CHAINS.iter().all(|name| ALL.iter().any(|construct| construct.name == *name)));
}

/// Constructs that go on and on in code that is written or generated, rather than nest.
const CHAINS: &[&str] = &[
    "plus",
    "and",
    "or_bits",
    "shifts",
    "string_concatenation",
    "method_chain",
    "method_chain_with_closures",
    "iterator_chain",
    "turbofish_chain",
    "field_chain",
    "tuple_field_chain",
    "call_chain",
    "index_chain",
    "question_chain",
    "await_chain",
    "cast_chain",
    "assignment_chain",
    "compound_assignment_chain",
    "else_if",
    "else_if_let",
    "let_chain",
    "while_let_chain",
    "bounds",
    "dyn_bounds",
    "where_clauses",
    "generic_parameters",
    "paths",
    "type_paths",
    "generic_paths",
    "alternatives",
    "alternatives_of_variants",
    "alternatives_of_ranges",
    "function_lists",
    "enum_variants",
    "use_paths",
    "use_lists",
    "attribute_value_chain",
    "attribute_lists",
    "attribute_long_list",
    "inner_attributes",
    "derives",
    "doc_comments",
    "doc_attributes",
    "format_strings",
    "identity_macro_chains",
    "block_comments",
    "long_raw_string",
    "long_string",
    "long_name",
    "statements",
    "lifetimes",
];
