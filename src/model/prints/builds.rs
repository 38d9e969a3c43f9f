//! Which builds a print is part of.

use crate::facts::{Cfg, Expr, Sym};
use crate::model::defs::Defs;
use crate::model::fate::tree::Slot;
use crate::model::ids::DefId;
use crate::model::typed::{ExprRef, TypedBody};

/// Parts of a cargo feature's name by which it says that it is for trying the program out.
const TRIALS: &[&str] = &["test", "tests", "testing", "debug", "debugging", "dev", "bench"];

/// Whether code is compiled for debugging or tests alone.
fn says_debug<'a>(cfg: &Cfg, text: &dyn Fn(Sym) -> &'a str) -> bool {
    match cfg {
        Cfg::Flag(s) => text(*s) == "debug_assertions",
        Cfg::KeyValue(key, value) => text(*key) == "feature" && text(*value).split(['-', '_']).any(|part| TRIALS.contains(&part)),
        Cfg::All(inner) => inner.iter().any(|c| says_debug(c, text)),
        Cfg::Any(ways) => !ways.is_empty() && ways.iter().all(|c| says_debug(c, text)),
        _ => false,
    }
}

pub(super) fn debug_cfg(body: &TypedBody, e: ExprRef) -> bool {
    body.arena(e.seg).cfgs.iter().any(|(id, c)| *id == e.id && says_debug(c, &|s| body.str(e.seg, s)))
}

/// The function or something around it exists in debug builds alone.
pub(super) fn owner_debug_only(defs: &Defs, owner: DefId) -> bool {
    let mut at = Some(owner);
    while let Some(def) = at {
        if let Some((facts, item)) = defs.item(def)
            && item.cfg.iter().any(|c| says_debug(c, &|s| &*facts.symbols[s.idx()]))
        {
            return true;
        }
        at = defs.parent(def);
    }
    false
}

/// `if cfg!(debug_assertions) { .. }`.
pub(super) fn debug_branch(body: &TypedBody, parent: ExprRef, slot: Slot) -> bool {
    let arena = body.arena(parent.seg);
    let Expr::If { cond, .. } = arena.exprs[parent.id.idx()] else { return false };
    let Expr::Macro(m) = arena.exprs[cond.idx()] else { return false };
    let call = &arena.macros[m.idx()];
    let is_cfg = arena.segs_of(call.path).last().is_some_and(|s| body.str(parent.seg, s.name) == "cfg");
    slot == Slot::Branch && is_cfg && call.tokens.is_some() && body.str(parent.seg, call.tokens).trim() == "debug_assertions"
}
