//! The place of the journal in these tests: a folder of its own, in memory where the system has such a thing.

use std::{
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use liveness::{
    ManualClock,
    money::{FileJournal, Journal},
};

/// A journal that can be opened anew, as after a restart.
pub(crate) struct Place {
    folder: PathBuf,
    clock: ManualClock,
}

impl Place {
    pub(crate) fn new(clock: &ManualClock) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let name = format!("liveness-money-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { folder: base.join(name), clock: clock.clone() }
    }

    /// Files so small that each few calls begin a new one.
    pub(crate) fn open(&self) -> Arc<dyn Journal> {
        let journal = FileJournal::open(&self.folder).unwrap();
        Arc::new(journal.with_clock(self.clock.clone()).with_segment_bytes(3_000))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
