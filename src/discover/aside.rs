//! Which members are no production code by their place in the workspace: what only tests, build scripts or the workspace's own tooling use.

use std::collections::BTreeMap;

use super::{DepKind, Package, PkgId, Project, TargetKind};

/// Why a member is no production code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aside {
    /// A procedural macro: runs in the compiler.
    ProcMacro,
    /// Tooling by the `xtask` convention, and what only it uses.
    Xtask,
    /// Reached only through build dependencies.
    Build,
    /// Reached only through dev-dependencies.
    Dev,
}

impl Project {
    /// The members that are no production code.
    ///
    /// A member counts as production if a binary, or a member that no other member uses, reaches it over normal dependencies. A member with
    /// dev-dependencies on other members is tested by them, so it is no test helper itself unless all who use it do so in tests.
    pub fn aside(&self) -> BTreeMap<PkgId, Aside> {
        let members: Vec<&Package> = self.members().collect();
        let production = self.reached(members.iter().filter(|m| self.is_root(m)).map(|m| m.id), &[DepKind::Normal]);
        let built = self.reached(members.iter().filter(|m| production[m.id.0 as usize]).map(|m| m.id), &[DepKind::Normal, DepKind::Build]);
        let tools = self.reached(members.iter().filter(|m| is_xtask(m)).map(|m| m.id), &[DepKind::Normal, DepKind::Build]);
        let why = |m: &Package| -> Option<Aside> {
            let at = m.id.0 as usize;
            if m.lib().is_some_and(|l| l.kind == TargetKind::ProcMacro) && !has_bin(m) {
                Some(Aside::ProcMacro)
            } else if is_xtask(m) {
                Some(Aside::Xtask)
            } else if production[at] {
                None
            } else if built[at] {
                Some(Aside::Build)
            } else if tools[at] {
                Some(Aside::Xtask)
            } else {
                Some(Aside::Dev)
            }
        };
        members.iter().filter_map(|m| Some((m.id, why(m)?))).collect()
    }

    fn is_root(&self, member: &Package) -> bool {
        if is_xtask(member) {
            return false;
        }
        if has_bin(member) {
            return true;
        }
        let users: Vec<DepKind> = self
            .members()
            .filter(|m| m.id != member.id)
            .flat_map(|m| m.deps.iter().filter(|d| d.pkg == member.id).map(|d| d.kind))
            .collect();
        let only_in_tests = !users.is_empty() && users.iter().all(|k| *k == DepKind::Dev);
        let is_tested = member.deps.iter().any(|d| d.kind == DepKind::Dev && d.pkg != member.id && self.package(d.pkg).is_member());
        users.is_empty() || (is_tested && !only_in_tests)
    }

    /// By package index: whether the roots reach a member over edges of the kinds.
    fn reached(&self, roots: impl Iterator<Item = PkgId>, kinds: &[DepKind]) -> Vec<bool> {
        let mut reached = vec![false; self.packages.len()];
        let mut open: Vec<PkgId> = roots.collect();
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut reached[id.0 as usize], true) {
                let edges = self.package(id).deps.iter().filter(|d| kinds.contains(&d.kind));
                open.extend(edges.map(|d| d.pkg).filter(|to| self.package(*to).is_member()));
            }
        }
        reached
    }
}

fn has_bin(package: &Package) -> bool {
    package.targets.iter().any(|t| t.kind == TargetKind::Bin)
}

/// The convention: a package of that name, or in a folder of that name, or with the name as a part set off by a dash.
fn is_xtask(package: &Package) -> bool {
    let folder = package.root.as_ref().and_then(|r| r.file_name()).and_then(|n| n.to_str());
    [Some(package.name.as_str()), folder].into_iter().flatten().any(|n| n.split(['-', '_']).any(|part| part == "xtask" || part == "xtasks"))
}
