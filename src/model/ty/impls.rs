//! Indexes of impls: by trait and head of `Self`, and inherent members by head and name.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Ty, TyKind, Types};
use crate::model::defs::Head;
use crate::model::ids::{CrateId, DefId, DefKind, Name};

/// Impls of one crate.
#[derive(Debug, Default)]
pub struct ImplIndex {
    inherent: FxHashMap<Head, Inherent>,
    of_trait: FxHashMap<(DefId, Head), Vec<DefId>>,
    blanket: FxHashMap<DefId, Vec<DefId>>,
}

/// Inherent impls for a head, and their members by name once one is asked for.
#[derive(Debug, Default)]
struct Inherent {
    impls: Vec<DefId>,
    members: OnceLock<Members>,
}

/// Members of impls or traits, by name. There is such a table for each module, so it is one flat list, sorted; members of one name stand in the
/// order in which they were found.
#[derive(Debug, Default)]
pub struct Members(Box<[Member]>);

/// A member: name, impl or trait, and itself.
pub(crate) type Member = (Name, DefId, DefId);

impl Members {
    fn new(mut all: Vec<Member>) -> Members {
        all.sort_by_key(|m| m.0);
        Members(all.into())
    }
    /// Members of that name.
    fn named(&self, name: Name) -> &[Member] {
        let rest = &self.0[self.0.partition_point(|m| m.0 < name)..];
        &rest[..rest.iter().take_while(|m| m.0 == name).count()]
    }
}

/// Outermost constructor of a type; `None` for types that only blanket impls cover.
pub fn head_of(ty: Ty) -> Option<Head> {
    Some(match ty.kind() {
        TyKind::Adt(d, _) => Head::Def(*d),
        TyKind::Prim(p) => Head::Prim(*p),
        TyKind::Ref(m, _) => Head::Ref(*m),
        TyKind::Ptr(m, _) => Head::Ptr(*m),
        TyKind::Slice(_) => Head::Slice,
        TyKind::Array(_) => Head::Array,
        TyKind::Tuple(t) => Head::Tuple(t.len() as u32),
        TyKind::FnPtr(..) => Head::Fn,
        TyKind::Never => Head::Never,
        TyKind::Dyn(b) => Head::Dyn(b.first().map(|b| b.def)),
        _ => return None,
    })
}

impl Types<'_> {
    /// The index of a crate.
    pub fn impls(&self, krate: CrateId) -> &'static ImplIndex {
        self.memo(|c| &c.impls, DefId { krate, idx: 0 }, || self.make_impls(krate))
    }

    fn make_impls(&self, krate: CrateId) -> ImplIndex {
        let mut index = ImplIndex::default();
        for h in self.defs.impl_heads(krate) {
            if h.negative {
                continue;
            }
            let head = match h.head {
                Head::Def(d) if self.defs.def(d).kind == DefKind::TypeAlias => head_of(self.impl_self(h.def)),
                Head::Param | Head::Other => None,
                other => Some(other),
            };
            match (h.of, head) {
                (Some(Err(_)), _) => {}
                (Some(Ok(tr)), Some(head)) => index.of_trait.entry((tr, head)).or_default().push(h.def),
                (Some(Ok(tr)), None) => index.blanket.entry(tr).or_default().push(h.def),
                (None, Some(head)) => index.inherent.entry(head).or_default().impls.push(h.def),
                (None, None) => {}
            }
        }
        index
    }

    /// Impls of a trait that could cover a self type, by the orphan rule in the crates of the trait, the type and the trait's arguments.
    pub(crate) fn impl_candidates(&self, tr: DefId, self_ty: Ty, args: &[Ty]) -> Vec<DefId> {
        let mut crates = vec![tr.krate];
        for &t in std::iter::once(&self_ty).chain(args) {
            crates_in(t, &mut crates, 0);
        }
        let head = head_of(self_ty);
        let mut out = Vec::new();
        for k in crates {
            let index = self.impls(k);
            if let Some(h) = head {
                out.extend(index.of_trait.get(&(tr, h)).into_iter().flatten().copied());
            }
            out.extend(index.blanket.get(&tr).into_iter().flatten().copied());
        }
        out
    }

    /// Members of that name in inherent impls for a head: impl and member.
    pub(crate) fn inherent_members(&self, head: Head, name: Name) -> Vec<(DefId, DefId)> {
        let of_crate = |krate: CrateId| {
            let inherent = self.impls(krate).inherent.get(&head)?;
            Some(inherent.members.get_or_init(|| self.members_by_name(&inherent.impls)).named(name))
        };
        let of_member = |m: &Member| (m.1, m.2);
        match head {
            Head::Def(d) | Head::Dyn(Some(d)) => of_crate(d.krate).into_iter().flatten().map(of_member).collect(),
            _ => self.std_crates.iter().filter_map(|&k| of_crate(k)).flatten().map(of_member).collect(),
        }
    }

    /// Constants and functions of impls by name, in the order of the impls; of several under one name in an impl the first.
    fn members_by_name(&self, impls: &[DefId]) -> Members {
        let of_impl = |&imp: &DefId| self.defs.children(imp).iter().map(move |&m| (imp, m));
        let all = impls.iter().flat_map(of_impl).map(|(imp, m)| (self.defs.def(m), imp, m));
        let mut all: Vec<Member> = all.filter(|(def, ..)| def.kind != DefKind::TypeAlias).map(|(def, imp, m)| (def.name, imp, m)).collect();
        all.sort_by_key(|m| m.0);
        all.dedup_by_key(|m| (m.0, m.1));
        Members::new(all)
    }

    /// Traits visible in a module that have a method or constant of that name.
    pub(crate) fn scope_members(&self, scope: crate::model::defs::Scope, name: Name) -> &'static [Member] {
        let table = self.memo(
            |c| &c.scope_members,
            scope.module,
            || {
                let mut all = Vec::new();
                let plain = crate::model::defs::Scope { module: scope.module, owner: None };
                let mut seen = FxHashSet::default();
                for &tr in self.defs.traits_in_scope(plain).iter() {
                    if !seen.insert(tr) {
                        continue;
                    }
                    for &m in self.defs.children(tr) {
                        if matches!(self.defs.def(m).kind, DefKind::Fn | DefKind::Const) {
                            all.push((self.defs.def(m).name, tr, m));
                        }
                    }
                }
                Members::new(all)
            },
        );
        table.named(name)
    }
}

/// Crates of the types inside a type.
fn crates_in(ty: Ty, out: &mut Vec<CrateId>, depth: u32) {
    let mut add = |k: CrateId| {
        if !out.contains(&k) {
            out.push(k);
        }
    };
    match ty.kind() {
        TyKind::Adt(d, args) => {
            add(d.krate);
            if depth < 3 {
                args.iter().for_each(|&a| crates_in(a, out, depth + 1));
            }
        }
        TyKind::Dyn(bounds) => bounds.iter().for_each(|b| add(b.def.krate)),
        TyKind::Ref(_, t) | TyKind::Ptr(_, t) | TyKind::Slice(t) | TyKind::Array(t) if depth < 3 => crates_in(*t, out, depth + 1),
        TyKind::Tuple(ts) if depth < 3 => ts.iter().for_each(|&t| crates_in(t, out, depth + 1)),
        _ => {}
    }
}
