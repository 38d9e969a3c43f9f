//! Imports, globs, preludes, visibility, generics.

use super::*;

#[test]
fn named_imports_chains_and_aliases() {
    let defs = lib(&[
        (
            "lib.rs",
            "pub mod a; pub mod b; pub use b::Thing as Exported; use self::a::inner; use a::{self as other, inner::{Deep, self as deeper}};",
        ),
        ("a.rs", "pub mod inner { pub struct Deep; pub fn f() {} } pub use crate::b::Thing;"),
        ("b/mod.rs", "pub use self::c::Thing; mod c;"),
        ("b/c.rs", "pub struct Thing(pub u8); impl Thing { pub fn new() -> Self { Thing(super::super::a::inner::f()) } }"),
    ]);
    assert_eq!(unbound(&defs), Vec::<String>::new());
    assert_eq!(at(&defs, "app", "", "Exported::new", Ns::Values), "app::b::c::Thing + new");
    assert_eq!(at(&defs, "app", "", "a::Thing", Ns::Values), "app::b::c::Thing");
    assert_eq!(at(&defs, "app", "", "other::inner::f", Ns::Values), "app::a::inner::f");
    assert_eq!(at(&defs, "app", "", "deeper::Deep", Ns::Types), "app::a::inner::Deep");
    assert_eq!(at(&defs, "app", "b::c", "super::super::inner", Ns::Types), "app::a::inner");
    assert_eq!(at(&defs, "app", "b::c", "crate::nothing::at::all", Ns::Types), "?unresolved_path + nothing::at::all");
}

#[test]
fn globs_give_way_to_names_and_keep_private_items_out() {
    let defs = lib(&[(
        "lib.rs",
        "mod a { pub struct X; struct Hidden; pub(crate) struct Ours; pub mod deep { pub use super::super::b::*; } }
         mod b { pub struct X; pub struct Y; pub enum E { V, W(u8) } pub use self::E::*; }
         mod c { use crate::a::*; use crate::b::*; use crate::b::X; pub mod d { use super::*; } }
         mod cycle1 { pub use crate::cycle2::*; pub struct One; }
         mod cycle2 { pub use crate::cycle1::*; pub struct Two; }",
    )]);
    assert_eq!(at(&defs, "app", "c", "X", Ns::Types), "app::b::X");
    assert_eq!(at(&defs, "app", "c::d", "X", Ns::Types), "app::b::X");
    assert_eq!(at(&defs, "app", "c", "Hidden", Ns::Types), "?unresolved_path + Hidden");
    assert_eq!(at(&defs, "app", "c::d", "Ours", Ns::Types), "app::a::Ours");
    assert_eq!(at(&defs, "app", "c::d", "W", Ns::Values), "app::b::E::W");
    assert_eq!(at(&defs, "app", "a::deep", "Y", Ns::Types), "app::b::Y");
    assert_eq!(at(&defs, "app", "cycle1", "Two", Ns::Types), "app::cycle2::Two");
    assert_eq!(at(&defs, "app", "cycle2", "One", Ns::Types), "app::cycle1::One");
    assert_eq!(at(&defs, "app", "b", "E::V", Ns::Values), "app::b::E::V");
    assert_eq!(at(&defs, "app", "b", "E::from", Ns::Values), "app::b::E + from");
}

#[test]
fn globs_from_other_crates_take_public_names_only() {
    let d = dep(
        "d",
        &[("lib.rs", "pub struct Pub; pub(crate) struct Crate; struct Priv; pub mod prelude { pub use super::Pub; pub trait T {} }")],
    );
    let app = SourceCrate { deps: &[("d", "d")], ..member("app", &[("lib.rs", "use d::*; mod m { use d::prelude::*; }")]) };
    let defs = Defs::from_sources(&[CORE, STD, d, app]);
    assert_eq!(at(&defs, "app", "", "Pub", Ns::Types), "d::Pub");
    assert_eq!(at(&defs, "app", "", "Crate", Ns::Types), "?unresolved_path + Crate");
    assert_eq!(at(&defs, "app", "m", "T", Ns::Types), "d::prelude::T");
}

#[test]
fn an_import_does_not_take_a_crate_for_a_name_that_is_still_to_come() {
    let json = dep("json", &[("lib.rs", "pub struct FromCrate;")]);
    let source =
        "mod a { use super::facade::json; use json::Local; } mod facade { pub use super::real as json; } mod real { pub struct Local; }
        mod tokio { pub fn spawn() {} } fn f() { tokio::spawn() }";
    let files = [("lib.rs", source)];
    let app = SourceCrate { deps: &[("json", "json")], ..member("app", &files) };
    let defs = Defs::from_sources(&[CORE, STD, json, app]);
    assert_eq!(unbound(&defs), Vec::<String>::new());
    assert_eq!(at(&defs, "app", "a", "Local", Ns::Types), "app::real::Local");
    assert_eq!(at(&defs, "app", "", "json::FromCrate", Ns::Types), "json::FromCrate");
    assert_eq!(at(&defs, "app", "", "tokio::spawn", Ns::Values), "app::tokio::spawn");
}

#[test]
fn preludes_by_edition_and_primitives() {
    let old = SourceCrate { edition: 2018, ..member("old", &[("lib.rs", "use std::u32;")]) };
    let new = member("new", &[("lib.rs", "mod m { pub struct Option; }")]);
    let bare = member("bare", &[("lib.rs", "#![no_std] extern crate std as full;")]);
    let defs = Defs::from_sources(&[CORE, STD, old, new, bare]);
    assert_eq!(at(&defs, "new", "", "Some", Ns::Values), "core::option::Option::Some");
    assert_eq!(at(&defs, "new", "", "From", Ns::Types), "core::convert::From");
    assert_eq!(at(&defs, "old", "", "From", Ns::Types), "?unresolved_path + From");
    assert_eq!(at(&defs, "new", "m", "Option", Ns::Types), "new::m::Option");
    assert_eq!(at(&defs, "new", "", "str::len", Ns::Values), "str + len");
    assert_eq!(at(&defs, "old", "", "u32::MAX", Ns::Values), "core::u32::MAX");
    assert_eq!(at(&defs, "old", "", "u32::pow", Ns::Values), "u32 + pow");
    assert_eq!(at(&defs, "old", "", "u32", Ns::Types), "u32");
    assert_eq!(at(&defs, "bare", "", "full::io::Error", Ns::Types), "std::io::Error");
    assert_eq!(at(&defs, "bare", "", "Some", Ns::Values), "core::option::Option::Some");
    assert_eq!(at(&defs, "new", "", "println", Ns::Macros), "std::println");
    assert_eq!(at(&defs, "bare", "", "println", Ns::Macros), "?unresolved_path + println");
    assert_eq!(at(&defs, "new", "", "panic", Ns::Macros), "core::panic");
    assert_eq!(at(&defs, "new", "", "Clone", Ns::Macros), "core::clone::Clone");
}

#[test]
fn generics_and_self_by_owner() {
    let defs = lib(&[(
        "lib.rs",
        "pub struct S<T>(T); pub trait Tr<A> { type B; fn m<C>(&self) where C: Clone { fn nested<D>() { struct A; } } }
         impl<T, const N: usize> S<[T; N]> { pub fn f<U>() {} }",
    )]);
    let f = defs.lookup("app", "S::f").into_iter().next();
    // `S<[T; N]>` is an impl of S all the same.
    let scope = defs.scope(f.expect("f"));
    assert_eq!(show(&defs, scope, "T", Ns::Types), "app::S#0");
    assert_eq!(show(&defs, scope, "N", Ns::Values), "app::S#1");
    assert_eq!(show(&defs, scope, "U", Ns::Types), "app::S::f#0");
    assert_eq!(show(&defs, scope, "Self::g", Ns::Values), "Self(Impl) + g");
    let m = defs.lookup("app", "Tr::m")[0];
    assert_eq!(show(&defs, defs.scope(m), "A", Ns::Types), "app::Tr#0");
    assert_eq!(show(&defs, defs.scope(m), "Self::B", Ns::Types), "Self(Trait) + B");
    let (file, body) = (defs.def(m).file, BodyId(0));
    let owner = |b: usize| defs.facts(file).bodies[b].owner;
    let bodies: Vec<usize> = (0..defs.facts(file).bodies.len()).filter(|b| defs.def_of_item(file, owner(*b)) == Some(m)).collect();
    let scope = defs.body_scope(file, BodyId(bodies[0] as u32), m);
    let _ = body;
    assert_eq!(show(&defs, scope, "nested", Ns::Values), "app::nested");
    assert_eq!(show(&defs, scope, "C", Ns::Types), "app::Tr::m#0");
    let nested = defs.resolve_name(scope, Name::new("nested"), Ns::Values).def().expect("nested");
    let inner = defs.scope(nested);
    assert_eq!(show(&defs, inner, "C", Ns::Types), "?unresolved_path + C");
    assert_eq!(show(&defs, inner, "D", Ns::Types), "app::nested#0");
}

#[test]
fn items_of_bodies_come_before_parameters_and_imports_of_bodies_count() {
    let defs = lib(&[(
        "lib.rs",
        "pub mod a { pub fn help() {} pub trait Ext { fn ext(&self) {} } } fn help() {}
         pub fn f<T>() { use a::{help, Ext as _}; struct T; { impl T { fn g() { help() } } } fn local() { help() } }",
    )]);
    let f = defs.lookup("app", "f")[0];
    let file = defs.def(f).file;
    let body =
        (0..defs.facts(file).bodies.len()).find(|b| defs.def_of_item(file, defs.facts(file).bodies[*b].owner) == Some(f)).expect("body");
    let scope = defs.body_scope(file, BodyId(body as u32), f);
    assert_eq!(show(&defs, scope, "help", Ns::Values), "app::a::help");
    assert_eq!(show(&defs, scope, "T", Ns::Types), "app::T");
    assert_eq!(at(&defs, "app", "", "help", Ns::Values), "app::help");
    let local = defs.resolve_name(scope, Name::new("local"), Ns::Values).def().expect("local");
    assert_eq!(show(&defs, defs.scope(local), "help", Ns::Values), "app::a::help");
    let traits: Vec<String> = defs.traits_in_scope(scope).iter().map(|t| defs.path(*t)).collect();
    assert_eq!(traits, ["app::a::Ext", "core::clone::Clone", "core::convert::Into", "core::convert::From"]);
    assert_eq!(defs.traits_in_scope(defs.scope(f)).len(), 3);
}

#[test]
fn unnamed_traits_pass_through_globs() {
    let d = dep("d", &[("lib.rs", "mod hidden { pub trait Ext {} } pub mod prelude { pub use super::hidden::Ext as _; }")]);
    let source = "mod a { pub use d::prelude::*; } mod b { use super::a::*; } mod c { trait Own {} use Own as _; }";
    let files = [("lib.rs", source)];
    let app = SourceCrate { deps: &[("d", "d")], ..member("app", &files) };
    let defs = Defs::from_sources(&[CORE, STD, d, app]);
    for module in ["a", "b"] {
        let module = defs.lookup("app", module)[0];
        let traits: Vec<String> = defs.traits_in_scope(Scope { module, owner: None }).iter().map(|t| defs.path(*t)).collect();
        assert_eq!(traits[0], "d::hidden::Ext");
    }
}

#[test]
fn branches_of_cfg_are_alternatives() {
    let defs = lib(&[(
        "lib.rs",
        "#[cfg(windows)] mod imp { pub fn only_windows() {} pub fn both() {} } #[cfg(unix)] mod imp { pub fn both() {} }
         #[cfg(feature = \"x\")] pub fn f() {} #[cfg(not(feature = \"x\"))] pub fn f() {} #[cfg(test)] pub fn t() {}
         pub use imp::*;",
    )]);
    assert_eq!(at(&defs, "app", "", "imp::only_windows", Ns::Values), "app::imp::only_windows");
    let fs = defs.lookup("app", "f");
    assert_eq!(fs.len(), 2);
    assert_eq!(defs.alternatives(fs[0]), &fs[1..]);
    let both =
        defs.resolve_name(Scope { module: defs.lookup("app", "")[0], owner: None }, Name::new("both"), Ns::Values).def().expect("both");
    let imp = defs.parent(both).expect("imp");
    assert_eq!(
        defs.item(imp).map(|(f, i)| i.cfg
            == [crate::facts::Cfg::Flag(crate::facts::Sym(f.symbols.iter().position(|s| &**s == "unix").expect("unix") as u32))]),
        Some(true)
    );
    assert_eq!(at(&defs, "app", "", "t", Ns::Values), "?unresolved_path + t");
}
