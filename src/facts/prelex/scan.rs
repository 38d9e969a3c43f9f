//! Tokens, as coarse as the cut and the limits need them, and comments.

use crate::facts::Directive;

/// A coarse token: byte range and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tok {
    /// First byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
    /// What it is.
    pub kind: TokKind,
}

/// Coarse kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokKind {
    /// Identifier or keyword (raw ones with their `r#`).
    Ident,
    /// Lifetime.
    Lifetime,
    /// Any literal.
    Literal,
    /// One byte of punctuation.
    Punct(u8),
    /// `(`, `[`, `{`.
    Open(u8),
    /// `)`, `]`, `}`.
    Close(u8),
}

/// What a scan finds.
pub struct Scan {
    /// Tokens in order, comments and blanks left out.
    pub tokens: Vec<Tok>,
    /// Ranges to blank: BOM, shebang, doc comments.
    pub blank: Vec<(usize, usize)>,
    /// `// prr:` comments.
    pub directives: Vec<Directive>,
    /// `@generated` stands in a comment before the first token.
    pub generated: bool,
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    line_has_token: bool,
    out: Scan,
}

/// Scans a text.
pub fn scan(text: &str) -> Scan {
    let out = Scan { tokens: Vec::with_capacity(text.len() / 5), blank: Vec::new(), directives: Vec::new(), generated: false };
    let mut s = Scanner { text, bytes: text.as_bytes(), at: 0, line: 1, line_has_token: false, out };
    s.head();
    s.run();
    s.out
}

fn ident_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

fn ident_part(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

impl Scanner<'_> {
    fn peek(&self, n: usize) -> u8 {
        self.bytes.get(self.at + n).copied().unwrap_or(0)
    }

    fn head(&mut self) {
        if self.bytes.starts_with(b"\xef\xbb\xbf") {
            self.out.blank.push((0, 3));
            self.at = 3;
        }
        let rest = &self.bytes[self.at..];
        if rest.starts_with(b"#!") && !rest[2..].iter().find(|b| !b.is_ascii_whitespace()).is_some_and(|b| *b == b'[') {
            let end = rest.iter().position(|b| *b == b'\n').map_or(self.bytes.len(), |n| self.at + n);
            self.out.blank.push((self.at, end));
            self.at = end;
        }
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let b = self.bytes[self.at];
            match b {
                b'\n' => {
                    self.line += 1;
                    self.line_has_token = false;
                    self.at += 1;
                }
                b if b.is_ascii_whitespace() => self.at += 1,
                b'/' if self.peek(1) == b'/' => self.line_comment(),
                b'/' if self.peek(1) == b'*' => self.block_comment(),
                _ => {
                    self.line_has_token = true;
                    self.token(b);
                }
            }
        }
    }

    fn push(&mut self, start: usize, kind: TokKind) {
        self.out.tokens.push(Tok { start: start as u32, end: self.at as u32, kind });
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let end = self.bytes[start..].iter().position(|b| *b == b'\n').map_or(self.bytes.len(), |n| start + n);
        self.at = end;
        let text = &self.text[start..end];
        let doc = text.starts_with("//!") || (text.starts_with("///") && !text.starts_with("////"));
        if doc {
            self.out.blank.push((start, end));
        }
        self.note_generated(text);
        let body = text.trim_start_matches('/').trim_start_matches('!').trim();
        if let Some(rest) = body.strip_prefix("prr:") {
            self.out.directives.push(Directive {
                pos: start as u32,
                line: self.line,
                own_line: !self.line_has_token,
                text: rest.trim().to_owned(),
            });
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let mut depth = 0u32;
        while self.at < self.bytes.len() {
            match (self.bytes[self.at], self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        break;
                    }
                }
                (b, _) => {
                    self.line += u32::from(b == b'\n');
                    self.at += 1;
                }
            }
        }
        self.at = self.at.min(self.bytes.len());
        let text = &self.text[start..self.at];
        // Every block comment is blanked: documentation must not become attributes, and the parser need not skip the others.
        self.out.blank.push((start, self.at));
        self.note_generated(text);
    }

    fn note_generated(&mut self, text: &str) {
        if self.out.tokens.is_empty() && text.contains("@generated") {
            self.out.generated = true;
        }
    }

    fn token(&mut self, b: u8) {
        let start = self.at;
        match b {
            b'(' | b'[' | b'{' => {
                self.at += 1;
                self.push(start, TokKind::Open(b));
            }
            b')' | b']' | b'}' => {
                self.at += 1;
                self.push(start, TokKind::Close(b));
            }
            b'"' => self.string(start),
            b'\'' => self.quote(start),
            b'r' | b'b' | b'c' if self.prefixed_literal(start) => {}
            b if ident_start(b) => {
                self.at += self.bytes[start..].iter().take_while(|b| ident_part(**b)).count();
                self.push(start, TokKind::Ident);
            }
            b if b.is_ascii_digit() => self.number(start),
            b => {
                self.at += 1;
                self.push(start, TokKind::Punct(b));
            }
        }
    }

    /// `r".."`, `r#".."#`, `b".."`, `br".."`, `b'.'`, `c".."`, `cr".."`, raw identifiers. False: a plain identifier.
    fn prefixed_literal(&mut self, start: usize) -> bool {
        let mut n = 1;
        let raw = self.bytes[start] == b'r' || self.peek(1) == b'r';
        if self.bytes[start] != b'r' && self.peek(1) == b'r' {
            n = 2;
        }
        if self.bytes[start] == b'b' && self.peek(1) == b'\'' {
            self.at += 1;
            self.character(start);
            return true;
        }
        let hashes = self.bytes[start + n..].iter().take_while(|b| **b == b'#').count();
        match (self.peek(n + hashes), raw) {
            (b'"', true) => {
                self.at = start + n + hashes + 1;
                self.raw_string(start, hashes);
                true
            }
            (b'"', false) if hashes == 0 => {
                self.at = start + n;
                self.string(start);
                true
            }
            (b, true) if hashes == 1 && n == 1 && self.bytes[start] == b'r' && ident_start(b) => {
                self.at = start + 2;
                self.at += self.bytes[self.at..].iter().take_while(|b| ident_part(**b)).count();
                self.push(start, TokKind::Ident);
                true
            }
            _ => false,
        }
    }

    fn string(&mut self, start: usize) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\\' => {
                    self.line += u32::from(self.peek(1) == b'\n');
                    self.at += 2;
                }
                b'"' => {
                    self.at += 1;
                    break;
                }
                b => {
                    self.line += u32::from(b == b'\n');
                    self.at += 1;
                }
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.push(start, TokKind::Literal);
    }

    fn raw_string(&mut self, start: usize, hashes: usize) {
        while self.at < self.bytes.len() {
            let b = self.bytes[self.at];
            self.at += 1;
            self.line += u32::from(b == b'\n');
            if b == b'"' && self.bytes[self.at..].iter().take(hashes).filter(|b| **b == b'#').count() == hashes {
                self.at += hashes;
                break;
            }
        }
        self.push(start, TokKind::Literal);
    }

    fn quote(&mut self, start: usize) {
        let next = self.peek(1);
        let len = self.text[start + 1..].chars().next().map_or(0, char::len_utf8);
        let closes = self.peek(1 + len) == b'\'';
        if next != b'\\' && ident_start(next) && !closes {
            self.at += 1;
            self.at += self.bytes[self.at..].iter().take_while(|b| ident_part(**b)).count();
            self.push(start, TokKind::Lifetime);
            return;
        }
        self.character(start);
    }

    fn character(&mut self, start: usize) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\\' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    break;
                }
                b'\n' => break,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.push(start, TokKind::Literal);
    }

    fn number(&mut self, start: usize) {
        while self.at < self.bytes.len() {
            let b = self.bytes[self.at];
            let exponent = matches!(b, b'+' | b'-')
                && matches!(self.bytes[self.at - 1], b'e' | b'E')
                && !self.bytes[start..].starts_with(b"0x")
                && self.at > start + 1
                && self.peek(1).is_ascii_digit();
            let fraction = b == b'.' && self.peek(1).is_ascii_digit() && !self.bytes[start..self.at].contains(&b'.');
            if !(ident_part(b) || exponent || fraction) {
                break;
            }
            self.at += 1;
        }
        self.push(start, TokKind::Literal);
    }
}
