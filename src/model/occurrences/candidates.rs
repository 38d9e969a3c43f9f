//! Values that clippy's typed lints speak of, for comparison.

use crate::facts::{Arena, Expr, ExprId, MacroShape, Pat, Pos, Stmt};
use crate::model::ids::{DefId, FileId};
use crate::model::ty::Types;
use crate::model::typed::{ExprRef, TypedBody};

/// Where a value may be lost or a program end: what clippy's typed lints speak of too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Candidate {
    /// `let _ = value`.
    LetUnderscore,
    /// `value.ok();`
    OkStatement,
    /// `value.unwrap()`.
    Unwrap,
    /// `value.expect(..)`.
    Expect,
    /// `print!` and its like.
    Print,
}

/// A candidate and the type of its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Valued {
    /// The file.
    pub file: FileId,
    /// Byte offset: of the `let`, the method's name, the macro.
    pub pos: Pos,
    /// Which form.
    pub what: Candidate,
    /// The type as text with full paths; `None`: not known.
    pub ty: Option<String>,
}

pub(super) fn of_body(types: &Types<'_>, body: &TypedBody) -> Vec<Valued> {
    let mut out = Vec::new();
    for seg in 0..body.segs.len() as u32 {
        Collector { types, body, seg, out: &mut out }.run();
    }
    out
}

struct Collector<'a> {
    types: &'a Types<'a>,
    body: &'a TypedBody,
    seg: u32,
    out: &'a mut Vec<Valued>,
}

impl Collector<'_> {
    fn run(&mut self) {
        let arena = self.body.arena(self.seg);
        arena.stmts.iter().for_each(|stmt| self.stmt(arena, stmt));
        arena.exprs.iter().for_each(|e| self.expr(arena, e));
    }

    fn stmt(&mut self, arena: &Arena, stmt: &Stmt) {
        match *stmt {
            Stmt::Let { pat, init, .. } if init.is_some() && matches!(arena.pats[pat.idx()], Pat::Wild) => {
                self.push(arena.pat_pos[pat.idx()], Candidate::LetUnderscore, self.ty(init));
            }
            Stmt::Expr { expr, semi: true } => {
                if let Expr::MethodCall { recv, seg, .. } = arena.exprs[expr.idx()]
                    && self.body.str(self.seg, arena.segs[seg.idx()].name) == "ok"
                {
                    self.push(arena.seg_pos[seg.idx()], Candidate::OkStatement, self.ty(recv));
                }
            }
            _ => {}
        }
    }

    fn expr(&mut self, arena: &Arena, e: &Expr) {
        match *e {
            Expr::MethodCall { recv, seg, .. } => {
                let what = match self.body.str(self.seg, arena.segs[seg.idx()].name) {
                    "unwrap" => Candidate::Unwrap,
                    "expect" => Candidate::Expect,
                    _ => return,
                };
                self.push(arena.seg_pos[seg.idx()], what, self.ty(recv));
            }
            Expr::Macro(m) => {
                let call = &arena.macros[m.idx()];
                let last = arena.segs_of(call.path).last().map(|s| self.body.str(self.seg, s.name));
                if matches!(last, Some("print" | "println" | "eprint" | "eprintln" | "dbg")) && !matches!(call.shape, MacroShape::Raw) {
                    let named = self.body.segs[self.seg as usize].macros.get(&m).and_then(|t| t.def);
                    let crate_of = |d: DefId| self.types.defs.krate(d.krate).name;
                    let own = named.is_some_and(|d| matches!(crate_of(d).as_str(), "std" | "core" | "alloc"));
                    let pos = arena.seg_pos[arena.paths[call.path.idx()].first_seg as usize];
                    self.push(pos, Candidate::Print, own.then(|| "()".to_owned()));
                }
            }
            _ => {}
        }
    }

    /// Adds one if it is written in the file.
    fn push(&mut self, pos: Pos, what: Candidate, ty: Option<String>) {
        if let Some(pos) = self.body.written(self.seg, pos) {
            self.out.push(Valued { file: self.body.file, pos, what, ty });
        }
    }

    fn ty(&self, id: ExprId) -> Option<String> {
        let ty = self.body.ty(ExprRef { seg: self.seg, id });
        ty.cause().is_none().then(|| self.types.text(ty))
    }
}
