//! `resolve`: what every name of a workspace was resolved to, for comparison with other resolvers. docs/resolve.md describes the lists.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::args::{ListFormat, Voice, Workspace};
use super::output::Output;
use super::{Failure, model};
use crate::discover::Project;
use crate::model::defs::Defs;
use crate::model::ids::FileId;
use crate::model::occurrences::{self, Candidate, Kind, Meaning, Occurrence, Valued};
use crate::model::ty::Types;
use crate::report::paths::relative;
use crate::report::position::Lines;

/// Version of the JSON form.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Report {
    schema_version: u32,
    occurrences: Vec<Named>,
    results: Vec<Value>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    file: String,
    line: u32,
    column: u32,
    name: String,
    kind: &'static str,
    #[serde(rename = "crate")]
    krate: Option<String>,
    path: Option<String>,
    trait_path: Option<String>,
    unknown: Option<&'static str>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    file: String,
    line: u32,
    column: u32,
    what: &'static str,
    #[serde(rename = "type")]
    ty: Option<String>,
}

/// Runs `resolve`.
pub(super) fn resolve(args: &Workspace, format: ListFormat, output: Option<&Path>, voice: &Voice) -> Result<(), Failure> {
    let output = Output::open(output)?;
    let mut report = Report { schema_version: SCHEMA, occurrences: Vec::new(), results: Vec::new() };
    for project in super::check::projects(args, &[])? {
        let defs = model::link(&project, args, voice);
        let (names, values) = occurrences::occurrences(&Types::new(&defs));
        defs.keep_index();
        let mut places = Places { project: &project, defs: &defs, texts: FxHashMap::default() };
        report.occurrences.extend(names.iter().map(|one| places.named(one)));
        report.results.extend(values.iter().map(|one| places.value(one)));
    }
    report.occurrences.sort();
    report.occurrences.dedup();
    report.results.sort();
    report.results.dedup();
    output.write(|out| match format {
        ListFormat::Json => {
            serde_json::to_writer(&mut *out, &report)?;
            writeln!(out)
        }
        ListFormat::Text => report.occurrences.iter().try_for_each(|one| {
            let meaning = one.path.as_deref().or(one.unknown).unwrap_or("unknown");
            writeln!(out, "{}:{}:{}: {} {} -> {meaning}", one.file, one.line, one.column, one.kind, one.name)
        }),
    })
}

/// Places as reports tell them.
struct Places<'a> {
    project: &'a Project,
    defs: &'a Defs,
    texts: FxHashMap<PathBuf, (String, Lines)>,
}

impl Places<'_> {
    fn place(&mut self, file: FileId, pos: u32) -> (String, u32, u32) {
        let path = self.defs.source_path(file);
        let (text, lines) = self.texts.entry(path.to_path_buf()).or_insert_with(|| {
            let text = crate::files::source_text(path);
            let lines = Lines::new(&text);
            (text, lines)
        });
        let at = lines.chars(text, pos);
        (relative(&self.project.root, path), at.line, at.col)
    }

    fn named(&mut self, one: &Occurrence) -> Named {
        let (file, line, column) = self.place(one.file, one.pos);
        let (krate, path, trait_path, unknown) = match one.meaning {
            Meaning::Def(def, of) => {
                let krate = self.defs.krate(def.krate).name.as_str().to_owned();
                (Some(krate), Some(self.defs.path(def)), of.map(|d| self.defs.path(d)), None)
            }
            Meaning::Prim(prim) => (Some("core".to_owned()), Some(prim.as_str().to_owned()), None, None),
            Meaning::Unknown(cause) => (None, None, None, Some(cause.as_str())),
        };
        let kind = match one.kind {
            Kind::Method => "method",
            Kind::Path => "path",
            Kind::Macro => "macro",
        };
        Named { file, line, column, name: one.name.as_str().to_owned(), kind, krate, path, trait_path, unknown }
    }

    fn value(&mut self, one: &Valued) -> Value {
        let (file, line, column) = self.place(one.file, one.pos);
        let what = match one.what {
            Candidate::LetUnderscore => "let_underscore",
            Candidate::OkStatement => "ok_statement",
            Candidate::Unwrap => "unwrap",
            Candidate::Expect => "expect",
            Candidate::Print => "print",
        };
        Value { file, line, column, what, ty: one.ty.clone() }
    }
}
