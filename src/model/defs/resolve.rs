//! Looking names up in scopes and walking paths: the same rules while a crate is linked and afterwards.

use super::data::{CrateData, Entry, ModData, NONE};
use super::{Defs, Ns, PathRes, Res, Scope, Visibility};
use crate::facts::{Generics, ItemKind, PathRoot, Pos};
use crate::model::ids::{CrateId, DefId, DefKind, FileId, Name, Prim, kw};
use crate::model::ty::Cause;

/// Prefix of the identifier that stands for `$crate` in expansions; the crate's name follows.
pub(super) const DOLLAR_CRATE: &str = "__prr_crate_";

/// Outcome of looking one name up.
pub(super) enum Lookup {
    /// Its meanings, the one to name first in front.
    Found(Vec<Entry>),
    /// Not there, and why.
    Missing(Cause),
    /// An import that is not bound yet will tell.
    Wait,
}

/// Outcome of walking path segments to modules.
pub(super) enum Walk {
    To(Vec<Res>),
    Wait,
    Lost(Cause),
}

/// The crates as they are known: linked ones, and the one being linked.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub defs: &'a Defs,
    pub own: Option<(CrateId, &'a CrateData)>,
}

/// Number of the glob of names that were looked up through an edge.
const THROUGH: u32 = 0;

/// Whether a name of a module of the crate under link is still to come.
pub(super) type Waits<'w> = dyn Fn(u32, Name) -> bool + 'w;

impl<'a> View<'a> {
    pub(super) fn data(self, krate: CrateId) -> &'a CrateData {
        match self.own {
            Some((k, data)) if k == krate => data,
            _ => self.defs.data(krate),
        }
    }
    pub(super) fn def(self, id: DefId) -> &'a super::DefData {
        &self.data(id.krate).defs[id.idx as usize]
    }
    /// The scope of a module definition.
    pub(super) fn module(self, id: DefId) -> Option<&'a ModData> {
        self.data(id.krate).module(id.idx)
    }
    /// Variants of an enum: they follow it in the table of definitions.
    pub(super) fn variants(self, id: DefId) -> impl Iterator<Item = DefId> + 'a {
        let defs = &self.data(id.krate).defs[id.idx as usize + 1..];
        let of = move |d: &&super::DefData| d.kind == DefKind::Variant && d.parent == Some(id);
        defs.iter().take_while(of).enumerate().map(move |(i, _)| DefId { krate: id.krate, idx: id.idx + 1 + i as u32 })
    }
    /// The module a definition stands in; a module is its own.
    pub(super) fn module_of(self, mut id: DefId) -> DefId {
        loop {
            let def = self.def(id);
            match def.parent {
                Some(p) if def.kind != DefKind::Mod => id = p,
                _ => return id,
            }
        }
    }
    /// Whether code in module `from` may name something.
    pub(super) fn visible(self, vis: Visibility, from: DefId) -> bool {
        match vis {
            Visibility::Public => true,
            Visibility::Module(m) => m.krate == from.krate && self.encloses(m, from),
        }
    }
    fn encloses(self, outer: DefId, mut inner: DefId) -> bool {
        loop {
            if outer == inner {
                return true;
            }
            match self.def(inner).parent {
                Some(p) => inner = p,
                None => return false,
            }
        }
    }
    /// The narrower of two visibilities of one crate.
    pub(super) fn narrower(self, a: Visibility, b: Visibility) -> Visibility {
        match (a, b) {
            (Visibility::Public, other) | (other, Visibility::Public) => other,
            // Of another crate: whoever may name it there is not us; what we re-export is ours to show.
            (Visibility::Module(x), Visibility::Module(y)) if x.krate != y.krate => a,
            (Visibility::Module(x), Visibility::Module(y)) => {
                if self.encloses(x, y) {
                    b
                } else {
                    a
                }
            }
        }
    }

    /// A name in a module, without looking further out.
    fn own_names(self, of: DefId, name: Name, ns: Ns) -> Option<Vec<Entry>> {
        let module = self.module(of)?;
        if let Some(&first) = module.names[ns as usize].get(&name) {
            let mut all = vec![first];
            if let Some(others) = module.others.get(&(name, ns)) {
                all.extend(others);
            }
            return Some(all);
        }
        if module.globs.is_empty() {
            return None;
        }
        let mut all: Vec<Entry> = Vec::new();
        self.through_globs(of, of, &mut Vec::new(), &mut |target, likely| {
            let Some(there) = self.module(target) else { return };
            let first = there.names[ns as usize].get(&name);
            let others = there.others.get(&(name, ns)).into_iter().flatten();
            for e in first.into_iter().chain(others).filter(|e| self.visible(e.vis, of)) {
                let vis = self.narrower(Visibility::Module(of), e.vis);
                if !all.iter().any(|a| a.res == e.res) {
                    all.push(Entry { res: e.res, vis, glob: THROUGH, likely: e.likely && likely });
                }
            }
        });
        all.sort_by_key(|e| !e.likely);
        (!all.is_empty()).then_some(all)
    }

    /// Modules that `from` imports whole for its own use, and those that they import so, as far as `viewer` may look; each once, near ones first.
    pub(super) fn through_globs(self, from: DefId, viewer: DefId, seen: &mut Vec<DefId>, visit: &mut dyn FnMut(DefId, bool)) {
        let Some(module) = self.module(from) else { return };
        if module.globs.is_empty() || !(from == viewer || from.krate == viewer.krate && self.encloses(self.plain_module(from), viewer)) {
            return;
        }
        let start = seen.len();
        for &(target, likely) in &module.globs {
            if target != viewer && !seen.contains(&target) {
                seen.push(target);
                visit(target, likely);
            }
        }
        for i in start..seen.len() {
            self.through_globs(seen[i], viewer, seen, visit);
        }
    }

    /// Why a name is not in a module, if something that would add names there was not read.
    fn incomplete(self, of: DefId) -> Option<Cause> {
        let module = self.module(of)?;
        let mut cause = module.incomplete;
        if cause.is_none() && !module.globs.is_empty() {
            self.through_globs(of, of, &mut Vec::new(), &mut |target, _| cause = cause.or(self.module(target).and_then(|m| m.incomplete)));
        }
        cause
    }

    /// A name inside a module or enum.
    pub(super) fn inside(self, of: DefId, name: Name, ns: Ns) -> Lookup {
        match self.def(of).kind {
            DefKind::Mod => {
                if name == kw::SUPER {
                    return Lookup::Found(vec![Entry { res: Res::Def(self.parent_module(of)), ..root_entry(of.krate) }]);
                }
                match self.own_names(of, name, ns) {
                    Some(all) => Lookup::Found(all),
                    None => Lookup::Missing(self.incomplete(of).unwrap_or(Cause::UnresolvedPath)),
                }
            }
            DefKind::Enum if ns != Ns::Macros => match self.variants(of).find(|v| self.def(*v).name == name) {
                Some(v) => Lookup::Found(vec![Entry { res: Res::Def(v), vis: self.def(v).vis, glob: NONE, likely: true }]),
                None => Lookup::Missing(Cause::UnresolvedPath),
            },
            _ => Lookup::Missing(Cause::UnresolvedPath),
        }
    }

    /// `::name`: a crate; in the 2015 edition an item of the root before it.
    pub(super) fn global(self, krate: CrateId, name: Name, edition: u16) -> Lookup {
        let root = DefId { krate, idx: 0 };
        if edition == 2015
            && let Some(all) = self.own_names(root, name, Ns::Types)
        {
            return Lookup::Found(all);
        }
        self.crate_named(krate, name)
    }

    fn crate_named(self, krate: CrateId, name: Name) -> Lookup {
        match self.data(krate).extern_prelude.get(&name) {
            Some(&k) => Lookup::Found(vec![root_entry(k)]),
            None => Lookup::Missing(Cause::UnresolvedPath),
        }
    }

    /// The crate that `$crate` of an expansion stands for.
    fn dollar_crate(self, krate: CrateId, name: Name) -> Option<CrateId> {
        let wanted = Name::new(name.as_str().strip_prefix(DOLLAR_CRATE)?);
        let info = self.defs.krate(krate);
        let is_lib = info.kind != crate::discover::TargetKind::Bin;
        if is_lib && info.name == wanted {
            return Some(krate);
        }
        let dep = info.externs.iter().map(|e| e.1).find(|k| self.defs.krate(*k).name == wanted);
        dep.or_else(|| self.defs.newest(wanted)).or((info.name == wanted).then_some(krate))
    }

    /// The first segment of a path (or a lone name) seen from a module: scopes inside out, crates, preludes, primitives.
    pub(super) fn first(self, from: DefId, owner: Option<DefId>, name: Name, ns: Ns, waits: &Waits<'_>) -> Lookup {
        if ns == Ns::Types
            && let Some(found) = self.keyword(from, owner, name)
        {
            return found;
        }
        let krate = from.krate;
        let own = self.own.map(|o| o.0);
        let mut missing = None;
        let mut generics = owner;
        let mut at = Some(from);
        while let Some(m) = at {
            let Some(module) = self.module(m) else { break };
            // Items of the owner's body come before its generic parameters, those outside of it after them.
            if let Some(o) = generics
                && m == self.module_of(o)
            {
                generics = None;
                if let Some(found) = self.generic(o, name, ns) {
                    return found;
                }
            }
            let found = self.own_names(m, name, ns);
            let to_come = own == Some(krate) && self.to_come(m, name, waits);
            match found {
                Some(all) if !to_come || all[0].glob == NONE => return Lookup::Found(all),
                _ if to_come => return Lookup::Wait,
                _ => {}
            }
            missing = missing.or_else(|| self.incomplete(m));
            at =
                (module.block && module.parent != NONE).then(|| DefId { krate, idx: self.data(krate).modules[module.parent as usize].def });
        }
        self.outside(krate, name, ns).unwrap_or_else(|| Lookup::Missing(missing.unwrap_or(self.no_std_cause(krate))))
    }

    /// Whether an import of the crate under link will bind a name in a module, or in one that it imports whole.
    fn to_come(self, m: DefId, name: Name, waits: &Waits<'_>) -> bool {
        let mut open = waits(self.def(m).aux, name);
        if !open && self.module(m).is_some_and(|module| !module.globs.is_empty()) {
            self.through_globs(m, m, &mut Vec::new(), &mut |target, _| {
                open |= target.krate == m.krate && waits(self.def(target).aux, name);
            });
        }
        open
    }

    /// `Self`, `self`, `super`, `crate`, `$crate`.
    fn keyword(self, from: DefId, owner: Option<DefId>, name: Name) -> Option<Lookup> {
        let def = match name {
            kw::SELF_TYPE => {
                let of = self.self_type(owner?)?;
                return Some(Lookup::Found(vec![Entry { res: Res::SelfTy(of), vis: Visibility::Public, glob: NONE, likely: true }]));
            }
            kw::SELF_VALUE => self.plain_module(from),
            kw::SUPER => self.parent_module(self.plain_module(from)),
            kw::CRATE | kw::DOLLAR_CRATE => DefId { krate: from.krate, idx: 0 },
            _ => {
                let k = self.dollar_crate(from.krate, name)?;
                return Some(Lookup::Found(vec![root_entry(k)]));
            }
        };
        Some(Lookup::Found(vec![Entry { res: Res::Def(def), vis: Visibility::Public, glob: NONE, likely: true }]))
    }

    /// The impl, trait or type that `Self` means inside a definition.
    fn self_type(self, mut owner: DefId) -> Option<DefId> {
        loop {
            let def = self.def(owner);
            match def.kind {
                DefKind::Impl | DefKind::Trait | DefKind::Struct | DefKind::Enum | DefKind::Union => return Some(owner),
                DefKind::Mod => return None,
                _ => owner = def.parent?,
            }
        }
    }

    pub(super) fn plain_module(self, mut m: DefId) -> DefId {
        while let Some(data) = self.module(m)
            && data.block
        {
            m = DefId { krate: m.krate, idx: self.data(m.krate).modules[data.parent as usize].def };
        }
        m
    }

    fn parent_module(self, m: DefId) -> DefId {
        self.def(m).parent.map_or(m, |p| self.plain_module(self.module_of(p)))
    }

    /// A generic parameter of a definition or of the impl or trait around it.
    fn generic(self, owner: DefId, name: Name, ns: Ns) -> Option<Lookup> {
        let mut at = Some(owner);
        while let Some(id) = at {
            let def = self.def(id);
            if def.kind == DefKind::Mod {
                return None;
            }
            if let Some(g) = self.generics(id) {
                let file = &self.data(id.krate).files[def.file.idx as usize];
                let is = |p: &crate::facts::GenericParam| file.name(p.name) == name && p.is_const == (ns == Ns::Values);
                if let Some(i) = g.params.iter().position(is) {
                    let res = Res::Param(id, i as u32);
                    return Some(Lookup::Found(vec![Entry { res, vis: Visibility::Public, glob: NONE, likely: true }]));
                }
            }
            at = def.parent;
        }
        None
    }

    fn generics(self, id: DefId) -> Option<&'a Generics> {
        let def = self.def(id);
        if def.item.is_none() || def.kind == DefKind::Variant {
            return None;
        }
        let facts = self.data(id.krate).files[def.file.idx as usize].facts();
        match &facts.interface.items[def.item.idx()].kind {
            ItemKind::Fn(sig) => Some(&sig.generics),
            ItemKind::Struct { generics, .. }
            | ItemKind::Union { generics, .. }
            | ItemKind::Enum { generics, .. }
            | ItemKind::Const { generics, .. }
            | ItemKind::TypeAlias { generics, .. }
            | ItemKind::Trait { generics, .. }
            | ItemKind::TraitAlias { generics, .. }
            | ItemKind::Impl { generics, .. } => Some(generics),
            _ => None,
        }
    }

    /// What is there without being named: crates, macros, the prelude, primitives.
    fn outside(self, krate: CrateId, name: Name, ns: Ns) -> Option<Lookup> {
        let data = self.data(krate);
        let found = |res| Some(Lookup::Found(vec![Entry { res, vis: Visibility::Public, glob: NONE, likely: true }]));
        if ns == Ns::Types
            && let Some(&k) = data.extern_prelude.get(&name)
        {
            return Some(Lookup::Found(vec![root_entry(k)]));
        }
        if ns == Ns::Macros {
            if let Some(&d) = data.macro_prelude.get(&name) {
                return found(Res::Def(d));
            }
            let root = data.macro_root.map(|k| DefId { krate: k, idx: 0 });
            if let Some(all) = root.and_then(|r| self.own_names(r, name, ns)) {
                return Some(Lookup::Found(all));
            }
        }
        if let Some(all) = data.prelude.and_then(|p| self.own_names(p, name, ns)) {
            return Some(Lookup::Found(all));
        }
        if ns == Ns::Types
            && let Some(p) = Prim::from_name(name.as_str())
        {
            return found(Res::Prim(p));
        }
        None
    }

    /// Why a name that is nowhere is nowhere: without std, most names of its prelude are.
    fn no_std_cause(self, krate: CrateId) -> Cause {
        let base = self.data(krate).macro_root;
        if base.is_some_and(|b| self.data(b).missing) { Cause::MissingSources } else { Cause::UnresolvedPath }
    }

    /// Walks all of `names` through modules and enums. `import`: the path of a `use` (counts from the root in the 2015 edition).
    pub(super) fn walk_all(self, from: DefId, names: &[Name], root: PathRoot, edition: u16, import: bool, waits: &Waits<'_>) -> Walk {
        let start = match root {
            PathRoot::Global => self.global(from.krate, names[0], edition),
            _ if import && edition == 2015 && !is_keyword(names[0]) => self.first_2015(from, names[0], waits),
            _ => self.first(from, None, names[0], Ns::Types, waits),
        };
        let mut cause = Cause::UnresolvedPath;
        let mut at = match start {
            Lookup::Found(all) => all,
            Lookup::Wait => return Walk::Wait,
            Lookup::Missing(c) => return Walk::Lost(c),
        };
        let own = self.own.map(|o| o.0);
        for &name in &names[1..] {
            let mut next: Vec<Entry> = Vec::new();
            for e in &at {
                let d = match e.res {
                    Res::Def(d) => d,
                    Res::Unknown(c) => {
                        cause = c;
                        continue;
                    }
                    _ => continue,
                };
                let to_come = own == Some(d.krate) && self.def(d).kind == DefKind::Mod && waits(self.def(d).aux, name);
                match self.inside(d, name, Ns::Types) {
                    Lookup::Found(all) if !to_come || all[0].glob == NONE => next.extend(all),
                    _ if to_come => return Walk::Wait,
                    Lookup::Found(all) => next.extend(all),
                    Lookup::Missing(c) => cause = c,
                    Lookup::Wait => return Walk::Wait,
                }
            }
            if next.is_empty() {
                return Walk::Lost(cause);
            }
            at = next;
        }
        Walk::To(at.into_iter().map(|e| e.res).collect())
    }

    /// Defined or imported by name in a module already.
    fn defined(self, module: DefId, name: Name) -> bool {
        self.module(module).and_then(|m| m.names[Ns::Types as usize].get(&name)).is_some_and(|e| e.glob == NONE)
    }

    fn first_2015(self, from: DefId, name: Name, waits: &Waits<'_>) -> Lookup {
        let root = DefId { krate: from.krate, idx: 0 };
        if let Some(found) = self.keyword(from, None, name) {
            return found;
        }
        if self.own.map(|o| o.0) == Some(from.krate) && waits(0, name) && !self.defined(root, name) {
            return Lookup::Wait;
        }
        match self.own_names(root, name, Ns::Types) {
            Some(all) => Lookup::Found(all),
            // Later compilers accept what the 2018 edition says where nothing else fits.
            None => self.first(from, None, name, Ns::Types, waits),
        }
    }
}

fn is_keyword(name: Name) -> bool {
    matches!(name, kw::SELF_VALUE | kw::SUPER | kw::CRATE | kw::DOLLAR_CRATE)
}

fn root_entry(krate: CrateId) -> Entry {
    Entry { res: Res::Def(DefId { krate, idx: 0 }), vis: Visibility::Public, glob: NONE, likely: true }
}

/// Nothing is to come: the link is over.
fn no_wait(_: u32, _: Name) -> bool {
    false
}

/// Where a walk ended: what is named, and how many segments were read.
type End = Result<(Res, u32), Cause>;

impl View<'_> {
    /// Resolves a path given by its names. The rules are those of [`Defs::resolve_path`].
    pub(super) fn path(self, scope: Scope, names: &[Name], root: PathRoot, ns: Ns) -> PathRes {
        let (first, rest) = match names.split_first() {
            Some((f, r)) => (*f, r),
            None => return lost(Cause::UnreadSyntax),
        };
        let here = if rest.is_empty() { ns } else { Ns::Types };
        let start = match root {
            PathRoot::Global => self.global(scope.module.krate, first, self.defs.krate(scope.module.krate).edition),
            _ => self.first(scope.module, scope.owner, first, here, &no_wait),
        };
        let mut segs = Vec::with_capacity(names.len());
        let mut cause = Cause::UnresolvedPath;
        match start {
            Lookup::Found(all) => {
                let mut deepest: Vec<Res> = Vec::new();
                for e in all {
                    match self.descend(e.res, names, 1, ns, &mut segs) {
                        Ok((res, consumed)) => return self.shadowed_prim(PathRes { res, consumed, segs }, names, ns),
                        Err(c) => {
                            if deepest.len() < segs.len() {
                                deepest = std::mem::take(&mut segs);
                                cause = c;
                            }
                            segs.clear();
                        }
                    }
                }
                segs = deepest;
            }
            Lookup::Missing(c) => cause = c,
            Lookup::Wait => {}
        }
        let failed = PathRes { res: Res::Unknown(cause), consumed: segs.len() as u32, segs };
        let mut failed = self.shadowed_prim(failed, names, ns);
        if let Res::Unknown(_) = failed.res {
            if let Some(Res::Unknown(_)) = failed.segs.last() {
                failed.consumed -= 1;
            } else {
                failed.segs.push(Res::Unknown(cause));
            }
        }
        failed
    }

    /// The path of a `use`: what it names in the first namespace that has it.
    pub(super) fn use_path(self, module: DefId, names: &[Name], root: PathRoot) -> PathRes {
        let edition = self.defs.krate(module.krate).edition;
        let old = edition == 2015 && root == PathRoot::Plain && names.first().is_some_and(|n| !is_keyword(*n));
        let from = if old { DefId { krate: module.krate, idx: 0 } } else { module };
        let scope = Scope { module: from, owner: None };
        let mut first = None;
        for ns in [Ns::Types, Ns::Values, Ns::Macros] {
            let found = self.path(scope, names, root, ns);
            if !matches!(found.res, Res::Unknown(_)) {
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_else(|| lost(Cause::UnresolvedPath))
    }

    /// `u32::MAX` and `x: u32` mean the primitive, though a module of that name is imported, unless the module has what is asked.
    fn shadowed_prim(self, found: PathRes, names: &[Name], ns: Ns) -> PathRes {
        let module = match found.segs.first() {
            Some(Res::Def(d)) => self.def(*d).kind == DefKind::Mod,
            _ => return found,
        };
        let whole = names.len() == 1 && ns == Ns::Types;
        let failed = names.len() == 2 && found.segs.len() == 1 && matches!(found.res, Res::Unknown(_));
        match Prim::from_name(names[0].as_str()) {
            Some(p) if module && (whole || failed) => PathRes { res: Res::Prim(p), consumed: 1, segs: vec![Res::Prim(p)] },
            _ => found,
        }
    }

    /// Reads `names[at..]` below `res`, trying every meaning of a name until one leads to the end.
    fn descend(self, res: Res, names: &[Name], at: usize, ns: Ns, segs: &mut Vec<Res>) -> End {
        segs.push(res);
        if let Res::Unknown(cause) = res {
            return Err(cause);
        }
        if at == names.len() {
            return Ok((res, at as u32));
        }
        let Res::Def(d) = res else { return Ok((res, at as u32)) };
        let kind = self.def(d).kind;
        if !matches!(kind, DefKind::Mod | DefKind::Enum) {
            return Ok((res, at as u32));
        }
        let here = if at + 1 == names.len() { ns } else { Ns::Types };
        match self.inside(d, names[at], here) {
            Lookup::Found(all) => {
                let depth = segs.len();
                let mut first: Option<(Cause, Vec<Res>)> = None;
                for e in all {
                    match self.descend(e.res, names, at + 1, ns, segs) {
                        Ok(end) => return Ok(end),
                        Err(c) => {
                            let read = segs.split_off(depth);
                            first.get_or_insert((c, read));
                        }
                    }
                }
                let (cause, read) = first.unwrap_or((Cause::UnresolvedPath, Vec::new()));
                segs.extend(read);
                Err(cause)
            }
            // An associated item of the enum.
            _ if kind == DefKind::Enum => Ok((res, at as u32)),
            Lookup::Missing(cause) => Err(cause),
            Lookup::Wait => Err(Cause::UnresolvedPath),
        }
    }

    /// Resolves one name.
    pub(super) fn name(self, scope: Scope, name: Name, ns: Ns) -> Res {
        match self.first(scope.module, scope.owner, name, ns, &no_wait) {
            Lookup::Found(all) => all[0].res,
            Lookup::Missing(c) => Res::Unknown(c),
            Lookup::Wait => Res::Unknown(Cause::UnresolvedPath),
        }
    }

    /// A macro of textual scope seen from a module, at a place of a file.
    pub(super) fn textual(self, module: DefId, name: Name, file: FileId, pos: Pos) -> Option<DefId> {
        let data = self.data(module.krate);
        let mut at = self.module(module)?.textual;
        let mut later = None;
        while at != NONE {
            let t = data.textual[at as usize];
            if t.name == name {
                let def = self.def(t.def);
                let after = def.file == file && data.files[file.idx as usize].facts().interface.items[def.item.idx()].pos > pos;
                if !after {
                    return Some(t.def);
                }
                later = Some(t.def);
            }
            at = t.before;
        }
        later
    }
}

fn lost(cause: Cause) -> PathRes {
    PathRes { res: Res::Unknown(cause), consumed: 0, segs: vec![Res::Unknown(cause)] }
}
