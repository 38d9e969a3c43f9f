//! Where the sources of locked packages lie: cargo's registry and git folders, and directory sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use semver::Version;

use super::cargo_config::{CargoConfig, Real};
use super::raw;

/// The folders, listed once.
pub(super) struct Sources<'a> {
    config: &'a CargoConfig,
    /// Folders of `registry/src`, sorted by name, with the names of their entries.
    registries: OnceLock<Vec<Registry>>,
    /// Folders of `git/checkouts`.
    checkouts: OnceLock<Vec<String>>,
    /// Packages of a directory source by name, found by reading all its manifests.
    directories: Mutex<FxHashMap<PathBuf, Arc<ByName>>>,
    /// Packages of a git checkout by name.
    repositories: Mutex<FxHashMap<PathBuf, Arc<ByName>>>,
}

struct Registry {
    name: String,
    path: PathBuf,
    entries: FxHashSet<String>,
}

/// Package folders by package name, shallow ones first, then by path, with the version if the manifest states it.
type ByName = BTreeMap<String, Vec<(PathBuf, Option<Version>)>>;

impl<'a> Sources<'a> {
    pub(super) fn new(config: &'a CargoConfig) -> Sources<'a> {
        Sources {
            config,
            registries: OnceLock::new(),
            checkouts: OnceLock::new(),
            directories: Mutex::default(),
            repositories: Mutex::default(),
        }
    }

    /// The folder of a package, by name, version and the lock file's source text.
    pub(super) fn locate(&self, name: &str, version: &Version, source: &str) -> Option<PathBuf> {
        match self.config.real(source) {
            Real::Directory(dir) => self.in_directory(&dir, name, version),
            Real::Cargo(_) if source.starts_with("git+") => self.in_checkouts(name, version, source),
            Real::Cargo(urls) => self.in_registries(name, version, &urls),
        }
    }

    /// All versions of a package in cargo's registry folders and in the directory that replaces crates.io, with their folders; sorted.
    pub(super) fn versions(&self, name: &str) -> BTreeMap<Version, PathBuf> {
        let mut all = BTreeMap::new();
        if let Real::Directory(dir) = self.config.real("registry+https://github.com/rust-lang/crates.io-index") {
            for (folder, version) in self.directory(&dir).get(name).into_iter().flatten() {
                if let Some(version) = version {
                    all.insert(version.clone(), folder.clone());
                }
            }
            return all;
        }
        for registry in self.registries() {
            for entry in &registry.entries {
                let version = entry.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')).and_then(|v| Version::parse(v).ok());
                if let Some(version) = version {
                    all.entry(version).or_insert_with(|| registry.path.join(entry));
                }
            }
        }
        all
    }

    fn in_registries(&self, name: &str, version: &Version, urls: &[String]) -> Option<PathBuf> {
        let entry = format!("{name}-{version}");
        let holders = || self.registries().iter().filter(|r| r.entries.contains(&entry));
        let hosts: Vec<&str> = urls.iter().flat_map(|url| hosts(url)).collect();
        // A folder is named by the host of the index and a hash that depends on cargo's version. A registry that the environment or the
        // command line replaced serves from another host: then any folder with that name and version is right.
        let by_host = holders().find(|r| r.name.rsplit_once('-').is_some_and(|(host, _)| hosts.contains(&host)));
        by_host.or_else(|| holders().next()).map(|r| r.path.join(&entry))
    }

    fn registries(&self) -> &[Registry] {
        self.registries.get_or_init(|| {
            let Some(src) = self.config.home.as_ref().map(|home| home.join("registry").join("src")) else { return Vec::new() };
            let mut all: Vec<Registry> = names(&src)
                .into_iter()
                .map(|name| {
                    let path = src.join(&name);
                    let entries = names(&path).into_iter().collect();
                    Registry { name, path, entries }
                })
                .collect();
            all.sort_by(|a, b| a.name.cmp(&b.name));
            all
        })
    }

    fn in_checkouts(&self, name: &str, version: &Version, source: &str) -> Option<PathBuf> {
        let (address, revision) = source.split_once('#')?;
        let address = address.trim_start_matches("git+").split('?').next()?.trim_end_matches('/');
        let ident = address.trim_end_matches(".git").rsplit('/').next()?.to_lowercase();
        let base = self.config.home.as_ref()?.join("git").join("checkouts");
        let all = self.checkouts.get_or_init(|| {
            let mut all = names(&base);
            all.sort();
            all
        });
        for repository in all.iter().filter(|n| n.rsplit_once('-').is_some_and(|(before, _)| before.to_lowercase() == ident)) {
            let folder = base.join(repository);
            // Named by the revision, abbreviated to what was unique when it was checked out.
            let mut short: Vec<String> = names(&folder).into_iter().filter(|n| n.len() >= 4 && revision.starts_with(n.as_str())).collect();
            short.sort();
            if let Some(found) = short.iter().find_map(|n| self.in_repository(&folder.join(n), name, version)) {
                return Some(found);
            }
        }
        None
    }

    fn in_repository(&self, checkout: &Path, name: &str, version: &Version) -> Option<PathBuf> {
        let packages = shared(&self.repositories, checkout, || {
            let mut manifests = Vec::new();
            manifests_below(checkout, 0, &mut manifests);
            by_name(manifests)
        });
        best(packages.get(name)?, version)
    }

    fn in_directory(&self, dir: &Path, name: &str, version: &Version) -> Option<PathBuf> {
        let exact = dir.join(format!("{name}-{version}"));
        if exact.join("Cargo.toml").is_file() {
            return Some(exact);
        }
        let plain = dir.join(name);
        if states(&plain, name, version) {
            return Some(plain);
        }
        self.directory(dir).get(name)?.iter().find(|(_, v)| v.as_ref() == Some(version)).map(|(folder, _)| folder.clone())
    }

    fn directory(&self, dir: &Path) -> Arc<ByName> {
        shared(&self.directories, dir, || by_name(names(dir).into_iter().map(|n| (1, dir.join(n))).collect()))
    }
}

fn shared(map: &Mutex<FxHashMap<PathBuf, Arc<ByName>>>, key: &Path, make: impl FnOnce() -> ByName) -> Arc<ByName> {
    let mut map = map.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    map.entry(key.to_owned()).or_insert_with(|| Arc::new(make())).clone()
}

/// The folder with the version; else one that does not state its version, or states another (a workspace's, a branch's), if it is the only.
fn best(folders: &[(PathBuf, Option<Version>)], version: &Version) -> Option<PathBuf> {
    let exact = folders.iter().find(|(_, v)| v.as_ref() == Some(version));
    exact.or_else(|| folders.iter().find(|(_, v)| v.is_none())).or_else(|| folders.first()).map(|(folder, _)| folder.clone())
}

fn by_name(mut folders: Vec<(usize, PathBuf)>) -> ByName {
    folders.sort();
    let mut all = ByName::new();
    for (_, folder) in folders {
        if let Some((name, version)) = head(&folder) {
            all.entry(name).or_default().push((folder, version));
        }
    }
    all
}

/// Name and stated version of the package in a folder.
fn head(folder: &Path) -> Option<(String, Option<Version>)> {
    let package = raw::read(&folder.join("Cargo.toml")).ok()?.package?;
    let version = match package.version {
        Some(raw::Inherit::Value(v)) => Version::parse(v.trim()).ok(),
        Some(raw::Inherit::Workspace) => None,
        None => Some(Version::new(0, 0, 0)),
    };
    Some((package.name, version))
}

fn states(folder: &Path, name: &str, version: &Version) -> bool {
    folder.is_dir() && head(folder).is_some_and(|(n, v)| n == name && v.as_ref() == Some(version))
}

/// Folders with a manifest, with their depth. Links are not followed: no circles.
fn manifests_below(folder: &Path, depth: usize, out: &mut Vec<(usize, PathBuf)>) {
    let mut manifest = false;
    let mut below = Vec::new();
    for entry in super::entries(folder) {
        let name = entry.file_name();
        let Ok(kind) = entry.file_type() else { continue };
        manifest |= name == "Cargo.toml";
        if kind.is_dir() && name != "target" && !name.as_encoded_bytes().starts_with(b".") {
            below.push(entry.path());
        }
    }
    if manifest {
        out.push((depth, folder.to_owned()));
    }
    for folder in below {
        manifests_below(&folder, depth + 1, out);
    }
}

/// Names of a folder's entries that are Unicode; none if it cannot be read.
fn names(folder: &Path) -> Vec<String> {
    // prr: allow(unhandled_errors, reason = "a name that is not Unicode is no package's")
    super::entries(folder).filter_map(|e| e.file_name().into_string().ok()).collect()
}

/// The hosts whose folder may hold packages of an index: crates.io is served by two.
fn hosts(url: &str) -> Vec<&str> {
    let host = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    match super::cargo_config::is_crates_io(url) {
        true => vec!["index.crates.io", "github.com"],
        false => vec![host],
    }
}
