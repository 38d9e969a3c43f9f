//! Cargo's configuration, as far as it says where sources lie: `.cargo/config.toml` from a folder upwards, then cargo's home.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::manifest::tidy;
use super::raw::{RawDep, Table};

/// The merged configuration: what stands nearer to the workspace wins.
#[derive(Clone, Debug, Default)]
pub(super) struct CargoConfig {
    /// Cargo's home folder; `None` when the environment does not tell.
    pub(super) home: Option<PathBuf>,
    /// `[source.<name>]`, and `[registries.<name>]` by their index.
    sources: BTreeMap<String, Replaceable>,
    /// `[patch.<registry or url>]`: dependencies and the folder their paths start from.
    pub(super) patches: Vec<(String, RawDep, PathBuf)>,
    /// Files that could not be used, with the reason.
    pub(super) broken: Vec<(PathBuf, String)>,
    /// The bytes it was made from.
    pub(super) digest: crate::cache::Key,
}

#[derive(Clone, Debug, Default)]
struct Replaceable {
    replace_with: Option<String>,
    directory: Option<PathBuf>,
    /// Registry index or git address, with `?branch=..` and the like.
    url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct RawConfig {
    source: BTreeMap<String, RawSource>,
    registries: BTreeMap<String, RawRegistry>,
    patch: BTreeMap<String, Table>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct RawSource {
    replace_with: Option<String>,
    directory: Option<String>,
    registry: Option<String>,
    git: Option<String>,
    branch: Option<String>,
    tag: Option<String>,
    rev: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawRegistry {
    index: Option<String>,
}

/// Where the packages of a source really come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Real {
    /// A folder with one folder for each package.
    Directory(PathBuf),
    /// Cargo's own folders; for registries the indices that may have served it.
    Cargo(Vec<String>),
}

/// Cargo's home folder by the environment.
pub(super) fn home() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let user = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let dir = var("CARGO_HOME").or_else(|| Some(var(user)?.join(".cargo")))?;
    std::path::absolute(dir).ok()
}

impl CargoConfig {
    /// Reads the configuration that holds in `folder`.
    pub(super) fn load(folder: &Path, home: Option<PathBuf>) -> CargoConfig {
        let mut config = CargoConfig { home, ..CargoConfig::default() };
        let mut hasher = blake3::Hasher::new();
        let mut folders: Vec<PathBuf> = folder.ancestors().map(|dir| dir.join(".cargo")).collect();
        if let Some(home) = config.home.clone().filter(|home| !folders.contains(home)) {
            folders.push(home);
        }
        for dir in folders {
            // The name without ending is the older one and wins, as in cargo.
            let Some(file) = ["config", "config.toml"].map(|name| dir.join(name)).into_iter().find(|f| f.is_file()) else { continue };
            // Paths in the file start from the folder that holds `.cargo`.
            let base = dir.parent().unwrap_or(&dir);
            match crate::files::read(&file).map_err(|e| e.to_string()).and_then(|bytes| {
                hasher.update(file.as_os_str().as_encoded_bytes()).update(&bytes);
                parse(&bytes)
            }) {
                Ok(raw) => config.add(raw, base),
                Err(reason) => config.broken.push((file, reason)),
            }
        }
        config.digest = *hasher.finalize().as_bytes();
        config
    }

    fn add(&mut self, raw: RawConfig, base: &Path) {
        for (name, source) in raw.source {
            let reference = [("branch", source.branch), ("tag", source.tag), ("rev", source.rev)]
                .into_iter()
                .find_map(|(key, value)| Some(format!("?{key}={}", value?)))
                .unwrap_or_default();
            let url = source.git.map(|git| git + &reference).or(source.registry);
            let old = self.sources.entry(name).or_default();
            old.replace_with = old.replace_with.take().or(source.replace_with);
            old.directory = old.directory.take().or(source.directory.map(|d| tidy(&base.join(d))));
            old.url = old.url.take().or(url);
        }
        for (name, registry) in raw.registries {
            let old = self.sources.entry(name).or_default();
            old.url = old.url.take().or(registry.index);
        }
        for table in raw.patch.into_values() {
            self.patches.extend(table.into_iter().map(|(key, dep)| (key, dep, base.to_owned())));
        }
    }

    /// Follows the replacements of a source of the lock file (`registry+https://..`, `sparse+https://..`, `git+https://..?rev=..#..`).
    pub(super) fn real(&self, source: &str) -> Real {
        let mut urls = vec![source.to_owned()];
        let mut name = self.sources.iter().find(|(name, s)| is_source(name, s.url.as_deref(), source)).map(|(name, _)| name.as_str());
        // A circle of replacements is an error in cargo: here it ends by the count.
        for _ in 0..=self.sources.len() {
            let Some(found) = name.and_then(|n| self.sources.get(n)) else { break };
            if let Some(directory) = &found.directory {
                return Real::Directory(directory.clone());
            }
            urls.extend(found.url.clone());
            name = found.replace_with.as_deref();
        }
        Real::Cargo(urls)
    }
}

fn parse(bytes: &[u8]) -> Result<RawConfig, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    toml::from_str(text).map_err(|e| e.message().to_owned())
}

/// Whether a configured source is the one the lock file means.
fn is_source(name: &str, url: Option<&str>, locked: &str) -> bool {
    if name == "crates-io" && is_crates_io(locked) {
        return true;
    }
    let Some(url) = url else { return false };
    let locked = locked.split('#').next().unwrap_or(locked);
    let bare = |s: &str| s.trim_start_matches("registry+").trim_start_matches("sparse+").trim_start_matches("git+").to_owned();
    let (url, locked) = (bare(url), bare(locked));
    let split = |s: &str| {
        let (address, reference) = s.split_once('?').unwrap_or((s, ""));
        (address.trim_end_matches('/').trim_end_matches(".git").to_owned(), reference.to_owned())
    };
    split(&url) == split(&locked)
}

/// Whether a source of the lock file is crates.io, by whichever protocol.
pub(super) fn is_crates_io(source: &str) -> bool {
    source.ends_with("github.com/rust-lang/crates.io-index") || source.trim_end_matches('/').ends_with("//index.crates.io")
}
