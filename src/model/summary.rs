//! Summaries: what one body yields to lints and to the global phase. Bodies are inferred in parallel and dropped once summarised.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::Known;
use crate::facts::{Expr, ExprId, ItemKind, Pos};
use crate::model::Counts;
use crate::model::branches::{self, Arm, Branch, Branches};
use crate::model::defs::{Defs, Head, Ns};
use crate::model::effects::{self, Cx, Effects, Local, Solved};
use crate::model::entry::{self, Registrations};
use crate::model::fate::tree::Tree;
use crate::model::fate::{self, Fates};
use crate::model::graph::Edge;
use crate::model::ids::{CrateId, DefId, DefKind, FileId};
use crate::model::infer::infer_body;
use crate::model::prints::{self, Print, Speech};
use crate::model::ty::{TyKind, Types};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

/// What one body yields.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The function, constant or static.
    pub owner: DefId,
    /// Its file.
    pub file: FileId,
    /// It is a static or constant.
    pub is_value: bool,
    /// It is `Drop::drop` of a type.
    pub is_drop: bool,
    /// Its own effects and whom it calls.
    pub local: Local,
    /// What becomes of its errors.
    pub fates: Fates,
    /// Functions it calls or mentions, with the branch they stand in; sorted.
    pub edges: Vec<Edge>,
    /// Functions that it may call: methods of types that are not known, by name alone. Sorted.
    pub loose: Vec<Edge>,
    /// Types of the workspace that it makes values of, with the branch.
    pub makes: Vec<(DefId, Option<Arm>)>,
    /// Branches that may tell commands from serving.
    pub branches: Vec<Branch>,
    /// What it registers.
    pub registrations: Registrations,
    /// What it prints, by position.
    pub prints: Vec<Print>,
    /// Functions that it calls on its way to the end of the process alone.
    pub on_the_way_out: Vec<DefId>,
    /// It reads the command line.
    pub reads_command_line: bool,
    /// What it is for, as far as prints are concerned.
    pub speech: Speech,
    /// Position of the first call that installs a logger.
    pub logger: Option<Pos>,
    /// Of a `main`: where it first calls each function of the workspace.
    pub steps: Vec<(DefId, Pos)>,
    /// How much of it was understood.
    pub counts: Counts,
}

/// Summaries of all bodies of some crates of the workspace, in order of definition.
pub(super) fn summaries(defs: &Defs, known: &Known, mains: &FxHashMap<CrateId, DefId>, crates: &[CrateId]) -> Vec<Summary> {
    let types = Types::new(defs);
    let nameless = methods_of_unknown_types(defs);
    let owners: Vec<DefId> = crates.iter().flat_map(|&krate| (0..defs.len(krate)).map(move |idx| DefId { krate, idx })).collect();
    let owners: Vec<DefId> = owners.into_iter().filter(|&d| has_body(defs, d)).collect();
    owners
        .par_iter()
        .filter_map(|&owner| {
            let body = infer_body(&types, owner)?;
            let cx = Cx { defs, types: &types, known };
            let traced = fate::trace(cx, &body);
            let local = effects::local(cx, &body, traced.exits);
            let tree = Tree::of(&body);
            let ways = Branches::of(cx, &body, &tree);
            let arm = |at: ExprRef| ways.around(at);
            Some(Summary {
                owner,
                file: body.file,
                is_value: defs.def(owner).kind != DefKind::Fn,
                is_drop: fate::is_drop(cx, owner),
                local,
                fates: traced.fates,
                edges: edges(cx, &body, &arm),
                loose: loose(&body, &nameless, &arm),
                makes: makes(cx, &body, &arm),
                registrations: entry::registrations(cx, &body, &tree, &ways),
                prints: prints::prints(cx, &body, &tree, &ways),
                on_the_way_out: prints::on_the_way_out(cx, &body),
                reads_command_line: branches::reads_command_line(cx, &body),
                speech: Speech::of(cx, &body),
                logger: logger(cx, &body),
                steps: if mains.get(&owner.krate) == Some(&owner) { steps(defs, &body) } else { Vec::new() },
                counts: counts(&body),
                branches: ways.into_list(),
            })
        })
        .collect()
}

/// Functions of the workspace that a body calls, calls implicitly, or names as a value.
fn edges(cx: Cx<'_>, body: &TypedBody, arm: &dyn Fn(ExprRef) -> Option<Arm>) -> Vec<Edge> {
    let ours = |d: DefId| cx.defs.krate(d.krate).member && matches!(cx.defs.def(d).kind, DefKind::Fn | DefKind::Static | DefKind::Const);
    let mut out = Vec::new();
    for (n, seg) in body.segs.iter().enumerate() {
        for (&id, callee) in &seg.callees {
            let at = ExprRef { seg: n as u32, id };
            // Where the receiver is known, no other impl of the method is called.
            let method = callee.trait_method.filter(|_| callee.dispatched || callee.def.is_none());
            let called = callee.def.into_iter().chain(method).chain(callee.implied.iter().copied());
            out.extend(called.filter(|d| ours(*d)).map(|to| Edge { to, arm: arm(at) }));
        }
        let arena = body.arena(n as u32);
        // `<Order as Check>::check(&order)` names the trait's method, and calls the impl's.
        let callee_of = |id: ExprId| match arena.exprs[id.idx()] {
            Expr::Call { callee, .. } => callee,
            _ => id,
        };
        let told: FxHashSet<ExprId> = seg.callees.iter().filter(|(_, callee)| callee.def.is_some()).map(|(&id, _)| callee_of(id)).collect();
        for (i, e) in arena.exprs.iter().enumerate() {
            if let Expr::Path(p) = e
                && let Some(PathTarget::Def(to)) = seg.paths.get(p)
                && ours(*to)
                && !told.contains(&ExprId(i as u32))
            {
                out.push(Edge { to: *to, arm: arm(ExprRef { seg: n as u32, id: ExprId(i as u32) }) });
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Methods of impls whose type is not known (it is generated), by name.
fn methods_of_unknown_types(defs: &Defs) -> FxHashMap<String, Vec<DefId>> {
    let mut out: FxHashMap<String, Vec<DefId>> = FxHashMap::default();
    for krate in defs.members() {
        for head in defs.impl_heads(krate.id).iter().filter(|h| h.head == Head::Other && h.of.is_none()) {
            for &method in defs.children(head.def).iter().filter(|m| defs.def(**m).kind == DefKind::Fn) {
                out.entry(defs.def(method).name.as_str().to_owned()).or_default().push(method);
            }
        }
    }
    out
}

/// Calls of methods that could not be found, where such a name is that of a method of an unknown type.
fn loose(body: &TypedBody, nameless: &FxHashMap<String, Vec<DefId>>, arm: &dyn Fn(ExprRef) -> Option<Arm>) -> Vec<Edge> {
    let mut out = Vec::new();
    if nameless.is_empty() {
        return out;
    }
    for seg in 0..body.segs.len() as u32 {
        let arena = body.arena(seg);
        for (i, e) in arena.exprs.iter().enumerate() {
            let at = ExprRef { seg, id: ExprId(i as u32) };
            let Expr::MethodCall { seg: name, .. } = *e else { continue };
            if body.callee(at).is_none_or(|c| c.def.is_none() && c.trait_method.is_none()) {
                let methods = nameless.get(body.str(seg, arena.segs[name.idx()].name));
                out.extend(methods.into_iter().flatten().map(|&to| Edge { to, arm: arm(at) }));
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Types of the workspace that a body makes values of: struct literals, and constructors called or named.
fn makes(cx: Cx<'_>, body: &TypedBody, arm: &dyn Fn(ExprRef) -> Option<Arm>) -> Vec<(DefId, Option<Arm>)> {
    let mut out = Vec::new();
    for (n, seg) in body.segs.iter().enumerate() {
        for (i, e) in body.arena(n as u32).exprs.iter().enumerate() {
            let at = ExprRef { seg: n as u32, id: ExprId(i as u32) };
            let made = match e {
                Expr::Struct { .. } => match body.ty(at).kind() {
                    TyKind::Adt(def, _) => Some(*def),
                    _ => None,
                },
                Expr::Path(p) => match seg.paths.get(p) {
                    Some(PathTarget::Def(d)) if cx.defs.def(*d).kind == DefKind::Struct => Some(*d),
                    Some(PathTarget::Def(d)) if cx.defs.def(*d).kind == DefKind::Variant => cx.defs.parent(*d),
                    // `Self(..)`.
                    Some(PathTarget::Ty(ty)) => match ty.kind() {
                        TyKind::Adt(def, _) => Some(*def),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            };
            out.extend(made.filter(|d| cx.defs.krate(d.krate).member).map(|d| (d, arm(at))));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Where a body first calls each function of the workspace, by function.
fn steps(defs: &Defs, body: &TypedBody) -> Vec<(DefId, Pos)> {
    let mut out = Vec::new();
    for (n, seg) in body.segs.iter().enumerate() {
        for (&id, callee) in &seg.callees {
            if let Some(def) = callee.def.filter(|d| defs.krate(d.krate).member) {
                out.push((def, body.pos(ExprRef { seg: n as u32, id })));
            }
        }
    }
    out.sort_unstable();
    out.dedup_by_key(|(def, _)| *def);
    out
}

/// Crates that set up logging: a call of theirs whose name says so installs the logger.
const LOGGERS: &[&str] = &[
    "tracing_subscriber",
    "tracing",
    "tracing_core",
    "log",
    "env_logger",
    "pretty_env_logger",
    "simple_logger",
    "simplelog",
    "flexi_logger",
    "fern",
    "log4rs",
    "stderrlog",
    "slog",
    "slog_scope",
    "slog_stdlog",
    "tracing_log",
    "sentry",
    "color_eyre",
    "console_subscriber",
];

/// Whether a crate sets up logging, or sends traces away.
pub(super) fn is_logging(krate: &str) -> bool {
    LOGGERS.contains(&krate) || krate.starts_with("opentelemetry")
}

fn logger(cx: Cx<'_>, body: &TypedBody) -> Option<Pos> {
    let mut first = None;
    for (n, seg) in body.segs.iter().enumerate() {
        for (&id, callee) in &seg.callees {
            let Some(def) = callee.def else { continue };
            let name = cx.defs.def(def).name.as_str();
            let installs = name.starts_with("init")
                || name.starts_with("try_init")
                || name.starts_with("set_global_default")
                || name.starts_with("set_logger")
                || name == "set_boxed_logger"
                || name == "apply"
                || name == "start";
            if installs && LOGGERS.contains(&cx.defs.krate(def.krate).name.as_str()) {
                let pos = body.pos(ExprRef { seg: n as u32, id });
                first = Some(first.map_or(pos, |f: Pos| f.min(pos)));
            }
        }
    }
    first
}

fn counts(body: &TypedBody) -> Counts {
    let mut out = Counts { bodies: 1, ..Counts::default() };
    for (n, seg) in body.segs.iter().enumerate() {
        let arena = body.arena(n as u32);
        for (id, callee) in &seg.callees {
            if !matches!(arena.exprs[id.idx()], Expr::Call { .. } | Expr::MethodCall { .. }) {
                continue;
            }
            out.calls += 1;
            // A call of a local closure or function pointer is known by its type.
            match (callee.def, callee.cause) {
                (None, Some(cause)) if callee.recv.is_none_or(|t| t.cause().is_some()) || cause != crate::model::ty::Cause::NotInferred => {
                    *out.calls_unknown.entry(cause.as_str().to_owned()).or_default() += 1;
                }
                _ => out.calls_resolved += 1,
            }
        }
        out.macros_unread += seg.macros.values().filter(|m| m.cause.is_some()).count() as u64;
    }
    out
}

fn has_body(defs: &Defs, def: DefId) -> bool {
    match defs.item(def).map(|(_, item)| &item.kind) {
        Some(ItemKind::Fn(sig)) => sig.body.is_some(),
        Some(ItemKind::Const { body, .. } | ItemKind::Static { body, .. }) => body.is_some(),
        _ => false,
    }
}

/// Effects of every function of the workspace, and of the trait methods they call.
pub(super) fn solve(defs: &Defs, known: &Known, summaries: &[Summary], impls: &FxHashMap<DefId, Vec<DefId>>) -> FxHashMap<DefId, Solved> {
    let locals: FxHashMap<DefId, &Local> = summaries.iter().map(|s| (s.owner, &s.local)).collect();
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
pub(super) fn implementors(defs: &Defs) -> FxHashMap<DefId, Vec<DefId>> {
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

/// The type of the workspace that each method of a trait's impl belongs to, where no derive makes values of it unseen.
pub(super) fn self_types(defs: &Defs) -> FxHashMap<DefId, DefId> {
    let mut out = FxHashMap::default();
    for krate in defs.members() {
        for head in defs.impl_heads(krate.id) {
            let (Head::Def(ty), Some(_)) = (head.head, head.of) else { continue };
            let seen = |ty: DefId| defs.krate(ty.krate).member && matches!(defs.def(ty).kind, DefKind::Struct | DefKind::Enum);
            if seen(ty) && !is_made_unseen(defs, ty) {
                out.extend(defs.children(head.def).iter().map(|&method| (method, ty)));
            }
        }
    }
    out
}

/// Whether a derive makes values of a type.
pub(super) fn is_made_unseen(defs: &Defs, ty: DefId) -> bool {
    defs.derives(ty).iter().any(|d| MAKERS.contains(&d.path.rsplit("::").next().unwrap_or_default()))
}

/// Derives by which values come to be that no body makes.
const MAKERS: &[&str] = &["Default", "Deserialize", "Parser", "Args", "Subcommand", "ValueEnum", "FromArgs", "StructOpt", "FromRow"];
