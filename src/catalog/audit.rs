//! Checks the catalog against sources: every row must name something that exists in the versions it speaks of.

use super::Catalog;
use crate::model::defs::Defs;

/// A row that names nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Crate of the table.
    pub krate: String,
    /// Path of the row.
    pub path: String,
    /// Versions of the crate in which it was not found.
    pub versions: Vec<String>,
}

/// Rows that name nothing in the crates of a project whose sources are there. Tables of crates that the project does not have are skipped. Loads the crates.
pub fn audit(catalog: &Catalog, defs: &Defs) -> Vec<Missing> {
    let mut out = Vec::new();
    for file in catalog.tables() {
        let name = &file.head.name;
        let instances: Vec<_> = defs.crates().filter(|c| !c.member && c.name.as_str() == name && c.root.is_some()).collect();
        if instances.is_empty() {
            continue;
        }
        for (path, when) in rows(file) {
            if path.ends_with("**") {
                continue;
            }
            let req = when.version.as_ref().and_then(|v| semver::VersionReq::parse(v.get_ref()).ok());
            let wanted: Vec<_> =
                instances.iter().filter(|c| c.version.as_ref().zip(req.as_ref()).is_none_or(|(v, r)| r.matches(v))).collect();
            if wanted.is_empty() || !defs.lookup(name, path).is_empty() {
                continue;
            }
            let versions = wanted.iter().filter_map(|c| c.version.as_ref().map(ToString::to_string)).collect();
            out.push(Missing { krate: name.clone(), path: path.to_owned(), versions });
        }
    }
    out.sort();
    out.dedup();
    out
}

/// Every path of a table with its conditions.
fn rows(file: &super::schema::File) -> Vec<(&str, &super::schema::When)> {
    let mut out = Vec::new();
    macro_rules! list {
        ($($rows:ident)*) => {$(
            for row in &file.$rows {
                out.extend(row.path.iter().chain(&row.paths).map(|p| (p.get_ref().as_str(), &row.when)));
            }
        )*};
    }
    list!(fns types macros attributes derives entries);
    out
}
