//! Items to definitions, in order of writing.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::cfgs::State;
use super::super::data::{Entry, ModData, NONE, Textual};
use super::super::files::{Dir, Loaded, include_literal, path_attr, text};
use super::super::{DefData, Ns, Res, Visibility};
use super::imports::Import;
use super::{Linker, attr_is, has_attr};
use crate::discover::TargetKind;
use crate::facts::{AttrArgs, BodyId, FileFacts, Item, ItemId, ItemKind, Parent, Sym, Vis};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, kw};
use crate::model::ty::Cause;

/// Items of a file grouped by owner.
pub(super) struct Kids {
    top: Vec<ItemId>,
    of_item: FxHashMap<ItemId, Vec<ItemId>>,
    of_body: FxHashMap<BodyId, Vec<ItemId>>,
    bodies: FxHashMap<ItemId, Vec<BodyId>>,
}

impl Kids {
    fn new(facts: &FileFacts) -> Kids {
        let mut kids = Kids { top: Vec::new(), of_item: FxHashMap::default(), of_body: FxHashMap::default(), bodies: FxHashMap::default() };
        for (i, item) in facts.interface.items.iter().enumerate() {
            let id = ItemId(i as u32);
            match item.parent {
                Parent::File => kids.top.push(id),
                Parent::Item(p) => kids.of_item.entry(p).or_default().push(id),
                Parent::Body(b) => {
                    let list = kids.of_body.entry(b).or_default();
                    if list.is_empty()
                        && let Some(body) = facts.bodies.get(b.idx())
                    {
                        kids.bodies.entry(body.owner).or_default().push(b);
                    }
                    list.push(id);
                }
            }
        }
        kids
    }
}

/// Where items are collected.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub file: u32,
    pub module: u32,
    /// Impl or trait whose members these are.
    pub owner: Option<DefId>,
    pub dir: &'p Dir,
}

/// Files of a crate, each counted as often as it is named: files that name one another twice each would never end.
const MAX_FILES: usize = 50_000;

impl Place<'_> {
    /// A path as the file that names it would say it.
    fn told(&self, path: &std::path::Path) -> String {
        path.strip_prefix(&self.dir.file).unwrap_or(path).display().to_string()
    }
}

impl Linker<'_> {
    /// Collects a file of the module tree into a module.
    pub(super) fn collect_file(&mut self, file: u32, module: u32, dir: &Dir) {
        let path = self.data.files[file as usize].path.clone();
        self.stack.push(path);
        self.collect_top(Place { file, module, owner: None, dir });
        self.stack.pop();
    }

    /// Collects all items of a file: of the module tree, or of an expansion.
    pub(super) fn collect_top(&mut self, place: Place<'_>) {
        let facts = self.facts(place.file);
        let kids = Kids::new(&facts);
        for &id in &kids.top {
            self.item(&facts, &kids, id, place);
        }
    }

    fn items(&mut self, facts: &FileFacts, kids: &Kids, owner: ItemId, place: Place<'_>) {
        for &id in kids.of_item.get(&owner).map_or(&[][..], |v| v) {
            self.item(facts, kids, id, place);
        }
    }

    fn item(&mut self, facts: &FileFacts, kids: &Kids, id: ItemId, place: Place<'_>) {
        let item = &facts.interface.items[id.idx()];
        let state = State::of(&item.cfg, facts, self.mode);
        if state == State::Off {
            return;
        }
        let outer = self.branch;
        self.branch = outer.min(state);
        self.item_kind(facts, kids, id, item, place);
        self.branch = outer;
    }

    fn item_kind(&mut self, facts: &FileFacts, kids: &Kids, id: ItemId, item: &Item, place: Place<'_>) {
        let at = |kind| Spec { item: id, name: item.name, kind, vis: None };
        match &item.kind {
            ItemKind::Mod { inline, .. } => self.module(facts, kids, id, item, *inline, place),
            ItemKind::ExternCrate { krate } => self.extern_crate(facts, item, *krate, place),
            ItemKind::Use(leaves) => {
                let vis = self.visibility(facts, &item.vis, place.module);
                for leaf in leaves {
                    let names = facts.interface.arena.segs_of(leaf.path).iter().map(|s| self.name(place.file, s.name)).collect();
                    let prelude = has_attr(item, facts, "prelude_import");
                    self.push_import(Import::new(place, id, leaf, names, vis, self.head, self.branch == State::On, prelude));
                }
            }
            ItemKind::Fn(sig) => {
                let def = self.plain(facts, item, place, at(DefKind::Fn), &[Ns::Values]);
                if self.info.kind == TargetKind::ProcMacro && place.module == 0 {
                    self.proc_macro(facts, item, def, place);
                }
                let _ = sig;
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::Struct { fields, .. } => {
                let ns: &[Ns] = match fields {
                    crate::facts::Fields::Named(_) => &[Ns::Types],
                    _ => &[Ns::Types, Ns::Values],
                };
                let def = self.plain(facts, item, place, at(DefKind::Struct), ns);
                self.derives(facts, id, item, place);
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::Union { .. } => {
                let def = self.plain(facts, item, place, at(DefKind::Union), &[Ns::Types]);
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::Enum { variants, .. } => {
                let def = self.plain(facts, item, place, at(DefKind::Enum), &[Ns::Types]);
                let vis = self.data.defs[def.idx as usize].vis;
                for (i, v) in variants.iter().enumerate() {
                    if State::of(&v.cfg, facts, self.mode) != State::Off {
                        let name = self.name(place.file, v.name);
                        let file = self.file_id(place.file);
                        let kind = DefKind::Variant;
                        self.add_def(DefData { name, kind, parent: Some(def), file, item: id, sub: i as u32, vis, aux: NONE });
                    }
                }
                self.derives(facts, id, item, place);
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::Const { .. } => {
                let def = self.plain(facts, item, place, at(DefKind::Const), &[Ns::Values]);
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::Static { .. } => {
                let def = self.plain(facts, item, place, at(DefKind::Static), &[Ns::Values]);
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::TypeAlias { .. } => {
                self.plain(facts, item, place, at(DefKind::TypeAlias), &[Ns::Types]);
            }
            ItemKind::TraitAlias { .. } => {
                self.plain(facts, item, place, at(DefKind::TraitAlias), &[Ns::Types]);
            }
            ItemKind::Trait { .. } => {
                let def = self.plain(facts, item, place, at(DefKind::Trait), &[Ns::Types]);
                self.items(facts, kids, id, Place { owner: Some(def), ..place });
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::Impl { .. } => {
                let def = self.plain(facts, item, place, Spec { name: Sym::NONE, ..at(DefKind::Impl) }, &[]);
                self.data.impls.push(def);
                self.attributes(facts, id, item, place);
                self.items(facts, kids, id, Place { owner: Some(def), ..place });
                self.bodies(facts, kids, id, def, place);
            }
            ItemKind::ExternBlock => self.items(facts, kids, id, place),
            ItemKind::MacroRules { .. } => self.macro_rules(facts, item, id, place),
            ItemKind::MacroDef { .. } => {
                self.plain(facts, item, place, at(DefKind::Macro), &[Ns::Macros]);
            }
            ItemKind::MacroCall(call) => match include_literal(item, facts) {
                Some(path) => self.include(&path, item, place),
                None => self.item_macro(facts, item, *call, place),
            },
            ItemKind::Unread => {
                let here = &mut self.data.modules[place.module as usize];
                here.incomplete = here.incomplete.or(Some(Cause::UnreadSyntax));
            }
        }
    }

    /// Makes the definition of an item and binds its name.
    fn plain(&mut self, facts: &FileFacts, item: &Item, place: Place<'_>, spec: Spec, ns: &[Ns]) -> DefId {
        let name = self.name(place.file, spec.name);
        let vis = match (spec.vis, place.owner) {
            (Some(vis), _) => vis,
            (None, Some(owner)) if self.public_members(facts, owner) => self.member_visibility(owner),
            _ => self.visibility(facts, &item.vis, place.module),
        };
        let parent = place.owner.unwrap_or_else(|| self.module_def(place.module));
        let file = self.file_id(place.file);
        let def = self.add_def(DefData { name, kind: spec.kind, parent: Some(parent), file, item: spec.item, sub: 0, vis, aux: NONE });
        self.data.files[place.file as usize].item_defs[spec.item.idx()] = def.idx;
        if place.owner.is_none() && name != kw::EMPTY && name != kw::UNDERSCORE {
            for &ns in ns {
                self.bind(place.module, name, ns, Res::Def(def), vis);
            }
        }
        def
    }

    /// Members of traits, and of impls of traits, are as visible as their owner.
    fn public_members(&self, facts: &FileFacts, owner: DefId) -> bool {
        let def = &self.data.defs[owner.idx as usize];
        match def.kind {
            DefKind::Trait => true,
            DefKind::Impl => {
                let own = self.data.files[def.file.idx as usize].facts();
                // The impl may stand in another file than its members when a macro made those.
                let items = if std::ptr::eq(&**own, facts) { &facts.interface.items } else { &own.interface.items };
                matches!(&items[def.item.idx()].kind, ItemKind::Impl { of, .. } if of.is_some())
            }
            _ => false,
        }
    }

    fn member_visibility(&self, owner: DefId) -> Visibility {
        let def = &self.data.defs[owner.idx as usize];
        if def.kind == DefKind::Trait { def.vis } else { Visibility::Public }
    }

    fn bind(&mut self, module: u32, name: Name, ns: Ns, res: Res, vis: Visibility) {
        let likely = self.branch == State::On;
        self.add_name(module, name, ns, Entry { res, vis, glob: NONE, likely });
    }

    pub(super) fn name(&self, file: u32, sym: Sym) -> Name {
        self.data.files[file as usize].name(sym)
    }

    pub(super) fn file_id(&self, file: u32) -> FileId {
        FileId { krate: self.krate, idx: file }
    }

    fn visibility(&self, facts: &FileFacts, vis: &Vis, module: u32) -> Visibility {
        let module = self.plain_module(module);
        let path = match vis {
            Vis::Public => return Visibility::Public,
            Vis::Private => return Visibility::Module(self.module_def(module)),
            Vis::In(path) => facts.interface.arena.segs_of(*path),
        };
        let mut at = module;
        for seg in path {
            match text(facts, seg.name) {
                "self" | "in" => {}
                "super" => at = self.plain_module(self.data.modules[at as usize].parent.min(at)),
                "crate" => at = 0,
                // `pub(in a::b)` names ancestors: the one of that name, whatever stands before it.
                name => {
                    let mut up = module;
                    while up != NONE && self.data.defs[self.data.modules[up as usize].def as usize].name.as_str() != name {
                        up = self.data.modules[up as usize].parent;
                    }
                    at = if up == NONE { 0 } else { up };
                }
            }
        }
        Visibility::Module(self.module_def(at))
    }

    pub(super) fn new_module(&mut self, def: DefId, parent: u32, block: bool) -> u32 {
        let idx = self.data.modules.len() as u32;
        self.data.modules.push(ModData { def: def.idx, parent, block, textual: self.head, ..ModData::default() });
        self.data.defs[def.idx as usize].aux = idx;
        idx
    }

    fn module(&mut self, facts: &FileFacts, kids: &Kids, id: ItemId, item: &Item, inline: bool, place: Place<'_>) {
        let def = self.plain(
            facts,
            item,
            Place { owner: None, ..place },
            Spec { item: id, name: item.name, kind: DefKind::Mod, vis: None },
            &[Ns::Types],
        );
        let module = self.new_module(def, place.module, false);
        let before = self.head;
        let name = text(facts, item.name);
        let path = path_attr(item, facts, self.mode);
        let mut leaks = has_attr(item, facts, "macro_use");
        if inline {
            let dir = place.dir.inside(name, path);
            self.items(facts, kids, id, Place { file: place.file, module, owner: None, dir: &dir });
        } else {
            leaks |= self.out_of_line(item, name, path, module, place);
        }
        self.data.modules[module as usize].textual = self.head;
        if !leaks {
            self.head = before;
        }
    }

    /// Reads the file of `mod name;`. Tells whether the file says `#![macro_use]`.
    fn out_of_line(&mut self, item: &Item, name: &str, path: Option<&str>, module: u32, place: Place<'_>) -> bool {
        let candidates = place.dir.candidates(name, path);
        let mut unreadable = None;
        for (path, dir) in &candidates {
            match self.loader.load(path) {
                Loaded::Facts(facts) => {
                    if self.loops(path) {
                        self.notice("module_loop", place.file, item.pos, format!("module `{name}` is a file that contains this one"));
                        return false;
                    }
                    if self.data.files.len() > MAX_FILES {
                        self.data.modules[module as usize].incomplete = Some(Cause::Depth);
                        let text = format!("the crate has more than {MAX_FILES} files, that of module `{name}` is not read");
                        self.notice("too_many_files", place.file, item.pos, text);
                        return false;
                    }
                    let leaks = facts.interface.attrs.iter().any(|a| attr_is(a, &facts, "macro_use"));
                    let file = self.add_file(Arc::new(path.clone()), facts, None);
                    self.collect_file(file, module, dir);
                    return leaks;
                }
                Loaded::Missing => {}
                Loaded::Unreadable(why) => unreadable = unreadable.or_else(|| Some(format!("cannot read {}: {why}", place.told(path)))),
            }
        }
        self.data.modules[module as usize].incomplete = Some(Cause::MissingSources);
        if let Some(text) = unreadable {
            self.notice("unreadable_file", place.file, item.pos, text);
            return false;
        }
        // Files of branches that no plain build takes are often made by a build script or not shipped.
        if self.branch == State::On {
            self.notice("missing_file", place.file, item.pos, format!("no file for module `{name}`"));
        }
        false
    }

    fn include(&mut self, path: &str, item: &Item, place: Place<'_>) {
        let (path, dir) = place.dir.include(path);
        match self.loader.load(&path) {
            Loaded::Facts(facts) if !self.loops(&path) && self.data.files.len() <= MAX_FILES => {
                let path = Arc::new(path);
                let file = self.add_file(path.clone(), facts, None);
                self.stack.push(path);
                self.collect_top(Place { file, dir: &dir, ..place });
                self.stack.pop();
            }
            other => {
                let here = &mut self.data.modules[place.module as usize];
                here.incomplete = here.incomplete.or(Some(Cause::MissingSources));
                let (id, text) = match other {
                    Loaded::Missing => ("missing_file", "the included file is not there".to_owned()),
                    Loaded::Unreadable(why) => ("unreadable_file", format!("cannot read {}: {why}", place.told(&path))),
                    Loaded::Facts(_) if self.loops(&path) => ("module_loop", "the included file contains this one".to_owned()),
                    Loaded::Facts(_) => ("too_many_files", format!("the crate has more than {MAX_FILES} files")),
                };
                self.notice(id, place.file, item.pos, text);
            }
        }
    }

    /// Whether a file is being read already, or files stand in files so deep that it must be (through links that make ever longer paths).
    fn loops(&self, path: &std::path::Path) -> bool {
        self.stack.iter().any(|p| ***p == *path) || self.stack.len() > 100
    }

    fn extern_crate(&mut self, facts: &FileFacts, item: &Item, krate: Sym, place: Place<'_>) {
        let vis = self.visibility(facts, &item.vis, place.module);
        let found = self.crate_named(text(facts, krate));
        let name = self.name(place.file, item.name);
        if let Some(id) = found {
            if place.module == 0 && name != kw::EMPTY {
                self.data.extern_prelude.insert(name, id);
            }
            if has_attr(item, facts, "macro_use") && id != self.krate {
                self.use_macros_of(id);
            }
        }
        if name == kw::EMPTY || name == kw::UNDERSCORE {
            return;
        }
        let res = found.map_or(Res::Unknown(Cause::MissingSources), |krate| Res::Def(DefId { krate, idx: 0 }));
        self.bind(place.module, name, Ns::Types, res, vis);
    }

    fn crate_named(&self, name: &str) -> Option<CrateId> {
        if name == "self" {
            return Some(self.krate);
        }
        let name = Name::new(name);
        self.info.externs.iter().find(|e| e.0 == name).map(|e| e.1)
    }

    fn use_macros_of(&mut self, krate: CrateId) {
        let data = self.defs.data(krate);
        let mut found: Vec<(Name, DefId)> = data.modules[0].names[Ns::Macros as usize]
            .iter()
            .filter(|(_, e)| e.vis == Visibility::Public)
            .filter_map(|(n, e)| Some((*n, e.res.def()?)))
            .collect();
        found.sort_by_key(|f| f.1);
        for (name, def) in found {
            self.data.macro_prelude.insert(name, def);
        }
    }

    fn macro_rules(&mut self, facts: &FileFacts, item: &Item, id: ItemId, place: Place<'_>) {
        let exported = has_attr(item, facts, "macro_export");
        let name = self.name(place.file, item.name);
        let vis = if exported { Visibility::Public } else { Visibility::Module(self.module_def(self.plain_module(place.module))) };
        // An exported macro is named at the root; it is also defined there, which is where its path begins.
        let parent = if exported { self.def_id(0) } else { self.module_def(place.module) };
        let file = self.file_id(place.file);
        let def = self.add_def(DefData { name, kind: DefKind::Macro, parent: Some(parent), file, item: id, sub: 0, vis, aux: NONE });
        self.data.files[place.file as usize].item_defs[id.idx()] = def.idx;
        self.data.textual.push(Textual { name, def, before: self.head });
        self.head = self.data.textual.len() as u32 - 1;
        self.data.all_macros.entry(name).or_default().push(def);
        if exported {
            self.bind(0, name, Ns::Macros, Res::Def(def), vis);
        }
    }

    /// The macro that a function of a procedural macro crate is.
    fn proc_macro(&mut self, facts: &FileFacts, item: &Item, def: DefId, place: Place<'_>) {
        for attr in &item.attrs {
            let name = if attr_is(attr, facts, "proc_macro") || attr_is(attr, facts, "proc_macro_attribute") {
                Some(self.name(place.file, item.name))
            } else if attr_is(attr, facts, "proc_macro_derive") {
                derive_name(&attr.args, facts)
            } else {
                None
            };
            let Some(name) = name else { continue };
            let (file, vis) = (self.file_id(place.file), Visibility::Public);
            let item = self.data.defs[def.idx as usize].item;
            let root = self.def_id(0);
            let made = self.add_def(DefData { name, kind: DefKind::ProcMacro, parent: Some(root), file, item, sub: 1, vis, aux: NONE });
            self.bind(0, name, Ns::Macros, Res::Def(made), vis);
        }
    }

    /// Items inside bodies of `id`: each such body gets a block module.
    fn bodies(&mut self, facts: &FileFacts, kids: &Kids, id: ItemId, owner: DefId, place: Place<'_>) {
        for &body in kids.bodies.get(&id).map_or(&[][..], |v| v) {
            let parent = self.module_def(place.module);
            let file = self.file_id(place.file);
            let vis = Visibility::Module(self.module_def(self.plain_module(place.module)));
            let def = DefData {
                name: kw::EMPTY,
                kind: DefKind::Mod,
                parent: Some(parent),
                file,
                item: ItemId::NONE,
                sub: body.0,
                vis,
                aux: NONE,
            };
            let def = self.add_def(def);
            let module = self.new_module(def, place.module, true);
            self.data.blocks.insert((place.file, body), def.idx);
            let before = self.head;
            for &item in &kids.of_body[&body] {
                self.item(facts, kids, item, Place { module, owner: None, ..place });
            }
            self.data.modules[module as usize].textual = self.head;
            self.head = before;
        }
        let _ = owner;
    }
}

/// How a definition is made from an item.
#[derive(Clone, Copy)]
struct Spec {
    item: ItemId,
    name: Sym,
    kind: DefKind,
    vis: Option<Visibility>,
}

/// `Name` of `#[proc_macro_derive(Name, attributes(..))]`.
fn derive_name(args: &AttrArgs, facts: &FileFacts) -> Option<Name> {
    match args {
        AttrArgs::Paths(paths) => {
            let seg = facts.interface.arena.segs_of(*paths.first()?).first()?;
            Some(Name::new(text(facts, seg.name)))
        }
        AttrArgs::List(list, _) => match list.first()? {
            crate::facts::AttrArg::Word(s) => Some(Name::new(text(facts, *s))),
            _ => None,
        },
        _ => None,
    }
}
