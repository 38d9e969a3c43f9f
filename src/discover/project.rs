//! One workspace, whole: members by cargo or by memory, beside it the lock file and what is on disk of its packages, then linked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::cargo::{self, Failure};
use super::cargo_config::{self, CargoConfig};
use super::found::{self, Found, Stores};
use super::link::{Parts, link};
use super::lock::{self, Lock};
use super::manifest::{Described, Origin, Scope, declared};
use super::sources::Sources;
use super::workspace::{self, Workspace};
use super::{DepKind, Error, Notice, Options, Package, Project, Source, raw, remember, unlocked};
use crate::cache::{Key, Store};

/// The project of a manifest: of a workspace's root, of a member, or of a package on its own.
pub(super) fn load(manifest: &Path, options: &Options) -> Result<Project, Error> {
    let stores = if options.cache { Stores::open() } else { Stores::disabled() };
    let store = &stores.workspaces;
    let home = options.cargo_home.clone().or_else(cargo_config::home);
    if let Some((workspace, inputs)) = remember::recall(store, manifest) {
        let config = CargoConfig::load(&workspace.root, home);
        let key = whole_key(&workspace.root, &config, options, &inputs);
        let sources = options.sources.then(|| Sources::new(&config));
        if let Some((packages, notices)) = remember::recall_whole(store, &key, sources.as_ref()) {
            let git_root = super::git_root(&workspace.root);
            return Ok(Project { root: workspace.root, git_root, packages, notices });
        }
        let beside = Beside::load(config, &workspace.root, options, &stores);
        let members = Members { workspace, inputs: Some(inputs), notices: Vec::new() };
        return Ok(assemble(members, beside, options, store));
    }
    let root = workspace::find_root(manifest)?;
    // The lock file and the sources take about as long as cargo does.
    let (members, beside) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| members(manifest, options, store));
        let beside = Beside::load(CargoConfig::load(&root, home.clone()), &root, options, &stores);
        (asking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), beside)
    });
    let members = members?;
    let beside = match &members.workspace.root {
        same if *same == root => beside,
        other => Beside::load(CargoConfig::load(other, home), other, options, &stores),
    };
    Ok(assemble(members, beside, options, store))
}

/// The members and how they were found.
struct Members {
    workspace: Workspace,
    /// Digest of what decides about them; `None`: not to be remembered.
    inputs: Option<Key>,
    notices: Vec<Notice>,
}

/// The members by cargo, else by our own reading. A member that cannot be used is left out; the manifest that was asked for and that of the
/// workspace have to be in order.
fn members(manifest: &Path, options: &Options, store: &Store) -> Result<Members, Error> {
    let cargo = options.cargo.clone().or_else(|| std::env::var_os("CARGO").filter(|c| !c.is_empty()).map(PathBuf::from));
    match cargo::metadata(&cargo.unwrap_or_else(|| "cargo".into()), manifest) {
        Ok(workspace) => {
            let inputs = remember::keep(store, manifest, &workspace);
            Ok(Members { workspace, inputs: Some(inputs), notices: Vec::new() })
        }
        Err(Failure::Manifest(error)) => {
            // Where the parser sees the fault as well, it knows the place better.
            let (workspace, mut notices) = workspace::read(manifest)?;
            if error.path() == manifest || error.path() == workspace.root.join("Cargo.toml") {
                return Err(error);
            }
            if !notices.iter().any(|notice| notice.path.as_deref() == Some(error.path())) {
                notices.push(error.notice("unreadable_manifest"));
            }
            Ok(Members { workspace, inputs: None, notices })
        }
        Err(Failure::Other(reason)) => {
            let (workspace, mut notices) = workspace::read(manifest)?;
            let text = format!("cargo gave no answer, the manifests were read without it: {reason}");
            notices.push(Notice { id: "cargo_failed", path: Some(manifest.to_owned()), at: None, text, loss: false });
            Ok(Members { workspace, inputs: None, notices })
        }
    }
}

/// The key of a linked project: all that decides about it but the sources of dependencies.
fn whole_key(root: &Path, config: &CargoConfig, options: &Options, inputs: &Key) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"project").update(inputs).update(&config.digest).update(&[u8::from(options.sources)]);
    if let Some(home) = &config.home {
        hasher.update(home.as_os_str().as_encoded_bytes());
    }
    hasher.update(&[0]).update(&crate::files::read(&root.join("Cargo.lock")).unwrap_or_default());
    *hasher.finalize().as_bytes()
}

/// What does not need the members.
struct Beside {
    config: CargoConfig,
    lock: Option<Lock>,
    found: Vec<Found>,
    notices: Vec<Notice>,
}

impl Beside {
    fn load(config: CargoConfig, root: &Path, options: &Options, stores: &Stores) -> Beside {
        let mut notices: Vec<Notice> = config
            .broken
            .iter()
            .map(|(path, reason)| Notice {
                id: "unreadable_cargo_configuration",
                path: Some(path.clone()),
                at: None,
                text: format!("cargo's configuration cannot be used, sources of dependencies may not be found: {reason}"),
                loss: true,
            })
            .collect();
        let lock = lock::load(root).unwrap_or_else(|reason| {
            let text = format!("the lock file cannot be used: {reason}");
            notices.push(Notice { id: "broken_lock_file", path: Some(root.join("Cargo.lock")), at: None, text, loss: true });
            None
        });
        let found = match &lock {
            Some(lock) if options.sources => {
                let (found, new) = found::find(lock, root, &Sources::new(&config), stores);
                notices.extend(new);
                found
            }
            Some(lock) => vec![Found::default(); lock.packages.len()],
            None => Vec::new(),
        };
        Beside { config, lock, found, notices }
    }
}

fn assemble(members: Members, beside: Beside, options: &Options, store: &Store) -> Project {
    let Members { workspace, inputs, notices: of_members } = members;
    let Beside { config, lock, found, mut notices } = beside;
    notices.extend(of_members);
    let mut paths = path_packages(&workspace, options, &mut notices);
    let (lock, found) = match lock {
        Some(lock) => {
            patched(&workspace.root, &config, &lock, &mut paths);
            (lock, found)
        }
        None => without_lock(&workspace, &paths, &config, options, &mut notices),
    };
    let root = workspace.root.clone();
    let key = inputs.map(|inputs| whole_key(&root, &config, options, &inputs));
    let (packages, new) = link(Parts { workspace, paths, lock, found });
    notices.extend(new);
    notices.extend(missing(&root, &packages).filter(|_| options.sources));
    notices.sort();
    notices.dedup();
    if let Some(key) = key {
        remember::keep_whole(store, &key, &packages, &notices);
    }
    Project { git_root: super::git_root(&root), root, packages, notices }
}

/// Path dependencies outside of the workspace, through any number of steps, by folder.
fn path_packages(workspace: &Workspace, options: &Options, notices: &mut Vec<Notice>) -> BTreeMap<PathBuf, Described> {
    let mut found = BTreeMap::new();
    let of = |described: &Described| -> Vec<PathBuf> {
        let path = |d: &super::manifest::Declared| match &d.origin {
            Origin::Path(path) => Some(path.clone()),
            _ => None,
        };
        described.deps.iter().filter_map(path).collect()
    };
    let is_member = |folder: &PathBuf| workspace.members.binary_search_by(|(m, _)| m.cmp(folder)).is_ok();
    let mut open: Vec<PathBuf> = workspace.members.iter().flat_map(|(_, d)| of(d)).collect();
    if !options.sources {
        open.clear();
    }
    while let Some(folder) = open.pop() {
        if found.contains_key(&folder) || is_member(&folder) {
            continue;
        }
        match workspace::describe_alone(&folder, Scope::Dependency) {
            Ok(described) => {
                open.extend(of(&described));
                found.insert(folder, described);
            }
            Err(error) => notices.push(error.notice("unreadable_dependency_manifest")),
        }
    }
    found
}

/// Adds the folders that `[patch]` and `[replace]` put in the place of packages, if the lock file says that they are in use.
fn patched(root: &Path, config: &CargoConfig, lock: &Lock, paths: &mut BTreeMap<PathBuf, Described>) {
    // prr: allow(unhandled_errors, reason = "the workspace was read from this manifest a moment ago")
    let Ok(raw) = raw::read(&root.join("Cargo.toml")) else { return };
    let own = raw.patch.values().flatten().chain(&raw.replace).map(|(key, dep)| (key, dep, root));
    let configured = config.patches.iter().map(|(key, dep, base)| (key, dep, base.as_path()));
    for (key, dep, base) in own.chain(configured) {
        let Origin::Path(folder) = declared(key, dep, base, DepKind::Normal, None).origin else { continue };
        // prr: allow(unhandled_errors, reason = "a patch that is no package is not in use: cargo refuses it")
        if let Ok(described) = workspace::describe_alone(&folder, Scope::Dependency) {
            let used = lock.packages.iter().any(|l| l.source.is_none() && l.name == described.name && l.version == described.version);
            if used {
                paths.entry(folder).or_insert(described);
            }
        }
    }
}

fn without_lock(
    workspace: &Workspace,
    paths: &BTreeMap<PathBuf, Described>,
    config: &CargoConfig,
    options: &Options,
    notices: &mut Vec<Notice>,
) -> (Lock, Vec<Found>) {
    let foreign = |d: &super::manifest::Declared| !matches!(d.origin, Origin::Path(_));
    let any = workspace.members.iter().any(|(_, d)| d.deps.iter().any(foreign));
    if any && !notices.iter().any(|n| n.id == "broken_lock_file") {
        notices.push(Notice {
            id: "missing_lock_file",
            path: Some(workspace.root.join("Cargo.lock")),
            at: None,
            text: "no lock file: the lowest versions that the manifests allow are taken, of those on this machine; run `cargo generate-lockfile`"
                .to_owned(),
            loss: true,
        });
    }
    if !options.sources {
        return (Lock::default(), Vec::new());
    }
    let locals = workspace.members.iter().map(|(folder, d)| (folder, d)).chain(paths);
    unlocked::choose(locals, &Sources::new(config))
}

/// One notice for all packages that code on the analysed platform can name and that are not on this machine.
fn missing(root: &Path, packages: &[Package]) -> impl Iterator<Item = Notice> {
    let mut reached = vec![false; packages.len()];
    let mut open: Vec<usize> = (0..packages.len()).filter(|&at| packages[at].is_member()).collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(packages[at].deps.iter().filter(|d| d.applies).map(|d| d.pkg.0 as usize));
        }
    }
    let needed = || packages.iter().zip(&reached).filter(|(p, reached)| **reached && p.source != Source::Member);
    let missing: Vec<&Package> = needed().filter(|(p, _)| p.root.is_none()).map(|(p, _)| p).collect();
    let all = needed().count();
    let notice = (!missing.is_empty()).then(|| {
        let some: Vec<String> = missing.iter().take(5).map(|p| format!("{} {}", p.name, p.version)).collect();
        let more = if missing.len() > some.len() { ", .." } else { "" };
        let text = format!(
            "the sources of {} of {all} dependencies are not on this machine ({}{more}); run `cargo fetch` to bring them",
            missing.len(),
            some.join(", ")
        );
        Notice { id: "missing_sources", path: Some(root.join("Cargo.lock")), at: None, text, loss: true }
    });
    notice.into_iter()
}
