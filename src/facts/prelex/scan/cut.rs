//! The test cut: items and statements that exist in no production build.

use super::super::lex::Kind;
use super::Scanner;
use crate::facts::{Cfg, Sym, cfg};

impl Scanner<'_> {
    /// At `#` in code: the index to go on from when attributes were cut with their item, or the attributes of a file of tests.
    pub(super) fn attributes(&mut self, i: usize) -> Option<usize> {
        if self.punct(i + 1, b'!') && self.open(i + 2, b'[') {
            let whole_file = self.frames.len() == 1 && self.is_test_attribute(i + 2);
            return whole_file.then(|| {
                // Nothing is left to change.
                self.out.edits.clear();
                self.pending = None;
                self.cut(0, self.tokens.len())
            });
        }
        let begins = i == 0
            || matches!(self.tokens[i - 1].kind, Kind::Open)
            || self.punct(i - 1, b';')
            || (self.tokens[i - 1].kind == Kind::Close && (self.byte(i - 1) == b'}' || self.closes_inner_attribute(i - 1)));
        if !begins || !self.open(i + 1, b'[') {
            return None;
        }
        let mut next = i;
        let mut test = false;
        while self.punct(next, b'#') && self.open(next + 1, b'[') {
            test |= self.is_test_attribute(next + 1);
            next = self.after(next + 1);
        }
        if !test {
            return None;
        }
        let close = self.frame().close as usize;
        let end = self.item_end(next, close)?;
        Some(self.cut(i, end))
    }

    fn closes_inner_attribute(&self, close: usize) -> bool {
        let open = self.tokens[close].aux as usize;
        open > 1 && self.byte(close) == b']' && self.punct(open - 1, b'!') && self.punct(open - 2, b'#')
    }

    /// `[cfg(..)]` that is false outside of tests, or the attribute of a test function.
    fn is_test_attribute(&self, open: usize) -> bool {
        let close = self.tokens[open].aux as usize;
        if self.is(open + 1, b"cfg") && self.open(open + 2, b'(') {
            let inner = open + 3..self.tokens[open + 2].aux as usize;
            return cfg::certain(&self.predicate(inner, 0), &|_| "") == Some(false);
        }
        // The last segment of the attribute's path.
        let mut last = open + 1;
        while self.ident(last) && self.punct(last + 1, b':') && self.punct(last + 2, b':') {
            last += 3;
        }
        last < close && self.ident(last) && cfg::is_test_attribute(std::str::from_utf8(self.text(last)).unwrap_or(""))
    }

    /// Reads predicates, nested in `depth` others; symbols are the well-known flags of [`cfg`] only.
    fn predicates(&self, range: std::ops::Range<usize>, depth: u32) -> Vec<Cfg> {
        let mut parts = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let mut end = at;
            while end < range.end && !self.punct(end, b',') {
                end = if self.tokens[end].kind == Kind::Open { self.after(end) } else { end + 1 };
            }
            parts.push(self.one_predicate(at, end, depth));
            at = end + 1;
        }
        parts
    }

    /// Reads a predicate; several must all hold.
    fn predicate(&self, range: std::ops::Range<usize>, depth: u32) -> Cfg {
        let mut parts = self.predicates(range, depth);
        if parts.len() == 1 { parts.swap_remove(0) } else { Cfg::All(parts) }
    }

    fn one_predicate(&self, at: usize, end: usize, depth: u32) -> Cfg {
        let unknown = Cfg::KeyValue(Sym::NONE, Sym::NONE);
        if end == at + 1 {
            return match self.text(at) {
                b"true" => Cfg::Bool(true),
                b"false" => Cfg::Bool(false),
                name if cfg::is_off(std::str::from_utf8(name).unwrap_or("")) => Cfg::Bool(false),
                _ => unknown,
            };
        }
        if !self.open(at + 1, b'(') || depth >= cfg::MAX_NESTING {
            return unknown;
        }
        let inner = at + 2..self.tokens[at + 1].aux as usize;
        match self.text(at) {
            b"all" => Cfg::All(self.predicates(inner, depth + 1)),
            b"any" => Cfg::Any(self.predicates(inner, depth + 1)),
            b"not" => Cfg::Not(Box::new(self.predicate(inner, depth + 1))),
            _ => unknown,
        }
    }

    /// End of the item or statement that begins at `at`; `None` when it is neither for sure.
    fn item_end(&self, mut at: usize, close: usize) -> Option<usize> {
        if self.is(at, b"pub") {
            at += 1;
            if self.open(at, b'(') {
                at = self.after(at);
            }
        }
        let start = at;
        loop {
            let function = [&b"fn"[..], b"unsafe", b"extern", b"async", b"const"].iter().any(|w| self.is(at + 1, w));
            match self.text(at) {
                b"const" if function => at += 1,
                b"async" | b"unsafe" | b"safe" | b"default" | b"auto" if self.ident(at + 1) => at += 1,
                b"extern" if self.tokens.get(at + 1).is_some_and(|t| t.kind == Kind::Literal) && !self.open(at + 2, b'{') => at += 2,
                b"extern" if self.is(at + 1, b"fn") => at += 1,
                _ => break,
            }
        }
        let end = match self.text(at) {
            b"fn" | b"struct" | b"enum" | b"trait" | b"mod" if self.ident(at + 1) => self.header_end(at, close)?,
            b"union" if self.ident(at + 1) && at == start => self.header_end(at, close)?,
            b"impl" | b"extern" => self.header_end(at, close)?,
            b"macro" if self.ident(at + 1) => self.header_end(at, close)?,
            b"const" | b"static" if self.ident(at + 1) => self.semicolon(at, close)?,
            b"use" | b"type" | b"let" => self.semicolon(at, close)?,
            _ => return self.macro_end(at, close),
        };
        Some(if self.punct(end, b';') { end + 1 } else { self.after(end) })
    }

    /// End of a macro invoked as an item or statement.
    fn macro_end(&self, mut at: usize, close: usize) -> Option<usize> {
        while self.ident(at) && self.punct(at + 1, b':') && self.punct(at + 2, b':') {
            at += 3;
        }
        if !self.ident(at) || !self.punct(at + 1, b'!') {
            return None;
        }
        at += if self.ident(at + 2) { 3 } else { 2 };
        if at >= close || self.tokens[at].kind != Kind::Open {
            return None;
        }
        let end = self.after(at);
        if end < close && self.punct(end, b';') {
            return Some(end + 1);
        }
        let goes_on = end < close && self.tokens[end].kind == Kind::Punct && self.byte(end) != b'#';
        (self.byte(at) == b'{' && end < close && !goes_on).then_some(end)
    }

    /// Cuts tokens as test code and keeps what is still needed of them.
    fn cut(&mut self, from: usize, to: usize) -> usize {
        self.edit(from, to, "");
        let range = (self.tokens[from].start, self.tokens[to - 1].end());
        self.out.test_cut.ranges.push(range);
        let mut modules: Vec<(usize, String)> =
            self.frames.iter().filter_map(|f| Some((usize::MAX, self.name(f.module? as usize)))).collect();
        let mut path = None;
        let mut i = from;
        while i < to {
            modules.retain(|(close, _)| i < *close);
            if self.is(i, b"path") && self.punct(i + 1, b'=') && i > 1 && self.open(i - 1, b'[') {
                path = Some(self.string(i + 2));
            } else if self.is(i, b"feature") && self.punct(i + 1, b'=') {
                self.out.test_cut.features.push(self.string(i + 2));
            } else if self.is(i, b"mod") && self.ident(i + 1) {
                let name = self.name(i + 1);
                if self.open(i + 2, b'{') {
                    modules.push((self.tokens[i + 2].aux as usize, name));
                } else if self.punct(i + 2, b';') {
                    let names: Vec<&str> = modules.iter().map(|(_, n)| n.as_str()).chain([name.as_str()]).collect();
                    self.out.test_cut.mods.push((names.join("::").into(), path.take()));
                }
            } else if self.punct(i, b';') || self.open(i, b'{') {
                path = None;
            }
            i += 1;
        }
        to
    }

    fn name(&self, i: usize) -> String {
        let text = std::str::from_utf8(self.text(i)).unwrap_or("");
        text.strip_prefix("r#").unwrap_or(text).to_owned()
    }

    /// Value of a plain string literal.
    fn string(&self, i: usize) -> Box<str> {
        std::str::from_utf8(self.text(i)).unwrap_or("").trim_matches('"').into()
    }
}
