//! Decisions at token level: what is cut, what is respelled, and whether the file is safe to parse.
//!
//! **Cut**: items under a condition that is false outside test builds, and items with a test attribute, wherever items and statements
//! stand. Other places (arms, fields, expressions) are left to the extraction, which sees trees. Under [`Depth::Signatures`] bodies of
//! functions and values of constants and statics are cut too.
//!
//! **Respelled**, since `syn` reads stable Rust: `gen { }` blocks, `const` in `const trait`, `impl const Trait`, `[const] Bound`,
//! `~const Bound`, functions without a body outside of traits (compiler intrinsics), `$crate` in fragments. What does not read so is tried
//! once more by the rules of old editions ([`Mode::Old`]): `async`, `try` and `gen` as names, traits as types without `dyn`, parameters
//! without a name.
//!
//! **Limits**: parsing, visiting and dropping recurse along brackets and along chains (`a + a + ..`, `&&&T`, `|x| |x| ..`,
//! `else if`, `.a().b()`), and a stack overflow ends the process. So each place has a cost (see `cost`): an upper bound of the depth of
//! the tree there. A text is parsed on a stack of [`stack_for`] its cost, and not at all beyond [`MAX_COST`].

use std::collections::VecDeque;

use super::super::{Depth, Pos, TestCut};
use super::compact::Edit;
use super::lex::{Kind, Token};
use cost::Closure;

mod cost;
mod cut;
mod old;
mod respell;

/// Largest cost of a place: brackets 1,200 deep, method chains of 8,000 calls, 5,000 `else if`, 16,000 operands of `+`. Code that people or
/// generators write stays below a fifth of it.
pub const MAX_COST: u32 = 16_000;
/// Cost of one bracket.
const BRACKET: u32 = 12;
/// Stack that one unit of cost may need, in bytes: the dearest construct needs half of it. Builds without optimisation have larger frames.
pub const STACK_PER_COST: usize = if cfg!(debug_assertions) { 32 << 10 } else { 8 << 10 };
/// Stack that parsing needs whatever the cost.
const STACK_BASE: usize = 1 << 20;
/// Spelling of `$crate` in the compact text of a fragment.
pub const DOLLAR_CRATE: &str = "__dollar_crate";

/// What is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A source file.
    File,
    /// A source file that does not read as the above: as it reads in editions before its words were keywords and its traits were `dyn`.
    Old,
    /// Output of a macro.
    Fragment,
}

impl Mode {
    /// Whether the text is a file.
    pub fn is_file(self) -> bool {
        self != Mode::Fragment
    }
}

/// Result of a scan.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Changes to the tokens, in order.
    pub edits: Vec<Edit>,
    /// What was cut as test code.
    pub test_cut: TestCut,
    /// Largest cost of a place.
    pub cost: u32,
    /// Something was respelled that only old editions know.
    pub old: bool,
}

/// Stack, in bytes, on which a text of this cost is parsed.
pub fn stack_for(cost: u32) -> usize {
    STACK_BASE + cost as usize * STACK_PER_COST
}

/// What an open bracket is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
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
    /// Arguments of a macro that stay text: no tree comes of them.
    opaque: bool,
    /// Within a `use` item, where `::` makes trees.
    using: bool,
    /// Name token of the inline module.
    module: Option<u32>,
    /// Cost of the brackets around.
    base: u32,
    /// Tokens since the last separator that may have deepened the tree.
    chain: u32,
    /// Open `<`.
    angle: u32,
    /// Of those, which may be halves of a shift.
    firm: u32,
    /// Within the parameters of a closure.
    closure: Closure,
}

/// Scans the tokens of a text.
///
/// # Errors
/// The offset at which nesting or a chain is beyond the limits.
pub fn scan(src: &str, tokens: &[Token], depth: Depth, mode: Mode) -> Result<Scanned, Pos> {
    let file = Frame { close: tokens.len() as u32, code: true, ..Frame::default() };
    let (frames, out) = (vec![file], Scanned::default());
    let names = VecDeque::new();
    let mut scanner = Scanner { src: src.as_bytes(), tokens, depth, mode, frames, pending: None, names, half: false, out };
    scanner.run()?;
    Ok(scanner.out)
}

pub(super) struct Scanner<'a> {
    src: &'a [u8],
    tokens: &'a [Token],
    depth: Depth,
    mode: Mode,
    frames: Vec<Frame>,
    /// A replacement decided at the head of an item, done when its first token is reached.
    pending: Option<Edit>,
    /// Tokens before which a name of a parameter is missing, in order.
    names: VecDeque<u32>,
    /// The last token was the second of two dots.
    half: bool,
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
            while let Some(at) = self.names.front().copied().filter(|&at| at as usize <= i) {
                self.names.pop_front();
                if at as usize == i {
                    self.edit(i, i, "_:");
                }
            }
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
}
