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

mod ahead;
mod cfgs;
mod crates;
mod data;
mod expansions;
mod files;
mod index;
mod link;
mod load;
mod macros;
mod names;
mod resolve;
mod snapshot;
mod std;
pub mod std_table;
#[cfg(test)]
mod tests;

use ::std::path::Path;
use ::std::sync::{Arc, OnceLock, RwLock};
use ::std::time::Duration;

use rustc_hash::FxHashMap;

pub use self::ahead::Ahead;
use self::data::CrateData;
pub use self::expansions::Expansions;
pub(crate) use self::macros::reads_as_rules;
use self::resolve::View;
use crate::discover::{PkgId, TargetKind};
pub use crate::facts::fragment::FragmentKind;
use crate::facts::{Arena, BodyId, FileFacts, Item, ItemId, ItemKind, PathId, PathRoot, Pos, Sym, UseBinds};
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
    pub root: Option<::std::path::PathBuf>,
    /// Crates its code can name (renames applied), std family included, sorted by name.
    pub externs: Vec<(Name, CrateId)>,
    /// Those of them that are compiled for other platforms than the analysed one alone.
    pub elsewhere: Vec<CrateId>,
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
    /// Modules: index of their scope.
    aux: u32,
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

/// One leaf of a `use` item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportLeaf {
    /// Module it stands in.
    pub module: DefId,
    /// File it stands in.
    pub file: FileId,
    /// The `use` item.
    pub item: ItemId,
    /// Its whole path, in the interface arena.
    pub path: PathId,
    /// Position of the leaf.
    pub pos: Pos,
    /// Why it names nothing, if it names nothing.
    pub unbound: Option<Cause>,
}

/// Something the link could not do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkNotice {
    /// Stable id: `missing_file`, `unreadable_file`, `unread_item_macro`, `missing_sources`, `module_loop`, `too_many_files`.
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

/// Told while a dependency is parsed: crate name, files done, files known.
pub type Progress = dyn Fn(&str, usize, usize) + Send + Sync;

/// What the link may use besides the project.
#[derive(Default)]
pub struct Options {
    /// Where dependency facts are kept between runs; `None`: nowhere.
    pub store: Option<crate::cache::Store>,
    /// Told when a dependency's files are parsed (crate name, files done, files known).
    pub progress: Option<Box<Progress>>,
    /// Files of the members that are being read already.
    pub ahead: Option<Ahead>,
    /// What procedural macros make.
    pub expansions: Arc<Expansions>,
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
    data: Vec<OnceLock<CrateData>>,
    std: crates::StdIds,
    by_name: FxHashMap<Name, Vec<CrateId>>,
    source: Arc<files::FileSource>,
    member_loader: Arc<files::Loader>,
    options: Options,
    index: Option<index::Index>,
    macros: macros::Memo,
    traits: RwLock<FxHashMap<DefId, Arc<[DefId]>>>,
    reading: Duration,
}

/// Crates and files.
impl Defs {
    /// A crate.
    pub fn krate(&self, id: CrateId) -> &CrateInfo {
        &self.crates[id.0 as usize]
    }
    /// How long it took to read the files of the members.
    pub fn reading(&self) -> Duration {
        self.reading
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
    /// Keeps for later runs what this one learned of dependencies. For the end of a run.
    pub fn keep_index(&self) {
        if let Some(index) = &self.index {
            index.keep(self);
        }
    }
    /// Number of definitions of a crate: ids run from 0 to it. Loads the crate.
    pub fn len(&self, krate: CrateId) -> u32 {
        self.data(krate).defs.len() as u32
    }
    /// Files of a crate (expansions of item macros included, after the file they stand in). Loads the crate.
    pub fn files(&self, krate: CrateId) -> u32 {
        self.data(krate).files.len() as u32
    }
    /// What the code of a crate can reach besides computing, other crates aside. Loads the crate.
    pub fn reach(&self, krate: CrateId) -> crate::facts::Reach {
        self.data(krate).reach
    }
    /// Whether nothing is known of a crate but its name. Loads the crate.
    pub fn is_missing(&self, krate: CrateId) -> bool {
        self.data(krate).missing
    }
    /// Facts of a file.
    pub fn facts(&self, file: FileId) -> &Arc<FileFacts> {
        self.file(file).facts()
    }
    /// Where a file lies; for the expansion of an item macro: the file of the invocation.
    pub fn source_path(&self, file: FileId) -> &Path {
        &self.file(file).path
    }
    /// For the expansion of an item macro: the file and position of the (outermost) invocation. `None` for files on disk.
    pub fn expanded_from(&self, file: FileId) -> Option<(FileId, Pos)> {
        self.file(file).expanded_from
    }
    /// Interned symbol of a file; the empty name for NONE.
    pub fn name(&self, file: FileId, sym: Sym) -> Name {
        self.file(file).name(sym)
    }
    fn file(&self, file: FileId) -> &data::FileEntry {
        &self.data(file.krate).files[file.idx as usize]
    }
    fn view(&self) -> View<'_> {
        View { defs: self, own: None }
    }
    fn macros(&self) -> &macros::Memo {
        &self.macros
    }
    fn std_ids(&self) -> crates::StdIds {
        self.std
    }
    /// The newest crate of a name.
    fn newest(&self, name: Name) -> Option<CrateId> {
        self.by_name.get(&name).and_then(|ids| ids.first().copied())
    }
    /// The prelude module of std or core for an edition.
    fn prelude_of(&self, krate: CrateId, edition: u16) -> Option<DefId> {
        let scope = Scope { module: self.root(krate), owner: None };
        let module = |name: &str| {
            let names = [crate::model::ids::kw::PRELUDE, Name::new(name)];
            self.view().path(scope, &names, PathRoot::Plain, Ns::Types).res.def()
        };
        module(&format!("rust_{edition}")).or_else(|| module("v1"))
    }
    /// What could not be linked in the members: sorted by crate, file, position.
    pub fn notices(&self) -> Vec<LinkNotice> {
        let mut all: Vec<LinkNotice> = self.members().flat_map(|c| self.data(c.id).notices.iter().cloned()).collect();
        all.sort_by_key(|n| (n.krate, n.file, n.pos, n.id));
        all
    }
    /// Item macros of a crate that were not read: place, path as written, and why. Loads the crate.
    pub fn unread_macros(&self, krate: CrateId) -> Vec<(FileId, Pos, &str, Cause)> {
        let unread = self.data(krate).unread.iter();
        unread.map(|u| (FileId { krate, idx: u.file }, u.pos, &*u.path, u.cause)).collect()
    }
    /// Leaves of `use` items of a crate, in order: the module they stand in, the leaf's place and path, and why it is unbound, if it is. Loads
    /// the crate.
    pub fn imports(&self, krate: CrateId) -> Vec<ImportLeaf> {
        let data = self.data(krate);
        let leaf = |i: &data::ImportRecord| ImportLeaf {
            module: DefId { krate, idx: data.modules[i.module as usize].def },
            file: FileId { krate, idx: i.file },
            item: i.item,
            path: i.path,
            pos: i.pos,
            unbound: (!i.resolved).then_some(i.cause),
        };
        data.imports.iter().map(leaf).collect()
    }
}

/// Definitions.
impl Defs {
    /// A definition.
    pub fn def(&self, id: DefId) -> &DefData {
        &self.data(id.krate).defs[id.idx as usize]
    }
    /// Facts of a definition's file, and its item. For a variant: the enum's item. Crate roots and block modules have none.
    pub fn item(&self, id: DefId) -> Option<(&FileFacts, &Item)> {
        let def = self.def(id);
        let facts = self.file(def.file).facts();
        Some((facts, facts.interface.items.get(def.item.idx())?))
    }
    /// The definition of an item of a file; `None` for uses, dropped items, macro invocations.
    pub fn def_of_item(&self, file: FileId, item: ItemId) -> Option<DefId> {
        let idx = *self.file(file).item_defs.get(item.idx())?;
        (idx != data::NONE).then_some(DefId { krate: file.krate, idx })
    }
    /// Owner.
    pub fn parent(&self, id: DefId) -> Option<DefId> {
        self.def(id).parent
    }
    /// The innermost module (block modules included) a definition stands in; a module is its own.
    pub fn module_of(&self, id: DefId) -> DefId {
        self.view().module_of(id)
    }
    /// Items of a module, members of an impl or trait, variants of an enum, in order of writing (those that macros made after the others).
    /// Block modules of bodies are children of the module around them.
    pub fn children(&self, id: DefId) -> &[DefId] {
        let data = self.data(id.krate);
        let (from, to) = data.child_ranges[id.idx as usize];
        &data.child_list[from as usize..to as usize]
    }
    /// The member of that name of an impl, trait or enum. Variants stand in both `Types` and `Values`.
    pub fn member(&self, owner: DefId, name: Name, ns: Ns) -> Option<DefId> {
        let data = self.data(owner.krate);
        let fits = |kind| match kind {
            DefKind::Variant => ns != Ns::Macros,
            DefKind::TypeAlias => ns == Ns::Types,
            _ => ns == Ns::Values,
        };
        self.children(owner).iter().copied().find(|c| {
            let def = &data.defs[c.idx as usize];
            def.name == name && fits(def.kind)
        })
    }
    /// Impl blocks of a crate, in order. Loads the crate.
    pub fn impls(&self, krate: CrateId) -> &[DefId] {
        &self.data(krate).impls
    }
    /// Heads of the impls of a crate, in the order of [`Self::impls`]. Loads the crate.
    pub fn impl_heads(&self, krate: CrateId) -> &[ImplHead] {
        let data = self.data(krate);
        data.heads.get_or_init(|| data.impls.iter().map(|d| self.impl_head(*d)).collect())
    }
    /// Other definitions under the same name in the same module and namespace (under other `cfg`); the given one is not among them.
    pub fn alternatives(&self, id: DefId) -> &[DefId] {
        self.data(id.krate).alternatives.get(&id.idx).map_or(&[], |v| v)
    }
    /// What a name means in a module: by definition, import or glob; with who may name it.
    pub fn meanings(&self, module: DefId, name: Name, ns: Ns) -> Vec<(Res, Visibility)> {
        match self.view().inside(module, name, ns) {
            resolve::Lookup::Found(all) => all.into_iter().map(|e| (e.res, e.vis)).collect(),
            _ => Vec::new(),
        }
    }
    /// Whether code in a module may name something of this visibility.
    pub fn visible(&self, vis: Visibility, from: DefId) -> bool {
        self.view().visible(vis, from)
    }
}

/// Names at places.
impl Defs {
    /// The scope inside a definition: its module, its generics. For modules: themselves.
    pub fn scope(&self, id: DefId) -> Scope {
        let module = self.module_of(id);
        Scope { module, owner: (module != id).then_some(id) }
    }
    /// The scope inside a body of a definition: the block module if the body has items.
    pub fn body_scope(&self, file: FileId, body: BodyId, owner: DefId) -> Scope {
        let block = self.data(file.krate).blocks.get(&(file.idx, body));
        let scope = self.scope(owner);
        match block {
            Some(&idx) => Scope { module: DefId { krate: file.krate, idx }, ..scope },
            None => scope,
        }
    }
    /// Resolves a path of a file's facts (its interface arena or a body's) or of an expansion's facts (then `file` is the file of the invocation).
    /// Locals are the caller's business: look them up before. A path qualified by a trait (`<T as Trait>::a`) is resolved as far as the
    /// trait; `<T>::a` gives zero consumed segments and `Unknown(NotInferred)`.
    pub fn resolve_path(&self, scope: Scope, file: FileId, facts: &FileFacts, arena: &Arena, path: PathId, ns: Ns) -> PathRes {
        let segs = arena.segs_of(path);
        let names: Vec<Name> = segs.iter().map(|s| self.name_in(file, facts, s.name)).collect();
        match arena.paths[path.idx()].root {
            PathRoot::Qualified { trait_segs: 0, .. } => PathRes { res: Res::Unknown(Cause::NotInferred), consumed: 0, segs: Vec::new() },
            PathRoot::Qualified { trait_segs, .. } => {
                let named = &names[..(trait_segs as usize).min(names.len())];
                let found = self.view().path(scope, named, PathRoot::Plain, Ns::Types);
                match found.res {
                    Res::Unknown(_) => self.view().path(scope, named, PathRoot::Global, Ns::Types),
                    _ => found,
                }
            }
            PathRoot::Plain if !names.is_empty() => self
                .through_expansion_use(scope, file, facts, &names, ns)
                .unwrap_or_else(|| self.view().path(scope, &names, PathRoot::Plain, ns)),
            root => self.view().path(scope, &names, root, ns),
        }
    }
    /// Resolves the path of a `use` leaf: what it names in the first namespace that has it (types, values, macros).
    pub fn resolve_use(&self, module: DefId, file: FileId, path: PathId) -> PathRes {
        let facts = self.facts(file);
        let arena = &facts.interface.arena;
        let names: Vec<Name> = arena.segs_of(path).iter().map(|s| self.name(file, s.name)).collect();
        self.view().use_path(module, &names, arena.paths[path.idx()].root)
    }
    /// Resolves one name.
    pub fn resolve_name(&self, scope: Scope, name: Name, ns: Ns) -> Res {
        self.view().name(scope, name, ns)
    }
    /// Traits whose methods are visible in a scope: in modules inwards out, imports (`as _` too), globs, prelude. The order is the same for the
    /// same sources.
    pub fn traits_in_scope(&self, scope: Scope) -> Arc<[DefId]> {
        if let Some(found) = self.traits.read().expect("no panic while the lock is held").get(&scope.module) {
            return found.clone();
        }
        let found = self.collect_traits(scope.module);
        self.traits.write().expect("no panic while the lock is held").entry(scope.module).or_insert(found).clone()
    }
    /// The macro an invocation names: textual scope first, then paths. `pos`: of the invocation, in `file`.
    pub fn macro_of(&self, scope: Scope, file: FileId, facts: &FileFacts, arena: &Arena, path: PathId, pos: Pos) -> Res {
        let segs = arena.segs_of(path);
        let view = self.view();
        if let ([seg], PathRoot::Plain) = (segs, arena.paths[path.idx()].root) {
            let name = self.name_in(file, facts, seg.name);
            if let Some(def) = view.textual(scope.module, name, file, pos) {
                return Res::Def(def);
            }
        }
        self.resolve_path(scope, file, facts, arena, path, Ns::Macros).res
    }
    /// Expands a `macro_rules!` or `macro` definition. Remembered by macro, arguments and kind. `$crate` comes out as an identifier that
    /// [`Self::resolve_path`] understands. Needs a stack like the parser's.
    pub fn expand(&self, def: DefId, tokens: &str, kind: FragmentKind) -> Result<Arc<FileFacts>, Cause> {
        self.macros.expand(self.view(), def, tokens, kind)
    }
    /// A path that starts with what a `use` inside an expression macro's expansion binds: such expansions are no modules of their own.
    fn through_expansion_use(&self, scope: Scope, file: FileId, facts: &FileFacts, names: &[Name], ns: Ns) -> Option<PathRes> {
        if facts.interface.items.is_empty() || ::std::ptr::eq(&**self.file(file).facts(), facts) {
            return None;
        }
        let arena = &facts.interface.arena;
        let leaves = facts.interface.items.iter().filter_map(|i| if let ItemKind::Use(leaves) = &i.kind { Some(leaves) } else { None });
        for leaf in leaves.flatten() {
            let mut whole: Vec<Name> = arena.segs_of(leaf.path).iter().map(|s| self.name_in(file, facts, s.name)).collect();
            let before = match leaf.binds {
                UseBinds::Name(sym) if self.name_in(file, facts, sym) == names[0] => whole.len().saturating_sub(1),
                UseBinds::Glob => whole.len(),
                _ => continue,
            };
            whole.truncate(if leaf.binds == UseBinds::Glob { before } else { before + 1 });
            whole.extend(&names[usize::from(leaf.binds != UseBinds::Glob)..]);
            let mut found = self.view().path(scope, &whole, arena.paths[leaf.path.idx()].root, ns);
            if !matches!(found.res, Res::Unknown(_)) && found.consumed as usize > before {
                found.consumed -= before as u32;
                found.segs.drain(..before);
                return Some(found);
            }
        }
        None
    }
    fn name_in(&self, file: FileId, facts: &FileFacts, sym: Sym) -> Name {
        let entry = self.file(file);
        if ::std::ptr::eq(&**entry.facts(), facts) { entry.name(sym) } else { Name::new(files::text(facts, sym)) }
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
