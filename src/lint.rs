//! The vocabulary lints speak: a [`Lint`] declares, its `check` asks the [`Model`] and returns [`Finding`]s. Lints know neither levels nor
//! suppressions nor formats.

use crate::facts::Pos;
use crate::model::Model;
use crate::model::ids::{DefId, FileId};

/// What files under `lints/` import.
pub mod prelude {
    pub use super::{Finding, Label, Level, Lint, Maturity, Role, RoleLevels, Span, Verdict};
    pub use crate::model::Model;
}

/// A lint.
pub struct Lint {
    /// `print_logging`; reported as `prr::print_logging`.
    pub id: &'static str,
    /// One line: lower case, no final stop.
    pub summary: &'static str,
    /// Family, as in the README's table: `errors`, `observability`, ..
    pub family: &'static str,
    /// Level by role of the code before configuration.
    pub defaults: RoleLevels,
    /// Whether it is on by default.
    pub maturity: Maturity,
    /// One of the core lints: tier `critical` makes its warnings deny, and tier `prototype` keeps it (as a note) while others are silent.
    pub core: bool,
    /// The page that `explain` prints.
    pub page: &'static str,
    /// Model to findings; order does not matter, they are sorted later.
    pub check: fn(&Model) -> Vec<Finding>,
}

/// Default levels by role.
#[derive(Clone, Copy, Debug)]
pub struct RoleLevels {
    /// In code a service target reaches.
    pub service: Level,
    /// In code that only cli targets reach.
    pub cli: Level,
    /// In code that no target of the workspace reaches.
    pub library: Level,
}

impl RoleLevels {
    /// The level for a role.
    pub fn of(&self, role: Role) -> Level {
        match role {
            Role::Service => self.service,
            Role::Cli => self.cli,
            Role::Library => self.library,
        }
    }
}

/// How settled a lint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maturity {
    /// On by default.
    Stable,
    /// Only with `--preview`.
    Preview,
}

/// Severity of a finding. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not reported.
    Allow,
    /// Shown on request (`--show notes`).
    Note,
    /// Shown.
    Warn,
    /// Shown; fails the run by default.
    Deny,
}

/// Role of a code place: that of the targets that reach it, service before cli.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A service target reaches it.
    Service,
    /// Only cli targets reach it.
    Cli,
    /// No target reaches it.
    Library,
}

impl Level {
    /// As in `prr.toml`, on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Note => "note",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
    /// The level of that name.
    pub fn parse(name: &str) -> Option<Level> {
        [Level::Allow, Level::Note, Level::Warn, Level::Deny].into_iter().find(|level| level.as_str() == name)
    }
}

impl Role {
    /// As in `prr.toml` and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Service => "service",
            Role::Cli => "cli",
            Role::Library => "library",
        }
    }
    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        [Role::Service, Role::Cli, Role::Library].into_iter().find(|role| role.as_str() == name)
    }
}

/// What a lint concludes about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The edge is unhandled; evidence says so.
    Bad,
    /// Cannot be decided; the cause in snake case (`unresolved_callee`, `unknown_effects`, ..). Counted, shown on request, never a warning.
    Unknown(&'static str),
}

/// A place in a file: byte offsets of the first byte and past the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: Pos,
    /// Past the last byte; equal to `start` means "the token that starts here" (its end is read from the source).
    pub end: Pos,
}

impl Span {
    /// The token that starts at `pos`.
    pub fn token(file: FileId, pos: Pos) -> Span {
        Span { file, start: pos, end: pos }
    }
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there: lower case, no final stop; may be empty on the primary label.
    pub text: String,
}

/// One finding: structure first, wording by the lint's room.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The lint.
    pub lint: &'static str,
    /// Bad or unknown.
    pub verdict: Verdict,
    /// Where the mend goes.
    pub primary: Label,
    /// Further evidence (dependent call sites, the producer of the error, ..).
    pub secondary: Vec<Label>,
    /// Chain from the entry point, first to last, if the lint rests on one.
    pub flow: Vec<Label>,
    /// What is wrong: lower case, no final stop.
    pub message: String,
    /// What happens in production because of it.
    pub why: String,
    /// Where we looked for evidence, and why what is there does not count.
    pub looked: Vec<String>,
    /// What to do.
    pub help: String,
    /// Role of the place.
    pub role: Role,
    /// Upper limit of the level (a note whatever the configuration says), with the reason: lower case, no final stop. `Level::Allow`
    /// drops the finding.
    pub at_most: Option<(Level, &'static str)>,
    /// The item the primary label lies in: names, suppressions and fingerprints rest on it.
    pub item: Option<DefId>,
}

impl Label {
    /// A label.
    pub fn new(span: Span, text: impl Into<String>) -> Label {
        Label { span, text: text.into() }
    }
}

impl Finding {
    /// A bad place with its message; the rest is filled in by assignment.
    pub fn new(lint: &'static str, role: Role, primary: Label, message: impl Into<String>) -> Finding {
        Finding {
            lint,
            verdict: Verdict::Bad,
            primary,
            secondary: Vec::new(),
            flow: Vec::new(),
            message: message.into(),
            why: String::new(),
            looked: Vec::new(),
            help: String::new(),
            role,
            at_most: None,
            item: None,
        }
    }
}
