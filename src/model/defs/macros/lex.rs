//! Text to tokens, for macro definitions and arguments: a flat list in which every opening delimiter knows its closing one.

/// Kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ident,
    Lifetime,
    Literal,
    /// An operator, as long as possible (`..=`, `::`).
    Op,
    /// `(`, `[`, `{`.
    Open,
    Close,
}

/// A token: its kind, its bytes, and for an opening delimiter the index of the closing one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tok {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    pub close: u32,
}

/// Tokens of a text.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub text: String,
    pub toks: Vec<Tok>,
}

impl Stream {
    /// Text of a token.
    pub(super) fn str(&self, i: usize) -> &str {
        let t = &self.toks[i];
        &self.text[t.start as usize..t.end as usize]
    }
    /// Whether token `i`, before `end`, reads so.
    pub(super) fn is(&self, i: usize, end: usize, text: &str) -> bool {
        i < end && self.str(i) == text && self.toks[i].kind != Kind::Literal
    }
    /// Kind of token `i`, if before `end`.
    pub(super) fn kind(&self, i: usize, end: usize) -> Option<Kind> {
        (i < end).then(|| self.toks[i].kind)
    }
    /// Whether token `i` opens a group with this delimiter.
    pub(super) fn opens(&self, i: usize, end: usize, delim: &str) -> bool {
        i < end && self.toks[i].kind == Kind::Open && self.str(i) == delim
    }
    /// Index after the token tree at `i`.
    pub(super) fn after(&self, i: usize) -> usize {
        match self.toks[i].kind {
            Kind::Open => self.toks[i].close as usize + 1,
            _ => i + 1,
        }
    }
    /// Source text of a range of tokens.
    pub(super) fn slice(&self, from: usize, to: usize) -> &str {
        if from >= to {
            return "";
        }
        &self.text[self.toks[from].start as usize..self.toks[to - 1].end as usize]
    }
    /// Reads a text; `None` when delimiters do not match or a literal does not end.
    pub(super) fn new(text: &str) -> Option<Stream> {
        let mut toks = Vec::new();
        match scan(text, &mut toks)? {
            Comments::Plain => Some(Stream { text: text.to_owned(), toks }),
            Comments::Docs(ranges) => {
                let text = docs_to_attributes(text, &ranges);
                toks.clear();
                scan(&text, &mut toks)?;
                Some(Stream { text, toks })
            }
        }
    }
}

enum Comments {
    Plain,
    /// Doc comments: macros see them as attributes. Byte ranges, and whether inner.
    Docs(Vec<(usize, usize, bool)>),
}

fn docs_to_attributes(text: &str, ranges: &[(usize, usize, bool)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for &(start, end, inner) in ranges {
        out.push_str(&text[at..start]);
        out.push_str(if inner { "#![doc = \"\"]\n" } else { "#[doc = \"\"]\n" });
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

const OPS3: [&str; 4] = ["..=", "...", "<<=", ">>="];
const OPS2: [&str; 20] =
    ["==", "<=", ">=", "!=", "&&", "||", "<<", ">>", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "..", "::", "->", "=>"];

fn scan(text: &str, toks: &mut Vec<Tok>) -> Option<Comments> {
    let b = text.as_bytes();
    let mut docs = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut i = 0;
    while i < b.len() {
        let start = i;
        let c = b[i];
        let kind = match c {
            _ if c.is_ascii_whitespace() => {
                i += 1;
                continue;
            }
            b'/' if b.get(i + 1) == Some(&b'/') => {
                i = b[i..].iter().position(|c| *c == b'\n').map_or(b.len(), |n| i + n);
                let s = &text[start..i];
                if s.starts_with("//!") || s.starts_with("///") && !s.starts_with("////") {
                    docs.push((start, i, s.starts_with("//!")));
                }
                continue;
            }
            b'/' if b.get(i + 1) == Some(&b'*') => {
                i = block_comment(b, i)?;
                let s = &text[start..i];
                if s.starts_with("/*!") || s.starts_with("/**") && s.len() > 4 && !s.starts_with("/***") {
                    docs.push((start, i, s.starts_with("/*!")));
                }
                continue;
            }
            b'(' | b'[' | b'{' => {
                open.push(toks.len());
                i += 1;
                Kind::Open
            }
            b')' | b']' | b'}' => {
                let at = open.pop()?;
                let opened = b[toks[at].start as usize];
                if !matches!((opened, c), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
                    return None;
                }
                toks[at].close = toks.len() as u32;
                i += 1;
                Kind::Close
            }
            b'"' => {
                i = suffix(b, quoted(b, i + 1, b'"')?);
                Kind::Literal
            }
            b'\'' => match quote(text, i)? {
                (end, true) => {
                    i = suffix(b, end);
                    Kind::Literal
                }
                (end, false) => {
                    i = end;
                    Kind::Lifetime
                }
            },
            b'0'..=b'9' => {
                i = number(b, i);
                Kind::Literal
            }
            b'r' | b'b' | b'c' if prefixed(b, i).is_some() => {
                i = suffix(b, prefixed(b, i)??);
                Kind::Literal
            }
            _ if is_ident(c) => {
                if c == b'r' && b.get(i + 1) == Some(&b'#') && b.get(i + 2).is_some_and(|c| is_ident(*c)) {
                    i += 2;
                }
                while i < b.len() && is_ident(b[i]) {
                    i += 1;
                }
                Kind::Ident
            }
            _ => {
                let rest = &text[i..];
                let known = |ops: &[&str]| ops.iter().any(|o| rest.starts_with(o));
                i += if known(&OPS3) {
                    3
                } else if known(&OPS2) {
                    2
                } else {
                    1
                };
                Kind::Op
            }
        };
        toks.push(Tok { kind, start: start as u32, end: i as u32, close: 0 });
    }
    open.is_empty().then_some(if docs.is_empty() { Comments::Plain } else { Comments::Docs(docs) })
}

/// Identifier bytes; every byte of a non-ASCII character counts as one.
fn is_ident(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80
}

fn block_comment(b: &[u8], mut i: usize) -> Option<usize> {
    let mut depth = 0;
    while i + 1 < b.len() {
        match (b[i], b[i + 1]) {
            (b'/', b'*') => {
                depth += 1;
                i += 2;
            }
            (b'*', b'/') => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => i += 1,
        }
    }
    None
}

/// Index after the closing quote.
fn quoted(b: &[u8], mut i: usize, quote: u8) -> Option<usize> {
    while i < b.len() {
        match b[i] {
            b'\\' => i += 2,
            c if c == quote => return Some(i + 1),
            _ => i += 1,
        }
    }
    None
}

fn suffix(b: &[u8], mut i: usize) -> usize {
    if i < b.len() && is_ident(b[i]) && !b[i].is_ascii_digit() {
        while i < b.len() && is_ident(b[i]) {
            i += 1;
        }
    }
    i
}

/// After a `'`: the end, and whether it is a character (else a lifetime).
fn quote(text: &str, i: usize) -> Option<(usize, bool)> {
    let b = text.as_bytes();
    let next = text[i + 1..].chars().next()?;
    if next == '\\' {
        return quoted(b, i + 1, b'\'').map(|e| (e, true));
    }
    let after = i + 1 + next.len_utf8();
    if b.get(after) == Some(&b'\'') {
        return Some((after + 1, true));
    }
    let mut end = i + 1;
    while end < b.len() && is_ident(b[end]) {
        end += 1;
    }
    (end > i + 1).then_some((end, false))
}

fn number(b: &[u8], mut i: usize) -> usize {
    let hex = b[i] == b'0' && matches!(b.get(i + 1), Some(b'x' | b'o' | b'b'));
    let digits = |mut i: usize| {
        while i < b.len() && is_ident(b[i]) {
            // `1e-5`
            if !hex && matches!(b[i], b'e' | b'E') && matches!(b.get(i + 1), Some(b'+' | b'-')) {
                i += 1;
            }
            i += 1;
        }
        i
    };
    i = digits(i);
    // `1.5` and `1.`, but neither `1..2` nor `1.max(2)`.
    if !hex && b.get(i) == Some(&b'.') {
        let next = b.get(i + 1).copied().unwrap_or(b' ');
        if next.is_ascii_digit() {
            i = digits(i + 1);
        } else if next != b'.' && !is_ident(next) {
            i += 1;
        }
    }
    i
}

/// `b'x'`, `b".."`, `r".."`, `br#".."#`, `c".."`: the end. Outer `None`: no such literal; inner: it does not end.
fn prefixed(b: &[u8], i: usize) -> Option<Option<usize>> {
    let mut at = i;
    if matches!(b[at], b'b' | b'c') {
        at += 1;
        if b[i] == b'b' && b.get(at) == Some(&b'\'') {
            return Some(quoted(b, at + 1, b'\''));
        }
        if b.get(at) == Some(&b'"') {
            return Some(quoted(b, at + 1, b'"'));
        }
    }
    if b.get(at) != Some(&b'r') {
        return None;
    }
    at += 1;
    let hashes = b[at..].iter().take_while(|c| **c == b'#').count();
    at += hashes;
    if b.get(at) != Some(&b'"') {
        return None;
    }
    at += 1;
    while at < b.len() {
        if b[at] == b'"' && b[at + 1..].iter().take_while(|c| **c == b'#').take(hashes).count() == hashes {
            return Some(Some(at + 1 + hashes));
        }
        at += 1;
    }
    Some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toks(text: &str) -> Vec<String> {
        let s = Stream::new(text).expect("lexes");
        (0..s.toks.len()).map(|i| s.str(i).to_owned()).collect()
    }

    #[test]
    fn tokens_are_those_of_the_language() {
        assert_eq!(
            toks("a::<B<'x>>(1..=2, 'c', '\\'')"),
            ["a", "::", "<", "B", "<", "'x", ">>", "(", "1", "..=", "2", ",", "'c'", ",", "'\\''", ")"]
        );
        assert_eq!(
            toks("r#type r\"a\" br##\"x\"#\"## b'\\n' 1.5f32 1.max(2) x.0.1"),
            ["r#type", "r\"a\"", "br##\"x\"#\"##", "b'\\n'", "1.5f32", "1", ".", "max", "(", "2", ")", "x", ".", "0.1"]
        );
        assert_eq!(toks("/// doc\nfn /* c */ f // x\n()"), ["#", "[", "doc", "=", "\"\"", "]", "fn", "f", "(", ")"]);
        assert!(Stream::new("(]").is_none() && Stream::new("\"x").is_none() && Stream::new("(").is_none());
    }
}
