//! Aids of tests that stand in production crates: what is compiled on request for the tests of others, and what says by a name that it is one: the feature it
//! is compiled under, a module or a type that no other code uses.

use rustc_hash::{FxHashMap, FxHashSet};

use super::defs::{Defs, Head};
use super::summary::{Summary, is_made_unseen};
use crate::discover::{Package, Project};
use crate::facts::{Cfg, FileFacts, ItemKind, Receiver, Sym};
use crate::model::ids::{CrateId, DefId, DefKind};

/// Parts of the name of a module or feature, set off by underscores or dashes, by which it says that it is there for tests.
const NAMES: &[&str] = &["test", "tests", "testing", "testutil", "testutils", "testkit", "mock", "mocks", "fixture", "fixtures"];

/// Whether something around a definition is compiled for tests or on request for those of others: `#[cfg(any(test, feature = "x"))]`.
pub(super) fn is_compiled_for_tests(defs: &Defs, def: DefId) -> bool {
    any_condition(defs, def, &|cfg, facts| match cfg {
        Cfg::Any(ways) => ways.iter().any(|way| matches!(way, Cfg::Flag(flag) if text(facts, *flag) == "test")),
        _ => false,
    })
}

/// Whether something around a definition is compiled under a feature alone that is named for tests and that no build has unless it asks.
fn is_under_feature_for_tests(project: &Project, defs: &Defs, def: DefId) -> bool {
    let package = defs.krate(def.krate).pkg.map(|pkg| project.package(pkg));
    any_condition(defs, def, &|cfg, facts| match cfg {
        Cfg::KeyValue(key, value) => {
            let feature = text(facts, *value);
            text(facts, *key) == "feature" && is_for_tests(feature) && !package.is_some_and(|p| is_default(p, feature))
        }
        _ => false,
    })
}

/// Whether one of the conditions that a definition or something around it stands under fits.
fn any_condition(defs: &Defs, def: DefId, fits: &dyn Fn(&Cfg, &FileFacts) -> bool) -> bool {
    let one = |d: DefId| defs.item(d).is_some_and(|(facts, item)| item.cfg.iter().any(|cfg| fits(cfg, facts)));
    std::iter::successors(Some(def), |d| defs.parent(*d)).any(one)
}

fn text(facts: &FileFacts, sym: Sym) -> &str {
    &facts.symbols[sym.idx()]
}

/// Whether a feature is on unless a build turns the default ones off.
fn is_default(package: &Package, feature: &str) -> bool {
    let (mut on, mut open) = (FxHashSet::default(), vec!["default"]);
    while let Some(name) = open.pop() {
        if on.insert(name) {
            open.extend(package.features.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    on.contains(feature)
}

fn is_for_tests(name: &str) -> bool {
    name.split(['-', '_']).any(|part| NAMES.contains(&part))
}

/// Words by which a type says that it stands in for another: first or last of its name.
const STAND_INS: &[&str] = &["Mock", "Fake", "Stub", "Dummy"];

/// Bodies that are aids of tests by a name alone: compiled under a feature named for tests, or of modules and types so named that nothing else calls or makes.
/// `supports` are bodies that are known to be compiled for tests: what they use says nothing.
pub(super) fn aids(project: &Project, defs: &Defs, summaries: &[Summary], supports: &FxHashSet<DefId>) -> FxHashSet<DefId> {
    let owners = summaries.iter().map(|s| s.owner);
    let mut aids: FxHashSet<DefId> = owners.filter(|&owner| is_under_feature_for_tests(project, defs, owner)).collect();
    aids.extend(unused_aids(defs, summaries, &|s| !supports.contains(&s.owner) && !aids.contains(&s.owner)));
    aids
}

/// Bodies of modules and types that are named as aids of tests and that no body that counts calls or makes, but their own.
fn unused_aids(defs: &Defs, summaries: &[Summary], counts: &dyn Fn(&Summary) -> bool) -> FxHashSet<DefId> {
    let names = Names::of(defs);
    let units: FxHashMap<DefId, DefId> = summaries.iter().filter_map(|s| Some((s.owner, names.unit_of_body(s.owner)?))).collect();
    let mut used: FxHashSet<DefId> = FxHashSet::default();
    loop {
        let uses = |s: &&Summary| counts(s) && units.get(&s.owner).is_none_or(|unit| used.contains(unit));
        let more: FxHashSet<DefId> =
            summaries.iter().filter(uses).flat_map(|s| names.uses(s, &units)).filter(|unit| !used.contains(unit)).collect();
        if more.is_empty() {
            return units.into_iter().filter(|(_, unit)| !used.contains(unit)).map(|(owner, _)| owner).collect();
        }
        used.extend(more);
    }
}

/// What is named as an aid of tests.
struct Names<'a> {
    defs: &'a Defs,
    /// Impls, each with its type.
    impls: FxHashMap<DefId, DefId>,
    /// Types that stand in for others.
    stand_ins: FxHashSet<DefId>,
}

impl<'a> Names<'a> {
    fn of(defs: &'a Defs) -> Names<'a> {
        let heads = || defs.members().flat_map(|krate| defs.impl_heads(krate.id));
        let mut plays: FxHashSet<DefId> = FxHashSet::default();
        for head in heads() {
            if let (Head::Def(ty), Some(Ok(of))) = (head.head, head.of)
                && !in_std(defs, of.krate)
            {
                plays.insert(ty);
            }
        }
        let typed = heads().filter_map(|head| match head.head {
            Head::Def(ty) if is_type(defs, ty) => Some((head.def, ty)),
            _ => None,
        });
        let impls: FxHashMap<DefId, DefId> = typed.collect();
        // Of what a derive makes nobody can tell that it is not used.
        let stands_in = |ty: &DefId| is_stand_in(defs.def(*ty).name.as_str(), plays.contains(ty)) && !is_made_unseen(defs, *ty);
        Names { defs, stand_ins: impls.values().copied().filter(stands_in).collect(), impls }
    }

    /// The outermost module or the type that is named as an aid and holds a body.
    fn unit_of_body(&self, owner: DefId) -> Option<DefId> {
        let around = || std::iter::successors(self.defs.parent(owner), |d| self.defs.parent(*d));
        let stand_in = |d: DefId| self.impls.get(&d).copied().filter(|ty| self.stand_ins.contains(ty));
        self.module_of(owner).or_else(|| around().find_map(stand_in))
    }

    /// The outermost module named as an aid that holds a definition.
    fn module_of(&self, def: DefId) -> Option<DefId> {
        // The root of a crate bears the name of its target.
        let modules = std::iter::successors(self.defs.parent(def), |d| self.defs.parent(*d))
            .filter(|d| self.defs.def(*d).kind == DefKind::Mod && self.defs.parent(*d).is_some());
        modules.filter(|d| is_for_tests(self.defs.def(*d).name.as_str())).last()
    }

    /// A method of a type whose values only bodies make: calling it is no use of the type where nobody makes one.
    fn needs_a_value(&self, def: DefId) -> bool {
        let takes_self =
            || self.defs.item(def).is_some_and(|(_, item)| matches!(&item.kind, ItemKind::Fn(sig) if sig.receiver != Receiver::None));
        let of = self.defs.parent(def).and_then(|around| self.impls.get(&around));
        of.is_some_and(|&ty| !is_made_unseen(self.defs, ty)) && takes_self()
    }

    /// The units that a body calls into or makes values of, its own not among them.
    fn uses(&self, body: &Summary, units: &FxHashMap<DefId, DefId>) -> Vec<DefId> {
        let own = units.get(&body.owner);
        let called = body.edges.iter().filter(|edge| !self.needs_a_value(edge.to)).filter_map(|edge| units.get(&edge.to).copied());
        let made = body.makes.iter().filter_map(|&(ty, _)| self.module_of(ty).or_else(|| self.stand_ins.contains(&ty).then_some(ty)));
        called.chain(made).filter(|unit| Some(unit) != own).collect()
    }
}

fn in_std(defs: &Defs, krate: CrateId) -> bool {
    defs.krate(krate).pkg.is_none()
}

fn is_type(defs: &Defs, def: DefId) -> bool {
    matches!(defs.def(def).kind, DefKind::Struct | DefKind::Enum)
}

/// `MockClock`, `ClockStub`; `TestClock` if it plays a part, which is to say that it implements a trait that is not of std.
fn is_stand_in(name: &str, plays: bool) -> bool {
    let words = words(name);
    let [first, .., last] = words.as_slice() else { return false };
    STAND_INS.contains(first) || STAND_INS.contains(last) || plays && *first == "Test"
}

/// The words of a name in camel case.
fn words(name: &str) -> Vec<&str> {
    let starts: Vec<usize> = name.char_indices().filter(|(_, c)| c.is_uppercase()).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([name.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &name[start..end]).collect()
}
