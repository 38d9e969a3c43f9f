//! The interface section: items and what they are made of. An edit inside a function body leaves it as it was.

use serde::{Deserialize, Serialize};

use super::{Arena, BodyId, ItemId, MacroId, PathId, Pos, Sym, TypeId};

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
