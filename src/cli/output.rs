//! Where reports go: standard output, where a reader that leaves early is no error; or a file, written whole or not at all.

#![expect(clippy::disallowed_methods, reason = "reports are written here")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Failure;

/// An open place for a report.
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file: the new text is written beside it and takes its place at the end.
    File {
        /// The place.
        path: PathBuf,
        /// What was asked for, for messages.
        shown: PathBuf,
        /// The file beside it.
        beside: PathBuf,
        /// That file, open.
        file: File,
    },
    /// A device or pipe: written as it is.
    Device {
        /// What was asked for, for messages.
        shown: PathBuf,
        /// The device, open.
        file: File,
    },
}

impl Output {
    /// Opens a place before any work is done.
    ///
    /// # Errors
    ///
    /// A folder that is missing or read-only, a file that is read-only.
    pub fn open(path: Option<&Path>) -> Result<Output, Failure> {
        let Some(shown) = path else { return Ok(Output::Stdout) };
        let fail = |error: io::Error| cannot_write(shown, &error);
        // Through links, so that the link stays and its target is replaced.
        let path = shown.canonicalize().unwrap_or_else(|_| shown.to_path_buf());
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => return Err(fail(io::ErrorKind::IsADirectory.into())),
            Ok(meta) if !meta.is_file() => {
                let file = OpenOptions::new().write(true).open(&path).map_err(fail)?;
                return Ok(Output::Device { shown: shown.to_path_buf(), file });
            }
            Ok(meta) if meta.permissions().readonly() => return Err(fail(io::Error::other("the file is read-only"))),
            _ => {}
        }
        let name = path.file_name().ok_or_else(|| fail(io::ErrorKind::InvalidInput.into()))?;
        let mut own = std::ffi::OsString::from(".");
        own.push(name);
        own.push(format!(".{}.tmp", std::process::id()));
        let beside = path.with_file_name(own);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&beside).map_err(fail)?;
        Ok(Output::File { path, shown: shown.to_path_buf(), beside, file })
    }

    /// Writes what `write` writes.
    ///
    /// # Errors
    ///
    /// What the place refuses; a reader of standard output that has left is no error.
    pub fn write(mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        match &mut self {
            Output::Stdout => {
                let mut out = BufWriter::new(io::stdout().lock());
                match write(&mut out).and_then(|()| out.flush()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        Err(Failure::new(format!("cannot write to standard output: {error}")))
                    }
                    Err(_) => {
                        // What is left in the buffer has no reader: dropping it would try once more.
                        let _unread = out.into_parts();
                        Ok(())
                    }
                    Ok(()) => Ok(()),
                }
            }
            Output::Device { shown, file } => {
                let mut out = BufWriter::new(file);
                match write(&mut out).and_then(|()| out.flush()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        let _unwritten = out.into_parts();
                        Err(cannot_write(shown, &error))
                    }
                    _ => Ok(()),
                }
            }
            Output::File { path, shown, beside, file } => {
                let mut out = BufWriter::new(file);
                let written = write(&mut out).and_then(|()| out.flush());
                let _flushed = out.into_parts();
                written.and_then(|()| fs::rename(&*beside, &*path)).map_err(|error| cannot_write(shown, &error))
            }
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Output::File { beside, .. } = self {
            // Gone already when it has taken its place.
            fs::remove_file(beside).ok();
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write {}: {error}", path.display()))
}
