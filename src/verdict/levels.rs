//! The level of a finding: the lint's default for the role, shifted by the tier, overruled by the configuration, overruled by the command
//! line, limited by what the finding itself allows.

use crate::config::{Config, Tier};
use crate::lint::{Level, Lint, Maturity, Role};

/// Name that stands for everything at warn.
pub const WARNINGS: &str = "warnings";

/// Levels of a run.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// What `prr.toml` and the manifests say.
    pub config: Config,
    /// `-A`, `-N`, `-W`, `-D` with their lint (or [`WARNINGS`]), in the order given.
    pub overrides: Vec<(Level, String)>,
    /// Run preview lints.
    pub preview: bool,
}

impl Levels {
    /// Whether a lint runs.
    pub fn runs(&self, lint: &Lint) -> bool {
        self.preview || lint.maturity == Maturity::Stable
    }

    /// The level of a lint's findings in code of a role and package, before the finding's own limit.
    pub fn of(&self, lint: &Lint, role: Role, package: &str) -> Level {
        let default = match (self.config.tier, lint.defaults.of(role)) {
            (Tier::Prototype, level) if lint.core || super::is_meta(lint.id) => level.min(Level::Note),
            (Tier::Prototype, _) => Level::Allow,
            (Tier::Critical, Level::Warn) if lint.core => Level::Deny,
            (_, level) => level,
        };
        let configured = self.config.level(lint.id, package).unwrap_or(default);
        let given = self.overrides.iter().rev().find(|(_, name)| name == lint.id).map_or(configured, |(level, _)| *level);
        let warnings = self.overrides.iter().rev().find(|(_, name)| name == WARNINGS);
        warnings.filter(|_| given == Level::Warn).map_or(given, |(level, _)| *level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layer;
    use crate::lint::RoleLevels;

    fn lint(core: bool) -> Lint {
        Lint {
            id: "some_lint",
            summary: "a lint",
            family: "errors",
            defaults: RoleLevels { service: Level::Warn, cli: Level::Allow, library: Level::Note },
            maturity: Maturity::Stable,
            core,
            page: "",
            check: |_| Vec::new(),
        }
    }

    fn of(levels: &Levels, role: Role) -> Level {
        levels.of(&lint(true), role, "api")
    }

    #[test]
    fn the_role_gives_the_default() {
        let levels = Levels::default();
        assert_eq!([Role::Service, Role::Cli, Role::Library].map(|role| of(&levels, role)), [Level::Warn, Level::Allow, Level::Note]);
    }

    #[test]
    fn the_tier_shifts_it() {
        let mut levels = Levels::default();
        levels.config.tier = Tier::Critical;
        assert_eq!([Role::Service, Role::Cli, Role::Library].map(|role| of(&levels, role)), [Level::Deny, Level::Allow, Level::Note]);
        assert_eq!(levels.of(&lint(false), Role::Service, "api"), Level::Warn);
        levels.config.tier = Tier::Prototype;
        assert_eq!([Role::Service, Role::Cli].map(|role| of(&levels, role)), [Level::Note, Level::Allow]);
        assert_eq!(levels.of(&lint(false), Role::Service, "api"), Level::Allow);
    }

    #[test]
    fn configuration_and_command_line_overrule() {
        let mut levels = Levels::default();
        levels.config.layers.push(Layer { package: None, lints: [("some_lint".to_owned(), Level::Deny)].into() });
        assert_eq!(of(&levels, Role::Cli), Level::Deny);
        levels.overrides = vec![(Level::Allow, "some_lint".into()), (Level::Note, "some_lint".into())];
        assert_eq!(of(&levels, Role::Service), Level::Note);
    }

    #[test]
    fn warnings_are_what_is_at_warn_in_the_end() {
        let mut levels = Levels { overrides: vec![(Level::Deny, WARNINGS.into())], ..Levels::default() };
        assert_eq!([Role::Service, Role::Library].map(|role| of(&levels, role)), [Level::Deny, Level::Note]);
        levels.overrides.push((Level::Warn, "some_lint".into()));
        assert_eq!(of(&levels, Role::Library), Level::Deny);
    }
}
