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

/// A type with its parts replaced by what `part` makes of them.
pub(super) fn rebuild(ty: Ty, part: &mut dyn FnMut(Ty) -> Ty) -> Ty {
    let mut all = |tys: &[Ty]| tys.iter().map(|&t| part(t)).collect::<Box<[Ty]>>();
    let kind = match ty.kind() {
        TyKind::Unknown(_) | TyKind::Prim(_) | TyKind::Never | TyKind::Param(..) | TyKind::Infer(..) => return ty,
        TyKind::Adt(d, args) => TyKind::Adt(*d, all(args)),
        TyKind::Tuple(args) => TyKind::Tuple(all(args)),
        TyKind::FnDef(d, args) => TyKind::FnDef(*d, all(args)),
        TyKind::Opaque(d, i, args) => TyKind::Opaque(*d, *i, all(args)),
        TyKind::Proj(d, args, name) => TyKind::Proj(*d, all(args), *name),
        TyKind::Array(t) => TyKind::Array(part(*t)),
        TyKind::Slice(t) => TyKind::Slice(part(*t)),
        TyKind::Ref(m, t) => TyKind::Ref(*m, part(*t)),
        TyKind::Ptr(m, t) => TyKind::Ptr(*m, part(*t)),
        TyKind::Future(t, d) => TyKind::Future(part(*t), *d),
        TyKind::FnPtr(p, r) => TyKind::FnPtr(all(p), part(*r)),
        TyKind::Closure(n, p, r) => TyKind::Closure(*n, all(p), part(*r)),
        TyKind::Dyn(bounds) => TyKind::Dyn(bounds.iter().map(|b| rebuild_bound(b, part)).collect()),
    };
    Ty::new(kind)
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
