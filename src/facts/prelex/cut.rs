//! What is blanked before parsing: test items, and with signatures alone the bodies of functions.

use super::blank;
use super::scan::{Tok, TokKind};
use crate::facts::TestCut;

struct Cutter<'a> {
    text: &'a str,
    tokens: &'a [Tok],
}

impl<'a> Cutter<'a> {
    fn word(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |t| &self.text[t.start as usize..t.end as usize])
    }
    fn is(&self, i: usize, b: u8) -> bool {
        matches!(self.tokens.get(i).map(|t| t.kind), Some(TokKind::Punct(p) | TokKind::Open(p) | TokKind::Close(p)) if p == b)
    }
    /// Index past the bracket group that opens at `i`.
    fn past_group(&self, i: usize) -> usize {
        let mut depth = 0u32;
        for (n, t) in self.tokens.iter().enumerate().skip(i) {
            match t.kind {
                TokKind::Open(_) => depth += 1,
                TokKind::Close(_) => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return n + 1;
                    }
                }
                _ => {}
            }
        }
        self.tokens.len()
    }
    /// Index past the item that starts at `i` (attributes included): to its `;` or the end of its braces, or before the bracket that closes its parent.
    fn past_item(&self, mut i: usize) -> usize {
        while self.is(i, b'#') && self.is(i + 1, b'[') {
            i = self.past_group(i + 1);
        }
        // `use a::{b, c};` and initialisers end with `;`, others with their braces; a comma inside generics ends nothing.
        let (mut ends_with_semi, mut angle) = (false, 0u32);
        while i < self.tokens.len() {
            match self.tokens[i].kind {
                TokKind::Punct(b';') => return i + 1,
                TokKind::Punct(b',') if angle == 0 => return i + 1,
                TokKind::Open(b'{') => {
                    i = self.past_group(i);
                    if !ends_with_semi {
                        return i + usize::from(self.is(i, b','));
                    }
                    continue;
                }
                TokKind::Open(_) => {
                    i = self.past_group(i);
                    continue;
                }
                TokKind::Close(_) => return i,
                TokKind::Punct(b'<') => angle += 1,
                TokKind::Punct(b'>') if !self.is(i.wrapping_sub(1), b'-') && !self.is(i.wrapping_sub(1), b'=') => {
                    angle = angle.saturating_sub(1)
                }
                TokKind::Punct(b'=') if angle == 0 && !self.is(i + 1, b'>') => ends_with_semi = true,
                TokKind::Ident => ends_with_semi |= matches!(self.word(i), "use" | "let"),
                _ => {}
            }
            i += 1;
        }
        i
    }
    /// Start of the run of attributes that ends before `i`.
    fn attributes_before(&self, starts: &[usize], i: usize) -> usize {
        let mut at = i;
        for &s in starts.iter().rev() {
            if self.past_group(s + 1) == at {
                at = s;
            } else if s < at {
                break;
            }
        }
        at
    }
    /// Whether the attribute at `i` (`#[..]`) makes its item test code.
    fn is_test(&self, i: usize) -> bool {
        let end = self.past_group(i + 1);
        let mut p = i + 2;
        if self.word(p) == "cfg" && self.is(p + 1, b'(') {
            return self.false_for_tests(p + 2).0;
        }
        let mut last = "";
        while p < end && matches!(self.tokens[p].kind, TokKind::Ident | TokKind::Punct(b':')) {
            if self.tokens[p].kind == TokKind::Ident {
                last = self.word(p);
            }
            p += 1;
        }
        let closes = p + 1 == end || self.is(p, b'(');
        closes && matches!(last, "test" | "rstest" | "quickcheck" | "test_case" | "proptest" | "bench") && last != "cfg"
    }
    /// Whether a predicate that starts at `i` cannot hold outside tests; and the index past it.
    fn false_for_tests(&self, i: usize) -> (bool, usize) {
        match self.word(i) {
            "all" | "any" if self.is(i + 1, b'(') => {
                let every = self.word(i) == "any";
                let end = self.past_group(i + 1);
                let (mut p, mut any, mut all, mut n) = (i + 2, false, true, 0);
                while p + 1 < end {
                    let (f, next) = self.false_for_tests(p);
                    any |= f;
                    all &= f;
                    n += 1;
                    p = next.max(p + 1);
                    if self.is(p, b',') {
                        p += 1;
                    }
                }
                (if every { all && n > 0 } else { any }, end)
            }
            "not" if self.is(i + 1, b'(') => (false, self.past_group(i + 1)),
            w => {
                let alone = !self.is(i + 1, b'=');
                let end = if alone { i + 1 } else { i + 3 };
                (alone && matches!(w, "test" | "doctest" | "miri" | "loom" | "fuzzing" | "kani"), end)
            }
        }
    }
}

/// Blanks test items and tells what they were.
pub fn tests(text: &str, tokens: &[Tok], out: &mut [u8]) -> TestCut {
    let c = Cutter { text, tokens };
    let mut cut = TestCut::default();
    let mut starts: Vec<usize> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if !c.is(i, b'#') {
            i += 1;
            continue;
        }
        if c.is(i + 1, b'!') && c.is(i + 2, b'[') {
            let whole = c.word(i + 3) == "cfg" && c.is(i + 4, b'(') && c.false_for_tests(i + 5).0;
            let end = c.past_group(i + 2);
            if whole {
                let to = enclosing_end(&c, i);
                record(&c, i, to, &mut cut, out);
                i = to.max(end);
            } else {
                i = end;
            }
            continue;
        }
        if !c.is(i + 1, b'[') {
            i += 1;
            continue;
        }
        if c.is_test(i) {
            let from = c.attributes_before(&starts, i);
            let to = c.past_item(i);
            record(&c, from, to, &mut cut, out);
            i = to.max(i + 1);
        } else {
            starts.push(i);
            i = c.past_group(i + 1);
        }
    }
    cut
}

/// Index of the bracket that closes the block around `i`, or the end of the file.
fn enclosing_end(c: &Cutter<'_>, i: usize) -> usize {
    let mut depth = 0i64;
    for (n, t) in c.tokens.iter().enumerate().skip(i) {
        match t.kind {
            TokKind::Open(_) => depth += 1,
            TokKind::Close(_) if depth == 0 => return n,
            TokKind::Close(_) => depth -= 1,
            _ => {}
        }
    }
    c.tokens.len()
}

fn record(c: &Cutter<'_>, from: usize, to: usize, cut: &mut TestCut, out: &mut [u8]) {
    let (Some(first), Some(last)) = (c.tokens.get(from), c.tokens.get(to.wrapping_sub(1))) else { return };
    let (start, end) = (first.start, last.end);
    let mut path: Option<Box<str>> = None;
    for i in from..to {
        if c.word(i) == "feature" && c.is(i + 1, b'=') {
            cut.features.push(c.word(i + 2).trim_matches('"').into());
        }
        if c.word(i) == "path" && c.is(i + 1, b'=') && c.is(i.wrapping_sub(1), b'[') {
            path = Some(c.word(i + 2).trim_matches('"').into());
        }
        if c.word(i) == "mod" && c.is(i + 2, b';') {
            cut.mods.push((c.word(i + 1).into(), path.take()));
        }
    }
    cut.ranges.push((start, end));
    blank(out, start as usize, end as usize);
}

/// Blanks what stands between the braces of function bodies.
pub fn bodies(text: &str, tokens: &[Tok], out: &mut [u8]) {
    let c = Cutter { text, tokens };
    let mut i = 0;
    while i < tokens.len() {
        if c.word(i) == "macro_rules" && c.is(i + 1, b'!') {
            i = c.past_group(i + 3);
            continue;
        }
        let named =
            tokens[i].kind == TokKind::Ident && c.word(i) == "fn" && matches!(tokens.get(i + 1).map(|t| t.kind), Some(TokKind::Ident));
        if !named {
            i += 1;
            continue;
        }
        i += 2;
        while i < tokens.len() {
            match tokens[i].kind {
                TokKind::Punct(b';') => break,
                TokKind::Close(_) => break,
                TokKind::Open(b'{') if !const_argument(&c, i) => {
                    let end = c.past_group(i);
                    let (a, b) = (tokens[i].end as usize, tokens[end - 1].start as usize);
                    if a < b {
                        blank(out, a, b);
                    }
                    i = end;
                    break;
                }
                TokKind::Open(_) => i = c.past_group(i),
                _ => i += 1,
            }
        }
    }
}

/// `Foo<{ N + 1 }>`: braces after `<` or `,` inside angle brackets, not a body.
fn const_argument(c: &Cutter<'_>, i: usize) -> bool {
    i > 0 && (c.is(i - 1, b'<') || c.is(i - 1, b',') && c.is(c.past_group(i), b'>') || c.is(i - 1, b'='))
}
