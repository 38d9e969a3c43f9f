//! No text overflows the stack it is read on: every construct, as deep as the limits permit, with room to spare.

use std::io::Read;

use super::constructs::{ALL, Construct};
use crate::facts::extract::read_here;
use crate::facts::prelex::{self, scan};
use crate::facts::{Depth, NoticeKind};

/// More levels than any limit permits, for all but flat constructs.
const ENDLESS: usize = 20_000;

fn permitted(construct: &Construct, n: usize) -> bool {
    let text = construct.text(n);
    let pre = prelex::prelex(text.as_bytes(), Depth::Full).expect("text of a moderate size");
    !matches!(pre.notice, Some(notice) if notice.kind == NoticeKind::TooDeep)
}

/// The most levels that are read.
fn deepest(construct: &Construct) -> usize {
    if permitted(construct, ENDLESS) {
        return ENDLESS;
    }
    let (mut yes, mut no) = (0, ENDLESS);
    while no - yes > 1 {
        let middle = yes.midpoint(no);
        *if permitted(construct, middle) { &mut yes } else { &mut no } = middle;
    }
    yes
}

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
    for construct in ALL {
        let n = deepest(construct);
        let used = used_percent(&construct.text(n));
        println!("{}: {n} levels, {used} % of the stack", construct.name);
        assert!(used <= 75, "{}: {n} levels use {used} % of the stack", construct.name);
    }
}
