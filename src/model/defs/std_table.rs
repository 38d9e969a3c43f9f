//! Makes the shipped table of the std family from rust-src, with the linker of this very crate: item macros are expanded here, once.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::crates::STD_FAMILY;
use super::data::{CrateData, Entry};
use super::files::FileSource;
use super::std::{Def, KINDS, Module, PRIMS, SnapEntry, SnapHead, SnapRes, Snapshot};
use super::{CrateInfo, Defs, Head, Ns, Res, Visibility};
use crate::discover::TargetKind;
use crate::facts::{Attr, AttrArgs, FileFacts, Item, ItemKind};
use crate::model::ids::{CrateId, DefId, Name, Prim};

/// Attributes that something after the link asks for.
const KEPT_ATTRIBUTES: [&str; 8] =
    ["rustc_builtin_macro", "macro_export", "lang", "fundamental", "must_use", "deprecated", "rustc_paren_sugar", "rustc_diagnostic_item"];

/// What [`generate`] made.
pub struct Generated {
    /// The table.
    pub bytes: Vec<u8>,
    /// One line for each crate: definitions, files, unbound imports, unread macros.
    pub summary: Vec<String>,
}

/// Links the std family below `library` (the folder with `core`, `alloc`, `std`) and packs it.
///
/// # Errors
/// A sentence when there is no `core` there.
pub fn generate(library: &Path) -> Result<Generated, String> {
    if !library.join("core/src/lib.rs").is_file() {
        return Err(format!("no `core/src/lib.rs` below `{}`", library.display()));
    }
    let defs = Defs::of_crates(family(library), FileSource::Filtered(readable));
    let mut blocks: Vec<u8> = Vec::new();
    let mut snapshots: Vec<Vec<u8>> = Vec::new();
    let mut summary = Vec::new();
    for krate in (0..STD_FAMILY.len()).map(|i| CrateId(i as u32)) {
        let data = defs.data(krate);
        let snapshot = Packer { defs: &defs, data, strings: FxHashMap::default(), table: Vec::new() }.pack(krate, library, &mut blocks);
        let bytes = postcard::to_allocvec(&snapshot).map_err(|e| e.to_string())?;
        snapshots.push(lz4_flex::compress_prepend_size(&bytes));
        let unbound: Vec<String> = defs.imports(krate).iter().filter(|i| i.unbound.is_some()).map(|i| use_text(&defs, i)).collect();
        let unread: Vec<String> =
            data.unread.iter().map(|u| format!("{}! in {}", u.path, data.files[u.file as usize].path.display())).collect();
        summary.push(format!(
            "{}: {} definitions, {} files, {} impls, {} of {} imports unbound, {} macros unread",
            STD_FAMILY[krate.0 as usize],
            data.defs.len(),
            data.files.len(),
            data.impls.len(),
            unbound.len(),
            data.imports.len(),
            unread.len()
        ));
        summary.extend(unbound.into_iter().map(|u| format!("  unbound: {u}")));
        summary.extend(unread.into_iter().map(|u| format!("  unread: {u}")));
    }
    let mut bytes = Vec::new();
    for s in &snapshots {
        bytes.extend((s.len() as u32).to_le_bytes());
    }
    snapshots.iter().for_each(|s| bytes.extend(s));
    bytes.extend(blocks);
    Ok(Generated { bytes, summary })
}

/// The text of a file of the library without what only the library itself may write and stable parsers do not read. Vendor intrinsics, portable
/// vectors and the backtrace machinery are left out: they are large, and services do not call them.
fn readable(path: &Path, text: String) -> Option<String> {
    const LEFT_OUT: [&str; 4] = ["stdarch", "portable-simd", "backtrace", "core_arch"];
    if path.components().any(|c| c.as_os_str().to_str().is_some_and(|c| LEFT_OUT.contains(&c))) && !path.ends_with("src/backtrace.rs") {
        return None;
    }
    const REWRITTEN: [(&str, &str); 10] = [
        ("[const] ", ""),
        ("~const ", ""),
        ("impl const ", "impl "),
        ("> const ", "> "),
        ("const trait ", "trait "),
        ("const unsafe trait ", "unsafe trait "),
        ("default fn ", "fn "),
        ("default unsafe fn ", "unsafe fn "),
        ("default const ", "const "),
        ("default type ", "type "),
    ];
    Some(REWRITTEN.iter().fold(text, |text, (from, to)| if text.contains(from) { text.replace(from, to) } else { text }))
}

fn use_text(defs: &Defs, leaf: &super::ImportLeaf) -> String {
    let arena = &defs.facts(leaf.file).interface.arena;
    let path: Vec<&str> = arena.segs_of(leaf.path).iter().map(|s| defs.name(leaf.file, s.name).as_str()).collect();
    format!("{} in {}", path.join("::"), defs.path(leaf.module))
}

fn family(library: &Path) -> Vec<CrateInfo> {
    let info = |(i, name): (usize, &&str)| CrateInfo {
        id: CrateId(i as u32),
        name: Name::new(name),
        pkg: None,
        version: None,
        edition: 2024,
        kind: TargetKind::Lib,
        target: (*name).to_owned(),
        member: false,
        root: Some(library.join(name).join("src/lib.rs")),
        externs: (0..i).map(|k| (Name::new(STD_FAMILY[k]), CrateId(k as u32))).collect(),
    };
    STD_FAMILY.iter().enumerate().map(info).collect()
}

struct Packer<'a> {
    defs: &'a Defs,
    data: &'a CrateData,
    strings: FxHashMap<Name, u32>,
    table: Vec<String>,
}

impl Packer<'_> {
    fn string(&mut self, name: Name) -> u32 {
        let next = self.table.len() as u32;
        let id = *self.strings.entry(name).or_insert(next);
        if id == next {
            self.table.push(name.as_str().to_owned());
        }
        id
    }

    fn pack(mut self, krate: CrateId, library: &Path, blocks: &mut Vec<u8>) -> Snapshot {
        let data = self.data;
        let mut files = Vec::new();
        for entry in &data.files {
            let from = blocks.len() as u32;
            let facts = slim(entry.facts());
            let bytes = postcard::to_allocvec(&facts).expect("facts are serialisable");
            blocks.extend(lz4_flex::compress_prepend_size(&bytes));
            let path = entry.path.strip_prefix(library).unwrap_or(&entry.path).to_string_lossy().replace('\\', "/");
            files.push((path, facts.interface.items.len() as u32, from, blocks.len() as u32));
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
        let heads = self.defs.impl_heads(krate).iter();
        let heads = heads.map(|h| (h.of.map(|of| of.ok().map(reference)), snap_head(h.head), h.negative)).collect();
        let mut extern_prelude: Vec<_> = data.extern_prelude.iter().map(|(n, k)| (self.string(*n), k.0 as u8)).collect();
        extern_prelude.sort_unstable();
        let mut macro_prelude: Vec<_> = data.macro_prelude.iter().map(|(n, d)| (self.string(*n), reference(*d))).collect();
        macro_prelude.sort_unstable();
        Snapshot {
            files,
            defs,
            modules,
            impls: data.impls.iter().map(|d| d.idx).collect(),
            heads,
            extern_prelude,
            macro_prelude,
            prelude: data.prelude.map(reference),
            macro_root: data.macro_root.map(|k| k.0 as u8),
            // Textual scope ends with the crate.
            textual: Vec::new(),
            strings: self.table,
        }
    }

    fn module(&mut self, m: &super::data::ModData) -> Module {
        let names = [Ns::Types, Ns::Values, Ns::Macros].map(|ns| {
            let mut list: Vec<(&str, SnapEntry)> = m.names[ns as usize].iter().map(|(n, e)| (n.as_str(), self.entry(*n, e))).collect();
            list.sort_by_key(|(n, _)| *n);
            list.into_iter().map(|(_, e)| e).collect()
        });
        let mut others: Vec<(&str, u8, SnapEntry)> = Vec::new();
        for ((n, ns), list) in &m.others {
            others.extend(list.iter().map(|e| (n.as_str(), *ns as u8, self.entry(*n, e))));
        }
        others.sort_by_key(|o| (o.0, o.1));
        Module {
            def: m.def,
            parent: m.parent.wrapping_add(1),
            names,
            others: others.into_iter().map(|o| (o.1, o.2)).collect(),
            unnamed: m.unnamed.iter().map(|(d, v)| (reference(*d), vis(*v))).collect(),
            textual: 0,
            incomplete: m.incomplete.is_some(),
        }
    }

    fn entry(&mut self, name: Name, e: &Entry) -> SnapEntry {
        let res = match e.res {
            Res::Def(d) => SnapRes::Def(reference(d)),
            Res::Prim(p) => SnapRes::Prim(prim(p)),
            _ => SnapRes::Unknown,
        };
        (self.string(name), res, vis(e.vis), e.glob != super::data::NONE)
    }
}

fn reference(d: DefId) -> (u8, u32) {
    (d.krate.0 as u8, d.idx)
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

fn snap_head(head: Head) -> SnapHead {
    match head {
        Head::Def(d) => SnapHead::Def(reference(d)),
        Head::Prim(p) => SnapHead::Prim(prim(p)),
        Head::Ref(m) => SnapHead::Ref(m),
        Head::Ptr(m) => SnapHead::Ptr(m),
        Head::Slice => SnapHead::Slice,
        Head::Array => SnapHead::Array,
        Head::Tuple(n) => SnapHead::Tuple(n),
        Head::Fn => SnapHead::Fn,
        Head::Dyn(d) => SnapHead::Dyn(d.map(reference)),
        Head::Param => SnapHead::Param,
        Head::Never => SnapHead::Never,
        Head::Other => SnapHead::Other,
    }
}

/// Facts without what nobody asks of std: positions, most attributes, the text of macros that are used up.
fn slim(facts: &Arc<FileFacts>) -> FileFacts {
    let mut f = FileFacts::clone(facts);
    f.lines = Vec::new();
    f.notices = Vec::new();
    f.directives = Vec::new();
    f.test_cut = Default::default();
    f.bodies = Vec::new();
    f.interface.attrs = Vec::new();
    let kept = |a: &Attr, arena: &crate::facts::Arena| {
        let segs = arena.segs_of(a.path);
        segs.len() == 1 && f.symbols.get(segs[0].name.idx()).is_some_and(|s| KEPT_ATTRIBUTES.contains(&&**s))
    };
    let arena = std::mem::take(&mut f.interface.arena);
    let mut items = std::mem::take(&mut f.interface.items);
    for item in &mut items {
        item.attrs.retain(|a| kept(a, &arena));
        strip(item);
    }
    f.interface.arena = arena;
    f.interface.items = items;
    let arena = &mut f.interface.arena;
    for positions in [&mut arena.expr_pos, &mut arena.pat_pos, &mut arena.seg_pos] {
        positions.fill(0);
    }
    for m in &mut arena.macros {
        m.args_pos = 0;
    }
    drop_symbols(&mut f);
    f
}

fn strip(item: &mut Item) {
    item.pos = 0;
    item.span = (0, 0);
    item.cfg = Vec::new();
    for attr in &mut item.attrs {
        attr.pos = 0;
        if let AttrArgs::List(..) = attr.args {
            attr.args = AttrArgs::None;
        }
    }
    let fields = |fields: &mut crate::facts::Fields| {
        use crate::facts::Fields::{Named, Tuple, Unit};
        match fields {
            Unit => {}
            Tuple(list) | Named(list) => list.iter_mut().for_each(|f| {
                f.attrs = Vec::new();
                f.cfg = Vec::new();
                f.pos = 0;
            }),
        }
    };
    match &mut item.kind {
        ItemKind::Struct { fields: f, .. } | ItemKind::Union { fields: f, .. } => fields(f),
        ItemKind::Enum { variants, .. } => variants.iter_mut().for_each(|v| {
            v.attrs = Vec::new();
            v.cfg = Vec::new();
            v.pos = 0;
            fields(&mut v.fields);
        }),
        ItemKind::Use(leaves) => leaves.iter_mut().for_each(|l| l.pos = 0),
        _ => {}
    }
}

/// Empties the symbols that hold arguments of item macros and rules of macros of the crate's own: all were expanded.
fn drop_symbols(f: &mut FileFacts) {
    for item in &f.interface.items {
        let text = match item.kind {
            ItemKind::MacroCall(m) => f.interface.arena.macros[m.idx()].tokens,
            ItemKind::MacroRules { rules } if !super::link::has_attr(item, f, "macro_export") => rules,
            _ => continue,
        };
        if let Some(s) = f.symbols.get_mut(text.idx()) {
            *s = Box::from("");
        }
    }
}
