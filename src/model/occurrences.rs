//! Every name of the workspace's production code and what it was resolved to: the whole of what the engine claims to know, for comparison with
//! other resolvers and for looking into a surprising finding.
//!
//! Locals, type parameters and fields are no definitions and are left out; what macros expand to has no place of its own and is left out too.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::{Arena, AttrArgs, Expr, FileFacts, ItemId, ItemKind, MacroShape, Parent, Pat, PathId, Pos, Stmt, TypeId, TypeRef};
use crate::model::defs::{Defs, Ns, PathRes, Res, Scope};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name};
use crate::model::infer;
use crate::model::ty::lower::Lower;
use crate::model::ty::{Cause, Ty, TyKind, Types};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

/// What kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The method of a method call.
    Method,
    /// A segment of a path.
    Path,
    /// The last segment of a macro's, attribute's or derive's path.
    Macro,
}

/// What a name was resolved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// A definition; for a method of a trait whose impl is known: the impl's, and the trait's.
    Def(DefId, Option<DefId>),
    /// A primitive type.
    Prim(crate::model::ids::Prim),
    /// Not known, and why.
    Unknown(Cause),
}

/// One name in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// The file.
    pub file: FileId,
    /// Byte offset of the name.
    pub pos: Pos,
    /// As written.
    pub name: Name,
    /// What kind of name.
    pub kind: Kind,
    /// What it names.
    pub meaning: Meaning,
}

/// Where a value may be lost or a program end: what clippy's typed lints speak of too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Candidate {
    /// `let _ = value`.
    LetUnderscore,
    /// `value.ok();`
    OkStatement,
    /// `value.unwrap()`.
    Unwrap,
    /// `value.expect(..)`.
    Expect,
    /// `print!` and its like.
    Print,
}

/// A candidate and the type of its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Valued {
    /// The file.
    pub file: FileId,
    /// Byte offset: of the `let`, the method's name, the macro.
    pub pos: Pos,
    /// Which form.
    pub what: Candidate,
    /// The type as text with full paths; `None`: not known.
    pub ty: Option<String>,
}

/// All names of the members' production targets, by file and position, and all candidates. Needs big-stack threads.
pub fn occurrences(types: &Types<'_>) -> (Vec<Occurrence>, Vec<Valued>) {
    let crates: Vec<CrateId> = types.defs.members().map(|c| c.id).collect();
    let parts: Vec<(Vec<Occurrence>, Vec<Valued>)> = crates.par_iter().map(|k| of_crate(types, *k)).collect();
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (n, v) in parts {
        names.extend(n);
        values.extend(v);
    }
    names.sort_unstable();
    names.dedup();
    values.sort_unstable();
    values.dedup();
    (names, values)
}

fn of_crate(types: &Types<'_>, krate: CrateId) -> (Vec<Occurrence>, Vec<Valued>) {
    let defs = types.defs;
    let mut names = imports(defs, krate);
    let owners = Owners::of(defs, krate);
    let files: Vec<FileId> = (0..defs.files(krate)).map(|idx| FileId { krate, idx }).filter(|f| defs.expanded_from(*f).is_none()).collect();
    names.extend(files.par_iter().flat_map_iter(|f| interface(types, *f, &owners)).collect::<Vec<_>>());
    let bodies: Vec<DefId> = (0..defs.len(krate)).map(|idx| DefId { krate, idx }).collect();
    let parts: Vec<(Vec<Occurrence>, Vec<Valued>)> = bodies
        .par_iter()
        .filter(|d| defs.expanded_from(defs.def(**d).file).is_none())
        .filter_map(|d| infer::infer_body(types, *d))
        .map(|body| (body_names(types, &body), candidates(types, &body)))
        .collect();
    let mut values = Vec::new();
    for (n, v) in parts {
        names.extend(n);
        values.extend(v);
    }
    (names, values)
}

fn imports(defs: &Defs, krate: CrateId) -> Vec<Occurrence> {
    let mut out = Vec::new();
    for leaf in defs.imports(krate).iter().filter(|l| defs.expanded_from(l.file).is_none()) {
        let arena = &defs.facts(leaf.file).interface.arena;
        let res = defs.resolve_use(leaf.module, leaf.file, leaf.path);
        let mut sink = Sink { file: leaf.file, facts: defs.facts(leaf.file), arena, out: &mut out };
        sink.segments(leaf.path, &res, Kind::Path, None);
        for other in other_namespaces(defs, leaf.module, &res, arena.segs_of(leaf.path).last().map(|s| defs.name(leaf.file, s.name))) {
            sink.segments(leaf.path, &other, Kind::Path, None);
        }
    }
    out
}

/// What a `use` brings besides: it takes a name in every namespace, a module and the function in it alike.
fn other_namespaces(defs: &Defs, from: DefId, res: &PathRes, name: Option<Name>) -> Vec<PathRes> {
    let (Some(name), [.., Res::Def(owner), last]) = (name, &res.segs[..]) else { return Vec::new() };
    if res.res != *last || defs.def(*owner).kind != DefKind::Mod {
        return Vec::new();
    }
    let bound = |ns| defs.meanings(*owner, name, ns).into_iter().find(|(_, vis)| defs.visible(*vis, from)).map(|(res, _)| res);
    let found = [Ns::Types, Ns::Values, Ns::Macros].into_iter().filter_map(bound);
    let others = found.filter(|other| other != last && matches!(other, Res::Def(_)));
    others.map(|other| PathRes { res: other, consumed: res.consumed, segs: [&res.segs[..res.segs.len() - 1], &[other]].concat() }).collect()
}

/// Where the names of a file's items are looked up.
struct Owners {
    /// Root module of each file.
    modules: FxHashMap<FileId, DefId>,
}

impl Owners {
    fn of(defs: &Defs, krate: CrateId) -> Owners {
        let mut modules = FxHashMap::default();
        modules.insert(defs.def(defs.root(krate)).file, defs.root(krate));
        for id in (0..defs.len(krate)).map(|idx| DefId { krate, idx }) {
            if let (Some(parent), Some((_, item))) = (defs.parent(id), defs.item(id))
                && item.parent == Parent::File
                && defs.def(id).kind != DefKind::Variant
            {
                modules.insert(defs.def(id).file, parent);
            }
        }
        Owners { modules }
    }

    /// Scope of an item, or of the module around one that is no definition. `None`: the item is not compiled.
    fn scope(&self, defs: &Defs, file: FileId, item: ItemId) -> Option<Scope> {
        if let Some(def) = defs.def_of_item(file, item) {
            return Some(defs.scope(def));
        }
        let it = &defs.facts(file).interface.items[item.idx()];
        match (&it.kind, it.parent) {
            (ItemKind::MacroCall(_), Parent::File) => Some(defs.scope(*self.modules.get(&file)?)),
            (ItemKind::MacroCall(_), Parent::Item(owner)) => self.scope(defs, file, owner),
            _ => None,
        }
    }
}

/// What stands at a path of an interface.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Type,
    Value,
    Macro,
    Use,
}

fn interface(types: &Types<'_>, file: FileId, owners: &Owners) -> Vec<Occurrence> {
    let defs = types.defs;
    let facts = defs.facts(file);
    let arena = &facts.interface.arena;
    let roles = interface_roles(facts);
    let (mut out, spans) = (Vec::new(), Spans::of(facts));
    let by_path: FxHashMap<PathId, TypeId> = type_paths(arena);
    for (i, path) in arena.paths.iter().enumerate() {
        let id = PathId(i as u32);
        let Some(&pos) = arena.seg_pos.get(path.first_seg as usize) else { continue };
        let scope = match spans.innermost(pos) {
            Some(item) => owners.scope(defs, file, item),
            None => owners.modules.get(&file).map(|m| defs.scope(*m)),
        };
        let (Some(scope), role) = (scope, roles[i]) else { continue };
        let mut sink = Sink { file, facts, arena, out: &mut out };
        match role {
            Role::Use => {}
            Role::Macro => {
                let whole = defs.resolve_path(scope, file, facts, arena, id, Ns::Macros);
                let named = defs.macro_of(scope, file, facts, arena, id, pos);
                sink.segments(id, &whole, Kind::Macro, Some(meaning_of(named)));
            }
            Role::Value => sink.segments(id, &defs.resolve_path(scope, file, facts, arena, id, Ns::Values), Kind::Path, None),
            Role::Type => {
                let res = defs.resolve_path(scope, file, facts, arena, id, Ns::Types);
                let lowered = by_path.get(&id).map(|t| {
                    let fresh =
                        Lower { types, scope, file, facts, arena, names: None, fresh: None, impl_trait: Default::default(), depth: 0 };
                    assoc_meaning(defs, { fresh }.ty(*t))
                });
                sink.segments(id, &res, Kind::Path, lowered.flatten());
            }
        }
    }
    out
}

/// What the last segment of `T::Item` names: the trait's associated type.
fn assoc_meaning(defs: &Defs, ty: Ty) -> Option<Meaning> {
    match ty.kind() {
        TyKind::Proj(tr, _, name) => defs.member(*tr, *name, Ns::Types).map(|d| Meaning::Def(d, Some(d))),
        _ => None,
    }
}

fn interface_roles(facts: &FileFacts) -> Vec<Role> {
    let arena = &facts.interface.arena;
    let mut roles = vec![Role::Type; arena.paths.len()];
    let mut attrs: Vec<&crate::facts::Attr> = facts.interface.attrs.iter().collect();
    for item in &facts.interface.items {
        attrs.extend(&item.attrs);
        match &item.kind {
            ItemKind::Use(leaves) => leaves.iter().for_each(|l| roles[l.path.idx()] = Role::Use),
            ItemKind::Struct { fields, .. } | ItemKind::Union { fields, .. } => attrs.extend(field_attrs(fields)),
            ItemKind::Enum { variants, .. } => variants.iter().for_each(|v| {
                attrs.extend(&v.attrs);
                attrs.extend(field_attrs(&v.fields));
            }),
            _ => {}
        }
    }
    for attr in attrs {
        roles[attr.path.idx()] = Role::Macro;
        if let AttrArgs::Paths(paths) = &attr.args {
            paths.iter().for_each(|p| roles[p.idx()] = Role::Macro);
        }
    }
    mark_nodes(arena, &mut roles);
    roles
}

fn field_attrs(fields: &crate::facts::Fields) -> impl Iterator<Item = &crate::facts::Attr> {
    let list = match fields {
        crate::facts::Fields::Unit => &[][..],
        crate::facts::Fields::Tuple(list) | crate::facts::Fields::Named(list) => list,
    };
    list.iter().flat_map(|f| &f.attrs)
}

fn mark_nodes(arena: &Arena, roles: &mut [Role]) {
    arena.macros.iter().for_each(|m| roles[m.path.idx()] = Role::Macro);
    let mut value = |p: PathId| {
        if p.is_some() {
            roles[p.idx()] = Role::Value;
        }
    };
    for e in &arena.exprs {
        match e {
            Expr::Path(p) | Expr::Struct { path: p, .. } => value(*p),
            _ => {}
        }
    }
    for p in &arena.pats {
        match p {
            Pat::Path(p) | Pat::TupleStruct { path: p, .. } | Pat::Struct { path: p, .. } | Pat::Ident { path: p, .. } => value(*p),
            _ => {}
        }
    }
}

fn type_paths(arena: &Arena) -> FxHashMap<PathId, TypeId> {
    let paths = arena.types.iter().enumerate();
    paths.filter_map(|(i, t)| if let TypeRef::Path(p) = t { Some((*p, TypeId(i as u32))) } else { None }).collect()
}

/// Items of a file by place.
struct Spans {
    /// Start, end, item: by start, wider ones first.
    sorted: Vec<(Pos, Pos, ItemId)>,
}

impl Spans {
    fn of(facts: &FileFacts) -> Spans {
        let items = facts.interface.items.iter().enumerate();
        let mut sorted: Vec<_> = items.map(|(i, item)| (item.span.0, item.span.1, ItemId(i as u32))).collect();
        sorted.sort_by_key(|s| (s.0, std::cmp::Reverse(s.1)));
        Spans { sorted }
    }

    fn innermost(&self, pos: Pos) -> Option<ItemId> {
        let before = self.sorted.partition_point(|s| s.0 <= pos);
        self.sorted[..before].iter().rev().find(|s| pos < s.1).map(|s| s.2)
    }
}

fn meaning_of(res: Res) -> Meaning {
    match res {
        Res::Def(d) | Res::SelfTy(d) => Meaning::Def(d, None),
        Res::Prim(p) => Meaning::Prim(p),
        Res::Unknown(c) => Meaning::Unknown(c),
        Res::Param(..) => Meaning::Unknown(Cause::NotInferred),
    }
}

/// Collects the segments of the paths of one arena.
struct Sink<'a> {
    file: FileId,
    facts: &'a FileFacts,
    arena: &'a Arena,
    out: &'a mut Vec<Occurrence>,
}

impl Sink<'_> {
    /// The segments of a path; `last`: what the last one names, when that is known better than by names alone.
    fn segments(&mut self, path: PathId, res: &PathRes, kind: Kind, last: Option<Meaning>) {
        let written = self.arena.paths[path.idx()];
        let segs = self.arena.segs_of(path);
        for (i, seg) in segs.iter().enumerate() {
            let is_last = i + 1 == segs.len();
            let known = res.segs.get(i).copied();
            let meaning = match (is_last, last, known) {
                (true, Some(meaning), _) => meaning,
                // Parameters and `Self` are no definitions of their own.
                (_, _, Some(Res::Param(..) | Res::SelfTy(_))) => continue,
                (_, _, Some(res)) => meaning_of(res),
                (_, _, None) => Meaning::Unknown(if let Res::Unknown(c) = res.res { c } else { Cause::NotInferred }),
            };
            let pos = self.arena.seg_pos[written.first_seg as usize + i];
            let name = Name::new(&self.facts.symbols[seg.name.idx()]);
            let kind = if kind == Kind::Macro && !is_last { Kind::Path } else { kind };
            self.out.push(Occurrence { file: self.file, pos, name, kind, meaning });
        }
    }
}

fn body_names(types: &Types<'_>, body: &TypedBody) -> Vec<Occurrence> {
    let defs = types.defs;
    let (arena, seg) = (body.arena(0), &body.segs[0]);
    let scope = defs.body_scope(body.file, body.body, body.owner);
    let mut roles = vec![Role::Type; arena.paths.len()];
    mark_nodes(arena, &mut roles);
    let by_path = type_paths(arena);
    let mut out = Vec::new();
    for (i, role) in roles.iter().enumerate() {
        let id = PathId(i as u32);
        let facts: &FileFacts = &body.facts;
        let mut sink = Sink { file: body.file, facts, arena, out: &mut out };
        let resolve = |ns| defs.resolve_path(scope, body.file, facts, arena, id, ns);
        match role {
            Role::Use => {}
            Role::Macro => {
                let pos = arena.seg_pos[arena.paths[i].first_seg as usize];
                let named = defs.macro_of(scope, body.file, facts, arena, id, pos);
                sink.segments(id, &resolve(Ns::Macros), Kind::Macro, Some(meaning_of(named)));
            }
            Role::Value => match seg.paths.get(&id) {
                Some(PathTarget::Local(..) | PathTarget::SelfValue) => {}
                Some(PathTarget::Def(d)) => {
                    let segs = arena.segs_of(id).len();
                    let res = prefix(&resolve, segs);
                    // What is written, not what it stands for.
                    let whole = res.consumed as usize == segs;
                    let alias = whole && matches!(res.res, Res::Def(a) if defs.def(a).kind == DefKind::TypeAlias);
                    sink.segments(id, &res, Kind::Path, (!alias).then_some(Meaning::Def(*d, None)));
                }
                Some(PathTarget::Ty(_)) => sink.segments(id, &resolve(Ns::Values), Kind::Path, None),
                Some(PathTarget::Unknown(c)) => sink.segments(id, &resolve(Ns::Values), Kind::Path, Some(Meaning::Unknown(*c))),
                // A binding, or code that inference did not reach.
                None => {
                    let res = resolve(Ns::Values);
                    if !matches!(res.res, Res::Unknown(_)) || arena.segs_of(id).len() > 1 {
                        sink.segments(id, &res, Kind::Path, None);
                    }
                }
            },
            Role::Type => {
                let lowered = by_path.get(&id).and_then(|t| {
                    let fresh = Lower {
                        types,
                        scope,
                        file: body.file,
                        facts,
                        arena,
                        names: None,
                        fresh: None,
                        impl_trait: Default::default(),
                        depth: 0,
                    };
                    assoc_meaning(defs, { fresh }.ty(*t))
                });
                sink.segments(id, &resolve(Ns::Types), Kind::Path, lowered);
            }
        }
    }
    methods(body, &mut out);
    out
}

/// Struct literals and patterns are looked up among types, calls among values: the namespace that reads more of the path.
fn prefix(resolve: &impl Fn(Ns) -> PathRes, segs: usize) -> PathRes {
    let known = |r: &PathRes| !matches!(r.res, Res::Unknown(_));
    let values = resolve(Ns::Values);
    if values.segs.len() >= segs && known(&values) {
        values
    } else {
        [values, resolve(Ns::Types)].into_iter().max_by_key(|r| (known(r), r.consumed)).expect("two of them")
    }
}

fn methods(body: &TypedBody, out: &mut Vec<Occurrence>) {
    let arena = body.arena(0);
    for (i, e) in arena.exprs.iter().enumerate() {
        let Expr::MethodCall { seg, .. } = e else { continue };
        let at = ExprRef { seg: 0, id: crate::facts::ExprId(i as u32) };
        let meaning = match body.callee(at) {
            Some(c) => match (c.def.or(c.trait_method), c.cause) {
                (Some(d), _) => Meaning::Def(d, c.trait_method),
                (None, cause) => Meaning::Unknown(cause.unwrap_or(Cause::NotInferred)),
            },
            None => Meaning::Unknown(Cause::NotInferred),
        };
        let name = Name::new(body.str(0, arena.segs[seg.idx()].name));
        out.push(Occurrence { file: body.file, pos: arena.seg_pos[seg.idx()], name, kind: Kind::Method, meaning });
    }
}

fn candidates(types: &Types<'_>, body: &TypedBody) -> Vec<Valued> {
    let arena = body.arena(0);
    let ty = |id| {
        let ty = body.ty(ExprRef { seg: 0, id });
        ty.cause().is_none().then(|| types.text(ty))
    };
    let mut out = Vec::new();
    let mut push = |pos, what, ty| out.push(Valued { file: body.file, pos, what, ty });
    for stmt in &arena.stmts {
        match *stmt {
            Stmt::Let { pat, init, .. } if init.is_some() && matches!(arena.pats[pat.idx()], Pat::Wild) => {
                push(arena.pat_pos[pat.idx()], Candidate::LetUnderscore, ty(init));
            }
            Stmt::Expr { expr, semi: true } => {
                if let Expr::MethodCall { recv, seg, .. } = arena.exprs[expr.idx()]
                    && body.str(0, arena.segs[seg.idx()].name) == "ok"
                {
                    push(arena.seg_pos[seg.idx()], Candidate::OkStatement, ty(recv));
                }
            }
            _ => {}
        }
    }
    for e in &arena.exprs {
        match *e {
            Expr::MethodCall { recv, seg, .. } => {
                let what = match body.str(0, arena.segs[seg.idx()].name) {
                    "unwrap" => Candidate::Unwrap,
                    "expect" => Candidate::Expect,
                    _ => continue,
                };
                push(arena.seg_pos[seg.idx()], what, ty(recv));
            }
            Expr::Macro(m) => {
                let call = &arena.macros[m.idx()];
                let last = arena.segs_of(call.path).last().map(|s| body.str(0, s.name));
                if matches!(last, Some("print" | "println" | "eprint" | "eprintln" | "dbg")) && !matches!(call.shape, MacroShape::Raw) {
                    let std = body.segs[0].macros.get(&m).and_then(|t| t.def);
                    let own = std.is_some_and(|d| matches!(types.defs.krate(d.krate).name.as_str(), "std" | "core" | "alloc"));
                    let pos = arena.seg_pos[arena.paths[call.path.idx()].first_seg as usize];
                    push(pos, Candidate::Print, own.then(|| "()".to_owned()));
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::TargetKind;
    use crate::model::defs::SourceCrate;

    fn named(files: &[(&str, &str)], name: &str) -> Vec<String> {
        let app = SourceCrate { name: "app", edition: 2024, kind: TargetKind::Lib, member: true, deps: &[], files };
        let defs = Defs::from_sources(&[app]);
        let (names, _) = occurrences(&Types::new(&defs));
        let of_name = names.into_iter().filter(|one| one.name.as_str() == name);
        let path = |meaning| match meaning {
            Meaning::Def(def, _) => defs.path(def),
            other => format!("{other:?}"),
        };
        of_name.map(|one| path(one.meaning)).collect()
    }

    #[test]
    fn an_import_names_items_of_all_namespaces() {
        let files = [
            ("lib.rs", "mod routes;\nuse routes::home;"),
            ("routes.rs", "mod home;\npub use home::*;"),
            ("routes/home.rs", "pub fn home() {}"),
        ];
        let found = named(&files, "home");
        assert_eq!(found, ["app::routes::home", "app::routes::home::home", "app::routes::home"]);
    }

    #[test]
    fn an_alias_is_named_as_written() {
        let text = "pub struct Plain { pub a: u8 }\npub type Alias = Plain;\npub fn make() -> Plain { Alias { a: 1 } }\npub fn go() { Alias::new(); }\nimpl Plain { fn new() {} }";
        assert_eq!(named(&[("lib.rs", text)], "Alias"), ["app::Alias", "app::Alias"]);
        assert_eq!(named(&[("lib.rs", text)], "new"), ["app::Plain::new"]);
    }
}
