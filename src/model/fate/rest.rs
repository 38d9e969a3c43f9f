//! The code after a branch that leaves: `if let Ok(x) = f() { return x }` needs no `else`, for what follows it runs on failure alone.

use super::region::Region;
use super::trace::Tracer;
use super::tree::Slot;
use crate::catalog::schema::MacroKind;
use crate::facts::{BlockKind, Expr, ExprId, PatId, Stmt};
use crate::model::ty::TyKind;
use crate::model::typed::{ExprRef, PathTarget};

/// How far code leaves that always leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// The turn of a loop.
    Turn,
    /// The loop.
    Loop,
    /// The function.
    Function,
}

/// What runs after a place, outwards.
#[derive(Default)]
struct Rest {
    /// Statements and values, in order.
    steps: Vec<ExprRef>,
    /// How many of them run on this way alone.
    alone: usize,
    /// A loop around it makes its next turn.
    next_turn: bool,
}

impl Tracer<'_> {
    /// What runs when none of these branches of an expression is taken, each of which always leaves, and with no error: a branch that refuses is no success
    /// that the code after it makes up for.
    pub(super) fn passed_over(&self, owner: ExprRef, branches: impl Iterator<Item = ExprRef>) -> Option<Region> {
        let branches: Vec<ExprRef> = branches.collect();
        if branches.iter().any(|&b| self.ends_in_error(b)) {
            return None;
        }
        let reach = self.least_reach(branches.into_iter())?;
        let mut rest = Rest::default();
        self.collect_rest(owner, reach, &mut rest);
        let again = self.tries_again(owner, &rest.steps[..rest.alone]);
        Some(Region { again, ..self.region_of_rest(&rest) })
    }

    /// Whether steps make an attempt on all that an attempt before them was given, which was to do something and not to find something out.
    fn tries_again(&self, owner: ExprRef, steps: &[ExprRef]) -> bool {
        let (Expr::If { cond: first, .. } | Expr::Match { scrutinee: first, .. }) = self.node(owner) else { return false };
        let first = match self.node(ExprRef { seg: owner.seg, id: first }) {
            Expr::Let { scrutinee, .. } => scrutinee,
            _ => first,
        };
        let first = ExprRef { seg: owner.seg, id: first };
        let acts = matches!(self.ty(first).kind(), TyKind::Adt(_, args)
            if args.first().is_some_and(|t| matches!(t.kind(), TyKind::Tuple(parts) if parts.is_empty())));
        let given = if acts { self.locals_given(first) } else { Vec::new() };
        let fails = |e: ExprRef| {
            matches!(self.node(e), Expr::Call { .. } | Expr::MethodCall { .. }) && self.holder.of(self.ty(e)).is_some_and(|h| h.fails())
        };
        let takes_all = |e: ExprRef| {
            let taken = self.locals_given(e);
            given.iter().all(|local| taken.contains(local))
        };
        !given.is_empty() && steps.iter().any(|&step| self.any_below(step, &|e| fails(e) && takes_all(e)))
    }

    /// Locals that are named below a place.
    fn locals_given(&self, e: ExprRef) -> Vec<(u32, PatId)> {
        let mut out = Vec::new();
        let mut work = vec![e];
        while let Some(e) = work.pop() {
            if let Expr::Path(p) = self.node(e)
                && let Some(PathTarget::Local(seg, pat)) = self.body.segs[e.seg as usize].paths.get(&p)
            {
                out.push((*seg, *pat));
            }
            self.push_children(e, &mut work);
        }
        out
    }

    /// What runs when a turn of a loop is given up at a place, and every turn that is not given up is the loop's last: the other branches there leave it, or its
    /// end does.
    pub(super) fn given_up_turn(&self, e: ExprRef, others: impl Iterator<Item = ExprRef>) -> Option<Region> {
        let (around, body) = self.turn_of(e)?;
        let leaves_loop = |reach: &Reach| *reach > Reach::Turn;
        let reach = self.least_reach(others).filter(leaves_loop).or_else(|| self.reach(body).filter(leaves_loop))?;
        let mut rest = Rest { next_turn: true, ..Rest::default() };
        if reach == Reach::Function {
            self.collect_rest(around, reach, &mut rest);
        }
        Some(self.region_of_rest(&rest))
    }

    /// The loop around a place, and its body.
    fn turn_of(&self, e: ExprRef) -> Option<(ExprRef, ExprRef)> {
        let mut body = e;
        for (parent, slot) in self.tree.ancestors(e) {
            match slot {
                Slot::LoopBody => return Some((parent, body)),
                Slot::Closure => return None,
                _ => body = parent,
            }
        }
        None
    }

    /// How far all of these leave; `None` if one of them does not.
    fn least_reach(&self, branches: impl Iterator<Item = ExprRef>) -> Option<Reach> {
        let reaches: Option<Vec<Reach>> = branches.map(|b| self.reach(b)).collect();
        reaches?.into_iter().min()
    }

    /// How far an expression leaves, whatever way it takes.
    fn reach(&self, e: ExprRef) -> Option<Reach> {
        let arena = self.body.arena(e.seg);
        let at = |id: ExprId| self.reach(ExprRef { seg: e.seg, id });
        match self.node(e) {
            Expr::Return(_) => Some(Reach::Function),
            Expr::Break { .. } => Some(Reach::Loop),
            Expr::Continue { .. } => Some(Reach::Turn),
            Expr::Macro(_) => {
                (self.macro_kind(e) == Some(MacroKind::Panic) && *self.ty(e).kind() == TyKind::Never).then_some(Reach::Function)
            }
            Expr::Block { kind: BlockKind::Plain | BlockKind::Unsafe, stmts, tail, .. } => {
                let stated = arena.list(stmts).iter().find_map(|&s| match arena.stmts[s as usize] {
                    Stmt::Expr { expr, .. } => at(expr),
                    _ => None,
                });
                stated.or_else(|| tail.get().and_then(at))
            }
            Expr::If { then, els, .. } => Some(at(then)?.min(at(els.get()?)?)),
            Expr::Match { arms, .. } => {
                self.least_reach(arena.list(arms).iter().map(|&a| ExprRef { seg: e.seg, id: arena.arms[a as usize].body }))
            }
            _ => None,
        }
    }

    /// Collects what runs after a place up to the end of what `reach` leaves.
    fn collect_rest(&self, from: ExprRef, reach: Reach, rest: &mut Rest) {
        let mut at = from;
        let mut shared = rest.next_turn;
        while let Some((parent, slot)) = self.tree.parent(at) {
            match slot {
                Slot::Semi | Slot::Init(_) | Slot::Tail => {
                    rest.steps.extend(self.following(parent, at));
                    if !shared {
                        rest.alone = rest.steps.len();
                    }
                    if !matches!(self.node(parent), Expr::Block { kind: BlockKind::Plain | BlockKind::Unsafe, .. }) {
                        return;
                    }
                }
                Slot::LoopBody if reach == Reach::Turn => return,
                Slot::LoopBody => {
                    rest.next_turn = true;
                    // What stands behind the turns of a `for` is reached only when all of them have failed.
                    shared |= !matches!(self.node(parent), Expr::For { .. });
                    if reach == Reach::Loop {
                        return;
                    }
                }
                Slot::Branch | Slot::Arm(_) => shared = true,
                Slot::Expansion => {}
                _ => return,
            }
            at = parent;
        }
    }

    /// The statements of a block after one of them, and its value.
    pub(super) fn following(&self, block: ExprRef, after: ExprRef) -> Vec<ExprRef> {
        let Expr::Block { stmts, tail, .. } = self.node(block) else { return Vec::new() };
        let arena = self.body.arena(block.seg);
        let steps = arena.list(stmts).iter().filter_map(|&s| match arena.stmts[s as usize] {
            Stmt::Expr { expr, .. } => Some(expr),
            Stmt::Let { init, .. } => Some(init),
            Stmt::Item(_) => None,
        });
        let steps: Vec<ExprId> = steps.chain(std::iter::once(tail)).filter(|id| id.is_some()).collect();
        let from = steps.iter().position(|id| *id == after.id && block.seg == after.seg).map_or(steps.len(), |i| i + 1);
        steps[from..].iter().map(|&id| ExprRef { seg: block.seg, id }).collect()
    }

    /// What the rest makes of a failure: a record counts only where it is written at once and in any case.
    fn region_of_rest(&self, rest: &Rest) -> Region {
        let mut out = Region {
            after: true,
            continues: rest.next_turn,
            empty: !rest.next_turn && rest.steps.iter().all(|&s| self.gives_nothing(s)),
            errs: rest.steps.last().is_some_and(|&s| self.ends_in_error(s)),
            ..Region::default()
        };
        for &step in &rest.steps[..rest.alone] {
            if self.is_plain_statement(step) {
                let here = self.region(Some(step));
                out.reports |= here.reports;
                out.stops |= here.stops && self.reach(step).is_some();
                out.calls.extend(here.calls);
            }
            if self.may_leave(step) {
                break;
            }
        }
        out
    }

    /// A macro or a call that gives `()`.
    pub(super) fn is_plain_statement(&self, e: ExprRef) -> bool {
        match self.node(e) {
            Expr::Macro(_) => true,
            Expr::Call { .. } | Expr::MethodCall { .. } => matches!(self.ty(e).kind(), TyKind::Tuple(parts) if parts.is_empty()),
            _ => false,
        }
    }

    /// Whether something in it may leave what is around it.
    fn may_leave(&self, e: ExprRef) -> bool {
        let mut work = vec![e];
        while let Some(e) = work.pop() {
            if matches!(self.node(e), Expr::Try(_) | Expr::Return(_) | Expr::Break { .. } | Expr::Continue { .. }) {
                return true;
            }
            self.push_children(e, &mut work);
        }
        false
    }
}
