//! Summaries: what one body yields to lints and to the global phase. Bodies are inferred in parallel and dropped once summarised.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::catalog::Known;
use crate::facts::ItemKind;
use crate::model::defs::{Defs, Ns};
use crate::model::effects::{self, Cx, Effects, Local, Solved};
use crate::model::fate::{self, Fates};
use crate::model::ids::{DefId, DefKind, FileId};
use crate::model::infer::infer_body;
use crate::model::ty::Types;

/// What one body yields.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The function, constant or static.
    pub owner: DefId,
    /// Its file.
    pub file: FileId,
    /// Its own effects and whom it calls.
    pub local: Local,
    /// What becomes of its errors.
    pub fates: Fates,
}

/// Summaries of all bodies of the workspace, in order of definition.
pub(super) fn summaries(defs: &Defs, known: &Known) -> Vec<Summary> {
    let types = Types::new(defs);
    let owners: Vec<DefId> = defs.members().flat_map(|c| (0..defs.len(c.id)).map(|idx| DefId { krate: c.id, idx })).collect();
    let owners: Vec<DefId> = owners.into_iter().filter(|&d| has_body(defs, d)).collect();
    owners
        .par_iter()
        .filter_map(|&owner| {
            let body = infer_body(&types, owner)?;
            let cx = Cx { defs, types: &types, known };
            let traced = fate::trace(cx, &body);
            let local = effects::local(cx, &body, traced.exits);
            Some(Summary { owner, file: body.file, local, fates: traced.fates })
        })
        .collect()
}

fn has_body(defs: &Defs, def: DefId) -> bool {
    match defs.item(def).map(|(_, item)| &item.kind) {
        Some(ItemKind::Fn(sig)) => sig.body.is_some(),
        Some(ItemKind::Const { body, .. } | ItemKind::Static { body, .. }) => body.is_some(),
        _ => false,
    }
}

/// Effects of every function of the workspace, and of the trait methods they call.
pub(super) fn solve(defs: &Defs, known: &Known, summaries: &[Summary]) -> FxHashMap<DefId, Solved> {
    let locals: FxHashMap<DefId, &Local> = summaries.iter().map(|s| (s.owner, &s.local)).collect();
    let impls = implementors(defs);
    let leaf = |def: DefId| {
        if defs.def(def).kind != DefKind::Fn {
            Effects::PURE
        } else if defs.krate(def.krate).member {
            Effects::UNKNOWN
        } else {
            known.effects(defs, def, None, None)
        }
    };
    effects::solve(&locals, &|def| impls.get(&def).cloned().unwrap_or_default(), &leaf)
}

/// Methods of the workspace's impls, by the trait's method that they implement.
fn implementors(defs: &Defs) -> FxHashMap<DefId, Vec<DefId>> {
    let mut out: FxHashMap<DefId, Vec<DefId>> = FxHashMap::default();
    for krate in defs.members() {
        for head in defs.impl_heads(krate.id) {
            let Some(Ok(of)) = head.of else { continue };
            for &member in defs.children(head.def) {
                if defs.def(member).kind != DefKind::Fn {
                    continue;
                }
                if let Some(method) = defs.member(of, defs.def(member).name, Ns::Values) {
                    out.entry(method).or_default().push(member);
                }
            }
        }
    }
    out
}
