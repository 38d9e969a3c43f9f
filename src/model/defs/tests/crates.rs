//! Files, crates, editions, missing sources.

use super::*;

#[test]
fn files_of_the_module_tree() {
    let defs = lib(&[
        (
            "src/lib.rs",
            "mod flat; mod nested; #[path = \"elsewhere/x.rs\"] mod named; mod inline { mod deep; #[path = \"odd.rs\"] mod odd; }
             #[path = \"dir\"] mod placed { mod z; } include!(\"included.rs\"); mod gone; #[cfg_attr(windows, path = \"w.rs\")] #[cfg_attr(unix, path = \"u.rs\")] mod sys;",
        ),
        ("src/flat.rs", "mod child; #[path = \"beside.rs\"] mod beside;"),
        ("src/flat/child.rs", "pub fn child() {}"),
        ("src/beside.rs", "pub fn beside() {}"),
        ("src/nested/mod.rs", "mod child; mod inner { mod leaf; }"),
        ("src/nested/child.rs", "pub fn nested_child() {}"),
        ("src/nested/inner/leaf.rs", "pub fn leaf() {}"),
        ("src/elsewhere/x.rs", "mod y;"),
        ("src/elsewhere/y.rs", "pub fn y() {}"),
        ("src/inline/deep.rs", "pub fn deep() {}"),
        ("src/inline/odd.rs", "pub fn odd() {}"),
        ("src/dir/z.rs", "pub fn z() {}"),
        ("src/included.rs", "pub fn included() {}"),
        ("src/u.rs", "pub fn unix() {}"),
        ("src/w.rs", "pub fn windows() {}"),
    ]);
    for path in [
        "flat::child::child",
        "flat::beside::beside",
        "nested::child::nested_child",
        "nested::inner::leaf::leaf",
        "named::y::y",
        "inline::deep::deep",
        "inline::odd::odd",
        "placed::z::z",
        "included",
        "sys::unix",
    ] {
        assert_eq!(at(&defs, "app", "", path, Ns::Values), format!("app::{path}"));
    }
    let notices: Vec<String> = defs.notices().iter().map(|n| format!("{}: {}", n.id, n.text)).collect();
    assert_eq!(notices, ["missing_file: no file for module `gone`"]);
    assert_eq!(at(&defs, "app", "", "gone::f", Ns::Values), "?missing_sources + f");
}

#[test]
fn a_file_that_contains_itself_is_a_notice() {
    let defs = lib(&[("lib.rs", "mod a;"), ("a.rs", "#[path = \"a.rs\"] mod a; pub fn f() {}")]);
    assert_eq!(defs.notices()[0].id, "module_loop");
    assert_eq!(at(&defs, "app", "", "a::f", Ns::Values), "app::a::f");
}

#[test]
fn one_file_in_two_targets_is_two_places() {
    let files = [("lib.rs", "pub mod shared;"), ("shared.rs", "pub fn f() {}")];
    let bin = SourceCrate {
        kind: TargetKind::Bin,
        deps: &[("app", "app")],
        ..member("app", &[("main.rs", "use app::shared::f; mod shared;"), ("shared.rs", "pub fn f() {}")])
    };
    let defs = Defs::from_sources(&[CORE, STD, member("app", &files), bin]);
    let f = defs.lookup("app", "shared::f");
    assert_eq!(f.len(), 2);
    assert_eq!(at(&defs, "app", "", "f", Ns::Values), "?unresolved_path + f");
    let root = Scope { module: DefId { krate: defs.members().nth(1).expect("bin").id, idx: 0 }, owner: None };
    let named = defs.resolve_name(root, Name::new("f"), Ns::Values).def().expect("f");
    assert!(defs.krate(named.krate).kind == TargetKind::Lib);
}

#[test]
fn old_editions_count_from_the_root() {
    let d = dep("d", &[("lib.rs", "pub mod m { pub struct S; }")]);
    let source = "extern crate d; mod a { use b::F; use d::m; use ::b::F as G; fn f() { ::b::help(); m::S } } mod b { pub struct F; pub fn help() {} }";
    let files = [("lib.rs", source)];
    let app = SourceCrate { edition: 2015, deps: &[("d", "d")], ..member("app", &files) };
    let defs = Defs::from_sources(&[CORE, STD, d, app]);
    assert_eq!(unbound(&defs), Vec::<String>::new());
    assert_eq!(at(&defs, "app", "a", "F", Ns::Types), "app::b::F");
    assert_eq!(at(&defs, "app", "a", "m::S", Ns::Types), "d::m::S");
    assert_eq!(at(&defs, "app", "a", "::b::help", Ns::Values), "app::b::help");
}

#[test]
fn renamed_and_external_crates() {
    let d = dep("real", &[("lib.rs", "pub fn f() {} #[macro_export] macro_rules! m { () => {} }")]);
    let source =
        "extern crate self as me; #[macro_use] extern crate alias as other; use ::alias::f as g; pub mod alias { pub fn local() {} }";
    let files = [("lib.rs", source)];
    let app = SourceCrate { deps: &[("alias", "real")], ..member("app", &files) };
    let defs = Defs::from_sources(&[CORE, STD, d, app]);
    assert_eq!(at(&defs, "app", "", "g", Ns::Values), "real::f");
    assert_eq!(at(&defs, "app", "", "other::f", Ns::Values), "real::f");
    assert_eq!(at(&defs, "app", "", "alias::local", Ns::Values), "app::alias::local");
    assert_eq!(at(&defs, "app", "", "::alias::f", Ns::Values), "real::f");
    assert_eq!(at(&defs, "app", "", "me::g", Ns::Values), "real::f");
    assert_eq!(at(&defs, "app", "", "m", Ns::Macros), "real::m");
}

#[test]
fn missing_sources_are_told_from_wrong_paths() {
    let absent = dep("absent", &[]);
    let source = "use absent::thing::{Client, get as fetch}; use absent::prelude::*; mod m { use super::*; }";
    let files = [("lib.rs", source)];
    let app = SourceCrate { deps: &[("absent", "absent")], ..member("app", &files) };
    let defs = Defs::from_sources(&[CORE, STD, absent, app]);
    assert_eq!(at(&defs, "app", "", "Client::new", Ns::Values), "?missing_sources + Client::new");
    assert_eq!(at(&defs, "app", "", "absent::x::Y", Ns::Types), "?missing_sources + x::Y");
    assert_eq!(at(&defs, "app", "m", "FromGlob", Ns::Types), "?missing_sources + FromGlob");
    assert_eq!(unbound(&defs).len(), 3);
}

#[test]
fn ids_do_not_depend_on_threads() {
    let run = || {
        let d = dep("d", &[("lib.rs", "pub mod m { pub struct S; } pub use m::*;")]);
        let a = SourceCrate {
            deps: &[("d", "d")],
            ..member("a", &[("lib.rs", "pub use d::*; mod x; mod y;"), ("x.rs", "pub struct X;"), ("y.rs", "pub use super::x::*;")])
        };
        let b = SourceCrate { deps: &[("a", "a"), ("d", "d")], ..member("b", &[("lib.rs", "use a::*; use d::m::S as T;")]) };
        let defs = Defs::from_sources(&[CORE, STD, d, a, b]);
        let mut out = Vec::new();
        for c in defs.crates() {
            out.extend((0..defs.len(c.id)).map(|idx| (idx, defs.path(DefId { krate: c.id, idx }))));
        }
        out
    };
    let first = run();
    for threads in [1, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        assert_eq!(pool.install(run), first);
    }
}
