//! Makes the shipped table of the std family from rust-src, with the linker of this very crate: item macros are expanded here, once.

use std::path::Path;
use std::sync::Arc;

use super::crates::STD_FAMILY;
use super::files::FileSource;
use super::snapshot::Packer;
use super::{CrateInfo, Defs};
use crate::discover::TargetKind;
use crate::facts::{Attr, AttrArgs, FileFacts, Item, ItemKind, Sym};
use crate::model::ids::{CrateId, Name};

/// Attributes that something after the link asks for.
const KEPT_ATTRIBUTES: [&str; 9] = [
    "derive",
    "rustc_builtin_macro",
    "macro_export",
    "lang",
    "fundamental",
    "must_use",
    "deprecated",
    "rustc_paren_sugar",
    "rustc_diagnostic_item",
];

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
    let defs = Defs::of_crates(library_crates(library), FileSource::Filtered(readable));
    let mut blocks: Vec<u8> = Vec::new();
    let mut snapshots: Vec<Vec<u8>> = Vec::new();
    let mut summary = Vec::new();
    let family: Vec<CrateId> = (0..STD_FAMILY.len()).map(|i| CrateId(i as u32)).collect();
    for &krate in &family {
        let data = defs.data(krate);
        // Heads of impls are asked for in every run.
        defs.impl_heads(krate);
        let made = Packer::new(data, library, family.clone(), slim).pack(&mut blocks).ok_or("a path of the library is not Unicode")?;
        if made.crates.len() > family.len() {
            return Err("the std family refers to other crates".to_owned());
        }
        let bytes = postcard::to_allocvec(&made.snapshot).map_err(|e| e.to_string())?;
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
    const REWRITTEN: [(&str, &str); 12] = [
        ("[const] ", ""),
        ("~const ", ""),
        ("impl const ", "impl "),
        ("const impl", "impl"),
        ("const unsafe impl", "unsafe impl"),
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

fn library_crates(library: &Path) -> Vec<CrateInfo> {
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
        elsewhere: Vec::new(),
    };
    STD_FAMILY.iter().enumerate().map(info).collect()
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
        m.places = crate::facts::List::EMPTY;
    }
    drop_used_up(&mut f);
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

/// Drops the arguments of item macros and the rules of macros of the crate's own: all were expanded. A symbol's text goes only where it is long:
/// short ones (`u64`) may be names as well.
pub(super) fn drop_used_up(f: &mut FileFacts) {
    const LONG: usize = 64;
    let mut used_up = Vec::new();
    let exported: Vec<bool> = f.interface.items.iter().map(|item| super::link::has_attr(item, f, "macro_export")).collect();
    for (item, exported) in f.interface.items.iter_mut().zip(exported) {
        let text = match &mut item.kind {
            ItemKind::MacroCall(m) => &mut f.interface.arena.macros[m.idx()].tokens,
            ItemKind::MacroRules { rules } if !exported => rules,
            _ => continue,
        };
        used_up.push(std::mem::replace(text, Sym::NONE));
    }
    for sym in used_up {
        if let Some(text) = f.symbols.get_mut(sym.idx()).filter(|text| text.len() > LONG) {
            *text = Box::from("");
        }
    }
}
