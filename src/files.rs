//! Reading files of others: regular files alone (a pipe would wait for ever, a device might never end), and only up to a size.

#![expect(clippy::disallowed_methods, reason = "the place where files of others are opened")]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest manifest, lock file or configuration that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// What a file holds.
#[derive(Debug)]
pub enum Content {
    /// All of it.
    Bytes(Vec<u8>),
    /// More than was asked for; nothing was read. The number of bytes.
    TooLarge(u64),
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// As `std::fs::read`; a file that is not a regular one.
pub fn read_up_to(path: &Path, limit: u64) -> io::Result<Content> {
    let meta = std::fs::metadata(path)?;
    if meta.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    if !meta.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    if meta.len() > limit {
        return Ok(Content::TooLarge(meta.len()));
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    // It may grow while it is read.
    let read = File::open(path)?.take(limit + 1).read_to_end(&mut bytes)? as u64;
    Ok(if read > limit { Content::TooLarge(read) } else { Content::Bytes(bytes) })
}

/// Reads a manifest or the like.
///
/// # Errors
/// As [`read_up_to`]; a file larger than anything of the kind.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    match read_up_to(path, MAX_BYTES)? {
        Content::Bytes(bytes) => Ok(bytes),
        Content::TooLarge(_) => Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {} MiB", MAX_BYTES >> 20))),
    }
}

/// Text of a source file for showing places in it: what is not UTF-8 reads as replacement characters, what cannot be read as empty.
pub fn source_text(path: &Path) -> String {
    match read_up_to(path, crate::facts::prelex::MAX_BYTES as u64) {
        Ok(Content::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    }
}
