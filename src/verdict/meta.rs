//! Lints about the comments that speak to us. They have no room of their own under `lints/`: they look at what the verdict did.

use crate::lint::{Level, Lint, Maturity, RoleLevels};

const WARN: RoleLevels = RoleLevels { service: Level::Warn, cli: Level::Warn, library: Level::Warn };

const fn lint(id: &'static str, summary: &'static str, page: &'static str) -> Lint {
    Lint { id, summary, family: "suppressions", defaults: WARN, maturity: Maturity::Stable, core: false, page, check: |_| Vec::new() }
}

/// A suppression that covers no finding.
pub static UNUSED: Lint = lint("unused_suppressions", "a suppression that covers no finding", include_str!("pages/unused_suppressions.md"));
/// A suppression that does not say why.
pub static UNREASONED: Lint =
    lint("unreasoned_suppressions", "a suppression without a reason", include_str!("pages/unreasoned_suppressions.md"));
/// A suppression of a lint that does not exist.
pub static UNKNOWN: Lint = lint("unknown_lints", "a suppression of a lint that does not exist", include_str!("pages/unknown_lints.md"));
/// A comment that starts like a directive and is none.
pub static MALFORMED: Lint =
    lint("malformed_directives", "a `// prr:` comment that cannot be read", include_str!("pages/malformed_directives.md"));

/// All of them.
pub static ALL: &[&Lint] = &[&UNUSED, &UNREASONED, &UNKNOWN, &MALFORMED];
