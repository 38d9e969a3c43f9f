//! Workspaces made on the spot.
