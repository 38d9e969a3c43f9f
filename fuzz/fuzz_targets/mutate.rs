//! Mutations that work on tokens, so that most results are still near to Rust.

use cargo_prr::facts::prelex::lex::{self, Kind, Token};

/// What gets inserted: words, operators, and the forms that are read in a way of their own.
const WORDS: &[&str] = &[
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "macro_rules!",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "raw",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "union",
    "unsafe",
    "use",
    "where",
    "while",
    "yield",
    "auto",
    "default",
    "safe",
    "a",
    "b",
    "T",
    "_",
    "'a",
    "'static",
    "1",
    "1.0",
    "0.0.1",
    "0x1f",
    "\"x\"",
    "\"{a:?}\"",
    "b\"x\"",
    "c\"x\"",
    "r#\"x\"#",
    "'x'",
    "b'x'",
    "r#type",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "()",
    "{}",
    "[]",
    "<",
    ">",
    "<<",
    ">>",
    "->",
    "=>",
    "=",
    "==",
    "!=",
    "<=",
    ">=",
    "&&",
    "||",
    "&",
    "|",
    "^",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "~",
    "?",
    ".",
    "..",
    "...",
    "..=",
    ",",
    ";",
    ":",
    "::",
    "@",
    "#",
    "$",
    "+=",
    "#[cfg(test)]",
    "#[cfg(not(test))]",
    "#[cfg(all(unix, any(test, feature = \"x\")))]",
    "#[test]",
    "#![cfg(test)]",
    "#[x(y = 1, z)]",
    "#[derive(A, B)]",
    "#[cfg_attr(a, b)]",
    "#[path = \"x.rs\"]",
    "const fn",
    "unsafe extern \"C\"",
    "impl const",
    "~const",
    "[const]",
    "async move",
    "for<'a>",
    "macro_rules! m { ($x:expr) => { $x } }",
    "println!(\"{}\", a)",
    "vec![a; 1]",
    "matches!(a, b if c)",
    "select! { a = b => c, else => d }",
    "info!(a = 1, ?b, \"x\")",
    "write!(a, \"{b}\")",
    "join!(a, b)",
    "m!(a)",
    "let a = b else { c };",
    "if let a = b",
    "while let a = b",
    "// prr: allow(x)\n",
    "/* x */",
    "/// x\n",
    "/*! x */",
    "$crate",
    "\u{feff}",
    "#!/bin/sh\n",
    "---\n",
    "\u{85}",
    "\r\n",
    "é",
    "\u{2028}",
    "#",
    "dyn A + B",
    "use a::{b, c as d, self, *};",
    "pub(in a::b)",
    "&raw const",
    "&'a mut",
    "fn f(&self, a: T) -> T where T: A<B = C> { a }",
    "impl<T> A for B<T> {",
    "trait A: B { type C; fn f(); const D: E = 1; }",
    "extern crate a as b;",
    "static mut A: T = 1;",
    "union A { b: c }",
    "enum A { B = 1, C(T), D { e: T } }",
    "|a, b: T| -> T {",
    "<A as B>::C",
    "A::<B>::c",
    "a.b::<C>()",
    "gen {",
    "async gen {",
    "try {",
    "const {",
    "unsafe {",
    "super let",
];

/// Mutates in place; the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) << 1 | 1);
    if dice.below(3) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let Ok(text) = std::str::from_utf8(&data[..size]) else { return libfuzzer_sys::fuzzer_mutate(data, size, max_size) };
    let mut out = text.to_owned();
    for _ in 0..=dice.below(4) {
        out = once(&out, &mut dice);
    }
    let mut end = out.len().min(max_size).min(data.len());
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    data[..end].copy_from_slice(&out.as_bytes()[..end]);
    end
}

fn once(text: &str, dice: &mut Dice) -> String {
    let tokens = lex::lex(text, 0, &[0]).tokens;
    let word = WORDS[dice.below(WORDS.len())];
    if tokens.is_empty() {
        return format!("{text} {word}");
    }
    let (from, to) = range(&tokens, dice);
    let (start, end) = (tokens[from].start as usize, (tokens[to].end() as usize).min(text.len()));
    let (Some(before), Some(piece), Some(after)) = (text.get(..start), text.get(start..end), text.get(end..)) else {
        return format!("{text} {word}");
    };
    match dice.below(9) {
        0 => format!("{before} {after}"),
        1 => format!("{before} {word} {after}"),
        2 => format!("{before} {word} {piece}{after}"),
        3 => format!("{before}{piece} {word} {after}"),
        4 => format!("{before}{}{after}", format!("{piece} ").repeat(2 + dice.below(4))),
        // Deep: the piece, or the word before it, many times.
        5 => format!("{before}{}{after}", format!("{piece} ").repeat(1 << dice.below(9))),
        6 => format!("{before}{}{piece}{after}", format!("{word} ").repeat(1 << dice.below(11))),
        7 => {
            let (open, close) = [("(", ")"), ("{", "}"), ("[", "]"), ("<", ">"), ("m!(", ")"), ("vec![", "]")][dice.below(6)];
            let n = 1 << dice.below(7);
            format!("{before}{}{piece}{}{after}", open.repeat(n), close.repeat(n))
        }
        _ => {
            // The piece goes elsewhere too.
            let at = tokens[dice.below(tokens.len())].start as usize;
            match (text.get(..at), text.get(at..)) {
                (Some(head), Some(tail)) => format!("{head} {piece} {tail}"),
                _ => text.to_owned(),
            }
        }
    }
}

/// A token, a group, or a few tokens.
fn range(tokens: &[Token], dice: &mut Dice) -> (usize, usize) {
    let from = dice.below(tokens.len());
    let partner = tokens[from].aux as usize;
    match tokens[from].kind {
        Kind::Open if partner > from && partner < tokens.len() => (from, partner),
        _ if dice.below(3) == 0 => (from, (from + dice.below(8)).min(tokens.len() - 1)),
        _ => (from, from),
    }
}

/// xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }
}
