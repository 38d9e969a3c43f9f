//! Levels, suppressions.
