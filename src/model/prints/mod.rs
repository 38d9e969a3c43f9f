//! Prints: where a body writes to standard output or error, and what stands around it.

use crate::catalog::schema::MacroKind;
use crate::facts::{Expr, ExprId, ItemKind, MacroId, MacroShape, Pos, Stmt, TypeRef};
use crate::model::branches::{Arm, Branches, ends_process, last};
use crate::model::effects::{Cx, Effects};
use crate::model::fate::trait_of;
use crate::model::fate::tree::{Slot, Source, Tree};
use crate::model::ids::{DefId, DefKind};
use crate::model::summary::is_logging;
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

mod builds;
mod choice;
mod logging;
mod speech;
mod text;

/// One print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// `println`, `dbg`, .. or the method that writes (`write_all`, `write_fmt`).
    pub what: &'static str,
    /// Macro of the workspace that it comes out of.
    pub through: Option<DefId>,
    /// Token of the macro or method.
    pub pos: Pos,
    /// What its text carries.
    pub carries: Carries,
    /// How many lines it has at least.
    pub lines: u32,
    /// Only in builds for debugging or tests.
    pub debug_only: bool,
    /// Inside the closure of a panic hook.
    pub panic_hook: bool,
    /// It tells that logging itself failed.
    pub of_logging: bool,
    /// It passes on what somebody else writes: a method of an impl of `Write` or `AsyncWrite`.
    pub passes_on: bool,
    /// Where it goes was chosen: on another way of the same choice it is logged or goes to the other stream, or another type would have been told.
    pub chosen: bool,
    /// It was asked for by the name of standard output (`-`), or is for the person at a terminal.
    pub asked: bool,
    /// One line of a text set out in paragraphs for a person to read.
    pub laid_out: bool,
    /// Followed, other prints aside, by the end of the process.
    pub before_exit: bool,
    /// Followed, other prints aside, by a panic.
    pub before_panic: bool,
    /// Followed, other prints aside, by the return of an error (or a plain `return`).
    pub before_return: bool,
    /// The branch it stands in.
    pub arm: Option<Arm>,
}

impl Print {
    /// Whether it shows the program's name, version or picture (a text of many lines: nobody logs one), or its licence.
    pub fn greets(&self) -> bool {
        self.carries == Carries::Identity || self.lines >= PICTURE
    }
    /// Whether it tells more than words.
    pub fn carries_values(&self) -> bool {
        self.carries == Carries::Values
    }
}

const PICTURE: u32 = 4;

/// What a function is for, as far as prints are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Speech {
    /// It is part of a logger.
    pub logs: bool,
    /// It reads what a person types.
    pub asks_back: bool,
    /// It exists in builds for debugging or tests alone.
    pub debug_only: bool,
    /// It returns a Result.
    pub fails: bool,
    /// It is called for what it does alone: it returns nothing, or a Result of nothing.
    pub gives_nothing: bool,
}

impl Speech {
    /// Of a body.
    pub(crate) fn of(cx: Cx<'_>, body: &TypedBody) -> Speech {
        Speech {
            logs: logging::is_of_logger(cx.defs, body.owner),
            asks_back: speech::asks_back(cx, body),
            debug_only: builds::owner_debug_only(cx.defs, body.owner),
            fails: given(cx, body.owner).is_some_and(|ret| result_of(cx, ret).is_some()),
            gives_nothing: given(cx, body.owner).is_some_and(|ret| is_unit(result_of(cx, ret).unwrap_or(ret))),
        }
    }
}

/// What a function gives, once awaited.
fn given(cx: Cx<'_>, owner: DefId) -> Option<Ty> {
    (cx.defs.def(owner).kind == DefKind::Fn).then(|| cx.types.sig(owner).body_ret)
}

/// What a Result holds that did not fail.
fn result_of(cx: Cx<'_>, ty: Ty) -> Option<Ty> {
    match ty.kind() {
        TyKind::Adt(def, args) if Some(*def) == cx.types.lang.result => args.first().copied(),
        _ => None,
    }
}

fn is_unit(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Tuple(of) if of.is_empty())
}

/// What a printed text carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// Nothing but space and line ends.
    Nothing,
    /// Words alone.
    Words,
    /// The program's name or version.
    Identity,
    /// Values.
    Values,
}

const MACROS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];
const WRITERS: &[&str] = &["write_all", "write", "write_fmt", "write_str"];

/// Finds the prints of a body.
pub(crate) fn prints(cx: Cx<'_>, body: &TypedBody, tree: &Tree, branches: &Branches<'_>) -> Vec<Print> {
    let mut out = Vec::new();
    for seg in 0..body.segs.len() as u32 {
        let arena = body.arena(seg);
        for (i, e) in arena.exprs.iter().enumerate() {
            let at = ExprRef { seg, id: ExprId(i as u32) };
            let what = match *e {
                Expr::Macro(m) => macro_print(cx, body, at, m).filter(|what| *what != "write_fmt" || writes_directly(cx, body, tree, at)),
                Expr::MethodCall { .. } => stream_write(cx, body, tree, at),
                _ => None,
            };
            if let Some(what) = what {
                out.push(print(cx, body, tree, branches, at, what));
            }
        }
    }
    out.sort_by_key(|p| p.pos);
    out.dedup_by(|a, b| a.pos == b.pos && a.through.is_some());
    out
}

fn in_std(cx: Cx<'_>, def: DefId) -> bool {
    let krate = cx.defs.krate(def.krate);
    krate.pkg.is_none() && matches!(krate.name.as_str(), "core" | "alloc" | "std")
}

fn macro_print(cx: Cx<'_>, body: &TypedBody, at: ExprRef, m: MacroId) -> Option<&'static str> {
    let target = body.segs[at.seg as usize].macros.get(&m)?;
    let def = target.def.filter(|d| in_std(cx, *d))?;
    let name = cx.defs.def(def).name.as_str();
    if let Some(what) = MACROS.iter().find(|n| **n == name) {
        return Some(what);
    }
    // `writeln!(io::stderr(), ..)`.
    let writes = matches!(name, "write" | "writeln");
    (writes && body.callee(at).is_some_and(|c| c.recv.is_some_and(|t| is_stream(cx, t)))).then_some("write_fmt")
}

fn stream_write(cx: Cx<'_>, body: &TypedBody, tree: &Tree, at: ExprRef) -> Option<&'static str> {
    let callee = body.callee(at)?;
    let name = cx.defs.def(callee.trait_method.or(callee.def)?).name.as_str();
    let what = WRITERS.iter().find(|w| **w == name)?;
    (is_stream(cx, callee.recv?) && writes_directly(cx, body, tree, at)).then_some(what)
}

/// Whether the stream that is written to was taken here: one that a value holds (a field, a variant) was chosen elsewhere, among others.
fn writes_directly(cx: Cx<'_>, body: &TypedBody, tree: &Tree, at: ExprRef) -> bool {
    let arena = body.arena(at.seg);
    let stream = match arena.exprs[at.id.idx()] {
        Expr::MethodCall { recv, .. } => Some(recv),
        Expr::Macro(m) => match arena.macros[m.idx()].shape {
            MacroShape::Format { args, .. } => arena.exprs_of(args).next(),
            _ => None,
        },
        _ => None,
    };
    stream.is_none_or(|id| taken_here(cx, body, tree, ExprRef { seg: at.seg, id }, 0))
}

fn taken_here(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef, depth: u32) -> bool {
    let inner = |id: ExprId| taken_here(cx, body, tree, ExprRef { seg: e.seg, id }, depth + 1);
    match body.arena(e.seg).exprs[e.id.idx()] {
        _ if depth > MAX_DEPTH => true,
        Expr::Ref { operand, .. } | Expr::Unary { operand, .. } => inner(operand),
        Expr::Try(of) | Expr::Await(of) => inner(of),
        Expr::MethodCall { recv, .. } => !is_stream(cx, body.ty(ExprRef { seg: e.seg, id: recv })) || inner(recv),
        Expr::Field { .. } | Expr::Index { .. } => false,
        Expr::Path(p) => match body.segs[e.seg as usize].paths.get(&p) {
            Some(PathTarget::Local(seg, pat)) => match tree.sources.get(&(*seg, *pat)) {
                Some(&(Source::Expr(init), whole)) => whole && taken_here(cx, body, tree, init, depth + 1),
                _ => true,
            },
            _ => true,
        },
        _ => true,
    }
}

/// How far a value is followed back.
const MAX_DEPTH: u32 = 12;

/// A standard stream, locked or not, of any runtime, or a buffer around one.
fn is_stream(cx: Cx<'_>, ty: Ty) -> bool {
    cx.known.type_effects(cx.defs, ty).any(Effects::STDIO)
}

fn print(cx: Cx<'_>, body: &TypedBody, tree: &Tree, branches: &Branches<'_>, at: ExprRef, what: &'static str) -> Print {
    let mut p = Print {
        what,
        through: through(body, at),
        pos: body.pos(at),
        carries: text::carries(cx, body, tree, at),
        lines: text::lines(cx, body, tree, at),
        debug_only: builds::owner_debug_only(cx.defs, body.owner),
        panic_hook: false,
        of_logging: false,
        passes_on: passes_on(cx, body.owner),
        chosen: choice::repeats_its_caller(cx, body, tree, at),
        asked: false,
        laid_out: speech::is_laid_out(cx, body, tree, at),
        before_exit: false,
        before_panic: false,
        before_return: false,
        arm: branches.around(at),
    };
    let mut here = at;
    p.debug_only |= builds::debug_cfg(body, here);
    while let Some((parent, slot)) = tree.parent(here) {
        p.debug_only |= builds::debug_cfg(body, parent) || builds::debug_branch(body, parent, slot);
        p.asked |= speech::asked(body, parent, here, slot);
        // `exit(match run() { Err(e) => { eprintln!(..); 2 } .. })`.
        p.before_exit |= matches!(slot, Slot::Arg(_)) && ends_process(cx, body, parent);
        if let Some(after) = what_follows(cx, body, tree, parent, here, slot) {
            p.before_exit |= after == After::Exit;
            p.before_panic |= after == After::Panic;
            p.before_return |= after == After::Return;
        }
        p.chosen |= choice::is_told_otherwise(cx, body, at, parent, here, slot);
        p.of_logging |= logging::failed(cx, body, tree, parent, here, slot);
        if slot == Slot::Closure {
            p.panic_hook |= hook_closure(cx, body, tree, parent);
            p.before_return |= error_closure(body, tree, parent);
        }
        here = parent;
    }
    p
}

/// Whether a function is a writer's own: what it writes somebody else chose.
fn passes_on(cx: Cx<'_>, owner: DefId) -> bool {
    trait_of(cx, owner).is_some_and(|of| !cx.defs.krate(of.krate).member && matches!(cx.defs.def(of).name.as_str(), "Write" | "AsyncWrite"))
}

/// The workspace's macro whose expansion holds an expression.
fn through(body: &TypedBody, at: ExprRef) -> Option<DefId> {
    let mut seg = at.seg;
    let mut found = None;
    while let crate::model::typed::SegSource::Expansion { call, .. } = &body.segs[seg as usize].source {
        found = body.segs[call.0 as usize].macros.get(&call.1).and_then(|m| m.def);
        seg = call.0;
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Exit,
    Panic,
    Return,
}

/// What comes after a statement in its block, other prints and log records aside.
fn what_follows(cx: Cx<'_>, body: &TypedBody, tree: &Tree, block: ExprRef, here: ExprRef, slot: Slot) -> Option<After> {
    let (rest, tail) = rest_of_block(body, block, here, slot)?;
    let arena = body.arena(block.seg);
    // After a step that works, no more than an end of the process counts.
    let mut worked = false;
    for e in rest {
        if ends_process(cx, body, e) {
            return Some(After::Exit);
        }
        match arena.exprs[e.id.idx()] {
            Expr::Return(_) if !worked => return Some(After::Return),
            Expr::Macro(m) if !worked && panics(cx, body, e, m) => return Some(After::Panic),
            // `bail!(..)`.
            Expr::Macro(m) if !worked && returns_error(cx, body, e, m) => return Some(After::Return),
            _ if only_tells(cx, body, e) || tidies_up(cx, body, e) => {}
            // `usage();` in a branch. What the body itself does next may be all of the program's work.
            _ if !is_body(tree, block) && is_bare_call(cx, body, e) => worked = true,
            _ if worked => return None,
            // What was found out before is what the function returns, failed or not.
            Expr::Path(_) if Some(e.id) == tail && is_body(tree, block) && is_result(cx, body, e) => return Some(After::Return),
            Expr::Call { callee, .. } if Some(e.id) == tail && is_err(cx, body, ExprRef { seg: e.seg, id: callee }) => {
                return Some(After::Return);
            }
            _ => return None,
        }
    }
    None
}

/// A call of a function of the workspace that is given nothing and waits for nothing: `usage()`, `usage().unwrap()`.
fn is_bare_call(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> bool {
    let arena = body.arena(e.seg);
    match arena.exprs[e.id.idx()] {
        Expr::MethodCall { recv, .. } => is_bare_call(cx, body, ExprRef { seg: e.seg, id: recv }),
        Expr::Call { args, .. } => {
            arena.list(args).is_empty() && body.callee(e).and_then(|c| c.def).is_some_and(|d| cx.defs.krate(d.krate).member)
        }
        _ => false,
    }
}

/// The expressions that come after a statement in its block, and the block's value.
fn rest_of_block(body: &TypedBody, block: ExprRef, here: ExprRef, slot: Slot) -> Option<(Vec<ExprRef>, Option<ExprId>)> {
    let arena = body.arena(block.seg);
    let Expr::Block { stmts, tail, .. } = arena.exprs[block.id.idx()] else { return None };
    if here.seg != block.seg || slot == Slot::Tail {
        return None;
    }
    let list = arena.list(stmts);
    let at = list.iter().position(|&s| match arena.stmts[s as usize] {
        Stmt::Expr { expr, .. } => expr == here.id,
        Stmt::Let { init, .. } => init == here.id,
        Stmt::Item(_) => false,
    })?;
    let rest = list[at + 1..].iter().filter_map(|&s| match arena.stmts[s as usize] {
        Stmt::Expr { expr, .. } => Some(expr),
        _ => None,
    });
    Some((rest.chain(tail.get()).map(|id| ExprRef { seg: block.seg, id }).collect(), tail.get()))
}

/// Whether an expression is a print or a log record, or an `if` around such.
fn only_tells(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> bool {
    let arena = body.arena(e.seg);
    let tells = |id: ExprId| only_tells(cx, body, ExprRef { seg: e.seg, id });
    match arena.exprs[e.id.idx()] {
        Expr::Macro(m) => macro_print(cx, body, e, m).is_some() || is_record(cx, body, e, m),
        Expr::If { then, els, .. } => tells(then) && els.get().is_none_or(tells),
        Expr::Block { stmts, tail, .. } => {
            let inner = |&s: &u32| matches!(arena.stmts[s as usize], Stmt::Expr { expr, .. } if tells(expr));
            arena.list(stmts).iter().all(inner) && tail.get().is_none_or(tells)
        }
        _ => false,
    }
}

/// Functions that a function which never returns (`fn quit(..) -> !`) calls on its way to the end of the process.
pub(crate) fn on_the_way_out(cx: Cx<'_>, body: &TypedBody) -> Vec<DefId> {
    let never = cx.defs.item(body.owner).is_some_and(|(facts, item)| match &item.kind {
        ItemKind::Fn(sig) => sig.ret.get().is_some_and(|ret| facts.interface.arena.types[ret.idx()] == TypeRef::Never),
        _ => false,
    });
    let root = ExprRef { seg: 0, id: body.facts.bodies[body.body.idx()].root };
    if !never || !last(body, root).is_some_and(|e| ends_process(cx, body, e)) {
        return Vec::new();
    }
    let called = body.segs.iter().flat_map(|seg| seg.callees.values()).filter_map(|callee| callee.def);
    let mut out: Vec<DefId> = called.filter(|d| cx.defs.krate(d.krate).member).collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn panics(cx: Cx<'_>, body: &TypedBody, e: ExprRef, m: MacroId) -> bool {
    let def = body.segs[e.seg as usize].macros.get(&m).and_then(|target| target.def);
    def.is_some_and(|d| in_std(cx, d) && matches!(cx.defs.def(d).name.as_str(), "panic" | "unreachable" | "todo" | "unimplemented"))
}

fn returns_error(cx: Cx<'_>, body: &TypedBody, e: ExprRef, m: MacroId) -> bool {
    let def = body.segs[e.seg as usize].macros.get(&m).and_then(|target| target.def);
    def.and_then(|d| cx.known.macro_row(cx.defs, d)).is_some_and(|row| row.kind == MacroKind::ReturnsError)
}

/// `error!(..)` and its like.
fn is_record(cx: Cx<'_>, body: &TypedBody, e: ExprRef, m: MacroId) -> bool {
    let def = body.segs[e.seg as usize].macros.get(&m).and_then(|target| target.def);
    def.is_some_and(|d| is_logging(cx.defs.krate(d.krate).name.as_str()))
}

/// Whether a block is a function's own.
fn is_body(tree: &Tree, block: ExprRef) -> bool {
    tree.parent(block).is_none()
}

fn is_result(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> bool {
    matches!(body.ty(e).kind(), TyKind::Adt(def, _) if Some(*def) == cx.types.lang.result)
}

/// `drop(guard)`, `telemetry.shutdown().await?`: what is done on the way out, and only where the way out follows.
fn tidies_up(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> bool {
    let inside = |id: ExprId| ExprRef { seg: e.seg, id };
    match body.arena(e.seg).exprs[e.id.idx()] {
        Expr::Try(inner) | Expr::Await(inner) => tidies_up(cx, body, inside(inner)),
        Expr::Lit(_) => true,
        Expr::Call { .. } | Expr::MethodCall { .. } => {
            let called = body.callee(e).and_then(|c| c.trait_method.or(c.def));
            called.is_some_and(|d| matches!(cx.defs.def(d).name.as_str(), "drop" | "flush" | "shutdown" | "close" | "abort"))
        }
        _ => false,
    }
}

fn is_err(cx: Cx<'_>, body: &TypedBody, callee: ExprRef) -> bool {
    matches!(body.ty(callee).kind(), TyKind::FnDef(d, _) if in_std(cx, *d) && cx.defs.def(*d).name.as_str() == "Err")
}

/// Whether a closure is handed to `panic::set_hook`, boxed or not.
fn hook_closure(cx: Cx<'_>, body: &TypedBody, tree: &Tree, closure: ExprRef) -> bool {
    let mut here = closure;
    for _ in 0..3 {
        let Some((parent, Slot::Arg(_))) = tree.parent(here) else { return false };
        if let Some(def) = body.callee(parent).and_then(|c| c.def)
            && cx.defs.def(def).name.as_str() == "set_hook"
            && !cx.defs.krate(def.krate).member
        {
            return true;
        }
        here = parent;
    }
    false
}

/// Whether a closure is given an error that then leaves the function: `.map_err(|e| ..)?`.
fn error_closure(body: &TypedBody, tree: &Tree, closure: ExprRef) -> bool {
    let Some((call, Slot::Arg(_))) = tree.parent(closure) else { return false };
    let Expr::MethodCall { seg, .. } = body.arena(call.seg).exprs[call.id.idx()] else { return false };
    let takes_error = matches!(body.str(call.seg, body.arena(call.seg).segs[seg.idx()].name), "map_err" | "inspect_err");
    let after = tree.parent(call);
    let leaves =
        |(parent, slot): (ExprRef, Slot)| slot == Slot::Return || matches!(body.arena(parent.seg).exprs[parent.id.idx()], Expr::Try(_));
    takes_error && after.is_some_and(leaves)
}
