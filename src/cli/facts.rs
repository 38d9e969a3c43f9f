//! `facts`: what is read from a file, and what is not.

#![expect(clippy::disallowed_methods, reason = "it prints files that need not be part of a workspace")]

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Failure, Status, output::Output};
use crate::facts::{self, Depth};
use crate::report::position::Lines;

/// Prints the facts of files.
pub(super) fn print(paths: &[PathBuf]) -> Result<Status, Failure> {
    for path in paths {
        let facts = facts::extract::extract(&read(path)?, Depth::Full);
        Output::open(None)?.write(|out| writeln!(out, "{facts:#?}"))?;
    }
    Ok(Status::Clean)
}

/// Lists everything below some folders that was not read.
pub(super) fn check(paths: &[PathBuf]) -> Result<Status, Failure> {
    let (mut files, mut lines) = (Vec::new(), Vec::new());
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if meta.is_dir() { sources(path, &mut files, &mut lines) } else { files.push(path.clone()) }
    }
    files.sort();
    files.dedup();
    let reports: Vec<Result<Vec<String>, Failure>> = files.par_iter().map(|path| unread(path)).collect();
    for report in reports {
        // A file that cannot be opened is one more thing that was not read.
        lines.extend(report.unwrap_or_else(|failure| vec![failure.message]));
    }
    let summary = format!("{} files, {} not read", files.len(), lines.len());
    Output::open(None)?.write(|out| {
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        writeln!(out, "{summary}")
    })?;
    Ok(if lines.is_empty() { Status::Clean } else { Status::Findings })
}

fn unread(path: &Path) -> Result<Vec<String>, Failure> {
    let bytes = read(path)?;
    let facts = facts::extract::extract(&bytes, Depth::Full);
    let text = String::from_utf8_lossy(&bytes);
    let lines = Lines::new(&text);
    let told = facts.notices.iter().map(|notice| {
        let at = lines.chars(&text, notice.pos);
        format!("{}:{}:{}: {:?}: {}", path.display(), at.line, at.col, notice.kind, notice.text)
    });
    Ok(told.collect())
}

/// Rust files below a folder, and what of it cannot be listed; build output and hidden folders are left out, ignore files are not asked.
fn sources(folder: &Path, files: &mut Vec<PathBuf>, unlisted: &mut Vec<String>) {
    let walk =
        ignore::WalkBuilder::new(folder).standard_filters(false).hidden(true).filter_entry(|entry| entry.file_name() != "target").build();
    for entry in walk {
        match entry {
            Ok(entry) if !entry.file_type().is_some_and(|kind| kind.is_file()) => {}
            Ok(entry) => files.extend(Some(entry.into_path()).filter(|path| path.extension().is_some_and(|ext| ext == "rs"))),
            Err(error) => unlisted.push(error.to_string()),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", path.display()))
}
