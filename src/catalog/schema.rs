//! The form of a catalog file. One file describes one crate; each table is a list of rows; a row names definitions by path below the crate.
//!
//! ```toml
//! [crate]
//! name = "tokio"                     # as in code; `parts` names crates that define what this one re-exports
//! effect = "pure"                    # of functions without a row: an effect, or "unknown"
//!
//! [[fn]]
//! path = "net::TcpStream::connect"   # or paths = [..]; `fs::**` names everything below
//! effect = "net"                     # or a list; "receiver": what the receiver's type does
//! when = { version = ">=1" }
//! source = "src/net/tcp/stream.rs"   # where in the crate's sources the fact was read
//! ```
//!
//! Every field that a row may carry stands on this page, those of later lints too: what a row says is data, so that one more crate needs no code.

use serde::Deserialize;
use toml::Spanned;

/// One catalog file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The crate it describes.
    #[serde(rename = "crate")]
    pub head: Head,
    /// Functions and methods.
    #[serde(default, rename = "fn")]
    pub fns: Vec<FnRow>,
    /// Types.
    #[serde(default, rename = "type")]
    pub types: Vec<TypeRow>,
    /// Macros.
    #[serde(default, rename = "macro")]
    pub macros: Vec<MacroRow>,
    /// Attribute macros and built-in attributes.
    #[serde(default, rename = "attribute")]
    pub attributes: Vec<AttributeRow>,
    /// Derive macros.
    #[serde(default, rename = "derive")]
    pub derives: Vec<DeriveRow>,
    /// Forms that register or serve entry points.
    #[serde(default, rename = "entry")]
    pub entries: Vec<EntryRow>,
}

/// The crate and what holds for it as a whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Name in code (`-` as `_`).
    pub name: String,
    /// Crates (names in code) that define part of what this crate re-exports.
    #[serde(default)]
    pub parts: Vec<String>,
    /// Effect of functions without a row that are async or return a future or stream, and of all functions without a row where `sync` is absent and the
    /// effect is `pure`. Absent: unknown.
    pub effect: Option<Spanned<Names>>,
    /// Effect of other functions without a row. Absent: pure where `effect` is given.
    pub sync: Option<Spanned<Names>>,
    /// Why the defaults hold, where that is not plain.
    pub about: Option<String>,
}

/// Conditions of a row.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Versions of the crate.
    pub version: Option<Spanned<String>>,
    /// A feature of the crate that must be on.
    pub feature: Option<String>,
}

/// One name or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// `"net"`
    One(String),
    /// `["net", "spawn"]`
    Many(Vec<String>),
}

impl Names {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Names::One(s) => std::slice::from_ref(s),
            Names::Many(v) => v,
        }
    }
}

/// What is to be thought of dropping a Result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropRule {
    /// There is no useful handler.
    Clean,
    /// Worth a note at most.
    Note,
}

/// A function or method.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FnRow {
    /// Its path below the crate.
    pub path: Option<Spanned<String>>,
    /// Several functions of which the row holds.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Conditions.
    #[serde(default)]
    pub when: When,
    /// File in the crate's sources that was read for it.
    #[serde(default)]
    pub source: String,
    /// What it may do.
    pub effect: Option<Spanned<Names>>,
    /// It only asks whether and how something is there: a failure is an answer.
    #[serde(default)]
    pub probe: bool,
    /// It makes or changes a file: a failure loses what was to be kept.
    #[serde(default)]
    pub writes: bool,
    /// What dropping its Result means.
    pub drop: Option<DropRule>,
    /// Why, in words a finding may use.
    pub why: Option<String>,
    /// Index of the argument (receiver not counted) that runs as a task or thread of its own: a future or a closure.
    pub spawns: Option<u32>,
    /// Never returns to its caller: ends the process.
    #[serde(default)]
    pub exits: bool,
    /// Yields a client of this role in a first state.
    pub constructs: Option<String>,
    /// Phases it bounds.
    #[serde(default)]
    pub sets: Vec<SetsRow>,
    /// Phases it unbounds.
    #[serde(default)]
    pub clears: Vec<String>,
    /// Its value has the state of the receiver, or of the argument of that index.
    pub inherits: Option<Inherits>,
    /// It makes an external call.
    pub terminal: Option<Terminal>,
    /// It bounds what an argument does.
    pub wraps: Option<Wraps>,
    /// It adds a layer around handlers or clients.
    pub layers: Option<Layers>,
}

/// `sets`: a bound from an argument.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetsRow {
    /// Phase: resolve, connect, acquire, head, body, idle, attempt, server.
    pub phase: String,
    /// Argument that carries the duration.
    pub arg: Option<u32>,
    /// Unit where the argument is a number: s, ms.
    pub unit: Option<String>,
    /// What zero means: none (no bound) or immediate.
    pub zero_means: Option<String>,
}

/// `inherits`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Inherits {
    /// `"receiver"`
    Receiver(String),
    /// An argument.
    Arg(u32),
}

/// `terminal`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terminal {
    /// Phases it goes through.
    pub needs: Vec<String>,
    /// It changes state on the other side: yes, no, or "argument" (decided by the statement or method given).
    pub mutates: Option<String>,
    /// Error statuses of the other side come back as `Ok`.
    #[serde(default)]
    pub status_ok: bool,
}

/// `wraps`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wraps {
    /// The argument that is bounded.
    pub arg: u32,
    /// Phases covered; `all` for everything the wrapped future does.
    pub covers: Vec<String>,
}

/// `layers`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// What it stands around: handlers or client.
    pub scope: String,
}

/// A type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeRow {
    /// Its path below the crate.
    pub path: Option<Spanned<String>>,
    /// Several types of which the row holds.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Conditions.
    #[serde(default)]
    pub when: When,
    /// File in the crate's sources that was read for it.
    #[serde(default)]
    pub source: String,
    /// What it is.
    pub role: Option<TypeRole>,
    /// Index of the type argument that matters: what a handle yields, what a wrapper wraps.
    pub carries: Option<u32>,
    /// What its methods without a row, and reads and writes through it, may do; for an error: what failed; for a trait of readers or
    /// writers: "receiver".
    pub effect: Option<Spanned<Names>>,
    /// For an error: what dropping it means.
    pub drop: Option<DropRule>,
    /// Why, in words a finding may use.
    pub why: Option<String>,
}

/// What a type is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeRole {
    /// Handle of a spawned task or thread; `carries` its output.
    TaskHandle,
    /// An error; `effect` says what failed.
    Error,
    /// A wrapper that reads, writes or behaves as what it `carries`.
    Wrapper,
    /// A future that does nothing until awaited; `carries` its output.
    Future,
    /// An iterator, stream or collection of what it `carries`.
    Items,
    /// A client.
    Client,
    /// A builder of a client or request.
    Builder,
    /// An argument of handlers made from the request.
    Extractor,
}

/// A macro.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MacroRow {
    /// Its path below the crate.
    pub path: Option<Spanned<String>>,
    /// Several macros of which the row holds.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Conditions.
    #[serde(default)]
    pub when: When,
    /// File in the crate's sources that was read for it.
    #[serde(default)]
    pub source: String,
    /// What it does.
    pub kind: MacroKind,
    /// What it may do besides.
    pub effect: Option<Spanned<Names>>,
    /// For a procedural macro: what it makes, as rules of a macro by example.
    pub expands: Option<Spanned<String>>,
}

/// What a macro does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MacroKind {
    /// Writes a log record.
    Log,
    /// Opens a span.
    Span,
    /// Counts or measures.
    Metric,
    /// Prints to a standard stream.
    Print,
    /// Formats into a value.
    Format,
    /// Formats into a writer: yields a Result.
    Write,
    /// Panics, always or when a condition fails.
    Panic,
    /// Returns an error from the function (`bail!`, `ensure!`).
    ReturnsError,
    /// Yields an error value (`anyhow!`).
    MakesError,
    /// Waits for several futures.
    Join,
    /// Waits for the first of several futures.
    Select,
    /// Yields a query whose execution is a call of its own.
    Query,
    /// Lists its arguments (`vec!`).
    List,
    /// Computes a value and nothing else.
    Pure,
    /// Makes items.
    Items,
    /// A test.
    Test,
}

/// An attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeRow {
    /// Its path below the crate.
    pub path: Option<Spanned<String>>,
    /// Several attributes of which the row holds.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Conditions.
    #[serde(default)]
    pub when: When,
    /// File in the crate's sources that was read for it.
    #[serde(default)]
    pub source: String,
    /// What it means.
    pub kind: AttributeKind,
    /// For handlers: the HTTP method; absent where the attribute's arguments say it.
    pub method: Option<String>,
    /// Words of its list that switch its effect on (`err` of `instrument`).
    #[serde(default)]
    pub words: Vec<String>,
    /// On an impl of a trait: what it makes besides, as rules of a macro by example that is given the impl's head and what its functions return
    /// (`impl<T, > Read for File<T> { fn read -> u8; }`; lifetimes and bounds left out).
    pub expands: Option<Spanned<String>>,
}

/// What an attribute means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// The function is a test.
    Test,
    /// An async `main` (or test runner): the function keeps its type.
    Main,
    /// The function is a request handler.
    Handler,
    /// Methods of the trait or impl become functions that return boxed futures; written types hold.
    AsyncTrait,
    /// Errors of the function are logged if one of `words` is in the list.
    Instrument,
    /// The item stays as written.
    Transparent,
}

/// A derive macro.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeriveRow {
    /// Its path below the crate.
    pub path: Option<Spanned<String>>,
    /// Several derives of which the row holds.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Conditions.
    #[serde(default)]
    pub when: When,
    /// File in the crate's sources that was read for it.
    #[serde(default)]
    pub source: String,
    /// What it makes besides the impl of the trait of its name, as rules of a macro by example that is given the item (lifetimes and doc comments
    /// left out). `${camel($x)}` writes a name in upper camel case.
    pub expands: Option<Spanned<String>>,
}

/// A form that registers or serves entry points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRow {
    /// Path of the function, method, trait or macro below the crate.
    pub path: Option<Spanned<String>>,
    /// Several of which the row holds.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Conditions.
    #[serde(default)]
    pub when: When,
    /// File in the crate's sources that was read for it.
    #[serde(default)]
    pub source: String,
    /// What it does.
    pub kind: EntryKind,
    /// Index of the argument (receiver not counted) that is the handler, the layer, the routes or the service.
    pub handler: Option<u32>,
    /// HTTP method it registers for.
    pub method: Option<String>,
    /// Index of the argument that is the route's text.
    pub route: Option<u32>,
}

/// What an entry form does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The `handler` argument runs for each request: `axum::routing::get`, `actix_web::Route::to`.
    Handler,
    /// Binds a `route` text to the `handler` argument (a method router, a resource, a handler, nested routes).
    Route,
    /// The `handler` argument stands around requests: `middleware::from_fn`.
    Middleware,
    /// Puts a layer, which is the `handler` argument, around routes.
    Layer,
    /// Adds a service whose trait methods are entry points: tonic's `add_service`.
    Service,
    /// Serves: reached from a `main`, it makes the target a service.
    Serve,
    /// Waits for somebody to connect: in a loop it serves, once it only answers whom the program sent there.
    Accept,
    /// A trait whose methods, implemented in the workspace, run for each message or request: an actor's `Handler`, a `FromRequest`.
    Trait,
    /// A macro that lists handlers: `rocket::routes!`.
    Routes,
    /// The `handler` argument runs as a consumer or scheduled job.
    Job,
}
