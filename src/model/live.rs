//! Which impls a call of a trait's method can go to, on a way through the graph: those of types that the way makes values of.

use rustc_hash::{FxHashMap, FxHashSet};

use super::branches::{Arm, Branch};
use super::graph::{Dispatch, Edge, Graph};
use super::summary::Summary;
use crate::model::ids::DefId;

/// Types, where they are made, and whose methods are called by way of a trait.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    makes: FxHashMap<DefId, Vec<(DefId, Option<Arm>)>>,
    self_types: FxHashMap<DefId, DefId>,
    /// Calls by way of a trait: caller and method of an impl.
    by_trait: FxHashSet<(DefId, DefId)>,
    /// Calls by name alone.
    loose: FxHashMap<DefId, Vec<Edge>>,
}

/// Which edges and branches a way may take: function, branch.
type Takes<'a> = &'a dyn Fn(DefId, Option<Arm>) -> bool;

impl Live {
    pub(super) fn of(summaries: &[Summary], dispatch: &Dispatch<'_>) -> Live {
        let mut out = Live::default();
        let mut made: FxHashSet<DefId> = FxHashSet::default();
        for s in summaries {
            made.extend(s.makes.iter().map(|(ty, _)| *ty));
            out.makes.insert(s.owner, s.makes.clone());
            if !s.loose.is_empty() {
                out.loose.insert(s.owner, s.loose.clone());
            }
            let direct: FxHashSet<DefId> = s.edges.iter().map(|e| e.to).collect();
            let fanned = direct.iter().filter_map(|to| dispatch.impls.get(to)).flatten();
            out.by_trait.extend(fanned.filter(|to| !direct.contains(to)).map(|&to| (s.owner, to)));
        }
        // A type that no body makes comes to be in a way that is not seen.
        out.self_types = dispatch.self_types.iter().filter(|(_, ty)| made.contains(ty)).map(|(m, ty)| (*m, *ty)).collect();
        out
    }
}

impl Graph {
    /// What some functions reach, with the types that the way makes; given types that exist before, calls by way of a trait go to types that do.
    pub(super) fn reach(
        &self,
        from: impl IntoIterator<Item = DefId>,
        takes: Takes<'_>,
        before: Option<FxHashSet<DefId>>,
    ) -> (FxHashSet<DefId>, FxHashSet<DefId>) {
        let told = before.is_some();
        let mut types = before.unwrap_or_default();
        let mut waiting: FxHashMap<DefId, Vec<DefId>> = FxHashMap::default();
        let mut seen: FxHashSet<DefId> = FxHashSet::default();
        let mut stack: Vec<DefId> = from.into_iter().collect();
        while let Some(d) = stack.pop() {
            if !seen.insert(d) {
                continue;
            }
            let made = self.live.makes.get(&d).map_or(&[][..], Vec::as_slice);
            for (ty, _) in made.iter().filter(|(_, arm)| takes(d, *arm)) {
                if types.insert(*ty) {
                    stack.extend(waiting.remove(ty).unwrap_or_default());
                }
            }
            let loose = self.live.loose.get(&d).map_or(&[][..], Vec::as_slice);
            for e in self.out(d).iter().chain(loose).filter(|e| takes(d, e.arm)) {
                let of = self.live.self_types.get(&e.to).filter(|_| told && self.live.by_trait.contains(&(d, e.to)));
                match of.filter(|ty| !types.contains(ty)) {
                    Some(ty) => waiting.entry(*ty).or_default().push(e.to),
                    None => stack.push(e.to),
                }
            }
        }
        (seen, types)
    }

    /// What a `main` reaches beside some branches: not what only the types made in these bring in.
    pub(super) fn reach_beside(&self, main: DefId, arms: &FxHashSet<(DefId, Arm)>) -> FxHashSet<DefId> {
        let beside = |d: DefId, arm: Option<Arm>| arm.is_none_or(|a| !arms.contains(&(d, a)));
        let (mut all, _) = self.reach([main], &beside, None);
        if !arms.is_empty() {
            let (with, _) = self.reach([main], &|_, _| true, Some(FxHashSet::default()));
            let (without, _) = self.reach([main], &beside, Some(FxHashSet::default()));
            all.retain(|d| without.contains(d) || !with.contains(d));
        }
        all
    }

    /// Takes back that a command's branch leads to serving where only impls of types that other branches make would do so.
    pub(super) fn refine_leading(&self, d: DefId, branches: &[Branch], steps: &FxHashSet<DefId>, leads: &mut [bool]) {
        let choices: FxHashSet<u32> = branches.iter().filter(|b| b.command_line).map(|b| b.choice).collect();
        for choice in choices {
            let ways: Vec<usize> = (0..branches.len()).filter(|&i| branches[i].choice == choice && leads[i]).collect();
            if ways.len() < 2 || steps.contains(&d) {
                continue;
            }
            let way_of = |arm: Option<Arm>| {
                let mut around = std::iter::successors(arm, |a| branches[a.0 as usize].parent);
                around.find(|a| branches[a.0 as usize].choice == choice).map(|a| a.0 as usize)
            };
            let beside = |f: DefId, arm: Option<Arm>| f != d || way_of(arm).is_none();
            let (_, before) = self.reach(self.mains.iter().copied(), &beside, Some(FxHashSet::default()));
            let serves_by_itself = |way: usize| {
                let made = self.live.makes.get(&d).into_iter().flatten().filter(|(_, arm)| way_of(*arm) == Some(way)).map(|(ty, _)| *ty);
                let types = before.iter().copied().chain(made).collect();
                let called: Vec<DefId> = self.out(d).iter().filter(|e| way_of(e.arm) == Some(way)).map(|e| e.to).collect();
                self.reach(called, &beside, Some(types)).0.iter().any(|f| steps.contains(f))
            };
            let serves: Vec<bool> = ways.iter().map(|&way| serves_by_itself(way)).collect();
            if serves.iter().any(|serves| *serves) {
                ways.iter().zip(serves).for_each(|(&way, serves)| leads[way] = serves);
            }
        }
    }
}
