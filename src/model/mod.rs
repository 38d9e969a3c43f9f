//! The model: facts linked once, and the questions lints may ask.

pub mod defs;
pub mod effects;
pub mod fate;
pub mod ids;
pub mod infer;
pub mod summary;
pub mod ty;
pub mod typed;

use std::collections::BTreeMap;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::catalog::{Catalog, Known};
use crate::discover::{Project, TargetKind};
use crate::facts::Pos;
use crate::lint::Role;
use defs::Defs;
use effects::{Effects, Solved};
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

/// Everything known about one workspace, immutable.
pub struct Model {
    project: Project,
    defs: Defs,
    known: Known,
    summaries: Vec<Summary>,
    solved: FxHashMap<DefId, Solved>,
    roles: Vec<(String, Role)>,
}

impl Model {
    /// Links a project.
    pub fn build(project: Project, catalog: Catalog, options: Options) -> Model {
        let defs = Defs::build(&project, options.defs);
        Model::of(project, catalog, defs, options.roles)
    }
    fn of(project: Project, catalog: Catalog, defs: Defs, roles: Vec<(String, Role)>) -> Model {
        let known = Known::link(Arc::new(catalog), &defs);
        let summaries = summary::summaries(&defs, &known);
        let solved = summary::solve(&defs, &known, &summaries);
        Model { project, defs, known, summaries, solved, roles }
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
    /// Role of the code of a definition.
    pub fn role(&self, def: DefId) -> Role {
        self.role_of_crate(def.krate)
    }
    /// Names and definitions.
    pub fn defs(&self) -> &Defs {
        &self.defs
    }
    /// Role of a crate of the workspace, where nothing nearer is known.
    pub fn role_of_crate(&self, krate: CrateId) -> Role {
        let info = self.defs.krate(krate);
        let said = self.roles.iter().find(|(target, _)| *target == info.target).map(|(_, role)| *role);
        said.unwrap_or(if info.kind == TargetKind::Bin { Role::Cli } else { Role::Library })
    }
    /// How much of the bodies was understood.
    pub fn counts(&self) -> Counts {
        Counts::default()
    }
}
