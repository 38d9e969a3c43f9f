//! Tests of the facts room.

use crate::facts;

mod constructs;
mod depth;
mod editions;
mod finds;
mod generated;
mod sound;
