//! Prints that tell of a failure of logging itself: there is no log to say so in.

use crate::facts::{Expr, ExprId, Pat, PatId};
use crate::model::defs::{Defs, Head};
use crate::model::effects::Cx;
use crate::model::fate::tree::{Slot, Source, Tree};
use crate::model::ids::{DefId, DefKind};
use crate::model::summary::is_logging;
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

/// Methods of a Result whose closure runs on failure.
const ON_FAILURE: &[&str] = &["unwrap_or_else", "or_else", "map_err", "inspect_err"];

/// How far a value is followed back.
const MAX_DEPTH: u32 = 12;

/// Whether `here` runs because a call of a crate that logs failed: `if let Err(e) = telemetry.shutdown() { here }`, the arm of a `match`, the closure of
/// `EnvFilter::try_new(text).unwrap_or_else(|e| here)`.
pub(super) fn failed(cx: Cx<'_>, body: &TypedBody, tree: &Tree, parent: ExprRef, here: ExprRef, slot: Slot) -> bool {
    let arena = body.arena(parent.seg);
    let of_logging = |id: ExprId| is_of_logging(cx, body, tree, ExprRef { seg: parent.seg, id }, 0);
    match (arena.exprs[parent.id.idx()], slot) {
        (Expr::If { cond, then, .. }, Slot::Branch) => match arena.exprs[cond.idx()] {
            Expr::Let { pat, scrutinee } => then == here.id && catches_error(body, parent.seg, pat) && of_logging(scrutinee),
            _ => false,
        },
        (Expr::Match { scrutinee, .. }, Slot::Arm(a)) => {
            catches_error(body, parent.seg, arena.arms[a as usize].pat) && of_logging(scrutinee)
        }
        (Expr::MethodCall { recv, seg, .. }, Slot::Arg(_)) => {
            let name = body.str(parent.seg, arena.segs[seg.idx()].name);
            matches!(body.arena(here.seg).exprs[here.id.idx()], Expr::Closure(_)) && ON_FAILURE.contains(&name) && of_logging(recv)
        }
        _ => false,
    }
}

/// Whether a function is part of a logger: a method of a type that implements a logging crate's trait or is one's own, in whichever impl.
pub(super) fn is_of_logger(defs: &Defs, owner: DefId) -> bool {
    let Some(parent) = defs.parent(owner).filter(|p| defs.def(*p).kind == DefKind::Impl) else { return false };
    let heads = defs.impl_heads(parent.krate);
    let logs = |of: Option<Result<DefId, _>>| matches!(of, Some(Ok(of)) if is_logging(defs.krate(of.krate).name.as_str()));
    let Some(own) = heads.iter().find(|h| h.def == parent) else { return false };
    let Head::Def(ty) = own.head else { return logs(own.of) };
    logs(own.of) || is_logging(defs.krate(ty.krate).name.as_str()) || heads.iter().any(|h| h.head == own.head && logs(h.of))
}

/// Whether a type is made of a logging crate's: `Box<dyn Layer<S>>`, `Option<fmt::Layer<S>>`.
fn is_part_of_logger(cx: Cx<'_>, ty: Ty) -> bool {
    let logs = |def: DefId| !cx.defs.krate(def.krate).member && is_logging(cx.defs.krate(def.krate).name.as_str());
    match ty.kind() {
        TyKind::Adt(def, args) => logs(*def) || args.iter().any(|t| is_part_of_logger(cx, *t)),
        TyKind::Dyn(bounds) => bounds.iter().any(|b| logs(b.def)),
        _ => false,
    }
}

/// `Err(..)`.
fn catches_error(body: &TypedBody, seg: u32, pat: PatId) -> bool {
    let arena = body.arena(seg);
    let Pat::TupleStruct { path, .. } = arena.pats[pat.idx()] else { return false };
    arena.segs_of(path).last().is_some_and(|s| body.str(seg, s.name) == "Err")
}

/// Whether a value comes out of a call of a crate that logs, on whatever way.
fn is_of_logging(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let arena = body.arena(e.seg);
    let of_logging = |id: ExprId| is_of_logging(cx, body, tree, ExprRef { seg: e.seg, id }, depth + 1);
    if let TyKind::Adt(def, args) = body.ty(e).kind()
        && Some(*def) == cx.types.lang.result
        && args.first().is_some_and(|made| is_part_of_logger(cx, *made))
    {
        return true;
    }
    let called = || body.callee(e).and_then(|c| c.def).map(|d| cx.defs.krate(d.krate));
    match arena.exprs[e.id.idx()] {
        Expr::Call { .. } => called().is_some_and(|krate| is_logging(krate.name.as_str())),
        Expr::MethodCall { recv, .. } => called().is_some_and(|krate| is_logging(krate.name.as_str()) || !krate.member && of_logging(recv)),
        Expr::Await(inner) | Expr::Try(inner) => of_logging(inner),
        Expr::Block { tail, .. } => tail.is_some() && of_logging(tail),
        Expr::If { then, els, .. } => els.is_some() && of_logging(then) && of_logging(els),
        Expr::Match { arms, .. } => arena.list(arms).iter().all(|&a| of_logging(arena.arms[a as usize].body)),
        Expr::Path(p) => match body.segs[e.seg as usize].paths.get(&p) {
            Some(PathTarget::Local(seg, pat)) => match tree.sources.get(&(*seg, *pat)) {
                Some(&(Source::Expr(init), true)) => is_of_logging(cx, body, tree, init, depth + 1),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}
