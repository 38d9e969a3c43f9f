//! The model: facts linked once, and the questions lints may ask.

pub mod defs;
pub mod effects;
pub mod fate;
pub mod ids;
pub mod infer;
pub mod ty;
pub mod typed;

/// Everything known about one workspace, immutable.
pub struct Model {}
