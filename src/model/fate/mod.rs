//! Result fate: where the error of each fallible expression goes.
//!
//! A *fallible* expression has a type that holds an error: `Result`, `Option<Result>`, a collection, iterator or stream of Results, a task handle of
//! a future that returns one, such a future itself. Its value is followed to where it ends: propagated, handled, logged, kept, or lost. Only
//! losses become [`Fate`] records; the others are counted.
//!
//! This room says what happens to the value and who produced it. Whether that is worth a finding is for the lint to judge, with what the producers
//! may do ([`crate::model::effects`]).

use crate::facts::Pos;
use crate::model::effects::{Cx, ErrorExits};
use crate::model::ids::DefId;
use crate::model::ty::{Cause, Ty};
use crate::model::typed::TypedBody;

mod detail;
mod follow;
mod harmless;
mod holds;
mod infallible;
mod items;
mod own;
mod pattern;
mod plain;
mod producers;
mod questions;
mod region;
mod rest;
mod trace;
pub(crate) mod tree;

pub(crate) use trace::{is_drop, trait_of};

/// One lost error.
#[derive(Clone, Debug, PartialEq)]
pub struct Fate {
    /// How it is lost.
    pub loss: Loss,
    /// What the lost value was.
    pub shape: Shape,
    /// Where the mend goes: the token that drops it.
    pub pos: Pos,
    /// The innermost producer's place.
    pub origin: Pos,
    /// What produced it: one entry for each branch or step that can fail, in order of writing.
    pub producers: Vec<Producer>,
    /// Type of the error; unknown with its cause.
    pub error: Ty,
    /// The workspace made the error, or one inside it.
    pub own: bool,
    /// Workspace functions called where the failure is dealt with: if one of them logs, the failure was logged.
    pub region_calls: Vec<DefId>,
    /// What stands around it.
    pub around: Around,
}

/// How an error is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// `let _ = r`, `_ = r`.
    Underscore,
    /// `r;` as a statement.
    Statement,
    /// `r.ok();`, `let _ = r.ok()`.
    OkStatement,
    /// `drop(r)`.
    DropCall,
    /// `if let Ok(x) = r` with nothing for the failure.
    IfLetOk,
    /// `while let Ok(x) = r`.
    WhileLetOk,
    /// A match arm (or `else`) for the failure that does nothing.
    EmptyArm,
    /// Items that failed are skipped: `filter_map(Result::ok)`, `.flatten()`, a skipped loop turn.
    ItemsSkipped,
    /// A collection of Results is dropped whole.
    CollectionDropped,
    /// The handle of a task that returns a Result is dropped.
    HandleDropped,
    /// A future is dropped without having been awaited: nothing happened at all.
    NeverAwaited,
    /// `.unwrap_or..`, `.ok()` used as an Option, `is_ok()` and kin, an arm that gives another value: the failure becomes a plain value.
    Fallback,
    /// The branch for success leaves, and the code after it runs instead: another attempt, another answer.
    AnotherWay,
    /// `map_err(|_| ..)`, an arm that returns an error without the cause.
    CauseReplaced,
}

impl Loss {
    /// The value is thrown away (else something stands in its place).
    pub fn discards(self) -> bool {
        !matches!(self, Loss::Fallback | Loss::AnotherWay | Loss::CauseReplaced)
    }
}

/// What the lost value was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// `Result<_, E>`, also inside an `Option` or another `Result`.
    Result,
    /// Vector, slice, iterator, stream of Results.
    Items,
    /// A future.
    Future,
    /// Handle of a spawned task or thread.
    TaskHandle,
}

/// What produced a fallible value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Producer {
    /// A call.
    Call {
        /// The function.
        def: DefId,
        /// Its trait's method, when called through a trait.
        trait_method: Option<DefId>,
        /// Receiver type of a method call: readers and writers do what the type they are does.
        recv: Option<Ty>,
        /// Every argument is constant, or it runs a command that tells of this machine.
        constant: bool,
        /// By its signature it gives a value and takes nothing that it could change.
        computes: bool,
        /// By its signature it gives a future: it waits for something.
        waits: bool,
        /// It fails for no value of the type that it is given.
        sure: bool,
        /// Where.
        pos: Pos,
    },
    /// A call of something that could not be resolved.
    Unresolved(Cause, Pos),
    /// A parameter of the function.
    Param(Pos),
    /// A field, static or other place.
    Place(Pos),
    /// An adaptor on the way that reports the error, or a task that never fails.
    Told(Pos),
    /// The last message of a connection that is ending: `socket.send(Message::Close(None))`, a write before `shutdown`.
    Closing(Pos),
}

/// What stands around a loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Inside an impl of `Debug` or `Display`.
    pub fmt_impl: bool,
    /// Inside a loop: the next turn goes on, with other items or another attempt.
    pub in_loop: bool,
    /// The failing region returns or breaks out of the function with no error.
    pub leaves: bool,
    /// The failing branch gives another value.
    pub substitutes: bool,
    /// What is missing is a detail of an error that is returned anyhow.
    pub detail: bool,
    /// Another attempt on the same follows.
    pub again: bool,
    /// The Results were inside one that was handed on (`query_all().await?;`): whether they can fail beside it is known to who made them alone.
    pub inner: bool,
}

/// How many fallible values ended how, for the coverage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed on: `?`, returned, argument, stored.
    pub propagated: u32,
    /// Error value looked at.
    pub handled: u32,
    /// Logged or counted.
    pub logged: u32,
    /// Lost: one [`Fate`] each.
    pub lost: u32,
    /// Could not be followed.
    pub unknown: u32,
}

/// What one body does with the errors it meets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fates {
    /// Losses, by position.
    pub lost: Vec<Fate>,
    /// Counts.
    pub tally: Tally,
}

/// What tracing a body gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traced {
    /// What becomes of its errors.
    pub fates: Fates,
    /// How errors leave it.
    pub exits: ErrorExits,
}

/// Follows every fallible value of a body.
pub fn trace(cx: Cx<'_>, body: &TypedBody) -> Traced {
    trace::Tracer::new(cx, body).run()
}
