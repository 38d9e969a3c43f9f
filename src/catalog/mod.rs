//! Knowledge of third-party crates, as data.
