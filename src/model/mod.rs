//! The model: facts linked once, and the questions lints may ask.

pub mod defs;
pub mod effects;
pub mod fate;
pub mod ids;
pub mod infer;
pub mod ty;
pub mod typed;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::discover::{Project, TargetKind};
use crate::lint::Role;
use defs::Defs;
use ids::CrateId;

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
    catalog: Catalog,
    defs: Defs,
    roles: Vec<(String, Role)>,
}

impl Model {
    /// Links a project.
    pub fn build(project: Project, catalog: Catalog, options: Options) -> Model {
        let defs = Defs::build(&project, options.defs);
        Model { project, catalog, defs, roles: options.roles }
    }
    /// The workspace.
    pub fn project(&self) -> &Project {
        &self.project
    }
    /// What is known of third-party crates.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
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
