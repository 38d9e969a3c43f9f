//! Generic parameters of definitions, and the argument lists that go with them.
//!
//! An argument list of a definition starts with its owner's arguments (impl or trait; for a trait `Self` first) and goes on with its own.

use super::fold::Subst;
use super::{SELF_PARAM, Ty, TyKind, Types};
use crate::facts::{Generics as Written, ItemKind, TypeId};
use crate::model::ids::{DefId, DefKind, Name};

/// Own generic parameters of a definition.
#[derive(Debug, Default)]
pub struct Generics {
    /// Impl or trait of a member.
    pub parent: Option<DefId>,
    /// The definition is a trait: its argument list starts with `Self`.
    pub has_self: bool,
    /// Declared parameters in order.
    pub params: Vec<Param>,
    /// Number of `impl Trait` arguments, numbered after the declared parameters.
    pub synth: u32,
}

/// A declared parameter.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// `const N: usize`.
    pub is_const: bool,
    /// Default type as written in the owner's interface; NONE without.
    pub default: TypeId,
}

impl Generics {
    /// Number of own arguments.
    pub fn own_len(&self) -> usize {
        usize::from(self.has_self) + self.params.len() + self.synth as usize
    }
}

impl Types<'_> {
    /// The definition whose generics a definition uses: the enum of a variant, itself otherwise.
    pub fn generic_owner(&self, def: DefId) -> DefId {
        match self.defs.def(def).kind {
            DefKind::Variant => self.defs.def(def).parent.unwrap_or(def),
            _ => def,
        }
    }

    /// Generics as written on an item.
    pub(crate) fn written_generics(&self, def: DefId) -> Option<&Written> {
        let (_, item) = self.defs.item(def)?;
        match &item.kind {
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

    /// Generic parameters of a definition.
    pub fn generics(&self, def: DefId) -> &'static Generics {
        let def = self.generic_owner(def);
        self.memo(|c| &c.generics, def, || self.make_generics(def))
    }

    fn make_generics(&self, def: DefId) -> Generics {
        let data = self.defs.def(def);
        let parent = data.parent.filter(|p| matches!(self.defs.def(*p).kind, DefKind::Impl | DefKind::Trait));
        let Some(written) = self.written_generics(def) else { return Generics { parent, ..Generics::default() } };
        let params = written
            .params
            .iter()
            .map(|p| Param {
                name: self.defs.name(data.file, p.name),
                is_const: p.is_const,
                default: if p.is_const { TypeId::NONE } else { p.ty },
            })
            .collect();
        let synth = if data.kind == DefKind::Fn { self.count_impl_args(def) } else { 0 };
        Generics { parent, has_self: data.kind == DefKind::Trait, params, synth }
    }

    /// Length of a definition's full argument list.
    pub fn args_len(&self, def: DefId) -> usize {
        let g = self.generics(def);
        g.parent.map_or(0, |p| self.generics(p).own_len()) + g.own_len()
    }

    /// The substitution that puts `args` (a full list) in place of a definition's parameters.
    pub fn subst<'a>(&self, def: DefId, args: &'a [Ty]) -> Subst<'a> {
        let def = self.generic_owner(def);
        let g = self.generics(def);
        let split = g.parent.map_or(0, |p| self.generics(p).own_len()).min(args.len());
        let mut s = Subst::default();
        if let Some(p) = g.parent {
            s = s.with(p, self.generics(p).has_self, &args[..split]);
        }
        s.with(def, g.has_self, &args[split..])
    }

    /// A definition's parameters as its own arguments.
    pub fn identity_args(&self, def: DefId) -> Box<[Ty]> {
        let def = self.generic_owner(def);
        let g = self.generics(def);
        let mut out = Vec::with_capacity(self.args_len(def));
        for owner in g.parent.into_iter().chain([def]) {
            let g = self.generics(owner);
            if g.has_self {
                out.push(Ty::new(TyKind::Param(owner, SELF_PARAM)));
            }
            out.extend((0..g.params.len() as u32 + g.synth).map(|i| Ty::new(TyKind::Param(owner, i))));
        }
        out.into()
    }
}
