//! What only old editions know, and what only attributes give a meaning.

use crate::facts::extract::extract;
use crate::facts::{Depth, FileFacts, Item, ItemKind};

use super::sound;

fn read(text: &str) -> FileFacts {
    let facts = extract(text.as_bytes(), Depth::Full);
    sound::check(&facts, text.as_bytes());
    sound::check(&extract(text.as_bytes(), Depth::Signatures), text.as_bytes());
    facts
}

/// Names of the items, of a text that is read whole.
fn names(text: &str) -> Vec<String> {
    let facts = read(text);
    assert_eq!(facts.notices, [], "{text}");
    facts.interface.items.iter().filter(|item| item.name.is_some()).map(|item| facts.symbols[item.name.idx()].to_string()).collect()
}

#[test]
fn keywords_of_later_editions_are_names() {
    assert_eq!(names("fn f(gen: u8) -> u8 { if a == gen { 1 } else { gen } }"), ["f"]);
    assert_eq!(names("fn f() { if let A(b) = gen { c(b); } d(gen); }"), ["f"]);
    assert_eq!(names("macro_rules! gen { () => {} }\ngen! {}\nfn f() {}"), ["gen", "f"]);
    assert_eq!(names("fn try<T>(t: T) -> T { let async = t; async }"), ["try"]);
    // What is a keyword after all stays one.
    let facts = read("fn f() { let async = 1; let a = async { try!(b) }; let c = async move || 1; }");
    assert_eq!(facts.notices, []);
    assert!(facts.bodies[0].arena.exprs.iter().any(|e| matches!(e, crate::facts::Expr::Block { .. })));
}

#[test]
fn names_that_are_respelled_stand_where_they_stood() {
    let text = "fn f() { let async = 1; }\nfn gen() {}\n";
    let facts = read(text);
    let gen_fn = &facts.interface.items[1];
    assert_eq!((&*facts.symbols[gen_fn.name.idx()], gen_fn.pos as usize), ("gen", text.find("gen").unwrap()));
}

#[test]
fn traits_are_types_without_dyn() {
    for ty in ["&Fn(u8)", "&'a mut FnMut() -> u8", "Option<&Rc<Fn(String) -> Result<(), String>>>", "Box<FnBox() + Send>"] {
        assert_eq!(names(&format!("struct S {{ x: {ty}, }}\nfn f(x: {ty}) {{}}")), ["S", "f"]);
    }
    assert_eq!(names("type A = Fn(&u8) + Send;\nimpl B for Fn(u8) {}"), ["A"]);
    // Enough that one of them is old.
    assert_eq!(names("fn f<F: Fn(u8)>(f: F, g: impl Fn(u8), h: &dyn Fn(u8), i: &Fn(u8)) where F: Fn(u8) {}"), ["f"]);
}

#[test]
fn parameters_of_methods_need_no_name() {
    let text = "trait T { fn f(&self, &mut Vec<u8>, HashMap<u8, u8>); fn g(T) -> Self; fn h<'a>(&'a str, b: u8, &Fn(u8, u8)) {} fn i(self: Self); }";
    let facts = read(text);
    assert_eq!(facts.notices, []);
    let count = |item: &Item| match &item.kind {
        ItemKind::Fn(sig) => Some(sig.params.len()),
        _ => None,
    };
    assert_eq!(facts.interface.items.iter().filter_map(count).collect::<Vec<_>>(), [2, 1, 3, 0]);
}

#[test]
fn what_old_editions_do_not_read_either_is_told_as_before() {
    let facts = read("fn f() { let async = ; }");
    assert_eq!(facts.notices.len(), 1);
    assert!(facts.notices[0].text.contains("expected"), "{:?}", facts.notices);
}

#[test]
fn statics_without_value_and_foreign_aliases_are_read() {
    assert_eq!(names("#[distributed_slice]\npub static ALL: [fn(&mut Bencher)];\nfn f() {}"), ["ALL", "f"]);
    assert_eq!(names("mod ffi { extern \"C++\" { type A = crate::outside::A; fn f(); } }"), ["ffi", "A", "f"]);
    let deep = format!("{}u8{}", "static A: [u8; { ".repeat(300), "; 1 }];".repeat(300));
    read(&deep);
}
