//! The link of one crate: files to definitions and scopes.
//!
//! [`collect`] walks the module tree in order of writing, makes definitions and notes imports and item macros; [`imports`] resolves
//! imports to a fixpoint; [`expand`] expands item macros inside that loop, since what they make may be imported and the other way round.
//! One thread links one crate, in an order that depends on the sources alone; so ids do too.

mod collect;
mod expand;
mod imports;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::cfgs::{Mode, State};
use super::data::{CrateData, FileEntry, ModData, NONE, UnreadCall};
use super::files::{Dir, Loaded, Loader, text};
use super::resolve::View;
use super::{CrateInfo, DefData, Defs, LinkNotice, Visibility};
use crate::facts::{Attr, Depth, FileFacts, Item, ItemId, Pos};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, kw};
use crate::model::ty::Cause;

/// State of a link under way.
pub(super) struct Linker<'a> {
    defs: &'a Defs,
    info: &'a CrateInfo,
    loader: &'a Loader,
    krate: CrateId,
    mode: Mode,
    depth: Depth,
    data: CrateData,
    imports: Vec<imports::Import>,
    /// Imports by name that are not bound yet: other imports wait for them before they look further out.
    waiting: FxHashMap<(u32, Name), u32>,
    calls: Vec<expand::Call>,
    /// Glob imports by the module they take from.
    globs: FxHashMap<u32, Vec<imports::GlobEdge>>,
    glob_count: u32,
    /// Textual macro scope at the present place.
    head: u32,
    /// State of the branch (`cfg_if!`) the present items stand in.
    branch: State,
    /// Nesting of expansions.
    nesting: u32,
    /// Expansions within expansions left before the link gives up on a crate that never ends.
    fuel: u32,
    /// Bytes of expansions left, likewise.
    room: usize,
    /// Files from the root to the present one: a file inside itself is a loop.
    stack: Vec<Arc<std::path::PathBuf>>,
}

/// Links a crate whose sources are there. Runs on a thread with a big stack.
pub(super) fn link(defs: &Defs, info: &CrateInfo, loader: &Loader, mode: Mode) -> CrateData {
    let mut l = Linker {
        defs,
        info,
        loader,
        krate: info.id,
        mode,
        depth: loader.depth,
        data: CrateData::default(),
        imports: Vec::new(),
        waiting: FxHashMap::default(),
        calls: Vec::new(),
        globs: FxHashMap::default(),
        glob_count: 0,
        head: NONE,
        branch: State::On,
        nesting: 0,
        fuel: 30_000,
        room: 64 << 20,
        stack: Vec::new(),
    };
    l.run();
    let read = l.data.files.iter().filter(|f| f.expanded_from.is_none()).map(|f| f.facts().reach);
    l.data.reach = read.max().unwrap_or_default();
    l.data
}

/// A crate of which nothing is known but its name.
pub(super) fn missing(info: &CrateInfo) -> CrateData {
    let mut data = CrateData { missing: true, ..CrateData::default() };
    data.files.push(FileEntry::new(Arc::default(), Arc::default(), None));
    data.defs.push(root_def(info.id));
    data.modules.push(ModData { parent: NONE, textual: NONE, incomplete: Some(Cause::MissingSources), ..ModData::default() });
    data.index_children(info.id);
    data
}

fn root_def(krate: CrateId) -> DefData {
    DefData {
        name: kw::CRATE,
        kind: DefKind::Mod,
        parent: None,
        file: FileId { krate, idx: 0 },
        item: ItemId::NONE,
        sub: 0,
        vis: Visibility::Public,
        aux: 0,
    }
}

impl Linker<'_> {
    fn run(&mut self) {
        let root = self.info.root.clone().unwrap_or_default();
        let facts = match self.loader.load(&root) {
            Loaded::Facts(f) => f,
            Loaded::Missing => return self.no_root("missing_file", "the root file is not there".to_owned()),
            Loaded::Unreadable(e) => return self.no_root("unreadable_file", e),
        };
        self.data.defs.push(root_def(self.krate));
        self.data.modules.push(ModData { parent: NONE, textual: NONE, ..ModData::default() });
        self.set_environment(&facts);
        let path = Arc::new(root);
        let dir = Dir::of_root(&path);
        let file = self.add_file(path, facts, None);
        self.collect_file(file, 0, &dir);
        self.data.modules[0].textual = self.head;
        self.fixpoint();
        self.finish();
    }

    fn no_root(&mut self, id: &'static str, why: String) {
        self.data = missing(self.info);
        let file = Some(FileId { krate: self.krate, idx: 0 });
        self.data.files[0].path = Arc::new(self.info.root.clone().unwrap_or_default());
        self.data.notices.push(LinkNotice { id, krate: self.krate, file, pos: 0, text: why });
    }

    /// Extern prelude, prelude and macros that are there without being named.
    fn set_environment(&mut self, root: &FileFacts) {
        for &(name, krate) in &self.info.externs {
            self.data.extern_prelude.insert(name, krate);
        }
        let std = self.defs.std_ids();
        // Present only where `extern crate` says so, except that cargo passes proc_macro to procedural macro crates.
        for (name, id) in [("alloc", std.alloc), ("proc_macro", std.proc_macro)] {
            let given = std.contains(self.krate) || self.info.kind == crate::discover::TargetKind::ProcMacro && name == "proc_macro";
            if id.is_some() && self.data.extern_prelude.get(&Name::new(name)).copied() == id && !given {
                self.data.extern_prelude.remove(&Name::new(name));
            }
        }
        let plain = |n: &str| {
            root.interface.attrs.iter().any(|a| attr_is(a, root, n) && State::of(&a.cfg, root, self.mode) == State::On && a.cfg.is_empty())
        };
        let base = if plain("no_core") || Some(self.krate) == std.core {
            None
        } else if plain("no_std") || Some(self.krate) == std.alloc {
            std.core
        } else if Some(self.krate) == std.std {
            None
        } else {
            std.std
        };
        if let Some(base) = base.filter(|b| *b != self.krate) {
            self.data.macro_root = Some(base);
            self.data.prelude = self.defs.prelude_of(base, self.info.edition);
        }
    }

    fn add_file(&mut self, path: Arc<std::path::PathBuf>, facts: Arc<FileFacts>, from: Option<(FileId, Pos)>) -> u32 {
        self.data.files.push(FileEntry::new(path, facts, from));
        self.data.files.len() as u32 - 1
    }

    fn add_def(&mut self, def: DefData) -> DefId {
        self.data.defs.push(def);
        DefId { krate: self.krate, idx: self.data.defs.len() as u32 - 1 }
    }

    fn facts(&self, file: u32) -> Arc<FileFacts> {
        self.data.files[file as usize].facts().clone()
    }

    fn view(&self) -> View<'_> {
        View { defs: self.defs, own: Some((self.krate, &self.data)) }
    }

    fn def_id(&self, idx: u32) -> DefId {
        DefId { krate: self.krate, idx }
    }

    fn module_def(&self, module: u32) -> DefId {
        self.def_id(self.data.modules[module as usize].def)
    }

    /// The nearest module that is no block.
    fn plain_module(&self, mut module: u32) -> u32 {
        while self.data.modules[module as usize].block {
            module = self.data.modules[module as usize].parent;
        }
        module
    }

    fn notice(&mut self, id: &'static str, file: u32, pos: Pos, text: String) {
        let file = Some(FileId { krate: self.krate, idx: file });
        self.data.notices.push(LinkNotice { id, krate: self.krate, file, pos, text });
    }

    fn unread(&mut self, file: u32, pos: Pos, path: String, cause: Cause, module: u32) {
        let here = &mut self.data.modules[module as usize];
        here.incomplete = here.incomplete.or(Some(cause));
        self.data.unread.push(UnreadCall { file, pos, path, cause });
    }

    fn finish(&mut self) {
        let krate = self.krate;
        self.data.index_children(krate);
        self.data.index_alternatives(krate);
    }
}

/// Whether an attribute's path is one name.
pub(super) fn attr_is(attr: &Attr, facts: &FileFacts, name: &str) -> bool {
    let segs = facts.interface.arena.segs_of(attr.path);
    segs.len() == 1 && text(facts, segs[0].name) == name
}

/// Whether an item carries an attribute of one name.
pub(super) fn has_attr(item: &Item, facts: &FileFacts, name: &str) -> bool {
    item.attrs.iter().any(|a| attr_is(a, facts, name))
}
