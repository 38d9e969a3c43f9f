//! Items.

use proc_macro2::Span;
use syn::spanned::Spanned;

use super::Extractor;
use super::spans::first_span;
use crate::facts::{
    BlockKind, BodyId, Depth, Expr, ExprId, Field, Fields, FnSig, Generics, Item, ItemId, ItemKind, List, MacroCall, Parent, PathId,
    PathRoot, Pos, Receiver, Seg, Stmt, Sym, TypeId, UseBinds, UseLeaf, Variant, Vis,
};

/// What every item has.
struct Head {
    name: Sym,
    pos: Pos,
    span: (Pos, Pos),
    vis: Vis,
}

impl Extractor<'_> {
    /// Reads an item; `None` when it cannot exist outside test builds.
    pub(super) fn item(&mut self, item: &syn::Item) -> Option<ItemId> {
        use syn::Item as I;
        match item {
            I::Const(c) => {
                let head = self.head(&c.ident, &c.vis, &c.attrs, c.const_token.span, c.semi_token.span);
                let id = self.push(&c.attrs, head)?;
                let generics = self.generics(&c.generics);
                let ty = self.ty(&c.ty);
                let body = self.value_body(id, &c.expr, c.eq_token.span, c.semi_token.span);
                self.set(id, ItemKind::Const { ty, body, generics })
            }
            I::Static(s) => {
                let head = self.head(&s.ident, &s.vis, &s.attrs, s.static_token.span, s.semi_token.span);
                let id = self.push(&s.attrs, head)?;
                let ty = self.ty(&s.ty);
                let body = self.value_body(id, &s.expr, s.eq_token.span, s.semi_token.span);
                self.set(id, ItemKind::Static { ty, mutable: matches!(s.mutability, syn::StaticMutability::Mut(_)), body })
            }
            I::Fn(f) => self.function(&f.attrs, &f.vis, &f.sig, Some(&f.block), f.block.brace_token.span.close()),
            I::Struct(s) => {
                let end = match (&s.fields, s.semi_token) {
                    (syn::Fields::Named(n), _) => n.brace_token.span.close(),
                    (_, Some(semi)) => semi.span,
                    _ => s.ident.span(),
                };
                let head = self.head(&s.ident, &s.vis, &s.attrs, s.struct_token.span, end);
                let id = self.push(&s.attrs, head)?;
                let generics = self.generics(&s.generics);
                let fields = self.fields(&s.fields);
                self.set(id, ItemKind::Struct { generics, fields })
            }
            I::Union(u) => {
                let head = self.head(&u.ident, &u.vis, &u.attrs, u.union_token.span, u.fields.brace_token.span.close());
                let id = self.push(&u.attrs, head)?;
                let generics = self.generics(&u.generics);
                let fields = self.named_fields(&u.fields);
                self.set(id, ItemKind::Union { generics, fields })
            }
            I::Enum(e) => {
                let head = self.head(&e.ident, &e.vis, &e.attrs, e.enum_token.span, e.brace_token.span.close());
                let id = self.push(&e.attrs, head)?;
                let generics = self.generics(&e.generics);
                let variants = e.variants.iter().filter_map(|v| self.variant(id, v)).collect();
                self.set(id, ItemKind::Enum { generics, variants })
            }
            I::Mod(m) => self.module(m),
            I::Use(u) => {
                let head = self.anonymous(&u.vis, &u.attrs, u.use_token.span, u.semi_token.span);
                let id = self.push(&u.attrs, head)?;
                let root = if u.leading_colon.is_some() { PathRoot::Global } else { PathRoot::Plain };
                let mut leaves = Vec::new();
                self.use_tree(&u.tree, root, &mut Vec::new(), &mut leaves);
                self.set(id, ItemKind::Use(leaves))
            }
            I::ExternCrate(c) => {
                let name = c.rename.as_ref().map_or(&c.ident, |(_, n)| n);
                let mut head = self.head(name, &c.vis, &c.attrs, c.extern_token.span, c.semi_token.span);
                if name == "_" {
                    head.name = Sym::NONE;
                }
                let id = self.push(&c.attrs, head)?;
                let krate = self.ident(&c.ident);
                self.set(id, ItemKind::ExternCrate { krate })
            }
            I::Type(t) => {
                let head = self.head(&t.ident, &t.vis, &t.attrs, t.type_token.span, t.semi_token.span);
                let id = self.push(&t.attrs, head)?;
                let generics = self.generics(&t.generics);
                let ty = self.ty(&t.ty);
                self.set(id, ItemKind::TypeAlias { generics, ty, bounds: Vec::new() })
            }
            I::Trait(t) => self.trait_(t),
            I::TraitAlias(t) => {
                let head = self.head(&t.ident, &t.vis, &t.attrs, t.trait_token.span, t.semi_token.span);
                let id = self.push(&t.attrs, head)?;
                let generics = self.generics(&t.generics);
                let bounds = self.bounds(&t.bounds);
                self.set(id, ItemKind::TraitAlias { generics, bounds })
            }
            I::Impl(i) => self.impl_(i),
            I::ForeignMod(f) => {
                let head = self.anonymous(&syn::Visibility::Inherited, &f.attrs, f.abi.extern_token.span, f.brace_token.span.close());
                let id = self.push(&f.attrs, head)?;
                let outer = std::mem::replace(&mut self.parent, Parent::Item(id));
                f.items.iter().for_each(|i| self.foreign(i));
                self.parent = outer;
                self.set(id, ItemKind::ExternBlock)
            }
            I::Macro(m) => self.item_macro(m),
            I::Verbatim(v) => self.verbatim_item(v),
            other => {
                self.unread(other.span(), "an item");
                None
            }
        }
    }

    /// Start, end, name, visibility.
    fn head(&mut self, ident: &syn::Ident, vis: &syn::Visibility, attrs: &[syn::Attribute], keyword: Span, end: Span) -> Head {
        let mut h = self.anonymous(vis, attrs, keyword, end);
        (h.name, h.pos) = self.ident_pos(ident);
        h
    }

    fn anonymous(&mut self, vis: &syn::Visibility, attrs: &[syn::Attribute], keyword: Span, end: Span) -> Head {
        let pos = self.pos(keyword);
        let written = match vis {
            syn::Visibility::Public(p) => Some(p.span),
            syn::Visibility::Restricted(r) => Some(r.pub_token.span),
            syn::Visibility::Inherited => None,
        };
        let outer = attrs.iter().find(|a| matches!(a.style, syn::AttrStyle::Outer)).map(|a| a.pound_token.spans[0]);
        let start = outer.or(written).map_or(pos, |s| self.pos(s).min(pos));
        Head { name: Sym::NONE, pos, span: (start, self.end(end)), vis: self.vis(vis) }
    }

    fn vis(&mut self, v: &syn::Visibility) -> Vis {
        match v {
            syn::Visibility::Public(_) => Vis::Public,
            syn::Visibility::Restricted(r) => Vis::In(self.path(&r.path, None)),
            syn::Visibility::Inherited => Vis::Private,
        }
    }

    /// Pushes an item whose kind follows; `None` when its conditions rule it out.
    fn push(&mut self, attrs: &[syn::Attribute], head: Head) -> Option<ItemId> {
        let (attrs, cfg) = self.attrs(attrs);
        if !self.can_hold(&cfg) {
            return None;
        }
        let items = &mut self.out.interface.items;
        items.push(Item {
            name: head.name,
            kind: ItemKind::Unread,
            parent: self.parent,
            vis: head.vis,
            cfg,
            attrs,
            pos: head.pos,
            span: head.span,
        });
        Some(ItemId(items.len() as u32 - 1))
    }

    fn set(&mut self, id: ItemId, kind: ItemKind) -> Option<ItemId> {
        self.out.interface.items[id.idx()].kind = kind;
        Some(id)
    }

    fn value_body(&mut self, id: ItemId, e: &syn::Expr, eq: Span, semi: Span) -> BodyId {
        let range = (self.end(eq), self.pos(semi));
        if self.depth == Depth::Signatures
            && let syn::Expr::Block(block) = e
            && block.block.stmts.iter().any(|s| matches!(s, syn::Stmt::Item(_)))
        {
            return self.items_of_block(id, &block.block, range);
        }
        self.body(id, &[], range, |x| x.expr(e))
    }

    /// `const _: () = { impl .. }` at the depth of signatures: the items, since impls count wherever they stand.
    fn items_of_block(&mut self, id: ItemId, block: &syn::Block, range: (Pos, Pos)) -> BodyId {
        self.any_body(id, range, |x| {
            let mut stmts = Vec::new();
            for stmt in &block.stmts {
                if let syn::Stmt::Item(item) = stmt
                    && let Some(item) = x.nested_item(item)
                {
                    x.arena.stmts.push(Stmt::Item(item));
                    stmts.push(x.arena.stmts.len() as u32 - 1);
                }
            }
            let stmts = x.list(stmts);
            let pos = x.pos(block.brace_token.span.open());
            let root = x.push_expr(Expr::Block { kind: BlockKind::Plain, stmts, tail: ExprId::NONE, label: Sym::NONE }, pos);
            (Vec::new(), root)
        })
    }

    fn function(
        &mut self,
        attrs: &[syn::Attribute],
        vis: &syn::Visibility,
        sig: &syn::Signature,
        block: Option<&syn::Block>,
        end: Span,
    ) -> Option<ItemId> {
        let keyword = first_of_signature(sig);
        let head = self.head(&sig.ident, vis, attrs, keyword, end);
        let id = self.push(attrs, head)?;
        let generics = self.generics(&sig.generics);
        let (mut receiver, mut params, mut param_names, mut pats) = (Receiver::None, Vec::new(), Vec::new(), Vec::new());
        for input in &sig.inputs {
            match input {
                syn::FnArg::Receiver(r) => {
                    receiver = match &r.kind {
                        syn::ReceiverKind::Value => Receiver::Value,
                        syn::ReceiverKind::Reference(_, _, Some(_)) => Receiver::RefMut,
                        syn::ReceiverKind::Reference(..) => Receiver::Ref,
                        syn::ReceiverKind::Typed(_, t) => Receiver::Typed(self.ty(t)),
                        _ => Receiver::Value,
                    };
                }
                syn::FnArg::Typed(t) => {
                    if self.conditions(&t.attrs).is_none() {
                        continue;
                    }
                    params.push(self.ty(&t.ty));
                    param_names.push(match &*t.pat {
                        syn::Pat::Ident(i) => self.ident(&i.ident),
                        _ => Sym::NONE,
                    });
                    pats.push(&*t.pat);
                }
            }
        }
        let ret = self.return_type(&sig.output);
        // A declaration without a body reaches `syn` with an empty one, made of its `;`.
        let block = block.filter(|b| self.pre.src.as_bytes().get(self.pos(b.brace_token.span.open()) as usize) != Some(&b';'));
        let body = match block {
            Some(b) => {
                let range = (self.pos(b.brace_token.span.open()), self.end(b.brace_token.span.close()));
                self.body(id, &pats, range, |x| x.block(b, BlockKind::Plain, Sym::NONE))
            }
            None => BodyId::NONE,
        };
        let sig = FnSig {
            generics,
            receiver,
            params,
            param_names,
            ret,
            is_async: sig.asyncness.is_some(),
            is_const: sig.constness.is_some(),
            is_unsafe: matches!(sig.safety, syn::Safety::Unsafe(_)),
            variadic: sig.variadic.is_some(),
            has_body: block.is_some(),
            body,
        };
        self.set(id, ItemKind::Fn(Box::new(sig)))
    }

    fn fields(&mut self, f: &syn::Fields) -> Fields {
        match f {
            syn::Fields::Unit => Fields::Unit,
            syn::Fields::Unnamed(u) => Fields::Tuple(u.unnamed.iter().enumerate().filter_map(|(i, f)| self.field(f, i)).collect()),
            syn::Fields::Named(n) => self.named_fields(n),
        }
    }

    fn named_fields(&mut self, f: &syn::FieldsNamed) -> Fields {
        Fields::Named(f.named.iter().enumerate().filter_map(|(i, f)| self.field(f, i)).collect())
    }

    fn field(&mut self, f: &syn::Field, index: usize) -> Option<Field> {
        let (attrs, cfg) = self.attrs(&f.attrs);
        if !self.can_hold(&cfg) {
            return None;
        }
        let (name, pos) = match &f.ident {
            Some(i) => (self.ident(i), self.pos(i.span())),
            None => {
                let text = index.to_string();
                (self.sym(&text), self.pos(f.ty.span()))
            }
        };
        let vis = self.vis(&f.vis);
        Some(Field { name, ty: self.ty(&f.ty), vis, cfg, attrs, pos })
    }

    fn variant(&mut self, owner: ItemId, v: &syn::Variant) -> Option<Variant> {
        let (attrs, cfg) = self.attrs(&v.attrs);
        if !self.can_hold(&cfg) {
            return None;
        }
        let fields = self.fields(&v.fields);
        if let Some((_, value)) = &v.discriminant {
            self.discriminant(owner, value);
        }
        Some(Variant { name: self.ident(&v.ident), fields, cfg, attrs, pos: self.pos(v.ident.span()) })
    }

    /// A discriminant is a body of its own, found through the enum it belongs to; it stays part of the interface.
    fn discriminant(&mut self, owner: ItemId, value: &syn::Expr) {
        if self.depth == Depth::Full {
            let start = self.pos(first_span(value));
            let last = value.span().end();
            let end = self.pre.compact.as_ref().map_or(start, |c| c.orig(last.line, last.column));
            let turns = self.turns.len();
            self.any_body(owner, (start, end), |x| (Vec::new(), x.expr(value)));
            self.turns.truncate(turns);
        }
    }

    fn module(&mut self, m: &syn::ItemMod) -> Option<ItemId> {
        let end = match (&m.content, &m.semi) {
            (Some((brace, _)), _) => brace.span.close(),
            (None, Some(semi)) => semi.span,
            _ => m.ident.span(),
        };
        let head = self.head(&m.ident, &m.vis, &m.attrs, m.mod_token.span, end);
        let id = self.push(&m.attrs, head)?;
        let path = m.attrs.iter().find_map(|a| match &a.meta {
            syn::Meta::NameValue(nv) if nv.path.is_ident("path") => match &nv.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(s), .. }) => Some(s.value()),
                _ => None,
            },
            _ => None,
        });
        let path = path.map_or(Sym::NONE, |p| self.sym(&p));
        if let Some((_, items)) = &m.content {
            let outer = std::mem::replace(&mut self.parent, Parent::Item(id));
            for i in items {
                self.item(i);
            }
            self.parent = outer;
        }
        self.set(id, ItemKind::Mod { inline: m.content.is_some(), path })
    }

    fn use_tree(&mut self, t: &syn::UseTree, root: PathRoot, prefix: &mut Vec<(Seg, Pos)>, out: &mut Vec<UseLeaf>) {
        match t {
            syn::UseTree::Path(p) => {
                let seg = self.use_seg(&p.ident);
                prefix.push(seg);
                self.use_tree(&p.tree, root, prefix, out);
                prefix.pop();
            }
            syn::UseTree::Group(g) => g.items.iter().for_each(|t| self.use_tree(t, root, prefix, out)),
            syn::UseTree::Glob(g) => {
                let pos = self.pos(g.star_token.span);
                self.use_leaf(root, prefix.clone(), UseBinds::Glob, false, pos, out);
            }
            syn::UseTree::Name(n) => {
                let name = self.ident(&n.ident);
                self.use_named(&n.ident, UseBinds::Name(name), None, root, prefix, out);
            }
            syn::UseTree::Rename(r) => {
                let binds = if r.rename == "_" { UseBinds::Underscore } else { UseBinds::Name(self.ident(&r.rename)) };
                self.use_named(&r.ident, binds, Some(self.pos(r.rename.span())), root, prefix, out);
            }
        }
    }

    fn use_seg(&mut self, ident: &syn::Ident) -> (Seg, Pos) {
        let (name, pos) = self.ident_pos(ident);
        (Seg { name, args: List::EMPTY }, pos)
    }

    fn use_named(
        &mut self,
        ident: &syn::Ident,
        binds: UseBinds,
        alias: Option<Pos>,
        root: PathRoot,
        prefix: &[(Seg, Pos)],
        out: &mut Vec<UseLeaf>,
    ) {
        let mut segs = prefix.to_vec();
        let is_self = ident == "self" && !segs.is_empty();
        let pos = alias.unwrap_or_else(|| self.pos(ident.span()));
        let binds = match (is_self, binds, alias) {
            (true, UseBinds::Name(_), None) => segs.last().map_or(binds, |(s, _)| UseBinds::Name(s.name)),
            _ => binds,
        };
        if !is_self {
            let seg = self.use_seg(ident);
            segs.push(seg);
        }
        self.use_leaf(root, segs, binds, is_self, pos, out);
    }

    fn use_leaf(&mut self, root: PathRoot, segs: Vec<(Seg, Pos)>, binds: UseBinds, is_self: bool, pos: Pos, out: &mut Vec<UseLeaf>) {
        if !self.afford(segs.len() * size_of::<Seg>(), pos) {
            return;
        }
        let path: PathId = self.push_path(root, segs);
        out.push(UseLeaf { path, binds, is_self, pos });
    }

    fn trait_(&mut self, t: &syn::ItemTrait) -> Option<ItemId> {
        let head = self.head(&t.ident, &t.vis, &t.attrs, t.trait_token.span, t.brace_token.span.close());
        let id = self.push(&t.attrs, head)?;
        let generics = self.generics(&t.generics);
        let supertraits = self.bounds(&t.supertraits);
        self.set(id, ItemKind::Trait { generics, supertraits, auto: t.modifiers.auto_token.is_some() });
        let outer = std::mem::replace(&mut self.parent, Parent::Item(id));
        for i in &t.items {
            self.trait_item(i);
        }
        self.parent = outer;
        Some(id)
    }

    fn trait_item(&mut self, i: &syn::TraitItem) {
        let inherited = syn::Visibility::Inherited;
        match i {
            syn::TraitItem::Fn(f) => {
                let end = match (&f.default, &f.semi_token) {
                    (Some(b), _) => b.brace_token.span.close(),
                    (None, Some(s)) => s.span,
                    _ => f.sig.ident.span(),
                };
                self.function(&f.attrs, &inherited, &f.sig, f.default.as_ref(), end);
            }
            syn::TraitItem::Const(c) => {
                let head = self.head(&c.ident, &inherited, &c.attrs, c.const_token.span, c.semi_token.span);
                let Some(id) = self.push(&c.attrs, head) else { return };
                let generics = self.generics(&c.generics);
                let ty = self.ty(&c.ty);
                let body = match &c.default {
                    Some((eq, e)) => self.value_body(id, e, eq.span, c.semi_token.span),
                    None => BodyId::NONE,
                };
                self.set(id, ItemKind::Const { ty, body, generics });
            }
            syn::TraitItem::Type(t) => {
                let head = self.head(&t.ident, &inherited, &t.attrs, t.type_token.span, t.semi_token.span);
                let Some(id) = self.push(&t.attrs, head) else { return };
                let generics = self.generics(&t.generics);
                let bounds = self.bounds(&t.bounds);
                let ty = t.default.as_ref().map_or(TypeId::NONE, |(_, d)| self.ty(d));
                self.set(id, ItemKind::TypeAlias { generics, ty, bounds });
            }
            syn::TraitItem::Macro(m) => self.member_macro(&m.attrs, &m.mac),
            other => self.unread(other.span(), "a trait member"),
        }
    }

    fn impl_(&mut self, i: &syn::ItemImpl) -> Option<ItemId> {
        let head = self.anonymous(&syn::Visibility::Inherited, &i.attrs, i.impl_token.span, i.brace_token.span.close());
        let id = self.push(&i.attrs, head)?;
        let generics = self.generics(&i.generics);
        let of = i.trait_.as_ref().map_or(PathId::NONE, |(p, _)| self.path(p, None));
        let self_ty = self.ty(&i.self_ty);
        self.set(id, ItemKind::Impl { generics, of, self_ty, negative: i.modifiers.polarity.is_some() });
        let outer = std::mem::replace(&mut self.parent, Parent::Item(id));
        for m in &i.items {
            self.impl_item(m);
        }
        self.parent = outer;
        Some(id)
    }

    fn impl_item(&mut self, i: &syn::ImplItem) {
        match i {
            syn::ImplItem::Fn(f) => {
                self.function(&f.attrs, &f.vis, &f.sig, Some(&f.block), f.block.brace_token.span.close());
            }
            syn::ImplItem::Const(c) => {
                let head = self.head(&c.ident, &c.vis, &c.attrs, c.const_token.span, c.semi_token.span);
                let Some(id) = self.push(&c.attrs, head) else { return };
                let generics = self.generics(&c.generics);
                let ty = self.ty(&c.ty);
                let body = self.value_body(id, &c.expr, c.eq_token.span, c.semi_token.span);
                self.set(id, ItemKind::Const { ty, body, generics });
            }
            syn::ImplItem::Type(t) => {
                let head = self.head(&t.ident, &t.vis, &t.attrs, t.type_token.span, t.semi_token.span);
                let Some(id) = self.push(&t.attrs, head) else { return };
                let generics = self.generics(&t.generics);
                let ty = self.ty(&t.ty);
                self.set(id, ItemKind::TypeAlias { generics, ty, bounds: Vec::new() });
            }
            syn::ImplItem::Macro(m) => self.member_macro(&m.attrs, &m.mac),
            syn::ImplItem::Verbatim(v) => self.verbatim_member(v),
            other => self.unread(other.span(), "an impl member"),
        }
    }

    /// Functions without body in impls (signature-only sources) and the like come as tokens.
    fn verbatim_member(&mut self, v: &proc_macro2::TokenStream) {
        match syn::parse2::<syn::TraitItem>(v.clone()) {
            Ok(i) if !matches!(i, syn::TraitItem::Verbatim(_)) => self.trait_item(&i),
            _ => self.unread(v.span(), "an impl member"),
        }
    }

    fn foreign(&mut self, i: &syn::ForeignItem) {
        match i {
            syn::ForeignItem::Fn(f) => {
                self.function(&f.attrs, &f.vis, &f.sig, None, f.semi_token.span);
            }
            syn::ForeignItem::Static(s) => {
                self.static_without_value(s);
            }
            syn::ForeignItem::Type(t) => {
                let head = self.head(&t.ident, &t.vis, &t.attrs, t.type_token.span, t.semi_token.span);
                let Some(id) = self.push(&t.attrs, head) else { return };
                self.set(id, ItemKind::Struct { generics: Generics::default(), fields: Fields::Unit });
            }
            syn::ForeignItem::Macro(m) => self.member_macro(&m.attrs, &m.mac),
            // Bridges to other languages say so which type of ours a foreign one is.
            syn::ForeignItem::Verbatim(v) => match self.parse_again::<syn::ItemType>(v) {
                Some(alias) => drop(self.item(&syn::Item::Type(alias))),
                None => self.unread(i.span(), "a foreign item"),
            },
            other => self.unread(other.span(), "a foreign item"),
        }
    }

    /// Reads in another way what the parser left as tokens.
    fn parse_again<T: syn::parse::Parse>(&mut self, v: &proc_macro2::TokenStream) -> Option<T> {
        let (first, last) = (v.clone().into_iter().next()?.span(), v.clone().into_iter().last()?.span());
        self.afford(self.bytes_between(first, last), self.pos(first)).then(|| syn::parse2(v.clone()).ok()).flatten()
    }

    /// One in a foreign block, or one that an attribute gives its value.
    fn static_without_value(&mut self, s: &syn::ForeignItemStatic) -> Option<ItemId> {
        let head = self.head(&s.ident, &s.vis, &s.attrs, s.static_token.span, s.semi_token.span);
        let id = self.push(&s.attrs, head)?;
        let ty = self.ty(&s.ty);
        self.set(id, ItemKind::Static { ty, mutable: matches!(s.mutability, syn::StaticMutability::Mut(_)), body: BodyId::NONE })
    }

    fn macro_head(&mut self, attrs: &[syn::Attribute], mac: &syn::Macro) -> Head {
        let keyword = mac.path.segments.first().map_or_else(Span::call_site, |s| s.ident.span());
        self.anonymous(&syn::Visibility::Inherited, attrs, keyword, mac.delimiter.span().close())
    }

    fn member_macro(&mut self, attrs: &[syn::Attribute], mac: &syn::Macro) {
        let head = self.macro_head(attrs, mac);
        if let Some(id) = self.push(attrs, head) {
            let call = self.raw_macro(mac);
            self.set(id, ItemKind::MacroCall(call));
        }
    }

    fn item_macro(&mut self, m: &syn::ItemMacro) -> Option<ItemId> {
        let mut head = self.macro_head(&m.attrs, &m.mac);
        if let Some(ident) = &m.ident {
            head.name = self.ident(ident);
            head.pos = self.pos(ident.span());
        }
        let id = self.push(&m.attrs, head)?;
        let kind = if m.ident.is_some() && m.mac.path.is_ident("macro_rules") {
            ItemKind::MacroRules { rules: self.macro_text(&m.mac) }
        } else {
            ItemKind::MacroCall(self.raw_macro(&m.mac))
        };
        self.set(id, kind)
    }

    /// A macro whose arguments are kept as text alone.
    fn raw_macro(&mut self, mac: &syn::Macro) -> crate::facts::MacroId {
        let call = self.macro_parts(mac);
        self.push_macro(MacroCall { shape: crate::facts::MacroShape::Raw, ..call })
    }

    /// `macro name(..) { .. }` and `const _: T = ..` oddities that `syn` leaves as tokens.
    fn verbatim_item(&mut self, v: &proc_macro2::TokenStream) -> Option<ItemId> {
        let tokens: Vec<_> = v.clone().into_iter().collect();
        let at = tokens.iter().position(|t| matches!(t, proc_macro2::TokenTree::Ident(i) if i == "macro"));
        let name = at.and_then(|i| match tokens.get(i + 1) {
            Some(proc_macro2::TokenTree::Ident(n)) => Some((i, n.clone())),
            _ => None,
        });
        let Some((i, name)) = name else {
            if let Some(syn::ForeignItem::Static(s)) = self.parse_again(v) {
                return self.static_without_value(&s);
            }
            self.unread(v.span(), "an item");
            return None;
        };
        let public = tokens[..i].iter().any(|t| matches!(t, proc_macro2::TokenTree::Ident(p) if p == "pub"));
        let attrs = attributes_of(&tokens[..i]);
        let last = tokens.last()?.span();
        let mut head = self.anonymous(&syn::Visibility::Inherited, &attrs, tokens[i].span(), last);
        head.name = self.ident(&name);
        head.pos = self.pos(name.span());
        if public {
            head.vis = Vis::Public;
        }
        let id = self.push(&attrs, head)?;
        let text: proc_macro2::TokenStream = tokens[i + 1..].iter().cloned().collect();
        let text = text.to_string();
        let text = self.sym(&text);
        self.set(id, ItemKind::MacroDef { text })
    }
}

fn attributes_of(tokens: &[proc_macro2::TokenTree]) -> Vec<syn::Attribute> {
    let stream: proc_macro2::TokenStream = tokens.iter().cloned().collect();
    let parser = |input: syn::parse::ParseStream<'_>| {
        let attrs = syn::Attribute::parse_outer(input)?;
        input.step(|c| {
            let mut c = *c;
            while let Some((_, next)) = c.token_tree() {
                c = next;
            }
            Ok(((), c))
        })?;
        Ok(attrs)
    };
    syn::parse::Parser::parse2(parser, stream).unwrap_or_default()
}

fn first_of_signature(sig: &syn::Signature) -> Span {
    if let Some(c) = &sig.constness {
        return c.span;
    }
    if let Some(a) = &sig.asyncness {
        return a.span;
    }
    match &sig.safety {
        syn::Safety::Unsafe(u) => u.span,
        _ => sig.abi.as_ref().map_or(sig.fn_token.span, |a| a.extern_token.span),
    }
}
