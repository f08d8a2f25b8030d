//! Clocks: the source of time, waiting and randomness.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use ring::rand::SecureRandom;
use time::OffsetDateTime;

/// The source of time, waiting and randomness. It is an argument, so that tests neither sleep nor depend on chance.
///
/// ```
/// use std::time::Duration;
/// use liveness::{Clock, ManualClock};
///
/// fn pause(clock: &dyn Clock) -> Duration {
///     let began = clock.monotonic();
///     clock.sleep(Duration::from_secs(30));
///     clock.monotonic() - began
/// }
///
/// // A test of it waits for nothing.
/// let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
/// assert_eq!(pause(&clock), Duration::from_secs(30));
/// ```
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall clock. Requests are signed with it.
    fn now(&self) -> OffsetDateTime;

    /// The time since a fixed moment, which never goes back. The crate measures deadlines with it.
    fn monotonic(&self) -> Duration;

    /// Waits for this time. Zero returns at once.
    fn sleep(&self, duration: Duration);

    /// 64 random bits for jitter and request numbers. Never use them for keys.
    fn random(&self) -> u64;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> OffsetDateTime {
        (**self).now()
    }

    fn monotonic(&self) -> Duration {
        (**self).monotonic()
    }

    fn sleep(&self, duration: Duration) {
        (**self).sleep(duration);
    }

    fn random(&self) -> u64 {
        (**self).random()
    }
}

/// The machine's own clock and randomness.
///
/// ```
/// use liveness::{Clock, SystemClock};
///
/// let began = SystemClock.monotonic();
/// assert!(SystemClock.monotonic() >= began);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        // A machine without randomness loses the jitter, not the check.
        let _ = ring::rand::SystemRandom::new().fill(&mut bytes);
        u64::from_ne_bytes(bytes)
    }
}

/// A clock for tests, which moves only on command. Sleeping moves it and returns at once.
///
/// Clones share the same time.
///
/// ```
/// use std::time::Duration;
/// use liveness::{Clock, ManualClock};
///
/// let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
/// clock.sleep(Duration::from_secs(3));
/// assert_eq!(clock.now(), time::macros::datetime!(2026-11-21 08:00:03 UTC));
/// assert_eq!(clock.slept(), [Duration::from_secs(3)]);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Manual>>);

#[derive(Debug)]
struct Manual {
    now: OffsetDateTime,
    monotonic: Duration,
    slept: Vec<Duration>,
    random: u64,
}

impl ManualClock {
    /// Starts at this instant; its random numbers count up from 1.
    pub fn new(now: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(Manual { now, monotonic: Duration::ZERO, slept: Vec::new(), random: 0 })))
    }

    /// Moves both the wall clock and the monotonic one forward.
    pub fn advance(&self, by: Duration) {
        let mut manual = self.lock();
        manual.now = manual.now.saturating_add(by.try_into().unwrap_or(time::Duration::MAX));
        manual.monotonic = manual.monotonic.saturating_add(by);
    }

    /// Sets the wall clock, also backwards, as an operator or NTP would. The monotonic clock does not change.
    pub fn set(&self, now: OffsetDateTime) {
        self.lock().now = now;
    }

    /// Every sleep so far, in order.
    pub fn slept(&self) -> Vec<Duration> {
        self.lock().slept.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Manual> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        self.lock().now
    }

    fn monotonic(&self) -> Duration {
        self.lock().monotonic
    }

    fn sleep(&self, duration: Duration) {
        self.advance(duration);
        self.lock().slept.push(duration);
    }

    fn random(&self) -> u64 {
        let mut manual = self.lock();
        manual.random = manual.random.wrapping_add(1);
        manual.random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_moves_and_is_random() {
        let (before, first) = (SystemClock.monotonic(), SystemClock.random());
        assert!(SystemClock.monotonic() >= before);
        assert_ne!(SystemClock.random(), first);
    }
}
