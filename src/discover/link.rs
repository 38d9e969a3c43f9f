//! Puts members, path dependencies and locked packages together: every declared dependency becomes an edge to one instance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use semver::{Version, VersionReq};

use super::found::Found;
use super::lock::Lock;
use super::manifest::{Declared, Described, Origin};
use super::platform::Platforms;
use super::workspace::Workspace;
use super::{Dep, DepKind, Notice, Package, PkgId, Source};

/// What there is to link.
pub(super) struct Parts {
    pub(super) workspace: Workspace,
    /// Path dependencies outside of the workspace, by folder; `None`: no usable manifest.
    pub(super) paths: BTreeMap<PathBuf, Described>,
    pub(super) lock: Lock,
    /// One for each package of the lock file.
    pub(super) found: Vec<Found>,
}

/// A package before it has its index.
struct Node {
    name: String,
    version: Version,
    source: Source,
    source_text: String,
    root: Option<PathBuf>,
    described: Option<Described>,
    /// Index in the lock file.
    locked: Option<usize>,
}

/// Links the packages; notices about dependencies that the lock file does not know.
pub(super) fn link(parts: Parts) -> (Vec<Package>, Vec<Notice>) {
    let Parts { workspace, paths, lock, found } = parts;
    let nodes = nodes(&workspace, paths, &lock, found);
    let mut linker = Linker::new(&nodes, &lock);
    let deps: Vec<Vec<Dep>> = (0..nodes.len()).map(|at| linker.deps(at)).collect();
    let notices = linker.notices(&workspace.root);
    let packages = nodes.into_iter().zip(deps).enumerate().map(|(at, (node, deps))| package(at, node, deps)).collect();
    (packages, notices)
}

/// All nodes in the order of [`super::Project::packages`].
fn nodes(workspace: &Workspace, paths: BTreeMap<PathBuf, Described>, lock: &Lock, found: Vec<Found>) -> Vec<Node> {
    // Lock entries without a source are members and path dependencies; a version may have been changed since the file was written.
    let mut open: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, locked) in lock.packages.iter().enumerate().filter(|(_, l)| l.source.is_none()) {
        open.entry(&locked.name).or_default().push(at);
    }
    let mut take = |described: &Described| -> Option<usize> {
        let all = open.get_mut(described.name.as_str())?;
        let exact = all.iter().position(|&at| lock.packages[at].version == described.version);
        exact.or((all.len() == 1).then_some(0)).map(|i| all.remove(i))
    };
    let mut nodes = Vec::new();
    let mut others = Vec::new();
    let local = |source, folder: &Path, described: Described, locked| Node {
        name: described.name.clone(),
        version: described.version.clone(),
        source,
        source_text: String::new(),
        root: Some(folder.to_owned()),
        described: Some(described),
        locked,
    };
    for (folder, described) in &workspace.members {
        let locked = take(described);
        nodes.push(local(Source::Member, folder, described.clone(), locked));
    }
    for (folder, described) in paths {
        let locked = take(&described);
        others.push(local(Source::Path, &folder, described, locked));
    }
    let missing: BTreeSet<usize> = open.into_values().flatten().collect();
    for (at, (locked, found)) in lock.packages.iter().zip(found).enumerate() {
        let source = match &locked.source {
            None if missing.contains(&at) => Source::Path,
            None => continue,
            Some(text) if text.starts_with("git+") => Source::Git,
            Some(_) => Source::Registry,
        };
        others.push(Node {
            name: locked.name.clone(),
            version: locked.version.clone(),
            source,
            source_text: locked.source.clone().unwrap_or_default(),
            root: found.root,
            described: found.described,
            locked: Some(at),
        });
    }
    others.sort_by(|a, b| {
        (&a.name, &a.version, a.source, &a.source_text, &a.root).cmp(&(&b.name, &b.version, b.source, &b.source_text, &b.root))
    });
    nodes.extend(others);
    nodes
}

fn package(at: usize, node: Node, deps: Vec<Dep>) -> Package {
    let mut package = Package {
        id: PkgId(at as u32),
        name: node.name,
        version: node.version,
        source: node.source,
        source_text: node.source_text,
        root: node.root,
        edition: 2021,
        targets: Vec::new(),
        build_script: false,
        deps,
        features: BTreeMap::new(),
    };
    if let Some(described) = node.described {
        let is_script = |t: &super::Target| t.kind == super::TargetKind::BuildScript;
        package.edition = described.edition;
        package.build_script = described.targets.iter().any(is_script);
        package.targets = described.targets;
        package.features = described.features;
        if package.source != Source::Member {
            package.targets.retain(|t| matches!(t.kind, super::TargetKind::Lib | super::TargetKind::ProcMacro));
        }
    }
    package
}

struct Linker<'a> {
    nodes: &'a [Node],
    lock: &'a Lock,
    by_lock: FxHashMap<usize, usize>,
    by_name: FxHashMap<&'a str, Vec<usize>>,
    platforms: Platforms,
    requirements: FxHashMap<&'a str, Option<VersionReq>>,
    /// Dependencies that the lock file does not have.
    unlocked: BTreeSet<&'a str>,
}

impl<'a> Linker<'a> {
    fn new(nodes: &'a [Node], lock: &'a Lock) -> Linker<'a> {
        let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (at, node) in nodes.iter().enumerate() {
            by_name.entry(&node.name).or_default().push(at);
        }
        let by_lock = nodes.iter().enumerate().filter_map(|(at, node)| Some((node.locked?, at))).collect();
        let platforms = Platforms::default();
        Linker { nodes, lock, by_lock, by_name, platforms, requirements: FxHashMap::default(), unlocked: BTreeSet::new() }
    }

    fn deps(&mut self, at: usize) -> Vec<Dep> {
        let node = &self.nodes[at];
        let locked: Option<Vec<usize>> =
            node.locked.map(|l| self.lock.packages[l].deps.iter().filter_map(|d| self.by_lock.get(d).copied()).collect());
        let mut deps = match (&node.described, locked) {
            (Some(described), locked) => described.deps.iter().filter_map(|d| self.edge(node, d, locked.as_deref())).collect(),
            (None, Some(locked)) => locked.iter().map(|&to| self.bare_edge(to)).collect(),
            (None, None) => Vec::new(),
        };
        deps.sort();
        deps.dedup();
        deps
    }

    /// The edge of a declared dependency; `None` for one that is not in use.
    fn edge(&mut self, from: &Node, declared: &'a Declared, locked: Option<&[usize]>) -> Option<Dep> {
        let named: Option<Vec<usize>> = locked.map(|l| l.iter().copied().filter(|&to| self.nodes[to].name == declared.package).collect());
        let to = match named {
            Some(named) if !named.is_empty() => self.best(&named, declared),
            // Optional dependencies of packages that are no members are locked only when some feature asks for them.
            Some(_) if from.source != Source::Member => None,
            _ => {
                let all = self.by_name.get(declared.package.as_str()).cloned().unwrap_or_default();
                let to = self.best(&all, declared).filter(|&to| self.fits(to, declared));
                if from.source == Source::Member {
                    self.unlocked.insert(&declared.package);
                }
                to
            }
        }?;
        Some(Dep {
            name: declared.rename.as_ref().map_or_else(|| self.crate_name(to), |r| r.replace('-', "_")),
            pkg: PkgId(to as u32),
            kind: declared.kind,
            optional: declared.optional,
            req: declared.req.clone(),
            target: declared.target.clone(),
            applies: declared.target.as_deref().is_none_or(|t| self.platforms.applies(t)),
        })
    }

    /// An edge of a package whose manifest is not here: the lock file knows no more.
    fn bare_edge(&self, to: usize) -> Dep {
        Dep {
            name: self.crate_name(to),
            pkg: PkgId(to as u32),
            kind: DepKind::Normal,
            optional: false,
            req: "*".to_owned(),
            target: None,
            applies: true,
        }
    }

    fn crate_name(&self, at: usize) -> String {
        let node = &self.nodes[at];
        let lib = node.described.as_ref().and_then(Described::lib);
        lib.map_or_else(|| node.name.replace('-', "_"), |lib| lib.crate_name.clone())
    }

    /// The instance that fits best: its origin, its version, the newest. The only one is right whatever it says: patches decide too.
    fn best(&mut self, candidates: &[usize], declared: &'a Declared) -> Option<usize> {
        if let [only] = candidates {
            return Some(*only);
        }
        let score = |this: &mut Self, at: usize| {
            let node = &this.nodes[at];
            let origin = match &declared.origin {
                Origin::Path(path) => node.root.as_ref() == Some(path),
                Origin::Git(url) => node.source == Source::Git && same_repository(url, &node.source_text),
                Origin::Registry => node.source == Source::Registry,
            };
            (this.fits(at, declared), origin)
        };
        let mut best: Option<((bool, bool), usize)> = None;
        for &at in candidates {
            let new = score(self, at);
            let better = best.is_none_or(|(old, was)| (new, &self.nodes[at].version) > (old, &self.nodes[was].version));
            if better {
                best = Some((new, at));
            }
        }
        best.map(|(_, at)| at)
    }

    fn fits(&mut self, at: usize, declared: &'a Declared) -> bool {
        // Unlike in a requirement, `*` stands for no requirement: versions before a release fit as well.
        if declared.req == "*" {
            return true;
        }
        let req = self.requirements.entry(&declared.req).or_insert_with(|| VersionReq::parse(&declared.req).ok());
        req.as_ref().is_none_or(|req| req.matches(&self.nodes[at].version))
    }

    fn notices(&self, root: &Path) -> Vec<Notice> {
        // Without any locked package there is no lock file, which is a notice of its own.
        if self.unlocked.is_empty() || self.lock.packages.is_empty() {
            return Vec::new();
        }
        let names: Vec<&str> = self.unlocked.iter().copied().take(5).collect();
        let more = if self.unlocked.len() > names.len() { ", .." } else { "" };
        vec![Notice {
            id: "stale_lock_file",
            path: Some(root.join("Cargo.lock")),
            at: None,
            text: format!(
                "the lock file does not have all dependencies of the manifests: {}{more}; run `cargo update --workspace`",
                names.join(", ")
            ),
            loss: true,
        }]
    }
}

/// Whether a declared repository (`url?branch=..`) is that of a locked source (`git+url?..#revision`).
fn same_repository(declared: &str, locked: &str) -> bool {
    let bare = |s: &str| {
        let address = s.trim_start_matches("git+").split(['?', '#']).next().unwrap_or_default();
        address.trim_end_matches('/').trim_end_matches(".git").to_lowercase()
    };
    bare(declared) == bare(locked)
}
