//! Item macros: resolved, expanded, and their items collected where the invocation stands.

use super::super::cfgs::State;
use super::super::data::NONE;
use super::super::files::{Dir, text};
use super::super::macros::{self, Branch};
use super::super::resolve::Lookup;
use super::super::{Ns, Res};
use super::collect::Place;
use super::{Linker, attr_is};
use crate::facts::fragment::FragmentKind;
use crate::facts::{AttrArgs, FileFacts, Item, ItemId, MacroId, PathId, Pos};
use crate::model::ids::{DefId, DefKind, Name};
use crate::model::ty::Cause;

/// How deep expansions may stand in expansions.
const NESTING: u32 = 64;

/// An invocation whose macro is not known yet.
pub(super) struct Call {
    file: u32,
    module: u32,
    owner: Option<DefId>,
    dir: Dir,
    of: Invoked,
    pos: Pos,
    head: u32,
    branch: State,
    nesting: u32,
    done: bool,
}

/// What invokes.
#[derive(Clone, Copy)]
enum Invoked {
    /// An item macro.
    Macro(MacroId),
    /// An entry of `#[derive(..)]` on an item, or an attribute of an impl.
    OnItem(ItemId, PathId),
}

/// What became of an invocation.
enum Outcome {
    Done,
    Unread(Cause),
}

impl Linker<'_> {
    /// An item macro met while collecting: expanded at once if textual scope has it, else later.
    pub(super) fn item_macro(&mut self, facts: &FileFacts, item: &Item, call: MacroId, place: Place<'_>) {
        let path = facts.interface.arena.macros[call.idx()].path;
        let segs = facts.interface.arena.segs_of(path);
        let Some(last) = segs.last().map(|s| text(facts, s.name)) else { return };
        let this = Call {
            file: place.file,
            module: place.module,
            owner: place.owner,
            dir: place.dir.clone(),
            of: Invoked::Macro(call),
            pos: item.pos,
            head: self.head,
            branch: self.branch,
            nesting: self.nesting,
            done: false,
        };
        if matches!(last, "compile_error" | "global_asm" | "static_assertions" | "assert_impl_all" | "const_assert") {
            return;
        }
        if segs.len() == 1
            && let Some(def) = self.textual(self.head, self.name(place.file, segs[0].name))
        {
            if let Outcome::Unread(cause) = self.run_call(&this, def) {
                self.call_unread(&this, cause);
            }
            return;
        }
        if matches!(last, "cfg_if" | "cfg_select") {
            return self.branches(&this, last);
        }
        self.calls.push(this);
    }

    /// The derives of a struct or enum that make more than the impl of a trait.
    pub(super) fn derives(&mut self, facts: &FileFacts, id: ItemId, item: &Item, place: Place<'_>) {
        for attr in item.attrs.iter().filter(|a| attr_is(a, facts, "derive")) {
            let AttrArgs::Paths(paths) = &attr.args else { continue };
            paths.iter().for_each(|&path| self.on_item(facts, id, path, item, place));
        }
    }

    /// The attributes of an impl that make something besides it.
    pub(super) fn attributes(&mut self, facts: &FileFacts, id: ItemId, item: &Item, place: Place<'_>) {
        item.attrs.iter().for_each(|attr| self.on_item(facts, id, attr.path, item, place));
    }

    /// A derive or an attribute, if it is one of those with rules.
    fn on_item(&mut self, facts: &FileFacts, id: ItemId, path: PathId, item: &Item, place: Place<'_>) {
        let last = facts.interface.arena.segs_of(path).last().map(|s| self.name(place.file, s.name));
        if !last.is_some_and(|name| self.defs.options.expansions.knows(name)) {
            return;
        }
        self.calls.push(Call {
            file: place.file,
            module: place.module,
            owner: None,
            dir: place.dir.clone(),
            of: Invoked::OnItem(id, path),
            pos: item.pos,
            head: self.head,
            branch: self.branch,
            nesting: self.nesting,
            done: false,
        });
    }

    /// Path of what an invocation names.
    fn path_of(&self, call: &Call) -> PathId {
        match call.of {
            Invoked::Macro(call_id) => self.data.files[call.file as usize].facts().interface.arena.macros[call_id.idx()].path,
            Invoked::OnItem(_, path) => path,
        }
    }

    /// What an invocation hands to its macro.
    fn arguments(&self, call: &Call) -> Option<String> {
        let facts = self.data.files[call.file as usize].facts();
        match call.of {
            Invoked::Macro(id) => Some(text(facts, facts.interface.arena.macros[id.idx()].tokens).to_owned()),
            Invoked::OnItem(item, _) => {
                let adt = crate::facts::source::adt(facts, facts.interface.items.get(item.idx())?);
                adt.or_else(|| crate::facts::source::implementation(facts, item))
            }
        }
    }

    /// Tries every invocation that is left.
    pub(super) fn expand_round(&mut self, force: bool) -> bool {
        let mut progress = false;
        let mut i = 0;
        while i < self.calls.len() {
            if !self.calls[i].done {
                let found = self.macro_named(&self.calls[i], force);
                // prr: allow(unhandled_errors, reason = "what is not found in any round is told by close_calls")
                if let Ok(Some(def)) = found {
                    self.calls[i].done = true;
                    let call = std::mem::replace(&mut self.calls[i], Call::placeholder());
                    if let Outcome::Unread(cause) = self.run_call(&call, def) {
                        self.call_unread(&call, cause);
                    }
                    progress = true;
                }
            }
            i += 1;
        }
        self.calls.retain(|c| !c.done);
        progress
    }

    /// Gives up on the invocations that are left.
    pub(super) fn close_calls(&mut self) {
        for call in std::mem::take(&mut self.calls) {
            let cause = match self.macro_named(&call, true) {
                Err(cause) => cause,
                Ok(_) => Cause::UnresolvedPath,
            };
            let cause = if cause == Cause::UnresolvedPath { Cause::UnreadMacro } else { cause };
            self.call_unread(&call, cause);
        }
    }

    fn call_unread(&mut self, call: &Call, cause: Cause) {
        // Most derives make an impl and nothing else, and most attributes leave an impl as it is.
        if let Invoked::OnItem(..) = call.of {
            return;
        }
        let facts = self.facts(call.file);
        let segs = facts.interface.arena.segs_of(self.path_of(call));
        let path: Vec<&str> = segs.iter().map(|s| text(&facts, s.name)).collect();
        self.unread(call.file, call.pos, path.join("::"), cause, call.module);
    }

    /// The macro an invocation names; `None`: not yet.
    fn macro_named(&self, call: &Call, force: bool) -> Result<Option<DefId>, Cause> {
        let facts = self.data.files[call.file as usize].facts();
        let arena = &facts.interface.arena;
        let path = self.path_of(call);
        let names: Vec<Name> = arena.segs_of(path).iter().map(|s| self.name(call.file, s.name)).collect();
        let from = self.module_def(call.module);
        let view = self.view();
        let Some((&last, before)) = names.split_last() else { return Err(Cause::UnreadSyntax) };
        if before.is_empty() {
            if let Some(def) = self.textual(call.head, last) {
                return Ok(Some(def));
            }
            return match view.first(from, None, last, Ns::Macros, &|m, n| !force && self.is_waiting(m, n)) {
                Lookup::Found(all) => macro_of(all.iter().map(|e| e.res)),
                Lookup::Wait => Ok(None),
                // A late expansion may have defined it for what follows.
                Lookup::Missing(_) if force && self.data.all_macros.contains_key(&last) => Ok(self.data.all_macros[&last].first().copied()),
                Lookup::Missing(c) => Err(c),
            };
        }
        let scope = super::super::Scope { module: from, owner: None };
        let found = view.path(scope, &names, arena.paths[path.idx()].root, Ns::Macros);
        match found.res {
            Res::Unknown(_) if !force => Ok(None),
            res => macro_of(std::iter::once(res)),
        }
    }

    /// Expands an invocation of a known macro and collects what comes out.
    fn run_call(&mut self, call: &Call, def: DefId) -> Outcome {
        let procedural = self.view().def(def).kind == DefKind::ProcMacro;
        if procedural && !macros::is_made(self.view(), def) {
            return Outcome::Unread(Cause::ProcMacro);
        }
        let name = self.view().def(def).name.as_str();
        if !procedural && macros::is_builtin(self.view(), def) {
            return match name {
                "cfg_select" => {
                    self.branches(call, name);
                    Outcome::Done
                }
                "compile_error" | "global_asm" | "concat_idents" | "trace_macros" | "log_syntax" => Outcome::Done,
                _ => Outcome::Unread(Cause::UnreadMacro),
            };
        }
        if name == "cfg_if" {
            self.branches(call, name);
            return Outcome::Done;
        }
        if call.nesting >= NESTING || self.fuel == 0 || self.room == 0 {
            return Outcome::Unread(Cause::Depth);
        }
        // As many invocations as there are in the sources are no loop.
        self.fuel -= u32::from(call.nesting > 0);
        let Some(tokens) = self.arguments(call) else { return Outcome::Unread(Cause::UnreadSyntax) };
        match macros::expand(self.view(), def, &tokens, FragmentKind::Items, self.depth) {
            Ok(made) => {
                self.room = self.room.saturating_sub(made.len as usize);
                self.collect_made(call, made, call.branch);
                Outcome::Done
            }
            Err(cause) => Outcome::Unread(cause),
        }
    }

    /// Collects the items of an expansion as a file of its own.
    fn collect_made(&mut self, call: &Call, made: std::sync::Arc<FileFacts>, branch: State) {
        let from = &self.data.files[call.file as usize];
        let origin = from.expanded_from.unwrap_or((self.file_id(call.file), call.pos));
        let path = from.path.clone();
        let file = self.add_file(path, made, Some(origin));
        let outer = (self.branch, self.nesting, self.head);
        let late = self.head != call.head;
        (self.branch, self.nesting, self.head) = (branch, call.nesting + 1, call.head);
        let place = Place { file, module: call.module, owner: call.owner, dir: &call.dir };
        self.collect_top(place);
        let after = self.head;
        (self.branch, self.nesting) = (outer.0, outer.1);
        if late {
            self.late_macros(call, after);
            self.head = outer.2;
        }
    }

    /// Macros that a late expansion defined are visible to what follows in its module: there, at least, at the module's end.
    fn late_macros(&mut self, call: &Call, after: u32) {
        let mut made = Vec::new();
        let mut at = after;
        while at != call.head && at != NONE {
            made.push(self.data.textual[at as usize]);
            at = self.data.textual[at as usize].before;
        }
        for t in made.into_iter().rev() {
            let module = call.module as usize;
            let before = self.data.modules[module].textual;
            self.data.textual.push(super::super::data::Textual { before, ..t });
            self.data.modules[module].textual = self.data.textual.len() as u32 - 1;
        }
    }

    /// `cfg_if!` and `cfg_select!`: the items of every branch that may be taken, each under its condition.
    fn branches(&mut self, call: &Call, name: &str) {
        let tokens = self.arguments(call).unwrap_or_default();
        let branches = if name == "cfg_if" { macros::cfg_if(&tokens, self.mode) } else { macros::cfg_select(&tokens, self.mode) };
        let Some(branches) = branches else { return self.call_unread(call, Cause::UnreadMacro) };
        for Branch { state, items } in branches {
            match macros::read_items(&items, self.depth) {
                Ok(made) => self.collect_made(call, made, call.branch.min(state)),
                Err(cause) => self.call_unread(call, cause),
            }
        }
    }

    fn is_waiting(&self, module: u32, name: Name) -> bool {
        self.waiting.get(&(module, name)).is_some_and(|n| *n > 0)
    }
}

impl Call {
    /// Stands in the list for an invocation under way.
    fn placeholder() -> Call {
        Call {
            file: 0,
            module: 0,
            owner: None,
            dir: Dir { file: Default::default(), children: Default::default(), inline: false },
            of: Invoked::Macro(MacroId::NONE),
            pos: 0,
            head: NONE,
            branch: State::On,
            nesting: 0,
            done: true,
        }
    }
}

fn macro_of(found: impl Iterator<Item = Res>) -> Result<Option<DefId>, Cause> {
    let mut cause = Cause::UnresolvedPath;
    for res in found {
        match res {
            Res::Def(d) => return Ok(Some(d)),
            Res::Unknown(c) => cause = c,
            _ => {}
        }
    }
    Err(cause)
}
