//! The shipped tables, one visible line each.

macro_rules! files {
    ($($name:literal)*) => { &[$((concat!($name, ".toml"), include_str!(concat!("crates/", $name, ".toml")))),*] };
}

/// Name and text of each table.
pub(super) static FILES: &[(&str, &str)] = files! {
    "std"
};
