//! `prr.toml`.
