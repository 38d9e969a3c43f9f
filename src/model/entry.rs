//! Entry points: where the world enters the workspace's code, read from catalog rows. The seventh framework is a data change.

use rustc_hash::FxHashMap;

use crate::catalog::Known;
use crate::catalog::schema::{AttributeKind, EntryKind};
use crate::discover::TargetKind;
use crate::facts::{AttrArg, AttrArgs, Expr, ExprId, Lit, Pos};
use crate::model::branches::{Arm, Branches};
use crate::model::defs::{Defs, Ns, Res};
use crate::model::effects::Cx;
use crate::model::fate::tree::{Slot, Tree};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, kw};
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{Callee, ExprRef, TypedBody};

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    /// What enters.
    pub kind: Way,
    /// HTTP method, upper case.
    pub method: Option<String>,
    /// Route text, where constant.
    pub route: Option<String>,
    /// The function that runs. For a closure: the function it stands in.
    pub handler: DefId,
    /// Where it is registered (or marked).
    pub file: FileId,
    /// Token of the registration.
    pub pos: Pos,
}

/// Kinds of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// A request: HTTP route, RPC method.
    Request,
    /// Code that runs around requests: middleware, extractors, responders.
    Around,
    /// A message or a job.
    Job,
}

/// What one body registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registrations {
    /// Entry points, in order of position.
    pub entries: Vec<EntryPoint>,
    /// Where it makes a router, mounts entry points or serves, by branch; sorted, without repetition.
    pub serving: Vec<Serving>,
}

/// A step towards answering requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serving {
    /// The branch it stands in.
    pub arm: Option<Arm>,
    /// It serves from there on: a router that is only made may be for a description of the interface.
    pub starts: bool,
}

/// Reads the registrations of a body.
pub(crate) fn registrations(cx: Cx<'_>, body: &TypedBody, tree: &Tree, branches: &Branches<'_>) -> Registrations {
    let mut out = Registrations::default();
    let mut routes: FxHashMap<ExprRef, String> = FxHashMap::default();
    let mut found: Vec<(ExprRef, EntryPoint)> = Vec::new();
    for seg in 0..body.segs.len() as u32 {
        let mut ids: Vec<ExprId> = body.segs[seg as usize].callees.keys().copied().collect();
        ids.sort();
        for id in ids {
            let at = ExprRef { seg, id };
            let Some(callee) = body.callee(at) else { continue };
            let served = register(cx, body, at, callee, &mut found, &mut routes).or_else(|| accepts(cx, tree, body, at, callee));
            out.serving.extend(served.map(|starts| Serving { arm: branches.around(at), starts }));
        }
    }
    for (arg, mut entry) in found {
        entry.route =
            routes.iter().filter(|(r, _)| contains(body, **r, arg)).map(|(_, t)| t.clone()).min_by_key(String::len).or(entry.route);
        out.entries.push(entry);
    }
    out.entries.sort_by(|a, b| (a.pos, &a.method, a.handler).cmp(&(b.pos, &b.method, b.handler)));
    out.serving.sort_unstable();
    out.serving.dedup();
    out
}

/// Reads one call: `Some(true)` when it serves, `Some(false)` when it registers what is served.
fn register(
    cx: Cx<'_>,
    body: &TypedBody,
    at: ExprRef,
    callee: &Callee,
    found: &mut Vec<(ExprRef, EntryPoint)>,
    routes: &mut FxHashMap<ExprRef, String>,
) -> Option<bool> {
    let def = callee.def?;
    if cx.defs.krate(def.krate).member {
        return None;
    }
    let args: Vec<ExprId> = match body.arena(at.seg).exprs[at.id.idx()] {
        Expr::Call { args, .. } | Expr::MethodCall { args, .. } => body.arena(at.seg).exprs_of(args).collect(),
        _ => return None,
    };
    let before = found.len();
    let (mut registers, mut starts) = (false, false);
    let mut rows = cx.known.entries(cx.defs, def);
    if let Some(m) = callee.trait_method {
        rows.extend(cx.known.entries(cx.defs, m));
    }
    for row in rows {
        let handler = row.handler.and_then(|i| args.get(i as usize)).map(|&id| ExprRef { seg: at.seg, id });
        match row.kind {
            EntryKind::Serve => starts = true,
            EntryKind::Service => {
                registers = true;
                if let Some(h) = handler {
                    service(cx, body, body.ty(h), h, found);
                }
            }
            EntryKind::Handler | EntryKind::Job | EntryKind::Middleware => {
                let Some(h) = handler else { continue };
                let kind = match row.kind {
                    EntryKind::Handler => Way::Request,
                    EntryKind::Job => Way::Job,
                    _ => Way::Around,
                };
                if let Some(function) = function_of(cx.defs, body, h) {
                    let entry =
                        EntryPoint { kind, method: row.method.clone(), route: None, handler: function, file: body.file, pos: body.pos(at) };
                    found.push((h, entry));
                }
            }
            EntryKind::Route => {
                registers = true;
                let text = row.route.and_then(|i| args.get(i as usize)).and_then(|&id| text_of(body, ExprRef { seg: at.seg, id }));
                if let (Some(text), Some(h)) = (text, handler) {
                    routes.insert(h, text);
                }
            }
            EntryKind::Layer | EntryKind::Trait | EntryKind::Routes | EntryKind::Accept => {}
        }
    }
    (starts || registers || found.len() > before).then_some(starts)
}

/// `Some(true)` for a call that waits for the next connection in each turn of a loop.
fn accepts(cx: Cx<'_>, tree: &Tree, body: &TypedBody, at: ExprRef, callee: &Callee) -> Option<bool> {
    let def = callee.def.filter(|d| !cx.defs.krate(d.krate).member)?;
    if !cx.known.entries(cx.defs, def).iter().any(|row| row.kind == EntryKind::Accept) {
        return None;
    }
    let is_while = |e: ExprRef| matches!(body.arena(e.seg).exprs[e.id.idx()], Expr::While { .. });
    let in_loop = tree.ancestors(at).any(|(parent, slot)| slot == Slot::LoopBody || slot == Slot::Cond && is_while(parent));
    in_loop.then_some(true)
}

/// Every method of the workspace's impls for the type that a generated server wraps.
fn service(cx: Cx<'_>, body: &TypedBody, ty: Ty, at: ExprRef, found: &mut Vec<(ExprRef, EntryPoint)>) {
    let mut types = vec![ty];
    while let Some(t) = types.pop() {
        let TyKind::Adt(def, args) = t.kind() else { continue };
        types.extend(args.iter().copied());
        if !cx.defs.krate(def.krate).member {
            continue;
        }
        for head in cx.defs.impl_heads(def.krate) {
            if head.head != crate::model::defs::Head::Def(*def) || head.of.is_none() {
                continue;
            }
            for &m in cx.defs.children(head.def).iter().filter(|m| cx.defs.def(**m).kind == DefKind::Fn) {
                let entry = EntryPoint { kind: Way::Request, method: None, route: None, handler: m, file: body.file, pos: body.pos(at) };
                found.push((at, entry));
            }
        }
    }
}

/// The workspace function an argument names, or for a closure the function it stands in.
fn function_of(defs: &Defs, body: &TypedBody, e: ExprRef) -> Option<DefId> {
    match body.ty(e).kind() {
        TyKind::FnDef(def, _) if defs.krate(def.krate).member && defs.def(*def).kind == DefKind::Fn => Some(*def),
        TyKind::Closure(..) => Some(body.owner),
        _ => None,
    }
}

fn text_of(body: &TypedBody, e: ExprRef) -> Option<String> {
    match body.arena(e.seg).exprs[e.id.idx()] {
        Expr::Lit(Lit::Str(s)) => Some(body.str(e.seg, s).to_owned()),
        Expr::Ref { operand, .. } => text_of(body, ExprRef { seg: e.seg, id: operand }),
        _ => None,
    }
}

/// Whether `inner` stands below `outer` in the same arena: ids of children are smaller and nested, so it is found by walking down.
fn contains(body: &TypedBody, outer: ExprRef, inner: ExprRef) -> bool {
    if outer.seg != inner.seg {
        return false;
    }
    let arena = body.arena(outer.seg);
    let mut stack = vec![outer.id];
    while let Some(id) = stack.pop() {
        if id == inner.id {
            return true;
        }
        if id.is_none() || id < inner.id {
            continue;
        }
        match arena.exprs[id.idx()] {
            Expr::Call { callee, args } => {
                stack.push(callee);
                stack.extend(arena.exprs_of(args));
            }
            Expr::MethodCall { recv, args, .. } => {
                stack.push(recv);
                stack.extend(arena.exprs_of(args));
            }
            Expr::Ref { operand, .. } => stack.push(operand),
            Expr::Array(list) | Expr::Tuple(list) => stack.extend(arena.exprs_of(list)),
            _ => {}
        }
    }
    false
}

/// The function each binary starts in: `main` of its root, or the function there from which an attribute makes one (`#[launch]`).
pub fn mains(defs: &Defs, known: &Known) -> FxHashMap<CrateId, DefId> {
    let start = |krate: CrateId| {
        let functions = || defs.children(defs.root(krate)).iter().copied().filter(|&d| defs.def(d).kind == DefKind::Fn);
        let named = functions().find(|&d| defs.def(d).name == kw::MAIN);
        named.or_else(|| functions().find(|&d| has_attribute(defs, known, d, AttributeKind::Main).is_some()))
    };
    let bins = defs.members().filter(|c| c.kind == TargetKind::Bin);
    bins.filter_map(|c| Some((c.id, start(c.id)?))).collect()
}

/// Entry points that are marked on items: handler attributes, and impls of catalogued traits.
pub fn declared(defs: &Defs, known: &Known) -> Vec<EntryPoint> {
    let mut out = Vec::new();
    for krate in defs.members() {
        for idx in 0..defs.len(krate.id) {
            let def = DefId { krate: krate.id, idx };
            if defs.def(def).kind == DefKind::Fn {
                out.extend(marked(defs, known, def));
            }
        }
        for head in defs.impl_heads(krate.id) {
            let async_rpc = has_attribute(defs, known, head.def, AttributeKind::AsyncTrait).is_some_and(|krate| krate == "tonic");
            let around = matches!(head.of, Some(Ok(tr)) if known.entries(defs, tr).iter().any(|r| r.kind == EntryKind::Trait));
            if !(async_rpc || around) {
                continue;
            }
            let kind = if async_rpc { Way::Request } else { Way::Around };
            for &m in defs.children(head.def).iter().filter(|m| defs.def(**m).kind == DefKind::Fn) {
                out.push(entry_at(defs, kind, None, None, m));
            }
        }
    }
    out
}

fn entry_at(defs: &Defs, kind: Way, method: Option<String>, route: Option<String>, handler: DefId) -> EntryPoint {
    let pos = defs.item(handler).map_or(0, |(_, i)| i.pos);
    EntryPoint { kind, method, route, handler, file: defs.def(handler).file, pos }
}

/// Crate of the attribute of a kind on an item, if it has one.
fn has_attribute(defs: &Defs, known: &Known, def: DefId, kind: AttributeKind) -> Option<&'static str> {
    let (facts, item) = defs.item(def)?;
    let file = defs.def(def).file;
    item.attrs.iter().find_map(|a| {
        let arena = &facts.interface.arena;
        let Res::Def(d) = defs.resolve_path(defs.scope(def), file, facts, arena, a.path, Ns::Macros).res else { return None };
        let row = known.attribute(defs, d)?;
        let first = arena.segs_of(a.path).first().map(|s| defs.name(file, s.name).as_str());
        let krate = defs.krate(d.krate).name.as_str();
        (row.kind == kind).then(|| if first == Some("tonic") { "tonic" } else { krate })
    })
}

fn marked(defs: &Defs, known: &Known, def: DefId) -> Option<EntryPoint> {
    let (facts, item) = defs.item(def)?;
    let file = defs.def(def).file;
    for a in &item.attrs {
        let arena = &facts.interface.arena;
        let Res::Def(d) = defs.resolve_path(defs.scope(def), file, facts, arena, a.path, Ns::Macros).res else { continue };
        let Some(row) = known.attribute(defs, d) else { continue };
        if row.kind != AttributeKind::Handler {
            continue;
        }
        let name = defs.def(d).name.as_str();
        let method = row.method.clone().or_else(|| Some(name.to_ascii_uppercase()).filter(|m| HTTP.contains(&m.as_str())));
        let route = match &a.args {
            AttrArgs::List(list, _) => list.iter().find_map(|x| match x {
                AttrArg::Lit(s) => Some(facts.symbols[s.idx()].to_string()),
                _ => None,
            }),
            _ => None,
        };
        return Some(entry_at(defs, Way::Request, method, route, def));
    }
    None
}

const HTTP: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
