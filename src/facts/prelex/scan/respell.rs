//! What is respelled so that `syn` reads it, and bodies that signatures do without.

use super::super::compact::Edit;
use super::super::lex::Kind;
use super::{Mode, Scanner, deepens};
use crate::facts::Depth;

impl Scanner<'_> {
    /// Keywords that ask for more than counting; the index to go on from, if tokens were dealt with.
    pub(super) fn word(&mut self, i: usize, code: bool) -> Option<usize> {
        if self.mode == Mode::Old
            && let Some(next) = self.old_word(i, code)
        {
            return Some(next);
        }
        match self.text(i) {
            b"trait" | b"extern" if code => {
                self.frame().bodyless_next = true;
                None
            }
            b"fn" if code && self.ident(i + 1) => self.function(i),
            b"const" | b"static" if code => self.constant(i),
            _ if self.frame().mac => None,
            b"const" => self.const_bound(i),
            b"gen" if self.mode != Mode::Old => self.gen_block(i),
            // A tail call returns.
            b"become" if self.operand(i + 1) => {
                self.frame().chain += 1;
                self.edit(i, i + 1, "return");
                Some(i + 1)
            }
            // What is inside the box is what the pattern says.
            b"box" if self.operand(i + 1) => self.drop_tokens(i, i + 1),
            b"super" if self.is(i + 1, b"let") => self.drop_tokens(i, i + 1),
            _ => None,
        }
    }

    /// Whether an expression or pattern begins at token `i`.
    fn operand(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| match t.kind {
            Kind::Ident | Kind::Literal | Kind::Open => true,
            Kind::Punct => matches!(self.byte(i), b'&' | b'<' | b'|' | b'-' | b'*' | b'!'),
            Kind::Lifetime | Kind::Close => false,
        })
    }

    fn drop_tokens(&mut self, from: usize, to: usize) -> Option<usize> {
        self.edit(from, to, "");
        Some(to)
    }

    /// `fn name`: cuts the body, or gives an empty one where a declaration stands alone.
    fn function(&mut self, i: usize) -> Option<usize> {
        let frame = *self.frame();
        let bare = !frame.bodyless && self.mode.is_file();
        if self.depth == Depth::Full && !bare {
            return None;
        }
        let end = self.header_end(i + 1, frame.close as usize)?;
        if self.punct(end, b';') {
            if bare {
                self.pending = Some(Edit { from: end as u32, to: end as u32 + 1, with: "{}" });
            }
        } else if self.depth == Depth::Signatures && end + 2 < self.after(end) {
            self.pending = Some(Edit { from: end as u32 + 1, to: self.tokens[end].aux, with: "" });
        }
        None
    }

    /// Index of the first `{` (outside of generic arguments) or `;` at this level.
    pub(super) fn header_end(&self, from: usize, close: usize) -> Option<usize> {
        let mut angle = 0u32;
        let mut i = from;
        while i < close {
            match (self.tokens[i].kind, self.byte(i)) {
                (Kind::Open, b'{') if angle == 0 => return Some(i),
                (Kind::Open, _) => {
                    i = self.after(i);
                    continue;
                }
                (Kind::Punct, b';') => return Some(i),
                (Kind::Punct, b'<') => angle += 1,
                (Kind::Punct, b'>') if !(self.joint(i) && (self.punct(i - 1, b'-') || self.punct(i - 1, b'='))) => {
                    angle = angle.saturating_sub(1);
                }
                _ => {}
            }
            i += 1;
        }
        None
    }

    /// Index of the `;` that ends a statement at this level.
    pub(super) fn semicolon(&self, from: usize, close: usize) -> Option<usize> {
        let mut i = from;
        while i < close {
            match (self.tokens[i].kind, self.byte(i)) {
                (Kind::Open, _) => {
                    i = self.after(i);
                    continue;
                }
                (Kind::Punct, b';') => return Some(i),
                _ => {}
            }
            i += 1;
        }
        None
    }

    /// `const` and `static` in code: unstable spellings, and values that signatures do without.
    fn constant(&mut self, i: usize) -> Option<usize> {
        let next = i + 1;
        let item = |at: usize| self.is(at, b"trait") || self.is(at, b"impl") || self.is(at, b"auto");
        if self.is(i, b"const") && (item(next) || (self.is(next, b"unsafe") && item(next + 1))) {
            return self.drop_tokens(i, next);
        }
        if let Some(done) = self.const_bound(i) {
            return Some(done);
        }
        let named = if self.is(next, b"mut") { next + 1 } else { next };
        let valued = self.ident(named) && self.punct(named + 1, b':') && !self.is(named, b"_");
        if self.depth == Depth::Full || !valued || self.frame().angle > 0 {
            return None;
        }
        let close = self.frame().close as usize;
        let end = self.semicolon(named, close)?;
        let equals = self.value_start(named + 2, end)?;
        if equals + 1 < end {
            self.pending = Some(Edit { from: equals as u32 + 1, to: end as u32, with: "_" });
        }
        None
    }

    /// The `=` of `const NAME: type = value`.
    fn value_start(&self, from: usize, end: usize) -> Option<usize> {
        let mut angle = 0u32;
        let mut i = from;
        while i < end {
            match (self.tokens[i].kind, self.byte(i)) {
                (Kind::Open, _) => {
                    i = self.after(i);
                    continue;
                }
                (Kind::Punct, b'=') if angle == 0 => return Some(i),
                (Kind::Punct, b'<') => angle += 1,
                (Kind::Punct, b'>') if !(self.joint(i) && self.punct(i - 1, b'-')) => angle = angle.saturating_sub(1),
                _ => {}
            }
            i += 1;
        }
        None
    }

    /// `const` before a trait: `impl const T`, `T: const B`, `~const B`, `[const] B`.
    fn const_bound(&mut self, i: usize) -> Option<usize> {
        let before = i.checked_sub(1)?;
        if self.byte(before) == b'[' && self.open(before, b'[') && self.tokens[before].aux as usize == i + 1 {
            // The opening bracket was counted and entered: leave it and drop all three.
            self.frames.pop();
            self.out.edits.push(Edit { from: before as u32, to: i as u32 + 2, with: "" });
            return Some(i + 2);
        }
        if self.punct(before, b'~') {
            self.out.edits.push(Edit { from: before as u32, to: i as u32 + 1, with: "" });
            return Some(i + 1);
        }
        let path = (self.ident(i + 1) && !deepens(self.text(i + 1)) && !self.is(i + 1, b"extern")) || self.punct(i + 1, b':');
        let bound = self.is(before, b"impl")
            || self.is(before, b"dyn")
            || (self.punct(before, b'>') && !self.joint_arrow(before))
            || (self.punct(before, b'+'))
            || (self.punct(before, b':') && !(before > 0 && self.punct(before - 1, b':')));
        // `T: const B` is a bound, `x: const NAME ..` occurs nowhere else; `const N: usize` follows `<` or `,`.
        (path && bound && !self.punct(i + 2, b'=')).then(|| self.drop_tokens(i, i + 1)).flatten()
    }

    fn joint_arrow(&self, i: usize) -> bool {
        self.joint(i) && (self.punct(i - 1, b'-') || self.punct(i - 1, b'='))
    }

    /// `gen { }`, `gen move { }`, `async gen { }` where an expression may begin: read as `async`.
    fn gen_block(&mut self, i: usize) -> Option<usize> {
        let moved = self.is(i + 1, b"move") && self.open(i + 2, b'{');
        if !(moved || self.open(i + 1, b'{')) {
            return None;
        }
        let after_async = i > 0 && self.is(i - 1, b"async");
        let begins =
            after_async || i == 0 || self.prefix_position(i) || (self.tokens[i - 1].kind == Kind::Close && self.byte(i - 1) == b'}');
        let header = i > 0
            && [&b"struct"[..], b"enum", b"union", b"mod", b"trait", b"impl", b"for", b"if", b"match", b"while", b"in"]
                .iter()
                .any(|w| self.is(i - 1, w));
        if !begins || header || (i > 0 && self.punct(i - 1, b'>') && !self.joint_arrow(i - 1)) {
            return None;
        }
        self.frame().chain += 1;
        if after_async {
            self.out.edits.push(Edit { from: i as u32 - 1, to: i as u32 + 1, with: "async" });
        } else {
            self.edit(i, i + 1, "async");
        }
        Some(i + 1)
    }
}
