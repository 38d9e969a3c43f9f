//! Patterns: types of bindings, default binding modes.

use super::{Infer, Local};
use crate::facts::{Binding, Pat, PatId, PathId, Sym};
use crate::model::defs::{Ns, Res};
use crate::model::ids::{DefId, DefKind, Name};
use crate::model::ty::{Cause, Ty, TyKind, VarKind};

/// How bindings bind below references that patterns look through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Move,
    Ref,
    RefMut,
}

impl Infer<'_, '_> {
    /// Binds a pattern against a type.
    pub(super) fn pattern(&mut self, seg: u32, id: PatId, ty: Ty) {
        self.pat(seg, id, ty, Mode::Move);
    }

    fn pat(&mut self, seg: u32, id: PatId, ty: Ty, mode: Mode) {
        self.nesting += 1;
        self.pat_inner(seg, id, ty, mode);
        self.nesting -= 1;
    }

    fn pat_inner(&mut self, seg: u32, id: PatId, ty: Ty, mode: Mode) {
        let node = Self::arena(&self.segs[seg as usize]).pats[id.idx()];
        let ty = self.s.vars.shallow(ty);
        let (ty, mode) = if self.looks_through(seg, &node) { self.peel(ty, mode) } else { (ty, mode) };
        self.segs[seg as usize].pats[id.idx()] = ty;
        match node {
            Pat::Wild | Pat::Rest | Pat::Unread | Pat::ConstBlock(_) => {}
            Pat::Macro(m) => self.pat_macro(seg, m, ty),
            Pat::Ident { name, by, sub, path } => self.ident(seg, id, (name, by, sub, path), ty, mode),
            Pat::Path(p) => {
                let value = self.value_path(seg, p);
                self.try_unify(value, ty);
            }
            Pat::TupleStruct { path, pats } => self.tuple_struct(seg, path, pats, ty, mode),
            Pat::Struct { path, fields, .. } => self.struct_pat(seg, path, fields, ty, mode),
            Pat::Tuple(list) => self.tuple_pat(seg, list, ty, mode),
            Pat::Slice(list) => {
                let elem = match ty.kind() {
                    TyKind::Array(t) | TyKind::Slice(t) => *t,
                    _ => Ty::unknown(ty.cause().unwrap_or(Cause::NotInferred)),
                };
                for p in self.list(seg, list) {
                    self.slice_elem(seg, PatId(p), elem, mode);
                }
            }
            Pat::Ref { inner, .. } => {
                let t = match ty.kind() {
                    TyKind::Ref(_, t) => *t,
                    TyKind::Infer(_, VarKind::General) => {
                        let t = self.fresh();
                        self.try_unify(ty, Ty::new(TyKind::Ref(false, t)));
                        t
                    }
                    _ => ty,
                };
                self.pat(seg, inner, t, Mode::Move);
            }
            Pat::Lit(e) => {
                let t = self.expr(seg, e, Some(ty));
                self.try_unify(t, ty);
            }
            Pat::Range { lo, hi } => {
                for e in [lo, hi].into_iter().filter(|e| e.is_some()) {
                    let t = self.expr(seg, e, Some(ty));
                    self.try_unify(t, ty);
                }
            }
            Pat::Or(list) => self.or_pat(seg, list, ty, mode),
            Pat::Type { pat, ty: t } => {
                let t = self.written_ty(seg, t);
                self.try_unify(ty, t);
                self.pat(seg, pat, t, mode);
            }
        }
    }

    /// Whether a pattern looks through references of the scrutinee.
    fn looks_through(&self, seg: u32, node: &Pat) -> bool {
        match node {
            Pat::TupleStruct { .. } | Pat::Struct { .. } | Pat::Tuple(_) | Pat::Slice(_) | Pat::Path(_) | Pat::Range { .. } => true,
            Pat::Lit(e) => {
                !matches!(self.node(seg, *e), crate::facts::Expr::Lit(crate::facts::Lit::Str(_) | crate::facts::Lit::ByteStr(_)))
            }
            Pat::Ident { path, .. } if path.is_some() => self.constant_ident(seg, *path).is_some(),
            _ => false,
        }
    }

    fn peel(&mut self, ty: Ty, mode: Mode) -> (Ty, Mode) {
        let (mut t, mut m) = (ty, mode);
        if matches!(t.kind(), TyKind::Infer(_, VarKind::General) | TyKind::Proj(..)) {
            t = self.known(t);
        }
        while let TyKind::Ref(mutable, inner) = t.kind() {
            m = if *mutable && m != Mode::Ref { Mode::RefMut } else { Mode::Ref };
            t = self.known(*inner);
        }
        (t, m)
    }

    /// The constant, unit struct or unit variant a plain identifier names. Only names that start like one are looked up.
    fn constant_ident(&self, seg: u32, path: PathId) -> Option<DefId> {
        let name = self.name(seg, Self::arena(&self.segs[seg as usize]).segs_of(path).first()?.name);
        if !name.as_str().starts_with(char::is_uppercase) || Self::is_self_name(name) {
            return None;
        }
        match self.resolve(seg, path, Ns::Values).res {
            Res::Def(d) => {
                let kind = self.types.defs.def(d).kind;
                let unit = matches!(kind, DefKind::Variant | DefKind::Struct) && !self.types.is_tuple_like(d);
                (unit || matches!(kind, DefKind::Const | DefKind::Static)).then_some(d)
            }
            _ => None,
        }
    }

    fn ident(&mut self, seg: u32, id: PatId, (name, by, sub, path): (Sym, Binding, PatId, PathId), ty: Ty, mode: Mode) {
        if path.is_some() && self.constant_ident(seg, path).is_some() {
            let t = self.value_path(seg, path);
            self.try_unify(t, ty);
            return;
        }
        let bound = match (by, mode) {
            (Binding::Move, Mode::Move) => ty,
            (Binding::Ref, _) | (Binding::Move, Mode::Ref) => Ty::new(TyKind::Ref(false, ty)),
            (Binding::RefMut, _) | (Binding::Move, Mode::RefMut) => Ty::new(TyKind::Ref(true, ty)),
        };
        self.segs[seg as usize].pats[id.idx()] = bound;
        let name = self.name(seg, name);
        self.locals.push(Local { name, seg, pat: id, ty: bound });
        if sub.is_some() {
            self.pat(seg, sub, ty, mode);
        }
    }

    fn tuple_struct(&mut self, seg: u32, path: PathId, pats: crate::facts::List, ty: Ty, mode: Mode) {
        let value = self.value_path(seg, path);
        let fields: Option<Vec<Ty>> = match value.kind() {
            TyKind::FnDef(..) => self.s.callable(value).map(|(params, ret)| {
                self.try_unify(ret, ty);
                params
            }),
            _ => None,
        };
        let cause = value.cause().unwrap_or(Cause::NotInferred);
        let fields = fields.map(|f| f.into_iter().map(|t| self.settle(t)).collect::<Vec<_>>());
        self.positional(
            seg,
            pats,
            |i, n, len| {
                let f = fields.as_ref()?;
                f.get(if i < n { i } else { f.len().checked_sub(len - i)? }).copied()
            },
            cause,
            mode,
        );
    }

    fn tuple_pat(&mut self, seg: u32, list: crate::facts::List, ty: Ty, mode: Mode) {
        let pats = self.list(seg, list);
        let has_rest = pats.iter().any(|&p| matches!(Self::arena(&self.segs[seg as usize]).pats[p as usize], Pat::Rest));
        if matches!(ty.kind(), TyKind::Infer(_, VarKind::General)) && !has_rest {
            let tys: Box<[Ty]> = pats.iter().map(|_| self.fresh()).collect();
            self.try_unify(ty, Ty::new(TyKind::Tuple(tys)));
        }
        let tys = match self.s.vars.shallow(ty).kind() {
            TyKind::Tuple(t) => Some(t),
            _ => None,
        };
        let cause = ty.cause().unwrap_or(Cause::NotInferred);
        self.positional(
            seg,
            list,
            |i, n, len| {
                let t = tys?;
                t.get(if i < n { i } else { t.len().checked_sub(len - i)? }).copied()
            },
            cause,
            mode,
        );
    }

    /// Sub-patterns by position; `field(i, n, len)` gives the type of the i-th of `len` patterns, `n` of which stand before `..`.
    fn positional(
        &mut self,
        seg: u32,
        list: crate::facts::List,
        field: impl Fn(usize, usize, usize) -> Option<Ty>,
        cause: Cause,
        mode: Mode,
    ) {
        let pats = self.list(seg, list);
        let rest = pats.iter().position(|&p| matches!(Self::arena(&self.segs[seg as usize]).pats[p as usize], Pat::Rest));
        for (i, &p) in pats.iter().enumerate() {
            if Some(i) == rest {
                continue;
            }
            let t = field(i, rest.unwrap_or(pats.len()), pats.len()).unwrap_or_else(|| Ty::unknown(cause));
            self.pat(seg, PatId(p), t, mode);
        }
    }

    fn struct_pat(&mut self, seg: u32, path: PathId, fields: crate::facts::List, ty: Ty, mode: Mode) {
        let ctor = self.ctor_path(seg, path);
        if let Some((_, t)) = ctor {
            self.try_unify(t, ty);
        }
        let pairs = self.list(seg, fields);
        for pair in pairs.chunks_exact(2) {
            let name: Name = self.name(seg, Sym(pair[0]));
            let t = match ctor.map(|(d, t)| (d, t.kind())) {
                Some((d, TyKind::Adt(_, args))) => self.adt_field(d, args, name),
                _ => None,
            };
            let t = t.unwrap_or_else(|| Ty::unknown(ty.cause().unwrap_or(Cause::UnresolvedField)));
            self.pat(seg, PatId(pair[1]), t, mode);
        }
    }

    fn slice_elem(&mut self, seg: u32, id: PatId, elem: Ty, mode: Mode) {
        let node = Self::arena(&self.segs[seg as usize]).pats[id.idx()];
        if let Pat::Ident { name, by, sub, .. } = node
            && sub.is_some()
            && matches!(Self::arena(&self.segs[seg as usize]).pats[sub.idx()], Pat::Rest)
        {
            self.ident(seg, id, (name, by, PatId::NONE, PathId::NONE), Ty::new(TyKind::Slice(elem)), mode);
            return;
        }
        self.pat(seg, id, elem, mode);
    }

    /// Alternatives bind the same names: only the first one's bindings stay visible.
    fn or_pat(&mut self, seg: u32, list: crate::facts::List, ty: Ty, mode: Mode) {
        for (i, p) in self.list(seg, list).into_iter().enumerate() {
            let mark = self.locals.len();
            self.pat(seg, PatId(p), ty, mode);
            if i > 0 {
                let later = self.locals.split_off(mark);
                for l in later {
                    if let Some(first) = self.local(l.name) {
                        self.try_unify(first.ty, l.ty);
                    }
                }
            }
        }
    }
}
