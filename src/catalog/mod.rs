//! Knowledge of third-party crates and of std, as data: one file per crate under `crates/`, read once, linked to definitions by [`Known`].
//!
//! What a row may say is on the page of [`schema`]. A row holds for the versions its `when` allows and names the file of the crate's sources in which the fact was
//! read; [`audit`] checks both against the sources on disk.

use std::collections::BTreeMap;

use crate::model::defs::Expansions;
use crate::model::effects::Effects;

pub mod audit;
mod builtin;
pub mod known;
pub mod schema;
pub mod signatures;

pub use known::Known;
pub use signatures::signatures;

/// All tables, by crate name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    crates: BTreeMap<String, schema::File>,
    parts: BTreeMap<String, Vec<String>>,
}

/// What is wrong with a catalog file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// Name of the file.
    pub file: String,
    /// Byte range in it.
    pub span: std::ops::Range<usize>,
    /// One sentence: lower case, no final stop.
    pub text: String,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} (byte {})", self.file, self.text, self.span.start)
    }
}

impl std::error::Error for LoadError {}

impl Catalog {
    /// The tables that are shipped.
    pub fn builtin() -> Catalog {
        Catalog::load(&[]).expect("shipped tables are tested")
    }

    /// The shipped tables and the user's (name and text). Rows of the user come before shipped rows of the same crate, so they win.
    pub fn load(user: &[(&str, &str)]) -> Result<Catalog, Vec<LoadError>> {
        let (mut files, mut errors) = (Vec::new(), Vec::new());
        for (name, text) in user.iter().copied() {
            match read(name, text) {
                Ok(file) => files.push(file),
                Err(mut found) => errors.append(&mut found),
            }
        }
        if errors.is_empty() { Catalog::with(files) } else { Err(errors) }
    }

    /// The shipped tables and the user's, read and checked already: those win.
    ///
    /// # Errors
    ///
    /// A shipped table that does not read, which tests rule out.
    pub fn with(user: Vec<schema::File>) -> Result<Catalog, Vec<LoadError>> {
        let mut out = Catalog::default();
        user.into_iter().for_each(|file| out.add(file));
        let mut errors = Vec::new();
        for (name, text) in builtin::FILES.iter().copied() {
            match read(name, text) {
                Ok(file) => out.add(file),
                Err(mut found) => errors.append(&mut found),
            }
        }
        if errors.is_empty() { Ok(out) } else { Err(errors) }
    }

    /// What is wrong with a table beyond its form.
    pub fn check(name: &str, file: &schema::File) -> Vec<LoadError> {
        check::run(name, file)
    }

    fn add(&mut self, file: schema::File) {
        for part in &file.head.parts {
            let users = self.parts.entry(part.clone()).or_default();
            if !users.contains(&file.head.name) {
                users.push(file.head.name.clone());
            }
        }
        match self.crates.entry(file.head.name.clone()) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(file);
            }
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                let have = slot.get_mut();
                have.fns.extend(file.fns);
                have.types.extend(file.types);
                have.macros.extend(file.macros);
                have.attributes.extend(file.attributes);
                have.derives.extend(file.derives);
                have.entries.extend(file.entries);
                have.head.parts.extend(file.head.parts);
                have.head.effect = have.head.effect.take().or(file.head.effect);
                have.head.sync = have.head.sync.take().or(file.head.sync);
            }
        }
    }

    /// What procedural macros make.
    pub fn expansions(&self) -> Expansions {
        let mut out = Expansions::default();
        for file in self.crates.values() {
            let version = |when: &schema::When| when.version.as_ref().and_then(|v| semver::VersionReq::parse(v.get_ref()).ok());
            let derives = file.derives.iter().map(|row| (&row.path, &row.paths, &row.when, &row.expands));
            let macros = file.macros.iter().map(|row| (&row.path, &row.paths, &row.when, &row.expands));
            let attributes = file.attributes.iter().map(|row| (&row.path, &row.paths, &row.when, &row.expands));
            for (path, paths, when, expands) in derives.chain(macros).chain(attributes) {
                let Some(rules) = expands else { continue };
                for name in path.iter().chain(paths).filter_map(|p| p.get_ref().rsplit("::").next()) {
                    for krate in std::iter::once(&file.head.name).chain(&file.head.parts) {
                        out.add(krate, name, version(when), rules.get_ref());
                    }
                }
            }
        }
        out
    }

    /// The table of a crate, by its name in code.
    pub fn table(&self, krate: &str) -> Option<&schema::File> {
        self.crates.get(krate)
    }

    /// All tables, by crate name.
    pub fn tables(&self) -> impl Iterator<Item = &schema::File> {
        self.crates.values()
    }

    /// Tables whose rows may name definitions of a crate: its own, then those that re-export it, by name.
    pub fn tables_for(&self, krate: &str) -> impl Iterator<Item = &schema::File> {
        let parts = self.parts.get(krate).map(Vec::as_slice).unwrap_or_default();
        self.crates.get(krate).into_iter().chain(parts.iter().filter(move |p| *p != krate).filter_map(|p| self.crates.get(p)))
    }
}

/// Joins named effects; names were checked when the table was read.
pub(crate) fn effects(names: &schema::Names) -> Effects {
    names.all().iter().filter_map(|n| Effects::from_name(n)).fold(Effects::PURE, Effects::join)
}

fn read(name: &str, text: &str) -> Result<schema::File, Vec<LoadError>> {
    let file: schema::File = toml::from_str(text).map_err(|e| {
        let text = e.message().lines().next().unwrap_or("does not parse").to_owned();
        vec![LoadError { file: name.to_owned(), span: e.span().unwrap_or(0..0), text }]
    })?;
    let errors = check::run(name, &file);
    if errors.is_empty() { Ok(file) } else { Err(errors) }
}

mod check {
    //! What the types of the schema cannot say.

    use super::LoadError;
    use super::schema::{File, Names, When};
    use crate::model::effects::Effects;
    use toml::Spanned;

    struct Checker<'a> {
        name: &'a str,
        errors: Vec<LoadError>,
    }

    pub(super) fn run(name: &str, file: &File) -> Vec<LoadError> {
        let mut c = Checker { name, errors: Vec::new() };
        for effect in [&file.head.effect, &file.head.sync].into_iter().flatten() {
            c.effects(effect, false);
        }
        for row in &file.fns {
            c.row(&row.path, &row.paths, &row.when);
            if let Some(effect) = &row.effect {
                c.effects(effect, true);
            }
        }
        for row in &file.types {
            c.row(&row.path, &row.paths, &row.when);
            if let Some(effect) = &row.effect {
                c.effects(effect, true);
            }
        }
        for row in &file.macros {
            c.row(&row.path, &row.paths, &row.when);
            if let Some(effect) = &row.effect {
                c.effects(effect, false);
            }
            c.expands(&row.expands);
        }
        for row in &file.attributes {
            c.row(&row.path, &row.paths, &row.when);
            c.expands(&row.expands);
        }
        for row in &file.derives {
            c.row(&row.path, &row.paths, &row.when);
            c.expands(&row.expands);
        }
        for row in &file.entries {
            c.row(&row.path, &row.paths, &row.when);
        }
        c.errors
    }

    impl Checker<'_> {
        fn push(&mut self, span: std::ops::Range<usize>, text: String) {
            self.errors.push(LoadError { file: self.name.to_owned(), span, text });
        }

        fn effects(&mut self, names: &Spanned<Names>, receiver: bool) {
            for n in names.get_ref().all() {
                if Effects::from_name(n).is_none() && !(receiver && n == "receiver") {
                    let known: Vec<&str> = Effects::names().collect();
                    self.push(names.span(), format!("`{n}` is no effect, effects are {}", known.join(", ")));
                }
            }
        }

        fn expands(&mut self, rules: &Option<Spanned<String>>) {
            if let Some(rules) = rules
                && !crate::model::defs::reads_as_rules(rules.get_ref())
            {
                self.push(rules.span(), "this does not read as rules of a macro by example".to_owned());
            }
        }

        fn row(&mut self, path: &Option<Spanned<String>>, paths: &[Spanned<String>], when: &When) {
            if path.is_none() && paths.is_empty() {
                self.push(0..0, "a row has neither `path` nor `paths`".to_owned());
            }
            for p in path.iter().chain(paths) {
                let text = p.get_ref();
                let segments_hold =
                    text.split("::").all(|s| s == "**" || (!s.is_empty() && s.chars().all(|c| c.is_alphanumeric() || c == '_')));
                if !segments_hold {
                    self.push(p.span(), format!("`{text}` is no path below the crate, such as `net::TcpStream::connect` or `fs::**`"));
                }
            }
            if let Some(version) = &when.version
                && let Err(e) = semver::VersionReq::parse(version.get_ref())
            {
                self.push(version.span(), format!("`{}` is no version requirement: {e}", version.get_ref()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_tables_load() {
        if let Err(errors) = Catalog::load(&[]) {
            panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
    }

    #[test]
    fn user_rows_win_and_mistakes_have_places() {
        let c = Catalog::load(&[("prr.toml", "[crate]\nname = \"acme\"\neffect = \"net\"\n[[fn]]\npath = \"ping\"\neffect = \"pure\"\n")])
            .expect("loads");
        assert_eq!(c.table("acme").expect("added").fns.len(), 1);
        let text = "[crate]\nname = \"acme\"\n[[fn]]\npath = \"ping\"\neffect = \"wet\"\n";
        let e = Catalog::load(&[("prr.toml", text)]).expect_err("unknown effect");
        assert_eq!(&text[e[0].span.clone()], "\"wet\"");
        let text = "[crate]\nname = \"acme\"\n[[fn]]\npaht = \"ping\"\n";
        let e = Catalog::load(&[("prr.toml", text)]).expect_err("unknown key");
        assert_eq!(&text[e[0].span.clone()], "paht");
    }
}
