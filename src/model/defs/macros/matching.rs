//! Arguments against patterns.
//!
//! Repetitions take as many turns as they can and give turns back, last first, when what follows does not fit; a turn, once read, is not read
//! another way. Rules that compile need no more.

use super::fragments::end_of;
use super::lex::{Kind, Stream};
use super::rules::{Fragment, Op, Pattern};

/// What a variable is bound to: token ranges of the arguments.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    One(Fragment, usize, usize),
    Many(Vec<Bound>),
}

pub(super) type Bounds = Vec<(String, Bound)>;

/// One attempt at a rule.
pub(super) struct Matcher<'a> {
    pub definition: &'a Stream,
    pub args: &'a Stream,
    /// Steps left: an expansion that does not end is given up. Nothing matches without.
    pub fuel: u32,
    /// Repetitions being matched, one inside or behind the other.
    pub depth: u32,
}

/// Repetitions one inside or behind the other in a pattern that is matched at all.
const MAX_DEPTH: u32 = 1_000;

impl Matcher<'_> {
    /// Matches all arguments.
    pub(super) fn whole(&mut self, pattern: &[Pattern]) -> Option<Bounds> {
        let mut bounds = Vec::new();
        self.seq(pattern, 0, self.args.toks.len(), true, &mut bounds)?;
        Some(bounds)
    }

    /// Matches `pattern` at `pos`; with `to_end` nothing may be left before `end`. Returns where it ended.
    fn seq(&mut self, pattern: &[Pattern], mut pos: usize, end: usize, to_end: bool, bounds: &mut Bounds) -> Option<usize> {
        for (k, p) in pattern.iter().enumerate() {
            self.burn(1)?;
            match p {
                Pattern::Tok(t) => {
                    if pos >= end || !self.same(*t, pos) {
                        return None;
                    }
                    pos += 1;
                }
                Pattern::Group(open, inner) => {
                    if pos >= end || self.args.toks[pos].kind != Kind::Open || !self.same(*open, pos) {
                        return None;
                    }
                    let close = self.args.toks[pos].close as usize;
                    self.seq(inner, pos + 1, close, true, bounds)?;
                    pos = close + 1;
                }
                Pattern::Var(name, fragment) => {
                    let after = end_of(self.args, *fragment, pos, end)?;
                    self.burn(after - pos)?;
                    bounds.push((name.clone(), Bound::One(*fragment, pos, after)));
                    pos = after;
                }
                Pattern::Repeat { inner, sep, op, vars } => {
                    if self.depth == MAX_DEPTH {
                        self.fuel = 0;
                        return None;
                    }
                    self.depth += 1;
                    let after = self.repeat((inner, *sep, *op, vars), &pattern[k + 1..], (pos, end, to_end), bounds);
                    self.depth -= 1;
                    return after;
                }
            }
        }
        (!to_end || pos == end).then_some(pos)
    }

    fn repeat(
        &mut self,
        (inner, sep, op, vars): (&[Pattern], Option<usize>, Op, &[String]),
        rest: &[Pattern],
        (pos, end, to_end): (usize, usize, bool),
        bounds: &mut Bounds,
    ) -> Option<usize> {
        let mut turns: Vec<Bounds> = Vec::new();
        let mut ends = vec![pos];
        loop {
            let mut at = ends[turns.len()];
            if !turns.is_empty() {
                if op == Op::Maybe {
                    break;
                }
                if let Some(sep) = sep {
                    if at >= end || !self.same(sep, at) {
                        break;
                    }
                    at += 1;
                }
            }
            let mut turn = Vec::new();
            match self.seq(inner, at, end, false, &mut turn) {
                // A turn that takes nothing would be taken for ever.
                Some(after) if after > at => {
                    turns.push(turn);
                    ends.push(after);
                }
                _ => break,
            }
        }
        let least = usize::from(op == Op::Some);
        let depth = bounds.len();
        loop {
            if turns.len() < least || self.fuel == 0 {
                return None;
            }
            if let Some(after) = self.seq(rest, ends[turns.len()], end, to_end, bounds) {
                // Each name is looked for in each turn.
                self.burn(turns.len().saturating_mul(vars.len()).saturating_mul(vars.len()) / 8)?;
                for name in vars {
                    let each = |t: &Bounds| t.iter().find(|b| b.0 == *name).map(|b| b.1.clone());
                    bounds.push((name.clone(), Bound::Many(turns.iter().filter_map(each).collect())));
                }
                return Some(after);
            }
            bounds.truncate(depth);
            turns.pop()?;
        }
    }

    /// Uses up steps; `None` when there are not as many.
    fn burn(&mut self, steps: usize) -> Option<()> {
        let left = (self.fuel as usize).checked_sub(steps);
        self.fuel = left.unwrap_or(0) as u32;
        left.map(|_| ())
    }

    fn same(&self, token: usize, arg: usize) -> bool {
        self.definition.toks[token].kind == self.args.toks[arg].kind && self.definition.str(token) == self.args.str(arg)
    }
}
