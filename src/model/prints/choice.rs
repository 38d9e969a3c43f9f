//! Prints whose destination was chosen: the same is logged, or goes to the other stream, on another way of the choice, or the type that prints is one of
//! several that could be told to.

use std::collections::BTreeSet;

use super::{is_record, macro_print, text};
use crate::facts::{Expr, ExprId, MacroShape, PatId, Stmt};
use crate::model::effects::Cx;
use crate::model::fate::trait_of;
use crate::model::fate::tree::{Slot, Source, Tree};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

/// Whether another way of the choice in which `here` is one logs the same values as the print `e`, or the same words, or prints them to the other stream:
/// `if log_enabled!(..) { error!("{e}") } else { eprintln!("{e}") }`.
pub(super) fn is_told_otherwise(cx: Cx<'_>, body: &TypedBody, e: ExprRef, parent: ExprRef, here: ExprRef, slot: Slot) -> bool {
    let others = other_ways(body, parent, here, slot);
    let printed = if others.is_empty() { None } else { said(body, e) };
    let stream = stream(cx, body, e);
    let elsewhere = |x: ExprRef| is_record_here(cx, body, x) || self::stream(cx, body, x).is_some_and(|other| Some(other) != stream);
    printed.is_some() && others.into_iter().flat_map(|way| told(body, way, &elsewhere)).any(|other| said(body, other) == printed)
}

/// The other branches of an `if`, the other arms of a `match`.
fn other_ways(body: &TypedBody, parent: ExprRef, here: ExprRef, slot: Slot) -> Vec<ExprRef> {
    let arena = body.arena(parent.seg);
    let ways: Vec<ExprId> = match (arena.exprs[parent.id.idx()], slot) {
        (Expr::If { then, els, .. }, Slot::Branch) => std::iter::once(then).chain(els.get()).collect(),
        (Expr::Match { arms, .. }, Slot::Arm(_)) => arena.list(arms).iter().map(|&arm| arena.arms[arm as usize].body).collect(),
        _ => return Vec::new(),
    };
    ways.into_iter().filter(|id| *id != here.id).map(|id| ExprRef { seg: parent.seg, id }).collect()
}

/// Standard streams.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

/// The stream of a printing macro.
fn stream(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> Option<Stream> {
    let Expr::Macro(m) = body.arena(e.seg).exprs[e.id.idx()] else { return None };
    match macro_print(cx, body, e, m)? {
        "print" | "println" => Some(Stream::Output),
        "eprint" | "eprintln" => Some(Stream::Error),
        _ => None,
    }
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

fn is_record_here(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> bool {
    matches!(body.arena(e.seg).exprs[e.id.idx()], Expr::Macro(m) if is_record(cx, body, e, m))
}

/// The statements of a branch that fit.
fn told(body: &TypedBody, e: ExprRef, fits: &dyn Fn(ExprRef) -> bool) -> Vec<ExprRef> {
    let arena = body.arena(e.seg);
    match arena.exprs[e.id.idx()] {
        Expr::Macro(_) if fits(e) => vec![e],
        Expr::Block { stmts, tail, .. } => {
            let of_stmt = |&s: &u32| match arena.stmts[s as usize] {
                Stmt::Expr { expr, .. } => Some(expr),
                _ => None,
            };
            let inner = arena.list(stmts).iter().filter_map(of_stmt).chain(tail.get());
            inner.flat_map(|id| told(body, ExprRef { seg: e.seg, id }, fits)).collect()
        }
        _ => Vec::new(),
    }
}
