//! The observer trait, for code that follows the events of calls.

mod event;
mod summary;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::model::{Error, ProviderId};

pub use self::{
    event::{Delivery, Event},
    summary::{CallResult, CallSummary},
};

/// A receiver of events: each call and attempt, and the actions of the `money` wrappers. Use it for traces, metrics,
/// a log or an alarm.
///
/// `TracingObserver` and `MetricsObserver` are two ready ones; a pair `(A, B)` passes each event to both. A provider
/// takes one by `with_observer`, and so do [`AtMostOnce`](crate::money::AtMostOnce), [`Capped`](crate::money::Capped)
/// and [`Failover`](crate::money::Failover). Each reports its own actions only, so no event is reported twice. Give
/// all of them the same observer, in an `Arc`.
///
/// It is called on the thread that makes the call, between a vendor's answer and the caller, so it should be quick.
/// This crate has none of its locks taken meanwhile. A panic in it is caught and ignored, so that it cannot lose a
/// paid answer. No event contains personal data, a key, a token or an address with a path.
///
/// ```
/// use liveness::{Event, Observer};
///
/// #[derive(Debug)]
/// struct Log;
///
/// impl Observer for Log {
///     fn on(&self, event: &Event<'_>) {
///         eprintln!("{event:?}");
///     }
/// }
/// ```
pub trait Observer: fmt::Debug + Send + Sync {
    /// Receives one event. Defaults to ignoring it.
    fn on(&self, event: &Event<'_>) {
        let _ = event;
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn on(&self, event: &Event<'_>) {
        (**self).on(event);
    }
}

/// Ignores everything.
impl Observer for () {}

/// Passes each event to both, the first one first. A panic of the first does not reach the second.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn on(&self, event: &Event<'_>) {
        tell(&self.0, event);
        tell(&self.1, event);
    }
}

/// Passes an event to the observer, and catches a panic in it.
pub(crate) fn tell(observer: &dyn Observer, event: &Event<'_>) {
    let _ = catch_unwind(AssertUnwindSafe(|| observer.on(event)));
}

/// Reports that a call was refused before it began.
pub(crate) fn tell_refused(observer: &dyn Observer, provider: &ProviderId, name: &'static str, error: &Error) {
    let (kind, actor, reference) = (error.kind(), error.actor(), error.reference());
    tell(observer, &Event::CallRefused { provider, name, kind, actor, reference });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const REACHED: Event<'_> = Event::PhotoRefused { kind: "empty" };

    #[derive(Debug)]
    struct Panics;

    impl Observer for Panics {
        #[allow(clippy::panic, reason = "what it is there for")]
        fn on(&self, _: &Event<'_>) {
            panic!("an observer");
        }
    }

    #[derive(Debug, Default)]
    struct Counts(AtomicU32);

    impl Observer for Counts {
        fn on(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_panicking_observer_does_not_reach_the_caller() {
        tell(&Arc::new(Panics), &REACHED);
        tell(&(), &REACHED);
    }

    #[test]
    fn both_of_a_pair_are_told_whatever_the_first_one_does() {
        let counts = Arc::new(Counts::default());
        tell(&(Panics, (Arc::clone(&counts), Arc::clone(&counts))), &REACHED);
        assert_eq!(counts.0.load(Ordering::Relaxed), 2);
    }
}
