//! What may be said on the command line.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::lint::Level;

/// `cargo prr`.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-prr",
    bin_name = "cargo prr",
    version,
    about = "Production-readiness linter for Rust workspaces",
    long_about = "Finds the unhandled edges of a Rust workspace before production does: reads sources, resolves names and types without \
                  compiling, and never runs or changes anything.",
    args_conflicts_with_subcommands = true,
    after_help = "Exit status: 0 clean, 1 findings at or above the failing level or coverage missed, 2 wrong usage, configuration or \
                  input/output, 101 internal error."
)]
pub struct Cli {
    /// What to do; `check` when absent.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Arguments of `check`.
    #[command(flatten)]
    pub check: CheckArgs,
    /// How to say it.
    #[command(flatten)]
    pub voice: Voice,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a workspace (the default)
    Check(Box<CheckArgs>),
    /// List the lints
    Rules {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the page of a lint
    Explain {
        /// The lint
        lint: String,
    },
    /// Print what is read from a file, or report what is not read below a folder
    Facts {
        /// The file; with --check, files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// List everything that was not read
        #[arg(long)]
        check: bool,
    },
    /// Print what every name of a workspace was resolved to
    Resolve {
        /// Which workspace
        #[command(flatten)]
        workspace: Box<Workspace>,
        /// Form of the list
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
        format: ListFormat,
        /// Write the list to this file instead of standard output
        #[arg(long, short, value_name = "FILE", help_heading = "Output")]
        output: Option<PathBuf>,
    },
    /// Look after the cache
    Cache {
        /// What to do
        #[command(subcommand)]
        what: CacheCommand,
    },
}

/// Subcommands of `cache`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum CacheCommand {
    /// Remove everything cached
    Clean,
    /// Tell where the cache is and how large
    Stats,
}

/// Options that every subcommand takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Voice {
    /// Colours: auto, always, never
    #[arg(long, value_enum, value_name = "WHEN", global = true)]
    pub color: Option<Color>,
    /// Findings alone
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More: all places of a finding, all notices
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// Forms of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// One line an entry.
    #[default]
    Text,
    /// Own schema.
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which workspace, and how it is read.
#[derive(Clone, Debug, Default, Args)]
pub struct Workspace {
    /// Manifest of the workspace or of a package in it
    #[arg(long, value_name = "FILE", help_heading = "What is checked")]
    pub manifest_path: Option<PathBuf>,
    /// Fail rather than write or ignore an outdated Cargo.lock
    #[arg(long, help_heading = "How it is read")]
    pub locked: bool,
    /// Stay off the network (cargo-prr itself never uses it)
    #[arg(long, help_heading = "How it is read")]
    pub offline: bool,
    /// Sources of dependencies: required, used if present, or none
    #[arg(long, value_enum, default_value_t, value_name = "HOW", help_heading = "How it is read")]
    pub deps: Deps,
    /// Neither read nor write the cache
    #[arg(long, help_heading = "How it is read")]
    pub no_cache: bool,
    /// Tell on standard error where the time went
    #[arg(long, help_heading = "How it is read")]
    pub timings: bool,
}

/// Sources of dependencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Deps {
    /// Missing sources are an error.
    Required,
    /// What is there is used; what is missing is told.
    #[default]
    IfPresent,
    /// None is used.
    None,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Default, Args)]
pub struct CheckArgs {
    /// Which workspace.
    #[command(flatten)]
    pub workspace: Workspace,
    /// Report only what lies in these folders or files (the whole workspace is always read)
    #[arg(value_name = "FOLDER", help_heading = "What is checked")]
    pub folders: Vec<PathBuf>,
    /// Report only these packages (the whole workspace is always read)
    #[arg(short, long, value_name = "NAME", help_heading = "What is checked")]
    pub package: Vec<String>,
    /// Report all packages (the default)
    #[arg(long = "workspace", conflicts_with = "package", help_heading = "What is checked")]
    pub all: bool,
    /// Do not report these packages
    #[arg(long, value_name = "NAME", help_heading = "What is checked")]
    pub exclude: Vec<String>,

    /// Set a lint to allow: not reported
    #[arg(short = 'A', long, value_name = "LINT", action = ArgAction::Append, help_heading = "Levels")]
    pub allow: Vec<String>,
    /// Set a lint to note: shown with --show notes
    #[arg(short = 'N', long, value_name = "LINT", action = ArgAction::Append, help_heading = "Levels")]
    pub note: Vec<String>,
    /// Set a lint to warn
    #[arg(short = 'W', long, value_name = "LINT", action = ArgAction::Append, help_heading = "Levels")]
    pub warn: Vec<String>,
    /// Set a lint to deny; `-D warnings` denies all that warns
    #[arg(short = 'D', long, value_name = "LINT", action = ArgAction::Append, help_heading = "Levels")]
    pub deny: Vec<String>,
    /// Lowest level that makes the exit status 1
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL", help_heading = "Levels")]
    pub fail_on: FailOn,
    /// Exit with 0 whatever is found
    #[arg(long, help_heading = "Levels")]
    pub exit_zero: bool,
    /// Exit with 1 when less than this percentage of files and calls was understood
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "Levels")]
    pub min_coverage: Option<f64>,
    /// Run lints that are not settled yet
    #[arg(long, help_heading = "Levels")]
    pub preview: bool,

    /// Also show notes, and places that could not be decided
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT", help_heading = "Output")]
    pub show: Vec<Shown>,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<ReportFormat>,
    /// Form of the report in cargo's words: json writes the lines that editors read
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "format", help_heading = "Output")]
    pub message_format: Option<MessageFormat>,
    /// Write the report to this file instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(value) if (0.0..=100.0).contains(&value) => Ok(value),
        _ => Err("a percentage lies between 0 and 100".to_owned()),
    }
}

/// Levels that may fail a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Notes too.
    Note,
    /// Warnings too.
    Warn,
    /// What is denied.
    #[default]
    Deny,
}

impl FailOn {
    /// As a level.
    pub fn level(self) -> Level {
        match self {
            FailOn::Note => Level::Note,
            FailOn::Warn => Level::Warn,
            FailOn::Deny => Level::Deny,
        }
    }
}

/// What is shown on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    /// Notes.
    Notes,
    /// Places that could not be decided.
    Unknown,
}

/// Forms of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    #[default]
    Human,
    /// One line a finding.
    Short,
    /// Own schema.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// Forms of the report in cargo's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// For people.
    Human,
    /// One line a finding.
    Short,
    /// Cargo's lines.
    Json,
}

impl CheckArgs {
    /// The form of the report.
    pub fn report_format(&self) -> crate::report::Format {
        use crate::report::Format;
        match (self.message_format, self.format.unwrap_or_default()) {
            (Some(MessageFormat::Human), _) | (None, ReportFormat::Human) => Format::Human,
            (Some(MessageFormat::Short), _) | (None, ReportFormat::Short) => Format::Short,
            (Some(MessageFormat::Json), _) => Format::CargoJson,
            (None, ReportFormat::Json) => Format::Json,
            (None, ReportFormat::Sarif) => Format::Sarif,
        }
    }
}
