//! Macro output to facts: the same shapes, from a piece of text.

pub use super::extract::FragmentKind;
use super::extract::fragment_of;
use super::{Depth, FileFacts, Notice};

/// Facts of macro output. Expressions, statements, patterns and types give one body (`bodies[0]`, owner NONE): its root is the expression or the block of
/// statements, its first parameter the pattern; a type is the last node of the body's types. Items go to the interface.
///
/// # Errors
/// Why the text does not read as that kind of fragment: syntax, or the limits of [`super::prelex`].
pub fn parse_fragment(text: &str, kind: FragmentKind, depth: Depth) -> Result<FileFacts, Notice> {
    fragment_of(text, kind, depth)
}
