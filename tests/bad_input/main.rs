//! Bad input: whatever is wrong with a file, a manifest, a folder or a place to write to, the program says which and why, goes on with the
//! rest, and never panics, overflows its stack, hangs or fills the memory.

#![expect(clippy::disallowed_methods, reason = "tests make files and damage them")]

mod cache;
mod deep;
mod explosions;
mod files;
mod manifests;
mod models;
mod places;
mod scene;
mod texts;
