//! Effects: what a call may do beyond computing. A set of bits per function, joined over everything it may call.
//!
//! Three-valued: a bit says "may"; its absence says "does not" only while [`Effects::UNKNOWN`] is absent too, because something in reach could
//! not be read. Sources of facts, in order: the catalog's row of the function, the body (workspace), the default of the crate.

use rustc_hash::FxHashMap;

use crate::catalog::Known;
use crate::model::defs::Defs;
use crate::model::ids::DefId;
use crate::model::ty::Types;

mod local;

pub use local::{leaf, local};

/// What a function may do.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effects(pub u16);

impl Effects {
    /// Computes only.
    pub const PURE: Effects = Effects(0);
    /// Leaves the process and waits for somebody else: HTTP, database, cache, queue, DNS, raw sockets.
    pub const NET: Effects = Effects(1);
    /// Reads or writes the local file system.
    pub const FS: Effects = Effects(1 << 1);
    /// Starts or waits for a child process.
    pub const PROCESS: Effects = Effects(1 << 2);
    /// Starts a task or thread.
    pub const SPAWN: Effects = Effects(1 << 3);
    /// Takes a lock.
    pub const LOCK: Effects = Effects(1 << 4);
    /// Writes a log record.
    pub const LOG: Effects = Effects(1 << 5);
    /// Emits a metric.
    pub const METRIC: Effects = Effects(1 << 6);
    /// Sends to or receives from a channel inside the process.
    pub const CHANNEL: Effects = Effects(1 << 7);
    /// Reads or writes the standard streams.
    pub const STDIO: Effects = Effects(1 << 8);
    /// Reads or writes a stream that was chosen elsewhere: behind `dyn` or a type parameter may be a file, a socket or memory.
    pub const STREAM: Effects = Effects(1 << 10);
    /// Writes a log record of a level that tells of trouble (`warn`, `error`); comes with [`Effects::LOG`].
    pub const TROUBLE: Effects = Effects(1 << 11);
    /// Log records of whatever level.
    pub const LOGS: Effects = Effects::LOG.join(Effects::TROUBLE);
    /// Ends the process.
    pub const EXIT: Effects = Effects(1 << 9);
    /// Something in reach could not be read: absence of the other bits proves nothing.
    pub const UNKNOWN: Effects = Effects(1 << 15);

    const NAMES: &'static [(&'static str, Effects)] = &[
        ("net", Self::NET),
        ("fs", Self::FS),
        ("process", Self::PROCESS),
        ("spawn", Self::SPAWN),
        ("lock", Self::LOCK),
        ("log", Self::LOG),
        ("metric", Self::METRIC),
        ("channel", Self::CHANNEL),
        ("stdio", Self::STDIO),
        ("stream", Self::STREAM),
        ("trouble", Self::TROUBLE),
        ("exit", Self::EXIT),
        ("unknown", Self::UNKNOWN),
        ("pure", Self::PURE),
    ];

    /// By the name catalog files use.
    pub fn from_name(name: &str) -> Option<Effects> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, e)| *e)
    }
    /// Names catalog files may use.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(n, _)| *n)
    }
    /// Both.
    #[must_use]
    pub const fn join(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }
    /// Whether any of the given bits is set.
    pub fn any(self, of: Effects) -> bool {
        self.0 & of.0 != 0
    }
    /// Whether no other bit than the given ones is set.
    pub fn only(self, of: Effects) -> bool {
        self.0 & !of.0 == 0
    }
    /// Whether the function calls somebody outside the process and waits.
    pub fn external(self) -> bool {
        self.any(Effects(Self::NET.0 | Self::PROCESS.0))
    }
    /// Whether the function may do I/O or spawn: the Results of such are worth a warning when dropped.
    pub fn io_or_spawn(self) -> bool {
        self.any(Effects(Self::NET.0 | Self::PROCESS.0 | Self::FS.0 | Self::SPAWN.0))
    }
    /// Whether something in reach could not be read.
    pub fn unknown(self) -> bool {
        self.any(Self::UNKNOWN)
    }
}

impl std::ops::BitOr for Effects {
    type Output = Effects;
    fn bitor(self, other: Effects) -> Effects {
        self.join(other)
    }
}

impl std::ops::BitOrAssign for Effects {
    fn bitor_assign(&mut self, other: Effects) {
        *self = self.join(other);
    }
}

impl std::fmt::Debug for Effects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Self::PURE {
            return f.write_str("pure");
        }
        let names: Vec<&str> = Self::NAMES.iter().filter(|(_, e)| self.any(*e)).map(|(n, _)| *n).collect();
        f.write_str(&names.join("+"))
    }
}

/// What reading a body needs besides the body.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// Definitions.
    pub defs: &'a Defs,
    /// Types.
    pub types: &'a Types<'a>,
    /// The catalog, linked.
    pub known: &'a Known,
}

/// What one body does itself, and whom it calls. The local part of a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    /// Effects of macros and of callees that the catalog knows, and [`Effects::UNKNOWN`] for calls that could not be resolved.
    pub own: Effects,
    /// Functions whose effects are to be joined (workspace functions, and trait methods that fan out), sorted, without repetition.
    pub calls: Vec<DefId>,
    /// How errors leave.
    pub exits: ErrorExits,
}

/// How errors leave a function: decides whether it logs its own errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorExits {
    /// Every error is logged on the way out, whatever the callees do (`#[instrument(err)]`).
    pub instrumented: bool,
    /// There are none: the function gives `Ok` whatever happens.
    pub never: bool,
    /// At least one error leaves with no log before it.
    pub silent: bool,
    /// Functions whose errors are passed on unlogged: all of them must log their own. Sorted, without repetition.
    pub from: Vec<DefId>,
    /// Errors that `?` turns into others by a function of the workspace.
    pub turned: Vec<TurnedExit>,
    /// Number of exits whose error nobody need hear of: it comes from closing what ends anyway.
    pub harmless: u32,
    /// Number of exits whose error is worth a note at most: the other end has gone, a task was cancelled.
    pub minor: u32,
    /// At least one error that leaves stands for another whose cause was thrown away.
    pub replaced: bool,
    /// Number of exits that log on the way.
    pub logged: u32,
}

/// An error that leaves unlogged after a function of the workspace turned it into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedExit {
    /// The function (`From::from`): if it logs, the error was logged.
    pub by: DefId,
    /// Else the functions whose error it is, all of which must log their own; `None` if somebody else made it.
    pub from: Option<Vec<DefId>>,
}

impl ErrorExits {
    /// Functions that may log what leaves here.
    fn helpers(&self) -> impl Iterator<Item = DefId> + '_ {
        let turned = self.turned.iter().flat_map(|t| std::iter::once(t.by).chain(t.from.iter().flatten().copied()));
        self.from.iter().copied().chain(turned)
    }

    /// Whether every error was logged before it left, as far as is known of other functions. Where the errors of the outside are logged, one
    /// that only tells of the arguments may leave without.
    fn all_logged(&self, of: &dyn Fn(&DefId) -> Solved) -> bool {
        let computes = |d: &DefId| self.logged > 0 && of(d).effects.only(Effects::LOGS);
        self.minor == 0 && self.all_told(of, &|d| of(d).logs_own_errors || computes(d))
    }

    /// Whether nobody need hear of any error that leaves, as far as is known of other functions.
    fn all_minor(&self, of: &dyn Fn(&DefId) -> Solved) -> bool {
        !self.replaced && self.all_told(of, &|d| of(d).logs_own_errors || of(d).only_minor_errors)
    }

    fn all_told(&self, of: &dyn Fn(&DefId) -> Solved, told: &dyn Fn(&DefId) -> bool) -> bool {
        let tells = |from: &[DefId]| from.iter().all(told);
        let turned = |t: &TurnedExit| of(&t.by).effects.any(Effects::LOG) || t.from.as_deref().is_some_and(tells);
        let counted = self.logged + self.harmless + self.minor;
        let some = counted > 0 || !self.from.is_empty() || !self.turned.is_empty();
        self.instrumented || self.never || (some && !self.silent && tells(&self.from) && self.turned.iter().all(turned))
    }
}

/// Effects of one function after joining.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Solved {
    /// What it may do.
    pub effects: Effects,
    /// Every error it returns was logged before it returned, or need not be.
    pub logs_own_errors: bool,
    /// Every error it returns was logged, or is worth a note at most.
    pub only_minor_errors: bool,
}

/// Joins local effects over the call graph. `targets` gives what a function that has no body of its own (a trait method) may run; `leaf` gives the effects of a
/// function outside `locals`.
///
/// May-effects are the least fixpoint (bits only grow); "logs its own errors" and "only minor errors" are least fixpoints from false, so recursion alone
/// proves nothing. They ask for effects, and so come after them.
pub fn solve(
    locals: &FxHashMap<DefId, &Local>,
    targets: &dyn Fn(DefId) -> Vec<DefId>,
    leaf: &dyn Fn(DefId) -> Effects,
) -> FxHashMap<DefId, Solved> {
    let solver = Solver { locals, targets, leaf, out: FxHashMap::default(), users: FxHashMap::default() };
    let mut order: Vec<DefId> = locals.keys().copied().collect();
    order.sort_unstable();
    solver.run(order)
}

struct Solver<'a> {
    locals: &'a FxHashMap<DefId, &'a Local>,
    targets: &'a dyn Fn(DefId) -> Vec<DefId>,
    leaf: &'a dyn Fn(DefId) -> Effects,
    out: FxHashMap<DefId, Solved>,
    users: FxHashMap<DefId, Vec<DefId>>,
}

impl Solver<'_> {
    fn run(mut self, order: Vec<DefId>) -> FxHashMap<DefId, Solved> {
        let mut fans: FxHashMap<DefId, Vec<DefId>> = FxHashMap::default();
        let mut work = order;
        // Trait methods without a local part are nodes too: discovered from the calls.
        let mut at = 0;
        while at < work.len() {
            let def = work[at];
            at += 1;
            let used: Vec<DefId> = match self.locals.get(&def) {
                Some(local) => {
                    self.out.insert(def, Solved { effects: local.own, ..Solved::default() });
                    local.calls.iter().copied().chain(local.exits.helpers()).collect()
                }
                None => {
                    let fan = (self.targets)(def);
                    let own = if fan.is_empty() { (self.leaf)(def) } else { Effects::PURE };
                    self.out.insert(def, Solved { effects: own, ..Solved::default() });
                    fans.insert(def, fan.clone());
                    fan
                }
            };
            for callee in used {
                self.users.entry(callee).or_default().push(def);
                if !self.out.contains_key(&callee) && !self.locals.contains_key(&callee) {
                    self.out.insert(callee, Solved::default());
                    work.push(callee);
                }
            }
        }
        self.settle(work.clone(), &fans, Self::join);
        self.settle(work, &fans, Self::log);
        self.out
    }

    /// Takes steps until nothing moves.
    fn settle(&mut self, mut work: Vec<DefId>, fans: &FxHashMap<DefId, Vec<DefId>>, step: impl Fn(&Self, DefId, &[DefId], &mut Solved)) {
        while let Some(def) = work.pop() {
            let mut new = self.of(def);
            step(self, def, fans.get(&def).map_or(&[], Vec::as_slice), &mut new);
            if self.out.insert(def, new) != Some(new)
                && let Some(users) = self.users.get(&def)
            {
                work.extend(users);
            }
        }
    }

    fn of(&self, def: DefId) -> Solved {
        self.out.get(&def).copied().unwrap_or_default()
    }

    /// Effects of what a function calls, or of what a method may run.
    fn join(&self, def: DefId, fan: &[DefId], now: &mut Solved) {
        let called = self.locals.get(&def).map_or(fan, |local| &local.calls);
        for &callee in called {
            now.effects |= self.of(callee).effects;
        }
    }

    /// Whether all errors are logged, or minor.
    fn log(&self, def: DefId, fan: &[DefId], now: &mut Solved) {
        let of = |d: &DefId| self.of(*d);
        let any = |fits: &dyn Fn(Solved) -> bool| !fan.is_empty() && fan.iter().all(|d| fits(of(d)));
        let local = self.locals.get(&def);
        now.logs_own_errors |= local.map_or_else(|| any(&|s| s.logs_own_errors), |local| local.exits.all_logged(&of));
        let minor = || local.map_or_else(|| any(&|s| s.logs_own_errors || s.only_minor_errors), |local| local.exits.all_minor(&of));
        // What could not be read may fail in ways that are not minor.
        now.only_minor_errors |= !now.effects.unknown() && minor();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::CrateId;

    fn d(idx: u32) -> DefId {
        DefId { krate: CrateId(0), idx }
    }

    #[test]
    fn effects_flow_up_and_through_recursion_and_dispatch() {
        let leaf = |def: DefId| if def == d(90) { Effects::NET } else { Effects::UNKNOWN };
        let a = Local { calls: vec![d(2)], exits: ErrorExits { from: vec![d(2)], ..Default::default() }, ..Default::default() };
        let b = Local { own: Effects::LOG, calls: vec![d(1), d(50)], exits: ErrorExits { logged: 1, ..Default::default() } };
        let c = Local { calls: vec![d(90)], ..Default::default() };
        let locals: FxHashMap<DefId, &Local> = [(d(1), &a), (d(2), &b), (d(3), &c)].into_iter().collect();
        let out = solve(&locals, &|def| if def == d(50) { vec![d(3)] } else { Vec::new() }, &leaf);
        assert_eq!(out[&d(1)].effects, Effects::NET | Effects::LOG);
        assert!(out[&d(1)].logs_own_errors, "passes on the error of a function that logs it");
        assert_eq!(out[&d(50)].effects, Effects::NET);
        assert!(!out[&d(3)].logs_own_errors);
    }
}
