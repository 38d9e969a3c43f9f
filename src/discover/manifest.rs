//! What one manifest says of its package, with everything inherited and inferred: the form in which members and dependencies are compared,
//! linked and remembered.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use cargo_metadata::cargo_platform::Platform;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use super::raw::{Inherit, Raw, RawDep, RawPackage, RawWorkspace, Table, Tables};
use super::targets::{edition_of, targets};
use super::{DepKind, Target, TargetKind};

/// A package by its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Described {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) edition: u16,
    /// Members: all; dependencies: library and build script.
    pub(super) targets: Vec<Target>,
    pub(super) features: BTreeMap<String, Vec<String>>,
    /// Sorted.
    pub(super) deps: Vec<Declared>,
}

/// A declared dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Declared {
    /// The package's name.
    pub(super) package: String,
    /// The name in code, if the manifest states a package for it.
    pub(super) rename: Option<String>,
    pub(super) kind: DepKind,
    pub(super) target: Option<String>,
    /// `*` without one.
    pub(super) req: String,
    pub(super) optional: bool,
    pub(super) origin: Origin,
}

/// Where a dependency is declared to come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Origin {
    /// A registry: crates.io or a named one.
    Registry,
    /// A git repository.
    Git(String),
    /// A folder.
    Path(PathBuf),
}

/// How much of a package is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All targets, all dependencies.
    Member,
    /// The library; no dependencies for tests.
    Dependency,
}

/// The workspace a manifest inherits from: its table and its folder.
pub(super) type Parent<'a> = Option<(&'a RawWorkspace, &'a Path)>;

/// Describes the package of a manifest in folder `dir`. Errors: what is missing or cannot be understood, in words.
pub(super) fn describe(raw: &Raw, dir: &Path, parent: Parent<'_>, scope: Scope) -> Result<Described, String> {
    let package = raw.package.as_ref().ok_or("no [package] table")?;
    let edition = edition_of(&inherited(&package.edition, "edition", parent, |w| &w.package.edition)?.unwrap_or("2015".into()));
    let version = inherited(&package.version, "version", parent, |w| &w.package.version)?.unwrap_or("0.0.0".into());
    let version = Version::parse(version.trim()).map_err(|e| format!("version `{version}`: {e}"))?;
    let mut deps = Vec::new();
    let cx = DepCx { dir, parent };
    for (platform, tables) in raw.tables() {
        // In cargo's spelling: `cfg(windows)` whatever the spaces.
        let platform = platform.map(|p| p.parse::<Platform>().map_or_else(|_| p.to_owned(), |parsed| parsed.to_string()));
        cx.tables(tables, platform.as_deref(), scope, &mut deps)?;
    }
    deps.sort();
    Ok(Described {
        name: package.name.clone(),
        version,
        edition,
        targets: targets(raw, package, edition, dir, scope == Scope::Member),
        features: features(raw),
        deps,
    })
}

/// Whether any part of the manifest says `workspace = true`.
pub(super) fn inherits(raw: &Raw) -> bool {
    let is = |v: &Option<Inherit>| matches!(v, Some(Inherit::Workspace));
    let any = |t: &Table| t.values().any(|d| d.workspace);
    raw.package.as_ref().is_some_and(|p: &RawPackage| is(&p.version) || is(&p.edition))
        || raw.tables().any(|(_, t)| any(t.normal) || any(t.dev) || any(t.build))
}

fn inherited(
    value: &Option<Inherit>,
    what: &str,
    parent: Parent<'_>,
    of: impl Fn(&RawWorkspace) -> &Option<String>,
) -> Result<Option<String>, String> {
    match value {
        None => Ok(None),
        Some(Inherit::Value(v)) => Ok(Some(v.clone())),
        Some(Inherit::Workspace) => {
            let (workspace, _) = parent.ok_or_else(|| format!("`{what}` is inherited, but no workspace was found"))?;
            of(workspace).clone().map(Some).ok_or_else(|| format!("`{what}` is inherited, but the workspace does not state it"))
        }
    }
}

struct DepCx<'a> {
    dir: &'a Path,
    parent: Parent<'a>,
}

impl DepCx<'_> {
    fn tables(&self, tables: Tables<'_>, platform: Option<&str>, scope: Scope, out: &mut Vec<Declared>) -> Result<(), String> {
        self.table(tables.normal, DepKind::Normal, platform, out)?;
        self.table(tables.build, DepKind::Build, platform, out)?;
        if scope == Scope::Member {
            self.table(tables.dev, DepKind::Dev, platform, out)?;
        }
        Ok(())
    }

    fn table(&self, table: &Table, kind: DepKind, platform: Option<&str>, out: &mut Vec<Declared>) -> Result<(), String> {
        for (key, dep) in table {
            let (full, base) = match (dep.workspace, self.parent) {
                (false, _) => (dep, self.dir),
                (true, Some((workspace, root))) => {
                    let full = workspace.dependencies.get(key);
                    (full.ok_or_else(|| format!("dependency `{key}` is inherited, but the workspace does not state it"))?, root)
                }
                (true, None) => return Err(format!("dependency `{key}` is inherited, but no workspace was found")),
            };
            let mut declared = declared(key, full, base, kind, platform);
            // Whether it is optional is the member's own affair.
            declared.optional = dep.optional;
            out.push(declared);
        }
        Ok(())
    }
}

/// A dependency as declared in a manifest in folder `base`.
pub(super) fn declared(key: &str, dep: &RawDep, base: &Path, kind: DepKind, platform: Option<&str>) -> Declared {
    let origin = match (&dep.path, &dep.git) {
        (Some(path), _) => Origin::Path(tidy(&base.join(path))),
        (None, Some(url)) => Origin::Git(match &dep.reference {
            Some(reference) => format!("{url}?{reference}"),
            None => url.clone(),
        }),
        (None, None) => Origin::Registry,
    };
    Declared {
        package: dep.package.clone().unwrap_or_else(|| key.to_owned()),
        rename: dep.package.as_ref().map(|_| key.to_owned()),
        kind,
        target: platform.map(str::to_owned),
        req: requirement(dep.version.as_deref()),
        optional: dep.optional,
        origin,
    }
}

/// A requirement in cargo's spelling: `^1.2` for `1.2`.
fn requirement(text: Option<&str>) -> String {
    let text = text.unwrap_or("*").trim();
    VersionReq::parse(text).map_or_else(|_| text.to_owned(), |req| req.to_string())
}

/// The declared features, and one for each optional dependency that no feature names with `dep:`.
fn features(raw: &Raw) -> BTreeMap<String, Vec<String>> {
    let mut features = raw.features.clone();
    let named = |key: &str| raw.features.values().flatten().any(|f| f.strip_prefix("dep:") == Some(key));
    let optional = raw.tables().flat_map(|(_, t)| t.normal.iter().chain(t.build)).filter(|(_, d)| d.optional);
    for (key, _) in optional {
        if !features.contains_key(key) && !named(key) {
            features.insert(key.clone(), vec![format!("dep:{key}")]);
        }
    }
    features
}

impl Described {
    pub(super) fn lib(&self) -> Option<&Target> {
        self.targets.iter().find(|t| matches!(t.kind, TargetKind::Lib | TargetKind::ProcMacro))
    }
}

/// Takes `.` and `name/..` out of a path, by its text: as cargo does, without asking the file system.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}
