//! The model: facts linked once, and the questions lints may ask.

pub mod branches;
pub mod defs;
pub mod effects;
pub mod entry;
pub mod fate;
pub mod graph;
pub mod ids;
pub mod infer;
pub mod occurrences;
pub mod prints;
pub mod summary;
pub mod ty;
pub mod typed;

use std::collections::BTreeMap;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::{Catalog, Known};
use crate::discover::{Project, TargetKind};
use crate::facts::{Cfg, ItemKind, Pos};
use crate::lint::Role;
use defs::Defs;
use effects::{Effects, Solved};
use entry::EntryPoint;
use graph::Graph;
use ids::{CrateId, DefId, FileId};
use summary::Summary;

/// What the model may use besides the project and the catalog.
#[derive(Default)]
pub struct Options {
    /// For the link.
    pub defs: defs::Options,
    /// Roles of targets as the user says them: target name and role.
    pub roles: Vec<(String, Role)>,
}

/// How much of the bodies was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bodies of functions, constants and statics.
    pub bodies: u64,
    /// Calls in them.
    pub calls: u64,
    /// Of those, calls whose callee is known.
    pub calls_resolved: u64,
    /// Why the others are not, by cause.
    pub calls_unknown: BTreeMap<String, u64>,
    /// Macro invocations whose arguments were not read.
    pub macros_unread: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.bodies += other.bodies;
        self.calls += other.calls;
        self.calls_resolved += other.calls_resolved;
        self.macros_unread += other.macros_unread;
        for (cause, n) in &other.calls_unknown {
            *self.calls_unknown.entry(cause.clone()).or_default() += n;
        }
    }
}

/// Crates with which tests are written and nothing else.
const HARNESSES: &[&str] = &["rstest", "serial_test", "test_case", "test_log", "wiremock", "trybuild", "assert_cmd", "insta"];

/// Crates that are production code: libraries and binaries of members, without procedural macros, task runners (`xtask`), members that others
/// use for development alone, libraries that hold up tests, fuzzers, and what lies in folders of tests, benchmarks and examples.
fn production(project: &Project, defs: &Defs) -> FxHashSet<CrateId> {
    let members: Vec<_> = project.members().collect();
    let dev_only = |pkg: &crate::discover::Package| {
        let kinds: Vec<_> = members.iter().flat_map(|m| &m.deps).filter(|d| d.pkg == pkg.id).map(|d| d.kind).collect();
        let has_bin = pkg.targets.iter().any(|t| t.kind == TargetKind::Bin);
        !has_bin && !kinds.is_empty() && kinds.iter().all(|k| *k != crate::discover::DepKind::Normal)
    };
    // What no member builds on, and builds on a test harness itself, is there for its own tests.
    let harness = |pkg: &crate::discover::Package| {
        let used = members.iter().flat_map(|m| &m.deps).any(|d| d.pkg == pkg.id);
        let tests =
            |d: &crate::discover::Dep| d.kind == crate::discover::DepKind::Normal && !d.optional && HARNESSES.contains(&d.name.as_str());
        !used && !pkg.targets.iter().any(|t| t.kind == TargetKind::Bin) && pkg.deps.iter().any(tests)
    };
    let fuzzer = |pkg: &crate::discover::Package| pkg.deps.iter().any(|d| matches!(d.name.as_str(), "libfuzzer-sys" | "afl" | "honggfuzz"));
    let aside = |pkg: &crate::discover::Package| {
        let normal = crate::discover::DepKind::Normal;
        let used = members.iter().filter(|m| !lies_aside(project, m)).flat_map(|m| &m.deps).any(|d| d.pkg == pkg.id && d.kind == normal);
        !used && (lies_aside(project, pkg) || fuzzer(pkg))
    };
    let runner = |pkg: &crate::discover::Package| pkg.name == "xtask" || pkg.name.ends_with("-xtask") || pkg.name.starts_with("xtask-");
    let excluded: FxHashSet<_> = members.iter().filter(|p| dev_only(p) || harness(p) || runner(p) || aside(p)).map(|p| p.id).collect();
    let counts = |c: &&defs::CrateInfo| c.kind != TargetKind::ProcMacro && c.pkg.is_none_or(|p| !excluded.contains(&p));
    defs.members().filter(counts).map(|c| c.id).collect()
}

/// Whether a package lies in a folder of tests, benchmarks or examples of the workspace.
fn lies_aside(project: &Project, pkg: &crate::discover::Package) -> bool {
    let below = pkg.root.as_ref().and_then(|root| root.strip_prefix(&project.root).ok());
    below.is_some_and(|path| path.components().any(|c| ["tests", "benches", "examples"].iter().any(|&aside| c.as_os_str() == aside)))
}

/// Whether something around a definition is compiled for tests, or on request for those of others: `#[cfg(any(test, feature = "testing"))]`.
fn supports_tests(defs: &Defs, def: DefId) -> bool {
    let test = |cfg: &Cfg, symbols: &[Box<str>]| match cfg {
        Cfg::Any(ways) => ways.iter().any(|c| matches!(c, Cfg::Flag(s) if &*symbols[s.idx()] == "test")),
        _ => false,
    };
    let for_tests = |d: DefId| defs.item(d).is_some_and(|(facts, item)| item.cfg.iter().any(|c| test(c, &facts.symbols)));
    std::iter::successors(Some(def), |d| defs.parent(*d)).any(for_tests)
}

/// Everything known about one workspace, immutable.
pub struct Model {
    project: Project,
    defs: Defs,
    known: Known,
    summaries: Vec<Summary>,
    solved: FxHashMap<DefId, Solved>,
    entries: Vec<EntryPoint>,
    graph: Graph,
    judged: FxHashSet<CrateId>,
    /// Bodies that are compiled for tests, or on request for those of others.
    supports: FxHashSet<DefId>,
    roles: Vec<(String, Role)>,
    stages: Vec<(&'static str, Duration)>,
}

/// A watch that is read at the end of each stage.
struct Stages {
    at: Instant,
    took: Vec<(&'static str, Duration)>,
}

impl Stages {
    fn begin() -> Stages {
        Stages { at: Instant::now(), took: Vec::new() }
    }
    fn end_of(&mut self, stage: &'static str) {
        self.took.push((stage, self.at.elapsed()));
        self.at = Instant::now();
    }
}

impl Model {
    /// Links a project.
    pub fn build(project: Project, catalog: Catalog, options: Options) -> Model {
        let mut stages = Stages::begin();
        let defs = Defs::build(&project, defs::Options { expansions: Arc::new(catalog.expansions()), ..options.defs });
        stages.end_of("link");
        // Reading the members comes first in the link.
        if let Some((_, link)) = stages.took.last_mut() {
            *link = link.saturating_sub(defs.reading());
        }
        stages.took.insert(0, ("read", defs.reading()));
        Model::of(project, catalog, defs, options.roles, stages)
    }
    fn of(project: Project, catalog: Catalog, defs: Defs, roles: Vec<(String, Role)>, mut stages: Stages) -> Model {
        let known = Known::link(Arc::new(catalog), &defs);
        let mains = entry::mains(&defs, &known);
        let summaries = summary::summaries(&defs, &known, &mains);
        stages.end_of("bodies");
        let impls = summary::implementors(&defs);
        let solved = summary::solve(&defs, &known, &summaries, &impls);
        stages.end_of("effects");
        let mut entries = entry::declared(&defs, &known);
        entries.extend(summaries.iter().flat_map(|s| s.registrations.entries.iter().cloned()));
        let said = |krate: CrateId| roles.iter().find(|(target, _)| *target == defs.krate(krate).target).map(|(_, role)| *role);
        let graph = Graph::build(&mains, &summaries, &entries, &impls, &said);
        let judged = production(&project, &defs);
        let supports = summaries.iter().map(|s| s.owner).filter(|&owner| supports_tests(&defs, owner)).collect();
        stages.end_of("graph");
        Model { project, defs, known, summaries, solved, entries, graph, judged, supports, roles, stages: stages.took }
    }
    /// How long each stage of the build took, in order.
    pub fn stages(&self) -> &[(&'static str, Duration)] {
        &self.stages
    }
    /// The workspace.
    pub fn project(&self) -> &Project {
        &self.project
    }
    /// What is known of third-party crates.
    pub fn catalog(&self) -> &Catalog {
        self.known.catalog()
    }
    /// The catalog, linked to definitions.
    pub fn known(&self) -> &Known {
        &self.known
    }
    /// Summaries of all bodies, in order of definition.
    pub fn summaries(&self) -> &[Summary] {
        &self.summaries
    }
    /// What a function may do, callees included.
    pub fn effects(&self, def: DefId) -> Solved {
        self.solved.get(&def).copied().unwrap_or_else(|| {
            let effects =
                if self.defs.krate(def.krate).member { Effects::UNKNOWN } else { self.known.effects(&self.defs, def, None, None) };
            Solved { effects, logs_own_errors: false }
        })
    }
    /// Whether a `// prr: detached(reason = "..")` stands on the line of a place, or alone on the line before it.
    pub fn detached(&self, file: FileId, pos: Pos) -> bool {
        let facts = self.defs.facts(file);
        let line = facts.lines.partition_point(|&start| start <= pos) as u32;
        facts.directives.iter().any(|d| {
            let near = d.line == line || (d.own_line && d.line + 1 == line);
            near && d.text.trim_start().starts_with("detached")
        })
    }
    /// Role of the code of a definition: that of the targets that reach it; code of a binary that nothing reaches has the binary's role.
    pub fn role(&self, def: DefId) -> Role {
        self.reached_role(def).unwrap_or_else(|| self.role_of_crate(def.krate))
    }
    /// Role by the targets that reach a function, or its twin: what another `cfg` compiles instead stands for the same.
    fn reached_role(&self, def: DefId) -> Option<Role> {
        let twins = || {
            let name = self.defs.def(def).name;
            let same = move |d: &DefId| *d != def && self.defs.def(*d).name == name;
            self.defs.parent(def).map(|parent| self.defs.children(parent).iter().copied().filter(same)).into_iter().flatten()
        };
        self.graph.role(def).or_else(|| twins().find_map(|twin| self.graph.role(twin)))
    }
    /// Role of the package a definition stands in, for what depends on whose code it is rather than on who reaches it: code that a service reaches is the
    /// service's; else a package with a command-line binary is a command line's, and one without is a library.
    pub fn package_role(&self, def: DefId) -> Role {
        if self.reached_role(def) == Some(Role::Service) {
            return Role::Service;
        }
        let pkg = self.defs.krate(def.krate).pkg;
        let bins: Vec<_> = self.defs.members().filter(|c| c.pkg == pkg && c.kind == TargetKind::Bin).map(|c| c.id).collect();
        match self.role_of_crate(def.krate) {
            Role::Library if bins.iter().any(|&b| self.role_of_crate(b) == Role::Cli) => Role::Cli,
            role => role,
        }
    }
    /// Whether the package a definition stands in has a binary that serves requests.
    pub fn in_service_package(&self, def: DefId) -> bool {
        let pkg = self.defs.krate(def.krate).pkg;
        self.defs.members().any(|c| c.pkg == pkg && c.kind == TargetKind::Bin && self.role_of_crate(c.id) == Role::Service)
    }
    /// Whether a function is called for what it does alone: its signature returns nothing, and no Result either.
    pub fn gives_nothing(&self, def: DefId) -> bool {
        self.defs.item(def).is_some_and(|(_, item)| matches!(&item.kind, ItemKind::Fn(sig) if sig.ret.is_none()))
    }
    /// Reachability, roles, dispatch.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }
    /// Entry points: declared ones by definition, then registered ones by the function that registers them.
    pub fn entries(&self) -> &[EntryPoint] {
        &self.entries
    }
    /// Whether a definition is production code: not of a crate that only tests, benchmarks or the build use.
    pub fn production(&self, def: DefId) -> bool {
        self.judged.contains(&def.krate)
    }
    /// Summaries of the bodies of production code, in order of definition. Generated files are among them: what is found there is counted, not shown.
    pub fn judged(&self) -> impl Iterator<Item = &Summary> {
        self.summaries.iter().filter(|s| self.production(s.owner) && !self.supports.contains(&s.owner))
    }
    /// Names and definitions.
    pub fn defs(&self) -> &Defs {
        &self.defs
    }
    /// Role of a crate of the workspace, where nothing nearer is known.
    pub fn role_of_crate(&self, krate: CrateId) -> Role {
        let info = self.defs.krate(krate);
        let said = self.roles.iter().find(|(target, _)| *target == info.target).map(|(_, role)| *role);
        said.unwrap_or(match info.kind {
            TargetKind::Bin if self.graph.is_service(krate) => Role::Service,
            TargetKind::Bin => Role::Cli,
            _ => Role::Library,
        })
    }
    /// How much of the bodies was understood.
    pub fn counts(&self) -> Counts {
        let mut out = Counts::default();
        self.summaries.iter().for_each(|s| out.add(&s.counts));
        out
    }
}
