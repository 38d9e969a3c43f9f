//! A print used as a log: nobody can query it, filter it, or tell which request it belongs to.

use crate::lint::prelude::*;
use crate::model::ids::DefId;
use crate::model::prints::{Carries, Print};
use crate::model::summary::Summary;

/// The lint.
pub static PRINT_LOGGING: Lint = Lint {
    id: "print_logging",
    summary: "a print used as a log in a service or library",
    family: "observability",
    defaults: RoleLevels { service: Level::Warn, cli: Level::Allow, library: Level::Warn },
    maturity: Maturity::Stable,
    core: true,
    page: include_str!("README.md"),
    check,
};

fn check(model: &Model) -> Vec<Finding> {
    let mut out = Vec::new();
    for summary in model.judged() {
        let banner = is_banner(model, summary);
        for print in &summary.prints {
            if !is_output(model, summary, print, banner) {
                out.push(finding(model, summary.owner, print));
            }
        }
    }
    out
}

/// Prints that are the program speaking to whoever started it: before it exits, before `main` returns an error, before the logger is there, a banner.
/// And what the logger prints, or a writer that passes on what others write.
fn is_output(model: &Model, summary: &Summary, p: &Print, banner: bool) -> bool {
    let owner = summary.owner;
    if p.what == "dbg" {
        return false;
    }
    let voices = model.graph().voices();
    if p.passes_on || voices.of_logger(owner) {
        return true;
    }
    let from_main = model.graph().main_only(owner);
    let before_logger = model.graph().is_main(owner) && voices.logger_start(owner).is_some_and(|at| p.pos < at);
    let greets = banner || p.greets();
    // What says nothing was not meant to be found again.
    let starts = model.graph().start_only(owner);
    let to_whom_starts = from_main && p.before_return || starts && (greets || p.before_return && summary.speech.fails);
    p.carries == Carries::Nothing || p.before_exit || voices.last_words(owner) || to_whom_starts || before_logger
}

/// Whether all that a function prints is a banner: it prints the program's name, version or picture, and goes on to nothing that serves; or it is part of
/// what presents the program.
fn is_banner(model: &Model, summary: &Summary) -> bool {
    let alone = || summary.prints.iter().any(Print::greets) && !model.graph().leads_to_serving(summary.owner);
    model.graph().voices().presents(summary.owner) || alone()
}

/// Why a print is worth a note at most.
fn excuse(model: &Model, owner: DefId, p: &Print) -> Option<&'static str> {
    if p.panic_hook {
        return Some("a panic hook may have no logger left to speak through");
    }
    let voices = model.graph().voices();
    if p.of_logging || voices.helps_logger(owner) && model.gives_nothing(owner) {
        return Some("logging itself failed, and has no log to say so in");
    }
    if p.debug_only {
        return Some("compiled for debugging or tests alone");
    }
    // `dbg!` is no output of a command or talk either.
    if p.what == "dbg" {
        return None;
    }
    if voices.before_logger(owner, p.pos) {
        return Some("it belongs to the setting up of logging, when there is no log yet");
    }
    if p.chosen {
        return Some(
            "printing was chosen knowingly: another way of the same choice logs it or takes the other stream, or another type takes it",
        );
    }
    if p.asked {
        return Some("for the person at the terminal, or for standard output by name");
    }
    if p.laid_out && model.graph().chain(owner).is_none() {
        return Some("a line of a text laid out for a person to read");
    }
    if p.before_panic && model.graph().chain(owner).is_none() {
        return Some("it says why the start-up panics");
    }
    if voices.talks(owner) {
        return Some("one side of a talk with the person who answers it");
    }
    let command = p.arm.is_some_and(|a| model.graph().cli_arm(owner, a)) || beside_service(model, owner);
    command.then_some("the result of a subcommand that prints and returns")
}

/// Code that nothing but commands leads to: in a service's own package and in a library that one package alone builds on all of it, in a library of
/// many only the commands themselves, what gives nothing back, whose work the printing is, and the parts of such.
fn beside_service(model: &Model, owner: DefId) -> bool {
    let cli_alone = model.role(owner) == Role::Cli && model.package_role(owner) != Role::Cli;
    let own = || model.in_service_package(owner) || model.in_library_of_one(owner);
    cli_alone && (own() || model.graph().is_command(owner) || model.works_for_commands(owner))
}

fn finding(model: &Model, owner: DefId, p: &Print) -> Finding {
    let file = model.defs().def(owner).file;
    let primary = Label::new(Span::token(file, p.pos), "");
    let excuse = excuse(model, owner, p);
    let package = model.package_role(owner);
    // `dbg!` is no output of a command either: it is judged like a library's print wherever it stands.
    let role = if p.what == "dbg" && package == Role::Cli { Role::Library } else { package };
    let mut f = Finding::new(PRINT_LOGGING.id, role, primary, message(model, p, package));
    f.item = Some(owner);
    f.at_most = excuse.map(|why| (Level::Note, why));
    f.why = why(p).to_owned();
    f.looked = looked(model, owner, p);
    f.help = help(p).to_owned();
    if let Some(chain) = model.graph().chain(owner) {
        f.flow = chain.iter().filter_map(|&d| step(model, d)).collect();
    }
    f
}

// ---------------------------------------------------------------------------------------------------------------------- wording

fn written(p: &Print) -> String {
    if p.what.starts_with("write") { format!("`{}` to a standard stream", p.what) } else { format!("`{}!`", p.what) }
}

fn message(model: &Model, p: &Print, role: Role) -> String {
    let place = match role {
        Role::Service => "a service",
        Role::Cli => "a command",
        Role::Library => "a library",
    };
    match p.through {
        Some(m) => format!("{} in {place}, through the macro `{}`", written(p), model.defs().def(m).name),
        None => format!("{} in {place}", written(p)),
    }
}

fn why(p: &Print) -> &'static str {
    if p.what == "dbg" {
        return "a debugging aid left behind: it writes values, secrets among them, to standard error";
    }
    "the line has no level, no time, no fields and no request: at 3 a.m. it can be neither filtered nor found"
}

fn looked(model: &Model, owner: DefId, p: &Print) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(chain) = model.graph().chain(owner) {
        let first = chain.first().map(|d| model.defs().path(*d)).unwrap_or_default();
        out.push(format!("requests reach it from `{first}`"));
    }
    if p.arm.is_some() {
        out.push("it stands in a branch, but in none that only answers a command".to_owned());
    }
    out.push("neither the end of the process nor an error returned from `main` follows it, and it is no banner of `main`".to_owned());
    out
}

fn help(p: &Print) -> &'static str {
    match p.what {
        "dbg" => "remove it, or write `debug!(?value, \"..\")`",
        "eprintln" | "eprint" => "write `warn!(field = %value, \"..\")` or `error!(..)`, with the values as fields",
        _ => "write `info!(field = %value, \"..\")`, with the values as fields; in a library return the text or take a writer",
    }
}

fn step(model: &Model, def: DefId) -> Option<Label> {
    let (_, item) = model.defs().item(def)?;
    Some(Label::new(Span::token(model.defs().def(def).file, item.pos), model.defs().path(def)))
}
