//! Macro definitions, read: patterns and what they expand to.

use super::lex::{Kind, Stream};

/// A macro: its rules over the tokens of its definition.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(super) stream: Stream,
    pub(super) rules: Vec<Rule>,
}

/// `(pattern) => { template }`.
#[derive(Debug)]
pub(super) struct Rule {
    pub pattern: Vec<Pattern>,
    pub template: Vec<Template>,
}

/// What arguments must look like. Tokens are indices in the definition.
#[derive(Debug)]
pub(super) enum Pattern {
    Tok(usize),
    /// A group: its opening token.
    Group(usize, Vec<Pattern>),
    Var(String, Fragment),
    Repeat {
        inner: Vec<Pattern>,
        sep: Option<usize>,
        op: Op,
        vars: Vec<String>,
    },
}

/// What comes out.
#[derive(Debug)]
pub(super) enum Template {
    Tok(usize),
    Group(usize, Vec<Template>),
    Var(String),
    Crate,
    Repeat {
        inner: Vec<Template>,
        sep: Option<usize>,
        vars: Vec<String>,
    },
    /// `${index()}`.
    Index,
    /// `${count($x)}`.
    Count(String),
    /// `${concat($x, _y)}`: an identifier of variables (`true`) and words.
    Concat(Vec<(bool, String)>),
    /// `${ignore($x)}`.
    Nothing(String),
    /// `${camel($x)}`: the word in upper camel case, of our own for what derives make.
    Camel(String),
}

/// Repetition operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Any,
    Some,
    Maybe,
}

/// Fragment specifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fragment {
    Block,
    Expr,
    Ident,
    Item,
    Lifetime,
    Literal,
    Meta,
    Pat,
    PatParam,
    Path,
    Stmt,
    Tt,
    Ty,
    Vis,
}

impl Fragment {
    fn named(s: &str) -> Option<Fragment> {
        Some(match s {
            "block" => Fragment::Block,
            "expr" | "expr_2021" => Fragment::Expr,
            "ident" => Fragment::Ident,
            "item" => Fragment::Item,
            "lifetime" => Fragment::Lifetime,
            "literal" => Fragment::Literal,
            "meta" => Fragment::Meta,
            "pat" => Fragment::Pat,
            "pat_param" => Fragment::PatParam,
            "path" => Fragment::Path,
            "stmt" => Fragment::Stmt,
            "tt" => Fragment::Tt,
            "ty" => Fragment::Ty,
            "vis" => Fragment::Vis,
            _ => return None,
        })
    }
}

impl Rules {
    /// Reads the rules of `macro_rules!`.
    pub(crate) fn new(text: &str) -> Option<Rules> {
        let stream = Stream::new(text)?;
        let mut rules = Vec::new();
        let mut i = 0;
        let end = stream.toks.len();
        while i < end {
            let (rule, next) = rule(&stream, i, end)?;
            rules.push(rule);
            i = next;
            while stream.is(i, end, ";") || stream.is(i, end, ",") {
                i += 1;
            }
        }
        Some(Rules { stream, rules })
    }

    /// Reads a `macro` item: `name(pattern) { template }` or `name { rules }`.
    pub(crate) fn of_macro_item(text: &str) -> Option<Rules> {
        let stream = Stream::new(text)?;
        let end = stream.toks.len();
        let at = (0..end).find(|&i| stream.toks[i].kind == Kind::Open)?;
        if stream.opens(at, end, "{") {
            return Rules::new(stream.slice(at + 1, stream.toks[at].close as usize));
        }
        let close = stream.toks[at].close as usize;
        let body = close + 1;
        if !stream.opens(body, end, "{") {
            return None;
        }
        let pattern = pattern(&stream, at + 1, close)?;
        let template = template(&stream, body + 1, stream.toks[body].close as usize)?;
        Some(Rules { rules: vec![Rule { pattern, template }], stream })
    }
}

fn rule(s: &Stream, at: usize, end: usize) -> Option<(Rule, usize)> {
    if s.kind(at, end)? != Kind::Open {
        return None;
    }
    let close = s.toks[at].close as usize;
    if !s.is(close + 1, end, "=>") || s.kind(close + 2, end)? != Kind::Open {
        return None;
    }
    let body = close + 2;
    let after = s.after(body);
    let rule = Rule { pattern: pattern(s, at + 1, close)?, template: template(s, body + 1, after - 1)? };
    Some((rule, after))
}

fn pattern(s: &Stream, mut i: usize, end: usize) -> Option<Vec<Pattern>> {
    let mut out = Vec::new();
    while i < end {
        if s.is(i, end, "$") && s.opens(i + 1, end, "(") {
            let close = s.toks[i + 1].close as usize;
            let inner = pattern(s, i + 2, close)?;
            let (sep, op, next) = repetition(s, close + 1, end)?;
            let mut vars = Vec::new();
            names(&inner, &mut vars);
            out.push(Pattern::Repeat { inner, sep, op, vars });
            i = next;
        } else if s.is(i, end, "$") && s.kind(i + 1, end) == Some(Kind::Ident) && s.is(i + 2, end, ":") {
            let fragment = Fragment::named(s.kind(i + 3, end).map(|_| s.str(i + 3))?)?;
            out.push(Pattern::Var(plain(s.str(i + 1)).to_owned(), fragment));
            i += 4;
        } else if s.toks[i].kind == Kind::Open {
            let close = s.toks[i].close as usize;
            out.push(Pattern::Group(i, pattern(s, i + 1, close)?));
            i = close + 1;
        } else {
            out.push(Pattern::Tok(i));
            i += 1;
        }
    }
    Some(out)
}

/// `$type` and `$r#type` are one variable.
fn plain(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// Separator and operator after `$(..)`, and the index after them.
fn repetition(s: &Stream, i: usize, end: usize) -> Option<(Option<usize>, Op, usize)> {
    let op = |i: usize| match s.kind(i, end).map(|_| s.str(i))? {
        "*" => Some(Op::Any),
        "+" => Some(Op::Some),
        "?" => Some(Op::Maybe),
        _ => None,
    };
    if let Some(o) = op(i) {
        return Some((None, o, i + 1));
    }
    // Separator and operator may read as one operator of the language: `$(..)+=*` does, `,*` does not.
    Some((Some(i), op(i + 1)?, i + 2))
}

fn names(patterns: &[Pattern], out: &mut Vec<String>) {
    for p in patterns {
        match p {
            Pattern::Var(n, _) => out.push(n.clone()),
            Pattern::Group(_, inner) | Pattern::Repeat { inner, .. } => names(inner, out),
            Pattern::Tok(_) => {}
        }
    }
}

fn template(s: &Stream, mut i: usize, end: usize) -> Option<Vec<Template>> {
    let mut out = Vec::new();
    while i < end {
        let dollar = s.is(i, end, "$");
        if dollar && s.opens(i + 1, end, "(") {
            let close = s.toks[i + 1].close as usize;
            let inner = template(s, i + 2, close)?;
            // `$(..)` of a macro inside this one, whose dollars are its own, has no operator here that fits.
            let (sep, _, next) = repetition(s, close + 1, end)?;
            let mut vars = Vec::new();
            used(&inner, &mut vars);
            out.push(Template::Repeat { inner, sep, vars });
            i = next;
        } else if dollar && s.is(i + 1, end, "crate") {
            out.push(Template::Crate);
            i += 2;
        } else if dollar && s.is(i + 1, end, "$") {
            out.push(Template::Tok(i));
            i += 2;
        } else if dollar && s.opens(i + 1, end, "{") {
            let close = s.toks[i + 1].close as usize;
            out.push(expression(s, i + 2, close)?);
            i = close + 1;
        } else if dollar && s.kind(i + 1, end) == Some(Kind::Ident) {
            out.push(Template::Var(plain(s.str(i + 1)).to_owned()));
            i += 2;
        } else if s.toks[i].kind == Kind::Open {
            let close = s.toks[i].close as usize;
            out.push(Template::Group(i, template(s, i + 1, close)?));
            i = close + 1;
        } else {
            out.push(Template::Tok(i));
            i += 1;
        }
    }
    Some(out)
}

/// `${name(args)}`.
fn expression(s: &Stream, i: usize, end: usize) -> Option<Template> {
    let name = s.kind(i, end).map(|_| s.str(i))?;
    let arg = (i..end).rev().find(|&k| s.toks[k].kind == Kind::Ident && k > i).map(|k| s.str(k).to_owned());
    match name {
        "index" => Some(Template::Index),
        "count" => arg.map(Template::Count),
        "concat" => Some(Template::Concat(parts(s, i + 2, end.saturating_sub(1)))),
        "ignore" => arg.map(Template::Nothing),
        "camel" => arg.map(Template::Camel),
        _ => None,
    }
}

fn parts(s: &Stream, i: usize, end: usize) -> Vec<(bool, String)> {
    let word = |k: usize| matches!(s.toks[k].kind, Kind::Ident | Kind::Literal);
    let part = |k: usize| (s.is(k - 1, end, "$"), plain(s.str(k)).trim_matches('"').to_owned());
    (i..end).filter(|k| word(*k)).map(part).collect()
}

fn used(templates: &[Template], out: &mut Vec<String>) {
    for t in templates {
        match t {
            Template::Var(n) | Template::Count(n) | Template::Nothing(n) | Template::Camel(n) if !out.contains(n) => out.push(n.clone()),
            Template::Group(_, inner) | Template::Repeat { inner, .. } => used(inner, out),
            Template::Concat(parts) => {
                out.extend(parts.iter().filter(|p| p.0).map(|p| p.1.clone()));
            }
            _ => {}
        }
    }
}
