//! Loading crates: members at once and in parallel, dependencies whole at first touch; those that members name and the index holds, before.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::ahead::Ahead;
use super::cfgs::Mode;
use super::crates::{self, StdIds};
use super::data::CrateData;
use super::files::{FileSource, Loader, with_threads};
use super::index::Index;
use super::{CrateInfo, Defs, Options, SourceCrate, link};
use crate::discover::Project;
use crate::facts::{Depth, Reach};
use crate::model::ids::{CrateId, Name};

impl Defs {
    /// Links the members of a project.
    pub fn build(project: &Project, options: Options) -> Defs {
        Defs::link(crates::of_project(project), FileSource::Disk, options)
    }

    /// Links crates given as text, for tests: each with its name, edition, dependencies and files; the first file is the root. A crate named like
    /// one of the std family takes its place.
    pub fn from_sources(sources: &[SourceCrate<'_>]) -> Defs {
        let mut files: FxHashMap<PathBuf, String> = FxHashMap::default();
        for (i, s) in sources.iter().enumerate() {
            files.extend(s.files.iter().map(|(path, text)| (crates::root_of(i, path), (*text).to_owned())));
        }
        Defs::link(crates::of_sources(sources), FileSource::Memory(files), Options::default())
    }

    /// Links crates whose roots are known.
    pub(super) fn of_crates(crates: Vec<CrateInfo>, source: FileSource) -> Defs {
        Defs::link(crates, source, Options::default())
    }

    fn link(crates: Vec<CrateInfo>, source: FileSource, mut options: Options) -> Defs {
        let source = Arc::new(source);
        let std = StdIds::find(&crates);
        let mut by_name: FxHashMap<Name, Vec<CrateId>> = FxHashMap::default();
        for c in &crates {
            by_name.entry(c.name).or_default().push(c.id);
        }
        for ids in by_name.values_mut() {
            ids.sort_by(|a, b| crates[b.0 as usize].version.cmp(&crates[a.0 as usize].version).then(a.cmp(b)));
        }
        let ahead = options.ahead.take();
        let index =
            options.store.clone().filter(|_| !options.no_dependencies).map(|store| Index::open(store, &crates, &options.expansions));
        let started = Instant::now();
        let mut defs = Defs {
            index,
            data: crates.iter().map(|_| OnceLock::new()).collect(),
            crates,
            std,
            by_name,
            member_loader: ahead.map_or_else(|| Arc::new(Loader::new(source.clone(), Depth::Full)), Ahead::finish),
            source,
            options,
            macros: super::macros::Memo::default(),
            traits: Default::default(),
            reading: Duration::ZERO,
        };
        defs.read_members();
        defs.reading = started.elapsed();
        defs.load_members();
        defs
    }

    fn read_members(&self) {
        let roots = self.members().filter_map(|c| c.root.clone()).collect();
        self.member_loader.prefetch(roots, Mode::Member, rayon::current_num_threads(), &|_, _| {});
    }

    fn load_members(&self) {
        let threads = rayon::current_num_threads();
        // Dependencies before dependents, so that threads seldom wait for one another; what all of them will ask for comes first.
        let order = [self.named_by_members(), self.member_order()].concat();
        let next = AtomicUsize::new(0);
        with_threads(threads.min(order.len()), |_| {
            while let Some(&id) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.data(id);
            }
        });
        self.member_loader.forget();
    }

    /// The std family, and the crates of the index whose names occur in files of members: their links will ask for most of these.
    fn named_by_members(&self) -> Vec<CrateId> {
        let is_kept = |id: CrateId| self.krate(id).pkg.is_none() || self.index.as_ref().is_some_and(|index| index.is_known(id));
        let mut open: FxHashMap<&str, Vec<CrateId>> = FxHashMap::default();
        for &(name, id) in self.members().flat_map(|c| &c.externs).filter(|e| is_kept(e.1)) {
            let ids = open.entry(name.as_str()).or_default();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let mut named: Vec<CrateId> = [self.std.core, self.std.alloc, self.std.std].into_iter().flatten().collect();
        for (_, facts) in self.member_loader.loaded() {
            let found = facts.symbols.iter().filter_map(|symbol| open.remove(&**symbol));
            named.extend(found.flatten());
        }
        named
    }

    fn member_order(&self) -> Vec<CrateId> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.crates.len()];
        for c in self.members() {
            let mut stack = vec![(c.id, false)];
            while let Some((id, done)) = stack.pop() {
                if done {
                    order.push(id);
                } else if !std::mem::replace(&mut seen[id.0 as usize], true) {
                    stack.push((id, true));
                    let deps = self.krate(id).externs.iter().rev().map(|e| e.1);
                    stack.extend(deps.filter(|d| self.krate(*d).member).map(|d| (d, false)));
                }
            }
        }
        order
    }

    /// Everything of a crate; links it if nobody has.
    pub(super) fn data(&self, id: CrateId) -> &CrateData {
        self.data[id.0 as usize].get_or_init(|| self.load(id))
    }

    fn load(&self, id: CrateId) -> CrateData {
        let info = self.krate(id);
        if info.member {
            return on_big_stack(|| link::link(self, info, &self.member_loader, Mode::Member));
        }
        if info.pkg.is_none() && info.root.is_none() {
            return self.load_std(info);
        }
        let absent = info.root.is_none() || self.options.no_dependencies && info.pkg.is_some();
        if absent {
            return self.load_from_catalog(info);
        }
        let loader = Loader::new(self.source.clone(), Depth::Signatures);
        self.load_from_sources(info, &loader)
    }

    fn load_std(&self, info: &CrateInfo) -> CrateData {
        // Crates of the table refer to one another: it takes the place of all or of none.
        let given = self.crates.iter().any(|c| c.pkg.is_none() && c.root.is_some());
        let shipped = (!given).then(|| super::std::load(info.name.as_str(), self.std)).flatten();
        shipped.unwrap_or_else(|| link::missing(info))
    }

    fn load_from_catalog(&self, info: &CrateInfo) -> CrateData {
        let Some(version) = &info.version else { return link::missing(info) };
        let Some(text) = crate::catalog::signatures(info.name.as_str(), version) else { return link::missing(info) };
        let root = PathBuf::from(format!("{}-{version}.rs", info.name));
        let files = [(root.clone(), text.to_owned())].into_iter().collect();
        let loader = Loader::new(Arc::new(FileSource::Memory(files)), Depth::Signatures);
        let info = CrateInfo { root: Some(root), edition: 2021, ..info.clone() };
        let data = on_big_stack(|| link::link(self, &info, &loader, Mode::Fixed));
        // Signatures alone say nothing of what is behind them.
        CrateData { reach: Reach::System, ..data }
    }

    fn load_from_sources(&self, info: &CrateInfo, loader: &Loader) -> CrateData {
        if let Some(linked) = self.index.as_ref().and_then(|index| index.linked(info)) {
            return linked;
        }
        let root = info.root.clone().unwrap_or_default();
        let name = info.name.as_str();
        let known = self.index.as_ref().and_then(|index| index.facts(info));
        let parsed = known.is_none();
        if let Some(files) = known {
            loader.seed(files);
        } else {
            let told = Mutex::new(());
            loader.prefetch(vec![root], Mode::Fixed, rayon::current_num_threads(), &|done, all| {
                if let Some(progress) = &self.options.progress {
                    let _one_at_a_time = told.lock();
                    progress(name, done, all);
                }
            });
        }
        let data = on_big_stack(|| link::link(self, info, loader, Mode::Fixed));
        if let Some(index) = &self.index {
            index.linked_now(info.id, loader, parsed);
        }
        data
    }
}

/// Runs on a thread whose stack holds what the parser needs.
fn on_big_stack<T: Send>(work: impl Fn() -> T + Sync) -> T {
    with_threads(1, |_| work()).pop().expect("one thread, one value")
}
