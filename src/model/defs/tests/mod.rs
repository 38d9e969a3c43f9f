//! The link and path resolution, on crates given as text.

mod crates;
mod macros;
mod names;
mod scopes;

use super::*;
use crate::discover::TargetKind;

/// A small core: enough of a prelude, macros and derives for the tests.
pub(super) const CORE: SourceCrate<'static> = SourceCrate {
    name: "core",
    edition: 2024,
    kind: TargetKind::Lib,
    member: false,
    deps: &[],
    files: &[(
        "lib.rs",
        "#![no_core]
        #[prelude_import] use prelude::rust_2024::*;
        pub mod option { pub enum Option<T> { None, Some(T) } impl<T> Option<T> { pub fn is_some(&self) -> bool { true } } }
        pub mod clone { pub trait Clone { fn clone(&self) -> Self; } #[rustc_builtin_macro] pub macro Clone($item:item) { } }
        pub mod convert { pub trait Into<T> { fn into(self) -> T; } pub trait From<T> { fn from(t: T) -> Self; } impl<T, U: From<T>> Into<U> for T { fn into(self) -> U { loop {} } } }
        pub mod str { impl str { pub fn len(&self) -> usize { 0 } } }
        pub mod u32 { pub const MAX: u32 = 0; }
        pub mod num { impl u32 { pub const MIN: u32 = 0; pub fn pow(self) -> u32 { self } } }
        pub mod prelude {
            pub mod v1 { pub use crate::option::Option::{self, None, Some}; pub use crate::clone::Clone; pub use crate::convert::Into; }
            pub mod rust_2015 { pub use super::v1::*; }
            pub mod rust_2018 { pub use super::v1::*; }
            pub mod rust_2021 { pub use super::v1::*; pub use crate::convert::From; }
            pub mod rust_2024 { pub use super::v1::*; pub use crate::convert::From; }
        }
        #[macro_export] macro_rules! panic { ($($t:tt)*) => { $crate::panicking!($($t)*) } }",
    )],
};

/// A std that shows core.
pub(super) const STD: SourceCrate<'static> = SourceCrate {
    name: "std",
    edition: 2024,
    kind: TargetKind::Lib,
    member: false,
    deps: &[("core", "core")],
    files: &[(
        "lib.rs",
        "pub use core::{option, clone, convert, prelude, str, u32, panic};
        pub mod io { pub struct Error; pub type Result<T> = core::option::Option<T>; }
        #[macro_export] macro_rules! println { ($($t:tt)*) => {} }",
    )],
};

/// A member library on [`CORE`] and [`STD`].
pub(super) fn lib(files: &[(&str, &str)]) -> Defs {
    Defs::from_sources(&[CORE, STD, member("app", files)])
}

/// A member.
pub(super) fn member<'a>(name: &'a str, files: &'a [(&'a str, &'a str)]) -> SourceCrate<'a> {
    SourceCrate { name, edition: 2021, kind: TargetKind::Lib, member: true, deps: &[], files }
}

/// A dependency.
pub(super) fn dep<'a>(name: &'a str, files: &'a [(&'a str, &'a str)]) -> SourceCrate<'a> {
    SourceCrate { name, edition: 2021, kind: TargetKind::Lib, member: false, deps: &[], files }
}

/// What `path` names in a module (`a::b`, empty: the root) of a crate: the path of the definition, and what is left over.
pub(super) fn at(defs: &Defs, krate: &str, module: &str, path: &str, ns: Ns) -> String {
    let modules = defs.lookup(krate, module);
    let module = modules.into_iter().find(|d| defs.def(*d).kind == DefKind::Mod).expect("a module");
    show(defs, Scope { module, owner: None }, path, ns)
}

/// What `path` names in a scope.
pub(super) fn show(defs: &Defs, scope: Scope, path: &str, ns: Ns) -> String {
    let global = path.starts_with("::");
    let names: Vec<Name> = path.trim_start_matches("::").split("::").map(Name::new).collect();
    let root = if global { PathRoot::Global } else { PathRoot::Plain };
    let found = defs.view().path(scope, &names, root, ns);
    let rest: Vec<&str> = names[found.consumed as usize..].iter().map(|n| n.as_str()).collect();
    let rest = if rest.is_empty() { String::new() } else { format!(" + {}", rest.join("::")) };
    match found.res {
        Res::Def(d) => format!("{}{rest}", defs.path(d)),
        Res::Prim(p) => format!("{}{rest}", p.as_str()),
        Res::SelfTy(d) => format!("Self({:?}){rest}", defs.def(d).kind),
        Res::Param(d, i) => format!("{}#{i}{rest}", defs.path(d)),
        Res::Unknown(c) => format!("?{}{rest}", c.as_str()),
    }
}

/// Unbound imports of all members, as `place: path`.
pub(super) fn unbound(defs: &Defs) -> Vec<String> {
    let mut out = Vec::new();
    for c in defs.members() {
        for leaf in defs.imports(c.id).into_iter().filter(|l| l.unbound.is_some()) {
            let arena = &defs.facts(leaf.file).interface.arena;
            let path: Vec<&str> = arena.segs_of(leaf.path).iter().map(|s| defs.name(leaf.file, s.name).as_str()).collect();
            out.push(format!("{}: {}", defs.path(leaf.module), path.join("::")));
        }
    }
    out
}
