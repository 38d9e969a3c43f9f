//! Definitions and names: crates, modules, scopes, imports, macros.
