//! The members of a workspace as `cargo metadata --no-deps` tells them: a question that neither compiles nor downloads.

use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

use super::manifest::{Declared, Described, Origin};
use super::workspace::Workspace;
use super::{DepKind, Error, Spot, Target, TargetKind};

/// Why cargo gave no answer.
pub(super) enum Failure {
    /// Cargo does not accept a manifest.
    Manifest(Error),
    /// Cargo is not there or cannot work here (a toolchain that is not installed, a path that is not Unicode): the reason.
    Other(String),
}

/// Asks cargo.
pub(super) fn metadata(cargo: &Path, manifest: &Path) -> Result<Workspace, Failure> {
    let mut command = MetadataCommand::new();
    command.cargo_path(cargo).manifest_path(manifest).no_deps().other_options(["--offline".to_owned()]);
    // rustup would otherwise download the toolchain that a repository pins.
    command.env("RUSTUP_AUTO_INSTALL", "0");
    if let Some(dir) = manifest.parent() {
        command.current_dir(dir);
    }
    let metadata = command.exec().map_err(|e| match e {
        cargo_metadata::Error::CargoMetadata { stderr } => failure(&stderr, manifest),
        other => Failure::Other(one_line(&other.to_string())),
    })?;
    let ids: rustc_hash::FxHashSet<_> = metadata.workspace_members.iter().collect();
    let mut members: Vec<_> = metadata
        .packages
        .iter()
        .filter(|p| ids.contains(&p.id))
        .filter_map(|p| Some((p.manifest_path.parent()?.as_std_path().to_owned(), described(p))))
        .collect();
    members.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Workspace { root: metadata.workspace_root.into_std_path_buf(), members })
}

fn described(package: &cargo_metadata::Package) -> Described {
    let mut targets: Vec<Target> = package.targets.iter().filter_map(target).collect();
    targets.sort();
    let mut deps: Vec<Declared> = package.dependencies.iter().filter_map(declared).collect();
    deps.sort();
    Described {
        name: package.name.to_string(),
        version: package.version.clone(),
        edition: super::targets::edition_of(package.edition.as_str()),
        targets,
        features: package.features.clone(),
        deps,
    }
}

fn target(target: &cargo_metadata::Target) -> Option<Target> {
    let kind = if target.is_proc_macro() {
        TargetKind::ProcMacro
    } else if target.is_custom_build() {
        TargetKind::BuildScript
    } else if target.is_bin() {
        TargetKind::Bin
    } else if target.is_test() {
        TargetKind::Test
    } else if target.is_bench() {
        TargetKind::Bench
    } else if target.is_example() {
        TargetKind::Example
    } else {
        TargetKind::Lib
    };
    Some(Target {
        kind,
        name: target.name.clone(),
        crate_name: target.name.replace('-', "_"),
        root_file: target.src_path.clone().into_std_path_buf(),
        edition: super::targets::edition_of(target.edition.as_str()),
    })
}

fn declared(dep: &cargo_metadata::Dependency) -> Option<Declared> {
    let kind = match dep.kind {
        DependencyKind::Normal => DepKind::Normal,
        DependencyKind::Development => DepKind::Dev,
        DependencyKind::Build => DepKind::Build,
        // A kind that cargo does not have today.
        _ => return None,
    };
    let origin = match (&dep.path, &dep.source) {
        (Some(path), _) => Origin::Path(path.clone().into_std_path_buf()),
        (None, Some(source)) => match source.repr.strip_prefix("git+") {
            Some(url) => Origin::Git(url.to_owned()),
            None => Origin::Registry,
        },
        (None, None) => Origin::Registry,
    };
    Some(Declared {
        package: dep.name.clone(),
        rename: dep.rename.clone(),
        kind,
        target: dep.target.as_ref().map(ToString::to_string),
        req: dep.req.to_string(),
        optional: dep.optional,
        origin,
    })
}

/// Tells a manifest that cargo refuses from a cargo that cannot work.
fn failure(stderr: &str, manifest: &Path) -> Failure {
    const REFUSALS: [&str; 4] = ["failed to parse manifest", "failed to load manifest", "failed to read `", "failed to parse `"];
    let arrow = Arrow::find(stderr);
    if arrow.is_none() && !REFUSALS.iter().any(|r| stderr.contains(r)) {
        return Failure::Other(one_line(stderr));
    }
    // The file that is read is the one to mend, not the one that mentions it.
    let quoted = |before: &str| stderr.rsplit_once(before).and_then(|(_, after)| after.split('`').next()).map(PathBuf::from);
    let named = quoted("failed to parse manifest at `").or_else(|| quoted("failed to read `")).or_else(|| quoted("failed to parse `"));
    let pointed = || arrow.as_ref().and_then(|arrow| manifest.ancestors().map(|dir| dir.join(arrow.file)).find(|file| file.is_file()));
    let path = named.or_else(pointed).or_else(|| quoted("workspace member `").map(|dir| dir.join("Cargo.toml")));
    let path = path.filter(|path| path.ends_with("Cargo.toml")).unwrap_or_else(|| manifest.to_owned());
    // What is wrong stands before the arrow, or else in the last paragraph.
    let reason = match &arrow {
        Some(arrow) => arrow.message,
        None => stderr.rsplit("Caused by:").next().unwrap_or(stderr),
    };
    Failure::Manifest(Error::Manifest { path, at: arrow.as_ref().map(|arrow| arrow.at), reason: one_line(reason) })
}

/// ` --> Cargo.toml:3:11`: how cargo points into a manifest.
struct Arrow<'a> {
    message: &'a str,
    file: &'a str,
    at: Spot,
}

impl<'a> Arrow<'a> {
    fn find(stderr: &'a str) -> Option<Arrow<'a>> {
        let (message, rest) = stderr.split_once("\n --> ")?;
        let mut parts = rest.lines().next()?.rsplitn(3, ':');
        let (col, line) = (parts.next()?.trim().parse().ok()?, parts.next()?.parse().ok()?);
        Some(Arrow { message: message.rsplit("Caused by:").next()?, file: parts.next()?, at: Spot { line, col } })
    }
}

/// The lines of a message as one, without `error:`.
fn one_line(text: &str) -> String {
    let text = text.trim().trim_start_matches("error: ");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).take(4).collect();
    lines.join("; ")
}
