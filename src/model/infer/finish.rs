//! The end of a body: literals get their defaults, types lose their variables, trait calls find their impls.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Infer;
use crate::facts::{Arena, Expr, ExprId};
use crate::model::defs::Defs;
use crate::model::ids::{DefId, DefKind, Name};
use crate::model::ty::solve::{Answer, Source};
use crate::model::ty::{Cause, HAS_INFER, Ty, TyKind, fold};
use crate::model::typed::{Callee, Segment, TypedBody};

impl Infer<'_, '_> {
    pub(super) fn finish(mut self) -> TypedBody {
        self.select();
        self.s.vars.default_numbers();
        self.select();
        let mut memo = FxHashMap::default();
        let conversions = std::mem::take(&mut self.conversions);
        for c in conversions {
            if let Some(from) = self.impl_member(self.types.lang.from, &[c.to, c.from], "from") {
                let callee = self.segs[c.at.seg as usize].callees.entry(c.at.id).or_insert_with(|| Callee {
                    def: None,
                    trait_method: None,
                    args: Box::new([]),
                    dispatched: false,
                    recv: None,
                    implied: Vec::new(),
                    cause: None,
                });
                callee.implied.push(from);
            }
        }
        let ret = self.close(self.ret, &mut memo);
        let segs = std::mem::take(&mut self.segs);
        let facts = segs[0].facts.clone();
        let mut out = Vec::with_capacity(segs.len());
        for seg in segs {
            let values = methods_as_values(self.types.defs, Self::arena(&seg), &seg.exprs);
            let exprs = seg.exprs.into_iter().map(|t| self.close(t, &mut memo)).collect();
            let pats = seg.pats.into_iter().map(|t| self.close(t, &mut memo)).collect();
            let mut callees = seg.callees;
            callees.extend(values);
            let mut order: Vec<_> = callees.keys().copied().collect();
            order.sort();
            for id in order {
                if let Some(c) = callees.get_mut(&id) {
                    self.close_callee(c, &mut memo);
                }
            }
            out.push(Segment { source: seg.source, exprs, pats, callees, paths: seg.paths, macros: seg.macros });
        }
        TypedBody { owner: self.owner, file: self.file, body: self.body, facts, segs: out, ret }
    }

    /// A type without variables.
    fn close(&mut self, ty: Ty, memo: &mut FxHashMap<Ty, Ty>) -> Ty {
        if !ty.has(HAS_INFER | crate::model::ty::HAS_PROJ) {
            return ty;
        }
        if let Some(&t) = memo.get(&ty) {
            return t;
        }
        // What holds a type that is too deep is too deep itself: found out anew for each of thousands, that takes long.
        let mut deep = false;
        fold::each(ty, &mut |part| {
            let part = self.s.vars.shallow(part);
            let closed = memo.get(&part).and_then(|t| t.cause());
            deep |= closed == Some(Cause::Depth) && !matches!(part.kind(), TyKind::Proj(..));
        });
        if deep {
            memo.insert(ty, Ty::unknown(Cause::Depth));
            return Ty::unknown(Cause::Depth);
        }
        let t = self.s.vars.resolve(ty);
        let t = self.s.norm(t);
        let t = self.s.vars.resolve(t);
        let closed = fold::map(t, &mut |t| match t.kind() {
            TyKind::Infer(..) => Some(Ty::unknown(Cause::NotInferred)),
            _ if !t.has(HAS_INFER) => Some(t),
            _ => None,
        });
        memo.insert(ty, closed);
        closed
    }

    fn close_callee(&mut self, c: &mut Callee, memo: &mut FxHashMap<Ty, Ty>) {
        c.recv = c.recv.map(|t| self.close(t, memo));
        c.args = c.args.iter().map(|&t| self.close(t, memo)).collect();
        if let Some(m) = c.trait_method {
            self.find_impl(c, m);
        }
        if let Some(def) = c.trait_method.or(c.def) {
            let implied = self.implied_by(def, &c.args);
            c.implied.extend(implied);
        }
        // The implied lookups above speak of the trait's arguments; the impl's come last.
        if let (Some(m), Some(def)) = (c.trait_method, c.def)
            && m != def
            && let Some((args, _)) = self.impl_args(m, &c.args)
        {
            c.args = args;
        }
    }

    fn impl_args(&mut self, m: DefId, args: &[Ty]) -> Option<(Box<[Ty]>, DefId)> {
        let tr = self.types.defs.parent(m)?;
        let n = self.types.generics(tr).own_len().min(args.len());
        let Answer::Yes(Source::Impl(imp, impl_args)) = self.s.find(tr, &args[..n]) else { return None };
        let own = args[n..].iter().copied();
        let full = impl_args.iter().map(|&t| self.s.vars.resolve(t)).collect::<Vec<_>>();
        let full = full.into_iter().map(|t| if t.has(HAS_INFER) { Ty::unknown(Cause::NotInferred) } else { t }).chain(own).collect();
        Some((full, imp))
    }

    fn find_impl(&mut self, c: &mut Callee, m: DefId) {
        let Some(tr) = self.types.defs.parent(m) else { return };
        let n = self.types.generics(tr).own_len().min(c.args.len());
        let self_ty = c.args.first().copied();
        match self.s.find(tr, &c.args[..n]) {
            Answer::Yes(Source::Impl(imp, _)) => {
                if let Some(member) = self.types.value_member(imp, self.types.defs.def(m).name) {
                    c.def = Some(member);
                }
            }
            Answer::Yes(Source::Bound(_)) => c.dispatched = true,
            Answer::Yes(_) => {}
            _ => c.dispatched = self_ty.is_none_or(|t| !matches!(t.kind(), TyKind::Adt(..) | TyKind::Prim(_))),
        }
    }

    /// Member of the impl of a trait for given arguments (`Self` first).
    fn impl_member(&mut self, tr: Option<DefId>, args: &[Ty], name: &str) -> Option<DefId> {
        let Answer::Yes(Source::Impl(imp, _)) = self.s.find(tr?, args) else { return None };
        self.types.value_member(imp, Name::new(name))
    }

    /// Functions that a call of std calls on the caller's types.
    fn implied_by(&mut self, def: DefId, args: &[Ty]) -> Vec<DefId> {
        let krate = self.types.defs.krate(def.krate).name.as_str();
        if !matches!(krate, "core" | "alloc" | "std") || self.types.defs.def(def).kind != DefKind::Fn {
            return Vec::new();
        }
        let lang = &self.types.lang;
        let (from, from_str, from_iterator, into) = (lang.from, lang.from_str, lang.from_iterator, lang.into);
        let parent = self.types.defs.parent(def);
        let found = match self.types.defs.def(def).name.as_str() {
            "into" if parent == into && args.len() >= 2 => self.impl_member(from, &[args[1], args[0]], "from"),
            "parse" => args.last().and_then(|&t| self.impl_member(from_str, &[t], "from_str")),
            "collect" if args.len() >= 2 => {
                let item = lang.iterator.and_then(|tr| self.s.project(tr, &args[..1], crate::model::ids::kw::ITEM));
                item.and_then(|i| self.impl_member(from_iterator, &[args[args.len() - 1], i], "from_iter"))
            }
            "to_string" => {
                let display = self.types.defs.lookup("core", "fmt::Display").first().copied();
                args.first().and_then(|&t| self.impl_member(display, &[t], "fmt"))
            }
            _ => None,
        };
        found.into_iter().collect()
    }
}

/// Methods of traits that are named as values and handed to somebody who calls them: `map_err(Error::from)`. Which impl's they are their types tell.
fn methods_as_values(defs: &Defs, arena: &Arena, types: &[Ty]) -> Vec<(ExprId, Callee)> {
    let method = |id: u32| match types[id as usize].kind() {
        TyKind::FnDef(def, args) if defs.parent(*def).is_some_and(|p| defs.def(p).kind == DefKind::Trait) => Some((*def, args.clone())),
        _ => None,
    };
    let named = arena.exprs.iter().zip(0..).filter(|(e, _)| matches!(e, Expr::Path(_)));
    let mut found: Vec<(ExprId, DefId, Box<[Ty]>)> =
        named.filter_map(|(_, id)| method(id).map(|(def, args)| (ExprId(id), def, args))).collect();
    if found.is_empty() {
        return Vec::new();
    }
    // What is called where it is named is a callee already.
    let called: FxHashSet<ExprId> =
        arena.exprs.iter().filter_map(|e| if let Expr::Call { callee, .. } = e { Some(*callee) } else { None }).collect();
    found.retain(|(id, ..)| !called.contains(id));
    let callee = |def, args| Callee {
        def: Some(def),
        trait_method: Some(def),
        args,
        dispatched: false,
        recv: None,
        implied: Vec::new(),
        cause: None,
    };
    found.into_iter().map(|(id, def, args)| (id, callee(def, args))).collect()
}
