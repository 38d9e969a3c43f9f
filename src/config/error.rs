//! Errors of the configuration, with their place.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::report::position::Lines;

/// What is wrong with the configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The file, as shown.
    pub path: PathBuf,
    /// Line, column (characters), the line's text, and how many characters are marked; absent for the file as a whole.
    pub place: Option<(u32, u32, String, usize)>,
    /// What is wrong: lower case, no final stop.
    pub message: String,
}

impl Error {
    /// About a whole file.
    pub fn of_file(path: &Path, message: impl Into<String>) -> Error {
        Error { path: path.to_path_buf(), place: None, message: message.into() }
    }

    /// About a byte range of a file.
    pub fn at(path: &Path, text: &str, range: Range<usize>, message: impl Into<String>) -> Error {
        let lines = Lines::new(text);
        let start = range.start.min(text.len()) as u32;
        let at = lines.chars(text, start);
        let line = lines.range(text, at.line);
        let end = range.end.clamp(range.start.min(text.len()), line.end.max(range.start.min(text.len())));
        let marked = text.get(start as usize..end).map_or(1, |part| part.chars().count().max(1));
        Error { path: path.to_path_buf(), place: Some((at.line, at.col, text[line].to_owned(), marked)), message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((line, column, text, marked)) = &self.place else {
            return write!(f, "{}: {}", self.path.display(), self.message);
        };
        let gutter = " ".repeat(line.to_string().len());
        // Tabs stay tabs under the line, so that the mark stands where the text does.
        let lead: String = text.chars().take(*column as usize - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        writeln!(f, "{}:{line}:{column}: {}", self.path.display(), self.message)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{line} | {text}")?;
        write!(f, "{gutter} | {lead}{}", "^".repeat(*marked))
    }
}

impl std::error::Error for Error {}
