//! Comparison with what cargo itself resolves: full `cargo metadata`, which needs the sources of all platforms on this machine.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

use super::discover::{Dep, DepKind, Package, Project, Source};

/// How our answer and cargo's compare; the sets hold lines for people.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Facts that both have: packages with folder, library and edition; edges with name, kind and platform.
    pub same: usize,
    /// Only cargo has them.
    pub missing: BTreeSet<String>,
    /// Only we have them.
    pub extra: BTreeSet<String>,
    /// Only we have them, and no feature switches them on: the lock file cannot tell when the package is in use for another reason.
    pub inactive: BTreeSet<String>,
}

/// Full metadata of a workspace, all features on. Panics with cargo's words when cargo fails.
pub fn metadata(manifest: &Path, cargo_home: Option<&Path>) -> Metadata {
    let mut command = MetadataCommand::new();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    command.cargo_path(cargo).manifest_path(manifest).features(CargoOpt::AllFeatures);
    command.other_options(["--offline".to_owned(), "--locked".to_owned()]);
    command.current_dir(manifest.parent().expect("a manifest has a folder"));
    if let Some(home) = cargo_home {
        command.env("CARGO_HOME", home);
    }
    command.exec().unwrap_or_else(|e| panic!("cargo metadata {}: {e}", manifest.display()))
}

/// Compares packages and edges.
pub fn compare(project: &Project, metadata: &Metadata) -> Comparison {
    let ours: BTreeSet<String> = project.packages.iter().flat_map(|p| our_facts(project, p)).collect();
    let theirs: BTreeSet<String> = metadata.packages.iter().flat_map(|p| their_facts(metadata, p)).collect();
    let resolved: BTreeSet<String> = metadata.packages.iter().map(their_key).collect();
    let optional: BTreeSet<String> = project
        .packages
        .iter()
        .flat_map(|p| p.deps.iter().filter(|d| d.optional).map(move |d| edge_line(&our_key(p), d, &our_key(project.package(d.pkg)))))
        .collect();
    let mut out = Comparison { same: ours.intersection(&theirs).count(), ..Comparison::default() };
    out.missing.extend(theirs.difference(&ours).cloned());
    for line in ours.difference(&theirs) {
        // Packages of the lock file that no feature brings into the graph have no facts on the other side.
        let from_resolved = line.split_once(" | ").is_some_and(|(key, _)| resolved.contains(key));
        if optional.contains(line) || !from_resolved {
            out.inactive.insert(line.clone());
        } else {
            out.extra.insert(line.clone());
        }
    }
    out
}

fn our_key(p: &Package) -> String {
    let source = match p.source {
        Source::Member | Source::Path => p.root.as_ref().map_or_else(|| "?".to_owned(), |r| r.display().to_string()),
        Source::Registry | Source::Git => p.source_text.clone(),
    };
    format!("{} {} {source}", p.name, p.version)
}

fn their_key(p: &cargo_metadata::Package) -> String {
    let folder = || p.manifest_path.parent().expect("a manifest has a folder").to_string();
    format!("{} {} {}", p.name, p.version, p.source.as_ref().map_or_else(folder, |s| s.repr.clone()))
}

fn our_facts(project: &Project, p: &Package) -> Vec<String> {
    let key = our_key(p);
    let lib = p.lib().map(|l| format!("{:?} {} {} {}", l.kind, l.crate_name, l.root_file.display(), l.edition));
    let root = p.root.as_ref().map_or_else(String::new, |r| r.display().to_string());
    let mut lines = vec![format!("{key} | at {root} edition {} script {} lib {lib:?}", p.edition, p.build_script)];
    lines.extend(p.deps.iter().map(|d| edge_line(&key, d, &our_key(project.package(d.pkg)))));
    lines
}

fn edge_line(from: &str, d: &Dep, to: &str) -> String {
    format!("{from} | {:?} {} {} -> {to}", d.kind, d.name, d.target.as_deref().unwrap_or("*"))
}

fn their_facts(metadata: &Metadata, p: &cargo_metadata::Package) -> Vec<String> {
    let key = their_key(p);
    let is_lib = |t: &&cargo_metadata::Target| !(t.is_bin() || t.is_test() || t.is_bench() || t.is_example() || t.is_custom_build());
    let lib = p.targets.iter().find(is_lib).map(|t| {
        let kind = if t.is_proc_macro() { "ProcMacro" } else { "Lib" };
        format!("{kind} {} {} {}", t.name.replace('-', "_"), t.src_path, t.edition)
    });
    let folder = p.manifest_path.parent().expect("a manifest has a folder");
    let script = p.targets.iter().any(cargo_metadata::Target::is_custom_build);
    let mut lines = vec![format!("{key} | at {folder} edition {} script {script} lib {lib:?}", p.edition)];
    let by_id = |id: &PackageId| metadata.packages.iter().find(|p| p.id == *id).expect("resolved packages are listed");
    let nodes = &metadata.resolve.as_ref().expect("full metadata is resolved").nodes;
    let node = nodes.iter().find(|n| n.id == p.id).expect("listed packages are resolved");
    for dep in &node.deps {
        for kind in &dep.dep_kinds {
            let name = match kind.kind {
                DependencyKind::Development => DepKind::Dev,
                DependencyKind::Build => DepKind::Build,
                _ => DepKind::Normal,
            };
            let target = kind.target.as_ref().map_or_else(|| "*".to_owned(), ToString::to_string);
            lines.push(format!("{key} | {name:?} {} {target} -> {}", dep.name, their_key(by_id(&dep.pkg))));
        }
    }
    lines
}
