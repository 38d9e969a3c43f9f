//! Names in bodies, and in what their macros were handed.

use super::{Kind, Meaning, Occurrence, Place, Role, Sink, mark_nodes, meaning_of, type_paths};
use crate::facts::{Expr, ExprId, PathId};
use crate::model::defs::{Ns, PathRes, Res};
use crate::model::ids::{DefKind, Name};
use crate::model::ty::{Cause, Types};
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

pub(super) fn names(types: &Types<'_>, body: &TypedBody) -> Vec<Occurrence> {
    let mut out = Vec::new();
    for seg in 0..body.segs.len() as u32 {
        paths(types, body, seg, &mut out);
        methods(body, seg, &mut out);
    }
    out
}

fn paths(types: &Types<'_>, body: &TypedBody, seg: u32, out: &mut Vec<Occurrence>) {
    let (defs, facts, arena, file) = (types.defs, body.facts_of(seg), body.arena(seg), body.file);
    let place = Place { types, scope: defs.body_scope(file, body.body, body.owner), file, facts, arena };
    let written = |pos| body.written(seg, pos);
    let mut sink = Sink { file, facts, arena, written: &written, out };
    let mut roles = vec![Role::Type; arena.paths.len()];
    mark_nodes(arena, &mut roles);
    let by_path = type_paths(arena);
    for (i, role) in roles.iter().enumerate() {
        let id = PathId(i as u32);
        match role {
            Role::Use => {}
            Role::Macro => {
                let pos = arena.seg_pos[arena.paths[i].first_seg as usize];
                let named = defs.macro_of(place.scope, file, facts, arena, id, pos);
                sink.segments(id, &place.resolve(id, Ns::Macros), Kind::Macro, Some(meaning_of(named)));
            }
            Role::Value => value(&place, id, body.segs[seg as usize].paths.get(&id), &mut sink),
            Role::Type => {
                let last = by_path.get(&id).and_then(|ty| place.assoc_type(id, *ty));
                sink.segments(id, &place.resolve(id, Ns::Types), Kind::Path, last);
            }
        }
    }
}

fn value(place: &Place<'_>, id: PathId, target: Option<&PathTarget>, sink: &mut Sink<'_>) {
    let (defs, segs) = (place.types.defs, place.arena.segs_of(id).len());
    match target {
        Some(PathTarget::Local(..) | PathTarget::SelfValue) => {}
        Some(PathTarget::Def(d)) => {
            let res = prefix(place, id, segs);
            // What is written, not what it stands for.
            let whole = res.consumed as usize == segs;
            let alias = whole && matches!(res.res, Res::Def(a) if defs.def(a).kind == DefKind::TypeAlias);
            sink.segments(id, &res, Kind::Path, (!alias).then_some(Meaning::Def(*d, None)));
        }
        Some(PathTarget::Ty(_)) => sink.segments(id, &place.resolve(id, Ns::Values), Kind::Path, None),
        Some(PathTarget::Unknown(c)) => sink.segments(id, &place.resolve(id, Ns::Values), Kind::Path, Some(Meaning::Unknown(*c))),
        // A binding, or code that inference did not reach.
        None => {
            let res = place.resolve(id, Ns::Values);
            if !matches!(res.res, Res::Unknown(_)) || segs > 1 {
                sink.segments(id, &res, Kind::Path, None);
            }
        }
    }
}

/// Struct literals and patterns are looked up among types, calls among values: the namespace that reads more of the path.
fn prefix(place: &Place<'_>, id: PathId, segs: usize) -> PathRes {
    let known = |r: &PathRes| !matches!(r.res, Res::Unknown(_));
    let values = place.resolve(id, Ns::Values);
    if values.segs.len() >= segs && known(&values) {
        return values;
    }
    let types = place.resolve(id, Ns::Types);
    if (known(&types), types.consumed) >= (known(&values), values.consumed) { types } else { values }
}

fn methods(body: &TypedBody, seg: u32, out: &mut Vec<Occurrence>) {
    let arena = body.arena(seg);
    for (i, e) in arena.exprs.iter().enumerate() {
        let Expr::MethodCall { seg: method, .. } = e else { continue };
        let Some(pos) = body.written(seg, arena.seg_pos[method.idx()]) else { continue };
        let meaning = match body.callee(ExprRef { seg, id: ExprId(i as u32) }) {
            Some(c) => match (c.def.or(c.trait_method), c.cause) {
                (Some(d), _) => Meaning::Def(d, c.trait_method),
                (None, cause) => Meaning::Unknown(cause.unwrap_or(Cause::NotInferred)),
            },
            None => Meaning::Unknown(Cause::NotInferred),
        };
        let name = Name::new(body.str(seg, arena.segs[method.idx()].name));
        out.push(Occurrence { file: body.file, pos, name, kind: Kind::Method, meaning });
    }
}
