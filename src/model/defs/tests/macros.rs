//! Macros: scopes, expansion to items, branches, procedural macros.

use super::*;

#[test]
fn textual_scope_and_macro_use() {
    let defs = lib(&[
        (
            "lib.rs",
            "macro_rules! make { ($($n:ident),*) => { $( pub struct $n; impl $n { pub fn new() -> Self { $n } } )* } }
             make!(A, B); #[macro_use] mod macros; fn_of!(made); mod user; mod late { later!(); }",
        ),
        ("macros.rs", "macro_rules! fn_of { ($n:ident) => { pub fn $n() {} } }"),
        ("user.rs", "make!(C); fn_of!(user_made); macro_rules! make { ($n:ident) => { pub enum $n {} } } make!(D);"),
    ]);
    assert_eq!(at(&defs, "app", "", "A::new", Ns::Values), "app::A + new");
    assert_eq!(at(&defs, "app", "", "made", Ns::Values), "app::made");
    assert_eq!(at(&defs, "app", "user", "user_made", Ns::Values), "app::user::user_made");
    let d = defs.lookup("app", "user::D")[0];
    assert_eq!(defs.def(d).kind, DefKind::Enum);
    assert!(defs.expanded_from(defs.def(d).file).is_some_and(|(f, _)| defs.source_path(f).ends_with("user.rs")));
    let unread: Vec<_> = defs.unread_macros(defs.members().next().expect("app").id).iter().map(|u| (u.2.to_owned(), u.3)).collect();
    assert_eq!(unread, [("later".to_owned(), Cause::UnreadMacro)]);
    assert_eq!(defs.lookup("app", "A::new").len(), 1);
}

#[test]
fn exported_macros_by_path_and_their_crate() {
    let d = dep(
        "d",
        &[(
            "lib.rs",
            "pub struct Inner; #[macro_export] macro_rules! holder { ($(#[$m:meta])* $v:vis struct $n:ident) => { $v struct $n($crate::Inner); $crate::helper!($n); } }
             #[macro_export] #[doc(hidden)] macro_rules! helper { ($n:ident) => { impl $n { pub fn get(&self) -> &$crate::Inner { &self.0 } } } }
             pub mod reexport { pub use crate::holder as renamed; }",
        )],
    );
    let source = "d::holder! { /// doc\n pub struct One } use d::reexport::renamed; renamed!(struct Two); mod m { use d::*; holder!(pub struct Three); }
        macro_rules! own { () => { pub mod generated { pub fn f() {} } } } pub(crate) use own; mod n { crate::own!(); }";
    let files = [("lib.rs", source)];
    let app = SourceCrate { deps: &[("d", "d")], ..member("app", &files) };
    let defs = Defs::from_sources(&[CORE, STD, d, app]);
    assert_eq!(unbound(&defs), Vec::<String>::new());
    for path in ["One::get", "Two::get", "m::Three::get"] {
        let get = defs.lookup("app", path);
        assert_eq!(get.len(), 1, "{path}");
        let (facts, item) = defs.item(get[0]).expect("an item");
        let ItemKind::Fn(sig) = &item.kind else { panic!("a function") };
        let crate::facts::TypeRef::Ref { inner, .. } = facts.interface.arena.types[sig.ret.idx()] else { panic!("a reference") };
        let crate::facts::TypeRef::Path(p) = facts.interface.arena.types[inner.idx()] else { panic!("a path") };
        let found = defs.resolve_path(defs.scope(get[0]), defs.def(get[0]).file, facts, &facts.interface.arena, p, Ns::Types);
        assert_eq!(defs.path(found.res.def().expect("resolved")), "d::Inner");
    }
    assert_eq!(at(&defs, "app", "n", "generated::f", Ns::Values), "app::n::generated::f");
}

#[test]
fn imports_and_macros_feed_each_other() {
    let defs = lib(&[(
        "lib.rs",
        "mod a { use super::b::maker; maker!(); } mod b { pub use super::c::makes_a_macro_and_struct as maker; }
         mod c { macro_rules! makes { () => { pub struct FromMacro; pub use super::d::Other; } } pub(crate) use makes as makes_a_macro_and_struct; }
         mod d { pub struct Other; } mod e { use super::a::{FromMacro, Other}; }",
    )]);
    assert_eq!(unbound(&defs), Vec::<String>::new());
    assert_eq!(at(&defs, "app", "e", "FromMacro", Ns::Types), "app::a::FromMacro");
    assert_eq!(at(&defs, "app", "e", "Other", Ns::Types), "app::d::Other");
}

#[test]
fn branches_of_cfg_if() {
    let text = "cfg_if::cfg_if! { if #[cfg(windows)] { mod win; pub use win::f; } else if #[cfg(unix)] { mod unix { pub fn f() {} } pub use unix::f; } else { pub fn f() {} } }";
    let files = [("lib.rs", text), ("win.rs", "pub fn f() {}")];
    let defs =
        Defs::from_sources(&[CORE, STD, dep("d", &[("lib.rs", text)]), SourceCrate { deps: &[("d", "d")], ..member("app", &files) }]);
    assert_eq!(at(&defs, "app", "", "f", Ns::Values), "app::unix::f");
    assert_eq!(defs.lookup("app", "f").len(), 3);
    assert_eq!(at(&defs, "app", "", "d::f", Ns::Values), "d::unix::f");
    assert_eq!(defs.lookup("d", "f").len(), 1);
}

#[test]
fn procedural_macros_and_derives() {
    let derive = SourceCrate {
        kind: TargetKind::ProcMacro,
        ..dep(
            "derive",
            &[(
                "lib.rs",
                "#[proc_macro_derive(Thing, attributes(thing))] pub fn expand_thing() {} #[proc_macro_attribute] pub fn attr() {} #[proc_macro] pub fn query() {}",
            )],
        )
    };
    let source = "use derive::{Thing, attr}; #[derive(Clone, Thing, Missing, derive::Thing)] pub struct S; derive::query!(x); mod m { derive::query!(); }
        #[cfg_attr(feature = \"x\", derive(Clone))] pub struct T;";
    let files = [("lib.rs", source)];
    let app = SourceCrate { deps: &[("derive", "derive")], ..member("app", &files) };
    let defs = Defs::from_sources(&[CORE, STD, derive, app]);
    let derives = |path: &str| {
        let list = defs.derives(defs.lookup("app", path)[0]).into_iter();
        list.map(|d| (d.path, d.def.map(|d| defs.path(d)), d.conditional)).collect::<Vec<_>>()
    };
    let s = |t: &str| t.to_owned();
    let thing = Some(s("derive::Thing"));
    assert_eq!(
        derives("S"),
        [
            (s("Clone"), Some(s("core::clone::Clone")), false),
            (s("Thing"), thing.clone(), false),
            (s("Missing"), None, false),
            (s("derive::Thing"), thing, false)
        ]
    );
    assert_eq!(derives("T"), [(s("Clone"), Some(s("core::clone::Clone")), true)]);
    assert_eq!(at(&defs, "app", "", "attr", Ns::Macros), "derive::attr");
    assert_eq!(at(&defs, "app", "m", "MadeByQuery", Ns::Types), "?proc_macro + MadeByQuery");
    assert_eq!(defs.unread_macros(defs.members().next().expect("app").id).len(), 2);
}

#[test]
fn expression_macros_expand_for_inference() {
    let defs =
        lib(&[("lib.rs", "#[macro_export] macro_rules! add { ($a:expr, $b:expr) => { $a + $b } } macro_rules! rec { () => { rec!() } }")]);
    let add = defs.lookup("app", "add")[0];
    let out = defs.expand(add, "1, 2 * 3", FragmentKind::Expr).expect("expands");
    assert_eq!(out.bodies.len(), 1);
    assert!(Arc::ptr_eq(&out, &defs.expand(add, "1, 2 * 3", FragmentKind::Expr).expect("expands")));
    assert!(defs.expand(add, "1", FragmentKind::Expr).is_err());
}

#[test]
fn macros_in_impls_make_members() {
    let defs = lib(&[(
        "lib.rs",
        "pub struct S; macro_rules! getters { ($($n:ident),*) => { $( pub fn $n(&self) {} )* } } impl S { getters!(a, b); } macro_rules! forever { ($n:ident) => { forever!($n); } } forever!(x);",
    )]);
    assert_eq!(defs.lookup("app", "S::b").len(), 1);
    let unread = defs.unread_macros(defs.members().next().expect("app").id).first().map(|u| u.3);
    assert_eq!(unread, Some(Cause::Depth));
}
