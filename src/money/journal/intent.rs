//! The intent, which is passed to a journal before a call, and the journal's reply.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Fingerprint, Record, TryKey};
use crate::{
    model::{Charges, ProviderId},
    money::caps::{CapUse, Caps},
};

/// The call that a wrapper is about to make.
///
/// ```
/// use std::time::Duration;
/// use liveness::{CallKind, money::{Caps, Fingerprint, Intent, Journal, MemoryJournal, Opened, TryKey}};
///
/// let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// let mut intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "5f".repeat(16)));
/// intent.caps = Caps::new().with_per_minute(60);
/// intent.lease = Duration::from_secs(45);
/// assert!(matches!(MemoryJournal::new().open(&intent)?, Opened::New(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Intent {
    /// The call's name.
    pub key: TryKey,
    /// The provider that would be called.
    pub provider: ProviderId,
    /// The inputs, as they are written down.
    pub fingerprint: Fingerprint,
    /// The same inputs under the other known keys and forms.
    pub other_fingerprints: Vec<Fingerprint>,
    /// How long the call may be in flight, from the journal's current time on.
    pub lease: Duration,
    /// The most charges that the call can cause.
    pub exposure: u32,
    /// How often the call may be repeated although an earlier one is in doubt; 0 for never.
    pub repeats_in_doubt: u32,
    /// The caps to check.
    pub caps: Caps,
}

impl Intent {
    /// A call that may cause one charge, is in flight for 90 s at most, has no caps, and is not made while another is
    /// in doubt.
    pub fn new(key: TryKey, provider: ProviderId, fingerprint: Fingerprint) -> Self {
        Self {
            key,
            provider,
            fingerprint,
            other_fingerprints: Vec::new(),
            lease: Duration::from_secs(90),
            exposure: 1,
            repeats_in_doubt: 0,
            caps: Caps::new(),
        }
    }
}

/// A journal's reply to an intent. The enum is exhaustive: code that makes a call must handle each case.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::Opened;
///
/// let told = |opened| match opened {
///     Opened::New(_) => "make the call",
///     Opened::Answered(_) => "give the same answer again",
///     Opened::InFlight(_) => "wait, or tell the caller to wait",
///     Opened::InDoubt(_) => "reconcile first",
///     Opened::OtherInputs(_) | Opened::UnknownKey(_) => "refuse it",
///     Opened::OverCap(_) => "refuse it until the cap has room",
/// };
/// assert_eq!(told(journal.open(&intent)?), "make the call");
/// assert_eq!(told(journal.open(&intent)?), "wait, or tell the caller to wait");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// It is written down, and the call may be made.
    New(Ticket),
    /// The same try is in flight.
    InFlight(Box<Record>),
    /// An earlier call of the same try is in doubt.
    InDoubt(Box<Record>),
    /// The same try was answered.
    Answered(Box<Record>),
    /// The same try had other inputs.
    OtherInputs(Box<Record>),
    /// The inputs cannot be compared: they were hashed with a key that is unknown here.
    UnknownKey(Box<Record>),
    /// This cap has no room for the call.
    OverCap(CapUse),
}

/// The right to make one call, once, until it expires.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// assert_eq!((&ticket.key, ticket.fence), (&key, 1));
/// // No byte of the call may be sent from this instant on.
/// assert_eq!(ticket.until, datetime!(2026-11-21 08:01:30 UTC));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ticket {
    /// The call's name.
    pub key: TryKey,
    /// The number of this opening of the call, from 1. A ticket of an earlier one closes nothing.
    pub fence: u64,
    /// The time until which the call may be in flight, by the journal's clock.
    pub until: OffsetDateTime,
    /// The charges of earlier openings of the same call whose answers are lost. Only the next answer reports them.
    pub lost: Charges,
    /// The tightest of the caps that are used to 80 % or more with this call.
    pub near: Option<CapUse>,
}
