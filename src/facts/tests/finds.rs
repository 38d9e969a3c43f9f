//! What fuzzing found.

use std::time::{Duration, Instant};

use crate::facts::Depth;
use crate::facts::extract::extract;

use super::sound;

#[test]
fn tail_calls_in_a_row_in_macro_arguments_are_parsed_once() {
    for argument in ["become ".repeat(390) + "a()", "become 1 + ".repeat(390) + "a()", "become (".repeat(300) + "a()" + &")".repeat(300)] {
        let text = format!("fn f() {{ join!({argument}); }}");
        let started = Instant::now();
        let facts = extract(text.as_bytes(), Depth::Full);
        sound::check(&facts, text.as_bytes());
        // Minutes without optimisation when each of the words was parsed anew.
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }
}
