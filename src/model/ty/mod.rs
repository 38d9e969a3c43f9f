//! Types: hash-consed, process-wide, immutable. [`Ty`] is a number; [`Ty::kind`] shows what it is.
//!
//! Inference variables never leave the body that made them: they live in [`TyKind::Infer`] and every type a [`TypedBody`] hands out is free
//! of them. Unknown is infectious and carries its cause.
//!
//! [`TypedBody`]: crate::model::typed::TypedBody

use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use crate::model::ids::{DefId, Name, Prim};

/// A type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ty(pub u32);

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TyKind {
    /// Not known, and why.
    Unknown(Cause),
    /// `bool`, `str`, `u8`, ..
    Prim(Prim),
    /// `!`.
    Never,
    /// Struct, enum, union with its type arguments (const arguments are `Unknown(Const)`).
    Adt(DefId, Box<[Ty]>),
    /// Tuple; the empty one is `()`.
    Tuple(Box<[Ty]>),
    /// `[T; n]`.
    Array(Ty),
    /// `[T]`.
    Slice(Ty),
    /// `&T`, `&mut T`.
    Ref(bool, Ty),
    /// `*const T`, `*mut T`.
    Ptr(bool, Ty),
    /// A function item or tuple constructor (struct or variant), with its type arguments (owner's first, then its own).
    FnDef(DefId, Box<[Ty]>),
    /// `fn(A) -> B`.
    FnPtr(Box<[Ty]>, Ty),
    /// A closure: body-unique number, parameter types, return type (of an async closure: the future).
    Closure(u32, Box<[Ty]>, Ty),
    /// A future known by its output alone: async block, value of an `async fn` (then the function).
    Future(Ty, Option<DefId>),
    /// Type parameter of a definition: owner and index among the owner's own parameters. `Self` of a trait is index [`SELF_PARAM`].
    Param(DefId, u32),
    /// `dyn A + B`: principal first.
    Dyn(Box<[Bound]>),
    /// `impl A + B` in return position: the function, the index of the `impl` in its signature, the function's type arguments.
    Opaque(DefId, u32, Box<[Ty]>),
    /// `<T as Trait<args>>::Name` that could not be normalised: trait, `[self, args..]`, associated type.
    Proj(DefId, Box<[Ty]>, Name),
    /// Inference variable (only inside the body that made it): number and kind.
    Infer(u32, VarKind),
}

/// Kinds of inference variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VarKind {
    /// Any type.
    General,
    /// An integer literal's.
    Int,
    /// A float literal's.
    Float,
}

/// Index of a trait's `Self` parameter in [`TyKind::Param`].
pub const SELF_PARAM: u32 = u32::MAX;

/// A trait bound of a `dyn` or `impl` type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bound {
    /// The trait.
    pub def: DefId,
    /// Its type arguments, without `Self`.
    pub args: Box<[Ty]>,
    /// Associated types bound: `Item = T`.
    pub assoc: Box<[(Name, Ty)]>,
}

/// Why a type is unknown. Reported in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its crate's sources are not on this machine.
    MissingSources,
    /// A path that resolves to nothing.
    UnresolvedPath,
    /// A method that no candidate provides.
    UnresolvedMethod,
    /// A field that the type does not have.
    UnresolvedField,
    /// A macro that could not be resolved or expanded.
    UnreadMacro,
    /// Made by a procedural macro.
    ProcMacro,
    /// Inference had nothing to go on.
    NotInferred,
    /// Definitions under different `cfg` disagree.
    CfgConflict,
    /// Too deep: limits of the solver.
    Depth,
    /// Syntax that was not read.
    UnreadSyntax,
    /// A const argument or expression, which this model does not evaluate.
    Const,
    /// Ambiguous between several candidates.
    Ambiguous,
}

impl Cause {
    /// As reported.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::MissingSources => "missing_sources",
            Cause::UnresolvedPath => "unresolved_path",
            Cause::UnresolvedMethod => "unresolved_method",
            Cause::UnresolvedField => "unresolved_field",
            Cause::UnreadMacro => "unread_macro",
            Cause::ProcMacro => "proc_macro",
            Cause::NotInferred => "not_inferred",
            Cause::CfgConflict => "cfg_conflict",
            Cause::Depth => "depth",
            Cause::UnreadSyntax => "unread_syntax",
            Cause::Const => "const",
            Cause::Ambiguous => "ambiguous",
        }
    }
}

struct Interner {
    map: RwLock<HashMap<&'static TyKind, u32, rustc_hash::FxBuildHasher>>,
    kinds: RwLock<Vec<&'static TyKind>>,
}

static INTERNER: LazyLock<Interner> = LazyLock::new(|| Interner { map: RwLock::default(), kinds: RwLock::default() });

impl Ty {
    /// Interns a type.
    pub fn new(kind: TyKind) -> Ty {
        if let Some(&id) = INTERNER.map.read().expect("no panic while the lock is held").get(&kind) {
            return Ty(id);
        }
        let mut map = INTERNER.map.write().expect("no panic while the lock is held");
        if let Some(&id) = map.get(&kind) {
            return Ty(id);
        }
        let leaked: &'static TyKind = Box::leak(Box::new(kind));
        let mut kinds = INTERNER.kinds.write().expect("no panic while the lock is held");
        let id = kinds.len() as u32;
        kinds.push(leaked);
        map.insert(leaked, id);
        Ty(id)
    }
    /// What it is.
    pub fn kind(self) -> &'static TyKind {
        INTERNER.kinds.read().expect("no panic while the lock is held")[self.0 as usize]
    }
    /// `()`.
    pub fn unit() -> Ty {
        Ty::new(TyKind::Tuple(Box::new([])))
    }
    /// A primitive.
    pub fn prim(p: Prim) -> Ty {
        Ty::new(TyKind::Prim(p))
    }
    /// Unknown, and why.
    pub fn unknown(cause: Cause) -> Ty {
        Ty::new(TyKind::Unknown(cause))
    }
    /// Why it is unknown, if it is.
    pub fn cause(self) -> Option<Cause> {
        match self.kind() {
            TyKind::Unknown(c) => Some(*c),
            TyKind::Infer(..) => Some(Cause::NotInferred),
            _ => None,
        }
    }
    /// The definition and arguments of a struct, enum or union.
    pub fn as_adt(self) -> Option<(DefId, &'static [Ty])> {
        match self.kind() {
            TyKind::Adt(d, args) => Some((*d, args)),
            _ => None,
        }
    }
    /// Without leading references.
    pub fn strip_refs(self) -> Ty {
        let mut t = self;
        while let TyKind::Ref(_, inner) = t.kind() {
            t = *inner;
        }
        t
    }
}

impl std::fmt::Debug for Ty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind().fmt(f)
    }
}
