//! What a place costs: how deep trees may get there.
//!
//! The cost is an upper bound, in levels, of the tree above a token: the sum over the brackets around it of [`BRACKET`] and of the tokens
//! that may have deepened the tree since the last separator. Where a token can stand for several things, the dearest is taken; a level
//! whose frames are larger than those of others (types above all) counts several times. So no place needs more stack than its cost times
//! [`STACK_PER_COST`](super::STACK_PER_COST), which `tests/bad_input.rs` measures for every construct.

use super::super::lex::Kind;
use super::{BRACKET, Frame, MAX_COST, Scanner, deepens};
use crate::facts::Pos;
use crate::facts::extract::shaped;

/// Cost of `<`: one level of generic arguments.
const ANGLE: u32 = 3;
/// Cost of `&` and `*` before an operand: one level of a reference type.
const POINTER: u32 = 2;
/// Cost of a word at which `syn` keeps what follows as tokens, copied at each level.
const VERBATIM: u32 = 12;

impl Scanner<'_> {
    /// After `}`: a new statement or item unless an operator or `else` goes on with the old one.
    pub(super) fn after_brace(&mut self, i: usize) {
        let fresh = match self.tokens[i].kind {
            Kind::Ident => !(self.is(i, b"else") || self.is(i, b"as") || self.is(i, b"in")),
            Kind::Literal | Kind::Lifetime => true,
            Kind::Punct => self.byte(i) == b'#',
            Kind::Open | Kind::Close => false,
        };
        if fresh {
            self.frame().separate();
        }
    }

    /// Counts a token that is kept, enters it if it opens.
    pub(super) fn count(&mut self, i: usize) -> Result<(), Pos> {
        let token = self.tokens[i];
        let byte = self.src[token.start as usize];
        let opaque = self.frames[self.frames.len() - 1].opaque;
        match token.kind {
            // In arguments that stay text brackets deepen what is in them, not what follows them.
            Kind::Open => {
                self.frame().chain += u32::from(!opaque);
                self.enter(i, byte);
            }
            _ if opaque => return Ok(()),
            Kind::Ident => self.count_word(i),
            Kind::Lifetime | Kind::Close => {}
            // `1.2` behind a dot is two field accesses.
            Kind::Literal => self.frame().chain += u32::from(i > 0 && self.punct(i - 1, b'.')),
            Kind::Punct => self.count_punct(i, byte),
        }
        let frame = &self.frames[self.frames.len() - 1];
        let cost = frame.base + frame.chain;
        self.out.cost = self.out.cost.max(cost);
        if cost > MAX_COST { Err(token.start) } else { Ok(()) }
    }

    fn count_word(&mut self, i: usize) {
        let word = self.text(i);
        if !deepens(word) {
            self.frame().using |= word == b"use";
            return;
        }
        let statement = matches!(word, b"if" | b"match" | b"while" | b"let" | b"return" | b"else" | b"in" | b"loop");
        let frame = self.frame();
        frame.chain += if matches!(word, b"box" | b"become") { VERBATIM } else { 1 };
        if statement {
            frame.no_angle();
        }
    }

    fn count_punct(&mut self, i: usize, byte: u8) {
        let before = if self.joint(i) && self.tokens[i - 1].kind == Kind::Punct { self.byte(i - 1) } else { 0 };
        let prefix = matches!(byte, b'&' | b'*') && self.prefix_position(i);
        let opens = if byte == b'|' { self.opens_closure(i) } else { Some(false) };
        // The second of two ampersands is a binary operator's when the first one is.
        let binary = byte == b'&' && before == b'&' && !self.prefix_position(i - 1);
        let firm = byte == b'<' && (before == b'<' || (self.punct(i + 1, b'<') && self.joint(i + 1)));
        let compares = byte == b'>' && self.punct(i + 1, b'=') && self.joint(i + 1);
        let second_dot = byte == b'.' && before == b'.' && !self.half;
        self.half = second_dot;
        let frame = self.frames.last_mut().expect("the file is a frame");
        match byte {
            b';' => frame.separate(),
            b',' => {
                if frame.angle == 0 && frame.closure == Closure::OUTSIDE {
                    frame.chain = 0;
                }
            }
            b':' => frame.chain += u32::from(frame.using),
            b'#' | b'$' => {}
            b'<' => {
                frame.angle += 1;
                frame.firm += u32::from(firm);
                frame.chain += ANGLE;
            }
            b'>' if matches!(before, b'-' | b'=') => {
                if before == b'=' {
                    frame.no_angle();
                    frame.closure = Closure::OUTSIDE;
                }
            }
            b'>' if compares || frame.angle == 0 => frame.chain += 1,
            b'>' => frame.close_angle(),
            b'=' if matches!(before, b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'&' | b'|' | b'.') => {}
            b'&' if binary => {}
            b'&' | b'*' if prefix => frame.chain += POINTER,
            b'.' if second_dot => {}
            b'|' => {
                frame.chain += 1;
                frame.closure = frame.closure.pipe(opens);
                if opens == Some(false) {
                    frame.no_angle();
                }
            }
            b'.' | b'/' | b'%' => {
                frame.chain += 1;
                frame.no_angle();
            }
            _ => frame.chain += 1,
        }
    }

    /// Whether an expression, pattern or type may begin at token `i`, judged by the token before it.
    pub(super) fn prefix_position(&self, i: usize) -> bool {
        let Some(before) = i.checked_sub(1) else { return true };
        match self.tokens[before].kind {
            Kind::Ident => deepens(self.text(before)),
            // `break 'a |x| x`, `&'a &'a T`.
            Kind::Lifetime | Kind::Open => true,
            Kind::Literal => false,
            // `#[a] |x| x`.
            Kind::Close => self.closes_attribute(before),
            Kind::Punct => self.byte(before) != b'?',
        }
    }

    /// Whether `|` at token `i` would begin the parameters of a closure, judged by the token before it; `None`: it may.
    fn opens_closure(&self, i: usize) -> Option<bool> {
        let Some(before) = i.checked_sub(1) else { return Some(true) };
        match self.tokens[before].kind {
            Kind::Open => Some(true),
            Kind::Literal => Some(false),
            // `break 'a |x| x`, `a as dyn A + 'a | b`.
            Kind::Lifetime => None,
            // `{} |x| x` as statements, `#[a] |x| x`.
            Kind::Close => (self.byte(before) == b')' || (self.byte(before) == b']' && !self.closes_attribute(before))).then_some(false),
            Kind::Ident => match self.text(before) {
                b"gen" | b"raw" | b"try" | b"dyn" => None,
                word => Some(deepens(word)),
            },
            Kind::Punct => match self.byte(before) {
                b'?' => Some(false),
                b'>' if self.joint(before) && self.punct(before - 1, b'=') => Some(true),
                // The end of a type, or of a pattern.
                b'>' | b'!' | b'.' => None,
                _ => Some(true),
            },
        }
    }

    fn closes_attribute(&self, close: usize) -> bool {
        let open = self.tokens[close].aux as usize;
        let pound = |i: usize| self.punct(i, b'#');
        self.byte(close) == b']' && ((open > 0 && pound(open - 1)) || (open > 1 && self.punct(open - 1, b'!') && pound(open - 2)))
    }

    fn enter(&mut self, i: usize, byte: u8) {
        let parent = *self.frame();
        let mac = self.macro_name(i);
        let opaque = mac.is_some_and(|name| !shaped(std::str::from_utf8(self.text(name)).unwrap_or("")));
        let module = (byte == b'{' && i > 1 && self.is(i - 2, b"mod")).then(|| i as u32 - 1);
        self.frame().bodyless_next = false;
        self.frames.push(Frame {
            close: self.tokens[i].aux,
            code: byte == b'{' && parent.code && mac.is_none(),
            bodyless: byte == b'{' && parent.bodyless_next,
            mac: parent.mac || mac.is_some(),
            opaque: parent.opaque || opaque,
            using: parent.using && byte == b'{',
            module,
            base: parent.base + parent.chain + BRACKET,
            ..Frame::default()
        });
    }

    /// The name of the macro whose arguments the bracket at `i` holds: `name!(..)`, `macro_rules! name {..}`.
    fn macro_name(&self, i: usize) -> Option<usize> {
        let named = |bang: usize| {
            let name = bang.checked_sub(1)?;
            // `if !(a)`, `return ![b]`: an operator behind a keyword.
            (self.punct(bang, b'!') && self.ident(name) && !keyword(self.text(name))).then_some(name)
        };
        named(i.checked_sub(1)?).or_else(|| if self.ident(i - 1) { named(i.checked_sub(2)?) } else { None })
    }
}

/// Whether we are within the parameters of a closure, as far as that can be told: commas there separate nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closure {
    outside: bool,
    inside: bool,
}

impl Closure {
    /// Surely not.
    pub(super) const OUTSIDE: Closure = Closure { outside: true, inside: false };

    /// After a `|`: from inside it ends the parameters, from outside it may begin some.
    fn pipe(self, opens: Option<bool>) -> Closure {
        Closure { outside: self.inside || (self.outside && opens != Some(true)), inside: self.outside && opens != Some(false) }
    }
}

impl Default for Closure {
    fn default() -> Closure {
        Closure::OUTSIDE
    }
}

impl Frame {
    /// A separator of statements or items: nothing before it is above what follows.
    fn separate(&mut self) {
        self.chain = 0;
        self.angle = 0;
        self.firm = 0;
        self.closure = Closure::OUTSIDE;
        self.using = false;
        self.bodyless_next = false;
    }

    /// A token that cannot stand in generic arguments: every `<` so far was an operator.
    fn no_angle(&mut self) {
        self.angle = 0;
        self.firm = 0;
    }

    /// The end of generic arguments: what follows is not below them. Not so for `<<`, which may be a shift and its `>` of another one.
    fn close_angle(&mut self) {
        self.angle -= 1;
        if self.firm > 0 {
            self.firm -= 1;
        } else {
            self.chain = self.chain.saturating_sub(ANGLE);
        }
    }
}

/// Words that name no macro.
fn keyword(word: &[u8]) -> bool {
    let others = [
        &b"abstract"[..],
        b"await",
        b"continue",
        b"crate",
        b"enum",
        b"extern",
        b"false",
        b"final",
        b"mod",
        b"override",
        b"priv",
        b"pub",
        b"self",
        b"Self",
        b"struct",
        b"super",
        b"trait",
        b"true",
        b"type",
        b"typeof",
        b"unsized",
        b"use",
        b"virtual",
        b"where",
    ];
    (deepens(word) && !matches!(word, b"try" | b"raw" | b"gen" | b"do")) || others.contains(&word)
}
