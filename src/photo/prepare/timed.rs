//! Measures the time of a stage.

use std::time::{Duration, Instant};

/// Does the work, and adds the time it takes to `time`.
pub(super) fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    *time += start.elapsed();
    done
}
