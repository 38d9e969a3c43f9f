//! Which `cfg` branches exist.
//!
//! Members keep every branch that some build may take: only test-like flags are false. Dependencies and std are read for one target, linux
//! on x86_64 with glibc; features and custom flags stay open there too. Among branches that are kept, the one a plain linux build takes is named first.

use crate::facts::{Cfg, FileFacts, Sym};

/// Three-valued truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tri {
    False,
    Maybe,
    True,
}

/// For whom a predicate is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Workspace members: all branches but test-like ones.
    Member,
    /// Dependencies and std: one target.
    Fixed,
    /// Which branch of several is named first: one target, custom flags unset.
    Likely,
}

/// Whether an item exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Surely not: dropped.
    Off,
    /// In builds other than a plain one on linux.
    Unlikely,
    /// Yes, as far as is known.
    On,
}

impl State {
    /// State of an item whose conditions must all hold.
    pub(super) fn of(cfg: &[Cfg], facts: &FileFacts, mode: Mode) -> State {
        if cfg.is_empty() {
            return State::On;
        }
        let all = |mode| cfg.iter().map(|c| eval(c, facts, mode)).min_by_key(|t| *t as u8).unwrap_or(Tri::True);
        if all(mode) == Tri::False {
            State::Off
        } else if all(Mode::Likely) == Tri::False {
            State::Unlikely
        } else {
            State::On
        }
    }
}

/// Evaluates one predicate.
pub(super) fn eval(cfg: &Cfg, facts: &FileFacts, mode: Mode) -> Tri {
    let s = |sym: Sym| facts.symbols.get(sym.idx()).map_or("", |s| &**s);
    match cfg {
        Cfg::Flag(f) => flag(s(*f), mode),
        Cfg::KeyValue(k, v) => key_value(s(*k), s(*v), mode),
        Cfg::All(list) => list.iter().map(|c| eval(c, facts, mode)).fold(Tri::True, and),
        Cfg::Any(list) => list.iter().map(|c| eval(c, facts, mode)).fold(Tri::False, or),
        Cfg::Not(c) => not(eval(c, facts, mode)),
        Cfg::Bool(b) => known(*b),
    }
}

/// Conjunction.
pub(super) fn and(a: Tri, b: Tri) -> Tri {
    if (a as u8) < b as u8 { a } else { b }
}

/// Disjunction.
pub(super) fn or(a: Tri, b: Tri) -> Tri {
    if (a as u8) > b as u8 { a } else { b }
}

/// Negation.
pub(super) fn not(a: Tri) -> Tri {
    match a {
        Tri::False => Tri::True,
        Tri::Maybe => Tri::Maybe,
        Tri::True => Tri::False,
    }
}

fn known(b: bool) -> Tri {
    if b { Tri::True } else { Tri::False }
}

/// A bare flag.
pub(super) fn flag(name: &str, mode: Mode) -> Tri {
    match name {
        "test" | "doctest" | "miri" | "loom" | "fuzzing" | "kani" => return Tri::False,
        _ if mode == Mode::Member => return Tri::Maybe,
        "unix" | "target_thread_local" | "target_has_atomic" => return Tri::True,
        "windows" | "doc" | "docsrs" | "rustdoc" | "bootstrap" | "no_global_oom_handling" | "no_rc" | "no_sync" | "wasm" => {
            return Tri::False;
        }
        "debug_assertions" | "overflow_checks" => return if mode == Mode::Likely { Tri::True } else { Tri::Maybe },
        _ => {}
    }
    if mode == Mode::Likely { Tri::False } else { Tri::Maybe }
}

/// `key = "value"`.
pub(super) fn key_value(key: &str, value: &str, mode: Mode) -> Tri {
    if mode == Mode::Member {
        return Tri::Maybe;
    }
    match key {
        "target_os" => known(value == "linux"),
        "target_family" => known(value == "unix"),
        "target_arch" => known(value == "x86_64"),
        "target_pointer_width" => known(value == "64"),
        "target_env" => known(value == "gnu"),
        "target_endian" => known(value == "little"),
        "target_vendor" => known(value == "unknown"),
        "target_abi" => known(value.is_empty()),
        "panic" => known(value == "unwind"),
        "target_has_atomic" | "target_has_atomic_load_store" | "target_has_atomic_equal_alignment" => {
            known(matches!(value, "8" | "16" | "32" | "64" | "ptr" | "cas"))
        }
        "target_feature" => match value {
            "sse" | "sse2" | "fxsr" => Tri::True,
            "crt-static" | "atomics" => Tri::False,
            _ => Tri::Maybe,
        },
        _ => Tri::Maybe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(symbols: &[&str]) -> FileFacts {
        FileFacts { symbols: symbols.iter().map(|s| Box::from(*s)).collect(), ..FileFacts::default() }
    }

    #[test]
    fn members_drop_test_code_alone() {
        let f = facts(&["test", "windows", "feature", "x"]);
        let (test, windows) = (Cfg::Flag(Sym(0)), Cfg::Flag(Sym(1)));
        assert_eq!(State::of(std::slice::from_ref(&test), &f, Mode::Member), State::Off);
        assert_eq!(State::of(&[Cfg::Not(Box::new(test.clone()))], &f, Mode::Member), State::On);
        assert_eq!(State::of(std::slice::from_ref(&windows), &f, Mode::Member), State::Unlikely);
        assert_eq!(State::of(std::slice::from_ref(&windows), &f, Mode::Fixed), State::Off);
        let any = Cfg::Any(vec![test, Cfg::KeyValue(Sym(2), Sym(3))]);
        assert_eq!(State::of(&[any], &f, Mode::Member), State::On);
        assert_eq!(State::of(&[Cfg::All(vec![Cfg::Bool(true), windows])], &f, Mode::Fixed), State::Off);
    }
}
