//! Bytes to light tokens: just enough of Rust's lexis to tell code from comments and literals, at about a nanosecond a byte.
//!
//! Tokens are looser than the compiler's (every punctuation character is one), because they serve only to find brackets, items and
//! attributes; what is not Rust here is found out by `syn` later.

use super::super::{Directive, Pos};

/// Kind of a light token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Identifier or keyword, raw ones included.
    Ident,
    /// `'a`.
    Lifetime,
    /// String, character, number, with prefix and suffix.
    Literal,
    /// One punctuation character.
    Punct,
    /// `(`, `[`, `{`: `end` of the token is the index of its partner.
    Open,
    /// `)`, `]`, `}`: `end` of the token is the index of its partner.
    Close,
}

/// A light token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// Offset of its first byte.
    pub start: Pos,
    /// Offset after its last byte; for delimiters the index of the partner token.
    pub aux: u32,
    /// What it is.
    pub kind: Kind,
}

impl Token {
    /// Offset after the last byte.
    pub fn end(&self) -> Pos {
        match self.kind {
            Kind::Open | Kind::Close => self.start + 1,
            _ => self.aux,
        }
    }
}

/// What one pass over the bytes finds.
#[derive(Debug, Default)]
pub struct Lexed {
    /// Tokens outside comments.
    pub tokens: Vec<Token>,
    /// `// prr:` comments.
    pub directives: Vec<Directive>,
    /// `@generated` stands in a comment of the head.
    pub generated: bool,
    /// Offset of a delimiter without partner.
    pub unbalanced: Option<Pos>,
    /// Offset of a number with more digits than [`DIGITS`].
    pub long_number: Option<Pos>,
}

/// Digits before the point of a number: `f64::MAX` has 309. The parser's time grows with their square.
pub const DIGITS: usize = 400;

/// How many bytes at the start of a file may declare it generated.
const HEAD: usize = 2048;

/// Runs over the text from `from` (after BOM and shebang).
pub fn lex(src: &str, from: usize, lines: &[u32]) -> Lexed {
    let mut lexer = Lexer { src, bytes: src.as_bytes(), at: from, lines, open: Vec::new(), out: Lexed::default() };
    lexer.out.tokens.reserve(src.len() / 5);
    lexer.run();
    if let Some(&open) = lexer.open.last() {
        lexer.out.unbalanced.get_or_insert(lexer.out.tokens[open as usize].start);
    }
    lexer.out
}

/// Offset of the first token from `from` on.
pub fn first_token(src: &str, from: usize) -> Option<usize> {
    let mut lexer = Lexer { src, bytes: src.as_bytes(), at: from, lines: &[0], open: Vec::new(), out: Lexed::default() };
    while lexer.at < lexer.bytes.len() && lexer.out.tokens.is_empty() {
        lexer.step();
    }
    lexer.out.tokens.first().map(|t| t.start as usize)
}

struct Lexer<'a> {
    src: &'a str,
    bytes: &'a [u8],
    at: usize,
    lines: &'a [u32],
    /// Indexes of open delimiters.
    open: Vec<u32>,
    out: Lexed,
}

/// Bytes that may stand inside an identifier; bytes above ASCII count as such, unless they are white space.
fn word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

/// White space of the language above ASCII.
pub fn blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{200e}' || c == '\u{200f}'
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.out.tokens.push(Token { start: start as u32, aux: self.at as u32, kind });
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            self.step();
        }
    }

    /// Reads one token, comment or white space.
    fn step(&mut self) {
        let b = self.bytes[self.at];
        match b {
            b' ' | 0x09..=0x0d => self.at += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.ident(),
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'"' => {
                let start = self.at;
                self.quoted(b'"');
                self.suffix();
                self.push(Kind::Literal, start);
            }
            b'\'' => self.quote(),
            b'0'..=b'9' => self.number(),
            b'(' | b'[' | b'{' => {
                self.open.push(self.out.tokens.len() as u32);
                self.at += 1;
                self.push(Kind::Open, self.at - 1);
            }
            b')' | b']' | b'}' => self.close(b),
            0x80.. => self.wide(),
            _ => {
                self.at += 1;
                self.push(Kind::Punct, self.at - 1);
            }
        }
    }

    fn close(&mut self, b: u8) {
        let here = self.out.tokens.len() as u32;
        self.at += 1;
        self.push(Kind::Close, self.at - 1);
        let wanted = match b {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        match self.open.pop() {
            Some(open) if self.bytes[self.out.tokens[open as usize].start as usize] == wanted => {
                self.out.tokens[open as usize].aux = here;
                self.out.tokens[here as usize].aux = open;
            }
            _ => {
                self.out.unbalanced.get_or_insert(self.at as u32 - 1);
            }
        }
    }

    /// A character above ASCII: white space or part of an identifier.
    fn wide(&mut self) {
        let c = self.char();
        if blank(c) {
            self.at += c.len_utf8();
        } else {
            self.ident();
        }
    }

    /// The character here; only within the text.
    fn char(&self) -> char {
        self.src[self.at..].chars().next().expect("within the text")
    }

    /// Over the rest of an identifier.
    fn skip_word(&mut self) {
        while let Some(&b) = self.bytes.get(self.at)
            && word(b)
        {
            if b < 0x80 {
                self.at += 1;
                continue;
            }
            let c = self.char();
            if blank(c) {
                return;
            }
            self.at += c.len_utf8();
        }
    }

    fn ident(&mut self) {
        let start = self.at;
        self.skip_word();
        if self.at - start <= 2 && self.prefixed(start) {
            return;
        }
        self.push(Kind::Ident, start);
    }

    /// Literals with a prefix (`b".."`, `r#".."#`, `c".."`, `b'x'`) and raw identifiers, after the prefix was read.
    fn prefixed(&mut self, start: usize) -> bool {
        let prefix = &self.bytes[start..self.at];
        let raw = match prefix {
            b"r" | b"br" | b"cr" => true,
            b"b" | b"c" => false,
            _ => return false,
        };
        match self.peek(0) {
            b'"' if raw => self.raw_string(0),
            b'"' => self.quoted(b'"'),
            b'\'' if prefix == b"b" => self.quoted(b'\''),
            b'#' if raw => {
                let hashes = self.bytes[self.at..].iter().take_while(|&&b| b == b'#').count();
                if self.peek(hashes) == b'"' {
                    self.at += hashes;
                    self.raw_string(hashes);
                } else if hashes == 1 && prefix == b"r" && word(self.peek(1)) && !self.peek(1).is_ascii_digit() {
                    self.at += 1;
                    self.skip_word();
                    self.push(Kind::Ident, start);
                    return true;
                } else {
                    return false;
                }
            }
            _ => return false,
        }
        self.suffix();
        self.push(Kind::Literal, start);
        true
    }

    /// From an opening quote over the closing one, escapes skipped.
    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            if b == quote {
                return;
            }
            if b == b'\\' {
                self.at += 1;
            }
        }
        self.at = self.bytes.len();
    }

    /// From the opening quote of a raw string over its closing hashes.
    fn raw_string(&mut self, hashes: usize) {
        self.at += 1;
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            if b == b'"' && self.bytes[self.at..].iter().take(hashes).filter(|&&b| b == b'#').count() == hashes {
                self.at += hashes;
                return;
            }
        }
    }

    fn suffix(&mut self) {
        self.skip_word();
        // An escape at the very end may step over the text.
        self.at = self.at.min(self.bytes.len());
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        let start = self.at;
        if self.peek(1) == b'\\' {
            self.quoted(b'\'');
            self.suffix();
            return self.push(Kind::Literal, start);
        }
        let Some(c) = self.src[start + 1..].chars().next() else {
            self.at += 1;
            return self.push(Kind::Punct, start);
        };
        if self.peek(1 + c.len_utf8()) == b'\'' {
            self.at += 2 + c.len_utf8();
            self.suffix();
            return self.push(Kind::Literal, start);
        }
        self.at += 1;
        if self.peek(0) == b'r' && self.peek(1) == b'#' && word(self.peek(2)) {
            self.at += 2;
        }
        let name = self.at;
        self.skip_word();
        self.push(if self.at == name { Kind::Punct } else { Kind::Lifetime }, start);
    }

    fn number(&mut self) {
        let start = self.at;
        let radix = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'o' | b'b');
        self.suffix();
        if self.at - start > DIGITS {
            self.out.long_number.get_or_insert(start as u32);
        }
        if !radix {
            self.exponent();
            let next = self.peek(1);
            if self.peek(0) == b'.' && next != b'.' && (next.is_ascii_digit() || !word(next)) && !self.after_dot(start) {
                self.at += 1;
                self.suffix();
                self.exponent();
            }
        }
        self.push(Kind::Literal, start);
    }

    /// Whether the number is a tuple index, after which a dot is a field access.
    fn after_dot(&self, start: usize) -> bool {
        start > 0 && self.bytes[start - 1] == b'.' && (start < 2 || self.bytes[start - 2] != b'.') && !self.peek(1).is_ascii_digit()
    }

    /// The sign and digits of an exponent whose letter was just read.
    fn exponent(&mut self) {
        let signed = matches!(self.peek(0), b'+' | b'-') && self.peek(1).is_ascii_digit();
        if signed && matches!(self.bytes[self.at - 1], b'e' | b'E') {
            self.at += 1;
            self.suffix();
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let len = self.bytes[start..].iter().position(|&b| b == b'\n').unwrap_or(self.bytes.len() - start);
        self.at = start + len;
        let text = &self.src[start + 2..self.at];
        if let Some(rest) = text.trim_start().strip_prefix("prr:") {
            // `//!` and `///` document, they do not direct: their third character is not white space.
            self.directive(start, rest.trim());
        }
        self.head(start);
    }

    fn directive(&mut self, start: usize, text: &str) {
        let line = self.lines.partition_point(|&l| l as usize <= start);
        let line_start = self.lines[line - 1] as usize;
        let own_line = self.src[line_start..start].trim_start_matches('\u{feff}').trim().is_empty();
        self.out.directives.push(Directive { pos: start as u32, line: line as u32, own_line, text: text.to_owned() });
    }

    fn head(&mut self, start: usize) {
        if start < HEAD && self.src[start..self.at].contains("@generated") {
            self.out.generated = true;
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        self.at += 2;
        let mut depth = 1u32;
        while depth > 0 {
            match self.bytes.get(self.at..self.at + 2) {
                Some(b"/*") => {
                    depth += 1;
                    self.at += 2;
                }
                Some(b"*/") => {
                    depth -= 1;
                    self.at += 2;
                }
                Some(_) => self.at += 1,
                None => {
                    // Not closed: hand the opening to `syn`, which refuses it.
                    self.at = self.bytes.len();
                    self.out.tokens.push(Token { start: start as u32, aux: start as u32 + 2, kind: Kind::Punct });
                    return;
                }
            }
        }
        self.head(start);
    }
}
