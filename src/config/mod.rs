//! Configuration: what the user says in `prr.toml` at the workspace root, or in the manifests under `metadata.prr`.
//!
//! ```toml
//! [lints]                        # allow, note, warn, deny
//! print_logging = "deny"
//!
//! [packages.worker.lints]        # for one package
//! print_logging = "allow"
//!
//! [service]
//! tier = "critical"              # prototype, standard, critical
//!
//! [[target]]                     # overrules the role found by reachability
//! name = "admin"
//! role = "cli"                   # service, cli
//! ```
//!
//! `[catalog.CRATE]` tells what a crate's functions and types do, in the form of the shipped tables ([`crate::catalog::schema`], without
//! `[crate] name`): `[[catalog.my_client.fn]]`. Its rows win over shipped ones.
//!
//! The same keys may stand under `[workspace.metadata.prr]`, and `[lints]` under `[package.metadata.prr]` of each member (of a workspace
//! of one package: all of them). Stronger first: command line, `prr.toml`, package manifest, workspace manifest, defaults. Both a
//! `prr.toml` and `[workspace.metadata.prr]` is an error. So is a key that nobody reads: its place is told, and the nearest name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::discover::{Project, Source};
use crate::lint::{Level, Role};

mod error;
mod read;

pub use error::Error;
pub use read::nearest;

/// Name of the file.
pub const FILE: &str = "prr.toml";

/// How much is at stake: shifts the default levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// Core lints alone, as notes.
    Prototype,
    /// Defaults as they are.
    #[default]
    Standard,
    /// Core lints deny.
    Critical,
}

/// Names of the tiers, as in `prr.toml`.
pub const TIERS: &[(&str, Tier)] = &[("prototype", Tier::Prototype), ("standard", Tier::Standard), ("critical", Tier::Critical)];

/// Levels from one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The package it holds for; all of them without.
    pub package: Option<String>,
    /// Level by lint.
    pub lints: BTreeMap<String, Level>,
}

/// Role of a target as the user says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleOverride {
    /// Name of the target.
    pub target: String,
    /// Its role.
    pub role: Role,
}

/// Everything the user configured.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Levels, strongest first.
    pub layers: Vec<Layer>,
    /// Tier of the service.
    pub tier: Tier,
    /// Roles of targets.
    pub roles: Vec<RoleOverride>,
    /// Tables for the catalog, by crate.
    pub catalog: Vec<crate::catalog::schema::File>,
}

impl Config {
    /// Reads the configuration of a workspace. `lints` are the names that levels may be given to.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or parsed, an unknown key, lint, package, target or value, two places of one strength.
    pub fn load(project: &Project, lints: &[&str]) -> Result<Config, Error> {
        let names = read::Names {
            lints,
            packages: members(project).map(|package| package.name.as_str()).collect(),
            targets: members(project).flat_map(|package| package.targets.iter().map(|target| target.name.as_str())).collect(),
        };
        let mut config = Config::default();
        let file = project.root.join(FILE);
        let own = read_if_there(&file)?;
        if let Some(text) = &own {
            read::Document::new(Path::new(FILE), text).prr_toml(&names, &mut config)?;
        }
        let root_manifest = project.root.join("Cargo.toml");
        let mut manifests: Vec<_> = members(project).filter_map(|p| Some((p.root.as_ref()?.join("Cargo.toml"), p.name.as_str()))).collect();
        manifests.sort();
        let mut of_workspace = Config::default();
        for (path, package) in &manifests {
            let alone = manifests.len() == 1 && *path == root_manifest;
            let Some(text) = mentions_prr(path)? else { continue };
            let shown = PathBuf::from(crate::report::paths::relative(&project.root, path));
            let document = read::Document::new(&shown, &text);
            document.package_metadata(package, alone, own.is_some(), &names, &mut config)?;
        }
        if let Some(text) = mentions_prr(&root_manifest)? {
            read::Document::new(Path::new("Cargo.toml"), &text).workspace_metadata(own.is_some(), &names, &mut of_workspace)?;
        }
        config.absorb(of_workspace);
        Ok(config)
    }

    /// Adds what a weaker place says.
    fn absorb(&mut self, weaker: Config) {
        self.layers.extend(weaker.layers);
        if self.tier == Tier::default() {
            self.tier = weaker.tier;
        }
        let named: Vec<_> = self.roles.iter().map(|role| role.target.clone()).collect();
        self.roles.extend(weaker.roles.into_iter().filter(|role| !named.contains(&role.target)));
        let named: Vec<_> = self.catalog.iter().map(|file| file.head.name.clone()).collect();
        self.catalog.extend(weaker.catalog.into_iter().filter(|file| !named.contains(&file.head.name)));
    }

    /// The level configured for a lint in a package, if any.
    pub fn level(&self, lint: &str, package: &str) -> Option<Level> {
        let holds = |layer: &&Layer| layer.package.as_deref().is_none_or(|name| name == package);
        self.layers.iter().filter(holds).find_map(|layer| layer.lints.get(lint).copied())
    }
}

fn members(project: &Project) -> impl Iterator<Item = &crate::discover::Package> {
    project.packages.iter().filter(|package| package.source == Source::Member)
}

fn read_if_there(path: &Path) -> Result<Option<String>, Error> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is not UTF-8"));
    match crate::files::read(path).and_then(text) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::of_file(path, format!("cannot be read: {error}"))),
    }
}

/// The text of a manifest that may have a table of ours; manifests without the word need no second parse.
fn mentions_prr(path: &Path) -> Result<Option<String>, Error> {
    Ok(read_if_there(path)?.filter(|text| text.contains("prr") && text.contains("metadata")))
}

#[cfg(test)]
mod tests;
