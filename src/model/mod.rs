//! The model: facts linked once, and the questions lints may ask.

mod aids;
pub mod branches;
pub mod defs;
pub mod effects;
pub mod entry;
pub mod fate;
pub mod graph;
pub mod ids;
pub mod infer;
mod live;
pub mod occurrences;
pub mod prints;
mod production;
pub mod summary;
pub mod ty;
pub mod typed;

use std::collections::BTreeMap;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::{Catalog, Known};
use crate::discover::{DepKind, Package, Project, TargetKind};
use crate::facts::Pos;
use crate::lint::Role;
use defs::Defs;
use effects::{Effects, Solved};
use entry::EntryPoint;
use graph::Graph;
use ids::{CrateId, DefId, FileId};
use production::Production;
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
    named_trials: FxHashSet<CrateId>,
    /// Bodies that are aids of tests by a name alone.
    named_aids: FxHashSet<DefId>,
    /// Bodies that are compiled for tests, or on request for those of others.
    supports: FxHashSet<DefId>,
    roles: Vec<(String, Role)>,
    /// Functions that do the work of commands.
    command_work: FxHashSet<DefId>,
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
        let said = |krate: CrateId| roles.iter().find(|(target, _)| *target == defs.krate(krate).target).map(|(_, role)| *role);
        let Production { crates: judged, named_trials } = production::production(&project, &defs, &|c| said(c.id).is_some());
        // A binary that is no production code may still lead to some; nothing leads there from a library or macro that is none.
        let read = |c: &&defs::CrateInfo| c.kind == TargetKind::Bin || judged.contains(&c.id);
        let crates: Vec<CrateId> = defs.members().filter(read).map(|c| c.id).collect();
        let of_items = || (summary::implementors(&defs), summary::self_types(&defs), entry::declared(&defs, &known));
        let (summaries, (impls, self_types, mut entries)) = rayon::join(|| summary::summaries(&defs, &known, &mains, &crates), of_items);
        stages.end_of("bodies");
        entries.extend(summaries.iter().flat_map(|s| s.registrations.entries.iter().cloned()));
        let set_aside = |owner: DefId| aids::is_compiled_for_tests(&defs, owner) || production::in_tests(&project, &defs, owner);
        let apart = || {
            let supports = summaries.iter().map(|s| s.owner).filter(|&owner| set_aside(owner)).collect();
            let named_aids = aids::aids(&project, &defs, &summaries, &supports);
            (summary::solve(&defs, &known, &summaries, &impls), supports, named_aids)
        };
        let linked = || Graph::build(&mains, &summaries, &entries, graph::Dispatch { impls: &impls, self_types }, &said);
        let (graph, (solved, supports, named_aids)) = rayon::join(linked, apart);
        stages.end_of("graph");
        let command_work = FxHashSet::default();
        let mut model = Model {
            project,
            defs,
            known,
            summaries,
            solved,
            entries,
            graph,
            judged,
            named_trials,
            named_aids,
            supports,
            roles,
            command_work,
            stages: stages.took,
        };
        let cli = |d: &DefId| model.graph.role(*d) == Some(Role::Cli);
        let prints = |d: &DefId| cli(d) && model.gives_nothing(*d);
        let near = |from: &DefId, d: &DefId| model.defs.krate(from.krate).pkg == model.defs.krate(d.krate).pkg && prints(from);
        let owners = model.summaries.iter().map(|s| s.owner);
        let work: FxHashSet<DefId> = owners.filter(&prints).chain(model.graph.called_only(&near).into_iter().filter(cli)).collect();
        model.command_work = work;
        model
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
    /// Summaries of all bodies that production code, or what leads to it, may run, in order of definition.
    pub fn summaries(&self) -> &[Summary] {
        &self.summaries
    }
    /// What a function may do, callees included.
    pub fn effects(&self, def: DefId) -> Solved {
        self.solved.get(&def).copied().unwrap_or_else(|| {
            let effects =
                if self.defs.krate(def.krate).member { Effects::UNKNOWN } else { self.known.effects(&self.defs, def, None, None) };
            Solved { effects, ..Solved::default() }
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
    /// Whether a definition stands in a library that a single package of the workspace builds on: a part of it that was set apart.
    pub fn in_library_of_one(&self, def: DefId) -> bool {
        let pkg = self.defs.krate(def.krate).pkg;
        let uses = |m: &&Package| m.deps.iter().any(|d| Some(d.pkg) == pkg && d.kind == DepKind::Normal);
        self.project.members().filter(|m| Some(m.id) != pkg).filter(uses).count() == 1
    }
    /// Whether a function does the work of commands: one that only commands reach and that gives nothing back, or a part of such of its own package.
    pub fn works_for_commands(&self, def: DefId) -> bool {
        self.command_work.contains(&def)
    }
    /// Whether a function is called for what it does alone: it returns nothing, or a Result of nothing.
    pub fn gives_nothing(&self, def: DefId) -> bool {
        self.summary(def).is_some_and(|s| s.speech.gives_nothing)
    }
    fn summary(&self, def: DefId) -> Option<&Summary> {
        self.summaries.binary_search_by_key(&def, |s| s.owner).ok().map(|at| &self.summaries[at])
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
    /// Whether only the name of its package says that a crate is a test, benchmark or example: no proof that it is, and none that it ships.
    pub fn is_named_as_trial(&self, krate: CrateId) -> bool {
        self.named_trials.contains(&krate)
    }
    /// Whether only a name says that a body is an aid of tests: that of its feature, or of a module or type that no other code uses.
    pub fn is_named_as_aid(&self, def: DefId) -> bool {
        self.named_aids.contains(&def)
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
