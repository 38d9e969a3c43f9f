//! Whether a lost error matters: the producer decides.

use crate::catalog::schema::{DropRule, FnRow};
use crate::lint::prelude::*;
use crate::model::effects::Effects;
use crate::model::fate::{Fate, Loss, Producer};
use crate::model::ids::DefId;
use crate::model::ty::{Ty, TyKind};

/// What is to be said of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Nothing.
    Clean,
    /// A note at most, and why.
    Note(&'static str),
    /// A warning.
    Warn(Weight),
    /// Not decidable, and the cause.
    Unknown(&'static str),
}

/// What makes a loss weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Somebody outside the process failed.
    External,
    /// The local file system failed.
    Files,
    /// A task or thread failed.
    Task,
    /// Work that starts tasks somewhere failed.
    Work,
    /// The error is one that the workspace defined.
    Domain,
    /// Items are missing from what follows.
    Items,
    /// The work never ran.
    Idle,
}

/// Producers of a loss, added up.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    effects: Effects,
    /// Producers whose loss matters.
    matter: u32,
    /// Every producer that matters asks a question, or is named as worth a note.
    notes: Option<&'static str>,
    all_note: bool,
    unknown: Option<&'static str>,
    own: bool,
    /// One of them is a function of the workspace.
    own_code: bool,
    /// One of them is awaited.
    waits: bool,
    /// One of them starts a task or thread itself.
    task: bool,
    /// All of them convert or look up.
    all_pure: bool,
    /// All of them touch nothing but what is shared in memory.
    all_near: bool,
}

/// Effects of what fails by what it is given alone.
const AT_HAND: Effects = Effects::LOGS.join(Effects::METRIC).join(Effects::LOCK).join(Effects::CHANNEL).join(Effects::STDIO);

/// Judges one loss in a body.
pub(super) fn judge(model: &Model, owner: DefId, fate: &Fate) -> Judgement {
    if model.graph().drop_only(owner) || fate.around.fmt_impl {
        return Judgement::Clean;
    }
    let reports = Effects::LOG | Effects::METRIC;
    if fate.region_calls.iter().any(|&d| model.effects(d).effects.any(reports)) {
        return Judgement::Clean;
    }
    let rule = model.known().error_rule(model.defs(), fate.error);
    if rule == Some(DropRule::Clean) {
        return Judgement::Clean;
    }
    let Some(mut sum) = add_up(model, fate) else { return Judgement::Clean };
    if fate.around.inner && !sum.own_code {
        return Judgement::Unknown("inner_results");
    }
    let bare = (looks(fate.loss) || fate.loss == Loss::HandleDropped)
        && matches!(fate.error.strip_refs().kind(), TyKind::Tuple(parts) if parts.is_empty());
    if rule == Some(DropRule::Note) || bare {
        sum.all_note = true;
        sum.notes = Some("the error says no more than that it failed");
    }
    // What fails outside the process is worth telling even beside another error: it says why that one is so bare.
    if fate.around.detail && !sum.effects.external() {
        return Judgement::Clean;
    }
    by_loss(fate, sum)
}

fn by_loss(fate: &Fate, sum: Sum) -> Judgement {
    let own_error = fate.own;
    let Sum { effects, all_note, notes, .. } = sum;
    let note = |why| Judgement::Note(notes.unwrap_or(why));
    let weigh = |weight| if all_note { note("best effort") } else { Judgement::Warn(weight) };
    let harmless = || !effects.io_or_spawn() && effects.any(Effects::LOCK | Effects::CHANNEL | Effects::METRIC | Effects::STDIO);
    match fate.loss {
        Loss::NeverAwaited if sum.matter > 0 && !sum.own => Judgement::Unknown(sum.unknown.unwrap_or("unknown_effects")),
        Loss::NeverAwaited => Judgement::Warn(Weight::Idle),
        Loss::HandleDropped if sum.all_near => Judgement::Clean,
        Loss::HandleDropped => weigh(Weight::Task),
        Loss::CauseReplaced | Loss::Fallback | Loss::AnotherWay if effects.external() => weigh(Weight::External),
        Loss::AnotherWay if fate.around.again && !effects.external() => {
            note("another attempt on the same follows, and tells its own failure")
        }
        Loss::AnotherWay if effects.any(Effects::FS) && !fate.around.in_loop => weigh(Weight::Files),
        Loss::AnotherWay if own_error && sum.waits && !effects.only(AT_HAND) => weigh(Weight::Domain),
        Loss::CauseReplaced | Loss::Fallback | Loss::AnotherWay if effects.unknown() => unknown(sum),
        Loss::CauseReplaced if all_note && effects.any(Effects::SPAWN) => note("the task panicked or was cancelled"),
        Loss::CauseReplaced => Judgement::Clean,
        Loss::Fallback | Loss::AnotherWay if harmless() => Judgement::Clean,
        Loss::Fallback | Loss::AnotherWay if effects.any(Effects::STREAM) => {
            note("whether a file, a socket or memory is behind the stream is chosen elsewhere")
        }
        Loss::Fallback | Loss::AnotherWay if effects.any(Effects::FS) => {
            note("a local file stands behind it, and a value stands in for it")
        }
        Loss::Fallback => note("a failed conversion or lookup chooses another value"),
        Loss::AnotherWay => note("a failed attempt of our own leads on to another way"),
        _ if effects.external() => weigh(Weight::External),
        _ if effects.any(Effects::FS) => weigh(Weight::Files),
        _ if effects.any(Effects::SPAWN) && sum.task => weigh(Weight::Task),
        _ if effects.any(Effects::SPAWN) => weigh(if own_error { Weight::Domain } else { Weight::Work }),
        _ if harmless() && !effects.unknown() => Judgement::Clean,
        // Whoever kept the results may have told of the errors before.
        Loss::ItemsSkipped if fate.producers.iter().all(|p| matches!(p, Producer::Place(_))) => unknown(sum),
        Loss::ItemsSkipped => weigh(Weight::Items),
        _ if own_error && sum.all_pure && looks(fate.loss) => note("a failed conversion or lookup chooses another way"),
        // Whoever handed it over may still have it, or tell of it.
        _ if own_error && !sum.own => unknown(sum),
        _ if own_error && !all_note && effects.any(Effects::TROUBLE) && !effects.io_or_spawn() => Judgement::Unknown("may_be_logged"),
        _ if own_error => weigh(Weight::Domain),
        _ if effects.any(Effects::STREAM) => note("whether a file, a socket or memory is behind the stream is chosen elsewhere"),
        _ if effects.unknown() => unknown(sum),
        _ => note("a failed conversion or lookup is passed over"),
    }
}

fn unknown(sum: Sum) -> Judgement {
    Judgement::Unknown(sum.unknown.unwrap_or("unknown_effects"))
}

/// `None` when every producer is clean by itself: it logs its own errors, or nobody could do anything about them.
fn add_up(model: &Model, fate: &Fate) -> Option<Sum> {
    let defs = model.defs();
    let mut sum = Sum { all_note: true, all_pure: true, all_near: true, ..Sum::default() };
    for p in &fate.producers {
        let (effects, note, cause, pure) = match *p {
            Producer::Call { def, trait_method, recv, constant, computes, waits, sure, .. } => {
                let solved = model.effects(def);
                let row = model.known().function(defs, def).or_else(|| trait_method.and_then(|t| model.known().function(defs, t)));
                if solved.logs_own_errors || row.is_some_and(|r| r.drop == Some(DropRule::Clean)) {
                    continue;
                }
                sum.own = true;
                let member = defs.krate(def.krate).member;
                let effects = if member { solved.effects } else { model.known().effects(defs, def, trait_method, recv) };
                sum.waits |= waits;
                sum.own_code |= member;
                sum.task |= !member && effects.any(Effects::SPAWN);
                let effects = if row.is_some_and(is_pure) { effects } else { effects | passed_through(model, def, fate.error) };
                let never = sure.then_some("it fails for no value of this type");
                let minor = solved.only_minor_errors.then_some("every error that it returns is worth a note at most, or was logged");
                let note = never.or(minor).or(note_of(row, effects, constant && looks(fate.loss)));
                (effects, note, "unknown_effects", computes && !waits && effects.only(Effects::LOGS | Effects::UNKNOWN))
            }
            Producer::Unresolved(cause, _) => (by_error(model, fate.error), None, cause.as_str(), false),
            Producer::Told(_) | Producer::Closing(_) => continue,
            Producer::Param(_) | Producer::Place(_) => (by_error(model, fate.error), None, "unknown_producer", false),
        };
        sum.matter += 1;
        sum.effects |= effects;
        sum.all_note &= note.is_some();
        sum.all_pure &= pure;
        sum.all_near &= effects != Effects::PURE && effects.only(Effects::CHANNEL | Effects::LOCK | Effects::METRIC);
        sum.notes = sum.notes.or(note);
        if effects.unknown() || !matches!(p, Producer::Call { .. }) {
            sum.unknown = sum.unknown.or(Some(cause));
        }
    }
    if !sum.all_note {
        sum.notes = None;
    }
    (sum.matter > 0).then_some(sum)
}

fn note_of(row: Option<&FnRow>, effects: Effects, constant: bool) -> Option<&'static str> {
    match row {
        Some(r) if r.drop == Some(DropRule::Note) => Some("best effort: nothing useful could be done about it"),
        Some(r) if r.probe => Some("it asks whether something is there: a failure is an answer"),
        Some(r) if r.writes => None,
        _ if constant && effects.any(Effects::FS) && !effects.external() => Some("an optional local file at a fixed place"),
        _ if constant && effects.any(Effects::PROCESS) && !effects.any(Effects::NET) => Some("a command that tells of this machine"),
        _ => None,
    }
}

/// Whether the loss is one of code that looks for something, and goes on without it: what is thrown away whole was not asked for.
fn looks(loss: Loss) -> bool {
    matches!(
        loss,
        Loss::IfLetOk | Loss::WhileLetOk | Loss::EmptyArm | Loss::Fallback | Loss::AnotherWay | Loss::CauseReplaced | Loss::ItemsSkipped
    )
}

/// Whether a row says that a function does nothing but compute.
fn is_pure(row: &FnRow) -> bool {
    row.effect.as_ref().is_some_and(|effect| effect.get_ref().all().iter().all(|name| name == "pure"))
}

/// What failed, where a function hands on an error that another crate made: the error's type tells.
fn passed_through(model: &Model, def: DefId, error: Ty) -> Effects {
    let TyKind::Adt(made, _) = error.strip_refs().kind() else { return Effects::PURE };
    let defs = model.defs();
    if made.krate == def.krate || defs.krate(def.krate).member {
        return Effects::PURE;
    }
    model.known().error_effects(defs, error).unwrap_or(Effects::PURE)
}

/// What failed, as far as the error's type tells.
fn by_error(model: &Model, error: Ty) -> Effects {
    model.known().error_effects(model.defs(), error).unwrap_or(Effects::UNKNOWN)
}
