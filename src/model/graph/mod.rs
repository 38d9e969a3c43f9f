//! The global phase: who calls whom, from which entry points, and the role of every function.

use rustc_hash::{FxHashMap, FxHashSet};

use super::branches::{Arm, Branch};
use super::entry::{EntryPoint, Serving, Way};
use super::live::Live;
use super::summary::Summary;
use crate::lint::Role;
use crate::model::ids::{CrateId, DefId};

mod voices;

pub use voices::Voices;

/// A call as the graph sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The function called, or mentioned as a value.
    pub to: DefId,
    /// The branch the call stands in.
    pub arm: Option<Arm>,
}

/// Reachability over the workspace.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(super) edges: FxHashMap<DefId, Vec<Edge>>,
    /// What tells the impls that a call may go to from those it cannot.
    pub(super) live: Live,
    pub(super) mains: FxHashSet<DefId>,
    roles: FxHashMap<DefId, Role>,
    /// Functions only `main` leads to: reached from a `main`, and called by nothing but it (and each other).
    main_only: FxHashSet<DefId>,
    /// Functions of the start alone: `main`, what statics are made with, and what nothing but these calls.
    start_only: FxHashSet<DefId>,
    /// Functions that run when a value goes alone: `Drop::drop`, and what nothing but these calls.
    drop_only: FxHashSet<DefId>,
    /// Functions that read the command line.
    readers: FxHashSet<DefId>,
    /// For whom functions speak that print.
    voices: Voices,
    /// Statics and constants.
    lazy: FxHashSet<DefId>,
    /// Functions that requests reach, each with its predecessor on a shortest way (itself for a handler).
    request: FxHashMap<DefId, DefId>,
    /// Branches, where there are some.
    branches: FxHashMap<DefId, Vec<Branch>>,
    /// Branches of service binaries that answer a command and do not lead to serving.
    cli_arms: FxHashSet<(DefId, Arm)>,
    /// Functions that nothing but such branches calls: the commands themselves.
    commands: FxHashSet<DefId>,
    services: FxHashSet<CrateId>,
    /// Functions that lead to serving.
    leading: FxHashSet<DefId>,
}

/// Which impls a call of a trait's method may go to.
pub struct Dispatch<'a> {
    /// Of each method of a trait those of its impls.
    pub impls: &'a FxHashMap<DefId, Vec<DefId>>,
    /// Of each such method of an impl the type it belongs to, where all its values are made by bodies.
    pub self_types: FxHashMap<DefId, DefId>,
}

/// A caller, and the branch the call stands in.
type Caller = (DefId, Option<Arm>);
type Callers = FxHashMap<DefId, Vec<Caller>>;

/// Crates whose binaries the user gave a role.
pub type Said<'a> = &'a dyn Fn(CrateId) -> Option<Role>;

/// Steps towards answering requests: the branches they stand in, by function.
struct Steps {
    arms: FxHashMap<DefId, Vec<Option<Arm>>>,
}

impl Steps {
    fn of(summaries: &[Summary], counts: &dyn Fn(&Serving) -> bool) -> Steps {
        let of_one = |s: &Summary| s.registrations.serving.iter().filter(|step| counts(step)).map(|step| step.arm).collect::<Vec<_>>();
        let all = summaries.iter().map(|s| (s.owner, of_one(s)));
        Steps { arms: all.filter(|(_, arms)| !arms.is_empty()).collect() }
    }
}

impl Steps {
    fn owners(&self) -> FxHashSet<DefId> {
        self.arms.keys().copied().collect()
    }
}

/// Steps, and all functions that lead to one.
struct Leading<'a> {
    steps: &'a Steps,
    leads: FxHashSet<DefId>,
}

impl Graph {
    /// Links the summaries.
    pub fn build(
        mains: &FxHashMap<CrateId, DefId>,
        summaries: &[Summary],
        entries: &[EntryPoint],
        dispatch: Dispatch<'_>,
        said: Said<'_>,
    ) -> Graph {
        let lazy = summaries.iter().filter(|s| s.is_value).map(|s| s.owner).collect();
        let mut g = Graph { lazy, live: Live::of(summaries, &dispatch), ..Graph::default() };
        let impls = dispatch.impls;
        for s in summaries {
            let mut edges: Vec<Edge> = Vec::new();
            for e in &s.edges {
                edges.push(*e);
                edges.extend(impls.get(&e.to).into_iter().flatten().map(|&to| Edge { to, arm: e.arm }));
            }
            edges.sort_unstable();
            edges.dedup();
            if !s.branches.is_empty() {
                g.branches.insert(s.owner, s.branches.clone());
            }
            g.edges.insert(s.owner, edges);
        }
        g.readers = summaries.iter().filter(|s| s.reads_command_line).map(|s| s.owner).collect();
        let serving = Steps::of(summaries, &|_| true);
        let starting = Steps::of(summaries, &|step| step.starts);
        g.mains = mains.values().copied().collect();
        g.request_path(entries);
        g.all_roles(mains, [&serving, &starting], entries, said);
        let callers = g.callers();
        g.find_main_only(&callers);
        let debug_only: FxHashSet<DefId> = summaries.iter().filter(|s| s.speech.debug_only).map(|s| s.owner).collect();
        let start = g.mains.iter().chain(&g.lazy).copied().collect();
        g.start_only = g.closed_under_callers(&callers, start, &debug_only);
        let drops = summaries.iter().filter(|s| s.is_drop).map(|s| s.owner).collect();
        g.drop_only = g.closed_under_callers(&callers, drops, &debug_only);
        // Whoever registers a handler names it, and does not call it.
        g.start_only.retain(|d| !g.request.contains_key(d));
        g.main_only.retain(|d| !g.request.contains_key(d));
        g.voices = Voices::of(&g, summaries, &callers, &debug_only);
        g
    }

    pub(super) fn out(&self, def: DefId) -> &[Edge] {
        self.edges.get(&def).map_or(&[], Vec::as_slice)
    }

    fn request_path(&mut self, entries: &[EntryPoint]) {
        let mut handlers: Vec<DefId> = entries.iter().map(|e| e.handler).collect();
        handlers.sort_unstable();
        handlers.dedup();
        let mut level = handlers.clone();
        self.request = handlers.into_iter().map(|h| (h, h)).collect();
        while !level.is_empty() {
            let mut next: Vec<(DefId, DefId)> = Vec::new();
            for &d in &level {
                // What a static is made with runs once, whoever is first.
                next.extend(self.out(d).iter().filter(|e| !self.lazy.contains(&e.to)).map(|e| (e.to, d)));
            }
            next.sort_unstable();
            level.clear();
            for (to, from) in next {
                if let std::collections::hash_map::Entry::Vacant(v) = self.request.entry(to) {
                    v.insert(from);
                    level.push(to);
                }
            }
        }
    }

    fn all_roles(&mut self, mains: &FxHashMap<CrateId, DefId>, steps: [&Steps; 2], entries: &[EntryPoint], said: Said<'_>) {
        let mut service: FxHashSet<DefId> = FxHashSet::default();
        let mut cli: FxHashSet<DefId> = FxHashSet::default();
        let [serving, starting] = steps.map(|steps| Leading { steps, leads: self.leading_to(steps) });
        for (&krate, &main) in mains {
            let reached = self.reach([main], &|_, _| true, None).0;
            let role = said(krate).unwrap_or(if serving.leads.contains(&main) { Role::Service } else { Role::Cli });
            if role != Role::Service {
                cli.extend(reached);
                continue;
            }
            self.services.insert(krate);
            // Where no call is known to serve, what makes a router has to do.
            let to = if starting.leads.contains(&main) { &starting } else { &serving };
            let arms = self.arms_beside_serving(&reached, to);
            service.extend(self.reach_beside(main, &arms));
            cli.extend(reached);
            self.cli_arms.extend(arms);
        }
        self.leading = serving.leads;
        // A handler belongs to the services that reach what registers it; where that could not be followed, it still answers requests.
        let requests = entries.iter().filter(|e| e.kind != Way::Around).map(|e| e.handler);
        let around = entries.iter().filter(|e| e.kind == Way::Around).map(|e| e.handler);
        if !self.services.is_empty() {
            service.extend(self.reach(requests.chain(around), &|_, _| true, None).0);
        }
        self.roles = cli.into_iter().map(|d| (d, Role::Cli)).chain(service.into_iter().map(|d| (d, Role::Service))).collect();
    }

    /// Functions that take one of the steps or call, by whatever way, one that does.
    fn leading_to(&self, steps: &Steps) -> FxHashSet<DefId> {
        let mut callers: FxHashMap<DefId, Vec<DefId>> = FxHashMap::default();
        for (from, edges) in &self.edges {
            edges.iter().for_each(|e| callers.entry(e.to).or_default().push(*from));
        }
        let mut leads = FxHashSet::default();
        let mut open: Vec<DefId> = steps.arms.keys().copied().collect();
        while let Some(d) = open.pop() {
            if leads.insert(d) {
                open.extend(callers.get(&d).into_iter().flatten());
            }
        }
        leads
    }

    /// Branches that answer a command: they lead to no serving, and the command line decides about them, or another way of the same choice does serve.
    fn arms_beside_serving(&self, reached: &FxHashSet<DefId>, to: &Leading<'_>) -> FxHashSet<(DefId, Arm)> {
        let mut out = FxHashSet::default();
        for (&d, branches) in self.branches.iter().filter(|(d, _)| reached.contains(d)) {
            let mut leads = self.leading_branches(d, branches, to);
            self.refine_leading(d, branches, &to.steps.owners(), &mut leads);
            let beside = |b: &Branch, at: usize| {
                let sibling = || branches.iter().zip(&leads).any(|(other, leads)| other.choice == b.choice && *leads);
                let reads = b.asks.is_some_and(|f| self.readers.contains(&f));
                let answers = if b.command_line || reads { b.apart || sibling() } else { !self.request.contains_key(&d) && sibling() };
                // What ends the process does not go on to serve.
                !leads[at] && (answers || b.ends && !self.request.contains_key(&d))
            };
            for (at, branch) in branches.iter().enumerate() {
                let around = std::iter::successors(Some((at, branch)), |(_, b)| b.parent.map(|p| (p.0 as usize, &branches[p.0 as usize])));
                if around.into_iter().any(|(at, b)| beside(b, at)) {
                    out.insert((d, Arm(at as u32)));
                }
            }
        }
        out
    }

    /// Of each branch of a function whether it leads to serving, by itself or by a branch in it.
    fn leading_branches(&self, d: DefId, branches: &[Branch], to: &Leading<'_>) -> Vec<bool> {
        let calls = self.out(d).iter().filter(|e| to.leads.contains(&e.to)).map(|e| e.arm);
        let own = to.steps.arms.get(&d).into_iter().flatten().copied();
        let mut leads = vec![false; branches.len()];
        for arm in calls.chain(own) {
            let mut at = arm;
            while let Some(Arm(i)) = at {
                leads[i as usize] = true;
                at = branches[i as usize].parent;
            }
        }
        leads
    }

    /// Who calls a function, and from which branch.
    fn callers(&self) -> Callers {
        let mut callers = Callers::default();
        for (from, edges) in &self.edges {
            edges.iter().for_each(|e| callers.entry(e.to).or_default().push((*from, e.arm)));
        }
        callers
    }

    /// Some functions, and all that nothing but these calls; `aside` are callers that do not count.
    fn closed_under_callers(&self, callers: &Callers, from: Vec<DefId>, aside: &FxHashSet<DefId>) -> FxHashSet<DefId> {
        let counted = |callers: &[Caller]| callers.iter().filter(|(from, _)| !aside.contains(from)).count();
        let mut others: FxHashMap<DefId, usize> = callers.iter().map(|(d, from)| (*d, counted(from))).collect();
        let (mut closed, mut open) = (FxHashSet::default(), from);
        while let Some(d) = open.pop() {
            if aside.contains(&d) || !closed.insert(d) {
                continue;
            }
            for e in self.out(d) {
                if let Some(left) = others.get_mut(&e.to) {
                    *left -= 1;
                    open.extend((*left == 0).then_some(e.to));
                }
            }
        }
        closed
    }

    fn find_main_only(&mut self, callers: &Callers) {
        let all = |d: &DefId, fits: &dyn Fn(&Caller) -> bool| callers.get(d).is_some_and(|c| c.iter().all(fits));
        let direct = |d: &DefId| all(d, &|(from, _)| self.mains.contains(from) || from == d);
        let command = |d: &DefId| all(d, &|(from, arm)| arm.is_some_and(|a| self.cli_arms.contains(&(*from, a))));
        let main_only = self.edges.keys().filter(|d| self.mains.contains(d) || direct(d)).copied().collect();
        let commands = self.edges.keys().filter(|d| command(d)).copied().collect();
        (self.main_only, self.commands) = (main_only, commands);
    }

    /// Functions whose callers all fit: caller, called.
    pub fn called_only(&self, fits: &dyn Fn(&DefId, &DefId) -> bool) -> Vec<DefId> {
        self.callers().into_iter().filter(|(d, callers)| callers.iter().all(|(from, _)| fits(from, d))).map(|(d, _)| d).collect()
    }
    /// For whom functions speak that print.
    pub fn voices(&self) -> &Voices {
        &self.voices
    }
    /// Role of a function, where some target reaches it.
    pub fn role(&self, def: DefId) -> Option<Role> {
        self.roles.get(&def).copied()
    }
    /// Whether a binary serves requests.
    pub fn is_service(&self, krate: CrateId) -> bool {
        self.services.contains(&krate)
    }
    /// Whether a binary starts in a function.
    pub fn is_main(&self, def: DefId) -> bool {
        self.mains.contains(&def)
    }
    /// Whether a function serves, or calls one that does.
    pub fn leads_to_serving(&self, def: DefId) -> bool {
        self.leading.contains(&def)
    }
    /// Whether a function is `main`, or called by nothing but it.
    pub fn main_only(&self, def: DefId) -> bool {
        self.main_only.contains(&def)
    }
    /// Whether a function is `main`, or one that only the start calls, be it by way of others.
    pub fn start_only(&self, def: DefId) -> bool {
        self.start_only.contains(&def)
    }
    /// Whether a function is `Drop::drop`, or one that only such call, be it by way of others.
    pub fn drop_only(&self, def: DefId) -> bool {
        self.drop_only.contains(&def)
    }
    /// Whether a branch belongs to a service's binary and answers a command.
    pub fn cli_arm(&self, def: DefId, arm: Arm) -> bool {
        self.cli_arms.contains(&(def, arm))
    }
    /// Whether a function is a command's own: called by nothing but branches that do not lead to serving.
    pub fn is_command(&self, def: DefId) -> bool {
        self.commands.contains(&def)
    }
    /// The chain from a request handler to a function, handler first; `None` when no request reaches it.
    pub fn chain(&self, def: DefId) -> Option<Vec<DefId>> {
        let mut chain = vec![def];
        let mut at = def;
        loop {
            let before = *self.request.get(&at)?;
            if before == at {
                chain.reverse();
                return Some(chain);
            }
            chain.push(before);
            at = before;
        }
    }
}
