//! Items of an iterator that failed: adaptors that leave them out.

use super::follow::{End, Lost, State};
use super::trace::Tracer;
use super::tree::{Slot, Source};
use super::{Loss, Shape, Traced};
use crate::facts::{Expr, Lit};
use crate::model::ids::kw;
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget};

impl Tracer<'_> {
    /// The value of a closure: for adaptors that skip what is `None`, the failed items are skipped.
    pub(super) fn closure_value(&self, closure: ExprRef, st: &State) -> End {
        let Some(pos) = st.ok_at else { return End::Propagated };
        if let Some((call, Slot::Arg(_))) = self.tree.parent(closure)
            && matches!(self.name_of_method(call), "filter_map" | "flat_map" | "find_map" | "map_while")
        {
            if let Expr::MethodCall { recv, .. } = self.node(call)
                && self.errors_live_on(ExprRef { seg: call.seg, id: recv })
            {
                return End::Neutral;
            }
            return End::Lost(Lost { in_loop: true, ..Lost::new(self.skipped_by(call), pos) });
        }
        End::Propagated
    }

    /// `.flatten()`, `.filter_map(Result::ok)` and kin over an iterator of Results, `.flat_map(parse)`: found from the call, since iterators have no name of their
    /// own.
    pub(super) fn skipping_sink(&self, e: ExprRef, out: &mut Traced) {
        let name = self.name_of_method(e);
        let Expr::MethodCall { recv, .. } = self.node(e) else { return };
        let by_path = match name {
            "flatten" => false,
            "filter_map" | "flat_map" | "find_map" | "map_while" => true,
            _ => return,
        };
        if name == "flat_map" && self.flattens_results(e, out) {
            return;
        }
        if by_path && !self.method_argument(e, 0).is_some_and(|a| self.is_result_ok(a)) {
            return;
        }
        let recv = ExprRef { seg: e.seg, id: recv };
        if self.holder.is_result(self.ty(recv)) || self.holder.is_option(self.ty(recv)) {
            return;
        }
        if self.errors_live_on(recv) {
            return;
        }
        let Some(held) = self.holder.items(self.ty(recv)).filter(|h| h.shape == Shape::Result) else { return };
        // An `Option<Result>` that is flattened loses its `None`s alone.
        if !by_path && !self.items_are_results(self.ty(recv)) {
            return;
        }
        let pos = self.body.pos(e);
        let lost = Lost { in_loop: true, ..Lost::new(self.skipped_by(e), pos) };
        let producers = || self.producers_of_source(Source::Items(recv), pos);
        self.record_lost(lost, held, self.body.pos(recv), &producers, out);
    }

    /// A `flat_map` whose function gives a Result for each item.
    fn flattens_results(&self, e: ExprRef, out: &mut Traced) -> bool {
        let Some(made) = self.method_argument(e, 0) else { return false };
        let given = match self.ty(made).kind() {
            TyKind::Closure(_, _, ret) | TyKind::FnPtr(_, ret) => *ret,
            TyKind::FnDef(def, _) => self.cx.types.sig(*def).ret,
            _ => return false,
        };
        let Some(held) = self.holder.of(given).filter(|_| self.holder.is_result(given)) else { return false };
        let pos = self.body.pos(e);
        let lost = Lost { in_loop: true, ..Lost::new(self.skipped_by(e), pos) };
        self.record_lost(lost, held, self.body.pos(made), &|| self.producers(made), out);
        true
    }

    fn items_are_results(&self, ty: Ty) -> bool {
        let Some(iterator) = self.cx.types.lang.iterator else { return false };
        let item = crate::model::ty::solve::Solver::new(self.cx.types, None).project(iterator, &[ty], kw::ITEM);
        item.is_some_and(|t| self.holder.is_result(t))
    }

    /// `Result::ok` as a value.
    fn is_result_ok(&self, e: ExprRef) -> bool {
        let TyKind::FnDef(def, _) = self.ty(e).kind() else { return false };
        self.cx.defs.path(*def) == "core::result::Result::ok"
    }

    /// Whether an iterator only borrows a collection of Results (`.iter()`) of which the errors are seen afterwards, or which belongs to somebody else.
    fn errors_live_on(&self, iter: ExprRef) -> bool {
        let Expr::MethodCall { recv, .. } = self.node(iter) else { return false };
        if self.name_of_method(iter) != "iter" {
            return false;
        }
        let base = ExprRef { seg: iter.seg, id: recv };
        if self.holder.of(self.ty(base)).is_none_or(|h| h.shape != Shape::Items || !h.fails()) {
            return false;
        }
        let Expr::Path(p) = self.node(base) else { return self.is_lent(base) };
        let Some(PathTarget::Local(seg, pat)) = self.body.segs[base.seg as usize].paths.get(&p) else { return false };
        let later = |u: &&ExprRef| self.body.pos(**u) > self.body.pos(iter);
        let uses = self.tree.uses.get(&(*seg, *pat)).map(Vec::as_slice).unwrap_or_default();
        self.is_lent(base) || uses.iter().filter(later).any(|&u| self.sees_errors(u))
    }

    /// Whether a use of a collection of Results looks at the errors, or hands them on.
    fn sees_errors(&self, collection: ExprRef) -> bool {
        match self.follow(collection, State::default()) {
            End::Exit { .. } | End::Handled | End::Logged => true,
            End::Propagated => !matches!(self.tree.parent(collection), Some((_, Slot::Recv | Slot::Lhs))),
            _ => false,
        }
    }

    /// What becomes of failed items in an adaptor: where one is looked for, the search goes on to the next; else they are left out.
    fn skipped_by(&self, adaptor: ExprRef) -> Loss {
        let sought = self.name_of_method(adaptor) == "find_map" || self.one_is_taken(adaptor) || self.scans_words(adaptor);
        if sought { Loss::Fallback } else { Loss::ItemsSkipped }
    }

    /// Whether an adaptor looks through the words of a text: most of them are something else.
    fn scans_words(&self, adaptor: ExprRef) -> bool {
        let Expr::MethodCall { recv, .. } = self.node(adaptor) else { return false };
        let blank = |e: ExprRef| match self.node(e) {
            Expr::Lit(Lit::Char(c)) => c == ' ',
            Expr::Lit(Lit::Str(text)) => self.body.str(e.seg, text) == " ",
            _ => false,
        };
        self.any_below(ExprRef { seg: adaptor.seg, id: recv }, &|e| match self.name_of_method(e) {
            "split_whitespace" | "split_ascii_whitespace" => true,
            "split" => self.method_argument(e, 0).is_some_and(blank),
            _ => false,
        })
    }

    /// Whether no more than one item is taken of what an adaptor yields, by lazy adaptors, boxes and closures around it.
    fn one_is_taken(&self, adaptor: ExprRef) -> bool {
        let mut at = adaptor;
        while let Some((parent, slot)) = self.tree.parent(at) {
            match slot {
                Slot::Recv if TAKES_ONE.contains(&self.name_of_method(parent)) => return true,
                Slot::Recv if PASSES_ON.contains(&self.name_of_method(parent)) => {}
                Slot::Arg(0) if self.body.callee(parent).and_then(|c| c.def).is_some_and(|def| self.is_boxing(def)) => {}
                Slot::Arg(0) if matches!(self.name_of_method(parent), "flat_map" | "filter_map" | "map") => {}
                Slot::Operand if matches!(self.node(parent), Expr::Cast { .. }) => {}
                Slot::Tail | Slot::Branch | Slot::Arm(_) | Slot::Expansion | Slot::Closure => {}
                _ => return false,
            }
            at = parent;
        }
        false
    }
}

/// Methods of an iterator that give one of its items, or say whether it is there.
const TAKES_ONE: &[&str] = &["next", "find", "find_map", "next_back", "any", "position"];

/// Methods of an iterator that give an iterator over its items.
const PASSES_ON: &[&str] = &[
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "inspect",
    "chain",
    "rev",
    "skip",
    "skip_while",
    "take",
    "take_while",
    "fuse",
    "peekable",
];
