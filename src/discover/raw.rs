//! A `Cargo.toml` as written: the parts that discover needs, nothing inherited, nothing inferred.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Error, Spot};

/// Dependencies by the name in code.
pub(super) type Table = BTreeMap<String, RawDep>;

/// A manifest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Raw {
    #[serde(alias = "project")]
    pub(super) package: Option<RawPackage>,
    pub(super) lib: Option<RawTarget>,
    pub(super) bin: Vec<RawTarget>,
    pub(super) test: Vec<RawTarget>,
    pub(super) bench: Vec<RawTarget>,
    pub(super) example: Vec<RawTarget>,
    // Not a flattened struct of these three: flattening buffers the whole manifest.
    dependencies: Table,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Table,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Table,
    target: BTreeMap<String, RawPlatform>,
    pub(super) features: BTreeMap<String, Vec<String>>,
    pub(super) workspace: Option<RawWorkspace>,
    pub(super) patch: BTreeMap<String, Table>,
    pub(super) replace: Table,
}

/// `[target.'cfg(..)']`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct RawPlatform {
    dependencies: Table,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Table,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Table,
}

/// The tables of dependencies, of all platforms or of one.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) normal: &'a Table,
    pub(super) dev: &'a Table,
    pub(super) build: &'a Table,
}

impl Raw {
    /// All tables of dependencies, with the platform they are for.
    pub(super) fn tables(&self) -> impl Iterator<Item = (Option<&str>, Tables<'_>)> {
        let plain = Tables { normal: &self.dependencies, dev: &self.dev_dependencies, build: &self.build_dependencies };
        let others = self.target.iter().map(|(platform, t)| {
            let tables = Tables { normal: &t.dependencies, dev: &t.dev_dependencies, build: &t.build_dependencies };
            (Some(platform.as_str()), tables)
        });
        std::iter::once((None, plain)).chain(others)
    }
}

/// `[package]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RawPackage {
    pub(super) name: String,
    #[serde(default)]
    pub(super) version: Option<Inherit>,
    #[serde(default)]
    pub(super) edition: Option<Inherit>,
    #[serde(default)]
    pub(super) build: Option<Build>,
    #[serde(default)]
    pub(super) workspace: Option<String>,
    #[serde(default)]
    pub(super) autolib: Option<bool>,
    #[serde(default)]
    pub(super) autobins: Option<bool>,
    #[serde(default)]
    pub(super) autotests: Option<bool>,
    #[serde(default)]
    pub(super) autobenches: Option<bool>,
    #[serde(default)]
    pub(super) autoexamples: Option<bool>,
}

/// `[lib]`, `[[bin]]` and the like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct RawTarget {
    pub(super) name: Option<String>,
    pub(super) path: Option<String>,
    pub(super) edition: Option<String>,
    #[serde(alias = "proc_macro")]
    pub(super) proc_macro: Option<bool>,
    #[serde(alias = "crate_type")]
    pub(super) crate_type: Option<OneOrMany>,
}

/// `[workspace]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct RawWorkspace {
    pub(super) members: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) package: RawInheritable,
    pub(super) dependencies: Table,
}

/// `[workspace.package]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawInheritable {
    pub(super) version: Option<String>,
    pub(super) edition: Option<String>,
}

/// One dependency: `"1"` or a table.
#[derive(Clone, Debug, Default)]
pub(super) struct RawDep {
    pub(super) version: Option<String>,
    pub(super) path: Option<String>,
    pub(super) git: Option<String>,
    /// `branch=main`, `tag=v1`, `rev=abc`.
    pub(super) reference: Option<String>,
    pub(super) registry: Option<String>,
    pub(super) package: Option<String>,
    pub(super) optional: bool,
    pub(super) workspace: bool,
}

/// A value, or `{ workspace = true }`.
#[derive(Clone, Debug)]
pub(super) enum Inherit {
    Value(String),
    Workspace,
}

/// `build = "file"`, `["files"]`, `false`.
#[derive(Clone, Debug)]
pub(super) enum Build {
    Files(Vec<String>),
    Switch(bool),
}

/// `"cdylib"` or `["cdylib", "rlib"]`.
#[derive(Clone, Debug)]
pub(super) struct OneOrMany(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for RawDep {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<RawDep, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = RawDep;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a version or a table that describes a dependency")
            }
            fn visit_str<E: de::Error>(self, version: &str) -> Result<RawDep, E> {
                Ok(RawDep { version: Some(version.to_owned()), ..RawDep::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawDep, A::Error> {
                let mut dep = RawDep::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "version" => dep.version = Some(map.next_value()?),
                        "path" => dep.path = Some(map.next_value()?),
                        "git" => dep.git = Some(map.next_value()?),
                        "branch" | "tag" | "rev" => dep.reference = Some(format!("{key}={}", map.next_value::<String>()?)),
                        "registry" | "registry-index" => dep.registry = Some(map.next_value()?),
                        "package" => dep.package = Some(map.next_value()?),
                        "optional" => dep.optional = map.next_value()?,
                        "workspace" => dep.workspace = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(dep)
            }
        }
        d.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Inherit {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Inherit, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Inherit;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or `workspace = true`")
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Inherit, E> {
                Ok(Inherit::Value(value.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inherit, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Inherit::Workspace)
            }
        }
        d.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Build {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Build, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Build;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path or a boolean")
            }
            fn visit_bool<E: de::Error>(self, on: bool) -> Result<Build, E> {
                Ok(Build::Switch(on))
            }
            fn visit_str<E: de::Error>(self, path: &str) -> Result<Build, E> {
                Ok(Build::Files(vec![path.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Build, A::Error> {
                strings(seq).map(Build::Files)
            }
        }
        d.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<OneOrMany, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or strings")
            }
            fn visit_str<E: de::Error>(self, one: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![one.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany, A::Error> {
                strings(seq).map(OneOrMany)
            }
        }
        d.deserialize_any(V)
    }
}

fn strings<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<String>, A::Error> {
    let mut all = Vec::new();
    while let Some(one) = seq.next_element()? {
        all.push(one);
    }
    Ok(all)
}

/// Reads a manifest. Errors name the file and the reason.
pub(super) fn read(path: &Path) -> Result<Raw, Error> {
    let error = |at, reason| Error::Manifest { path: path.to_owned(), at, reason };
    let bytes = crate::files::read(path).map_err(|e| error(None, e.to_string()))?;
    parse(&bytes).map_err(|(at, reason)| error(at, reason))
}

/// Parses a manifest's bytes, with or without a byte order mark. Errors: where, if known, and why.
fn parse(bytes: &[u8]) -> Result<Raw, (Option<Spot>, String)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| (None, format!("not UTF-8 from byte {}", e.valid_up_to())))?;
    toml::from_str(text).map_err(|e| (spot(&e, text), e.message().lines().collect::<Vec<_>>().join(", ")))
}

fn spot(error: &toml::de::Error, text: &str) -> Option<Spot> {
    let before = text.get(..error.span()?.start)?;
    let line = before.matches('\n').count() as u32 + 1;
    let col = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) as u32 + 1;
    Some(Spot { line, col })
}
