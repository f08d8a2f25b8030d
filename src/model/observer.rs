//! Who is told of what happens between the calls?

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::model::{ErrorKind, ProviderId, Reference};

/// Is told of what the money rooms do, for a log, an alarm or a counter.
///
/// It is called between a vendor's answer and the caller, so it should be quick. A panic in it is caught and ignored: it must
/// not lose an answer that was paid for. No event holds anything of a person, a key or a token.
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
    /// Something happened. Defaults to ignoring it.
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

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A call was answered, and the journal did not keep the answer. The caller has it; the record stays in doubt, or as it was
    /// settled while the call was out.
    #[non_exhaustive]
    NotRecorded {
        /// The account that answered.
        provider: &'a ProviderId,
        /// The caller's own number.
        reference: &'a Reference,
    },
    /// The provider answered a call without asking the gate of its options, so a late call would not be held back.
    #[non_exhaustive]
    GateNotAsked {
        /// The provider that ignores gates.
        provider: &'a ProviderId,
    },
    /// A cap is used up to 80 % or more. The unit is charges, or calls for a cap on calls in flight.
    #[non_exhaustive]
    CapNear {
        /// The cap's word, such as `per_day`.
        cap: &'static str,
        /// How much of it is used, this call included.
        used: u32,
        /// How much it allows.
        limit: u32,
    },
    /// A cap is used up: the call was refused.
    #[non_exhaustive]
    CapReached {
        /// The cap's word, such as `per_day`.
        cap: &'static str,
        /// How much it allows.
        limit: u32,
    },
    /// A provider of a set gave no answer or was not asked, and the set went on without it. Raise an alarm for `Credentials` and
    /// `Denied`: another provider answers, so that nobody else notices.
    #[non_exhaustive]
    PassedOver {
        /// Who was passed over.
        provider: &'a ProviderId,
        /// Why.
        kind: ErrorKind,
    },
    /// A provider failed so often that it is not asked for a while.
    #[non_exhaustive]
    BreakerOpened {
        /// Who is not asked.
        provider: &'a ProviderId,
    },
    /// A provider that was not asked for a while answered again.
    #[non_exhaustive]
    BreakerClosed {
        /// Who is asked again.
        provider: &'a ProviderId,
    },
    /// No further attempt was made, because the retries of this provider's calls are used up.
    #[non_exhaustive]
    RetryBudgetEmpty {
        /// Whose retries are used up.
        provider: &'a ProviderId,
    },
}

/// Tells the observer, whatever it does.
pub(crate) fn tell(observer: &dyn Observer, event: &Event<'_>) {
    let _ = catch_unwind(AssertUnwindSafe(|| observer.on(event)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Panics;

    impl Observer for Panics {
        #[allow(clippy::panic, reason = "what it is there for")]
        fn on(&self, _: &Event<'_>) {
            panic!("an observer");
        }
    }

    #[test]
    fn a_panicking_observer_does_not_reach_the_caller() {
        tell(&Arc::new(Panics), &Event::CapReached { cap: "per_day", limit: 1 });
        tell(&(), &Event::CapReached { cap: "per_day", limit: 1 });
    }
}
