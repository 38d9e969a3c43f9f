//! Functions that return a Result because a signature asks for one: `Ok` is all they ever give.

use super::trace::Tracer;
use crate::facts::{BlockKind, Expr, ExprId};
use crate::model::ty::TyKind;
use crate::model::typed::ExprRef;

impl Tracer<'_> {
    /// Whether every way out of the body is an `Ok(..)` as written. What `?` or a macro might do is taken to fail. Of what stands under a `cfg` there
    /// may be another that fails.
    pub(super) fn never_fails(&self) -> bool {
        if self.conditional() {
            return false;
        }
        let body = &self.body.facts.bodies[self.body.body.idx()];
        if !self.gives_ok(ExprRef { seg: 0, id: body.root }) {
            return false;
        }
        let all = (0..self.body.segs.len() as u32)
            .flat_map(|seg| (0..self.body.arena(seg).exprs.len()).map(move |i| ExprRef { seg, id: ExprId(i as u32) }));
        all.map(|e| (e, self.node(e))).all(|(e, node)| match node {
            Expr::Try(_) => false,
            Expr::Return(value) => value.is_some() && self.gives_ok(ExprRef { seg: e.seg, id: value }),
            _ => true,
        })
    }

    /// Whether the one async block or closure that a call is given, as written there, never fails.
    pub(super) fn given_never_fails(&self, call: ExprRef) -> bool {
        let args = match self.node(call) {
            Expr::Call { args, .. } | Expr::MethodCall { args, .. } => args,
            _ => return false,
        };
        let args = self.body.arena(call.seg).exprs_of(args).map(|id| ExprRef { seg: call.seg, id });
        let mut works = args.filter_map(|arg| match self.node(arg) {
            Expr::Block { kind: BlockKind::Async, tail, .. } => Some((arg, tail)),
            Expr::Closure(n) => Some((arg, self.body.arena(arg.seg).closures[n as usize].body)),
            _ => None,
        });
        let (Some((work, value)), None) = (works.next(), works.next()) else { return false };
        value.is_some() && self.gives_ok(ExprRef { seg: work.seg, id: value }) && !self.may_fail_inside(work)
    }

    /// Whether a `?`, or a `return` of anything but `Ok`, leaves an async block or closure.
    fn may_fail_inside(&self, around: ExprRef) -> bool {
        let mut work = Vec::new();
        self.push_children(around, &mut work);
        while let Some(e) = work.pop() {
            match self.node(e) {
                Expr::Try(_) => return true,
                Expr::Return(value) if value.is_none() || !self.gives_ok(ExprRef { seg: e.seg, id: value }) => return true,
                Expr::Closure(_) | Expr::Block { kind: BlockKind::Async, .. } => {}
                _ => self.push_children(e, &mut work),
            }
        }
        false
    }

    /// The function, or something around it, stands under a `cfg`.
    fn conditional(&self) -> bool {
        let defs = self.cx.defs;
        std::iter::successors(Some(self.body.owner), |&d| defs.parent(d))
            .any(|d| defs.item(d).is_some_and(|(_, item)| !item.cfg.is_empty()))
    }

    fn gives_ok(&self, e: ExprRef) -> bool {
        let inside = |id: ExprId| ExprRef { seg: e.seg, id };
        match self.node(e) {
            _ if matches!(self.ty(e).kind(), TyKind::Never) => true,
            // `Ok(attempt())`: what is inside may fail.
            Expr::Call { args, .. } => {
                let given = self.body.arena(e.seg).exprs_of(args).map(inside);
                self.is_ctor(e, "Ok") && given.into_iter().all(|g| !self.holder.of(self.ty(g)).is_some_and(|h| h.fails()))
            }
            Expr::Block { kind: BlockKind::Plain | BlockKind::Unsafe, tail, .. } => tail.is_some() && self.gives_ok(inside(tail)),
            Expr::If { then, els, .. } => els.is_some() && self.gives_ok(inside(then)) && self.gives_ok(inside(els)),
            Expr::Match { arms, .. } => {
                let arena = self.body.arena(e.seg);
                arena.list(arms).iter().all(|&a| self.gives_ok(inside(arena.arms[a as usize].body)))
            }
            _ => false,
        }
    }
}
