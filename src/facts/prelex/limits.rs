//! Limits that keep the parser's recursion within its stack: checked on tokens, since a stack overflow cannot be caught.
//!
//! The parser recurses on brackets, but also on operator chains, prefix operators, `else if`, method chains, closures, types and patterns: in
//! parsing, in visiting, or in dropping the tree. A bound on the number of tokens between two statement ends bounds all of these at once.

use super::scan::{Tok, TokKind};

/// Brackets within brackets.
const MAX_NESTING: u32 = 256;
/// Tokens that may extend one tree at one bracket level before `;`, `,` or a closing bracket ends it.
const MAX_CHAIN: u32 = 6_000;

/// Where and how a limit is exceeded.
pub fn exceeded(text: &str, tokens: &[Tok]) -> Option<(u32, String)> {
    let bytes = text.as_bytes();
    let mut chains: Vec<u32> = vec![0];
    for t in tokens {
        match t.kind {
            TokKind::Open(_) => {
                if chains.len() as u32 > MAX_NESTING {
                    return Some((t.start, format!("brackets nest more than {MAX_NESTING} deep")));
                }
                chains.push(0);
            }
            TokKind::Close(_) => {
                if chains.len() > 1 {
                    chains.pop();
                }
                // A bracket group counts as a link of the chain it stands in: `f()()()`, `a[0][0]`, `if {} else if {}`.
                grow(&mut chains);
            }
            TokKind::Punct(b';' | b',') => *chains.last_mut()? = 0,
            TokKind::Ident if item_start(&bytes[t.start as usize..t.end as usize]) => *chains.last_mut()? = 0,
            _ => grow(&mut chains),
        }
        if chains.last().is_some_and(|c| *c > MAX_CHAIN) {
            return Some((t.start, format!("an expression of more than {MAX_CHAIN} tokens without `;` or `,`")));
        }
    }
    None
}

fn grow(chains: &mut [u32]) {
    if let Some(c) = chains.last_mut() {
        *c += 1;
    }
}

/// Keywords that start an item: what came before is over.
fn item_start(word: &[u8]) -> bool {
    matches!(word, b"fn" | b"struct" | b"enum" | b"impl" | b"trait" | b"mod" | b"use" | b"pub" | b"let" | b"static" | b"macro_rules")
}
