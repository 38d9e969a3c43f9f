//! Details of an error that is returned in any case: `Err(Failed { status, text: response.text().await.unwrap_or_default() })`. What failed was told; a further
//! failure while telling it takes nothing away.

use super::Loss;
use super::follow::{End, Lost};
use super::trace::Tracer;
use super::tree::Slot;
use crate::catalog::schema::MacroKind;
use crate::facts::{Expr, ExprId, Stmt};
use crate::model::ty::solve::Solver;
use crate::model::ty::{Bound, Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget};

/// Methods whose closure makes an error.
const MAKES_ERROR: &[&str] = &["map_err", "ok_or_else", "with_context", "wrap_err_with"];

impl Tracer<'_> {
    /// Marks a loss that only takes a detail from an error that is returned anyhow.
    pub(super) fn with_detail_marked(&self, e: ExprRef, end: End) -> End {
        match end {
            End::Lost(lost) => End::Lost(Lost { detail: self.is_detail(e, &lost), ..lost }),
            _ => end,
        }
    }

    fn is_detail(&self, e: ExprRef, lost: &Lost) -> bool {
        match lost.loss {
            Loss::Fallback => self.stands_in_an_error(e) || self.is_on_the_way_to_an_error(e),
            Loss::IfLetOk => self.sets_part_of_an_error(e) && self.is_on_the_way_to_an_error(e),
            _ => false,
        }
    }

    /// Among the arguments of `Err(..)`, `bail!` and kin.
    fn stands_in_an_error(&self, e: ExprRef) -> bool {
        let mut around =
            self.tree.ancestors(e).take_while(|(_, slot)| !matches!(slot, Slot::Semi | Slot::Init(_) | Slot::Tail | Slot::Closure));
        around.any(|(parent, slot)| match slot {
            Slot::Arg(_) => self.is_ctor(parent, "Err"),
            Slot::MacroArg(_) => {
                matches!(self.macro_kind(parent), Some(MacroKind::MakesError | MacroKind::ReturnsError))
                    || self.macro_kind(parent) == Some(MacroKind::Panic) && self.never_ends(parent)
                    || self.records_an_error(parent)
            }
            _ => false,
        })
    }

    /// `error!(..)`, `warn!(..)`.
    fn records_an_error(&self, e: ExprRef) -> bool {
        let Expr::Macro(m) = self.node(e) else { return false };
        let def = self.body.segs[e.seg as usize].macros.get(&m).and_then(|target| target.def);
        let named = |name: &str| def.is_some_and(|def| self.cx.defs.def(def).name.as_str() == name);
        self.macro_kind(e) == Some(MacroKind::Log) && (named("error") || named("warn"))
    }

    /// `if let Ok(x) = r { error.part = x }`.
    fn sets_part_of_an_error(&self, e: ExprRef) -> bool {
        let owner = self.tree.ancestors(e).find(|(_, slot)| *slot == Slot::Cond).map(|(owner, _)| owner);
        let Some(Expr::If { then, .. }) = owner.map(|o| self.node(o)) else { return false };
        self.any_below(ExprRef { seg: e.seg, id: then }, &|x| match self.node(x) {
            Expr::Assign { lhs, .. } => self.is_part_of_an_error(ExprRef { seg: x.seg, id: lhs }),
            _ => false,
        })
    }

    fn is_part_of_an_error(&self, place: ExprRef) -> bool {
        match self.node(place) {
            Expr::Field { base, .. } => self.is_part_of_an_error(ExprRef { seg: place.seg, id: base }),
            Expr::Path(p) => match self.body.segs[place.seg as usize].paths.get(&p) {
                Some(PathTarget::Local(..)) => self.is_error(self.ty(place).strip_refs()),
                _ => false,
            },
            _ => false,
        }
    }

    /// Nothing but errors comes after it: in a block that ends in one, in a closure that makes one, in a function that gives one.
    fn is_on_the_way_to_an_error(&self, e: ExprRef) -> bool {
        let mut child = e;
        for (parent, slot) in self.tree.ancestors(e) {
            match slot {
                Slot::Semi | Slot::Init(_) if self.only_errors_follow(parent, child) => return true,
                Slot::Closure => {
                    return matches!(self.tree.parent(parent), Some((call, Slot::Arg(_))) if MAKES_ERROR.contains(&self.name_of_method(call)));
                }
                _ => {}
            }
            child = parent;
        }
        self.is_error(self.body.ret)
    }

    /// Whether what follows a statement of a block does nothing but end in an error, and nothing waits, leaves or decides before.
    fn only_errors_follow(&self, block: ExprRef, after: ExprRef) -> bool {
        let steps = self.following(block, after);
        let Some(&last) = steps.last() else { return false };
        let leaves = |x: ExprRef| match self.node(x) {
            Expr::Return(v) => v.is_none() || !self.always_errs(ExprRef { seg: x.seg, id: v }),
            Expr::Break { .. } | Expr::Continue { .. } => true,
            _ => false,
        };
        let works = |x: ExprRef| leaves(x) || matches!(self.node(x), Expr::Await(_));
        let decides = |x: ExprRef| matches!(self.node(x), Expr::If { .. } | Expr::Match { .. } | Expr::While { .. });
        let before = &steps[..steps.len() - 1];
        self.always_errs(last)
            && !self.any_below(after, &leaves)
            && !steps.iter().any(|&s| self.any_below(s, &works))
            && !before.iter().any(|&s| self.any_below(s, &decides))
    }

    /// Whether an expression is an error, or leaves with one, on all its ways.
    fn always_errs(&self, e: ExprRef) -> bool {
        let at = |id: ExprId| self.always_errs(ExprRef { seg: e.seg, id });
        let arena = self.body.arena(e.seg);
        match self.node(e) {
            Expr::Call { .. } => self.is_ctor(e, "Err"),
            Expr::Return(v) => v.is_some() && at(v),
            Expr::Try(x) => at(x),
            Expr::MethodCall { recv, .. } => at(recv),
            Expr::If { then, els, .. } => els.is_some() && at(then) && at(els),
            Expr::Match { arms, .. } => {
                let mut arms = arena.list(arms).iter().map(|&a| arena.arms[a as usize].body).peekable();
                arms.peek().is_some() && arms.all(at)
            }
            Expr::Block { stmts, tail, .. } => match (tail.get(), arena.list(stmts).last()) {
                (Some(tail), _) => at(tail),
                (None, Some(&s)) => matches!(arena.stmts[s as usize], Stmt::Expr { expr, .. } if at(expr)),
                (None, None) => false,
            },
            Expr::Macro(m) => match self.body.segs[e.seg as usize].macros.get(&m).and_then(|t| t.expansion) {
                Some(seg) => self.always_errs(self.body.root_of(seg)),
                None => matches!(self.macro_kind(e), Some(MacroKind::ReturnsError | MacroKind::Panic)) && self.never_ends(e),
            },
            _ => false,
        }
    }

    fn never_ends(&self, e: ExprRef) -> bool {
        *self.ty(e).kind() == TyKind::Never
    }

    /// Whether a type is an error by its trait.
    pub(super) fn is_error(&self, ty: Ty) -> bool {
        let Some(def) = self.cx.types.lang.error else { return false };
        let bound = Bound { def, args: Box::new([]), assoc: Box::new([]) };
        matches!(ty.kind(), TyKind::Adt(..)) && Solver::new(self.cx.types, None).prove(ty, &bound) == Some(true)
    }

    pub(super) fn any_below(&self, e: ExprRef, is: &dyn Fn(ExprRef) -> bool) -> bool {
        let mut work = vec![e];
        while let Some(x) = work.pop() {
            if is(x) {
                return true;
            }
            self.push_children(x, &mut work);
        }
        false
    }
}
