//! `facts`: what is read from a file, and what is not.

#![expect(clippy::disallowed_methods, reason = "it prints files that need not be part of a workspace")]

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::code::notice_id;
use super::{Failure, Status, output::Output};
use crate::facts::prelex::MAX_BYTES;
use crate::facts::{Depth, FileFacts, NoticeKind, extract};
use crate::files::{Content, read_up_to};
use crate::report::position::Lines;
use crate::report::{counted, grouped};

/// Prints the facts of files.
pub(super) fn print(paths: &[PathBuf]) -> Result<Status, Failure> {
    for path in paths {
        let (facts, _) = read(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        Output::open(None)?.write(|out| writeln!(out, "{facts:#?}"))?;
    }
    Ok(Status::Clean)
}

/// A part that was not read.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Unread {
    path: PathBuf,
    /// Line and column, if it is a part of the file.
    at: Option<(u32, u32)>,
    /// The id that reports give it.
    cause: &'static str,
    text: String,
    /// The text says what kind of part it is, not what this one is.
    kind: bool,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((line, col)) = self.at {
            write!(f, ":{line}:{col}")?;
        }
        write!(f, ": {}: {}", self.cause, self.text)
    }
}

/// Lists everything below some folders that was not read, then how much there is of each cause.
pub(super) fn check(paths: &[PathBuf]) -> Result<Status, Failure> {
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        if meta.is_dir() { sources(path, &mut files, &mut unread) } else { files.push(path.clone()) }
    }
    files.sort();
    files.dedup();
    unread.extend(files.par_iter().flat_map_iter(|path| unread_in(path)).collect::<Vec<_>>());
    unread.sort();
    let mut causes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for part in &unread {
        *causes.entry((part.cause, if part.kind { &part.text } else { "" })).or_default() += 1;
    }
    Output::open(None)?.write(|out| {
        unread.iter().try_for_each(|part| writeln!(out, "{part}"))?;
        for ((cause, kind), n) in &causes {
            let colon = if kind.is_empty() { "" } else { ": " };
            writeln!(out, "{:>9} {cause}{colon}{kind}", grouped(*n))?;
        }
        writeln!(out, "{}, {} not read", counted(files.len() as u64, "file"), grouped(unread.len() as u64))
    })?;
    Ok(if unread.is_empty() { Status::Clean } else { Status::Findings })
}

fn unreadable(path: &Path, error: impl fmt::Display) -> Unread {
    Unread { path: path.to_owned(), at: None, cause: "unreadable_file", text: error.to_string(), kind: false }
}

fn unread_in(path: &Path) -> Vec<Unread> {
    let (facts, text) = match read(path) {
        Ok(read) => read,
        // A file that cannot be opened is one more thing that was not read.
        Err(error) => return vec![unreadable(path, error)],
    };
    let lines = Lines::new(&text);
    let told = facts.notices.into_iter().map(|notice| {
        let at = lines.chars(&text, notice.pos);
        Unread {
            path: path.to_owned(),
            at: (!text.is_empty()).then_some((at.line, at.col)),
            cause: notice_id(notice.kind),
            text: notice.text,
            kind: notice.kind == NoticeKind::Node,
        }
    });
    told.collect()
}

/// Rust files below a folder; build output and hidden folders are left out, ignore files are not asked.
fn sources(folder: &Path, files: &mut Vec<PathBuf>, unread: &mut Vec<Unread>) {
    let walk =
        ignore::WalkBuilder::new(folder).standard_filters(false).hidden(true).filter_entry(|entry| entry.file_name() != "target").build();
    for entry in walk {
        match entry {
            // Links and pipes by that name are no sources that can be read, or are read where they lead to: the reader tells.
            Ok(entry) if entry.file_type().is_some_and(|kind| !kind.is_dir()) => {
                let path = entry.into_path();
                if path.extension().is_some_and(|ext| ext == "rs") {
                    files.push(path);
                }
            }
            Ok(_) => {}
            Err(error) => unread.push(unreadable(folder, error)),
        }
    }
}

/// Facts of a file, and its text: what is not UTF-8 in it reads as replacement characters.
fn read(path: &Path) -> std::io::Result<(FileFacts, String)> {
    Ok(match read_up_to(path, MAX_BYTES as u64)? {
        Content::Bytes(bytes) => (extract::extract(&bytes, Depth::Full), String::from_utf8_lossy(&bytes).into_owned()),
        Content::TooLarge(bytes) => (extract::oversized(bytes), String::new()),
    })
}
