//! The events of a call and of the `money` wrappers around it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::CallSummary;
use crate::model::{Actor, Charges, ErrorKind, ProviderId, Reference, Repair, words};

/// How far an attempt got.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
/// use liveness::{Check, Delivery, Event, Jumdata, LivenessProvider, Observer, ReturnUrl, Sandbox, sandbox::Fault};
///
/// /// Counts the attempts whose answers were lost.
/// #[derive(Debug, Default)]
/// struct Lost(AtomicU32);
///
/// impl Observer for Lost {
///     fn on(&self, event: &Event<'_>) {
///         if matches!(event, Event::AttemptEnded { delivery: Delivery::Lost, .. }) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let (lost, sandbox) = (Arc::new(Lost::default()), Sandbox::new());
/// sandbox.arm_fault(Fault::DropAfterCharge, 1);
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox).with_observer(Arc::clone(&lost));
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// assert!(provider.begin(&check).is_err());
/// assert_eq!(lost.0.load(Ordering::Relaxed), 1);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// Certainly not sent.
    NotSent,
    /// It may have been sent, and no whole response came.
    Lost,
    /// A response came, whatever its content.
    Answered,
}

words!(all Delivery, "delivery", { NotSent => "not_sent", Lost => "lost", Answered => "answered" });

/// An event of a call, a provider or a photo.
///
/// The events of one call carry its number, come on one thread, and have this order: `CallBegan`, then `AttemptBegan`
/// and `AttemptEnded` for each attempt, and `CallEnded`, which always comes, even after a panic. Only an attempt
/// during which the transport or a gate panicked has no end of its own. `Retrying` comes right before the
/// `AttemptBegan` of a further attempt. An attempt that a gate blocks begins, ends as not sent, and is not among the
/// `attempts` of `CallEnded`. A call that is refused before it begins has `CallRefused` alone.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use liveness::{Check, Event, Jumdata, LivenessProvider, Observer, ReturnUrl, Sandbox};
///
/// /// Keeps a line of each call.
/// #[derive(Debug, Default)]
/// struct Lines(Mutex<Vec<String>>);
///
/// impl Observer for Lines {
///     fn on(&self, event: &Event<'_>) {
///         if let Event::CallEnded { name, attempts, summary, .. } = event {
///             self.0.lock().unwrap().push(format!("{name}: {}, attempts: {attempts}", summary.result.as_str()));
///         }
///     }
/// }
///
/// let lines = Arc::new(Lines::default());
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new()).with_observer(Arc::clone(&lines));
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let _session = provider.begin(&check)?;
/// assert_eq!(*lines.0.lock().unwrap(), ["init: pending, attempts: 1"]);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A call to a vendor begins.
    #[non_exhaustive]
    CallBegan {
        /// The call's number, unique in this process.
        call: u64,
        /// The account that is called.
        provider: &'a ProviderId,
        /// The vendor's call, see [`Call::name`](crate::client::Call::name). Fit for a label.
        name: &'static str,
        /// Whether it may cost something.
        is_paid: bool,
        /// The caller's own number.
        reference: Option<&'a Reference>,
    },
    /// An attempt of a call is about to be sent, unless a [`Gate`](crate::client::Gate) blocks it. The gates run
    /// after this event, so that no time is lost between their look at the clock and the first byte.
    #[non_exhaustive]
    AttemptBegan {
        /// The call's number.
        call: u64,
        /// The account that is called.
        provider: &'a ProviderId,
        /// The vendor's call.
        name: &'static str,
        /// Which attempt of its call it is, from 1.
        number: u32,
        /// The HTTP method.
        method: &'a str,
        /// The host, without a path.
        host: Option<&'a str>,
        /// The port, which is the default of the scheme if the address names none.
        port: Option<u16>,
        /// The number that the request carries, if it carries one.
        sent_id: Option<&'a str>,
        /// The size of the request's body in bytes.
        bytes: usize,
    },
    /// An attempt is over.
    #[non_exhaustive]
    AttemptEnded {
        /// The call's number.
        call: u64,
        /// The account that was called.
        provider: &'a ProviderId,
        /// The vendor's call.
        name: &'static str,
        /// Which attempt of its call it is, from 1.
        number: u32,
        /// How far it got.
        delivery: Delivery,
        /// The HTTP status of the response, 100–999, also of one that broke off.
        status: Option<u16>,
        /// The word of the [`TransportErrorKind`](crate::TransportErrorKind), if it failed; `held_back` if a gate or
        /// the end of the call's time stopped it before it was sent. Fit for a label.
        error: Option<&'static str>,
        /// The size of the response's body in bytes, as far as it arrived.
        bytes: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// An attempt failed, and the call is now sent once more, after a pause.
    #[non_exhaustive]
    Retrying {
        /// The call's number.
        call: u64,
        /// The account that is called.
        provider: &'a ProviderId,
        /// Which of the vendor's calls it is.
        name: &'static str,
        /// The attempt that failed, from 1.
        number: u32,
        /// The kind of its error.
        kind: ErrorKind,
        /// The pause that was made.
        wait: Duration,
    },
    /// No further attempt was made, because the retries of this provider's calls are used up.
    #[non_exhaustive]
    RetryBudgetEmpty {
        /// The account whose retries are used up.
        provider: &'a ProviderId,
    },
    /// The vendor's clock was found to differ from ours, or to agree again. Requests are signed with the vendor's
    /// time.
    #[non_exhaustive]
    ClockSkew {
        /// The account whose vendor has this clock.
        provider: &'a ProviderId,
        /// How far it is ahead of ours, in seconds; 0 if it agrees again.
        seconds: i64,
    },
    /// An answer could be read only after a repair. A vendor whose answers begin to need one has changed something.
    #[non_exhaustive]
    AnswerRepaired {
        /// The account that answered.
        provider: &'a ProviderId,
        /// The vendor's call.
        name: &'static str,
        /// The repair.
        repair: Repair,
    },
    /// A call has ended.
    #[non_exhaustive]
    CallEnded {
        /// The call's number.
        call: u64,
        /// The account that was called.
        provider: &'a ProviderId,
        /// Which of the vendor's calls it is.
        name: &'static str,
        /// Whether it may cost something.
        is_paid: bool,
        /// The caller's own number.
        reference: Option<&'a Reference>,
        /// How many attempts were made; 0 if no request was given to the transport.
        attempts: u32,
        /// How far the furthest attempt got; `NotSent` if there was none. With `NotSent`, nothing can have run.
        delivery: Delivery,
        /// How long it took with all attempts and pauses.
        elapsed: Duration,
        /// The summary of the end.
        summary: CallSummary<'a>,
    },
    /// A call was refused before it began, and nothing was sent: the check lacks an input, its session is over, a cap
    /// is used up, the journal is in doubt, no provider of a set can run it, or all their breakers are open. Each
    /// refusal is reported once, by the part that refused. Three parts have no observer and report nothing: the
    /// default [`LivenessProvider::portrait`](crate::LivenessProvider::portrait) of the trait, a keeper, and
    /// `verify`.
    /// has it, a keeper, and `verify`.
    #[non_exhaustive]
    CallRefused {
        /// The account that was not called, or the id of the set.
        provider: &'a ProviderId,
        /// The vendor's call that was not made; for a wrapper around the provider, the word of the
        /// [`CallKind`](crate::CallKind), or `portrait`.
        name: &'static str,
        /// The kind of its error.
        kind: ErrorKind,
        /// The party that must act.
        actor: Actor,
        /// The caller's own number.
        reference: Option<&'a Reference>,
    },
    /// The journal recorded a try, and its call may be made.
    #[non_exhaustive]
    JournalOpened {
        /// The account that is called.
        provider: &'a ProviderId,
        /// The caller's own number.
        reference: &'a Reference,
        /// Which try of the reference, from 1.
        attempt: u32,
        /// The word of its [`CallKind`](crate::CallKind).
        call: &'static str,
    },
    /// The journal already contains the try, so no call was made.
    #[non_exhaustive]
    JournalHeld {
        /// The account that was not called.
        provider: &'a ProviderId,
        /// The caller's own number.
        reference: &'a Reference,
        /// The journal's record: `answered` (the same answer is returned again), `in_flight`, `in_doubt`,
        /// `other_inputs` or `unknown_key`.
        standing: &'static str,
    },
    /// The journal recorded how a call ended.
    #[non_exhaustive]
    JournalClosed {
        /// The account that was called.
        provider: &'a ProviderId,
        /// The caller's own number.
        reference: &'a Reference,
        /// Which try of the reference, from 1.
        attempt: u32,
        /// The word of its [`CallKind`](crate::CallKind).
        call: &'static str,
        /// The ending: `answered`, `pending`, `ask_again`, `free` or `in_doubt`. The last one needs an operator.
        ending: &'static str,
        /// What this call alone cost.
        charges: Charges,
    },
    /// The journal could not be read or written, so no call was made.
    #[non_exhaustive]
    JournalFailed {
        /// The account that was not called.
        provider: &'a ProviderId,
        /// The caller's own number.
        reference: &'a Reference,
        /// The word of the [`JournalErrorKind`](crate::money::JournalErrorKind). Fit for a label.
        error: &'static str,
    },
    /// A call was answered, and the journal could not record the response. The caller has the response. The record
    /// stays in doubt, or in the state that it was settled to during the call.
    #[non_exhaustive]
    NotRecorded {
        /// The account that answered.
        provider: &'a ProviderId,
        /// The caller's own number.
        reference: &'a Reference,
    },
    /// The provider answered a call without running the gate of its options, so a late call would not be blocked.
    #[non_exhaustive]
    GateNotAsked {
        /// The provider that ignores gates.
        provider: &'a ProviderId,
    },
    /// At least 80 % of a cap is used up. The unit is charges, or calls for a cap on calls in flight.
    #[non_exhaustive]
    CapNear {
        /// The account whose call came near it.
        provider: &'a ProviderId,
        /// The cap's word, such as `per_day`.
        cap: &'static str,
        /// How much of it is used, this call included, in charges or calls; at least 80 % of `limit`.
        used: u32,
        /// How much the cap allows, in charges or calls.
        limit: u32,
    },
    /// A cap is used up, so the call was refused.
    #[non_exhaustive]
    CapReached {
        /// The account that was not called.
        provider: &'a ProviderId,
        /// The cap's word, such as `per_day`.
        cap: &'static str,
        /// How much the cap allows: charges, or calls for a cap on calls in flight.
        limit: u32,
    },
    /// A provider of a set gave no answer or was not called, and the set went on without it. Raise an alarm for
    /// `Credentials` and `Denied`: another provider answers, so there is no other sign of the fault.
    #[non_exhaustive]
    PassedOver {
        /// The account that was passed over.
        provider: &'a ProviderId,
        /// The kind of its error.
        kind: ErrorKind,
    },
    /// A provider failed so often that it is not called for a while.
    #[non_exhaustive]
    BreakerOpened {
        /// The id of the set that does not call it. Each set has its own breakers.
        set: &'a ProviderId,
        /// The account that is not called.
        provider: &'a ProviderId,
    },
    /// A provider that was not called for a while answered again.
    #[non_exhaustive]
    BreakerClosed {
        /// The id of the set that calls it.
        set: &'a ProviderId,
        /// The account that is called again.
        provider: &'a ProviderId,
    },
    /// A photo was prepared. [`observe::photo`](crate::observe::photo) reports it when a program calls it, since the
    /// photo module has no observer.
    #[non_exhaustive]
    PhotoPrepared {
        /// The word of the source's [`SourceFormat`](crate::photo::SourceFormat).
        source: &'static str,
        /// Whether the source already fitted and was passed through.
        passed_through: bool,
        /// The source's size in bytes.
        bytes_in: usize,
        /// The photo's size in bytes.
        bytes_out: usize,
        /// How long reading and decoding took.
        decode: Duration,
        /// How long scaling took.
        resize: Duration,
        /// How long converting colours and turning the picture upright took.
        colour: Duration,
        /// How long measuring took.
        measure: Duration,
        /// How long encoding took.
        encode: Duration,
    },
    /// A photo was refused. It is reported as [`PhotoPrepared`](Self::PhotoPrepared) is.
    #[non_exhaustive]
    PhotoRefused {
        /// The word of the [`PhotoErrorKind`](crate::photo::PhotoErrorKind).
        kind: &'static str,
    },
}
