//! Questions about the signatures of definitions; answers are in terms of the definition's own parameters.

use super::fold::Subst;
use super::lower::{ImplTrait, Lower};
use super::{Bound, Cause, SELF_PARAM, Ty, TyKind, Types};
use crate::facts::{Fields, ItemKind, PathId, PathRoot, Receiver, TypeId, TypeRef};
use crate::model::defs::{Ns, Res, Scope};
use crate::model::ids::{DefId, DefKind, Name, kw};

/// A function's signature.
#[derive(Debug)]
pub struct Sig {
    /// Type of the `self` parameter.
    pub self_arg: Option<Ty>,
    /// Types of the parameters after `self`.
    pub params: Vec<Ty>,
    /// Type of the call: for `async fn` the future.
    pub ret: Ty,
    /// What the body evaluates to: for `async fn` the output.
    pub body_ret: Ty,
    /// Bounds of `impl Trait` parameters.
    pub synth: Vec<Pred>,
    /// Bounds of `impl Trait` in the return type, by number.
    pub opaque: Vec<Vec<Bound>>,
}

/// `subject: bound`.
#[derive(Clone, Debug)]
pub struct Pred {
    /// The bounded type.
    pub subject: Ty,
    /// The bound.
    pub bound: Bound,
}

/// A field and its type.
#[derive(Debug)]
pub struct FieldTy {
    /// Name ("0", "1", .. in tuples).
    pub name: Name,
    /// Type.
    pub ty: Ty,
}

/// `impl Trait for Self`.
#[derive(Debug)]
pub struct ImplHeader {
    /// The type it is for.
    pub self_ty: Ty,
    /// The trait; `None` for inherent impls, and for traits that did not resolve.
    pub of: Option<Bound>,
}

const MAX_DEPTH: u32 = 24;
/// Members that are looked through one by one.
const FEW_MEMBERS: usize = 4;
/// Bounds that are read off one by following supertraits.
const MAX_BOUNDS: usize = 128;

impl Types<'_> {
    /// The impl or trait a definition is, or is a member of.
    pub fn container(&self, def: DefId) -> Option<DefId> {
        let mut at = Some(def);
        while let Some(d) = at {
            match self.defs.def(d).kind {
                DefKind::Impl | DefKind::Trait => return Some(d),
                DefKind::Mod => return None,
                _ => at = self.defs.def(d).parent,
            }
        }
        None
    }

    /// The member of that name and kind of an impl or trait.
    pub fn member(&self, owner: DefId, name: Name, kind: DefKind) -> Option<DefId> {
        self.find_member(owner, name, |k| k == kind)
    }

    /// The function or constant of that name of an impl or trait.
    pub fn value_member(&self, owner: DefId, name: Name) -> Option<DefId> {
        self.find_member(owner, name, |k| k != DefKind::TypeAlias)
    }

    /// Asked often of the same few traits, whose members are many.
    fn find_member(&self, owner: DefId, name: Name, fits: impl Fn(DefKind) -> bool) -> Option<DefId> {
        let children = self.defs.children(owner);
        if children.len() <= FEW_MEMBERS {
            return children.iter().copied().find(|&c| self.defs.def(c).name == name && fits(self.defs.def(c).kind));
        }
        let members = self.memo(
            |c| &c.members,
            owner,
            || {
                let mut all: Vec<_> = children.iter().map(|&c| (self.defs.def(c).name, c, self.defs.def(c).kind)).collect();
                all.sort_unstable_by_key(|&(name, c, _)| (name, c));
                all
            },
        );
        let first = members.partition_point(|(n, ..)| *n < name);
        members[first..].iter().take_while(|(n, ..)| *n == name).find(|(.., kind)| fits(*kind)).map(|(_, c, _)| *c)
    }

    /// What `Self` means inside a definition.
    pub fn self_ty(&self, def: DefId) -> Ty {
        match self.defs.def(def).kind {
            DefKind::Impl => self.impl_self(def),
            DefKind::Trait => Ty::new(TyKind::Param(def, SELF_PARAM)),
            DefKind::Struct | DefKind::Enum | DefKind::Union => Ty::new(TyKind::Adt(def, self.identity_args(def))),
            _ => Ty::unknown(Cause::UnresolvedPath),
        }
    }

    /// The type an impl is for; apart from the header, whose trait may speak of it (`impl From<Wrapper<Self>> for Thing`).
    pub fn impl_self(&self, def: DefId) -> Ty {
        *self.memo(
            |c| &c.impl_selves,
            def,
            || match self.defs.item(def).map(|(_, item)| &item.kind) {
                Some(ItemKind::Impl { self_ty, .. }) => Lower::of_def(self, def).ty(*self_ty),
                _ => Ty::unknown(Cause::UnresolvedPath),
            },
        )
    }

    /// An impl's header.
    pub fn impl_header(&self, def: DefId) -> &'static ImplHeader {
        self.impl_header_at(def, 0)
    }

    pub(crate) fn impl_header_at(&self, def: DefId, depth: u32) -> &'static ImplHeader {
        self.memo(
            |c| &c.headers,
            def,
            || {
                let self_ty = self.impl_self(def);
                let mut lower = Lower::of_def(self, def);
                lower.depth = depth;
                let Some(ItemKind::Impl { of, .. }) = self.defs.item(def).map(|(_, item)| &item.kind) else {
                    return ImplHeader { self_ty, of: None };
                };
                let of = of.get().and_then(|p| lower.bound(p)).map(|b| {
                    let subst_self = Subst::default().with(b.def, true, std::slice::from_ref(&self_ty));
                    subst_self.apply_bound(&b)
                });
                ImplHeader { self_ty, of }
            },
        )
    }

    /// Type of a constant, static, or type alias (its right-hand side; unknown for an associated type without default).
    pub fn type_of(&self, def: DefId) -> Ty {
        self.type_of_at(def, 0)
    }

    pub(crate) fn type_of_at(&self, def: DefId, depth: u32) -> Ty {
        *self.memo(
            |c| &c.types,
            def,
            || {
                if depth > MAX_DEPTH {
                    return Ty::unknown(Cause::Depth);
                }
                let Some((_, item)) = self.defs.item(def) else { return Ty::unknown(Cause::UnresolvedPath) };
                let mut lower = Lower::of_def(self, def);
                lower.depth = depth;
                match &item.kind {
                    ItemKind::Const { ty, .. } | ItemKind::Static { ty, .. } if ty.is_some() => lower.ty(*ty),
                    ItemKind::TypeAlias { ty, .. } if ty.is_some() => lower.ty(*ty),
                    _ => Ty::unknown(Cause::NotInferred),
                }
            },
        )
    }

    /// Fields of a struct, union or variant, in the parameters of the type.
    pub fn fields(&self, def: DefId) -> &'static [FieldTy] {
        self.memo(
            |c| &c.fields,
            def,
            || {
                let Some((_, item)) = self.defs.item(def) else { return Vec::new() };
                let fields = match &item.kind {
                    ItemKind::Struct { fields, .. } | ItemKind::Union { fields, .. } => fields,
                    ItemKind::Enum { variants, .. } => match variants.get(self.defs.def(def).sub as usize) {
                        Some(v) => &v.fields,
                        None => return Vec::new(),
                    },
                    _ => return Vec::new(),
                };
                let (Fields::Tuple(list) | Fields::Named(list)) = fields else { return Vec::new() };
                let file = self.defs.def(def).file;
                let mut lower = Lower::of_def(self, self.generic_owner(def));
                list.iter().map(|f| FieldTy { name: self.defs.name(file, f.name), ty: lower.ty(f.ty) }).collect()
            },
        )
    }

    /// Whether a struct or variant is built by calling it.
    pub fn is_tuple_like(&self, def: DefId) -> bool {
        let Some((_, item)) = self.defs.item(def) else { return false };
        let fields = match &item.kind {
            ItemKind::Struct { fields, .. } => Some(fields),
            ItemKind::Enum { variants, .. } => variants.get(self.defs.def(def).sub as usize).map(|v| &v.fields),
            _ => None,
        };
        matches!(fields, Some(Fields::Tuple(_)))
    }

    /// Signature of a function, or of a tuple constructor.
    pub fn sig(&self, def: DefId) -> &'static Sig {
        self.memo(|c| &c.sigs, def, || self.make_sig(def))
    }

    fn make_sig(&self, def: DefId) -> Sig {
        let unknown = |cause| Sig {
            self_arg: None,
            params: Vec::new(),
            ret: Ty::unknown(cause),
            body_ret: Ty::unknown(cause),
            synth: Vec::new(),
            opaque: Vec::new(),
        };
        let Some((_, item)) = self.defs.item(def) else { return unknown(Cause::UnresolvedPath) };
        let f = match &item.kind {
            ItemKind::Fn(f) => f,
            ItemKind::Struct { .. } | ItemKind::Enum { .. } => {
                let owner = self.generic_owner(def);
                let ret = Ty::new(TyKind::Adt(owner, self.identity_args(owner)));
                let params = self.fields(def).iter().map(|f| f.ty).collect();
                return Sig { self_arg: None, params, ret, body_ret: ret, synth: Vec::new(), opaque: Vec::new() };
            }
            _ => return unknown(Cause::UnresolvedPath),
        };
        let mut lower = Lower::of_def(self, def);
        let declared = f.generics.params.len() as u32;
        lower.impl_trait = ImplTrait::Argument { owner: def, next: declared, bounds: Vec::new() };
        let params: Vec<Ty> = f.params.iter().map(|&t| lower.ty_or_unit(t)).collect();
        let self_ty = self.container(def).map(|c| self.self_ty(c)).unwrap_or_else(|| Ty::unknown(Cause::UnresolvedPath));
        let self_arg = match f.receiver {
            Receiver::None => None,
            Receiver::Value => Some(self_ty),
            Receiver::Ref => Some(Ty::new(TyKind::Ref(false, self_ty))),
            Receiver::RefMut => Some(Ty::new(TyKind::Ref(true, self_ty))),
            Receiver::Typed(t) => Some(lower.ty(t)),
        };
        let synth = match std::mem::take(&mut lower.impl_trait) {
            ImplTrait::Argument { bounds, .. } => {
                bounds.into_iter().flat_map(|(subject, bs)| bs.into_iter().map(move |bound| Pred { subject, bound })).collect()
            }
            _ => Vec::new(),
        };
        lower.impl_trait = ImplTrait::Return { owner: def, args: self.identity_args(def), bounds: Vec::new() };
        let body_ret = lower.ty_or_unit(f.ret);
        let opaque = match std::mem::take(&mut lower.impl_trait) {
            ImplTrait::Return { bounds, .. } => bounds,
            _ => Vec::new(),
        };
        let ret = if f.is_async { Ty::new(TyKind::Future(body_ret, Some(def))) } else { body_ret };
        Sig { self_arg, params, ret, body_ret, synth, opaque }
    }

    /// Bounds of an opaque type, with the function's arguments put in.
    pub fn opaque_bounds(&self, def: DefId, idx: u32, args: &[Ty]) -> Vec<Bound> {
        let subst = self.subst(def, args);
        self.sig(def).opaque.get(idx as usize).map_or_else(Vec::new, |bs| bs.iter().map(|b| subst.apply_bound(b)).collect())
    }

    /// Where clauses in force inside a definition: its own and its impl's or trait's, bounds of `impl Trait` parameters, `Self: Trait`
    /// in a trait. Supertraits are not spelled out; what holds for every type (`Send`, `Sized`) is left out.
    pub fn preds(&self, def: DefId) -> &'static [Pred] {
        let def = self.generic_owner(def);
        self.memo(
            |c| &c.preds,
            def,
            || {
                let mut out = Vec::new();
                if let Some(parent) = self.generics(def).parent {
                    out.extend_from_slice(self.preds(parent));
                }
                out.extend(self.own_preds(def));
                if self.defs.def(def).kind == DefKind::Fn {
                    out.extend_from_slice(&self.sig(def).synth);
                }
                out.retain(|p| !self.always_holds(p.bound.def));
                out
            },
        )
    }

    fn own_preds(&self, def: DefId) -> Vec<Pred> {
        let mut out = Vec::new();
        if self.defs.def(def).kind == DefKind::Trait {
            let args = self.identity_args(def)[1..].into();
            let bound = Bound { def, args, assoc: Box::new([]) };
            out.push(Pred { subject: Ty::new(TyKind::Param(def, SELF_PARAM)), bound });
        }
        let Some(written) = self.written_generics(def) else { return out };
        let mut lower = Lower::of_def(self, def);
        for p in &written.preds {
            let subject = lower.ty(p.subject);
            out.extend(p.bounds.iter().filter(|b| !b.maybe).filter_map(|b| lower.bound(b.path)).map(|bound| Pred { subject, bound }));
        }
        out
    }

    /// Supertraits of a trait (direct ones), and for an alias what it stands for; in terms of the trait's own parameters.
    pub fn supers(&self, def: DefId) -> &'static [Bound] {
        self.memo(
            |c| &c.supers,
            def,
            || {
                let mut lower = Lower::of_def(self, def);
                self.written_supers(def).into_iter().filter_map(|path| lower.bound(path)).collect()
            },
        )
    }

    /// Paths of the supertraits as written, `where Self: Trait` included.
    fn written_supers(&self, def: DefId) -> Vec<PathId> {
        let Some((facts, item)) = self.defs.item(def) else { return Vec::new() };
        let (written, generics) = match &item.kind {
            ItemKind::Trait { supertraits, generics, .. } => (supertraits, generics),
            ItemKind::TraitAlias { bounds, generics, .. } => (bounds, generics),
            _ => return Vec::new(),
        };
        let (file, arena) = (self.defs.def(def).file, &facts.interface.arena);
        let of_self = |subject: TypeId| {
            let TypeRef::Path(p) = arena.types[subject.idx()] else { return false };
            arena.paths[p.idx()].root == PathRoot::Plain
                && matches!(arena.segs_of(p), [only] if self.defs.name(file, only.name) == kw::SELF_TYPE)
        };
        let clauses = generics.preds.iter().filter(|p| of_self(p.subject)).flat_map(|p| &p.bounds);
        written.iter().chain(clauses).filter(|b| !b.maybe).map(|b| b.path).collect()
    }

    /// The trait a path of a definition's signature names.
    fn trait_named(&self, def: DefId, path: PathId) -> Option<DefId> {
        let lower = Lower::of_def(self, def);
        match self.defs.resolve_path(lower.scope, lower.file, lower.facts, lower.arena, path, Ns::Types).res {
            Res::Def(d) if matches!(self.defs.def(d).kind, DefKind::Trait | DefKind::TraitAlias) => Some(d),
            _ => None,
        }
    }

    /// Whether a trait or one of its supertraits declares an associated type, from names alone: `trait A: B<Self::Item> + Iterator` asks this
    /// while its supertraits are being read.
    fn declares(&self, def: DefId, name: Name) -> bool {
        let mut seen = vec![def];
        let mut at = 0;
        while at < seen.len() {
            let tr = seen[at];
            if self.member(tr, name, DefKind::TypeAlias).is_some() {
                return true;
            }
            for path in self.written_supers(tr) {
                seen.extend(self.trait_named(tr, path).filter(|d| !seen.contains(d)));
            }
            at += 1;
        }
        false
    }

    /// A bound and all its supertraits, for a given self type; the bound first. Stops at [`MAX_BOUNDS`].
    pub fn elaborate(&self, bound: &Bound, self_ty: Ty) -> Vec<Bound> {
        let mut out = vec![bound.clone()];
        let mut at = 0;
        while at < out.len() && out.len() < MAX_BOUNDS {
            let b = out[at].clone();
            let all: Vec<Ty> = std::iter::once(self_ty).chain(b.args.iter().copied()).collect();
            let subst = self.subst(b.def, &all);
            for s in self.supers(b.def) {
                let s = self.handed_up(&b, subst.apply_bound(s));
                match out.iter_mut().find(|o| o.def == s.def && o.args == s.args) {
                    Some(o) if o.assoc.is_empty() => o.assoc = s.assoc,
                    Some(_) => {}
                    None => out.push(s),
                }
            }
            at += 1;
        }
        out
    }

    /// A supertrait with what a bound says of associated types that its trait does not declare itself: `impl Filter<Error = E>` says what the
    /// `Error` of `Filter`'s supertrait is.
    fn handed_up(&self, bound: &Bound, mut of: Bound) -> Bound {
        let said = |of: &Bound, name: Name| of.assoc.iter().any(|(n, _)| *n == name);
        let more: Vec<(Name, Ty)> = bound
            .assoc
            .iter()
            .filter(|(name, _)| !said(&of, *name) && self.member(bound.def, *name, DefKind::TypeAlias).is_none())
            .copied()
            .collect();
        if !more.is_empty() {
            of.assoc = of.assoc.iter().copied().chain(more).collect();
        }
        of
    }

    /// The bound itself or a supertrait of it that declares an associated type. Of the supertraits only those on the way are read.
    pub(crate) fn super_with_assoc(&self, bound: &Bound, self_ty: Ty, name: Name, depth: u32) -> Option<Bound> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.member(bound.def, name, DefKind::TypeAlias).is_some() {
            return Some(bound.clone());
        }
        let declares = |path: &PathId| self.trait_named(bound.def, *path).is_some_and(|d| self.declares(d, name));
        let path = self.written_supers(bound.def).into_iter().find(declares)?;
        let mut lower = Lower::of_def(self, bound.def);
        lower.depth = depth + 1;
        let next = lower.bound(path)?;
        let all: Vec<Ty> = std::iter::once(self_ty).chain(bound.args.iter().copied()).collect();
        let next = self.subst(bound.def, &all).apply_bound(&next);
        self.super_with_assoc(&next, self_ty, name, depth + 1)
    }

    /// The trait, bounding a type parameter in scope, that declares an associated type: read from the clauses as written, so that lowering
    /// a where clause never asks for the where clauses.
    pub(crate) fn param_assoc_bound(&self, scope: Scope, owner: DefId, idx: u32, name: Name, depth: u32) -> Option<Bound> {
        if depth > MAX_DEPTH {
            return None;
        }
        let param = Ty::new(TyKind::Param(owner, idx));
        let start = scope.owner?;
        let clauses_of = [Some(start), self.generics(start).parent, Some(owner)];
        for (n, def) in clauses_of.iter().flatten().enumerate() {
            if clauses_of.iter().flatten().take(n).any(|d| d == def) {
                continue;
            }
            if let Some(b) = self.assoc_bound_in(*def, param, name, depth) {
                return Some(b);
            }
        }
        let synth = idx as usize >= self.generics(owner).params.len() && idx != SELF_PARAM;
        if synth {
            return self
                .sig(owner)
                .synth
                .iter()
                .filter(|p| p.subject == param)
                .find_map(|p| self.super_with_assoc(&p.bound, param, name, depth));
        }
        None
    }

    fn assoc_bound_in(&self, def: DefId, param: Ty, name: Name, depth: u32) -> Option<Bound> {
        let mut lower = Lower::of_def(self, def);
        lower.depth = depth;
        if self.defs.def(def).kind == DefKind::Trait && param == Ty::new(TyKind::Param(def, SELF_PARAM)) {
            let bound = Bound { def, args: self.identity_args(def)[1..].into(), assoc: Box::new([]) };
            if let Some(b) = self.super_with_assoc(&bound, param, name, depth) {
                return Some(b);
            }
        }
        let written = self.written_generics(def)?;
        for p in &written.preds {
            let TypeRef::Path(path) = lower.arena.types[p.subject.idx()] else { continue };
            let plain = lower.arena.paths[path.idx()].root == PathRoot::Plain && lower.arena.paths[path.idx()].n_segs == 1;
            if !plain || lower.ty(p.subject) != param {
                continue;
            }
            for b in p.bounds.iter().filter(|b| !b.maybe) {
                if !self.trait_named(def, b.path).is_some_and(|d| self.declares(d, name)) {
                    continue;
                }
                let Some(bound) = lower.bound(b.path) else { continue };
                if let Some(found) = self.super_with_assoc(&bound, param, name, depth) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The trait that declares `name` among the bounds of an associated type (`T::Item: Iterator` gives `T::Item::Item`).
    pub(crate) fn proj_assoc_bound(&self, tr: DefId, args: &[Ty], assoc: Name, name: Name, depth: u32) -> Option<Bound> {
        let self_ty = Ty::new(TyKind::Proj(tr, args.into(), assoc));
        self.proj_bounds(tr, args, assoc).iter().find_map(|b| self.super_with_assoc(b, self_ty, name, depth))
    }

    /// Bounds that a trait declares on one of its associated types.
    pub fn proj_bounds(&self, tr: DefId, args: &[Ty], assoc: Name) -> Vec<Bound> {
        let Some(member) = self.member(tr, assoc, DefKind::TypeAlias) else { return Vec::new() };
        let subst = self.subst(tr, args);
        self.declared_bounds(member).iter().map(|b| subst.apply_bound(b)).collect()
    }

    /// Bounds of an associated type as declared, in the parameters of its trait.
    fn declared_bounds(&self, member: DefId) -> &'static [Bound] {
        self.memo(
            |c| &c.declared_bounds,
            member,
            || {
                let Some((_, item)) = self.defs.item(member) else { return Vec::new() };
                let ItemKind::TypeAlias { bounds, .. } = &item.kind else { return Vec::new() };
                let mut lower = Lower::of_def(self, member);
                bounds.iter().filter(|b| !b.maybe).filter_map(|b| lower.bound(b.path)).collect()
            },
        )
    }

    /// A trait in scope that declares an associated type; only a last resort for `Type::Name`.
    pub(crate) fn trait_in_scope_with_assoc(&self, scope: Scope, name: Name) -> Option<DefId> {
        let mut found = self
            .defs
            .traits_in_scope(scope)
            .iter()
            .copied()
            .filter(|&t| self.member(t, name, DefKind::TypeAlias).is_some())
            .collect::<Vec<_>>();
        found.sort_by_key(|&t| self.defs.path(t));
        match found[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Output of a future known by a bound, if the bound is `Future<Output = T>`.
    pub fn assoc_of(bound: &Bound, name: Name) -> Option<Ty> {
        bound.assoc.iter().find(|(n, _)| *n == name).map(|(_, t)| *t)
    }

    /// Whether a definition is an associated type, function or constant of a trait or impl.
    pub fn is_member(&self, def: DefId) -> bool {
        self.defs.def(def).parent.is_some_and(|p| matches!(self.defs.def(p).kind, DefKind::Impl | DefKind::Trait))
    }
}
