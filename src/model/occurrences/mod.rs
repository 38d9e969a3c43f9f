//! Every name of the workspace's production code and what it was resolved to: the whole of what the engine claims to know, for comparison with
//! other resolvers and for looking into a surprising finding.
//!
//! Locals, type parameters and fields are no definitions and are left out, and so is what macros add: it has no place of its own. What they are
//! handed in bodies is written in the file, and belongs here.

mod bodies;
mod candidates;
mod interface;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::{Arena, Expr, FileFacts, Pat, PathId, Pos, Sym, TypeId, TypeRef};
use crate::model::defs::{Ns, PathRes, Res, Scope};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, kw};
use crate::model::infer;
use crate::model::ty::lower::Lower;
use crate::model::ty::{Cause, TyKind, Types};

pub use candidates::{Candidate, Valued};

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
    let mut names = interface::imports(defs, krate);
    let owners = interface::Owners::of(defs, krate);
    let files: Vec<FileId> = (0..defs.files(krate)).map(|idx| FileId { krate, idx }).filter(|f| defs.expanded_from(*f).is_none()).collect();
    names.extend(files.par_iter().flat_map_iter(|f| interface::names(types, *f, &owners)).collect::<Vec<_>>());
    let bodies: Vec<DefId> = (0..defs.len(krate)).map(|idx| DefId { krate, idx }).collect();
    let parts: Vec<(Vec<Occurrence>, Vec<Valued>)> = bodies
        .par_iter()
        .filter(|d| defs.expanded_from(defs.def(**d).file).is_none())
        .filter_map(|d| infer::infer_body(types, *d))
        .map(|body| (bodies::names(types, &body), candidates::of_body(types, &body)))
        .collect();
    let mut values = Vec::new();
    for (n, v) in parts {
        names.extend(n);
        values.extend(v);
    }
    (names, values)
}

/// What stands at a path.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Type,
    Value,
    Macro,
    Use,
}
/// Where the paths of one arena are looked up.
#[derive(Clone, Copy)]
struct Place<'a> {
    types: &'a Types<'a>,
    scope: Scope,
    file: FileId,
    facts: &'a FileFacts,
    arena: &'a Arena,
}

impl Place<'_> {
    fn resolve(&self, path: PathId, ns: Ns) -> PathRes {
        self.types.defs.resolve_path(self.scope, self.file, self.facts, self.arena, path, ns)
    }

    /// What the last segment of a type's path names when names alone do not tell: of `T::Item` the trait's associated type, of `Self::Item` the
    /// impl's own.
    fn assoc_type(&self, path: PathId, ty: TypeId) -> Option<Meaning> {
        let defs = self.types.defs;
        let (first, name) = match self.arena.segs_of(path) {
            [first, last] => (self.symbol(first.name), self.symbol(last.name)),
            [.., last] => (kw::EMPTY, self.symbol(last.name)),
            [] => return None,
        };
        let own = self.scope.owner.and_then(|owner| self.types.container(owner));
        let own = own.filter(|c| first == kw::SELF_TYPE && defs.def(*c).kind == DefKind::Impl);
        if let Some((container, member)) = own.and_then(|c| Some((c, defs.member(c, name, Ns::Types)?))) {
            let of = self.types.impl_header(container).of.as_ref();
            return Some(Meaning::Def(member, of.and_then(|tr| defs.member(tr.def, name, Ns::Types))));
        }
        let Place { types, scope, file, facts, arena } = *self;
        let mut lower = Lower { types, scope, file, facts, arena, names: None, fresh: None, impl_trait: Default::default(), depth: 0 };
        match lower.ty(ty).kind() {
            TyKind::Proj(tr, _, name) => defs.member(*tr, *name, Ns::Types).map(|d| Meaning::Def(d, Some(d))),
            _ => None,
        }
    }

    fn symbol(&self, sym: Sym) -> Name {
        Name::new(&self.facts.symbols[sym.idx()])
    }
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
    /// Where a token of the arena is written in the file; `None` for what a macro adds.
    written: &'a dyn Fn(Pos) -> Option<Pos>,
    out: &'a mut Vec<Occurrence>,
}

impl Sink<'_> {
    /// The segments of a path; `last`: what the last one names, when that is known better than by names alone.
    fn segments(&mut self, path: PathId, res: &PathRes, kind: Kind, last: Option<Meaning>) {
        let first = self.arena.paths[path.idx()].first_seg as usize;
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
            let Some(pos) = (self.written)(self.arena.seg_pos[first + i]) else { continue };
            let name = Name::new(&self.facts.symbols[seg.name.idx()]);
            let kind = if kind == Kind::Macro && !is_last { Kind::Path } else { kind };
            self.out.push(Occurrence { file: self.file, pos, name, kind, meaning });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::TargetKind;
    use crate::model::defs::{Defs, SourceCrate};

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
