//! Method lookup: what `receiver.name(..)` calls.

use std::sync::Arc;

use super::impls::{Member, head_of};
use super::solve::{Answer, Solver, Source};
use super::{Bound, HAS_INFER, Ty, TyKind, VarKind};
use crate::facts::{ItemKind, Receiver};
use crate::model::defs::{Head, Scope};
use crate::model::ids::{DefId, DefKind, Name, kw};

/// A method found.
#[derive(Clone, Debug)]
pub struct Picked {
    /// The function: of an inherent impl, or of a trait.
    pub def: DefId,
    /// Arguments of its owner (impl, or trait with `Self` first); its own are for the caller to make.
    pub owner_args: Vec<Ty>,
    /// It is a trait's method.
    pub of_trait: bool,
    /// Type of the receiver after auto-deref, before auto-ref.
    pub recv: Ty,
    /// `Deref::deref` impls passed on the way.
    pub derefs: Vec<DefId>,
}

/// Result of a lookup.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// Found.
    Found(Box<Picked>),
    /// The receiver's type is not known yet.
    Open,
    /// No candidate, and the type is fully known.
    None,
}

/// Auto-deref steps of a type.
pub struct Step {
    /// The type at this step.
    pub ty: Ty,
    /// `Deref` impls passed to come here.
    pub derefs: Vec<DefId>,
}

const MAX_STEPS: usize = 10;

impl Solver<'_, '_> {
    /// The types a receiver passes through by auto-deref, the final unsizing of an array included; and whether the chain ends in something open.
    pub fn autoderef(&mut self, ty: Ty) -> (Vec<Step>, bool) {
        let mut steps: Vec<Step> = Vec::new();
        let ty = self.norm(ty);
        let mut at = self.vars.shallow(ty);
        let mut derefs = Vec::new();
        loop {
            steps.push(Step { ty: at, derefs: derefs.clone() });
            if matches!(at.kind(), TyKind::Infer(..) | TyKind::Unknown(_)) || steps.len() > MAX_STEPS {
                return (steps, true);
            }
            match self.deref(at, &mut derefs) {
                Some(next) if steps.iter().all(|s| s.ty != next) => at = next,
                _ => break,
            }
        }
        if let TyKind::Array(elem) = at.kind() {
            steps.push(Step { ty: Ty::new(TyKind::Slice(*elem)), derefs });
        }
        (steps, false)
    }

    /// One step of `*`.
    pub fn deref(&mut self, ty: Ty, derefs: &mut Vec<DefId>) -> Option<Ty> {
        match ty.kind() {
            TyKind::Ref(_, inner) => Some(self.vars.shallow(*inner)),
            TyKind::Adt(d, args) if Some(*d) == self.types.lang.boxed => args.first().map(|&t| self.vars.shallow(t)),
            TyKind::Adt(..) | TyKind::Param(..) | TyKind::Opaque(..) | TyKind::Proj(..) => {
                let tr = self.types.lang.deref?;
                let Answer::Yes(source) = self.find(tr, &[ty]) else { return None };
                if let Source::Impl(imp, _) = &source {
                    derefs.extend(self.types.value_member(*imp, Name::new("deref")));
                }
                let target = self.project(tr, &[ty], kw::TARGET)?;
                Some(self.vars.shallow(target))
            }
            _ => None,
        }
    }

    /// Looks a method up. For types without variables and parameters the outcome is the same in all bodies of a module, and remembered.
    pub fn method(&mut self, recv: Ty, name: Name, scope: Scope) -> Lookup {
        let recv = self.norm(recv);
        let closed = self.vars.resolve(recv);
        if self.asks_elsewhere(closed) {
            return self.look_up(recv, name, scope);
        }
        let key = (closed, name, scope.module);
        if let Some(found) = self.types.caches.methods.get(&key) {
            return found.map_or(Lookup::None, |picked| Lookup::Found(Box::new((*picked).clone())));
        }
        let (pending, cut) = (self.pending.len(), std::mem::replace(&mut self.cut, false));
        let mut found = self.look_up(closed, name, scope);
        let picked = match &mut found {
            Lookup::Found(picked) => {
                picked.owner_args.iter_mut().for_each(|t| *t = self.vars.resolve(*t));
                let closed = picked.owner_args.iter().chain([&picked.recv]).all(|t| !t.has(HAS_INFER));
                closed.then(|| Some(Arc::new((**picked).clone())))
            }
            Lookup::Open => None,
            Lookup::None => Some(None),
        };
        if let Some(picked) = picked
            && !self.cut
            && self.pending.len() == pending
        {
            self.types.caches.methods.put(key, picked);
        }
        self.cut |= cut;
        found
    }

    fn look_up(&mut self, recv: Ty, name: Name, scope: Scope) -> Lookup {
        let (steps, open) = self.autoderef(recv);
        if open && refers_to_open(&steps) {
            return Lookup::Open;
        }
        let scoped = self.types.scope_members(scope, name);
        let here = self.inherent_candidates(&steps, name, scoped);
        for step in &steps {
            if matches!(step.ty.kind(), TyKind::Infer(_, VarKind::General) | TyKind::Unknown(_)) {
                return Lookup::Open;
            }
            for arg in [step.ty, Ty::new(TyKind::Ref(false, step.ty)), Ty::new(TyKind::Ref(true, step.ty))] {
                if let Some(mut p) = self.pick(arg, step.ty, &here, scoped) {
                    p.derefs = step.derefs.clone();
                    return Lookup::Found(Box::new(p));
                }
            }
        }
        if open { Lookup::Open } else { Lookup::None }
    }

    fn inherent_candidates(&self, steps: &[Step], name: Name, scoped: &[Member]) -> Vec<Candidate> {
        let mut out = Vec::new();
        for s in steps {
            let heads: Vec<Head> = match s.ty.kind() {
                // An integer that nothing has fixed yet becomes i32, a float f64.
                TyKind::Infer(_, VarKind::Int) => vec![Head::Prim(crate::model::ids::Prim::I32)],
                TyKind::Infer(_, VarKind::Float) => vec![Head::Prim(crate::model::ids::Prim::F64)],
                _ => head_of(s.ty).into_iter().collect(),
            };
            for h in heads {
                out.extend(self.types.inherent_members(h, name).into_iter().map(|(imp, m)| Candidate::Inherent(imp, m)));
            }
            out.extend(self.bound_candidates(s.ty, name, scoped));
        }
        out
    }

    /// Methods that come from where clauses, `dyn` and `impl` bounds: they count as inherent. Of those that `impl Trait` and associated types
    /// carry, traits in scope go first: the language looks at no others.
    fn bound_candidates(&self, ty: Ty, name: Name, scoped: &[Member]) -> Vec<Candidate> {
        let mut bounds: Vec<Bound> = Vec::new();
        if matches!(ty.kind(), TyKind::Param(..) | TyKind::Proj(..)) {
            bounds.extend(self.env.iter().filter(|p| p.subject == ty).map(|p| p.bound.clone()));
        }
        let mut carried = self.carried_bounds(ty);
        if !matches!(ty.kind(), TyKind::Dyn(_)) {
            carried.sort_by_key(|b| !scoped.iter().any(|m| m.1 == b.def));
        }
        bounds.extend(carried);
        let mut out: Vec<Candidate> = Vec::new();
        for b in bounds {
            let Some(m) = self.types.value_member(b.def, name) else { continue };
            let args: Vec<Ty> = std::iter::once(ty).chain(b.args.iter().copied()).collect();
            if !out.iter().any(|c| matches!(c, Candidate::Bound(n, a) if *n == m && *a == args)) {
                out.push(Candidate::Bound(m, args));
            }
        }
        out
    }

    fn pick(&mut self, arg: Ty, step: Ty, inherent: &[Candidate], scoped: &[Member]) -> Option<Picked> {
        for c in inherent {
            if let Some(p) = self.try_inherent(arg, step, c) {
                return Some(p);
            }
        }
        let mut maybe: Option<Picked> = None;
        for &(_, tr, m) in scoped {
            match self.try_trait(arg, step, tr, m) {
                Some((p, true)) => return Some(p),
                Some((p, false)) => {
                    maybe.get_or_insert(p);
                }
                None => {}
            }
        }
        maybe
    }

    fn try_inherent(&mut self, arg: Ty, step: Ty, c: &Candidate) -> Option<Picked> {
        match c {
            Candidate::Inherent(imp, m) => {
                if !self.receiver_fits(*m, arg) {
                    return None;
                }
                let mark = self.mark();
                let n = self.types.generics(*imp).own_len();
                let owner_args: Vec<Ty> = (0..n).map(|_| self.vars.fresh(VarKind::General)).collect();
                let want = self.self_arg(*m, *imp, &owner_args)?;
                if self.vars.unify(want, arg) && self.preds_hold(*imp, &owner_args) {
                    return Some(Picked { def: *m, owner_args, of_trait: false, recv: step, derefs: Vec::new() });
                }
                self.undo(mark);
                None
            }
            Candidate::Bound(m, args) => {
                let tr = self.types.defs.parent(*m)?;
                let want = self.self_arg(*m, tr, args)?;
                let mark = self.mark();
                if self.vars.unify(want, arg) {
                    return Some(Picked { def: *m, owner_args: args.clone(), of_trait: true, recv: step, derefs: Vec::new() });
                }
                self.undo(mark);
                None
            }
        }
    }

    /// A cheap look before variables are made: a `&self` method cannot take a value that is no reference.
    fn receiver_fits(&self, m: DefId, arg: Ty) -> bool {
        let Some((_, item)) = self.types.defs.item(m) else { return false };
        let ItemKind::Fn(sig) = &item.kind else { return false };
        match sig.receiver {
            Receiver::None => false,
            Receiver::Ref => matches!(arg.kind(), TyKind::Ref(false, _)),
            Receiver::RefMut => matches!(arg.kind(), TyKind::Ref(true, _)),
            Receiver::Value | Receiver::Typed(_) => true,
        }
    }

    fn self_arg(&mut self, m: DefId, owner: DefId, owner_args: &[Ty]) -> Option<Ty> {
        let want = self.types.sig(m).self_arg?;
        let ty = self.types.subst(owner, owner_args).apply(want);
        Some(self.norm(ty))
    }

    /// Whether no where clause of an impl is known to fail.
    fn preds_hold(&mut self, imp: DefId, args: &[Ty]) -> bool {
        let subst = self.types.subst(imp, args);
        self.types.preds(imp).iter().all(|p| {
            let (subject, bound) = (subst.apply(p.subject), subst.apply_bound(&p.bound));
            self.prove(subject, &bound).is_some()
        })
    }

    fn try_trait(&mut self, arg: Ty, step: Ty, tr: DefId, m: DefId) -> Option<(Picked, bool)> {
        if self.types.defs.def(m).kind != DefKind::Fn || !self.receiver_fits(m, arg) {
            return None;
        }
        let mark = self.mark();
        let n = self.types.generics(tr).own_len();
        let owner_args: Vec<Ty> = (0..n).map(|_| self.vars.fresh(VarKind::General)).collect();
        let want = self.self_arg(m, tr, &owner_args)?;
        if self.vars.unify(want, arg) {
            let self_ty = self.vars.shallow(owner_args[0]);
            let int = matches!(self_ty.kind(), TyKind::Infer(..));
            match self.find(tr, &owner_args) {
                Answer::Yes(_) => return Some((Picked { def: m, owner_args, of_trait: true, recv: step, derefs: Vec::new() }, true)),
                Answer::Maybe if int || !matches!(self_ty.kind(), TyKind::Unknown(_)) => {
                    return Some((Picked { def: m, owner_args, of_trait: true, recv: step, derefs: Vec::new() }, false));
                }
                _ => {}
            }
        }
        self.undo(mark);
        None
    }
}

/// Whether a chain is one of plain references to something open: impls for references forward to what they refer to, so that a method found on
/// the reference would be a guess.
fn refers_to_open(steps: &[Step]) -> bool {
    let Some((last, before)) = steps.split_last() else { return false };
    matches!(last.ty.kind(), TyKind::Infer(_, VarKind::General) | TyKind::Unknown(_))
        && before.iter().all(|s| matches!(s.ty.kind(), TyKind::Ref(..)))
}

enum Candidate {
    /// Impl and member.
    Inherent(DefId, DefId),
    /// Trait method and the trait's arguments.
    Bound(DefId, Vec<Ty>),
}
