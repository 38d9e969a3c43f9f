//! Patterns as judges: which arm a failure reaches, and what runs there.

use super::follow::{End, Lost, State};
use super::region::Region;
use super::trace::Tracer;
use super::tree::Slot;
use super::{Loss, Shape};
use crate::facts::{Expr, ExprId, MacroShape, Pat, PatId, Pos, Stmt};
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget};

/// What of a failure a pattern catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cover {
    /// Nothing.
    No,
    /// Some failures, by looking at them.
    Specific,
    /// Some errors, beside certain other values of a tuple alone.
    Beside,
    /// Every failure; its value is used or not.
    All { used: bool },
}

/// The ways on from a scrutinee.
struct Ways {
    seg: u32,
    list: Vec<Way>,
    /// What a loss is where the failing way does nothing.
    empty: Loss,
    /// The `match` or `if` of which they are the branches.
    owner: Option<ExprRef>,
}

/// One way on from a scrutinee.
struct Way {
    /// The pattern; `None` for `else` and for falling through.
    pat: Option<PatId>,
    guarded: bool,
    run: Option<ExprRef>,
    pos: Pos,
}

impl Tracer<'_> {
    /// The value of an expression bound by a pattern of `let`.
    pub(super) fn bound(&self, e: ExprRef, seg: u32, pat: PatId, els: Option<ExprRef>, st: &State) -> End {
        match self.pat(seg, pat) {
            Pat::Type { pat, .. } => self.bound(e, seg, pat, els, st),
            Pat::Wild => self.underscored(e, st, self.pat_pos(seg, pat)),
            Pat::Ident { sub, .. } if sub.is_none() => {
                let mut st = st.clone();
                st.depth += 1;
                self.follow_binding(seg, pat, st)
            }
            Pat::Tuple(list) if els.is_none() => self.destructured(e, seg, list, st),
            _ if els.is_some() => {
                let pos = self.pat_pos(seg, pat);
                let list = vec![Way { pat: Some(pat), guarded: false, run: None, pos }, Way { pat: None, guarded: false, run: els, pos }];
                self.decide(e, &Ways { seg, list, empty: Loss::EmptyArm, owner: None }, st)
            }
            _ => End::Handled,
        }
    }

    fn destructured(&self, e: ExprRef, seg: u32, list: crate::facts::List, st: &State) -> End {
        let pats: Vec<PatId> = self.body.arena(seg).pats_of(list).collect();
        if let Some((&i, rest)) = st.path.split_last() {
            let Some(&p) = pats.get(i as usize) else { return End::Propagated };
            if matches!(self.pat(seg, p), Pat::Wild) {
                return End::Lost(Lost::new(Loss::Underscore, self.pat_pos(seg, p)));
            }
            let _ = rest;
            return End::Propagated;
        }
        let TyKind::Tuple(tys) = self.ty(e).kind() else { return End::Propagated };
        for (&p, &t) in pats.iter().zip(tys.iter()) {
            let fails = self.holder.of(t).is_some_and(|h| h.fails() && h.shape == Shape::Result);
            if fails && matches!(self.pat(seg, p), Pat::Wild) {
                return End::Lost(Lost::new(Loss::Underscore, self.pat_pos(seg, p)));
            }
        }
        End::Propagated
    }

    /// The scrutinee of `match`, `if let`, `while let`, `matches!`.
    pub(super) fn scrutinee(&self, e: ExprRef, parent: ExprRef, st: &State) -> End {
        let arena = self.body.arena(parent.seg);
        let seg = parent.seg;
        match self.node(parent) {
            Expr::Match { arms, .. } => {
                let list: Vec<Way> = arena
                    .list(arms)
                    .iter()
                    .map(|&a| {
                        let arm = arena.arms[a as usize];
                        let run = Self::at(seg, arm.body);
                        Way { pat: Some(arm.pat), guarded: arm.guard.is_some(), run, pos: self.pat_pos(seg, arm.pat) }
                    })
                    .collect();
                self.decide(e, &Ways { seg, list, empty: Loss::EmptyArm, owner: Some(parent) }, st)
            }
            Expr::Let { pat, .. } => self.condition(e, parent, pat, st),
            Expr::Macro(m) => match &arena.macros[m.idx()].shape {
                MacroShape::Matches { pat, .. } => {
                    let good = match self.cover(seg, *pat, self.ty(e), st, 0, false) {
                        Cover::All { .. } => Some(false),
                        Cover::Specific | Cover::Beside => return End::Handled,
                        Cover::No => Some(true),
                    };
                    self.tested(e, parent, st, good)
                }
                _ => End::Propagated,
            },
            _ => End::Propagated,
        }
    }

    /// `let` in the condition of an `if` or `while`, possibly in a chain.
    fn condition(&self, e: ExprRef, let_: ExprRef, pat: PatId, st: &State) -> End {
        let seg = let_.seg;
        let pos = self.body.pos(let_);
        let holder = self.tree.ancestors(let_).find(|(p, slot)| *slot == Slot::Cond || !matches!(self.node(*p), Expr::Binary { .. }));
        let Some((owner, Slot::Cond)) = holder else { return End::Propagated };
        let on_match = |run: ExprId| Way { pat: Some(pat), guarded: false, run: Self::at(seg, run), pos };
        match self.node(owner) {
            Expr::If { then, els, .. } => {
                let list = vec![on_match(then), Way { pat: None, guarded: false, run: Self::at(seg, els), pos }];
                let skips =
                    self.is_loop_turn(owner) || self.collects(seg, then) && self.ends_loop_turn(owner, true) && !self.kept_before(owner);
                let empty = if skips { Loss::ItemsSkipped } else { Loss::IfLetOk };
                self.decide(e, &Ways { seg, list, empty, owner: Some(owner) }, st)
            }
            Expr::While { body, .. } => {
                let list = vec![on_match(body), Way { pat: None, guarded: false, run: None, pos }];
                self.decide(e, &Ways { seg, list, empty: Loss::WhileLetOk, owner: None }, st)
            }
            _ => End::Propagated,
        }
    }

    /// Whether an expression is the last thing a turn of a `for` loop does: what it does not do is skipped for that item, unless the item was put away before.
    fn is_loop_turn(&self, e: ExprRef) -> bool {
        self.ends_loop_turn(e, false) && !self.kept_before(e)
    }

    fn kept_before(&self, e: ExprRef) -> bool {
        let block = self.tree.parent(e).map(|(block, _)| block);
        block.is_some_and(|block| self.steps_before(block, e).into_iter().any(|step| self.puts_away(step)))
    }

    fn puts_away(&self, e: ExprRef) -> bool {
        matches!(self.name_of_method(e), "push" | "push_back" | "insert" | "extend")
    }

    /// The same, also inside branches.
    fn ends_loop_turn(&self, e: ExprRef, in_branches: bool) -> bool {
        let mut at = e;
        while let Some((parent, slot)) = self.tree.parent(at) {
            match (self.node(parent), slot) {
                (Expr::Block { tail, .. }, Slot::Tail) if tail == at.id => at = parent,
                (Expr::Block { stmts, tail, .. }, Slot::Semi) if tail.is_none() => {
                    let arena = self.body.arena(parent.seg);
                    let last = arena.list(stmts).last().map(|&s| arena.stmts[s as usize]);
                    if !matches!(last, Some(Stmt::Expr { expr, .. }) if expr == at.id) {
                        return false;
                    }
                    at = parent;
                }
                (_, Slot::Branch | Slot::Arm(_)) if in_branches => at = parent,
                (Expr::For { .. }, Slot::LoopBody) => return true,
                _ => return false,
            }
        }
        false
    }

    /// Whether a block puts something into a collection.
    fn collects(&self, seg: u32, block: ExprId) -> bool {
        let Expr::Block { stmts, tail, .. } = self.node(ExprRef { seg, id: block }) else { return false };
        let arena = self.body.arena(seg);
        let stated = arena.list(stmts).iter().filter_map(|&s| match arena.stmts[s as usize] {
            Stmt::Expr { expr, .. } => Some(expr),
            _ => None,
        });
        stated.chain(tail.get()).any(|id| self.puts_away(ExprRef { seg, id }))
    }

    /// A branch of `select!`.
    pub(super) fn select_branch(&self, e: ExprRef, parent: ExprRef, index: u32, st: &State) -> End {
        let arena = self.body.arena(parent.seg);
        let seg = parent.seg;
        let Expr::Macro(m) = self.node(parent) else { return End::Propagated };
        let MacroShape::Select { arms, els, .. } = &arena.macros[m.idx()].shape else { return End::Propagated };
        let Some(&a) = arena.list(*arms).get(index as usize) else { return End::Propagated };
        let arm = arena.arms[a as usize];
        let out = match self.ty(e).kind() {
            TyKind::Future(out, _) => *out,
            _ => self.body.segs[seg as usize].pats[arm.pat.idx()],
        };
        if self.holder.of(out).is_none_or(|h| !h.fails()) {
            return End::Propagated;
        }
        let pos = self.pat_pos(seg, arm.pat);
        let way = |pat, run: ExprId| Way { pat, guarded: false, run: Self::at(seg, run), pos };
        let list = vec![way(Some(arm.pat), arm.body), way(None, *els)];
        if matches!(self.pat(seg, arm.pat), Pat::Ident { .. }) {
            return End::Propagated;
        }
        self.decide_typed(out, &Ways { seg, list, empty: Loss::EmptyArm, owner: None }, st)
    }

    fn decide(&self, e: ExprRef, ways: &Ways, st: &State) -> End {
        self.decide_typed(self.ty(e), ways, st)
    }

    /// Which ways a failure of a value of this type may take, and the worst of them.
    fn decide_typed(&self, ty: Ty, ways: &Ways, st: &State) -> End {
        let (ty, in_tuple) = match (st.path.is_empty(), ty.strip_refs().kind()) {
            (false, TyKind::Tuple(tys)) => (tys.get(*st.path.last().unwrap_or(&0) as usize).copied().unwrap_or(ty), true),
            _ => (ty, false),
        };
        let levels = if st.ok_at.is_some() { vec![None] } else { self.levels(ty) };
        let mut good = End::Handled;
        for (level, error) in levels.iter().enumerate() {
            match self.decide_level(ty, ways, st, level as u32, in_tuple) {
                End::Lost(mut lost) => {
                    lost.error = lost.error.or(*error);
                    // The outer error is of no interest (a task that panicked): an inner loss says more.
                    if level + 1 < levels.len() && self.is_dull(*error) {
                        good = End::Lost(lost);
                        continue;
                    }
                    return End::Lost(lost);
                }
                End::Logged if good == End::Handled => good = End::Logged,
                _ => {}
            }
        }
        good
    }

    fn is_dull(&self, error: Option<Ty>) -> bool {
        error.is_some_and(|t| self.cx.known.error_rule(self.cx.defs, t).is_some())
    }

    /// Errors of nested Results, outermost first.
    fn levels(&self, ty: Ty) -> Vec<Option<Ty>> {
        let mut out = Vec::new();
        let mut at = ty.strip_refs();
        for _ in 0..4 {
            let TyKind::Adt(def, args) = at.kind() else { break };
            if Some(*def) == self.cx.types.lang.result && args.len() == 2 {
                out.push(Some(args[1]));
                at = args[0].strip_refs();
            } else if Some(*def) == self.cx.types.lang.option || Some(*def) == self.cx.types.lang.poll {
                at = args[0].strip_refs();
            } else {
                break;
            }
        }
        if out.is_empty() {
            out.push(None);
        }
        out
    }

    fn decide_level(&self, ty: Ty, ways: &Ways, st: &State, level: u32, in_tuple: bool) -> End {
        let seg = ways.seg;
        let mut worst: Option<Lost> = None;
        let mut logged = false;
        // A guard before it looked at the error: what is left was chosen to be passed over.
        let mut seen = false;
        // Errors that matter beside certain other values were named before: the rest of the pairs was chosen to be passed over.
        let mut named = false;
        for (n, way) in ways.list.iter().enumerate() {
            let cover = match way.pat {
                Some(p) => self.cover(seg, p, ty, st, level, in_tuple),
                None => Cover::All { used: false },
            };
            match cover {
                Cover::Beside => {
                    named = true;
                    continue;
                }
                Cover::No | Cover::Specific => continue,
                Cover::All { used: false } if named => {}
                Cover::All { used: true } => {
                    seen |= way.guarded;
                    logged |= way.run.is_some_and(|run| self.region(Some(run)).reports);
                }
                Cover::All { used: false } => {
                    let region = self.failing_region(ways, n);
                    let pos = st.ok_at.unwrap_or(way.pos);
                    let blind = n == 0 && way.pat.is_some_and(|p| self.takes_anything(seg, p));
                    if blind && !region.stops && !region.errs {
                        // What runs here runs on success too: whatever it logs, it does not log the failure.
                        worst = worst.or(Some(Lost::new(Loss::Underscore, pos)));
                        break;
                    }
                    match self.judge(region, ways.empty, pos, way.run.is_some()) {
                        End::Lost(lost) if seen && lost.loss == Loss::EmptyArm => {
                            worst = worst.or(Some(Lost { loss: Loss::AnotherWay, ..lost }));
                        }
                        End::Lost(lost) => worst = worst.or(Some(lost)),
                        End::Logged => logged = true,
                        _ => {}
                    }
                }
            }
            if !way.guarded {
                break;
            }
        }
        match worst {
            Some(lost) => End::Lost(lost),
            None if logged => End::Logged,
            None => End::Handled,
        }
    }

    /// What runs on one of the ways, and after it where it does nothing and the others leave.
    fn failing_region(&self, ways: &Ways, n: usize) -> Region {
        let region = self.region(ways.list[n].run);
        let others = ways.list.iter().enumerate().filter(|(i, _)| *i != n).filter_map(|(_, way)| way.run);
        let after = if region.falls_through() {
            ways.owner.and_then(|owner| self.passed_over(owner, others))
        } else if region.continues && region.empty {
            ways.list[n].run.and_then(|run| self.given_up_turn(run, others))
        } else {
            None
        };
        after.filter(|after| !after.falls_through()).unwrap_or(region)
    }

    /// What a region that runs on failure makes of it.
    pub(super) fn judge(&self, region: Region, empty: Loss, pos: Pos, written: bool) -> End {
        if region.reports {
            return End::Logged;
        }
        if region.stops {
            return End::Handled;
        }
        let loss = if region.errs {
            Loss::CauseReplaced
        } else if region.continues && region.empty {
            Loss::ItemsSkipped
        } else if region.empty {
            if written && empty == Loss::IfLetOk { Loss::EmptyArm } else { empty }
        } else if region.after {
            Loss::AnotherWay
        } else {
            Loss::Fallback
        };
        End::Lost(Lost {
            in_loop: region.continues && matches!(loss, Loss::ItemsSkipped | Loss::AnotherWay) || loss == Loss::ItemsSkipped,
            leaves: region.leaves,
            substitutes: !region.empty,
            again: region.again,
            calls: region.calls,
            ..Lost::new(loss, pos)
        })
    }

    /// What of a failure `level` Results deep a pattern catches.
    fn cover(&self, seg: u32, pat: PatId, ty: Ty, st: &State, level: u32, in_tuple: bool) -> Cover {
        let arena = self.body.arena(seg);
        let again = |p: PatId, ty: Ty, level: u32| self.cover(seg, p, ty, st, level, false);
        match arena.pats[pat.idx()] {
            Pat::Wild | Pat::Rest => Cover::All { used: false },
            Pat::Ident { sub, path, .. } => {
                if path.is_some() && self.name_of_path(seg, path) == "None" {
                    return self.none_cover(st);
                }
                if sub.is_some() && self.cover(seg, sub, ty, st, level, in_tuple) == Cover::No {
                    return Cover::No;
                }
                Cover::All { used: self.is_used(seg, pat) }
            }
            Pat::Type { pat, .. } | Pat::Ref { inner: pat, .. } => self.cover(seg, pat, ty, st, level, in_tuple),
            Pat::Or(list) => self.any_cover(arena.pats_of(list).map(|p| self.cover(seg, p, ty, st, level, in_tuple))),
            Pat::Tuple(list) if in_tuple => {
                let at = st.path.last().copied().unwrap_or(0) as usize;
                let pats: Vec<PatId> = arena.pats_of(list).collect();
                // Other elements of the tuple may refuse what this one accepts: then the pattern is but a part.
                let Some(&p) = pats.get(at) else { return Cover::All { used: false } };
                let others = pats
                    .iter()
                    .enumerate()
                    .all(|(i, &q)| i == at || matches!(arena.pats[q.idx()], Pat::Wild | Pat::Ident { .. } | Pat::Rest));
                match again(p, ty, level) {
                    Cover::All { used: false } if !others => Cover::No,
                    Cover::Specific if !others => Cover::Beside,
                    cover => cover,
                }
            }
            Pat::Path(path) if self.name_of_path(seg, path) == "None" => self.none_cover(st),
            Pat::TupleStruct { path, pats } => {
                let inner: Vec<PatId> = arena.pats_of(pats).collect();
                let Some(&first) = inner.first() else { return Cover::No };
                match self.name_of_path(seg, path) {
                    "Some" if st.ok_at.is_some() => Cover::No,
                    "Some" | "Ready" => again(first, argument(ty, 0), level),
                    "Ok" if level > 0 => again(first, argument(ty, 0), level - 1),
                    "Ok" => Cover::No,
                    "Err" if level == 0 => self.error_cover(seg, first),
                    _ => Cover::No,
                }
            }
            _ => Cover::No,
        }
    }

    /// `None` catches the failure of a value that went through `.ok()`, and nothing of an `Option<Result>`.
    fn none_cover(&self, st: &State) -> Cover {
        if st.ok_at.is_some() { Cover::All { used: false } } else { Cover::No }
    }

    /// `_`, or a name.
    fn takes_anything(&self, seg: u32, pat: PatId) -> bool {
        matches!(self.pat(seg, pat), Pat::Wild)
            || matches!(self.pat(seg, pat), Pat::Ident { sub, path, .. } if sub.is_none() && path.is_none())
    }

    fn any_cover(&self, covers: impl Iterator<Item = Cover>) -> Cover {
        covers.fold(Cover::No, |a, b| match (a, b) {
            (Cover::All { used: x }, Cover::All { used: y }) => Cover::All { used: x || y },
            (Cover::All { used }, _) | (_, Cover::All { used }) => Cover::All { used },
            (Cover::Specific, _) | (_, Cover::Specific) => Cover::Specific,
            (Cover::Beside, _) | (_, Cover::Beside) => Cover::Beside,
            _ => Cover::No,
        })
    }

    /// The pattern inside `Err(..)`.
    fn error_cover(&self, seg: u32, pat: PatId) -> Cover {
        match self.pat(seg, pat) {
            Pat::Wild | Pat::Rest => Cover::All { used: false },
            // `Err(None)`: a constant, and no binding.
            Pat::Ident { path, .. } if path.is_some() && self.is_constant(seg, path) => Cover::Specific,
            Pat::Ident { sub, .. } if sub.is_none() => Cover::All { used: self.is_used(seg, pat) },
            // `Err(())`: there is nothing to look at.
            Pat::Tuple(list) => {
                self.body.arena(seg).pats_of(list).fold(Cover::All { used: false }, |all, part| match (all, self.error_cover(seg, part)) {
                    (Cover::All { used: a }, Cover::All { used: b }) => Cover::All { used: a || b },
                    _ => Cover::Specific,
                })
            }
            _ => Cover::Specific,
        }
    }

    fn is_constant(&self, seg: u32, path: crate::facts::PathId) -> bool {
        matches!(self.body.segs[seg as usize].paths.get(&path), Some(PathTarget::Def(_)))
    }

    fn name_of_path(&self, seg: u32, path: crate::facts::PathId) -> &str {
        let arena = self.body.arena(seg);
        arena.segs_of(path).last().map_or("", |s| self.body.str(seg, s.name))
    }
}

fn argument(ty: Ty, index: usize) -> Ty {
    match ty.strip_refs().kind() {
        TyKind::Adt(_, args) => args.get(index).copied().unwrap_or(ty),
        _ => ty,
    }
}
