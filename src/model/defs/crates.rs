//! Crate instances and who can name whom.

use std::path::PathBuf;

use rustc_hash::FxHashMap;

use super::{CrateInfo, SourceCrate};
use crate::discover::{Dep, DepKind, Package, PkgId, Project, TargetKind};
use crate::model::ids::{CrateId, Name};

/// Crates of the std family, in the order of their ids.
pub(super) const STD_FAMILY: [&str; 4] = ["core", "alloc", "std", "proc_macro"];

/// Ids of the std family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StdIds {
    pub core: Option<CrateId>,
    pub alloc: Option<CrateId>,
    pub std: Option<CrateId>,
    pub proc_macro: Option<CrateId>,
}

impl StdIds {
    pub(super) fn find(crates: &[CrateInfo]) -> StdIds {
        let find = |name: &str| crates.iter().find(|c| c.pkg.is_none() && c.name.as_str() == name).map(|c| c.id);
        StdIds { core: find("core"), alloc: find("alloc"), std: find("std"), proc_macro: find("proc_macro") }
    }
    pub(super) fn contains(&self, id: CrateId) -> bool {
        [self.core, self.alloc, self.std, self.proc_macro].contains(&Some(id))
    }
    /// What code of every crate may name, those that need `extern crate` included.
    fn externs(&self) -> Vec<(Name, CrateId)> {
        let all = [("core", self.core), ("alloc", self.alloc), ("std", self.std), ("proc_macro", self.proc_macro)];
        all.into_iter().filter_map(|(n, id)| Some((Name::new(n), id?))).collect()
    }
}

/// The crates of a project.
pub(super) fn of_project(project: &Project) -> Vec<CrateInfo> {
    let mut crates: Vec<CrateInfo> = Vec::new();
    let mut libs: FxHashMap<PkgId, CrateId> = FxHashMap::default();
    for package in &project.packages {
        let member = package.is_member();
        for target in &package.targets {
            let lib = matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro);
            let bin = member && target.kind == TargetKind::Bin;
            if !lib && !bin {
                continue;
            }
            let id = CrateId(crates.len() as u32);
            if lib {
                libs.entry(package.id).or_insert(id);
            }
            crates.push(CrateInfo {
                id,
                name: Name::new(&target.crate_name),
                pkg: Some(package.id),
                version: Some(package.version.clone()),
                edition: target.edition,
                kind: target.kind,
                target: target.name.clone(),
                member,
                root: Some(target.root_file.clone()).filter(|_| package.root.is_some()),
                externs: Vec::new(),
                elsewhere: Vec::new(),
            });
        }
        if !member && !libs.contains_key(&package.id) {
            let id = CrateId(crates.len() as u32);
            libs.insert(package.id, id);
            crates.push(missing(package, id));
        }
    }
    push_std(&mut crates, 2024);
    let std = StdIds::find(&crates);
    for info in &mut crates {
        let Some(pkg) = info.pkg else { continue };
        let package = project.package(pkg);
        let (mut externs, elsewhere) = dependencies(package, &libs);
        info.elsewhere = elsewhere;
        if info.kind == TargetKind::Bin
            && let Some(&lib) = libs.get(&pkg)
            && let Some(target) = package.lib()
        {
            externs.insert(0, (Name::new(&target.crate_name), lib));
        }
        externs.extend(std.externs());
        info.externs = by_name(externs, info.id);
    }
    link_std(&mut crates, std);
    cut_cycles(&mut crates);
    crates
}

/// A dependency of which there is no file here: it can be named, and perhaps the catalog knows it.
fn missing(package: &Package, id: CrateId) -> CrateInfo {
    CrateInfo {
        id,
        name: Name::new(&package.name.replace('-', "_")),
        pkg: Some(package.id),
        version: Some(package.version.clone()),
        edition: package.edition,
        kind: TargetKind::Lib,
        target: package.name.clone(),
        member: false,
        root: None,
        externs: Vec::new(),
        elsewhere: Vec::new(),
    }
}

/// Normal dependencies by name (of several edges under one name, one that applies to the analysed platform first), and those for other platforms alone.
fn dependencies(package: &Package, libs: &FxHashMap<PkgId, CrateId>) -> (Vec<(Name, CrateId)>, Vec<CrateId>) {
    let mut deps: Vec<&Dep> = package.deps.iter().filter(|d| d.kind == DepKind::Normal).collect();
    deps.sort_by_key(|d| !d.applies);
    let applies = |pkg: PkgId| deps.iter().any(|d| d.applies && d.pkg == pkg);
    let elsewhere = deps.iter().filter(|d| !applies(d.pkg)).filter_map(|d| libs.get(&d.pkg).copied()).collect();
    (deps.iter().filter_map(|d| Some((Name::new(&d.name), *libs.get(&d.pkg)?))).collect(), elsewhere)
}

/// First of each name, sorted by name, never the crate itself.
fn by_name(externs: Vec<(Name, CrateId)>, own: CrateId) -> Vec<(Name, CrateId)> {
    let mut out: Vec<(Name, CrateId)> = Vec::new();
    for (name, id) in externs {
        if id != own && !out.iter().any(|o| o.0 == name) {
            out.push((name, id));
        }
    }
    out.sort_by_key(|o| o.0.as_str());
    out
}

fn push_std(crates: &mut Vec<CrateInfo>, edition: u16) {
    for name in STD_FAMILY {
        if crates.iter().any(|c| c.pkg.is_none() && c.name.as_str() == name) {
            continue;
        }
        crates.push(CrateInfo {
            id: CrateId(crates.len() as u32),
            name: Name::new(name),
            pkg: None,
            version: None,
            edition,
            kind: TargetKind::Lib,
            target: name.to_owned(),
            member: false,
            root: None,
            externs: Vec::new(),
            elsewhere: Vec::new(),
        });
    }
}

fn link_std(crates: &mut [CrateInfo], std: StdIds) {
    let all = std.externs();
    for info in crates {
        if !std.contains(info.id) || info.pkg.is_some() {
            continue;
        }
        let below = STD_FAMILY.iter().position(|n| *n == info.name.as_str()).unwrap_or(0);
        let mut externs: Vec<_> = all.iter().copied().filter(|e| STD_FAMILY[..below].contains(&e.0.as_str())).collect();
        externs.extend(info.externs.iter().copied());
        info.externs = by_name(externs, info.id);
    }
}

/// Cargo allows no cycles; a damaged lock file may have one, and a crate under link must never wait for itself.
fn cut_cycles(crates: &mut [CrateInfo]) {
    // 0: not seen, 1: being walked, 2: done.
    let mut state = vec![0u8; crates.len()];
    for start in 0..crates.len() {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut stack = vec![(start, 0)];
        while let Some((at, next)) = stack.last().copied() {
            let Some(&(_, dep)) = crates[at].externs.get(next) else {
                state[at] = 2;
                stack.pop();
                continue;
            };
            let dep = dep.0 as usize;
            if state[dep] == 1 {
                crates[at].externs.remove(next);
                continue;
            }
            if let Some(top) = stack.last_mut() {
                top.1 += 1;
            }
            if state[dep] == 0 {
                state[dep] = 1;
                stack.push((dep, 0));
            }
        }
    }
}

/// Crates given as text, then what is missing of the std family.
pub(super) fn of_sources(sources: &[SourceCrate<'_>]) -> Vec<CrateInfo> {
    let mut crates: Vec<CrateInfo> = Vec::new();
    for (i, s) in sources.iter().enumerate() {
        let std = STD_FAMILY.contains(&s.name);
        let externs = s
            .deps
            .iter()
            .filter_map(|(name, krate)| {
                let at = sources.iter().position(|o| o.name == *krate && !(o.kind == TargetKind::Bin && o.name == s.name))?;
                Some((Name::new(name), CrateId(at as u32)))
            })
            .collect();
        crates.push(CrateInfo {
            id: CrateId(i as u32),
            name: Name::new(s.name),
            pkg: (!std).then_some(PkgId(i as u32)),
            version: (!std).then(|| semver::Version::new(1, 0, 0)),
            edition: s.edition,
            kind: s.kind,
            target: s.name.to_owned(),
            member: s.member,
            root: s.files.first().map(|f| root_of(i, f.0)),
            externs,
            elsewhere: Vec::new(),
        });
    }
    push_std(&mut crates, 2024);
    let std = StdIds::find(&crates);
    for info in &mut crates {
        if info.pkg.is_some() {
            let mut externs = std::mem::take(&mut info.externs);
            externs.extend(std.externs());
            info.externs = by_name(externs, info.id);
        }
    }
    link_std(&mut crates, std);
    cut_cycles(&mut crates);
    crates
}

/// Crates given as text lie in folders of their own.
pub(super) fn root_of(index: usize, file: &str) -> PathBuf {
    PathBuf::from(format!("/{index}")).join(file)
}
