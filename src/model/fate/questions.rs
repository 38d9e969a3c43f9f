//! Questions that are asked of a value (`is_ok()`, `is_err()`, ..): what the answer decides.

use super::follow::{End, Lost, State};
use super::region::Region;
use super::trace::Tracer;
use super::tree::Slot;
use super::{Loss, Producer};
use crate::catalog::schema::MacroKind;
use crate::facts::{BinOp, Expr, Lit, Pat, Pos, Stmt, UnOp};
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget};

impl Tracer<'_> {
    /// The value became a `bool`: `good` tells which bool means success; `None` when that cannot be told.
    pub(super) fn tested(&self, e: ExprRef, test: ExprRef, st: &State, good: Option<bool>) -> End {
        if st.ok_at.is_none() && self.is_lent(e) {
            return End::Neutral;
        }
        let decided = self.decided_by_test(test, st, good);
        // A question beside other uses decides nothing, unless the failure is dealt with where it is asked.
        let dealt_with = matches!(decided, End::Logged) || matches!(decided, End::Handled) && good.is_some();
        if self.is_one_of_many(e) && !dealt_with { End::Neutral } else { decided }
    }

    /// Whether a value belongs to somebody else, who still has it after a question: a reference that was handed in, a field.
    pub(super) fn is_lent(&self, e: ExprRef) -> bool {
        let lent = match self.node(e) {
            Expr::Field { .. } => true,
            Expr::MethodCall { .. } => matches!(self.name_of_method(e), "as_ref" | "as_mut" | "as_deref"),
            _ => matches!(self.ty(e).kind(), TyKind::Ref(..)),
        };
        lent && self.producers(e).iter().all(|p| matches!(p, Producer::Param(_) | Producer::Place(_)))
    }

    /// Of a Result whose value may have failed as well, the error that is lost with the Result alone: that of a `timeout` around a call.
    pub(super) fn outer_error(&self, e: ExprRef) -> Option<Ty> {
        let TyKind::Adt(def, args) = self.ty(e).kind() else { return None };
        let [value, error] = args[..] else { return None };
        let nested = Some(*def) == self.cx.types.lang.result && self.holder.of(value).is_some_and(|held| held.fails());
        nested.then_some(error)
    }

    pub(super) fn decided_by_test(&self, test: ExprRef, st: &State, good: Option<bool>) -> End {
        self.decided(test, st.ok_at.unwrap_or(self.body.pos(test)), good)
    }

    /// The answer has a name: whether one of its uses deals with the failure.
    fn decided_by_name(&self, seg: u32, stmt: u32, pos: Pos, good: Option<bool>) -> Option<End> {
        let Stmt::Let { pat, els, .. } = self.body.arena(seg).stmts[stmt as usize] else { return None };
        let Pat::Ident { .. } = self.pat(seg, pat) else { return None };
        let uses = self.tree.uses.get(&(seg, pat)).filter(|_| els.is_none() && self.take_step())?;
        uses.iter().map(|&u| self.decided(u, pos, good)).find(|end| matches!(end, End::Logged | End::Handled))
    }

    fn decided(&self, test: ExprRef, pos: Pos, good: Option<bool>) -> End {
        let mut at = test;
        let mut good = good;
        while let Some((parent, slot)) = self.tree.parent(at) {
            match (self.node(parent), slot) {
                (Expr::Unary { op: UnOp::Not, .. }, _) => good = good.map(|g| !g),
                (Expr::Binary { op: BinOp::And | BinOp::Or, .. }, _) | (_, Slot::Tail) => {}
                // `r.is_ok() == true`
                (Expr::Binary { op: op @ (BinOp::Eq | BinOp::Ne), lhs, rhs }, _) => {
                    let other = self.node(ExprRef { seg: parent.seg, id: if lhs == at.id { rhs } else { lhs } });
                    good = match other {
                        Expr::Lit(Lit::Bool(said)) => good.map(|g| g == (said == (op == BinOp::Eq))),
                        _ => None,
                    };
                }
                (Expr::If { then, els, .. }, Slot::Cond) => {
                    let failing = match good {
                        Some(true) => Self::at(parent.seg, els),
                        Some(false) => Self::at(parent.seg, then),
                        None => return End::Handled,
                    };
                    let region = match failing {
                        Some(_) => self.region(failing),
                        None => self.after_a_question(parent, Self::at(parent.seg, then)),
                    };
                    return self.judge(region, Loss::Fallback, pos, false);
                }
                (Expr::Macro(_), Slot::MacroArg(_) | Slot::Scrutinee) => {
                    if self.macro_kind(parent) == Some(MacroKind::Panic) {
                        return End::Handled;
                    }
                    break;
                }
                (Expr::Closure(_), Slot::Closure) => {
                    if let Some((call, Slot::Arg(_))) = self.tree.parent(parent)
                        && matches!(self.name_of_method(call), "filter" | "take_while" | "skip_while" | "retain")
                    {
                        return match good {
                            // What failed is what is kept.
                            Some(false) => End::Neutral,
                            // `option.filter(|x| check(x).is_ok())`: no items, one value that is there or not.
                            _ if self.filters_option(call) => End::Lost(Lost { substitutes: true, ..Lost::new(Loss::Fallback, pos) }),
                            _ => End::Lost(Lost { in_loop: true, ..Lost::new(Loss::ItemsSkipped, pos) }),
                        };
                    }
                    break;
                }
                (_, Slot::Semi) => return End::Neutral,
                (_, Slot::Init(stmt)) => match self.decided_by_name(parent.seg, stmt, pos, good) {
                    Some(end) => return end,
                    None => break,
                },
                _ => break,
            }
            at = parent;
        }
        End::Lost(Lost { substitutes: true, ..Lost::new(Loss::Fallback, pos) })
    }

    /// What runs where a question was answered with no: the code after a branch that leaves, as far as it says so or fails.
    fn after_a_question(&self, owner: ExprRef, then: Option<ExprRef>) -> Region {
        let after = self.passed_over(owner, then.into_iter()).unwrap_or_default();
        if after.reports || after.stops || after.errs {
            return after;
        }
        Region { calls: after.calls, ..self.region(None) }
    }

    /// A local with other uses: the question alone decides nothing.
    fn is_one_of_many(&self, e: ExprRef) -> bool {
        let Expr::Path(p) = self.node(e) else { return false };
        match self.body.segs[e.seg as usize].paths.get(&p) {
            Some(PathTarget::Local(seg, pat)) => self.tree.uses.get(&(*seg, *pat)).is_some_and(|u| u.len() > 1),
            _ => false,
        }
    }

    fn filters_option(&self, call: ExprRef) -> bool {
        let Expr::MethodCall { recv, .. } = self.node(call) else { return false };
        self.holder.is_option(self.ty(ExprRef { seg: call.seg, id: recv }))
    }
}
