//! The tracer: finds where fallible values start, follows each to its end, and writes down what was lost.

use std::cell::Cell;

use super::follow::{End, State};
use super::holds::Holder;
use super::tree::{Slot, Source, Tree};
use super::{Around, Fate, Loss, Producer, Shape, Traced};
use crate::catalog::schema::DropRule;
use crate::facts::{BlockKind, Expr, Pat, PatId, Pos, Stmt};
use crate::model::effects::{Cx, ErrorExits, TurnedExit};
use crate::model::ids::{DefId, DefKind};
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, TypedBody};

/// Follows the fallible values of one body.
pub(super) struct Tracer<'a> {
    pub(super) cx: Cx<'a>,
    pub(super) body: &'a TypedBody,
    pub(super) tree: Tree,
    pub(super) holder: Holder<'a>,
    around: Around,
    /// Steps left for the value that is followed.
    steps: Cell<u32>,
}

/// Steps one value is followed: with branches that use locals that come from branches, ways multiply.
const MAX_STEPS: u32 = 20_000;

impl<'a> Tracer<'a> {
    pub(super) fn new(cx: Cx<'a>, body: &'a TypedBody) -> Self {
        let mut around = Around::default();
        if let Some(of) = trait_of(cx, body.owner) {
            around.fmt_impl = cx.defs.path(of).starts_with("core::fmt::");
        }
        Tracer { cx, body, tree: Tree::of(body), holder: Holder::new(cx), around, steps: Cell::new(0) }
    }

    /// A new value is followed, or followed back.
    pub(super) fn start(&self) {
        self.steps.set(MAX_STEPS);
    }

    /// Takes a step; false when there are none left.
    pub(super) fn take_step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }

    pub(super) fn run(self) -> Traced {
        let mut out = Traced::default();
        out.exits.instrumented = self.instrumented();
        out.exits.never = self.never_fails();
        for seg in 0..self.body.segs.len() as u32 {
            for i in 0..self.body.arena(seg).exprs.len() {
                let e = ExprRef { seg, id: crate::facts::ExprId(i as u32) };
                self.origin_expr(e, &mut out);
            }
            for i in 0..self.body.arena(seg).pats.len() {
                self.origin_pat(seg, PatId(i as u32), &mut out);
            }
        }
        out.exits.from.sort_unstable();
        out.exits.from.dedup();
        out.fates.lost.sort_by_key(|f| (f.pos, f.origin, f.loss));
        out.fates.lost.dedup_by_key(|f| (f.pos, f.origin));
        out.fates.tally.lost = out.fates.lost.len() as u32;
        out
    }

    pub(super) fn node(&self, e: ExprRef) -> Expr {
        self.body.arena(e.seg).exprs[e.id.idx()]
    }

    pub(super) fn pat(&self, seg: u32, p: PatId) -> Pat {
        self.body.arena(seg).pats[p.idx()]
    }

    pub(super) fn ty(&self, e: ExprRef) -> Ty {
        self.body.ty(e)
    }

    /// Position of a pattern in the body's file.
    pub(super) fn pat_pos(&self, seg: u32, p: PatId) -> Pos {
        self.body.pat_pos(seg, p)
    }

    /// Whether a name is used, as far as can be seen, or named in a macro that could not be read.
    pub(super) fn is_used(&self, seg: u32, p: PatId) -> bool {
        let named = |name| !self.tree.unread.is_empty() && self.tree.unread.contains(self.body.str(seg, name));
        self.tree.uses.contains_key(&(seg, p)) || matches!(self.pat(seg, p), Pat::Ident { name, .. } if named(name))
    }

    pub(super) fn name_of_method(&self, e: ExprRef) -> &str {
        let Expr::MethodCall { seg, .. } = self.node(e) else { return "" };
        self.body.str(e.seg, self.body.arena(e.seg).segs[seg.idx()].name)
    }

    fn origin_expr(&self, e: ExprRef, out: &mut Traced) {
        self.start();
        let node = self.node(e);
        let starts = match node {
            Expr::Call { .. } => {
                if self.is_ctor(e, "Err") && self.holder.is_result(self.ty(e)) {
                    self.explicit_error(e, out);
                    return;
                }
                !self.is_wrapping_call(e)
            }
            Expr::MethodCall { recv, .. } => {
                self.skipping_sink(e, out);
                !self.flows(ExprRef { seg: e.seg, id: recv })
            }
            Expr::Await(inner) => !self.flows(ExprRef { seg: e.seg, id: inner }),
            Expr::Try(_) => true,
            Expr::Field { .. } => true,
            Expr::Block { kind: BlockKind::Async, .. } => true,
            Expr::Macro(m) => {
                if self.macro_kind(e) == Some(crate::catalog::schema::MacroKind::ReturnsError) {
                    self.explicit_error(e, out);
                }
                self.body.segs[e.seg as usize].macros.get(&m).is_some_and(|t| t.expansion.is_none())
            }
            _ => false,
        };
        if !starts {
            return;
        }
        let Some(held) = self.holder.of(self.ty(e)) else { return };
        // `ok_or_else(|| { error!(..); Missing })`.
        let logged = self.name_of_method(e) == "ok_or_else" && self.error_closure(e, 0).reports;
        let end = match self.follow(e, State { turned: self.made_by(e), logged, ..State::default() }) {
            // Who puts a Result somewhere has not asked for the one that stood there before.
            End::Lost(lost) if lost.loss.discards() && self.displaces(e) => End::Kept,
            End::Lost(_) if self.is_looked_at(e) => End::Neutral,
            end => end,
        };
        let producers = || self.producers(e);
        self.record(end, held.shape, held.error, self.body.pos(e), &producers, out);
        if let Expr::Try(inner) = node
            && held.shape == Shape::Items
            && self.gives_results_in_one(ExprRef { seg: e.seg, id: inner })
            && let Some(lost) = out.fates.lost.last_mut().filter(|lost| lost.origin == self.body.pos(e))
        {
            lost.around.inner = true;
        }
    }

    /// Whether a dependency's function says in its signature that it gives Results inside a Result.
    fn gives_results_in_one(&self, e: ExprRef) -> bool {
        if let Expr::Await(inner) = self.node(e) {
            return self.gives_results_in_one(ExprRef { seg: e.seg, id: inner });
        }
        let def = self.body.callee(e).and_then(|c| c.def);
        let Some(def) = def.filter(|d| self.cx.defs.def(*d).kind == DefKind::Fn && !self.cx.defs.krate(d.krate).member) else {
            return false;
        };
        match self.cx.types.sig(def).body_ret.kind() {
            TyKind::Adt(of, args) if Some(*of) == self.cx.types.lang.result => {
                args.first().and_then(|&given| self.holder.of(given)).is_some_and(|given| given.shape == Shape::Items)
            }
            _ => false,
        }
    }

    /// Whether a Result is only looked at where it is kept: `&self.entry`, `map.get(&key)`. Its error is still there afterwards.
    fn is_looked_at(&self, e: ExprRef) -> bool {
        let lent = |ty: Ty| matches!(ty.kind(), TyKind::Ref(false, inner) if self.holder.is_result(*inner));
        match self.node(e) {
            // What is read through a reference was copied.
            Expr::Field { base, .. } if matches!(self.ty(ExprRef { seg: e.seg, id: base }).kind(), TyKind::Ref(false, _)) => true,
            Expr::Field { .. } => self.tree.parent(e).is_some_and(|(parent, _)| {
                matches!(self.node(parent), Expr::Ref { .. })
                    || matches!(self.name_of_method(parent), "as_ref" | "as_deref" | "as_mut" | "as_deref_mut")
            }),
            Expr::MethodCall { .. } => match self.ty(e).kind() {
                TyKind::Adt(_, args) if self.holder.is_option(self.ty(e)) => args.first().is_some_and(|&part| lent(part)),
                _ => lent(self.ty(e)),
            },
            _ => false,
        }
    }

    /// `map.insert(key, result)`, `option.replace(result)`: puts a value away and gives back, if any, the one of that type that it takes the place of.
    pub(super) fn displaces(&self, e: ExprRef) -> bool {
        let (Expr::MethodCall { args, .. }, TyKind::Adt(_, given)) = (self.node(e), self.ty(e).kind()) else { return false };
        let Some(def) = self.body.callee(e).and_then(|c| c.def) else { return false };
        let lent = |ty: Ty| matches!(ty.kind(), TyKind::Ref(..));
        self.holder.is_option(self.ty(e))
            && self.cx.types.sig(def).self_arg.is_some_and(lent)
            && self
                .body
                .arena(e.seg)
                .exprs_of(args)
                .any(|id| given.first().is_some_and(|g| same_kind(*g, self.ty(ExprRef { seg: e.seg, id }))))
    }

    /// Whether a fallible value flows through this expression, so that what is built on it is no start.
    fn flows(&self, e: ExprRef) -> bool {
        self.holder.of(self.ty(e)).is_some_and(|h| h.fails())
    }

    /// `Ok(x)`, `Some(x)`, `Box::pin(x)`: a wrapping, not a producer.
    fn is_wrapping_call(&self, e: ExprRef) -> bool {
        match self.body.callee(e).and_then(|c| c.def) {
            Some(def) if self.cx.defs.def(def).kind != DefKind::Fn => true,
            Some(def) => self.is_boxing(def),
            None => self.is_ctor(e, "Ok") || self.is_ctor(e, "Some"),
        }
    }

    /// `Box::new`, `Box::pin`, `Pin::new`: the value stays what it is.
    pub(super) fn is_boxing(&self, def: DefId) -> bool {
        let name = self.cx.defs.def(def).name.as_str();
        if !matches!(name, "new" | "pin") {
            return false;
        }
        let path = self.cx.defs.path(def);
        matches!(path.as_str(), "alloc::boxed::Box::new" | "alloc::boxed::Box::pin" | "core::pin::Pin::new")
    }

    fn origin_pat(&self, seg: u32, p: PatId, out: &mut Traced) {
        let Pat::Ident { .. } = self.pat(seg, p) else { return };
        self.start();
        let Some(&(source, whole)) = self.tree.sources.get(&(seg, p)) else { return };
        // A whole initialiser is followed from the expression.
        if whole && matches!(source, Source::Expr(_)) {
            return;
        }
        let ty = self.body.segs[seg as usize].pats[p.idx()];
        let Some(held) = self.holder.of(ty).filter(|h| h.fails()) else { return };
        // A Result that was lent for a look is still with its owner.
        let lent = matches!((source, ty.kind()), (Source::Param, TyKind::Ref(false, _)));
        let end = match self.follow_binding(seg, p, State::default()) {
            End::Lost(_) if lent => End::Neutral,
            end => end,
        };
        let pos = self.pat_pos(seg, p);
        let producers = || self.producers_of_source(source, pos);
        self.record(end, held.shape, held.error, pos, &producers, out);
    }

    /// `Err(..)` or `bail!` as written: does it leave the function, and was there a log before it.
    fn explicit_error(&self, e: ExprRef, out: &mut Traced) {
        let leaves = matches!(self.node(e), Expr::Macro(_)) || matches!(self.follow(e, State::default()), End::Exit { .. });
        if !leaves {
            return;
        }
        match self.made_by(e) {
            _ if self.logged_before(e) => out.exits.logged += 1,
            Some(by) => out.exits.turned.push(TurnedExit { by, from: None }),
            None => out.exits.silent = true,
        }
    }

    /// The function of the workspace that makes an error where it is written: `Err(Error::new(..))`, `ok_or_else(|| Error::new(..))`.
    fn made_by(&self, e: ExprRef) -> Option<DefId> {
        match self.node(e) {
            Expr::Call { args, .. } if self.is_ctor(e, "Err") => {
                let made = self.body.arena(e.seg).exprs_of(args).next()?;
                self.maker(ExprRef { seg: e.seg, id: made })
            }
            Expr::MethodCall { .. } if self.name_of_method(e) == "ok_or_else" => match self.node(self.method_argument(e, 0)?) {
                Expr::Closure(n) => {
                    let seg = self.method_argument(e, 0)?.seg;
                    self.maker(ExprRef { seg, id: self.body.arena(seg).closures[n as usize].body })
                }
                _ => None,
            },
            Expr::MethodCall { .. } if self.name_of_method(e) == "ok_or" => self.maker(self.method_argument(e, 0)?),
            _ => None,
        }
    }

    fn maker(&self, e: ExprRef) -> Option<DefId> {
        let inside = |id| self.maker(ExprRef { seg: e.seg, id });
        let own = |e| self.body.callee(e).and_then(|c| c.def).filter(|def| self.cx.defs.krate(def.krate).member);
        match self.node(e) {
            Expr::Block { tail, .. } if tail.is_some() => inside(tail),
            Expr::Call { .. } => own(e).filter(|&def| self.cx.defs.def(def).kind == DefKind::Fn),
            Expr::MethodCall { recv, .. } => own(e).or_else(|| inside(recv)),
            _ => None,
        }
    }

    /// A log record written before this place in a block that runs only on failure (an arm, a branch), or right before the error in the body's
    /// outermost block.
    pub(super) fn logged_before(&self, e: ExprRef) -> bool {
        let mut child = e;
        let mut direct = true;
        for (parent, slot) in self.tree.ancestors(e) {
            if slot == Slot::Closure {
                return false;
            }
            if matches!(self.node(parent), Expr::Block { .. }) {
                let before = self.steps_before(parent, child);
                let on_failure = matches!(self.tree.parent(parent), Some((_, Slot::Arm(_) | Slot::Branch | Slot::LetElse)));
                let reports = |s: &ExprRef| self.region(Some(*s)).reports;
                let says_so = || before.last().is_some_and(|s| self.is_plain_statement(*s) && reports(s));
                if on_failure && before.iter().any(reports) || direct && says_so() {
                    return true;
                }
            }
            direct &= matches!(slot, Slot::Return | Slot::Semi | Slot::Tail | Slot::Expansion);
            child = parent;
        }
        false
    }

    /// Statements of a block before the one that holds an expression.
    pub(super) fn steps_before(&self, block: ExprRef, child: ExprRef) -> Vec<ExprRef> {
        let Expr::Block { stmts, .. } = self.node(block) else { return Vec::new() };
        let arena = self.body.arena(block.seg);
        let steps = arena.list(stmts).iter().filter_map(|&s| match arena.stmts[s as usize] {
            Stmt::Expr { expr, .. } => Some(expr),
            Stmt::Let { init, .. } => Some(init),
            Stmt::Item(_) => None,
        });
        let before = steps.take_while(|id| *id != child.id || block.seg != child.seg).filter(|id| id.is_some());
        before.map(|id| ExprRef { seg: block.seg, id }).collect()
    }

    /// Records a loss that was found from its sink.
    pub(super) fn record_lost(
        &self,
        lost: super::follow::Lost,
        held: super::holds::Held,
        origin: Pos,
        producers: &dyn Fn() -> Vec<Producer>,
        out: &mut Traced,
    ) {
        self.record(End::Lost(lost), held.shape, held.error, origin, producers, out);
    }

    fn record(&self, end: End, shape: Shape, error: Option<Ty>, origin: Pos, producers: &dyn Fn() -> Vec<Producer>, out: &mut Traced) {
        let tally = &mut out.fates.tally;
        let end = match end {
            End::Lost(lost) if lost.loss == Loss::NeverAwaited && producers().iter().any(|p| self.runs_at_once(p)) => End::Neutral,
            end => end,
        };
        match end {
            End::Lost(lost) => {
                let error = lost.error.or(error).unwrap_or_else(|| Ty::unknown(crate::model::ty::Cause::NotInferred));
                let producers = producers();
                out.exits.replaced |= lost.loss == Loss::CauseReplaced;
                out.fates.lost.push(Fate {
                    loss: lost.loss,
                    shape,
                    pos: lost.pos,
                    origin,
                    own: self.is_own_error(error, &producers),
                    producers,
                    error,
                    region_calls: lost.calls,
                    around: Around {
                        in_loop: lost.in_loop,
                        leaves: lost.leaves,
                        substitutes: lost.substitutes,
                        detail: lost.detail,
                        again: lost.again,
                        ..self.around
                    },
                });
            }
            _ if error.is_none() => {}
            End::Exit { logged, by } => {
                tally.propagated += 1;
                if logged { out.exits.logged += 1 } else { self.record_exit(by, error, &producers(), &mut out.exits) }
            }
            End::Propagated | End::Kept | End::Neutral => tally.propagated += 1,
            End::Handled => tally.handled += 1,
            End::Logged => tally.logged += 1,
            End::Unknown => tally.unknown += 1,
        }
    }

    /// `#[tokio::main] async fn`: the attribute makes a plain function of it.
    fn runs_at_once(&self, producer: &Producer) -> bool {
        let Producer::Call { def, .. } = producer else { return false };
        self.cx.defs.item(*def).is_some_and(|(facts, item)| {
            let last = |attr: &crate::facts::Attr| facts.interface.arena.segs_of(attr.path).last().map(|s| s.name);
            item.attrs.iter().filter_map(last).any(|name| &*facts.symbols[name.idx()] == "main")
        })
    }

    /// An error that leaves with no log in this body: whoever made it may have logged it, or the function that `?` calls to turn it into another.
    fn record_exit(&self, by: Option<DefId>, error: Option<Ty>, producers: &[Producer], exits: &mut ErrorExits) {
        let ours = |p: &Producer| match *p {
            Producer::Call { def, .. } if self.cx.defs.krate(def.krate).member => Some(def),
            _ => None,
        };
        if !producers.is_empty() && producers.iter().all(|p| self.rule_of(p) == Some(DropRule::Clean)) {
            exits.harmless += 1;
            return;
        }
        let of_type = error.and_then(|ty| self.cx.known.error_rule(self.cx.defs, ty));
        let minor = !producers.is_empty() && producers.iter().all(|p| self.rule_of(p).or(of_type).is_some());
        let producers: Vec<Producer> = producers.iter().copied().filter(|p| !matches!(p, Producer::Told(_))).collect();
        let from: Option<Vec<DefId>> = if producers.is_empty() { None } else { producers.iter().map(ours).collect() };
        match (by, from) {
            (Some(by), from) => exits.turned.push(TurnedExit { by, from }),
            (None, Some(from)) => exits.from.extend(from),
            (None, None) if minor => exits.minor += 1,
            (None, None) => exits.silent = true,
        }
    }

    /// What the catalog says of an error that a call makes.
    fn rule_of(&self, p: &Producer) -> Option<DropRule> {
        let Producer::Call { def, trait_method, .. } = *p else {
            return matches!(p, Producer::Closing(_)).then_some(DropRule::Clean);
        };
        let row = |d: DefId| self.cx.known.function(self.cx.defs, d);
        row(def).or_else(|| row(trait_method?))?.drop
    }

    /// `#[instrument(err)]` and kin on the function.
    fn instrumented(&self) -> bool {
        let Some((facts, item)) = self.cx.defs.item(self.body.owner) else { return false };
        let file = self.body.file;
        let scope = self.cx.defs.scope(self.body.owner);
        item.attrs.iter().any(|attr| {
            let arena = &facts.interface.arena;
            let crate::facts::AttrArgs::List(args, _) = &attr.args else { return false };
            let says = |word: &str| {
                args.iter().any(|a| match a {
                    crate::facts::AttrArg::Word(s) | crate::facts::AttrArg::Nested(s, _) | crate::facts::AttrArg::Named(s, _) => {
                        &*facts.symbols[s.idx()] == word
                    }
                    crate::facts::AttrArg::Lit(_) => false,
                })
            };
            let res = self.cx.defs.resolve_path(scope, file, facts, arena, attr.path, crate::model::defs::Ns::Macros).res;
            let row = res.def().and_then(|d| self.cx.known.attribute(self.cx.defs, d));
            match row {
                Some(row) => row.kind == crate::catalog::schema::AttributeKind::Instrument && row.words.iter().any(|w| says(w)),
                // The crate's sources are missing: the attribute's own name and its word are what is left.
                None => {
                    let last = arena.segs_of(attr.path).last().map(|s| &*facts.symbols[s.name.idx()]);
                    last == Some("instrument") && says("err")
                }
            }
        })
    }
}

/// The same type, as far as both are known.
pub(super) fn same_kind(a: Ty, b: Ty) -> bool {
    match (a.kind(), b.kind()) {
        (TyKind::Adt(a, _), TyKind::Adt(b, _)) => a == b,
        _ => a == b,
    }
}

/// Whether a function is what `Drop` runs for a type.
pub(crate) fn is_drop(cx: Cx<'_>, def: DefId) -> bool {
    trait_of(cx, def).is_some_and(|of| {
        let path = cx.defs.path(of);
        path.ends_with("::Drop") && path.starts_with("core::")
    })
}

/// The trait whose impl a function is a member of.
pub(crate) fn trait_of(cx: Cx<'_>, def: DefId) -> Option<DefId> {
    let parent = cx.defs.parent(def)?;
    if cx.defs.def(parent).kind != DefKind::Impl {
        return None;
    }
    cx.defs.impl_heads(parent.krate).iter().find(|h| h.def == parent)?.of?.ok()
}
