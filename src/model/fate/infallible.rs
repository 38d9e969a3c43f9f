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
