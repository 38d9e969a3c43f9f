//! Identities: names, crates, files, definitions. All are small copies; their numeric order never reaches any output.

use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

/// An interned string, process-wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

struct Interner {
    map: RwLock<HashMap<&'static str, u32, rustc_hash::FxBuildHasher>>,
    strings: RwLock<Vec<&'static str>>,
}

static INTERNER: LazyLock<Interner> = LazyLock::new(|| {
    let it = Interner { map: RwLock::default(), strings: RwLock::default() };
    for s in kw::ALL {
        it.add(s);
    }
    it
});

impl Interner {
    fn add(&self, s: &str) -> u32 {
        let mut map = self.map.write().expect("no panic while the lock is held");
        if let Some(&id) = map.get(s) {
            return id;
        }
        // Strings live as long as the process: the table is shared by all threads and a run interns each name once.
        let leaked: &'static str = Box::leak(s.to_owned().into_boxed_str());
        let mut strings = self.strings.write().expect("no panic while the lock is held");
        let id = strings.len() as u32;
        strings.push(leaked);
        map.insert(leaked, id);
        id
    }
}

impl Name {
    /// Interns a string.
    pub fn new(s: &str) -> Name {
        if let Some(&id) = INTERNER.map.read().expect("no panic while the lock is held").get(s) {
            return Name(id);
        }
        Name(INTERNER.add(s))
    }
    /// The string.
    pub fn as_str(self) -> &'static str {
        INTERNER.strings.read().expect("no panic while the lock is held")[self.0 as usize]
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names known at compile time, interned first and in this order.
pub mod kw {
    use super::Name;
    macro_rules! names { ($($id:ident = $s:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Index { $($id,)* }
        $(#[doc = $s] pub const $id: Name = Name(Index::$id as u32);)*
        pub(super) const ALL: &[&str] = &[$($s,)*];
    } }
    names! {
        EMPTY = ""; SELF_VALUE = "self"; SELF_TYPE = "Self"; CRATE = "crate"; SUPER = "super"; DOLLAR_CRATE = "$crate"; UNDERSCORE = "_";
        STD = "std"; CORE = "core"; ALLOC = "alloc"; MAIN = "main"; PRELUDE = "prelude"; OUTPUT = "Output"; ITEM = "Item"; TARGET = "Target";
        INTO_ITER = "IntoIter"; OK = "Ok"; ERR = "Err"; SOME = "Some"; NONE = "None"; NEW = "new"; DEFAULT = "default"; CLONE = "clone";
        FROM = "from"; INTO = "into"; FN = "Fn"; FN_MUT = "FnMut"; FN_ONCE = "FnOnce"; DERIVE = "derive"; RESIDUAL = "Residual"; ERROR = "Error";
    }
}

/// A crate instance: one target of a workspace package, or the library of one dependency instance, or core, alloc, std, proc_macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrateId(pub u32);

/// A file as seen by one crate (the same bytes in two targets are two file ids over one fact).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId {
    /// The crate.
    pub krate: CrateId,
    /// Index in the crate's files; expansions of item macros are files too.
    pub idx: u32,
}

/// A definition: crate instance and index in its table of definitions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefId {
    /// The crate instance.
    pub krate: CrateId,
    /// Index in the crate's definitions; 0 is the root module.
    pub idx: u32,
}

impl std::fmt::Debug for DefId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "def({}:{})", self.krate.0, self.idx)
    }
}

/// What a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefKind {
    /// Module (file, inline, crate root, or the block module of a body with nested items).
    Mod,
    /// Struct.
    Struct,
    /// Union.
    Union,
    /// Enum.
    Enum,
    /// Enum variant; `sub` is its index, the parent is the enum.
    Variant,
    /// Trait.
    Trait,
    /// Trait alias.
    TraitAlias,
    /// Type alias, or associated type (parent is a trait or impl).
    TypeAlias,
    /// Function or method.
    Fn,
    /// Constant, associated or not.
    Const,
    /// Static.
    Static,
    /// Impl block.
    Impl,
    /// `macro_rules!` or `macro`.
    Macro,
    /// Procedural macro: function-like, attribute, or derive (named by what it derives).
    ProcMacro,
}

/// Primitive types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Prim {
    Bool,
    Char,
    Str,
    I8,
    I16,
    I32,
    I64,
    I128,
    Isize,
    U8,
    U16,
    U32,
    U64,
    U128,
    Usize,
    F16,
    F32,
    F64,
    F128,
}

impl Prim {
    /// By name, as in source.
    pub fn from_name(s: &str) -> Option<Prim> {
        use Prim::*;
        Some(match s {
            "bool" => Bool,
            "char" => Char,
            "str" => Str,
            "i8" => I8,
            "i16" => I16,
            "i32" => I32,
            "i64" => I64,
            "i128" => I128,
            "isize" => Isize,
            "u8" => U8,
            "u16" => U16,
            "u32" => U32,
            "u64" => U64,
            "u128" => U128,
            "usize" => Usize,
            "f16" => F16,
            "f32" => F32,
            "f64" => F64,
            "f128" => F128,
            _ => return None,
        })
    }
    /// As in source.
    pub fn as_str(self) -> &'static str {
        use Prim::*;
        match self {
            Bool => "bool",
            Char => "char",
            Str => "str",
            I8 => "i8",
            I16 => "i16",
            I32 => "i32",
            I64 => "i64",
            I128 => "i128",
            Isize => "isize",
            U8 => "u8",
            U16 => "u16",
            U32 => "u32",
            U64 => "u64",
            U128 => "u128",
            Usize => "usize",
            F16 => "f16",
            F32 => "f32",
            F64 => "f64",
            F128 => "f128",
        }
    }
}
