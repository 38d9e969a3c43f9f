//! What is kept of a crate: its files, its definitions, and the scopes of its modules. Built by [`super::link`], then never changed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::{DefData, ImplHead, LinkNotice, Ns, Res, Visibility};
use crate::facts::{BodyId, FileFacts, ItemId, PathId, Pos, Reach, Sym};
use crate::model::ids::{CrateId, DefId, FileId, Name};
use crate::model::ty::Cause;

/// No index.
pub(super) const NONE: u32 = u32::MAX;

/// A file of a crate, or the expansion of an item macro.
pub(super) struct FileEntry {
    /// On disk; of an expansion: the file of the invocation.
    pub path: Arc<PathBuf>,
    /// The invocation an expansion comes from.
    pub expanded_from: Option<(FileId, Pos)>,
    /// Definition of each item, or [`NONE`].
    pub item_defs: Vec<u32>,
    facts: OnceLock<Arc<FileFacts>>,
    /// Where the facts are, if they were not read yet.
    packed: Option<Packed>,
    /// Interned symbols, filled as they are asked for; [`NONE`] until then.
    names: OnceLock<Box<[AtomicU32]>>,
}

/// Compressed facts, decoded when somebody asks for them.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    bytes: Bytes,
    start: usize,
    from: u32,
    to: u32,
}

#[derive(Clone, Debug)]
enum Bytes {
    Shipped(&'static [u8]),
    /// As they were read: large ones are not copied.
    Kept(Arc<Vec<u8>>),
}

impl Packed {
    /// Facts of a shipped crate.
    pub(super) fn shipped(bytes: &'static [u8]) -> Packed {
        Packed { bytes: Bytes::Shipped(bytes), start: 0, from: 0, to: 0 }
    }
    /// Facts of a crate that the cache holds, from `start` on.
    pub(super) fn kept(bytes: Arc<Vec<u8>>, start: usize) -> Packed {
        Packed { bytes: Bytes::Kept(bytes), start, from: 0, to: 0 }
    }
    /// Those of one file.
    pub(super) fn range(&self, from: u32, to: u32) -> Packed {
        Packed { bytes: self.bytes.clone(), start: self.start, from, to }
    }
    fn unpack(&self) -> Option<FileFacts> {
        let bytes: &[u8] = match &self.bytes {
            Bytes::Shipped(bytes) => bytes,
            Bytes::Kept(bytes) => bytes,
        };
        let bytes = bytes.get(self.start + self.from as usize..self.start + self.to as usize)?;
        postcard::from_bytes(&lz4_flex::decompress_size_prepended(bytes).ok()?).ok()
    }
}

impl FileEntry {
    pub(super) fn new(path: Arc<PathBuf>, facts: Arc<FileFacts>, expanded_from: Option<(FileId, Pos)>) -> FileEntry {
        let item_defs = vec![NONE; facts.interface.items.len()];
        FileEntry { path, expanded_from, item_defs, facts: OnceLock::from(facts), packed: None, names: OnceLock::new() }
    }
    /// A file whose facts are read when somebody asks.
    pub(super) fn packed(path: Arc<PathBuf>, expanded_from: Option<(FileId, Pos)>, packed: Packed, items: usize) -> FileEntry {
        let item_defs = vec![NONE; items];
        FileEntry { path, expanded_from, item_defs, facts: OnceLock::new(), packed: Some(packed), names: OnceLock::new() }
    }
    /// Facts of the file.
    pub(super) fn facts(&self) -> &Arc<FileFacts> {
        self.facts.get_or_init(|| Arc::new(self.packed.as_ref().and_then(Packed::unpack).unwrap_or_default()))
    }
    /// Interned symbol; the empty name for NONE.
    pub(super) fn name(&self, sym: Sym) -> Name {
        let facts = self.facts();
        let names = self.names.get_or_init(|| facts.symbols.iter().map(|_| AtomicU32::new(NONE)).collect());
        let Some(cell) = names.get(sym.idx()) else { return crate::model::ids::kw::EMPTY };
        // Threads that race here store the same value.
        match cell.load(Ordering::Relaxed) {
            NONE => {
                let name = Name::new(&facts.symbols[sym.idx()]);
                cell.store(name.0, Ordering::Relaxed);
                name
            }
            id => Name(id),
        }
    }
}

/// What a name stands for in one namespace of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub res: Res,
    pub vis: Visibility,
    /// Number of the glob import it came through; [`NONE`]: defined or imported by name.
    pub glob: u32,
    /// Exists in a plain linux build: named before others.
    pub likely: bool,
}

/// A module and its scope.
#[derive(Default)]
pub(super) struct ModData {
    /// Its definition.
    pub def: u32,
    /// Module around it ([`NONE`]: crate root). For block modules: where names are looked up next.
    pub parent: u32,
    /// A block module: names not found here are looked up in `parent`.
    pub block: bool,
    /// Names by namespace.
    pub names: [FxHashMap<Name, Entry>; 3],
    /// Further meanings of names under other `cfg`, in order.
    pub others: FxHashMap<(Name, Ns), Vec<Entry>>,
    /// Modules that are imported whole for the module's own use (`use super::*`), with whether in a plain linux build. Their names are looked up
    /// through these edges: copied, they would be the square of what a crate with a thousand modules defines.
    pub globs: Vec<(DefId, bool)>,
    /// Traits imported `as _`, with who may take them by glob.
    pub unnamed: Vec<(DefId, Visibility)>,
    /// Macros by textual scope at the end of the module: index in [`CrateData::textual`].
    pub textual: u32,
    /// Something that would add names here was not read: why.
    pub incomplete: Option<Cause>,
    /// Traits named here, once asked for.
    pub traits: OnceLock<Arc<[DefId]>>,
}

impl ModData {
    /// What stands in the namespace of types, or was imported for its methods alone.
    pub(super) fn trait_candidates(&self) -> impl Iterator<Item = (Res, Visibility)> + '_ {
        let named = self.names[Ns::Types as usize].values();
        let others = self.others.iter().filter(|(k, _)| k.1 == Ns::Types).flat_map(|(_, list)| list);
        let unnamed = self.unnamed.iter().map(|u| (Res::Def(u.0), u.1));
        named.chain(others).map(|e| (e.res, e.vis)).chain(unnamed)
    }
}

/// A `macro_rules!` in textual scope, and the scope before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Textual {
    pub name: Name,
    pub def: DefId,
    pub before: u32,
}

/// One leaf of a `use` item, after the link.
#[derive(Clone, Debug)]
pub(super) struct ImportRecord {
    /// Module it stands in.
    pub module: u32,
    pub file: u32,
    pub item: ItemId,
    pub path: PathId,
    pub pos: Pos,
    /// Bound to something.
    pub resolved: bool,
    /// Why not.
    pub cause: Cause,
}

/// An item macro that was not read.
#[derive(Clone, Debug)]
pub(super) struct UnreadCall {
    pub file: u32,
    pub pos: Pos,
    pub path: String,
    pub cause: Cause,
}

/// Everything of one crate.
#[derive(Default)]
pub(super) struct CrateData {
    pub files: Vec<FileEntry>,
    pub defs: Vec<DefData>,
    pub modules: Vec<ModData>,
    /// Block modules by file and body.
    pub blocks: FxHashMap<(u32, BodyId), u32>,
    /// Impl blocks in order.
    pub impls: Vec<DefId>,
    /// Names of crates: dependencies and `extern crate` aliases of the root.
    pub extern_prelude: FxHashMap<Name, CrateId>,
    /// Dependencies whose sources are missing entirely.
    pub macro_prelude: FxHashMap<Name, DefId>,
    /// Module whose names are visible everywhere.
    pub prelude: Option<DefId>,
    /// Crate whose root holds the macros that are visible everywhere (std or core).
    pub macro_root: Option<CrateId>,
    pub textual: Vec<Textual>,
    /// `macro_rules!` of the crate by name, in order: the last resort for calls whose textual scope a late expansion changed.
    pub all_macros: FxHashMap<Name, Vec<DefId>>,
    /// Children of each definition: ranges of `child_list`.
    pub child_ranges: Vec<(u32, u32)>,
    pub child_list: Vec<DefId>,
    /// Definitions with the same name, module and namespace.
    pub alternatives: FxHashMap<u32, Vec<DefId>>,
    pub heads: OnceLock<Vec<ImplHead>>,
    /// Impls by head, for paths into types.
    pub by_head: OnceLock<FxHashMap<super::Head, Vec<u32>>>,
    pub imports: Vec<ImportRecord>,
    pub unread: Vec<UnreadCall>,
    pub notices: Vec<LinkNotice>,
    /// `Some(MissingSources)` when there is nothing behind the root.
    pub missing: bool,
    /// What its code can reach besides computing, other crates aside.
    pub reach: Reach,
}

impl CrateData {
    /// Groups definitions by owner.
    pub(super) fn index_children(&mut self, krate: CrateId) {
        let mut counts = vec![0u32; self.defs.len() + 1];
        let owner = |d: &DefData| d.parent.filter(|p| p.krate == krate).map(|p| p.idx as usize);
        for d in &self.defs {
            if let Some(p) = owner(d) {
                counts[p] += 1;
            }
        }
        let mut start = 0;
        self.child_ranges = counts[..self.defs.len()]
            .iter()
            .map(|&n| {
                start += n;
                (start - n, start - n)
            })
            .collect();
        self.child_list = vec![DefId { krate, idx: 0 }; start as usize];
        for (i, d) in self.defs.iter().enumerate() {
            if let Some(p) = owner(d) {
                let range = &mut self.child_ranges[p];
                self.child_list[range.1 as usize] = DefId { krate, idx: i as u32 };
                range.1 += 1;
            }
        }
    }
    /// Fills `alternatives` from the scopes.
    pub(super) fn index_alternatives(&mut self, krate: CrateId) {
        let mut found: Vec<(u32, Vec<DefId>)> = Vec::new();
        for module in &self.modules {
            for (&(name, ns), others) in &module.others {
                let first = module.names[ns as usize].get(&name);
                let mut all: Vec<DefId> = first.into_iter().chain(others).filter_map(|e| e.res.def()).collect();
                all.retain(|d| d.krate == krate && self.defs[d.idx as usize].parent.map(|p| p.idx) == Some(module.def));
                for &d in &all {
                    found.push((d.idx, all.iter().copied().filter(|o| *o != d).collect()));
                }
            }
        }
        for (d, others) in found {
            let list = self.alternatives.entry(d).or_default();
            for o in others {
                if !list.contains(&o) {
                    list.push(o);
                }
            }
            list.sort();
        }
    }
    /// The module data of a module definition.
    pub(super) fn module(&self, def: u32) -> Option<&ModData> {
        let aux = self.defs.get(def as usize)?.aux;
        self.modules.get(aux as usize)
    }
}
