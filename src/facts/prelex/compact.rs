//! The text that is parsed, and where its characters come from.
//!
//! Tokens that are not cut, one space for any gap between them. The parser counts characters, so does the map: a list of points from
//! which characters and bytes of the file go in step.

use super::lex::Token;
use std::cell::Cell;

/// A change to the token sequence.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// First token it replaces.
    pub from: u32,
    /// Token after the last one it replaces.
    pub to: u32,
    /// What stands there instead.
    pub with: &'static str,
}

/// From here on, characters of the compact text and bytes of the file go in step.
#[derive(Clone, Copy, Debug)]
struct Point {
    /// Character of the compact text.
    char: u32,
    /// Byte of the compact text.
    byte: u32,
    /// Byte of the file.
    orig: u32,
}

/// Compact text with its map.
#[derive(Debug)]
pub struct Compact {
    /// What the parser reads.
    pub text: String,
    points: Vec<Point>,
    /// Character index of the start of every line of the text (lines occur inside literals).
    lines: Vec<u32>,
    /// The point used last: look-ups come nearly in order.
    hint: Cell<usize>,
}

/// Builds the compact text of the tokens that the edits leave.
pub fn compact(src: &str, tokens: &[Token], edits: &[Edit]) -> Compact {
    let mut out = Builder { src, text: String::with_capacity(src.len()), points: Vec::new(), lines: vec![0], chars: 0, run: None };
    let mut at = 0;
    for edit in edits {
        out.tokens(&tokens[at..edit.from as usize]);
        if !edit.with.is_empty() {
            let orig = tokens.get(edit.from as usize).map_or(src.len() as u32, |t| t.start);
            out.insert(edit.with, orig);
        }
        at = edit.to as usize;
    }
    out.tokens(&tokens[at..]);
    out.flush();
    if out.points.is_empty() {
        out.points.push(Point { char: 0, byte: 0, orig: 0 });
    }
    Compact { text: out.text, points: out.points, lines: out.lines, hint: Cell::new(0) }
}

struct Builder<'a> {
    src: &'a str,
    text: String,
    points: Vec<Point>,
    lines: Vec<u32>,
    chars: u32,
    /// Byte range of the file that waits to be copied.
    run: Option<(u32, u32)>,
}

impl Builder<'_> {
    fn tokens(&mut self, tokens: &[Token]) {
        for token in tokens {
            let (start, end) = (token.start, token.end());
            match &mut self.run {
                Some((_, run_end)) if *run_end == start => *run_end = end,
                Some((_, run_end)) if *run_end + 1 == start && self.src.as_bytes()[*run_end as usize] == b' ' => *run_end = end,
                _ => {
                    self.flush();
                    self.gap();
                    self.run = Some((start, end));
                }
            }
        }
    }

    fn insert(&mut self, text: &str, orig: u32) {
        self.flush();
        self.gap();
        self.points.push(Point { char: self.chars, byte: self.text.len() as u32, orig });
        self.text.push_str(text);
        self.chars += text.len() as u32;
    }

    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push(' ');
            self.chars += 1;
        }
    }

    fn flush(&mut self) {
        let Some((start, end)) = self.run.take() else { return };
        let piece = &self.src[start as usize..end as usize];
        self.points.push(Point { char: self.chars, byte: self.text.len() as u32, orig: start });
        let byte = self.text.len() as u32;
        self.text.push_str(piece);
        if piece.is_ascii() {
            self.newlines(piece);
            self.chars += piece.len() as u32;
            return;
        }
        for (i, c) in piece.char_indices() {
            self.chars += 1;
            if c == '\n' {
                self.lines.push(self.chars);
            }
            if !c.is_ascii() {
                let next = (i + c.len_utf8()) as u32;
                self.points.push(Point { char: self.chars, byte: byte + next, orig: start + next });
            }
        }
    }

    fn newlines(&mut self, piece: &str) {
        if piece.contains('\n') {
            let from = self.chars;
            self.lines.extend(piece.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| from + i as u32 + 1));
        }
    }
}

impl Compact {
    /// Byte of the file that a line (from 1) and column (characters, from 0) of the text come from.
    pub fn orig(&self, line: usize, column: usize) -> u32 {
        let (point, char) = self.locate(line, column);
        point.orig + (char - point.char)
    }

    /// Byte of the compact text at a line and column.
    pub fn byte(&self, line: usize, column: usize) -> usize {
        let (point, char) = self.locate(line, column);
        (point.byte + (char - point.char)) as usize
    }

    /// For a range of bytes of the text: pairs of an offset in it and the byte of the file there, from which on both go in step.
    pub fn places(&self, from: u32, to: u32) -> Vec<u32> {
        let first = self.points.partition_point(|p| p.byte <= from).saturating_sub(1);
        let mut out = Vec::new();
        for point in self.points[first..].iter().take_while(|p| p.byte < to) {
            let ahead = from.saturating_sub(point.byte);
            out.extend([point.byte.saturating_sub(from), point.orig + ahead]);
        }
        out
    }

    fn locate(&self, line: usize, column: usize) -> (Point, u32) {
        let line = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let char = line + column as u32;
        let mut at = self.hint.get();
        let fits = |at: usize| self.points[at].char <= char && self.points.get(at + 1).is_none_or(|p| char < p.char);
        if !fits(at) {
            at = if at + 1 < self.points.len() && fits(at + 1) {
                at + 1
            } else {
                self.points.partition_point(|p| p.char <= char).saturating_sub(1)
            };
            self.hint.set(at);
        }
        (self.points[at], char)
    }
}
