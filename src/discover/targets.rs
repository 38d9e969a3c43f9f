//! Which targets a package has: cargo's rules of inference over the manifest and the folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::raw::{Build, Raw, RawPackage, RawTarget};
use super::{Target, TargetKind};

/// The targets of a package in `dir`; only the library and the build script unless `all`. Sorted by kind, then name.
pub(super) fn targets(raw: &Raw, package: &RawPackage, edition: u16, dir: &Path, all: bool) -> Vec<Target> {
    let cx = Cx { package, edition, dir };
    let mut out = Vec::new();
    out.extend(cx.lib(raw.lib.as_ref()));
    out.extend(cx.build_scripts());
    if all {
        // In 2015, stating one target of a kind switches off the inference of others of that kind.
        let auto = |switch: Option<bool>, stated: &[RawTarget]| switch.unwrap_or(edition > 2015 || stated.is_empty());
        out.extend(cx.many(TargetKind::Bin, &raw.bin, auto(package.autobins, &raw.bin), cx.inferred_bins()));
        let folders = [
            (TargetKind::Test, &raw.test, package.autotests, "tests"),
            (TargetKind::Bench, &raw.bench, package.autobenches, "benches"),
            (TargetKind::Example, &raw.example, package.autoexamples, "examples"),
        ];
        for (kind, stated, switch, folder) in folders {
            out.extend(cx.many(kind, stated, auto(switch, stated), inferred(&dir.join(folder))));
        }
    }
    out.sort();
    out
}

struct Cx<'a> {
    package: &'a RawPackage,
    edition: u16,
    dir: &'a Path,
}

impl Cx<'_> {
    fn target(&self, kind: TargetKind, name: &str, root_file: PathBuf, raw: Option<&RawTarget>) -> Target {
        let edition = raw.and_then(|r| r.edition.as_deref()).map_or(self.edition, edition_of);
        Target { kind, name: name.to_owned(), crate_name: name.replace('-', "_"), root_file, edition }
    }

    fn lib(&self, stated: Option<&RawTarget>) -> Option<Target> {
        let usual = self.dir.join("src").join("lib.rs");
        let file = match stated.and_then(|s| s.path.as_deref()) {
            Some(path) => self.dir.join(path),
            None if (stated.is_some() || self.package.autolib != Some(false)) && usual.is_file() => usual,
            None => return None,
        };
        let is_macro = stated
            .is_some_and(|s| s.proc_macro == Some(true) || s.crate_type.as_ref().is_some_and(|t| t.0.iter().any(|t| t == "proc-macro")));
        let kind = if is_macro { TargetKind::ProcMacro } else { TargetKind::Lib };
        // A library that is not named otherwise has the package's name with underscores, unlike other targets.
        let name = stated.and_then(|s| s.name.clone()).unwrap_or_else(|| self.package.name.replace('-', "_"));
        Some(self.target(kind, &name, file, stated))
    }

    fn build_scripts(&self) -> Vec<Target> {
        let usual = self.dir.join("build.rs");
        let files = match &self.package.build {
            Some(Build::Files(files)) => files.iter().map(|f| self.dir.join(f)).collect(),
            Some(Build::Switch(true)) => vec![usual],
            None if usual.is_file() => vec![usual],
            Some(Build::Switch(false)) | None => Vec::new(),
        };
        let name = |file: &Path| format!("build-script-{}", file.file_stem().unwrap_or_default().to_string_lossy());
        files.into_iter().map(|file| self.target(TargetKind::BuildScript, &name(&file), file, None)).collect()
    }

    fn inferred_bins(&self) -> BTreeMap<String, PathBuf> {
        let mut bins = inferred(&self.dir.join("src").join("bin"));
        let main = self.dir.join("src").join("main.rs");
        if main.is_file() {
            bins.insert(self.package.name.clone(), main);
        }
        bins
    }

    /// Stated targets, and those found in their folder that are not stated.
    fn many(&self, kind: TargetKind, stated: &[RawTarget], auto: bool, found: BTreeMap<String, PathBuf>) -> Vec<Target> {
        let mut out: Vec<Target> = Vec::new();
        for raw in stated {
            let Some(name) = raw.name.as_deref() else { continue };
            let file = match (raw.path.as_deref(), found.get(name)) {
                (Some(path), _) => self.dir.join(path),
                (None, Some(file)) => file.clone(),
                (None, None) => match self.legacy(kind, name) {
                    Some(file) => file,
                    None => continue,
                },
            };
            out.push(self.target(kind, name, file, Some(raw)));
        }
        if auto {
            let stated = out.len();
            for (name, file) in found {
                if !out[..stated].iter().any(|t| t.name == name || t.root_file == file) {
                    out.push(self.target(kind, &name, file, None));
                }
            }
        }
        out
    }

    /// Where 2015 packages keep a stated target that has no path and is not found by its name.
    fn legacy(&self, kind: TargetKind, name: &str) -> Option<PathBuf> {
        let src = self.dir.join("src");
        let candidates = match kind {
            TargetKind::Bin if self.edition == 2015 => {
                vec![src.join(format!("{name}.rs")), src.join("bin").join("main.rs"), src.join("main.rs")]
            }
            TargetKind::Bin => vec![src.join("main.rs")],
            TargetKind::Bench if self.edition == 2015 => vec![src.join("bench.rs")],
            _ => Vec::new(),
        };
        candidates.into_iter().find(|f| f.is_file())
    }
}

/// `folder/name.rs` and `folder/name/main.rs`, by name.
pub(super) fn inferred(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for entry in super::entries(folder) {
        let path = entry.path();
        // Names that are not Unicode are no crate names.
        let Some(name) = path.file_name().and_then(|n| n.to_str()).filter(|n| !n.starts_with('.')) else { continue };
        if let Some(stem) = name.strip_suffix(".rs") {
            if path.is_file() {
                found.insert(stem.to_owned(), path);
            }
        } else {
            let main = path.join("main.rs");
            if main.is_file() {
                found.insert(name.to_owned(), main);
            }
        }
    }
    found
}

/// The number of an edition; one that is not known is taken for the newest.
pub(super) fn edition_of(text: &str) -> u16 {
    match text {
        "2015" => 2015,
        "2018" => 2018,
        "2021" => 2021,
        _ => 2024,
    }
}
