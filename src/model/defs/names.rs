//! Paths of definitions as text, and back: [`Defs::path`], [`Defs::lookup`]; heads of impls; derives; traits in scope.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::data::ModData;
use super::resolve::{Lookup, View};
use super::{Defs, Derive, Head, ImplHead, Ns, Res, Scope};
use crate::facts::{AttrArgs, FileFacts, ItemKind, PathId, TypeId, TypeRef};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, kw};

/// Aliases of aliases that are followed.
const MAX_ALIASES: u32 = 8;

impl Defs {
    /// Path of a definition: where it is defined, `reqwest::async_impl::client::Client::get`. Members of an impl stand under the path of the
    /// self type's definition; of primitives and other types under a name for the type (`core::str::len`, `core::slice::iter`, `core::ref::deref`);
    /// of blanket impls under the trait (`core::convert::Into::into`). Items in bodies stand under the enclosing module.
    pub fn path(&self, id: DefId) -> String {
        let mut out = String::new();
        self.write_path(id, &mut out);
        out
    }

    fn write_path(&self, id: DefId, out: &mut String) {
        let def = self.def(id);
        let Some(parent) = def.parent else {
            out.push_str(self.krate(id.krate).name.as_str());
            return;
        };
        match def.kind {
            DefKind::Impl => return self.write_impl(id, out),
            // Block modules have no name.
            DefKind::Mod if def.name == kw::EMPTY => return self.write_path(parent, out),
            _ => self.write_path(parent, out),
        }
        out.push_str("::");
        out.push_str(if def.name == kw::EMPTY { "_" } else { def.name.as_str() });
    }

    fn write_impl(&self, id: DefId, out: &mut String) {
        let head = self.head_of(id);
        let of_type = match head.head {
            Head::Def(d) | Head::Dyn(Some(d)) => return self.write_path(d, out),
            Head::Prim(p) => p.as_str(),
            Head::Ref(_) => "ref",
            Head::Ptr(_) => "ptr",
            Head::Slice => "slice",
            Head::Array => "array",
            Head::Tuple(_) => "tuple",
            Head::Fn => "fn",
            Head::Never => "never",
            Head::Param | Head::Dyn(None) | Head::Other => match head.of {
                Some(Ok(t)) => return self.write_path(t, out),
                _ => "_",
            },
        };
        out.push_str(self.krate(id.krate).name.as_str());
        out.push_str("::");
        out.push_str(of_type);
    }

    fn head_of(&self, id: DefId) -> ImplHead {
        let data = self.data(id.krate);
        match data.impls.binary_search(&id) {
            Ok(at) => self.impl_heads(id.krate)[at],
            Err(_) => self.impl_head(id),
        }
    }

    /// Reads the head of one impl.
    pub(super) fn impl_head(&self, def: DefId) -> ImplHead {
        let mut head = ImplHead { def, of: None, head: Head::Other, negative: false };
        let file = self.def(def).file;
        if let Some((facts, item)) = self.item(def)
            && let ItemKind::Impl { of, self_ty, negative, .. } = &item.kind
        {
            let scope = self.scope(def);
            head.negative = *negative;
            head.head = self.head(scope, file, facts, *self_ty, 0);
            head.of = of.get().map(|path| match self.interface_path(scope, file, facts, path).res {
                Res::Def(d) => Ok(d),
                Res::Unknown(cause) => Err(cause),
                _ => Err(crate::model::ty::Cause::UnresolvedPath),
            });
        }
        head
    }

    fn interface_path(&self, scope: Scope, file: FileId, facts: &FileFacts, path: PathId) -> super::PathRes {
        self.resolve_path(scope, file, facts, &facts.interface.arena, path, Ns::Types)
    }

    /// Outermost constructor of a written type, behind aliases. An alias stays where what it stands for has none.
    fn head(&self, scope: Scope, file: FileId, facts: &FileFacts, ty: TypeId, depth: u32) -> Head {
        let arena = &facts.interface.arena;
        let Some(ty) = arena.types.get(ty.idx()) else { return Head::Other };
        match *ty {
            TypeRef::Path(path) => {
                let n = arena.segs_of(path).len() as u32;
                let found = self.interface_path(scope, file, facts, path);
                match found.res {
                    Res::Def(d) if found.consumed == n && self.def(d).kind == DefKind::Trait => Head::Dyn(Some(d)),
                    Res::Def(d) if found.consumed == n => self.behind_alias(d, depth).unwrap_or(Head::Def(d)),
                    Res::Prim(p) => Head::Prim(p),
                    Res::Param(..) if found.consumed == n => Head::Param,
                    _ => Head::Other,
                }
            }
            TypeRef::Ref { mutable, .. } => Head::Ref(mutable),
            TypeRef::Ptr { mutable, .. } => Head::Ptr(mutable),
            TypeRef::Slice(_) => Head::Slice,
            TypeRef::Array { .. } => Head::Array,
            TypeRef::Tuple(list) => Head::Tuple(arena.list(list).len() as u32),
            TypeRef::Fn { .. } => Head::Fn,
            TypeRef::Never => Head::Never,
            TypeRef::Dyn(list) => {
                let bound = arena.types_of(list).next().map(|b| arena.types[b.idx()]);
                match bound {
                    Some(TypeRef::Bound { path, .. }) => Head::Dyn(self.interface_path(scope, file, facts, path).res.def()),
                    _ => Head::Dyn(None),
                }
            }
            _ => Head::Other,
        }
    }

    fn behind_alias(&self, alias: DefId, depth: u32) -> Option<Head> {
        let def = self.def(alias);
        if def.kind != DefKind::TypeAlias || depth > MAX_ALIASES {
            return None;
        }
        let (file, (facts, item)) = (def.file, self.item(alias)?);
        let ItemKind::TypeAlias { ty, .. } = &item.kind else { return None };
        let head = self.head(self.scope(alias), file, facts, *ty, depth + 1);
        (!matches!(head, Head::Param | Head::Other)).then_some(head)
    }

    /// Impls of a crate by head of their self type: indices in [`Self::impls`].
    fn impls_of(&self, krate: CrateId, head: Head) -> &[u32] {
        let data = self.data(krate);
        let by_head = data.by_head.get_or_init(|| {
            let mut map: FxHashMap<Head, Vec<u32>> = FxHashMap::default();
            for (i, h) in self.impl_heads(krate).iter().enumerate() {
                map.entry(h.head).or_default().push(i as u32);
            }
            map
        });
        by_head.get(&head).map_or(&[], |v| v)
    }

    /// Definitions by path (public paths through re-exports and paths of definition alike, associated items too) in all instances of a crate, in
    /// their order. Loads them. `path` does not name the crate: `lookup("core", "option::Option")`; the empty path is the root.
    pub fn lookup(&self, krate: &str, path: &str) -> Vec<DefId> {
        let ids = self.by_name.get(&Name::new(krate)).cloned().unwrap_or_default();
        let mut found: Vec<DefId> = Vec::new();
        for id in ids {
            for def in self.lookup_in(id, path) {
                if !found.contains(&def) {
                    found.push(def);
                }
            }
        }
        found.sort();
        found
    }

    /// Definitions by path in one crate; see [`Self::lookup`].
    pub fn lookup_in(&self, krate: CrateId, path: &str) -> Vec<DefId> {
        let view = self.view();
        let mut at = vec![Head::Def(self.root(krate))];
        let mut segments = path.split("::").filter(|s| !s.is_empty()).peekable();
        while let Some(seg) = segments.next() {
            let name = Name::new(seg);
            let last = segments.peek().is_none();
            let mut next: Vec<Head> = Vec::new();
            for head in &at {
                match head {
                    Head::Def(d) => self.below(view, *d, name, last, &mut next),
                    other => next.extend(self.associated(krate, *other, name).into_iter().map(Head::Def)),
                }
            }
            if next.is_empty() || at == [Head::Def(self.root(krate))] {
                next.extend(type_head(seg));
            }
            at = next;
        }
        at.into_iter().filter_map(|h| if let Head::Def(d) = h { Some(d) } else { None }).collect()
    }

    /// What `name` is below a definition, in all namespaces.
    fn below(&self, view: View<'_>, d: DefId, name: Name, last: bool, out: &mut Vec<Head>) {
        let mut push = |res: Res| match res {
            Res::Def(d) if !out.contains(&Head::Def(d)) => out.push(Head::Def(d)),
            Res::Prim(p) => out.push(Head::Prim(p)),
            _ => {}
        };
        match self.def(d).kind {
            DefKind::Mod | DefKind::Enum => {
                let spaces: &[Ns] = if last { &[Ns::Types, Ns::Values, Ns::Macros] } else { &[Ns::Types] };
                for &ns in spaces {
                    if let Lookup::Found(all) = view.inside(d, name, ns) {
                        all.into_iter().for_each(|e| push(e.res));
                    }
                }
            }
            DefKind::Trait => {
                for ns in [Ns::Types, Ns::Values] {
                    self.member(d, name, ns).into_iter().for_each(|m| push(Res::Def(m)));
                }
            }
            _ => {}
        }
        if matches!(self.def(d).kind, DefKind::Struct | DefKind::Enum | DefKind::Union | DefKind::TypeAlias) {
            for m in self.associated(d.krate, Head::Def(d), name) {
                push(Res::Def(m));
            }
        }
        // A method of `dyn Trait`.
        if self.def(d).kind == DefKind::Trait {
            for m in self.associated(d.krate, Head::Dyn(Some(d)), name) {
                push(Res::Def(m));
            }
        }
    }

    /// Members of that name in the impls of a type, inherent impls first.
    fn associated(&self, krate: CrateId, head: Head, name: Name) -> Vec<DefId> {
        let heads = self.impl_heads(krate);
        let impls = self.impls_of(krate, head).iter().map(|i| &heads[*i as usize]);
        let (inherent, of_traits): (Vec<&ImplHead>, Vec<&ImplHead>) = impls.partition(|h| h.of.is_none());
        let members = |list: Vec<&ImplHead>| -> Vec<DefId> {
            let of = |h: &ImplHead| [Ns::Types, Ns::Values].into_iter().filter_map(|ns| self.member(h.def, name, ns)).collect::<Vec<_>>();
            list.into_iter().flat_map(of).collect()
        };
        let own = members(inherent);
        if own.is_empty() { members(of_traits) } else { own }
    }

    /// Derives of a struct, enum or union, in order of writing.
    pub fn derives(&self, id: DefId) -> Vec<Derive> {
        let Some((facts, item)) = self.item(id) else { return Vec::new() };
        let file = self.def(id).file;
        let scope = Scope { module: self.module_of(id), owner: None };
        let arena = &facts.interface.arena;
        let mut out = Vec::new();
        for attr in item.attrs.iter().filter(|a| super::link::attr_is(a, facts, "derive")) {
            let AttrArgs::Paths(paths) = &attr.args else { continue };
            for &path in paths {
                let segs = arena.segs_of(path);
                let text: Vec<&str> = segs.iter().map(|s| super::files::text(facts, s.name)).collect();
                let first = arena.paths[path.idx()].first_seg as usize;
                out.push(Derive {
                    path: text.join("::"),
                    def: self.resolve_path(scope, file, facts, arena, path, Ns::Macros).res.def(),
                    conditional: !attr.cfg.is_empty(),
                    pos: arena.seg_pos.get(first).copied().unwrap_or(attr.pos),
                });
            }
        }
        out
    }

    /// Traits visible in a module: its own and those of the modules a block stands in, then the prelude's.
    pub(super) fn collect_traits(&self, module: DefId) -> Arc<[DefId]> {
        let mut all: Vec<DefId> = Vec::new();
        let mut at = Some(module);
        while let Some(m) = at {
            all.extend(self.traits_of(m).iter());
            let data = self.view().module(m);
            at = data.filter(|d| d.block).and_then(|_| self.def(m).parent).map(|p| self.module_of(p));
        }
        if let Some(prelude) = self.data(module.krate).prelude {
            all.extend(self.traits_of(prelude).iter());
        }
        let mut seen = rustc_hash::FxHashSet::default();
        all.retain(|t| seen.insert(*t));
        all.into()
    }

    fn traits_of(&self, module: DefId) -> Arc<[DefId]> {
        let view = self.view();
        let Some(data) = view.module(module) else { return Arc::new([]) };
        let traits = data.traits.get_or_init(|| {
            let is_trait = |d: &DefId| matches!(self.def(*d).kind, DefKind::Trait | DefKind::TraitAlias);
            let mut all: Vec<DefId> = data.trait_candidates().filter_map(|(res, _)| res.def()).filter(is_trait).collect();
            view.through_globs(module, module, &mut Vec::new(), &mut |target, _| {
                let there = view.module(target).into_iter().flat_map(ModData::trait_candidates);
                let seen = there.filter(|(_, vis)| view.visible(*vis, module));
                all.extend(seen.filter_map(|(res, _)| res.def()).filter(is_trait));
            });
            all.sort();
            all.dedup();
            all.into()
        });
        traits.clone()
    }
}

/// A type by the name that [`Defs::path`] gives it.
fn type_head(name: &str) -> Vec<Head> {
    match name {
        "slice" => vec![Head::Slice],
        "array" => vec![Head::Array],
        "ref" => vec![Head::Ref(false), Head::Ref(true)],
        "ptr" => vec![Head::Ptr(false), Head::Ptr(true)],
        "tuple" => (0..=12).map(Head::Tuple).collect(),
        "fn" => vec![Head::Fn],
        "never" => vec![Head::Never],
        _ => crate::model::ids::Prim::from_name(name).map(Head::Prim).into_iter().collect(),
    }
}
