//! A body with its types: what inference hands to everything after it. Dropped once summarised.

use rustc_hash::FxHashMap;
use std::sync::Arc;

use crate::facts::{Arena, BodyId, ExprId, FileFacts, MacroId, PatId, PathId, Pos};
use crate::model::ids::{DefId, FileId};
use crate::model::ty::{Cause, Ty};

/// An expression of a typed body: the segment it stands in (0: the body's own arena, others: macro expansions) and its id there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprRef {
    /// Index in [`TypedBody::segs`].
    pub seg: u32,
    /// Id in that segment's arena.
    pub id: ExprId,
}

/// A body with its types.
pub struct TypedBody {
    /// The function, constant or static.
    pub owner: DefId,
    /// File of the owner.
    pub file: FileId,
    /// The body in that file.
    pub body: BodyId,
    /// Facts of that file.
    pub facts: Arc<FileFacts>,
    /// The body's own arena (0) and the expansions of its macros.
    pub segs: Vec<Segment>,
    /// Type the body must have (for `async fn`: the output).
    pub ret: Ty,
}

/// Nodes of one arena with their types.
pub struct Segment {
    /// Where the nodes come from.
    pub source: SegSource,
    /// Type of each expression, by [`ExprId`]; every one is free of inference variables.
    pub exprs: Vec<Ty>,
    /// Type of each pattern.
    pub pats: Vec<Ty>,
    /// What each call, method call, operator, `?`, `for`, `.await`, index and macro calls (implicit calls included). Absent: plain syntax.
    pub callees: FxHashMap<ExprId, Callee>,
    /// What each path names.
    pub paths: FxHashMap<PathId, PathTarget>,
    /// What each macro invocation is and, if expanded, the segment of its expansion.
    pub macros: FxHashMap<MacroId, MacroTarget>,
}

/// Where the nodes of a segment come from.
pub enum SegSource {
    /// The body's own arena.
    Body,
    /// Expansion of a `macro_rules!` macro.
    Expansion {
        /// The expansion: one body whose root is the expression (or block of statements).
        facts: Arc<FileFacts>,
        /// The invocation: segment and id.
        call: (u32, MacroId),
        /// Position of the invocation in the body's file: where findings inside the expansion stand.
        pos: Pos,
    },
}

/// What a call calls.
#[derive(Clone, Debug)]
pub struct Callee {
    /// The function: for a trait method, the impl's when the receiver is known exactly, else the trait's. `None`: unknown.
    pub def: Option<DefId>,
    /// The trait's method, when dispatched through a trait.
    pub trait_method: Option<DefId>,
    /// Type arguments of `def` (owner's first, then its own).
    pub args: Box<[Ty]>,
    /// The receiver is `dyn Trait` or a type parameter: the impl is not known.
    pub dispatched: bool,
    /// Receiver type after auto-deref, for method calls.
    pub recv: Option<Ty>,
    /// Further functions called implicitly here (`Deref` steps, `From::from` of `?`, `FromStr` of `parse`, `FromIterator` of `collect`).
    pub implied: Vec<DefId>,
    /// Why `def` is `None`.
    pub cause: Option<Cause>,
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathTarget {
    /// A local variable: the segment and pattern that binds it.
    Local(u32, PatId),
    /// `self`.
    SelfValue,
    /// A definition (function, constant, static, struct, variant, ..).
    Def(DefId),
    /// A type parameter, `Self`, a primitive: a type.
    Ty(Ty),
    /// Nothing known.
    Unknown(Cause),
}

/// What a macro invocation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacroTarget {
    /// The macro, `None` when it could not be resolved.
    pub def: Option<DefId>,
    /// Segment of its expansion, if it was expanded; built-in and catalogued macros (`println!`, `tracing::info!`, `vec!`) are not expanded
    /// and read through their [`crate::facts::MacroShape`].
    pub expansion: Option<u32>,
    /// Why it is unread, if it is.
    pub cause: Option<Cause>,
}

impl TypedBody {
    /// Facts that hold the nodes of a segment (the body's arena for 0).
    pub fn arena(&self, seg: u32) -> &Arena {
        match &self.segs[seg as usize].source {
            SegSource::Body => &self.facts.bodies[self.body.idx()].arena,
            SegSource::Expansion { facts, .. } => &facts.bodies[0].arena,
        }
    }
    /// Facts a segment's nodes and symbols are part of.
    pub fn facts_of(&self, seg: u32) -> &FileFacts {
        match &self.segs[seg as usize].source {
            SegSource::Body => &self.facts,
            SegSource::Expansion { facts, .. } => facts,
        }
    }
    /// Symbols of a segment.
    pub fn str(&self, seg: u32, sym: crate::facts::Sym) -> &str {
        &self.facts_of(seg).symbols[sym.idx()]
    }
    /// The root expression.
    pub fn root(&self) -> ExprRef {
        ExprRef { seg: 0, id: self.facts.bodies[self.body.idx()].root }
    }
    /// Root of an expansion.
    pub fn root_of(&self, seg: u32) -> ExprRef {
        match &self.segs[seg as usize].source {
            SegSource::Body => self.root(),
            SegSource::Expansion { facts, .. } => ExprRef { seg, id: facts.bodies[0].root },
        }
    }
    /// Type of an expression.
    pub fn ty(&self, e: ExprRef) -> Ty {
        self.segs[e.seg as usize].exprs[e.id.idx()]
    }
    /// What an expression calls.
    pub fn callee(&self, e: ExprRef) -> Option<&Callee> {
        self.segs[e.seg as usize].callees.get(&e.id)
    }
    /// Position in the body's file: the node's token where it is written there, be it as an argument of a macro, else the invocation of the macro
    /// that made it.
    pub fn pos(&self, e: ExprRef) -> Pos {
        self.place(e.seg, self.arena(e.seg).expr_pos[e.id.idx()])
    }
    /// [`TypedBody::pos`] of a pattern.
    pub fn pat_pos(&self, seg: u32, pat: PatId) -> Pos {
        self.place(seg, self.arena(seg).pat_pos[pat.idx()])
    }
    fn place(&self, seg: u32, own: Pos) -> Pos {
        match &self.segs[seg as usize].source {
            SegSource::Body => own,
            SegSource::Expansion { pos, .. } => self.written(seg, own).unwrap_or(*pos),
        }
    }
    /// Where a token of a segment is written in the body's file; `None` for what a macro adds.
    pub fn written(&self, seg: u32, own: Pos) -> Option<Pos> {
        match &self.segs[seg as usize].source {
            SegSource::Body => Some(own),
            SegSource::Expansion { facts, call: (outer, call), .. } => {
                self.written(*outer, self.arena(*outer).argument_pos(*call, facts.argument_at(own)?)?)
            }
        }
    }
}
