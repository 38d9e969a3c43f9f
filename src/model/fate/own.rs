//! Whose error it is.

use super::Producer;
use super::trace::Tracer;
use crate::model::ids::DefId;
use crate::model::ty::{Ty, TyKind};

const MAX_DEPTH: u32 = 6;

impl Tracer<'_> {
    /// Whether the workspace made an error, or one inside it. A value that comes back because it was not taken is no error of its own.
    pub(super) fn is_own_error(&self, error: Ty, producers: &[Producer]) -> bool {
        self.own(error, 0) && !self.is_given_back(error, producers)
    }

    fn own(&self, ty: Ty, depth: u32) -> bool {
        let member = |d: DefId| self.cx.defs.krate(d.krate).member;
        let inside = |t: &Ty| depth < MAX_DEPTH && self.own(*t, depth + 1) && self.may_be_error(*t);
        match ty.strip_refs().kind() {
            TyKind::Adt(def, args) => member(*def) || args.iter().any(inside),
            TyKind::Tuple(ts) => ts.iter().any(inside),
            TyKind::Proj(tr, ..) => member(*tr),
            TyKind::Dyn(bounds) => bounds.iter().any(|b| member(b.def)),
            _ => false,
        }
    }

    /// What an error of somebody else carries is an error itself, or the message that could not be sent.
    fn may_be_error(&self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::Adt(def, _) if self.cx.defs.krate(def.krate).member => self.is_error(ty),
            _ => true,
        }
    }

    fn is_given_back(&self, error: Ty, producers: &[Producer]) -> bool {
        let TyKind::Adt(made, _) = error.kind() else { return false };
        let same = |ty: &Ty| matches!(ty.strip_refs().kind(), TyKind::Adt(def, _) if def == made);
        let gives_back = |p: &Producer| match p {
            Producer::Call { def, .. } => {
                let sig = self.cx.types.sig(*def);
                sig.self_arg.iter().chain(&sig.params).any(same)
            }
            _ => false,
        };
        !producers.is_empty() && producers.iter().all(gives_back)
    }
}
