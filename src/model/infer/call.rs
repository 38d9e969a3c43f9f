//! Calls and method calls.

use super::{Infer, unknown_callee};
use crate::facts::{Expr, ExprId, List, SegId};
use crate::model::ids::{DefKind, kw};
use crate::model::ty::method::Lookup;
use crate::model::ty::{Cause, HAS_INFER, Ty, TyKind};
use crate::model::typed::{Callee, ExprRef};

impl Infer<'_, '_> {
    pub(super) fn call(&mut self, at: ExprRef, callee: ExprId, args: List, want: Option<Ty>) -> Ty {
        let seg = at.seg;
        let f = self.expr(seg, callee, None);
        let f = self.known(f);
        let args: Vec<ExprId> = self.list(seg, args).into_iter().map(ExprId).collect();
        if let TyKind::FnDef(def, fargs) = f.kind() {
            let trait_method = self.types.defs.parent(*def).filter(|p| self.types.defs.def(*p).kind == DefKind::Trait).map(|_| *def);
            self.record(
                at,
                Callee {
                    def: Some(*def),
                    trait_method,
                    args: fargs.clone(),
                    dispatched: false,
                    recv: None,
                    implied: Vec::new(),
                    cause: None,
                },
            );
        }
        match self.signature_of(f) {
            Some((params, ret)) => {
                if !matches!(f.kind(), TyKind::FnDef(..)) {
                    self.record(at, Callee { recv: Some(f), ..unknown_callee(Cause::NotInferred, None) });
                }
                self.arguments(seg, &args, &params, ret, want);
                self.settle(ret)
            }
            None => {
                for &a in &args {
                    self.expr(seg, a, None);
                }
                let cause = f.cause().unwrap_or(Cause::NotInferred);
                self.record(at, unknown_callee(cause, Some(f)));
                Ty::unknown(cause)
            }
        }
    }

    /// Parameter and return types of a value that is called: function, closure, something that derefs to one or is bounded by `Fn`.
    fn signature_of(&mut self, f: Ty) -> Option<(Vec<Ty>, Ty)> {
        let (steps, _) = self.s.autoderef(f);
        for step in steps {
            if let Some((params, ret)) = self.s.callable(step.ty) {
                let params = params.into_iter().map(|t| self.settle(t)).collect();
                return Some((params, ret));
            }
            if let Some(sig) = self.bounded_signature(step.ty) {
                return Some(sig);
            }
        }
        None
    }

    fn bounded_signature(&mut self, f: Ty) -> Option<(Vec<Ty>, Ty)> {
        let lang = &self.types.lang;
        let family = [lang.fn_once, lang.fn_mut, lang.fn_];
        let asyncs = [lang.async_fn_once, lang.async_fn_mut, lang.async_fn];
        let env = self.s.env;
        let mut bounds: Vec<_> = env.iter().filter(|p| p.subject == f).map(|p| p.bound.clone()).collect();
        bounds.extend(self.s.carried_bounds(f));
        for b in &bounds {
            let is_async = asyncs.contains(&Some(b.def));
            if !(family.contains(&Some(b.def)) || is_async) {
                continue;
            }
            let TyKind::Tuple(params) = b.args.first()?.kind() else { continue };
            let out = bounds.iter().find_map(|b| crate::model::ty::Types::assoc_of(b, kw::OUTPUT));
            let out = match out {
                Some(o) => self.settle(o),
                None => lang
                    .fn_once
                    .and_then(|tr| self.s.project(tr, &[f, b.args[0]], kw::OUTPUT))
                    .unwrap_or_else(|| Ty::unknown(Cause::NotInferred)),
            };
            let params = params.iter().map(|&t| self.settle(t)).collect();
            return Some((params, if is_async { Ty::new(TyKind::Future(out, None)) } else { out }));
        }
        None
    }

    /// Infers arguments against parameters: closures last, since the others tell what they take.
    fn arguments(&mut self, seg: u32, args: &[ExprId], params: &[Ty], ret: Ty, want: Option<Ty>) {
        let hints = self.hints(params, ret, want);
        let is_closure = |this: &Self, e: ExprId| matches!(this.node(seg, e), Expr::Closure(_));
        for late in [false, true] {
            if late {
                if !args.iter().any(|&a| is_closure(self, a)) {
                    break;
                }
                self.select();
            }
            for (i, &a) in args.iter().enumerate() {
                if is_closure(self, a) != late {
                    continue;
                }
                let formal = params.get(i).copied();
                let hint = hints.get(i).copied().or(formal);
                let t = self.expr(seg, a, hint);
                if let Some(f) = formal {
                    self.coerce(t, f);
                }
            }
        }
    }

    /// What the expected result says about the parameters, without fixing anything.
    fn hints(&mut self, params: &[Ty], ret: Ty, want: Option<Ty>) -> Vec<Ty> {
        let Some(want) = want else { return params.to_vec() };
        let want = self.s.vars.shallow(want);
        if !ret.has(HAS_INFER) || matches!(want.kind(), TyKind::Infer(..)) {
            return params.to_vec();
        }
        let s = self.s.vars.snapshot();
        let fits = self.s.vars.unify(ret, want);
        let hints = params.iter().map(|&p| self.s.vars.resolve(p)).collect();
        self.s.vars.rollback(s);
        if fits { hints } else { params.to_vec() }
    }

    pub(super) fn method_call(&mut self, at: ExprRef, recv: ExprId, name: SegId, args: List, want: Option<Ty>) -> Ty {
        let seg = at.seg;
        let t = self.expr(seg, recv, None);
        let t = self.known(t);
        let node = Self::arena(&self.segs[seg as usize]).segs[name.idx()];
        let method = self.name(seg, node.name);
        let args: Vec<ExprId> = self.list(seg, args).into_iter().map(ExprId).collect();
        let mut found = self.s.method(t, method, self.scope);
        if matches!(found, Lookup::Open) {
            self.select();
            let t = self.known(t);
            found = self.s.method(t, method, self.scope);
        }
        let cause = match found {
            Lookup::Found(p) => {
                let own = self.lowering(seg, |l| l.tys(node.args));
                let f = self.fn_item(p.def, p.owner_args.clone(), &own);
                let TyKind::FnDef(def, fargs) = f.kind() else { return Ty::unknown(Cause::UnresolvedMethod) };
                let callee = Callee {
                    def: Some(*def),
                    trait_method: p.of_trait.then_some(*def),
                    args: fargs.clone(),
                    dispatched: false,
                    recv: Some(p.recv),
                    implied: p.derefs.clone(),
                    cause: None,
                };
                self.record(at, callee);
                let Some((params, ret)) = self.s.callable(f) else { return Ty::unknown(Cause::UnresolvedMethod) };
                let params: Vec<Ty> = params.into_iter().skip(1).map(|t| self.settle(t)).collect();
                self.arguments(seg, &args, &params, ret, want);
                return self.settle(ret);
            }
            Lookup::Open => self.open_cause(t),
            Lookup::None => Cause::UnresolvedMethod,
        };
        for &a in &args {
            self.expr(seg, a, None);
        }
        self.record(at, unknown_callee(cause, Some(t)));
        Ty::unknown(cause)
    }

    /// Why a receiver's type is open.
    fn open_cause(&mut self, t: Ty) -> Cause {
        let (steps, _) = self.s.autoderef(t);
        steps.last().and_then(|s| s.ty.cause()).unwrap_or(Cause::NotInferred)
    }
}
