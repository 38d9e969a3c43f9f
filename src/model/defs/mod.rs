//! Definitions and names: which crates there are, what each defines, and what a path names at a place.
//!
//! One [`CrateInfo`] per crate instance: production targets of workspace members, the library of every dependency instance, and the
//! std family. Members are linked when [`Defs`] is built; a dependency is linked whole at first touch, behind a `OnceLock`. The crate graph has
//! no cycles, so a load may wait for its dependencies but never for itself. What a query answers depends on the sources alone.
//!
//! Vocabulary: a *module* is a file, an inline `mod`, a crate root, or the block module of a body with nested items; a *scope* is a
//! module plus the definition whose generic parameters and `Self` are visible.
//!
//! Paths are resolved as far as modules, types and enum variants go; what follows a type or trait (`Vec::new`, `T::Item`) is left to
//! inference and told by [`PathRes::consumed`].

use std::path::Path;
use std::sync::Arc;

use crate::discover::{PkgId, Project, TargetKind};
use crate::facts::{Arena, BodyId, FileFacts, Item, ItemId, PathId, Pos, Sym};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, Prim};
use crate::model::ty::Cause;

/// A crate instance.
#[derive(Clone, Debug)]
pub struct CrateInfo {
    /// Its id.
    pub id: CrateId,
    /// Name in code (`tokio_util`).
    pub name: Name,
    /// Its package; `None` for the std family.
    pub pkg: Option<PkgId>,
    /// Exact version; `None` for the std family.
    pub version: Option<semver::Version>,
    /// 2015, 2018, 2021, 2024.
    pub edition: u16,
    /// Kind of target.
    pub kind: TargetKind,
    /// The target's name as cargo says it.
    pub target: String,
    /// A target of a workspace member: has bodies.
    pub member: bool,
    /// Root file, when sources are on this machine.
    pub root: Option<std::path::PathBuf>,
    /// Crates its code can name (renames applied), std family included, sorted by name.
    pub externs: Vec<(Name, CrateId)>,
}

/// Who may name a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The module (and those inside it).
    Module(DefId),
}

/// A definition.
#[derive(Clone, Copy, Debug)]
pub struct DefData {
    /// Name; [`crate::model::ids::kw::EMPTY`] for impls and block modules.
    pub name: Name,
    /// What it is.
    pub kind: DefKind,
    /// Owner: the module, impl, trait or enum it stands in (a block module for items in bodies); `None` for a crate root.
    pub parent: Option<DefId>,
    /// File it stands in (for a module: where it is declared; a crate root: its file).
    pub file: FileId,
    /// The item; [`ItemId::NONE`] for crate roots and block modules.
    pub item: ItemId,
    /// Variants: index in the enum's variants. Block modules: the [`BodyId`]. Others 0.
    pub sub: u32,
    /// Who may name it. Members of traits and variants: as their owner.
    pub vis: Visibility,
}

/// Namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ns {
    /// Modules, types, traits.
    Types,
    /// Functions, constants, statics, tuple and unit constructors.
    Values,
    /// Macros, attributes, derives.
    Macros,
}

/// What a path, or one segment of it, names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Res {
    /// A definition. Unit and tuple structs stand in both the type and the value namespace under one id.
    Def(DefId),
    /// A primitive type.
    Prim(Prim),
    /// `Self`: the impl, trait or type definition it stands in.
    SelfTy(DefId),
    /// A type or const parameter: owner and index among the owner's own parameters.
    Param(DefId, u32),
    /// Nothing known.
    Unknown(Cause),
}

impl Res {
    /// The definition, if it is one.
    pub fn def(self) -> Option<DefId> {
        match self {
            Res::Def(d) => Some(d),
            _ => None,
        }
    }
}

/// A resolved path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRes {
    /// What the first `consumed` segments name. `Unknown` with `consumed` segments read before the one that failed.
    pub res: Res,
    /// Segments read. The rest are associated items, left to inference (only after types, traits, parameters and `Self`).
    pub consumed: u32,
    /// What each read segment names, in order; `consumed` of them, or one more (the `Unknown`).
    pub segs: Vec<Res>,
}

/// A place where names are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The module, possibly a block module.
    pub module: DefId,
    /// The definition whose generic parameters (and its owner's) and `Self` are visible.
    pub owner: Option<DefId>,
}

/// One entry of `#[derive(..)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derive {
    /// Its path as written, joined by `::`.
    pub path: String,
    /// The derive macro: of std (`core::clone::Clone`), or a procedural macro; `None` when its crate's sources are missing.
    pub def: Option<DefId>,
    /// The `cfg_attr` entry it stands in has conditions.
    pub conditional: bool,
    /// Position of the path.
    pub pos: Pos,
}

/// Something the link could not do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkNotice {
    /// Stable id: `missing_file`, `unreadable_file`, `unread_item_macro`, `missing_sources`, `module_loop`.
    pub id: &'static str,
    /// The crate.
    pub krate: CrateId,
    /// File it is about.
    pub file: Option<FileId>,
    /// Where in it.
    pub pos: Pos,
    /// One sentence: lower case, no final stop.
    pub text: String,
}

/// A blob store kept between runs; what it gives back is verified by the caller's decoder.
pub trait Blobs: Send + Sync {
    /// The blob of a key.
    fn get(&self, key: &[u8; 32]) -> Option<Vec<u8>>;
    /// Keeps a blob; failures are ignored.
    fn put(&self, key: &[u8; 32], bytes: &[u8]);
}

/// What macro output is to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FragmentKind {
    /// An expression.
    Expr,
    /// Statements.
    Stmts,
    /// Items.
    Items,
    /// A pattern.
    Pat,
    /// A type.
    Type,
}

/// What the link may use besides the project.
#[derive(Default)]
pub struct Options {
    /// Where dependency facts are kept between runs; `None`: nowhere.
    pub store: Option<Box<dyn Blobs>>,
    /// Told when a dependency's files are parsed (crate name, files done, files known).
    pub progress: Option<Box<dyn Fn(&str, usize, usize) + Send + Sync>>,
    /// Facts of member files, when the caller has them (cache); else files are read and extracted.
    pub facts: Option<Box<dyn Fn(&Path) -> Option<Arc<FileFacts>> + Send + Sync>>,
    /// Treat dependencies as if their sources were not on this machine.
    pub no_dependencies: bool,
}

/// What is known of an impl without opening it: enough to index impls by trait and head of `Self`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImplHead {
    /// The impl.
    pub def: DefId,
    /// Its trait; `None` for inherent impls, `Some(Err)` for a trait that did not resolve.
    pub of: Option<Result<DefId, Cause>>,
    /// Head of its self type.
    pub head: Head,
    /// `impl !Trait for ..`.
    pub negative: bool,
}

/// Outermost constructor of a type as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Head {
    /// Struct, enum, union; a type alias is left as the alias's id (look through it).
    Def(DefId),
    /// Primitive.
    Prim(Prim),
    /// `&T`, `&mut T`.
    Ref(bool),
    /// `*const T`, `*mut T`.
    Ptr(bool),
    /// `[T]`.
    Slice,
    /// `[T; n]`.
    Array,
    /// A tuple and its length.
    Tuple(u32),
    /// `fn(..) -> ..`.
    Fn,
    /// `dyn Trait`: the principal.
    Dyn(Option<DefId>),
    /// A type parameter: a blanket impl.
    Param,
    /// `!`.
    Never,
    /// A projection, a macro, or unresolved.
    Other,
}

/// All crates and what they define.
pub struct Defs {
    crates: Vec<CrateInfo>,
    facts: Arc<FileFacts>,
}

#[allow(unused_variables)]
impl Defs {
    /// Links the members of a project.
    pub fn build(project: &Project, options: Options) -> Defs {
        Defs { crates: Vec::new(), facts: Arc::default() }
    }
    /// Links crates given as text, for tests: each with its name, edition, the names of its dependencies (earlier crates of the list), and
    /// files by path (`src/lib.rs` or `src/main.rs` is the root). The last ones with `member` set are members.
    pub fn from_sources(crates: &[SourceCrate<'_>]) -> Defs {
        Defs { crates: Vec::new(), facts: Arc::default() }
    }
    /// A crate.
    pub fn krate(&self, id: CrateId) -> &CrateInfo {
        &self.crates[id.0 as usize]
    }
    /// All crates: members' targets, dependency libraries, core, alloc, std, proc_macro. Loads nothing.
    pub fn crates(&self) -> impl ExactSizeIterator<Item = &CrateInfo> {
        self.crates.iter()
    }
    /// The workspace's own crates.
    pub fn members(&self) -> impl Iterator<Item = &CrateInfo> {
        self.crates.iter().filter(|c| c.member)
    }
    /// The root module of a crate.
    pub fn root(&self, krate: CrateId) -> DefId {
        DefId { krate, idx: 0 }
    }
    /// A definition.
    pub fn def(&self, id: DefId) -> &DefData {
        unreachable!("no crate, no definition")
    }
    /// Number of definitions of a crate: ids run from 0 to it. Loads the crate.
    pub fn len(&self, krate: CrateId) -> u32 {
        0
    }
    /// Files of a crate (expansions of item macros included, after the file they stand in). Loads the crate.
    pub fn files(&self, krate: CrateId) -> u32 {
        0
    }
    /// Facts of a file.
    pub fn facts(&self, file: FileId) -> &Arc<FileFacts> {
        &self.facts
    }
    /// Where a file lies; for the expansion of an item macro: the file of the invocation.
    pub fn source_path(&self, file: FileId) -> &Path {
        Path::new("")
    }
    /// For the expansion of an item macro: the file and position of the (outermost) invocation. `None` for files on disk.
    pub fn expanded_from(&self, file: FileId) -> Option<(FileId, Pos)> {
        None
    }
    /// Interned symbol of a file.
    pub fn name(&self, file: FileId, sym: Sym) -> Name {
        Name::new(&self.facts(file).symbols[sym.idx()])
    }
    /// Facts of a definition's file, and its item. For a variant: the enum's item. Crate roots and block modules have none.
    pub fn item(&self, id: DefId) -> Option<(&FileFacts, &Item)> {
        None
    }
    /// The definition of an item of a file; `None` for uses, dropped items, macro invocations.
    pub fn def_of_item(&self, file: FileId, item: ItemId) -> Option<DefId> {
        None
    }
    /// Path of a definition: where it is defined, `reqwest::async_impl::client::Client::get`. Members of an impl stand under the path of the
    /// self type's definition; of primitives and other types under a name for the type (`core::str::len`, `core::slice::iter`); of blanket impls under the trait
    /// (`core::convert::Into::into`). Items in bodies stand under the enclosing module.
    pub fn path(&self, id: DefId) -> String {
        String::new()
    }
    /// Owner.
    pub fn parent(&self, id: DefId) -> Option<DefId> {
        self.def(id).parent
    }
    /// The innermost module (block modules included) a definition stands in; a module is its own.
    pub fn module_of(&self, id: DefId) -> DefId {
        id
    }
    /// Items of a module, members of an impl or trait, variants of an enum, in order of writing. Uses, block modules and items that other
    /// macros made are included where they belong.
    pub fn children(&self, id: DefId) -> &[DefId] {
        &[]
    }
    /// The member of that name of an impl, trait or enum (values and types alike: first of that name in `ns`).
    pub fn member(&self, owner: DefId, name: Name, ns: Ns) -> Option<DefId> {
        None
    }
    /// Impl blocks of a crate, in order.
    pub fn impls(&self, krate: CrateId) -> &[DefId] {
        &[]
    }
    /// Heads of the impls of a crate, in the order of [`Self::impls`]; does not decode the files of std.
    pub fn impl_heads(&self, krate: CrateId) -> &[ImplHead] {
        &[]
    }
    /// Other definitions under the same name in the same module and namespace (under other `cfg`); the given one is not among them.
    pub fn alternatives(&self, id: DefId) -> &[DefId] {
        &[]
    }
    /// The scope inside a definition: its module, its generics. For modules: themselves.
    pub fn scope(&self, id: DefId) -> Scope {
        Scope { module: id, owner: Some(id) }
    }
    /// The scope inside a body of a definition: the block module if the body has items.
    pub fn body_scope(&self, file: FileId, body: BodyId, owner: DefId) -> Scope {
        self.scope(owner)
    }
    /// Resolves a path of a file's facts (its interface arena or a body's) or of an expansion's facts (then `file` is the file of the invocation).
    /// Locals are the caller's business: look them up before. A path qualified by a type (`<T as Trait>::a`) is resolved from its trait;
    /// `<T>::a` gives zero consumed segments and `Unknown(NotInferred)`.
    pub fn resolve_path(&self, scope: Scope, file: FileId, facts: &FileFacts, arena: &Arena, path: PathId, ns: Ns) -> PathRes {
        PathRes { res: Res::Unknown(Cause::UnresolvedPath), consumed: 0, segs: Vec::new() }
    }
    /// Resolves one name.
    pub fn resolve_name(&self, scope: Scope, name: Name, ns: Ns) -> Res {
        Res::Unknown(Cause::UnresolvedPath)
    }
    /// Traits whose methods are visible in a scope: in modules inwards out, imports (`as _` too), globs, prelude. No order is promised beyond
    /// being the same for the same sources.
    pub fn traits_in_scope(&self, scope: Scope) -> Arc<[DefId]> {
        Arc::new([])
    }
    /// The macro an invocation names: textual scope first, then paths. `pos`: of the invocation, in `file`.
    pub fn macro_of(&self, scope: Scope, file: FileId, facts: &FileFacts, arena: &Arena, path: PathId, pos: Pos) -> Res {
        Res::Unknown(Cause::UnresolvedPath)
    }
    /// Expands a `macro_rules!` or `macro` definition. Remembered by macro, arguments and kind. `$crate` comes out as an identifier that
    /// [`Self::resolve_path`] understands.
    pub fn expand(&self, def: DefId, tokens: &str, kind: FragmentKind) -> Result<Arc<FileFacts>, Cause> {
        Err(Cause::UnreadMacro)
    }
    /// Definitions by path (public paths through re-exports and paths of definition alike, associated items too) in all instances of a crate.
    /// Loads them.
    pub fn lookup(&self, krate: &str, path: &str) -> Vec<DefId> {
        Vec::new()
    }
    /// Derives of a struct, enum or union.
    pub fn derives(&self, id: DefId) -> Vec<Derive> {
        Vec::new()
    }
    /// Whether a module can see a visibility.
    pub fn visible(&self, vis: Visibility, from: DefId) -> bool {
        true
    }
    /// What could not be linked so far in the members (sorted).
    pub fn notices(&self) -> Vec<LinkNotice> {
        Vec::new()
    }
}

/// A crate given as text.
#[derive(Clone, Copy, Debug)]
pub struct SourceCrate<'a> {
    /// Name in code.
    pub name: &'a str,
    /// 2015, 2018, 2021, 2024.
    pub edition: u16,
    /// Library, binary or procedural macro crate.
    pub kind: TargetKind,
    /// A workspace member (else a dependency: signatures only).
    pub member: bool,
    /// Dependencies: name in code and name of the crate; std and core are always there if the shipped table is, or when given as crates.
    pub deps: &'a [(&'a str, &'a str)],
    /// Files: path and text; the first one is the root.
    pub files: &'a [(&'a str, &'a str)],
}
