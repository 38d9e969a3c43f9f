//! Which types hold an error, and which error.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::Shape;
use crate::catalog::schema::TypeRole;
use crate::model::effects::Cx;
use crate::model::ids::kw;
use crate::model::ty::solve::Solver;
use crate::model::ty::{Bound, Ty, TyKind};

/// What a type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub shape: Shape,
    /// The error; `None` for a future that cannot fail.
    pub error: Option<Ty>,
}

impl Held {
    /// A future that cannot fail is of interest only where it is never awaited.
    pub fn fails(self) -> bool {
        self.error.is_some()
    }
}

/// Answers by type, remembered for one body.
pub(super) struct Holder<'a> {
    cx: Cx<'a>,
    seen: RefCell<FxHashMap<Ty, Option<Held>>>,
}

const MAX_DEPTH: u32 = 8;

impl<'a> Holder<'a> {
    pub fn new(cx: Cx<'a>) -> Self {
        Holder { cx, seen: RefCell::default() }
    }

    /// What a value of this type holds, if it holds an error or is a future.
    pub fn of(&self, ty: Ty) -> Option<Held> {
        if let Some(&known) = self.seen.borrow().get(&ty) {
            return known;
        }
        let found = self.at(ty, 0);
        self.seen.borrow_mut().insert(ty, found);
        found
    }

    /// Whether a type is `Result` itself, references aside.
    pub fn is_result(&self, ty: Ty) -> bool {
        matches!(ty.strip_refs().kind(), TyKind::Adt(d, _) if Some(*d) == self.cx.types.lang.result)
    }

    /// Whether a type is `Option` itself, references aside.
    pub fn is_option(&self, ty: Ty) -> bool {
        matches!(ty.strip_refs().kind(), TyKind::Adt(d, _) if Some(*d) == self.cx.types.lang.option)
    }

    /// What the items of an iterator of this type hold.
    pub fn items(&self, ty: Ty) -> Option<Held> {
        let iterator = self.cx.types.lang.iterator?;
        let item = Solver::new(self.cx.types, None).project(iterator, &[ty], kw::ITEM)?;
        self.of(item)
    }

    /// What each item of a collection or iterator of this type holds.
    pub fn pieces(&self, ty: Ty) -> Option<Held> {
        let item = match ty.strip_refs().kind() {
            TyKind::Array(t) | TyKind::Slice(t) => Some(*t),
            TyKind::Adt(def, args) => {
                let row = self.cx.known.type_row(self.cx.defs, *def).filter(|row| row.role == Some(TypeRole::Items));
                row.and_then(|row| args.get(row.carries? as usize).copied())
            }
            _ => None,
        };
        match item {
            Some(item) => self.of(item),
            None => self.items(ty),
        }
    }

    fn at(&self, ty: Ty, depth: u32) -> Option<Held> {
        if depth > MAX_DEPTH {
            return None;
        }
        let lang = &self.cx.types.lang;
        let inner = |t: Ty| self.at(t, depth + 1);
        match ty.kind() {
            TyKind::Ref(_, t) => inner(*t),
            TyKind::Array(t) | TyKind::Slice(t) => items(inner(*t)),
            TyKind::Tuple(ts) => items(ts.iter().find_map(|t| inner(*t).filter(|h| h.fails() && h.shape != Shape::Future))),
            TyKind::Future(out, _) => Some(Held { shape: Shape::Future, error: inner(*out).and_then(|h| h.error) }),
            TyKind::Opaque(..) | TyKind::Dyn(_) => self.by_bounds(&Solver::new(self.cx.types, None).carried_bounds(ty), depth),
            TyKind::Adt(def, args) if Some(*def) == lang.result && args.len() == 2 => {
                Some(Held { shape: Shape::Result, error: Some(self.worse(args[1], inner(args[0]).and_then(|h| h.error))) })
            }
            TyKind::Adt(def, args) if Some(*def) == lang.option || Some(*def) == lang.poll => {
                inner(*args.first()?).filter(|h| h.fails() && h.shape == Shape::Result)
            }
            TyKind::Adt(def, args) => {
                let row = self.cx.known.type_row(self.cx.defs, *def)?;
                let carried = inner(*args.get(row.carries? as usize)?);
                match row.role? {
                    TypeRole::TaskHandle => carried.and_then(|h| h.error).map(|e| Held { shape: Shape::TaskHandle, error: Some(e) }),
                    TypeRole::Wrapper => carried,
                    TypeRole::Items => items(carried),
                    TypeRole::Future => Some(Held { shape: Shape::Future, error: carried.and_then(|h| h.error) }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn by_bounds(&self, bounds: &[Bound], depth: u32) -> Option<Held> {
        let lang = &self.cx.types.lang;
        bounds.iter().find_map(|b| {
            let assoc = |name| b.assoc.iter().find(|(n, _)| *n == name).and_then(|(_, t)| self.at(*t, depth + 1));
            if Some(b.def) == lang.future {
                return Some(Held { shape: Shape::Future, error: assoc(kw::OUTPUT).and_then(|h| h.error) });
            }
            (Some(b.def) == lang.iterator).then(|| items(assoc(kw::ITEM))).flatten()
        })
    }

    /// Of two nested errors the one that matters: the outer one, unless dropping it is of no interest.
    fn worse(&self, outer: Ty, inner: Option<Ty>) -> Ty {
        match inner {
            Some(inner) if self.rule(outer).is_some() => inner,
            _ => outer,
        }
    }

    fn rule(&self, error: Ty) -> Option<crate::catalog::schema::DropRule> {
        self.cx.known.error_rule(self.cx.defs, error)
    }
}

fn items(inner: Option<Held>) -> Option<Held> {
    inner.filter(|h| h.fails() && h.shape != Shape::Future).map(|h| Held { shape: Shape::Items, error: h.error })
}
