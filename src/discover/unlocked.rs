//! Without a lock file: a stand-in for it, with the lowest versions that the manifests allow, of those on this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustc_hash::FxHashMap;
use semver::{Comparator, Op, Version, VersionReq};

use super::found::Found;
use super::lock::{Lock, Locked};
use super::manifest::{Declared, Described, Origin, Scope};
use super::sources::Sources;
use super::workspace::describe_alone;

/// The source text of packages that are taken for those of crates.io.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Versions within which one instance serves all: `1`, `0.3`, `0.0.7`.
type Bucket = (String, [u64; 3]);

/// Chooses instances for all that `locals` (members and path dependencies) need.
pub(super) fn choose<'a>(locals: impl Iterator<Item = (&'a PathBuf, &'a Described)> + Clone, sources: &Sources<'_>) -> (Lock, Vec<Found>) {
    let mut floors: BTreeMap<Bucket, Version> = BTreeMap::new();
    let mut described: FxHashMap<PathBuf, Option<Described>> = FxHashMap::default();
    // One requirement may raise the version that another one chose: again from the start then. Floors only rise, so it ends; the limit is
    // for registries of thousands of versions.
    for _ in 0..16 {
        let mut round = Round {
            sources,
            floors: &mut floors,
            described: &mut described,
            raised: false,
            lock: Lock::default(),
            found: Vec::new(),
            by_version: FxHashMap::default(),
        };
        round.run(locals.clone());
        if !round.raised {
            return (round.lock, round.found);
        }
    }
    let mut last = Round {
        sources,
        floors: &mut floors,
        described: &mut described,
        raised: false,
        lock: Lock::default(),
        found: Vec::new(),
        by_version: FxHashMap::default(),
    };
    last.run(locals);
    (last.lock, last.found)
}

struct Round<'a> {
    sources: &'a Sources<'a>,
    floors: &'a mut BTreeMap<Bucket, Version>,
    described: &'a mut FxHashMap<PathBuf, Option<Described>>,
    raised: bool,
    lock: Lock,
    found: Vec<Found>,
    by_version: FxHashMap<(String, Version), usize>,
}

impl Round<'_> {
    fn run<'a>(&mut self, locals: impl Iterator<Item = (&'a PathBuf, &'a Described)>) {
        for (_, described) in locals {
            self.lock.packages.push(Locked {
                name: described.name.clone(),
                version: described.version.clone(),
                source: None,
                deps: Vec::new(),
            });
            self.found.push(Found { root: None, described: Some(described.clone()) });
        }
        let local = self.found.len();
        let mut at = 0;
        while at < self.found.len() {
            let deps = self.found[at].described.as_ref().map(|d| d.deps.clone()).unwrap_or_default();
            for dep in &deps {
                let to = match &dep.origin {
                    // Among the locals, by name: linking compares the folders.
                    Origin::Path(_) => (0..local).find(|&l| self.lock.packages[l].name == dep.package),
                    // Without a lock file nothing says which revision.
                    Origin::Git(_) => None,
                    Origin::Registry => self.registry(dep, at < local),
                };
                let deps = &mut self.lock.packages[at].deps;
                deps.extend(to.filter(|to| !deps.contains(to)));
            }
            at += 1;
        }
        // The locals are described by their own manifests.
        self.found[..local].fill_with(Found::default);
    }

    /// The instance for a requirement; `None` if it is optional in a dependency and not on this machine.
    fn registry(&mut self, dep: &Declared, from_local: bool) -> Option<usize> {
        let req = VersionReq::parse(&dep.req).unwrap_or(VersionReq::STAR);
        let on_disk = self.sources.versions(&dep.package);
        let lowest = on_disk.keys().find(|v| req.matches(v)).cloned();
        if lowest.is_none() && dep.optional && !from_local {
            return None;
        }
        let lowest = lowest.unwrap_or_else(|| least(&req));
        let floor = self.floors.entry((dep.package.clone(), bucket(&lowest))).or_insert_with(|| lowest.clone());
        if *floor < lowest {
            *floor = lowest.clone();
            self.raised = true;
        }
        let version = if req.matches(floor) { floor.clone() } else { lowest };
        let root = on_disk.get(&version).cloned();
        Some(self.instance(&dep.package, version, root))
    }

    fn instance(&mut self, name: &str, version: Version, root: Option<PathBuf>) -> usize {
        if let Some(&at) = self.by_version.get(&(name.to_owned(), version.clone())) {
            return at;
        }
        let described = root
            .as_ref()
            .and_then(|root| self.described.entry(root.clone()).or_insert_with(|| describe_alone(root, Scope::Dependency).ok()).clone());
        self.by_version.insert((name.to_owned(), version.clone()), self.found.len());
        self.lock.packages.push(Locked { name: name.to_owned(), version, source: Some(CRATES_IO.to_owned()), deps: Vec::new() });
        self.found.push(Found { root, described });
        self.found.len() - 1
    }
}

fn bucket(version: &Version) -> [u64; 3] {
    match (version.major, version.minor) {
        (0, 0) => [0, 0, version.patch],
        (0, minor) => [0, minor, 0],
        (major, _) => [major, 0, 0],
    }
}

/// The least version that a requirement allows.
fn least(req: &VersionReq) -> Version {
    let of = |c: &Comparator| {
        let mut version = Version::new(c.major, c.minor.unwrap_or(0), c.patch.unwrap_or(0));
        version.pre = c.pre.clone();
        match c.op {
            Op::Less | Op::LessEq => Version::new(0, 0, 0),
            _ => version,
        }
    };
    req.comparators.iter().map(of).max().unwrap_or(Version::new(0, 0, 0))
}
