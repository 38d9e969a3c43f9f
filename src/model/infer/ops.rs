//! Operators and indexing.

use super::Infer;
use crate::facts::{BinOp, ExprId, UnOp};
use crate::model::ids::{DefId, Prim, kw};
use crate::model::ty::{Cause, Ty, TyKind, VarKind};
use crate::model::typed::ExprRef;

/// Whether a type is a number or an open literal.
pub(super) fn is_number(t: Ty) -> bool {
    match t.kind() {
        TyKind::Prim(p) => !matches!(p, Prim::Bool | Prim::Char | Prim::Str),
        TyKind::Infer(_, k) => *k != VarKind::General,
        _ => false,
    }
}

impl Infer<'_, '_> {
    pub(super) fn unary(&mut self, at: ExprRef, op: UnOp, operand: ExprId, want: Option<Ty>) -> Ty {
        let t = self.expr(at.seg, operand, if op == UnOp::Deref { None } else { want });
        let t = self.known(t);
        if let Some(c) = t.cause()
            && !matches!(t.kind(), TyKind::Infer(..))
        {
            return Ty::unknown(c);
        }
        match op {
            UnOp::Deref => {
                if let TyKind::Ptr(_, inner) = t.kind() {
                    return *inner;
                }
                let mut derefs = Vec::new();
                self.s.deref(t, &mut derefs).unwrap_or_else(|| Ty::unknown(t.cause().unwrap_or(Cause::NotInferred)))
            }
            UnOp::Not | UnOp::Neg => {
                let bare = t.strip_refs();
                if is_number(bare) || bare == Ty::prim(Prim::Bool) || matches!(t.kind(), TyKind::Infer(..)) {
                    return bare;
                }
                let tr = if op == UnOp::Not { self.types.lang.not } else { self.types.lang.neg };
                self.operator_output(tr, t, &[]).unwrap_or_else(|| Ty::unknown(Cause::NotInferred))
            }
        }
    }

    pub(super) fn binary(&mut self, at: ExprRef, op: BinOp, lhs: ExprId, rhs: ExprId, want: Option<Ty>) -> Ty {
        use BinOp::*;
        let boolean = Ty::prim(Prim::Bool);
        match op {
            And | Or => {
                self.expr(at.seg, lhs, Some(boolean));
                self.expr(at.seg, rhs, Some(boolean));
                return boolean;
            }
            Eq | Ne | Lt | Le | Gt | Ge => {
                let l = self.expr(at.seg, lhs, None);
                let r = self.expr(at.seg, rhs, Some(l));
                let (l, r) = (self.s.vars.shallow(l), self.s.vars.shallow(r));
                if matches!(l.kind(), TyKind::Infer(..)) || is_number(r) {
                    self.try_unify(l, r);
                }
                return boolean;
            }
            _ => {}
        }
        let hint = want.filter(|w| is_number(self.s.vars.shallow(*w)));
        let l = self.expr(at.seg, lhs, hint);
        let l = self.known(l);
        let shift = matches!(op, Shl | Shr);
        let r = self.expr(at.seg, rhs, if shift || !is_number(l) { None } else { Some(l) });
        let r = self.known(r);
        if let Some(c) = l.cause()
            && !matches!(l.kind(), TyKind::Infer(..))
        {
            return Ty::unknown(c);
        }
        let (bl, br) = (self.s.vars.shallow(l.strip_refs()), self.s.vars.shallow(r.strip_refs()));
        if is_number(bl) && (is_number(br) || matches!(br.kind(), TyKind::Infer(..) | TyKind::Unknown(_))) {
            if !shift {
                self.try_unify(bl, br);
            }
            return self.s.vars.shallow(bl);
        }
        if bl == boolean {
            return boolean;
        }
        if matches!(l.kind(), TyKind::Infer(..)) {
            if !shift && is_number(br) {
                self.try_unify(l, br);
            }
            return self.s.vars.shallow(l);
        }
        let out = self.operator_output(self.operator_trait(op), l, &[r]);
        out.unwrap_or_else(|| Ty::unknown(Cause::NotInferred))
    }

    fn operator_trait(&self, op: BinOp) -> Option<DefId> {
        let lang = &self.types.lang;
        match op {
            BinOp::Add => lang.add,
            BinOp::Sub => lang.sub,
            BinOp::Mul => lang.mul,
            BinOp::Div => lang.div,
            BinOp::Rem => lang.rem,
            BinOp::BitXor => lang.bitxor,
            BinOp::BitAnd => lang.bitand,
            BinOp::BitOr => lang.bitor,
            BinOp::Shl => lang.shl,
            BinOp::Shr => lang.shr,
            _ => None,
        }
    }

    /// `<l as Op<r>>::Output`; when the right side only fits after coercion, the output that all impls for the left side share by having one.
    fn operator_output(&mut self, tr: Option<DefId>, l: Ty, r: &[Ty]) -> Option<Ty> {
        let tr = tr?;
        let args: Vec<Ty> = std::iter::once(l).chain(r.iter().copied()).collect();
        let direct = self.s.project(tr, &args, kw::OUTPUT).filter(|t| t.cause().is_none());
        if direct.is_some() || r.is_empty() {
            return direct.map(|t| self.settle(t));
        }
        let open = self.fresh();
        let out = self.s.project(tr, &[l, open], kw::OUTPUT).filter(|t| t.cause().is_none());
        out.map(|t| self.settle(t))
    }

    pub(super) fn index(&mut self, at: ExprRef, base: ExprId, index: ExprId) -> Ty {
        let b = self.expr(at.seg, base, None);
        let b = self.known(b);
        let i = self.expr(at.seg, index, None);
        let i = self.known(i);
        let (steps, open) = self.s.autoderef(b);
        let position = matches!(i.kind(), TyKind::Prim(Prim::Usize) | TyKind::Infer(_, VarKind::Int));
        for step in &steps {
            match step.ty.kind() {
                TyKind::Array(t) | TyKind::Slice(t) => {
                    if position {
                        self.try_unify(i, Ty::prim(Prim::Usize));
                        return *t;
                    }
                    return Ty::new(TyKind::Slice(*t));
                }
                TyKind::Adt(d, args) if Some(*d) == self.types.lang.vec && !args.is_empty() => {
                    if position {
                        self.try_unify(i, Ty::prim(Prim::Usize));
                        return args[0];
                    }
                    return Ty::new(TyKind::Slice(args[0]));
                }
                TyKind::Infer(..) | TyKind::Unknown(_) => break,
                _ => {}
            }
            if let Some(out) = self.operator_output(self.types.lang.index, step.ty, &[i]) {
                return out;
            }
        }
        let cause = steps.last().and_then(|s| s.ty.cause());
        Ty::unknown(cause.unwrap_or(if open { Cause::NotInferred } else { Cause::UnresolvedMethod }))
    }
}
