//! `cargo prr`: production-readiness linter for Rust workspaces. This page is the map.
//!
//! The way of the data, one module a stage, in order:
//!
//! 1. [`discover`]: packages, targets, locked versions, where sources lie.
//! 2. [`facts`]: the bytes of one file to owned facts (parallel; only this room knows `syn`).
//! 3. [`model`]: facts of the workspace, signatures of dependencies and std, linked: names, types, calls, effects, entry points.
//! 4. [`lints`]: pure functions from model to findings, over the vocabulary of [`lint`].
//! 5. [`verdict`]: levels, suppressions; stale ones are findings.
//! 6. [`report`]: human, short, JSON, SARIF; the only place that prints.
//!
//! [`catalog`] is what we know of third-party crates, as data; [`config`] is what the user tells us; [`cli`] ties the stages. [`files`] reads
//! what others wrote, [`cache`] what we did.
//!
//! Invariants: facts depend on bytes only; the model is immutable once observed and answers never depend on who asked first; lints do no
//! I/O, know no levels, cannot fail; only facts and report types are serialised; findings are sorted once; the same input gives the
//! same bytes on any number of threads.

pub mod cache;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod discover;
pub mod facts;
pub mod files;
pub mod lint;
// Lints stand at eye level beside `src`, as a module tree of this library.
#[path = "../lints/mod.rs"]
pub mod lints;
pub mod model;
pub mod report;
pub mod verdict;
