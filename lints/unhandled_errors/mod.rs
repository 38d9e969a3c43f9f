//! An error that vanishes: nobody logs it, counts it, returns it.

mod judge;

use crate::lint::prelude::*;
use crate::model::fate::{Fate, Loss, Producer, Shape};
use crate::model::ids::DefId;
use judge::{Judgement, Weight, judge};

/// The lint.
pub static UNHANDLED_ERRORS: Lint = Lint {
    id: "unhandled_errors",
    summary: "an error that nobody logs, counts or returns",
    family: "errors",
    defaults: RoleLevels { service: Level::Warn, cli: Level::Warn, library: Level::Warn },
    maturity: Maturity::Stable,
    core: true,
    page: include_str!("README.md"),
    check,
};

fn check(model: &Model) -> Vec<Finding> {
    let mut out = Vec::new();
    // A logger that fails has no log to say so in.
    for summary in model.judged().filter(|s| !model.graph().voices().of_logger(s.owner)) {
        for fate in &summary.fates.lost {
            if let Some(finding) = finding(model, summary.owner, fate) {
                out.push(finding);
            }
        }
    }
    out
}

fn finding(model: &Model, owner: DefId, fate: &Fate) -> Option<Finding> {
    let judgement = judge(model, owner, fate);
    if judgement == Judgement::Clean || (fate.loss == Loss::HandleDropped && model.detached(model.defs().def(owner).file, fate.pos)) {
        return None;
    }
    let file = model.defs().def(owner).file;
    let who = producer_name(model, fate);
    let primary = Label::new(Span::token(file, fate.pos), lost_here(fate));
    let mut f = Finding::new(UNHANDLED_ERRORS.id, model.role(owner), primary, message(fate, &who));
    f.item = Some(owner);
    if fate.origin != fate.pos {
        f.secondary.push(Label::new(Span::token(file, fate.origin), format!("produced by {who}")));
    }
    match judgement {
        Judgement::Warn(weight) => f.why = why(weight).to_owned(),
        Judgement::Note(reason) => {
            f.at_most = Some((Level::Note, reason));
            f.why = format!("{reason}; when it fails for another reason, nobody will see it");
        }
        Judgement::Unknown(cause) => {
            f.verdict = Verdict::Unknown(cause);
            f.why = undecided(cause).to_owned();
        }
        Judgement::Clean => return None,
    }
    f.looked = looked(model, fate);
    f.help = help(fate).to_owned();
    Some(f)
}

// ---------------------------------------------------------------------------------------------------------------------- wording

fn producer_name(model: &Model, fate: &Fate) -> String {
    let call = fate.producers.iter().find_map(|p| if let Producer::Call { def, .. } = p { Some(*def) } else { None });
    let more = fate.producers.len().saturating_sub(1);
    match call {
        Some(def) if more > 0 => format!("`{}` and {more} more", model.defs().path(def)),
        Some(def) => format!("`{}`", model.defs().path(def)),
        None => unnamed(&fate.producers).to_owned(),
    }
}

/// Who produced an error that no call is known to have made.
fn unnamed(producers: &[Producer]) -> &'static str {
    let all = |fits: &dyn Fn(&Producer) -> bool| !producers.is_empty() && producers.iter().all(fits);
    if all(&|p| matches!(p, Producer::Param(_))) {
        "what was handed over"
    } else if all(&|p| matches!(p, Producer::Param(_) | Producer::Place(_))) {
        "what was kept"
    } else {
        "code that could not be read"
    }
}

fn lost_here(fate: &Fate) -> &'static str {
    match fate.loss {
        Loss::Underscore | Loss::Statement | Loss::OkStatement | Loss::DropCall => "dropped here",
        Loss::IfLetOk => "nothing runs when it fails",
        Loss::WhileLetOk => "the loop ends silently when it fails",
        Loss::EmptyArm => "the failing branch does nothing with it",
        Loss::ItemsSkipped => "what failed is skipped here",
        Loss::CollectionDropped => "all results are dropped here",
        Loss::HandleDropped => "the handle is dropped here, and with it the result",
        Loss::NeverAwaited => "never awaited",
        Loss::Fallback => "another value takes its place here",
        Loss::AnotherWay => "when it fails, the code after this runs instead",
        Loss::CauseReplaced => "replaced here by an error that does not carry it",
    }
}

fn undecided(cause: &str) -> &'static str {
    match cause {
        "may_be_logged" => "what produces this error writes log records that tell of trouble, perhaps of this one",
        "inner_results" => {
            "these Results were inside one that was handed on: whether they can fail when it did not is known to the dependency alone"
        }
        _ => "what produces this error could not be read, so whether its loss matters is not known",
    }
}

fn message(fate: &Fate, who: &str) -> String {
    match (fate.loss, fate.shape) {
        (Loss::NeverAwaited, _) => format!("the future of {who} is dropped without having been awaited: nothing was done"),
        (Loss::HandleDropped, _) => format!("the result of a spawned task is dropped: an error of {who} goes unseen"),
        (Loss::ItemsSkipped, _) => format!("items of {who} that failed are skipped without a trace"),
        (Loss::CollectionDropped, _) | (_, Shape::Items) => format!("the results of {who} are dropped, failed ones too"),
        (Loss::CauseReplaced, _) => format!("the cause of a failure of {who} is thrown away"),
        (Loss::Fallback, _) => format!("a failure of {who} is turned into a plain value, and its cause is lost"),
        (Loss::AnotherWay, _) => format!("a failure of {who} sends the code another way, and its cause is lost"),
        _ => format!("an error of {who} is dropped"),
    }
}

fn why(weight: Weight) -> &'static str {
    match weight {
        Weight::External => "when the other side fails, the service goes on as if it had not, and no log says why the outcome is wrong",
        Weight::Files => "a full disk or a missing permission leaves state behind that nobody knows to be wrong",
        Weight::Task => "the task ends, its work stops, and the service runs on without it, with nothing in the logs",
        Weight::Work => "the work behind it was not done, or in part, and nothing in the logs says so",
        Weight::Domain => "the workspace made this error to tell something, and here nobody hears it",
        Weight::Items => "data goes missing one item at a time, and the numbers are wrong with nothing to show for it",
        Weight::Idle => "a future does nothing until it is awaited: the work that stands here never happens",
    }
}

fn looked(model: &Model, fate: &Fate) -> Vec<String> {
    let mut out = vec!["no log, counter or return of the error on the failing path of this function".to_owned()];
    if !fate.region_calls.is_empty() {
        let names: Vec<String> = fate.region_calls.iter().take(3).map(|&d| format!("`{}`", model.defs().path(d))).collect();
        out.push(format!("{} on that path log nothing", names.join(", ")));
    }
    let own = fate.producers.iter().find_map(|p| match p {
        Producer::Call { def, .. } if model.defs().krate(def.krate).member => Some(*def),
        _ => None,
    });
    if let Some(def) = own {
        out.push(format!("`{}` does not log every error it returns, nor has it `#[instrument(err)]`", model.defs().path(def)));
    }
    out
}

fn help(fate: &Fate) -> &'static str {
    match fate.loss {
        Loss::HandleDropped => "keep the handle and look at its result, log inside the task, or write `// prr: detached(reason = \"..\")`",
        Loss::NeverAwaited => "await it, or spawn it",
        Loss::ItemsSkipped => "log what fails (`.inspect_err(|e| warn!(error = %e, \"..\"))`) or collect into a `Result`",
        Loss::CauseReplaced => "keep the cause in the new error (`#[source]`, `.context(\"..\")`), or log it before it is replaced",
        Loss::Fallback => "log before the other value is used (`.inspect_err(|e| warn!(error = %e, \"..\"))`), or return the error",
        _ => "return it with `?`, or log it: `if let Err(e) = .. { warn!(error = %e, \"..\"); }`",
    }
}
