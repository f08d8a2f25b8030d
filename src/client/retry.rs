//! The policy on retries: the number, the pace and the total time of a call's attempts.
//!
//! Plain data and pure decisions. The error decides whether a call may be sent again at all.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::client::RetryBudget;

/// The least time in which a retry is worth the risk of a cut.
const LEAST_TIME_TO_RETRY: Duration = Duration::from_secs(5);

/// How calls are retried. Only a call that certainly did not run is retried; see [`Again::Safe`](crate::Again::Safe).
///
/// A paid call that the deadline cuts short may have run. A retry therefore starts only if 5 s are left, or the time-out of one
/// attempt if that is shorter.
///
/// ```
/// use std::time::Duration;
/// use liveness::RetryPolicy;
///
/// let policy = RetryPolicy::new().with_max_attempts(2).with_deadline(Duration::from_secs(20));
/// assert_eq!(policy.max_attempts(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
    attempt_timeout: Duration,
    deadline: Duration,
    budget: Option<RetryBudget>,
}

impl RetryPolicy {
    /// The defaults: 3 attempts, waits that double from 200 ms to 5 s plus at most as much jitter, 30 s for an attempt, 60 s in
    /// all.
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(60),
            budget: None,
        }
    }

    /// Never retries automatically, not even with a corrected clock.
    pub const fn never() -> Self {
        Self::new().with_max_attempts(1)
    }

    /// The largest number of times that a call is sent. The correction of a wrong clock counts as one. 0 is read as 1. Defaults
    /// to 3.
    pub const fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// The wait before the second attempt; it doubles from one to the next, and up to as much again is added at random.
    /// Defaults to 200 ms.
    pub const fn with_initial_backoff(mut self, wait: Duration) -> Self {
        self.initial_backoff = wait;
        self
    }

    /// The longest wait between two attempts, without the random part. Defaults to 5 s.
    pub const fn with_max_backoff(mut self, wait: Duration) -> Self {
        self.max_backoff = wait;
        self
    }

    /// How long one attempt may take. Defaults to 30 s.
    pub const fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long a call may take with all its attempts and waits; no attempt after the first begins close before its end.
    /// Defaults to 60 s.
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Limits the retries of all calls with this policy together; see [`RetryBudget`]. Defaults to no limit.
    pub fn with_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// How many times a call is sent at most, 1 or more.
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The wait before the second attempt, without jitter.
    pub const fn initial_backoff(&self) -> Duration {
        self.initial_backoff
    }

    /// The longest wait, without jitter.
    pub const fn max_backoff(&self) -> Duration {
        self.max_backoff
    }

    /// How long one attempt may take.
    pub const fn attempt_timeout(&self) -> Duration {
        self.attempt_timeout
    }

    /// How long a call may take in all.
    pub const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The limit on the retries of all calls together.
    pub const fn budget(&self) -> Option<&RetryBudget> {
        self.budget.as_ref()
    }

    /// The same within a caller's own deadline, which only shortens.
    pub(super) fn within(&self, deadline: Option<Duration>) -> Self {
        let mut policy = self.clone();
        policy.deadline = deadline.map_or(self.deadline, |deadline| deadline.min(self.deadline));
        policy
    }

    /// How long the next attempt may take after so many and so much time; `None` when too little is left.
    pub(super) fn next_timeout(&self, attempts: u32, elapsed: Duration) -> Option<Duration> {
        let least = if attempts == 0 { Duration::ZERO } else { self.least_time_to_retry() };
        let left = self.deadline.checked_sub(elapsed)?;
        Some(left.min(self.attempt_timeout)).filter(|timeout| !timeout.is_zero() && *timeout >= least)
    }

    /// How long to wait after this many attempts; `None` when that was the last one or the wait would leave too little time.
    pub(super) fn next_wait(&self, attempts: u32, elapsed: Duration, seed: u64) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let wait = ExponentialBuilder::new()
            .with_min_delay(self.initial_backoff)
            .with_max_delay(self.max_backoff)
            .with_max_times(attempts as usize)
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
            .last()?;
        let needed = elapsed.saturating_add(wait).saturating_add(self.least_time_to_retry());
        (needed <= self.deadline).then_some(wait)
    }

    /// Takes one retry from the budget, if there is a budget; false if it is empty.
    pub(super) fn take_retry(&self) -> bool {
        self.budget.as_ref().is_none_or(RetryBudget::take)
    }

    /// Reports a call that succeeded to the budget.
    pub(super) fn succeeded(&self) {
        if let Some(budget) = &self.budget {
            budget.refill();
        }
    }

    fn least_time_to_retry(&self) -> Duration {
        self.attempt_timeout.min(LEAST_TIME_TO_RETRY)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_jitter_adds_at_most_as_much() {
        let policy = RetryPolicy::new().with_max_attempts(20).with_deadline(Duration::from_secs(3600));
        for (attempts, base) in [(1, 200), (2, 400), (3, 800), (4, 1600), (5, 3200), (6, 5000), (7, 5000)] {
            let wait = policy.next_wait(attempts, Duration::ZERO, 7).unwrap().as_millis();
            assert!((base..=2 * base).contains(&wait), "attempt {attempts}: {wait}");
        }
    }

    #[test]
    fn the_last_attempt_and_the_deadline_end_it() {
        let policy = RetryPolicy::new();
        assert!(policy.next_wait(2, Duration::ZERO, 1).is_some());
        assert_eq!(policy.next_wait(3, Duration::ZERO, 1), None);
        assert_eq!(policy.next_wait(1, Duration::from_secs(60), 1), None);
        assert_eq!(RetryPolicy::never().next_wait(1, Duration::ZERO, 1), None);
    }

    #[test]
    fn an_attempt_never_outlasts_the_deadline() {
        let policy = RetryPolicy::new();
        let after = |attempts, seconds| policy.next_timeout(attempts, Duration::from_secs(seconds));
        assert_eq!(after(0, 0), Some(Duration::from_secs(30)));
        assert_eq!(after(1, 45), Some(Duration::from_secs(15)));
        assert_eq!((after(1, 60), after(1, 61)), (None, None));
    }

    #[test]
    fn an_attempt_after_the_first_has_five_seconds_or_is_not_made() {
        let policy = RetryPolicy::new().with_initial_backoff(Duration::ZERO).with_max_backoff(Duration::ZERO);
        let (enough, too_little) = (Duration::from_secs(55), Duration::from_millis(55_001));
        assert_eq!(policy.next_timeout(1, enough), Some(Duration::from_secs(5)));
        assert_eq!(policy.next_wait(1, enough, 1), Some(Duration::ZERO));
        assert_eq!((policy.next_timeout(1, too_little), policy.next_wait(1, too_little, 1)), (None, None));
        assert!(policy.next_timeout(0, too_little).is_some(), "the first is the caller's wish");
        let hasty = policy.with_attempt_timeout(Duration::from_secs(1));
        assert_eq!(hasty.next_timeout(1, Duration::from_secs(59)), Some(Duration::from_secs(1)));
        assert_eq!(hasty.next_timeout(1, Duration::from_millis(59_001)), None);
    }

    proptest! {
        #[test]
        fn no_setting_makes_it_panic(attempts: u32, first in 0..=u64::MAX, longest: u64, seed: u64, made in 0_u32..100) {
            let policy = RetryPolicy::new()
                .with_max_attempts(attempts)
                .with_initial_backoff(Duration::from_millis(first))
                .with_max_backoff(Duration::from_millis(longest));
            let _ = policy.next_wait(made, Duration::MAX, seed);
            let _ = policy.next_wait(made, Duration::ZERO, seed);
        }
    }
}
