//! Inference: the types of one body, in one forward pass.
//!
//! Signatures are explicit in Rust, so bodies are independent: each is inferred once, with the expected type handed down, a union-find for
//! what is open, and obligations (`where` clauses of what was called) tried again when something that was open is needed. Nothing here
//! reports errors: code is taken to compile, and what does not fit is left unknown.

mod call;
mod closure;
mod expr;
mod finish;
mod macros;
mod ops;
mod pat;
mod path;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::facts::{Arena, BodyId, ExprId, FileFacts, ItemKind, MacroId, PatId, PathId, Pos, Sym, TypeId};
use crate::model::defs::Scope;
use crate::model::ids::{DefId, FileId, Name, kw};
use crate::model::ty::lower::{ImplTrait, Lower};
use crate::model::ty::solve::{Pending, Solver};
use crate::model::ty::{Bound, Cause, HAS_INFER, HAS_PROJ, Ty, TyKind, Types, VarKind, fold};
use crate::model::typed::{Callee, ExprRef, MacroTarget, PathTarget, SegSource, TypedBody};

/// Infers the body of a function, constant or static. `None` when it has none.
pub fn infer_body(types: &Types<'_>, owner: DefId) -> Option<TypedBody> {
    let (_, item) = types.defs.item(owner)?;
    let body = match &item.kind {
        ItemKind::Fn(sig) => sig.body,
        ItemKind::Const { body, .. } | ItemKind::Static { body, .. } => *body,
        _ => return None,
    };
    let file = types.defs.def(owner).file;
    let facts = types.defs.facts(file).clone();
    facts.bodies.get(body.get()?.idx())?;
    let mut infer = Infer::new(types, owner, file, facts, body);
    infer.run();
    Some(infer.finish())
}

/// Nodes of one arena while they are inferred.
struct Seg {
    source: SegSource,
    facts: Arc<FileFacts>,
    body: BodyId,
    /// Interned symbols, when the facts are an expansion's.
    names: Option<Arc<[Name]>>,
    exprs: Vec<Ty>,
    pats: Vec<Ty>,
    callees: FxHashMap<ExprId, Callee>,
    paths: FxHashMap<PathId, PathTarget>,
    macros: FxHashMap<MacroId, MacroTarget>,
}

/// Something `return` and `?` leave: the function, a closure, an async block.
struct Frame {
    ret: Ty,
}

/// Something `break` leaves.
struct LoopFrame {
    label: Name,
    /// Type of `break value`; `None` for loops that give `()`.
    value: Option<Ty>,
    broken: bool,
}

/// A local: its name and the pattern that binds it (`self`: no pattern).
#[derive(Clone, Copy)]
struct Local {
    name: Name,
    seg: u32,
    pat: PatId,
    ty: Ty,
}

/// A `?` whose conversion is looked up once types are known.
struct Conversion {
    at: ExprRef,
    from: Ty,
    to: Ty,
}

struct Infer<'a, 'd> {
    types: &'a Types<'d>,
    s: Solver<'a, 'd>,
    owner: DefId,
    file: FileId,
    body: BodyId,
    scope: Scope,
    segs: Vec<Seg>,
    locals: Vec<Local>,
    frames: Vec<Frame>,
    loops: Vec<LoopFrame>,
    conversions: Vec<Conversion>,
    closures: u32,
    /// Expressions and patterns that are being looked into, one inside the other.
    nesting: u32,
    /// Bytes of macro output so far.
    expanded: usize,
    ret: Ty,
}

impl<'a, 'd> Infer<'a, 'd> {
    fn new(types: &'a Types<'d>, owner: DefId, file: FileId, facts: Arc<FileFacts>, body: BodyId) -> Self {
        let scope = types.defs.body_scope(file, body, owner);
        let ret = match types.defs.def(owner).kind {
            crate::model::ids::DefKind::Fn => types.sig(owner).body_ret,
            _ => types.type_of(owner),
        };
        let mut infer = Infer {
            types,
            s: Solver::new(types, Some(owner)),
            owner,
            file,
            body,
            scope,
            segs: Vec::new(),
            locals: Vec::new(),
            frames: Vec::new(),
            loops: Vec::new(),
            conversions: Vec::new(),
            closures: 0,
            nesting: 0,
            expanded: 0,
            ret,
        };
        infer.push_seg(SegSource::Body, facts, body, None);
        infer
    }

    fn push_seg(&mut self, source: SegSource, facts: Arc<FileFacts>, body: BodyId, names: Option<Arc<[Name]>>) -> u32 {
        let unread = Ty::unknown(Cause::UnreadSyntax);
        let arena = &facts.bodies[body.idx()].arena;
        let (exprs, pats) = (vec![unread; arena.exprs.len()], vec![unread; arena.pats.len()]);
        let seg = Seg {
            source,
            body,
            names,
            exprs,
            pats,
            callees: FxHashMap::default(),
            paths: FxHashMap::default(),
            macros: FxHashMap::default(),
            facts,
        };
        self.segs.push(seg);
        self.segs.len() as u32 - 1
    }

    fn run(&mut self) {
        let facts = self.segs[0].facts.clone();
        let body = &facts.bodies[self.body.idx()];
        let ret = self.s.norm(self.ret);
        let ret = self.hide_own_opaques(ret);
        self.ret = ret;
        self.frames.push(Frame { ret });
        if self.types.defs.def(self.owner).kind == crate::model::ids::DefKind::Fn {
            let sig = self.types.sig(self.owner);
            if let Some(t) = sig.self_arg {
                let ty = self.s.norm(t);
                self.locals.push(Local { name: kw::SELF_VALUE, seg: 0, pat: PatId::NONE, ty });
            }
            for (i, &p) in body.params.iter().enumerate() {
                let ty = sig.params.get(i).map_or_else(|| Ty::unknown(Cause::UnreadSyntax), |&t| self.s.norm(t));
                self.pattern(0, p, ty);
            }
        }
        let ty = self.expr(0, body.root, Some(ret));
        self.coerce(ty, ret);
        self.select();
    }

    /// The body of a function that returns `impl Trait` sees the hidden type: a variable.
    fn hide_own_opaques(&mut self, ty: Ty) -> Ty {
        let owner = self.owner;
        fold::map(ty, &mut |t| match t.kind() {
            TyKind::Opaque(def, ..) if *def == owner => {
                let var = self.s.vars.fresh(VarKind::General);
                for bound in self.s.carried_bounds(t) {
                    self.s.put_off(Pending::new(var, bound));
                }
                Some(var)
            }
            _ => None,
        })
    }

    fn arena(seg: &Seg) -> &Arena {
        &seg.facts.bodies[seg.body.idx()].arena
    }

    fn name(&self, seg: u32, sym: Sym) -> Name {
        if sym.is_none() {
            return kw::EMPTY;
        }
        match &self.segs[seg as usize].names {
            Some(names) => names[sym.idx()],
            None => self.types.defs.name(self.file, sym),
        }
    }

    fn text(&self, seg: u32, sym: Sym) -> &str {
        &self.segs[seg as usize].facts.symbols[sym.idx()]
    }

    /// Position in the body's file of a node of a segment.
    fn invocation_pos(&self, seg: u32, own: Pos) -> Pos {
        match &self.segs[seg as usize].source {
            SegSource::Body => own,
            SegSource::Expansion { pos, .. } => *pos,
        }
    }

    fn fresh(&mut self) -> Ty {
        self.s.vars.fresh(VarKind::General)
    }

    /// Runs `f` with a lowering context for a segment.
    fn lowering<T>(&mut self, seg: u32, f: impl FnOnce(&mut Lower<'_, 'd>) -> T) -> T {
        let s = &self.segs[seg as usize];
        let (facts, names, body) = (s.facts.clone(), s.names.clone(), s.body);
        let vars = &mut self.s.vars;
        let mut fresh = || vars.fresh(VarKind::General);
        let mut lower = Lower {
            types: self.types,
            scope: self.scope,
            file: self.file,
            facts: &facts,
            arena: &facts.bodies[body.idx()].arena,
            names: names.as_deref(),
            fresh: Some(&mut fresh),
            impl_trait: ImplTrait::Elsewhere,
            depth: 0,
        };
        f(&mut lower)
    }

    /// A type as written in the body.
    fn written_ty(&mut self, seg: u32, id: TypeId) -> Ty {
        let ty = self.lowering(seg, |l| l.ty(id));
        self.record_type_paths(seg, id);
        self.settle(ty)
    }

    /// Normalises a type; what stays open becomes a variable with an obligation.
    fn settle(&mut self, ty: Ty) -> Ty {
        if !ty.has(HAS_PROJ) {
            return ty;
        }
        let ty = self.s.norm(ty);
        if !(ty.has(HAS_PROJ) && ty.has(HAS_INFER)) {
            return ty;
        }
        let mut open = Vec::new();
        let vars = &mut self.s.vars;
        let out = fold::map(ty, &mut |t| match t.kind() {
            TyKind::Proj(tr, args, name) if t.has(HAS_INFER) => {
                let var = vars.fresh(VarKind::General);
                open.push((*tr, args.clone(), *name, var));
                Some(var)
            }
            _ if !t.has(HAS_PROJ) => Some(t),
            _ => None,
        });
        for (tr, args, name, var) in open {
            let n = self.types.generics(tr).own_len().min(args.len());
            let bound = Bound { def: tr, args: args[1..n].into(), assoc: Box::new([(name, var)]) };
            self.s.put_off(Pending::new(args[0], bound));
        }
        out
    }

    /// Tries the obligations that are open, until nothing moves.
    fn select(&mut self) {
        for _ in 0..6 {
            let before = self.s.vars.snapshot();
            let todo = std::mem::take(&mut self.s.pending);
            if todo.is_empty() {
                return;
            }
            let kept: Vec<Pending> = todo.into_iter().filter_map(|question| self.s.retry(question)).collect();
            let new = std::mem::replace(&mut self.s.pending, kept);
            let grown = !new.is_empty();
            new.into_iter().for_each(|question| self.s.put_off(question));
            if !grown && !self.s.vars.bound_since(before) {
                return;
            }
        }
    }

    /// The type with its outermost constructor known if at all possible.
    fn known(&mut self, ty: Ty) -> Ty {
        let mut t = self.s.vars.shallow(ty);
        if t.has(HAS_PROJ) && matches!(t.kind(), TyKind::Proj(..)) {
            let n = self.settle(t);
            t = self.s.vars.shallow(n);
        }
        if matches!(t.kind(), TyKind::Infer(_, VarKind::General)) {
            self.select();
            t = self.s.vars.shallow(t);
        }
        t
    }

    /// Makes an expression's type fit where it is used: equal, or by the coercions of the language. What does not fit changes nothing.
    fn coerce(&mut self, have: Ty, want: Ty) {
        let (a, e) = (self.s.vars.shallow(have), self.s.vars.shallow(want));
        if a == e || matches!(a.kind(), TyKind::Never) || self.try_unify(a, e) {
            return;
        }
        match (a.kind(), e.kind()) {
            (TyKind::Ref(_, x), TyKind::Ref(_, y) | TyKind::Ptr(_, y)) => self.coerce_ref(*x, *y),
            (TyKind::FnDef(..) | TyKind::Closure(..), TyKind::FnPtr(params, ret)) => {
                if let Some((p, r)) = self.s.callable(a) {
                    p.iter().zip(params).for_each(|(&x, &y)| {
                        self.try_unify(x, y);
                    });
                    self.try_unify(r, *ret);
                }
            }
            _ => {}
        }
    }

    fn coerce_ref(&mut self, have: Ty, want: Ty) {
        let want = self.s.vars.shallow(want);
        if matches!(want.kind(), TyKind::Dyn(_)) {
            return;
        }
        let (steps, _) = self.s.autoderef(have);
        for step in steps {
            if self.try_unify(step.ty, want) {
                return;
            }
        }
    }

    fn try_unify(&mut self, a: Ty, b: Ty) -> bool {
        let s = self.s.vars.snapshot();
        let ok = self.s.vars.unify(a, b);
        if !ok {
            self.s.vars.rollback(s);
        }
        ok
    }

    fn record(&mut self, at: ExprRef, callee: Callee) {
        self.segs[at.seg as usize].callees.insert(at.id, callee);
    }
}

/// A callee that is not known.
fn unknown_callee(cause: Cause, recv: Option<Ty>) -> Callee {
    Callee { def: None, trait_method: None, args: Box::new([]), dispatched: false, recv, implied: Vec::new(), cause: Some(cause) }
}
