//! Macro invocations: raw text always possible, and by the last segment of the name a reading of the arguments as expressions.

use proc_macro2::TokenStream;
use rustc_hash::FxHashSet;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

use super::Extractor;
use crate::facts::{Arm, BlockKind, Depth, ExprId, List, MacroCall, MacroId, MacroShape, PathRoot, Sym};

/// Macros of std that nobody redefines: their text is not kept.
const NO_TEXT: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "format",
    "write",
    "writeln",
    "panic",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "vec",
    "dbg",
    "todo",
    "unimplemented",
    "unreachable",
    "matches",
    "format_args",
];

/// Macros whose arguments are read as trees, by the last segment of their name.
pub(crate) fn shaped(name: &str) -> bool {
    matches!(
        name,
        "print"
            | "println"
            | "eprint"
            | "eprintln"
            | "format"
            | "format_args"
            | "panic"
            | "todo"
            | "unimplemented"
            | "unreachable"
            | "anyhow"
            | "bail"
            | "eyre"
            | "format_err"
            | "write"
            | "writeln"
            | "assert"
            | "debug_assert"
            | "ensure"
            | "assert_eq"
            | "assert_ne"
            | "debug_assert_eq"
            | "debug_assert_ne"
            | "info"
            | "warn"
            | "error"
            | "debug"
            | "trace"
            | "event"
            | "span"
            | "info_span"
            | "warn_span"
            | "error_span"
            | "debug_span"
            | "trace_span"
            | "crit"
            | "log"
            | "vec"
            | "dbg"
            | "join"
            | "try_join"
            | "pin"
            | "ready"
            | "concat"
            | "query"
            | "query_as"
            | "query_scalar"
            | "query_unchecked"
            | "query_as_unchecked"
            | "query_file"
            | "query_file_as"
            | "matches"
            | "select"
    )
}

impl Extractor<'_> {
    pub(super) fn push_macro(&mut self, call: MacroCall) -> MacroId {
        self.arena.macros.push(call);
        MacroId(self.arena.macros.len() as u32 - 1)
    }

    /// Text between a macro's delimiters.
    pub(super) fn macro_text(&mut self, m: &syn::Macro) -> Sym {
        let span = m.delimiter.span();
        let text = self.text_between(span.open(), span.close());
        self.sym(&text)
    }

    /// Where the text of a macro's arguments comes from.
    fn places(&mut self, m: &syn::Macro) -> List {
        let span = m.delimiter.span();
        if self.depth == Depth::Signatures {
            return List::EMPTY;
        }
        let places = self.places_between(span.open(), span.close());
        self.arena.push_list(places)
    }

    /// Everything but the shape.
    pub(super) fn macro_parts(&mut self, m: &syn::Macro) -> MacroCall {
        let path = self.path(&m.path, None);
        let places = self.places(m);
        let delim = match m.delimiter {
            syn::MacroDelimiter::Paren(_) => '(',
            syn::MacroDelimiter::Bracket(_) => '[',
            syn::MacroDelimiter::Brace(_) => '{',
        };
        MacroCall { path, tokens: self.macro_text(m), places, delim, shape: MacroShape::Raw }
    }

    /// A macro in expression, statement, pattern or type position.
    pub(super) fn macro_call(&mut self, m: &syn::Macro) -> MacroId {
        let name = m.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let shape = self.shape(&name, m);
        let keep = matches!(shape, MacroShape::Raw) || !NO_TEXT.contains(&name.as_str());
        let mut call = if keep { self.macro_parts(m) } else { self.textless(m) };
        call.shape = shape;
        self.push_macro(call)
    }

    fn textless(&mut self, m: &syn::Macro) -> MacroCall {
        let path = self.path(&m.path, None);
        MacroCall { path, tokens: Sym::NONE, places: List::EMPTY, delim: '(', shape: MacroShape::Raw }
    }

    fn shape(&mut self, name: &str, m: &syn::Macro) -> MacroShape {
        let delimiters = m.delimiter.span();
        let bytes = self.bytes_between(delimiters.open(), delimiters.close());
        if !shaped(name) || !self.afford(bytes, self.pos(delimiters.open())) {
            return MacroShape::Raw;
        }
        let t = m.tokens.clone();
        let read = match name {
            "print" | "println" | "eprint" | "eprintln" | "format" | "format_args" | "panic" | "todo" | "unimplemented" | "unreachable"
            | "anyhow" | "bail" | "eyre" | "format_err" => self.format(t, 0),
            "write" | "writeln" | "assert" | "debug_assert" | "ensure" => self.format(t, 1),
            "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => self.format(t, 2),
            "info" | "warn" | "error" | "debug" | "trace" | "event" | "span" | "info_span" | "warn_span" | "error_span" | "debug_span"
            | "trace_span" | "crit" | "log" => self.event(t),
            "vec" => self.vec(t),
            "dbg" | "join" | "try_join" | "pin" | "ready" | "concat" | "query" | "query_as" | "query_scalar" | "query_unchecked"
            | "query_as_unchecked" | "query_file" | "query_file_as" => self.exprs_shape(t),
            "matches" => self.matches(t),
            "select" => self.select(t),
            _ => None,
        };
        read.unwrap_or(MacroShape::Raw)
    }

    fn parse_exprs(tokens: TokenStream) -> Option<Vec<Expr>> {
        Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens).ok().map(|p| p.into_iter().collect())
    }

    fn exprs_shape(&mut self, tokens: TokenStream) -> Option<MacroShape> {
        let exprs = Self::parse_exprs(tokens)?;
        Some(MacroShape::Exprs(self.expr_list(&exprs)))
    }

    /// `lead` expressions stand before the format string.
    fn format(&mut self, tokens: TokenStream, lead: usize) -> Option<MacroShape> {
        let args: Vec<FormatArg> = Punctuated::<FormatArg, Token![,]>::parse_terminated.parse2(tokens).ok()?.into_iter().collect();
        let mut template = Sym::NONE;
        let mut captures = Vec::new();
        let mut ids = Vec::new();
        let named = names(&args);
        for (i, a) in args.iter().enumerate() {
            if i == lead
                && let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(s), .. }) = &a.value
            {
                let value = s.value();
                template = self.sym(&value);
                captures = self.captures(&value, &named, s.span());
                continue;
            }
            ids.push(self.expr(&a.value).0);
        }
        let args = self.list(ids);
        let captures = self.list(captures);
        Some(MacroShape::Format { args, template, captures })
    }

    /// Identifiers captured by a format string, as path expressions at the string's position.
    fn captures(&mut self, template: &str, named: &FxHashSet<String>, span: proc_macro2::Span) -> Vec<u32> {
        let pos = self.pos(span);
        let mut out = Vec::new();
        for name in captured_names(template) {
            if named.contains(&name) {
                continue;
            }
            let seg = crate::facts::Seg { name: self.sym(&name), args: List::EMPTY };
            let path = self.push_path(PathRoot::Plain, vec![(seg, pos)]);
            out.push(self.push_expr(crate::facts::Expr::Path(path), pos).0);
        }
        out
    }

    fn vec(&mut self, tokens: TokenStream) -> Option<MacroShape> {
        if let Ok(r) = syn::parse2::<RepeatArgs>(tokens.clone()) {
            let elem = self.expr(&r.elem);
            return Some(MacroShape::Repeat { elem, len: self.expr(&r.len) });
        }
        self.exprs_shape(tokens)
    }

    fn matches(&mut self, tokens: TokenStream) -> Option<MacroShape> {
        let m = syn::parse2::<MatchesArgs>(tokens).ok()?;
        let scrutinee = self.expr(&m.scrutinee);
        let pat = self.pat(&m.pat);
        let guard = m.guard.as_ref().map_or(ExprId::NONE, |g| self.expr(g));
        Some(MacroShape::Matches { scrutinee, pat, guard })
    }

    fn select(&mut self, tokens: TokenStream) -> Option<MacroShape> {
        let s = syn::parse2::<SelectArgs>(tokens).ok()?;
        let (mut futures, mut arms) = (Vec::new(), Vec::new());
        for b in &s.branches {
            let future = self.expr(&b.future);
            let pat = self.pat(&b.pat);
            let guard = b.guard.as_ref().map_or(ExprId::NONE, |g| self.expr(g));
            let body = self.expr(&b.body);
            self.arena.arms.push(Arm { pat, guard, body });
            futures.push(future.0);
            arms.push(self.arena.arms.len() as u32 - 1);
        }
        let els = s.els.as_ref().map_or(ExprId::NONE, |e| self.expr(e));
        Some(MacroShape::Select { futures: self.list(futures), arms: self.list(arms), els })
    }

    /// `tracing` and `log` events and spans.
    fn event(&mut self, tokens: TokenStream) -> Option<MacroShape> {
        let e = syn::parse2::<EventArgs>(tokens).ok()?;
        let mut fields = Vec::new();
        for (name, value) in &e.fields {
            let name = name.as_ref().map_or(Sym::NONE, |n| self.sym(n));
            fields.extend([name.0, self.expr(value).0]);
        }
        let (mut template, mut captures) = (Sym::NONE, Vec::new());
        if let Some(t) = &e.template {
            let value = t.value();
            template = self.sym(&value);
            captures = self.captures(&value, &names(&e.args), t.span());
        }
        let args = e.args.iter().map(|a| self.expr(&a.value).0).collect();
        let fields = self.list(fields);
        let captures = self.list(captures);
        Some(MacroShape::Event { fields, template, captures, args: self.list(args) })
    }

    /// A block of statements from macro output.
    pub(super) fn statements(&mut self, stmts: &[syn::Stmt]) -> ExprId {
        self.stmts(stmts, BlockKind::Plain, Sym::NONE, 0)
    }
}

/// Names of named arguments.
fn names(args: &[FormatArg]) -> FxHashSet<String> {
    args.iter().filter_map(|a| a.name.as_ref().map(ToString::to_string)).collect()
}

/// Names in `{name}`, `{name:?}`, `{0:>width$}`: those that are identifiers.
fn captured_names(template: &str) -> Vec<String> {
    let (mut out, mut seen) = (Vec::new(), FxHashSet::default());
    let mut add = |s: &str| {
        let ident = s.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_') && s.chars().all(|c| c.is_alphanumeric() || c == '_');
        if ident && seen.insert(s.to_owned()) {
            out.push(s.to_owned());
        }
    };
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        let Some(close) = rest.find('}') else { break };
        let inner = &rest[..close];
        let (name, spec) = inner.split_once(':').unwrap_or((inner, ""));
        add(name.trim());
        for part in spec.split('$').collect::<Vec<_>>().split_last().map_or(&[][..], |(_, init)| init) {
            let start = part.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |i| i + 1);
            add(&part[start..]);
        }
        rest = &rest[close + 1..];
    }
    out
}

/// `name = value` or `value`.
struct FormatArg {
    name: Option<syn::Ident>,
    value: Expr,
}

impl Parse for FormatArg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]) {
            let name = input.parse()?;
            input.parse::<Token![=]>()?;
            return Ok(FormatArg { name: Some(name), value: input.parse()? });
        }
        Ok(FormatArg { name: None, value: input.parse()? })
    }
}

struct RepeatArgs {
    elem: Expr,
    len: Expr,
}

impl Parse for RepeatArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let elem = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(RepeatArgs { elem, len: input.parse()? })
    }
}

struct MatchesArgs {
    scrutinee: Expr,
    pat: syn::Pat,
    guard: Option<Expr>,
}

impl Parse for MatchesArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let scrutinee = input.parse()?;
        input.parse::<Token![,]>()?;
        let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
        let guard = if input.parse::<Option<Token![if]>>()?.is_some() { Some(input.parse()?) } else { None };
        input.parse::<Option<Token![,]>>()?;
        Ok(MatchesArgs { scrutinee, pat, guard })
    }
}

struct Branch {
    pat: syn::Pat,
    future: Expr,
    guard: Option<Expr>,
    body: Expr,
}

struct SelectArgs {
    branches: Vec<Branch>,
    els: Option<Expr>,
}

impl Parse for SelectArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut out = SelectArgs { branches: Vec::new(), els: None };
        if input.peek(syn::Ident) && input.peek2(Token![;]) {
            input.parse::<syn::Ident>()?;
            input.parse::<Token![;]>()?;
        }
        while !input.is_empty() {
            let word: Option<syn::Ident> = input.fork().parse().ok();
            let names_else = input.peek(Token![else]) || word.is_some_and(|w| w == "complete" || w == "default") && input.peek2(Token![=>]);
            if names_else {
                if input.parse::<Option<Token![else]>>()?.is_none() {
                    input.parse::<syn::Ident>()?;
                }
                input.parse::<Token![=>]>()?;
                out.els = Some(handler(input)?);
            } else {
                let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
                input.parse::<Token![=]>()?;
                let future = input.parse()?;
                let guard = if input.parse::<Option<Token![,]>>()?.is_some() {
                    input.parse::<Token![if]>()?;
                    Some(input.parse()?)
                } else {
                    None
                };
                input.parse::<Token![=>]>()?;
                out.branches.push(Branch { pat, future, guard, body: handler(input)? });
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(out)
    }
}

/// A handler: a block ends by itself, anything else at the comma.
fn handler(input: ParseStream<'_>) -> syn::Result<Expr> {
    if input.peek(syn::token::Brace) {
        let block: syn::Block = input.parse()?;
        return Ok(Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block }));
    }
    input.parse()
}

/// Arguments of an event or span: `target: ..,` prefixes, fields, a template with its arguments.
#[derive(Default)]
struct EventArgs {
    fields: Vec<(Option<String>, Expr)>,
    template: Option<syn::LitStr>,
    args: Vec<FormatArg>,
}

impl Parse for EventArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut out = EventArgs::default();
        while !input.is_empty() {
            out.entry(input)?;
            if input.parse::<Option<Token![,]>>()?.is_none() && input.parse::<Option<Token![;]>>()?.is_none() && !input.is_empty() {
                return Err(input.error("fields are separated by commas"));
            }
        }
        Ok(out)
    }
}

impl EventArgs {
    fn entry(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if self.template.is_some() {
            self.args.push(input.parse()?);
            return Ok(());
        }
        if input.peek(syn::LitStr) && !input.peek2(Token![=]) && !input.peek2(Token![.]) {
            self.template = Some(input.parse()?);
            return Ok(());
        }
        if input.peek(syn::token::Brace) {
            let inner;
            syn::braced!(inner in input);
            while !inner.is_empty() {
                self.entry(&inner)?;
                inner.parse::<Option<Token![,]>>()?;
            }
            return Ok(());
        }
        if input.parse::<Option<Token![?]>>()?.is_some() || input.parse::<Option<Token![%]>>()?.is_some() {
            self.fields.push((None, input.parse()?));
            return Ok(());
        }
        if let Some(name) = field_name(input) {
            let separator_is_colon = input.peek(Token![:]);
            if separator_is_colon {
                input.parse::<Token![:]>()?;
            } else {
                input.parse::<Token![=]>()?;
            }
            if input.peek(Token![?]) {
                input.parse::<Token![?]>()?;
            } else if input.peek(Token![%]) {
                input.parse::<Token![%]>()?;
            }
            self.fields.push((Some(name), input.parse()?));
            return Ok(());
        }
        self.fields.push((None, input.parse()?));
        Ok(())
    }
}

/// `a.b.c =`, `"a b" =`, `r#type =`, `target:`; consumed up to the separator.
fn field_name(input: ParseStream<'_>) -> Option<String> {
    let fork = input.fork();
    let mut name = String::new();
    if let Ok(s) = fork.parse::<syn::LitStr>() {
        name = s.value();
    } else {
        loop {
            let ident = <syn::Ident as syn::ext::IdentExt>::parse_any(&fork).ok()?;
            name.push_str(&ident.to_string());
            if fork.parse::<Option<Token![.]>>().ok()?.is_none() {
                break;
            }
            name.push('.');
        }
    }
    let equals = fork.peek(Token![=]) && !fork.peek(Token![==]) && !fork.peek(Token![=>]);
    let colon = fork.peek(Token![:]) && !fork.peek(Token![::]) && matches!(name.as_str(), "target" | "parent" | "name" | "logger");
    if !(equals || colon) {
        return None;
    }
    syn::parse::discouraged::Speculative::advance_to(input, &fork);
    Some(name)
}
