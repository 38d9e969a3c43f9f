//! Which impl makes a type implement a trait, and what an associated type stands for.
//!
//! First-order matching, depth-limited. Three answers: yes (with its source, and the variables bound that follow), no, maybe (a variable or an
//! unknown stands in the way).

use rustc_hash::FxHashMap;

use super::fold::map;
use super::lower::Lower;
use super::queries::Pred;
use super::vars::{Snapshot, Taken, Vars};
use super::{Bound, Cause, HAS_CLOSURE, HAS_INFER, HAS_PARAM, HAS_PROJ, Ty, TyKind, Types, VarKind};
use crate::facts::AttrArgs;
use crate::facts::ItemKind;
use crate::model::defs::{Ns, Res};
use crate::model::ids::{DefId, DefKind, Name, Prim, kw};

/// Answer of the solver.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It does, because of this.
    Yes(Source),
    /// It does not.
    No,
    /// Not decidable yet.
    Maybe,
}

impl Answer {
    fn has_variables(&self) -> bool {
        let open = |t: &Ty| t.has(HAS_INFER);
        match self {
            Answer::Yes(Source::Impl(_, args)) => args.iter().any(open),
            Answer::Yes(Source::Bound(b)) => b.args.iter().any(open) || b.assoc.iter().any(|(_, t)| open(t)),
            Answer::Yes(Source::Builtin(out)) => out.as_ref().is_some_and(open),
            Answer::Yes(Source::Derive) | Answer::No | Answer::Maybe => false,
        }
    }
}

/// Why a type implements a trait.
#[derive(Clone, Debug)]
pub enum Source {
    /// An impl with its arguments.
    Impl(DefId, Box<[Ty]>),
    /// A where clause, `dyn` or `impl` bound.
    Bound(Bound),
    /// The language (function traits, futures, auto traits, copies of tuples), with what `Output` is.
    Builtin(Option<Ty>),
    /// A derive.
    Derive,
}

/// Solver over the where clauses of one place.
pub struct Solver<'a, 'd> {
    /// Signatures.
    pub types: &'a Types<'d>,
    /// Where clauses in force, supertraits spelled out.
    pub env: &'static [Pred],
    /// Some of them are about types without parameters: what holds here need not hold elsewhere.
    concrete_env: bool,
    /// Variables.
    pub vars: Vars,
    goals: FxHashMap<Goal, Answer>,
    projections: FxHashMap<Ty, Ty>,
    /// Questions put off because a variable was open.
    pub pending: Vec<Pending>,
    /// Answers with variables, as long as those are not undone: asking again would make new variables and put off the same questions.
    open_goals: FxHashMap<Goal, Answer>,
    /// Goals with variables that were not decided, as long as the variables are not undone, and how deep they were asked: once one of the
    /// variables is bound it is another goal.
    undecided: FxHashMap<Goal, Undecided>,
    open_projections: FxHashMap<Ty, Ty>,
    /// Keys of the two, in order of making.
    noted: Vec<Noted>,
    fuel: u32,
    /// Steps left for all questions of the body.
    left: u32,
    /// Goals being proved that hold no variables, outermost first.
    proving: Vec<Goal>,
    /// A limit or a cycle had a say in the present answer: it holds here alone.
    pub(super) cut: bool,
}

/// A question put off.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The bounded type.
    pub subject: Ty,
    /// What it must fulfil.
    pub bound: Bound,
    /// Variables that were open when it was last tried: as long as they are, trying again is in vain.
    stalled_on: Vec<u32>,
}

impl Pending {
    /// A question not tried yet.
    pub fn new(subject: Ty, bound: Bound) -> Pending {
        Pending { subject, bound, stalled_on: Vec::new() }
    }
}

/// A trait and its arguments, the self type first.
pub(crate) type Goal = (DefId, Box<[Ty]>);

/// An answer that was noted.
enum Noted {
    Goal(Goal),
    Undecided(Goal),
    Projection(Ty),
}

/// What came of a goal with variables: no, or not decidable while they are open.
#[derive(Clone, Copy)]
struct Undecided {
    never: bool,
    /// A limit of depth had a say when it was asked so deep: asked less deep it may have another answer.
    cut_at: Option<u32>,
}

/// A state of a solver to come back to.
#[derive(Clone, Copy)]
pub struct Mark {
    vars: Snapshot,
    pending: usize,
    noted: usize,
}

/// An impl that matches, with what matching it bound and put off.
struct Match {
    imp: DefId,
    args: Box<[Ty]>,
    vars: Taken,
    pending: Vec<Pending>,
}

const MAX_DEPTH: u32 = 10;
/// Questions that may be open at once in a body; beyond it new ones are dropped, and what hangs on them stays unknown.
const MAX_PENDING: usize = 1_000;
/// Steps one question may take; beyond it the answer is maybe.
const FUEL: u32 = 4_000;
/// Steps all questions of a body may take: impls whose clauses ask for one another leave a thousand questions open, each asked again and again
/// with all its fuel. Ten times what the largest bodies of large services take.
const ALL_FUEL: u32 = 1_000_000;

impl<'a, 'd> Solver<'a, 'd> {
    /// A solver for code inside `owner`.
    pub fn new(types: &'a Types<'d>, owner: Option<DefId>) -> Solver<'a, 'd> {
        let env = owner.map_or(&[][..], |o| types.env(o));
        let concrete = |p: &Pred| !p.subject.has(HAS_PARAM) && p.bound.args.iter().all(|t| !t.has(HAS_PARAM));
        Solver {
            types,
            env,
            concrete_env: env.iter().any(concrete),
            vars: Vars::default(),
            goals: FxHashMap::default(),
            projections: FxHashMap::default(),
            pending: Vec::new(),
            open_goals: FxHashMap::default(),
            undecided: FxHashMap::default(),
            open_projections: FxHashMap::default(),
            noted: Vec::new(),
            fuel: FUEL,
            left: ALL_FUEL,
            proving: Vec::new(),
            cut: false,
        }
    }

    /// Where we are: variables and questions put off.
    pub fn mark(&self) -> Mark {
        Mark { vars: self.vars.snapshot(), pending: self.pending.len(), noted: self.noted.len() }
    }

    /// Forgets what was bound, made and put off since; a question that was put off may speak of variables made since.
    pub fn undo(&mut self, mark: Mark) {
        self.vars.rollback(mark.vars);
        self.pending.truncate(mark.pending);
        self.forget(mark);
    }

    fn forget(&mut self, mark: Mark) {
        let vars = &self.vars;
        let stays = |goal: &Goal| goal.1.iter().all(|&t| vars.all_before(t, mark.vars));
        let mut kept = Vec::new();
        for noted in self.noted.drain(mark.noted..) {
            match noted {
                Noted::Goal(goal) => drop(self.open_goals.remove(&goal)),
                Noted::Undecided(goal) if stays(&goal) => kept.push(Noted::Undecided(goal)),
                Noted::Undecided(goal) => drop(self.undecided.remove(&goal)),
                Noted::Projection(ty) => drop(self.open_projections.remove(&ty)),
            }
        }
        self.noted.append(&mut kept);
    }

    /// Takes on a question for later.
    pub fn put_off(&mut self, question: Pending) {
        if self.pending.len() < MAX_PENDING {
            self.pending.push(question);
        }
    }

    /// Whether `args[0]: Trait<args[1..]>`. Binds variables when the answer is yes.
    pub fn find(&mut self, tr: DefId, args: &[Ty]) -> Answer {
        self.fuel = FUEL;
        self.find_at(tr, args, 0)
    }

    fn find_at(&mut self, tr: DefId, args: &[Ty], depth: u32) -> Answer {
        if depth > MAX_DEPTH || self.fuel == 0 || self.left == 0 {
            self.cut = true;
            return Answer::Maybe;
        }
        self.fuel -= 1;
        self.left -= 1;
        let Some(&first) = args.first() else { return Answer::Maybe };
        let first = self.norm_at(first, depth);
        let self_ty = self.vars.shallow(first);
        let rest: Vec<Ty> = args[1..].iter().map(|&t| self.vars.shallow(t)).collect();
        match self_ty.kind() {
            TyKind::Unknown(_) | TyKind::Infer(_, VarKind::General) => return Answer::Maybe,
            TyKind::Never => return Answer::Yes(Source::Builtin(Some(self_ty))),
            _ => {}
        }
        if let Some(b) = self.by_env(tr, self_ty, &rest) {
            return Answer::Yes(Source::Bound(b));
        }
        let all = std::iter::once(self_ty).chain(rest.iter().copied()).map(|t| self.vars.resolve(t)).collect();
        match (self.known_or(tr, all, depth, |solver| solver.look(tr, self_ty, &rest, depth)), self_ty.kind()) {
            (Answer::No, TyKind::Infer(_, kind)) => self.of_number(tr, *kind, &rest, depth),
            (answer, _) => answer,
        }
    }

    /// A number whose type is open: whether it may implement a trait is told by the type it has if nothing else fixes it.
    fn of_number(&mut self, tr: DefId, kind: VarKind, rest: &[Ty], depth: u32) -> Answer {
        let prim = if kind == VarKind::Float { Prim::F64 } else { Prim::I32 };
        let mark = self.mark();
        let args: Vec<Ty> = std::iter::once(Ty::prim(prim)).chain(rest.iter().copied()).collect();
        let answer = self.find_at(tr, &args, depth + 1);
        self.undo(mark);
        if matches!(answer, Answer::No) { Answer::No } else { Answer::Maybe }
    }

    /// Whether what is asked about a type may have another answer in another body.
    pub(super) fn asks_elsewhere(&self, ty: Ty) -> bool {
        self.concrete_env || ty.has(HAS_INFER | HAS_PARAM | HAS_CLOSURE)
    }

    /// The answer to a goal as remembered, else as found. Goals with variables are not remembered.
    fn known_or(&mut self, tr: DefId, args: Box<[Ty]>, depth: u32, find: impl FnOnce(&mut Self) -> Answer) -> Answer {
        let any = |flags| args.iter().any(|t| t.has(flags));
        if any(HAS_INFER) {
            return self.noted_or((tr, args), depth, find);
        }
        let everywhere = !self.concrete_env && !any(HAS_PARAM | HAS_CLOSURE);
        let goal = (tr, args);
        let known = if everywhere { self.types.caches.goals.get(&goal) } else { self.goals.get(&goal).cloned() };
        if let Some(answer) = known {
            return answer;
        }
        if self.proving.contains(&goal) {
            self.cut = true;
            return Answer::No;
        }
        self.proving.push(goal.clone());
        let (before, pending) = (std::mem::replace(&mut self.cut, false), self.pending.len());
        let mut answer = find(self);
        self.proving.pop();
        if let Answer::Yes(Source::Impl(_, args)) = &mut answer {
            args.iter_mut().for_each(|t| *t = self.vars.resolve(*t));
        }
        if !self.cut && !answer.has_variables() && self.pending.len() == pending {
            if everywhere {
                self.types.caches.goals.put(goal, answer.clone());
            } else {
                self.goals.insert(goal, answer.clone());
            }
        }
        self.cut |= before;
        answer
    }

    /// The answer to a goal with variables as noted, else as found.
    fn noted_or(&mut self, goal: Goal, depth: u32, find: impl FnOnce(&mut Self) -> Answer) -> Answer {
        if let Some(answer) = self.open_goals.get(&goal) {
            return answer.clone();
        }
        if let Some(known) = self.undecided.get(&goal)
            && known.cut_at.is_none_or(|at| depth >= at)
        {
            self.cut |= known.cut_at.is_some();
            return if known.never { Answer::No } else { Answer::Maybe };
        }
        let before = std::mem::replace(&mut self.cut, false);
        let answer = find(self);
        match &answer {
            Answer::Yes(_) => {
                self.noted.push(Noted::Goal(goal.clone()));
                self.open_goals.insert(goal, answer.clone());
            }
            Answer::No if self.cut => {}
            Answer::No | Answer::Maybe if self.fuel > 0 && self.left > 0 => {
                let outcome = Undecided { never: matches!(answer, Answer::No), cut_at: self.cut.then_some(depth) };
                self.noted.push(Noted::Undecided(goal.clone()));
                self.undecided.insert(goal, outcome);
            }
            Answer::No | Answer::Maybe => {}
        }
        self.cut |= before;
        answer
    }

    /// Looks for what makes a goal true: what the type carries, the language, derives, impls.
    fn look(&mut self, tr: DefId, self_ty: Ty, rest: &[Ty], depth: u32) -> Answer {
        if let Some(answer) = self.by_bounds(tr, self_ty, rest) {
            return answer;
        }
        // What it stands for is not decided yet, or never will be.
        if matches!(self_ty.kind(), TyKind::Proj(..)) && self_ty.has(HAS_INFER | super::HAS_UNKNOWN) {
            return Answer::Maybe;
        }
        if let Some(answer) = self.builtin(tr, self_ty, rest) {
            return answer;
        }
        match self.by_impls(tr, self_ty, rest, depth) {
            Answer::Yes(source) => Answer::Yes(source),
            other => self.derived(tr, self_ty).unwrap_or(other),
        }
    }

    /// Yes if a derive makes a type implement a trait, and nothing is known of the impl.
    fn derived(&self, tr: DefId, self_ty: Ty) -> Option<Answer> {
        let (adt, _) = self_ty.as_adt()?;
        self.types.derived(adt).contains(&tr).then_some(Answer::Yes(Source::Derive))
    }

    fn by_env(&mut self, tr: DefId, self_ty: Ty, args: &[Ty]) -> Option<Bound> {
        let env = self.env;
        for p in env.iter().filter(|p| p.bound.def == tr) {
            if self.try_bound(p.subject, self_ty, &p.bound.args, args) {
                return Some(p.bound.clone());
            }
        }
        None
    }

    fn try_bound(&mut self, subject: Ty, self_ty: Ty, have: &[Ty], want: &[Ty]) -> bool {
        let s = self.vars.snapshot();
        let ok = self.vars.unify(subject, self_ty) && have.iter().zip(want).all(|(&x, &y)| self.vars.unify(x, y));
        if !ok {
            self.vars.rollback(s);
        }
        ok
    }

    /// Bounds that a type carries: `dyn`, `impl Trait`, an associated type's declared bounds.
    pub fn carried_bounds(&self, ty: Ty) -> Vec<Bound> {
        let direct = match ty.kind() {
            TyKind::Dyn(bounds) => bounds.to_vec(),
            TyKind::Opaque(def, idx, args) => self.types.opaque_bounds(*def, *idx, args),
            TyKind::Proj(tr, args, name) => self.types.proj_bounds(*tr, args, *name),
            _ => return Vec::new(),
        };
        direct.iter().flat_map(|b| self.types.elaborate(b, ty)).collect()
    }

    fn by_bounds(&mut self, tr: DefId, self_ty: Ty, args: &[Ty]) -> Option<Answer> {
        if !matches!(self_ty.kind(), TyKind::Dyn(_) | TyKind::Opaque(..) | TyKind::Proj(..)) {
            return None;
        }
        for b in self.carried_bounds(self_ty).into_iter().filter(|b| b.def == tr) {
            if self.try_bound(self_ty, self_ty, &b.args, args) {
                return Some(Answer::Yes(Source::Bound(b)));
            }
        }
        None
    }

    fn builtin(&mut self, tr: DefId, self_ty: Ty, args: &[Ty]) -> Option<Answer> {
        let types = self.types;
        let lang = &types.lang;
        let is = |d: Option<DefId>| d == Some(tr);
        if is(lang.fn_once) || is(lang.fn_mut) || is(lang.fn_) {
            let (params, ret) = self.callable(self_ty)?;
            return Some(self.builtin_call(&params, ret, args));
        }
        if is(lang.async_fn_once) || is(lang.async_fn_mut) || is(lang.async_fn) {
            let (params, ret) = self.callable(self_ty)?;
            let output = self.output_of_future(ret).unwrap_or_else(|| Ty::unknown(Cause::NotInferred));
            return Some(self.builtin_call(&params, output, args));
        }
        if is(lang.future) {
            return match self_ty.kind() {
                TyKind::Future(out, _) => Some(Answer::Yes(Source::Builtin(Some(*out)))),
                _ => None,
            };
        }
        let plain = matches!(self_ty.kind(), TyKind::Tuple(_) | TyKind::FnDef(..) | TyKind::FnPtr(..) | TyKind::Closure(..));
        if (is(lang.clone) || is(lang.copy)) && plain {
            return Some(Answer::Yes(Source::Builtin(None)));
        }
        types.always_holds(tr).then_some(Answer::Yes(Source::Builtin(None)))
    }

    fn builtin_call(&mut self, params: &[Ty], ret: Ty, args: &[Ty]) -> Answer {
        if let Some(&tuple) = args.first() {
            let have = Ty::new(TyKind::Tuple(params.into()));
            let s = self.vars.snapshot();
            if !self.vars.unify(have, tuple) {
                self.vars.rollback(s);
            }
        }
        Answer::Yes(Source::Builtin(Some(ret)))
    }

    /// Parameter and return types of something that is called, signatures of the language only.
    pub fn callable(&mut self, ty: Ty) -> Option<(Vec<Ty>, Ty)> {
        match self.vars.shallow(ty).kind() {
            TyKind::FnDef(def, args) => {
                let sig = self.types.sig(*def);
                let subst = self.types.subst(*def, args);
                let params: Vec<Ty> = sig.self_arg.iter().chain(&sig.params).map(|&t| subst.apply(t)).collect();
                let params = params.into_iter().map(|t| self.norm(t)).collect();
                let ret = subst.apply(sig.ret);
                Some((params, self.norm(ret)))
            }
            TyKind::FnPtr(params, ret) | TyKind::Closure(_, params, ret) => Some((params.to_vec(), *ret)),
            _ => None,
        }
    }

    fn output_of_future(&mut self, ty: Ty) -> Option<Ty> {
        let future = self.types.lang.future?;
        self.project(future, &[ty], kw::OUTPUT)
    }

    fn by_impls(&mut self, tr: DefId, self_ty: Ty, args: &[Ty], depth: u32) -> Answer {
        let goal: Vec<Ty> = std::iter::once(self_ty).chain(args.iter().copied()).collect();
        let resolved: Vec<Ty> = goal.iter().map(|&t| self.vars.resolve(t)).collect();
        let open = resolved.iter().any(|t| t.has(HAS_INFER));
        let mut found: Option<Match> = None;
        let (mut several, mut unsure) = (false, false);
        for imp in self.types.impl_candidates(tr, resolved[0], &resolved[1..]) {
            let mark = self.mark();
            let Some((args, sure)) = self.match_impl(imp, &goal, depth) else {
                self.undo(mark);
                continue;
            };
            unsure |= !sure;
            several |= found.is_some();
            if several && (open || unsure) {
                self.undo(mark);
                return Answer::Maybe;
            }
            if found.is_none() {
                let pending = self.pending.split_off(mark.pending);
                self.forget(mark);
                found = Some(Match { imp, args, vars: self.vars.take(mark.vars), pending });
            } else {
                self.undo(mark);
            }
        }
        let Some(found) = found else {
            // Something unknown inside matches anything, so what failed fails whatever it is; only an impl in a crate that nobody named was not seen.
            // An associated type of an open variable may still turn out to be what an impl is for.
            let may_be_any = resolved.iter().any(|t| t.has(HAS_INFER) && t.has(HAS_PROJ));
            return if resolved[0].cause().is_some() || may_be_any { Answer::Maybe } else { Answer::No };
        };
        self.vars.redo(found.vars);
        self.pending.extend(found.pending);
        Answer::Yes(Source::Impl(found.imp, found.args))
    }

    fn fresh_impl_args(&mut self, imp: DefId) -> Vec<Ty> {
        let n = self.types.generics(imp).own_len();
        (0..n).map(|_| self.vars.fresh(VarKind::General)).collect()
    }

    fn unify_header(&mut self, imp: DefId, impl_args: &[Ty], goal: &[Ty], depth: u32) -> bool {
        let header = self.types.impl_header(imp);
        let Some(of) = &header.of else { return false };
        let subst = self.types.subst(imp, impl_args);
        std::iter::once(&header.self_ty).chain(&of.args).zip(goal).all(|(&have, &want)| {
            let have = self.norm_at(subst.apply(have), depth + 1);
            self.may_be_never(have, want) && self.vars.unify(have, want)
        })
    }

    /// Values of type `!` become any other, so it goes with all types; an impl for it is for it alone.
    fn may_be_never(&self, have: Ty, want: Ty) -> bool {
        !matches!(have.kind(), TyKind::Never)
            || matches!(self.vars.shallow(want).kind(), TyKind::Never | TyKind::Unknown(_) | TyKind::Infer(_, VarKind::General))
    }

    /// The impl's arguments, and whether all its clauses were decided; `None`: it does not apply.
    fn match_impl(&mut self, imp: DefId, goal: &[Ty], depth: u32) -> Option<(Box<[Ty]>, bool)> {
        let impl_args = self.fresh_impl_args(imp);
        if !self.unify_header(imp, &impl_args, goal, depth) {
            return None;
        }
        let sure = self.prove_preds(imp, &impl_args, depth)?;
        Some((impl_args.into(), sure))
    }

    fn prove_preds(&mut self, def: DefId, args: &[Ty], depth: u32) -> Option<bool> {
        let subst = self.types.subst(def, args);
        let mut sure = true;
        for p in self.types.preds(def) {
            let (subject, bound) = (subst.apply(p.subject), subst.apply_bound(&p.bound));
            match self.prove_at(subject, &bound, depth + 1) {
                Some(true) => {}
                Some(false) => {
                    sure = false;
                    self.put_off(Pending::new(subject, bound));
                }
                None => return None,
            }
        }
        Some(sure)
    }

    /// Tries a question that was put off: what is left of it, if it is still open.
    pub fn retry(&mut self, mut question: Pending) -> Option<Pending> {
        if !question.stalled_on.is_empty() && !question.stalled_on.iter().any(|&v| self.vars.is_bound(v)) {
            return Some(question);
        }
        // Kept as normalised: doing it again would make new variables each time.
        question.subject = self.norm(question.subject);
        question.bound.args.iter_mut().for_each(|t| *t = self.norm(*t));
        question.bound.assoc.iter_mut().for_each(|(_, t)| *t = self.norm(*t));
        if self.prove(question.subject, &question.bound) != Some(false) {
            return None;
        }
        let subject = self.vars.shallow(question.subject);
        question.stalled_on.clear();
        self.vars.open_in(subject, &mut question.stalled_on);
        // A type that nothing is known of decides nothing, whatever the arguments are.
        if !matches!(subject.kind(), TyKind::Infer(_, VarKind::General)) {
            question.bound.args.iter().for_each(|&t| self.vars.open_in(t, &mut question.stalled_on));
        }
        // With nothing left open, something unknown stands in the way for good.
        (!question.stalled_on.is_empty()).then_some(question)
    }

    /// Proves a bound with its associated types. `None`: it fails; `Some(false)`: not decidable yet.
    pub fn prove(&mut self, subject: Ty, bound: &Bound) -> Option<bool> {
        self.fuel = FUEL;
        self.prove_at(subject, bound, 0)
    }

    fn prove_at(&mut self, subject: Ty, bound: &Bound, depth: u32) -> Option<bool> {
        let args: Vec<Ty> = std::iter::once(subject).chain(bound.args.iter().copied()).map(|t| self.norm_at(t, depth)).collect();
        match self.find_at(bound.def, &args, depth) {
            Answer::No => None,
            Answer::Maybe => Some(false),
            Answer::Yes(source) => {
                for (name, want) in &bound.assoc {
                    let Some((owner, oargs)) = self.assoc_owner(bound.def, &args, *name) else { continue };
                    let have = if owner == bound.def {
                        self.assoc_of(&source, owner, &oargs, *name, depth)
                    } else {
                        self.project_at(owner, &oargs, *name, depth)
                    };
                    let want = self.norm_at(*want, depth);
                    if let Some(have) = have
                        && !self.vars.unify(have, want)
                    {
                        // A closure returning `!`, or a coercion: not a proof of failure at the outermost level.
                        return if depth == 0 { Some(true) } else { None };
                    }
                }
                Some(true)
            }
        }
    }

    /// The trait that declares an associated type: the given one or a supertrait.
    fn assoc_owner(&self, tr: DefId, args: &[Ty], name: Name) -> Option<(DefId, Vec<Ty>)> {
        let b = Bound { def: tr, args: args[1..].into(), assoc: Box::new([]) };
        let found = self.types.super_with_assoc(&b, args[0], name, 0)?;
        Some((found.def, std::iter::once(args[0]).chain(found.args.iter().copied()).collect()))
    }

    fn assoc_of(&mut self, source: &Source, tr: DefId, args: &[Ty], name: Name, depth: u32) -> Option<Ty> {
        match source {
            Source::Builtin(out) => *out,
            Source::Derive => None,
            Source::Bound(b) => match Types::assoc_of(b, name) {
                Some(t) => Some(self.norm_at(t, depth + 1)),
                None => {
                    let elsewhere = self.env_assoc(args[0], tr, name);
                    Some(elsewhere.unwrap_or_else(|| Ty::new(TyKind::Proj(tr, args.iter().map(|&t| self.vars.resolve(t)).collect(), name))))
                }
            },
            Source::Impl(imp, impl_args) => {
                let own = &args[self.types.generics(tr).own_len().min(args.len())..];
                if let Some(member) = self.types.member(*imp, name, DefKind::TypeAlias) {
                    let all: Vec<Ty> = impl_args.iter().chain(own).copied().collect();
                    let ty = self.types.subst(member, &all).apply(self.types.type_of(member));
                    return Some(self.norm_at(ty, depth + 1));
                }
                let member = self.types.member(tr, name, DefKind::TypeAlias)?;
                let ty = self.types.subst(member, args).apply(self.types.type_of(member));
                Some(self.norm_at(ty, depth + 1))
            }
        }
    }

    /// `T: Iterator<Item = X>` said by another where clause about the same type.
    fn env_assoc(&mut self, self_ty: Ty, tr: DefId, name: Name) -> Option<Ty> {
        let self_ty = self.vars.shallow(self_ty);
        self.env.iter().filter(|p| p.bound.def == tr && p.subject == self_ty).find_map(|p| Types::assoc_of(&p.bound, name))
    }

    /// `<args[0] as Trait<args[1..]>>::name`; `None` while not decidable.
    pub fn project(&mut self, tr: DefId, args: &[Ty], name: Name) -> Option<Ty> {
        self.fuel = FUEL;
        self.project_at(tr, args, name, 0)
    }

    fn project_at(&mut self, tr: DefId, args: &[Ty], name: Name, depth: u32) -> Option<Ty> {
        let n = self.types.generics(tr).own_len().min(args.len());
        match self.find_at(tr, &args[..n], depth) {
            Answer::Yes(source) => self.assoc_of(&source, tr, args, name, depth),
            Answer::No => Some(Ty::unknown(Cause::NotInferred)),
            Answer::Maybe => None,
        }
    }

    /// Replaces projections that can be decided.
    pub fn norm(&mut self, ty: Ty) -> Ty {
        if !ty.has(HAS_PROJ) {
            return ty;
        }
        self.fuel = FUEL;
        self.norm_at(ty, 0)
    }

    fn norm_at(&mut self, ty: Ty, depth: u32) -> Ty {
        if !ty.has(HAS_PROJ) {
            return ty;
        }
        if depth > MAX_DEPTH {
            self.cut = true;
            return ty;
        }
        map(ty, &mut |t| match t.kind() {
            _ if !t.has(HAS_PROJ) => Some(t),
            TyKind::Proj(tr, args, name) => Some(self.norm_proj(*tr, args, *name, depth)),
            _ => None,
        })
    }

    fn norm_proj(&mut self, tr: DefId, args: &[Ty], name: Name, depth: u32) -> Ty {
        let args: Box<[Ty]> = args
            .iter()
            .map(|&t| {
                let t = self.norm_at(t, depth + 1);
                self.vars.resolve(t)
            })
            .collect();
        let ty = Ty::new(TyKind::Proj(tr, args.clone(), name));
        let closed = !ty.has(HAS_INFER);
        let everywhere = !self.concrete_env && !ty.has(HAS_PARAM | HAS_CLOSURE);
        let known = if everywhere { self.types.caches.projections.get(&ty) } else { self.projections.get(&ty).copied() };
        if closed && let Some(known) = known {
            return known;
        }
        if let Some(&known) = self.open_projections.get(&ty) {
            return known;
        }
        let before = std::mem::replace(&mut self.cut, false);
        let out = match self.project_at(tr, &args, name, depth + 1) {
            Some(t) if t != ty => self.vars.resolve(t),
            Some(_) => ty,
            None if args[0].cause().is_some() && !args[0].has(HAS_INFER) => args[0],
            None => ty,
        };
        // An answer with variables belongs to this question alone: they may be undone.
        if closed && !out.has(HAS_INFER) && !self.cut {
            if everywhere {
                self.types.caches.projections.put(ty, out);
            } else {
                self.projections.insert(ty, out);
            }
        }
        self.cut |= before;
        if out != ty && out.has(HAS_INFER) {
            self.noted.push(Noted::Projection(ty));
            self.open_projections.insert(ty, out);
        }
        out
    }
}

impl Types<'_> {
    /// Where clauses in force inside a definition, supertraits spelled out.
    pub fn env(&self, def: DefId) -> &'static [Pred] {
        self.memo(
            |c| &c.env,
            def,
            || {
                let elaborated = |p: &Pred| {
                    let subject = p.subject;
                    self.elaborate(&p.bound, subject).into_iter().map(move |bound| Pred { subject, bound }).collect::<Vec<_>>()
                };
                self.preds(def).iter().flat_map(elaborated).collect()
            },
        )
    }

    /// Auto traits, `Sized` and what the compiler itself decides hold for everything here: no finding rests on their absence.
    pub(crate) fn always_holds(&self, tr: DefId) -> bool {
        let lang = &self.lang;
        if [lang.sized, lang.meta_sized, lang.pointee_sized, lang.unpin, lang.destruct, lang.tuple].contains(&Some(tr)) {
            return true;
        }
        matches!(self.defs.item(tr), Some((_, i)) if matches!(i.kind, ItemKind::Trait { auto: true, .. }))
    }

    /// Traits that a type's derives implement: the trait of the same name where the derive stands, as `derive(Serialize)` and
    /// `serde::Serialize` go together; `Debug` and `Hash` are not in the prelude as traits and are looked up.
    pub fn derived(&self, adt: DefId) -> &'static [DefId] {
        self.memo(
            |c| &c.derived,
            adt,
            || {
                let Some((_, item)) = self.defs.item(adt) else { return Vec::new() };
                let lower = Lower::of_def(self, adt);
                let mut out = Vec::new();
                for attr in &item.attrs {
                    let AttrArgs::Paths(paths) = &attr.args else { continue };
                    let is_derive = lower.arena.segs_of(attr.path).last().is_some_and(|s| self.defs.name(lower.file, s.name) == kw::DERIVE);
                    if !is_derive {
                        continue;
                    }
                    for &p in paths {
                        let Some(seg) = lower.arena.segs_of(p).last() else { continue };
                        let name = self.defs.name(lower.file, seg.name);
                        let res = self.defs.resolve_path(lower.scope, lower.file, lower.facts, lower.arena, p, Ns::Types).res;
                        match res {
                            Res::Def(d) if self.defs.def(d).kind == DefKind::Trait => out.push(d),
                            _ => out.extend(self.derived_by_name(name.as_str())),
                        }
                    }
                }
                out
            },
        )
    }

    fn derived_by_name(&self, name: &str) -> Vec<DefId> {
        let paths: &[&str] = match name {
            "Debug" => &["fmt::Debug"],
            "Hash" => &["hash::Hash"],
            "Display" => &["fmt::Display"],
            "Error" => &["error::Error", "fmt::Display"],
            _ => &[],
        };
        paths.iter().filter_map(|p| self.defs.lookup("core", p).first().copied()).collect()
    }
}
