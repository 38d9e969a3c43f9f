//! Structs, enums and impls back to Rust text: what a derive or an attribute is given. Lifetimes are not in the facts, so references and paths come out without them;
//! doc comments and conditions that were decided are left out.

use super::{
    Arena, Attr, AttrArgs, Bound, Field, Fields, FileFacts, Generics, Item, ItemId, ItemKind, List, Parent, PathId, PathRoot, Sym, TypeId,
    TypeRef, Vis,
};

/// The text of a struct, union or enum, with the attributes that speak to derives (of the form `#[name(..)]` and `#[name = ".."]`); `None` for other
/// items.
pub fn adt(facts: &FileFacts, item: &Item) -> Option<String> {
    let mut w = Writer { facts, arena: &facts.interface.arena, out: String::new() };
    w.attrs(&item.attrs);
    w.vis(&item.vis);
    let (word, generics) = match &item.kind {
        ItemKind::Struct { generics, .. } => ("struct ", generics),
        ItemKind::Union { generics, .. } => ("union ", generics),
        ItemKind::Enum { generics, .. } => ("enum ", generics),
        _ => return None,
    };
    w.word(word);
    w.sym(item.name);
    w.params(generics);
    match &item.kind {
        ItemKind::Struct { fields, .. } | ItemKind::Union { fields, .. } => {
            w.fields(fields);
            if !matches!(fields, Fields::Named(_)) {
                w.word(";");
            }
        }
        ItemKind::Enum { variants, .. } => {
            w.word(" {");
            for v in variants {
                w.attrs(&v.attrs);
                w.sym(v.name);
                w.fields(&v.fields);
                w.word(", ");
            }
            w.word("}");
        }
        _ => {}
    }
    Some(w.out)
}

/// The text of an impl of a trait: its head, and of its functions the name and what they return: `impl<T, > Read for File<T> { fn read -> u8; }`.
pub fn implementation(facts: &FileFacts, id: ItemId) -> Option<String> {
    let ItemKind::Impl { generics, of, self_ty, .. } = &facts.interface.items.get(id.idx())?.kind else { return None };
    if of.is_none() {
        return None;
    }
    let mut w = Writer { facts, arena: &facts.interface.arena, out: String::new() };
    w.word("impl");
    w.params(generics);
    w.word(" ");
    w.path(*of);
    w.word(" for ");
    w.ty(*self_ty);
    w.word(" { ");
    for member in facts.interface.items.iter().filter(|item| item.parent == Parent::Item(id)) {
        if let ItemKind::Fn(sig) = &member.kind {
            w.word("fn ");
            w.sym(member.name);
            w.ret(sig.ret);
            w.word("; ");
        }
    }
    w.word("}");
    Some(w.out)
}

struct Writer<'a> {
    facts: &'a FileFacts,
    arena: &'a Arena,
    out: String,
}

impl Writer<'_> {
    fn word(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn sym(&mut self, sym: Sym) {
        let name = &*self.facts.symbols[sym.idx()];
        // Raw identifiers are kept without their mark.
        if syn_keyword(name) {
            self.out.push_str("r#");
        }
        self.out.push_str(name);
    }

    fn attrs(&mut self, attrs: &[Attr]) {
        for attr in attrs {
            let path = attr.path;
            match &attr.args {
                AttrArgs::List(_, raw) => {
                    let raw = self.facts.symbols[raw.idx()].to_string();
                    self.attr(path, &format!("({raw})"));
                }
                AttrArgs::Value(value) => {
                    let value = self.facts.symbols[value.idx()].to_string();
                    self.attr(path, &format!(" = {value:?}"));
                }
                AttrArgs::Paths(paths) if !self.is_derive(path) => {
                    let words: Vec<String> = paths.iter().map(|p| self.plain(*p)).collect();
                    self.attr(path, &format!("({})", words.join(", ")));
                }
                AttrArgs::None => self.attr(path, ""),
                AttrArgs::Paths(_) => {}
            }
        }
    }

    fn attr(&mut self, path: PathId, args: &str) {
        let path = self.plain(path);
        self.out.push_str(&format!("#[{path}{args}] "));
    }

    fn is_derive(&self, path: PathId) -> bool {
        self.plain(path) == "derive"
    }

    fn plain(&self, path: PathId) -> String {
        let names: Vec<&str> = self.arena.segs_of(path).iter().map(|s| &*self.facts.symbols[s.name.idx()]).collect();
        names.join("::")
    }

    fn vis(&mut self, vis: &Vis) {
        match vis {
            Vis::Private => {}
            Vis::Public => self.word("pub "),
            Vis::In(path) => {
                let path = self.plain(*path);
                let inside = if matches!(&*path, "crate" | "self" | "super") { path } else { format!("in {path}") };
                self.out.push_str(&format!("pub({inside}) "));
            }
        }
    }

    fn params(&mut self, generics: &Generics) {
        if generics.params.is_empty() {
            return;
        }
        self.word("<");
        for p in &generics.params {
            if p.is_const {
                self.word("const ");
            }
            self.sym(p.name);
            if p.is_const && p.ty.is_some() {
                self.word(": ");
                self.ty(p.ty);
            }
            self.word(", ");
        }
        self.word(">");
    }

    fn fields(&mut self, fields: &Fields) {
        match fields {
            Fields::Unit => {}
            Fields::Tuple(list) => {
                self.word("(");
                list.iter().for_each(|f| self.field(f, false));
                self.word(")");
            }
            Fields::Named(list) => {
                self.word(" { ");
                list.iter().for_each(|f| self.field(f, true));
                self.word("}");
            }
        }
    }

    fn field(&mut self, field: &Field, named: bool) {
        self.attrs(&field.attrs);
        self.vis(&field.vis);
        if named {
            self.sym(field.name);
            self.word(": ");
        }
        self.ty(field.ty);
        self.word(", ");
    }

    fn types(&mut self, list: List, between: &str) {
        let ids: Vec<TypeId> = self.arena.types_of(list).collect();
        for (i, id) in ids.into_iter().enumerate() {
            if i > 0 {
                self.word(between);
            }
            self.ty(id);
        }
    }

    fn ty(&mut self, id: TypeId) {
        match self.arena.types[id.idx()] {
            TypeRef::Path(path) => self.path(path),
            TypeRef::Ref { mutable, inner } => {
                self.word(if mutable { "&mut " } else { "&" });
                self.ty(inner);
            }
            TypeRef::Ptr { mutable, inner } => {
                self.word(if mutable { "*mut " } else { "*const " });
                self.ty(inner);
            }
            TypeRef::Slice(inner) => {
                self.word("[");
                self.ty(inner);
                self.word("]");
            }
            TypeRef::Array { elem, len } => {
                self.word("[");
                self.ty(elem);
                let len = self.facts.symbols.get(len.idx()).map_or("0", |s| s).to_owned();
                self.out.push_str(&format!("; {len}]"));
            }
            TypeRef::Tuple(list) => {
                self.word("(");
                self.types(list, ", ");
                self.word(if self.arena.list(list).len() == 1 { ",)" } else { ")" });
            }
            TypeRef::Fn { params, ret } => {
                self.word("fn(");
                self.types(params, ", ");
                self.word(")");
                self.ret(ret);
            }
            TypeRef::Never => self.word("!"),
            TypeRef::Impl(bounds) => {
                self.word("impl ");
                self.types(bounds, " + ");
            }
            TypeRef::Dyn(bounds) => {
                self.word("dyn ");
                self.types(bounds, " + ");
            }
            TypeRef::Bound { path, maybe } => self.bound(Bound { path, maybe }),
            TypeRef::Const(text) => {
                let text = self.facts.symbols[text.idx()].to_string();
                self.out.push_str(&format!("{{ {text} }}"));
            }
            TypeRef::Binding { name, ty } => {
                self.sym(name);
                self.word(" = ");
                self.ty(ty);
            }
            TypeRef::BindingBound { name, bounds } => {
                self.sym(name);
                self.word(": ");
                self.types(bounds, " + ");
            }
            TypeRef::FnSugar { params, ret } => {
                self.word("(");
                self.types(params, ", ");
                self.word(")");
                self.ret(ret);
            }
            TypeRef::Infer | TypeRef::Macro(_) | TypeRef::Unread => self.word("_"),
        }
    }

    fn ret(&mut self, ret: TypeId) {
        if ret.is_some() {
            self.word(" -> ");
            self.ty(ret);
        }
    }

    fn bound(&mut self, bound: Bound) {
        if bound.maybe {
            self.word("?");
        }
        self.path(bound.path);
    }

    fn path(&mut self, path: PathId) {
        let segs = self.arena.segs_of(path).to_vec();
        let mut trait_segs = 0;
        match self.arena.paths[path.idx()].root {
            PathRoot::Plain => {}
            PathRoot::Global => self.word("::"),
            PathRoot::Qualified { ty, trait_segs: n } => {
                trait_segs = n as usize;
                self.word("<");
                self.ty(ty);
                self.word(if n > 0 { " as " } else { ">::" });
            }
        }
        for (i, seg) in segs.iter().enumerate() {
            if i > 0 {
                self.word(if i == trait_segs { ">::" } else { "::" });
            }
            let name = self.facts.symbols[seg.name.idx()].to_string();
            self.word(&name);
            if seg.args.is_some() {
                let first = self.arena.types_of(seg.args).next();
                if first.is_some_and(|t| matches!(self.arena.types[t.idx()], TypeRef::FnSugar { .. })) {
                    self.types(seg.args, ", ");
                } else {
                    self.word("<");
                    self.types(seg.args, ", ");
                    self.word(">");
                }
            }
        }
    }
}

/// Names that only stand as raw identifiers.
fn syn_keyword(name: &str) -> bool {
    matches!(
        name,
        "type"
            | "match"
            | "ref"
            | "move"
            | "use"
            | "mod"
            | "fn"
            | "impl"
            | "for"
            | "in"
            | "let"
            | "loop"
            | "as"
            | "async"
            | "await"
            | "box"
            | "break"
            | "const"
            | "continue"
            | "dyn"
            | "else"
            | "enum"
            | "extern"
            | "if"
            | "macro"
            | "mut"
            | "pub"
            | "return"
            | "static"
            | "struct"
            | "trait"
            | "unsafe"
            | "where"
            | "while"
            | "yield"
            | "abstract"
            | "final"
            | "override"
            | "priv"
            | "typeof"
            | "try"
            | "virtual"
            | "become"
            | "do"
            | "gen"
    )
}

#[cfg(test)]
mod tests {
    use crate::facts::Depth;
    use crate::facts::extract::extract;

    fn written(text: &str) -> String {
        let facts = extract(text.as_bytes(), Depth::Full);
        super::adt(&facts, &facts.interface.items[0]).expect("an adt")
    }

    #[test]
    fn structs_and_enums_are_written_as_they_were() {
        let text = "#[derive(A)] #[sea_orm(table_name = \"cake\")] pub struct Model { #[sea_orm(primary_key)] pub id: i32, r#type: Option<Vec<&'static str>>, \
                    pub(crate) f: Box<dyn Fn(u8, A) -> Result<(), E> + Send>, g: <T as B<C>>::D, h: [u8; 4], }";
        assert_eq!(
            written(text),
            "#[sea_orm(table_name = \"cake\")] pub struct Model { #[sea_orm(primary_key)] pub id: i32, r#type: Option<Vec<&str>>, \
             pub(crate) f: Box<dyn Fn(u8, A) -> Result<(), E> + Send>, g: <T as B<C>>::D, h: [u8; 4], }"
        );
        let text = "#[error(\"x\")] enum E<T, const N: usize> { #[from] A(#[from] io::Error), B { x: T }, C }";
        assert_eq!(written(text), "#[error(\"x\")] enum E<T, const N: usize, > {#[from] A(#[from] io::Error, ), B { x: T, }, C, }");
        assert_eq!(written("struct U;"), "struct U;");
    }

    #[test]
    fn impls_of_traits_are_written_as_far_as_attributes_need() {
        let text = "#[made] impl<'a, T: Send> Action for Find<'a, T> { type Future = F; async fn execute(mut self) -> Result<Vec<T>> { a() } fn b() {} }";
        let facts = extract(text.as_bytes(), Depth::Full);
        let made = super::implementation(&facts, crate::facts::ItemId(0));
        assert_eq!(made.as_deref(), Some("impl<T, > Action for Find<T> { fn execute -> Result<Vec<T>>; fn b; }"));
        let facts = extract(b"impl Find { fn new() {} }", Depth::Full);
        assert_eq!(super::implementation(&facts, crate::facts::ItemId(0)), None);
    }
}
