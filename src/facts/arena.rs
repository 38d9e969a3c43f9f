//! The arena that holds the nodes of one section, and its smaller nodes: paths, segments, types.

use serde::{Deserialize, Serialize};

use super::{Arm, Cfg, Closure, Expr, ExprId, List, MacroCall, MacroId, Pat, PatId, PathId, Pos, Stmt, Sym, TypeId};

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
    /// Statements.
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
    /// Position, in the file or expansion of the arena, of an offset in the text of a macro's arguments.
    pub fn argument_pos(&self, call: super::MacroId, offset: u32) -> Option<Pos> {
        let places = self.list(self.macros[call.idx()].places);
        let pairs = places.as_chunks::<2>().0;
        let i = pairs.partition_point(|p| p[0] <= offset).checked_sub(1)?;
        Some(pairs[i][1] + (offset - pairs[i][0]))
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
