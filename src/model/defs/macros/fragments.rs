//! How far a fragment (`$e:expr`, `$t:ty`, ..) reaches into the arguments, by the grammar but without building trees.

use std::cell::Cell;

use super::lex::{Kind, Stream};
use super::rules::Fragment;

/// Index after the fragment at `pos`; `None` when there is none.
pub(super) fn end_of(s: &Stream, fragment: Fragment, pos: usize, end: usize) -> Option<usize> {
    let r = Reader { s, end, depth: Cell::new(0) };
    match fragment {
        Fragment::Vis => Some(r.vis(pos)),
        _ if pos >= end => None,
        Fragment::Tt => Some(s.after(pos)).filter(|_| s.toks[pos].kind != Kind::Close),
        Fragment::Ident => (s.toks[pos].kind == Kind::Ident && s.str(pos) != "_").then_some(pos + 1),
        Fragment::Lifetime => (s.toks[pos].kind == Kind::Lifetime).then_some(pos + 1),
        Fragment::Literal => r.literal(pos),
        Fragment::Block => s.opens(pos, end, "{").then(|| s.after(pos)),
        Fragment::Meta => r.meta(pos),
        Fragment::Path => r.path(pos, true),
        Fragment::Ty => r.ty(pos),
        Fragment::Expr => r.expr(pos, true),
        Fragment::Pat => r.pat(pos, true),
        Fragment::PatParam => r.pat(pos, false),
        Fragment::Stmt => r.stmt(pos),
        Fragment::Item => r.item(pos),
    }
}

struct Reader<'a> {
    s: &'a Stream,
    end: usize,
    /// Levels of types, patterns and expressions that are being read, groups aside.
    depth: Cell<u32>,
}

/// Levels that are read: `&&&&T`, `|x| |x| |x| ..`, `return return ..`.
const MAX_DEPTH: u32 = 500;

const KEYWORDS: [&str; 32] = [
    "as", "break", "const", "continue", "else", "enum", "extern", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
    "mut", "pub", "ref", "return", "static", "struct", "trait", "type", "unsafe", "use", "where", "while", "async", "await", "dyn",
];

impl Reader<'_> {
    fn is(&self, i: usize, text: &str) -> bool {
        self.s.is(i, self.end, text)
    }
    fn any(&self, i: usize, texts: &[&str]) -> bool {
        i < self.end && self.s.toks[i].kind != Kind::Literal && texts.contains(&self.s.str(i))
    }
    fn kind(&self, i: usize) -> Option<Kind> {
        self.s.kind(i, self.end)
    }
    fn name(&self, i: usize) -> bool {
        self.kind(i) == Some(Kind::Ident) && !KEYWORDS.contains(&self.s.str(i))
    }

    fn vis(&self, i: usize) -> usize {
        if self.is(i, "crate") && !self.is(i + 1, "::") {
            return i + 1;
        }
        if !self.is(i, "pub") {
            return i;
        }
        let restricted = self.s.opens(i + 1, self.end, "(") && self.any(i + 2, &["crate", "self", "super", "in"]);
        // `pub (self::A)` in a tuple struct is a type, not a restriction.
        let alone = restricted && (self.is(i + 2, "in") || self.s.toks[i + 1].close as usize == i + 3);
        if alone { self.s.after(i + 1) } else { i + 1 }
    }

    fn literal(&self, i: usize) -> Option<usize> {
        let at = if self.is(i, "-") { i + 1 } else { i };
        let lit = self.kind(at) == Some(Kind::Literal) || at == i && self.any(at, &["true", "false"]);
        lit.then_some(at + 1)
    }

    fn meta(&self, i: usize) -> Option<usize> {
        if self.is(i, "unsafe") && self.s.opens(i + 1, self.end, "(") {
            return Some(self.s.after(i + 1));
        }
        let at = self.path(i, false)?;
        if self.kind(at) == Some(Kind::Open) {
            return Some(self.s.after(at));
        }
        if self.is(at, "=") {
            return self.expr(at + 1, true);
        }
        Some(at)
    }

    /// Reads one level further in; `None` when there are too many.
    fn within(&self, read: impl FnOnce() -> Option<usize>) -> Option<usize> {
        if self.depth.get() == MAX_DEPTH {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let end = read();
        self.depth.set(self.depth.get() - 1);
        end
    }

    /// A path; `types`: generic arguments follow without `::`.
    fn path(&self, i: usize, types: bool) -> Option<usize> {
        let mut at = i;
        if self.is(at, "<") || self.is(at, "<<") {
            at = self.angles(at)?;
            if !self.is(at, "::") {
                return None;
            }
        }
        if self.is(at, "::") {
            at += 1;
        }
        loop {
            let special = self.any(at, &["self", "super", "crate", "Self"]);
            if !special && !self.name(at) || self.is(at, "_") {
                return None;
            }
            at += 1;
            if types {
                if self.is(at, "<") || self.is(at, "<<") {
                    at = self.angles(at)?;
                } else if self.s.opens(at, self.end, "(") && self.fn_sugar(at) {
                    at = self.s.after(at);
                    if self.is(at, "->") {
                        at = self.ty_no_bounds(at + 1)?;
                    }
                }
            }
            if self.is(at, "::") && (self.is(at + 1, "<") || self.is(at + 1, "<<")) {
                at = self.angles(at + 1)?;
            }
            if self.is(at, "::") && self.kind(at + 1) == Some(Kind::Ident) {
                at += 1;
            } else {
                return Some(at);
            }
        }
    }

    fn fn_sugar(&self, i: usize) -> bool {
        i > 0
            && self.s.toks[i - 1].kind == Kind::Ident
            && matches!(self.s.str(i - 1), "Fn" | "FnMut" | "FnOnce" | "AsyncFn" | "AsyncFnMut" | "AsyncFnOnce")
    }

    /// Index after the angle brackets that open at `i`. A `>>` that closes one more than is open is left to the caller's count.
    fn angles(&self, i: usize) -> Option<usize> {
        let mut depth = 0i32;
        let mut at = i;
        while at < self.end {
            match self.s.toks[at].kind {
                Kind::Open => {
                    at = self.s.after(at);
                    continue;
                }
                Kind::Op => match self.s.str(at) {
                    "<" => depth += 1,
                    "<<" => depth += 2,
                    ">" => depth -= 1,
                    ">>" => depth -= 2,
                    ">=" | ">>=" => return None,
                    ";" | "=>" => return None,
                    _ => {}
                },
                _ => {}
            }
            at += 1;
            if depth <= 0 {
                return Some(at);
            }
        }
        None
    }

    fn ty(&self, i: usize) -> Option<usize> {
        let mut at = self.ty_no_bounds(i)?;
        // Further bounds after a bare trait object's first.
        let bounded = self.any(i, &["dyn", "impl"]);
        while self.is(at, "+") && (bounded || self.name(i) || self.is(i, "?")) {
            at = self.bound(at + 1)?;
        }
        Some(at)
    }

    fn bound(&self, i: usize) -> Option<usize> {
        if self.kind(i) == Some(Kind::Lifetime) {
            return Some(i + 1);
        }
        if self.s.opens(i, self.end, "(") {
            return Some(self.s.after(i));
        }
        let mut at = i;
        while self.any(at, &["?", "const", "async", "~"]) {
            at += 1;
        }
        if self.is(at, "for") {
            at = self.angles(at + 1)?;
        }
        if self.is(at, "use") {
            return self.angles(at + 1);
        }
        self.path(at, true)
    }

    fn ty_no_bounds(&self, i: usize) -> Option<usize> {
        self.within(|| self.one_ty(i))
    }

    fn one_ty(&self, i: usize) -> Option<usize> {
        match self.kind(i)? {
            Kind::Open => (!self.s.opens(i, self.end, "{")).then(|| self.s.after(i)),
            Kind::Op => match self.s.str(i) {
                "&" | "&&" => {
                    let mut at = i + 1;
                    if self.kind(at) == Some(Kind::Lifetime) {
                        at += 1;
                    }
                    if self.is(at, "mut") {
                        at += 1;
                    }
                    self.ty_no_bounds(at)
                }
                "*" if self.any(i + 1, &["const", "mut"]) => self.ty_no_bounds(i + 2),
                "!" => Some(i + 1),
                "<" | "<<" | "::" => self.path(i, true),
                "?" => self.bound(i),
                _ => None,
            },
            Kind::Ident => self.named_ty(i),
            _ => None,
        }
    }

    fn named_ty(&self, i: usize) -> Option<usize> {
        match self.s.str(i) {
            "_" => Some(i + 1),
            "dyn" | "impl" => self.bound(i + 1),
            "for" => self.ty_no_bounds(self.angles(i + 1)?),
            "fn" => {
                let at = i + 1;
                if !self.s.opens(at, self.end, "(") {
                    return None;
                }
                let at = self.s.after(at);
                if self.is(at, "->") { self.ty_no_bounds(at + 1) } else { Some(at) }
            }
            "unsafe" | "extern" | "safe" => {
                let at = if self.kind(i + 1) == Some(Kind::Literal) { i + 2 } else { i + 1 };
                self.ty_no_bounds(at)
            }
            _ => {
                let at = self.path(i, true)?;
                if self.is(at, "!") && self.kind(at + 1) == Some(Kind::Open) { Some(self.s.after(at + 1)) } else { Some(at) }
            }
        }
    }

    /// A pattern ends where none of its parts can: before `=>`, `=`, `if`, `in`, `,`, and `|` unless `alternatives`.
    fn pat(&self, i: usize, alternatives: bool) -> Option<usize> {
        let mut at = i;
        if alternatives && self.is(at, "|") {
            at += 1;
        }
        loop {
            at = self.pat_part(at)?;
            if alternatives && self.is(at, "|") {
                at += 1;
            } else {
                return Some(at);
            }
        }
    }

    fn pat_part(&self, i: usize) -> Option<usize> {
        self.within(|| self.one_pat(i))
    }

    fn one_pat(&self, i: usize) -> Option<usize> {
        match self.kind(i)? {
            Kind::Open => (!self.s.opens(i, self.end, "{")).then(|| self.s.after(i)),
            Kind::Literal => Some(self.pat_range(i + 1)),
            Kind::Op => match self.s.str(i) {
                "&" | "&&" => self.pat_part(if self.is(i + 1, "mut") { i + 2 } else { i + 1 }),
                "-" => self.literal(i).map(|at| self.pat_range(at)),
                ".." | "..=" => Some(self.pat_bound(i + 1).unwrap_or(i + 1)),
                "<" | "<<" | "::" => self.pat_path(i),
                _ => None,
            },
            Kind::Ident => match self.s.str(i) {
                "_" | "true" | "false" => Some(i + 1),
                "ref" | "mut" | "box" => self.pat_part(i + 1),
                "const" if self.s.opens(i + 1, self.end, "{") => Some(self.s.after(i + 1)),
                _ => self.pat_path(i),
            },
            _ => None,
        }
    }

    fn pat_path(&self, i: usize) -> Option<usize> {
        let at = self.path(i, false)?;
        if self.is(at, "@") {
            return self.pat_part(at + 1);
        }
        if self.is(at, "!") && self.kind(at + 1) == Some(Kind::Open) {
            return Some(self.s.after(at + 1));
        }
        if self.s.opens(at, self.end, "(") || self.s.opens(at, self.end, "{") {
            return Some(self.s.after(at));
        }
        Some(self.pat_range(at))
    }

    fn pat_range(&self, at: usize) -> usize {
        if self.any(at, &["..", "..=", "..."]) { self.pat_bound(at + 1).unwrap_or(at + 1) } else { at }
    }

    fn pat_bound(&self, i: usize) -> Option<usize> {
        self.literal(i).or_else(|| self.path(i, false))
    }

    fn stmt(&self, i: usize) -> Option<usize> {
        if self.is(i, "let") {
            let mut at = i + 1;
            while at < self.end && !self.is(at, ";") {
                at = self.s.after(at);
            }
            return Some(at);
        }
        self.item(i).or_else(|| self.expr(i, true))
    }

    fn item(&self, i: usize) -> Option<usize> {
        let mut at = i;
        while self.is(at, "#") && self.kind(at + 1) == Some(Kind::Open) {
            at = self.s.after(at + 1);
        }
        at = self.vis(at);
        while self.any(at, &["default", "unsafe", "async", "const", "extern", "safe"]) && self.modifier(at) {
            at += 1;
            if self.kind(at) == Some(Kind::Literal) {
                at += 1;
            }
        }
        let braces = self.any(at, &["fn", "struct", "enum", "union", "trait", "impl", "mod", "extern", "auto"]);
        let semicolon = self.any(at, &["const", "static", "use", "type"]);
        let invoked = self.path(at, false).filter(|&e| self.is(e, "!"));
        if let Some(bang) = invoked {
            let at = if self.name(bang + 1) { bang + 2 } else { bang + 1 };
            if self.kind(at) != Some(Kind::Open) {
                return None;
            }
            let braced = self.s.opens(at, self.end, "{");
            let after = self.s.after(at);
            return if !braced && self.is(after, ";") { Some(after + 1) } else { braced.then_some(after) };
        }
        if !braces && !semicolon || self.is(at, "union") && !self.name(at + 1) {
            return None;
        }
        while at < self.end {
            if self.is(at, ";") {
                return Some(at + 1);
            }
            if braces && self.s.opens(at, self.end, "{") {
                return Some(self.s.after(at));
            }
            at = self.s.after(at);
        }
        None
    }

    /// Whether the word at `i` modifies the item word after it.
    fn modifier(&self, i: usize) -> bool {
        let next = if self.kind(i + 1) == Some(Kind::Literal) { i + 2 } else { i + 1 };
        self.any(next, &["fn", "unsafe", "async", "extern", "const", "impl", "trait", "type", "auto", "mod", "static", "safe"])
            && !(self.is(i, "const") && self.any(next, &["type"]))
    }

    /// An expression. `structs`: a path may be followed by `{ fields }`.
    fn expr(&self, i: usize, structs: bool) -> Option<usize> {
        let mut at = self.operand(i, structs)?;
        loop {
            if at >= self.end {
                return Some(at);
            }
            let t = &self.s.toks[at];
            match (t.kind, self.s.str(at)) {
                (Kind::Ident, "as") => at = self.ty_no_bounds(at + 1)?,
                (Kind::Op, ".." | "..=") => at = self.operand(at + 1, structs).unwrap_or(at + 1),
                (
                    Kind::Op,
                    "+" | "-" | "*" | "/" | "%" | "^" | "&" | "|" | "&&" | "||" | "<<" | ">>" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "="
                    | "+=" | "-=" | "*=" | "/=" | "%=" | "^=" | "&=" | "|=" | "<<=" | ">>=",
                ) => at = self.operand(at + 1, structs)?,
                _ => return Some(at),
            }
        }
    }

    /// Prefix operators, one operand, and what is appended to it.
    fn operand(&self, i: usize, structs: bool) -> Option<usize> {
        let mut at = i;
        loop {
            if self.any(at, &["&", "&&"]) {
                at += 1;
                if self.is(at, "raw") && self.any(at + 1, &["const", "mut"]) {
                    at += 2;
                } else if self.is(at, "mut") {
                    at += 1;
                }
            } else if self.any(at, &["*", "!", "-"]) || self.any(at, &["box"]) {
                at += 1;
            } else if self.is(at, "#") && self.s.opens(at + 1, self.end, "[") {
                at = self.s.after(at + 1);
            } else {
                break;
            }
        }
        let at = self.atom(at, structs)?;
        Some(self.postfix(at))
    }

    fn postfix(&self, mut at: usize) -> usize {
        loop {
            if self.is(at, "?") {
                at += 1;
            } else if self.s.opens(at, self.end, "(") || self.s.opens(at, self.end, "[") {
                at = self.s.after(at);
            } else if self.is(at, ".") && matches!(self.kind(at + 1), Some(Kind::Ident | Kind::Literal)) {
                at += 2;
                if self.is(at, "::")
                    && let Some(after) = self.angles(at + 1)
                {
                    at = after;
                }
            } else {
                return at;
            }
        }
    }

    fn atom(&self, i: usize, structs: bool) -> Option<usize> {
        self.within(|| self.one_atom(i, structs))
    }

    fn one_atom(&self, i: usize, structs: bool) -> Option<usize> {
        match self.kind(i)? {
            Kind::Literal => Some(i + 1),
            Kind::Open => Some(self.s.after(i)),
            Kind::Lifetime => self.is(i + 1, ":").then(|| self.atom(i + 2, structs)).flatten(),
            Kind::Close => None,
            Kind::Op => match self.s.str(i) {
                "|" | "||" => self.closure(i, structs),
                ".." | "..=" => Some(self.operand(i + 1, structs).unwrap_or(i + 1)),
                "<" | "<<" | "::" => self.path_expr(i, structs),
                _ => None,
            },
            Kind::Ident => self.word(i, structs),
        }
    }

    fn closure(&self, i: usize, structs: bool) -> Option<usize> {
        let mut at = i + 1;
        if self.is(i, "|") {
            while !self.is(at, "|") {
                if at >= self.end {
                    return None;
                }
                at = self.s.after(at);
            }
            at += 1;
        }
        if self.is(at, "->") {
            let body = self.ty_no_bounds(at + 1)?;
            return self.s.opens(body, self.end, "{").then(|| self.s.after(body));
        }
        self.expr(at, structs)
    }

    fn word(&self, i: usize, structs: bool) -> Option<usize> {
        let block = |at: usize| self.s.opens(at, self.end, "{").then(|| self.s.after(at));
        match self.s.str(i) {
            "true" | "false" => Some(i + 1),
            "if" => {
                let mut at = block(self.expr(i + 1, false)?)?;
                while self.is(at, "else") {
                    if self.is(at + 1, "if") {
                        at = block(self.expr(at + 2, false)?)?;
                    } else {
                        return block(at + 1);
                    }
                }
                Some(at)
            }
            "let" => {
                let at = self.pat(i + 1, true)?;
                if self.is(at, "=") { self.expr(at + 1, structs) } else { None }
            }
            "match" | "while" => block(self.expr(i + 1, false)?),
            "for" if !self.is(i + 1, "<") => {
                let at = self.pat(i + 1, true)?;
                if self.is(at, "in") { block(self.expr(at + 1, false)?) } else { None }
            }
            "for" => self.atom(self.angles(i + 1)?, structs),
            "loop" | "unsafe" | "const" | "try" if self.s.opens(i + 1, self.end, "{") => block(i + 1),
            "async" | "move" | "static" | "const" | "gen"
                if self.any(i + 1, &["move", "|", "||", "gen", "async", "static"]) || self.s.opens(i + 1, self.end, "{") =>
            {
                if self.s.opens(i + 1, self.end, "{") { block(i + 1) } else { self.atom(i + 1, structs) }
            }
            "return" | "break" | "yield" | "become" => {
                let at = if self.kind(i + 1) == Some(Kind::Lifetime) && !self.is(i + 2, ":") { i + 2 } else { i + 1 };
                Some(self.expr(at, structs).unwrap_or(at))
            }
            "continue" => Some(if self.kind(i + 1) == Some(Kind::Lifetime) { i + 2 } else { i + 1 }),
            "_" => Some(i + 1),
            _ => self.path_expr(i, structs),
        }
    }

    fn path_expr(&self, i: usize, structs: bool) -> Option<usize> {
        let at = self.path(i, false)?;
        if self.is(at, "!") && self.kind(at + 1) == Some(Kind::Open) {
            return Some(self.s.after(at + 1));
        }
        if structs && self.s.opens(at, self.end, "{") && self.looks_like_fields(at) {
            return Some(self.s.after(at));
        }
        Some(at)
    }

    /// `{}`, `{ name: .. }`, `{ name, .. }`, `{ ..rest }`: after a path, fields and not a block.
    fn looks_like_fields(&self, open: usize) -> bool {
        let (at, close) = (open + 1, self.s.toks[open].close as usize);
        at == close
            || self.is(at, "..")
            || self.is(at, "#")
            || matches!(self.kind(at), Some(Kind::Ident | Kind::Literal))
                && (self.is(at + 1, ":") || self.is(at + 1, ",") || at + 1 == close)
    }
}
