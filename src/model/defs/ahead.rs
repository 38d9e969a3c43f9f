//! Reading the files of the members before it is known for sure which they are: cargo takes as long to answer as a tenth of them takes to be read.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::cfgs::Mode;
use super::files::{FileSource, Loader};
use crate::facts::Depth;

/// Files that are being read. What turns out to be no file of a member was read in vain, and is not told.
pub struct Ahead {
    loader: Arc<Loader>,
    /// `None`: no thread was to be had, and nothing is read ahead.
    reading: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Begins to read what `roots` lead to. The roots are asked for on a thread of their own.
    pub fn begin(roots: impl FnOnce() -> Vec<PathBuf> + Send + 'static) -> Ahead {
        let loader = Arc::new(Loader::new(Arc::new(FileSource::Disk), Depth::Full));
        let reader = loader.clone();
        let read = move || reader.prefetch(roots(), Mode::Member, rayon::current_num_threads(), &|_, _| {});
        // prr: allow(unhandled_errors, reason = "the link reads what was not read ahead")
        let reading = std::thread::Builder::new().name("prr-ahead".into()).spawn(read).ok();
        Ahead { loader, reading }
    }

    /// The loader with what was read, all of it.
    pub(super) fn finish(self) -> Arc<Loader> {
        if let Some(Err(panic)) = self.reading.map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        self.loader
    }
}
