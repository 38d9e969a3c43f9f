//! Definitions that lead to themselves or to very many others: imports, types, traits, calls. All end soon, and the rest is analysed.

use super::scene::{HEALTHY, Scene, assert_healthy};

fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|at| line(at) + "\n").collect()
}

/// The report on a library beside which these texts are modules.
fn report(texts: &[(&str, String)]) -> serde_json::Value {
    let report = Scene::modules(texts.iter().map(|(name, text)| ((*name).to_owned(), text))).json(&["--no-cache"]);
    assert_healthy(&report);
    assert_eq!(report["coverage"]["files_unread"], 0, "{:#}", report["notices"]);
    report
}

#[test]
fn imports_that_lead_in_circles_end() {
    let owns = |n: usize| lines(20, |item| format!("pub struct S{n}x{item}; pub fn f{n}x{item}() {{}}"));
    let ring = lines(250, |n| format!("pub mod m{n} {{ pub use super::m{}::*; {} }}", (n + 1) % 250, owns(n)));
    let complete = lines(30, |n| format!("pub mod m{n} {{ {} pub struct S{n}; }}", lines(30, |to| format!("pub use super::m{to}::*;"))));
    let chain = lines(2_000, |n| format!("pub use self::a{} as a{n};", n + 1));
    let chained = format!("{chain}pub fn a2000() {{}} pub fn f() {{ a0(); }}");
    let names =
        "pub use self::a as b; pub use self::b as a; pub use self::c as c; pub use super::by_name as d; pub use d::d::d::d::d::a as e;
                 pub fn f() { a(); b(); c(); d::d::e(); e(); }";
    report(&[
        ("ring", format!("{ring} pub use m0::*; pub fn f() {{ f0x0(); f249x19(); nothing(); }}")),
        ("complete", format!("{complete} pub use m0::*; pub fn f() {{ S29; nothing(); }}")),
        ("chain", chained),
        ("by_name", names.to_owned()),
        ("root", "pub use crate::*; pub mod a { pub use super::*; pub use super::super::*; pub mod b { pub use super::*; } } pub fn f() { a::b::a::b::a::f(); }".to_owned()),
        ("itself", "extern crate self as me; pub use me::itself::me::itself as again; pub fn f() { again::again::again::f(); }".to_owned()),
        ("nested", format!("{}pub fn f() {{ nothing(); }}{}", "pub mod m { pub use super::*; ".repeat(150), "}".repeat(150))),
        ("upwards", format!("pub fn f() {{ {}f(); }}", "super::".repeat(5_000))),
    ]);
}

#[test]
fn ten_thousand_items_under_globs_are_linked() {
    let items = lines(10_000, |n| format!("pub struct S{n}; pub fn f{n}() {{ g{n}() }}"));
    let back = lines(10_000, |n| format!("pub fn g{n}() {{}}"));
    let report = report(&[
        ("one", format!("pub use super::two::*;\n{items}")),
        ("two", format!("pub use super::one::*;\n{back}")),
        ("three", "pub use super::one::*; pub use super::two::*; pub fn f() { f9999(); g9999(); S9999; }".to_owned()),
    ]);
    // Each of the functions finds its own.
    assert!(report["coverage"]["calls_resolved"].as_u64().unwrap() >= 10_002, "{}", report["coverage"]);
}

#[test]
fn types_that_lead_to_themselves_end() {
    let wide = format!("pub type W = ({});", "u8, ".repeat(20_000));
    let wider = format!("pub type F = fn({}) -> [u8; {}];", "W, ".repeat(2_000), "9".repeat(300));
    let nested = lines(300, |n| format!("pub type N{n} = Option<N{}>;", n + 1));
    let cases = [
        "pub type A = A; pub type B = Vec<B>; pub type C<T> = D<C<T>>; pub type D<T> = C<D<T>>;
         pub fn f(a: A, b: B, c: C<u8>, d: D<u8>) { a.x(); b.x(); c.x(); d.x(); b[0][0][0].y(); }",
        "pub trait T { type O: T<O = Self::P>; type P: T<O = Self::O>; fn n(self) -> Self::O; }
         pub fn f<A: T>(a: A) { let b = a.n(); let c = b.n(); c.n().n().n().x(); }",
        "pub struct S; pub trait T { type O; fn n(&self) -> Self::O; } impl T for S { type O = <S as T>::O; fn n(&self) -> Self::O { self.n() } }
         pub fn f(s: S) { s.n().x(); let y: <S as T>::O = s.n(); y.z(); }",
        "pub struct W<A>(A); pub trait T { type O; fn n(&self) -> Self::O; }
         impl<A> T for W<A> where W<W<A>>: T { type O = <W<W<A>> as T>::O; fn n(&self) -> Self::O { loop {} } }
         pub fn f(w: W<u8>) { w.n().x(); }",
        "pub struct A; pub struct B; impl std::ops::Deref for A { type Target = B; fn deref(&self) -> &B { loop {} } }
         impl std::ops::Deref for B { type Target = A; fn deref(&self) -> &A { loop {} } } pub fn f(a: A) { a.x(); a.y; ****a; }",
        "pub struct W<A>(A); impl<A> std::ops::Deref for W<A> { type Target = W<W<A>>; fn deref(&self) -> &W<W<A>> { loop {} } }
         pub fn f(w: W<u8>) { w.x(); w.y; w[0]; w + 1; }",
        "pub fn f() -> impl Fn() -> u8 { g() } pub fn g() -> impl Fn() -> u8 { f() } pub fn h() -> impl Iterator<Item = impl Copy> { h() }
         pub fn i() { f()(); g()(); h().next().x(); }",
        "pub async fn f() { g().await.x(); } pub async fn g() { f().await; Box::pin(g()).await }",
        "pub const A: u8 = B; pub const B: u8 = A; pub static C: [u8; D] = [0; D]; pub const D: usize = C.len(); pub fn f(c: [u8; D]) { c.x(); }",
        "pub struct S<const N: usize>; impl<const N: usize> S<N> { pub fn n(self) -> S<{ N + 1 }> { loop {} } }
         pub fn f(s: S<0>) { s.n().n().n().n().x(); }",
        "#[derive(Clone, Debug, PartialEq, Default)] pub struct L(Option<Box<L>>); #[derive(Clone)] pub enum E { A(Box<E>), B(Vec<E>) }
         pub fn f(l: L, e: E) { l.clone(); l == l.clone(); e.clone(); L::default(); println!(\"{l:?}\"); }",
        "pub fn f<T: Into<T> + From<T> + AsRef<T> + Iterator<Item = T> + Fn(T) -> T>(t: T) { t(t).into().as_ref().next().unwrap()(t).x(); }",
        "pub fn f(a: impl Fn(&dyn Fn(&dyn Fn(u8)))) { let y = |g| g(g); y(y); let z = |x| z(x); a(&|b| b(&|c| a(b))); }",
    ];
    let mut texts: Vec<(String, String)> = cases.iter().enumerate().map(|(n, text)| (format!("case{n}"), (*text).to_owned())).collect();
    texts.push(("wide".to_owned(), format!("{wide}\n{wider}\npub fn f(w: W, f: F) {{ let x = w; x.0; x.19999; x.clone(); f(x).x(); }}")));
    texts.push(("nested".to_owned(), format!("{nested}pub type N300 = u8; pub fn f(n: N0) {{ n.unwrap().unwrap().clone(); }}")));
    texts.push((
        "array".to_owned(),
        format!(
            "pub fn f() {{ let a = [{}]; a.len(); let b = [[[[[0u8; 9999999999]; 9]; 9]; 9]; 9]; b[0][0].x(); }}",
            "(1, \"a\"), ".repeat(10_000)
        ),
    ));
    report(&texts.iter().map(|(name, text)| (&**name, text.clone())).collect::<Vec<_>>());
}

#[test]
fn traits_with_very_many_impls_and_bounds_end() {
    let impls = lines(3_000, |n| {
        format!("pub struct S{n}; impl T for S{n} {{ type O = S{}; fn x(&self) -> S{} {{ loop {{}} }} }}", (n + 1) % 3_000, (n + 1) % 3_000)
    });
    let blankets =
        lines(60, |n| format!("pub trait B{n} {{ fn b{n}(&self) {{}} }} impl<A: B{} + B{}> B{n} for A {{}}", (n + 1) % 60, (n + 7) % 60));
    let mutual =
        lines(100, |n| format!("pub trait M{n}: M{} where Self: M{}, Vec<Self>: M{} {{}}", (n + 1) % 100, (n + 3) % 100, (n + 5) % 100));
    let bounds = (0..400).map(|n| format!("Into<[u8; {n}]>")).collect::<Vec<_>>().join(" + ");
    report(&[
        ("impls", format!("pub trait T {{ type O; fn x(&self) -> Self::O; }}\n{impls}pub fn f(s: S0) {{ s{}.y(); }}", ".x()".repeat(200))),
        ("blankets", format!("{blankets}pub fn f(a: u8) {{ a.b0(); a.b59(); Vec::<u8>::new().b7(); }}")),
        ("mutual", format!("{mutual}pub fn f<A: M0>(a: A) {{ a.x(); g(a); }} pub fn g<A: M50>(a: A) {{ a.x(); }}")),
        ("bounds", format!("pub fn f<A: {bounds}>(a: A) {{ let b: [u8; 3] = a.into(); a.x(); }}")),
        (
            "generics",
            format!(
                "pub fn f<{0}>({1}) {{ a0.x(); f({2}); }}",
                (0..500).map(|n| format!("A{n}: Into<A{}>, ", (n + 1) % 500)).collect::<String>(),
                (0..500).map(|n| format!("a{n}: A{n}, ")).collect::<String>(),
                "1, ".repeat(500)
            ),
        ),
    ]);
}

#[test]
fn calls_that_go_on_and_on_end() {
    let chain = lines(20_000, |n| format!("pub fn f{n}() -> Result<(), E> {{ f{}() }}", n + 1));
    let ring =
        lines(5_000, |n| format!("pub fn f{n}() -> Result<(), E> {{ f{}()?; let _ = f{}(); Ok(()) }}", (n + 1) % 5_000, (n * 31) % 5_000));
    let all = (0..150).map(|n| format!("f{n}();")).collect::<String>();
    let complete = lines(150, |n| format!("pub fn f{n}() {{ {all} }}"));
    let error = "pub struct E;";
    report(&[
        ("chain", format!("{error}\n{chain}pub fn f20000() -> Result<(), E> {{ println!(\"x\"); Err(E) }}")),
        ("ring", format!("{error}\n{ring}")),
        ("complete", complete),
        ("closures", format!("pub fn f() {{ {} }}", lines(2_000, |n| format!("let c{n} = || {{ c{}(); f(); }};", n.saturating_sub(1))))),
        (
            "methods",
            format!(
                "pub struct S; impl S {{ {} }}",
                lines(2_000, |n| format!("pub fn m{n}(self) -> S {{ self.m{}().m{}() }}", (n + 1) % 2_000, (n + 2) % 2_000))
            ),
        ),
    ]);
}

#[test]
fn macros_that_make_very_many_items_end() {
    let tenfold =
        |n: usize| format!("macro_rules! m{n} {{ ($($t:tt)*) => {{ {} }} }}", lines(10, |k| format!("m{}! {{ $($t)* x{k} }}", n + 1)));
    let powers = lines(12, tenfold);
    let define = lines(500, |n| {
        format!("macro_rules! d{n} {{ () => {{ macro_rules! d{} {{ () => {{ pub fn made{n}() {{}} }} }} d{}! {{}} }} }}", n + 1, n + 1)
    });
    let report = report(&[
        ("powers", format!("{powers}macro_rules! m12 {{ ($($t:ident)*) => {{ pub mod a {{ }} }} }}\nm0! {{ y }}")),
        ("inside", format!("{powers}macro_rules! m12 {{ ($($t:ident)*) => {{ println!(\"{{}}\", 1); }} }}\npub fn f() {{ m0! {{ y }} }}")),
        ("define", format!("{define}d0! {{}}\npub fn f() {{ made0(); made499(); }}")),
        (
            "many",
            format!(
                "macro_rules! m {{ ($($n:ident)*) => {{ $(pub fn $n() {{ $n() }})* }} }}\nm! {{ {} }}",
                lines(5_000, |n| format!("f{n}"))
            ),
        ),
    ]);
    assert!(report["coverage"]["macros_unread"].as_u64().unwrap() > 0, "{}", report["coverage"]);
}

#[test]
fn files_that_are_their_own_modules_end() {
    let scene =
        Scene::library(format!("{HEALTHY}#[path = \"lib.rs\"]\npub mod again;\n#[path = \"a.rs\"]\npub mod a;\ninclude!(\"inc.rs\");\n"));
    scene.write("src/a.rs", "#[path = \"b.rs\"] pub mod b; #[path = \"b.rs\"] pub mod c; pub fn f() { b::a::f(); }");
    scene.write("src/b.rs", "#[path = \"a.rs\"] pub mod a; #[path = \"a.rs\"] pub mod d; pub fn f() {}");
    scene.write("src/inc.rs", "pub mod inner { include!(\"inc.rs\"); include!(\"other.rs\"); }");
    scene.write("src/other.rs", "include!(\"inc.rs\"); include!(\"../src/lib.rs\");");
    let report = scene.json(&["--no-cache"]);
    assert_healthy(&report);
    assert!(!report["notices"].as_array().unwrap().is_empty(), "{report:#}");
}
