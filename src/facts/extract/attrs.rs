//! Attributes and conditions.

use syn::punctuated::Punctuated;
use syn::{Meta, Token};

use super::Extractor;
use crate::facts::{Attr, AttrArg, AttrArgs, Cfg, Sym, cfg};

impl Extractor<'_> {
    /// Attributes of a node, and the conditions under which it exists.
    pub(super) fn attrs(&mut self, attrs: &[syn::Attribute]) -> (Vec<Attr>, Vec<Cfg>) {
        let (mut out, mut cfgs) = (Vec::new(), Vec::new());
        for a in attrs {
            self.attr(&a.meta, &[], &mut out, &mut cfgs);
        }
        (out, cfgs)
    }

    /// Conditions alone; `None` when they cannot hold outside test builds.
    pub(super) fn conditions(&mut self, attrs: &[syn::Attribute]) -> Option<Vec<Cfg>> {
        if attrs.is_empty() {
            return Some(Vec::new());
        }
        let mut cfgs = Vec::new();
        for a in attrs {
            // prr: allow(unhandled_errors, reason = "rustc refuses a condition that is none")
            if a.path().is_ident("cfg")
                && let Meta::List(l) = &a.meta
                && let Ok(m) = l.parse_args::<Meta>()
            {
                cfgs.push(self.cfg(&m, 0));
            }
        }
        self.can_hold(&cfgs).then_some(cfgs)
    }

    /// Whether conditions can hold outside test builds.
    pub(super) fn can_hold(&self, cfgs: &[Cfg]) -> bool {
        !cfgs.iter().any(|c| cfg::certain(c, &|flag| self.symbols.text(flag)) == Some(false))
    }

    fn attr(&mut self, meta: &Meta, cfg: &[Cfg], out: &mut Vec<Attr>, cfgs: &mut Vec<Cfg>) {
        let path = meta.path();
        if path.is_ident("doc") {
            return;
        }
        if path.is_ident("cfg") && cfg.is_empty() {
            if let Meta::List(l) = meta
                && let Ok(m) = l.parse_args::<Meta>()
            {
                cfgs.push(self.cfg(&m, 0));
            }
            return;
        }
        if let Meta::List(l) = meta
            && !self.afford_list(l, cfg.len())
        {
            return;
        }
        if path.is_ident("cfg_attr")
            && let Meta::List(l) = meta
            && let Ok(list) = l.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        {
            let mut list = list.into_iter();
            let Some(condition) = list.next() else { return };
            let condition = self.cfg(&condition, 0);
            let inner: Vec<Cfg> = cfg.iter().cloned().chain([condition]).collect();
            for m in list {
                self.attr(&m, &inner, out, cfgs);
            }
            return;
        }
        let args = self.attr_args(meta);
        let pos = path.segments.first().map_or(0, |s| self.pos(s.ident.span()));
        let path = self.path(path, None);
        out.push(Attr { path, cfg: cfg.to_vec(), args, pos });
    }

    /// Whether a list under so many conditions may be read once more.
    fn afford_list(&mut self, l: &syn::MetaList, conditions: usize) -> bool {
        let delimiters = l.delimiter.span();
        let bytes = self.bytes_between(delimiters.open(), delimiters.close());
        self.afford(bytes + conditions * size_of::<Cfg>(), self.pos(delimiters.open()))
    }

    fn attr_args(&mut self, meta: &Meta) -> AttrArgs {
        match meta {
            Meta::Path(_) => AttrArgs::None,
            Meta::NameValue(nv) => AttrArgs::Value(self.value(&nv.value)),
            Meta::List(l) => {
                let plain = l.path.is_ident("derive");
                if plain && let Ok(paths) = l.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated) {
                    return AttrArgs::Paths(paths.iter().map(|p| self.path(p, None)).collect());
                }
                let text = l.tokens.to_string();
                let raw = self.sym(&text);
                match l.parse_args_with(Punctuated::<Entry, Token![,]>::parse_terminated) {
                    Ok(list) => AttrArgs::List(list.iter().map(|e| self.entry(e)).collect(), raw),
                    Err(_) => AttrArgs::List(Vec::new(), raw),
                }
            }
        }
    }

    fn entry(&mut self, e: &Entry) -> AttrArg {
        let meta = match e {
            Entry::Lit(l) => return AttrArg::Lit(self.literal_text(l)),
            Entry::Meta(meta) => meta,
        };
        match &**meta {
            Meta::Path(p) => AttrArg::Word(self.path_text(p)),
            Meta::NameValue(nv) => AttrArg::Named(self.path_text(&nv.path), self.value(&nv.value)),
            Meta::List(l) => {
                let name = self.path_text(&l.path);
                let text = l.tokens.to_string();
                AttrArg::Nested(name, self.sym(&text))
            }
        }
    }

    fn path_text(&mut self, p: &syn::Path) -> Sym {
        let text: Vec<String> = p.segments.iter().map(|s| s.ident.to_string()).collect();
        self.sym(&text.join("::"))
    }

    fn value(&mut self, e: &syn::Expr) -> Sym {
        match e {
            syn::Expr::Lit(l) => self.literal_text(&l.lit),
            other => {
                let text = quote::quote!(#other).to_string();
                self.sym(&text)
            }
        }
    }

    fn literal_text(&mut self, l: &syn::Lit) -> Sym {
        match l {
            syn::Lit::Str(s) => self.sym(&s.value()),
            other => {
                let text = quote::quote!(#other).to_string();
                self.sym(&text)
            }
        }
    }

    /// A `cfg` predicate, nested in `depth` others.
    fn cfg(&mut self, meta: &Meta, depth: u32) -> Cfg {
        match meta {
            Meta::Path(p) if p.is_ident("true") => Cfg::Bool(true),
            Meta::Path(p) if p.is_ident("false") => Cfg::Bool(false),
            Meta::Path(p) => Cfg::Flag(self.path_text(p)),
            Meta::NameValue(nv) => Cfg::KeyValue(self.path_text(&nv.path), self.value(&nv.value)),
            // Nobody writes this: an unknown flag, which depends on the build.
            Meta::List(l) if depth >= cfg::MAX_NESTING || !self.afford_list(l, 0) => Cfg::Flag(self.path_text(&l.path)),
            Meta::List(l) => {
                let inner = l.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
                let mut inner: Vec<Cfg> = inner.iter().map(|m| self.cfg(m, depth + 1)).collect();
                if l.path.is_ident("all") {
                    Cfg::All(inner)
                } else if l.path.is_ident("any") {
                    Cfg::Any(inner)
                } else if l.path.is_ident("not") && inner.len() == 1 {
                    Cfg::Not(Box::new(inner.remove(0)))
                } else {
                    Cfg::Flag(self.path_text(&l.path))
                }
            }
        }
    }
}

/// An entry of an attribute's list: a literal or a nested attribute.
enum Entry {
    Lit(syn::Lit),
    Meta(Box<Meta>),
}

impl syn::parse::Parse for Entry {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Lit) && !input.peek(syn::LitBool) {
            return input.parse().map(Entry::Lit);
        }
        input.parse().map(|meta| Entry::Meta(Box::new(meta)))
    }
}
