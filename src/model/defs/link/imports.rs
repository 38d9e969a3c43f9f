//! Imports, to a fixpoint.
//!
//! A name bound by an import may be what another import's path starts with, and names arrive through globs and macros late. So all
//! unbound imports are tried in rounds until a round binds nothing and no macro expands; then once more without waiting for names that
//! never came. Globs are edges: a name added to a module is added to the modules that take from it.

use super::super::data::{Entry, ImportRecord, NONE};
use super::super::resolve::{Lookup, Walk};
use super::super::{Ns, Res, Visibility};
use super::Linker;
use super::collect::Place;
use crate::facts::{ItemId, PathId, PathRoot, Pos, UseBinds, UseLeaf};
use crate::model::ids::{DefId, DefKind, Name, kw};
use crate::model::ty::Cause;

/// Meanings of one name in one module, under different conditions, that are kept: more are a mistake of the code.
const MAX_MEANINGS: usize = 64;

/// A leaf of a `use` item.
pub(super) struct Import {
    module: u32,
    file: u32,
    item: ItemId,
    path: PathId,
    pos: Pos,
    names: Box<[Name]>,
    binds: UseBinds,
    is_self: bool,
    vis: Visibility,
    /// Textual macro scope where it stands.
    head: u32,
    likely: bool,
    prelude: bool,
    /// Bound in some namespace.
    bound: bool,
    /// Nothing more can come of it.
    closed: bool,
    cause: Cause,
}

impl Import {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        place: Place<'_>,
        item: ItemId,
        leaf: &UseLeaf,
        names: Box<[Name]>,
        vis: Visibility,
        head: u32,
        likely: bool,
        prelude: bool,
    ) -> Import {
        Import {
            module: place.module,
            file: place.file,
            item,
            path: leaf.path,
            pos: leaf.pos,
            names,
            binds: leaf.binds,
            is_self: leaf.is_self,
            vis,
            head,
            likely,
            prelude,
            bound: false,
            closed: false,
            cause: Cause::UnresolvedPath,
        }
    }
}

/// A glob import out of a module of this crate.
#[derive(Clone, Copy)]
pub(super) struct GlobEdge {
    id: u32,
    /// Module that takes.
    to: u32,
    vis: Visibility,
    likely: bool,
}

/// What adding a meaning did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    Nothing,
    Added,
    /// A glob's meaning gave way to this one.
    Replaced,
}

const ALL: [Ns; 3] = [Ns::Types, Ns::Values, Ns::Macros];

impl Linker<'_> {
    pub(super) fn push_import(&mut self, import: Import) {
        if let UseBinds::Name(_) = import.binds {
            let name = self.bound_name(&import);
            *self.waiting.entry((import.module, name)).or_default() += 1;
        }
        self.imports.push(import);
    }

    fn bound_name(&self, import: &Import) -> Name {
        match import.binds {
            UseBinds::Name(sym) => self.name(import.file, sym),
            _ => kw::EMPTY,
        }
    }

    /// Resolves imports and expands item macros until neither gives anything new.
    pub(super) fn fixpoint(&mut self) {
        let mut force = false;
        loop {
            let bound = self.round(force);
            let expanded = self.expand_round(force);
            if bound || expanded {
                force = false;
            } else if force {
                break;
            } else {
                force = true;
            }
        }
        self.close_imports();
        self.close_calls();
        self.spread_unnamed();
        self.spread_incomplete();
    }

    /// Tries every open import once.
    fn round(&mut self, force: bool) -> bool {
        let mut progress = false;
        let mut i = 0;
        // Expansions append imports while the list is walked.
        while i < self.imports.len() {
            if !self.imports[i].closed {
                progress |= self.try_import(i, force);
            }
            i += 1;
        }
        progress
    }

    fn try_import(&mut self, i: usize, force: bool) -> bool {
        match self.imports[i].binds {
            UseBinds::Glob => self.try_glob(i, force),
            _ => self.try_named(i, force),
        }
    }

    fn try_glob(&mut self, i: usize, force: bool) -> bool {
        let import = &self.imports[i];
        let targets = match self.walk_use(import, &import.names, force) {
            Ok(Some(all)) => all,
            Ok(None) => return false,
            Err(cause) => {
                self.imports[i].cause = cause;
                return false;
            }
        };
        let (module, vis, likely, prelude) = (import.module, import.vis, import.likely, import.prelude);
        for (k, res) in targets.into_iter().enumerate() {
            let Res::Def(def) = res else { continue };
            if prelude && self.krate == def.krate {
                self.data.prelude = Some(def);
                self.data.macro_root = None;
                continue;
            }
            if self.take_through(def, module, vis, likely && k == 0) {
                continue;
            }
            self.take_all(def, GlobEdge { id: self.glob_count, to: module, vis, likely: likely && k == 0 });
            self.glob_count += 1;
        }
        let import = &mut self.imports[i];
        import.bound = true;
        import.closed = true;
        true
    }

    /// A glob import of a module for the importing module's own use is an edge; nothing is copied. Nobody else sees what comes through it.
    fn take_through(&mut self, from: DefId, to: u32, vis: Visibility, likely: bool) -> bool {
        let own = Visibility::Module(self.module_def(self.plain_module(to)));
        if vis != own || self.view().def(from).kind != DefKind::Mod {
            return false;
        }
        let globs = &mut self.data.modules[to as usize].globs;
        if !globs.iter().any(|g| g.0 == from) {
            globs.push((from, likely));
        }
        true
    }

    /// A glob import takes what a module or enum has, now and later.
    fn take_all(&mut self, from: DefId, edge: GlobEdge) {
        let view = self.view();
        let kind = view.def(from).kind;
        let me = self.module_def(edge.to);
        let mut taken: Vec<(Name, Ns, Entry)> = Vec::new();
        match kind {
            DefKind::Enum => {
                for v in view.variants(from) {
                    let name = view.def(v).name;
                    let entry = Entry { res: Res::Def(v), vis: edge.vis, glob: edge.id, likely: edge.likely };
                    taken.push((name, Ns::Types, entry));
                    taken.push((name, Ns::Values, entry));
                }
            }
            DefKind::Mod => {
                let Some(source) = view.module(from) else { return };
                for ns in ALL {
                    for (&name, &entry) in &source.names[ns as usize] {
                        taken.push((name, ns, entry));
                        for &other in source.others.get(&(name, ns)).map_or(&[][..], |v| v) {
                            taken.push((name, ns, other));
                        }
                    }
                }
                taken.retain(|(_, _, e)| view.visible(e.vis, me));
                for (_, _, e) in &mut taken {
                    *e = Entry { res: e.res, vis: view.narrower(edge.vis, e.vis), glob: edge.id, likely: e.likely && edge.likely };
                }
                // The order in a hash map must not decide which of several meanings is named first.
                taken.sort_by_key(|(name, ns, e)| (name.as_str(), *ns, !e.likely, e.res.def()));
            }
            _ => {}
        }
        if kind == DefKind::Mod {
            if from.krate == self.krate {
                let aux = self.data.defs[from.idx as usize].aux;
                self.globs.entry(aux).or_default().push(edge);
            } else if let Some(source) = self.defs.data(from.krate).module(from.idx) {
                let unnamed: Vec<_> = source.unnamed.iter().filter(|u| u.1 == Visibility::Public).map(|u| (u.0, edge.vis)).collect();
                let cause = source.incomplete;
                let here = &mut self.data.modules[edge.to as usize];
                here.unnamed.extend(unnamed);
                here.incomplete = here.incomplete.or(cause);
            }
        }
        for (name, ns, entry) in taken {
            self.add_name(edge.to, name, ns, entry);
        }
    }

    fn try_named(&mut self, i: usize, force: bool) -> bool {
        let import = &self.imports[i];
        let name = self.bound_name(import);
        let mut found: Vec<(Ns, Entry)> = Vec::new();
        let mut external = false;
        match self.find(import, force) {
            Ok(Some((entries, ext))) => {
                external = ext;
                let me = self.module_def(import.module);
                let view = self.view();
                let seen = |e: &Entry| view.visible(e.vis, me);
                let any = entries.iter().any(|(_, e)| seen(e));
                // What cannot be seen does not come along, unless nothing else is there (then the source does not compile, or we misread).
                found.extend(entries.into_iter().filter(|(_, e)| !any || seen(e)));
            }
            Ok(None) => {}
            Err(cause) => self.imports[i].cause = cause,
        }
        let import = &self.imports[i];
        if import.is_self {
            found.retain(|(ns, _)| *ns == Ns::Types);
        }
        if found.is_empty() {
            return false;
        }
        let (module, vis, likely, underscore) = (import.module, import.vis, import.likely, import.binds == UseBinds::Underscore);
        let mut progress = !import.bound;
        if underscore {
            self.take_unnamed(module, vis, &found);
        } else {
            for (ns, e) in &found {
                let entry = Entry { res: e.res, vis, glob: NONE, likely: likely && e.likely };
                progress |= self.add_name(module, name, *ns, entry);
            }
        }
        let import = &mut self.imports[i];
        if !import.bound && !underscore {
            import.bound = true;
            if let Some(n) = self.waiting.get_mut(&(module, name)) {
                *n -= 1;
            }
        }
        // Crates that are linked change no more; a module of this crate may still get the name in another namespace.
        let import = &mut self.imports[i];
        import.bound = true;
        import.closed = external || underscore;
        progress
    }

    fn take_unnamed(&mut self, module: u32, vis: Visibility, found: &[(Ns, Entry)]) {
        for (ns, e) in found {
            if let (Ns::Types, Res::Def(d)) = (ns, e.res)
                && matches!(self.view().def(d).kind, DefKind::Trait | DefKind::TraitAlias)
                && !self.data.modules[module as usize].unnamed.iter().any(|u| u.0 == d)
            {
                self.data.modules[module as usize].unnamed.push((d, vis));
            }
        }
    }

    /// What an import names: entries by namespace, and whether they come from a crate that is linked already. `None`: not yet.
    #[allow(clippy::type_complexity)]
    fn find(&self, import: &Import, force: bool) -> Result<Option<(Vec<(Ns, Entry)>, bool)>, Cause> {
        let (&last, before) = import.names.split_last().ok_or(Cause::UnresolvedPath)?;
        let global = self.path_root(import) == PathRoot::Global;
        if before.is_empty() && !global {
            return self.find_single(import, last, force);
        }
        let parents = if before.is_empty() {
            // `use ::name`: the crate of that name (or, in old editions, an item of the root).
            let view = self.view();
            match view.global(self.krate, last, self.info.edition) {
                Lookup::Found(all) => return Ok(Some((all.into_iter().map(|e| (Ns::Types, e)).collect(), true))),
                _ if self.info.edition == 2015 => vec![Res::Def(self.def_id(0))],
                Lookup::Missing(cause) => return Err(cause),
                Lookup::Wait => return Ok(None),
            }
        } else {
            match self.walk_use(import, before, force)? {
                Some(all) => all,
                None => return Ok(None),
            }
        };
        let view = self.view();
        let mut found = Vec::new();
        let mut cause = Cause::UnresolvedPath;
        let mut external = true;
        for res in parents {
            let Res::Def(d) = res else {
                if let Res::Unknown(c) = res {
                    cause = c;
                }
                continue;
            };
            external &= d.krate != self.krate;
            for ns in ALL {
                match view.inside(d, last, ns) {
                    Lookup::Found(all) => found.extend(all.into_iter().map(|e| (ns, e))),
                    Lookup::Missing(c) => cause = c,
                    Lookup::Wait => {}
                }
            }
        }
        if found.is_empty() { Err(cause) } else { Ok(Some((found, external))) }
    }

    /// `use name`: a name of the surrounding scopes, a crate, a macro of textual scope.
    #[allow(clippy::type_complexity)]
    fn find_single(&self, import: &Import, name: Name, force: bool) -> Result<Option<(Vec<(Ns, Entry)>, bool)>, Cause> {
        let view = self.view();
        let me = self.module_def(import.module);
        let mut found = Vec::new();
        let mut cause = Cause::UnresolvedPath;
        for ns in ALL {
            match view.first(me, None, name, ns, &|m, n| !force && self.waits(import, m, n)) {
                Lookup::Found(all) => {
                    // An import does not name itself.
                    found.extend(all.into_iter().filter(|e| !(import.bound && e.glob == NONE)).map(|e| (ns, e)));
                }
                Lookup::Missing(c) => cause = c,
                Lookup::Wait => return Ok(None),
            }
        }
        if let Some(def) = self.textual(import.head, name) {
            let entry = Entry { res: Res::Def(def), vis: import.vis, glob: NONE, likely: true };
            found.push((Ns::Macros, entry));
        }
        if found.is_empty() { Err(cause) } else { Ok(Some((found, false))) }
    }

    fn path_root(&self, import: &Import) -> PathRoot {
        self.data.files[import.file as usize].facts().interface.arena.paths[import.path.idx()].root
    }

    /// Whether another import of this crate will bind `name` in a module.
    fn waits(&self, import: &Import, module: u32, name: Name) -> bool {
        let open = self.waiting.get(&(module, name)).copied().unwrap_or(0);
        let own = module == import.module && !import.bound && self.bound_name(import) == name;
        open > u32::from(own)
    }

    /// Walks segments of an import's path to what they name: all meanings. `None`: not yet.
    fn walk_use(&self, import: &Import, names: &[Name], force: bool) -> Result<Option<Vec<Res>>, Cause> {
        let view = self.view();
        let me = self.module_def(import.module);
        let waits = |m, n| !force && self.waits(import, m, n);
        if names.is_empty() {
            // `use ::*`, `use {a, b}` globs over nothing: the root.
            return Ok(Some(vec![Res::Def(self.def_id(0))]));
        }
        match view.walk_all(me, names, self.path_root(import), self.info.edition, true, &waits) {
            Walk::To(all) => Ok(Some(all)),
            Walk::Wait => Ok(None),
            Walk::Lost(cause) => Err(cause),
        }
    }

    /// A macro of textual scope.
    pub(super) fn textual(&self, head: u32, name: Name) -> Option<DefId> {
        let mut at = head;
        while at != NONE {
            let t = &self.data.textual[at as usize];
            if t.name == name {
                return Some(t.def);
            }
            at = t.before;
        }
        None
    }

    /// Adds a meaning of a name to a module and to the modules that take from it.
    pub(super) fn add_name(&mut self, module: u32, name: Name, ns: Ns, entry: Entry) -> bool {
        let mut work = vec![(module, entry, false)];
        let mut changed = false;
        while let Some((module, entry, replaces)) = work.pop() {
            let put = self.put(module, name, ns, entry, replaces);
            if put == Put::Nothing {
                continue;
            }
            changed = true;
            let Some(edges) = self.globs.get(&module) else { continue };
            let view = self.view();
            for edge in edges {
                if view.visible(entry.vis, self.module_def(edge.to)) {
                    let vis = view.narrower(edge.vis, entry.vis);
                    let likely = entry.likely && edge.likely;
                    work.push((edge.to, Entry { res: entry.res, vis, glob: edge.id, likely }, put == Put::Replaced));
                }
            }
        }
        changed
    }

    /// Adds a meaning to one module. `replaces`: it supersedes what came through the same glob.
    fn put(&mut self, module: u32, name: Name, ns: Ns, new: Entry, replaces: bool) -> Put {
        let view = self.view();
        let Some(&old) = self.data.modules[module as usize].names[ns as usize].get(&name) else {
            self.data.modules[module as usize].names[ns as usize].insert(name, new);
            return Put::Added;
        };
        if old.res == new.res {
            let wider = old.vis != new.vis && view.narrower(old.vis, new.vis) == old.vis;
            let vis = if wider { new.vis } else { old.vis };
            let glob = if old.glob == NONE { NONE } else { new.glob };
            let merged = Entry { vis, glob, likely: old.likely || new.likely, ..old };
            self.data.modules[module as usize].names[ns as usize].insert(name, merged);
            return if wider { Put::Added } else { Put::Nothing };
        }
        let here = &mut self.data.modules[module as usize];
        if new.glob != NONE && old.glob == NONE {
            return Put::Nothing;
        }
        let supersedes = old.glob != NONE && (new.glob == NONE || replaces && new.glob == old.glob);
        if supersedes || matches!(old.res, Res::Unknown(_)) {
            here.names[ns as usize].insert(name, new);
            here.others.remove(&(name, ns));
            return Put::Replaced;
        }
        let others = here.others.entry((name, ns)).or_default();
        if others.len() >= MAX_MEANINGS || others.iter().any(|o| o.res == new.res) {
            return Put::Nothing;
        }
        if new.likely && !old.likely {
            others.insert(0, old);
            here.names[ns as usize].insert(name, new);
        } else {
            others.push(new);
        }
        Put::Added
    }

    /// Records all imports; binds those that came to nothing to the reason.
    fn close_imports(&mut self) {
        let imports = std::mem::take(&mut self.imports);
        for import in &imports {
            self.data.imports.push(ImportRecord {
                module: import.module,
                file: import.file,
                item: import.item,
                path: import.path,
                pos: import.pos,
                resolved: import.bound,
                cause: import.cause,
            });
        }
        for import in imports.iter().filter(|i| !i.bound) {
            if import.binds == UseBinds::Glob {
                let here = &mut self.data.modules[import.module as usize];
                here.incomplete = here.incomplete.or(Some(import.cause));
            } else if let UseBinds::Name(_) = import.binds {
                let name = self.bound_name(import);
                for ns in ALL {
                    let vacant = self.data.modules[import.module as usize].names[ns as usize].get(&name).is_none_or(|e| e.glob != NONE);
                    if vacant {
                        let entry = Entry { res: Res::Unknown(import.cause), vis: import.vis, glob: NONE, likely: import.likely };
                        self.add_name(import.module, name, ns, entry);
                    }
                }
            }
        }
    }

    /// Traits imported without a name pass through globs too.
    fn spread_unnamed(&mut self) {
        let mut edges: Vec<(u32, GlobEdge)> = Vec::new();
        for (&from, list) in &self.globs {
            edges.extend(list.iter().map(|e| (from, *e)));
        }
        edges.sort_by_key(|(from, e)| (*from, e.id));
        let mut changed = true;
        while changed {
            changed = false;
            for &(from, edge) in &edges {
                let me = self.module_def(edge.to);
                let view = self.view();
                let source = &self.data.modules[from as usize].unnamed;
                let taken: Vec<_> = source.iter().filter(|u| view.visible(u.1, me)).map(|u| (u.0, view.narrower(edge.vis, u.1))).collect();
                let here = &mut self.data.modules[edge.to as usize].unnamed;
                for t in taken {
                    if !here.iter().any(|h| h.0 == t.0) {
                        here.push(t);
                        changed = true;
                    }
                }
            }
        }
    }

    /// A glob out of a module that is not wholly read may have brought anything.
    fn spread_incomplete(&mut self) {
        let mut work: Vec<(u32, Cause)> = Vec::new();
        for (i, m) in self.data.modules.iter().enumerate() {
            work.extend(m.incomplete.map(|c| (i as u32, c)));
        }
        while let Some((from, cause)) = work.pop() {
            for edge in self.globs.get(&from).map_or(&[][..], |v| v) {
                let here = &mut self.data.modules[edge.to as usize];
                if here.incomplete.is_none() {
                    here.incomplete = Some(cause);
                    work.push((edge.to, cause));
                }
            }
        }
    }
}
