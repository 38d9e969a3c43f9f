//! Inference variables and unification.

use rustc_hash::FxHashSet;

use super::fold::{Remembered, each, map, rebuild, remembering};
use super::{Cause, HAS_INFER, Ty, TyKind, VarKind};
use crate::model::ids::Prim;

/// Steps one question about a type may take: types that hold one another several times over (`let b = (a, a); let c = (b, b); ..`) would
/// take for ever.
const MAX_STEPS: u32 = 50_000;
/// Bindings followed one inside the other.
const MAX_HOPS: u32 = 256;
/// Variables looked through in search of one.
const MAX_SEEN: usize = 500;

/// The variables of one body (or of one question to the solver), with an undo log.
#[derive(Default)]
pub struct Vars {
    bound: Vec<Option<Ty>>,
    kinds: Vec<VarKind>,
    log: Vec<u32>,
}

/// A point to roll back to.
#[derive(Clone, Copy)]
pub struct Snapshot {
    log: usize,
    len: usize,
}

/// Variables made and bound between two points.
pub struct Taken {
    kinds: Vec<VarKind>,
    bindings: Vec<(u32, Ty)>,
}

impl Vars {
    /// A new variable.
    pub fn fresh(&mut self, kind: VarKind) -> Ty {
        let n = self.bound.len() as u32;
        self.bound.push(None);
        self.kinds.push(kind);
        Ty::new(TyKind::Infer(n, kind))
    }
    /// Where we are.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { log: self.log.len(), len: self.bound.len() }
    }
    /// Undoes every binding and variable since.
    pub fn rollback(&mut self, s: Snapshot) {
        for v in self.log.drain(s.log..) {
            self.bound[v as usize] = None;
        }
        self.bound.truncate(s.len);
        self.kinds.truncate(s.len);
    }
    /// Undoes like [`Vars::rollback`], and gives back what was undone.
    pub fn take(&mut self, s: Snapshot) -> Taken {
        let bindings = self.log[s.log..].iter().filter_map(|&v| Some((v, self.bound[v as usize]?))).collect();
        let kinds = self.kinds[s.len..].to_vec();
        self.rollback(s);
        Taken { kinds, bindings }
    }
    /// Does again what was undone. The variables must be those of the snapshot it was taken back to.
    pub fn redo(&mut self, taken: Taken) {
        self.bound.resize(self.bound.len() + taken.kinds.len(), None);
        self.kinds.extend(taken.kinds);
        taken.bindings.into_iter().for_each(|(v, t)| self.bind(v, t));
    }
    /// Whether anything was bound since.
    pub fn bound_since(&self, s: Snapshot) -> bool {
        self.log.iter().skip(s.log).any(|&v| (v as usize) < s.len)
    }
    fn bind(&mut self, var: u32, ty: Ty) {
        self.bound[var as usize] = Some(ty);
        self.log.push(var);
    }
    /// The type behind a chain of variables; the variable itself while unbound.
    pub fn shallow(&self, ty: Ty) -> Ty {
        let mut t = ty;
        while let TyKind::Infer(v, _) = t.kind() {
            match self.bound.get(*v as usize).copied().flatten() {
                Some(next) => t = next,
                None => break,
            }
        }
        t
    }
    /// The type with every bound variable replaced; unknown when that takes too long.
    pub fn resolve(&self, ty: Ty) -> Ty {
        if !ty.has(HAS_INFER) {
            return ty;
        }
        let mut steps = MAX_STEPS;
        let out = self.resolve_in(ty, &mut Remembered::default(), &mut steps, 0);
        if steps == 0 { Ty::unknown(Cause::Depth) } else { out }
    }
    /// With no steps left, what comes back says nothing.
    fn resolve_in(&self, ty: Ty, known: &mut Remembered, steps: &mut u32, hops: u32) -> Ty {
        *steps = if hops > MAX_HOPS { 0 } else { steps.saturating_sub(1) };
        if !ty.has(HAS_INFER) || *steps == 0 {
            return ty;
        }
        if let TyKind::Infer(..) = ty.kind() {
            let behind = self.shallow(ty);
            return if matches!(behind.kind(), TyKind::Infer(..)) { behind } else { self.resolve_in(behind, known, steps, hops + 1) };
        }
        remembering(ty, known, &mut |t, known| rebuild(t, &mut |part| self.resolve_in(part, known, steps, hops)))
    }
    /// Variables that are not bound yet, in a type.
    pub fn open_in(&self, ty: Ty, out: &mut Vec<u32>) {
        map(self.resolve(ty), &mut |t| {
            if let TyKind::Infer(v, _) = t.kind()
                && !out.contains(v)
            {
                out.push(*v);
            }
            (!t.has(HAS_INFER)).then_some(t)
        });
    }
    /// Whether a type holds no variables but those there were at a point.
    pub fn all_before(&self, ty: Ty, s: Snapshot) -> bool {
        ty.vars_end() as usize <= s.len
    }
    /// Whether a variable is bound.
    pub fn is_bound(&self, var: u32) -> bool {
        self.bound.get(var as usize).is_some_and(Option::is_some)
    }
    /// Whether a variable occurs in a type, through the bindings of others; taken to when there are too many of them.
    fn occurs(&self, var: u32, ty: Ty) -> bool {
        let (mut open, mut seen) = (vec![ty], FxHashSet::default());
        while let Some(ty) = open.pop() {
            match ty.kind() {
                _ if !ty.has(HAS_INFER) => {}
                TyKind::Infer(v, _) if *v == var || seen.len() > MAX_SEEN => return true,
                TyKind::Infer(v, _) => {
                    let bound = self.bound.get(*v as usize).copied().flatten();
                    open.extend(bound.filter(|_| seen.insert(*v)));
                }
                _ => each(ty, &mut |part| open.push(part)),
            }
        }
        false
    }

    /// Makes two types equal; false when they cannot be. Unknown and `!` go with everything and bind nothing. On false some bindings may
    /// have been made: callers that go on roll back.
    pub fn unify(&mut self, a: Ty, b: Ty) -> bool {
        self.unify_within(a, b, &mut { MAX_STEPS })
    }
    fn unify_within(&mut self, a: Ty, b: Ty, steps: &mut u32) -> bool {
        let (a, b) = (self.shallow(a), self.shallow(b));
        *steps = steps.saturating_sub(1);
        // What is too large to be compared is taken to fit, as all that is unknown.
        if a == b || *steps == 0 {
            return true;
        }
        match (a.kind(), b.kind()) {
            (TyKind::Unknown(_) | TyKind::Never, _) | (_, TyKind::Unknown(_) | TyKind::Never) => true,
            (TyKind::Infer(v, ka), TyKind::Infer(w, kb)) => {
                match (ka, kb) {
                    (VarKind::General, _) => self.bind(*v, b),
                    (_, VarKind::General) => self.bind(*w, a),
                    (x, y) if x == y => self.bind(*v, b),
                    _ => return false,
                }
                true
            }
            (TyKind::Infer(v, kind), other) => self.bind_kind(*v, *kind, b, other),
            (other, TyKind::Infer(v, kind)) => self.bind_kind(*v, *kind, a, other),
            (TyKind::Adt(d, x), TyKind::Adt(e, y)) | (TyKind::FnDef(d, x), TyKind::FnDef(e, y)) => d == e && self.unify_all(x, y, steps),
            (TyKind::Opaque(d, i, x), TyKind::Opaque(e, j, y)) => d == e && i == j && self.unify_all(x, y, steps),
            (TyKind::Proj(d, x, n), TyKind::Proj(e, y, m)) => d == e && n == m && self.unify_all(x, y, steps),
            (TyKind::Tuple(x), TyKind::Tuple(y)) => x.len() == y.len() && self.unify_all(x, y, steps),
            (TyKind::Array(x), TyKind::Array(y)) | (TyKind::Slice(x), TyKind::Slice(y)) => self.unify_within(*x, *y, steps),
            (TyKind::Ref(m, x), TyKind::Ref(n, y)) | (TyKind::Ptr(m, x), TyKind::Ptr(n, y)) => m == n && self.unify_within(*x, *y, steps),
            (TyKind::Future(x, _), TyKind::Future(y, _)) => self.unify_within(*x, *y, steps),
            (TyKind::FnPtr(x, r), TyKind::FnPtr(y, s)) => {
                x.len() == y.len() && self.unify_all(x, y, steps) && self.unify_within(*r, *s, steps)
            }
            (TyKind::Closure(i, x, r), TyKind::Closure(j, y, s)) => {
                i == j && self.unify_all(x, y, steps) && self.unify_within(*r, *s, steps)
            }
            (TyKind::Dyn(x), TyKind::Dyn(y)) => {
                let (Some(x), Some(y)) = (x.first(), y.first()) else { return true };
                x.def == y.def
                    && self.unify_all(&x.args, &y.args, steps)
                    && x.assoc
                        .iter()
                        .all(|(n, t)| y.assoc.iter().find(|(m, _)| m == n).is_none_or(|(_, u)| self.unify_within(*t, *u, steps)))
            }
            _ => false,
        }
    }

    fn unify_all(&mut self, a: &[Ty], b: &[Ty], steps: &mut u32) -> bool {
        a.iter().zip(b).all(|(&x, &y)| self.unify_within(x, y, steps))
    }

    fn bind_kind(&mut self, var: u32, kind: VarKind, ty: Ty, what: &TyKind) -> bool {
        use Prim::*;
        let fits = match kind {
            VarKind::General => !self.occurs(var, ty),
            VarKind::Int => matches!(what, TyKind::Prim(I8 | I16 | I32 | I64 | I128 | Isize | U8 | U16 | U32 | U64 | U128 | Usize)),
            VarKind::Float => matches!(what, TyKind::Prim(F16 | F32 | F64 | F128)),
        };
        if fits {
            self.bind(var, ty);
        }
        fits
    }
}

impl Vars {
    /// Literals that nothing fixed become `i32` and `f64`.
    pub fn default_numbers(&mut self) {
        for v in 0..self.bound.len() {
            if self.bound[v].is_none() {
                match self.kinds[v] {
                    VarKind::Int => self.bind(v as u32, Ty::prim(Prim::I32)),
                    VarKind::Float => self.bind(v as u32, Ty::prim(Prim::F64)),
                    VarKind::General => {}
                }
            }
        }
    }
}
