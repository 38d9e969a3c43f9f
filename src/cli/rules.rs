//! `rules` and `explain`.

use std::io::{self, Write};

use serde_json::json;

use super::{Failure, output::Output};
use crate::lint::{Lint, Maturity};
use crate::verdict::meta;

/// Every lint: those of the catalogue, then those about suppressions.
pub fn all() -> Vec<&'static Lint> {
    crate::lints::ALL.iter().chain(meta::ALL).copied().collect()
}

/// Prints the list.
pub(super) fn rules(as_json: bool) -> Result<(), Failure> {
    Output::open(None)?.write(|out| if as_json { write_json(out) } else { write_table(out) })
}

fn write_table(out: &mut dyn Write) -> io::Result<()> {
    let lints = all();
    let width = lints.iter().map(|lint| lint.id.len()).max().unwrap_or(0).max(4);
    writeln!(out, "{:width$}  {:7}  {:7}  {:7}  {:13}  summary", "lint", "service", "cli", "library", "family")?;
    for lint in lints {
        let [service, cli, library] = [lint.defaults.service, lint.defaults.cli, lint.defaults.library].map(|level| level.as_str());
        let preview = if lint.maturity == Maturity::Preview { " (preview)" } else { "" };
        writeln!(out, "{:width$}  {service:7}  {cli:7}  {library:7}  {:13}  {}{preview}", lint.id, lint.family, lint.summary)?;
    }
    writeln!(out, "\nlevels are defaults by the role of the code: what services reach, what only command-line programs reach, the rest")
}

fn write_json(out: &mut dyn Write) -> io::Result<()> {
    let rows = all().into_iter().map(|lint| {
        json!({
            "id": lint.id,
            "code": crate::report::code(lint.id),
            "summary": lint.summary,
            "family": lint.family,
            "core": lint.core,
            "maturity": if lint.maturity == Maturity::Preview { "preview" } else { "stable" },
            "default_level": {
                "service": lint.defaults.service.as_str(),
                "cli": lint.defaults.cli.as_str(),
                "library": lint.defaults.library.as_str(),
            },
        })
    });
    serde_json::to_writer_pretty(&mut *out, &rows.collect::<Vec<_>>())?;
    writeln!(out)
}

/// Prints the page of a lint.
pub(super) fn explain(name: &str) -> Result<(), Failure> {
    let lint = find(name)?;
    Output::open(None)?.write(|out| writeln!(out, "{}", lint.page.trim_end()))
}

/// A lint by name, with or without `prr::`.
pub(super) fn find(name: &str) -> Result<&'static Lint, Failure> {
    let plain = name.strip_prefix("prr::").unwrap_or(name).replace('-', "_");
    let lints = all();
    lints.iter().find(|lint| lint.id == plain).copied().ok_or_else(|| {
        let ids: Vec<_> = lints.iter().map(|lint| lint.id).collect();
        let near = crate::config::nearest(&plain, &ids).map(|near| format!(": did you mean `{near}`?"));
        Failure::new(format!("there is no lint `{name}`{}", near.unwrap_or_else(|| ": `cargo prr rules` lists them".to_owned())))
    })
}
