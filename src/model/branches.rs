//! Branches that tell commands from serving: arms of a `match` over what the command line says or over an enum of the workspace, and sides of an `if` that
//! asks the command line. Which of them lead to serving only the graph knows.

use rustc_hash::FxHashMap;

use crate::facts::{Arena, Expr, ExprId, Lit, Pat, PatId, Stmt};
use crate::model::effects::Cx;
use crate::model::fate::tree::{Slot, Source, Tree};
use crate::model::ids::{DefId, DefKind};
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

/// A branch of a body: index in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arm(pub u32);

/// One of several ways that a body takes instead of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The branch around it.
    pub parent: Option<Arm>,
    /// Number of its `match` or `if`: the same for all ways of one choice.
    pub choice: u32,
    /// The command line is what decides, not just some enum.
    pub command_line: bool,
    /// It is sure to be a way of its own: an arm of a `match`, or a side of an `if` after which the function ends.
    pub apart: bool,
    /// The process ends at its end.
    pub ends: bool,
    /// It is a call of this function, after which the body ends if it says so: the command line decides if the function reads it.
    pub asks: Option<DefId>,
}

/// Branches of a body.
pub(crate) struct Branches<'a> {
    tree: &'a Tree,
    list: Vec<Branch>,
    /// By the expression of the branch.
    by_expr: FxHashMap<ExprRef, Arm>,
}

impl<'a> Branches<'a> {
    /// Reads them off a body.
    pub(crate) fn of(cx: Cx<'_>, body: &TypedBody, tree: &'a Tree) -> Branches<'a> {
        let mut out = Branches { tree, list: Vec::new(), by_expr: FxHashMap::default() };
        for seg in 0..body.segs.len() as u32 {
            for (n, e) in body.arena(seg).exprs.iter().enumerate() {
                let at = |id| ExprRef { seg, id };
                match *e {
                    Expr::Match { scrutinee, arms } => {
                        let command_line =
                            asks_command_line(cx, body, at(scrutinee), 0) || chooses_by_word(cx, body, tree, at(ExprId(n as u32)));
                        if command_line || is_own_enum(cx, body.ty(at(scrutinee))) {
                            let arms = body.arena(seg).list(arms).iter().map(|&a| at(body.arena(seg).arms[a as usize].body));
                            out.add(cx, body, arms, command_line, &|_| true);
                        }
                    }
                    Expr::If { cond, then, els } if asks_command_line(cx, body, at(cond), 0) => {
                        let sides = [Some(then), els.get()].into_iter().flatten().map(at);
                        out.add(cx, body, sides, true, &|side| leaves(cx, body, side));
                    }
                    // `if answered(&arguments)? { return }`: what is asked does the command.
                    Expr::If { cond, then, .. } if leaves(cx, body, at(then)) => {
                        let given = hands_over_command_line(cx, body, at(cond));
                        let asked = asked_function(cx, body, at(cond)).filter(|_| !given);
                        if given || asked.is_some() {
                            out.add(cx, body, std::iter::once(at(cond)), given, &|_| true);
                            if let Some(way) = out.list.last_mut() {
                                way.asks = asked;
                            }
                        } else if stands_in_command(cx, body, tree, at(ExprId(n as u32))) {
                            out.add(cx, body, std::iter::once(at(then)), true, &|_| true);
                        }
                    }
                    _ => {}
                }
            }
        }
        out.set_parents();
        out
    }

    fn add(
        &mut self,
        cx: Cx<'_>,
        body: &TypedBody,
        ways: impl Iterator<Item = ExprRef>,
        command_line: bool,
        apart: &dyn Fn(ExprRef) -> bool,
    ) {
        let choice = self.list.len() as u32;
        for way in ways {
            self.by_expr.insert(way, Arm(self.list.len() as u32));
            let ends = last(body, way).is_some_and(|e| ends_process(cx, body, e));
            self.list.push(Branch { parent: None, choice, command_line, apart: apart(way), ends, asks: None });
        }
    }

    fn set_parents(&mut self) {
        let parents: Vec<(Arm, Option<Arm>)> = self.by_expr.iter().map(|(e, arm)| (*arm, self.above(*e))).collect();
        for (arm, parent) in parents {
            self.list[arm.0 as usize].parent = parent;
        }
    }

    fn above(&self, e: ExprRef) -> Option<Arm> {
        self.tree.parent(e).and_then(|(parent, _)| self.around(parent))
    }

    /// The innermost branch that an expression stands in.
    pub(crate) fn around(&self, e: ExprRef) -> Option<Arm> {
        if self.by_expr.is_empty() {
            return None;
        }
        let mut here = e;
        loop {
            if let Some(arm) = self.by_expr.get(&here) {
                return Some(*arm);
            }
            here = self.tree.parent(here)?.0;
        }
    }

    /// The list that arms are indices of.
    pub(crate) fn into_list(self) -> Vec<Branch> {
        self.list
    }
}

/// Whether an expression asks what the command line says: a type that its parser makes, or a field of one.
fn asks_command_line(cx: Cx<'_>, body: &TypedBody, e: ExprRef, depth: u32) -> bool {
    if is_command_type(cx, body.ty(e)) {
        return true;
    }
    let asks = |id: ExprId| asks_command_line(cx, body, ExprRef { seg: e.seg, id }, depth + 1);
    match body.arena(e.seg).exprs[e.id.idx()] {
        _ if depth > 6 => false,
        Expr::Let { scrutinee: inner, .. }
        | Expr::Field { base: inner, .. }
        | Expr::Unary { operand: inner, .. }
        | Expr::Ref { operand: inner, .. } => asks(inner),
        Expr::MethodCall { recv, .. } => asks(recv),
        Expr::Binary { lhs, rhs, .. } => asks(lhs) || asks(rhs),
        _ => false,
    }
}

/// Whether a `match` chooses by a word of the command line as it was given: `match env::args().nth(1).as_deref() { Some("version") => .. }`.
fn chooses_by_word(cx: Cx<'_>, body: &TypedBody, tree: &Tree, choice: ExprRef) -> bool {
    let arena = body.arena(choice.seg);
    let Expr::Match { scrutinee, arms } = arena.exprs[choice.id.idx()] else { return false };
    let names_word = |&arm: &u32| has_word(arena, arena.arms[arm as usize].pat);
    arena.list(arms).iter().any(names_word) && is_raw_argument(cx, body, tree, ExprRef { seg: choice.seg, id: scrutinee }, 0)
}

/// Whether a pattern holds a text.
fn has_word(arena: &Arena, pat: PatId) -> bool {
    match arena.pats[pat.idx()] {
        Pat::Lit(lit) => matches!(arena.exprs[lit.idx()], Expr::Lit(Lit::Str(_))),
        Pat::TupleStruct { pats, .. } | Pat::Or(pats) => arena.pats_of(pats).any(|p| has_word(arena, p)),
        Pat::Ref { inner, .. } => has_word(arena, inner),
        _ => false,
    }
}

/// Whether a value comes from `env::args()`, by methods, indexing and names.
fn is_raw_argument(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef, depth: u32) -> bool {
    let of = |e: ExprRef| depth <= MAX_STEPS && is_raw_argument(cx, body, tree, e, depth + 1);
    let inside = |id: ExprId| of(ExprRef { seg: e.seg, id });
    match body.arena(e.seg).exprs[e.id.idx()] {
        Expr::Call { .. } => {
            let called = body.callee(e).and_then(|c| c.def).map(|d| cx.defs.path(d));
            matches!(called.as_deref(), Some("std::env::args" | "std::env::args_os"))
        }
        Expr::MethodCall { recv: inner, .. }
        | Expr::Field { base: inner, .. }
        | Expr::Index { base: inner, .. }
        | Expr::Unary { operand: inner, .. }
        | Expr::Ref { operand: inner, .. } => inside(inner),
        Expr::Path(p) => match body.segs[e.seg as usize].paths.get(&p) {
            Some(PathTarget::Local(seg, pat)) => match tree.sources.get(&(*seg, *pat)) {
                Some(&(Source::Expr(from) | Source::Items(from), _)) => of(from),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// How far a value is followed back.
const MAX_STEPS: u32 = 12;

/// Whether a place is reached by what the command line says alone: inside the first side of an `if` that asks it.
fn stands_in_command(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef) -> bool {
    let asks = |(parent, slot): (ExprRef, Slot)| match body.arena(parent.seg).exprs[parent.id.idx()] {
        Expr::If { cond, .. } => slot == Slot::Branch && asks_command_line(cx, body, ExprRef { seg: parent.seg, id: cond }, 0),
        _ => false,
    };
    tree.ancestors(e).any(asks)
}

/// Whether an expression is a call that is given what the command line says.
fn hands_over_command_line(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> bool {
    let arena = body.arena(e.seg);
    let at = |id| ExprRef { seg: e.seg, id };
    match arena.exprs[e.id.idx()] {
        Expr::Try(inner) | Expr::Await(inner) => hands_over_command_line(cx, body, at(inner)),
        Expr::Call { args, .. } => arena.exprs_of(args).any(|arg| is_command_type(cx, body.ty(at(arg)))),
        _ => false,
    }
}

/// The function of the workspace that an expression calls without an argument.
fn asked_function(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> Option<DefId> {
    let arena = body.arena(e.seg);
    match arena.exprs[e.id.idx()] {
        Expr::Try(inner) | Expr::Await(inner) => asked_function(cx, body, ExprRef { seg: e.seg, id: inner }),
        Expr::Call { args, .. } if arena.list(args).is_empty() => {
            body.callee(e).and_then(|c| c.def).filter(|d| cx.defs.krate(d.krate).member && cx.defs.def(*d).kind == DefKind::Fn)
        }
        _ => None,
    }
}

/// Whether a body reads the command line with clap's builder.
pub(crate) fn reads_command_line(cx: Cx<'_>, body: &TypedBody) -> bool {
    let called = body.segs.iter().flat_map(|seg| seg.callees.values()).filter_map(|c| c.trait_method.or(c.def));
    called.into_iter().any(|d| {
        let parses = matches!(cx.defs.def(d).name.as_str(), "get_matches" | "try_get_matches" | "parse" | "try_parse");
        parses && matches!(cx.defs.krate(d.krate).name.as_str(), "clap" | "clap_builder")
    })
}

/// A type (or an Option, reference or tuple of one) that derives a command-line parser.
fn is_command_type(cx: Cx<'_>, ty: Ty) -> bool {
    match ty.strip_refs().kind() {
        TyKind::Adt(def, args) => {
            if cx.defs.krate(def.krate).member && matches!(cx.defs.def(*def).kind, DefKind::Enum | DefKind::Struct) {
                let derives = cx.defs.derives(*def);
                return derives.iter().any(|d| match d.def {
                    Some(m) => matches!(
                        cx.defs.krate(m.krate).name.as_str(),
                        "clap_derive" | "clap" | "structopt" | "structopt_derive" | "argh" | "argh_derive" | "bpaf"
                    ),
                    None => matches!(d.path.rsplit("::").next(), Some("Subcommand" | "Parser" | "StructOpt" | "FromArgs")),
                });
            }
            if cx.defs.def(*def).name.as_str() == "ArgMatches" {
                return matches!(cx.defs.krate(def.krate).name.as_str(), "clap" | "clap_builder");
            }
            Some(*def) == cx.types.lang.option && args.first().is_some_and(|t| is_command_type(cx, *t))
        }
        TyKind::Tuple(ts) => ts.iter().any(|t| is_command_type(cx, *t)),
        _ => false,
    }
}

fn is_own_enum(cx: Cx<'_>, ty: Ty) -> bool {
    matches!(ty.strip_refs().kind(), TyKind::Adt(def, _) if cx.defs.krate(def.krate).member && cx.defs.def(*def).kind == DefKind::Enum)
}

/// Whether the function ends at the end of a branch.
fn leaves(cx: Cx<'_>, body: &TypedBody, branch: ExprRef) -> bool {
    let Some(e) = last(body, branch) else { return false };
    matches!(body.arena(e.seg).exprs[e.id.idx()], Expr::Return(_)) || ends_process(cx, body, e)
}

/// The last thing that a branch does.
pub(crate) fn last(body: &TypedBody, branch: ExprRef) -> Option<ExprRef> {
    let arena = body.arena(branch.seg);
    let id = match arena.exprs[branch.id.idx()] {
        Expr::Block { stmts, tail, .. } => tail.get().or_else(|| match arena.list(stmts).last().map(|&s| arena.stmts[s as usize]) {
            Some(Stmt::Expr { expr, .. }) => Some(expr),
            _ => None,
        })?,
        _ => branch.id,
    };
    Some(ExprRef { seg: branch.seg, id })
}

/// Whether an expression is the end of the process: a call that does not come back, or the exit code of a failure.
pub(crate) fn ends_process(cx: Cx<'_>, body: &TypedBody, e: ExprRef) -> bool {
    let direct = body.callee(e).and_then(|c| c.def).is_some_and(|d| cx.known.function(cx.defs, d).is_some_and(|r| r.exits));
    if direct {
        return true;
    }
    match body.arena(e.seg).exprs[e.id.idx()] {
        // `quit(error)`, where `fn quit(..) -> !`.
        Expr::Call { .. } | Expr::MethodCall { .. } if matches!(body.ty(e).kind(), TyKind::Never) => true,
        Expr::Return(v) if v.is_some() => ends_process(cx, body, ExprRef { seg: e.seg, id: v }),
        // `ExitCode::from(2)`, `error.exit_code().into()`.
        Expr::Call { .. } | Expr::MethodCall { .. } => {
            let made = body.callee(e).and_then(|c| c.trait_method.or(c.def)).map(|d| cx.defs.def(d).name.as_str());
            matches!(made, Some("from" | "into"))
                && matches!(body.ty(e).kind(), TyKind::Adt(d, _) if cx.defs.path(*d) == "std::process::ExitCode")
        }
        Expr::Path(p) => {
            matches!(body.segs[e.seg as usize].paths.get(&p), Some(PathTarget::Def(d)) if cx.defs.path(*d) == "std::process::ExitCode::FAILURE")
        }
        _ => false,
    }
}
