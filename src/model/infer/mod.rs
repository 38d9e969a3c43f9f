//! Inference: one forward pass over one body.
