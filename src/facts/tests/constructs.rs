//! Every construct that can be nested or chained without end, as text of any depth. Used by the tests of this room and of the whole program.

use super::facts::prelex::prelex;
use super::facts::prelex::scan::MAX_COST;
use super::facts::{Depth, NoticeKind};

/// A construct: `n` levels (or links) of it in a file of its own.
pub struct Construct {
    pub name: &'static str,
    make: fn(usize) -> String,
}

impl Construct {
    pub fn text(&self, n: usize) -> String {
        (self.make)(n)
    }

    /// Whether the limits permit `n` levels.
    pub fn permitted(&self, n: usize) -> bool {
        let text = self.text(n);
        let pre = prelex(text.as_bytes(), Depth::Full).expect("text of a moderate size");
        !matches!(pre.notice, Some(notice) if notice.kind == NoticeKind::TooDeep)
    }

    /// About how many levels the limits permit, by what few cost.
    fn guess(&self) -> usize {
        let cost = |n| prelex(self.text(n).as_bytes(), Depth::Full).map_or(0, |pre| pre.cost as usize);
        let (few, more) = (cost(50), cost(100));
        if more > few { (MAX_COST as usize - few) * 50 / (more - few) + 50 } else { usize::MAX }
    }

    /// The most levels that the limits permit, up to `most`.
    pub fn deepest(&self, most: usize) -> usize {
        if self.permitted(most) {
            return most;
        }
        let (mut yes, mut no) = (0, most);
        // Most costs grow in step with the levels: the first guess is near.
        let mut middle = most.min(self.guess());
        while no - yes > 1 {
            let fits = self.permitted(middle);
            *if fits { &mut yes } else { &mut no } = middle;
            // Next to the guess while that leaves less than half of the rest to search.
            let near = if fits { middle + 2 } else { middle.saturating_sub(2) };
            middle = if near > yes && near < no && no - yes > most / 2 { near } else { yes.midpoint(no) };
        }
        yes
    }
}

/// `open` repeated, `core`, `close` repeated.
fn nest(open: &str, core: &str, close: &str, n: usize) -> String {
    let mut out = String::with_capacity((open.len() + close.len()) * n + core.len());
    out.push_str(&open.repeat(n));
    out.push_str(core);
    out.push_str(&close.repeat(n));
    out
}

/// A function whose body is an expression.
fn value(expr: &str) -> String {
    format!("pub fn f(a: u8) {{ let x = {expr}; }}\n")
}

/// A function of statements.
fn body(stmts: &str) -> String {
    format!("pub fn f(a: u8) {{ {stmts} }}\n")
}

/// A type, in a signature, a field and a body.
fn ty(t: &str) -> String {
    format!("pub struct S {{ x: {t} }}\npub fn f(x: {t}) {{ let y: {t}; }}\n")
}

/// A pattern, in a `let`, an arm, a parameter.
fn pat(p: &str) -> String {
    format!("pub fn f(a: u8) {{ let {p} = a; match a {{ {p} => {{}} _ => {{}} }} }}\n")
}

macro_rules! constructs {
    ($($name:literal: $make:expr,)*) => { &[$(Construct { name: $name, make: $make },)*] };
}

/// All of them.
pub const ALL: &[Construct] = constructs! {
    // Operators and what is appended.
    "parentheses": |n| value(&nest("(", "1", ")", n)),
    "plus": |n| value(&format!("1{}", " + 1".repeat(n))),
    "and": |n| value(&format!("a{}", " && a".repeat(n))),
    "or_bits": |n| value(&format!("a{}", " | a".repeat(n))),
    "shifts": |n| value(&format!("1{}", " << 1".repeat(n))),
    "string_concatenation": |n| value(&format!("\"\".to_owned(){}", " + \"x\"".repeat(n))),
    "climbing_precedence": |n| value(&format!("a{}", " || a && a == a + a * a".repeat(n))),
    "comparisons": |n| value(&nest("a == (", "a", ")", n)),
    "method_chain": |n| value(&format!("a{}", ".b()".repeat(n))),
    "method_chain_with_closures": |n| value(&format!("a{}", ".b(|x| x)".repeat(n))),
    "iterator_chain": |n| value(&format!("[1u8].iter(){}", ".map(|x| x)".repeat(n))),
    "method_arguments": |n| value(&nest("a.b(", "1", ")", n)),
    "turbofish_chain": |n| value(&format!("a{}", ".b::<u8>()".repeat(n))),
    "field_chain": |n| value(&format!("a{}", ".b".repeat(n))),
    "tuple_field_chain": |n| value(&format!("a{}", ".0".repeat(n))),
    "call_chain": |n| value(&format!("a{}", "()".repeat(n))),
    "call_arguments": |n| value(&nest("f(", "1", ")", n)),
    "constructor_calls": |n| value(&nest("Some(", "1", ")", n)),
    "index_chain": |n| value(&format!("a{}", "[0]".repeat(n))),
    "index_nest": |n| value(&nest("a[", "0", "]", n)),
    "question_chain": |n| value(&format!("a{}", "?".repeat(n))),
    "await_chain": |n| value(&format!("a{}", ".await".repeat(n))),
    "not": |n| value(&format!("{}a", "!".repeat(n))),
    "negation": |n| value(&format!("{}a", "-".repeat(n))),
    "dereference": |n| value(&format!("{}a", "*".repeat(n))),
    "reference": |n| value(&format!("{}a", "&".repeat(n))),
    "mutable_reference": |n| value(&format!("{}a", "&mut ".repeat(n))),
    "raw_reference": |n| value(&format!("{}a", "&raw const ".repeat(n))),
    "cast_chain": |n| value(&format!("a{}", " as u8".repeat(n))),
    "range_prefix": |n| value(&nest("..(", "1", ")", n)),
    "range_prefix_bare": |n| value(&format!("{}1", ".. ".repeat(n))),
    "range_nest": |n| value(&nest("1..(", "2", ")", n)),
    "range_chain": |n| value(&format!("1{}", "..1".repeat(n))),
    "assignment_chain": |n| body(&format!("{}1;", "a = ".repeat(n))),
    "compound_assignment_chain": |n| body(&format!("{}1;", "a += ".repeat(n))),
    // Blocks and control flow.
    "blocks": |n| body(&nest("{", "", "}", n)),
    "unsafe_blocks": |n| body(&nest("unsafe {", "", "}", n)),
    "async_blocks": |n| body(&nest("async {", "", "}", n)),
    "async_move_blocks": |n| value(&nest("async move {", "1", "}", n)),
    "async_blocks_awaited": |n| value(&nest("async {", "1", "}.await", n)),
    "const_blocks": |n| value(&nest("const {", "1", "}", n)),
    "try_blocks": |n| value(&nest("try {", "1", "}", n)),
    "gen_blocks": |n| value(&nest("gen {", "1", "}", n)),
    "labelled_blocks": |n| body(&nest("'a: {", "", "}", n)),
    "loops": |n| body(&nest("loop {", "", "}", n)),
    "labelled_loops": |n| body(&nest("'a: loop {", "", "}", n)),
    "while_loops": |n| body(&nest("while a {", "", "}", n)),
    "while_let_loops": |n| body(&nest("while let Some(a) = a {", "", "}", n)),
    "for_loops": |n| body(&nest("for i in a {", "", "}", n)),
    "for_iterators": |n| body(&nest("for i in { ", "a", " } {}", n)),
    "if_nest": |n| body(&nest("if a {", "", "}", n)),
    "if_conditions": |n| body(&nest("if ", "a", " {}", n)),
    "if_let_nest": |n| body(&nest("if let Some(a) = a {", "", "}", n)),
    "else_if": |n| body(&format!("if a {{}}{}", " else if a {}".repeat(n))),
    "else_if_let": |n| body(&format!("if a {{}}{}", " else if let Some(b) = a { b; }".repeat(n))),
    "else_nest": |n| body(&nest("if a {} else {", "", "}", n)),
    "let_chain": |n| body(&format!("if a{} {{}}", " && let Some(b) = a".repeat(n))),
    "while_let_chain": |n| body(&format!("while a{} {{}}", " && let Some(b) = a".repeat(n))),
    "let_else": |n| body(&nest("let Some(b) = a else {", "return;", "};", n)),
    "let_values": |n| body(&nest("let b = { ", "", " };", n)),
    "matches_in_arms": |n| body(&nest("match a { _ => ", "{}", " }", n)),
    "matches_in_blocks": |n| body(&nest("match a { _ => { ", "", " } }", n)),
    "matches_in_scrutinees": |n| body(&nest("match ", "a", " { _ => a }", n)),
    "matches_in_guards": |n| body(&nest("match a { _ if ", "a", " => {} _ => {} }", n)),
    "closures": |n| value(&format!("{}1", "|| ".repeat(n))),
    "closures_with_parameters": |n| value(&format!("{}1", "|x| ".repeat(n))),
    "closures_with_types": |n| value(&nest("|x: u8| -> u8 {", "1", "}", n)),
    "move_closures": |n| value(&format!("{}1", "move || ".repeat(n))),
    "async_closures": |n| value(&format!("{}1", "async || ".repeat(n))),
    "return_chain": |n| body(&format!("{}1;", "return ".repeat(n))),
    "break_chain": |n| body(&format!("loop {{ {}1; }}", "break ".repeat(n))),
    "labelled_break_chain": |n| body(&format!("'a: loop {{ {}1; }}", "break 'a ".repeat(n))),
    "yield_chain": |n| body(&format!("{}1;", "yield ".repeat(n))),
    "become_chain": |n| body(&format!("{}a();", "become ".repeat(n))),
    "expression_attributes": |n| value(&format!("{}1", "#[x] ".repeat(n))),
    "attributed_parentheses": |n| value(&nest("#[x] (", "1", ")", n)),
    // Literals of several parts.
    "tuples": |n| value(&nest("(1, ", "1", ")", n)),
    "arrays": |n| value(&nest("[", "1", "]", n)),
    "repeat_arrays": |n| value(&nest("[", "1", "; 1]", n)),
    "repeat_lengths": |n| value(&nest("[1; ", "1", "]", n)),
    "struct_literals": |n| format!("pub struct S {{ a: u8 }}\n{}", value(&nest("S { a: ", "1", " }", n))),
    "struct_updates": |n| format!("pub struct S {{ a: u8 }}\n{}", value(&nest("S { ..", "a", " }", n))),
    // Types.
    "reference_types": |n| ty(&format!("{}u8", "&'static ".repeat(n))),
    "bare_reference_types": |n| ty(&format!("{}u8", "&".repeat(n))),
    "pointer_types": |n| ty(&format!("{}u8", "*const ".repeat(n))),
    "generic_types": |n| ty(&nest("Vec<", "u8", ">", n)),
    "generic_types_of_two": |n| ty(&nest("Result<u8, ", "u8", ">", n)),
    "parenthesised_types": |n| ty(&nest("(", "u8", ")", n)),
    "tuple_types": |n| ty(&nest("(u8, ", "u8", ")", n)),
    "slice_types": |n| ty(&nest("&[", "u8", "]", n)),
    "array_types": |n| ty(&nest("[", "u8", "; 1]", n)),
    "array_type_lengths": |n| ty(&nest("[u8; { let x: ", "u8", "; 1 }]", n)),
    "function_pointer_parameters": |n| ty(&nest("fn(", "u8", ")", n)),
    "function_pointer_results": |n| ty(&format!("{}u8", "fn() -> ".repeat(n))),
    "higher_ranked_function_pointers": |n| ty(&nest("for<'a> fn(&'a ", "u8", ")", n)),
    "fn_traits": |n| ty(&nest("Box<dyn Fn(", "u8", ")>", n)),
    "fn_trait_results": |n| ty(&nest("Box<dyn Fn() -> ", "u8", ">", n)),
    "impl_traits": |n| format!("pub fn f(x: {}) {{}}\n", nest("impl Into<", "u8", ">", n)),
    "impl_trait_results": |n| format!("pub fn f() -> {} {{}}\n", nest("impl Iterator<Item = ", "u8", ">", n)),
    "impl_fn_results": |n| format!("pub fn f() -> {}u8 {{}}\n", "impl Fn() -> ".repeat(n)),
    "dyn_traits": |n| ty(&nest("Box<dyn Iterator<Item = ", "u8", ">>", n)),
    "qualified_paths": |n| ty(&format!("{}u8{}", "<".repeat(n), " as Iterator>::Item".repeat(n))),
    "qualified_paths_without_trait": |n| ty(&format!("{}u8{}", "<".repeat(n), ">::Item".repeat(n))),
    "associated_constraints": |n| format!("pub fn f<T: {}>() {{}}\n", nest("Iterator<Item: ", "Copy", ">", n)),
    "associated_bindings": |n| format!("pub fn f<T: {}>() {{}}\n", nest("Iterator<Item = Box<dyn ", "Copy", ">>", n)),
    "const_arguments": |n| ty(&nest("A<{ A::<", "1", ">::X }>", n)),
    "bounds": |n| format!("pub fn f<T: Copy{}>() {{}}\n", " + Copy".repeat(n)),
    "dyn_bounds": |n| ty(&format!("Box<dyn Copy{}>", " + Send".repeat(n))),
    "where_clauses": |n| format!("pub fn f<T>() where {} {{}}\n", "T: Copy, ".repeat(n)),
    "where_subjects": |n| format!("pub fn f<T>() where {}: Copy {{}}\n", nest("Vec<", "T", ">", n)),
    "generic_parameters": |n| format!("pub fn f<{}>() {{}}\n", (0..n).map(|i| format!("T{i}, ")).collect::<String>()),
    "higher_ranked_bounds": |n| format!("pub fn f<T>() where {}T: Copy {{}}\n", "for<'a> ".repeat(n)),
    "turbofish_nest": |n| value(&format!("f::<{}>()", nest("Vec<", "u8", ">", n))),
    "paths": |n| value(&format!("a{}", "::a".repeat(n))),
    "type_paths": |n| ty(&format!("a{}", "::a".repeat(n))),
    "generic_paths": |n| value(&format!("a{}", "::a::<u8>".repeat(n))),
    "macro_types": |n| ty(&nest("m!(", "u8", ")", n)),
    // Patterns.
    "parenthesised_patterns": |n| pat(&nest("(", "b", ")", n)),
    "tuple_patterns": |n| pat(&nest("(_, ", "b", ")", n)),
    "slice_patterns": |n| pat(&nest("[", "b", "]", n)),
    "alternatives": |n| pat(&format!("1{}", " | 1".repeat(n))),
    "alternatives_of_variants": |n| pat(&format!("E::A(_){}", " | E::A(_)".repeat(n))),
    "alternatives_of_ranges": |n| pat(&format!("'a'..='b'{}", " | 'a'..='b'".repeat(n))),
    "nested_alternatives": |n| pat(&nest("1 | (", "1", ")", n)),
    "reference_patterns": |n| pat(&format!("{}b", "&".repeat(n))),
    "mutable_reference_patterns": |n| pat(&format!("{}b", "&mut ".repeat(n))),
    "box_patterns": |n| pat(&format!("{}b", "box ".repeat(n))),
    "tuple_struct_patterns": |n| pat(&nest("Some(", "b", ")", n)),
    "struct_patterns": |n| pat(&nest("S { a: ", "b", " }", n)),
    "bindings": |n| pat(&format!("{}_", "b @ ".repeat(n))),
    "const_patterns": |n| pat(&nest("const { match 1 { ", "_", " => 1 } }", n)),
    "closure_parameter_patterns": |n| value(&format!("|{}| 1", nest("(", "b", ",)", n))),
    "closure_parameter_types": |n| value(&format!("|b: {}| 1", nest("Vec<", "u8", ">", n))),
    "parameter_patterns": |n| format!("pub fn f({}: u8) {{}}\n", nest("(", "b", ",)", n)),
    "macro_patterns": |n| pat(&nest("m!(", "b", ")", n)),
    // Items.
    "modules": |n| nest("pub mod m {", "", "}", n),
    "functions": |n| nest("pub fn f() {", "", "}", n),
    "function_lists": |n| "pub fn f() {} ".repeat(n),
    "impls": |n| nest("pub fn f() { struct S; impl S { fn f() {", "", "} } }", n),
    "traits": |n| nest("pub fn f() { trait T { fn f() {", "", "} } }", n),
    "constants": |n| nest("const C: u8 = {", "1", "};", n),
    "constants_in_blocks": |n| nest("const C: u8 = { const C: u8 = {", "1", "}; C };", n),
    "statics": |n| nest("static C: u8 = {", "1", "};", n),
    "discriminants": |n| nest("enum E { A = {", "1", "} }", n),
    "extern_blocks": |n| nest("extern \"C\" {", "", "}", n),
    "enum_variants": |n| format!("enum E {{ {} }}\n", "A(u8), ".repeat(n)),
    "use_trees": |n| format!("use {}a{};\n", "a::{".repeat(n), "}".repeat(n)),
    "use_groups": |n| format!("use {}a{};\n", "{".repeat(n), "}".repeat(n)),
    "use_paths": |n| format!("use a{};\n", "::a".repeat(n)),
    "use_lists": |n| format!("use a::{{{}}};\n", "a, ".repeat(n)),
    "visibilities": |n| format!("pub(in a{}) fn f() {{}}\n", "::a".repeat(n)),
    "attribute_delimiters": |n| format!("#[x{}]\nfn f() {{}}\n", nest("(", "1", ")", n)),
    "attribute_entries": |n| format!("#[{}]\nfn f() {{}}\n", nest("x(", "1", ")", n)),
    "attribute_values": |n| format!("#[x = {}]\nfn f() {{}}\n", nest("(", "1", ")", n)),
    "attribute_value_chain": |n| format!("#[x(y = 1{})]\nfn f() {{}}\n", " + 1".repeat(n)),
    "attribute_lists": |n| format!("{}\nfn f() {{}}\n", "#[x] ".repeat(n)),
    "attribute_long_list": |n| format!("#[x({})]\nfn f() {{}}\n", "a, ".repeat(n)),
    "inner_attributes": |n| format!("{}\nfn f() {{}}\n", "#![x] ".repeat(n)),
    "derives": |n| format!("#[derive({})]\nstruct S;\n", "Clone, ".repeat(n)),
    "conditions": |n| format!("#[cfg({})]\nfn f() {{}}\n", nest("not(", "unix", ")", n)),
    "conditions_of_several": |n| format!("#[cfg({})]\nfn f() {{}}\n", nest("all(unix, ", "unix", ")", n)),
    "conditional_attributes": |n| format!("#[{}]\nfn f() {{}}\n", nest("cfg_attr(unix, ", "x", ")", n)),
    "doc_comments": |n| format!("{}fn f() {{}}\n", "/// x\n".repeat(n)),
    "doc_attributes": |n| format!("{}fn f() {{}}\n", "#[doc = \"x\"]\n".repeat(n)),
    // Macros.
    "unknown_macros": |n| value(&nest("m!(", "1", ")", n)),
    "unknown_macro_braces": |n| body(&nest("m! {", "1", "}", n)),
    "vec_macros": |n| value(&nest("vec![", "1", "]", n)),
    "vec_macro_lengths": |n| value(&nest("vec![1; ", "1", "]", n)),
    "format_macros": |n| value(&nest("format!(\"{}\", ", "1", ")", n)),
    "format_strings": |n| value(&format!("format!(\"{}\")", "{a:{b}$} ".repeat(n))),
    "format_braces": |n| value(&format!("format!(\"{}\")", "{".repeat(n))),
    "assert_macros": |n| body(&nest("assert!(", "a", ")", n)),
    "matches_macros": |n| value(&nest("matches!(", "a", ", 1)", n)),
    "join_macros": |n| value(&nest("join!(", "a", ")", n)),
    "log_macros": |n| body(&nest("info!(a = ", "1", ")", n)),
    "select_macros": |n| value(&nest("select! { a = b => ", "1", " }", n)),
    "cfg_if_macros": |n| nest("cfg_if! { if #[cfg(unix)] { ", "fn f() {}", " } }", n),
    "item_macros": |n| nest("m! { ", "", " }", n),
    "macro_rule_trees": |n| format!("macro_rules! m {{ () => {{ {} }} }}\n", nest("(", "1", ")", n)),
    "macro_rule_patterns": |n| format!("macro_rules! m {{ ({}) => {{}} }}\nfn f() {{ m!(1); }}\n", nest("$(", "1", ")*", n)),
    "macro_rule_groups": |n| format!("macro_rules! m {{ ({}) => {{}} }}\nfn f() {{ m!(1); }}\n", nest("(", "1", ")", n)),
    "macro_rule_templates": |n| {
        format!("macro_rules! m {{ ($($x:tt)*) => {{ {} }} }}\nfn f() {{ m!(1); }}\n", nest("$(", "$x", ")*", n))
    },
    "macro_definitions": |n| nest("macro_rules! m { () => {", "", "} }", n),
    "macro_items": |n| nest("macro m() {", "", "}", n),
    "identity_macros": |n| format!("macro_rules! id {{ ($e:expr) => {{ $e }} }}\n{}", value(&nest("id!(", "1", ")", n))),
    "identity_macro_arguments": |n| {
        format!("macro_rules! id {{ ($($t:tt)*) => {{ $($t)* }} }}\n{}", value(&format!("id!({})", nest("(", "1", ")", n))))
    },
    "identity_macro_chains": |n| {
        format!("macro_rules! id {{ ($($t:tt)*) => {{ $($t)* }} }}\n{}", value(&format!("id!(1{})", " + 1".repeat(n))))
    },
    "identity_macro_items": |n| {
        format!("macro_rules! id {{ ($($t:tt)*) => {{ $($t)* }} }}\nid! {{ {} }}\n", nest("mod m {", "", "}", n))
    },
    // Below the grammar.
    "block_comments": |n| format!("{}fn f() {{}}\n", nest("/*", "", "*/", n)),
    "raw_strings": |n| value(&format!("r{0}\"\"{0}", "#".repeat(n.min(255)))),
    "raw_string_hashes": |n| value(&format!("r{0}\"\"{0}", "#".repeat(n))),
    "long_raw_string": |n| value(&format!("r#\"{}\"#", "\"x ".repeat(n))),
    "long_string": |n| value(&format!("\"{}\"", "\\n".repeat(n))),
    "long_name": |n| format!("fn {}() {{}}\n", "a".repeat(n + 1)),
    "long_number": |n| value(&"1".repeat(n + 1)),
    "statements": |n| body(&"a; ".repeat(n)),
    "semicolons": |n| body(&";".repeat(n)),
    "quotes": |n| "'".repeat(n),
    "lifetimes": |n| format!("fn f<{}>() {{}}\n", "'a, ".repeat(n)),
    "unbalanced_open": |n| "(".repeat(n),
    "unbalanced_close": |n| ")".repeat(n),
    "pounds": |n| "#".repeat(n),
    "dollars": |n| "$".repeat(n),
    "less_than": |n| value(&format!("{}a", "<".repeat(n))),
};
