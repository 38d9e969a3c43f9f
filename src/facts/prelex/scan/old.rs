//! What only old editions know, respelled as the new ones want it.
//!
//! Without knowing the edition some of this is a guess, so it is tried on files alone that do not parse otherwise.

use super::super::lex::Kind;
use super::Scanner;

impl Scanner<'_> {
    /// Words that old editions use otherwise; the index to go on from, if tokens were dealt with.
    pub(super) fn old_word(&mut self, i: usize, code: bool) -> Option<usize> {
        if self.frame().mac {
            return None;
        }
        match self.text(i) {
            b"fn" if code && self.frame().bodyless && self.ident(i + 1) => self.nameless_parameters(i + 2),
            b"async" if !self.begins_async(i + 1) => return self.raw(i, "r#async"),
            b"try" if !self.open(i + 1, b'{') && !self.punct(i + 1, b'!') => return self.raw(i, "r#try"),
            b"gen" => return self.raw(i, "r#gen"),
            b"Fn" | b"FnMut" | b"FnOnce" | b"FnBox" if self.open(i + 1, b'(') && self.bare_trait(i) => {
                self.out.old = true;
                self.edit(i, i, "dyn");
                self.frame().chain += 1;
            }
            _ => {}
        }
        None
    }

    fn raw(&mut self, i: usize, with: &'static str) -> Option<usize> {
        // `'async` and `r#async` are tokens of their own and do not come here.
        self.out.old = true;
        self.edit(i, i + 1, with);
        Some(i + 1)
    }

    /// Whether what follows `async` is what the keyword stands before.
    fn begins_async(&self, i: usize) -> bool {
        let words = [&b"fn"[..], b"unsafe", b"extern", b"move", b"gen", b"static", b"for", b"Fn", b"FnMut", b"FnOnce"];
        self.open(i, b'{') || self.punct(i, b'|') || words.iter().any(|word| self.is(i, word))
    }

    /// Whether the trait at token `i` is a type by itself: `&Fn()`, `Box<Fn()>`, `type A = Fn()`, `impl B for Fn()`.
    fn bare_trait(&self, i: usize) -> bool {
        let Some(mut before) = i.checked_sub(1) else { return false };
        if self.punct(before, b'<') || self.punct(before, b'=') || self.is(before, b"for") {
            return true;
        }
        if self.is(before, b"mut") {
            before = before.saturating_sub(1);
        }
        if self.tokens[before].kind == Kind::Lifetime {
            before = before.saturating_sub(1);
        }
        self.punct(before, b'&')
    }

    /// Finds the parameters of a method that have a type and no name, and has them named. `from`: after the method's name.
    fn nameless_parameters(&mut self, from: usize) {
        let close = self.frame().close as usize;
        let Some(open) = (from..close).take(64).find(|&i| self.open(i, b'(')) else { return };
        let end = self.tokens[open].aux as usize;
        let mut at = open + 1;
        while at < end {
            let (mut i, mut angle, mut named) = (at, 0u32, false);
            while i < end && !(angle == 0 && self.punct(i, b',')) {
                match (self.tokens[i].kind, self.byte(i)) {
                    (Kind::Open, _) => {
                        i = self.after(i);
                        continue;
                    }
                    (Kind::Punct, b'<') => angle += 1,
                    (Kind::Punct, b'>') if !(self.joint(i) && self.punct(i - 1, b'-')) => angle = angle.saturating_sub(1),
                    (Kind::Punct, b':') if self.punct(i + 1, b':') => i += 1,
                    // `a: T`, `...`, attributes, which no nameless one has.
                    (Kind::Punct, b':' | b'.' | b'#') if angle == 0 => named = true,
                    (Kind::Ident, _) if self.is(i, b"self") => named = true,
                    _ => {}
                }
                i += 1;
            }
            if !named && i > at {
                self.out.old = true;
                self.names.push_back(at as u32);
            }
            at = i + 1;
        }
    }
}
