//! Decisions at token level: what is cut, what is respelled, and whether the file is safe to parse.
//!
//! **Cut**: items under a condition that is false outside test builds, and items with a test attribute, wherever items and statements
//! stand. Other places (arms, fields, expressions) are left to the extraction, which sees trees. Under [`Depth::Signatures`] bodies of
//! functions and values of constants and statics are cut too.
//!
//! **Respelled**, since `syn` reads stable Rust: `gen { }` blocks, `const` in `const trait`, `impl const Trait`, `[const] Bound`,
//! `~const Bound`, functions without a body outside of traits (compiler intrinsics), `$crate` in fragments.
//!
//! **Limits**: parsing, visiting and dropping recurse along brackets and along chains (`a + a + ..`, `&&&T`, `|x| |x| ..`,
//! `else if`, `.a().b()`). The cost of a place is the sum, over the brackets around it, of the tokens that may have deepened the tree
//! since the last separator; [`MAX_COST`] of them fit on the stack of [`STACK_SIZE`].

use super::super::{Cfg, Depth, Pos, Sym, TestCut};
use super::compact::Edit;
use super::lex::{Kind, Token};
use crate::facts::cfg;

/// Stack that a thread needs which parses files within the limits, in bytes.
pub const STACK_SIZE: usize = 256 << 20;
/// Largest cost of a place.
pub const MAX_COST: u32 = 12_000;
/// Cost of one bracket, in tokens of a chain.
const BRACKET: u32 = 12;
/// Spelling of `$crate` in the compact text of a fragment.
pub const DOLLAR_CRATE: &str = "__dollar_crate";

/// What is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A source file.
    File,
    /// Output of a macro.
    Fragment,
}

/// Result of a scan.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Changes to the tokens, in order.
    pub edits: Vec<Edit>,
    /// What was cut as test code.
    pub test_cut: TestCut,
}

/// What an open bracket is.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    /// Index of the closing delimiter.
    close: u32,
    /// Items or statements may stand here.
    code: bool,
    /// Functions may lack a body here (trait, extern block).
    bodyless: bool,
    /// The next brace opens such a place.
    bodyless_next: bool,
    /// Arguments of a macro: text that is not ours to respell.
    mac: bool,
    /// Name token of the inline module.
    module: Option<u32>,
    /// Cost of the brackets around.
    base: u32,
    /// Tokens since the last separator that may have deepened the tree.
    chain: u32,
    /// Open `<`.
    angle: u32,
    /// Within the parameters of a closure.
    closure: bool,
}

/// Scans the tokens of a text.
///
/// # Errors
/// The offset at which nesting or a chain is beyond the limits.
pub fn scan(src: &str, tokens: &[Token], depth: Depth, mode: Mode) -> Result<Scanned, Pos> {
    let file = Frame { close: tokens.len() as u32, code: true, ..Frame::default() };
    let mut scanner = Scanner { src: src.as_bytes(), tokens, depth, mode, frames: vec![file], pending: None, out: Scanned::default() };
    scanner.run()?;
    Ok(scanner.out)
}

struct Scanner<'a> {
    src: &'a [u8],
    tokens: &'a [Token],
    depth: Depth,
    mode: Mode,
    frames: Vec<Frame>,
    /// A replacement decided at the head of an item, done when its first token is reached.
    pending: Option<Edit>,
    out: Scanned,
}

/// Words that may begin or continue a nested expression, pattern or type.
fn deepens(word: &[u8]) -> bool {
    matches!(
        word,
        b"as"
            | b"async"
            | b"become"
            | b"box"
            | b"break"
            | b"const"
            | b"do"
            | b"dyn"
            | b"else"
            | b"fn"
            | b"for"
            | b"gen"
            | b"if"
            | b"impl"
            | b"in"
            | b"let"
            | b"loop"
            | b"match"
            | b"move"
            | b"mut"
            | b"raw"
            | b"ref"
            | b"return"
            | b"static"
            | b"try"
            | b"unsafe"
            | b"while"
            | b"yield"
    )
}

impl<'a> Scanner<'a> {
    fn byte(&self, i: usize) -> u8 {
        self.tokens.get(i).map_or(0, |t| self.src[t.start as usize])
    }

    fn text(&self, i: usize) -> &'a [u8] {
        self.tokens.get(i).map_or(b"", |t| &self.src[t.start as usize..t.end() as usize])
    }

    fn is(&self, i: usize, word: &[u8]) -> bool {
        self.tokens.get(i).is_some_and(|t| t.kind == Kind::Ident) && self.text(i) == word
    }

    fn ident(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| t.kind == Kind::Ident)
    }

    fn punct(&self, i: usize, b: u8) -> bool {
        self.byte(i) == b && self.tokens[i].kind == Kind::Punct
    }

    fn open(&self, i: usize, b: u8) -> bool {
        self.byte(i) == b && self.tokens[i].kind == Kind::Open
    }

    /// Whether a token directly follows the one before it.
    fn joint(&self, i: usize) -> bool {
        i > 0 && self.tokens[i - 1].end() == self.tokens[i].start
    }

    /// Index after the partner of an opening delimiter.
    fn after(&self, open: usize) -> usize {
        self.tokens[open].aux as usize + 1
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the file is a frame")
    }

    fn edit(&mut self, from: usize, to: usize, with: &'static str) {
        self.out.edits.push(Edit { from: from as u32, to: to as u32, with });
    }

    fn run(&mut self) -> Result<(), Pos> {
        let mut i = 0;
        while i < self.tokens.len() {
            let kind = self.tokens[i].kind;
            if let Some(edit) = self.pending.take_if(|e| e.from as usize == i) {
                self.out.edits.push(edit);
                i = edit.to as usize;
                if edit.with == "{}" {
                    self.frame().chain = 0;
                }
                continue;
            }
            if kind == Kind::Close {
                self.frames.pop();
                if self.frames.is_empty() {
                    return Err(self.tokens[i].start);
                }
                i += 1;
                continue;
            }
            let code = self.frames[self.frames.len() - 1].code;
            if i > 0 && self.tokens[i - 1].kind == Kind::Close && self.byte(i - 1) == b'}' {
                self.after_brace(i);
            }
            if code
                && kind == Kind::Punct
                && self.byte(i) == b'#'
                && let Some(next) = self.attributes(i)
            {
                i = next;
                continue;
            }
            if kind == Kind::Ident
                && let Some(next) = self.word(i, code)
            {
                i = next;
                continue;
            }
            self.count(i)?;
            if self.mode == Mode::Fragment && self.punct(i, b'$') && self.is(i + 1, b"crate") {
                self.edit(i, i + 2, DOLLAR_CRATE);
                i += 2;
                continue;
            }
            i += 1;
        }
        Ok(())
    }

    /// After `}`: a new statement or item unless an operator or `else` goes on with the old one.
    fn after_brace(&mut self, i: usize) {
        let fresh = match self.tokens[i].kind {
            Kind::Ident => !(self.is(i, b"else") || self.is(i, b"as")),
            Kind::Literal | Kind::Lifetime => true,
            Kind::Punct => self.byte(i) == b'#',
            Kind::Open | Kind::Close => false,
        };
        if fresh {
            let frame = self.frame();
            frame.chain = 0;
            frame.angle = 0;
            frame.closure = false;
            frame.bodyless_next = false;
        }
    }

    /// Counts a token that is kept, enters it if it opens.
    fn count(&mut self, i: usize) -> Result<(), Pos> {
        let token = self.tokens[i];
        let byte = self.src[token.start as usize];
        match token.kind {
            Kind::Ident => self.frame().chain += u32::from(deepens(self.text(i))),
            Kind::Lifetime | Kind::Close => {}
            // `1.2` behind a dot is two field accesses.
            Kind::Literal => self.frame().chain += u32::from(i > 0 && self.punct(i - 1, b'.')),
            Kind::Open => {
                self.frame().chain += 1;
                self.enter(i, byte);
            }
            Kind::Punct => self.count_punct(i, byte),
        }
        let frame = *self.frame();
        if frame.base + frame.chain > MAX_COST { Err(token.start) } else { Ok(()) }
    }

    fn count_punct(&mut self, i: usize, byte: u8) {
        let arrow = self.joint(i) && (self.punct(i - 1, b'-') || self.punct(i - 1, b'='));
        let prefix = byte == b'|' && self.prefix_position(i);
        let frame = self.frame();
        match byte {
            b';' => {
                frame.chain = 0;
                frame.angle = 0;
                frame.closure = false;
                frame.bodyless_next = false;
                return;
            }
            b',' if frame.angle == 0 && !frame.closure => frame.chain = 0,
            b'<' => {
                frame.angle += 1;
                frame.chain += 2;
            }
            b'>' if !arrow => frame.angle = frame.angle.saturating_sub(1),
            b'|' if frame.closure => frame.closure = false,
            b'|' if prefix => frame.closure = true,
            _ => {}
        }
        if !matches!(byte, b',' | b'#' | b'$') {
            frame.chain += 1;
        }
    }

    /// Whether an expression may begin at token `i`, judged by the token before it.
    fn prefix_position(&self, i: usize) -> bool {
        let Some(before) = i.checked_sub(1) else { return true };
        match self.tokens[before].kind {
            Kind::Ident => deepens(self.text(before)),
            Kind::Literal | Kind::Lifetime | Kind::Close => false,
            Kind::Punct => self.byte(before) != b'?',
            Kind::Open => true,
        }
    }

    fn enter(&mut self, i: usize, byte: u8) {
        let parent = *self.frame();
        let bang =
            (i > 0 && self.punct(i - 1, b'!') && i > 1 && self.ident(i - 2)) || (i > 1 && self.ident(i - 1) && self.punct(i - 2, b'!'));
        let module = (byte == b'{' && i > 1 && self.is(i - 2, b"mod")).then(|| i as u32 - 1);
        self.frame().bodyless_next = false;
        self.frames.push(Frame {
            close: self.tokens[i].aux,
            code: byte == b'{' && parent.code && !bang,
            bodyless: byte == b'{' && parent.bodyless_next,
            mac: parent.mac || bang,
            module,
            base: parent.base + parent.chain + BRACKET,
            ..Frame::default()
        });
    }

    /// Keywords that ask for more than counting; the index to go on from, if tokens were dealt with.
    fn word(&mut self, i: usize, code: bool) -> Option<usize> {
        match self.text(i) {
            b"trait" | b"extern" if code => {
                self.frame().bodyless_next = true;
                None
            }
            b"fn" if code && self.ident(i + 1) => self.function(i),
            b"const" | b"static" if code => self.constant(i),
            _ if self.frame().mac => None,
            b"const" => self.const_bound(i),
            b"gen" => self.gen_block(i),
            b"super" if self.is(i + 1, b"let") => self.drop_tokens(i, i + 1),
            _ => None,
        }
    }

    fn drop_tokens(&mut self, from: usize, to: usize) -> Option<usize> {
        self.edit(from, to, "");
        Some(to)
    }

    /// `fn name`: cuts the body, or gives an empty one where a declaration stands alone.
    fn function(&mut self, i: usize) -> Option<usize> {
        let frame = *self.frame();
        let bare = !frame.bodyless && self.mode == Mode::File;
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
    fn header_end(&self, from: usize, close: usize) -> Option<usize> {
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
    fn semicolon(&self, from: usize, close: usize) -> Option<usize> {
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

    // ------------------------------------------------------------------------------------------------------------------ test cut

    /// At `#` in code: the index to go on from when attributes were cut with their item, or the attributes of a file of tests.
    fn attributes(&mut self, i: usize) -> Option<usize> {
        if self.punct(i + 1, b'!') && self.open(i + 2, b'[') {
            let whole_file = self.frames.len() == 1 && self.is_test_attribute(i + 2);
            return whole_file.then(|| self.cut(0, self.tokens.len()));
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
            return cfg::certain(&self.predicate(inner), &|_| "") == Some(false);
        }
        // The last segment of the attribute's path.
        let mut last = open + 1;
        while self.ident(last) && self.punct(last + 1, b':') && self.punct(last + 2, b':') {
            last += 3;
        }
        last < close && self.ident(last) && cfg::is_test_attribute(std::str::from_utf8(self.text(last)).unwrap_or(""))
    }

    /// Reads a predicate; symbols are the well-known flags of [`cfg`] only.
    fn predicate(&self, range: std::ops::Range<usize>) -> Cfg {
        let mut parts = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let mut end = at;
            while end < range.end && !self.punct(end, b',') {
                end = if self.tokens[end].kind == Kind::Open { self.after(end) } else { end + 1 };
            }
            parts.push(self.one_predicate(at, end));
            at = end + 1;
        }
        if parts.len() == 1 { parts.swap_remove(0) } else { Cfg::All(parts) }
    }

    fn one_predicate(&self, at: usize, end: usize) -> Cfg {
        let unknown = Cfg::KeyValue(Sym::NONE, Sym::NONE);
        let inner = |from: usize| {
            let mut parts = Vec::new();
            let close = self.tokens[from].aux as usize;
            let mut at = from + 1;
            while at < close {
                let mut end = at;
                while end < close && !self.punct(end, b',') {
                    end = if self.tokens[end].kind == Kind::Open { self.after(end) } else { end + 1 };
                }
                parts.push(self.one_predicate(at, end));
                at = end + 1;
            }
            parts
        };
        if end == at + 1 {
            return match self.text(at) {
                b"true" => Cfg::Bool(true),
                b"false" => Cfg::Bool(false),
                name if cfg::is_off(std::str::from_utf8(name).unwrap_or("")) => Cfg::Bool(false),
                _ => unknown,
            };
        }
        if !self.open(at + 1, b'(') {
            return unknown;
        }
        match self.text(at) {
            b"all" => Cfg::All(inner(at + 1)),
            b"any" => Cfg::Any(inner(at + 1)),
            b"not" => Cfg::Not(Box::new(Cfg::All(inner(at + 1)))),
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
