//! The light pass over a file's bytes, before any tree is made: comments and directives, line starts, what is test code, and whether the file can
//! be parsed without risk to the stack.
//!
//! It knows tokens only as far as that takes: strings, raw strings, characters and lifetimes, nested comments, brackets. What it removes (test items, doc
//! comments, bodies of dependencies) is overwritten with blanks, so that every offset stays what it was.

use super::{Depth, Directive, Notice, NoticeKind, Pos, TestCut};

mod cut;
mod limits;
mod scan;

pub use scan::{Tok, TokKind};

/// Files beyond this size are not read: no hand-written source comes near it.
pub const MAX_BYTES: usize = 16 << 20;

/// What the light pass found.
pub struct Prelexed {
    /// The text to parse: same length as the file, without BOM and shebang (blanked), test items, doc comments, and bodies if so asked.
    pub text: String,
    /// Coarse tokens of the whole file (of what is blanked too).
    pub tokens: Vec<Tok>,
    /// Directives in order.
    pub directives: Vec<Directive>,
    /// Byte offset of each line.
    pub lines: Vec<u32>,
    /// What was cut as test code.
    pub test_cut: TestCut,
    /// `@generated` in a comment of the head.
    pub generated: bool,
    /// Set when the file must not be parsed.
    pub refused: Option<Notice>,
}

/// Runs the light pass.
pub fn prelex(bytes: &[u8], depth: Depth) -> Prelexed {
    let lines = line_starts(bytes);
    let refuse = |kind, pos: Pos, text: String| Prelexed {
        text: String::new(),
        tokens: Vec::new(),
        directives: Vec::new(),
        lines: lines.clone(),
        test_cut: TestCut::default(),
        generated: false,
        refused: Some(Notice { pos, kind, text }),
    };
    if bytes.len() > MAX_BYTES {
        return refuse(NoticeKind::TooLarge, 0, format!("the file has {} bytes, more than the {MAX_BYTES} that are read", bytes.len()));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(t) => t,
        Err(e) => return refuse(NoticeKind::Encoding, e.valid_up_to() as Pos, format!("byte {} is not UTF-8", e.valid_up_to())),
    };
    let scan = scan::scan(text);
    if let Some((pos, text)) = limits::exceeded(text, &scan.tokens) {
        return refuse(NoticeKind::TooDeep, pos, text);
    }
    let mut out = text.as_bytes().to_vec();
    scan.blank.iter().for_each(|&(a, b)| blank(&mut out, a, b));
    let test_cut = cut::tests(text, &scan.tokens, &mut out);
    if depth == Depth::Signatures {
        cut::bodies(text, &scan.tokens, &mut out);
    }
    let text = String::from_utf8(out).unwrap_or_default();
    Prelexed { text, tokens: scan.tokens, directives: scan.directives, lines, test_cut, generated: scan.generated, refused: None }
}

/// Overwrites a range with blanks, keeping line ends. Multi-byte characters lie wholly inside or outside.
fn blank(out: &mut [u8], start: usize, end: usize) {
    for b in &mut out[start..end] {
        if !matches!(*b, b'\n' | b'\r') {
            *b = b' ';
        }
    }
}

/// Offset of each line's first byte.
pub fn line_starts(bytes: &[u8]) -> Vec<u32> {
    let ends = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i as u32 + 1);
    std::iter::once(0).chain(ends).collect()
}
