//! Small texts that grow: macros, types and branches that double at each step; and large ones that are merely wide. All end soon, and what was
//! given up is counted.

use super::scene::{HEALTHY, Scene, assert_healthy};

fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|at| line(at) + "\n").collect()
}

/// The report on a library, which has to end.
fn report(text: &str) -> serde_json::Value {
    let report = Scene::library(format!("{HEALTHY}\n{text}")).json(&["--no-cache"]);
    assert_healthy(&report);
    report
}

fn unread_macros(text: &str) -> u64 {
    report(text)["coverage"]["macros_unread"].as_u64().unwrap()
}

#[test]
fn macros_that_never_end_are_given_up() {
    for rules in [
        "() => { m!() };",
        "() => { m!(); m!(); };",
        "($($t:tt)*) => { m!($($t)* $($t)*) };",
        "($($t:tt)*) => { m!(x $($t)*) };",
        "($($t:tt)*) => { (m!($($t)* x), m!(x $($t)*)) };",
        "() => { { macro_rules! n { () => { m!() } } n!() } };",
    ] {
        assert!(
            unread_macros(&format!("macro_rules! m {{ {rules} }}\npub fn f() {{ m!(); }}\npub fn g() -> u8 {{ let x = m!(); 1 }}\n")) > 0
        );
    }
    // As items, and in the place of patterns.
    for rules in ["() => { m!{} m!{} };", "($($t:tt)*) => { m!{ $($t)* $($t)* a } };", "() => { mod x { m!{} } };"] {
        report(&format!("macro_rules! m {{ {rules} }}\nm!{{}}\n"));
    }
    report("macro_rules! m { () => { (m!(), m!()) } }\npub fn f(a: u8) { let m!() = a; }\n");
    let deep = format!("macro_rules! m {{ ($($t:tt)*) => {{ {}m!($($t)*){} }} }}\n", "(".repeat(1_000), ")".repeat(1_000));
    report(&format!("{deep}pub fn f() {{ m!(1); }}\npub fn g(a: u8) {{ let m!(b) = a; }}\n"));
}

#[test]
fn long_arguments_of_macros_are_read() {
    let many = "a ".repeat(10_000);
    for rules in [
        "($($x:ident)*) => { [$(stringify!($x)),*] };",
        "($($x:ident)*) => { $($x;)* };",
        "($($x:tt)*) => { $crate::n!($($x)*) };",
        "($($x:expr)*) => { [$($x),*] };",
    ] {
        let n = "#[macro_export]\nmacro_rules! n { ($($x:tt)*) => { [$(stringify!($x)),*].len() } }\n";
        report(&format!("{n}macro_rules! m {{ {rules} }}\npub fn f() {{ let a = 1; m!({many}); }}\n"));
    }
}

#[test]
fn patterns_that_can_be_matched_in_many_ways_are_given_up() {
    let many = "a ".repeat(2_000);
    let rule = "$($a:tt)* $($b:tt)* $($c:tt)* $($d:tt)* end";
    assert!(unread_macros(&format!("macro_rules! m {{ ({rule}) => {{ 1 }} }}\npub fn f() {{ m!({many}); }}\n")) > 0);
    let sequence = "$($a:ident,)* ".repeat(20_000);
    report(&format!("macro_rules! m {{ ({sequence}) => {{ 1 }} }}\npub fn f() {{ m!(); m!(a,); }}\n"));
    let rules = lines(5_000, |n| format!("($($a:tt)* $($b:tt)* end{n}) => {{ {n} }};"));
    report(&format!("macro_rules! m {{ {rules} }}\npub fn f() {{ m!({many}); }}\n"));
}

#[test]
fn prefixes_without_end_in_arguments_are_given_up() {
    for (fragment, argument) in [
        ("ty", "&".repeat(200_000) + "u8"),
        ("expr", "|x| ".repeat(100_000) + "x"),
        ("expr", "return ".repeat(100_000)),
        ("expr", "-".repeat(200_000) + "1"),
        ("expr", "if ".repeat(100_000)),
        ("pat", "&".repeat(200_000) + "x"),
        ("pat", "x @ ".repeat(100_000) + "x"),
        ("ty", "fn() -> ".repeat(100_000) + "u8"),
        ("ty", "dyn Fn() -> ".repeat(100_000) + "u8"),
        ("path", "a::".repeat(100_000) + "a"),
        ("item", "#[x] ".repeat(100_000)),
        ("tt", "x ".repeat(200_000)),
    ] {
        report(&format!("macro_rules! m {{ ($($x:{fragment})*) => {{ 1 }} }}\npub fn f() {{ m!({argument}); }}\n"));
    }
}

#[test]
fn types_that_double_end() {
    let tuples = lines(80, |n| format!("let b{} = (b{n}, b{n});", n + 1));
    report(&format!("pub fn f() {{ let b0 = 1;\n{tuples} }}\n"));
    let later = lines(80, |n| format!("let b{}; b{} = (b{n}, b{n});", n + 1, n + 1));
    report(&format!("pub fn f() {{ let b0 = Default::default();\n{later} }}\n"));
    let both = lines(80, |n| format!("let (mut a{0}, mut b{0}); a{0} = (a{n}, a{n}); b{0} = (b{n}, b{n});", n + 1));
    report(&format!("pub fn f() {{ let (mut a0, mut b0) = (1, 2);\n{both} a80 = b80; }}\n"));
    let generic = lines(80, |n| format!("let b{} = two(b{n});", n + 1));
    report(&format!("fn two<T: Clone>(t: T) -> (T, T) {{ (t.clone(), t) }}\npub fn f() {{ let b0 = 1;\n{generic} b80.clone(); }}\n"));
    let aliases = lines(80, |n| format!("pub type A{} = (A{n}, A{n});", n + 1));
    report(&format!("pub type A0 = u8;\n{aliases} pub fn f(a: A80) {{ let b = a; b.clone(); }}\n"));
    let structs = lines(80, |n| format!("#[derive(Clone)] pub struct S{}(S{n}, S{n});", n + 1));
    report(&format!("#[derive(Clone)] pub struct S0;\n{structs} pub fn f(a: S80) {{ a.clone(); }}\n"));
    let closures = lines(60, |n| format!("let c{} = || (c{n}(), c{n}());", n + 1));
    report(&format!("pub fn f() {{ let c0 = || 1;\n{closures} c60(); }}\n"));
    report("pub struct L<T>(T, Option<Box<L<(T, T)>>>);\npub fn f(l: L<u8>) { let m = l.1.unwrap().1.unwrap().1.unwrap(); m.clone(); }\n");
}

#[test]
fn errors_that_branch_at_each_step_end() {
    let branches = lines(80, |n| format!("let r{} = if c {{ r{n}.clone() }} else {{ r{n} }};", n + 1));
    let head = "fn g() -> Result<u8, String> { Err(String::new()) }\n";
    report(&format!("{head}pub fn f(c: bool) {{ let r0 = g();\n{branches} }}\n"));
    let arms = "0 => r, 1 => r, 2 => r, 3 => r, 4 => r, 5 => r, 6 => r, 7 => r, 8 => r, ".to_owned();
    let wide = lines(60, |n| format!("let r{} = match n {{ {} _ => r{n} }};", n + 1, arms.replace("=> r", &format!("=> r{n}"))));
    report(&format!("{head}pub fn f(n: u8) {{ let r0: Result<u8, String> = Ok(1);\n{wide} let _ = r60; }}\n"));
    let calls = lines(200, |n| format!("pub fn f{n}() -> Result<u8, String> {{ f{}()?; f{}() }}", (n + 1) % 200, (n * 7) % 200));
    report(&calls);
}

#[test]
fn traits_that_ask_for_one_another_end() {
    report("pub trait A: B {}\npub trait B: C {}\npub trait C: A {}\nimpl<T: A> B for T {}\npub fn f<T: A>(t: T) { t.x(); }\n");
    report("impl<T> Tr for Vec<T> where Vec<Vec<T>>: Tr {}\npub trait Tr { fn x(&self); }\npub fn f() { vec![1].x(); }\n");
    report("pub trait I { type O: I; fn n(self) -> Self::O; }\npub fn f<T: I>(t: T) { t.n().n().n().n().n().n().n().n().n().n(); }\n");
    let supertraits = lines(300, |n| format!("pub trait T{n}: T{} + T{} {{}}", n + 1, n + 2));
    report(&format!("{supertraits} pub trait T300 {{ fn x(&self); }} pub trait T301 {{}}\npub fn f<T: T0>(t: T) {{ t.x(); }}\n"));
    let aliases = "pub type A = B; pub type B = A; pub struct S(A); pub fn f(a: A, s: S) { a.x(); s.0.x(); }\n";
    report(aliases);
    let imports = lines(300, |n| format!("pub mod m{n} {{ pub use super::m{}::*; pub use super::m{}::*; }}", (n + 1) % 300, (n + 2) % 300));
    report(&format!("{imports} pub use m0::*; pub fn f() {{ nothing(); }}\n"));
}

#[test]
fn wide_texts_are_read_whole() {
    let texts = [
        ("arms", format!("pub fn f(a: u32) -> u32 {{ match a {{\n{} _ => 0 }} }}\n", lines(10_000, |n| format!("{n} if a < {n} => {n},")))),
        (
            "blocks",
            format!("pub fn f(a: u32) {{ match a {{\n{} _ => {{}} }} }}\n", lines(10_000, |n| format!("{n} | {n} => {{ g({n}); }}"))),
        ),
        ("elements", format!("pub static A: &[(&str, u32)] = &[\n{}];\n", lines(100_000, |n| format!("(\"{n}\", {n}),")))),
        ("calls", format!("pub fn f(a: B) {{ a{}; }}\n", lines(300, |n| format!(".set(\"{n}\", |x| x + {n})?")))),
        (
            "else_if",
            format!("pub fn f(a: u8) {{ if a == 0 {{}}\n{} }}\n", lines(500, |n| format!("else if a.b({n}) == Some(c) {{ g({n}); }}"))),
        ),
        ("ifs", format!("pub fn f(a: u8) {{\n{} }}\n", lines(5_000, |n| format!("if a < {n} {{ g({n}); }}")))),
        ("functions", lines(20_000, |n| format!("pub fn f{n}(a: Vec<Option<u8>>) -> usize {{ a.len() + {n} }}"))),
        ("same_name", lines(20_000, |_| "pub fn f() {}".to_owned())),
        ("fields", format!("pub struct S {{\n{} }}\n", lines(10_000, |n| format!("#[x(y = {n})] pub a{n}: Vec<u8>,")))),
        ("closures", format!("pub fn f() {{ g(&[\n{}]); }}\n", lines(1_000, |n| format!("|a, b| a + b + {n},")))),
        ("template", format!("pub fn f() {{ html! {{\n{} }} }}\n", lines(5_000, |n| format!("<li class=\"a\"> {{ {n} }} </li>")))),
        ("impls", lines(3_000, |n| format!("pub struct S{n}; impl Clone for S{n} {{ fn clone(&self) -> Self {{ S{n} }} }}"))),
        ("constants", lines(20_000, |n| format!("pub const C{n}: u32 = 1 << ({n} % 32);"))),
    ];
    let report = Scene::modules(texts.iter().map(|(name, text)| ((*name).to_owned(), text.clone()))).json(&["--no-cache"]);
    assert_healthy(&report);
    assert_eq!(report["coverage"]["files_unread"], 0, "{:#}", report["notices"]);
    assert!(report["coverage"]["bodies"].as_u64().unwrap() > 60_000);
}
