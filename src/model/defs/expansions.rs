//! What procedural macros make, by example: the catalog's rows, looked up by the crate and name of the macro.

use rustc_hash::{FxHashMap, FxHashSet};
use semver::{Version, VersionReq};

use crate::model::ids::Name;

/// The text of rules, and the versions of the crate they are for.
type Rules = (Option<VersionReq>, String);

/// Rules as in `macro_rules!`, by the procedural macro they stand for. A derive and an attribute are given the item they stand on.
#[derive(Debug, Default)]
pub struct Expansions {
    rules: FxHashMap<(Name, Name), Vec<Rules>>,
    names: FxHashSet<Name>,
    hash: blake3::Hasher,
}

impl Expansions {
    /// Adds rules for a macro of a crate, by its name where it is defined, in the versions that `version` allows.
    pub fn add(&mut self, krate: &str, name: &str, version: Option<VersionReq>, rules: &str) {
        let text = format!("{krate} {name} {version:?} {rules}\n");
        self.hash.update(text.as_bytes());
        self.names.insert(Name::new(name));
        self.rules.entry((Name::new(krate), Name::new(name))).or_default().push((version, rules.to_owned()));
    }
    /// Whether some crate has a macro of that name with rules.
    pub(super) fn knows(&self, name: Name) -> bool {
        self.names.contains(&name)
    }
    /// The rules of a macro.
    pub(super) fn rules(&self, krate: Name, name: Name, version: Option<&Version>) -> Option<&str> {
        let fits = |req: &Option<VersionReq>| req.as_ref().is_none_or(|req| version.is_none_or(|v| req.matches(v)));
        self.rules.get(&(krate, name))?.iter().find(|(req, _)| fits(req)).map(|(_, rules)| &**rules)
    }
    /// Over all of them.
    pub(super) fn digest(&self) -> [u8; 32] {
        *self.hash.finalize().as_bytes()
    }
}
