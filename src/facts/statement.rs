//! The statement around a place, found at token level: fingerprints rest on its tokens (not on text or lines, so that layout, comments and
//! edits elsewhere do not matter), suppressions on the lines it spans.

use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A statement, match arm, field or item head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes, blocks that follow its head included.
    pub range: Range<usize>,
    /// Its tokens, one space between them, blocks other than those around the place as `{}`.
    pub tokens: String,
}

/// The innermost statement of `text[item]` that has `offset`. `None` if that text is not a sequence of balanced tokens.
pub fn around(text: &str, item: Range<usize>, offset: usize) -> Option<Statement> {
    let part = text.get(item.clone())?;
    let stream: TokenStream = part.parse().ok()?;
    let statement = innermost(stream.into_iter().collect(), offset.checked_sub(item.start)?)
        .map(|(range, tokens)| Statement { range: item.start + range.start..item.start + range.end, tokens });
    // Spans made by the parse above are not used any more; the table they live in only grows otherwise.
    proc_macro2::extra::invalidate_current_thread_spans();
    statement
}

fn innermost(tokens: Vec<TokenTree>, offset: usize) -> Option<(Range<usize>, String)> {
    let mut base = tokens;
    let mut level = base.clone();
    while let Some(group) = level.iter().find_map(|tree| match tree {
        TokenTree::Group(group) if within(tree, offset) => Some(group.clone()),
        _ => None,
    }) {
        level = group.stream().into_iter().collect();
        if group.delimiter() == Delimiter::Brace && !level.is_empty() {
            base.clone_from(&level);
        }
    }
    let parts = split(&base);
    let part = parts.iter().rev().find(|part| base[part.start].span().byte_range().start <= offset).or(parts.first())?;
    let trees = &base[part.clone()];
    let range = trees.first()?.span().byte_range().start..trees.last()?.span().byte_range().end;
    let mut out = String::new();
    print(trees, offset, &mut out);
    Some((range, out))
}

/// Strictly inside the delimiters.
fn within(tree: &TokenTree, offset: usize) -> bool {
    let range = tree.span().byte_range();
    range.start < offset && offset + 1 < range.end
}

/// Token ranges of the statements of a block: ended by `;`, `,` or a block that nothing continues.
fn split(trees: &[TokenTree]) -> Vec<Range<usize>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for at in 0..trees.len() {
        let ends = match &trees[at] {
            TokenTree::Punct(punct) => matches!(punct.as_char(), ';' | ','),
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && trees.get(at + 1).is_some_and(starts_statement),
            _ => false,
        };
        if ends {
            parts.push(start..at + 1);
            start = at + 1;
        }
    }
    if start < trees.len() {
        parts.push(start..trees.len());
    }
    parts
}

/// Whether a token after a block starts something new rather than going on with it.
fn starts_statement(next: &TokenTree) -> bool {
    match next {
        TokenTree::Ident(ident) => *ident != "else" && *ident != "as",
        TokenTree::Punct(punct) => matches!(punct.as_char(), '#' | '\'' | '&' | '*'),
        TokenTree::Literal(_) | TokenTree::Group(_) => true,
    }
}

fn print(trees: &[TokenTree], offset: usize, out: &mut String) {
    for tree in trees {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                if group.delimiter() != Delimiter::Brace || within(tree, offset) {
                    print(&group.stream().into_iter().collect::<Vec<_>>(), offset, out);
                }
                out.push_str(close);
                out.push(' ');
            }
            TokenTree::Punct(punct) => {
                out.push(punct.as_char());
                if punct.spacing() == Spacing::Alone {
                    out.push(' ');
                }
            }
            other => {
                out.push_str(&other.to_string());
                out.push(' ');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str, needle: &str) -> String {
        around(text, 0..text.len(), text.find(needle).unwrap()).unwrap().tokens
    }

    const CODE: &str = "fn f() {\n    let a = g(1, 2)\n        .ok(); // why\n    if let Ok(x) = h() { let _ = x.send(); }\n    \
                        spawn(async move { work(); }.x());\n    match a { Ok(_) => {} Err(_) => continue, }\n}\n";

    #[test]
    fn the_innermost_statement_is_found() {
        assert_eq!(tokens(CODE, "ok"), "let a = g (1 , 2 ) . ok () ; ");
        assert_eq!(tokens(CODE, "h()"), "if let Ok (x ) = h () {} ");
        assert_eq!(tokens(CODE, "send"), "let _ = x . send () ; ");
        assert_eq!(tokens(CODE, "spawn"), "spawn (async move {} . x () ) ; ");
        assert_eq!(tokens(CODE, "work"), "work () ; ");
        assert_eq!(tokens(CODE, "Err"), "Err (_ ) => continue , ");
        assert_eq!(tokens(CODE, "f()"), "fn f () {} ");
    }

    #[test]
    fn ranges_are_those_of_the_text() {
        let at = CODE.find("ok").unwrap();
        let found = around(CODE, 0..CODE.len(), at).unwrap();
        assert_eq!(&CODE[found.range], "let a = g(1, 2)\n        .ok();");
    }

    #[test]
    fn layout_does_not_matter() {
        let other = CODE.replace("\n        .ok()", " /* try */ .ok( )");
        assert_eq!(tokens(CODE, "ok"), tokens(&other, "ok"));
    }

    #[test]
    fn unbalanced_text_has_no_statement() {
        assert_eq!(around("fn f( {", 0..7, 3), None);
        assert_eq!(around("", 0..0, 0), None);
        assert_eq!(around("a", 0..9, 0), None);
    }
}
