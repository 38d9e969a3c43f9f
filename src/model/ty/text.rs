//! Types as text, with full paths of definition: `core::result::Result<(), std::io::error::Error>`.

use super::{Bound, Ty, TyKind, Types};

/// Nesting beyond which a type is shown as `..`.
const MAX_DEPTH: u32 = 12;

impl Types<'_> {
    /// The type as text; what is not known reads `_`.
    pub fn text(&self, ty: Ty) -> String {
        let mut out = String::new();
        self.write(ty, 0, &mut out);
        out
    }

    fn write(&self, ty: Ty, depth: u32, out: &mut String) {
        if depth > MAX_DEPTH {
            return out.push_str("..");
        }
        match ty.kind() {
            TyKind::Unknown(_) | TyKind::Infer(..) => out.push('_'),
            TyKind::Prim(p) => out.push_str(p.as_str()),
            TyKind::Never => out.push('!'),
            TyKind::Adt(def, args) => {
                out.push_str(&self.defs.path(*def));
                self.list("<", args, ">", depth, out);
            }
            TyKind::FnDef(def, _) => {
                out.push_str("fn ");
                out.push_str(&self.defs.path(*def));
            }
            TyKind::Tuple(args) if args.len() == 1 => {
                self.list("(", args, ",)", depth, out);
            }
            TyKind::Tuple(args) if args.is_empty() => out.push_str("()"),
            TyKind::Tuple(args) => self.list("(", args, ")", depth, out),
            TyKind::Array(t) => self.list("[", &[*t], "; _]", depth, out),
            TyKind::Slice(t) => self.list("[", &[*t], "]", depth, out),
            TyKind::Ref(mutable, t) => self.list(if *mutable { "&mut " } else { "&" }, &[*t], "", depth, out),
            TyKind::Ptr(mutable, t) => self.list(if *mutable { "*mut " } else { "*const " }, &[*t], "", depth, out),
            TyKind::Future(t, _) => self.list("impl core::future::future::Future<Output = ", &[*t], ">", depth, out),
            TyKind::FnPtr(params, ret) => self.function("fn", params, *ret, depth, out),
            TyKind::Closure(_, params, ret) => self.function("closure", params, *ret, depth, out),
            TyKind::Param(owner, idx) => out.push_str(&self.param_name(*owner, *idx)),
            TyKind::Dyn(bounds) => self.bounds("dyn ", bounds, depth, out),
            TyKind::Opaque(def, idx, args) => self.bounds("impl ", &self.opaque_bounds(*def, *idx, args), depth, out),
            TyKind::Proj(tr, args, name) => {
                out.push('<');
                self.write(args[0], depth + 1, out);
                out.push_str(&format!(" as {}>::{}", self.defs.path(*tr), name.as_str()));
            }
        }
    }

    fn list(&self, open: &str, tys: &[Ty], close: &str, depth: u32, out: &mut String) {
        if tys.is_empty() {
            return;
        }
        out.push_str(open);
        for (i, t) in tys.iter().enumerate() {
            out.push_str(if i > 0 { ", " } else { "" });
            self.write(*t, depth + 1, out);
        }
        out.push_str(close);
    }

    fn function(&self, word: &str, params: &[Ty], ret: Ty, depth: u32, out: &mut String) {
        out.push_str(word);
        out.push('(');
        self.list("", params, "", depth, out);
        out.push_str(") -> ");
        self.write(ret, depth + 1, out);
    }

    fn bounds(&self, word: &str, bounds: &[Bound], depth: u32, out: &mut String) {
        out.push_str(word);
        for (i, b) in bounds.iter().enumerate() {
            out.push_str(if i > 0 { " + " } else { "" });
            out.push_str(&self.defs.path(b.def));
            self.list("<", &b.args, ">", depth, out);
        }
    }

    fn param_name(&self, owner: crate::model::ids::DefId, idx: u32) -> String {
        if idx == super::SELF_PARAM {
            return "Self".to_owned();
        }
        let name = self.generics(owner).params.get(idx as usize).map(|p| p.name.as_str().to_owned());
        name.unwrap_or_else(|| format!("impl#{idx}"))
    }
}
