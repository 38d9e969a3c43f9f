//! Bodies and what they are made of: expressions, statements, patterns, macro invocations.

use serde::{Deserialize, Serialize};

use super::{Arena, ExprId, ItemId, List, MacroId, PatId, PathId, Pos, SegId, Sym, TypeId};

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
    /// Where `tokens` comes from: pairs of an offset in it and the offset in the file (or expansion), from which on both go in step. For positions
    /// of expanded nodes; empty in dependencies.
    pub places: List,
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
