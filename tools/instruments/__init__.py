"""What the instruments share: reading rust-analyzer's index, reading Rust text, running the binary."""
