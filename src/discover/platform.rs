//! Whether a platform expression of a manifest holds on the analysed target, x86_64 linux.

use cargo_metadata::cargo_platform::{Cfg, Platform};
use rustc_hash::FxHashMap;

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What the compiler sets for the target, of what manifests ask for.
const CFGS: &[&str] = &[
    "debug_assertions",
    "panic=\"unwind\"",
    "target_abi=\"\"",
    "target_arch=\"x86_64\"",
    "target_endian=\"little\"",
    "target_env=\"gnu\"",
    "target_family=\"unix\"",
    "target_feature=\"fxsr\"",
    "target_feature=\"sse\"",
    "target_feature=\"sse2\"",
    "target_has_atomic",
    "target_has_atomic=\"16\"",
    "target_has_atomic=\"32\"",
    "target_has_atomic=\"64\"",
    "target_has_atomic=\"8\"",
    "target_has_atomic=\"ptr\"",
    "target_os=\"linux\"",
    "target_pointer_width=\"64\"",
    "target_thread_local",
    "target_vendor=\"unknown\"",
    "unix",
];

/// Answers, remembered by expression: a workspace has few.
pub(super) struct Platforms {
    cfgs: Vec<Cfg>,
    answers: FxHashMap<String, bool>,
}

impl Default for Platforms {
    fn default() -> Platforms {
        Platforms { cfgs: CFGS.iter().map(|c| c.parse().expect("the list is constant")).collect(), answers: FxHashMap::default() }
    }
}

impl Platforms {
    /// Whether the expression holds; one that cannot be parsed does.
    pub(super) fn applies(&mut self, expression: &str) -> bool {
        if let Some(&answer) = self.answers.get(expression) {
            return answer;
        }
        let answer = expression.parse::<Platform>().map_or(true, |p| p.matches(TRIPLE, &self.cfgs));
        self.answers.insert(expression.to_owned(), answer);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged_for_linux() {
        let mut platforms = Platforms::default();
        for yes in
            [TRIPLE, "cfg(unix)", "cfg(all(target_os = \"linux\", not(windows)))", "cfg(any(windows, target_arch = \"x86_64\"))", "cfg(("]
        {
            assert!(platforms.applies(yes), "{yes}");
        }
        for no in ["x86_64-pc-windows-msvc", "cfg(windows)", "cfg(target_family = \"wasm\")", "cfg(loom)", "cfg(target_env = \"musl\")"] {
            assert!(!platforms.applies(no), "{no}");
        }
        assert_eq!(platforms.cfgs.len(), CFGS.len());
    }
}
