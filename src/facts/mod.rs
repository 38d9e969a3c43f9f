//! Facts: what one source file says, as owned, `Send`, serialisable data.
//!
//! A [`FileFacts`] is a pure function of the file's bytes: editions, `cfg` values, module paths and names of other files are not in
//! it and act later, when the model links files. Everything is stored in flat arenas ([`Arena`]: 16 bytes a node, positions in a
//! parallel array) and refers to file-local symbols, so a file decodes fast and nothing in it recurses.
//!
//! The interface (items, signatures, uses, attributes, macro definitions) and the bodies are separate sections with hashes of their
//! own: an edit inside a function body leaves the interface hash as it was.
//!
//! Only this room knows `syn`. Reading order: this page, `interface`, `bodies`, `arena` (the shapes), [`prelex`] (bytes: comments, lines,
//! test cut, limits), [`extract`] (trees to facts), [`fragment`] (macro output to facts), [`pack`] (facts to bytes).

use serde::{Deserialize, Serialize};

mod arena;
mod bodies;
pub mod cfg;
pub mod extract;
pub mod fragment;
mod interface;
pub mod pack;
pub mod prelex;
pub mod reach;
pub mod source;
pub mod statement;
#[cfg(test)]
mod tests;

pub use arena::{Arena, Path, PathRoot, Seg, TypeRef};
pub use bodies::{Arm, BinOp, Binding, BlockKind, Body, Closure, Expr, Lit, MacroCall, MacroShape, Pat, Stmt, UnOp};
pub use reach::Reach;

pub use interface::{
    Attr, AttrArg, AttrArgs, Bound, Cfg, Field, Fields, FnSig, GenericParam, Generics, Interface, Item, ItemKind, Parent, Predicate,
    Receiver, UseBinds, UseLeaf, Variant, Vis,
};

/// Version of the shapes on this page; part of every cache key.
pub const SCHEMA: u32 = 1;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            /// Marks the absence of a node where an `Option` would cost four bytes.
            pub const NONE: $name = $name(u32::MAX);
            /// The id as an index into its table.
            pub fn idx(self) -> usize { self.0 as usize }
            /// Whether this is a real id.
            pub fn is_some(self) -> bool { self.0 != u32::MAX }
            /// Whether this is [`Self::NONE`].
            pub fn is_none(self) -> bool { self.0 == u32::MAX }
            /// `None` for [`Self::NONE`].
            pub fn get(self) -> Option<$name> { self.is_some().then_some(self) }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                if self.is_some() { write!(f, concat!(stringify!($name), "({})"), self.0) } else { write!(f, concat!(stringify!($name), "(-)")) }
            }
        }
    )*};
}

id! {
    /// A string of this file's symbol table.
    Sym;
    /// An item of the file, in [`Interface::items`].
    ItemId;
    /// A body of the file, in [`FileFacts::bodies`].
    BodyId;
    /// An expression of an arena.
    ExprId;
    /// A pattern of an arena.
    PatId;
    /// A type as written, in an arena.
    TypeId;
    /// A path as written, in an arena.
    PathId;
    /// A path segment of an arena (name, generic arguments, position).
    SegId;
    /// A macro invocation of an arena.
    MacroId;
    /// A list in [`Arena::pool`]: its length, then its elements. [`List::EMPTY`] takes no room.
    List;
}

impl List {
    /// The empty list.
    pub const EMPTY: List = List::NONE;
}

/// Byte offset into the file (BOM included), of one token. The end of the token is read from the source when a finding is worded.
pub type Pos = u32;

/// Everything one file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Symbol table; [`Sym`] indexes it.
    pub symbols: Vec<Box<str>>,
    /// Items, signatures, uses, attributes, macro definitions.
    pub interface: Interface,
    /// Bodies of functions, constants, statics, in order of appearance. With [`Depth::Signatures`] only those of `const _: T = { .. }`
    /// that hold items, reduced to them.
    pub bodies: Vec<Body>,
    /// `// prr: ..` comments, in order.
    pub directives: Vec<Directive>,
    /// What stands inside code cut as test code and is still needed: features and cfg names it mentions, files its `mod` items name.
    pub test_cut: TestCut,
    /// Byte offset of the start of every line.
    pub lines: Vec<u32>,
    /// What could not be read, and why. A file that does not parse has one notice and no items.
    pub notices: Vec<Notice>,
    /// Number of bytes of the file.
    pub len: u32,
    /// A comment of the file's head says that a tool wrote it: `@generated`, or `generated .. DO NOT EDIT`.
    pub generated: bool,
    /// Hash of the interface section (normalised tokens: comments, layout and bodies do not count).
    pub interface_hash: u64,
    /// What its code can reach besides computing.
    pub reach: Reach,
    /// For the expansion of a macro: which parts of its text are arguments of the invocation, in order. Empty for files.
    pub origins: Vec<Origin>,
}

/// A part of an expansion that was copied from the arguments of the invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Offset in the text of the expansion.
    pub at: Pos,
    /// Length in bytes.
    pub len: u32,
    /// Offset in the text of the arguments.
    pub from: u32,
}

impl FileFacts {
    /// Offset in the arguments' text that a position of an expansion comes from.
    pub fn argument_at(&self, pos: Pos) -> Option<u32> {
        let i = self.origins.partition_point(|o| o.at <= pos).checked_sub(1)?;
        let o = self.origins[i];
        (pos < o.at + o.len).then(|| o.from + (pos - o.at))
    }
}

/// How much of a file to extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Depth {
    /// Items and bodies: workspace files.
    Full,
    /// Items alone, bodies cut at token level before they become trees: dependencies and std.
    Signatures,
}

/// A thing that was not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Where, if known.
    pub pos: Pos,
    /// What kind of loss.
    pub kind: NoticeKind,
    /// One sentence: lower case, no final stop.
    pub text: String,
}

/// Kinds of loss, each counted in the coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NoticeKind {
    /// The file is not Rust that `syn` parses.
    Syntax,
    /// The bytes are not UTF-8.
    Encoding,
    /// Nesting, chains or size beyond the limits of [`prelex`].
    TooDeep,
    /// The file is larger than the limit.
    TooLarge,
    /// One node was kept as unread (verbatim syntax).
    Node,
}

/// A `// prr: ..` comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Offset of `//`.
    pub pos: Pos,
    /// 1-based line.
    pub line: u32,
    /// Nothing but white space stands before it on its line.
    pub own_line: bool,
    /// Text after `prr:`, trimmed, e.g. `allow(print_logging, reason = "banner")`.
    pub text: String,
}

/// What was cut as test code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCut {
    /// Byte ranges that were cut.
    pub ranges: Vec<(Pos, Pos)>,
    /// `mod name;` items among them: files that are test code (path of modules from this file's own, `tests::db`; `#[path]` value).
    pub mods: Vec<(Box<str>, Option<Box<str>>)>,
    /// `feature = ".."` values mentioned in them.
    pub features: Vec<Box<str>>,
}
