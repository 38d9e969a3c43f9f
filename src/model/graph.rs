//! The global phase: who calls whom, from which entry points, and the role of every function.

use rustc_hash::{FxHashMap, FxHashSet};

use super::entry::{EntryPoint, Way};
use super::prints::Arm;
use super::summary::Summary;
use crate::discover::TargetKind;
use crate::lint::Role;
use crate::model::defs::Defs;
use crate::model::ids::{CrateId, DefId, DefKind, kw};

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
    roles: FxHashMap<DefId, Role>,
    /// Functions only `main` leads to: reached from a `main`, and called by nothing but it (and each other).
    main_only: FxHashSet<DefId>,
    /// Functions that requests reach, each with its predecessor on a shortest way (itself for a handler).
    request: FxHashMap<DefId, DefId>,
    /// Dispatch arms of service binaries that do not lead to serving.
    cli_arms: FxHashSet<(DefId, Arm)>,
    /// Functions that nothing but such arms calls: the commands themselves.
    commands: FxHashSet<DefId>,
    services: FxHashSet<CrateId>,
}

/// Crates whose binaries the user gave a role.
pub type Said<'a> = &'a dyn Fn(CrateId) -> Option<Role>;

impl Graph {
    /// Links the summaries.
    pub fn build(
        defs: &Defs,
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
            g.edges.insert(s.owner, edges);
        }
        let serving: FxHashSet<DefId> = summaries.iter().filter(|s| s.registrations.serves).map(|s| s.owner).collect();
        g.request_path(entries);
        g.all_roles(defs, &serving, entries, said);
        g.find_main_only(defs);
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

    fn all_roles(&mut self, defs: &Defs, serving: &FxHashSet<DefId>, entries: &[EntryPoint], said: Said<'_>) {
        let bins: Vec<(CrateId, DefId)> =
            defs.members().filter(|c| c.kind == TargetKind::Bin).filter_map(|c| Some((c.id, main_of(defs, c.id)?))).collect();
        let mut service: FxHashSet<DefId> = FxHashSet::default();
        let mut cli: FxHashSet<DefId> = FxHashSet::default();
        for &(krate, main) in &bins {
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
            let mut arms: Vec<Arm> = self.out(d).iter().filter_map(|e| e.arm).collect();
            arms.sort_unstable();
            arms.dedup();
            for arm in arms {
                let targets = self.out(d).iter().filter(|e| e.arm == Some(arm)).map(|e| e.to);
                if !self.reach(targets, &|_, _| true).iter().any(|t| serving.contains(t)) {
                    out.insert((d, arm));
                }
            }
        }
        out
    }

    fn find_main_only(&mut self, defs: &Defs) {
        let mains: FxHashSet<DefId> = defs.members().filter_map(|c| main_of(defs, c.id)).collect();
        let mut callers: FxHashMap<DefId, Vec<(DefId, Option<Arm>)>> = FxHashMap::default();
        for (from, edges) in &self.edges {
            edges.iter().for_each(|e| callers.entry(e.to).or_default().push((*from, e.arm)));
        }
        let all = |d: &DefId, fits: &dyn Fn(&(DefId, Option<Arm>)) -> bool| callers.get(d).is_some_and(|c| c.iter().all(fits));
        let direct = |d: &DefId| all(d, &|(from, _)| mains.contains(from) || from == d);
        let command = |d: &DefId| all(d, &|(from, arm)| arm.is_some_and(|a| self.cli_arms.contains(&(*from, a))));
        self.main_only = self.edges.keys().filter(|d| mains.contains(d) || direct(d)).copied().collect();
        self.commands = self.edges.keys().filter(|d| command(d)).copied().collect();
    }

    /// Role of a function, where some target reaches it.
    pub fn role(&self, def: DefId) -> Option<Role> {
        self.roles.get(&def).copied()
    }
    /// Whether a binary serves requests.
    pub fn is_service(&self, krate: CrateId) -> bool {
        self.services.contains(&krate)
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

/// `main` of a binary.
pub fn main_of(defs: &Defs, krate: CrateId) -> Option<DefId> {
    let root = defs.root(krate);
    defs.children(root).iter().copied().find(|&d| defs.def(d).name == kw::MAIN && defs.def(d).kind == DefKind::Fn)
}
