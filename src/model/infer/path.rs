//! Paths in value position: locals, items, constructors, associated items.

use super::Infer;
use crate::facts::{PathId, PathRoot, Seg as PathSeg, TypeId};
use crate::model::defs::{Ns, PathRes, Res};
use crate::model::ids::{DefId, DefKind, Name, kw};
use crate::model::ty::impls::head_of;
use crate::model::ty::solve::{Answer, Pending};
use crate::model::ty::{Bound, Cause, Ty, TyKind, VarKind};
use crate::model::typed::PathTarget;

impl Infer<'_, '_> {
    pub(super) fn resolve(&self, seg: u32, path: PathId, ns: Ns) -> PathRes {
        let s = &self.segs[seg as usize];
        self.types.defs.resolve_path(self.scope, self.file, &s.facts, Self::arena(s), path, ns)
    }

    fn segs_of(&self, seg: u32, path: PathId) -> Vec<PathSeg> {
        Self::arena(&self.segs[seg as usize]).segs_of(path).to_vec()
    }

    fn target(&mut self, seg: u32, path: PathId, target: PathTarget) {
        self.segs[seg as usize].paths.insert(path, target);
    }

    /// Type of a path expression.
    pub(super) fn value_path(&mut self, seg: u32, path: PathId) -> Ty {
        let written = Self::arena(&self.segs[seg as usize]).paths[path.idx()];
        let segs = self.segs_of(seg, path);
        if let (PathRoot::Plain, [only]) = (written.root, &segs[..])
            && let Some(l) = self.local(self.name(seg, only.name))
        {
            let target = if l.pat.is_none() { PathTarget::SelfValue } else { PathTarget::Local(l.seg, l.pat) };
            self.target(seg, path, target);
            return l.ty;
        }
        let (ty, def) = match written.root {
            PathRoot::Qualified { ty, trait_segs } => self.qualified_value(seg, path, ty, trait_segs as usize, &segs),
            _ => self.plain_value(seg, path, &segs),
        };
        let target = match (def, ty.cause()) {
            (Some(d), _) => PathTarget::Def(d),
            (None, Some(c)) => PathTarget::Unknown(c),
            (None, None) => PathTarget::Ty(ty),
        };
        self.target(seg, path, target);
        ty
    }

    fn qualified_value(&mut self, seg: u32, path: PathId, ty: TypeId, trait_segs: usize, segs: &[PathSeg]) -> (Ty, Option<DefId>) {
        let base = self.written_ty(seg, ty);
        let Some(last) = segs.last().copied() else { return (base, None) };
        let name = self.name(seg, last.name);
        let own = self.lowering(seg, |l| l.tys(last.args));
        if trait_segs == 0 {
            return self.assoc_value(base, name, &own);
        }
        let Some((tr, args)) = self.lowering(seg, |l| l.qualified_trait(path, trait_segs)) else {
            return (Ty::unknown(Cause::UnresolvedPath), None);
        };
        let Some(m) = self.types.value_member(tr, name) else { return (Ty::unknown(Cause::UnresolvedPath), None) };
        let owner: Vec<Ty> = std::iter::once(base).chain(args).collect();
        (self.member_value(m, owner, &own), Some(m))
    }

    fn plain_value(&mut self, seg: u32, path: PathId, segs: &[PathSeg]) -> (Ty, Option<DefId>) {
        let res = self.resolve(seg, path, Ns::Values);
        let consumed = res.consumed as usize;
        if consumed >= segs.len() {
            return self.whole_value(seg, &res, segs);
        }
        if let Res::Unknown(c) = res.res {
            return (Ty::unknown(c), None);
        }
        let last = segs[segs.len() - 1];
        let name = self.name(seg, last.name);
        let own = self.lowering(seg, |l| l.tys(last.args));
        let before = consumed.checked_sub(1).map(|i| segs[i]);
        if let Res::Def(tr) = res.res
            && self.types.defs.def(tr).kind == DefKind::Trait
            && consumed + 1 == segs.len()
        {
            return self.trait_value(seg, tr, before, name, &own);
        }
        let mut base = self.lowering(seg, |l| l.base(res.res, before));
        for (i, s) in segs[consumed..segs.len() - 1].iter().enumerate() {
            let n = self.name(seg, s.name);
            base = self.lowering(seg, |l| if i == 0 { l.assoc_of(res.res, base, n, &[]) } else { l.assoc(base, n, &[]) });
        }
        let base = self.settle(base);
        self.assoc_value(base, name, &own)
    }

    fn trait_value(&mut self, seg: u32, tr: DefId, written: Option<PathSeg>, name: Name, own: &[Ty]) -> (Ty, Option<DefId>) {
        let Some(m) = self.types.value_member(tr, name) else { return (Ty::unknown(Cause::UnresolvedPath), None) };
        let n = self.types.generics(tr).own_len();
        let given = written.map_or_else(Default::default, |s| self.lowering(seg, |l| l.tys(s.args)));
        let mut owner = vec![self.fresh()];
        for i in 1..n {
            let t = given.get(i - 1).copied().unwrap_or_else(|| self.fresh());
            owner.push(t);
        }
        (self.member_value(m, owner, own), Some(m))
    }

    fn whole_value(&mut self, seg: u32, res: &PathRes, segs: &[PathSeg]) -> (Ty, Option<DefId>) {
        let last = segs.last().copied();
        match res.res {
            Res::Def(def) => {
                let ty = match self.types.defs.def(def).kind {
                    DefKind::Fn => {
                        let own = last.map_or_else(Default::default, |s| self.lowering(seg, |l| l.tys(s.args)));
                        self.fn_item(def, Vec::new(), &own)
                    }
                    DefKind::Const | DefKind::Static => self.types.type_of(def),
                    DefKind::Struct | DefKind::Variant => self.ctor_value(seg, def, segs),
                    _ => Ty::unknown(Cause::UnresolvedPath),
                };
                (ty, Some(def))
            }
            Res::SelfTy(def) => {
                let ty = self.types.self_ty(def);
                match ty.kind() {
                    TyKind::Adt(adt, args) if self.types.is_tuple_like(*adt) => (Ty::new(TyKind::FnDef(*adt, args.clone())), Some(*adt)),
                    _ => (ty, None),
                }
            }
            Res::Param(..) => (Ty::unknown(Cause::Const), None),
            Res::Prim(_) => (Ty::unknown(Cause::UnresolvedPath), None),
            Res::Unknown(c) => (Ty::unknown(c), None),
        }
    }

    /// A unit or tuple constructor as a value; arguments may stand on the variant or on its enum.
    fn ctor_value(&mut self, seg: u32, def: DefId, segs: &[PathSeg]) -> Ty {
        let owner = self.types.generic_owner(def);
        let written = segs.iter().rev().take(2).find(|s| s.args.is_some()).copied();
        let args: Box<[Ty]> = self.lowering(seg, |l| l.args_for_value(owner, written)).into();
        if self.types.is_tuple_like(def) { Ty::new(TyKind::FnDef(def, args)) } else { Ty::new(TyKind::Adt(owner, args)) }
    }

    /// A function item: owner's arguments, then its own as written or open.
    pub(super) fn fn_item(&mut self, def: DefId, owner: Vec<Ty>, own: &[Ty]) -> Ty {
        let g = self.types.generics(def);
        let mut args = owner;
        for i in 0..g.params.len() {
            let t = own.get(i).copied();
            let t = t.filter(|t| t.cause().is_none() || matches!(t.kind(), TyKind::Infer(..)) || own.len() == g.params.len());
            args.push(t.unwrap_or_else(|| self.fresh()));
        }
        for _ in 0..g.synth {
            args.push(self.fresh());
        }
        self.oblige(def, &args);
        Ty::new(TyKind::FnDef(def, args.into()))
    }

    /// Takes on the where clauses of a definition for given arguments.
    pub(super) fn oblige(&mut self, def: DefId, args: &[Ty]) {
        let subst = self.types.subst(def, args);
        for p in self.types.preds(def) {
            let subject = subst.apply(p.subject);
            let bound = subst.apply_bound(&p.bound);
            if subject.has(crate::model::ty::HAS_INFER)
                || bound.args.iter().any(|t| t.has(crate::model::ty::HAS_INFER))
                || bound.assoc.iter().any(|(_, t)| t.has(crate::model::ty::HAS_INFER))
            {
                self.s.put_off(Pending::new(subject, bound));
            }
        }
    }

    fn member_value(&mut self, m: DefId, owner: Vec<Ty>, own: &[Ty]) -> Ty {
        match self.types.defs.def(m).kind {
            DefKind::Fn => self.fn_item(m, owner, own),
            DefKind::Const => {
                let ty = self.types.subst(m, &owner).apply(self.types.type_of(m));
                self.settle(ty)
            }
            _ => Ty::unknown(Cause::UnresolvedPath),
        }
    }

    /// `Type::name`: variant, inherent member, member of a trait.
    pub(super) fn assoc_value(&mut self, base: Ty, name: Name, own: &[Ty]) -> (Ty, Option<DefId>) {
        let base = self.known(base);
        if let TyKind::Adt(adt, args) = base.kind()
            && self.types.defs.def(*adt).kind == DefKind::Enum
            && let Some(v) = self.types.defs.member(*adt, name, Ns::Types)
        {
            let ty = if self.types.is_tuple_like(v) { Ty::new(TyKind::FnDef(v, args.clone())) } else { base };
            return (ty, Some(v));
        }
        let mut heads: Vec<_> = head_of(base).into_iter().collect();
        if matches!(base.kind(), TyKind::Infer(_, VarKind::Int)) {
            heads.push(crate::model::defs::Head::Prim(crate::model::ids::Prim::I32));
        }
        for (imp, m) in heads.into_iter().flat_map(|h| self.types.inherent_members(h, name)) {
            let n = self.types.generics(imp).own_len();
            let mark = self.s.mark();
            let impl_args: Vec<Ty> = (0..n).map(|_| self.fresh()).collect();
            let self_ty = self.types.subst(imp, &impl_args).apply(self.types.impl_self(imp));
            if self.s.vars.unify(self_ty, base) {
                return (self.member_value(m, impl_args, own), Some(m));
            }
            self.s.undo(mark);
        }
        self.trait_member_value(base, name, own)
    }

    fn trait_member_value(&mut self, base: Ty, name: Name, own: &[Ty]) -> (Ty, Option<DefId>) {
        let env = self.s.env;
        let mut bounds: Vec<Bound> = env.iter().filter(|p| p.subject == base).map(|p| p.bound.clone()).collect();
        bounds.extend(self.s.carried_bounds(base));
        for b in bounds {
            if let Some(m) = self.types.value_member(b.def, name) {
                let owner: Vec<Ty> = std::iter::once(base).chain(b.args.iter().copied()).collect();
                return (self.member_value(m, owner, own), Some(m));
            }
        }
        if let Some(c) = base.cause()
            && !matches!(base.kind(), TyKind::Infer(..))
        {
            return (Ty::unknown(c), None);
        }
        let mut maybe = None;
        for &(_, tr, m) in self.types.scope_members(self.scope, name) {
            let n = self.types.generics(tr).own_len();
            let mark = self.s.mark();
            let owner: Vec<Ty> = std::iter::once(base).chain((1..n).map(|_| self.s.vars.fresh(VarKind::General))).collect();
            let answer = self.s.find(tr, &owner);
            // What the search bound must not stick: arguments of the call decide among impls.
            self.s.undo(mark);
            match answer {
                Answer::Yes(_) => {
                    let owner: Vec<Ty> = std::iter::once(base).chain((1..n).map(|_| self.fresh())).collect();
                    return (self.member_value(m, owner, own), Some(m));
                }
                Answer::Maybe if maybe.is_none() => maybe = Some((tr, m)),
                _ => {}
            }
        }
        match maybe {
            Some((tr, m)) => {
                let n = self.types.generics(tr).own_len();
                let owner: Vec<Ty> = std::iter::once(base).chain((1..n).map(|_| self.fresh())).collect();
                (self.member_value(m, owner, own), Some(m))
            }
            None => (Ty::unknown(base.cause().unwrap_or(Cause::UnresolvedPath)), None),
        }
    }

    /// The struct or variant that a struct literal or pattern names, and its type with open arguments.
    pub(super) fn ctor_path(&mut self, seg: u32, path: PathId) -> Option<(DefId, Ty)> {
        let segs = self.segs_of(seg, path);
        let res = self.resolve(seg, path, Ns::Types);
        let consumed = res.consumed as usize;
        let found = match res.res {
            Res::Def(def) if consumed == segs.len() => match self.types.defs.def(def).kind {
                DefKind::Struct | DefKind::Union => {
                    let args = self.lowering(seg, |l| l.args_for_value(def, segs.last().copied().filter(|s| s.args.is_some())));
                    Some((def, Ty::new(TyKind::Adt(def, args.into()))))
                }
                DefKind::Variant => {
                    let owner = self.types.generic_owner(def);
                    let written = segs.iter().rev().take(2).find(|s| s.args.is_some()).copied();
                    let args = self.lowering(seg, |l| l.args_for_value(owner, written));
                    Some((def, Ty::new(TyKind::Adt(owner, args.into()))))
                }
                DefKind::TypeAlias => {
                    let ty = self.lowering(seg, |l| l.base(res.res, segs.last().copied()));
                    let ty = self.settle(ty);
                    ty.as_adt().map(|(d, _)| (d, ty))
                }
                _ => None,
            },
            Res::SelfTy(_) | Res::Def(_) if consumed <= segs.len() => {
                let before = consumed.checked_sub(1).map(|i| segs[i]);
                let mut base = self.lowering(seg, |l| l.base(res.res, before));
                base = self.settle(base);
                match segs.get(consumed) {
                    None => base.as_adt().map(|(d, _)| (d, base)),
                    Some(s) => {
                        let name = self.name(seg, s.name);
                        let variant = base.as_adt().and_then(|(d, _)| self.types.defs.member(d, name, Ns::Types));
                        variant.map(|v| (v, base))
                    }
                }
            }
            _ => None,
        };
        let target = match (found, res.res) {
            (Some((d, _)), _) => PathTarget::Def(d),
            (None, Res::Unknown(c)) => PathTarget::Unknown(c),
            (None, _) => PathTarget::Unknown(Cause::UnresolvedPath),
        };
        self.target(seg, path, target);
        found
    }

    /// Types written in a body are recorded too, for `resolve`; the walk is by path, types inside types included.
    pub(super) fn record_type_paths(&mut self, _seg: u32, _id: TypeId) {}

    /// Whether a name is `self` or `Self`: never a constant pattern.
    pub(super) fn is_self_name(name: Name) -> bool {
        name == kw::SELF_VALUE || name == kw::SELF_TYPE
    }
}
