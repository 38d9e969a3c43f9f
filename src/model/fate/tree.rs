//! The tree of a body turned upside down: for each expression its parent and the place it has there; for each local its source and its uses. Expansions hang
//! below their invocation, so that a value that leaves a macro is followed into the code around it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{Arena, Expr, ExprId, List, MacroShape, Pat, PatId, Stmt};
use crate::model::ty::{Ty, TyKind};
use crate::model::typed::{ExprRef, PathTarget, SegSource, TypedBody};

/// The place an expression has in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The body itself.
    Root,
    /// Receiver of a method call.
    Recv,
    /// The thing called.
    Callee,
    /// Argument of a call or method call.
    Arg(u32),
    /// Operand of `?`, `.await`, `&`, `*`, an operator, a field access, an index, a cast.
    Operand,
    /// Expression statement whose value is dropped.
    Semi,
    /// Value of a block.
    Tail,
    /// Initialiser of a `let`: index in the arena's statements.
    Init(u32),
    /// `else` of a `let`.
    LetElse,
    /// Condition of `if` or `while`.
    Cond,
    /// Branch of an `if`.
    Branch,
    /// Scrutinee of `match`, or of `let` in a condition.
    Scrutinee,
    /// Value of a match arm: index in the arena's arms.
    Arm(u32),
    /// Guard of a match arm.
    Guard,
    /// Body of a loop.
    LoopBody,
    /// What a `for` runs over.
    Iter,
    /// Value of `return`.
    Return,
    /// Value of `break` or `yield`.
    Break,
    /// Body of a closure.
    Closure,
    /// Element of a tuple.
    Elem(u32),
    /// Element of an array, field of a struct literal, bound of a range.
    Part,
    /// Left side of an assignment.
    Lhs,
    /// Right side of an assignment.
    Rhs,
    /// Argument of a macro that is read through its shape.
    MacroArg(u32),
    /// A future of `select!`: index among the branches.
    SelectFuture(u32),
    /// Root of an expansion.
    Expansion,
}

/// Where the value bound by a pattern comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A parameter of the function.
    Param,
    /// A parameter of the closure.
    ClosureParam(ExprRef),
    /// (Part of) the value of an expression.
    Expr(ExprRef),
    /// An item of an iterator.
    Items(ExprRef),
    /// `let x;`
    Later,
}

/// Parents, sources and uses of one body.
pub(crate) struct Tree {
    parents: Vec<Vec<(ExprRef, Slot)>>,
    /// Source of each identifier pattern, and whether the pattern is the whole of what is bound (`let x = ..`).
    pub(crate) sources: FxHashMap<(u32, PatId), (Source, bool)>,
    /// Uses of each local.
    pub(crate) uses: FxHashMap<(u32, PatId), Vec<ExprRef>>,
    /// Words of macro invocations that could not be read: what is named there is used.
    pub(crate) unread: FxHashSet<Box<str>>,
}

const NONE: ExprRef = ExprRef { seg: u32::MAX, id: ExprId::NONE };

impl Tree {
    pub(crate) fn of(body: &TypedBody) -> Tree {
        let parents = body.segs.iter().map(|s| vec![(NONE, Slot::Root); s.exprs.len()]).collect();
        let mut tree = Tree { parents, sources: FxHashMap::default(), uses: FxHashMap::default(), unread: FxHashSet::default() };
        for &p in &body.facts.bodies[body.body.idx()].params {
            tree.bind(body, 0, p, Source::Param, true);
        }
        for seg in 0..body.segs.len() as u32 {
            tree.segment(body, seg);
        }
        tree
    }

    /// The parent of an expression and the place it has there; `None` for the root.
    pub(crate) fn parent(&self, e: ExprRef) -> Option<(ExprRef, Slot)> {
        let &(parent, slot) = self.parents[e.seg as usize].get(e.id.idx())?;
        parent.id.is_some().then_some((parent, slot))
    }

    /// Ancestors, nearest first, each with the place its child has in it.
    pub(crate) fn ancestors(&self, e: ExprRef) -> impl Iterator<Item = (ExprRef, Slot)> + '_ {
        std::iter::successors(self.parent(e), |(p, _)| self.parent(*p))
    }

    fn put(&mut self, seg: u32, child: ExprId, parent: ExprId, slot: Slot) {
        if child.is_some() {
            self.parents[seg as usize][child.idx()] = (ExprRef { seg, id: parent }, slot);
        }
    }

    fn segment(&mut self, body: &TypedBody, seg: u32) {
        let arena = body.arena(seg);
        if let SegSource::Expansion { call, .. } = &body.segs[seg as usize].source {
            let outer = body.arena(call.0);
            let at = outer.exprs.iter().position(|e| matches!(e, Expr::Macro(m) if *m == call.1));
            if let Some(at) = at {
                let root = body.root_of(seg).id;
                if root.is_some() {
                    self.parents[seg as usize][root.idx()] = (ExprRef { seg: call.0, id: ExprId(at as u32) }, Slot::Expansion);
                }
            }
        }
        for i in 0..arena.exprs.len() {
            self.node(body, arena, seg, ExprId(i as u32));
        }
    }

    fn node(&mut self, body: &TypedBody, arena: &Arena, seg: u32, id: ExprId) {
        match arena.exprs[id.idx()] {
            Expr::Lit(_) | Expr::Continue { .. } | Expr::Underscore | Expr::Unread => {}
            Expr::Path(p) => {
                if let Some(PathTarget::Local(s, pat)) = body.segs[seg as usize].paths.get(&p) {
                    self.uses.entry((*s, *pat)).or_default().push(ExprRef { seg, id });
                }
            }
            Expr::Call { callee, args } => {
                self.put(seg, callee, id, Slot::Callee);
                self.args(arena, seg, args, id);
            }
            Expr::MethodCall { recv, args, .. } => {
                self.put(seg, recv, id, Slot::Recv);
                self.args(arena, seg, args, id);
            }
            Expr::Field { base: e, .. }
            | Expr::Unary { operand: e, .. }
            | Expr::Ref { operand: e, .. }
            | Expr::Cast { operand: e, .. }
            | Expr::Try(e)
            | Expr::Await(e) => self.put(seg, e, id, Slot::Operand),
            Expr::Index { base: a, index: b } | Expr::Binary { lhs: a, rhs: b, .. } | Expr::AssignOp { lhs: a, rhs: b, .. } => {
                self.put(seg, a, id, Slot::Operand);
                self.put(seg, b, id, Slot::Operand);
            }
            Expr::Assign { lhs, rhs } => {
                self.put(seg, lhs, id, Slot::Lhs);
                self.put(seg, rhs, id, Slot::Rhs);
            }
            Expr::Block { stmts, tail, .. } => self.block(body, arena, seg, id, stmts, tail),
            Expr::If { cond, then, els } => {
                self.put(seg, cond, id, Slot::Cond);
                self.put(seg, then, id, Slot::Branch);
                self.put(seg, els, id, Slot::Branch);
            }
            Expr::Let { pat, scrutinee } => {
                self.put(seg, scrutinee, id, Slot::Scrutinee);
                self.bind(body, seg, pat, Source::Expr(ExprRef { seg, id: scrutinee }), false);
            }
            Expr::Match { scrutinee, arms } => {
                self.put(seg, scrutinee, id, Slot::Scrutinee);
                for &a in arena.list(arms) {
                    let arm = arena.arms[a as usize];
                    self.put(seg, arm.body, id, Slot::Arm(a));
                    self.put(seg, arm.guard, id, Slot::Guard);
                    self.bind(body, seg, arm.pat, Source::Expr(ExprRef { seg, id: scrutinee }), false);
                }
            }
            Expr::While { cond, body: b, .. } => {
                self.put(seg, cond, id, Slot::Cond);
                self.put(seg, b, id, Slot::LoopBody);
            }
            Expr::Loop { body: b, .. } => self.put(seg, b, id, Slot::LoopBody),
            Expr::For { parts, .. } => {
                if let [pat, iter, b] = *arena.list(parts) {
                    self.put(seg, ExprId(iter), id, Slot::Iter);
                    self.put(seg, ExprId(b), id, Slot::LoopBody);
                    self.bind(body, seg, PatId(pat), Source::Items(ExprRef { seg, id: ExprId(iter) }), false);
                }
            }
            Expr::Break { value, .. } | Expr::Yield(value) => self.put(seg, value, id, Slot::Break),
            Expr::Return(value) => self.put(seg, value, id, Slot::Return),
            Expr::Closure(n) => {
                let closure = arena.closures[n as usize];
                self.put(seg, closure.body, id, Slot::Closure);
                for pair in arena.list(closure.params).chunks_exact(2) {
                    self.bind(body, seg, PatId(pair[0]), Source::ClosureParam(ExprRef { seg, id }), false);
                }
            }
            Expr::Tuple(list) => {
                for (i, e) in arena.exprs_of(list).enumerate() {
                    self.put(seg, e, id, Slot::Elem(i as u32));
                }
            }
            Expr::Array(list) => arena.exprs_of(list).for_each(|e| self.put(seg, e, id, Slot::Part)),
            Expr::Repeat { elem, len } => {
                self.put(seg, elem, id, Slot::Part);
                self.put(seg, len, id, Slot::Part);
            }
            Expr::Struct { fields, rest, .. } => {
                for pair in arena.list(fields).chunks_exact(2) {
                    self.put(seg, ExprId(pair[1]), id, Slot::Part);
                }
                if rest != id {
                    self.put(seg, rest, id, Slot::Part);
                }
            }
            Expr::Range { lo, hi, .. } => {
                self.put(seg, lo, id, Slot::Part);
                self.put(seg, hi, id, Slot::Part);
            }
            Expr::Macro(m) => {
                let call = &arena.macros[m.idx()];
                let expanded = body.segs[seg as usize].macros.get(&m).is_some_and(|t| t.expansion.is_some());
                if matches!(call.shape, MacroShape::Raw) && !expanded && call.tokens.is_some() {
                    self.unread.extend(words(body.str(seg, call.tokens)).map(Box::from));
                }
                self.macro_(body, arena, seg, id, &call.shape);
            }
        }
    }

    fn args(&mut self, arena: &Arena, seg: u32, args: List, parent: ExprId) {
        for (i, e) in arena.exprs_of(args).enumerate() {
            self.put(seg, e, parent, Slot::Arg(i as u32));
        }
    }

    fn block(&mut self, body: &TypedBody, arena: &Arena, seg: u32, id: ExprId, stmts: List, tail: ExprId) {
        self.put(seg, tail, id, Slot::Tail);
        for &s in arena.list(stmts) {
            match arena.stmts[s as usize] {
                Stmt::Let { pat, init, els, .. } => {
                    self.put(seg, init, id, Slot::Init(s));
                    self.put(seg, els, id, Slot::LetElse);
                    let source = if init.is_some() { Source::Expr(ExprRef { seg, id: init }) } else { Source::Later };
                    self.bind(body, seg, pat, source, init.is_some());
                }
                // A block that stands there without a semicolon and has a value: other `cfg`s take away what stands after it.
                Stmt::Expr { expr, semi: false } if is_value(body.segs[seg as usize].exprs[expr.idx()]) => {
                    self.put(seg, expr, id, Slot::Tail);
                }
                Stmt::Expr { expr, .. } => self.put(seg, expr, id, Slot::Semi),
                Stmt::Item(_) => {}
            }
        }
    }

    fn macro_(&mut self, body: &TypedBody, arena: &Arena, seg: u32, id: ExprId, shape: &MacroShape) {
        let mut at = 0;
        let mut arg = |this: &mut Self, e: ExprId| {
            this.put(seg, e, id, Slot::MacroArg(at));
            at += 1;
        };
        match shape {
            MacroShape::Raw => {}
            MacroShape::Format { args, captures, .. } => {
                arena.exprs_of(*args).chain(arena.exprs_of(*captures)).for_each(|e| arg(self, e));
            }
            MacroShape::Exprs(list) => arena.exprs_of(*list).for_each(|e| arg(self, e)),
            MacroShape::Repeat { elem, len } => {
                arg(self, *elem);
                arg(self, *len);
            }
            MacroShape::Matches { scrutinee, pat, guard } => {
                self.put(seg, *scrutinee, id, Slot::Scrutinee);
                self.put(seg, *guard, id, Slot::Guard);
                self.bind(body, seg, *pat, Source::Expr(ExprRef { seg, id: *scrutinee }), false);
            }
            MacroShape::Select { futures, arms, els } => {
                for (i, (f, &a)) in arena.exprs_of(*futures).zip(arena.list(*arms)).enumerate() {
                    let arm = arena.arms[a as usize];
                    self.put(seg, f, id, Slot::SelectFuture(i as u32));
                    self.put(seg, arm.guard, id, Slot::Guard);
                    self.put(seg, arm.body, id, Slot::Arm(a));
                    self.bind(body, seg, arm.pat, Source::Expr(ExprRef { seg, id: f }), false);
                }
                self.put(seg, *els, id, Slot::Branch);
            }
            MacroShape::Event { fields, captures, args, .. } => {
                for pair in arena.list(*fields).chunks_exact(2) {
                    arg(self, ExprId(pair[1]));
                }
                arena.exprs_of(*captures).chain(arena.exprs_of(*args)).for_each(|e| arg(self, e));
            }
        }
    }

    /// Records the source of every identifier in a pattern.
    fn bind(&mut self, body: &TypedBody, seg: u32, pat: PatId, source: Source, whole: bool) {
        let arena = body.arena(seg);
        if pat.is_some()
            && let (Pat::Tuple(pats), Source::Expr(value)) = (arena.pats[pat.idx()], source)
            && let Some(elements) = elements(body.arena(value.seg), value.id, arena.pats_of(pats).count())
        {
            let parts: Vec<PatId> = arena.pats_of(pats).collect();
            for (part, id) in parts.into_iter().zip(elements) {
                self.bind(body, seg, part, Source::Expr(ExprRef { seg: value.seg, id }), false);
            }
            return;
        }
        let mut work = vec![(pat, whole)];
        while let Some((p, whole)) = work.pop() {
            if p.is_none() {
                continue;
            }
            match arena.pats[p.idx()] {
                Pat::Ident { sub, .. } => {
                    self.sources.insert((seg, p), (source, whole));
                    work.push((sub, false));
                }
                Pat::Type { pat, .. } => work.push((pat, whole)),
                Pat::Ref { inner, .. } => work.push((inner, whole)),
                Pat::TupleStruct { pats, .. } | Pat::Tuple(pats) | Pat::Slice(pats) | Pat::Or(pats) => {
                    work.extend(arena.pats_of(pats).map(|p| (p, false)));
                }
                Pat::Struct { fields, .. } => work.extend(arena.list(fields).chunks_exact(2).map(|f| (PatId(f[1]), false))),
                _ => {}
            }
        }
    }
}

/// What a value of so many parts is put together from, part by part: `(a, b)`, `join!(a, b)`.
fn elements(arena: &Arena, value: ExprId, len: usize) -> Option<Vec<ExprId>> {
    let parts: Vec<ExprId> = match arena.exprs[value.idx()] {
        Expr::Tuple(list) => arena.exprs_of(list).collect(),
        Expr::Macro(m) => match &arena.macros[m.idx()].shape {
            MacroShape::Exprs(list) => arena.exprs_of(*list).collect(),
            _ => return None,
        },
        _ => return None,
    };
    (parts.len() == len).then_some(parts)
}

/// Whether a type is known and holds more than `()`.
fn is_value(ty: Ty) -> bool {
    ty.cause().is_none() && !matches!(ty.kind(), TyKind::Never) && !matches!(ty.kind(), TyKind::Tuple(parts) if parts.is_empty())
}

/// Identifiers in a text of tokens.
fn words(tokens: &str) -> impl Iterator<Item = &str> {
    tokens.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Children of an expression in one arena, arguments of macros included.
pub(crate) fn children(arena: &Arena, id: ExprId, out: &mut Vec<ExprId>) {
    match arena.exprs[id.idx()] {
        Expr::Lit(_) | Expr::Continue { .. } | Expr::Underscore | Expr::Unread | Expr::Path(_) => {}
        Expr::Call { callee, args } => {
            out.push(callee);
            out.extend(arena.exprs_of(args));
        }
        Expr::MethodCall { recv, args, .. } => {
            out.push(recv);
            out.extend(arena.exprs_of(args));
        }
        Expr::Field { base: e, .. }
        | Expr::Unary { operand: e, .. }
        | Expr::Ref { operand: e, .. }
        | Expr::Cast { operand: e, .. }
        | Expr::Try(e)
        | Expr::Await(e)
        | Expr::Let { scrutinee: e, .. }
        | Expr::Loop { body: e, .. }
        | Expr::Break { value: e, .. }
        | Expr::Yield(e)
        | Expr::Return(e) => out.push(e),
        Expr::Index { base: a, index: b }
        | Expr::Binary { lhs: a, rhs: b, .. }
        | Expr::AssignOp { lhs: a, rhs: b, .. }
        | Expr::Assign { lhs: a, rhs: b }
        | Expr::While { cond: a, body: b, .. }
        | Expr::Repeat { elem: a, len: b }
        | Expr::Range { lo: a, hi: b, .. } => out.extend([a, b]),
        Expr::Block { stmts, tail, .. } => {
            for &s in arena.list(stmts) {
                match arena.stmts[s as usize] {
                    Stmt::Let { init, els, .. } => out.extend([init, els]),
                    Stmt::Expr { expr, .. } => out.push(expr),
                    Stmt::Item(_) => {}
                }
            }
            out.push(tail);
        }
        Expr::If { cond, then, els } => out.extend([cond, then, els]),
        Expr::Match { scrutinee, arms } => {
            out.push(scrutinee);
            for &a in arena.list(arms) {
                let arm = arena.arms[a as usize];
                out.extend([arm.guard, arm.body]);
            }
        }
        Expr::For { parts, .. } => {
            if let [_, iter, body] = *arena.list(parts) {
                out.extend([ExprId(iter), ExprId(body)]);
            }
        }
        Expr::Closure(n) => out.push(arena.closures[n as usize].body),
        Expr::Tuple(list) | Expr::Array(list) => out.extend(arena.exprs_of(list)),
        Expr::Struct { fields, rest, .. } => {
            out.extend(arena.list(fields).chunks_exact(2).map(|f| ExprId(f[1])));
            if rest != id {
                out.push(rest);
            }
        }
        Expr::Macro(m) => macro_children(arena, &arena.macros[m.idx()].shape, out),
    }
    out.retain(|e| e.is_some());
}

fn macro_children(arena: &Arena, shape: &MacroShape, out: &mut Vec<ExprId>) {
    match shape {
        MacroShape::Raw => {}
        MacroShape::Format { args, captures, .. } => out.extend(arena.exprs_of(*args).chain(arena.exprs_of(*captures))),
        MacroShape::Exprs(list) => out.extend(arena.exprs_of(*list)),
        MacroShape::Repeat { elem, len } => out.extend([*elem, *len]),
        MacroShape::Matches { scrutinee, guard, .. } => out.extend([*scrutinee, *guard]),
        MacroShape::Select { futures, arms, els } => {
            out.extend(arena.exprs_of(*futures));
            for &a in arena.list(*arms) {
                let arm = arena.arms[a as usize];
                out.extend([arm.guard, arm.body]);
            }
            out.push(*els);
        }
        MacroShape::Event { fields, captures, args, .. } => {
            out.extend(arena.list(*fields).chunks_exact(2).map(|f| ExprId(f[1])));
            out.extend(arena.exprs_of(*captures).chain(arena.exprs_of(*args)));
        }
    }
}
