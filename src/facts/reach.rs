//! What the code of a file can reach besides computing. Bodies of dependencies are not parsed, so the words of their paths have to tell: a crate that
//! names neither files nor sockets nor foreign functions, and depends on none that does, computes.

use serde::{Deserialize, Serialize};

use super::prelex::{Kind, Prelexed, Token};

/// How far code reaches; later ones include earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reach {
    /// It computes: what it calls are its own functions, those of crates it names, and the parts of std that compute.
    Computes,
    /// Streams that it is handed (`std::io::Read`, `Write`).
    Streams,
    /// Files, network, processes, threads, or what is not Rust; or nobody knows, because the file was not read.
    #[default]
    System,
}

/// Modules of std that leave the process or start something in it.
const SYSTEM: &[&str] = &["fs", "process", "thread", "os"];
/// What `std::net` has besides sockets.
const ADDRESSES: &[&str] =
    &["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "SocketAddrV4", "SocketAddrV6", "AddrParseError", "Ipv6MulticastScope"];

/// Of a whole file, test code aside.
pub fn of(pre: &Prelexed<'_>) -> Reach {
    let tokens = &pre.tokens;
    let mut cut = pre.test_cut.ranges.iter().peekable();
    let mut reach = Reach::Computes;
    for (at, token) in tokens.iter().enumerate() {
        while cut.next_if(|range| range.1 <= token.start).is_some() {}
        if token.kind != Kind::Ident || cut.peek().is_some_and(|range| range.0 <= token.start) {
            continue;
        }
        reach = reach.max(match pre.text(token) {
            "std" => below_std(pre, &tokens[at + 1..]),
            "extern" if foreign(pre, &tokens[at + 1..]) => Reach::System,
            _ => Reach::Computes,
        });
    }
    reach
}

/// What stands after `std`: `::fs`, or `::{fs, io::Read}`.
fn below_std(pre: &Prelexed<'_>, after: &[Token]) -> Reach {
    match below(pre, after) {
        Below::Nothing => Reach::Computes,
        Below::All => Reach::System,
        Below::Name(rest) => module(pre, rest),
        // Any word of the group may be the name of a module.
        Below::Group(group) => {
            let names = (0..group.len()).filter(|at| group[*at].kind == Kind::Ident);
            names.map(|at| module(pre, &group[at..])).max().unwrap_or(Reach::Computes)
        }
    }
}

/// A module of std by its name, the first of the tokens, and what is named below it.
fn module(pre: &Prelexed<'_>, tokens: &[Token]) -> Reach {
    let Some((name, after)) = tokens.split_first() else { return Reach::Computes };
    match pre.text(name) {
        "io" => match below(pre, after) {
            Below::Name([stream, ..]) if STANDARD.contains(&pre.text(stream)) => Reach::System,
            Below::Group(group) if group.iter().any(|t| STANDARD.contains(&word(pre, t))) => Reach::System,
            _ => Reach::Streams,
        },
        "net" => match below(pre, after) {
            Below::Name([item, ..]) if ADDRESSES.contains(&pre.text(item)) => Reach::Computes,
            Below::Group(group) if group.iter().all(|t| t.kind != Kind::Ident || ADDRESSES.contains(&pre.text(t))) => Reach::Computes,
            _ => Reach::System,
        },
        module if SYSTEM.contains(&module) => Reach::System,
        _ => Reach::Computes,
    }
}

/// Functions for the standard streams.
const STANDARD: &[&str] = &["stdin", "stdout", "stderr"];

/// What stands after a name.
enum Below<'t> {
    /// No `::`.
    Nothing,
    /// `::*`.
    All,
    /// `::name`, and what follows it.
    Name(&'t [Token]),
    /// What is between the braces of `::{..}`.
    Group(&'t [Token]),
}

fn below<'t>(pre: &Prelexed<'_>, after: &'t [Token]) -> Below<'t> {
    let colon = |token: &Token| token.kind == Kind::Punct && pre.text(token) == ":";
    let [first, second, rest @ ..] = after else { return Below::Nothing };
    if !colon(first) || !colon(second) {
        return Below::Nothing;
    }
    match rest.first() {
        Some(open) if open.kind == Kind::Open => {
            let close = pre.tokens[open.aux as usize].start;
            Below::Group(&rest[1..rest.partition_point(|t| t.start < close)])
        }
        Some(name) if name.kind == Kind::Ident => Below::Name(rest),
        _ => Below::All,
    }
}

fn word<'a>(pre: &'a Prelexed<'_>, token: &Token) -> &'a str {
    if token.kind == Kind::Ident { pre.text(token) } else { "" }
}

/// Whether a block of foreign functions begins here: `extern { .. }`, `extern "C" { .. }`.
fn foreign(pre: &Prelexed<'_>, after: &[Token]) -> bool {
    let brace = |token: Option<&Token>| token.is_some_and(|t| t.kind == Kind::Open && pre.text(t) == "{");
    brace(after.first()) || after.first().is_some_and(|t| t.kind == Kind::Literal) && brace(after.get(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Depth;
    use crate::facts::prelex::prelex;

    fn reach(text: &str) -> Reach {
        of(&prelex(text.as_bytes(), Depth::Signatures).expect("text"))
    }

    #[test]
    fn paths_into_std_tell() {
        assert_eq!(reach("use std::collections::HashMap; fn f() { let process = 1; fs(process); }"), Reach::Computes);
        assert_eq!(reach("fn f() { std::fs::read(\"a\").ok(); }"), Reach::System);
        assert_eq!(reach("use std::{collections::{BTreeMap}, fmt, net::TcpStream};"), Reach::System);
        assert_eq!(reach("use std::{fmt, net::{IpAddr, SocketAddr}}; fn f(a: std::net::Ipv4Addr) {}"), Reach::Computes);
        assert_eq!(reach("use std::net;"), Reach::System);
        assert_eq!(reach("use std::{fmt, io::{self, Read}};"), Reach::Streams);
        assert_eq!(reach("fn f(r: impl std::io::Read) {}"), Reach::Streams);
        assert_eq!(reach("fn f() { std::io::stdout().flush(); }"), Reach::System);
        assert_eq!(reach("use std::*;"), Reach::System);
        assert_eq!(reach("impl From<std::io::Error> for E { fn from(e: std::io::Error) -> E { std::mem::take(e) } }"), Reach::Streams);
    }

    #[test]
    fn foreign_functions_reach_everything() {
        assert_eq!(reach("extern \"C\" { fn open(); }"), Reach::System);
        assert_eq!(reach("unsafe extern { fn open(); }"), Reach::System);
        assert_eq!(reach("pub extern \"C\" fn called(x: u8) {} extern crate alloc;"), Reach::Computes);
    }

    #[test]
    fn tests_and_comments_do_not_count() {
        assert_eq!(reach("/// std::fs::read\nfn f() {}\n#[cfg(test)] mod tests { use std::fs; }\nfn g() {}"), Reach::Computes);
        assert_eq!(reach("#[cfg(test)] mod tests { use std::fs; }\nfn g() { std::process::exit(1) }"), Reach::System);
    }
}
