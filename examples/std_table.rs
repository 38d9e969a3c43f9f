//! Makes `src/model/defs/std.table` from rust-src: what is known of core, alloc, std and proc_macro.
//!
//!     cargo run --release --example std_table -- LIBRARY
//!
//! LIBRARY is the folder that holds `core`, `alloc` and `std`: `lib/rustlib/src/rust/library` of a toolchain with the component rust-src.

#![expect(clippy::disallowed_macros, clippy::disallowed_methods, reason = "a command for those who work on this program")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(library) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: cargo run --release --example std_table -- LIBRARY");
        return ExitCode::from(2);
    };
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/defs/std.table");
    match cargo_prr::model::defs::std_table::generate(&library) {
        Ok(made) => {
            made.summary.iter().for_each(|line| println!("{line}"));
            match std::fs::write(&table, &made.bytes) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("error: cannot write {}: {error}", table.display());
                    ExitCode::from(2)
                }
            }
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}
