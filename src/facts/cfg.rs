//! Conditions that hold in no production build, and attributes that make a test.

use super::{Cfg, Sym};

/// Predicates nested deeper in `all`, `any` and `not` are taken for unknown flags.
pub const MAX_NESTING: u32 = 64;

/// Whether a `cfg` flag is off in every production build.
pub fn is_off(flag: &str) -> bool {
    matches!(flag, "test" | "doctest" | "miri" | "loom" | "fuzzing" | "kani")
}

/// Whether an attribute whose path ends in this name marks a test.
pub fn is_test_attribute(last_segment: &str) -> bool {
    matches!(last_segment, "test" | "bench" | "rstest" | "test_case" | "test_matrix" | "quickcheck" | "wasm_bindgen_test")
}

/// Value of a condition in every production build; `None` when it depends on the build. `text` gives the name of a flag.
pub fn certain<'a>(cfg: &Cfg, text: &impl Fn(Sym) -> &'a str) -> Option<bool> {
    match cfg {
        Cfg::Bool(value) => Some(*value),
        Cfg::Flag(flag) => is_off(text(*flag)).then_some(false),
        Cfg::KeyValue(..) => None,
        Cfg::Not(inner) => certain(inner, text).map(|v| !v),
        Cfg::All(parts) => fold(parts, false, text),
        Cfg::Any(parts) => fold(parts, true, text),
    }
}

/// One part with the absorbing value decides; all parts with the other value decide too.
fn fold<'a>(parts: &[Cfg], absorbing: bool, text: &impl Fn(Sym) -> &'a str) -> Option<bool> {
    let mut open = false;
    for part in parts {
        match certain(part, text) {
            Some(value) if value == absorbing => return Some(absorbing),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!absorbing)
}
