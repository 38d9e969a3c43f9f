//! Expressions and statements.

use super::{Conversion, Frame, Infer, Local, LoopFrame, unknown_callee};
use crate::facts::{BlockKind, Expr, ExprId, Lit, Stmt, Sym};
use crate::model::ids::{DefId, Name, Prim, kw};
use crate::model::ty::solve::Pending;
use crate::model::ty::{Cause, Ty, TyKind, VarKind};
use crate::model::typed::{Callee, ExprRef};

impl Infer<'_, '_> {
    /// Type of an expression, given what is expected of it.
    pub(super) fn expr(&mut self, seg: u32, id: ExprId, want: Option<Ty>) -> Ty {
        self.nesting += 1;
        let ty = self.expr_inner(seg, id, want);
        self.nesting -= 1;
        self.segs[seg as usize].exprs[id.idx()] = ty;
        ty
    }

    pub(super) fn node(&self, seg: u32, id: ExprId) -> Expr {
        Self::arena(&self.segs[seg as usize]).exprs[id.idx()]
    }

    pub(super) fn list(&self, seg: u32, list: crate::facts::List) -> Vec<u32> {
        Self::arena(&self.segs[seg as usize]).list(list).to_vec()
    }

    fn expr_inner(&mut self, seg: u32, id: ExprId, want: Option<Ty>) -> Ty {
        let at = ExprRef { seg, id };
        match self.node(seg, id) {
            Expr::Lit(lit) => self.literal(seg, lit, want),
            Expr::Path(p) => self.value_path(seg, p),
            Expr::Call { callee, args } => self.call(at, callee, args, want),
            Expr::MethodCall { recv, seg: name, args } => self.method_call(at, recv, name, args, want),
            Expr::Field { base, name } => self.field(seg, base, name),
            Expr::Index { base, index } => self.index(at, base, index),
            Expr::Unary { op, operand } => self.unary(at, op, operand, want),
            Expr::Binary { op, lhs, rhs } => self.binary(at, op, lhs, rhs, want),
            Expr::Assign { lhs, rhs } => {
                let l = self.expr(seg, lhs, None);
                let r = self.expr(seg, rhs, Some(l));
                self.coerce(r, l);
                Ty::unit()
            }
            Expr::AssignOp { lhs, rhs, .. } => {
                let l = self.expr(seg, lhs, None);
                let r = self.expr(seg, rhs, None);
                let (l, r) = (self.s.vars.shallow(l), self.s.vars.shallow(r));
                if super::ops::is_number(l) {
                    self.try_unify(l, r.strip_refs());
                }
                Ty::unit()
            }
            Expr::Ref { mutable, raw, operand } => {
                let inner_want = match want.map(|w| self.s.vars.shallow(w)) {
                    Some(w) => match w.kind() {
                        TyKind::Ref(_, t) | TyKind::Ptr(_, t) if !matches!(t.kind(), TyKind::Dyn(_)) => Some(*t),
                        _ => None,
                    },
                    None => None,
                };
                let t = self.expr(seg, operand, inner_want);
                Ty::new(if raw { TyKind::Ptr(mutable, t) } else { TyKind::Ref(mutable, t) })
            }
            Expr::Cast { operand, ty } => {
                let t = self.expr(seg, operand, None);
                let out = self.written_ty(seg, ty);
                if matches!(self.s.vars.shallow(out).kind(), TyKind::Infer(..)) {
                    self.try_unify(t, out);
                }
                out
            }
            Expr::Try(e) => self.question(at, e),
            Expr::Await(e) => self.await_(at, e),
            Expr::Block { kind, stmts, tail, label } => self.block_expr(seg, kind, stmts, tail, label, want),
            Expr::If { cond, then, els } => self.if_(seg, cond, then, els, want),
            Expr::Let { pat, scrutinee } => {
                let t = self.expr(seg, scrutinee, None);
                self.pattern(seg, pat, t);
                Ty::prim(Prim::Bool)
            }
            Expr::Match { scrutinee, arms } => self.match_(seg, scrutinee, arms, want),
            Expr::While { cond, body, label } => {
                let mark = self.locals.len();
                self.expr(seg, cond, None);
                self.loop_body(seg, body, label, None);
                self.locals.truncate(mark);
                Ty::unit()
            }
            Expr::Loop { body, label } => {
                let value = want.unwrap_or_else(|| self.fresh());
                let broken = self.loop_body(seg, body, label, Some(value));
                if broken { value } else { Ty::new(TyKind::Never) }
            }
            Expr::For { parts, label } => self.for_(at, parts, label),
            Expr::Break { label, value } => self.break_(seg, label, value),
            Expr::Continue { .. } => Ty::new(TyKind::Never),
            Expr::Return(e) => {
                let ret = self.frames.last().map(|f| f.ret);
                if e.is_some() {
                    let t = self.expr(seg, e, ret);
                    if let Some(r) = ret {
                        self.coerce(t, r);
                    }
                } else if let Some(r) = ret {
                    self.coerce(Ty::unit(), r);
                }
                Ty::new(TyKind::Never)
            }
            Expr::Yield(e) => {
                if e.is_some() {
                    self.expr(seg, e, None);
                }
                Ty::unknown(Cause::NotInferred)
            }
            Expr::Closure(n) => self.closure(seg, n, want),
            Expr::Tuple(list) => self.tuple(seg, list, want),
            Expr::Array(list) => self.array(seg, list, want),
            Expr::Repeat { elem, len } => {
                let t = self.expr(seg, elem, None);
                self.expr(seg, len, Some(Ty::prim(Prim::Usize)));
                Ty::new(TyKind::Array(t))
            }
            Expr::Struct { path, fields, rest } => self.struct_literal(at, path, fields, rest),
            Expr::Range { lo, hi, inclusive } => self.range(seg, lo, hi, inclusive),
            Expr::Macro(m) => self.macro_call(at, m, want),
            Expr::Underscore => self.fresh(),
            Expr::Unread => Ty::unknown(Cause::UnreadSyntax),
        }
    }

    fn literal(&mut self, seg: u32, lit: Lit, want: Option<Ty>) -> Ty {
        let reference = |t| Ty::new(TyKind::Ref(false, t));
        match lit {
            Lit::Str(_) => reference(Ty::prim(Prim::Str)),
            Lit::ByteStr(_) => reference(Ty::new(TyKind::Array(Ty::prim(Prim::U8)))),
            Lit::CStr(_) => {
                let found = self.types.defs.lookup("core", "ffi::CStr").first().copied();
                found.map_or(Ty::unknown(Cause::UnresolvedPath), |d| reference(Ty::new(TyKind::Adt(d, Box::new([])))))
            }
            Lit::Byte(_) => Ty::prim(Prim::U8),
            Lit::Char(_) => Ty::prim(Prim::Char),
            Lit::Bool(_) => Ty::prim(Prim::Bool),
            Lit::Int(_, suffix) => self.number(seg, suffix, want, VarKind::Int),
            Lit::Float(_, suffix) => self.number(seg, suffix, want, VarKind::Float),
        }
    }

    fn number(&mut self, seg: u32, suffix: Sym, want: Option<Ty>, kind: VarKind) -> Ty {
        if suffix.is_some()
            && let Some(p) = Prim::from_name(self.text(seg, suffix))
        {
            return Ty::prim(p);
        }
        let var = self.s.vars.fresh(kind);
        if let Some(w) = want {
            let w = self.s.vars.shallow(w);
            if matches!(w.kind(), TyKind::Prim(_)) {
                self.try_unify(var, w);
            }
        }
        self.s.vars.shallow(var)
    }

    fn field(&mut self, seg: u32, base: ExprId, name: Sym) -> Ty {
        let t = self.expr(seg, base, None);
        let t = self.known(t);
        let name = self.name(seg, name);
        let (steps, open) = self.s.autoderef(t);
        for step in &steps {
            match step.ty.kind() {
                TyKind::Adt(def, args) => {
                    if let Some(ty) = self.adt_field(*def, args, name) {
                        return ty;
                    }
                }
                TyKind::Tuple(tys) => {
                    if let Some(&ty) = name.as_str().parse::<usize>().ok().and_then(|i| tys.get(i)) {
                        return ty;
                    }
                }
                _ => {}
            }
        }
        let cause = steps.last().and_then(|s| s.ty.cause());
        Ty::unknown(cause.unwrap_or(if open { Cause::NotInferred } else { Cause::UnresolvedField }))
    }

    /// Type of a field of a struct or variant with the given arguments.
    pub(super) fn adt_field(&mut self, def: DefId, args: &[Ty], name: Name) -> Option<Ty> {
        let f = self.types.fields(def).iter().find(|f| f.name == name)?;
        let owner = self.types.generic_owner(def);
        let ty = self.types.subst(owner, args).apply(f.ty);
        Some(self.settle(ty))
    }

    fn question(&mut self, at: ExprRef, e: ExprId) -> Ty {
        let t = self.expr(at.seg, e, None);
        let t = self.known(t);
        let lang = &self.types.lang;
        let ret = self.frames.last().map(|f| f.ret);
        if let TyKind::Adt(d, args) = t.kind() {
            if Some(*d) == lang.result && args.len() == 2 {
                if let Some(to) = ret.map(|r| self.known(r)) {
                    self.note_conversion(at, args[1], to);
                }
                return args[0];
            }
            if (Some(*d) == lang.option || Some(*d) == lang.control_flow) && !args.is_empty() {
                return args[args.len() - 1];
            }
            if Some(*d) == lang.poll
                && let Some(&inner) = args.first()
                && let TyKind::Adt(_, inner_args) = self.known(inner).kind()
                && let Some(&ok) = inner_args.first()
            {
                return Ty::new(TyKind::Adt(*d, Box::new([ok])));
            }
        }
        if let Some(cause) = t.cause() {
            return Ty::unknown(cause);
        }
        let out = lang.try_.and_then(|tr| self.s.project(tr, &[t], kw::OUTPUT));
        out.unwrap_or_else(|| Ty::unknown(Cause::NotInferred))
    }

    /// `?` turns the error into the one the function returns.
    fn note_conversion(&mut self, at: ExprRef, from: Ty, to: Ty) {
        let lang = &self.types.lang;
        match to.kind() {
            TyKind::Adt(d, args) if Some(*d) == lang.result && args.len() == 2 => {
                self.conversions.push(Conversion { at, from, to: args[1] });
            }
            TyKind::Infer(..) => {
                // An async block or closure whose result is not known yet: a Result at least.
                if let Some(result) = lang.result {
                    let (ok, err) = (self.fresh(), self.fresh());
                    self.try_unify(to, Ty::new(TyKind::Adt(result, Box::new([ok, err]))));
                    self.conversions.push(Conversion { at, from, to: err });
                }
            }
            _ => {}
        }
    }

    fn await_(&mut self, at: ExprRef, e: ExprId) -> Ty {
        let t = self.expr(at.seg, e, None);
        let t = self.known(t);
        if let TyKind::Future(out, _) = t.kind() {
            return *out;
        }
        if let Some(c) = t.cause() {
            return Ty::unknown(c);
        }
        let Some(tr) = self.types.lang.into_future else { return Ty::unknown(Cause::MissingSources) };
        let out = self.s.project(tr, &[t], kw::OUTPUT).or_else(|| {
            self.select();
            self.s.project(tr, &[t], kw::OUTPUT)
        });
        let out = out.unwrap_or_else(|| Ty::unknown(Cause::NotInferred));
        self.settle(out)
    }

    pub(super) fn block_expr(
        &mut self,
        seg: u32,
        kind: BlockKind,
        stmts: crate::facts::List,
        tail: ExprId,
        label: Sym,
        want: Option<Ty>,
    ) -> Ty {
        match kind {
            BlockKind::Async | BlockKind::AsyncGen | BlockKind::Gen => {
                let want = want.map(|w| self.s.vars.shallow(w));
                let ret = match want.map(|w| w.kind()) {
                    Some(TyKind::Future(out, _)) => *out,
                    _ => want.and_then(|w| self.expected_output(w)).unwrap_or_else(|| self.fresh()),
                };
                self.frames.push(Frame { ret });
                let loops = std::mem::take(&mut self.loops);
                let t = self.block(seg, stmts, tail, Some(ret));
                self.coerce(t, ret);
                self.loops = loops;
                self.frames.pop();
                if kind == BlockKind::Async { Ty::new(TyKind::Future(ret, None)) } else { Ty::unknown(Cause::NotInferred) }
            }
            BlockKind::Try => {
                self.block(seg, stmts, tail, None);
                Ty::unknown(Cause::NotInferred)
            }
            _ if label.is_some() => {
                let value = want.unwrap_or_else(|| self.fresh());
                let name = self.name(seg, label);
                self.loops.push(LoopFrame { label: name, value: Some(value), broken: false });
                let t = self.block(seg, stmts, tail, Some(value));
                self.loops.pop();
                self.coerce(t, value);
                value
            }
            _ => self.block(seg, stmts, tail, want),
        }
    }

    /// `F: Future<Output = T>` expected of a variable.
    fn expected_output(&mut self, want: Ty) -> Option<Ty> {
        let future = self.types.lang.future?;
        let gives = |p: &&Pending| p.bound.def == future && self.s.vars.shallow(p.subject) == want && !p.bound.assoc.is_empty();
        let out = self.s.pending.iter().find(gives)?.bound.assoc[0].1;
        Some(self.settle(out))
    }

    fn block(&mut self, seg: u32, stmts: crate::facts::List, tail: ExprId, want: Option<Ty>) -> Ty {
        let mark = self.locals.len();
        let mut diverges = false;
        for s in self.list(seg, stmts) {
            diverges |= self.stmt(seg, s);
        }
        let ty = if tail.is_some() {
            self.expr(seg, tail, want)
        } else if diverges {
            Ty::new(TyKind::Never)
        } else {
            Ty::unit()
        };
        self.locals.truncate(mark);
        ty
    }

    /// Runs a statement; true when control does not pass it.
    pub(super) fn stmt(&mut self, seg: u32, id: u32) -> bool {
        match Self::arena(&self.segs[seg as usize]).stmts[id as usize] {
            Stmt::Let { pat, ty, init, els } => {
                let declared = ty.get().map(|t| self.written_ty(seg, t));
                let mut never = false;
                let t = match init.get() {
                    Some(e) => {
                        let t = self.expr(seg, e, declared);
                        never = matches!(self.s.vars.shallow(t).kind(), TyKind::Never);
                        match declared {
                            Some(d) => {
                                self.coerce(t, d);
                                d
                            }
                            None => t,
                        }
                    }
                    None => declared.unwrap_or_else(|| self.fresh()),
                };
                if els.is_some() {
                    self.expr(seg, els, None);
                }
                let t = if never && declared.is_none() { self.fresh() } else { t };
                self.pattern(seg, pat, t);
                never
            }
            Stmt::Expr { expr, .. } => {
                if let Expr::Macro(m) = self.node(seg, expr)
                    && let Some(t) = self.macro_stmt(ExprRef { seg, id: expr }, m)
                {
                    self.segs[seg as usize].exprs[expr.idx()] = t;
                    return matches!(t.kind(), TyKind::Never);
                }
                let t = self.expr(seg, expr, None);
                matches!(self.s.vars.shallow(t).kind(), TyKind::Never)
            }
            Stmt::Item(_) => false,
        }
    }

    fn if_(&mut self, seg: u32, cond: ExprId, then: ExprId, els: ExprId, want: Option<Ty>) -> Ty {
        let mark = self.locals.len();
        self.expr(seg, cond, Some(Ty::prim(Prim::Bool)));
        if els.is_none() {
            self.expr(seg, then, Some(Ty::unit()));
            self.locals.truncate(mark);
            return Ty::unit();
        }
        let out = want.unwrap_or_else(|| self.fresh());
        let a = self.expr(seg, then, Some(out));
        self.locals.truncate(mark);
        self.coerce(a, out);
        let b = self.expr(seg, els, Some(out));
        self.coerce(b, out);
        self.joined(&[a, b], out)
    }

    /// Type of branches that were coerced to `out`: `!` when none of them comes back.
    fn joined(&mut self, branches: &[Ty], out: Ty) -> Ty {
        let all_never = branches.iter().all(|&t| matches!(self.s.vars.shallow(t).kind(), TyKind::Never));
        if all_never && !branches.is_empty() {
            return Ty::new(TyKind::Never);
        }
        let o = self.s.vars.shallow(out);
        if matches!(o.kind(), TyKind::Infer(_, VarKind::General))
            && let Some(&t) = branches.iter().find(|&&t| matches!(self.s.vars.shallow(t).kind(), TyKind::Unknown(_)))
        {
            return t;
        }
        o
    }

    fn match_(&mut self, seg: u32, scrutinee: ExprId, arms: crate::facts::List, want: Option<Ty>) -> Ty {
        let t = self.expr(seg, scrutinee, None);
        let out = want.unwrap_or_else(|| self.fresh());
        let mut tys = Vec::new();
        for a in self.list(seg, arms) {
            let arm = Self::arena(&self.segs[seg as usize]).arms[a as usize];
            let mark = self.locals.len();
            self.pattern(seg, arm.pat, t);
            if arm.guard.is_some() {
                self.expr(seg, arm.guard, Some(Ty::prim(Prim::Bool)));
            }
            let b = self.expr(seg, arm.body, Some(out));
            self.coerce(b, out);
            tys.push(b);
            self.locals.truncate(mark);
        }
        self.joined(&tys, out)
    }

    fn loop_body(&mut self, seg: u32, body: ExprId, label: Sym, value: Option<Ty>) -> bool {
        let label = self.name(seg, label);
        self.loops.push(LoopFrame { label, value, broken: false });
        self.expr(seg, body, Some(Ty::unit()));
        self.loops.pop().is_some_and(|l| l.broken)
    }

    fn for_(&mut self, at: ExprRef, parts: crate::facts::List, label: Sym) -> Ty {
        let parts = self.list(at.seg, parts);
        let [pat, iter, body] = parts[..] else { return Ty::unknown(Cause::UnreadSyntax) };
        let t = self.expr(at.seg, ExprId(iter), None);
        let t = self.known(t);
        let item = self.item_of(t);
        let mark = self.locals.len();
        self.pattern(at.seg, crate::facts::PatId(pat), item);
        let tr = self.types.lang.into_iterator;
        let callee = match tr.and_then(|tr| self.types.member(tr, Name::new("into_iter"), crate::model::ids::DefKind::Fn)) {
            Some(m) => Callee {
                def: Some(m),
                trait_method: Some(m),
                args: Box::new([t]),
                dispatched: false,
                recv: Some(t),
                implied: Vec::new(),
                cause: None,
            },
            None => unknown_callee(Cause::MissingSources, Some(t)),
        };
        self.record(at, callee);
        self.loop_body(at.seg, ExprId(body), label, None);
        self.locals.truncate(mark);
        Ty::unit()
    }

    fn item_of(&mut self, t: Ty) -> Ty {
        if let Some(c) = t.cause()
            && !matches!(t.kind(), TyKind::Infer(..))
        {
            return Ty::unknown(c);
        }
        let Some(tr) = self.types.lang.into_iterator else { return Ty::unknown(Cause::MissingSources) };
        let item = self.s.project(tr, &[t], kw::ITEM).or_else(|| {
            self.select();
            self.s.project(tr, &[t], kw::ITEM)
        });
        let item = item.unwrap_or_else(|| Ty::unknown(Cause::NotInferred));
        self.settle(item)
    }

    fn break_(&mut self, seg: u32, label: Sym, value: ExprId) -> Ty {
        let name = self.name(seg, label);
        let at = self.loops.iter().rposition(|l| label.is_none() || l.label == name);
        let want = at.and_then(|i| self.loops[i].value);
        let t = if value.is_some() { self.expr(seg, value, want) } else { Ty::unit() };
        if let Some(i) = at {
            self.loops[i].broken = true;
            if let Some(w) = want {
                self.coerce(t, w);
            }
        }
        Ty::new(TyKind::Never)
    }

    fn tuple(&mut self, seg: u32, list: crate::facts::List, want: Option<Ty>) -> Ty {
        let wants: Vec<Ty> = match want.map(|w| self.s.vars.shallow(w).kind()) {
            Some(TyKind::Tuple(ts)) => ts.to_vec(),
            _ => Vec::new(),
        };
        let tys = self.list(seg, list).into_iter().enumerate().map(|(i, e)| self.expr(seg, ExprId(e), wants.get(i).copied())).collect();
        Ty::new(TyKind::Tuple(tys))
    }

    fn array(&mut self, seg: u32, list: crate::facts::List, want: Option<Ty>) -> Ty {
        let elem = match want.map(|w| self.s.vars.shallow(w).kind()) {
            Some(TyKind::Array(t) | TyKind::Slice(t)) => *t,
            _ => self.fresh(),
        };
        for e in self.list(seg, list) {
            let t = self.expr(seg, ExprId(e), Some(elem));
            self.coerce(t, elem);
        }
        Ty::new(TyKind::Array(elem))
    }

    fn struct_literal(&mut self, at: ExprRef, path: crate::facts::PathId, fields: crate::facts::List, rest: ExprId) -> Ty {
        let ctor = self.ctor_path(at.seg, path);
        let pairs = self.list(at.seg, fields);
        for pair in pairs.chunks_exact(2) {
            let name = self.name(at.seg, Sym(pair[0]));
            let want = match ctor.map(|(def, ty)| (def, ty.kind())) {
                Some((def, TyKind::Adt(_, args))) => self.adt_field(def, args, name),
                _ => None,
            };
            let t = self.expr(at.seg, ExprId(pair[1]), want);
            if let Some(w) = want {
                self.coerce(t, w);
            }
        }
        let ty = ctor.map_or_else(|| Ty::unknown(Cause::UnresolvedPath), |(_, ty)| ty);
        if rest.is_some() && rest != at.id {
            let r = self.expr(at.seg, rest, Some(ty));
            self.coerce(r, ty);
        }
        ty
    }

    fn range(&mut self, seg: u32, lo: ExprId, hi: ExprId, inclusive: bool) -> Ty {
        let lang = &self.types.lang;
        let def = match (lo.is_some(), hi.is_some(), inclusive) {
            (true, true, false) => lang.range,
            (true, true, true) => lang.range_inclusive,
            (true, false, _) => lang.range_from,
            (false, true, false) => lang.range_to,
            (false, true, true) => lang.range_to_inclusive,
            (false, false, _) => lang.range_full,
        };
        let elem = self.fresh();
        for e in [lo, hi].into_iter().filter(|e| e.is_some()) {
            let t = self.expr(seg, e, Some(elem));
            self.coerce(t, elem);
        }
        let args: Box<[Ty]> = if lo.is_none() && hi.is_none() { Box::new([]) } else { Box::new([elem]) };
        def.map_or_else(|| Ty::unknown(Cause::MissingSources), |d| Ty::new(TyKind::Adt(d, args)))
    }

    /// The innermost local of that name.
    pub(super) fn local(&self, name: Name) -> Option<Local> {
        self.locals.iter().rev().find(|l| l.name == name).copied()
    }
}
