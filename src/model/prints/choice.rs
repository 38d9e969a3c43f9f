//! Prints whose destination was chosen: the same is logged on the other way of an `if`, or the type that prints is one of several that could be told to.

use std::collections::BTreeSet;

use super::{is_record, text};
use crate::facts::{Expr, ExprId, MacroShape, PatId, Stmt};
use crate::model::effects::Cx;
use crate::model::fate::trait_of;
use crate::model::fate::tree::{Slot, Source, Tree};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

/// Whether the other branch of the `if` in whose branch `here` is logs the same values as the print `e`, or the same words:
/// `if log_enabled!(..) { error!("{e}") } else { eprintln!("{e}") }`.
pub(super) fn is_logged_otherwise(cx: Cx<'_>, body: &TypedBody, e: ExprRef, parent: ExprRef, here: ExprRef, slot: Slot) -> bool {
    let Expr::If { then, els, .. } = body.arena(parent.seg).exprs[parent.id.idx()] else { return false };
    if slot != Slot::Branch || els.is_none() {
        return false;
    }
    let other = ExprRef { seg: parent.seg, id: if then == here.id { els } else { then } };
    let printed = said(body, e);
    printed.is_some() && records(cx, body, other).into_iter().any(|record| said(body, record) == printed)
}

/// Whether a print in a method of a trait of the workspace repeats what the caller gives and says no more: `fn line(&self, text: &str) { println!("{text}") }`.
pub(super) fn repeats_its_caller(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef) -> bool {
    let is_own_trait = |owner| trait_of(cx, owner).is_some_and(|of| cx.defs.krate(of.krate).member);
    let Expr::Macro(m) = body.arena(e.seg).exprs[e.id.idx()] else { return false };
    let MacroShape::Format { template, .. } = &body.arena(e.seg).macros[m.idx()].shape else { return false };
    let wordless = template.get().is_none_or(|t| text::is_wordless(body.str(e.seg, t)));
    let is_given = |local: &(u32, PatId)| matches!(tree.sources.get(local), Some((Source::Param, _)));
    let given = || values(body, e).is_some_and(|locals| !locals.is_empty() && locals.iter().all(is_given));
    is_own_trait(body.owner) && wordless && given()
}

/// Variables by segment and pattern.
type Variables = BTreeSet<(u32, PatId)>;

/// What a print or record tells: the variables, or its words where it has none. `None` where that cannot be told.
fn said(body: &TypedBody, e: ExprRef) -> Option<(Variables, Option<String>)> {
    let arena = body.arena(e.seg);
    let Expr::Macro(m) = arena.exprs[e.id.idx()] else { return None };
    let template = match &arena.macros[m.idx()].shape {
        MacroShape::Format { template, .. } | MacroShape::Event { template, .. } => *template,
        _ => return None,
    };
    let values = values(body, e)?;
    let words = if values.is_empty() { Some(body.str(e.seg, template.get()?).to_owned()) } else { None };
    Some((values, words))
}

/// The variables whose values a print or record carries; `None` if it carries more.
fn values(body: &TypedBody, e: ExprRef) -> Option<Variables> {
    let arena = body.arena(e.seg);
    let Expr::Macro(m) = arena.exprs[e.id.idx()] else { return None };
    let carried: Vec<ExprId> = match &arena.macros[m.idx()].shape {
        MacroShape::Format { args, captures, .. } => arena.exprs_of(*args).chain(arena.exprs_of(*captures)).collect(),
        MacroShape::Event { fields, captures, args, .. } => {
            let fields = arena.list(*fields).chunks_exact(2).map(|field| ExprId(field[1]));
            fields.chain(arena.exprs_of(*args)).chain(arena.exprs_of(*captures)).collect()
        }
        _ => return None,
    };
    carried.into_iter().map(|id| variable(body, ExprRef { seg: e.seg, id })).collect()
}

/// The variable that a value is, or is made of by methods: `text`, `&error`, `error.to_string()`.
fn variable(body: &TypedBody, e: ExprRef) -> Option<(u32, PatId)> {
    let of = |id: ExprId| variable(body, ExprRef { seg: e.seg, id });
    match body.arena(e.seg).exprs[e.id.idx()] {
        Expr::Ref { operand, .. } | Expr::Unary { operand, .. } => of(operand),
        Expr::MethodCall { recv, .. } => of(recv),
        Expr::Path(p) => match body.segs[e.seg as usize].paths.get(&p)? {
            PathTarget::Local(seg, pat) => Some((*seg, *pat)),
            _ => None,
        },
        _ => None,
    }
}

/// The log records that are the statements of a branch.
fn records(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> Vec<ExprRef> {
    let arena = body.arena(e.seg);
    match arena.exprs[e.id.idx()] {
        Expr::Macro(m) if is_record(cx, body, e, m) => vec![e],
        Expr::Block { stmts, tail, .. } => {
            let of_stmt = |&s: &u32| match arena.stmts[s as usize] {
                Stmt::Expr { expr, .. } => Some(expr),
                _ => None,
            };
            let inner = arena.list(stmts).iter().filter_map(of_stmt).chain(tail.get());
            inner.flat_map(|id| records(cx, body, ExprRef { seg: e.seg, id })).collect()
        }
        _ => Vec::new(),
    }
}
