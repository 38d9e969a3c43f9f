//! Names in imports and items.

use rustc_hash::FxHashMap;

use super::{Kind, Occurrence, Place, Role, Sink, mark_nodes, meaning_of, type_paths};
use crate::facts::{AttrArgs, FileFacts, ItemId, ItemKind, Parent, PathId, Pos};
use crate::model::defs::{Defs, Ns, PathRes, Res, Scope};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name};
use crate::model::ty::Types;

pub(super) fn imports(defs: &Defs, krate: CrateId) -> Vec<Occurrence> {
    let mut out = Vec::new();
    for leaf in defs.imports(krate).iter().filter(|l| defs.expanded_from(l.file).is_none()) {
        let arena = &defs.facts(leaf.file).interface.arena;
        let res = defs.resolve_use(leaf.module, leaf.file, leaf.path);
        let mut sink = Sink { file: leaf.file, facts: defs.facts(leaf.file), arena, written: &Some, out: &mut out };
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
pub(super) struct Owners {
    /// Root module of each file.
    modules: FxHashMap<FileId, DefId>,
}

impl Owners {
    pub(super) fn of(defs: &Defs, krate: CrateId) -> Owners {
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
pub(super) fn names(types: &Types<'_>, file: FileId, owners: &Owners) -> Vec<Occurrence> {
    let defs = types.defs;
    let facts = defs.facts(file);
    let arena = &facts.interface.arena;
    let (roles, by_path, spans) = (interface_roles(facts), type_paths(arena), Spans::of(facts));
    let mut out = Vec::new();
    let mut sink = Sink { file, facts, arena, written: &Some, out: &mut out };
    for (i, path) in arena.paths.iter().enumerate() {
        let id = PathId(i as u32);
        let Some(&pos) = arena.seg_pos.get(path.first_seg as usize) else { continue };
        let scope = match spans.innermost(pos) {
            Some(item) => owners.scope(defs, file, item),
            None => owners.modules.get(&file).map(|m| defs.scope(*m)),
        };
        let Some(scope) = scope else { continue };
        let place = Place { types, scope, file, facts, arena };
        match roles[i] {
            Role::Use => {}
            Role::Macro => {
                let named = defs.macro_of(scope, file, facts, arena, id, pos);
                sink.segments(id, &place.resolve(id, Ns::Macros), Kind::Macro, Some(meaning_of(named)));
            }
            Role::Value => sink.segments(id, &place.resolve(id, Ns::Values), Kind::Path, None),
            Role::Type => {
                let last = by_path.get(&id).and_then(|ty| place.assoc_type(id, *ty));
                sink.segments(id, &place.resolve(id, Ns::Types), Kind::Path, last);
            }
        }
    }
    out
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
