//! Pages of lints: sections and the examples in them.

use super::{Case, lints, read, repository};

/// Headings that every page has, in this order.
pub const HEADINGS: &[&str] =
    &["What it flags", "Why it hurts in production", "Flagged", "Clean", "Evidence it accepts", "What it cannot see", "Options"];

/// A block of Rust on a page.
#[derive(Clone, Debug)]
pub struct Example {
    /// Heading of its section.
    pub section: String,
    /// Its text.
    pub text: String,
    /// Line of the page it begins at.
    pub line: usize,
}

/// The page of a lint.
pub fn page(lint: &str) -> String {
    read(&repository().join("lints").join(lint).join("README.md"))
}

/// Headings of the second level.
pub fn headings(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix("## ")).collect()
}

/// Every block of Rust of a page.
pub fn blocks(page: &str) -> Vec<Example> {
    let mut blocks: Vec<Example> = Vec::new();
    let mut section = String::new();
    let mut open = false;
    for (line, number) in page.lines().zip(1..) {
        match line.trim_end() {
            "```rust" => {
                open = true;
                blocks.push(Example { section: section.clone(), text: String::new(), line: number + 1 });
            }
            "```" => open = false,
            text if open => blocks.last_mut().expect("an open block").text += &format!("{text}\n"),
            text => {
                if let Some(heading) = text.strip_prefix("## ") {
                    heading.clone_into(&mut section);
                }
            }
        }
    }
    blocks
}

/// The examples of all pages as cases: those in the sections Flagged and Clean.
pub fn examples() -> Vec<Case> {
    let mut cases = Vec::new();
    for lint in lints() {
        for block in blocks(&page(lint)).into_iter().filter(|block| ["Flagged", "Clean"].contains(&block.section.as_str())) {
            cases.push(Case::single(format!("lints/{lint}/README.md:{} ({})", block.line, block.section), block.text));
        }
    }
    super::wanted(cases)
}
