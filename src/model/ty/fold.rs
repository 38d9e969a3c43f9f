//! Rebuilding types: substitution of parameters, replacement of what occurs inside.

use super::{Bound, HAS_PARAM, SELF_PARAM, Ty, TyKind};
use crate::model::ids::DefId;

/// Rebuilds a type bottom-up: `f` is asked at each node first; `Some` replaces the node, `None` goes inside.
pub fn map(ty: Ty, f: &mut dyn FnMut(Ty) -> Option<Ty>) -> Ty {
    if let Some(t) = f(ty) {
        return t;
    }
    let kind = match ty.kind() {
        TyKind::Unknown(_) | TyKind::Prim(_) | TyKind::Never | TyKind::Param(..) | TyKind::Infer(..) => return ty,
        TyKind::Adt(d, args) => TyKind::Adt(*d, map_all(args, f)),
        TyKind::Tuple(args) => TyKind::Tuple(map_all(args, f)),
        TyKind::FnDef(d, args) => TyKind::FnDef(*d, map_all(args, f)),
        TyKind::Opaque(d, i, args) => TyKind::Opaque(*d, *i, map_all(args, f)),
        TyKind::Proj(d, args, name) => TyKind::Proj(*d, map_all(args, f), *name),
        TyKind::Array(t) => TyKind::Array(map(*t, f)),
        TyKind::Slice(t) => TyKind::Slice(map(*t, f)),
        TyKind::Ref(m, t) => TyKind::Ref(*m, map(*t, f)),
        TyKind::Ptr(m, t) => TyKind::Ptr(*m, map(*t, f)),
        TyKind::Future(t, d) => TyKind::Future(map(*t, f), *d),
        TyKind::FnPtr(p, r) => TyKind::FnPtr(map_all(p, f), map(*r, f)),
        TyKind::Closure(n, p, r) => TyKind::Closure(*n, map_all(p, f), map(*r, f)),
        TyKind::Dyn(bounds) => TyKind::Dyn(bounds.iter().map(|b| map_bound(b, f)).collect()),
    };
    Ty::new(kind)
}

/// [`map`] over several types.
pub fn map_all(tys: &[Ty], f: &mut dyn FnMut(Ty) -> Option<Ty>) -> Box<[Ty]> {
    tys.iter().map(|&t| map(t, f)).collect()
}

/// [`map`] inside a bound.
pub fn map_bound(b: &Bound, f: &mut dyn FnMut(Ty) -> Option<Ty>) -> Bound {
    Bound { def: b.def, args: map_all(&b.args, f), assoc: b.assoc.iter().map(|(n, t)| (*n, map(*t, f))).collect() }
}

/// Arguments for the parameters of one or two owners (a function and its impl or trait).
#[derive(Clone, Copy, Debug, Default)]
pub struct Subst<'a> {
    frames: [Option<Frame<'a>>; 2],
}

#[derive(Clone, Copy, Debug)]
struct Frame<'a> {
    owner: DefId,
    /// The owner is a trait: its `Self` is the first argument.
    has_self: bool,
    args: &'a [Ty],
}

impl<'a> Subst<'a> {
    /// Adds the arguments of an owner; for a trait `args[0]` is `Self`.
    pub fn with(mut self, owner: DefId, has_self: bool, args: &'a [Ty]) -> Subst<'a> {
        let slot = self.frames.iter_mut().find(|f| f.is_none()).expect("a definition has at most two generic owners");
        *slot = Some(Frame { owner, has_self, args });
        self
    }
    fn get(&self, owner: DefId, idx: u32) -> Option<Ty> {
        let frame = self.frames.iter().flatten().find(|f| f.owner == owner)?;
        let at = match (frame.has_self, idx) {
            (true, SELF_PARAM) => 0,
            (true, i) => i as usize + 1,
            (false, i) => i as usize,
        };
        frame.args.get(at).copied()
    }
    /// Replaces the parameters of these owners in a type; others stay.
    pub fn apply(&self, ty: Ty) -> Ty {
        if !ty.has(HAS_PARAM) || self.frames[0].is_none() {
            return ty;
        }
        map(ty, &mut |t| match t.kind() {
            TyKind::Param(owner, idx) => Some(self.get(*owner, *idx).unwrap_or(t)),
            _ if !t.has(HAS_PARAM) => Some(t),
            _ => None,
        })
    }
    /// [`Subst::apply`] over several types.
    pub fn apply_all(&self, tys: &[Ty]) -> Box<[Ty]> {
        tys.iter().map(|&t| self.apply(t)).collect()
    }
    /// [`Subst::apply`] inside a bound.
    pub fn apply_bound(&self, b: &Bound) -> Bound {
        Bound { def: b.def, args: self.apply_all(&b.args), assoc: b.assoc.iter().map(|(n, t)| (*n, self.apply(*t))).collect() }
    }
}
