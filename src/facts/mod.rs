//! Facts: what one source file says, as owned, `Send`, serialisable data.
//!
//! A [`FileFacts`] is a pure function of the file's bytes: editions, `cfg` values, module paths and names of other files are not in
//! it and act later, when the model links files. Everything is stored in flat arenas ([`Arena`]: 16 bytes a node, positions in a
//! parallel array) and refers to file-local symbols, so a file decodes fast and nothing in it recurses.
//!
//! The interface (items, signatures, uses, attributes, macro definitions) and the bodies are separate sections with hashes of their
//! own: an edit inside a function body leaves the interface hash as it was.
//!
//! Only this room knows `syn`. Reading order: this page (the shapes), [`prelex`] (bytes: comments, lines, test cut, limits),
//! [`extract`] (trees to facts), [`fragment`] (macro output to facts), [`print`] (facts to text), [`pack`] (facts to bytes).

use serde::{Deserialize, Serialize};

pub mod cfg;
pub mod extract;
pub mod fragment;
pub mod pack;
pub mod prelex;
pub mod print;
pub mod source;
pub mod statement;

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
    /// The file carries `@generated` in a comment of its head.
    pub generated: bool,
    /// Hash of the interface section (normalised tokens: comments, layout and bodies do not count).
    pub interface_hash: u64,
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

// ---------------------------------------------------------------------------------------------------------------------- interface

/// The items of a file and what they are made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interface {
    /// All items, nested ones too (inline modules, impl and trait members, items in bodies), parents before children.
    pub items: Vec<Item>,
    /// Types, paths, constant expressions and attribute arguments of the items.
    pub arena: Arena,
    /// Inner attributes of the file (`#![..]`).
    pub attrs: Vec<Attr>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Name; [`Sym::NONE`] for impls, uses, macro invocations, extern blocks, `const _`.
    pub name: Sym,
    /// What it is.
    pub kind: ItemKind,
    /// Where it stands.
    pub parent: Parent,
    /// Visibility as written (trait members and variants: inherited from their owner at link).
    pub vis: Vis,
    /// Conditions under which it exists (all must hold); `cfg_attr` conditions are on the attributes.
    pub cfg: Vec<Cfg>,
    /// Attributes other than `cfg` and doc comments, derives included.
    pub attrs: Vec<Attr>,
    /// The name's token, or the item's keyword.
    pub pos: Pos,
    /// Byte range of the whole item, attributes included.
    pub span: (Pos, Pos),
}

/// The owner of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parent {
    /// Top level of the file.
    File,
    /// Inline module, impl, trait, extern block.
    Item(ItemId),
    /// A block in a body: visible in that body.
    Body(BodyId),
}

/// Visibility as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Vis {
    /// Nothing written.
    Private,
    /// `pub`.
    Public,
    /// `pub(crate)`, `pub(super)`, `pub(self)`, `pub(in path)`: the path.
    In(PathId),
}

/// A `cfg` predicate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cfg {
    /// `test`, `unix`, `debug_assertions`, `tokio_unstable`.
    Flag(Sym),
    /// `feature = "x"`, `target_os = "linux"`.
    KeyValue(Sym, Sym),
    /// All of them.
    All(Vec<Cfg>),
    /// One of them.
    Any(Vec<Cfg>),
    /// Not it.
    Not(Box<Cfg>),
    /// `true` or `false` as literals.
    Bool(bool),
}

/// An attribute, or one entry of `#[derive(..)]` under the path `derive`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attr {
    /// Its path, as segments in the arena.
    pub path: PathId,
    /// Conditions from `cfg_attr`.
    pub cfg: Vec<Cfg>,
    /// Arguments.
    pub args: AttrArgs,
    /// The path's first token.
    pub pos: Pos,
}

/// Arguments of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AttrArgs {
    /// `#[a]`.
    None,
    /// `#[a = "literal"]`: the literal's value.
    Value(Sym),
    /// `#[derive(A, b::C)]` and other lists of plain paths: the paths.
    Paths(Vec<PathId>),
    /// `#[a(..)]`: nested entries where they read as such (`name`, `name = literal`, `name(..)`, literals), and the raw text.
    List(Vec<AttrArg>, Sym),
}

/// One entry of an attribute's list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AttrArg {
    /// `skip`, `err`.
    Word(Sym),
    /// A literal: its value.
    Lit(Sym),
    /// `level = "debug"`, `default = path::to` (text of the tokens).
    Named(Sym, Sym),
    /// `fields(..)`: name and raw text inside.
    Nested(Sym, Sym),
}

/// What an item is. Members of impls, traits and extern blocks are items of their own with `parent`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ItemKind {
    /// `mod a;` (`inline` false) or `mod a { .. }`; `path` from `#[path = ".."]`.
    Mod { inline: bool, path: Sym },
    /// `extern crate a as b;`: the crate; the item's name is the alias or the crate's name, [`Sym::NONE`] for `as _`.
    ExternCrate { krate: Sym },
    /// One `use` item, its tree flattened.
    Use(Vec<UseLeaf>),
    /// A function, method, foreign function.
    Fn(Box<FnSig>),
    /// A struct.
    Struct { generics: Generics, fields: Fields },
    /// A union.
    Union { generics: Generics, fields: Fields },
    /// An enum.
    Enum { generics: Generics, variants: Vec<Variant> },
    /// `const NAME: ty = body` (free, associated; `body` is NONE without a default or in signatures).
    Const { ty: TypeId, body: BodyId, generics: Generics },
    /// `static NAME: ty = body`.
    Static { ty: TypeId, mutable: bool, body: BodyId },
    /// `type A<..> = ty;`, associated type definition or declaration (`ty` NONE) with its bounds.
    TypeAlias { generics: Generics, ty: TypeId, bounds: Vec<Bound> },
    /// A trait.
    Trait { generics: Generics, supertraits: Vec<Bound>, auto: bool },
    /// `trait A = B + C;`
    TraitAlias { generics: Generics, bounds: Vec<Bound> },
    /// An impl; `of` is NONE for inherent ones.
    Impl { generics: Generics, of: PathId, self_ty: TypeId, negative: bool },
    /// `extern "C" { .. }`.
    ExternBlock,
    /// `macro_rules! name { .. }`: raw text of the rules, without the outer delimiters.
    MacroRules { rules: Sym },
    /// `macro name(..) { .. }`: raw text from the name on.
    MacroDef { text: Sym },
    /// A macro invoked in item position.
    MacroCall(MacroId),
    /// `asm!` blocks, verbatim syntax: not read (counted).
    Unread,
}

/// One leaf of a `use` tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UseLeaf {
    /// The whole path to the leaf (`self` at the end of a group is dropped; each segment keeps its position).
    pub path: PathId,
    /// What it binds: a name, nothing (`as _`), or everything (`*`).
    pub binds: UseBinds,
    /// The leaf was `{self}`: only the type namespace is imported.
    pub is_self: bool,
    /// The token of the alias, or of the last segment, or of `*`.
    pub pos: Pos,
}

/// What a `use` leaf binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UseBinds {
    /// The name it is bound under.
    Name(Sym),
    /// `as _`.
    Underscore,
    /// `*`.
    Glob,
}

/// A function's signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FnSig {
    /// Type and const parameters, where clauses.
    pub generics: Generics,
    /// How it takes `self`.
    pub receiver: Receiver,
    /// Types of the parameters after `self`.
    pub params: Vec<TypeId>,
    /// Names of those parameters where the pattern is a plain identifier, else NONE.
    pub param_names: Vec<Sym>,
    /// Attributes on parameters matter to some catalog rows (`#[path]`): not kept. Return type; NONE for `()`.
    pub ret: TypeId,
    /// `async fn`.
    pub is_async: bool,
    /// `const fn`.
    pub is_const: bool,
    /// `unsafe fn`.
    pub is_unsafe: bool,
    /// C-variadic.
    pub variadic: bool,
    /// The function has a body in the source (true under [`Depth::Signatures`] too: tells provided trait methods from required ones).
    pub has_body: bool,
    /// Its body, if extracted.
    pub body: BodyId,
}

/// How a function takes `self`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receiver {
    /// No `self`.
    None,
    /// `self`, `mut self`.
    Value,
    /// `&self`.
    Ref,
    /// `&mut self`.
    RefMut,
    /// `self: ty`.
    Typed(TypeId),
}

/// Generic parameters without lifetimes, and where clauses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Generics {
    /// Type and const parameters in order.
    pub params: Vec<GenericParam>,
    /// Where clauses and inline bounds alike: `T: Bound` (inline bounds of a parameter appear here with the parameter's path).
    pub preds: Vec<Predicate>,
}

/// One generic parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenericParam {
    /// Its name.
    pub name: Sym,
    /// `const N: ty`.
    pub is_const: bool,
    /// Type of a const parameter, or default of a type parameter; NONE without.
    pub ty: TypeId,
}

/// `subject: bounds`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predicate {
    /// The bounded type.
    pub subject: TypeId,
    /// Its bounds (lifetimes dropped).
    pub bounds: Vec<Bound>,
}

/// A trait bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The trait's path, with generic arguments and associated type bindings on its last segment.
    pub path: PathId,
    /// `?Sized`.
    pub maybe: bool,
}

/// Fields of a struct, union or variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fields {
    /// `;`
    Unit,
    /// `(..)`.
    Tuple(Vec<Field>),
    /// `{..}`.
    Named(Vec<Field>),
}

/// A field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; "0", "1".. in tuples.
    pub name: Sym,
    /// Its type.
    pub ty: TypeId,
    /// Visibility.
    pub vis: Vis,
    /// Conditions.
    pub cfg: Vec<Cfg>,
    /// Attributes.
    pub attrs: Vec<Attr>,
    /// The name's token, or the type's.
    pub pos: Pos,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name.
    pub name: Sym,
    /// Its fields.
    pub fields: Fields,
    /// Conditions.
    pub cfg: Vec<Cfg>,
    /// Attributes.
    pub attrs: Vec<Attr>,
    /// The name's token.
    pub pos: Pos,
}

// -------------------------------------------------------------------------------------------------------------------------- arena

/// Nodes of one section, struct of arrays. Ids index the arrays; children have smaller ids than parents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arena {
    /// Expressions.
    pub exprs: Vec<Expr>,
    /// One token of each expression: the name of a method call or field, the operator, the first token otherwise.
    pub expr_pos: Vec<Pos>,
    /// Patterns.
    pub pats: Vec<Pat>,
    /// First token of each pattern.
    pub pat_pos: Vec<Pos>,
    /// Types as written.
    pub types: Vec<TypeRef>,
    /// Paths.
    pub paths: Vec<Path>,
    /// Segments of paths and names of method calls.
    pub segs: Vec<Seg>,
    /// Token of each segment.
    pub seg_pos: Vec<Pos>,
    /// Macro invocations.
    pub macros: Vec<MacroCall>,
    /// `let`, match arms, struct-literal fields and other small records; see [`List`] users.
    pub stmts: Vec<Stmt>,
    /// Match arms.
    pub arms: Vec<Arm>,
    /// Closures.
    pub closures: Vec<Closure>,
    /// Conditions on statements, arms, fields and expressions (`#[cfg(..)] stmt`), other than those that cut test code.
    pub cfgs: Vec<(ExprId, Cfg)>,
    /// Lists: length, then elements.
    pub pool: Vec<u32>,
}

impl Arena {
    /// Elements of a list, as raw ids.
    pub fn list(&self, list: List) -> &[u32] {
        if list.is_none() {
            return &[];
        }
        let len = self.pool[list.idx()] as usize;
        &self.pool[list.idx() + 1..list.idx() + 1 + len]
    }
    /// Elements of a list of expressions.
    pub fn exprs_of(&self, list: List) -> impl DoubleEndedIterator<Item = ExprId> + ExactSizeIterator + '_ {
        self.list(list).iter().map(|&i| ExprId(i))
    }
    /// Elements of a list of patterns.
    pub fn pats_of(&self, list: List) -> impl DoubleEndedIterator<Item = PatId> + ExactSizeIterator + '_ {
        self.list(list).iter().map(|&i| PatId(i))
    }
    /// Elements of a list of types.
    pub fn types_of(&self, list: List) -> impl DoubleEndedIterator<Item = TypeId> + ExactSizeIterator + '_ {
        self.list(list).iter().map(|&i| TypeId(i))
    }
    /// Segments of a path.
    pub fn segs_of(&self, path: PathId) -> &[Seg] {
        let p = &self.paths[path.idx()];
        &self.segs[p.first_seg as usize..(p.first_seg + p.n_segs) as usize]
    }
    /// Empties all arrays and keeps their room.
    pub fn clear(&mut self) {
        self.exprs.clear();
        self.expr_pos.clear();
        self.pats.clear();
        self.pat_pos.clear();
        self.types.clear();
        self.paths.clear();
        self.segs.clear();
        self.seg_pos.clear();
        self.macros.clear();
        self.stmts.clear();
        self.arms.clear();
        self.closures.clear();
        self.cfgs.clear();
        self.pool.clear();
    }
    /// Appends a list and returns its id.
    pub fn push_list(&mut self, elements: impl IntoIterator<Item = u32>) -> List {
        let at = self.pool.len();
        self.pool.push(0);
        self.pool.extend(elements);
        let len = self.pool.len() - at - 1;
        if len == 0 {
            self.pool.truncate(at);
            return List::EMPTY;
        }
        self.pool[at] = len as u32;
        List(at as u32)
    }
}

/// A path as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// How it starts. `crate`, `self`, `super`, `$crate`, `Self` are segments too (named so), so that each has a position.
    pub root: PathRoot,
    /// First segment, in [`Arena::segs`].
    pub first_seg: u32,
    /// Number of segments.
    pub n_segs: u32,
}

/// How a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathRoot {
    /// A plain first segment.
    Plain,
    /// `::a::b`.
    Global,
    /// `<ty>::a` (`trait_segs` 0) or `<ty as Trait>::a`: the first `trait_segs` segments name the trait.
    Qualified { ty: TypeId, trait_segs: u32 },
}

/// A path segment, or the name and turbofish of a method call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seg {
    /// Its name (raw identifiers without `r#`).
    pub name: Sym,
    /// Generic arguments: a list of [`TypeId`] for `<A, B>`; const arguments are [`TypeRef::Const`], bindings [`TypeRef::Binding`]
    /// and [`TypeRef::BindingBound`]. For `Fn(A, B) -> C` sugar: one [`TypeRef::FnSugar`].
    pub args: List,
}

/// A type as written. Lifetimes are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypeRef {
    /// A path.
    Path(PathId),
    /// `&T`, `&mut T`.
    Ref { mutable: bool, inner: TypeId },
    /// `*const T`, `*mut T`.
    Ptr { mutable: bool, inner: TypeId },
    /// `[T]`.
    Slice(TypeId),
    /// `[T; n]`: the length's text.
    Array { elem: TypeId, len: Sym },
    /// Tuple; the empty one is `()`.
    Tuple(List),
    /// `fn(A) -> B`; `ret` NONE for `()`.
    Fn { params: List, ret: TypeId },
    /// `!`.
    Never,
    /// `_`.
    Infer,
    /// `impl A + B`: list of [`TypeRef::Bound`].
    Impl(List),
    /// `dyn A + B`: list of [`TypeRef::Bound`].
    Dyn(List),
    /// A bound in a list: the trait's path.
    Bound { path: PathId, maybe: bool },
    /// Const generic argument: its text.
    Const(Sym),
    /// `Item = T`.
    Binding { name: Sym, ty: TypeId },
    /// `Item: A + B`: list of [`TypeRef::Bound`].
    BindingBound { name: Sym, bounds: List },
    /// `(A, B) -> C` after `Fn`, `FnMut`, `FnOnce`, `AsyncFn`..: inputs, and output (NONE for `()`).
    FnSugar { params: List, ret: TypeId },
    /// A macro in type position.
    Macro(MacroId),
    /// Not read.
    Unread,
}

/// Literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lit {
    /// String: its value (long ones cut at 4096 bytes).
    Str(Sym),
    /// Byte string.
    ByteStr(Sym),
    /// C string.
    CStr(Sym),
    /// Byte.
    Byte(u8),
    /// Character.
    Char(char),
    /// Integer: digits as written without suffix and underscores, suffix (NONE without).
    Int(Sym, Sym),
    /// Float, likewise.
    Float(Sym, Sym),
    /// `true`, `false`.
    Bool(bool),
}

/// An expression. Parentheses and invisible groups are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expr {
    /// A literal.
    Lit(Lit),
    /// A path: local, item, constant, unit struct.
    Path(PathId),
    /// `f(args)`: list of expressions.
    Call { callee: ExprId, args: List },
    /// `recv.name::<..>(args)`.
    MethodCall { recv: ExprId, seg: SegId, args: List },
    /// `base.name` (tuple fields by their number's text).
    Field { base: ExprId, name: Sym },
    /// `base[index]`.
    Index { base: ExprId, index: ExprId },
    /// `*e`, `!e`, `-e`.
    Unary { op: UnOp, operand: ExprId },
    /// `a + b`, `a && b`, `a == b`.
    Binary { op: BinOp, lhs: ExprId, rhs: ExprId },
    /// `a = b`. `_ = b` has an [`Expr::Underscore`] on the left; destructuring has expressions that read as patterns.
    Assign { lhs: ExprId, rhs: ExprId },
    /// `a += b`.
    AssignOp { op: BinOp, lhs: ExprId, rhs: ExprId },
    /// `&e`, `&mut e`, `&raw e`.
    Ref { mutable: bool, raw: bool, operand: ExprId },
    /// `e as ty`.
    Cast { operand: ExprId, ty: TypeId },
    /// `e?`; position at the `?`.
    Try(ExprId),
    /// `e.await`; position at `await`.
    Await(ExprId),
    /// A block: list of [`Stmt`] ids; `tail` NONE when the last statement ends in `;` or is an item.
    Block { kind: BlockKind, stmts: List, tail: ExprId, label: Sym },
    /// `if cond { then } else { els }` (`els` NONE without).
    If { cond: ExprId, then: ExprId, els: ExprId },
    /// `let pat = e` inside a condition.
    Let { pat: PatId, scrutinee: ExprId },
    /// `match e { arms }`: list of [`Arm`] ids.
    Match { scrutinee: ExprId, arms: List },
    /// `while cond { body }`; a label, NONE without.
    While { cond: ExprId, body: ExprId, label: Sym },
    /// `loop { body }`.
    Loop { body: ExprId, label: Sym },
    /// `for pat in iter { body }`: pattern, iterator, body are the three elements of the list; label is in `label`.
    For { parts: List, label: Sym },
    /// `break 'label e`.
    Break { label: Sym, value: ExprId },
    /// `continue 'label`.
    Continue { label: Sym },
    /// `return e`.
    Return(ExprId),
    /// `yield e`.
    Yield(ExprId),
    /// A closure, in [`Arena::closures`].
    Closure(u32),
    /// A tuple; the empty one is `()`.
    Tuple(List),
    /// `[a, b]`.
    Array(List),
    /// `[e; n]`.
    Repeat { elem: ExprId, len: ExprId },
    /// `Path { name: value, ..rest }`: list of name symbol, value id pairs (`[name0, value0, name1, ..]`); `rest` NONE without,
    /// and equal to the node's own id for `..` without expression.
    Struct { path: PathId, fields: List, rest: ExprId },
    /// `a..b`, `a..=b`.
    Range { lo: ExprId, hi: ExprId, inclusive: bool },
    /// A macro in expression or statement position.
    Macro(MacroId),
    /// `_` on the left of an assignment.
    Underscore,
    /// Not read (counted).
    Unread,
}

/// Kinds of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockKind {
    /// `{ }`.
    Plain,
    /// `unsafe { }`.
    Unsafe,
    /// `async { }`, `async move { }`.
    Async,
    /// `const { }`.
    Const,
    /// `gen { }`.
    Gen,
    /// `async gen { }`.
    AsyncGen,
    /// `try { }`.
    Try,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnOp {
    /// `*`
    Deref,
    /// `!`
    Not,
    /// `-`
    Neg,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    BitXor,
    BitAnd,
    BitOr,
    Shl,
    Shr,
    Eq,
    Lt,
    Le,
    Ne,
    Ge,
    Gt,
}

/// A statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stmt {
    /// `let pat: ty = init else { els };` (NONE where not written).
    Let { pat: PatId, ty: TypeId, init: ExprId, els: ExprId },
    /// An expression; `semi` tells whether its value is dropped by `;` (macro statements with braces: true).
    Expr { expr: ExprId, semi: bool },
    /// A nested item.
    Item(ItemId),
}

/// A match arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// Its pattern.
    pub pat: PatId,
    /// Its guard (may hold [`Expr::Let`]); NONE without.
    pub guard: ExprId,
    /// Its value.
    pub body: ExprId,
}

/// A closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Pattern, type pairs (`[pat0, type0, pat1, ..]`; type NONE where not written).
    pub params: List,
    /// Return type; NONE where not written.
    pub ret: TypeId,
    /// Its value.
    pub body: ExprId,
    /// `async |x| ..`.
    pub is_async: bool,
    /// `move`.
    pub is_move: bool,
}

/// A pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pat {
    /// `_`.
    Wild,
    /// `..` inside tuples and slices.
    Rest,
    /// `name`, `ref mut name`, `name @ sub` (`sub` NONE without). A plain name may be a constant or unit variant: decided at resolution
    /// through `path` (one segment, same token), NONE when it cannot be one (`ref`, `mut`, `@`).
    Ident { name: Sym, by: Binding, sub: PatId, path: PathId },
    /// `A::B`.
    Path(PathId),
    /// `A(p, .., q)`.
    TupleStruct { path: PathId, pats: List },
    /// `A { x: p, y, .. }`: list of name symbol, pattern pairs; `rest` for `..`.
    Struct { path: PathId, fields: List, rest: bool },
    /// `(p, .., q)`.
    Tuple(List),
    /// `[p, .., q]`.
    Slice(List),
    /// `&p`, `&mut p`.
    Ref { mutable: bool, inner: PatId },
    /// A literal (its expression).
    Lit(ExprId),
    /// `a..=b`: bounds as expressions, NONE where open.
    Range { lo: ExprId, hi: ExprId },
    /// `a | b`.
    Or(List),
    /// `const { .. }`.
    ConstBlock(ExprId),
    /// `p: ty` (closure parameters are in [`Closure::params`] instead).
    Type { pat: PatId, ty: TypeId },
    /// A macro in pattern position.
    Macro(MacroId),
    /// Not read.
    Unread,
}

/// How an identifier pattern binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binding {
    /// `x`, `mut x`.
    Move,
    /// `ref x`.
    Ref,
    /// `ref mut x`.
    RefMut,
}

/// A macro invocation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MacroCall {
    /// The macro's path.
    pub path: PathId,
    /// Raw text of the arguments (without delimiters), as token text joined by single spaces where needed; NONE when `shape` says all.
    pub tokens: Sym,
    /// Byte offset of the first token inside the delimiters, for positions of expanded nodes; equal to the name's when empty.
    pub args_pos: Pos,
    /// `(`, `[` or `{`.
    pub delim: char,
    /// Arguments read as expressions, by the LAST segment of the macro's name (the model decides by the resolved macro whether that
    /// reading holds).
    pub shape: MacroShape,
}

/// How a macro's arguments were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MacroShape {
    /// Not read: `tokens` holds the text.
    Raw,
    /// `print!`, `format!`, `write!`, `panic!`, `assert!`, `log::info!`..: expressions in order of writing (destination, condition,
    /// fields, arguments), the format string's value if literal, and identifiers captured by it (as path expressions).
    Format { args: List, template: Sym, captures: List },
    /// `vec![a, b]`, `dbg!(a)`, `join!(a, b)`, `try_join!`, `assert_eq!`, `matches!` and other lists of expressions.
    Exprs(List),
    /// `vec![e; n]`.
    Repeat { elem: ExprId, len: ExprId },
    /// `matches!(e, pat if guard)`.
    Matches { scrutinee: ExprId, pat: PatId, guard: ExprId },
    /// `tokio::select! { pat = future, if cond => handler, else => .. }`: branches as arms (pattern, guard = precondition, body =
    /// handler) and the awaited futures in the same order; `els` NONE without.
    Select { futures: List, arms: List, els: ExprId },
    /// `tracing` events and spans: field names and values (`[name sym or NONE, value expr, ..]`), template, captures.
    Event { fields: List, template: Sym, captures: List, args: List },
}

/// A body: function, constant, static initialiser, enum discriminant are bodies of their own; closures and async blocks are not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The item it belongs to.
    pub owner: ItemId,
    /// Patterns of the parameters after `self`.
    pub params: Vec<PatId>,
    /// The block or expression.
    pub root: ExprId,
    /// Its nodes.
    pub arena: Arena,
    /// Position of the closing brace (or the last token).
    pub end: Pos,
    /// Hash of the normalised tokens.
    pub hash: u64,
}

// ----------------------------------------------------------------------------------------------------------------------- comments

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
