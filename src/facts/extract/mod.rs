//! Trees to facts: the only place that walks `syn`.
//!
//! One [`Extractor`] a file. Items go into the interface arena, each body into an arena of its own; children are pushed before parents, so the
//! walk is one post-order pass. Positions are read as line and column of one token a node (cheap) and turned into byte offsets by the line
//! table.

use std::hash::{Hash, Hasher};

use proc_macro2::Span;
use rustc_hash::{FxHashMap, FxHasher};

use super::prelex::{Prelexed, Tok, prelex};
use super::*;

mod attrs;
mod exprs;
mod items;
mod macros;
mod pats;
mod types;

/// Stack of the threads that parse: deep enough for the limits of [`prelex`], in debug builds too.
pub const STACK: usize = 512 << 20;

/// Runs `f` on a thread with a stack that parsing needs.
pub fn with_big_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|s| {
        let handle = std::thread::Builder::new().stack_size(STACK).spawn_scoped(s, f);
        match handle.expect("a thread can be started").join() {
            Ok(v) => v,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Facts of a file. Never panics; the caller runs it on a thread with a big stack ([`with_big_stack`], or a pool built with [`STACK`]).
pub fn extract(bytes: &[u8], depth: Depth) -> FileFacts {
    let pre = prelex(bytes, depth);
    let len = bytes.len() as u32;
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| extract_prelexed(&pre, depth)));
    proc_macro2::extra::invalidate_current_thread_spans();
    let mut facts = outcome.unwrap_or_else(|_| FileFacts {
        notices: vec![Notice { pos: 0, kind: NoticeKind::Syntax, text: "the parser failed on this file".to_owned() }],
        ..FileFacts::default()
    });
    facts.len = len;
    facts.directives = pre.directives;
    facts.lines = pre.lines;
    facts.test_cut = pre.test_cut;
    facts.generated = pre.generated;
    facts
}

fn extract_prelexed(pre: &Prelexed, depth: Depth) -> FileFacts {
    if let Some(notice) = &pre.refused {
        return FileFacts { notices: vec![notice.clone()], ..FileFacts::default() };
    }
    match syn::parse_file(&pre.text) {
        Ok(file) => {
            let mut x = Extractor::new(&pre.text, &pre.lines, &pre.tokens, depth);
            x.file(&file);
            x.finish()
        }
        Err(e) => {
            let at = e.span().start();
            let pos = Positions::new(&pre.text, &pre.lines).byte(at.line, at.column);
            FileFacts { notices: vec![Notice { pos, kind: NoticeKind::Syntax, text: e.to_string() }], ..FileFacts::default() }
        }
    }
}

/// Line and column (characters) to byte offset.
pub(super) struct Positions<'a> {
    text: &'a str,
    lines: &'a [u32],
    ascii: bool,
}

impl<'a> Positions<'a> {
    fn new(text: &'a str, lines: &'a [u32]) -> Positions<'a> {
        Positions { text, lines, ascii: text.is_ascii() }
    }
    fn byte(&self, line: usize, column: usize) -> Pos {
        let start = self.lines.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        if self.ascii {
            return start + column as u32;
        }
        let rest = self.text.get(start as usize..).unwrap_or("");
        start + rest.char_indices().nth(column).map_or(rest.len(), |(i, _)| i) as u32
    }
}

/// State of one file's extraction.
pub(super) struct Extractor<'a> {
    positions: Positions<'a>,
    depth: Depth,
    symbols: Vec<Box<str>>,
    by_text: FxHashMap<Box<str>, u32>,
    out: FileFacts,
    /// The arena nodes go to: the interface's, or that of the body being read.
    arena: Arena,
    /// The interface's arena while a body is being read.
    interface: Arena,
    /// Owner of the items being read.
    parent: Parent,
    tokens: &'a [Tok],
    body_ranges: Vec<(Pos, Pos)>,
}

impl<'a> Extractor<'a> {
    pub(super) fn new(text: &'a str, lines: &'a [u32], tokens: &'a [Tok], depth: Depth) -> Extractor<'a> {
        Extractor {
            positions: Positions::new(text, lines),
            depth,
            symbols: Vec::new(),
            by_text: FxHashMap::default(),
            out: FileFacts::default(),
            arena: Arena::default(),
            interface: Arena::default(),
            parent: Parent::File,
            tokens,
            body_ranges: Vec::new(),
        }
    }

    fn file(&mut self, file: &syn::File) {
        self.out.interface.attrs = self.attrs(&file.attrs).0;
        for item in &file.items {
            self.item(item);
        }
    }

    pub(super) fn finish(mut self) -> FileFacts {
        self.out.interface_hash = self.interface_hash();
        self.out.interface.arena = self.arena;
        self.out.symbols = self.symbols;
        self.out
    }

    pub(super) fn sym(&mut self, text: &str) -> Sym {
        if let Some(&s) = self.by_text.get(text) {
            return Sym(s);
        }
        let id = self.symbols.len() as u32;
        let boxed: Box<str> = text.into();
        self.symbols.push(boxed.clone());
        self.by_text.insert(boxed, id);
        Sym(id)
    }

    /// An identifier without `r#`.
    pub(super) fn ident(&mut self, ident: &syn::Ident) -> Sym {
        let text = ident.to_string();
        self.sym(text.strip_prefix("r#").unwrap_or(&text))
    }

    pub(super) fn pos(&self, span: Span) -> Pos {
        let at = span.start();
        self.positions.byte(at.line, at.column)
    }

    pub(super) fn end(&self, span: Span) -> Pos {
        let at = span.end();
        self.positions.byte(at.line, at.column)
    }

    pub(super) fn unread(&mut self, span: Span, what: &str) {
        let pos = self.pos(span);
        self.out.notices.push(Notice { pos, kind: NoticeKind::Node, text: format!("{what} is not read") });
    }

    pub(super) fn list(&mut self, elements: Vec<u32>) -> List {
        self.arena.push_list(elements)
    }

    /// Reads a body with an arena of its own. `range`: first byte and the end of its last token.
    fn body(&mut self, owner: ItemId, params: &[&syn::Pat], range: (Pos, Pos), root: impl FnOnce(&mut Self) -> ExprId) -> BodyId {
        if self.depth == Depth::Signatures {
            return BodyId::NONE;
        }
        // The id is taken first: bodies of nested items come after the body they stand in.
        let id = BodyId(self.out.bodies.len() as u32);
        let hash = self.hash_range(range);
        let end = range.1.saturating_sub(1);
        self.out.bodies.push(Body { owner, params: Vec::new(), root: ExprId::NONE, arena: Arena::default(), end, hash });
        self.body_ranges.push(range);
        self.interface = std::mem::take(&mut self.arena);
        let parent = std::mem::replace(&mut self.parent, Parent::Body(id));
        let params: Vec<PatId> = params.iter().map(|p| self.pat(p)).collect();
        let root = root(self);
        self.parent = parent;
        let inner = std::mem::replace(&mut self.arena, std::mem::take(&mut self.interface));
        let body = &mut self.out.bodies[id.idx()];
        (body.params, body.root, body.arena) = (params, root, inner);
        id
    }

    /// An item inside a body: its nodes go to the interface.
    fn nested_item(&mut self, item: &syn::Item) -> Option<ItemId> {
        let body = std::mem::replace(&mut self.arena, std::mem::take(&mut self.interface));
        let id = self.item(item);
        self.interface = std::mem::replace(&mut self.arena, body);
        id
    }

    /// Hash of the tokens of a range: layout and comments do not count.
    fn hash_range(&self, (start, end): (Pos, Pos)) -> u64 {
        let from = self.tokens.partition_point(|t| t.start < start);
        let to = self.tokens.partition_point(|t| t.start < end);
        let mut h = FxHasher::default();
        for t in &self.tokens[from..to.max(from)] {
            self.positions.text.as_bytes()[t.start as usize..t.end as usize].hash(&mut h);
        }
        h.finish()
    }

    /// Hash of the tokens outside bodies.
    fn interface_hash(&self) -> u64 {
        let mut ranges = self.body_ranges.clone();
        ranges.sort_unstable();
        let (mut h, mut r) = (FxHasher::default(), 0);
        let mut skip_to = 0;
        for t in self.tokens {
            while r < ranges.len() && ranges[r].0 <= t.start {
                skip_to = skip_to.max(ranges[r].1);
                r += 1;
            }
            if t.start >= skip_to {
                self.positions.text.as_bytes()[t.start as usize..t.end as usize].hash(&mut h);
            }
        }
        h.finish()
    }

    /// Source text between two offsets.
    fn slice(&self, start: Pos, end: Pos) -> &'a str {
        self.positions.text.get(start as usize..end as usize).unwrap_or("")
    }
}

/// Whether `cfg`s cannot hold outside test builds.
pub(super) fn never(cfgs: &[Cfg], symbols: &[Box<str>]) -> bool {
    fn value(c: &Cfg, symbols: &[Box<str>]) -> Option<bool> {
        match c {
            Cfg::Flag(s) => matches!(&*symbols[s.idx()], "test" | "doctest" | "miri" | "loom" | "fuzzing" | "kani").then_some(false),
            Cfg::KeyValue(..) => None,
            Cfg::Bool(b) => Some(*b),
            Cfg::Not(c) => value(c, symbols).map(|v| !v),
            Cfg::All(cs) => {
                let vs: Vec<_> = cs.iter().map(|c| value(c, symbols)).collect();
                if vs.contains(&Some(false)) { Some(false) } else { vs.iter().all(|v| *v == Some(true)).then_some(true) }
            }
            Cfg::Any(cs) => {
                let vs: Vec<_> = cs.iter().map(|c| value(c, symbols)).collect();
                if vs.contains(&Some(true)) { Some(true) } else { vs.iter().all(|v| *v == Some(false)).then_some(false) }
            }
        }
    }
    cfgs.iter().any(|c| value(c, symbols) == Some(false))
}

/// What a piece of macro output is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FragmentKind {
    /// An expression.
    Expr,
    /// Statements.
    Stmts,
    /// Items.
    Items,
    /// A pattern.
    Pat,
    /// A type.
    Type,
}

/// See [`super::fragment::parse_fragment`].
pub(super) fn fragment_of(text: &str, kind: FragmentKind, depth: Depth) -> Result<FileFacts, String> {
    let pre = prelex(text.as_bytes(), if kind == FragmentKind::Items { depth } else { Depth::Full });
    if let Some(n) = pre.refused {
        return Err(n.text);
    }
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut x = Extractor::new(&pre.text, &pre.lines, &pre.tokens, depth);
        x.fragment(&pre.text, kind).map(|()| x.finish())
    }));
    proc_macro2::extra::invalidate_current_thread_spans();
    let mut facts = result.unwrap_or_else(|_| Err("the parser failed on macro output".to_owned()))?;
    facts.len = text.len() as u32;
    facts.lines = pre.lines;
    Ok(facts)
}

impl Extractor<'_> {
    fn fragment(&mut self, text: &str, kind: FragmentKind) -> Result<(), String> {
        use syn::parse::Parser;
        let error = |e: syn::Error| e.to_string();
        match kind {
            FragmentKind::Items => {
                let file = syn::parse_file(text).map_err(error)?;
                self.file(&file);
            }
            FragmentKind::Expr => {
                // Macro output in expression position may end in `;` or be several statements in braces-less form.
                match syn::parse_str::<syn::Expr>(text) {
                    Ok(e) => self.fragment_body(|x| (Vec::new(), x.expr(&e))),
                    Err(_) => {
                        let stmts = syn::Block::parse_within.parse_str(text).map_err(error)?;
                        self.fragment_body(|x| (Vec::new(), x.statements(&stmts)));
                    }
                }
            }
            FragmentKind::Stmts => {
                let stmts = syn::Block::parse_within.parse_str(text).map_err(error)?;
                self.fragment_body(|x| (Vec::new(), x.statements(&stmts)));
            }
            FragmentKind::Pat => {
                let pat = syn::Pat::parse_multi_with_leading_vert.parse_str(text).map_err(error)?;
                self.fragment_body(|x| (vec![x.pat(&pat)], ExprId::NONE));
            }
            FragmentKind::Type => {
                let ty = syn::parse_str::<syn::Type>(text).map_err(error)?;
                self.fragment_body(|x| {
                    x.ty(&ty);
                    (Vec::new(), ExprId::NONE)
                });
            }
        }
        Ok(())
    }

    fn fragment_body(&mut self, read: impl FnOnce(&mut Self) -> (Vec<PatId>, ExprId)) {
        self.out.bodies.push(Body {
            owner: ItemId::NONE,
            params: Vec::new(),
            root: ExprId::NONE,
            arena: Arena::default(),
            end: 0,
            hash: 0,
        });
        self.interface = std::mem::take(&mut self.arena);
        self.parent = Parent::Body(BodyId(0));
        let (params, root) = read(self);
        self.parent = Parent::File;
        let arena = std::mem::replace(&mut self.arena, std::mem::take(&mut self.interface));
        let body = &mut self.out.bodies[0];
        (body.params, body.root, body.arena) = (params, root, arena);
    }
}
