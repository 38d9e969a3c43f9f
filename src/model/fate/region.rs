//! What stands in the code that runs on failure: does it log, count, stop, return an error, or nothing at all.

use super::trace::Tracer;
use super::tree;
use crate::catalog::schema::MacroKind;
use crate::facts::{Expr, ExprId, Stmt};
use crate::model::effects::Effects;
use crate::model::ids::{DefId, DefKind};
use crate::model::typed::ExprRef;

/// What a region does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Region {
    /// Writes a log record, counts, prints.
    pub reports: bool,
    /// Panics or ends the process.
    pub stops: bool,
    /// Returns or yields an error of its own.
    pub errs: bool,
    /// Leaves the function, loop turn or block without an error.
    pub leaves: bool,
    /// Goes on with the next turn of a loop.
    pub continues: bool,
    /// Gives nothing but `()`, `None`, or leaves.
    pub empty: bool,
    /// It is what stands after a branch that leaves.
    pub after: bool,
    /// It makes another attempt on the same.
    pub again: bool,
    /// Workspace functions called.
    pub calls: Vec<DefId>,
}

impl Region {
    /// Does nothing at all, and goes on with what stands after it.
    pub fn falls_through(&self) -> bool {
        self.empty && !(self.reports || self.stops || self.errs || self.leaves || self.continues)
    }
}

impl Tracer<'_> {
    /// Reads a region; `None` is a missing `else`.
    pub(super) fn region(&self, root: Option<ExprRef>) -> Region {
        let mut out = Region { empty: root.is_none_or(|r| self.gives_nothing(r)), ..Region::default() };
        let Some(root) = root else { return out };
        out.errs = self.ends_in_error(root);
        let mut work = vec![root];
        while let Some(e) = work.pop() {
            self.region_node(e, &mut out);
            self.push_children(e, &mut work);
        }
        out.calls.sort_unstable();
        out.calls.dedup();
        out
    }

    /// Children of a node, the root of its expansion for an expanded macro.
    pub(super) fn push_children(&self, e: ExprRef, work: &mut Vec<ExprRef>) {
        let arena = self.body.arena(e.seg);
        if let Expr::Macro(m) = arena.exprs[e.id.idx()]
            && let Some(seg) = self.body.segs[e.seg as usize].macros.get(&m).and_then(|t| t.expansion)
        {
            work.push(self.body.root_of(seg));
            return;
        }
        let mut ids: Vec<ExprId> = Vec::new();
        tree::children(arena, e.id, &mut ids);
        work.extend(ids.into_iter().map(|id| ExprRef { seg: e.seg, id }));
    }

    fn region_node(&self, e: ExprRef, out: &mut Region) {
        match self.node(e) {
            Expr::Macro(_) => match self.macro_kind(e) {
                Some(MacroKind::Log | MacroKind::Metric | MacroKind::Print) => out.reports = true,
                Some(MacroKind::Panic) => out.stops = true,
                Some(MacroKind::ReturnsError) => out.errs = true,
                _ => {}
            },
            Expr::Call { .. } | Expr::MethodCall { .. } => self.region_call(e, out),
            Expr::Return(v) => {
                if v.is_some() && self.ends_in_error(ExprRef { seg: e.seg, id: v }) {
                    out.errs = true;
                } else {
                    out.leaves = true;
                }
            }
            Expr::Continue { .. } => out.continues = true,
            Expr::Break { .. } => out.leaves = true,
            Expr::Try(inner) if self.ends_in_error(ExprRef { seg: e.seg, id: inner }) => out.errs = true,
            _ => {}
        }
    }

    fn region_call(&self, e: ExprRef, out: &mut Region) {
        let Some(callee) = self.body.callee(e) else { return };
        let Some(def) = callee.def else { return };
        if self.cx.defs.def(def).kind != DefKind::Fn {
            return;
        }
        if self.cx.defs.krate(def.krate).member {
            out.calls.push(def);
            return;
        }
        if let Some(row) = self.cx.known.function(self.cx.defs, def)
            && row.exits
        {
            out.stops = true;
        }
        let effects = self.cx.known.effects(self.cx.defs, def, callee.trait_method, callee.recv);
        out.reports |= effects.any(Effects::LOG | Effects::METRIC);
        out.stops |= effects.any(Effects::EXIT);
    }

    /// Whether the value is `Err(..)` as written, possibly at the end of blocks and branches.
    pub(super) fn ends_in_error(&self, e: ExprRef) -> bool {
        match self.node(e) {
            Expr::Block { stmts, tail, .. } => {
                let arena = self.body.arena(e.seg);
                let last = tail.get().or_else(|| match arena.stmts[*arena.list(stmts).last()? as usize] {
                    Stmt::Expr { expr, .. } => Some(expr).filter(|x| matches!(arena.exprs[x.idx()], Expr::Return(_) | Expr::Macro(_))),
                    _ => None,
                });
                last.is_some_and(|id| self.ends_in_error(ExprRef { seg: e.seg, id }))
            }
            Expr::If { then, els, .. } => {
                self.ends_in_error(ExprRef { seg: e.seg, id: then }) || els.is_some() && self.ends_in_error(ExprRef { seg: e.seg, id: els })
            }
            Expr::Return(v) if v.is_some() => self.ends_in_error(ExprRef { seg: e.seg, id: v }),
            Expr::Try(inner) => self.ends_in_error(ExprRef { seg: e.seg, id: inner }),
            Expr::Call { .. } => self.is_ctor(e, "Err"),
            Expr::MethodCall { recv, .. } => self.ends_in_error(ExprRef { seg: e.seg, id: recv }),
            Expr::Macro(m) => match self.body.segs[e.seg as usize].macros.get(&m).and_then(|t| t.expansion) {
                Some(seg) => self.ends_in_error(self.body.root_of(seg)),
                None => matches!(self.macro_kind(e), Some(MacroKind::ReturnsError)),
            },
            _ => false,
        }
    }

    /// Whether an expression is a call of a constructor of `Result` or `Option`, by its name.
    pub(super) fn is_ctor(&self, e: ExprRef, name: &str) -> bool {
        let Expr::Call { callee, .. } = self.node(e) else { return false };
        let Expr::Path(p) = self.node(ExprRef { seg: e.seg, id: callee }) else { return false };
        let arena = self.body.arena(e.seg);
        arena.segs_of(p).last().is_some_and(|s| self.body.str(e.seg, s.name) == name)
    }

    /// `{}`, `()`, `None`, `continue`, `break`, `return`, `return None`, `return Ok(())`, and blocks of nothing else.
    pub(super) fn gives_nothing(&self, e: ExprRef) -> bool {
        let at = |id: ExprId| ExprRef { seg: e.seg, id };
        match self.node(e) {
            Expr::Block { stmts, tail, .. } => {
                let arena = self.body.arena(e.seg);
                let quiet = arena.list(stmts).iter().all(|&s| match arena.stmts[s as usize] {
                    Stmt::Expr { expr, .. } => self.gives_nothing(at(expr)),
                    _ => false,
                });
                quiet && (tail.is_none() || self.gives_nothing(at(tail)))
            }
            Expr::Tuple(list) => self.body.arena(e.seg).list(list).is_empty(),
            Expr::Continue { .. } => true,
            Expr::Break { value, .. } => value.is_none() || self.gives_nothing(at(value)),
            Expr::Return(v) => v.is_none() || self.gives_nothing(at(v)),
            Expr::Path(p) => {
                let arena = self.body.arena(e.seg);
                arena.segs_of(p).last().is_some_and(|s| self.body.str(e.seg, s.name) == "None")
            }
            Expr::Call { args, .. } if self.is_ctor(e, "Ok") => {
                self.body.arena(e.seg).exprs_of(args).next().is_some_and(|a| self.gives_nothing(at(a)))
            }
            _ => false,
        }
    }

    /// What the catalog says of a macro invocation.
    pub(super) fn macro_kind(&self, e: ExprRef) -> Option<MacroKind> {
        let Expr::Macro(m) = self.node(e) else { return None };
        let target = self.body.segs[e.seg as usize].macros.get(&m)?;
        Some(self.cx.known.macro_row(self.cx.defs, target.def?)?.kind)
    }
}
