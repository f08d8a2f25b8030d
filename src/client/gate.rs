//! The gate before each attempt of a call, which can stop the attempt.

use std::{fmt, time::Duration};

use time::OffsetDateTime;

use crate::model::{ProviderId, Result};

/// A check that runs right before the first byte of each attempt of a call, and can block the attempt. Add it with
/// [`CallOptions::with_gate`](super::CallOptions::with_gate).
///
/// The time of the gates is part of the attempt's own time, so the attempt ends at the time that the gates were
/// given. The observer gets the attempt's event before the gates run.
///
/// A wrapper uses it to record what is sent, and to block a call whose time ran out while the process was stopped.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
/// use liveness::{Error, ErrorKind, Result, client::{Attempt, CallOptions, Gate}};
///
/// /// Lets one attempt through.
/// #[derive(Debug)]
/// struct Single(AtomicU32);
///
/// impl Gate for Single {
///     fn before_send(&self, _: &Attempt<'_>) -> Result<()> {
///         match self.0.fetch_add(1, Ordering::Relaxed) {
///             0 => Ok(()),
///             _ => Err(Error::new(ErrorKind::BudgetExceeded).with_field("attempts")),
///         }
///     }
/// }
///
/// let options = CallOptions::new().with_gate(Arc::new(Single(AtomicU32::new(0))));
/// ```
pub trait Gate: fmt::Debug + Send + Sync {
    /// Whether the attempt may be sent.
    ///
    /// # Errors
    ///
    /// The attempt is not sent, and no further one is made. The call returns this error. If an earlier attempt
    /// failed, it returns the error of that attempt, because that may have cost something.
    fn before_send(&self, attempt: &Attempt<'_>) -> Result<()>;
}

/// An attempt that is about to be sent.
///
/// ```
/// use std::time::Duration;
/// use liveness::{ProviderId, client::{Attempt, CallOptions}, time::macros::datetime};
///
/// // A provider without a `Client` asks the gates itself, before each attempt.
/// let provider = ProviderId::new("acme", "a")?;
/// let attempt = Attempt::new(&provider, datetime!(2026-11-21 08:00 UTC), Duration::from_secs(30));
/// assert!(attempt.is_paid && attempt.number == 1);
/// CallOptions::new().before_send(&attempt)?;
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The account that is called.
    pub provider: &'a ProviderId,
    /// Whether the call may cost something.
    pub is_paid: bool,
    /// Which attempt of its call it is, from 1.
    pub number: u32,
    /// The number that the request carries, if it carries one.
    pub sent_id: Option<&'a str>,
    /// The instant with which the request is signed: by the vendor's clock, as far as it is known.
    pub at: OffsetDateTime,
    /// How long the attempt may take from now on, the gates included.
    pub timeout: Duration,
}

impl<'a> Attempt<'a> {
    /// The first attempt of a paid call to this account.
    pub const fn new(provider: &'a ProviderId, at: OffsetDateTime, timeout: Duration) -> Self {
        Self { provider, is_paid: true, number: 1, sent_id: None, at, timeout }
    }
}
