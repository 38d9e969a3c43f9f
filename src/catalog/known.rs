//! The catalog linked to definitions: which row speaks of which [`DefId`].
//!
//! A crate instance is linked at the first question about one of its definitions, so that a crate no code reaches is never loaded. What is answered depends on the
//! catalog and the sources alone.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::schema::{self, AttributeRow, DeriveRow, EntryRow, FnRow, MacroRow, TypeRow};
use super::{Catalog, effects};
use crate::discover::TargetKind;
use crate::facts::{Arena, FnSig, ItemKind, Reach, TypeId, TypeRef};
use crate::model::defs::{Defs, Head};
use crate::model::effects::Effects;
use crate::model::ids::{CrateId, DefId, DefKind};
use crate::model::ty::{Ty, TyKind};

/// The catalog linked to the definitions of one project.
pub struct Known {
    catalog: Arc<Catalog>,
    crates: Box<[OnceLock<Linked>]>,
    reach: Box<[OnceLock<Reach>]>,
}

/// Where a row stands: table and index.
type Place = (u32, u32);

/// Rows of one crate instance.
#[derive(Default)]
struct Linked {
    tables: Vec<String>,
    fns: FxHashMap<DefId, Place>,
    types: FxHashMap<DefId, Place>,
    macros: FxHashMap<DefId, Place>,
    attributes: FxHashMap<DefId, Place>,
    derives: FxHashMap<DefId, Place>,
    entries: FxHashMap<DefId, Vec<Place>>,
    /// Prefix (without `::**`), place; longest first.
    prefixes: Vec<(String, Place)>,
    effect: Option<Effects>,
    sync: Effects,
    /// Impl to the definition its self type starts with; made when first asked.
    owners: OnceLock<FxHashMap<DefId, DefId>>,
}

/// Rows found for a definition, for [`Linked::table`].
macro_rules! row {
    ($(#[$doc:meta])* $name:ident, $field:ident, $list:ident, $row:ty) => {
        $(#[$doc])*
        pub fn $name(&self, defs: &Defs, def: DefId) -> Option<&$row> {
            let linked = self.linked(defs, def.krate)?;
            let place = linked.$field.get(&def)?;
            Some(&self.table(linked, *place).$list[place.1 as usize])
        }
    };
}

impl Known {
    /// Prepares the link; crates are linked when asked about.
    pub fn link(catalog: Arc<Catalog>, defs: &Defs) -> Known {
        let crates = defs.crates().map(|_| OnceLock::new()).collect();
        let reach = defs.crates().map(|_| OnceLock::new()).collect();
        Known { catalog, crates, reach }
    }

    /// The catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    row! {
        /// The row of a function.
        function, fns, fns, FnRow
    }
    row! {
        /// The row of a type.
        type_row, types, types, TypeRow
    }
    row! {
        /// The row of a macro.
        macro_row, macros, macros, MacroRow
    }
    row! {
        /// The row of an attribute macro.
        attribute, attributes, attributes, AttributeRow
    }
    row! {
        /// The row of a derive macro.
        derive, derives, derives, DeriveRow
    }

    /// Rows by which a function, method, trait, macro registers or serves entry points.
    pub fn entries(&self, defs: &Defs, def: DefId) -> Vec<&EntryRow> {
        let Some(linked) = self.linked(defs, def.krate) else { return Vec::new() };
        let places = linked.entries.get(&def).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|p| &self.table(linked, *p).entries[p.1 as usize]).collect()
    }

    /// What a call of a function outside the workspace may do. `recv` is the receiver's type: readers and writers do what their type does.
    pub fn effects(&self, defs: &Defs, def: DefId, trait_method: Option<DefId>, recv: Option<Ty>) -> Effects {
        self.told(defs, def, recv)
            .or_else(|| trait_method.and_then(|t| self.told(defs, t, recv)))
            .unwrap_or_else(|| self.default_of(defs, def, recv))
    }

    /// What reading, writing or calling through a type may do.
    pub fn type_effects(&self, defs: &Defs, ty: Ty) -> Effects {
        self.type_effects_at(defs, ty, 0)
    }

    fn type_effects_at(&self, defs: &Defs, ty: Ty, depth: u32) -> Effects {
        if depth > 8 {
            return Effects::UNKNOWN;
        }
        let inner = |t: &Ty| self.type_effects_at(defs, *t, depth + 1);
        match ty.kind() {
            TyKind::Ref(_, t) | TyKind::Ptr(_, t) | TyKind::Slice(t) | TyKind::Array(t) => inner(t),
            TyKind::Prim(_) => Effects::PURE,
            TyKind::Tuple(ts) => ts.iter().map(inner).fold(Effects::PURE, Effects::join),
            TyKind::Adt(def, args) => match self.type_row(defs, *def) {
                Some(row) => match (&row.effect, row.carries) {
                    (Some(names), _) => effects(names.get_ref()),
                    (None, Some(i)) => args.get(i as usize).map_or(Effects::UNKNOWN, inner),
                    (None, None) => Effects::UNKNOWN,
                },
                None if defs.krate(def.krate).member => Effects::UNKNOWN,
                None => match self.linked(defs, def.krate).and_then(|l| l.effect) {
                    // Plain data of a crate that only computes, or an in-memory value of std.
                    Some(e) => e,
                    None => Effects::UNKNOWN,
                },
            },
            TyKind::Dyn(_) | TyKind::Param(..) | TyKind::Opaque(..) | TyKind::Proj(..) => Effects::STREAM,
            _ => Effects::UNKNOWN,
        }
    }

    /// What the catalog says about dropping an error of this type.
    pub fn error_rule(&self, defs: &Defs, error: Ty) -> Option<schema::DropRule> {
        self.error_row(defs, error)?.drop
    }

    /// What failed, as far as the error's type tells.
    pub fn error_effects(&self, defs: &Defs, error: Ty) -> Option<Effects> {
        Some(effects(self.error_row(defs, error)?.effect.as_ref()?.get_ref()))
    }

    /// The row of an error type, boxes looked through.
    fn error_row(&self, defs: &Defs, error: Ty) -> Option<&TypeRow> {
        let mut ty = error.strip_refs();
        for _ in 0..4 {
            let row = match ty.kind() {
                TyKind::Adt(def, args) => {
                    let row = self.type_row(defs, *def)?;
                    if row.role == Some(schema::TypeRole::Wrapper) {
                        ty = args.get(row.carries? as usize)?.strip_refs();
                        continue;
                    }
                    row
                }
                TyKind::Dyn(bounds) => self.type_row(defs, bounds.first()?.def)?,
                _ => return None,
            };
            return (row.role == Some(schema::TypeRole::Error)).then_some(row);
        }
        None
    }

    /// What the row of a function, of its owner, or of its module says.
    fn told(&self, defs: &Defs, def: DefId, recv: Option<Ty>) -> Option<Effects> {
        let linked = self.linked(defs, def.krate)?;
        if let Some(names) = self.function(defs, def).and_then(|r| r.effect.as_ref()) {
            return Some(self.named(defs, names.get_ref(), recv));
        }
        if let Some(row) = self.owner_type(defs, def).and_then(|t| self.type_row(defs, t))
            && row.role != Some(schema::TypeRole::Error)
            && let Some(names) = &row.effect
        {
            return Some(self.named(defs, names.get_ref(), recv));
        }
        if linked.prefixes.is_empty() {
            return None;
        }
        let path = defs.path(def);
        let below = path.split_once("::").map_or(path.as_str(), |(_, rest)| rest);
        let under = |prefix: &str| below.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"));
        let (_, place) = linked.prefixes.iter().find(|(prefix, _)| under(prefix))?;
        let names = self.table(linked, *place).fns[place.1 as usize].effect.as_ref()?;
        Some(self.named(defs, names.get_ref(), recv))
    }

    fn named(&self, defs: &Defs, names: &schema::Names, recv: Option<Ty>) -> Effects {
        if names.all().iter().any(|n| n == "receiver") {
            return recv.map_or(Effects::UNKNOWN, |t| self.type_effects(defs, t));
        }
        effects(names)
    }

    /// The default of the crate: its effect for what is async, its `sync` effect for the rest.
    fn default_of(&self, defs: &Defs, def: DefId, recv: Option<Ty>) -> Effects {
        if matches!(defs.def(def).kind, DefKind::Struct | DefKind::Variant | DefKind::Union) {
            return Effects::PURE;
        }
        let Some(linked) = self.linked(defs, def.krate) else { return Effects::UNKNOWN };
        match linked.effect {
            None => self.by_reach(defs, def, recv),
            Some(effect) if effect == linked.sync => effect,
            Some(effect) => {
                if is_async(defs, def) {
                    effect
                } else {
                    linked.sync
                }
            }
        }
    }

    /// Of a function of a crate that the catalog does not know: it computes if no code in its reach does anything else.
    fn by_reach(&self, defs: &Defs, def: DefId, recv: Option<Ty>) -> Effects {
        match self.reach(defs, def.krate) {
            Reach::Computes => Effects::PURE,
            Reach::Streams if takes_anything(defs, def) => Effects::UNKNOWN,
            Reach::Streams => match recv.map(|t| t.strip_refs().kind()) {
                Some(TyKind::Adt(_, args)) => args.iter().map(|t| self.type_effects(defs, *t)).fold(Effects::PURE, Effects::join),
                None => Effects::PURE,
                _ => Effects::UNKNOWN,
            },
            Reach::System => Effects::UNKNOWN,
        }
    }

    /// What the code of a crate and of those it depends on can reach; the catalog's word goes before what their sources tell.
    fn reach(&self, defs: &Defs, krate: CrateId) -> Reach {
        let Some(cell) = self.reach.get(krate.0 as usize) else { return Reach::System };
        *cell.get_or_init(|| {
            let info = defs.krate(krate);
            if info.pkg.is_none() || info.kind == TargetKind::ProcMacro {
                return Reach::Computes;
            }
            match self.linked(defs, krate).and_then(|l| l.effect) {
                Some(Effects::PURE) => return Reach::Computes,
                Some(_) => return Reach::System,
                None => {}
            }
            let mut reach = if info.member { Reach::System } else { defs.reach(krate) };
            for (_, dep) in info.externs.iter().filter(|(_, dep)| !info.elsewhere.contains(dep)) {
                if reach == Reach::System {
                    break;
                }
                reach = reach.max(self.reach(defs, *dep));
            }
            reach
        })
    }

    /// The definition of the type whose impl (or the trait) a function is a member of.
    fn owner_type(&self, defs: &Defs, def: DefId) -> Option<DefId> {
        let parent = defs.parent(def)?;
        match defs.def(parent).kind {
            DefKind::Trait | DefKind::Struct | DefKind::Enum => Some(parent),
            DefKind::Impl => {
                let linked = self.linked(defs, parent.krate)?;
                let owners = linked.owners.get_or_init(|| owners(defs, parent.krate));
                owners.get(&parent).copied()
            }
            _ => None,
        }
    }

    fn table<'a>(&'a self, linked: &Linked, place: Place) -> &'a schema::File {
        self.catalog.table(&linked.tables[place.0 as usize]).expect("linked from this catalog")
    }

    fn linked(&self, defs: &Defs, krate: CrateId) -> Option<&Linked> {
        let cell = self.crates.get(krate.0 as usize)?;
        Some(cell.get_or_init(|| link_crate(&self.catalog, defs, krate)))
    }
}

/// Whether a function takes what its caller chooses: of a type parameter, `impl` or `dyn`.
fn takes_anything(defs: &Defs, def: DefId) -> bool {
    let Some((facts, item)) = defs.item(def) else { return true };
    let ItemKind::Fn(sig) = &item.kind else { return true };
    sig.generics.params.iter().any(|p| !p.is_const) || sig.params.iter().any(|ty| is_chosen(&facts.interface.arena, *ty, 0))
}

fn is_chosen(arena: &Arena, ty: TypeId, depth: u32) -> bool {
    let inner = |ty: TypeId| is_chosen(arena, ty, depth + 1);
    match arena.types.get(ty.idx()) {
        Some(TypeRef::Impl(_) | TypeRef::Dyn(_)) => true,
        Some(TypeRef::Path(path)) if depth < 8 => arena.segs_of(*path).iter().any(|seg| arena.types_of(seg.args).any(inner)),
        Some(TypeRef::Ref { inner: ty, .. } | TypeRef::Slice(ty)) if depth < 8 => inner(*ty),
        Some(TypeRef::Tuple(list)) if depth < 8 => arena.types_of(*list).any(inner),
        _ => depth >= 8,
    }
}

/// Whether a function is `async` or returns something named a future or stream.
fn is_async(defs: &Defs, def: DefId) -> bool {
    let Some((facts, item)) = defs.item(def) else { return false };
    let ItemKind::Fn(sig) = &item.kind else { return false };
    sig.is_async || returns_future(facts, sig)
}

fn returns_future(facts: &crate::facts::FileFacts, sig: &FnSig) -> bool {
    let arena = &facts.interface.arena;
    let mut work = vec![sig.ret];
    while let Some(ty) = work.pop() {
        if ty.is_none() {
            continue;
        }
        match arena.types[ty.idx()] {
            TypeRef::Path(path) | TypeRef::Bound { path, .. } => {
                for seg in arena.segs_of(path) {
                    let name = &facts.symbols[seg.name.idx()];
                    if name.ends_with("Future") || name.ends_with("Stream") {
                        return true;
                    }
                    work.extend(arena.types_of(seg.args));
                }
            }
            TypeRef::Impl(list) | TypeRef::Dyn(list) | TypeRef::Tuple(list) => work.extend(arena.types_of(list)),
            TypeRef::Ref { inner, .. } => work.push(inner),
            _ => {}
        }
    }
    false
}

fn owners(defs: &Defs, krate: CrateId) -> FxHashMap<DefId, DefId> {
    let heads = defs.impl_heads(krate).iter();
    heads.filter_map(|h| if let Head::Def(d) = h.head { Some((h.def, d)) } else { None }).collect()
}

fn link_crate(catalog: &Catalog, defs: &Defs, krate: CrateId) -> Linked {
    let info = defs.krate(krate);
    let mut out = Linked::default();
    if info.member {
        return out;
    }
    let name = info.name.as_str();
    for (t, file) in catalog.tables_for(name).enumerate() {
        let t = t as u32;
        out.tables.push(file.head.name.clone());
        if out.effect.is_none()
            && let Some(e) = &file.head.effect
        {
            out.effect = Some(effects(e.get_ref()));
            out.sync = file.head.sync.as_ref().map_or(Effects::PURE, |s| effects(s.get_ref()));
        }
        let find = Find { defs, krate, names: [name, &file.head.name], version: info.version.as_ref() };
        for (i, row) in file.fns.iter().enumerate() {
            let place = (t, i as u32);
            if !find.holds(&row.when) {
                continue;
            }
            for p in row.path.iter().chain(&row.paths) {
                match p.get_ref().strip_suffix("::**") {
                    Some(prefix) => out.prefixes.push((prefix.to_owned(), place)),
                    None => find.each(p.get_ref(), is_fn, |d| _ = out.fns.entry(d).or_insert(place)),
                }
            }
        }
        macro_rules! fill {
            ($rows:ident, $map:ident, $is:expr) => {
                for (i, row) in file.$rows.iter().enumerate() {
                    if !find.holds(&row.when) {
                        continue;
                    }
                    for p in row.path.iter().chain(&row.paths) {
                        find.each(p.get_ref(), $is, |d| _ = out.$map.entry(d).or_insert((t, i as u32)));
                    }
                }
            };
        }
        fill!(types, types, is_type);
        fill!(macros, macros, is_macro);
        fill!(attributes, attributes, is_macro);
        fill!(derives, derives, |k| is_macro(k) || k == DefKind::Trait);
        for (i, row) in file.entries.iter().enumerate() {
            if !find.holds(&row.when) {
                continue;
            }
            for p in row.path.iter().chain(&row.paths) {
                find.each(p.get_ref(), |_| true, |d| out.entries.entry(d).or_default().push((t, i as u32)));
            }
        }
    }
    out.prefixes.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    out
}

fn is_fn(kind: DefKind) -> bool {
    kind == DefKind::Fn
}

fn is_type(kind: DefKind) -> bool {
    matches!(kind, DefKind::Struct | DefKind::Enum | DefKind::Union | DefKind::Trait | DefKind::TypeAlias)
}

fn is_macro(kind: DefKind) -> bool {
    matches!(kind, DefKind::Macro | DefKind::ProcMacro)
}

/// Finds what rows name in one crate instance.
struct Find<'a> {
    defs: &'a Defs,
    krate: CrateId,
    /// The instance's own name, and the table's: a re-exporting crate knows the definition under its own path.
    names: [&'a str; 2],
    version: Option<&'a semver::Version>,
}

impl Find<'_> {
    fn holds(&self, when: &schema::When) -> bool {
        let Some(req) = &when.version else { return true };
        let Some(version) = self.version else { return true };
        semver::VersionReq::parse(req.get_ref()).is_ok_and(|r| r.matches(version))
    }

    fn each(&self, path: &str, want: impl Fn(DefKind) -> bool, mut found: impl FnMut(DefId)) {
        let names = if self.names[0] == self.names[1] { &self.names[..1] } else { &self.names[..] };
        for name in names {
            for def in self.defs.lookup(name, path) {
                if def.krate == self.krate && want(self.defs.def(def).kind) {
                    found(def);
                }
            }
        }
    }
}
