//! The command line: arguments in, stages in order, exit status out.
//!
//! [`args`] is what may be said, `check` runs the stages, [`output`] is where reports go. Exit status: 0 clean, 1 findings at or above
//! the failing level or coverage missed, 2 wrong usage, configuration or input/output, 101 internal error.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::lint::Level;

pub mod args;
mod cache;
mod check;
mod code;
mod facts;
mod model;
pub mod output;
mod resolve;
pub mod rules;

use args::{CheckArgs, Cli, Color, Command, Voice};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing at or above the failing level.
    Clean,
    /// Something was.
    Findings,
}

/// Why a run could not be made: exit status 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, naming the file or argument: lower case, no final stop.
    pub message: String,
}

impl Failure {
    /// With its message.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into() }
    }
}

/// Runs the program: arguments in, exit status out.
pub fn main() -> ExitCode {
    tell_of_panics();
    let run = std::panic::catch_unwind(|| run(std::env::args_os().collect()));
    match run {
        Ok(code) => code,
        Err(_) => ExitCode::from(101),
    }
}

fn run(arguments: Vec<OsString>) -> ExitCode {
    let matches = match Cli::command().try_get_matches_from(own(arguments)) {
        Ok(matches) => matches,
        Err(error) => {
            // A closed pipe under `--help` is nobody's error.
            let _shown = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let cli = Cli::from_arg_matches(&matches).expect("the matches come from this command");
    match dispatch(cli, &matches) {
        Ok(Status::Clean) => ExitCode::SUCCESS,
        Ok(Status::Findings) => ExitCode::from(1),
        Err(failure) => {
            // Standard error may be closed as well; the status still tells.
            let _told = writeln!(std::io::stderr(), "error: {}", failure.message);
            ExitCode::from(2)
        }
    }
}

/// Cargo runs `cargo-prr prr ..`; hooks and people run `cargo-prr ..`: the same arguments either way. Options that every subcommand takes
/// may stand before it.
fn own(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "prr") {
        arguments.remove(1);
    }
    let mut at = 1;
    while let Some(argument) = arguments.get(at).and_then(|argument| argument.to_str()) {
        at += match argument {
            "-q" | "--quiet" | "-v" | "--verbose" => 1,
            "--color" => 2,
            _ if argument.starts_with("--color=") => 1,
            _ => break,
        };
    }
    if at > 1 && arguments.get(at).is_some_and(|name| Cli::command().find_subcommand(name).is_some()) {
        let name = arguments.remove(at);
        arguments.insert(1, name);
    }
    arguments
}

fn dispatch(cli: Cli, matches: &ArgMatches) -> Result<Status, Failure> {
    let done = |()| Status::Clean;
    match cli.command {
        None => checked(&cli.check, matches, &cli.voice),
        Some(Command::Check(args)) => {
            checked(&args, matches.subcommand_matches("check").expect("the subcommand was just matched"), &cli.voice)
        }
        Some(Command::Rules { json }) => rules::rules(json).map(done),
        Some(Command::Explain { lint }) => rules::explain(&lint).map(done),
        Some(Command::Facts { paths, check }) => on_big_stack(|| if check { facts::check(&paths) } else { facts::print(&paths) }),
        Some(Command::Resolve { workspace, format, output }) => {
            on_big_stack(|| resolve::resolve(&workspace, format, output.as_deref(), &cli.voice)).map(done)
        }
        Some(Command::Cache { what }) => cache::run(what).map(done),
    }
}

fn checked(args: &CheckArgs, matches: &ArgMatches, voice: &Voice) -> Result<Status, Failure> {
    let overrides = overrides(matches)?;
    on_big_stack(|| check::check(args, overrides, voice))
}

/// `-A`, `-N`, `-W`, `-D` in the order given: the later one wins.
fn overrides(matches: &ArgMatches) -> Result<Vec<(Level, String)>, Failure> {
    let mut given = Vec::new();
    for level in [Level::Allow, Level::Note, Level::Warn, Level::Deny] {
        let names = matches.get_many::<String>(level.as_str()).into_iter().flatten();
        given.extend(matches.indices_of(level.as_str()).into_iter().flatten().zip(names).map(|(at, name)| (at, level, name)));
    }
    given.sort();
    let named = given.into_iter().map(|(_, level, name)| match name.as_str() {
        crate::verdict::levels::WARNINGS => Ok((level, name.clone())),
        _ => rules::find(name).map(|lint| (level, lint.id.to_owned())),
    });
    named.collect()
}

/// Runs the analysis where deep code does not overflow the stack: on threads of a pool of its own.
fn on_big_stack<T: Send>(work: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(crate::facts::extract::STACK).build();
    // Where memory is short there may be room for one stack, though not for one a processor.
    match pool(0).or_else(|_| pool(1)) {
        Ok(pool) => pool.install(work),
        Err(error) => Err(Failure::new(format!("cannot start a thread to work on: {error}"))),
    }
}

/// Whether to colour a stream: the option, then cargo's variable, then the conventions, then whether it is a terminal.
fn colored(voice: &Voice, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let cargo = std::env::var("CARGO_TERM_COLOR").ok();
    match (voice.color, cargo.as_deref()) {
        (Some(Color::Always), _) | (None, Some("always")) => true,
        (Some(Color::Never), _) | (None, Some("never")) => false,
        _ if set("NO_COLOR") => false,
        _ if std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        _ => terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Whether progress may be shown on standard error.
fn progress_wanted(voice: &Voice) -> bool {
    !voice.quiet && std::io::stderr().is_terminal()
}

/// A panic is our fault: say so, with what is needed to report it.
fn tell_of_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // Caught, and told as a notice of the file that was read.
        if crate::facts::extract::is_guarded() {
            return;
        }
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let payload = info.payload();
        let message =
            payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        let version = env!("CARGO_PKG_VERSION");
        let _told = writeln!(
            std::io::stderr(),
            "error: internal error in cargo-prr {version}: {message} ({place})\nthis is a bug: please report it with the command and, if \
             possible, the code it was run on"
        );
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
            usual(info);
        }
    }));
}
