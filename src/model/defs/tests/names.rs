//! Paths as text and back.

use super::*;

#[test]
fn paths_of_definitions() {
    let defs = lib(&[(
        "lib.rs",
        "pub mod m { pub struct S; impl S { pub fn f() {} } impl Clone for S { fn clone(&self) -> Self { S } } pub trait T { fn t(&self); } impl T for str { fn t(&self) {} } impl<X> T for &X { fn t(&self) {} } }",
    )]);
    for path in ["m::S::f", "m::S::clone", "m::T::t"] {
        let found = defs.lookup("app", path);
        assert_eq!(found.iter().map(|d| defs.path(*d)).collect::<Vec<_>>(), [format!("app::{path}")]);
    }
    assert_eq!(defs.path(defs.lookup("core", "str::len")[0]), "core::str::len");
    assert_eq!(defs.path(defs.lookup("core", "u32::pow")[0]), "core::u32::pow");
    assert_eq!(defs.path(defs.lookup("core", "option::Option::is_some")[0]), "core::option::Option::is_some");
    assert_eq!(defs.lookup("std", "option::Option::is_some"), defs.lookup("core", "option::Option::is_some"));
    let heads: Vec<Head> = defs.impl_heads(defs.members().next().expect("app").id).iter().map(|h| h.head).collect();
    assert_eq!(heads[2..], [Head::Prim(Prim::Str), Head::Ref(false)]);
    let blanket = defs.impl_heads(defs.crates().next().expect("core").id).iter().find(|h| h.head == Head::Param).expect("a blanket impl");
    assert_eq!(defs.path(defs.children(blanket.def)[0]), "core::convert::Into::into");
}

#[test]
fn children_and_members() {
    let defs = lib(&[("lib.rs", "pub enum E { A, B(u8) } pub trait T { type X; const C: u8; fn f(); } mod m {}")]);
    let e = defs.lookup("app", "E")[0];
    assert_eq!(defs.children(e).iter().map(|c| defs.def(*c).sub).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(defs.member(e, Name::new("B"), Ns::Values), Some(defs.children(e)[1]));
    let t = defs.lookup("app", "T")[0];
    assert_eq!(defs.def(defs.member(t, Name::new("X"), Ns::Types).expect("X")).kind, DefKind::TypeAlias);
    assert_eq!(defs.member(t, Name::new("X"), Ns::Values), None);
    let root = defs.module_of(e);
    assert_eq!(defs.children(root).len(), 3);
    assert_eq!(defs.parent(defs.children(t)[2]), Some(t));
}
