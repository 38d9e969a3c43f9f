//! Lines as `cargo check --message-format json` writes them, which editors show and problem matchers read: one `compiler-message` a
//! finding, one a notice, then `build-finished`. Paths count from the workspace root, columns count characters, secondary places are left out (editors
//! list each as a problem of its own).

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Entry, Input, Place, code};
use crate::discover::Notice;
use crate::lint::Level;

/// Writes the lines.
///
/// # Errors
///
/// What the writer returns.
pub fn write(input: &Input<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = input.shown().map(|entry| line(input, entry));
    for line in findings.chain(input.notices.iter().map(|notice| notice_line(input, notice))) {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    serde_json::to_writer(&mut *out, &json!({"reason": "build-finished", "success": !input.fails() && !input.coverage_missed()}))?;
    writeln!(out)
}

fn line(input: &Input<'_>, entry: &Entry) -> Value {
    let target = &entry.target;
    json!({
        "reason": "compiler-message",
        "package_id": format!("path+file://{}#{}@{}", target.package_root.display(), entry.package, target.version),
        "manifest_path": target.package_root.join("Cargo.toml").display().to_string(),
        "target": {
            "kind": [target.kind],
            "crate_types": [target.kind],
            "name": target.name,
            "src_path": target.root_file.display().to_string(),
        },
        "message": {
            "$message_type": "diagnostic",
            "message": match entry.unknown {
                Some(cause) => format!("not decided ({cause}): {}", entry.message),
                None => entry.message.clone(),
            },
            "code": {"code": code(entry.lint), "explanation": null},
            "level": match (entry.unknown, entry.level) {
                (Some(_), _) => "help",
                (None, Level::Deny) => "error",
                (None, Level::Warn) => "warning",
                (None, _) => "note",
            },
            "spans": [span(input, entry)],
            "children": children(entry),
            "rendered": super::human::rendered(input, entry),
        },
    })
}

/// A notice as a diagnostic of the workspace: it belongs to no target. Where its line is known, the line stands as the span.
fn notice_line(input: &Input<'_>, notice: &Notice) -> Value {
    let root = input.bases.root.display().to_string();
    let level = if notice.loss { "warning" } else { "note" };
    let span = notice.path.as_deref().map(|path| {
        let (line, column) = notice.at.map_or((1, 1), |at| (at.line, at.col));
        json!({
            "file_name": input.bases.rooted(path),
            "byte_start": 0,
            "byte_end": 0,
            "line_start": line,
            "line_end": line,
            "column_start": column,
            "column_end": column,
            "is_primary": true,
            "text": [],
            "label": null,
            "suggested_replacement": null,
            "suggestion_applicability": null,
            "expansion": null,
        })
    });
    json!({
        "reason": "compiler-message",
        "package_id": format!("path+file://{root}"),
        "manifest_path": input.bases.root.join("Cargo.toml").display().to_string(),
        "target": {"kind": ["lib"], "crate_types": ["lib"], "name": "cargo-prr", "src_path": root},
        "message": {
            "$message_type": "diagnostic",
            "message": notice.text,
            "code": {"code": notice.id, "explanation": null},
            "level": level,
            "spans": span.into_iter().collect::<Vec<_>>(),
            "children": [],
            "rendered": format!("{level}[{}]: {}{}\n", notice.id, super::notice_place(input, notice), super::human::clean(&notice.text)),
        },
    })
}

fn span(input: &Input<'_>, entry: &Entry) -> Value {
    let Place { file, start, end } = entry.primary.place;
    let file = &input.files[file];
    let (from, to) = (file.lines.chars(&file.text, start), file.lines.chars(&file.text, end));
    let text = (from.line..=to.line).map(|line| {
        let text = &file.text[file.lines.range(&file.text, line)];
        let length = text.chars().count() as u32 + 1;
        json!({
            "text": text,
            "highlight_start": if line == from.line { from.col } else { 1 },
            "highlight_end": if line == to.line { to.col } else { length },
        })
    });
    json!({
        "file_name": input.bases.rooted(&file.path),
        "byte_start": start,
        "byte_end": end,
        "line_start": from.line,
        "line_end": to.line,
        "column_start": from.col,
        "column_end": to.col,
        "is_primary": true,
        "text": text.collect::<Vec<_>>(),
        "label": if entry.primary.text.is_empty() { Value::Null } else { Value::from(entry.primary.text.as_str()) },
        "suggested_replacement": null,
        "suggestion_applicability": null,
        "expansion": null,
    })
}

/// Why and help, as spanless children: editors append them to the message.
fn children(entry: &Entry) -> Vec<Value> {
    let child = |level: &str, message: &str| {
        (!message.is_empty())
            .then(|| json!({"message": message, "code": null, "level": level, "spans": [], "children": [], "rendered": null}))
    };
    let looked = entry.looked.iter().map(|looked| child("note", &format!("looked: {looked}")));
    std::iter::once(child("note", &entry.why)).chain(looked).chain([child("help", &entry.help)]).flatten().collect()
}
