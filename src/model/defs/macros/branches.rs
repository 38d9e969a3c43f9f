//! `cfg_if!` and `cfg_select!`: branches under conditions, read without the macro's own definition.

use super::super::cfgs::{Mode, State, Tri, and, flag, key_value, not, or};
use super::lex::{Kind, Stream};

/// One branch that some build takes.
pub(in super::super) struct Branch {
    pub state: State,
    /// Its text, without braces.
    pub items: String,
}

/// Branches of `if #[cfg(..)] { .. } else if #[cfg(..)] { .. } else { .. }` that may be taken.
pub(in super::super) fn cfg_if(tokens: &str, mode: Mode) -> Option<Vec<Branch>> {
    let s = Stream::new(tokens)?;
    let end = s.toks.len();
    let mut taken = Taken::new(mode);
    let mut i = 0;
    while i < end {
        if s.is(i, end, "else") {
            i += 1;
        }
        let mut cond = None;
        if s.is(i, end, "if") {
            if !s.is(i + 1, end, "#") || !s.opens(i + 2, end, "[") || !s.is(i + 3, end, "cfg") || !s.opens(i + 4, end, "(") {
                return None;
            }
            cond = Some((i + 5, s.toks[i + 4].close as usize));
            i = s.after(i + 2);
        }
        if !s.opens(i, end, "{") {
            return None;
        }
        taken.branch(&s, cond, (i + 1, s.toks[i].close as usize));
        i = s.after(i);
    }
    Some(taken.branches)
}

/// Branches of `cond => { .. } _ => { .. }` that may be taken.
pub(in super::super) fn cfg_select(tokens: &str, mode: Mode) -> Option<Vec<Branch>> {
    let s = Stream::new(tokens)?;
    let end = s.toks.len();
    let mut taken = Taken::new(mode);
    let mut i = 0;
    while i < end {
        let from = i;
        while i < end && !s.is(i, end, "=>") {
            i = s.after(i);
        }
        let cond = (!s.is(from, end, "_")).then_some((from, i));
        if !s.opens(i + 1, end, "{") {
            return None;
        }
        taken.branch(&s, cond, (i + 2, s.toks[i + 1].close as usize));
        i = s.after(i + 1);
        if s.is(i, end, ",") {
            i += 1;
        }
    }
    Some(taken.branches)
}

/// Branches so far, and whether one before has been taken: in the mode of the crate, and in a plain build.
struct Taken {
    mode: Mode,
    before: Tri,
    likely_before: Tri,
    branches: Vec<Branch>,
}

impl Taken {
    fn new(mode: Mode) -> Taken {
        Taken { mode, before: Tri::False, likely_before: Tri::False, branches: Vec::new() }
    }
    fn branch(&mut self, s: &Stream, cond: Option<(usize, usize)>, body: (usize, usize)) {
        let value = |mode| cond.map_or(Tri::True, |(from, to)| predicate(s, from, to, mode));
        let (now, likely) = (value(self.mode), value(Mode::Likely));
        let here = and(now, not(self.before));
        if here != Tri::False {
            let plain = and(likely, not(self.likely_before)) != Tri::False;
            let state = if plain { State::On } else { State::Unlikely };
            self.branches.push(Branch { state, items: s.slice(body.0, body.1).to_owned() });
        }
        self.before = or(self.before, now);
        self.likely_before = or(self.likely_before, likely);
    }
}

/// Value of the predicate in tokens `from..to`; several, separated by commas, must all hold.
fn predicate(s: &Stream, from: usize, to: usize, mode: Mode) -> Tri {
    list(s, from, to, mode).into_iter().fold(Tri::True, and)
}

fn list(s: &Stream, mut i: usize, to: usize, mode: Mode) -> Vec<Tri> {
    let mut out = Vec::new();
    while i < to {
        if s.toks[i].kind != Kind::Ident {
            i += 1;
            continue;
        }
        let name = s.str(i);
        if s.opens(i + 1, to, "(") {
            let inner = list(s, i + 2, s.toks[i + 1].close as usize, mode);
            out.push(match name {
                "all" => inner.into_iter().fold(Tri::True, and),
                "any" => inner.into_iter().fold(Tri::False, or),
                "not" => not(inner.into_iter().fold(Tri::True, and)),
                _ => Tri::Maybe,
            });
            i = s.after(i + 1);
        } else if s.is(i + 1, to, "=") && i + 2 < to {
            out.push(key_value(name, s.str(i + 2).trim_matches('"'), mode));
            i += 3;
        } else {
            out.push(match name {
                "true" => Tri::True,
                "false" => Tri::False,
                _ => flag(name, mode),
            });
            i += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_for_dependencies_all_for_members() {
        let text = "if #[cfg(windows)] { mod w; } else if #[cfg(all(unix, target_os = \"linux\"))] { mod l; } else { mod o; }";
        let items = |mode| cfg_if(text, mode).expect("reads").into_iter().map(|b| (b.items, b.state)).collect::<Vec<_>>();
        assert_eq!(items(Mode::Fixed), [("mod l;".to_owned(), State::On)]);
        let all = [("mod w;".to_owned(), State::Unlikely), ("mod l;".to_owned(), State::On), ("mod o;".to_owned(), State::Unlikely)];
        assert_eq!(items(Mode::Member), all);
        let select = cfg_select("any(windows, target_os = \"wasi\") => { mod w; } _ => { mod u; }", Mode::Fixed).expect("reads");
        assert_eq!(select.into_iter().map(|b| b.items).collect::<Vec<_>>(), ["mod u;"]);
    }
}
