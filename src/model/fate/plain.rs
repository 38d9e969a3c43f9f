//! Values that are always written as JSON: text, numbers, lists and maps of such, structs and enums with a plain derive.

use super::trace::Tracer;
use crate::facts::{Attr, AttrArg, AttrArgs, Fields, FileFacts, ItemKind};
use crate::model::ids::{DefId, DefKind};
use crate::model::ty::{Ty, TyKind};

/// Functions that fail on what a value's own code refuses, and on keys that are no text.
const WRITES: &[&str] = &["to_value", "to_string", "to_string_pretty", "to_vec", "to_vec_pretty"];
/// Values of other crates that write themselves, with what they hold.
const VALUES: &[&str] = &[
    "alloc::string::String",
    "alloc::vec::Vec",
    "alloc::boxed::Box",
    "alloc::borrow::Cow",
    "alloc::sync::Arc",
    "alloc::rc::Rc",
    "alloc::collections::vec_deque::VecDeque",
    "alloc::collections::btree::set::BTreeSet",
    "std::collections::hash::set::HashSet",
    "core::option::Option",
    "core::time::Duration",
    "serde_json::value::Value",
    "serde_json::map::Map",
    "serde_json::number::Number",
    "uuid::Uuid",
    "url::Url",
    "chrono::datetime::DateTime",
    "chrono::offset::utc::Utc",
    "chrono::naive::date::NaiveDate",
    "chrono::naive::datetime::NaiveDateTime",
];
/// Maps: what their keys are decides.
const MAPS: &[&str] = &["std::collections::hash::map::HashMap", "alloc::collections::btree::map::BTreeMap"];
/// Words of `serde` attributes behind which other code, or another shape, stands.
const OTHER_CODE: &[&str] = &["with", "serialize_with", "into", "tag", "flatten", "remote"];
const MAX_DEPTH: usize = 12;

impl Tracer<'_> {
    /// Whether a function writes JSON and cannot fail on a value of this type.
    pub(super) fn writes_for_sure(&self, def: DefId, value: Ty) -> bool {
        let path = self.cx.defs.path(def);
        let named = path.strip_prefix("serde_json::").is_some_and(|rest| rest.rsplit("::").next().is_some_and(|n| WRITES.contains(&n)));
        named && self.is_plain(value, &mut Vec::new())
    }

    fn is_plain(&self, ty: Ty, seen: &mut Vec<DefId>) -> bool {
        match ty.kind() {
            TyKind::Prim(_) => true,
            TyKind::Ref(_, inner) | TyKind::Array(inner) | TyKind::Slice(inner) => self.is_plain(*inner, seen),
            TyKind::Tuple(parts) => parts.iter().all(|&t| self.is_plain(t, seen)),
            // What stands for it is asked for at the type's own arguments.
            TyKind::Param(..) => !seen.is_empty(),
            TyKind::Adt(def, args) if self.cx.defs.krate(def.krate).member => {
                args.iter().all(|&t| self.is_plain(t, seen)) && self.is_plainly_derived(*def, seen)
            }
            TyKind::Adt(def, args) => {
                let path = self.cx.defs.path(*def);
                let key = || args.first().is_some_and(|k| self.is_text(*k));
                (VALUES.contains(&path.as_str()) || MAPS.contains(&path.as_str()) && key())
                    && args.iter().all(|&t| self.is_plain(t, seen) || self.is_zone(t))
            }
            _ => false,
        }
    }

    fn is_text(&self, ty: Ty) -> bool {
        match ty.strip_refs().kind() {
            TyKind::Prim(_) => true,
            TyKind::Adt(def, _) => matches!(self.cx.defs.path(*def).as_str(), "alloc::string::String" | "uuid::Uuid"),
            _ => false,
        }
    }

    /// Hashers and time zones are not written.
    fn is_zone(&self, ty: Ty) -> bool {
        matches!(ty.kind(), TyKind::Adt(def, _) if !self.cx.defs.krate(def.krate).member
            && matches!(self.cx.defs.def(*def).name.as_str(), "RandomState" | "Global" | "Local" | "FixedOffset" | "BuildHasherDefault"))
    }

    fn is_plainly_derived(&self, def: DefId, seen: &mut Vec<DefId>) -> bool {
        if seen.contains(&def) {
            return true;
        }
        let Some((facts, item)) = self.cx.defs.item(def) else { return false };
        let derived = self.cx.defs.derives(def).iter().any(|d| d.path.rsplit("::").next() == Some("Serialize"));
        if !derived || seen.len() > MAX_DEPTH || other_code(facts, &item.attrs) {
            return false;
        }
        let lists: Vec<&Fields> = match &item.kind {
            ItemKind::Struct { fields, .. } => vec![fields],
            ItemKind::Enum { variants, .. } => variants.iter().map(|v| &v.fields).collect(),
            _ => return false,
        };
        let attributed = lists.iter().any(|fields| match fields {
            Fields::Tuple(list) | Fields::Named(list) => list.iter().any(|f| other_code(facts, &f.attrs)),
            Fields::Unit => false,
        });
        seen.push(def);
        let variants = self.cx.defs.children(def).iter().copied().filter(|&d| self.cx.defs.def(d).kind == DefKind::Variant);
        let mut owners = std::iter::once(def).filter(|_| matches!(item.kind, ItemKind::Struct { .. })).chain(variants);
        !attributed && owners.all(|owner| self.cx.types.fields(owner).iter().all(|f| self.is_plain(f.ty, seen)))
    }
}

/// Whether attributes name code that writes the value, or another shape for it.
fn other_code(facts: &FileFacts, attrs: &[Attr]) -> bool {
    attrs.iter().any(|attr| match &attr.args {
        AttrArgs::List(args, _) => args.iter().any(|arg| match arg {
            AttrArg::Word(word) | AttrArg::Named(word, _) | AttrArg::Nested(word, _) => OTHER_CODE.contains(&&*facts.symbols[word.idx()]),
            AttrArg::Lit(_) => false,
        }),
        AttrArgs::Paths(paths) => paths.iter().any(|&path| {
            let last = facts.interface.arena.segs_of(path).last().map(|s| &*facts.symbols[s.name.idx()]);
            last.is_some_and(|word| OTHER_CODE.contains(&word))
        }),
        _ => false,
    })
}
