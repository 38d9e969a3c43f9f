//! Identities: names, crates, files, definitions. All are small copies; their numeric order never reaches any output.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock};

/// An interned string, process-wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

/// Strings live as long as the process. Interning locks one shard of the map; reading a string locks nothing: strings stand in chunks that
/// are only ever appended to, each twice as large as the one before.
struct Interner {
    shards: Vec<Mutex<Shard>>,
    chunks: [OnceLock<Box<[OnceLock<&'static str>]>>; CHUNKS],
    next: AtomicU32,
}

#[derive(Default)]
struct Shard {
    ids: rustc_hash::FxHashMap<&'static str, u32>,
    /// Room for the bytes of further strings.
    free: &'static mut [u8],
}

const SHARD_BITS: u32 = 6;
/// Size of the first chunk, a power of two.
const FIRST: u32 = 1 << 12;
const CHUNKS: usize = 20;
const BLOCK: usize = 1 << 14;

static INTERNER: LazyLock<Interner> = LazyLock::new(|| {
    let it = Interner {
        shards: (0..1 << SHARD_BITS).map(|_| Mutex::default()).collect(),
        chunks: [const { OnceLock::new() }; CHUNKS],
        next: AtomicU32::new(0),
    };
    for s in kw::ALL {
        it.add(s);
    }
    it
});

impl Shard {
    fn keep(&mut self, s: &str) -> &'static str {
        if s.len() > BLOCK / 4 {
            return Box::leak(s.to_owned().into_boxed_str());
        }
        if self.free.len() < s.len() {
            self.free = Box::leak(vec![0; BLOCK].into_boxed_slice());
        }
        let (used, free) = std::mem::take(&mut self.free).split_at_mut(s.len());
        self.free = free;
        used.copy_from_slice(s.as_bytes());
        std::str::from_utf8(used).expect("copied from a string")
    }
}

impl Interner {
    /// Chunk and offset of an id: chunk `k` holds `FIRST << k` strings.
    fn place(id: u32) -> (usize, usize) {
        let n = id / FIRST + 1;
        let chunk = n.ilog2();
        (chunk as usize, (id - FIRST * ((1 << chunk) - 1)) as usize)
    }
    fn slot(&self, id: u32) -> &OnceLock<&'static str> {
        let (chunk, at) = Interner::place(id);
        &self.chunks[chunk].get_or_init(|| (0..FIRST << chunk).map(|_| OnceLock::new()).collect())[at]
    }
    fn add(&self, s: &str) -> u32 {
        let hash = {
            use std::hash::BuildHasher;
            rustc_hash::FxBuildHasher.hash_one(s)
        };
        let shard = &self.shards[(hash >> 20) as usize & ((1 << SHARD_BITS) - 1)];
        let mut shard = shard.lock().expect("no panic while the lock is held");
        if let Some(&id) = shard.ids.get(s) {
            return id;
        }
        let kept = shard.keep(s);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.slot(id).set(kept).expect("each id is set once");
        shard.ids.insert(kept, id);
        id
    }
}

impl Name {
    /// Interns a string.
    pub fn new(s: &str) -> Name {
        Name(INTERNER.add(s))
    }
    /// The string.
    pub fn as_str(self) -> &'static str {
        INTERNER.slot(self.0).get().expect("a name is made by interning")
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
        $(#[doc = concat!("`", $s, "`")] pub const $id: Name = Name(Index::$id as u32);)*
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_on_all_threads() {
        let all: Vec<Vec<Name>> = std::thread::scope(|s| {
            let spawn = |_| s.spawn(|| (0..20_000).map(|i| Name::new(&format!("n{i}"))).collect());
            (0..4).map(spawn).collect::<Vec<_>>().into_iter().map(|t| t.join().expect("no panic")).collect()
        });
        assert!(all.iter().all(|v| *v == all[0]));
        assert!(all[0].iter().enumerate().all(|(i, n)| n.as_str() == format!("n{i}")));
        assert_eq!(Name::new("Self"), kw::SELF_TYPE);
        assert_eq!(kw::UNDERSCORE.as_str(), "_");
    }
}
