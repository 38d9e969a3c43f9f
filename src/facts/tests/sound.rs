//! Whether facts hang together: every id in its table, every position in the file, children before parents. Used by tests and by the fuzz
//! target; panics with what is wrong.

use super::facts::{
    Arena, Attr, AttrArg, AttrArgs, BodyId, Bound, Cfg, Expr, ExprId, Fields, FileFacts, FnSig, Generics, ItemId, ItemKind, List, Lit,
    MacroId, MacroShape, Parent, Pat, PatId, PathId, PathRoot, Pos, Receiver, SegId, Stmt, Sym, TypeId, TypeRef, UseBinds, Vis,
};

/// Checks the facts of these bytes.
pub fn check(facts: &FileFacts, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).ok();
    let file = File { facts, len: bytes.len(), text };
    assert_eq!(facts.len as usize, bytes.len());
    assert!(facts.lines.first() == Some(&0) && facts.lines.is_sorted(), "lines");
    facts.notices.iter().for_each(|n| file.pos(n.pos));
    for d in &facts.directives {
        file.pos(d.pos);
        assert!(d.line as usize <= facts.lines.len(), "line of a directive");
    }
    for &(from, to) in &facts.test_cut.ranges {
        file.range(from, to);
    }
    let interface = Section { file: &file, arena: &facts.interface.arena };
    interface.all();
    interface.attrs(&facts.interface.attrs);
    for (i, item) in facts.interface.items.iter().enumerate() {
        file.sym(item.name);
        file.pos(item.pos);
        file.range(item.span.0, item.span.1);
        interface.attrs(&item.attrs);
        item.cfg.iter().for_each(|c| file.cfg(c));
        interface.vis(&item.vis);
        match item.parent {
            Parent::File => {}
            Parent::Item(parent) => assert!(parent.idx() < i, "an item before its owner"),
            Parent::Body(body) => file.body(body),
        }
        interface.item(&item.kind);
    }
    for body in &facts.bodies {
        file.item(body.owner);
        file.pos(body.end);
        let section = Section { file: &file, arena: &body.arena };
        section.all();
        section.expr(body.root);
        body.params.iter().for_each(|p| section.pat(*p));
    }
}

struct File<'a> {
    facts: &'a FileFacts,
    len: usize,
    text: Option<&'a str>,
}

impl File<'_> {
    fn pos(&self, pos: Pos) {
        let at = pos as usize;
        assert!(at <= self.len, "position {at} of {}", self.len);
        assert!(self.text.is_none_or(|t| t.is_char_boundary(at)), "position {at} in a character");
    }
    fn range(&self, from: Pos, to: Pos) {
        assert!(from <= to, "range {from}..{to}");
        self.pos(from);
        self.pos(to);
    }
    fn sym(&self, sym: Sym) {
        assert!(sym.is_none() || sym.idx() < self.facts.symbols.len(), "{sym:?}");
    }
    fn item(&self, item: ItemId) {
        assert!(item.is_none() || item.idx() < self.facts.interface.items.len(), "{item:?}");
    }
    fn body(&self, body: BodyId) {
        assert!(body.is_none() || body.idx() < self.facts.bodies.len(), "{body:?}");
    }
    fn cfg(&self, cfg: &Cfg) {
        match cfg {
            Cfg::Flag(flag) => self.sym(*flag),
            Cfg::KeyValue(key, value) => {
                self.sym(*key);
                self.sym(*value);
            }
            Cfg::All(parts) | Cfg::Any(parts) => parts.iter().for_each(|p| self.cfg(p)),
            Cfg::Not(inner) => self.cfg(inner),
            Cfg::Bool(_) => {}
        }
    }
}

struct Section<'a> {
    file: &'a File<'a>,
    arena: &'a Arena,
}

impl Section<'_> {
    fn expr(&self, id: ExprId) {
        assert!(id.is_none() || id.idx() < self.arena.exprs.len(), "{id:?}");
    }
    fn pat(&self, id: PatId) {
        assert!(id.is_none() || id.idx() < self.arena.pats.len(), "{id:?}");
    }
    fn ty(&self, id: TypeId) {
        assert!(id.is_none() || id.idx() < self.arena.types.len(), "{id:?}");
    }
    fn path(&self, id: PathId) {
        assert!(id.is_none() || id.idx() < self.arena.paths.len(), "{id:?}");
    }
    fn seg(&self, id: SegId) {
        assert!(id.idx() < self.arena.segs.len(), "{id:?}");
    }
    fn mac(&self, id: MacroId) {
        assert!(id.idx() < self.arena.macros.len(), "{id:?}");
    }
    fn list(&self, list: List) -> &[u32] {
        assert!(list.is_none() || list.idx() + self.arena.pool[list.idx()] as usize <= self.arena.pool.len(), "{list:?}");
        self.arena.list(list)
    }
    fn exprs(&self, list: List) {
        self.list(list).iter().for_each(|&e| self.expr(ExprId(e)));
    }
    fn pats(&self, list: List) {
        self.list(list).iter().for_each(|&p| self.pat(PatId(p)));
    }
    fn types(&self, list: List) {
        self.list(list).iter().for_each(|&t| self.ty(TypeId(t)));
    }
    fn pairs(&self, list: List) -> std::slice::ChunksExact<'_, u32> {
        let list = self.list(list);
        assert!(list.len().is_multiple_of(2), "pairs");
        list.chunks_exact(2)
    }
    fn arms(&self, list: List) {
        self.list(list).iter().for_each(|&a| assert!((a as usize) < self.arena.arms.len(), "arm {a}"));
    }

    fn all(&self) {
        let (a, f) = (self.arena, self.file);
        assert_eq!((a.exprs.len(), a.pats.len(), a.segs.len()), (a.expr_pos.len(), a.pat_pos.len(), a.seg_pos.len()));
        a.expr_pos.iter().chain(&a.pat_pos).chain(&a.seg_pos).for_each(|p| f.pos(*p));
        for (i, e) in a.exprs.iter().enumerate() {
            self.expression(e, ExprId(i as u32));
        }
        a.pats.iter().for_each(|p| self.pattern(p));
        a.types.iter().for_each(|t| self.written(t));
        for p in &a.paths {
            assert!((p.first_seg + p.n_segs) as usize <= a.segs.len(), "segments of a path");
            if let PathRoot::Qualified { ty, trait_segs } = p.root {
                self.ty(ty);
                assert!(trait_segs <= p.n_segs, "segments of a trait");
            }
        }
        for s in &a.segs {
            f.sym(s.name);
            self.types(s.args);
        }
        a.macros.iter().for_each(|m| self.invocation(m));
        for s in &a.stmts {
            match *s {
                Stmt::Let { pat, ty, init, els } => {
                    self.pat(pat);
                    self.ty(ty);
                    self.expr(init);
                    self.expr(els);
                }
                Stmt::Expr { expr, .. } => self.expr(expr),
                Stmt::Item(item) => f.item(item),
            }
        }
        for arm in &a.arms {
            self.pat(arm.pat);
            self.expr(arm.guard);
            self.expr(arm.body);
        }
        for c in &a.closures {
            for pair in self.pairs(c.params) {
                self.pat(PatId(pair[0]));
                self.ty(TypeId(pair[1]));
            }
            self.ty(c.ret);
            self.expr(c.body);
        }
        for (e, cfg) in &a.cfgs {
            self.expr(*e);
            f.cfg(cfg);
        }
    }

    fn expression(&self, e: &Expr, id: ExprId) {
        let below = |child: ExprId| {
            assert!(child.is_none() || child < id, "{child:?} below {id:?}");
        };
        let all_below = |list: List| self.list(list).iter().for_each(|&c| below(ExprId(c)));
        let f = self.file;
        match *e {
            Expr::Lit(lit) => self.literal(lit),
            Expr::Path(p) => self.path(p),
            Expr::Call { callee, args } => {
                below(callee);
                all_below(args);
            }
            Expr::MethodCall { recv, seg, args } => {
                below(recv);
                self.seg(seg);
                all_below(args);
            }
            Expr::Field { base, name } => {
                below(base);
                f.sym(name);
            }
            Expr::Cast { operand, ty } => {
                below(operand);
                self.ty(ty);
            }
            Expr::Unary { operand: x, .. }
            | Expr::Ref { operand: x, .. }
            | Expr::Try(x)
            | Expr::Await(x)
            | Expr::Return(x)
            | Expr::Yield(x) => {
                below(x);
            }
            Expr::Index { base: a, index: b }
            | Expr::Binary { lhs: a, rhs: b, .. }
            | Expr::Assign { lhs: a, rhs: b }
            | Expr::AssignOp { lhs: a, rhs: b, .. }
            | Expr::Repeat { elem: a, len: b }
            | Expr::Range { lo: a, hi: b, .. } => {
                below(a);
                below(b);
            }
            Expr::Block { stmts, tail, label, .. } => {
                self.list(stmts).iter().for_each(|&s| assert!((s as usize) < self.arena.stmts.len(), "statement {s}"));
                below(tail);
                f.sym(label);
            }
            Expr::If { cond, then, els } => [cond, then, els].into_iter().for_each(below),
            Expr::Let { pat, scrutinee } => {
                self.pat(pat);
                below(scrutinee);
            }
            Expr::Match { scrutinee, arms } => {
                below(scrutinee);
                self.arms(arms);
            }
            Expr::While { cond, body, label } => {
                below(cond);
                below(body);
                f.sym(label);
            }
            Expr::Loop { body, label } => {
                below(body);
                f.sym(label);
            }
            Expr::For { parts, label } => {
                let &[pat, iter, body] = self.list(parts) else { panic!("parts of a loop") };
                self.pat(PatId(pat));
                below(ExprId(iter));
                below(ExprId(body));
                f.sym(label);
            }
            Expr::Break { label, value } => {
                f.sym(label);
                below(value);
            }
            Expr::Continue { label } => f.sym(label),
            Expr::Closure(n) => assert!((n as usize) < self.arena.closures.len(), "closure {n}"),
            Expr::Tuple(list) | Expr::Array(list) => all_below(list),
            Expr::Struct { path, fields, rest } => {
                self.path(path);
                for pair in self.pairs(fields) {
                    f.sym(Sym(pair[0]));
                    below(ExprId(pair[1]));
                }
                assert!(rest.is_none() || rest <= id, "rest {rest:?} of {id:?}");
            }
            Expr::Macro(m) => self.mac(m),
            Expr::Underscore | Expr::Unread => {}
        }
    }

    fn literal(&self, lit: Lit) {
        match lit {
            Lit::Str(s) | Lit::ByteStr(s) | Lit::CStr(s) => self.file.sym(s),
            Lit::Int(digits, suffix) | Lit::Float(digits, suffix) => {
                self.file.sym(digits);
                self.file.sym(suffix);
            }
            Lit::Byte(_) | Lit::Char(_) | Lit::Bool(_) => {}
        }
    }

    fn pattern(&self, p: &Pat) {
        match *p {
            Pat::Wild | Pat::Rest | Pat::Unread => {}
            Pat::Ident { name, sub, path, .. } => {
                self.file.sym(name);
                self.pat(sub);
                self.path(path);
            }
            Pat::Path(path) => self.path(path),
            Pat::TupleStruct { path, pats } => {
                self.path(path);
                self.pats(pats);
            }
            Pat::Struct { path, fields, .. } => {
                self.path(path);
                for pair in self.pairs(fields) {
                    self.file.sym(Sym(pair[0]));
                    self.pat(PatId(pair[1]));
                }
            }
            Pat::Tuple(list) | Pat::Slice(list) | Pat::Or(list) => self.pats(list),
            Pat::Ref { inner, .. } => self.pat(inner),
            Pat::Lit(e) | Pat::ConstBlock(e) => self.expr(e),
            Pat::Range { lo, hi } => {
                self.expr(lo);
                self.expr(hi);
            }
            Pat::Type { pat, ty } => {
                self.pat(pat);
                self.ty(ty);
            }
            Pat::Macro(m) => self.mac(m),
        }
    }

    fn written(&self, t: &TypeRef) {
        let f = self.file;
        match *t {
            TypeRef::Path(path) | TypeRef::Bound { path, .. } => self.path(path),
            TypeRef::Ref { inner, .. } | TypeRef::Ptr { inner, .. } | TypeRef::Slice(inner) => self.ty(inner),
            TypeRef::Array { elem, len } => {
                self.ty(elem);
                f.sym(len);
            }
            TypeRef::Tuple(list) | TypeRef::Impl(list) | TypeRef::Dyn(list) => self.types(list),
            TypeRef::Fn { params, ret } | TypeRef::FnSugar { params, ret } => {
                self.types(params);
                self.ty(ret);
            }
            TypeRef::Const(text) => f.sym(text),
            TypeRef::Binding { name, ty } => {
                f.sym(name);
                self.ty(ty);
            }
            TypeRef::BindingBound { name, bounds } => {
                f.sym(name);
                self.types(bounds);
            }
            TypeRef::Macro(m) => self.mac(m),
            TypeRef::Never | TypeRef::Infer | TypeRef::Unread => {}
        }
    }

    fn invocation(&self, m: &super::facts::MacroCall) {
        self.path(m.path);
        self.file.sym(m.tokens);
        self.arena.list(m.places).iter().skip(1).step_by(2).for_each(|&pos| self.file.pos(pos));
        match m.shape {
            MacroShape::Raw => {}
            MacroShape::Format { args, template, captures } => {
                self.exprs(args);
                self.file.sym(template);
                self.exprs(captures);
            }
            MacroShape::Exprs(list) => self.exprs(list),
            MacroShape::Repeat { elem, len } => {
                self.expr(elem);
                self.expr(len);
            }
            MacroShape::Matches { scrutinee, pat, guard } => {
                self.expr(scrutinee);
                self.pat(pat);
                self.expr(guard);
            }
            MacroShape::Select { futures, arms, els } => {
                self.exprs(futures);
                self.arms(arms);
                self.expr(els);
            }
            MacroShape::Event { fields, template, captures, args } => {
                for pair in self.pairs(fields) {
                    self.file.sym(Sym(pair[0]));
                    self.expr(ExprId(pair[1]));
                }
                self.file.sym(template);
                self.exprs(captures);
                self.exprs(args);
            }
        }
    }

    // ---------------------------------------------------------------------------------------------------------------------- items

    fn attrs(&self, attrs: &[Attr]) {
        for a in attrs {
            self.path(a.path);
            self.file.pos(a.pos);
            a.cfg.iter().for_each(|c| self.file.cfg(c));
            match &a.args {
                AttrArgs::None => {}
                AttrArgs::Value(value) => self.file.sym(*value),
                AttrArgs::Paths(paths) => paths.iter().for_each(|p| self.path(*p)),
                AttrArgs::List(args, raw) => {
                    self.file.sym(*raw);
                    for arg in args {
                        match *arg {
                            AttrArg::Word(s) | AttrArg::Lit(s) => self.file.sym(s),
                            AttrArg::Named(a, b) | AttrArg::Nested(a, b) => {
                                self.file.sym(a);
                                self.file.sym(b);
                            }
                        }
                    }
                }
            }
        }
    }

    fn vis(&self, vis: &Vis) {
        if let Vis::In(path) = vis {
            self.path(*path);
        }
    }

    fn bounds(&self, bounds: &[Bound]) {
        bounds.iter().for_each(|b| self.path(b.path));
    }

    fn generics(&self, g: &Generics) {
        for p in &g.params {
            self.file.sym(p.name);
            self.ty(p.ty);
        }
        for p in &g.preds {
            self.ty(p.subject);
            self.bounds(&p.bounds);
        }
    }

    fn fields(&self, fields: &Fields) {
        let (Fields::Tuple(all) | Fields::Named(all)) = fields else { return };
        for f in all {
            self.file.sym(f.name);
            self.ty(f.ty);
            self.vis(&f.vis);
            self.attrs(&f.attrs);
            f.cfg.iter().for_each(|c| self.file.cfg(c));
            self.file.pos(f.pos);
        }
    }

    fn signature(&self, sig: &FnSig) {
        self.generics(&sig.generics);
        if let Receiver::Typed(t) = sig.receiver {
            self.ty(t);
        }
        assert_eq!(sig.params.len(), sig.param_names.len(), "parameters and their names");
        sig.params.iter().for_each(|t| self.ty(*t));
        sig.param_names.iter().for_each(|n| self.file.sym(*n));
        self.ty(sig.ret);
        self.file.body(sig.body);
    }

    fn item(&self, kind: &ItemKind) {
        match kind {
            ItemKind::Mod { path: text, .. }
            | ItemKind::ExternCrate { krate: text }
            | ItemKind::MacroRules { rules: text }
            | ItemKind::MacroDef { text } => self.file.sym(*text),
            ItemKind::Use(leaves) => {
                for leaf in leaves {
                    self.path(leaf.path);
                    self.file.pos(leaf.pos);
                    if let UseBinds::Name(name) = leaf.binds {
                        self.file.sym(name);
                    }
                }
            }
            ItemKind::Fn(sig) => self.signature(sig),
            ItemKind::Struct { generics, fields } | ItemKind::Union { generics, fields } => {
                self.generics(generics);
                self.fields(fields);
            }
            ItemKind::Enum { generics, variants } => {
                self.generics(generics);
                for v in variants {
                    self.file.sym(v.name);
                    self.fields(&v.fields);
                    self.attrs(&v.attrs);
                    v.cfg.iter().for_each(|c| self.file.cfg(c));
                    self.file.pos(v.pos);
                }
            }
            ItemKind::Const { ty, body, generics } => {
                self.ty(*ty);
                self.file.body(*body);
                self.generics(generics);
            }
            ItemKind::Static { ty, body, .. } => {
                self.ty(*ty);
                self.file.body(*body);
            }
            ItemKind::TypeAlias { generics, ty, bounds } => {
                self.generics(generics);
                self.ty(*ty);
                self.bounds(bounds);
            }
            ItemKind::Trait { generics, supertraits: bounds, .. } | ItemKind::TraitAlias { generics, bounds } => {
                self.generics(generics);
                self.bounds(bounds);
            }
            ItemKind::Impl { generics, of, self_ty, .. } => {
                self.generics(generics);
                self.path(*of);
                self.ty(*self_ty);
            }
            ItemKind::MacroCall(m) => self.mac(*m),
            ItemKind::ExternBlock | ItemKind::Unread => {}
        }
    }
}
