//! Definitions of std that the language itself refers to.

use crate::model::defs::Defs;
use crate::model::ids::DefId;

macro_rules! lang {
    ($($field:ident = $krate:literal $path:literal;)*) => {
        /// Definitions of std that syntax refers to; `None` when std is not there.
        #[derive(Clone, Debug, Default)]
        pub struct Lang {
            $(#[doc = concat!("`", $krate, "::", $path, "`.")] pub $field: Option<DefId>,)*
        }
        impl Lang {
            /// Looks them all up.
            pub fn find(defs: &Defs) -> Lang {
                Lang { $($field: defs.lookup($krate, $path).first().copied(),)* }
            }
        }
    };
}

lang! {
    result = "core" "result::Result";
    option = "core" "option::Option";
    error = "core" "error::Error";
    poll = "core" "task::Poll";
    control_flow = "core" "ops::ControlFlow";
    boxed = "alloc" "boxed::Box";
    string = "alloc" "string::String";
    vec = "alloc" "vec::Vec";
    arguments = "core" "fmt::Arguments";
    deref = "core" "ops::Deref";
    fn_ = "core" "ops::Fn";
    fn_mut = "core" "ops::FnMut";
    fn_once = "core" "ops::FnOnce";
    async_fn = "core" "ops::AsyncFn";
    async_fn_mut = "core" "ops::AsyncFnMut";
    async_fn_once = "core" "ops::AsyncFnOnce";
    future = "core" "future::Future";
    into_future = "core" "future::IntoFuture";
    iterator = "core" "iter::Iterator";
    into_iterator = "core" "iter::IntoIterator";
    index = "core" "ops::Index";
    index_mut = "core" "ops::IndexMut";
    from = "core" "convert::From";
    into = "core" "convert::Into";
    from_str = "core" "str::FromStr";
    from_iterator = "core" "iter::FromIterator";
    try_ = "core" "ops::Try";
    clone = "core" "clone::Clone";
    copy = "core" "marker::Copy";
    sized = "core" "marker::Sized";
    unpin = "core" "marker::Unpin";
    destruct = "core" "marker::Destruct";
    meta_sized = "core" "marker::MetaSized";
    pointee_sized = "core" "marker::PointeeSized";
    tuple = "core" "marker::Tuple";
    default = "core" "default::Default";
    range = "core" "ops::Range";
    range_from = "core" "ops::RangeFrom";
    range_to = "core" "ops::RangeTo";
    range_full = "core" "ops::RangeFull";
    range_inclusive = "core" "ops::RangeInclusive";
    range_to_inclusive = "core" "ops::RangeToInclusive";
    neg = "core" "ops::Neg";
    not = "core" "ops::Not";
    add = "core" "ops::Add";
    sub = "core" "ops::Sub";
    mul = "core" "ops::Mul";
    div = "core" "ops::Div";
    rem = "core" "ops::Rem";
    bitxor = "core" "ops::BitXor";
    bitand = "core" "ops::BitAnd";
    bitor = "core" "ops::BitOr";
    shl = "core" "ops::Shl";
    shr = "core" "ops::Shr";
}
