//! The pass before parsing: comments, lines, test cut, limits, and the compact text that `syn` reads.
//!
//! `syn` costs by the token, recurses in parsing, visiting and dropping, and a stack overflow cannot be caught. So one light pass over
//! the bytes decides first what is worth parsing and whether it is safe:
//!
//! - [`lex`]: light tokens; comments fall away, directives are kept;
//! - [`scan`]: items that are test code are cut, bodies too under [`Depth::Signatures`]; nesting and chains are measured;
//! - [`compact`]: what is left, with single spaces for any gap, and the map from its characters to bytes of the file.
//!
//! Nothing here changes meaning: documentation attributes are dropped (a macro's `$(#[$m:meta])*` matches none as well as one) and a few
//! unstable forms are respelled so that `syn` reads them (see [`scan`]).

use super::{Depth, Directive, Notice, NoticeKind, Pos, TestCut};

pub mod compact;
pub mod lex;
pub mod scan;

pub use compact::Compact;
pub use lex::{Kind, Token};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// A file made ready for parsing.
pub struct Prelexed<'a> {
    /// The whole text, byte order mark included; positions are offsets into it.
    pub src: &'a str,
    /// All tokens of the file, cut ones included.
    pub tokens: Vec<Token>,
    /// What is parsed; `None` when the file must not be parsed (a notice says why) or nothing is left of it.
    pub compact: Option<Compact>,
    /// Byte offset of the start of every line.
    pub lines: Vec<u32>,
    /// `// prr:` comments.
    pub directives: Vec<Directive>,
    /// What was cut.
    pub test_cut: TestCut,
    /// A comment of the head says that a tool wrote the file.
    pub generated: bool,
    /// Upper bound of the depth of any tree of the text (see [`scan`]).
    pub cost: u32,
    /// The compact text has what only old editions know.
    pub old: bool,
    /// Why there is no compact text.
    pub notice: Option<Notice>,
}

/// Offsets of the starts of lines.
pub fn line_starts(bytes: &[u8]) -> Vec<u32> {
    let mut lines = Vec::with_capacity(bytes.len() / 32 + 1);
    lines.push(0);
    lines.extend(bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i as u32 + 1));
    lines
}

/// Prepares a whole file.
///
/// # Errors
/// A notice for bytes that are no text or too many.
pub fn prelex(bytes: &[u8], depth: Depth) -> Result<Prelexed<'_>, Notice> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large(bytes.len() as u64));
    }
    let src = std::str::from_utf8(bytes).map_err(|e| Notice {
        pos: e.valid_up_to() as u32,
        kind: NoticeKind::Encoding,
        text: format!("not UTF-8 at byte {}", e.valid_up_to()),
    })?;
    Ok(prelex_text(src, depth, scan::Mode::File))
}

/// Prepares a file once more that did not parse, by the rules of old editions; `None` when these make no difference.
pub fn prelex_old(src: &str, depth: Depth) -> Option<Prelexed<'_>> {
    Some(prelex_text(src, depth, scan::Mode::Old)).filter(|pre| pre.old)
}

/// Prepares text that is known to be text.
pub fn prelex_text(src: &str, depth: Depth, mode: scan::Mode) -> Prelexed<'_> {
    let lines = line_starts(src.as_bytes());
    let from = if mode.is_file() { preamble(src) } else { 0 };
    let lexed = lex::lex(src, from, &lines);
    let mut out = Prelexed {
        src,
        tokens: lexed.tokens,
        compact: None,
        lines,
        directives: lexed.directives,
        test_cut: TestCut::default(),
        generated: lexed.generated,
        cost: 0,
        old: false,
        notice: None,
    };
    if let Some(pos) = lexed.unbalanced {
        out.notice = Some(Notice { pos, kind: NoticeKind::Syntax, text: "this delimiter has no partner".into() });
        return out;
    }
    if let Some(pos) = lexed.long_number {
        let text = format!("a number of more than {} digits is not read", lex::DIGITS);
        out.notice = Some(Notice { pos, kind: NoticeKind::TooLarge, text });
        return out;
    }
    match scan::scan(src, &out.tokens, depth, mode) {
        Ok(scanned) => {
            out.test_cut = scanned.test_cut;
            out.cost = scanned.cost;
            out.old = scanned.old;
            out.compact = Some(compact::compact(src, &out.tokens, &scanned.edits));
        }
        Err(pos) => out.notice = Some(too_deep(pos)),
    }
    out
}

/// Why a file is not read that is larger than [`MAX_BYTES`].
pub fn too_large(bytes: u64) -> Notice {
    let text = format!("a file of {} MiB is not read, the limit is {} MiB", bytes.div_ceil(1 << 20), MAX_BYTES >> 20);
    Notice { pos: 0, kind: NoticeKind::TooLarge, text }
}

/// Why a text is not parsed whose trees might be too deep.
pub fn too_deep(pos: Pos) -> Notice {
    Notice { pos, kind: NoticeKind::TooDeep, text: "nested or chained too deep to be parsed safely".into() }
}

/// Length of the byte order mark, the interpreter line and cargo's front matter.
fn preamble(src: &str) -> usize {
    let mut at = if src.starts_with('\u{feff}') { 3 } else { 0 };
    let rest = &src[at..];
    if rest.starts_with("#!") && !lex::first_token(rest, 2).is_some_and(|start| rest[start..].starts_with('[')) {
        at += rest.find('\n').unwrap_or(rest.len());
    }
    let trimmed = src[at..].trim_start();
    if trimmed.starts_with("---") {
        let open = src.len() - trimmed.len();
        if let Some(close) = src[open + 3..].find("\n---") {
            let end = open + 3 + close + 4;
            at = src[end..].find('\n').map_or(src.len(), |n| end + n);
        }
    }
    at
}

impl Prelexed<'_> {
    /// Text of a token.
    pub fn text(&self, token: &Token) -> &str {
        &self.src[token.start as usize..token.end() as usize]
    }

    /// The start of the character that a byte belongs to.
    pub fn floor(&self, mut pos: Pos) -> Pos {
        while !self.src.is_char_boundary(pos as usize) {
            pos -= 1;
        }
        pos
    }

    /// Indexes of the tokens that start within a byte range.
    pub fn tokens_in(&self, range: std::ops::Range<Pos>) -> std::ops::Range<usize> {
        let from = self.tokens.partition_point(|t| t.start < range.start);
        let len = self.tokens[from..].partition_point(|t| t.start < range.end);
        from..from + len
    }

    /// The identifier at an offset, without `r#`.
    pub fn ident_at(&self, pos: Pos) -> &str {
        let rest = &self.src[pos as usize..];
        let rest = rest.strip_prefix("r#").unwrap_or(rest);
        let skip = usize::from(rest.starts_with('$'));
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && !lex::blank(c));
        let len = rest[skip..].find(|c| !word(c)).unwrap_or(rest.len() - skip);
        &rest[..skip + len]
    }
}
