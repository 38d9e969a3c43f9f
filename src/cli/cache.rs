//! `cache`: where it is, how large it is, and its removal.

#![expect(clippy::disallowed_methods, reason = "it tells and removes what is in the folder of the cache")]

use std::io;
use std::path::Path;

use super::args::CacheCommand;
use super::{Failure, output::Output};
use crate::cache;
use crate::report::grouped;

/// Runs a subcommand.
pub(super) fn run(what: CacheCommand) -> Result<(), Failure> {
    let base = cache::folder().ok_or_else(|| Failure::new("there is no cache folder: neither CARGO_PRR_CACHE nor a home folder is set"))?;
    // Only what is ours: the variable may name a folder that holds other things.
    let folder = base.join(cache::LAYOUT);
    let (files, bytes) = size(&folder).map_err(|error| Failure::new(format!("cannot read {}: {error}", folder.display())))?;
    let size = format!("{} files, {} bytes", grouped(files), grouped(bytes));
    let told = match what {
        CacheCommand::Stats => format!("{}: {size}", folder.display()),
        CacheCommand::Clean => match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("cannot remove {}: {error}", folder.display())));
            }
            _ => format!("removed {}: {size}", folder.display()),
        },
    };
    Output::open(None)?.write(|out| writeln!(out, "{told}"))
}

/// Files below a folder and their bytes; a folder that is not there is empty.
fn size(folder: &Path) -> io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let meta = entry.metadata()?;
            if meta.is_dir() {
                open.push(entry.path());
            } else {
                files += 1;
                bytes += meta.len();
            }
        }
    }
    Ok((files, bytes))
}
