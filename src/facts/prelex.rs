//! prelex.
