//! Reads the tables with the place of every key, so that a key nobody reads is an error that points at it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, Error, Layer, RoleOverride, TIERS};
use crate::catalog::{Catalog, schema};
use crate::lint::{Level, Role};

/// Keys of `prr.toml` and `[workspace.metadata.prr]`.
const TOP: &[&str] = &["lints", "packages", "service", "target", "catalog"];
const LEVELS: &[&str] = &["allow", "note", "warn", "deny"];
/// A library is what no target reaches: no target can be one.
const ROLES: &[&str] = &["service", "cli"];

/// Names that the configuration may use.
pub(super) struct Names<'a> {
    pub lints: &'a [&'a str],
    pub packages: Vec<&'a str>,
    pub targets: Vec<&'a str>,
}

/// The nearest of some names, if it is near enough to be meant.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let flat = |text: &str| text.to_lowercase().replace('-', "_");
    let scored = known.iter().map(|candidate| (strsim::damerau_levenshtein(&flat(name), &flat(candidate)), *candidate));
    let limit = (name.chars().count() / 3).max(2);
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// A file under reading.
pub(super) struct Document<'a> {
    path: &'a Path,
    text: &'a str,
}

type Found<'t, 'a> = Option<&'t Spanned<DeValue<'a>>>;

impl<'a> Document<'a> {
    pub(super) fn new(path: &'a Path, text: &'a str) -> Document<'a> {
        Document { path, text }
    }

    /// The whole file is ours.
    pub(super) fn prr_toml(&self, names: &Names<'_>, config: &mut Config) -> Result<(), Error> {
        let root = self.parse()?;
        self.top(root.get_ref(), names, config)
    }

    /// `[workspace.metadata.prr]`; an error beside a `prr.toml`.
    pub(super) fn workspace_metadata(&self, beside: bool, names: &Names<'_>, config: &mut Config) -> Result<(), Error> {
        let root = self.parse()?;
        let Some(table) = self.metadata(&root, "workspace")? else { return Ok(()) };
        self.not_beside(beside, table)?;
        self.top(self.table(table, "workspace.metadata.prr")?, names, config)
    }

    /// `[package.metadata.prr]` of a member: levels, or everything when it is the only package and there is no `prr.toml`.
    pub(super) fn package_metadata(
        &self,
        package: &str,
        alone: bool,
        beside: bool,
        names: &Names<'_>,
        config: &mut Config,
    ) -> Result<(), Error> {
        let root = self.parse()?;
        let Some(value) = self.metadata(&root, "package")? else { return Ok(()) };
        let table = self.table(value, "package.metadata.prr")?;
        if alone {
            self.not_beside(beside, value)?;
            return self.top(table, names, config);
        }
        let misplaced = table.iter().find(|(key, _)| TOP.contains(&key.get_ref().as_ref()) && key.get_ref() != "lints");
        if let Some((key, _)) = misplaced {
            let message = format!("`{}` holds for the whole workspace: it belongs into prr.toml at the workspace root", key.get_ref());
            return Err(self.at(key.span(), message));
        }
        self.known(table, &["lints"], "")?;
        if let Some(value) = table.get("lints") {
            let lints = self.levels(value, names)?;
            config.layers.push(Layer { package: Some(package.to_owned()), lints });
        }
        Ok(())
    }

    fn parse(&self) -> Result<Spanned<DeTable<'a>>, Error> {
        DeTable::parse(self.text).map_err(|error| {
            let message = error.message().replace('\n', ", ");
            match error.span() {
                Some(span) => self.at(span, message),
                None => Error::of_file(self.path, message),
            }
        })
    }

    fn metadata<'t>(&self, root: &'t Spanned<DeTable<'a>>, owner: &str) -> Result<Found<'t, 'a>, Error> {
        let owner = root.get_ref().get(owner).and_then(|value| value.get_ref().as_table());
        let metadata = owner.and_then(|table| table.get("metadata")).and_then(|value| value.get_ref().as_table());
        Ok(metadata.and_then(|table| table.get("prr")))
    }

    fn not_beside(&self, beside: bool, value: &Spanned<DeValue<'_>>) -> Result<(), Error> {
        let message = "the workspace has a prr.toml as well: keep one of the two";
        if beside { Err(self.at(value.span(), message)) } else { Ok(()) }
    }

    fn top(&self, table: &DeTable<'a>, names: &Names<'_>, config: &mut Config) -> Result<(), Error> {
        self.known(table, TOP, "")?;
        if let Some(value) = table.get("packages") {
            for (package, value) in self.table(value, "packages")?.iter() {
                self.one_of(package.get_ref(), package.span(), &names.packages, "package", "no package of this workspace")?;
                let table = self.table(value, "a package")?;
                self.known(table, &["lints"], "a package has")?;
                if let Some(value) = table.get("lints") {
                    config.layers.push(Layer { package: Some(package.get_ref().to_string()), lints: self.levels(value, names)? });
                }
            }
        }
        if let Some(value) = table.get("lints") {
            config.layers.push(Layer { package: None, lints: self.levels(value, names)? });
        }
        if let Some(value) = table.get("service") {
            self.service(self.table(value, "service")?, config)?;
        }
        if let Some(value) = table.get("target") {
            self.targets(value, names, config)?;
        }
        if let Some(value) = table.get("catalog") {
            for (krate, value) in self.table(value, "catalog")?.iter() {
                config.catalog.push(self.catalog(krate.get_ref(), value)?);
            }
        }
        Ok(())
    }

    fn service(&self, table: &DeTable<'a>, config: &mut Config) -> Result<(), Error> {
        self.known(table, &["tier"], "`service` has")?;
        let Some(value) = table.get("tier") else { return Ok(()) };
        let name = self.string(value, "tier")?;
        let names: Vec<_> = TIERS.iter().map(|(name, _)| *name).collect();
        self.one_of(name, value.span(), &names, "tier", &format!("tiers are {}", names.join(", ")))?;
        config.tier = TIERS.iter().find(|(known, _)| *known == name).map(|(_, tier)| *tier).expect("the name was just checked");
        Ok(())
    }

    fn targets(&self, value: &Spanned<DeValue<'a>>, names: &Names<'_>, config: &mut Config) -> Result<(), Error> {
        let rows = value.get_ref().as_array().ok_or_else(|| self.at(value.span(), "`target` is written as `[[target]]`"))?;
        for row in rows.iter() {
            let table = self.table(row, "target")?;
            self.known(table, &["name", "role"], "a target has")?;
            let missing = |key: &str| self.at(row.span(), format!("a target needs `{key}`"));
            let name = table.get("name").ok_or_else(|| missing("name"))?;
            let role = table.get("role").ok_or_else(|| missing("role"))?;
            let (target, role_name) = (self.string(name, "name")?, self.string(role, "role")?);
            self.one_of(target, name.span(), &names.targets, "target", "no target of this workspace")?;
            self.one_of(role_name, role.span(), ROLES, "role", "roles are service, cli")?;
            let parsed = Role::parse(role_name).expect("the name was just checked");
            config.roles.push(RoleOverride { target: target.to_owned(), role: parsed });
        }
        Ok(())
    }

    /// The table of one crate, read by the catalog's own form, errors at their places.
    fn catalog(&self, krate: &str, value: &Spanned<DeValue<'a>>) -> Result<schema::File, Error> {
        let name = krate.replace('-', "_");
        let mut table = self.table(value, "a crate's catalog")?.clone();
        let mut head = match table.remove("crate") {
            Some(value) => self.table(&value, "crate")?.clone(),
            None => DeTable::new(),
        };
        let spanned = |inner: DeValue<'a>| Spanned::new(value.span(), inner);
        head.insert(Spanned::new(0..0, "name".into()), spanned(DeValue::String(name.clone().into())));
        table.insert(Spanned::new(0..0, "crate".into()), spanned(DeValue::Table(head)));
        let whole = Spanned::new(value.span(), table);
        let file = schema::File::deserialize(whole.into_deserializer()).map_err(|error: toml::de::Error| {
            let message = error.message().lines().next().unwrap_or("does not read").to_owned();
            self.at(error.span().unwrap_or(value.span()), unknown_field(&message).unwrap_or(message))
        })?;
        match Catalog::check(&name, &file).into_iter().next() {
            Some(error) => Err(self.at(error.span, error.text)),
            None => Ok(file),
        }
    }

    fn levels(&self, value: &Spanned<DeValue<'a>>, names: &Names<'_>) -> Result<BTreeMap<String, Level>, Error> {
        let mut levels = BTreeMap::new();
        for (key, value) in self.table(value, "lints")?.iter() {
            let lint = key.get_ref().strip_prefix("prr::").unwrap_or(key.get_ref());
            self.one_of(lint, key.span(), names.lints, "lint", "`cargo prr rules` lists them")?;
            let level = self.string(value, "a level")?;
            self.one_of(level, value.span(), LEVELS, "level", "levels are allow, note, warn, deny")?;
            levels.insert(lint.to_owned(), Level::parse(level).expect("the name was just checked"));
        }
        Ok(levels)
    }

    fn table<'t>(&self, value: &'t Spanned<DeValue<'a>>, what: &str) -> Result<&'t DeTable<'a>, Error> {
        value.get_ref().as_table().ok_or_else(|| self.at(value.span(), format!("`{what}` is a table, not a value")))
    }

    fn string<'t>(&self, value: &'t Spanned<DeValue<'a>>, what: &str) -> Result<&'t str, Error> {
        value.get_ref().as_str().ok_or_else(|| self.at(value.span(), format!("{what} is a string, not {}", value.get_ref().type_str())))
    }

    fn known(&self, table: &DeTable<'a>, known: &[&str], who: &str) -> Result<(), Error> {
        let unknown = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())).min_by_key(|key| key.span().start);
        let Some(key) = unknown else { return Ok(()) };
        let who = if who.is_empty() { "keys are" } else { who };
        let otherwise = format!("{who} {}", known.join(", "));
        self.one_of(key.get_ref(), key.span(), known, "key", &otherwise)
    }

    fn one_of(&self, name: &str, span: Range<usize>, known: &[&str], what: &str, otherwise: &str) -> Result<(), Error> {
        if known.contains(&name) {
            return Ok(());
        }
        Err(self.at(span, unknown(what, name, known, otherwise)))
    }

    fn at(&self, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::at(self.path, self.text, span, message)
    }
}

/// `unknown lint `x`: did you mean `y`?`, or what there is.
fn unknown(what: &str, name: &str, known: &[&str], otherwise: &str) -> String {
    match nearest(name, known) {
        Some(near) => format!("unknown {what} `{name}`: did you mean `{near}`?"),
        None => format!("unknown {what} `{name}`: {otherwise}"),
    }
}

/// The catalog's reader names an unknown key and all known ones: here the nearest does.
fn unknown_field(message: &str) -> Option<String> {
    let mut names = message.strip_prefix("unknown field `")?.split('`').step_by(2);
    let name = names.next()?;
    let known: Vec<_> = names.filter(|known| !known.is_empty()).collect();
    Some(unknown("key", name, &known, &format!("keys are {}", known.join(", "))))
}
