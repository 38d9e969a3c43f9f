//! Any bytes as a source file and as a fragment: see `fuzz/README.md`.

#![no_main]

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use cargo_prr::facts::{self, Depth, extract, fragment, pack};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

mod mutate;
#[path = "../../src/facts/tests/sound.rs"]
mod sound;

fuzz_target!(|data: &[u8]| on_worker(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate::mutate(data, size, max_size, seed) });

/// Reading needs a big stack: one thread with such a stack does all of it. A panic there ends the process like one here.
fn on_worker(data: &[u8]) {
    static WORKER: Mutex<Option<(Sender<Vec<u8>>, Receiver<()>)>> = Mutex::new(None);
    let mut worker = WORKER.lock().expect("no panic while the lock is held");
    let (jobs, done) = worker.get_or_insert_with(|| {
        let (jobs, todo) = channel::<Vec<u8>>();
        let (tell, done) = channel();
        let work = move || {
            for data in todo {
                check(&data);
                tell.send(()).expect("somebody waits");
            }
        };
        std::thread::Builder::new().stack_size(extract::STACK).spawn(work).expect("a thread can be started");
        (jobs, done)
    });
    jobs.send(data.to_vec()).expect("the worker lives");
    done.recv().expect("the worker lives");
}

fn check(data: &[u8]) {
    for depth in [Depth::Full, Depth::Signatures] {
        let read = extract::extract(data, depth);
        sound::check(&read, data);
        assert_eq!(read, extract::extract(data, depth), "reading twice gives the same");
        assert_eq!(pack::decode(&pack::encode(&read)).as_ref(), Some(&read), "packed facts unpack to themselves");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    use fragment::FragmentKind as K;
    for kind in [K::Expr, K::Stmts, K::Items, K::Pat, K::Type] {
        if let Ok(read) = fragment::parse_fragment(text, kind, Depth::Full) {
            sound::check(&read, data);
        }
    }
}
