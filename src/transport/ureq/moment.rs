//! Measures the time that has passed, by every clock that may show more.

use std::{
    process,
    time::{Duration, Instant, SystemTime},
};

/// A moment, by every clock that may show that more time has passed than intended: the steady one does not move while
/// a machine sleeps, and the other one can be set.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) steady: Instant,
    pub(super) wall: SystemTime,
    /// A process that was forked off has the same connections, and both would write on them.
    pub(super) process: u32,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now(), process: process::id() }
    }

    /// Whether at most this time has certainly passed.
    pub(super) fn is_within(self, limit: Duration, since: Self) -> bool {
        let steady = self.steady.checked_duration_since(since.steady);
        let wall = self.wall.duration_since(since.wall).ok();
        self.process == since.process
            && [steady, wall].iter().all(|passed| passed.is_some_and(|passed| passed <= limit))
    }
}
