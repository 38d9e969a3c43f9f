//! Types, paths, bounds, generics.

use syn::spanned::Spanned;

use super::Extractor;
use crate::facts::{Bound, GenericParam, Generics, List, Path, PathId, PathRoot, Predicate, Seg, SegId, TypeId, TypeRef};

impl Extractor<'_> {
    pub(super) fn push_type(&mut self, t: TypeRef) -> TypeId {
        self.arena.types.push(t);
        TypeId(self.arena.types.len() as u32 - 1)
    }

    pub(super) fn ty(&mut self, t: &syn::Type) -> TypeId {
        let node = match t {
            syn::Type::Group(g) => return self.ty(&g.elem),
            syn::Type::Paren(p) => return self.ty(&p.elem),
            syn::Type::Array(a) => {
                let elem = self.ty(&a.elem);
                let len = &a.len;
                let text = quote::quote!(#len).to_string();
                TypeRef::Array { elem, len: self.sym(&text) }
            }
            syn::Type::FnPtr(f) => {
                let params = f.inputs.iter().map(|i| self.ty(&i.ty).0).collect();
                let ret = self.return_type(&f.output);
                TypeRef::Fn { params: self.list(params), ret }
            }
            syn::Type::ImplTrait(i) => TypeRef::Impl(self.bound_list(&i.bounds)),
            syn::Type::TraitObject(o) => TypeRef::Dyn(self.bound_list(&o.bounds)),
            syn::Type::Infer(_) => TypeRef::Infer,
            syn::Type::Macro(m) => TypeRef::Macro(self.macro_call(&m.mac)),
            syn::Type::Never(_) => TypeRef::Never,
            syn::Type::Path(p) => TypeRef::Path(self.path(&p.path, p.qself.as_ref())),
            syn::Type::Ptr(p) => {
                let inner = self.ty(&p.elem);
                TypeRef::Ptr { mutable: matches!(p.mutability, syn::PointerMutability::Mut(_)), inner }
            }
            syn::Type::Reference(r) => {
                let inner = self.ty(&r.elem);
                TypeRef::Ref { mutable: r.mutability.is_some(), inner }
            }
            syn::Type::Slice(s) => TypeRef::Slice(self.ty(&s.elem)),
            syn::Type::Tuple(t) => {
                let elems = t.elems.iter().map(|t| self.ty(t).0).collect();
                TypeRef::Tuple(self.list(elems))
            }
            other => {
                self.unread(other.span(), "a type");
                TypeRef::Unread
            }
        };
        self.push_type(node)
    }

    pub(super) fn return_type(&mut self, r: &syn::ReturnType) -> TypeId {
        match r {
            syn::ReturnType::Default => TypeId::NONE,
            syn::ReturnType::Type(_, t) => self.ty(t),
        }
    }

    fn bound_list<'b>(&mut self, bounds: impl IntoIterator<Item = &'b syn::TypeParamBound>) -> List {
        let bounds = self.bounds(bounds);
        let nodes = bounds.into_iter().map(|b| self.push_type(TypeRef::Bound { path: b.path, maybe: b.maybe }).0).collect();
        self.list(nodes)
    }

    pub(super) fn bounds<'b>(&mut self, bounds: impl IntoIterator<Item = &'b syn::TypeParamBound>) -> Vec<Bound> {
        let mut out = Vec::new();
        for b in bounds {
            match b {
                syn::TypeParamBound::Trait(t) => out.push(Bound { path: self.path(&t.path, None), maybe: t.maybe.is_some() }),
                syn::TypeParamBound::Verbatim(v) => {
                    // `~const Trait`, `for<'a> async Trait`: the path inside is what counts.
                    if let Some(path) = last_path(v) {
                        out.push(Bound { path: self.path(&path, None), maybe: false });
                    } else {
                        self.unread(v.span(), "a bound");
                    }
                }
                _ => {}
            }
        }
        out
    }

    pub(super) fn path(&mut self, p: &syn::Path, qself: Option<&syn::QSelf>) -> PathId {
        let root = match qself {
            Some(q) => {
                let ty = self.ty(&q.ty);
                PathRoot::Qualified { ty, trait_segs: q.position as u32 }
            }
            None if p.leading_colon.is_some() => PathRoot::Global,
            None => PathRoot::Plain,
        };
        let segs: Vec<(Seg, u32)> = p
            .segments
            .iter()
            .map(|s| {
                let args = self.path_arguments(&s.arguments);
                let (name, pos) = self.ident_pos(&s.ident);
                (Seg { name, args }, pos)
            })
            .collect();
        self.push_path(root, segs)
    }

    /// A path of given segments.
    pub(super) fn push_path(&mut self, root: PathRoot, segs: Vec<(Seg, u32)>) -> PathId {
        let first_seg = self.arena.segs.len() as u32;
        let n_segs = segs.len() as u32;
        for (seg, pos) in segs {
            self.arena.segs.push(seg);
            self.arena.seg_pos.push(pos);
        }
        self.arena.paths.push(Path { root, first_seg, n_segs });
        PathId(self.arena.paths.len() as u32 - 1)
    }

    /// A path of one identifier.
    pub(super) fn ident_path(&mut self, ident: &syn::Ident) -> PathId {
        let (name, pos) = self.ident_pos(ident);
        self.push_path(PathRoot::Plain, vec![(Seg { name, args: List::EMPTY }, pos)])
    }

    pub(super) fn method_seg(&mut self, name: &syn::Ident, turbofish: Option<&syn::AngleBracketedGenericArguments>) -> SegId {
        let args = turbofish.map_or(List::EMPTY, |t| self.generic_args(t));
        let (name, pos) = self.ident_pos(name);
        self.arena.segs.push(Seg { name, args });
        self.arena.seg_pos.push(pos);
        SegId(self.arena.segs.len() as u32 - 1)
    }

    fn path_arguments(&mut self, a: &syn::PathArguments) -> List {
        match a {
            syn::PathArguments::None => List::EMPTY,
            syn::PathArguments::AngleBracketed(a) => self.generic_args(a),
            syn::PathArguments::Parenthesized(p) => {
                let params = p.inputs.iter().map(|i| self.ty(&i.ty).0).collect();
                let params = self.list(params);
                let ret = self.return_type(&p.output);
                let sugar = self.push_type(TypeRef::FnSugar { params, ret });
                self.list(vec![sugar.0])
            }
        }
    }

    fn generic_args(&mut self, a: &syn::AngleBracketedGenericArguments) -> List {
        let mut out = Vec::new();
        for arg in &a.args {
            let node = match arg {
                syn::GenericArgument::Lifetime(_) => continue,
                syn::GenericArgument::Type(t) => {
                    out.push(self.ty(t).0);
                    continue;
                }
                syn::GenericArgument::Const(e) => {
                    let text = quote::quote!(#e).to_string();
                    TypeRef::Const(self.sym(&text))
                }
                syn::GenericArgument::AssocType(b) => {
                    let ty = self.ty(&b.ty);
                    TypeRef::Binding { name: self.ident(&b.ident), ty }
                }
                syn::GenericArgument::Constraint(c) => {
                    let bounds = self.bound_list(&c.bounds);
                    TypeRef::BindingBound { name: self.ident(&c.ident), bounds }
                }
                _ => continue,
            };
            out.push(self.push_type(node).0);
        }
        self.list(out)
    }

    pub(super) fn generics(&mut self, g: &syn::Generics) -> Generics {
        let mut out = Generics::default();
        for p in &g.params {
            match p {
                syn::GenericParam::Lifetime(_) => {}
                syn::GenericParam::Type(t) => {
                    let ty = t.default.as_ref().map_or(TypeId::NONE, |(_, d)| self.ty(d));
                    out.params.push(GenericParam { name: self.ident(&t.ident), is_const: false, ty });
                    let bounds = self.bounds(&t.bounds);
                    if !bounds.is_empty() {
                        let path = self.ident_path(&t.ident);
                        let subject = self.push_type(TypeRef::Path(path));
                        out.preds.push(Predicate { subject, bounds });
                    }
                }
                syn::GenericParam::Const(c) => {
                    let ty = self.ty(&c.ty);
                    out.params.push(GenericParam { name: self.ident(&c.ident), is_const: true, ty });
                }
            }
        }
        for p in g.where_clause.iter().flat_map(|w| &w.predicates) {
            if let syn::WherePredicate::Type(t) = p {
                let subject = self.ty(&t.bounded_ty);
                let bounds = self.bounds(&t.bounds);
                out.preds.push(Predicate { subject, bounds });
            }
        }
        out
    }
}

/// The path at the end of tokens that `syn` leaves verbatim.
fn last_path(tokens: &proc_macro2::TokenStream) -> Option<syn::Path> {
    let all: Vec<_> = tokens.clone().into_iter().collect();
    if all.len() > 64 {
        return None;
    }
    (0..all.len()).find_map(|i| syn::parse2::<syn::Path>(all[i..].iter().cloned().collect()).ok())
}
