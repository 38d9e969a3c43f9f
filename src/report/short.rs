//! One line a finding: `path:line:column: level[code] message`, then one a notice. Columns count characters.

use std::io::{self, Write};

use super::{Entry, Input, code};

/// Writes the lines.
///
/// # Errors
///
/// What the writer returns.
pub fn write(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    for entry in input.shown() {
        let file = &input.files[entry.primary.place.file];
        let at = file.lines.chars(&file.text, entry.primary.place.start);
        let path = super::human::clean(&input.bases.shown(&file.path));
        writeln!(out, "{path}:{}:{}: {}[{}] {}", at.line, at.col, word(entry), code(entry.lint), super::human::clean(&entry.message))?;
    }
    for notice in input.notices.iter().filter(|notice| notice.loss || input.verbose) {
        let (word, place) = (super::notice_word(notice), super::notice_place(input, notice));
        writeln!(out, "{place}{word}[{}] {}", notice.id, super::human::clean(&notice.text))?;
    }
    Ok(())
}

/// Level, or `unknown`.
fn word(entry: &Entry) -> String {
    match entry.unknown {
        Some(cause) => format!("unknown({cause})"),
        None => entry.level.as_str().to_owned(),
    }
}
