//! The std family from the shipped table: core, alloc, std and proc_macro as they are after their link, so that a run neither parses
//! nor links them. [`super::std_table`] makes the table from rust-src.
//!
//! Layout: four lengths (little endian, 32 bits), one compressed [`Snapshot`] for each crate, then compressed facts of files, each decoded
//! when somebody asks for the file.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::crates::{STD_FAMILY, StdIds};
use super::data::{CrateData, Entry, FileEntry, ModData, NONE, Packed, Textual};
use super::{DefData, Head, ImplHead, Ns, Res, Visibility};
use crate::facts::{FileFacts, ItemId};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, Prim};
use crate::model::ty::Cause;

/// The table of this build; empty when it was built without one.
static TABLE: &[u8] = include_bytes!("std.table");

/// A definition of the family: crate in [`STD_FAMILY`], index.
type Ref = (u8, u32);

/// A linked crate.
#[derive(Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub strings: Vec<String>,
    /// Path, number of items, range of the compressed facts after the snapshots.
    pub files: Vec<(String, u32, u32, u32)>,
    pub defs: Vec<Def>,
    pub modules: Vec<Module>,
    pub impls: Vec<u32>,
    /// Trait (`None` inherent, `Some(None)` unresolved), head, negative.
    pub heads: Vec<(Option<Option<Ref>>, SnapHead, bool)>,
    pub extern_prelude: Vec<(u32, u8)>,
    pub macro_prelude: Vec<(u32, Ref)>,
    pub prelude: Option<Ref>,
    pub macro_root: Option<u8>,
    pub textual: Vec<(u32, Ref, u32)>,
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
    pub names: [Vec<SnapEntry>; 3],
    pub others: Vec<(u8, SnapEntry)>,
    pub unnamed: Vec<(Ref, u32)>,
    pub textual: u32,
    pub incomplete: bool,
}

/// Name, meaning, visibility as in [`Def`], came by glob.
pub(super) type SnapEntry = (u32, SnapRes, u32, bool);

/// What a name stands for.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum SnapRes {
    Def(Ref),
    Prim(u8),
    Unknown,
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

/// Where the parts of the table stand: the snapshots, and where the facts begin.
fn parts() -> Option<([(usize, usize); 4], usize)> {
    let mut at = 16;
    let mut out = [(0, 0); 4];
    for (i, part) in out.iter_mut().enumerate() {
        let len = u32::from_le_bytes(TABLE.get(i * 4..i * 4 + 4)?.try_into().ok()?) as usize;
        *part = (at, at + len);
        at += len;
    }
    Some((out, at))
}

/// Facts of a file of the table.
pub(super) fn unpack(packed: Packed) -> Arc<FileFacts> {
    let read = || {
        let (_, base) = parts()?;
        let bytes = TABLE.get(base + packed.from as usize..base + packed.to as usize)?;
        postcard::from_bytes(&lz4_flex::decompress_size_prepended(bytes).ok()?).ok()
    };
    Arc::new(read().unwrap_or_default())
}

/// A crate of the family as it is after its link.
pub(super) fn load(name: &str, ids: StdIds) -> Option<CrateData> {
    let ordinal = STD_FAMILY.iter().position(|n| *n == name)?;
    let (from, to) = parts()?.0[ordinal];
    let bytes = lz4_flex::decompress_size_prepended(TABLE.get(from..to)?).ok()?;
    let snapshot: Snapshot = postcard::from_bytes(&bytes).ok()?;
    let family = [ids.core?, ids.alloc?, ids.std?, ids.proc_macro?];
    Some(Reader { family, own: family[ordinal], names: snapshot.strings.iter().map(|s| Name::new(s)).collect() }.read(snapshot))
}

struct Reader {
    family: [CrateId; 4],
    own: CrateId,
    names: Vec<Name>,
}

impl Reader {
    fn def(&self, (krate, idx): Ref) -> DefId {
        DefId { krate: self.family[krate as usize & 3], idx }
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
            SnapRes::Unknown => Res::Unknown(Cause::MissingSources),
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

    fn read(&self, s: Snapshot) -> CrateData {
        let mut data = CrateData::default();
        for (path, items, from, to) in s.files {
            data.files.push(FileEntry::packed(Arc::new(PathBuf::from(path)), Packed { from, to }, items as usize));
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
        data.modules = s.modules.into_iter().map(|m| self.module(m)).collect();
        let id = |idx: u32| DefId { krate: self.own, idx };
        data.impls = s.impls.iter().map(|i| id(*i)).collect();
        let heads = s.heads.iter().zip(&data.impls).map(|(h, def)| ImplHead {
            def: *def,
            of: h.0.map(|of| of.map(|r| self.def(r)).ok_or(Cause::UnresolvedPath)),
            head: self.head(h.1),
            negative: h.2,
        });
        let heads: Vec<ImplHead> = heads.collect();
        let _ = data.heads.set(heads);
        data.extern_prelude = s.extern_prelude.iter().map(|(n, k)| (self.name(*n), self.family[*k as usize & 3])).collect();
        data.macro_prelude = s.macro_prelude.iter().map(|(n, r)| (self.name(*n), self.def(*r))).collect();
        data.prelude = s.prelude.map(|r| self.def(r));
        data.macro_root = s.macro_root.map(|k| self.family[k as usize & 3]);
        let textual = |(n, r, before): &(u32, Ref, u32)| Textual { name: self.name(*n), def: self.def(*r), before: before.wrapping_sub(1) };
        data.textual = s.textual.iter().map(textual).collect();
        data.index_children(self.own);
        data.index_alternatives(self.own);
        data
    }

    fn module(&self, m: Module) -> ModData {
        let mut out = ModData {
            def: m.def,
            parent: m.parent.wrapping_sub(1),
            textual: m.textual.wrapping_sub(1),
            incomplete: m.incomplete.then_some(Cause::MissingSources),
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
