//! The global phase: who calls whom, from which entry points, and the role of every function.

use rustc_hash::{FxHashMap, FxHashSet};

use super::entry::{EntryPoint, Way};
use super::prints::Arm;
use super::summary::Summary;
use crate::facts::Pos;
use crate::lint::Role;
use crate::model::ids::{CrateId, DefId};

/// A call as the graph sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The function called, or mentioned as a value.
    pub to: DefId,
    /// The dispatch arm the call stands in.
    pub arm: Option<Arm>,
}

/// Reachability over the workspace.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    edges: FxHashMap<DefId, Vec<Edge>>,
    mains: FxHashSet<DefId>,
    roles: FxHashMap<DefId, Role>,
    /// Functions only `main` leads to: reached from a `main`, and called by nothing but it (and each other).
    main_only: FxHashSet<DefId>,
    /// Functions that requests reach, each with its predecessor on a shortest way (itself for a handler).
    request: FxHashMap<DefId, DefId>,
    /// Dispatch arms that call or print something and do not serve by themselves.
    arms: FxHashMap<DefId, Vec<Arm>>,
    /// Dispatch arms of service binaries that do not lead to serving.
    cli_arms: FxHashSet<(DefId, Arm)>,
    /// Functions that nothing but such arms calls: the commands themselves.
    commands: FxHashSet<DefId>,
    services: FxHashSet<CrateId>,
    /// Where each `main` starts a logger, by itself or through what it calls.
    logger_starts: FxHashMap<DefId, Pos>,
}

/// A caller, and the dispatch arm the call stands in.
type Caller = (DefId, Option<Arm>);
type Callers = FxHashMap<DefId, Vec<Caller>>;

/// Crates whose binaries the user gave a role.
pub type Said<'a> = &'a dyn Fn(CrateId) -> Option<Role>;

impl Graph {
    /// Links the summaries.
    pub fn build(
        mains: &FxHashMap<CrateId, DefId>,
        summaries: &[Summary],
        entries: &[EntryPoint],
        impls: &FxHashMap<DefId, Vec<DefId>>,
        said: Said<'_>,
    ) -> Graph {
        let mut g = Graph::default();
        for s in summaries {
            let mut edges: Vec<Edge> = Vec::new();
            for e in &s.edges {
                edges.push(*e);
                edges.extend(impls.get(&e.to).into_iter().flatten().map(|&to| Edge { to, arm: e.arm }));
            }
            edges.sort_unstable();
            edges.dedup();
            // An arm that only prints has no edge, and leads nowhere.
            let mut arms: Vec<Arm> = edges.iter().filter_map(|e| e.arm).chain(s.prints.iter().filter_map(|p| p.arm)).collect();
            arms.sort_unstable();
            arms.dedup();
            // What serves by itself leads to serving.
            arms.retain(|a| s.registrations.arms.binary_search(a).is_err());
            g.arms.insert(s.owner, arms);
            g.edges.insert(s.owner, edges);
        }
        let serving: FxHashSet<DefId> = summaries.iter().filter(|s| s.registrations.serves).map(|s| s.owner).collect();
        g.mains = mains.values().copied().collect();
        g.request_path(entries);
        g.all_roles(mains, &serving, entries, said);
        let callers = g.callers();
        g.find_main_only(&callers);
        g.find_logger_starts(summaries, &callers);
        g
    }

    fn out(&self, def: DefId) -> &[Edge] {
        self.edges.get(&def).map_or(&[], Vec::as_slice)
    }

    fn reach(&self, from: impl IntoIterator<Item = DefId>, takes: &dyn Fn(DefId, &Edge) -> bool) -> FxHashSet<DefId> {
        let mut seen: FxHashSet<DefId> = FxHashSet::default();
        let mut stack: Vec<DefId> = from.into_iter().collect();
        while let Some(d) = stack.pop() {
            if seen.insert(d) {
                stack.extend(self.out(d).iter().filter(|e| takes(d, e)).map(|e| e.to));
            }
        }
        seen
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
                next.extend(self.out(d).iter().map(|e| (e.to, d)));
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

    fn all_roles(&mut self, mains: &FxHashMap<CrateId, DefId>, serving: &FxHashSet<DefId>, entries: &[EntryPoint], said: Said<'_>) {
        let mut service: FxHashSet<DefId> = FxHashSet::default();
        let mut cli: FxHashSet<DefId> = FxHashSet::default();
        for (&krate, &main) in mains {
            let reached = self.reach([main], &|_, _| true);
            let serves = reached.iter().any(|d| serving.contains(d));
            let role = said(krate).unwrap_or(if serves { Role::Service } else { Role::Cli });
            if role != Role::Service {
                cli.extend(reached);
                continue;
            }
            self.services.insert(krate);
            let arms = self.arms_beside_serving(&reached, serving);
            service.extend(self.reach([main], &|d, e| e.arm.is_none_or(|a| !arms.contains(&(d, a)))));
            cli.extend(reached);
            self.cli_arms.extend(arms);
        }
        // A handler belongs to the services that reach what registers it; where that could not be followed, it still answers requests.
        let requests = entries.iter().filter(|e| e.kind != Way::Around).map(|e| e.handler);
        let around = entries.iter().filter(|e| e.kind == Way::Around).map(|e| e.handler);
        if !self.services.is_empty() {
            service.extend(self.reach(requests.chain(around), &|_, _| true));
        }
        self.roles = cli.into_iter().map(|d| (d, Role::Cli)).chain(service.into_iter().map(|d| (d, Role::Service))).collect();
    }

    /// Dispatch arms that lead to no serving, in functions where another arm (or the code around) does.
    fn arms_beside_serving(&self, reached: &FxHashSet<DefId>, serving: &FxHashSet<DefId>) -> FxHashSet<(DefId, Arm)> {
        let mut out = FxHashSet::default();
        for &d in reached {
            for &arm in self.arms.get(&d).into_iter().flatten() {
                let targets = self.out(d).iter().filter(|e| e.arm == Some(arm)).map(|e| e.to);
                if !self.reach(targets, &|_, _| true).iter().any(|t| serving.contains(t)) {
                    out.insert((d, arm));
                }
            }
        }
        out
    }

    /// Who calls a function, and from which dispatch arm.
    fn callers(&self) -> Callers {
        let mut callers = Callers::default();
        for (from, edges) in &self.edges {
            edges.iter().for_each(|e| callers.entry(e.to).or_default().push((*from, e.arm)));
        }
        callers
    }

    fn find_logger_starts(&mut self, summaries: &[Summary], callers: &Callers) {
        let mut installs: FxHashSet<DefId> = FxHashSet::default();
        let mut stack: Vec<DefId> = summaries.iter().filter(|s| s.logger.is_some()).map(|s| s.owner).collect();
        while let Some(d) = stack.pop() {
            if installs.insert(d) {
                stack.extend(callers.get(&d).into_iter().flatten().map(|(from, _)| *from));
            }
        }
        for s in summaries {
            let through = s.steps.iter().filter(|(d, _)| installs.contains(d)).map(|(_, pos)| *pos);
            if let Some(first) = through.chain(s.logger).min() {
                self.logger_starts.insert(s.owner, first);
            }
        }
    }

    fn find_main_only(&mut self, callers: &Callers) {
        let all = |d: &DefId, fits: &dyn Fn(&Caller) -> bool| callers.get(d).is_some_and(|c| c.iter().all(fits));
        let direct = |d: &DefId| all(d, &|(from, _)| self.mains.contains(from) || from == d);
        let command = |d: &DefId| all(d, &|(from, arm)| arm.is_some_and(|a| self.cli_arms.contains(&(*from, a))));
        let main_only = self.edges.keys().filter(|d| self.mains.contains(d) || direct(d)).copied().collect();
        let commands = self.edges.keys().filter(|d| command(d)).copied().collect();
        (self.main_only, self.commands) = (main_only, commands);
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
    /// Where a `main` starts a logger, by itself or through what it calls.
    pub fn logger_start(&self, main: DefId) -> Option<Pos> {
        self.logger_starts.get(&main).copied()
    }
    /// Whether a function is `main`, or called by nothing but it.
    pub fn main_only(&self, def: DefId) -> bool {
        self.main_only.contains(&def)
    }
    /// Whether a dispatch arm belongs to a service's binary and does not lead to serving.
    pub fn cli_arm(&self, def: DefId, arm: Arm) -> bool {
        self.cli_arms.contains(&(def, arm))
    }
    /// Whether a function is a command's own: called by nothing but dispatch arms that do not lead to serving.
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
