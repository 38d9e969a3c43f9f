//! The lints, one visible line each, in reading order.

use crate::lint::Lint;

pub mod print_logging;
pub mod unhandled_errors;

/// Every lint that is built, in reading order.
pub static ALL: &[&Lint] = &[&unhandled_errors::UNHANDLED_ERRORS, &print_logging::PRINT_LOGGING];
