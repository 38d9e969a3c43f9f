//! Trees to facts: the only place that walks `syn`.
//!
//! One [`Extractor`] a text. Items go into the interface arena, each body into an arena of its own; children are pushed before parents,
//! so the walk is one post-order pass. `syn` reads the compact text of [`prelex`](super::prelex); positions are taken as line and column of
//! one token a node (cheap) and mapped back to bytes of the file, names are read from the file at those positions.
//!
//! Reading order: this page (state, positions, bodies, hashes), `items`, `attrs`, `types`, `exprs`, `pats`, `macros`.

use std::cell::Cell;
use std::hash::Hasher;

use proc_macro2::Span;
use rustc_hash::FxHasher;

use super::prelex::{self, Kind, Prelexed, scan};
use super::reach;
use super::*;
use symbols::Interner;

mod attrs;
mod exprs;
mod items;
mod macros;
mod pats;
mod spans;
mod symbols;
mod types;

pub(crate) use macros::shaped;

/// Stack of the threads that read files and look into bodies.
pub const STACK: usize = 256 << 20;
/// What of it a text may need that is parsed where it is asked for; one that needs more gets a thread of its own. Enough for nearly all
/// texts, and little enough that the rest holds the deepest walk over a body, from the bottom of which macro output may be parsed.
const SHALLOW: usize = 32 << 20;
/// Parts of a text that cannot be read are told one by one up to this number, then counted.
const MAX_UNREAD: usize = 100;

/// Runs `work` where a text of this cost can be parsed. Errors: there is no room for the stack.
fn on_stack_for<T: Send>(cost: u32, work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    let stack = scan::stack_for(cost);
    if stack <= SHALLOW {
        return Ok(work());
    }
    std::thread::scope(|s| {
        let thread = std::thread::Builder::new().stack_size(stack).name("prr-deep".into()).spawn_scoped(s, work)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Facts of a file. Never panics; the caller runs it on a thread with a stack of [`STACK`]. What could not be read is in
/// [`FileFacts::notices`].
pub fn extract(bytes: &[u8], depth: Depth) -> FileFacts {
    let len = bytes.len() as u32;
    let notice = |kind, text| Notice { pos: 0, kind, text };
    let lexed = guarded(|| prelex::prelex(bytes, depth)).unwrap_or_else(|text| Err(notice(NoticeKind::Syntax, text)));
    let mut pre = match lexed {
        Ok(pre) => pre,
        Err(notice) => {
            let lines = if notice.kind == NoticeKind::TooLarge { vec![0] } else { prelex::line_starts(bytes) };
            return FileFacts { notices: vec![notice], lines, len, ..FileFacts::default() };
        }
    };
    let mut facts = read(&mut pre, depth);
    if pre.notice.is_none() && facts.interface.items.is_empty() && facts.notices.iter().any(|n| n.kind == NoticeKind::Syntax) {
        let old = guarded(|| prelex::prelex_old(pre.src, depth)).unwrap_or_default();
        let again = old.map(|mut old| (read(&mut old, depth), old));
        if let Some((again, old)) = again.filter(|(again, _)| again.notices.iter().all(|n| n.kind == NoticeKind::Node)) {
            (facts, pre) = (again, old);
        }
    }
    // What was not read may reach anything.
    facts.reach = if facts.notices.is_empty() { reach::of(&pre) } else { Reach::System };
    facts.len = len;
    facts.directives = pre.directives;
    facts.lines = pre.lines;
    facts.test_cut = pre.test_cut;
    facts.generated = pre.generated;
    facts
}

/// Facts of the items and bodies of a text, on a stack that holds them.
fn read(pre: &mut Prelexed<'_>, depth: Depth) -> FileFacts {
    let told = |kind, text| FileFacts { notices: vec![Notice { pos: 0, kind, text }], ..FileFacts::default() };
    match on_stack_for(pre.cost, move || read_here(pre, depth)) {
        Ok(Ok(facts)) => facts,
        Ok(Err(text)) => told(NoticeKind::Syntax, text),
        Err(error) => told(NoticeKind::TooDeep, format!("no room for the stack that parsing needs: {error}")),
    }
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread, now, would be a parser's: it is caught and told as a notice of the file.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs over a tree; a panic of the parser becomes an error.
fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    GUARDED.set(true);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    GUARDED.set(false);
    proc_macro2::extra::invalidate_current_thread_spans();
    outcome.map_err(|_| "the parser failed on this text".to_owned())
}

/// Facts of a file that is too large to be read.
pub fn oversized(bytes: u64) -> FileFacts {
    let len = u32::try_from(bytes).unwrap_or(u32::MAX);
    FileFacts { notices: vec![prelex::too_large(bytes)], lines: vec![0], len, ..FileFacts::default() }
}

/// Reads a text on the stack of this thread. Errors: the parser panicked.
pub(super) fn read_here(pre: &mut Prelexed<'_>, depth: Depth) -> Result<FileFacts, String> {
    guarded(|| extract_prelexed(pre, depth))
}

fn extract_prelexed(pre: &Prelexed<'_>, depth: Depth) -> FileFacts {
    let mut x = Extractor::new(pre, depth);
    if let Some(notice) = &pre.notice {
        x.out.notices.push(notice.clone());
        return x.out;
    }
    match x.parse(<syn::File as syn::parse::Parse>::parse) {
        Ok(file) => x.file(&file),
        Err(notice) => x.out.notices.push(notice),
    }
    x.finish()
}

/// State of one text's extraction.
pub(super) struct Extractor<'a> {
    pre: &'a Prelexed<'a>,
    depth: Depth,
    symbols: Interner,
    out: FileFacts,
    /// The arena nodes go to: the interface's, or that of the body being read.
    arena: Arena,
    /// The interface's arena while a body is being read.
    interface: Arena,
    /// Owner of the items being read.
    parent: Parent,
    /// Offsets at which the text changes from interface to body and back, in order.
    turns: Vec<Pos>,
    /// Emptied arenas, kept for their room.
    spare: Vec<Arena>,
    /// Bytes that may still be read a second time, at other levels of what they are nested in.
    again: usize,
    /// Bytes that may still be hashed a second time, as part of another body: functions nest.
    hashed_again: usize,
    /// Parts that could not be read.
    unread: usize,
    /// Hash of all bytes, once asked for.
    whole_hash: Option<[u8; 32]>,
}

impl<'a> Extractor<'a> {
    pub(super) fn new(pre: &'a Prelexed<'a>, depth: Depth) -> Extractor<'a> {
        Extractor {
            pre,
            depth,
            symbols: Interner::default(),
            out: FileFacts::default(),
            arena: Arena::default(),
            interface: Arena::default(),
            parent: Parent::File,
            turns: Vec::new(),
            spare: Vec::new(),
            again: pre.src.len().saturating_mul(16) + (1 << 20),
            hashed_again: pre.src.len().saturating_mul(16) + (1 << 20),
            unread: 0,
            whole_hash: None,
        }
    }

    /// Parses the compact text.
    fn parse<T>(&self, parser: impl FnOnce(syn::parse::ParseStream<'_>) -> syn::Result<T>) -> Result<T, Notice> {
        let text = self.pre.compact.as_ref().map_or("", |c| c.text.as_str());
        syn::parse::Parser::parse_str(parser, text).map_err(|e| Notice {
            pos: self.pos(e.span()),
            kind: NoticeKind::Syntax,
            text: match e.to_string() {
                // The lexer says no more.
                text if text == "cannot parse string into token stream" => "no token begins here".to_owned(),
                text => text,
            },
        })
    }

    fn file(&mut self, file: &syn::File) {
        self.out.interface.attrs = self.attrs(&file.attrs).0;
        for item in &file.items {
            self.item(item);
        }
    }

    pub(super) fn finish(mut self) -> FileFacts {
        if self.unread > MAX_UNREAD {
            let text = format!("{} more parts of the text are not read", self.unread - MAX_UNREAD);
            self.out.notices.push(Notice { pos: 0, kind: NoticeKind::Node, text });
        }
        self.out.interface_hash = self.interface_hash();
        self.out.interface.arena = self.arena;
        self.out.symbols = self.symbols.into_strings();
        self.out
    }

    // ------------------------------------------------------------------------------------------------------- positions and names

    pub(super) fn sym(&mut self, text: &str) -> Sym {
        self.symbols.intern(text)
    }

    /// An identifier without `r#`.
    pub(super) fn ident(&mut self, ident: &syn::Ident) -> Sym {
        self.ident_pos(ident).0
    }

    /// An identifier without `r#`, and its offset.
    pub(super) fn ident_pos(&mut self, ident: &syn::Ident) -> (Sym, Pos) {
        let pos = self.pos(ident.span());
        (self.symbols.intern(self.pre.ident_at(pos)), pos)
    }

    /// Offset of the first byte of a span.
    pub(super) fn pos(&self, span: Span) -> Pos {
        let at = span.start();
        self.pre.compact.as_ref().map_or(0, |c| c.orig(at.line, at.column))
    }

    /// Offset after a token of one byte.
    pub(super) fn end(&self, span: Span) -> Pos {
        self.pos(span) + 1
    }

    /// Compact text between two delimiters.
    pub(super) fn text_between(&self, open: Span, close: Span) -> std::borrow::Cow<'a, str> {
        let Some(compact) = &self.pre.compact else { return "".into() };
        let (open, close) = (open.start(), close.start());
        let (from, to) = (compact.byte(open.line, open.column) + 1, compact.byte(close.line, close.column));
        let text = compact.text.get(from..to).unwrap_or("").trim();
        if text.contains(scan::DOLLAR_CRATE) { text.replace(scan::DOLLAR_CRATE, "$crate").into() } else { text.into() }
    }

    /// Pairs of an offset in [`Self::text_between`] and the offset in the file, from which on both go in step.
    pub(super) fn places_between(&self, open: Span, close: Span) -> Vec<u32> {
        let Some(compact) = &self.pre.compact else { return Vec::new() };
        let (open, close) = (open.start(), close.start());
        let (from, to) = (compact.byte(open.line, open.column) + 1, compact.byte(close.line, close.column));
        let text = compact.text.get(from..to).unwrap_or("");
        // `$crate` is written otherwise in the text that is kept: offsets would not fit.
        if text.contains(scan::DOLLAR_CRATE) {
            return Vec::new();
        }
        let from = from + (text.len() - text.trim_start().len());
        compact.places(from as u32, to as u32)
    }

    pub(super) fn unread(&mut self, span: Span, what: &str) {
        self.unread += 1;
        if self.unread <= MAX_UNREAD {
            let pos = self.pos(span);
            self.out.notices.push(Notice { pos, kind: NoticeKind::Node, text: format!("{what} is not read") });
        }
    }

    /// Whether `bytes` more may be read or copied that were read before: what is nested in macros, attributes and `use` trees is read at
    /// each level, which is fine for a few levels and would take for ever for a thousand. When not, that is told once.
    pub(super) fn afford(&mut self, bytes: usize, pos: Pos) -> bool {
        if self.again >= bytes {
            self.again -= bytes;
            return true;
        }
        if !self.out.notices.iter().any(|n| n.kind == NoticeKind::TooDeep) {
            let text = "macros, attributes or imports from here on are nested too deep to be read at every level".into();
            self.out.notices.push(Notice { pos, kind: NoticeKind::TooDeep, text });
        }
        false
    }

    /// Bytes between two delimiters.
    pub(super) fn bytes_between(&self, open: Span, close: Span) -> usize {
        self.pos(close).saturating_sub(self.pos(open)) as usize
    }

    pub(super) fn list(&mut self, elements: Vec<u32>) -> List {
        self.arena.push_list(elements)
    }

    // --------------------------------------------------------------------------------------------------------------------- bodies

    /// Reads a body with an arena of its own. `range`: first byte and the end of its last token.
    fn body(&mut self, owner: ItemId, params: &[&syn::Pat], range: (Pos, Pos), root: impl FnOnce(&mut Self) -> ExprId) -> BodyId {
        if self.depth == Depth::Signatures {
            self.turns.extend([range.0, range.1]);
            return BodyId::NONE;
        }
        self.any_body(owner, range, |x| (params.iter().map(|p| x.pat(p)).collect(), root(x)))
    }

    /// Reads a body at any depth.
    fn any_body(&mut self, owner: ItemId, range: (Pos, Pos), read: impl FnOnce(&mut Self) -> (Vec<PatId>, ExprId)) -> BodyId {
        // The id is taken first: bodies of nested items come after the body they stand in.
        let id = BodyId(self.out.bodies.len() as u32);
        let left = self.hashed_again.checked_sub((range.1 - range.0) as usize);
        self.hashed_again = left.unwrap_or(0);
        let hash = if left.is_some() {
            self.hash_tokens(std::iter::once(range.0..range.1))
        } else {
            // Changes with any change of the file: more than it should, but never less, so nothing is lost.
            let whole = self.whole_hash.get_or_insert_with(|| *blake3::hash(self.pre.src.as_bytes()).as_bytes());
            let mut hasher = FxHasher::default();
            hasher.write(whole);
            hasher.write_u32(range.0);
            hasher.finish()
        };
        let end = self.pre.floor(range.1.saturating_sub(1));
        self.out.bodies.push(Body { owner, params: Vec::new(), root: ExprId::NONE, arena: Arena::default(), end, hash });
        self.turns.push(range.0);
        let fresh = self.spare.pop().unwrap_or_default();
        self.interface = std::mem::replace(&mut self.arena, fresh);
        let parent = std::mem::replace(&mut self.parent, Parent::Body(id));
        let (params, root) = read(self);
        self.parent = parent;
        let mut inner = std::mem::replace(&mut self.arena, std::mem::take(&mut self.interface));
        self.turns.push(range.1);
        let body = &mut self.out.bodies[id.idx()];
        (body.params, body.root, body.arena) = (params, root, inner.clone());
        inner.clear();
        self.spare.push(inner);
        id
    }

    /// An item inside a body: its nodes go to the interface.
    fn nested_item(&mut self, item: &syn::Item) -> Option<ItemId> {
        let body = std::mem::replace(&mut self.arena, std::mem::take(&mut self.interface));
        let turn = self.turns.len();
        self.turns.push(0);
        let id = self.item(item);
        match id {
            Some(id) => {
                let span = self.out.interface.items[id.idx()].span;
                self.turns[turn] = span.0;
                self.turns.push(span.1);
            }
            None => self.turns.truncate(turn),
        }
        self.interface = std::mem::replace(&mut self.arena, body);
        id
    }

    // --------------------------------------------------------------------------------------------------------------------- hashes

    /// Hash of the tokens of some ranges: text and adjacency of punctuation count, layout and comments do not.
    fn hash_tokens(&self, ranges: impl IntoIterator<Item = std::ops::Range<Pos>>) -> u64 {
        let mut hasher = FxHasher::default();
        for range in ranges {
            let mut end = 0;
            for token in &self.pre.tokens[self.pre.tokens_in(range)] {
                hasher.write(self.pre.text(token).as_bytes());
                hasher.write_u8(u8::from(token.kind == Kind::Punct && token.start == end));
                end = token.end();
            }
        }
        hasher.finish()
    }

    /// Hash of everything outside of bodies and outside of what was cut.
    fn interface_hash(&self) -> u64 {
        let mut turns = Vec::with_capacity(self.turns.len() + 2);
        let mut cuts = self.pre.test_cut.ranges.iter().peekable();
        turns.push(0);
        for &turn in &self.turns {
            while let Some(cut) = cuts.next_if(|cut| cut.0 < turn) {
                // Inside a body a cut is out already.
                if turns.len() % 2 == 1 {
                    turns.extend([cut.0, cut.1]);
                }
            }
            turns.push(turn);
        }
        turns.extend(cuts.flat_map(|cut| [cut.0, cut.1]));
        turns.push(self.pre.src.len() as Pos);
        self.hash_tokens(turns.chunks_exact(2).map(|pair| pair[0]..pair[1].max(pair[0])))
    }
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
pub(super) fn fragment_of(text: &str, kind: FragmentKind, depth: Depth) -> Result<FileFacts, Notice> {
    let notice = |kind, text: String| Notice { pos: 0, kind, text };
    if text.len() > prelex::MAX_BYTES {
        return Err(notice(NoticeKind::TooLarge, "macro output is too large".into()));
    }
    let depth = if kind == FragmentKind::Items { depth } else { Depth::Full };
    let failed = |text| notice(NoticeKind::Syntax, text);
    let mut pre = guarded(|| prelex::prelex_text(text, depth, scan::Mode::Fragment)).map_err(failed)?;
    if let Some(notice) = pre.notice {
        return Err(notice);
    }
    let (cost, held) = (pre.cost, &mut pre);
    let read = move || {
        guarded(|| {
            let mut x = Extractor::new(held, depth);
            x.fragment(kind).map(|()| x.finish())
        })
    };
    let read = on_stack_for(cost, read).map_err(|error| notice(NoticeKind::TooDeep, error.to_string()))?;
    let mut facts = read.map_err(failed)??;
    facts.len = text.len() as u32;
    facts.lines = pre.lines;
    Ok(facts)
}

impl Extractor<'_> {
    fn fragment(&mut self, kind: FragmentKind) -> Result<(), Notice> {
        use syn::parse::Parse;
        match kind {
            FragmentKind::Items => {
                let file = self.parse(syn::File::parse)?;
                self.file(&file);
            }
            // Macro output in expression position may end in `;` or be several statements without braces.
            FragmentKind::Expr => match self.parse(syn::Expr::parse) {
                Ok(e) => self.fragment_body(|x| (Vec::new(), x.expr(&e))),
                Err(_) => self.fragment(FragmentKind::Stmts)?,
            },
            FragmentKind::Stmts => {
                let stmts = self.parse(syn::Block::parse_within)?;
                self.fragment_body(|x| (Vec::new(), x.statements(&stmts)));
            }
            FragmentKind::Pat => {
                let pat = self.parse(syn::Pat::parse_multi_with_leading_vert)?;
                self.fragment_body(|x| (vec![x.pat(&pat)], ExprId::NONE));
            }
            FragmentKind::Type => {
                let ty = self.parse(syn::Type::parse)?;
                self.fragment_body(|x| {
                    x.ty(&ty);
                    (Vec::new(), ExprId::NONE)
                });
            }
        }
        Ok(())
    }

    fn fragment_body(&mut self, read: impl FnOnce(&mut Self) -> (Vec<PatId>, ExprId)) {
        let len = self.pre.src.len() as Pos;
        self.any_body(ItemId::NONE, (0, len), read);
    }
}
