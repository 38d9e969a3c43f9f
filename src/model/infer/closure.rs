//! Closures: parameter types come from what the callee's bounds expect.

use super::{Frame, Infer};
use crate::facts::{PatId, TypeId};
use crate::model::ids::kw;
use crate::model::ty::solve::Pending;
use crate::model::ty::{Bound, Ty, TyKind, Types};

impl Infer<'_, '_> {
    pub(super) fn closure(&mut self, seg: u32, n: u32, want: Option<Ty>) -> Ty {
        let c = Self::arena(&self.segs[seg as usize]).closures[n as usize];
        let expected = want.and_then(|w| self.expected_signature(w));
        let number = self.closures;
        self.closures += 1;
        let pairs = self.list(seg, c.params);
        let mark = self.locals.len();
        let mut params = Vec::new();
        for (i, pair) in pairs.chunks_exact(2).enumerate() {
            let hint = expected.as_ref().and_then(|(p, _)| p.get(i)).copied();
            let ty = match TypeId(pair[1]).get() {
                Some(t) => {
                    let ty = self.written_ty(seg, t);
                    if let Some(h) = hint {
                        self.try_unify(ty, h);
                    }
                    ty
                }
                None => hint.unwrap_or_else(|| self.fresh()),
            };
            params.push(ty);
        }
        for (pair, &ty) in pairs.chunks_exact(2).zip(&params) {
            self.pattern(seg, PatId(pair[0]), ty);
        }
        let ret = match c.ret.get() {
            Some(t) => self.written_ty(seg, t),
            None => match expected.as_ref().and_then(|(_, r)| *r) {
                Some(r) if c.is_async => self.async_output(r),
                Some(r) if !matches!(self.s.vars.shallow(r).kind(), TyKind::Proj(..)) => r,
                _ => self.fresh(),
            },
        };
        self.frames.push(Frame { ret });
        let loops = std::mem::take(&mut self.loops);
        let t = self.expr(seg, c.body, Some(ret));
        self.coerce(t, ret);
        self.loops = loops;
        self.frames.pop();
        self.locals.truncate(mark);
        let ret = if c.is_async { Ty::new(TyKind::Future(ret, None)) } else { ret };
        Ty::new(TyKind::Closure(number, params.into(), ret))
    }

    fn async_output(&mut self, ret: Ty) -> Ty {
        match self.s.vars.shallow(ret).kind() {
            TyKind::Future(out, _) => *out,
            _ => self.fresh(),
        }
    }

    /// What a closure is expected to take and give.
    fn expected_signature(&mut self, want: Ty) -> Option<(Vec<Ty>, Option<Ty>)> {
        let want = self.s.vars.shallow(want);
        match want.kind() {
            TyKind::FnPtr(params, ret) => return Some((params.to_vec(), Some(*ret))),
            TyKind::Closure(_, params, ret) => return Some((params.to_vec(), Some(*ret))),
            TyKind::Infer(..) => {}
            _ => {
                let bounds = self.s.carried_bounds(want);
                return self.signature_in(&bounds, want);
            }
        }
        let about = |p: &&Pending| self.s.vars.shallow(p.subject) == want;
        let bounds: Vec<Bound> = self.s.pending.iter().filter(about).flat_map(|p| self.types.elaborate(&p.bound, want)).collect();
        self.signature_in(&bounds, want)
    }

    fn signature_in(&mut self, bounds: &[Bound], _of: Ty) -> Option<(Vec<Ty>, Option<Ty>)> {
        let lang = &self.types.lang;
        let family = [lang.fn_once, lang.fn_mut, lang.fn_, lang.async_fn_once, lang.async_fn_mut, lang.async_fn];
        let b = bounds.iter().find(|b| family.contains(&Some(b.def)))?;
        let arg = self.settle(*b.args.first()?);
        let TyKind::Tuple(params) = self.s.vars.shallow(arg).kind() else { return None };
        let params = params.iter().map(|&t| self.settle(t)).collect();
        let out = bounds.iter().find_map(|b| Types::assoc_of(b, kw::OUTPUT)).map(|t| self.settle(t));
        Some((params, out))
    }
}
