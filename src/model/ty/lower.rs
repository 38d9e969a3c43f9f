//! Lowering: a type as written to a [`Ty`].

use super::{Bound, Cause, SELF_PARAM, Ty, TyKind, Types};
use crate::facts::{Arena, FileFacts, ItemKind, List, PathId, PathRoot, Seg, TypeId, TypeRef};
use crate::model::defs::{Ns, Res, Scope};
use crate::model::ids::{DefId, DefKind, FileId, Name, kw};

/// What `impl Trait` means where the type stands.
#[derive(Debug, Default)]
pub enum ImplTrait {
    /// Nowhere useful: unknown.
    #[default]
    Elsewhere,
    /// In a parameter: a numbered type parameter of the function; bounds are collected.
    Argument { owner: DefId, next: u32, bounds: Vec<(Ty, Vec<Bound>)> },
    /// In the return type: an opaque type of the function; bounds are collected by number.
    Return { owner: DefId, args: Box<[Ty]>, bounds: Vec<Vec<Bound>> },
}

/// Lowers types of one place.
pub struct Lower<'a, 'd> {
    /// The type room.
    pub types: &'a Types<'d>,
    /// Where names are looked up (generic parameters and `Self` included).
    pub scope: Scope,
    /// The file and arena that hold the nodes.
    pub file: FileId,
    /// Facts of the file (or expansion).
    pub facts: &'a FileFacts,
    /// The arena of the nodes.
    pub arena: &'a Arena,
    /// Interned symbols of `facts` when it is not the file itself (an expansion).
    pub names: Option<&'a [Name]>,
    /// Makes the type for `_` and for generic arguments that are not written; `None` outside bodies.
    pub fresh: Option<&'a mut dyn FnMut() -> Ty>,
    /// What `impl Trait` means here.
    pub impl_trait: ImplTrait,
    /// Nesting, to stop on cyclic declarations.
    pub depth: u32,
}

const MAX_DEPTH: u32 = 24;

impl<'a, 'd> Lower<'a, 'd> {
    /// For the signature part of a definition.
    pub fn of_def(types: &'a Types<'d>, def: DefId) -> Lower<'a, 'd> {
        let file = types.defs.def(def).file;
        let facts: &FileFacts = types.defs.facts(file);
        Lower {
            types,
            scope: types.defs.scope(def),
            file,
            facts,
            arena: &facts.interface.arena,
            names: None,
            fresh: None,
            impl_trait: ImplTrait::Elsewhere,
            depth: 0,
        }
    }

    fn name(&self, sym: crate::facts::Sym) -> Name {
        match self.names {
            Some(names) => names[sym.idx()],
            None => self.types.defs.name(self.file, sym),
        }
    }

    fn hole(&mut self) -> Ty {
        match &mut self.fresh {
            Some(f) => f(),
            None => Ty::unknown(Cause::NotInferred),
        }
    }

    /// A type; NONE is `()`.
    pub fn ty_or_unit(&mut self, id: TypeId) -> Ty {
        if id.is_some() { self.ty(id) } else { Ty::unit() }
    }

    /// Several types.
    pub fn tys(&mut self, list: List) -> Box<[Ty]> {
        let ids: Vec<TypeId> = self.arena.types_of(list).collect();
        ids.into_iter().map(|t| self.ty(t)).collect()
    }

    /// A type.
    pub fn ty(&mut self, id: TypeId) -> Ty {
        if self.depth > MAX_DEPTH {
            return Ty::unknown(Cause::Depth);
        }
        self.depth += 1;
        let ty = self.ty_inner(id);
        self.depth -= 1;
        ty
    }

    fn ty_inner(&mut self, id: TypeId) -> Ty {
        match self.arena.types[id.idx()] {
            TypeRef::Path(p) => self.path(p),
            TypeRef::Ref { mutable, inner } => Ty::new(TyKind::Ref(mutable, self.ty(inner))),
            TypeRef::Ptr { mutable, inner } => Ty::new(TyKind::Ptr(mutable, self.ty(inner))),
            TypeRef::Slice(t) => Ty::new(TyKind::Slice(self.ty(t))),
            TypeRef::Array { elem, .. } => Ty::new(TyKind::Array(self.ty(elem))),
            TypeRef::Tuple(list) => Ty::new(TyKind::Tuple(self.tys(list))),
            TypeRef::Fn { params, ret } => {
                let params = self.tys(params);
                Ty::new(TyKind::FnPtr(params, self.ty_or_unit(ret)))
            }
            TypeRef::Never => Ty::new(TyKind::Never),
            TypeRef::Infer => self.hole(),
            TypeRef::Impl(bounds) => self.impl_trait(bounds),
            TypeRef::Dyn(bounds) => self.dyn_trait(bounds),
            TypeRef::Const(_) => Ty::unknown(Cause::Const),
            TypeRef::Macro(_) => Ty::unknown(Cause::UnreadMacro),
            TypeRef::Bound { .. } | TypeRef::Binding { .. } | TypeRef::BindingBound { .. } | TypeRef::FnSugar { .. } | TypeRef::Unread => {
                Ty::unknown(Cause::UnreadSyntax)
            }
        }
    }

    fn bounds(&mut self, list: List) -> Vec<Bound> {
        let ids: Vec<TypeId> = self.arena.types_of(list).collect();
        ids.into_iter()
            .filter_map(|id| match self.arena.types[id.idx()] {
                TypeRef::Bound { path, maybe: false } => self.bound(path),
                _ => None,
            })
            .collect()
    }

    fn dyn_trait(&mut self, list: List) -> Ty {
        let mut bounds = self.bounds(list);
        if bounds.is_empty() {
            return Ty::unknown(Cause::UnresolvedPath);
        }
        // The principal trait comes first; marker traits say nothing about methods.
        bounds.sort_by_key(|b| self.types.defs.children(b.def).is_empty());
        Ty::new(TyKind::Dyn(bounds.into()))
    }

    fn impl_trait(&mut self, list: List) -> Ty {
        match &mut self.impl_trait {
            ImplTrait::Argument { owner, next, .. } => {
                let ty = Ty::new(TyKind::Param(*owner, *next));
                *next += 1;
                let lowered = self.bounds(list);
                if let ImplTrait::Argument { bounds, .. } = &mut self.impl_trait {
                    bounds.push((ty, lowered));
                }
                ty
            }
            ImplTrait::Return { owner, args, bounds } => {
                let at = bounds.len();
                let ty = Ty::new(TyKind::Opaque(*owner, at as u32, args.clone()));
                bounds.push(Vec::new());
                let lowered = self.bounds(list);
                if let ImplTrait::Return { bounds, .. } = &mut self.impl_trait {
                    bounds[at] = lowered;
                }
                ty
            }
            ImplTrait::Elsewhere => Ty::unknown(Cause::NotInferred),
        }
    }

    /// A trait bound; `None` when the path names no trait (then it proves nothing).
    pub fn bound(&mut self, path: PathId) -> Option<Bound> {
        let res = self.types.defs.resolve_path(self.scope, self.file, self.facts, self.arena, path, Ns::Types);
        let Res::Def(def) = res.res else { return None };
        if !matches!(self.types.defs.def(def).kind, DefKind::Trait | DefKind::TraitAlias) {
            return None;
        }
        let seg = *self.arena.segs_of(path).last()?;
        let (args, assoc) = self.bound_args(def, seg);
        Some(Bound { def, args: args.into(), assoc: assoc.into() })
    }

    fn bound_args(&mut self, def: DefId, seg: Seg) -> (Vec<Ty>, Vec<(Name, Ty)>) {
        let ids: Vec<TypeId> = self.arena.types_of(seg.args).collect();
        let (mut args, mut assoc) = (Vec::new(), Vec::new());
        for id in ids {
            match self.arena.types[id.idx()] {
                TypeRef::Binding { name, ty } => {
                    let ty = self.ty(ty);
                    assoc.push((self.name(name), ty));
                }
                TypeRef::BindingBound { name, bounds } => {
                    // `Item: Bound` in `impl`/`dyn` position reads as an anonymous `impl Bound`.
                    let ty = self.impl_trait(bounds);
                    if ty.cause().is_none() {
                        assoc.push((self.name(name), ty));
                    }
                }
                TypeRef::FnSugar { params, ret } => {
                    args.push(Ty::new(TyKind::Tuple(self.tys(params))));
                    let ret = self.ty_or_unit(ret);
                    assoc.push((kw::OUTPUT, ret));
                }
                _ => args.push(self.ty(id)),
            }
        }
        let wanted = self.types.generics(def).params.len();
        self.fill(def, 1, wanted, &mut args, None);
        (args, assoc)
    }

    /// Completes a list of arguments with defaults, else holes. `offset` is 1 for a trait (its list starts with `Self`).
    fn fill(&mut self, def: DefId, offset: usize, wanted: usize, args: &mut Vec<Ty>, self_ty: Option<Ty>) {
        args.truncate(wanted);
        while args.len() < wanted {
            let param = &self.types.generics(def).params[args.len()];
            let next = if param.is_const {
                Ty::unknown(Cause::Const)
            } else if param.default.is_some() && (self.fresh.is_none() || !args.is_empty() || offset == 1) {
                self.default_arg(def, param.default, args, self_ty)
            } else {
                self.hole()
            };
            args.push(next);
        }
    }

    fn default_arg(&mut self, def: DefId, default: TypeId, args: &[Ty], self_ty: Option<Ty>) -> Ty {
        if self.depth > MAX_DEPTH {
            return Ty::unknown(Cause::Depth);
        }
        let mut lower = Lower::of_def(self.types, def);
        lower.depth = self.depth + 1;
        let ty = lower.ty(default);
        let has_self = self.types.generics(def).has_self;
        let mut full: Vec<Ty> = Vec::new();
        if has_self {
            full.push(self_ty.unwrap_or_else(|| Ty::new(TyKind::Param(def, SELF_PARAM))));
        }
        full.extend_from_slice(args);
        self.types.subst(def, &full).apply(ty)
    }

    /// A path in type position.
    pub fn path(&mut self, path: PathId) -> Ty {
        if let PathRoot::Qualified { ty, trait_segs } = self.arena.paths[path.idx()].root {
            return self.qualified(path, ty, trait_segs as usize);
        }
        let res = self.types.defs.resolve_path(self.scope, self.file, self.facts, self.arena, path, Ns::Types);
        let consumed = res.consumed as usize;
        let segs = self.arena.segs_of(path).to_vec();
        let mut ty = self.base(res.res, segs.get(consumed.wrapping_sub(1)).copied());
        for (n, seg) in segs[consumed.min(segs.len())..].iter().enumerate() {
            let name = self.name(seg.name);
            let args = self.tys(seg.args);
            ty = if n == 0 { self.assoc_of(res.res, ty, name, &args) } else { self.assoc(ty, name, &args) };
        }
        ty
    }

    fn qualified(&mut self, path: PathId, self_ty: TypeId, trait_segs: usize) -> Ty {
        let mut ty = self.ty(self_ty);
        let segs = self.arena.segs_of(path).to_vec();
        if trait_segs == 0 {
            for seg in &segs {
                ty = self.assoc(ty, self.name(seg.name), &[]);
            }
            return ty;
        }
        let Some((def, args)) = self.qualified_trait(path, trait_segs) else { return Ty::unknown(Cause::UnresolvedPath) };
        let Some(seg) = segs.get(trait_segs) else { return ty };
        let all: Box<[Ty]> = std::iter::once(ty).chain(args).collect();
        let own = self.tys(seg.args);
        let mut out = Ty::new(TyKind::Proj(def, all.iter().chain(own.iter()).copied().collect(), self.name(seg.name)));
        for seg in &segs[trait_segs + 1..] {
            out = self.assoc(out, self.name(seg.name), &[]);
        }
        out
    }

    /// Trait and its arguments (without `Self`) of `<T as Trait<..>>::x`.
    pub fn qualified_trait(&mut self, path: PathId, trait_segs: usize) -> Option<(DefId, Vec<Ty>)> {
        let res = self.types.defs.resolve_path(self.scope, self.file, self.facts, self.arena, path, Ns::Types);
        let def = res.segs.get(trait_segs - 1)?.def()?;
        if self.types.defs.def(def).kind != DefKind::Trait {
            return None;
        }
        let seg = self.arena.segs_of(path)[trait_segs - 1];
        let (args, _) = self.bound_args(def, seg);
        Some((def, args))
    }

    /// The type a resolution names, with the generic arguments written on its segment.
    pub fn base(&mut self, res: Res, seg: Option<Seg>) -> Ty {
        match res {
            Res::Prim(p) => Ty::prim(p),
            Res::Param(owner, idx) => Ty::new(TyKind::Param(owner, idx)),
            Res::SelfTy(def) => self.types.self_ty(def),
            Res::Unknown(cause) => Ty::unknown(cause),
            Res::Def(def) => self.def_ty(def, seg),
        }
    }

    fn def_ty(&mut self, def: DefId, seg: Option<Seg>) -> Ty {
        match self.types.defs.def(def).kind {
            DefKind::Struct | DefKind::Enum | DefKind::Union => {
                let args = self.args_for(def, seg);
                Ty::new(TyKind::Adt(def, args.into()))
            }
            DefKind::Variant => {
                let owner = self.types.generic_owner(def);
                let args = self.args_for(owner, seg);
                Ty::new(TyKind::Adt(owner, args.into()))
            }
            DefKind::TypeAlias => {
                if self.depth > MAX_DEPTH {
                    return Ty::unknown(Cause::Depth);
                }
                let args = self.args_for(def, seg);
                let ty = self.types.type_of_at(def, self.depth + 1);
                self.types.subst(def, &args).apply(ty)
            }
            DefKind::Trait | DefKind::TraitAlias => {
                let (args, assoc) = seg.map_or_else(Default::default, |s| self.bound_args(def, s));
                Ty::new(TyKind::Dyn(Box::new([Bound { def, args: args.into(), assoc: assoc.into() }])))
            }
            _ => Ty::unknown(Cause::UnresolvedPath),
        }
    }

    /// Arguments for an item's own parameters, completed.
    pub fn args_for(&mut self, def: DefId, seg: Option<Seg>) -> Vec<Ty> {
        let wanted = self.types.generics(def).params.len();
        let ids: Vec<TypeId> = seg.map_or_else(Vec::new, |s| self.arena.types_of(s.args).collect());
        let mut args: Vec<Ty> = ids
            .into_iter()
            .filter(|id| !matches!(self.arena.types[id.idx()], TypeRef::Binding { .. } | TypeRef::BindingBound { .. }))
            .map(|id| self.ty(id))
            .collect();
        self.fill(def, 0, wanted, &mut args, None);
        args
    }

    /// Arguments for a constructor in value position: what is not written is open, defaults do not apply.
    pub fn args_for_value(&mut self, def: DefId, seg: Option<Seg>) -> Vec<Ty> {
        let wanted = self.types.generics(def).params.len();
        let mut args: Vec<Ty> = seg.map_or_else(Vec::new, |s| self.tys(s.args).into());
        args.truncate(wanted);
        while args.len() < wanted {
            let next = if self.types.generics(def).params[args.len()].is_const { Ty::unknown(Cause::Const) } else { self.hole() };
            args.push(next);
        }
        args
    }

    /// `T::Name`, where `T` is what a path resolved to: `Self::Name` may be a member of the impl it stands in.
    pub fn assoc_of(&mut self, res: Res, base: Ty, name: Name, args: &[Ty]) -> Ty {
        if let Res::SelfTy(container) = res
            && self.depth <= MAX_DEPTH
            && let Some(ty) = self.own_assoc(container, base, name, args)
        {
            return ty;
        }
        self.assoc(base, name, args)
    }

    /// `T::Name` for a type that is known.
    pub fn assoc(&mut self, base: Ty, name: Name, args: &[Ty]) -> Ty {
        if self.depth > MAX_DEPTH {
            return Ty::unknown(Cause::Depth);
        }
        if base.cause().is_some() {
            return base;
        }
        let bound = match base.kind() {
            TyKind::Param(owner, idx) => self.types.param_assoc_bound(self.scope, *owner, *idx, name, self.depth + 1),
            TyKind::Proj(tr, targs, assoc) => self.types.proj_assoc_bound(*tr, targs, *assoc, name, self.depth + 1),
            TyKind::Dyn(bounds) => bounds.iter().find_map(|b| self.types.super_with_assoc(b, base, name, self.depth + 1)),
            _ => None,
        };
        let bound = bound.or_else(|| self.types.trait_in_scope_with_assoc(self.scope, name).map(|def| self.open_bound(def)));
        match bound {
            Some(b) => {
                let all: Box<[Ty]> = std::iter::once(base).chain(b.args.iter().copied()).chain(args.iter().copied()).collect();
                Ty::new(TyKind::Proj(b.def, all, name))
            }
            None => Ty::unknown(Cause::UnresolvedPath),
        }
    }

    fn open_bound(&mut self, def: DefId) -> Bound {
        let mut args = Vec::new();
        let wanted = self.types.generics(def).params.len();
        self.fill(def, 1, wanted, &mut args, None);
        Bound { def, args: args.into(), assoc: Box::new([]) }
    }

    /// `Self::Name` inside an impl or trait whose own members or supertraits declare it.
    fn own_assoc(&mut self, container: DefId, base: Ty, name: Name, args: &[Ty]) -> Option<Ty> {
        match self.types.defs.def(container).kind {
            DefKind::Impl => {
                if let Some(member) = self.types.member(container, name, DefKind::TypeAlias) {
                    let ty = self.types.type_of_at(member, self.depth + 1);
                    let all: Vec<Ty> = self.types.identity_args(container).iter().copied().chain(args.iter().copied()).collect();
                    return Some(self.types.subst(member, &all).apply(ty));
                }
                let of = self.types.impl_header_at(container, self.depth + 1).of.clone()?;
                let b = self.types.super_with_assoc(&of, base, name, self.depth + 1)?;
                Some(Ty::new(TyKind::Proj(b.def, std::iter::once(base).chain(b.args.iter().copied()).collect(), name)))
            }
            DefKind::Trait => {
                let own: Box<[Ty]> = self.types.identity_args(container)[1..].into();
                let of = Bound { def: container, args: own, assoc: Box::new([]) };
                let b = self.types.super_with_assoc(&of, base, name, self.depth + 1)?;
                let all = std::iter::once(base).chain(b.args.iter().copied()).chain(args.iter().copied()).collect();
                Some(Ty::new(TyKind::Proj(b.def, all, name)))
            }
            _ => None,
        }
    }
}

impl Types<'_> {
    /// Number of `impl Trait` in a function's parameters.
    pub(crate) fn count_impl_args(&self, def: DefId) -> u32 {
        let Some((facts, item)) = self.defs.item(def) else { return 0 };
        let ItemKind::Fn(sig) = &item.kind else { return 0 };
        let arena = &facts.interface.arena;
        let mut stack: Vec<TypeId> = sig.params.clone();
        let mut n = 0;
        while let Some(id) = stack.pop() {
            if id.is_none() {
                continue;
            }
            match arena.types[id.idx()] {
                TypeRef::Impl(list) => {
                    n += 1;
                    stack.extend(arena.types_of(list));
                }
                TypeRef::Path(p) | TypeRef::Bound { path: p, .. } => {
                    stack.extend(arena.segs_of(p).iter().flat_map(|s| arena.types_of(s.args)));
                }
                TypeRef::Ref { inner: t, .. } | TypeRef::Ptr { inner: t, .. } | TypeRef::Slice(t) | TypeRef::Array { elem: t, .. } => {
                    stack.push(t)
                }
                TypeRef::Binding { ty, .. } => stack.push(ty),
                TypeRef::BindingBound { bounds, .. } => {
                    n += 1;
                    stack.extend(arena.types_of(bounds));
                }
                TypeRef::Tuple(l) | TypeRef::Dyn(l) => stack.extend(arena.types_of(l)),
                TypeRef::Fn { params, ret } | TypeRef::FnSugar { params, ret } => {
                    stack.extend(arena.types_of(params));
                    stack.push(ret);
                }
                _ => {}
            }
        }
        n
    }
}
