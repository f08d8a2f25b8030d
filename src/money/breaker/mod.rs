//! A circuit breaker, which stops the calls to a failing provider for a while.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::model::{Error, ErrorKind};

/// The policy by which [`Failover`](crate::money::Failover) stops calling a failing provider, and tries it again.
///
/// The breaker of a provider is closed at first. It opens after several failures without a success between them. The
/// provider is then passed over without a call. After the wait, the breaker lets one call through as a probe, and all
/// others still pass the provider over. If the probe succeeds, the breaker closes. If it fails, the wait starts over.
///
/// A failure is an error that came from the provider and that the next person would get too: `Unavailable`,
/// `OutcomeUnknown`, `Vendor` and `Protocol`, and also `Credentials` and `Denied`, which last until the operator
/// acts. A success is any verdict and any session: it is no failure of the vendor that a person does not pass.
/// Everything else counts as neither. `RateLimited` and `InvalidCheck` are answers to the caller, and an error before
/// the call was sent is no evidence about the vendor. The breaker learns from the gate of the call's options whether
/// the call was sent, so a provider that implements `begin` alone never opens its breaker.
///
/// ```
/// use std::time::Duration;
/// use liveness::money::BreakerPolicy;
///
/// let policy = BreakerPolicy::new().with_failures(3).with_wait(Duration::from_secs(10));
/// assert_eq!((policy.failures(), policy.wait()), (Some(3), Duration::from_secs(10)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    failures: Option<u32>,
    wait: Duration,
    probe_time: Duration,
}

impl BreakerPolicy {
    /// The defaults: open after 5 failures in a row, for 30 s; a probe has 120 s to come back.
    pub const fn new() -> Self {
        Self { failures: Some(5), wait: Duration::from_secs(30), probe_time: Duration::from_secs(120) }
    }

    /// Calls a provider each time, whatever it did before.
    pub const fn never() -> Self {
        Self { failures: None, ..Self::new() }
    }

    /// The number of failures without a success between them after which the breaker opens. 0 is read as 1. Defaults
    /// to 5.
    pub const fn with_failures(mut self, failures: u32) -> Self {
        self.failures = Some(if failures == 0 { 1 } else { failures });
        self
    }

    /// How long the provider gets no calls before a probe. Defaults to 30 s.
    pub const fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// How long a probe may take. After that it counts as lost, and the next call is the probe. It should be longer than the
    /// deadline of the provider's [`RetryPolicy`](crate::RetryPolicy). Defaults to 120 s.
    pub const fn with_probe_time(mut self, time: Duration) -> Self {
        self.probe_time = time;
        self
    }

    /// The number of failures without a success between them after which the breaker opens; `None` if it never opens.
    pub const fn failures(&self) -> Option<u32> {
        self.failures
    }

    /// How long the provider gets no calls before a probe.
    pub const fn wait(&self) -> Duration {
        self.wait
    }

    /// How long a probe may take.
    pub const fn probe_time(&self) -> Duration {
        self.probe_time
    }
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// What a call shows about the provider that was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The provider works.
    Well,
    /// The next person would get the same error.
    Ill,
    /// The call shows nothing.
    Neither,
}

impl Sign {
    /// The sign of a call that reached the provider and failed.
    pub(super) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Unavailable
            | ErrorKind::OutcomeUnknown
            | ErrorKind::Vendor
            | ErrorKind::Protocol
            | ErrorKind::Credentials
            | ErrorKind::Denied => Self::Ill,
            _ => Self::Neither,
        }
    }
}

/// The change that a sign caused, for the observer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Opened,
    Closed,
}

/// The breaker of one provider. Instants are those of [`Clock::monotonic`](crate::Clock::monotonic).
#[derive(Debug)]
pub(super) struct Breaker {
    policy: BreakerPolicy,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Increases with each change of phase and each probe. The report of a call from an earlier term is too late.
    term: u64,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Closed {
        failures: u32,
    },
    /// No call is let through before this instant.
    Open {
        until: Duration,
    },
    /// A probe is out, and counts as lost after this instant.
    HalfOpen {
        until: Duration,
    },
}

/// The right to call the provider once. Dropping it reports nothing about the provider: another call may then probe
/// at once.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    term: u64,
    is_used: bool,
}

impl Breaker {
    pub(super) const fn new(policy: BreakerPolicy) -> Self {
        Self { policy, state: Mutex::new(State { phase: Phase::Closed { failures: 0 }, term: 0 }) }
    }

    /// Lets a call through, or returns how long no call is let through.
    pub(super) fn admit(&self, now: Duration) -> Result<Pass<'_>, Duration> {
        let mut state = self.lock();
        match state.phase {
            Phase::Closed { .. } => {}
            Phase::Open { until } | Phase::HalfOpen { until } if now < until => return Err(until.saturating_sub(now)),
            Phase::Open { .. } | Phase::HalfOpen { .. } => {
                state.enter(Phase::HalfOpen { until: now.saturating_add(self.policy.probe_time) });
            }
        }
        Ok(Pass { breaker: self, term: state.term, is_used: false })
    }

    fn report(&self, term: u64, sign: Sign, now: Duration) -> Option<Change> {
        let mut state = self.lock();
        if state.term != term {
            return None;
        }
        let open = Phase::Open { until: now.saturating_add(self.policy.wait) };
        match (state.phase, sign) {
            (Phase::Closed { failures }, Sign::Ill) => {
                let failures = failures.saturating_add(1);
                if self.policy.failures.is_some_and(|most| failures >= most) {
                    state.enter(open);
                    return Some(Change::Opened);
                }
                state.phase = Phase::Closed { failures };
            }
            (Phase::Closed { .. }, Sign::Well) => state.phase = Phase::Closed { failures: 0 },
            (Phase::HalfOpen { .. }, Sign::Well) => {
                state.enter(Phase::Closed { failures: 0 });
                return Some(Change::Closed);
            }
            (Phase::HalfOpen { .. }, Sign::Ill) => state.enter(open),
            (Phase::HalfOpen { .. }, Sign::Neither) => state.enter(Phase::Open { until: Duration::ZERO }),
            (Phase::Closed { .. }, Sign::Neither) | (Phase::Open { .. }, _) => {}
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment, so the state is complete even after a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.term = self.term.wrapping_add(1);
    }
}

impl Pass<'_> {
    /// Reports what the call showed about the provider.
    pub(super) fn report(mut self, sign: Sign, now: Duration) -> Option<Change> {
        self.is_used = true;
        self.breaker.report(self.term, sign, now)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.is_used {
            self.breaker.report(self.term, Sign::Neither, Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests;
