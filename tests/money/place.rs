//! The place of the journal in these tests: in memory.

use std::sync::Arc;

use liveness::{
    ManualClock,
    money::{Journal, MemoryJournal},
};

/// A journal that can be opened anew, as after a restart.
pub(crate) struct Place(MemoryJournal);

impl Place {
    pub(crate) fn new(clock: &ManualClock) -> Self {
        Self(MemoryJournal::new().with_clock(clock.clone()))
    }

    pub(crate) fn open(&self) -> Arc<dyn Journal> {
        Arc::new(self.0.clone())
    }
}
