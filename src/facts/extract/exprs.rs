//! Expressions, statements, blocks.

use syn::spanned::Spanned;

use super::Extractor;
use super::spans::{expr_attrs, first_span, member_span};
use crate::facts::{Arm, BinOp, BlockKind, Closure, Expr, ExprId, List, Lit, PatId, PathId, Pos, Stmt, Sym, TypeId, UnOp};

/// Longest string literal that is kept whole.
const MAX_STRING: usize = 4096;

impl Extractor<'_> {
    pub(super) fn push_expr(&mut self, e: Expr, pos: Pos) -> ExprId {
        self.arena.exprs.push(e);
        self.arena.expr_pos.push(pos);
        ExprId(self.arena.exprs.len() as u32 - 1)
    }

    pub(super) fn expr_list<'e>(&mut self, exprs: impl IntoIterator<Item = &'e syn::Expr>) -> List {
        let ids = exprs.into_iter().filter_map(|e| self.conditional(e)).map(|e| e.0).collect();
        self.list(ids)
    }

    /// An expression that attributes may remove.
    fn conditional(&mut self, e: &syn::Expr) -> Option<ExprId> {
        let cfgs = self.conditions(expr_attrs(e))?;
        let id = self.expr(e);
        self.arena.cfgs.extend(cfgs.into_iter().map(|c| (id, c)));
        Some(id)
    }

    fn opt(&mut self, e: Option<&syn::Expr>) -> ExprId {
        e.map_or(ExprId::NONE, |e| self.expr(e))
    }

    fn label(&mut self, l: Option<&syn::Lifetime>) -> Sym {
        l.map_or(Sym::NONE, |l| self.ident(&l.ident))
    }

    pub(super) fn lit_expr(&mut self, l: &syn::Lit, pos: Pos) -> ExprId {
        let lit = self.literal(l);
        self.push_expr(lit.map_or(Expr::Unread, Expr::Lit), pos)
    }

    fn literal(&mut self, l: &syn::Lit) -> Option<Lit> {
        Some(match l {
            syn::Lit::Str(s) => Lit::Str(self.cut_text(&s.value())),
            syn::Lit::ByteStr(s) => {
                let text = String::from_utf8_lossy(&s.value()).into_owned();
                Lit::ByteStr(self.cut_text(&text))
            }
            syn::Lit::CStr(s) => {
                let text = s.value().to_string_lossy().into_owned();
                Lit::CStr(self.cut_text(&text))
            }
            syn::Lit::Byte(b) => Lit::Byte(b.value()),
            syn::Lit::Char(c) => Lit::Char(c.value()),
            syn::Lit::Int(i) => Lit::Int(self.sym(i.base10_digits()), self.suffix(i.suffix())),
            syn::Lit::Float(f) => Lit::Float(self.sym(f.base10_digits()), self.suffix(f.suffix())),
            syn::Lit::Bool(b) => Lit::Bool(b.value),
            _ => return None,
        })
    }

    fn suffix(&mut self, s: &str) -> Sym {
        if s.is_empty() { Sym::NONE } else { self.sym(s) }
    }

    fn cut_text(&mut self, s: &str) -> Sym {
        let end = (0..=s.len().min(MAX_STRING)).rev().find(|&i| s.is_char_boundary(i)).unwrap_or(0);
        self.sym(&s[..end])
    }

    /// An expression.
    pub(super) fn expr(&mut self, e: &syn::Expr) -> ExprId {
        use syn::Expr as E;
        let (node, span) = match e {
            E::Paren(p) => return self.expr(&p.expr),
            E::Group(g) => return self.expr(&g.expr),
            E::Lit(l) => {
                let pos = self.pos(l.lit.span());
                return self.lit_expr(&l.lit, pos);
            }
            E::Path(p) => (Expr::Path(self.path(&p.path, p.qself.as_ref())), first_span(e)),
            E::Call(c) => {
                let callee = self.expr(&c.func);
                (Expr::Call { callee, args: self.expr_list(&c.args) }, first_span(&c.func))
            }
            E::MethodCall(m) => {
                let recv = self.expr(&m.receiver);
                let seg = self.method_seg(&m.method, m.turbofish.as_ref());
                (Expr::MethodCall { recv, seg, args: self.expr_list(&m.args) }, m.method.span())
            }
            E::Field(f) => {
                let base = self.expr(&f.base);
                (Expr::Field { base, name: self.member(&f.member) }, member_span(&f.member))
            }
            E::Index(i) => {
                let base = self.expr(&i.expr);
                (Expr::Index { base, index: self.expr(&i.index) }, i.bracket_token.span.open())
            }
            E::Unary(u) => {
                let operand = self.expr(&u.expr);
                let op = match u.op {
                    syn::UnOp::Deref(_) => UnOp::Deref,
                    syn::UnOp::Not(_) => UnOp::Not,
                    _ => UnOp::Neg,
                };
                (Expr::Unary { op, operand }, u.op.span())
            }
            E::Binary(b) => (self.binary(b), b.op.span()),
            E::Assign(a) => {
                let lhs = self.expr(&a.left);
                (Expr::Assign { lhs, rhs: self.expr(&a.right) }, a.eq_token.span)
            }
            E::Reference(r) => {
                let operand = self.expr(&r.expr);
                (Expr::Ref { mutable: r.mutability.is_some(), raw: false, operand }, r.and_token.span)
            }
            E::RawAddr(r) => {
                let operand = self.expr(&r.expr);
                (Expr::Ref { mutable: matches!(r.mutability, syn::PointerMutability::Mut(_)), raw: true, operand }, r.and_token.span)
            }
            E::Cast(c) => {
                let operand = self.expr(&c.expr);
                (Expr::Cast { operand, ty: self.ty(&c.ty) }, c.as_token.span)
            }
            E::Try(t) => (Expr::Try(self.expr(&t.expr)), t.question_token.span),
            E::Await(a) => (Expr::Await(self.expr(&a.base)), a.await_token.span),
            E::Block(b) => {
                let label = self.label(b.label.as_ref().map(|l| &l.name));
                return self.block(&b.block, BlockKind::Plain, label);
            }
            E::Unsafe(b) => {
                let pos = self.pos(b.unsafe_token.span);
                return self.stmts(&b.block.stmts, BlockKind::Unsafe, Sym::NONE, pos);
            }
            E::Async(b) => {
                let pos = self.pos(b.async_token.span);
                let kind = self.async_kind(pos);
                return self.stmts(&b.block.stmts, kind, Sym::NONE, pos);
            }
            E::Const(b) => return self.block(&b.block, BlockKind::Const, Sym::NONE),
            E::TryBlock(b) => return self.block(&b.block, BlockKind::Try, Sym::NONE),
            E::If(i) => {
                let cond = self.expr(&i.cond);
                let then = self.block(&i.then_branch, BlockKind::Plain, Sym::NONE);
                let els = self.opt(i.else_branch.as_ref().map(|(_, e)| &**e));
                (Expr::If { cond, then, els }, i.if_token.span)
            }
            E::Let(l) => {
                let scrutinee = self.expr(&l.expr);
                (Expr::Let { pat: self.pat(&l.pat), scrutinee }, l.let_token.span)
            }
            E::Match(m) => (self.match_(m), m.match_token.span),
            E::While(w) => {
                let cond = self.expr(&w.cond);
                let body = self.block(&w.body, BlockKind::Plain, Sym::NONE);
                (Expr::While { cond, body, label: self.label(w.label.as_ref().map(|l| &l.name)) }, w.while_token.span)
            }
            E::Loop(l) => {
                let body = self.block(&l.body, BlockKind::Plain, Sym::NONE);
                (Expr::Loop { body, label: self.label(l.label.as_ref().map(|l| &l.name)) }, l.loop_token.span)
            }
            E::ForLoop(f) => {
                let iter = self.expr(&f.expr);
                let pat = self.pat(&f.pat);
                let body = self.block(&f.body, BlockKind::Plain, Sym::NONE);
                let parts = self.list(vec![pat.0, iter.0, body.0]);
                (Expr::For { parts, label: self.label(f.label.as_ref().map(|l| &l.name)) }, f.for_token.span)
            }
            E::Break(b) => {
                let value = self.opt(b.expr.as_deref());
                (Expr::Break { label: self.label(b.label.as_ref()), value }, b.break_token.span)
            }
            E::Continue(c) => (Expr::Continue { label: self.label(c.label.as_ref()) }, c.continue_token.span),
            E::Return(r) => (Expr::Return(self.opt(r.expr.as_deref())), r.return_token.span),
            E::Yield(y) => (Expr::Yield(self.opt(y.expr.as_deref())), y.yield_token.span),
            E::Closure(c) => (self.closure(c), c.inputs_begin.span),
            E::Tuple(t) => (Expr::Tuple(self.expr_list(&t.elems)), t.paren_token.span.open()),
            E::Array(a) => (Expr::Array(self.expr_list(&a.elems)), a.bracket_token.span.open()),
            E::Repeat(r) => {
                let elem = self.expr(&r.expr);
                (Expr::Repeat { elem, len: self.expr(&r.len) }, r.bracket_token.span.open())
            }
            E::Struct(s) => return self.struct_(s),
            E::Range(r) => {
                let lo = self.opt(r.start.as_deref());
                let hi = self.opt(r.end.as_deref());
                let (inclusive, span) = match &r.limits {
                    syn::RangeLimits::HalfOpen(t) => (false, t.spans[0]),
                    syn::RangeLimits::Closed(t) => (true, t.spans[0]),
                };
                (Expr::Range { lo, hi, inclusive }, span)
            }
            E::Macro(m) => (Expr::Macro(self.macro_call(&m.mac)), first_span(e)),
            E::Infer(i) => (Expr::Underscore, i.underscore_token.span),
            E::Verbatim(v) => return self.verbatim(v),
            other => {
                self.unread(other.span(), "an expression");
                (Expr::Unread, other.span())
            }
        };
        let pos = self.pos(span);
        self.push_expr(node, pos)
    }

    /// `gen { }` and `async gen { }` reach `syn` as `async`: what was written tells them apart.
    fn async_kind(&self, pos: Pos) -> BlockKind {
        let tokens = &self.pre.tokens;
        let at = tokens.partition_point(|t| t.start < pos);
        let word = |i: usize| tokens.get(i).map_or("", |t| self.pre.text(t));
        match (word(at), word(at + 1)) {
            ("gen", _) => BlockKind::Gen,
            ("async", "gen") => BlockKind::AsyncGen,
            _ => BlockKind::Async,
        }
    }

    /// `become f()`, `builtin # x(..)`: tokens to `syn`. A tail call reads as a return.
    fn verbatim(&mut self, v: &proc_macro2::TokenStream) -> ExprId {
        let is_become = |t: &proc_macro2::TokenTree| matches!(t, proc_macro2::TokenTree::Ident(word) if word == "become");
        let tokens: Vec<_> = v.clone().into_iter().collect();
        let heads = tokens.iter().take_while(|t| is_become(t)).count();
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last())
            && heads > 0
        {
            // The parser copies the rest at each of these words, and so it does each time it is asked.
            let inside = tokens[heads..].iter().filter(|t| is_become(t)).count();
            let bytes = self.bytes_between(first.span(), last.span()) * (1 + inside / 8);
            let words: Vec<Pos> = tokens[..heads].iter().map(|t| self.pos(t.span())).collect();
            if self.afford(bytes, words[0])
                && let Ok(call) = syn::parse2::<syn::Expr>(tokens[heads..].iter().cloned().collect())
            {
                let value = self.expr(&call);
                return words.into_iter().rev().fold(value, |value, pos| self.push_expr(Expr::Return(value), pos));
            }
        }
        let span = v.span();
        self.unread(span, "an expression");
        let pos = self.pos(span);
        self.push_expr(Expr::Unread, pos)
    }

    fn binary(&mut self, b: &syn::ExprBinary) -> Expr {
        let lhs = self.expr(&b.left);
        let rhs = self.expr(&b.right);
        let (op, assign) = bin_op(&b.op);
        if assign { Expr::AssignOp { op, lhs, rhs } } else { Expr::Binary { op, lhs, rhs } }
    }

    fn match_(&mut self, m: &syn::ExprMatch) -> Expr {
        let scrutinee = self.expr(&m.expr);
        let mut arms = Vec::new();
        for a in &m.arms {
            let Some(cfgs) = self.conditions(&a.attrs) else { continue };
            let (pat, guard) = match &a.pat {
                syn::Pat::Guard(g) => (self.pat(&g.pat), self.expr(&g.guard)),
                p => (self.pat(p), ExprId::NONE),
            };
            let body = self.expr(&a.body);
            self.arena.cfgs.extend(cfgs.into_iter().map(|c| (body, c)));
            self.arena.arms.push(Arm { pat, guard, body });
            arms.push(self.arena.arms.len() as u32 - 1);
        }
        Expr::Match { scrutinee, arms: self.list(arms) }
    }

    fn closure(&mut self, c: &syn::ExprClosure) -> Expr {
        let mut params = Vec::new();
        for p in &c.inputs {
            let (pat, ty) = match p {
                syn::Pat::Type(t) => (self.pat(&t.pat), self.ty(&t.ty)),
                p => (self.pat(p), TypeId::NONE),
            };
            params.extend([pat.0, ty.0]);
        }
        let ret = self.return_type(&c.output);
        let body = self.expr(&c.body);
        let params = self.list(params);
        self.arena.closures.push(Closure { params, ret, body, is_async: c.asyncness.is_some(), is_move: c.capture.is_some() });
        Expr::Closure(self.arena.closures.len() as u32 - 1)
    }

    fn struct_(&mut self, s: &syn::ExprStruct) -> ExprId {
        let path: PathId = self.path(&s.path, s.qself.as_ref());
        let mut fields = Vec::new();
        for f in &s.fields {
            let Some(cfgs) = self.conditions(&f.attrs) else { continue };
            let name = self.member(&f.member);
            let value = self.expr(&f.expr);
            self.arena.cfgs.extend(cfgs.into_iter().map(|c| (value, c)));
            fields.extend([name.0, value.0]);
        }
        let fields = self.list(fields);
        let mut rest = self.opt(s.rest.as_deref());
        if rest.is_none() && s.dot2_token.is_some() {
            rest = ExprId(self.arena.exprs.len() as u32);
        }
        let pos = s.path.segments.first().map_or(0, |s| self.pos(s.ident.span()));
        self.push_expr(Expr::Struct { path, fields, rest }, pos)
    }

    /// A block.
    pub(super) fn block(&mut self, b: &syn::Block, kind: BlockKind, label: Sym) -> ExprId {
        let pos = self.pos(b.brace_token.span.open());
        self.stmts(&b.stmts, kind, label, pos)
    }

    /// Statements as a block.
    pub(super) fn stmts(&mut self, stmts: &[syn::Stmt], kind: BlockKind, label: Sym, pos: Pos) -> ExprId {
        let mut out = Vec::new();
        let mut tail = ExprId::NONE;
        for (i, s) in stmts.iter().enumerate() {
            let last = i + 1 == stmts.len();
            match s {
                syn::Stmt::Expr(e, None) if last => {
                    if let Some(id) = self.conditional(e) {
                        tail = id;
                    }
                }
                syn::Stmt::Macro(m) if last && m.semi_token.is_none() => tail = self.stmt_macro(m).unwrap_or(ExprId::NONE),
                s => {
                    if let Some(stmt) = self.stmt(s) {
                        self.arena.stmts.push(stmt);
                        out.push(self.arena.stmts.len() as u32 - 1);
                    }
                }
            }
        }
        let stmts = self.list(out);
        self.push_expr(Expr::Block { kind, stmts, tail, label }, pos)
    }

    fn stmt_macro(&mut self, m: &syn::StmtMacro) -> Option<ExprId> {
        let cfgs = self.conditions(&m.attrs)?;
        let pos = m.mac.path.segments.first().map_or(0, |s| self.pos(s.ident.span()));
        let node = Expr::Macro(self.macro_call(&m.mac));
        let id = self.push_expr(node, pos);
        self.arena.cfgs.extend(cfgs.into_iter().map(|c| (id, c)));
        Some(id)
    }

    fn stmt(&mut self, s: &syn::Stmt) -> Option<Stmt> {
        match s {
            // `;` alone.
            syn::Stmt::Expr(syn::Expr::Verbatim(v), Some(_)) if v.is_empty() => None,
            syn::Stmt::Local(l) => {
                let cfgs = self.conditions(&l.attrs)?;
                let (pat, ty) = match &l.pat {
                    syn::Pat::Type(t) => {
                        let ty = self.ty(&t.ty);
                        (self.pat(&t.pat), ty)
                    }
                    _ => (PatId::NONE, TypeId::NONE),
                };
                let init = self.opt(l.init.as_ref().map(|i| &*i.expr));
                let els = self.opt(l.init.as_ref().and_then(|i| i.diverge.as_ref()).map(|(_, e)| &**e));
                let pat = if pat.is_none() { self.pat(&l.pat) } else { pat };
                self.arena.cfgs.extend(cfgs.into_iter().filter(|_| init.is_some()).map(|c| (init, c)));
                Some(Stmt::Let { pat, ty, init, els })
            }
            syn::Stmt::Item(i) => self.nested_item(i).map(Stmt::Item),
            syn::Stmt::Expr(e, semi) => self.conditional(e).map(|expr| Stmt::Expr { expr, semi: semi.is_some() }),
            syn::Stmt::Macro(m) => self.stmt_macro(m).map(|expr| Stmt::Expr { expr, semi: true }),
        }
    }
}

fn bin_op(op: &syn::BinOp) -> (BinOp, bool) {
    use syn::BinOp as S;
    match op {
        S::Add(_) => (BinOp::Add, false),
        S::Sub(_) => (BinOp::Sub, false),
        S::Mul(_) => (BinOp::Mul, false),
        S::Div(_) => (BinOp::Div, false),
        S::Rem(_) => (BinOp::Rem, false),
        S::And(_) => (BinOp::And, false),
        S::Or(_) => (BinOp::Or, false),
        S::BitXor(_) => (BinOp::BitXor, false),
        S::BitAnd(_) => (BinOp::BitAnd, false),
        S::BitOr(_) => (BinOp::BitOr, false),
        S::Shl(_) => (BinOp::Shl, false),
        S::Shr(_) => (BinOp::Shr, false),
        S::Eq(_) => (BinOp::Eq, false),
        S::Lt(_) => (BinOp::Lt, false),
        S::Le(_) => (BinOp::Le, false),
        S::Ne(_) => (BinOp::Ne, false),
        S::Ge(_) => (BinOp::Ge, false),
        S::Gt(_) => (BinOp::Gt, false),
        S::AddAssign(_) => (BinOp::Add, true),
        S::SubAssign(_) => (BinOp::Sub, true),
        S::MulAssign(_) => (BinOp::Mul, true),
        S::DivAssign(_) => (BinOp::Div, true),
        S::RemAssign(_) => (BinOp::Rem, true),
        S::BitXorAssign(_) => (BinOp::BitXor, true),
        S::BitAndAssign(_) => (BinOp::BitAnd, true),
        S::BitOrAssign(_) => (BinOp::BitOr, true),
        S::ShlAssign(_) => (BinOp::Shl, true),
        _ => (BinOp::Shr, true),
    }
}
