//! What tells that the failure of a call is of little weight: what it is given, and what comes after it.

use super::trace::Tracer;
use super::tree::{Slot, Source};
use crate::facts::{Expr, ExprId, Lit, MacroShape, PatId};
use crate::model::effects::Effects;
use crate::model::ids::{DefId, DefKind};
use crate::model::typed::{ExprRef, PathTarget};

const MAX_DEPTH: u32 = 24;
/// Commands that tell what machine and system this is.
const TELLS_OF_MACHINE: &[&str] = &["uname", "lsb_release", "hostname", "sw_vers", "arch", "nproc", "getconf"];
/// Where the kernel tells of itself: what is found there differs from machine to machine.
const KERNEL_FOLDERS: &[&str] = &["/proc/", "/sys/"];
/// Files in which a control group (a container) tells its limits and what it uses, of either version.
const CONTROL_FILES: &[&str] = &[
    "memory.max",
    "memory.current",
    "memory.stat",
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "cpu.max",
    "cpu.stat",
    "cpu.cfs_quota_us",
    "cpu.cfs_period_us",
];
/// Methods that write to a connection as it is; what a client sends by its own methods is no farewell.
const WRITES: &[&str] = &["write", "write_all", "write_buf", "flush"];
/// Methods that end a connection.
const ENDS: &[&str] = &["shutdown", "close"];

impl Tracer<'_> {
    /// A call with arguments, all of them constant, or one of them a place where the kernel tells of itself; the run of a command that tells of this machine.
    pub(super) fn is_constant_call(&self, e: ExprRef) -> bool {
        let arena = self.body.arena(e.seg);
        if let Expr::MethodCall { recv, .. } = self.node(e) {
            return self.any_below(ExprRef { seg: e.seg, id: recv }, &|e| match self.node(e) {
                Expr::Lit(Lit::Str(text)) => TELLS_OF_MACHINE.contains(&self.body.str(e.seg, text)),
                _ => false,
            });
        }
        let Expr::Call { args, .. } = self.node(e) else { return false };
        let args: Vec<ExprRef> = arena.exprs_of(args).map(|id| ExprRef { seg: e.seg, id }).collect();
        !args.is_empty() && args.iter().all(|&a| self.is_constant_value(a, 0)) || args.iter().any(|&a| self.is_kernel_path(a, 0))
    }

    /// A literal or a constant, also borrowed, as a path, joined to another, under a name.
    fn is_constant_value(&self, e: ExprRef, depth: u32) -> bool {
        let arena = self.body.arena(e.seg);
        let at = |id: ExprId| depth < MAX_DEPTH && self.is_constant_value(ExprRef { seg: e.seg, id }, depth + 1);
        match self.node(e) {
            Expr::Lit(_) => true,
            Expr::Ref { operand, .. } => at(operand),
            Expr::Call { callee: _, args } => {
                let named = self.body.callee(e).and_then(|c| c.def).map(|def| self.cx.defs.path(def));
                matches!(named.as_deref(), Some("std::path::Path::new")) && arena.exprs_of(args).all(at)
            }
            Expr::MethodCall { recv, args, .. } if self.name_of_method(e) == "join" => at(recv) && arena.exprs_of(args).all(at),
            Expr::Path(p) => match self.body.segs[e.seg as usize].paths.get(&p) {
                Some(PathTarget::Def(def)) => matches!(self.cx.defs.def(*def).kind, DefKind::Const | DefKind::Static),
                Some(PathTarget::Local(seg, pat)) => match self.tree.sources.get(&(*seg, *pat)) {
                    Some(&(Source::Expr(init), true)) => depth < MAX_DEPTH && self.is_constant_value(init, depth + 1),
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        }
    }

    /// A path to what the kernel tells: `"/proc/cpuinfo"`, `format!("/proc/{pid}/stat")`, `root.join("memory.max")`.
    fn is_kernel_path(&self, e: ExprRef, depth: u32) -> bool {
        let is_kernels = |text: &str| KERNEL_FOLDERS.iter().any(|folder| text.starts_with(folder)) || CONTROL_FILES.contains(&text);
        let named = |e: ExprRef| match self.node(e) {
            Expr::Lit(Lit::Str(text)) => is_kernels(self.body.str(e.seg, text)),
            Expr::Macro(m) => match &self.body.arena(e.seg).macros[m.idx()].shape {
                MacroShape::Format { template, .. } => template.get().is_some_and(|text| is_kernels(self.body.str(e.seg, text))),
                _ => false,
            },
            _ => false,
        };
        let path = match self.node(e) {
            Expr::Ref { operand, .. } => ExprRef { seg: e.seg, id: operand },
            _ => e,
        };
        match self.node(path) {
            Expr::Path(p) => match self.body.segs[path.seg as usize].paths.get(&p) {
                Some(PathTarget::Local(seg, pat)) => match self.tree.sources.get(&(*seg, *pat)) {
                    Some(&(Source::Expr(init), true)) => depth < MAX_DEPTH && self.is_kernel_path(init, depth + 1),
                    _ => false,
                },
                _ => false,
            },
            _ => self.any_below(path, &named),
        }
    }

    /// Whether a call of a dependency's is the last that a connection hears: it sends a message that says so, or the next step ends the connection.
    pub(super) fn says_farewell(&self, e: ExprRef) -> bool {
        self.method_argument(e, 0).is_some_and(|sent| self.is_close_message(sent)) || self.is_last_before_end(e)
    }

    /// `Message::Close(..)`: the variant `Close` of a dependency's enum of messages or frames.
    fn is_close_message(&self, e: ExprRef) -> bool {
        let path = match self.node(e) {
            Expr::Call { callee, .. } => self.node(ExprRef { seg: e.seg, id: callee }),
            node => node,
        };
        let Expr::Path(p) = path else { return false };
        let Some(PathTarget::Def(variant)) = self.body.segs[e.seg as usize].paths.get(&p) else { return false };
        let defs = self.cx.defs;
        let is_message = |of: DefId| matches!(defs.def(of).name.as_str(), "Message" | "Frame") && !defs.krate(of.krate).member;
        defs.def(*variant).kind == DefKind::Variant
            && defs.def(*variant).name.as_str() == "Close"
            && defs.parent(*variant).is_some_and(is_message)
    }

    /// `let _ = socket.write_all(refusal).await;` right before `socket.shutdown()`.
    fn is_last_before_end(&self, e: ExprRef) -> bool {
        let Some(connection) = self.called_on(e) else { return false };
        let writes = self.body.callee(e).filter(|_| WRITES.contains(&self.name_of_method(e))).is_some_and(|callee| {
            let effects = callee.def.map(|def| self.cx.known.effects(self.cx.defs, def, callee.trait_method, callee.recv));
            effects.is_some_and(|effects| effects.any(Effects::NET | Effects::STREAM) && !effects.any(Effects::FS))
        });
        let mut child = e;
        for (parent, slot) in self.tree.ancestors(e) {
            match slot {
                Slot::Operand | Slot::Recv => child = parent,
                Slot::Semi | Slot::Init(_) => {
                    let next = self.following(parent, child).first().copied();
                    return writes && next.is_some_and(|next| self.ends(next, connection));
                }
                _ => return false,
            }
        }
        false
    }

    /// Whether a step ends a connection.
    fn ends(&self, step: ExprRef, connection: (u32, PatId)) -> bool {
        let inside = |id: ExprId| self.ends(ExprRef { seg: step.seg, id }, connection);
        match self.node(step) {
            Expr::Await(x) | Expr::Try(x) => inside(x),
            Expr::MethodCall { recv, .. } => {
                ENDS.contains(&self.name_of_method(step)) && self.called_on(step) == Some(connection) || inside(recv)
            }
            _ => false,
        }
    }

    /// The local that a method is called on.
    fn called_on(&self, e: ExprRef) -> Option<(u32, PatId)> {
        let Expr::MethodCall { recv, .. } = self.node(e) else { return None };
        let Expr::Path(p) = self.node(ExprRef { seg: e.seg, id: recv }) else { return None };
        match self.body.segs[e.seg as usize].paths.get(&p)? {
            PathTarget::Local(seg, pat) => Some((*seg, *pat)),
            _ => None,
        }
    }
}
