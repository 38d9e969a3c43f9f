//! Types: hash-consed, process-wide, immutable. [`Ty`] is a pointer; [`Ty::kind`] shows what it is.
//!
//! Inference variables never leave the body that made them: they live in [`TyKind::Infer`] and every type a [`TypedBody`] hands out is free
//! of them. Unknown is infectious and carries its cause.
//!
//! [`TypedBody`]: crate::model::typed::TypedBody

pub mod caches;
pub mod fold;
pub mod generics;
pub mod impls;
pub mod lang;
pub mod lower;
pub mod method;
pub mod queries;
pub mod solve;
pub mod text;
pub mod vars;

use std::cell::Cell;
use std::hash::BuildHasher;
use std::mem::ManuallyDrop;
use std::sync::{LazyLock, RwLock};

use rustc_hash::{FxBuildHasher, FxHashSet};

use crate::model::ids::{DefId, Name, Prim};

/// A type: equal types are the same entry, so comparing, hashing and looking inside cost a pointer.
#[derive(Clone, Copy)]
pub struct Ty(&'static Entry);

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

/// An interned type: what it is, and what occurs inside it.
struct Entry {
    kind: TyKind,
    flags: u8,
    /// Number of nodes when written out, capped.
    weight: u32,
    /// Levels of types inside one another.
    depth: u16,
    /// One more than the highest number of an inference variable inside; 0 without.
    vars_end: u32,
}

/// Deepest type there is: one that would be deeper is unknown. The compiler stops at 128 unless told otherwise.
const MAX_DEPTH: u16 = 256;
/// Heaviest type there is, likewise.
const MAX_WEIGHT: u32 = 1 << 14;

/// The hash-consing table, sharded by hash so that threads seldom meet. Entries live as long as the process: a run makes each type once.
struct Interner {
    shards: [RwLock<FxHashSet<&'static Entry>>; SHARDS],
}

const SHARDS: usize = 64;

/// Types that a thread asked for lately: most questions are answered here, without the locks of the others.
const RECENT_LEN: usize = 1 << 13;

thread_local! {
    static RECENT: Box<[Cell<Option<&'static Entry>>]> = (0..RECENT_LEN).map(|_| Cell::new(None)).collect();
}

static INTERNER: LazyLock<Interner> = LazyLock::new(|| Interner { shards: std::array::from_fn(|_| RwLock::default()) });

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Entry {}

impl std::hash::Hash for Entry {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

impl std::borrow::Borrow<TyKind> for &'static Entry {
    fn borrow(&self) -> &TyKind {
        &self.kind
    }
}

impl PartialEq for Ty {
    fn eq(&self, other: &Ty) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Ty {}

impl std::hash::Hash for Ty {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).addr().hash(state);
    }
}

/// Something inside the type is an inference variable.
pub(crate) const HAS_INFER: u8 = 1;
/// Something inside the type is a type parameter.
pub(crate) const HAS_PARAM: u8 = 2;
/// Something inside the type is a projection.
pub(crate) const HAS_PROJ: u8 = 4;
/// Something inside the type is unknown.
pub(crate) const HAS_UNKNOWN: u8 = 8;
/// Something inside the type is numbered within a body: a closure.
pub(crate) const HAS_CLOSURE: u8 = 16;

fn flags_of(kind: &TyKind) -> u8 {
    let all = |tys: &[Ty]| tys.iter().fold(0, |f, t| f | t.0.flags);
    let of_bounds = |bounds: &[Bound]| bounds.iter().fold(0, |f, b| b.assoc.iter().fold(f | all(&b.args), |f, (_, t)| f | t.0.flags));
    match kind {
        TyKind::Unknown(_) => HAS_UNKNOWN,
        TyKind::Prim(_) | TyKind::Never => 0,
        TyKind::Adt(_, args) | TyKind::Tuple(args) | TyKind::FnDef(_, args) | TyKind::Opaque(_, _, args) => all(args),
        TyKind::Array(t) | TyKind::Slice(t) | TyKind::Ref(_, t) | TyKind::Ptr(_, t) | TyKind::Future(t, _) => t.0.flags,
        TyKind::FnPtr(params, ret) => all(params) | ret.0.flags,
        TyKind::Closure(_, params, ret) => HAS_CLOSURE | all(params) | ret.0.flags,
        TyKind::Param(..) => HAS_PARAM,
        TyKind::Dyn(bounds) => of_bounds(bounds),
        TyKind::Proj(_, args, _) => HAS_PROJ | all(args),
        TyKind::Infer(..) => HAS_INFER,
    }
}

fn weight_of(kind: &TyKind) -> u32 {
    let all = |tys: &[Ty]| tys.iter().fold(0u32, |n, t| n.saturating_add(t.0.weight));
    let of_bound = |b: &Bound| b.assoc.iter().fold(all(&b.args), |n, (_, t)| n.saturating_add(t.0.weight));
    let inside = match kind {
        TyKind::Unknown(_) | TyKind::Prim(_) | TyKind::Never | TyKind::Param(..) | TyKind::Infer(..) => 0,
        TyKind::Adt(_, args) | TyKind::Tuple(args) | TyKind::FnDef(_, args) | TyKind::Opaque(_, _, args) | TyKind::Proj(_, args, _) => {
            all(args)
        }
        TyKind::Array(t) | TyKind::Slice(t) | TyKind::Ref(_, t) | TyKind::Ptr(_, t) | TyKind::Future(t, _) => t.0.weight,
        TyKind::FnPtr(params, ret) | TyKind::Closure(_, params, ret) => all(params).saturating_add(ret.0.weight),
        TyKind::Dyn(bounds) => bounds.iter().fold(0u32, |n, b| n.saturating_add(of_bound(b))),
    };
    inside.saturating_add(1)
}

fn depth_of(kind: &TyKind) -> u16 {
    let all = |tys: &[Ty]| tys.iter().map(|t| t.0.depth).max().unwrap_or(0);
    let of_bound = |b: &Bound| b.assoc.iter().fold(all(&b.args), |n, (_, t)| n.max(t.0.depth));
    let inside = match kind {
        TyKind::Unknown(_) | TyKind::Prim(_) | TyKind::Never | TyKind::Param(..) | TyKind::Infer(..) => 0,
        TyKind::Adt(_, args) | TyKind::Tuple(args) | TyKind::FnDef(_, args) | TyKind::Opaque(_, _, args) | TyKind::Proj(_, args, _) => {
            all(args)
        }
        TyKind::Array(t) | TyKind::Slice(t) | TyKind::Ref(_, t) | TyKind::Ptr(_, t) | TyKind::Future(t, _) => t.0.depth,
        TyKind::FnPtr(params, ret) | TyKind::Closure(_, params, ret) => all(params).max(ret.0.depth),
        TyKind::Dyn(bounds) => bounds.iter().map(of_bound).max().unwrap_or(0),
    };
    inside + 1
}

fn vars_end_of(kind: &TyKind) -> u32 {
    if let TyKind::Infer(n, _) = kind {
        return n + 1;
    }
    let mut end = 0;
    fold::each_of(kind, &mut |t| end = end.max(t.0.vars_end));
    end
}

impl Ty {
    /// Interns a type; one that is too deep or too heavy is unknown.
    pub fn new(kind: TyKind) -> Ty {
        let hash = FxBuildHasher.hash_one(&kind);
        RECENT.with(|recent| {
            let slot = &recent[hash as usize >> 8 & (RECENT_LEN - 1)];
            if let Some(entry) = slot.get()
                && entry.kind == kind
            {
                return Ty(entry);
            }
            let ty = Ty::shared(kind, hash);
            slot.set(Some(ty.0));
            ty
        })
    }
    /// Interns by the table of all threads.
    fn shared(kind: TyKind, hash: u64) -> Ty {
        let shard = &INTERNER.shards[(hash >> 32) as usize % SHARDS];
        if let Some(entry) = shard.read().expect("no panic while the lock is held").get(&kind) {
            return Ty(entry);
        }
        let mut set = shard.write().expect("no panic while the lock is held");
        if let Some(entry) = set.get(&kind) {
            return Ty(entry);
        }
        let (flags, weight, depth) = (flags_of(&kind), weight_of(&kind), depth_of(&kind));
        if weight > MAX_WEIGHT || depth > MAX_DEPTH {
            drop(set);
            return Ty::unknown(Cause::Depth);
        }
        let entry: &'static Entry = Box::leak(Box::new(Entry { vars_end: vars_end_of(&kind), kind, flags, weight, depth }));
        set.insert(entry);
        Ty(entry)
    }
    /// What it is.
    pub fn kind(self) -> &'static TyKind {
        &self.0.kind
    }
    /// Number of nodes when written out, capped.
    pub(crate) fn weight(self) -> u32 {
        self.0.weight
    }
    /// One more than the highest number of an inference variable inside; 0 without.
    pub(crate) fn vars_end(self) -> u32 {
        self.0.vars_end
    }
    /// Whether something inside has one of the flags.
    pub(crate) fn has(self, flags: u8) -> bool {
        self.0.flags & flags != 0
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

/// The type room: definitions, and what was made of their signatures so far.
pub struct Types<'d> {
    /// Definitions and names.
    pub defs: &'d crate::model::defs::Defs,
    /// Definitions that syntax refers to.
    pub lang: lang::Lang,
    /// core, alloc, std: where inherent impls of primitives stand.
    pub(crate) std_crates: Vec<crate::model::ids::CrateId>,
    /// Never dropped: what the tables point to lives as long as the process, and taking them apart would only take time.
    pub(crate) caches: ManuallyDrop<Caches>,
}

impl<'d> Types<'d> {
    /// A type room over definitions.
    pub fn new(defs: &'d crate::model::defs::Defs) -> Types<'d> {
        let std_crates =
            defs.crates().filter(|c| c.pkg.is_none() && matches!(c.name.as_str(), "core" | "alloc" | "std")).map(|c| c.id).collect();
        Types { defs, lang: lang::Lang::find(defs), std_crates, caches: ManuallyDrop::new(Caches::new(defs.crates().len())) }
    }

    /// The value of a memo table for a definition.
    fn memo<T>(&self, table: impl FnOnce(&Caches) -> &caches::DefMap<T>, def: DefId, make: impl FnOnce() -> T) -> &'static T {
        table(&self.caches).get(def, || self.defs.len(def.krate), make)
    }
}

/// Memo tables, one value per definition (or crate root, or module).
pub(crate) struct Caches {
    pub generics: caches::DefMap<generics::Generics>,
    pub sigs: caches::DefMap<queries::Sig>,
    pub types: caches::DefMap<Ty>,
    pub fields: caches::DefMap<Vec<queries::FieldTy>>,
    pub preds: caches::DefMap<Vec<queries::Pred>>,
    pub impl_selves: caches::DefMap<Ty>,
    pub headers: caches::DefMap<queries::ImplHeader>,
    pub supers: caches::DefMap<Vec<Bound>>,
    pub declared_bounds: caches::DefMap<Vec<Bound>>,
    /// Members of impls and traits, sorted by name.
    pub members: caches::DefMap<Vec<(Name, DefId, crate::model::ids::DefKind)>>,
    pub impls: caches::DefMap<impls::ImplIndex>,
    /// Members of the traits in scope of a module.
    pub scope_members: caches::DefMap<impls::Members>,
    pub derived: caches::DefMap<Vec<DefId>>,
    pub env: caches::DefMap<Vec<queries::Pred>>,
    /// Trait and arguments to the answer, where it is the same in every body.
    pub goals: caches::Memo<solve::Goal, solve::Answer>,
    /// Receiver, name and module to the method found, where it is the same in every body.
    pub methods: caches::Memo<(Ty, Name, DefId), Option<std::sync::Arc<method::Picked>>>,
    /// Projections to what they stand for, where it is the same in every body.
    pub projections: caches::Memo<Ty, Ty>,
}

impl Caches {
    fn new(crates: usize) -> Caches {
        Caches {
            generics: caches::DefMap::new(crates),
            sigs: caches::DefMap::new(crates),
            types: caches::DefMap::new(crates),
            fields: caches::DefMap::new(crates),
            preds: caches::DefMap::new(crates),
            impl_selves: caches::DefMap::new(crates),
            headers: caches::DefMap::new(crates),
            supers: caches::DefMap::new(crates),
            declared_bounds: caches::DefMap::new(crates),
            members: caches::DefMap::new(crates),
            impls: caches::DefMap::new(crates),
            scope_members: caches::DefMap::new(crates),
            derived: caches::DefMap::new(crates),
            env: caches::DefMap::new(crates),
            goals: caches::Memo::default(),
            methods: caches::Memo::default(),
            projections: caches::Memo::default(),
        }
    }
}
