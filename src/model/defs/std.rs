//! The std family from the shipped table: core, alloc, std and proc_macro as they are after their link, so that a run neither parses
//! nor links them. [`super::std_table`] makes the table from rust-src.
//!
//! Layout: four lengths (little endian, 32 bits), one compressed [`Snapshot`] for each crate, then compressed facts of files.

use std::path::Path;

use super::crates::{STD_FAMILY, StdIds};
use super::data::{CrateData, Packed};
use super::snapshot::{Reader, Snapshot};

/// The table of this build; empty when it was built without one.
static TABLE: &[u8] = include_bytes!("std.table");

/// Where the parts of the table stand: the snapshots, and where the facts begin.
fn parts() -> Option<([(usize, usize); 4], usize)> {
    let mut at = 16;
    let mut out = [(0, 0); 4];
    for (i, part) in out.iter_mut().enumerate() {
        let len = u32::from_le_bytes(TABLE.get(i * 4..i * 4 + 4)?.try_into().ok()?) as usize;
        *part = (at, at + len);
        at += len;
    }
    Some((out, at))
}

/// A crate of the family as it is after its link.
pub(super) fn load(name: &str, ids: StdIds) -> Option<CrateData> {
    let ordinal = STD_FAMILY.iter().position(|n| *n == name)?;
    let (parts, facts) = parts()?;
    let (from, to) = parts[ordinal];
    let bytes = lz4_flex::decompress_size_prepended(TABLE.get(from..to)?).ok()?;
    let snapshot: Snapshot<'_> = postcard::from_bytes(&bytes).ok()?;
    let family = [ids.core?, ids.alloc?, ids.std?, ids.proc_macro?];
    Some(Reader::new(&family, family[ordinal], Path::new(""), Packed::shipped(&TABLE[facts..])).read(snapshot))
}
