//! Prints that are one side of a talk with a person, or the output that was asked for.

use super::{Carries, macro_print, text};
use crate::facts::{BinOp, Expr, ExprId, Lit, Pat, Stmt};
use crate::model::effects::Cx;
use crate::model::fate::tree::{Slot, Tree};
use crate::model::typed::{ExprRef, TypedBody};

/// Crates whose calls put a question to the person at the terminal.
const PROMPTS: &[&str] = &["dialoguer", "inquire", "rpassword", "rustyline", "reedline", "requestty", "promptly"];

/// Whether a body reads what a person types: what it prints beside is the other side of the talk.
pub(super) fn asks_back(cx: Cx<'_>, body: &TypedBody) -> bool {
    let called = body.segs.iter().flat_map(|seg| seg.callees.values()).filter_map(|callee| callee.def);
    called.into_iter().any(|def| {
        let krate = cx.defs.krate(def.krate).name.as_str();
        PROMPTS.contains(&krate) || cx.defs.def(def).name.as_str() == "stdin" && matches!(krate, "std" | "tokio")
    })
}

/// Whether `here` runs because standard output was named (`if file == "-"`, an arm `"-"`) or because a person sits at the terminal.
pub(super) fn asked(body: &TypedBody, parent: ExprRef, here: ExprRef, slot: Slot) -> bool {
    let arena = body.arena(parent.seg);
    match (arena.exprs[parent.id.idx()], slot) {
        (Expr::If { cond, then, .. }, Slot::Branch) => then == here.id && tells_stream(body, ExprRef { seg: parent.seg, id: cond }),
        (Expr::Match { .. }, Slot::Arm(a)) => match arena.pats[arena.arms[a as usize].pat.idx()] {
            Pat::Lit(lit) => is_dash(body, ExprRef { seg: parent.seg, id: lit }),
            _ => false,
        },
        _ => false,
    }
}

/// `file == "-"`, `stdout().is_terminal()`, alone or with more beside.
fn tells_stream(body: &TypedBody, cond: ExprRef) -> bool {
    let arena = body.arena(cond.seg);
    let at = |id: ExprId| ExprRef { seg: cond.seg, id };
    match arena.exprs[cond.id.idx()] {
        Expr::Binary { op: BinOp::And, lhs, rhs } => tells_stream(body, at(lhs)) || tells_stream(body, at(rhs)),
        Expr::Binary { op: BinOp::Eq, lhs, rhs } => is_dash(body, at(lhs)) || is_dash(body, at(rhs)),
        Expr::MethodCall { seg, .. } => body.str(cond.seg, arena.segs[seg.idx()].name) == "is_terminal",
        _ => false,
    }
}

/// `"-"`, as it is or made a path.
fn is_dash(body: &TypedBody, e: ExprRef) -> bool {
    let arena = body.arena(e.seg);
    let at = |id: ExprId| ExprRef { seg: e.seg, id };
    match arena.exprs[e.id.idx()] {
        Expr::Lit(Lit::Str(s)) => body.str(e.seg, s) == "-",
        Expr::Ref { operand, .. } | Expr::Unary { operand, .. } => is_dash(body, at(operand)),
        Expr::Call { args, .. } => arena.exprs_of(args).any(|arg| is_dash(body, at(arg))),
        Expr::MethodCall { recv, .. } => is_dash(body, at(recv)),
        _ => false,
    }
}

/// Least number of empty lines, and of others, in a text that is laid out.
const LAID_OUT: (usize, usize) = (2, 4);

/// Whether a print is one of many in a row, set off by an empty line, more of them between: paragraphs for a person to read, and no events.
pub(super) fn is_laid_out(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef) -> bool {
    let Some((block, Slot::Semi)) = tree.parent(e) else { return false };
    let arena = body.arena(block.seg);
    let Expr::Block { stmts, .. } = arena.exprs[block.id.idx()] else { return false };
    let printed: Vec<Option<ExprRef>> = arena.list(stmts).iter().map(|&s| printed(cx, body, block.seg, arena.stmts[s as usize])).collect();
    let Some(run) = printed.split(Option::is_none).find(|run| run.contains(&Some(e))) else { return false };
    let empty: Vec<bool> = run.iter().flatten().map(|line| text::carries(cx, body, tree, *line) == Carries::Nothing).collect();
    let empties = empty.iter().filter(|empty| **empty).count();
    empty.first() == Some(&true) && empties >= LAID_OUT.0 && empty.len() - empties >= LAID_OUT.1
}

/// The print that a statement is.
fn printed(cx: Cx<'_>, body: &TypedBody, seg: u32, stmt: Stmt) -> Option<ExprRef> {
    let Stmt::Expr { expr: id, .. } = stmt else { return None };
    let e = ExprRef { seg, id };
    let Expr::Macro(m) = body.arena(seg).exprs[id.idx()] else { return None };
    macro_print(cx, body, e, m).map(|_| e)
}
