//! Macros in bodies: built-in and catalogued ones are read through their arguments, `macro_rules!` macros are expanded.

use std::sync::Arc;

use super::Infer;
use crate::facts::prelex::scan::MAX_COST;
use crate::facts::{BodyId, Expr, ExprId, List, MacroCall, MacroId, MacroShape};
use crate::model::defs::{FragmentKind, Res};
use crate::model::ids::{DefId, Name, Prim, kw};
use crate::model::ty::{Cause, Ty, TyKind};
use crate::model::typed::{ExprRef, MacroTarget, SegSource};

/// Expansions within expansions that are followed.
const MAX_EXPANSIONS: u32 = 24;
/// Expansions of one body.
const MAX_SEGMENTS: usize = 2_000;
/// Bytes of all of them.
const MAX_EXPANDED: usize = 4 << 20;
/// Depth of a body with its expansions: twice what a text may have.
const MAX_NESTING: u32 = 2 * MAX_COST;

/// What a macro that is read through its arguments evaluates to.
enum Gives {
    Unit,
    Never,
    Bool,
    Str,
    U32,
    /// The first argument.
    Argument,
    /// A type of some crate, by path; arguments are open.
    Named(&'static str, &'static str),
    /// `write_fmt` of the first argument.
    WriteFmt,
    Vec,
    OptionStr,
    Bytes,
    Select,
    Join,
    TryJoin,
    /// A prepared statement of `sqlx`: with rows when the text reads some.
    SqlxQuery,
}

impl Infer<'_, '_> {
    fn macro_node(&self, seg: u32, m: MacroId) -> MacroCall {
        Self::arena(&self.segs[seg as usize]).macros[m.idx()].clone()
    }

    fn macro_def(&self, seg: u32, call: &MacroCall) -> Result<DefId, Cause> {
        let s = &self.segs[seg as usize];
        let arena = Self::arena(s);
        let first = arena.paths[call.path.idx()].first_seg as usize;
        let pos = self.invocation_pos(seg, arena.seg_pos[first]);
        match self.types.defs.macro_of(self.scope, self.file, &s.facts, arena, call.path, pos) {
            Res::Def(d) => Ok(d),
            Res::Unknown(c) => Err(c),
            _ => Err(Cause::UnresolvedPath),
        }
    }

    /// A macro in expression position.
    pub(super) fn macro_call(&mut self, at: ExprRef, m: MacroId, want: Option<Ty>) -> Ty {
        let call = self.macro_node(at.seg, m);
        let def = self.macro_def(at.seg, &call);
        if let Some(gives) = self.reading(&call, def.ok()) {
            self.note_macro(at.seg, m, def, None, None);
            return self.read_arguments(at, &call, gives, want);
        }
        let ty = match def {
            Ok(d) => match self.expand(at.seg, m, &call, d, FragmentKind::Expr) {
                Ok(seg) => {
                    self.note_macro(at.seg, m, def, Some(seg), None);
                    let mark = self.locals.len();
                    let root = self.segs[seg as usize].facts.bodies[0].root;
                    let t = self.expr(seg, root, want);
                    self.locals.truncate(mark);
                    return t;
                }
                Err(c) => {
                    self.note_macro(at.seg, m, def, None, Some(c));
                    Ty::unknown(c)
                }
            },
            Err(c) => {
                self.note_macro(at.seg, m, def, None, Some(c));
                Ty::unknown(c)
            }
        };
        self.shape_arguments(at.seg, &call.shape);
        ty
    }

    /// A macro in statement position that is expanded in place: what it declares stays visible. `None`: it reads as an expression.
    pub(super) fn macro_stmt(&mut self, at: ExprRef, m: MacroId) -> Option<Ty> {
        let call = self.macro_node(at.seg, m);
        let def = self.macro_def(at.seg, &call).ok()?;
        if self.reading(&call, Some(def)).is_some() {
            return None;
        }
        let seg = self.expand(at.seg, m, &call, def, FragmentKind::Stmts).ok()?;
        self.note_macro(at.seg, m, Ok(def), Some(seg), None);
        let root = self.segs[seg as usize].facts.bodies[0].root;
        let Expr::Block { stmts, tail, .. } = self.node(seg, root) else { return Some(self.expr(seg, root, None)) };
        let mut never = false;
        for s in self.list(seg, stmts) {
            never |= self.stmt(seg, s);
        }
        let ty = if tail.is_some() {
            self.expr(seg, tail, None)
        } else if never {
            Ty::new(TyKind::Never)
        } else {
            Ty::unit()
        };
        self.segs[seg as usize].exprs[root.idx()] = ty;
        Some(ty)
    }

    /// A macro in pattern position.
    pub(super) fn pat_macro(&mut self, seg: u32, m: MacroId, ty: Ty) {
        let call = self.macro_node(seg, m);
        let def = self.macro_def(seg, &call);
        let expanded = def.and_then(|d| self.expand(seg, m, &call, d, FragmentKind::Pat));
        match expanded {
            Ok(inner) => {
                self.note_macro(seg, m, def, Some(inner), None);
                if let Some(&p) = self.segs[inner as usize].facts.bodies[0].params.first() {
                    self.pattern(inner, p, ty);
                }
            }
            Err(c) => self.note_macro(seg, m, def, None, Some(c)),
        }
    }

    fn note_macro(&mut self, seg: u32, m: MacroId, def: Result<DefId, Cause>, expansion: Option<u32>, cause: Option<Cause>) {
        let target = MacroTarget { def: def.ok(), expansion, cause: cause.or(def.err()) };
        self.segs[seg as usize].macros.insert(m, target);
    }

    fn expand(&mut self, seg: u32, m: MacroId, call: &MacroCall, def: DefId, kind: FragmentKind) -> Result<u32, Cause> {
        if self.segs.len() > MAX_SEGMENTS || self.expanded > MAX_EXPANDED || self.depth_of(seg) >= MAX_EXPANSIONS {
            return Err(Cause::Depth);
        }
        let tokens = if call.tokens.is_some() { self.text(seg, call.tokens).to_owned() } else { String::new() };
        if call.tokens.is_none() && !matches!(call.shape, MacroShape::Raw) {
            return Err(Cause::UnreadMacro);
        }
        let facts = self.types.defs.expand(def, &tokens, kind)?;
        let Some(body) = facts.bodies.first() else { return Err(Cause::UnreadMacro) };
        // No tree is deeper than it has nodes.
        let depth = (body.arena.exprs.len() + body.arena.pats.len()).min(MAX_COST as usize) as u32;
        if self.nesting + depth > MAX_NESTING {
            return Err(Cause::Depth);
        }
        self.expanded += facts.len as usize;
        let names: Arc<[Name]> = facts.symbols.iter().map(|s| Name::new(s)).collect();
        let arena = Self::arena(&self.segs[seg as usize]);
        let first = arena.paths[call.path.idx()].first_seg as usize;
        let pos = self.invocation_pos(seg, arena.seg_pos[first]);
        let source = SegSource::Expansion { facts: facts.clone(), call: (seg, m), pos };
        Ok(self.push_seg(source, facts, BodyId(0), Some(names)))
    }

    fn depth_of(&self, seg: u32) -> u32 {
        let (mut at, mut depth) = (seg, 0);
        while let SegSource::Expansion { call, .. } = &self.segs[at as usize].source {
            at = call.0;
            depth += 1;
        }
        depth
    }

    /// How a macro is read without expanding it, decided by what it resolves to.
    fn reading(&self, call: &MacroCall, def: Option<DefId>) -> Option<Gives> {
        let def = def?;
        let krate = self.types.defs.krate(def.krate).name;
        let name = self.types.defs.def(def).name.as_str();
        let shaped = !matches!(call.shape, MacroShape::Raw);
        match krate.as_str() {
            "core" | "alloc" | "std" => std_macro(name),
            "tracing" | "log" | "tracing_core" | "slog" if shaped => {
                Some(if name.ends_with("span") { Gives::Named("tracing", "Span") } else { Gives::Unit })
            }
            "anyhow" if shaped => Some(match name {
                "bail" => Gives::Never,
                "ensure" => Gives::Unit,
                _ => Gives::Named("anyhow", "Error"),
            }),
            "eyre" | "color_eyre" if shaped => Some(match name {
                "bail" => Gives::Never,
                "ensure" => Gives::Unit,
                _ => Gives::Named("eyre", "Report"),
            }),
            "serde_json" if name == "json" => Some(Gives::Named("serde_json", "Value")),
            "sqlx" | "sqlx_macros" if name.starts_with("query") => Some(Gives::SqlxQuery),
            _ if !shaped => None,
            "tokio" | "futures" | "futures_util" | "futures_lite" => match name {
                "select" if matches!(call.shape, MacroShape::Select { .. }) => Some(Gives::Select),
                "join" => Some(Gives::Join),
                "try_join" => Some(Gives::TryJoin),
                _ => None,
            },
            _ => None,
        }
    }

    /// Infers the arguments a macro was read with.
    fn shape_arguments(&mut self, seg: u32, shape: &MacroShape) -> Vec<Ty> {
        match shape {
            MacroShape::Raw => Vec::new(),
            MacroShape::Format { args, captures, .. } => {
                let out = self.all(seg, *args);
                self.all(seg, *captures);
                out
            }
            MacroShape::Exprs(list) => self.all(seg, *list),
            MacroShape::Repeat { elem, len } => {
                let t = self.expr(seg, *elem, None);
                self.expr(seg, *len, Some(Ty::prim(Prim::Usize)));
                vec![t]
            }
            MacroShape::Matches { scrutinee, pat, guard } => {
                let t = self.expr(seg, *scrutinee, None);
                let mark = self.locals.len();
                self.pattern(seg, *pat, t);
                if guard.is_some() {
                    self.expr(seg, *guard, Some(Ty::prim(Prim::Bool)));
                }
                self.locals.truncate(mark);
                Vec::new()
            }
            MacroShape::Select { futures, arms, els } => {
                self.select_arms(seg, *futures, *arms, *els, None);
                Vec::new()
            }
            MacroShape::Event { fields, captures, args, .. } => {
                let pairs = self.list(seg, *fields);
                for pair in pairs.chunks_exact(2) {
                    self.expr(seg, ExprId(pair[1]), None);
                }
                self.all(seg, *captures);
                self.all(seg, *args)
            }
        }
    }

    fn all(&mut self, seg: u32, list: List) -> Vec<Ty> {
        self.list(seg, list).into_iter().map(|e| self.expr(seg, ExprId(e), None)).collect()
    }

    fn read_arguments(&mut self, at: ExprRef, call: &MacroCall, gives: Gives, want: Option<Ty>) -> Ty {
        let seg = at.seg;
        if let (Gives::Select, MacroShape::Select { futures, arms, els }) = (&gives, &call.shape) {
            return self.select_arms(seg, *futures, *arms, *els, want);
        }
        if let Gives::Vec = gives {
            return self.vec_macro(seg, &call.shape, want);
        }
        let tys = self.shape_arguments(seg, &call.shape);
        let str_ref = Ty::new(TyKind::Ref(false, Ty::prim(Prim::Str)));
        match gives {
            Gives::Unit => Ty::unit(),
            Gives::Never => Ty::new(TyKind::Never),
            Gives::Bool => Ty::prim(Prim::Bool),
            Gives::Str => str_ref,
            Gives::U32 => Ty::prim(Prim::U32),
            Gives::Argument => tys.first().copied().unwrap_or_else(Ty::unit),
            Gives::Named(krate, path) => self.named(krate, path),
            Gives::WriteFmt => self.write_fmt(at, tys.first().copied()),
            Gives::OptionStr => self.types.lang.option.map_or(Ty::unit(), |d| Ty::new(TyKind::Adt(d, Box::new([str_ref])))),
            Gives::Bytes => Ty::new(TyKind::Ref(false, Ty::new(TyKind::Array(Ty::prim(Prim::U8))))),
            Gives::Join => Ty::new(TyKind::Tuple(tys.into_iter().map(|t| self.output(t)).collect())),
            Gives::TryJoin => self.try_join(tys),
            Gives::SqlxQuery => self.sqlx_query(call, seg),
            Gives::Select | Gives::Vec => Ty::unit(),
        }
    }

    fn named(&mut self, krate: &str, path: &str) -> Ty {
        let Some(&def) = self.types.defs.lookup(krate, path).first() else { return Ty::unknown(Cause::MissingSources) };
        let args = (0..self.types.generics(def).own_len()).map(|_| self.fresh()).collect();
        Ty::new(TyKind::Adt(def, args))
    }

    fn write_fmt(&mut self, at: ExprRef, dest: Option<Ty>) -> Ty {
        let Some(dest) = dest else { return Ty::unit() };
        let dest = self.known(dest);
        match self.s.method(dest, Name::new("write_fmt"), self.scope) {
            crate::model::ty::method::Lookup::Found(p) => {
                let f = self.fn_item(p.def, p.owner_args.clone(), &[]);
                if let TyKind::FnDef(def, args) = f.kind() {
                    let callee = crate::model::typed::Callee {
                        def: Some(*def),
                        trait_method: p.of_trait.then_some(*def),
                        args: args.clone(),
                        dispatched: false,
                        recv: Some(p.recv),
                        implied: p.derefs.clone(),
                        cause: None,
                    };
                    self.record(at, callee);
                }
                let ret = self.s.callable(f).map_or_else(|| Ty::unknown(Cause::UnresolvedMethod), |(_, r)| r);
                self.settle(ret)
            }
            _ => {
                let cause = dest.cause().unwrap_or(Cause::UnresolvedMethod);
                self.record(at, super::unknown_callee(cause, Some(dest)));
                Ty::unknown(cause)
            }
        }
    }

    fn vec_macro(&mut self, seg: u32, shape: &MacroShape, want: Option<Ty>) -> Ty {
        let hint = match want.map(|w| self.s.vars.shallow(w).kind()) {
            Some(TyKind::Adt(d, args)) if Some(*d) == self.types.lang.vec => args.first().copied(),
            _ => None,
        };
        let elem = hint.unwrap_or_else(|| self.fresh());
        match shape {
            MacroShape::Repeat { elem: e, len } => {
                let t = self.expr(seg, *e, Some(elem));
                self.coerce(t, elem);
                self.expr(seg, *len, Some(Ty::prim(Prim::Usize)));
            }
            MacroShape::Exprs(list) => {
                for e in self.list(seg, *list) {
                    let t = self.expr(seg, ExprId(e), Some(elem));
                    self.coerce(t, elem);
                }
            }
            other => {
                self.shape_arguments(seg, other);
            }
        }
        let Some(vec) = self.types.lang.vec else { return Ty::unknown(Cause::MissingSources) };
        let mut args = vec![elem];
        let extra = self.types.generics(vec).params.get(1).map(|p| p.default);
        if extra.is_some() {
            args.push(self.fresh());
        }
        Ty::new(TyKind::Adt(vec, args.into()))
    }

    /// Output of a future.
    fn output(&mut self, t: Ty) -> Ty {
        let t = self.known(t);
        if let TyKind::Future(out, _) = t.kind() {
            return *out;
        }
        let out = self.types.lang.into_future.and_then(|tr| self.s.project(tr, &[t], kw::OUTPUT));
        out.map_or_else(|| Ty::unknown(t.cause().unwrap_or(Cause::NotInferred)), |o| self.settle(o))
    }

    fn try_join(&mut self, tys: Vec<Ty>) -> Ty {
        let Some(result) = self.types.lang.result else { return Ty::unknown(Cause::MissingSources) };
        let error = self.fresh();
        let mut oks = Vec::new();
        for t in tys {
            let out = self.output(t);
            match self.known(out).kind() {
                TyKind::Adt(d, args) if *d == result && args.len() == 2 => {
                    self.try_unify(error, args[1]);
                    oks.push(args[0]);
                }
                _ => oks.push(Ty::unknown(Cause::NotInferred)),
            }
        }
        Ty::new(TyKind::Adt(result, Box::new([Ty::new(TyKind::Tuple(oks.into())), error])))
    }

    fn select_arms(&mut self, seg: u32, futures: List, arms: List, els: ExprId, want: Option<Ty>) -> Ty {
        let out = want.unwrap_or_else(|| self.fresh());
        let futures = self.list(seg, futures);
        for (f, a) in futures.into_iter().zip(self.list(seg, arms)) {
            let arm = Self::arena(&self.segs[seg as usize]).arms[a as usize];
            if arm.guard.is_some() {
                self.expr(seg, arm.guard, Some(Ty::prim(Prim::Bool)));
            }
            let t = self.expr(seg, ExprId(f), None);
            let t = self.output(t);
            let mark = self.locals.len();
            self.pattern(seg, arm.pat, t);
            let b = self.expr(seg, arm.body, Some(out));
            self.coerce(b, out);
            self.locals.truncate(mark);
        }
        if els.is_some() {
            let b = self.expr(seg, els, Some(out));
            self.coerce(b, out);
        }
        self.s.vars.shallow(out)
    }

    /// `sqlx::query!` and kin are made by a procedural macro: `Map` when the statement reads rows, `Query` when not.
    fn sqlx_query(&mut self, call: &MacroCall, seg: u32) -> Ty {
        let sql = match &call.shape {
            MacroShape::Exprs(list) => self.list(seg, *list).into_iter().find_map(|e| match self.node(seg, ExprId(e)) {
                Expr::Lit(crate::facts::Lit::Str(s)) => Some(self.text(seg, s).to_ascii_lowercase()),
                _ => None,
            }),
            _ => None,
        };
        let reads = sql.is_none_or(|s| {
            let s = s.trim_start();
            s.starts_with("select") || s.starts_with("with") || s.contains("returning")
        });
        if !reads {
            return self.named("sqlx", "query::Query");
        }
        let map = self.named("sqlx", "query::Map");
        // The mapping function is the macro's: a function from a row to a value that is not known here.
        if let TyKind::Adt(_, args) = map.kind()
            && let Some(&f) = args.get(1)
        {
            let unknown = Ty::unknown(Cause::ProcMacro);
            self.try_unify(f, unknown);
        }
        map
    }
}

/// Macros of std that are read through their arguments.
fn std_macro(name: &str) -> Option<Gives> {
    Some(match name {
        "print" | "println" | "eprint" | "eprintln" | "assert" | "assert_eq" | "assert_ne" | "debug_assert" | "debug_assert_eq"
        | "debug_assert_ne" => Gives::Unit,
        "panic" | "todo" | "unimplemented" | "unreachable" | "compile_error" => Gives::Never,
        "format" => Gives::Named("alloc", "string::String"),
        "format_args" | "const_format_args" => Gives::Named("core", "fmt::Arguments"),
        "write" | "writeln" => Gives::WriteFmt,
        "vec" => Gives::Vec,
        "dbg" => Gives::Argument,
        "matches" | "cfg" => Gives::Bool,
        "env" | "concat" | "stringify" | "include_str" | "file" | "module_path" => Gives::Str,
        "line" | "column" => Gives::U32,
        "option_env" => Gives::OptionStr,
        "include_bytes" => Gives::Bytes,
        _ => return None,
    })
}
