//! Who made a fallible value: downwards from the expression, through adaptors, branches, locals and async blocks, to the calls that can fail.

use super::trace::{Tracer, same_kind};
use super::tree::{Slot, Source};
use super::{Producer, Shape};
use crate::facts::{BlockKind, Expr, ExprId, MacroShape, PatId, Pos};
use crate::model::effects::Effects;
use crate::model::ids::{DefId, DefKind, kw};
use crate::model::ty::solve::Solver;
use crate::model::ty::{Cause, Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget};

const MAX_DEPTH: u32 = 24;
/// Methods that put their arguments into a collection.
const PUTS_IN: &[&str] = &["push", "push_back", "push_front", "insert", "extend", "append"];
/// More producers than this say nothing more to a reader.
const MAX_PRODUCERS: usize = 32;

impl Tracer<'_> {
    /// Producers of an expression's value.
    pub(super) fn producers(&self, e: ExprRef) -> Vec<Producer> {
        let mut out = Vec::new();
        self.start();
        self.produce(e, 0, &mut out);
        tidy(&mut out);
        out
    }

    /// Producers of what a pattern binds.
    pub(super) fn producers_of_source(&self, source: Source, pos: Pos) -> Vec<Producer> {
        let mut out = Vec::new();
        self.start();
        self.produce_source(source, pos, 0, &mut out);
        tidy(&mut out);
        out
    }

    fn produce_source(&self, source: Source, pos: Pos, depth: u32, out: &mut Vec<Producer>) {
        match source {
            Source::Param => out.push(Producer::Param(pos)),
            Source::Later => out.push(Producer::Place(pos)),
            Source::Expr(e) | Source::Items(e) => self.produce(e, depth + 1, out),
            Source::ClosureParam(closure) => {
                // What an adaptor hands to its closure are the items or the value of its receiver.
                if let Some((call, Slot::Arg(_))) = self.tree.parent(closure)
                    && let Expr::MethodCall { recv, .. } = self.node(call)
                {
                    self.produce(ExprRef { seg: call.seg, id: recv }, depth + 1, out);
                } else {
                    out.push(Producer::Param(pos));
                }
            }
        }
    }

    fn produce(&self, e: ExprRef, depth: u32, out: &mut Vec<Producer>) {
        if depth > MAX_DEPTH || out.len() > MAX_PRODUCERS || !self.take_step() {
            return;
        }
        let at = |id: ExprId| ExprRef { seg: e.seg, id };
        let mut below = |id: ExprId| {
            if id.is_some() {
                self.produce(at(id), depth + 1, out);
            }
        };
        match self.node(e) {
            Expr::Call { .. } | Expr::MethodCall { .. } => self.produce_call(e, depth, out),
            Expr::Await(x)
            | Expr::Try(x)
            | Expr::Ref { operand: x, .. }
            | Expr::Unary { operand: x, .. }
            | Expr::Cast { operand: x, .. } => {
                below(x);
            }
            Expr::Index { base, .. } => below(base),
            Expr::Field { .. } => out.push(Producer::Place(self.body.pos(e))),
            Expr::Block { kind, tail, .. } => {
                below(tail);
                if matches!(kind, BlockKind::Async) {
                    self.produce_inner(e, depth, out);
                }
            }
            Expr::If { then, els, .. } => {
                below(then);
                below(els);
            }
            Expr::Match { arms, .. } => {
                for &a in self.body.arena(e.seg).list(arms) {
                    below(self.body.arena(e.seg).arms[a as usize].body);
                }
            }
            Expr::Tuple(list) | Expr::Array(list) => self.body.arena(e.seg).exprs_of(list).for_each(below),
            Expr::Closure(n) => {
                below(self.body.arena(e.seg).closures[n as usize].body);
                self.produce_inner(e, depth, out);
            }
            Expr::Path(p) => match self.body.segs[e.seg as usize].paths.get(&p) {
                Some(PathTarget::Local(seg, pat)) => {
                    let pos = self.pat_pos(*seg, *pat);
                    match self.tree.sources.get(&(*seg, *pat)) {
                        Some(&(Source::Expr(init), true)) if self.is_empty_collection(init) => {
                            self.produce_put_in((*seg, *pat), pos, depth, out)
                        }
                        Some(&(source, _)) => self.produce_source(source, pos, depth, out),
                        None => {}
                    }
                }
                Some(PathTarget::Def(def)) if self.cx.defs.def(*def).kind == DefKind::Fn => {
                    out.push(Producer::Call {
                        def: *def,
                        trait_method: None,
                        recv: None,
                        constant: false,
                        computes: self.computes(*def),
                        waits: self.waits(*def),
                        sure: false,
                        pos: self.body.pos(e),
                    });
                }
                _ => out.push(Producer::Place(self.body.pos(e))),
            },
            Expr::Macro(_) => self.produce_macro(e, depth, out),
            _ => {}
        }
    }

    /// `Vec::new()` and kin: who made it did not make what was put in later.
    fn is_empty_collection(&self, e: ExprRef) -> bool {
        let Some(def) = self.body.callee(e).and_then(|c| c.def) else { return false };
        matches!(self.node(e), Expr::Call { .. })
            && !self.cx.defs.krate(def.krate).member
            && matches!(self.cx.defs.def(def).name.as_str(), "new" | "with_capacity" | "default")
            && (self.holder.of(self.ty(e)).is_some_and(|h| h.shape == Shape::Items) || self.futures_fail(self.ty(e)))
    }

    /// Producers of what is put into a collection, or assigned to its name.
    fn produce_put_in(&self, local: (u32, PatId), pos: Pos, depth: u32, out: &mut Vec<Producer>) {
        let before = out.len();
        for &u in self.tree.uses.get(&local).map(Vec::as_slice).unwrap_or_default() {
            let Some((parent, slot)) = self.tree.parent(u) else { continue };
            match (self.node(parent), slot) {
                (Expr::MethodCall { args, .. }, Slot::Recv) if PUTS_IN.contains(&self.name_of_method(parent)) => {
                    let args: Vec<ExprId> = self.body.arena(parent.seg).exprs_of(args).collect();
                    args.into_iter().for_each(|id| self.produce(ExprRef { seg: parent.seg, id }, depth + 1, out));
                }
                (Expr::Assign { rhs, .. }, Slot::Lhs) => self.produce(ExprRef { seg: parent.seg, id: rhs }, depth + 1, out),
                _ => {}
            }
        }
        if out.len() == before {
            out.push(Producer::Place(pos));
        }
    }

    fn produce_macro(&self, e: ExprRef, depth: u32, out: &mut Vec<Producer>) {
        let Expr::Macro(m) = self.node(e) else { return };
        let pos = self.body.pos(e);
        let Some(target) = self.body.segs[e.seg as usize].macros.get(&m) else { return };
        if let Some(seg) = target.expansion {
            return self.produce(self.body.root_of(seg), depth + 1, out);
        }
        if let Some(callee) = self.body.callee(e) {
            // `write!` calls `write_fmt` of its destination.
            match callee.def {
                Some(def) => {
                    out.push(Producer::Call {
                        def,
                        trait_method: callee.trait_method,
                        recv: callee.recv,
                        constant: false,
                        computes: false,
                        waits: false,
                        sure: false,
                        pos,
                    });
                }
                None => out.push(Producer::Unresolved(callee.cause.unwrap_or(Cause::NotInferred), pos)),
            }
            return;
        }
        match &self.body.arena(e.seg).macros[m.idx()].shape {
            MacroShape::Exprs(list) if target.def.is_some() => {
                let list: Vec<ExprId> = self.body.arena(e.seg).exprs_of(*list).collect();
                list.into_iter().for_each(|id| self.produce(ExprRef { seg: e.seg, id }, depth + 1, out));
            }
            MacroShape::Select { arms, .. } => {
                let arena = self.body.arena(e.seg);
                for &a in arena.list(*arms) {
                    self.produce(ExprRef { seg: e.seg, id: arena.arms[a as usize].body }, depth + 1, out);
                }
            }
            _ => out.push(Producer::Unresolved(target.cause.unwrap_or(Cause::UnreadMacro), pos)),
        }
    }

    /// Operands of `?` and values of `return` inside an async block or closure: each is a way to fail.
    fn produce_inner(&self, e: ExprRef, depth: u32, out: &mut Vec<Producer>) {
        let mut work = Vec::new();
        self.push_children(e, &mut work);
        while let Some(x) = work.pop() {
            match self.node(x) {
                Expr::Try(id) => {
                    self.produce(ExprRef { seg: x.seg, id }, depth + 1, out);
                    self.push_children(x, &mut work);
                }
                Expr::Return(id) if id.is_some() => self.produce(ExprRef { seg: x.seg, id }, depth + 1, out),
                Expr::Closure(_) | Expr::Block { kind: BlockKind::Async, .. } => {}
                _ => self.push_children(x, &mut work),
            }
        }
    }

    fn produce_call(&self, e: ExprRef, depth: u32, out: &mut Vec<Producer>) {
        let pos = self.body.pos(e);
        let Some(callee) = self.body.callee(e) else { return };
        let Some(def) = callee.def else {
            // A closure of this body that is called: its value is known.
            let before = out.len();
            if let Expr::Call { callee: f, .. } = self.node(e)
                && matches!(self.ty(ExprRef { seg: e.seg, id: f }).strip_refs().kind(), TyKind::Closure(..))
            {
                self.produce(ExprRef { seg: e.seg, id: f }, depth + 1, out);
            }
            self.produce_operands(e, depth, out);
            if out.len() == before || !matches!(callee.cause, Some(Cause::NotInferred)) {
                out.push(Producer::Unresolved(callee.cause.unwrap_or(Cause::NotInferred), pos));
            }
            return;
        };
        if self.cx.defs.def(def).kind != DefKind::Fn {
            // `Ok(x)`, `Some(x)`: what is inside; `Err(x)` is made here and not produced by anybody.
            if !self.is_ctor(e, "Err") {
                self.produce_operands(e, depth, out);
            }
            return;
        }
        if self.tells(e) {
            out.push(Producer::Told(pos));
            return;
        }
        if !self.cx.defs.krate(def.krate).member && self.says_farewell(e) {
            out.push(Producer::Closing(pos));
            return;
        }
        if self.starts_task(e) {
            // The task fails as what it is given does; a wrapper's own part is not what a handle is kept for.
            if self.given_never_fails(e) {
                out.push(Producer::Told(pos));
                return;
            }
            let before = out.len();
            self.produce_operands(e, depth, out);
            if out.len() > before {
                return;
            }
        }
        if self.hands_back(def) {
            return self.produce_operands(e, depth, out);
        }
        let constant = self.is_constant_call(e);
        let (computes, waits) = (self.computes(def), self.waits(def));
        let sure = self.first_argument(e).is_some_and(|value| self.writes_for_sure(def, self.ty(value)));
        let call = Producer::Call { def, trait_method: callee.trait_method, recv: callee.recv, constant, computes, waits, sure, pos };
        if self.cx.defs.krate(def.krate).member {
            out.push(call);
            return;
        }
        let effects = self.cx.known.effects(self.cx.defs, def, callee.trait_method, callee.recv);
        // Sending a Result fails for want of a receiver, not for what the Result holds.
        let sends = effects.any(Effects::CHANNEL);
        if sends || effects.io_or_spawn() && !effects.any(Effects::SPAWN) {
            out.push(call);
            return;
        }
        if let Some(action) = self.set_on(e) {
            return self.produce(action, depth + 1, out);
        }
        // An adaptor, a wrapper, a spawn: the failure comes from what it is given, if that can fail.
        let before = out.len();
        self.produce_operands(e, depth, out);
        if out.len() == before && effects.any(Effects::SPAWN) {
            self.produce_awaited(e, depth, out);
        }
        if out.len() == before || effects.unknown() {
            out.push(call);
        }
    }

    /// `map_err(|e| error!(..))`: whoever made the error, it is known.
    fn tells(&self, e: ExprRef) -> bool {
        matches!(self.name_of_method(e), "map_err" | "inspect_err") && self.error_closure(e, 0).reports
    }

    /// What a setter is called on that gives it back: an action that is awaited as it is was made by the call that named the work.
    fn set_on(&self, call: ExprRef) -> Option<ExprRef> {
        let Expr::MethodCall { recv, .. } = self.node(call) else { return None };
        let recv = ExprRef { seg: call.seg, id: recv };
        let ty = self.ty(call);
        (ty.cause().is_none() && self.holder.of(ty).is_none() && same_kind(self.ty(recv), ty)).then_some(recv)
    }

    /// A function that gives a future.
    fn waits(&self, def: DefId) -> bool {
        self.holder.of(self.cx.types.sig(def).ret).is_some_and(|h| h.shape == Shape::Future)
    }

    /// A function that gives a value, also within a Result, and takes nothing by a reference that lets it change it.
    fn computes(&self, def: DefId) -> bool {
        let sig = self.cx.types.sig(def);
        let nothing = |ty: Ty| matches!(ty.kind(), TyKind::Tuple(parts) if parts.is_empty());
        let given = match sig.body_ret.kind() {
            TyKind::Adt(_, args) => args.first().copied().unwrap_or(sig.body_ret),
            _ => sig.body_ret,
        };
        !nothing(given) && !sig.self_arg.iter().chain(&sig.params).any(|ty| matches!(ty.kind(), TyKind::Ref(true, _)))
    }

    fn first_argument(&self, e: ExprRef) -> Option<ExprRef> {
        let Expr::Call { args, .. } = self.node(e) else { return None };
        self.body.arena(e.seg).exprs_of(args).next().map(|id| ExprRef { seg: e.seg, id })
    }

    /// A function of the workspace that gives what it was given, whatever its type: `fn checked<T>(value: T) -> T`.
    fn hands_back(&self, def: DefId) -> bool {
        let sig = self.cx.types.sig(def);
        self.cx.defs.krate(def.krate).member && matches!(sig.ret.kind(), TyKind::Param(..)) && sig.params.contains(&sig.ret)
    }

    /// A call that gives the handle of a task, by itself or once its own failure was passed on (`spawn(..)?`).
    fn starts_task(&self, e: ExprRef) -> bool {
        let is_handle = |e: ExprRef| self.holder.of(self.ty(e)).is_some_and(|held| held.shape == Shape::TaskHandle);
        let passed_on = || self.tree.parent(e).is_some_and(|(parent, _)| matches!(self.node(parent), Expr::Try(_)) && is_handle(parent));
        is_handle(e) || passed_on()
    }

    /// Producers among receiver and arguments: fallible values, closures and functions that yield some, iterators of Results.
    fn produce_operands(&self, e: ExprRef, depth: u32, out: &mut Vec<Producer>) {
        let arena = self.body.arena(e.seg);
        let operands: Vec<ExprId> = match self.node(e) {
            Expr::Call { args, .. } => arena.exprs_of(args).collect(),
            Expr::MethodCall { recv, args, .. } => std::iter::once(recv).chain(arena.exprs_of(args)).collect(),
            _ => Vec::new(),
        };
        for (i, id) in operands.into_iter().enumerate() {
            let x = ExprRef { seg: e.seg, id };
            let ty = self.ty(x);
            let fallible = match ty.strip_refs().kind() {
                TyKind::Closure(_, _, ret) | TyKind::FnPtr(_, ret) => self.holder.of(*ret).is_some_and(|h| h.fails()),
                TyKind::FnDef(def, _) => self.cx.defs.def(*def).kind == DefKind::Fn && self.yields(*def),
                _ => self.holder.of(ty).is_some_and(|h| h.fails()),
            };
            let iterates = || i == 0 && matches!(self.node(e), Expr::MethodCall { .. }) && self.items_fail(x);
            if fallible || iterates() || self.futures_fail(ty) {
                self.produce(x, depth + 1, out);
            }
        }
    }

    /// Producers of the values that a spawn is given to await, where their type is a future by its trait alone.
    fn produce_awaited(&self, e: ExprRef, depth: u32, out: &mut Vec<Producer>) {
        let Some(future) = self.cx.types.lang.future else { return };
        let Expr::Call { args, .. } = self.node(e) else { return };
        let args: Vec<ExprId> = self.body.arena(e.seg).exprs_of(args).collect();
        for x in args.into_iter().map(|id| ExprRef { seg: e.seg, id }) {
            let output = Solver::new(self.cx.types, None).project(future, &[self.ty(x)], kw::OUTPUT);
            if output.is_some_and(|t| self.holder.of(t).is_some_and(|h| h.fails())) {
                self.produce(x, depth + 1, out);
            }
        }
    }

    fn yields(&self, def: DefId) -> bool {
        let sig = self.cx.types.sig(def);
        self.holder.of(sig.ret).is_some_and(|h| h.fails())
    }

    /// Whether a collection or iterator holds futures that may fail: what awaits them all fails with them.
    fn futures_fail(&self, ty: Ty) -> bool {
        ty.cause().is_none() && self.holder.pieces(ty).is_some_and(|h| h.fails() && h.shape == Shape::Future)
    }

    fn items_fail(&self, e: ExprRef) -> bool {
        let ty = self.ty(e);
        ty.cause().is_none() && self.holder.items(ty).is_some_and(|h| h.fails() && h.shape != Shape::Future)
    }
}

/// In order of writing, without repetition.
fn tidy(out: &mut Vec<Producer>) {
    let pos = |p: &Producer| match p {
        Producer::Call { pos, .. }
        | Producer::Unresolved(_, pos)
        | Producer::Param(pos)
        | Producer::Place(pos)
        | Producer::Told(pos)
        | Producer::Closing(pos) => *pos,
    };
    out.sort_by_key(|p| (pos(p), matches!(p, Producer::Call { .. })));
    out.dedup();
}
