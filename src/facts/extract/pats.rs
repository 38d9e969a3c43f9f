//! Patterns.

use syn::spanned::Spanned;

use super::Extractor;
use super::spans::pat_span;
use crate::facts::{Binding, ExprId, List, Pat, PatId, PathId, Sym};

impl Extractor<'_> {
    fn push_pat(&mut self, p: Pat, pos: u32) -> PatId {
        self.arena.pats.push(p);
        self.arena.pat_pos.push(pos);
        PatId(self.arena.pats.len() as u32 - 1)
    }

    fn pat_list<'p>(&mut self, pats: impl IntoIterator<Item = &'p syn::Pat>) -> List {
        let ids = pats.into_iter().map(|p| self.pat(p).0).collect();
        self.list(ids)
    }

    pub(super) fn pat(&mut self, p: &syn::Pat) -> PatId {
        let pos = self.pos(pat_span(p));
        let node = match p {
            syn::Pat::Paren(p) => return self.pat(&p.pat),
            syn::Pat::Guard(g) => return self.pat(&g.pat),
            syn::Pat::Wild(_) => Pat::Wild,
            syn::Pat::Rest(_) => Pat::Rest,
            syn::Pat::Ident(i) => self.ident_pat(i),
            syn::Pat::Path(e) => Pat::Path(self.path(&e.path, e.qself.as_ref())),
            syn::Pat::TupleStruct(t) => {
                let path = self.path(&t.path, t.qself.as_ref());
                Pat::TupleStruct { path, pats: self.pat_list(&t.elems) }
            }
            syn::Pat::Struct(s) => self.struct_pat(s),
            syn::Pat::Tuple(t) => Pat::Tuple(self.pat_list(&t.elems)),
            syn::Pat::Slice(s) => Pat::Slice(self.pat_list(&s.elems)),
            syn::Pat::Reference(r) => {
                let inner = self.pat(&r.pat);
                Pat::Ref { mutable: r.mutability.is_some(), inner }
            }
            syn::Pat::Lit(l) => Pat::Lit(self.lit_expr(&l.lit, pos)),
            syn::Pat::Range(r) => {
                let lo = r.start.as_ref().map_or(ExprId::NONE, |e| self.expr(e));
                let hi = r.end.as_ref().map_or(ExprId::NONE, |e| self.expr(e));
                Pat::Range { lo, hi }
            }
            syn::Pat::Or(o) => Pat::Or(self.pat_list(&o.cases)),
            syn::Pat::Const(c) => Pat::ConstBlock(self.block(&c.block, crate::facts::BlockKind::Const, Sym::NONE)),
            syn::Pat::Type(t) => {
                let pat = self.pat(&t.pat);
                Pat::Type { pat, ty: self.ty(&t.ty) }
            }
            syn::Pat::Macro(m) => Pat::Macro(self.macro_call(&m.mac)),
            syn::Pat::Verbatim(v) => self.verbatim_pat(v),
            _ => {
                self.unread(p.span(), "a pattern");
                Pat::Unread
            }
        };
        self.push_pat(node, pos)
    }

    /// `-1` and `box p` come as tokens.
    fn verbatim_pat(&mut self, tokens: &proc_macro2::TokenStream) -> Pat {
        match syn::parse2::<syn::Expr>(tokens.clone()) {
            Ok(e) => Pat::Lit(self.expr(&e)),
            Err(_) => {
                self.unread(tokens.span(), "a pattern");
                Pat::Unread
            }
        }
    }

    fn ident_pat(&mut self, i: &syn::PatIdent) -> Pat {
        let plain = i.by_ref.is_none() && i.mutability.is_none() && i.subpat.is_none();
        let path = if plain { self.ident_path(&i.ident) } else { PathId::NONE };
        self.binding(i, path)
    }

    fn binding(&mut self, i: &syn::PatIdent, path: PathId) -> Pat {
        let name = self.ident(&i.ident);
        let by = match (&i.by_ref, &i.mutability) {
            (Some(_), Some(_)) => Binding::RefMut,
            (Some(_), None) => Binding::Ref,
            _ => Binding::Move,
        };
        let sub = i.subpat.as_ref().map_or(PatId::NONE, |(_, p)| self.pat(p));
        Pat::Ident { name, by, sub, path }
    }

    fn struct_pat(&mut self, s: &syn::PatStruct) -> Pat {
        let path = self.path(&s.path, s.qself.as_ref());
        let mut fields = Vec::new();
        for f in &s.fields {
            if self.conditions(&f.attrs).is_none() {
                continue;
            }
            let name = self.member(&f.member);
            // `Point { x }` binds `x`: never a constant.
            let pat = match (&*f.pat, f.colon_token) {
                (syn::Pat::Ident(i), None) => {
                    let pos = self.pos(i.ident.span());
                    let node = self.binding(i, PathId::NONE);
                    self.push_pat(node, pos)
                }
                (p, _) => self.pat(p),
            };
            fields.extend([name.0, pat.0]);
        }
        Pat::Struct { path, fields: self.list(fields), rest: s.rest.is_some() }
    }

    pub(super) fn member(&mut self, m: &syn::Member) -> Sym {
        match m {
            syn::Member::Named(i) => self.ident(i),
            syn::Member::Unnamed(i) => {
                let text = i.index.to_string();
                self.sym(&text)
            }
        }
    }
}
