//! Positions: byte offsets of a file to lines and columns, in each unit that some consumer wants.
//!
//! Lines end at `\n`; a `\r` before it is not part of the line. A byte order mark at the start of the file takes no column (compilers
//! and editors hide it), but byte offsets count it. Lines and columns are 1-based; a column past the end of its line is cut to the end.

/// Columns a tab advances to the next multiple of, in [`Lines::display`].
const TAB: u32 = 4;

/// A line and a column, both 1-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineCol {
    /// Line.
    pub line: u32,
    /// Column, in the unit of the function that made it.
    pub col: u32,
}

/// The lines of a text.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
    bom: bool,
}

impl Lines {
    /// Finds the lines of a text.
    pub fn new(text: &str) -> Lines {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        Lines { starts: std::iter::once(0).chain(newlines).collect(), bom: text.starts_with('\u{feff}') }
    }

    /// Number of lines; a text that ends in a newline has an empty last one.
    pub fn count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The 1-based line of an offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// Byte range of a 1-based line: without its terminator and without a byte order mark.
    pub fn range(&self, text: &str, line: u32) -> std::ops::Range<usize> {
        let index = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        let mut start = self.starts[index] as usize;
        if index == 0 && self.bom {
            start = '\u{feff}'.len_utf8();
        }
        let mut end = self.starts.get(index + 1).map_or(text.len(), |next| *next as usize - 1);
        if end > start && index + 1 < self.starts.len() && text.as_bytes()[end - 1] == b'\r' {
            end -= 1;
        }
        start.min(end)..end
    }

    /// Column in characters (Unicode scalar values): rustc's unit.
    pub fn chars(&self, text: &str, offset: u32) -> LineCol {
        self.column(text, offset, |before| before.chars().count() as u32)
    }

    /// Column in UTF-16 code units: the unit of SARIF (`columnKind: utf16CodeUnits`) and of editors.
    pub fn utf16(&self, text: &str, offset: u32) -> LineCol {
        self.column(text, offset, |before| before.encode_utf16().count() as u32)
    }

    /// Column in UTF-8 bytes.
    pub fn bytes(&self, text: &str, offset: u32) -> LineCol {
        self.column(text, offset, |before| before.len() as u32)
    }

    /// Column in terminal cells: wide glyphs take two, tabs go to the next multiple of four.
    pub fn display(&self, text: &str, offset: u32) -> LineCol {
        self.column(text, offset, |before| before.chars().fold(0, |col, c| if c == '\t' { (col / TAB + 1) * TAB } else { col + width(c) }))
    }

    fn column(&self, text: &str, offset: u32, measure: impl Fn(&str) -> u32) -> LineCol {
        let line = self.line(offset);
        let range = self.range(text, line);
        let mut end = (offset as usize).clamp(range.start, range.end);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        LineCol { line, col: measure(&text[range.start..end]) + 1 }
    }
}

/// Terminal cells of a character: two for the East Asian wide blocks and pictographs, none for combining marks.
fn width(c: char) -> u32 {
    match c as u32 {
        0x300..=0x36f | 0x200b..=0x200f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 => 2,
        0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// End of the token that starts at `start`: findings name tokens by their first byte alone. A macro's name takes its `!` with it. Never
/// before the end of one character, nor past the end of the text.
pub fn token_end(text: &str, start: u32) -> u32 {
    let mut start = (start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else { return start as u32 };
    let len = if first == '"' {
        string_len(rest)
    } else if first == '_' || first.is_alphanumeric() {
        word_len(rest)
    } else {
        OPERATORS.iter().find(|op| rest.starts_with(**op)).map_or(first.len_utf8(), |op| op.len())
    };
    (start + len) as u32
}

/// Operators of more than one character, longest first.
const OPERATORS: &[&str] = &[
    "<<=", ">>=", "...", "..=", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<<",
    ">>", "..",
];

fn word_len(rest: &str) -> usize {
    let raw = if rest.starts_with("r#") { 2 } else { 0 };
    let word = rest[raw..].find(|c: char| c != '_' && !c.is_alphanumeric()).map_or(rest.len(), |len| raw + len);
    let after = &rest[word..];
    if after.starts_with('!') && !after.starts_with("!=") { word + 1 } else { word }
}

fn string_len(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, needle: &str) -> u32 {
        text.find(needle).expect("needle in text") as u32
    }

    #[test]
    fn each_unit_counts_its_own_way() {
        let text = "let a = 1;\n\té😀日 x\n";
        let lines = Lines::new(text);
        let x = at(text, "x");
        assert_eq!(lines.chars(text, x), LineCol { line: 2, col: 6 });
        assert_eq!(lines.utf16(text, x), LineCol { line: 2, col: 7 });
        assert_eq!(lines.bytes(text, x), LineCol { line: 2, col: 12 });
        assert_eq!(lines.display(text, x), LineCol { line: 2, col: 11 });
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = "\u{feff}fn main() {}\r\nx";
        let lines = Lines::new(text);
        for unit in [Lines::chars, Lines::utf16, Lines::bytes, Lines::display] {
            assert_eq!(unit(&lines, text, 3), LineCol { line: 1, col: 1 });
            assert_eq!(unit(&lines, text, at(text, "main")), LineCol { line: 1, col: 4 });
            assert_eq!(unit(&lines, text, 0), LineCol { line: 1, col: 1 });
            assert_eq!(unit(&lines, text, at(text, "x")), LineCol { line: 2, col: 1 });
        }
        assert_eq!(&text[lines.range(text, 1)], "fn main() {}");
    }

    #[test]
    fn a_carriage_return_is_no_part_of_the_line() {
        let text = "ab\r\ncd\r\n";
        let lines = Lines::new(text);
        assert_eq!(lines.count(), 3);
        assert_eq!(&text[lines.range(text, 1)], "ab");
        assert_eq!(&text[lines.range(text, 2)], "cd");
        assert_eq!(&text[lines.range(text, 3)], "");
        assert_eq!(lines.chars(text, 3), LineCol { line: 1, col: 3 });
        assert_eq!(lines.chars(text, 4), LineCol { line: 2, col: 1 });
        assert_eq!(lines.chars(text, 99), LineCol { line: 3, col: 1 });
    }

    #[test]
    fn tokens_end_where_they_end() {
        for (text, token) in [
            ("println!(\"a\")", "println!"),
            ("a != b", "a"),
            ("a!= b", "a"),
            ("r#type x", "r#type"),
            (".ok()", "."),
            ("..=5", "..="),
            ("\"a\\\"b\" c", "\"a\\\"b\""),
            ("größe+1", "größe"),
            ("日本", "日本"),
            ("é", "é"),
        ] {
            assert_eq!(&text[..token_end(text, 0) as usize], token);
        }
        assert_eq!(token_end("ab", 7), 2);
    }

    proptest::proptest! {
        #[test]
        fn columns_never_panic_and_agree_on_ascii(text in "[ -~\t\r\n]{0,80}", offset in 0u32..100) {
            let lines = Lines::new(&text);
            let chars = lines.chars(&text, offset);
            proptest::prop_assert_eq!(chars, lines.utf16(&text, offset));
            proptest::prop_assert_eq!(chars, lines.bytes(&text, offset));
            proptest::prop_assert!(token_end(&text, offset) as usize <= text.len());
        }

        #[test]
        fn units_are_ordered(text in "\\PC{0,40}(\r\n|\n)\\PC{0,40}", offset in 0u32..300) {
            let lines = Lines::new(&text);
            let (chars, utf16, bytes) = (lines.chars(&text, offset), lines.utf16(&text, offset), lines.bytes(&text, offset));
            proptest::prop_assert!(chars <= utf16 && utf16 <= bytes);
            proptest::prop_assert!(lines.range(&text, chars.line).len() as u32 >= bytes.col - 1);
        }
    }
}
