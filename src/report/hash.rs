//! `primaryLocationLineHash`: the fingerprint by which code scanning recognises an alert across commits.
//!
//! For each line: take the 100 UTF-16 units from the line's start, white space (space, tab) left out, every line end as one `\n`, an end
//! mark (65535) after the last unit, zeros after that; read them as digits to the base 37 in wrapping 64-bit arithmetic. Lines with the
//! same value are told apart by their ordinal.

use rustc_hash::FxHashMap;

const BLOCK: usize = 100;
const BASE: u64 = 37;
const END: u16 = 65535;

/// Hash of every line of a text, as `hex:ordinal`; index 0 is line 1.
pub fn line_hashes(text: &str) -> Vec<String> {
    let (units, starts) = significant(text);
    let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
    let hash = |start: usize| {
        let padded = units[start..].iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
        padded.fold(0u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)))
    };
    let mut numbered = |value: u64| {
        let ordinal = seen.entry(value).or_insert(0);
        *ordinal += 1;
        format!("{value:x}:{ordinal}")
    };
    starts.into_iter().map(|start| numbered(hash(start))).collect()
}

/// The units that count, and the index among them at which each line starts.
fn significant(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::with_capacity(text.len() + 1), Vec::new());
    let (mut at_start, mut after_return) = (true, false);
    for unit in text.encode_utf16().chain(std::iter::once(END)) {
        let newline = unit == u16::from(b'\n');
        if unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_return && newline) {
            after_return = false;
            continue;
        }
        after_return = unit == u16::from(b'\r');
        if at_start {
            starts.push(units.len());
        }
        at_start = newline || after_return;
        units.push(if after_return { u16::from(b'\n') } else { unit });
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_line_ends_do_not_count() {
        let unix = line_hashes("fn main() {\n    a();\n}\n");
        assert_eq!(unix, line_hashes("fn main() {\r\n\ta();\r\n}\r\n"));
        assert_eq!(unix.len(), 4);
    }

    #[test]
    fn equal_lines_have_ordinals() {
        let text = format!("{}\n", "x".repeat(120)).repeat(3);
        let hashes = line_hashes(&text);
        let (first, _) = hashes[0].split_once(':').unwrap();
        assert_eq!(hashes[1], format!("{first}:2"));
        assert_eq!(hashes[2], format!("{first}:3"));
    }

    #[test]
    fn an_empty_text_is_the_end_mark_alone() {
        let expected = (0..99).fold(65535u64, |hash, _| hash.wrapping_mul(37));
        assert_eq!(line_hashes(""), [format!("{expected:x}:1")]);
    }
}
