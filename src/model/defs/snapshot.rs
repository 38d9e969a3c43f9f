//! A crate as it is after its link, to be kept: what it defines and names, with references to other crates by their place in a list, and facts of
//! its files, each decoded when somebody asks for the file.
//!
//! The std family is shipped in this form ([`super::std`]), the link of dependencies is kept in it between runs ([`super::index`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::data::{CrateData, Entry, FileEntry, ModData, NONE, Packed};
use super::{DefData, Head, ImplHead, Ns, Res, Visibility};
use crate::facts::{BodyId, FileFacts, ItemId, Pos, Reach};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, Prim};
use crate::model::ty::Cause;

/// A definition: place of its crate in the list of crates, index.
type Ref = (u32, u32);

/// Head of an impl: trait (`None` inherent, `Some(None)` unresolved), head of the self type, negative.
type SnapImpl = (Option<Option<Ref>>, SnapHead, bool);

/// A linked crate.
#[derive(Serialize, Deserialize)]
pub(super) struct Snapshot<'a> {
    #[serde(borrow)]
    pub strings: Vec<&'a str>,
    pub files: Vec<File>,
    pub defs: Vec<Def>,
    pub modules: Vec<Module>,
    /// Block modules: file, body, definition.
    pub blocks: Vec<(u32, u32, u32)>,
    pub impls: Vec<u32>,
    /// `None`: nobody asked yet.
    pub heads: Option<Vec<SnapImpl>>,
    pub extern_prelude: Vec<(u32, u32)>,
    pub macro_prelude: Vec<(u32, Ref)>,
    pub prelude: Option<Ref>,
    pub macro_root: Option<u32>,
    pub reach: Reach,
}

/// A file, or the expansion of an item macro.
#[derive(Serialize, Deserialize)]
pub(super) struct File {
    /// Below the folder that the snapshot counts from.
    pub path: String,
    /// Number of items.
    pub items: u32,
    /// Where an expansion comes from: file and position.
    pub expanded_from: Option<(u32, Pos)>,
    /// Range of the compressed facts.
    pub from: u32,
    pub to: u32,
}

/// A definition. Numbers are one more than the index, 0 for none.
#[derive(Serialize, Deserialize)]
pub(super) struct Def {
    pub name: u32,
    pub kind: u8,
    pub parent: u32,
    pub file: u32,
    pub item: u32,
    pub sub: u32,
    /// 0 for public, else the module.
    pub vis: u32,
    pub aux: u32,
}

/// A module.
#[derive(Serialize, Deserialize)]
pub(super) struct Module {
    pub def: u32,
    pub parent: u32,
    pub block: bool,
    pub globs: Vec<(Ref, bool)>,
    pub names: [Vec<SnapEntry>; 3],
    pub others: Vec<(u8, SnapEntry)>,
    pub unnamed: Vec<(Ref, u32)>,
    pub incomplete: Option<u8>,
}

/// Name, meaning, visibility as in [`Def`], came by glob.
pub(super) type SnapEntry = (u32, SnapRes, u32, bool);

/// What a name stands for.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum SnapRes {
    Def(Ref),
    Prim(u8),
    Unknown(u8),
}

/// Head of a self type.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum SnapHead {
    Def(Ref),
    Prim(u8),
    Ref(bool),
    Ptr(bool),
    Slice,
    Array,
    Tuple(u32),
    Fn,
    Dyn(Option<Ref>),
    Param,
    Never,
    Other,
}

/// Definition kinds by the number the table knows them by.
pub(super) const KINDS: [DefKind; 14] = [
    DefKind::Mod,
    DefKind::Struct,
    DefKind::Union,
    DefKind::Enum,
    DefKind::Variant,
    DefKind::Trait,
    DefKind::TraitAlias,
    DefKind::TypeAlias,
    DefKind::Fn,
    DefKind::Const,
    DefKind::Static,
    DefKind::Impl,
    DefKind::Macro,
    DefKind::ProcMacro,
];

/// Primitives by the number the table knows them by.
pub(super) const PRIMS: [Prim; 19] = [
    Prim::Bool,
    Prim::Char,
    Prim::Str,
    Prim::I8,
    Prim::I16,
    Prim::I32,
    Prim::I64,
    Prim::I128,
    Prim::Isize,
    Prim::U8,
    Prim::U16,
    Prim::U32,
    Prim::U64,
    Prim::U128,
    Prim::Usize,
    Prim::F16,
    Prim::F32,
    Prim::F64,
    Prim::F128,
];

/// Causes by the number the table knows them by.
const CAUSES: [Cause; 12] = [
    Cause::MissingSources,
    Cause::UnresolvedPath,
    Cause::UnresolvedMethod,
    Cause::UnresolvedField,
    Cause::UnreadMacro,
    Cause::ProcMacro,
    Cause::NotInferred,
    Cause::CfgConflict,
    Cause::Depth,
    Cause::UnreadSyntax,
    Cause::Const,
    Cause::Ambiguous,
];

fn cause_number(cause: Cause) -> u8 {
    CAUSES.iter().position(|c| *c == cause).expect("all causes are listed") as u8
}

fn cause_of(number: u8) -> Cause {
    CAUSES[number as usize % CAUSES.len()]
}

/// Puts a snapshot back in its place among the crates of this run.
pub(super) struct Reader<'a> {
    /// The crates that the snapshot refers to, in its order.
    pub crates: &'a [CrateId],
    /// The crate itself.
    pub own: CrateId,
    /// Folder that its paths count from.
    pub folder: &'a Path,
    /// What holds the facts of its files.
    pub packed: Packed,
    names: Vec<Name>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(crates: &'a [CrateId], own: CrateId, folder: &'a Path, packed: Packed) -> Reader<'a> {
        Reader { crates, own, folder, packed, names: Vec::new() }
    }
    fn def(&self, (krate, idx): Ref) -> DefId {
        DefId { krate: self.crates[krate as usize], idx }
    }
    fn vis(&self, module: u32) -> Visibility {
        if module == 0 { Visibility::Public } else { Visibility::Module(DefId { krate: self.own, idx: module - 1 }) }
    }
    fn name(&self, idx: u32) -> Name {
        self.names[idx as usize]
    }
    fn entry(&self, (name, res, vis, glob): SnapEntry) -> (Name, Entry) {
        let res = match res {
            SnapRes::Def(r) => Res::Def(self.def(r)),
            SnapRes::Prim(p) => Res::Prim(PRIMS[p as usize]),
            SnapRes::Unknown(cause) => Res::Unknown(cause_of(cause)),
        };
        (self.name(name), Entry { res, vis: self.vis(vis), glob: if glob { 0 } else { NONE }, likely: true })
    }
    fn head(&self, head: SnapHead) -> Head {
        match head {
            SnapHead::Def(r) => Head::Def(self.def(r)),
            SnapHead::Prim(p) => Head::Prim(PRIMS[p as usize]),
            SnapHead::Ref(m) => Head::Ref(m),
            SnapHead::Ptr(m) => Head::Ptr(m),
            SnapHead::Slice => Head::Slice,
            SnapHead::Array => Head::Array,
            SnapHead::Tuple(n) => Head::Tuple(n),
            SnapHead::Fn => Head::Fn,
            SnapHead::Dyn(r) => Head::Dyn(r.map(|r| self.def(r))),
            SnapHead::Param => Head::Param,
            SnapHead::Never => Head::Never,
            SnapHead::Other => Head::Other,
        }
    }

    /// The crate.
    pub(super) fn read(mut self, s: Snapshot<'_>) -> CrateData {
        let mut data = CrateData::default();
        self.names = s.strings.iter().map(|s| Name::new(s)).collect();
        let mut last: Option<Arc<PathBuf>> = None;
        for f in &s.files {
            let path = self.folder.join(&f.path);
            let path = last.filter(|l| **l == path).unwrap_or_else(|| Arc::new(path));
            last = Some(path.clone());
            let from = f.expanded_from.map(|(idx, pos)| (FileId { krate: self.own, idx }, pos));
            data.files.push(FileEntry::packed(path, from, self.packed.range(f.from, f.to), f.items as usize));
        }
        data.defs.reserve(s.defs.len());
        for (i, d) in s.defs.iter().enumerate() {
            let kind = KINDS[d.kind as usize % KINDS.len()];
            if d.item != 0 && kind != DefKind::Variant && d.sub == 0 {
                data.files[d.file as usize].item_defs[d.item as usize - 1] = i as u32;
            }
            data.defs.push(DefData {
                name: self.name(d.name),
                kind,
                parent: d.parent.checked_sub(1).map(|idx| DefId { krate: self.own, idx }),
                file: FileId { krate: self.own, idx: d.file },
                item: ItemId(d.item.wrapping_sub(1)),
                sub: d.sub,
                vis: self.vis(d.vis),
                aux: d.aux.wrapping_sub(1),
            });
        }
        data.blocks = s.blocks.iter().map(|(file, body, def)| ((*file, BodyId(*body)), *def)).collect();
        data.modules = s.modules.into_iter().map(|m| self.module(m)).collect();
        let id = |idx: u32| DefId { krate: self.own, idx };
        data.impls = s.impls.iter().map(|i| id(*i)).collect();
        if let Some(heads) = &s.heads {
            let heads = heads.iter().zip(&data.impls).map(|(h, def)| ImplHead {
                def: *def,
                of: h.0.map(|of| of.map(|r| self.def(r)).ok_or(Cause::UnresolvedPath)),
                head: self.head(h.1),
                negative: h.2,
            });
            data.heads = std::sync::OnceLock::from(heads.collect::<Vec<_>>());
        }
        data.extern_prelude = s.extern_prelude.iter().map(|(n, k)| (self.name(*n), self.crates[*k as usize])).collect();
        data.macro_prelude = s.macro_prelude.iter().map(|(n, r)| (self.name(*n), self.def(*r))).collect();
        data.prelude = s.prelude.map(|r| self.def(r));
        data.macro_root = s.macro_root.map(|k| self.crates[k as usize]);
        data.reach = s.reach;
        data.index_children(self.own);
        data.index_alternatives(self.own);
        data
    }

    fn module(&self, m: Module) -> ModData {
        let mut out = ModData {
            def: m.def,
            parent: m.parent.wrapping_sub(1),
            block: m.block,
            globs: m.globs.iter().map(|(r, likely)| (self.def(*r), *likely)).collect(),
            textual: NONE,
            incomplete: m.incomplete.map(cause_of),
            ..ModData::default()
        };
        out.names = m.names.map(|list| list.into_iter().map(|e| self.entry(e)).collect());
        for (ns, e) in m.others {
            let ns = [Ns::Types, Ns::Values, Ns::Macros][ns as usize % 3];
            let (name, entry) = self.entry(e);
            out.others.entry((name, ns)).or_default().push(entry);
        }
        out.unnamed = m.unnamed.into_iter().map(|(r, vis)| (self.def(r), self.vis(vis))).collect();
        out
    }
}

/// Makes snapshots.
pub(super) struct Packer<'a> {
    data: &'a CrateData,
    /// Folder that paths count from.
    folder: &'a Path,
    /// The facts worth keeping of a file.
    slim: fn(&Arc<FileFacts>) -> FileFacts,
    strings: FxHashMap<Name, u32>,
    table: Vec<&'static str>,
    crates: Vec<CrateId>,
}

/// A crate in the form that is kept.
pub(super) struct Made {
    pub snapshot: Snapshot<'static>,
    /// Crates that it refers to.
    pub crates: Vec<CrateId>,
}

impl<'a> Packer<'a> {
    /// For a linked crate. `crates`: the beginning of the list of crates.
    pub(super) fn new(data: &'a CrateData, folder: &'a Path, crates: Vec<CrateId>, slim: fn(&Arc<FileFacts>) -> FileFacts) -> Packer<'a> {
        Packer { data, folder, slim, strings: FxHashMap::default(), table: Vec::new(), crates }
    }

    fn krate(&mut self, id: CrateId) -> u32 {
        if let Some(at) = self.crates.iter().position(|c| *c == id) {
            return at as u32;
        }
        self.crates.push(id);
        self.crates.len() as u32 - 1
    }

    fn reference(&mut self, d: DefId) -> Ref {
        (self.krate(d.krate), d.idx)
    }

    fn string(&mut self, name: Name) -> u32 {
        let next = self.table.len() as u32;
        let id = *self.strings.entry(name).or_insert(next);
        if id == next {
            self.table.push(name.as_str());
        }
        id
    }

    /// The snapshot; facts go to the end of `blocks`. `None` when a path is not Unicode.
    pub(super) fn pack(mut self, blocks: &mut Vec<u8>) -> Option<Made> {
        let data = self.data;
        let mut files = Vec::new();
        for entry in &data.files {
            let from = blocks.len() as u32;
            let facts = (self.slim)(entry.facts());
            let bytes = postcard::to_allocvec(&facts).ok()?;
            blocks.extend(lz4_flex::compress_prepend_size(&bytes));
            files.push(File {
                path: entry.path.strip_prefix(self.folder).unwrap_or(&entry.path).to_str()?.replace('\\', "/"),
                items: facts.interface.items.len() as u32,
                expanded_from: entry.expanded_from.map(|(file, pos)| (file.idx, pos)),
                from,
                to: blocks.len() as u32,
            });
        }
        let defs = data.defs.iter().map(|d| Def {
            name: self.string(d.name),
            kind: KINDS.iter().position(|k| *k == d.kind).expect("all kinds are listed") as u8,
            parent: d.parent.map_or(0, |p| p.idx + 1),
            file: d.file.idx,
            item: d.item.0.wrapping_add(1),
            sub: d.sub,
            vis: vis(d.vis),
            aux: d.aux.wrapping_add(1),
        });
        let defs = defs.collect();
        let modules = data.modules.iter().map(|m| self.module(m)).collect();
        let heads = data.heads.get().map(|heads| heads.iter().map(|h| self.impl_head(h)).collect());
        let mut names: Vec<_> = data.extern_prelude.iter().collect();
        names.sort_by_key(|(n, _)| n.as_str());
        let extern_prelude = names.into_iter().map(|(n, k)| (self.string(*n), self.krate(*k))).collect();
        let mut names: Vec<_> = data.macro_prelude.iter().collect();
        names.sort_by_key(|(n, _)| n.as_str());
        let macro_prelude = names.into_iter().map(|(n, d)| (self.string(*n), self.reference(*d))).collect();
        let mut blocks: Vec<_> = data.blocks.iter().map(|((file, body), def)| (*file, body.0, *def)).collect();
        blocks.sort_unstable();
        let snapshot = Snapshot {
            blocks,
            files,
            defs,
            modules,
            impls: data.impls.iter().map(|d| d.idx).collect(),
            heads,
            extern_prelude,
            macro_prelude,
            prelude: data.prelude.map(|d| self.reference(d)),
            macro_root: data.macro_root.map(|k| self.krate(k)),
            reach: data.reach,
            strings: self.table,
        };
        Some(Made { snapshot, crates: self.crates })
    }

    fn impl_head(&mut self, h: &ImplHead) -> SnapImpl {
        (h.of.map(|of| of.ok().map(|d| self.reference(d))), self.head(h.head), h.negative)
    }

    fn module(&mut self, m: &super::data::ModData) -> Module {
        let names = [Ns::Types, Ns::Values, Ns::Macros].map(|ns| {
            let mut list: Vec<(&Name, &Entry)> = m.names[ns as usize].iter().collect();
            list.sort_by_key(|(n, _)| n.as_str());
            list.into_iter().map(|(n, e)| self.entry(*n, e)).collect()
        });
        let mut lists: Vec<_> = m.others.iter().collect();
        lists.sort_by_key(|((n, ns), _)| (n.as_str(), *ns));
        let mut others = Vec::new();
        for ((n, ns), list) in lists {
            others.extend(list.iter().map(|e| (*ns as u8, self.entry(*n, e))));
        }
        Module {
            def: m.def,
            parent: m.parent.wrapping_add(1),
            block: m.block,
            globs: m.globs.iter().map(|(d, likely)| (self.reference(*d), *likely)).collect(),
            names,
            others,
            unnamed: m.unnamed.iter().map(|(d, v)| (self.reference(*d), vis(*v))).collect(),
            // Textual scope ends with the crate, and is not kept.
            incomplete: m.incomplete.map(cause_number),
        }
    }

    fn entry(&mut self, name: Name, e: &Entry) -> SnapEntry {
        let res = match e.res {
            Res::Def(d) => SnapRes::Def(self.reference(d)),
            Res::Prim(p) => SnapRes::Prim(prim(p)),
            Res::Unknown(cause) => SnapRes::Unknown(cause_number(cause)),
            Res::SelfTy(_) | Res::Param(..) => SnapRes::Unknown(cause_number(Cause::UnresolvedPath)),
        };
        (self.string(name), res, vis(e.vis), e.glob != super::data::NONE)
    }

    fn head(&mut self, head: Head) -> SnapHead {
        match head {
            Head::Def(d) => SnapHead::Def(self.reference(d)),
            Head::Prim(p) => SnapHead::Prim(prim(p)),
            Head::Ref(m) => SnapHead::Ref(m),
            Head::Ptr(m) => SnapHead::Ptr(m),
            Head::Slice => SnapHead::Slice,
            Head::Array => SnapHead::Array,
            Head::Tuple(n) => SnapHead::Tuple(n),
            Head::Fn => SnapHead::Fn,
            Head::Dyn(d) => SnapHead::Dyn(d.map(|d| self.reference(d))),
            Head::Param => SnapHead::Param,
            Head::Never => SnapHead::Never,
            Head::Other => SnapHead::Other,
        }
    }
}

fn vis(v: Visibility) -> u32 {
    match v {
        Visibility::Public => 0,
        Visibility::Module(m) => m.idx + 1,
    }
}

fn prim(p: Prim) -> u8 {
    PRIMS.iter().position(|q| *q == p).expect("all primitives are listed") as u8
}
