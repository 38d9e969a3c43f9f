//! The local part: what one body does itself.

use super::{Cx, Effects, ErrorExits, Local};
use crate::catalog::schema::MacroKind;
use crate::facts::Expr;
use crate::model::ids::{DefId, DefKind};
use crate::model::typed::{Callee, Segment, TypedBody};

/// Effects of a body's own macros and calls, closures and async blocks included; `exits` as the tracing of its Results found them.
pub fn local(cx: Cx<'_>, body: &TypedBody, exits: ErrorExits) -> Local {
    let mut out = Local { exits, ..Local::default() };
    for (at, seg) in body.segs.iter().enumerate() {
        let arena = body.arena(at as u32);
        for (expr, callee) in &seg.callees {
            let call = matches!(arena.exprs[expr.idx()], Expr::Call { .. } | Expr::MethodCall { .. });
            add_callee(cx, callee, call, &mut out);
        }
        add_macros(cx, seg, &mut out);
    }
    out.calls.sort_unstable();
    out.calls.dedup();
    out
}

fn add_callee(cx: Cx<'_>, callee: &Callee, call: bool, out: &mut Local) {
    match callee.def {
        Some(def) => add_function(cx, def, callee, out),
        // An operator that did not resolve computes; a call that did not resolve may do anything.
        None if call => out.own |= Effects::UNKNOWN,
        None => {}
    }
    for def in &callee.implied {
        if cx.defs.krate(def.krate).member && cx.defs.def(*def).kind == DefKind::Fn {
            out.calls.push(*def);
        }
    }
}

fn add_function(cx: Cx<'_>, def: DefId, callee: &Callee, out: &mut Local) {
    if cx.defs.def(def).kind != DefKind::Fn {
        return;
    }
    if cx.defs.krate(def.krate).member {
        out.calls.push(def);
        return;
    }
    out.own |= cx.known.effects(cx.defs, def, callee.trait_method, callee.recv);
}

fn add_macros(cx: Cx<'_>, seg: &Segment, out: &mut Local) {
    for target in seg.macros.values() {
        if target.expansion.is_some() {
            continue;
        }
        let Some(def) = target.def else {
            out.own |= Effects::UNKNOWN;
            continue;
        };
        out.own |= match cx.known.macro_row(cx.defs, def) {
            Some(row) => row.effect.as_ref().map_or(Effects::PURE, |n| crate::catalog::effects(n.get_ref())) | of_kind(row.kind),
            None => Effects::UNKNOWN,
        };
    }
}

/// What the kind of a macro implies.
fn of_kind(kind: MacroKind) -> Effects {
    match kind {
        MacroKind::Log => Effects::LOG,
        MacroKind::Metric => Effects::METRIC,
        MacroKind::Print => Effects::STDIO,
        _ => Effects::PURE,
    }
}

/// Effects of a function that has no body in the workspace.
pub fn leaf(cx: Cx<'_>, def: DefId) -> Effects {
    if cx.defs.def(def).kind != DefKind::Fn {
        return Effects::PURE;
    }
    if cx.defs.krate(def.krate).member {
        return Effects::UNKNOWN;
    }
    cx.known.effects(cx.defs, def, None, None)
}
