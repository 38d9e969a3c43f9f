//! Rebuilding types: substitution of parameters, replacement of what occurs inside.

use rustc_hash::FxHashMap;

use super::{Bound, HAS_PARAM, SELF_PARAM, Ty, TyKind};
use crate::model::ids::DefId;

/// Types share their parts: one that is small in memory may be huge when written out. From this weight on, what was made of a part is
/// remembered within a walk.
const HEAVY: u32 = 32;

/// What a walk made of heavy parts.
pub(super) type Remembered = FxHashMap<Ty, Ty>;

/// Rebuilds a type from the outside in: `f` is asked at each node first; `Some` replaces the node, `None` goes inside. Asked once for parts that
/// occur several times, if they are heavy.
pub fn map(ty: Ty, f: &mut dyn FnMut(Ty) -> Option<Ty>) -> Ty {
    walk(ty, f, &mut Remembered::default())
}

fn walk(ty: Ty, f: &mut dyn FnMut(Ty) -> Option<Ty>, known: &mut Remembered) -> Ty {
    remembering(ty, known, &mut |t, known| f(t).unwrap_or_else(|| rebuild(t, &mut |part| walk(part, f, known))))
}

/// What `make` makes of a type, remembered if it is heavy.
pub(super) fn remembering(ty: Ty, known: &mut Remembered, make: &mut dyn FnMut(Ty, &mut Remembered) -> Ty) -> Ty {
    if ty.weight() < HEAVY {
        return make(ty, known);
    }
    if let Some(&made) = known.get(&ty) {
        return made;
    }
    let made = make(ty, known);
    known.insert(ty, made);
    made
}

/// A type with its parts replaced by what `part` makes of them. Most often they stay as they are, and then nothing is made.
pub(super) fn rebuild(ty: Ty, part: &mut dyn FnMut(Ty) -> Ty) -> Ty {
    use TyKind::*;
    let kind = match ty.kind() {
        Unknown(_) | Prim(_) | Never | Param(..) | Infer(..) => None,
        Adt(d, args) => rebuild_all(args, part).map(|args| Adt(*d, args)),
        Tuple(args) => rebuild_all(args, part).map(Tuple),
        FnDef(d, args) => rebuild_all(args, part).map(|args| FnDef(*d, args)),
        Opaque(d, i, args) => rebuild_all(args, part).map(|args| Opaque(*d, *i, args)),
        Proj(d, args, name) => rebuild_all(args, part).map(|args| Proj(*d, args, *name)),
        Array(t) => rebuild_one(*t, part).map(Array),
        Slice(t) => rebuild_one(*t, part).map(Slice),
        Ref(m, t) => rebuild_one(*t, part).map(|t| Ref(*m, t)),
        Ptr(m, t) => rebuild_one(*t, part).map(|t| Ptr(*m, t)),
        Future(t, d) => rebuild_one(*t, part).map(|t| Future(t, *d)),
        FnPtr(p, r) => rebuild_signature(p, *r, part).map(|(p, r)| FnPtr(p, r)),
        Closure(n, p, r) => rebuild_signature(p, *r, part).map(|(p, r)| Closure(*n, p, r)),
        Dyn(bounds) => Some(Dyn(bounds.iter().map(|b| rebuild_bound(b, part)).collect())),
    };
    kind.map_or(ty, Ty::new)
}

/// `None`: it stays as it is.
fn rebuild_one(ty: Ty, part: &mut dyn FnMut(Ty) -> Ty) -> Option<Ty> {
    let new = part(ty);
    (new != ty).then_some(new)
}

/// `None`: all stay as they are.
fn rebuild_all(tys: &[Ty], part: &mut dyn FnMut(Ty) -> Ty) -> Option<Box<[Ty]>> {
    let (first, new) = tys.iter().enumerate().find_map(|(i, &t)| Some((i, rebuild_one(t, part)?)))?;
    let mut all = Vec::with_capacity(tys.len());
    all.extend_from_slice(&tys[..first]);
    all.push(new);
    all.extend(tys[first + 1..].iter().map(|&t| part(t)));
    Some(all.into())
}

fn rebuild_signature(params: &[Ty], ret: Ty, part: &mut dyn FnMut(Ty) -> Ty) -> Option<(Box<[Ty]>, Ty)> {
    let (p, r) = (rebuild_all(params, part), rebuild_one(ret, part));
    (p.is_some() || r.is_some()).then(|| (p.unwrap_or_else(|| params.into()), r.unwrap_or(ret)))
}

fn rebuild_bound(b: &Bound, part: &mut dyn FnMut(Ty) -> Ty) -> Bound {
    let args = b.args.iter().map(|&t| part(t)).collect();
    Bound { def: b.def, args, assoc: b.assoc.iter().map(|(n, t)| (*n, part(*t))).collect() }
}

/// Asks `f` at each type directly inside of another.
pub fn each(ty: Ty, f: &mut dyn FnMut(Ty)) {
    each_of(ty.kind(), f);
}

/// [`each`] of a type that is not made yet.
pub(super) fn each_of(kind: &TyKind, f: &mut dyn FnMut(Ty)) {
    match kind {
        TyKind::Unknown(_) | TyKind::Prim(_) | TyKind::Never | TyKind::Param(..) | TyKind::Infer(..) => {}
        TyKind::Adt(_, args) | TyKind::Tuple(args) | TyKind::FnDef(_, args) | TyKind::Opaque(_, _, args) | TyKind::Proj(_, args, _) => {
            args.iter().for_each(|t| f(*t))
        }
        TyKind::Array(t) | TyKind::Slice(t) | TyKind::Ref(_, t) | TyKind::Ptr(_, t) | TyKind::Future(t, _) => f(*t),
        TyKind::FnPtr(params, ret) | TyKind::Closure(_, params, ret) => params.iter().chain([ret]).for_each(|t| f(*t)),
        TyKind::Dyn(bounds) => bounds.iter().flat_map(|b| b.args.iter().chain(b.assoc.iter().map(|(_, t)| t))).for_each(|t| f(*t)),
    }
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
