//! The lock file: every package instance and what it depends on, as indices.

use std::io::ErrorKind;
use std::path::Path;

use rustc_hash::FxHashMap;
use semver::Version;

use crate::files;

/// The instances of a lock file, in its order.
#[derive(Clone, Debug, Default)]
pub(super) struct Lock {
    pub(super) packages: Vec<Locked>,
}

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: Version,
    /// Source text; `None` for members and path dependencies.
    pub(super) source: Option<String>,
    /// Indices of the instances it depends on, replacements followed.
    pub(super) deps: Vec<usize>,
}

/// Reads `Cargo.lock` of a workspace root; `Ok(None)` when there is none. Errors: why it cannot be used.
pub(super) fn load(root: &Path) -> Result<Option<Lock>, String> {
    let bytes = match files::read(&root.join("Cargo.lock")) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.to_string()),
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let file: cargo_lock::Lockfile = text.parse().map_err(|e: cargo_lock::Error| first_line(&e.to_string()))?;
    Ok(Some(indexed(&file)))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn indexed(file: &cargo_lock::Lockfile) -> Lock {
    let sources: Vec<Option<String>> = file.packages.iter().map(|p| p.source.as_ref().map(ToString::to_string)).collect();
    let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (at, package) in file.packages.iter().enumerate() {
        by_name.entry(package.name.as_str()).or_default().push(at);
    }
    let find = |dep: &cargo_lock::Dependency| -> Option<usize> {
        let all = by_name.get(dep.name.as_str())?;
        let of_version: Vec<usize> = all.iter().copied().filter(|&at| file.packages[at].version == dep.version).collect();
        match of_version[..] {
            [one] => Some(one),
            _ => {
                let source = dep.source.as_ref().map(ToString::to_string);
                let same = |at: usize| without_revision(sources[at].as_deref()) == without_revision(source.as_deref());
                of_version.iter().copied().find(|&at| same(at)).or(of_version.first().copied())
            }
        }
    };
    // `[replace]`: the replaced instance stays in the file and names its replacement.
    let real = |at: usize| file.packages[at].replace.as_ref().and_then(find_other(&find, at)).unwrap_or(at);
    let packages = file.packages.iter().zip(&sources).map(|(package, source)| Locked {
        name: package.name.as_str().to_owned(),
        version: package.version.clone(),
        source: source.clone(),
        deps: package.dependencies.iter().filter_map(&find).map(real).collect(),
    });
    Lock { packages: packages.collect() }
}

fn find_other<'a>(
    find: &'a impl Fn(&cargo_lock::Dependency) -> Option<usize>,
    not: usize,
) -> impl Fn(&cargo_lock::Dependency) -> Option<usize> + 'a {
    move |dep| find(dep).filter(|&at| at != not)
}

/// A git source without the exact revision, which dependencies do not repeat.
fn without_revision(source: Option<&str>) -> Option<&str> {
    source.map(|s| s.split('#').next().unwrap_or(s))
}
