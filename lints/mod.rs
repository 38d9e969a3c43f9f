//! The lints, one visible line each, in reading order.

use crate::lint::Lint;

/// Every lint that is built, in reading order.
pub static ALL: &[&Lint] = &[];
