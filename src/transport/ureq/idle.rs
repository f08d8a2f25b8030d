//! The idle connections, and the choice of one for the next request.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{Uri, uri::Scheme};

use super::{moment::Moment, socket::Wire};

/// The most connections that are kept, over all endpoints; of more, the one that was idle the longest is closed.
const MAX_KEPT: usize = 64;

/// The endpoint of a connection. It never carries a request to any other place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    is_tls: bool,
    host: String,
    port: u16,
}

impl Endpoint {
    pub(super) fn of(uri: &Uri) -> Self {
        let is_tls = uri.scheme() == Some(&Scheme::HTTPS);
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        Self { is_tls, host, port: uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }) }
    }
}

/// The connections without a request, shared by all clones of a transport.
pub(super) struct Idle<T = Wire> {
    limit: Duration,
    /// The newest one is the last.
    kept: Mutex<Vec<Kept<T>>>,
}

struct Kept<T> {
    endpoint: Endpoint,
    since: Moment,
    /// How long it may be idle.
    limit: Duration,
    wire: T,
}

impl<T> Idle<T> {
    pub(super) fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self { limit, kept: Mutex::default() })
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// The connection to this endpoint that was used last and is fit: idle for no longer than the limit, and its
    /// other side `is_silent`. No other request has it then. Unfit connections are closed.
    pub(super) fn take(
        &self,
        endpoint: &Endpoint,
        now: impl Fn() -> Moment,
        is_silent: impl Fn(&mut T) -> bool,
    ) -> Option<T> {
        loop {
            let (taken, old) = {
                let mut kept = self.lock();
                // Not before: another thread may have kept a connection meanwhile, which would seem to come from the future.
                let now = now();
                let old: Vec<_> = kept.extract_if(.., |kept| !now.is_within(kept.limit, kept.since)).collect();
                let at = kept.iter().rposition(|kept| kept.endpoint == *endpoint);
                (at.map(|at| kept.remove(at)), old)
            };
            // Closing a connection is a call of the system, and no other thread waits for it.
            drop(old);
            let mut wire = taken?.wire;
            if is_silent(&mut wire) {
                return Some(wire);
            }
        }
    }

    /// Keeps a connection over which a request and its whole answer went, for at most this long, where the other side
    /// stated less than the limit of all.
    pub(super) fn keep(&self, endpoint: Endpoint, limit: Duration, now: impl Fn() -> Moment, wire: T) {
        let old: Vec<_> = {
            let mut kept = self.lock();
            let now = now();
            let mut old: Vec<_> = kept.extract_if(.., |kept| !now.is_within(kept.limit, kept.since)).collect();
            if kept.len() >= MAX_KEPT {
                old.push(kept.remove(0));
            }
            kept.push(Kept { endpoint, since: now, limit, wire });
            old
        };
        drop(old);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept<T>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(2);
    const TICK: Duration = Duration::from_millis(1);

    fn endpoint(uri: &'static str) -> Endpoint {
        Endpoint::of(&Uri::from_static(uri))
    }

    fn later(moment: Moment, passed: Duration) -> Moment {
        Moment { steady: moment.steady + passed, wall: moment.wall + passed, ..moment }
    }

    #[test]
    fn a_connection_is_taken_by_one_and_only_within_the_limit() {
        let (idle, start, vendor) = (Idle::new(LIMIT), Moment::now(), endpoint("https://vendor.example/a"));
        for (passed, expected) in [(Duration::ZERO, Some(7)), (LIMIT, Some(7)), (LIMIT + TICK, None)] {
            idle.keep(vendor.clone(), LIMIT, || start, 7);
            assert_eq!(idle.take(&vendor, || later(start, passed), |_| true), expected, "{passed:?}");
            assert_eq!(idle.take(&vendor, || later(start, passed), |_| true), None, "nobody else has it: {passed:?}");
        }
    }

    #[test]
    fn a_connection_whose_other_side_keeps_it_for_less_is_closed_earlier_than_others() {
        let (idle, start, vendor) = (Idle::new(LIMIT), Moment::now(), endpoint("https://vendor.example/a"));
        for (passed, expected) in [(LIMIT / 2, Some(7)), (LIMIT / 2 + TICK, None)] {
            idle.keep(vendor.clone(), LIMIT / 2, || start, 7);
            assert_eq!(idle.take(&vendor, || later(start, passed), |_| true), expected, "{passed:?}");
        }
    }

    #[test]
    fn a_connection_goes_nowhere_but_to_its_scheme_host_and_port() {
        let (idle, now) = (Idle::new(LIMIT), Moment::now());
        idle.keep(endpoint("https://vendor.example/a"), LIMIT, || now, 7);
        for other in [
            "http://vendor.example/a",
            "https://other.example/a",
            "https://vendor.example:444/a",
            "http://vendor.example:443/",
        ] {
            assert_eq!(idle.take(&endpoint(other), || now, |_| true), None, "{other}");
        }
        assert_eq!(idle.take(&endpoint("https://VENDOR.example:443/b?c"), || now, |_| true), Some(7));
    }

    /// A clock that was set back, or forward, and a machine that slept, during which the steady clock did not move.
    #[test]
    fn a_connection_is_closed_where_a_clock_shows_that_its_age_is_not_known() {
        let (idle, start, vendor) = (Idle::new(LIMIT), Moment::now(), endpoint("https://vendor.example/"));
        let hour = Duration::from_secs(3_600);
        for now in [
            Moment { wall: start.wall - TICK, ..start },
            Moment { wall: start.wall + hour, ..start },
            Moment { steady: start.steady + hour, ..start },
            Moment { process: start.process + 1, ..start },
        ] {
            idle.keep(vendor.clone(), LIMIT, || start, 7);
            assert_eq!(idle.take(&vendor, || now, |_| true), None);
        }
        let earlier = Moment { steady: start.steady + TICK, ..start };
        idle.keep(vendor.clone(), LIMIT, || earlier, 7);
        assert_eq!(idle.take(&vendor, || start, |_| true), None);
    }

    #[test]
    fn a_connection_that_is_not_silent_is_passed_over_and_never_seen_again() {
        let (idle, now, vendor) = (Idle::new(LIMIT), Moment::now(), endpoint("https://vendor.example/"));
        for wire in [1, 2, 3] {
            idle.keep(vendor.clone(), LIMIT, || now, wire);
        }
        assert_eq!(idle.take(&vendor, || now, |wire| *wire < 2), Some(1));
        assert_eq!(idle.take(&vendor, || now, |_| true), None);
    }

    #[test]
    fn of_too_many_connections_the_oldest_is_closed() {
        let (idle, now, vendor) = (Idle::new(LIMIT), Moment::now(), endpoint("https://vendor.example/"));
        for wire in 0..=MAX_KEPT {
            idle.keep(vendor.clone(), LIMIT, || now, wire);
        }
        let taken: Vec<_> = std::iter::from_fn(|| idle.take(&vendor, || now, |_| true)).collect();
        assert_eq!(taken, (1..=MAX_KEPT).rev().collect::<Vec<_>>());
    }
}
