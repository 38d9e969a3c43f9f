//! What the text of a print carries.

use crate::facts::{Expr, FileFacts, ItemKind, Lit, MacroShape};
use crate::model::effects::Cx;
use crate::model::fate::tree::{Source, Tree};
use crate::model::prints::Carries;
use crate::model::typed::{ExprRef, PathTarget, TypedBody};

pub(super) fn carries(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef) -> Carries {
    let arena = body.arena(e.seg);
    if let Expr::MethodCall { args, .. } = arena.exprs[e.id.idx()] {
        let text = arena.exprs_of(args).next().and_then(|id| constant_text(cx, body, tree, ExprRef { seg: e.seg, id }));
        return if text.is_some_and(|text| says_nothing(&text)) { Carries::Nothing } else { Carries::Values };
    }
    let Expr::Macro(m) = arena.exprs[e.id.idx()] else { return Carries::Values };
    let MacroShape::Format { args, captures, template } = &arena.macros[m.idx()].shape else { return Carries::Values };
    let values: Vec<ExprRef> = arena.exprs_of(*args).chain(arena.exprs_of(*captures)).map(|id| ExprRef { seg: e.seg, id }).collect();
    match template.get() {
        // An instruction of a build script.
        Some(text) if body.str(e.seg, text).starts_with("cargo:") => Carries::Nothing,
        _ if values.iter().any(|v| is_identity(body, tree, *v)) => Carries::Identity,
        _ if is_identity_alone(cx, body, tree, &values) => Carries::Identity,
        _ if values.iter().any(|v| constant_text(cx, body, tree, *v).is_none()) => Carries::Values,
        _ if !values.is_empty() => Carries::Words,
        Some(text) if says_nothing(body.str(e.seg, text)) => Carries::Nothing,
        Some(_) => Carries::Words,
        None => Carries::Nothing,
    }
}

/// How many lines a print has at least: those of its template, or of a constant that it prints.
pub(super) fn lines(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef) -> u32 {
    let arena = body.arena(e.seg);
    let Expr::Macro(m) = arena.exprs[e.id.idx()] else { return 1 };
    let MacroShape::Format { args, captures, template } = &arena.macros[m.idx()].shape else { return 1 };
    let constants =
        arena.exprs_of(*args).chain(arena.exprs_of(*captures)).filter_map(|id| constant_text(cx, body, tree, ExprRef { seg: e.seg, id }));
    let own = template.get().map(|text| body.str(e.seg, text).to_owned());
    constants.chain(own).map(|text| text.lines().count() as u32).max().unwrap_or(1)
}

/// The text or bytes of a literal, or of a constant of the workspace or a variable that is one.
fn constant_text(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef) -> Option<String> {
    let literal = |facts: &FileFacts, lit: &Expr| match lit {
        Expr::Lit(Lit::Str(s) | Lit::ByteStr(s)) => Some(facts.symbols[s.idx()].to_string()),
        _ => None,
    };
    match body.arena(e.seg).exprs[e.id.idx()] {
        Expr::Ref { operand, .. } => constant_text(cx, body, tree, ExprRef { seg: e.seg, id: operand }),
        Expr::Path(p) => {
            let def = match body.segs[e.seg as usize].paths.get(&p)? {
                PathTarget::Def(def) => def,
                PathTarget::Local(seg, pat) => {
                    let &(Source::Expr(init), true) = tree.sources.get(&(*seg, *pat))? else { return None };
                    let Expr::Lit(lit) = &body.arena(init.seg).exprs[init.id.idx()] else { return None };
                    return literal(body.facts_of(init.seg), &Expr::Lit(*lit));
                }
                _ => return None,
            };
            let (facts, item) = cx.defs.item(*def)?;
            let ItemKind::Const { body, .. } = &item.kind else { return None };
            let constant = facts.bodies.get(body.get()?.idx())?;
            literal(facts, &constant.arena.exprs[constant.root.idx()])
        }
        ref own => literal(body.facts_of(e.seg), own),
    }
}

/// Whether a template holds nothing but places for values.
pub(super) fn is_wordless(template: &str) -> bool {
    let (mut inside, mut outside) = (false, String::new());
    for c in template.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ if !inside => outside.push(c),
            _ => {}
        }
    }
    says_nothing(&outside)
}

/// Space, line ends and control sequences of a terminal alone.
fn says_nothing(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(sequence) = rest.strip_prefix('\u{1b}') {
        // `ESC [ parameters letter`, or `ESC letter`.
        let parameters = |s: &str| s.trim_start_matches(|c: char| c.is_ascii_digit() || ";?".contains(c)).len();
        let left = sequence.strip_prefix('[').map_or(sequence.len(), parameters);
        let mut tail = sequence[sequence.len() - left..].chars();
        if !tail.next().is_some_and(|c| c.is_ascii_alphabetic()) {
            return false;
        }
        rest = tail.as_str().trim_start();
    }
    rest.is_empty()
}

/// Whether a value is the program's version or banner beyond doubt, whatever stands beside it: `env!("CARGO_PKG_VERSION")`, bold or red.
fn is_identity(body: &TypedBody, tree: &Tree, e: ExprRef) -> bool {
    let arena = body.arena(e.seg);
    let at = |id| ExprRef { seg: e.seg, id };
    match arena.exprs[e.id.idx()] {
        Expr::Unary { operand, .. } | Expr::Ref { operand, .. } => is_identity(body, tree, at(operand)),
        Expr::MethodCall { recv, .. } => is_identity(body, tree, at(recv)),
        Expr::Call { args, .. } => arena.exprs_of(args).any(|arg| is_identity(body, tree, at(arg))),
        Expr::Macro(m) => {
            let call = &arena.macros[m.idx()];
            let name = arena.segs_of(call.path).last().map(|s| body.str(e.seg, s.name));
            matches!(name, Some("env" | "option_env" | "crate_version" | "crate_name"))
        }
        Expr::Path(p) => {
            let name = arena.segs_of(p).last().map(|s| body.str(e.seg, s.name)).unwrap_or_default();
            let named =
                name == "VERSION" || ["PKG_VERSION", "APP_VERSION", "BUILD_VERSION", "BANNER", "LOGO"].iter().any(|w| name.contains(w));
            match body.segs[e.seg as usize].paths.get(&p) {
                Some(PathTarget::Def(_)) => named,
                Some(PathTarget::Local(seg, pat)) => match tree.sources.get(&(*seg, *pat)) {
                    Some(&(Source::Expr(init), true)) => is_identity(body, tree, init),
                    _ => false,
                },
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether the values of a text are the program's name and version, words in colour (`"Version".bold()`) aside.
fn is_identity_alone(cx: Cx<'_>, body: &TypedBody, tree: &Tree, values: &[ExprRef]) -> bool {
    let styled = |v: &&ExprRef| match body.arena(v.seg).exprs[v.id.idx()] {
        Expr::MethodCall { recv, .. } => matches!(body.arena(v.seg).exprs[recv.idx()], Expr::Lit(_)),
        _ => false,
    };
    let mut told = values.iter().filter(|v| !styled(v)).peekable();
    told.peek().is_some() && told.all(|v| says_identity(cx, body, tree, *v))
}

/// Whether a value is the program's name or version: `env!(..)`, a constant or variable that says so, or a text made of such.
fn says_identity(cx: Cx<'_>, body: &TypedBody, tree: &Tree, e: ExprRef) -> bool {
    let arena = body.arena(e.seg);
    let at = |id| ExprRef { seg: e.seg, id };
    match arena.exprs[e.id.idx()] {
        Expr::Unary { operand, .. } | Expr::Ref { operand, .. } => says_identity(cx, body, tree, at(operand)),
        Expr::MethodCall { recv, .. } => says_identity(cx, body, tree, at(recv)),
        Expr::Macro(m) => {
            let call = &arena.macros[m.idx()];
            let name = arena.segs_of(call.path).last().map(|s| body.str(e.seg, s.name));
            matches!(name, Some("env" | "option_env" | "crate_version" | "crate_name"))
                || name == Some("format") && carries(cx, body, tree, e) == Carries::Identity
        }
        Expr::Path(p) => {
            let name = arena.segs_of(p).last().map(|s| body.str(e.seg, s.name)).unwrap_or_default();
            let named = |word: &str| name.contains(word);
            match body.segs[e.seg as usize].paths.get(&p) {
                Some(PathTarget::Def(_)) => ["VERSION", "NAME", "BANNER", "LOGO"].into_iter().any(named),
                Some(PathTarget::Local(seg, pat)) => {
                    let made = || match tree.sources.get(&(*seg, *pat)) {
                        Some(&(Source::Expr(init), true)) => says_identity(cx, body, tree, init),
                        _ => false,
                    };
                    named("version") || made()
                }
                _ => false,
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::says_nothing;

    #[test]
    fn control_sequences_say_nothing() {
        assert!(["", " \r\n", "\u{1b}[2J\u{1b}[1;1H", "\u{1b}[?25h \u{1b}c\n"].into_iter().all(says_nothing));
        assert!(!["x", "\u{1b}[31mred\u{1b}[0m", "\u{1b}[", "\u{1b}"].into_iter().any(says_nothing));
    }
}
