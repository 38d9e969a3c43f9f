//! One value on its way: from the expression that makes it, parent by parent, to the place that decides what becomes of its error.

use super::trace::Tracer;
use super::tree::{Slot, Source};
use super::{Loss, Shape};
use crate::catalog::schema::MacroKind;
use crate::facts::{BinOp, Binding, BlockKind, Expr, ExprId, Pat, PatId, Pos, Stmt, UnOp};
use crate::model::ids::{DefId, DefKind};
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget};

/// Where a value ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// Out of the function.
    Exit {
        /// A log was written on the way.
        logged: bool,
        /// The function that turns it into the error that is returned, where `?` calls one.
        by: Option<DefId>,
    },
    /// To somebody else: argument, field, closure's value.
    Propagated,
    /// The error is looked at, or stops the program.
    Handled,
    /// Logged or counted.
    Logged,
    /// Kept in a variable that nobody asks.
    Kept,
    /// A question that decides nothing by itself (`is_ok` beside other uses).
    Neutral,
    /// Cannot be followed.
    Unknown,
    /// Lost.
    Lost(Lost),
}

/// A loss, without its producer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lost {
    pub loss: Loss,
    pub pos: Pos,
    /// The error, where it is not the outermost one.
    pub error: Option<Ty>,
    pub calls: Vec<DefId>,
    pub in_loop: bool,
    pub leaves: bool,
    pub substitutes: bool,
    /// Only a detail of an error that is returned anyhow is missing.
    pub detail: bool,
    /// Another attempt on the same follows.
    pub again: bool,
}

impl Lost {
    pub fn new(loss: Loss, pos: Pos) -> Lost {
        Lost { loss, pos, error: None, calls: Vec::new(), in_loop: false, leaves: false, substitutes: false, detail: false, again: false }
    }
}

/// What is known of a value on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The error was thrown away by `.ok()` there: from here on the value is an `Option`.
    pub ok_at: Option<Pos>,
    /// The error was replaced by another without its cause there.
    pub replaced: Option<Pos>,
    /// The error that was replaced, where it is the outer one of two.
    pub outer: Option<Ty>,
    /// A log was written on the way.
    pub logged: bool,
    /// Places of the value in tuples around it, innermost last.
    pub path: Vec<u32>,
    /// Steps taken.
    pub depth: u32,
    /// Workspace functions called in closures on the way.
    pub calls: Vec<DefId>,
    /// The workspace's function that made another error of it.
    pub turned: Option<DefId>,
}

impl End {
    /// Out of the function, `by` a conversion that `?` calls.
    fn exit(st: &State, by: Option<DefId>) -> End {
        End::Exit { logged: st.logged, by: by.or(st.turned) }
    }
}

const MAX_DEPTH: u32 = 200;

/// What a step decides.
enum Step {
    On(ExprRef),
    Stop(End),
}

impl Tracer<'_> {
    /// Follows a value.
    pub(super) fn follow(&self, start: ExprRef, mut st: State) -> End {
        let mut e = start;
        loop {
            st.depth += 1;
            if st.depth > MAX_DEPTH || !self.take_step() {
                return End::Unknown;
            }
            let Some((parent, slot)) = self.tree.parent(e) else { return self.close(End::exit(&st, None), &st) };
            match self.step(e, parent, slot, &mut st) {
                Step::On(next) => e = next,
                Step::Stop(end) => return self.with_detail_marked(e, self.close(end, &st)),
            }
        }
    }

    /// A good end of a value whose error is gone already is a loss at the place where it went.
    fn close(&self, end: End, st: &State) -> End {
        let passed_on = matches!(end, End::Exit { .. } | End::Propagated | End::Kept);
        let lost = match (st.ok_at, st.replaced) {
            _ if st.logged || !passed_on => None,
            (Some(pos), _) => Some(Lost::new(Loss::Fallback, pos)),
            (None, Some(pos)) => Some(Lost { error: st.outer, ..Lost::new(Loss::CauseReplaced, pos) }),
            _ => None,
        };
        match (lost, end) {
            (Some(mut lost), _) => {
                lost.calls.clone_from(&st.calls);
                lost.substitutes = st.ok_at.is_some();
                End::Lost(lost)
            }
            (None, End::Exit { logged, by }) => End::Exit { logged: logged || st.logged, by },
            (None, End::Lost(_)) if st.logged => End::Logged,
            (None, End::Lost(mut lost)) => {
                lost.calls.extend(st.calls.iter().copied());
                End::Lost(lost)
            }
            (None, end) => end,
        }
    }

    fn step(&self, e: ExprRef, parent: ExprRef, slot: Slot, st: &mut State) -> Step {
        match slot {
            Slot::Root => Step::Stop(End::exit(st, None)),
            Slot::Recv => self.receiver(e, parent, st),
            Slot::Arg(i) => self.argument(e, parent, i, st),
            Slot::Operand => self.operand(e, parent, st),
            Slot::Semi => {
                // A macro in statement position yields to its own block first.
                Step::Stop(self.dropped(e, st, self.body.pos(e)))
            }
            Slot::Tail => match self.node(parent) {
                Expr::Block { kind: BlockKind::Async, .. } => Step::Stop(self.async_tail(parent, st)),
                Expr::Block { kind: BlockKind::Plain | BlockKind::Unsafe, .. } => Step::On(parent),
                _ => Step::Stop(End::Propagated),
            },
            Slot::Expansion | Slot::Branch | Slot::Arm(_) => self.branch_value(parent),
            Slot::Init(s) => Step::Stop(self.initialiser(e, s, st)),
            Slot::Scrutinee => Step::Stop(self.scrutinee(e, parent, st)),
            Slot::SelectFuture(i) => Step::Stop(self.select_branch(e, parent, i, st)),
            Slot::Iter => Step::Stop(self.iterated(e, parent, st)),
            Slot::Return => Step::Stop(if self.inside_closure(e) { End::Propagated } else { End::exit(st, None) }),
            Slot::Closure => Step::Stop(self.closure_value(parent, st)),
            Slot::Elem(i) => {
                st.path.push(i);
                match self.tree.parent(parent) {
                    Some((_, Slot::Scrutinee | Slot::Init(_) | Slot::Elem(_))) => Step::On(parent),
                    _ => Step::Stop(End::Propagated),
                }
            }
            Slot::Rhs => Step::Stop(self.assigned(e, parent, st)),
            Slot::MacroArg(_) => self.macro_argument(e, parent, st),
            Slot::Break | Slot::Part | Slot::Callee | Slot::LoopBody | Slot::Cond | Slot::Guard | Slot::LetElse | Slot::Lhs => {
                Step::Stop(End::Propagated)
            }
        }
    }

    fn branch_value(&self, parent: ExprRef) -> Step {
        Step::On(parent)
    }

    /// The value is thrown away here.
    pub(super) fn dropped(&self, e: ExprRef, st: &State, pos: Pos) -> End {
        // `slot.insert(result);`, `entry.or_insert(result);`: what is thrown away is a reference, and its owner keeps the value.
        if st.ok_at.is_none() && matches!(self.ty(e).kind(), TyKind::Ref(..)) {
            return End::Neutral;
        }
        if st.ok_at.is_some() {
            return End::Lost(Lost::new(Loss::OkStatement, st.ok_at.unwrap_or(pos)));
        }
        let loss = match self.holder.of(self.ty(e)).map(|h| h.shape) {
            Some(Shape::Items) => Loss::CollectionDropped,
            Some(Shape::TaskHandle) => Loss::HandleDropped,
            Some(Shape::Future) => Loss::NeverAwaited,
            _ => Loss::Statement,
        };
        End::Lost(Lost::new(loss, pos))
    }

    fn assigned(&self, e: ExprRef, parent: ExprRef, st: &State) -> End {
        let Expr::Assign { lhs, .. } = self.node(parent) else { return End::Propagated };
        let lhs = ExprRef { seg: parent.seg, id: lhs };
        if !matches!(self.node(lhs), Expr::Underscore) {
            return End::Propagated;
        }
        self.underscored(e, st, self.body.pos(lhs))
    }

    /// Bound to `_`.
    pub(super) fn underscored(&self, e: ExprRef, st: &State, pos: Pos) -> End {
        match self.dropped(e, st, pos) {
            End::Lost(mut lost) => {
                if lost.loss == Loss::Statement {
                    lost.loss = Loss::Underscore;
                }
                lost.pos = pos;
                End::Lost(lost)
            }
            end => end,
        }
    }

    fn initialiser(&self, e: ExprRef, stmt: u32, st: &State) -> End {
        let Stmt::Let { pat, els, .. } = self.body.arena(e.seg).stmts[stmt as usize] else { return End::Propagated };
        let els = els.get().map(|id| ExprRef { seg: e.seg, id });
        self.bound(e, e.seg, pat, els, st)
    }

    fn async_tail(&self, block: ExprRef, st: &State) -> End {
        // The block's future is the value of the function itself: the caller awaits it.
        let is_body = self.tree.ancestors(block).all(|(_, s)| is_own_value(s));
        if is_body && !self.inside_closure(block) {
            return End::exit(st, None);
        }
        // `filter_map(|r| async move { r.ok() })`
        match self.tree.parent(block) {
            Some((closure, Slot::Closure)) if st.ok_at.is_some() => self.closure_value(closure, st),
            _ => End::Propagated,
        }
    }

    /// Whether a closure (or an async block that is not the function's own value) stands between this place and the function.
    pub(super) fn inside_closure(&self, e: ExprRef) -> bool {
        let mut in_async = false;
        self.tree.ancestors(e).any(|(p, s)| {
            // An async block below here is the function's own value as long as nothing but tails and the like is above it.
            let inner = s == Slot::Closure || (in_async && !is_own_value(s));
            in_async |= matches!(self.node(p), Expr::Block { kind: BlockKind::Async, .. });
            inner
        })
    }

    fn argument(&self, e: ExprRef, parent: ExprRef, index: u32, st: &mut State) -> Step {
        let callee = self.body.callee(parent);
        let def = callee.and_then(|c| c.def);
        if let Some(def) = def
            && index == 0
        {
            if self.cx.defs.path(def) == "core::mem::drop" {
                if self.holder.of(self.ty(e)).is_some_and(|h| h.shape == Shape::Future) {
                    return Step::Stop(End::Propagated);
                }
                let end = match self.dropped(e, st, self.body.pos(e)) {
                    End::Lost(mut lost) if lost.loss == Loss::Statement => {
                        lost.loss = Loss::DropCall;
                        End::Lost(lost)
                    }
                    end => end,
                };
                return Step::Stop(end);
            }
            if self.is_boxing(def) {
                return Step::On(parent);
            }
        }
        if self.is_ctor(parent, "Some") {
            return Step::On(parent);
        }
        if st.ok_at.is_some()
            && let Some(closure) = self.tail_closure(parent)
        {
            return Step::Stop(self.closure_value(closure, st));
        }
        Step::Stop(End::Propagated)
    }

    /// The closure of which this expression is the value.
    fn tail_closure(&self, e: ExprRef) -> Option<ExprRef> {
        for (parent, slot) in self.tree.ancestors(e) {
            match slot {
                Slot::Closure => return Some(parent),
                Slot::Tail => {}
                _ => return None,
            }
        }
        None
    }

    fn operand(&self, e: ExprRef, parent: ExprRef, st: &mut State) -> Step {
        match self.node(parent) {
            Expr::Try(_) if self.inside_closure(parent) => Step::Stop(End::Propagated),
            Expr::Try(_) => {
                let by = self.body.callee(parent).and_then(|c| c.implied.iter().copied().find(|d| self.cx.defs.krate(d.krate).member));
                Step::Stop(End::exit(st, by))
            }
            Expr::Await(_) => match self.holder.of(self.ty(parent)) {
                Some(_) => Step::On(parent),
                None if self.ty(parent).cause().is_some() => Step::Stop(End::Unknown),
                None => Step::Stop(End::Kept),
            },
            Expr::Ref { .. } | Expr::Unary { op: UnOp::Deref, .. } => Step::On(parent),
            Expr::Field { .. } | Expr::Index { .. } => {
                let holds = self.holder.of(self.ty(parent)).is_some_and(|h| h.fails());
                if holds { Step::On(parent) } else { Step::Stop(End::Propagated) }
            }
            Expr::Binary { op: BinOp::Eq | BinOp::Ne, .. } => Step::Stop(self.tested(e, parent, st, None)),
            _ => Step::Stop(End::Propagated),
        }
    }

    fn macro_argument(&self, e: ExprRef, parent: ExprRef, st: &mut State) -> Step {
        match self.macro_kind(parent) {
            Some(MacroKind::Log | MacroKind::Metric | MacroKind::Print | MacroKind::Span) => Step::Stop(End::Logged),
            Some(MacroKind::Format | MacroKind::Write | MacroKind::Panic | MacroKind::MakesError | MacroKind::ReturnsError) => {
                Step::Stop(if st.ok_at.is_some() { End::Propagated } else { End::Handled })
            }
            // `dbg!(r)` gives what it was given.
            Some(MacroKind::Pure) if self.ty(parent) == self.ty(e) => Step::On(parent),
            _ => Step::Stop(End::Propagated),
        }
    }

    fn iterated(&self, e: ExprRef, parent: ExprRef, st: &State) -> End {
        let Expr::For { parts, .. } = self.node(parent) else { return End::Propagated };
        let &[pat, ..] = self.body.arena(parent.seg).list(parts) else { return End::Propagated };
        let pat = PatId(pat);
        let pos = self.body.pos(e);
        if self.holder.is_result(self.ty(e)) || self.holder.is_option(self.ty(e)) {
            // `for x in result`: runs not at all when it failed.
            return End::Lost(Lost { in_loop: true, ..Lost::new(Loss::ItemsSkipped, st.ok_at.unwrap_or(pos)) });
        }
        if matches!(self.pat(parent.seg, pat), Pat::Wild) {
            return End::Lost(Lost::new(Loss::CollectionDropped, pos));
        }
        End::Propagated
    }

    /// All uses of a local together: one good use is enough; else the first loss stands.
    pub(super) fn follow_binding(&self, seg: u32, pat: PatId, st: State) -> End {
        let uses = self.tree.uses.get(&(seg, pat)).map(Vec::as_slice).unwrap_or_default();
        if uses.is_empty() {
            let is_handle = self.holder.of(self.body.segs[seg as usize].pats[pat.idx()]).is_some_and(|h| h.shape == Shape::TaskHandle);
            let is_let = self.tree.sources.get(&(seg, pat)).is_some_and(|(s, whole)| *whole && matches!(s, Source::Expr(_)));
            if is_handle && is_let {
                return End::Lost(Lost::new(Loss::HandleDropped, self.pat_pos(seg, pat)));
            }
            return self.close(End::Kept, &st);
        }
        let mut first: Option<Lost> = None;
        let mut unknown = false;
        let mut neutral = None;
        let end_of = |u: ExprRef| self.follow(u, State { depth: st.depth + 1, ..st.clone() });
        let mut logged = false;
        for &u in uses {
            if matches!(self.tree.parent(u), Some((_, Slot::Lhs))) {
                continue;
            }
            match end_of(u) {
                End::Lost(lost) => {
                    if matches!(lost.loss, Loss::DropCall) && uses.len() > 1 {
                        continue;
                    }
                    if first.as_ref().is_none_or(|f| lost.pos < f.pos) {
                        first = Some(lost);
                    }
                }
                End::Unknown => unknown = true,
                End::Neutral => neutral = Some(End::Neutral),
                // `if let Err(e) = &r { warn!(..) }`, and then `r`: what leaves was logged.
                End::Exit { logged: false, by } if uses.iter().any(|&u| self.is_looked_into(u) && end_of(u) == End::Logged) => {
                    return End::Exit { logged: true, by };
                }
                End::Logged if self.is_looked_into(u) => logged = true,
                end => return end,
            }
        }
        match first {
            _ if logged => End::Logged,
            _ if unknown => End::Unknown,
            Some(lost) => End::Lost(lost),
            None => neutral.unwrap_or(End::Kept),
        }
    }

    /// `&r`, `r.as_ref()`, `if let Err(ref e) = r`: the value is still there afterwards.
    fn is_looked_into(&self, e: ExprRef) -> bool {
        self.tree.parent(e).is_some_and(|(parent, slot)| match self.node(parent) {
            Expr::Ref { mutable, .. } => !mutable,
            Expr::MethodCall { .. } => slot == Slot::Recv && self.name_of_method(parent) == "as_ref",
            Expr::Let { pat, .. } => self.takes_nothing(parent.seg, pat),
            Expr::Match { arms, .. } if slot == Slot::Scrutinee => {
                let arena = self.body.arena(parent.seg);
                arena.list(arms).iter().all(|&arm| self.takes_nothing(parent.seg, arena.arms[arm as usize].pat))
            }
            _ => false,
        })
    }

    /// Whether a pattern binds nothing but by reference: what is matched is still there afterwards.
    fn takes_nothing(&self, seg: u32, pat: PatId) -> bool {
        let arena = self.body.arena(seg);
        let mut work = vec![pat];
        while let Some(p) = work.pop() {
            match arena.pats[p.idx()] {
                Pat::Ident { by, .. } if !matches!(by, Binding::Ref) => return false,
                Pat::TupleStruct { pats, .. } | Pat::Tuple(pats) | Pat::Slice(pats) | Pat::Or(pats) => work.extend(arena.pats_of(pats)),
                Pat::Struct { fields, .. } => work.extend(arena.list(fields).chunks_exact(2).map(|f| PatId(f[1]))),
                Pat::Type { pat, .. } => work.push(pat),
                Pat::Ref { inner, .. } => work.push(inner),
                _ => {}
            }
        }
        true
    }

    // ------------------------------------------------------------------------------------------------------------------ methods

    fn receiver(&self, e: ExprRef, parent: ExprRef, st: &mut State) -> Step {
        let ty = self.ty(e);
        if st.ok_at.is_some() || self.holder.is_result(ty) {
            return self.result_method(e, parent, st);
        }
        let Some(held) = self.holder.of(ty) else { return Step::Stop(End::Propagated) };
        if self.displaces(parent) {
            return Step::Stop(End::Neutral);
        }
        match held.shape {
            Shape::Items => self.items_method(parent, st),
            Shape::Future => self.future_method(parent, st),
            Shape::TaskHandle => Step::Stop(End::Propagated),
            Shape::Result => {
                // `Option<Result>`: transposed, unwrapped, matched by name.
                match self.holder.of(self.ty(parent)) {
                    Some(_) => Step::On(parent),
                    None if matches!(self.name_of_method(parent), "is_some" | "is_none") => Step::Stop(self.tested(e, parent, st, None)),
                    None => Step::Stop(End::Propagated),
                }
            }
        }
    }

    pub(super) fn method_argument(&self, call: ExprRef, index: usize) -> Option<ExprRef> {
        let Expr::MethodCall { args, .. } = self.node(call) else { return None };
        let id = self.body.arena(call.seg).exprs_of(args).nth(index)?;
        Some(ExprRef { seg: call.seg, id })
    }

    /// What a closure argument does with the error it is given.
    pub(super) fn error_closure(&self, call: ExprRef, index: usize) -> ClosureUse {
        let Some(arg) = self.method_argument(call, index) else { return ClosureUse::default() };
        let Expr::Closure(n) = self.node(arg) else {
            // A function or constructor by its path receives the error.
            return ClosureUse { uses: true, ..ClosureUse::default() };
        };
        let closure = self.body.arena(arg.seg).closures[n as usize];
        let params = self.body.arena(arg.seg).list(closure.params);
        let uses = params.first().is_some_and(|&p| self.uses_any(arg.seg, PatId(p)));
        let region = self.region(Some(ExprRef { seg: arg.seg, id: closure.body }));
        ClosureUse { uses, reports: region.reports, stops: region.stops, calls: region.calls, takes: !params.is_empty() }
    }

    /// The workspace's function that a call is handed by its path.
    fn function_arg(&self, call: ExprRef) -> Option<DefId> {
        let arg = self.method_argument(call, 0)?;
        let Expr::Path(p) = self.node(arg) else { return None };
        let named = match self.body.segs[arg.seg as usize].paths.get(&p) {
            Some(PathTarget::Def(def)) => Some(*def),
            _ => None,
        };
        let function = self.body.callee(arg).and_then(|c| c.def).or(named)?;
        (self.cx.defs.krate(function.krate).member && self.cx.defs.def(function).kind == DefKind::Fn).then_some(function)
    }

    /// Whether any identifier of a pattern is used, or the pattern looks at the value (literals, variants).
    pub(super) fn uses_any(&self, seg: u32, pat: PatId) -> bool {
        let arena = self.body.arena(seg);
        let mut work = vec![pat];
        while let Some(p) = work.pop() {
            if p.is_none() {
                continue;
            }
            match arena.pats[p.idx()] {
                Pat::Ident { sub, .. } => {
                    if self.is_used(seg, p) {
                        return true;
                    }
                    work.push(sub);
                }
                Pat::Type { pat, .. } => work.push(pat),
                Pat::Ref { inner, .. } => work.push(inner),
                Pat::TupleStruct { pats, .. } | Pat::Tuple(pats) | Pat::Slice(pats) | Pat::Or(pats) => work.extend(arena.pats_of(pats)),
                Pat::Struct { fields, .. } => work.extend(arena.list(fields).chunks_exact(2).map(|f| PatId(f[1]))),
                _ => {}
            }
        }
        false
    }

    fn result_method(&self, e: ExprRef, parent: ExprRef, st: &mut State) -> Step {
        let pos = self.body.pos(parent);
        let fallback = |st: &State, calls: Vec<DefId>| {
            let mut lost = Lost::new(Loss::Fallback, st.ok_at.unwrap_or(pos));
            lost.error = self.outer_error(e);
            lost.calls = calls;
            lost.substitutes = true;
            Step::Stop(End::Lost(lost))
        };
        let name = self.name_of_method(parent);
        match name {
            "ok" if st.ok_at.is_none() => {
                st.ok_at = Some(pos);
                Step::On(parent)
            }
            "err" if st.ok_at.is_none() => Step::Stop(End::Handled),
            "unwrap" | "expect" | "unwrap_err" | "expect_err" | "unwrap_unchecked" | "into_ok" => Step::Stop(End::Handled),
            "unwrap_or" | "unwrap_or_default" | "or" | "map_or" | "map_or_default" | "unwrap_or_log" => fallback(st, Vec::new()),
            "unwrap_or_else" | "map_or_else" | "or_else" => {
                let c = self.error_closure(parent, 0);
                if c.reports {
                    Step::Stop(End::Logged)
                } else if c.stops || (c.uses && st.ok_at.is_none()) {
                    Step::Stop(End::Handled)
                } else {
                    fallback(st, c.calls)
                }
            }
            "is_ok" | "is_some" | "is_ok_and" | "is_some_and" => Step::Stop(self.tested(e, parent, st, Some(true))),
            "is_err_and" if self.error_closure(parent, 0).uses => Step::Stop(End::Handled),
            "is_err" | "is_none" | "is_err_and" | "is_none_or" => Step::Stop(self.tested(e, parent, st, Some(false))),
            "map_err" if st.ok_at.is_none() => {
                let c = self.error_closure(parent, 0);
                st.logged |= c.reports;
                st.turned = self.function_arg(parent).or(c.maker()).or(st.turned);
                if c.stops {
                    return Step::Stop(End::Handled);
                }
                if !c.uses && !c.reports {
                    if st.replaced.is_none() {
                        st.outer = self.outer_error(e);
                    }
                    st.replaced.get_or_insert(pos);
                    st.calls.extend(c.calls);
                }
                Step::On(parent)
            }
            "inspect_err" | "tap_err" => {
                let c = self.error_closure(parent, 0);
                st.logged |= c.reports || c.uses;
                st.calls.extend(c.calls);
                Step::On(parent)
            }
            "ok_or" | "ok_or_else" if st.ok_at.is_some() => {
                if name == "ok_or_else" {
                    let c = self.error_closure(parent, 0);
                    st.logged |= c.reports;
                    st.calls.extend(c.calls);
                }
                st.replaced = st.ok_at.take();
                Step::On(parent)
            }
            "iter" | "into_iter" | "iter_mut" => match self.tree.parent(parent) {
                Some((next, Slot::Recv)) if self.name_of_method(next) == "flatten" => {
                    Step::Stop(End::Lost(Lost { in_loop: true, ..Lost::new(Loss::ItemsSkipped, st.ok_at.unwrap_or(pos)) }))
                }
                _ => fallback(st, Vec::new()),
            },
            _ => self.other_method(e, parent, st),
        }
    }

    /// A method of `Result`, `Option` or an extension that gives back a value of the same kind keeps the error; another one takes it.
    fn other_method(&self, e: ExprRef, parent: ExprRef, st: &mut State) -> Step {
        if st.ok_at.is_some() {
            // Still an Option (`map`, `filter`, `as_deref`): what becomes of it decides.
            if self.holder.is_option(self.ty(parent)) {
                return Step::On(parent);
            }
            // An extension of the workspace that says what is missing.
            let def = self.body.callee(parent).and_then(|c| c.def);
            st.calls.extend(def.filter(|def| self.cx.defs.krate(def.krate).member));
            return Step::Stop(End::Propagated);
        }
        if self.holder.of(self.ty(parent)).is_some_and(|h| h.fails()) {
            match self.body.callee(parent).and_then(|c| c.def) {
                // An extension of the workspace: what it does is known later.
                Some(def) if self.cx.defs.krate(def.krate).member => st.calls.push(def),
                _ => st.logged |= self.extension_logs(parent),
            }
            return Step::On(parent);
        }
        match self.body.callee(parent).and_then(|c| c.def) {
            None if self.ty(e).cause().is_none() => Step::Stop(End::Unknown),
            _ => Step::Stop(End::Propagated),
        }
    }

    /// An extension method of a catalogued crate that logs (`.log_err()`).
    fn extension_logs(&self, call: ExprRef) -> bool {
        let Some(callee) = self.body.callee(call) else { return false };
        let Some(def) = callee.def else { return false };
        self.cx.known.effects(self.cx.defs, def, callee.trait_method, None).any(crate::model::effects::Effects::LOG)
    }

    fn future_method(&self, parent: ExprRef, st: &mut State) -> Step {
        match self.name_of_method(parent) {
            "map_err" => {
                let c = self.error_closure(parent, 0);
                st.logged |= c.reports;
                if !c.uses && !c.reports && c.takes {
                    st.replaced.get_or_insert(self.body.pos(parent));
                }
            }
            "inspect_err" => st.logged = true,
            _ => {}
        }
        match self.holder.of(self.ty(parent)) {
            Some(_) => Step::On(parent),
            // Adaptor types are known by what awaiting them gives.
            None => match self.tree.parent(parent) {
                Some((next, Slot::Operand)) if matches!(self.node(next), Expr::Await(_)) && self.holder.of(self.ty(next)).is_some() => {
                    Step::On(next)
                }
                Some((_, Slot::Recv)) => Step::On(parent),
                _ => Step::Stop(End::Propagated),
            },
        }
    }

    fn items_method(&self, parent: ExprRef, st: &mut State) -> Step {
        let pos = self.body.pos(parent);
        match self.name_of_method(parent) {
            // Sinks that skip failed items are found by themselves.
            "flatten" | "filter_map" | "flat_map" | "find_map" | "map_while" => Step::Stop(End::Propagated),
            "len" | "is_empty" | "count" => Step::Stop(End::Neutral),
            _ => match self.holder.of(self.ty(parent)) {
                Some(h) if h.fails() => Step::On(parent),
                _ => {
                    let _ = (pos, st);
                    Step::Stop(End::Propagated)
                }
            },
        }
    }

    pub(super) fn at(seg: u32, id: ExprId) -> Option<ExprRef> {
        id.get().map(|id| ExprRef { seg, id })
    }
}

/// What a closure that is given the error does.
#[derive(Clone, Debug, Default)]
pub(super) struct ClosureUse {
    uses: bool,
    takes: bool,
    pub(super) reports: bool,
    stops: bool,
    calls: Vec<DefId>,
}

impl ClosureUse {
    /// The one function of the workspace that makes another error of it.
    pub(super) fn maker(&self) -> Option<DefId> {
        match self.calls[..] {
            [def] if self.uses => Some(def),
            _ => None,
        }
    }
}

/// Whether what stands there is the value of what is around it.
fn is_own_value(slot: Slot) -> bool {
    matches!(slot, Slot::Tail | Slot::Root | Slot::Arg(0))
}
