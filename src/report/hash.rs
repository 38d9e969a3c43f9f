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

    /// Values computed by the reference implementation that the SARIF multitool ships (`rewrite --insert RollingHashPartialFingerprints`).
    #[test]
    fn hashes_agree_with_the_reference() {
        let unix = "fn main() {\n    a();\n\n\n    a();\n}\n";
        let crlf = "fn main() {\r\n    a();\r\n\r\n    é😀日本 b();\r\n}\r\n";
        let open = "// größe 😀\nfn f() {\n\tx( 1 , 2 );\n}";
        let returns = "a\rb\r\nc\r \nd\n";
        let repeated = format!("{}fn z(){{}}\n", format!("    println!(\"{}\");\n", "x".repeat(120)).repeat(2));
        let expected: [(&str, &[&str]); 6] = [
            (unix, &["9b248fe2dcd9520f:1", "4404d4e772f2324:1", "4d0d3879dbb61f79:1", "2ac90396c231fa13:1", "36ed5ec412189255:1"]),
            (crlf, &["77893df836eccbe1:1", "834628f7cb513ce6:1", "6709e3d6c67741e3:1", "ec4dc804b01bf365:1", "32dce9ccfdbc9d3e:1"]),
            (open, &["26df372d176d9fb9:1", "840d0ecb8e0130ed:1", "1c61c1753c92578d:1", "13db8c734146ff90:1"]),
            (returns, &["e7119ac59887878b:1", "a58c02d81a12ccb4:1", "1278678578abeda0:1", "5ef4a45af6614457:1"]),
            (&repeated, &["3bac31b4cda6523e:1", "3bac31b4cda6523e:2", "edb75c7299f9840c:1", "c129715d7a2bc9a3:1"]),
            ("", &["c129715d7a2bc9a3:1"]),
        ];
        for (text, hashes) in expected {
            assert_eq!(&line_hashes(text)[..hashes.len()], hashes, "{text:?}");
        }
    }

    /// Readers differ: the action that uploads reports keeps the mark, and its value is the one that counts.
    #[test]
    fn a_byte_order_mark_is_a_unit() {
        assert_eq!(line_hashes("\u{feff}fn main() {}\nfn g() {}\n")[0], "b24eac386b9b9a58:1");
    }
}
