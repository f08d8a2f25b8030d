//! Rules for how one record follows from another. They are pure functions for the authors of journals: a journal
//! looks up the record, calls these, and writes down the result.
//!
//! A [`Journal`](super::Journal) of your own, in a database that many machines share, keeps these rules by calling
//! them. It does three things: it reads the record with the time of its own clock, it calls the rule, and it writes
//! the record that the rule returns, **unless the record has changed since**. If it has, the journal starts over with
//! the new record. For the caps, [`open`] needs one step more: [`Opening::within`].
//!
//! `examples/fleet` of the repository has one in Redis.
//!
//! ```
//! use std::{collections::BTreeMap, sync::Mutex};
//! use liveness::{CallKind, ProviderId, time::OffsetDateTime};
//! use liveness::money::{Caps, Fingerprint, Intent, Opened, Record, Ticket, TryKey, rules};
//!
//! /// `open` of a journal whose lock makes reading, asking and writing one step.
//! fn open(records: &Mutex<BTreeMap<TryKey, Record>>, intent: &Intent, now: OffsetDateTime) -> Opened {
//!     let mut records = records.lock().unwrap();
//!     let existing = records.get(&intent.key);
//!     match rules::open(existing, intent, now).and_then(|opening| opening.within(&[])) {
//!         Ok((record, ticket)) => {
//!             records.insert(record.key.clone(), record);
//!             Opened::New(ticket)
//!         }
//!         Err(refused) => refused,
//!     }
//! }
//!
//! let records = Mutex::default();
//! let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
//! let intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
//! let now = OffsetDateTime::now_utc();
//! assert!(matches!(open(&records, &intent, now), Opened::New(_)));
//! assert!(matches!(open(&records, &intent, now), Opened::InFlight(_)));
//! assert!(matches!(open(&records, &intent, now + intent.lease), Opened::InDoubt(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use time::{Date, Duration, OffsetDateTime, UtcOffset, macros::offset};

pub use super::evidence::settle;
use super::{
    Answer, Closing, Ending, Intent, JournalError, JournalErrorKind, Opened, Record, SentAttempt, Spend, Standing,
    State, Ticket, fingerprint::Likeness,
};
use crate::{
    model::{Charges, ErrorRecord, Receipt},
    money::caps::CapUse,
};

/// The clock of the vendors' statements.
const STATEMENT: UtcOffset = offset!(+8);
/// How many openings are kept of which nothing ran.
const FREE_KEPT: usize = 8;

/// Checks an intent against the existing record of its call. The caps are still to be checked.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::rules;
///
/// let now = journal.now()?;
/// let opening = rules::open(None, &intent, now).unwrap();
/// assert_eq!(opening.record().fence(), 1);
/// // With this record written down, nobody else may make the call.
/// assert!(matches!(rules::open(Some(opening.record()), &intent, now), Err(Opened::InFlight(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The reason why the call may not be made.
pub fn open(existing: Option<&Record>, intent: &Intent, now: OffsetDateTime) -> Result<Opening, Opened> {
    let existing = existing.map(|record| record.with_lost(now));
    if let Some(record) = &existing {
        may_follow(record, intent, now)?;
    }
    let until = now.saturating_add(intent.lease.try_into().unwrap_or(time::Duration::MAX));
    let ticket = Ticket {
        key: intent.key.clone(),
        fence: existing.as_ref().map_or(0, Record::fence).saturating_add(1),
        until,
        lost: existing.as_ref().map_or(Charges::NONE, Record::charges_of_lost),
        near: None,
    };
    let mut spends = existing.map_or_else(Vec::new, spends_to_keep);
    spends.push(Spend {
        fence: ticket.fence,
        provider: intent.provider.clone(),
        at: now,
        charges: Charges::new(0, intent.exposure),
        is_pending: false,
        is_lost: false,
        sent: Vec::new(),
        request_id: None,
        vendor_code: None,
    });
    let record = Record {
        key: intent.key.clone(),
        provider: intent.provider.clone(),
        fingerprint: intent.fingerprint.clone(),
        state: State::Open,
        opened: now,
        until,
        closed: None,
        spends,
        sealed: None,
        is_settled: false,
        is_erased: false,
    };
    Ok(Opening { record, ticket })
}

/// The openings to keep. A job that is redelivered every few seconds during an outage must not make the record grow.
/// So after the first few, the last opening is removed if nothing of it ran. An opening that was settled stays,
/// because its close may still come.
fn spends_to_keep(record: Record) -> Vec<Spend> {
    let is_free = |spend: &Spend| spend.charges.possible() == 0 && !spend.is_lost && !spend.is_pending;
    let was_closed = matches!(record.state, State::Free(_) | State::InDoubt(_));
    let mut spends = record.spends;
    let free = spends.iter().filter(|spend| is_free(spend)).count();
    if was_closed && free > FREE_KEPT && spends.last().is_some_and(is_free) {
        spends.pop();
    }
    spends
}

/// A call that its own record allows. See [`open`].
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::{Cap, CapUse, Opened, rules};
///
/// # let mut intent = intent;
/// intent.caps = Caps::new().with_per_minute(60);
/// let opening = rules::open(None, &intent, journal.now()?).unwrap();
/// // The journal has counted: this would be the 61st charge of the minute.
/// let full = [CapUse::new(Cap::PerMinute, 61, 60)];
/// assert!(matches!(opening.within(&full), Err(Opened::OverCap(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "nothing is written down by it"]
pub struct Opening {
    record: Record,
    ticket: Ticket,
}

impl Opening {
    /// The record to write down.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Checks the caps, and returns the record to write with the right to make the call. `uses` is how far this call
    /// would use each cap of the intent, in the order of [`Cap::ALL`](crate::money::Cap::ALL).
    ///
    /// # Errors
    ///
    /// `OverCap` with the first cap that has no room. Nothing is written then.
    pub fn within(self, uses: &[CapUse]) -> Result<(Record, Ticket), Opened> {
        if let Some(over) = uses.iter().find(|each| each.is_over()) {
            return Err(Opened::OverCap(*over));
        }
        let near = uses.iter().copied().filter(CapUse::is_near).min_by_key(|each| each.limit - each.used);
        Ok((self.record, Ticket { near, ..self.ticket }))
    }
}

/// Whether the call may be made after what this record contains.
fn may_follow(record: &Record, intent: &Intent, now: OffsetDateTime) -> Result<(), Opened> {
    let boxed = || Box::new(record.clone());
    let standing = record.standing(now);
    // A try of which nothing ever ran may be made with other inputs.
    let has_run = record.charges().possible() > 0 || record.spends.iter().any(|spend| spend.is_pending);
    if standing != Standing::Free || has_run {
        let known = std::iter::once(&intent.fingerprint).chain(&intent.other_fingerprints);
        match record.fingerprint.likeness(known) {
            Likeness::Same => {}
            Likeness::Other => return Err(Opened::OtherInputs(boxed())),
            Likeness::Unknown => return Err(Opened::UnknownKey(boxed())),
        }
    }
    match standing {
        Standing::InFlight => Err(Opened::InFlight(boxed())),
        Standing::Answered => Err(Opened::Answered(boxed())),
        // Only the provider that lost an answer may repeat the call: another one's policy does not cover it.
        Standing::InDoubt if record.lost_by_another(&intent.provider) => Err(Opened::InDoubt(boxed())),
        Standing::InDoubt if record.repeats_in_doubt() >= intent.repeats_in_doubt => Err(Opened::InDoubt(boxed())),
        Standing::InDoubt | Standing::Free => Ok(()),
    }
}

/// Returns the record with an attempt that is about to be sent.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let now = datetime!(2026-11-21 08:00 UTC);
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::rules;
/// # let (record, ticket) = rules::open(None, &intent, now).and_then(|opening| opening.within(&[])).unwrap();
/// // `record` is what `open` wrote down, and `ticket` the right to make the call.
/// let attempt = SentAttempt::new(1, now, Some("n-1".into()));
/// assert_eq!(rules::sent(&record, &ticket, &attempt, now)?.spends[0].sent.len(), 1);
/// // When the ticket's time is over, the attempt must not be sent.
/// let late = rules::sent(&record, &ticket, &attempt, ticket.until).unwrap_err();
/// assert_eq!(late.kind(), JournalErrorKind::Late);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `Late` if the ticket has expired, `Stale` if the call was settled or reopened.
pub fn sent(
    record: &Record,
    ticket: &Ticket,
    attempt: &SentAttempt,
    now: OffsetDateTime,
) -> Result<Record, JournalError> {
    if record.fence() != ticket.fence || record.state != State::Open {
        return Err(JournalErrorKind::Stale.into());
    }
    if now >= ticket.until {
        return Err(JournalErrorKind::Late.into());
    }
    let mut record = record.clone();
    if let Some(last) = record.spends.last_mut() {
        last.sent.push(attempt.clone());
    }
    Ok(record)
}

/// Returns the record after its call ended, and whether that came too late: then only the cost is added.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let now = datetime!(2026-11-21 08:00 UTC);
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::rules;
/// # let (record, ticket) = rules::open(None, &intent, now).and_then(|opening| opening.within(&[])).unwrap();
/// // `record` is what `open` wrote down, and `ticket` the right to make the call.
/// let lost = Error::new(ErrorKind::OutcomeUnknown).record();
/// let closing = Closing::new(Ending::InDoubt(Box::new(lost)), Charges::new(0, 1));
/// let (record, is_late) = rules::close(&record, &ticket, &closing, now);
/// assert!(!is_late);
/// assert_eq!(record.standing(now), Standing::InDoubt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn close(record: &Record, ticket: &Ticket, closing: &Closing, now: OffsetDateTime) -> (Record, bool) {
    let mut record = record.clone();
    let is_stale = record.fence() != ticket.fence || record.state != State::Open;
    if let Some(spend) = record.spends.iter_mut().find(|spend| spend.fence == ticket.fence) {
        note(spend, closing);
    }
    if is_stale {
        if record.state == State::NotBilled {
            // The evidence ended the doubt; what this call reports goes to its caller.
            record.spends.iter_mut().for_each(|spend| spend.is_lost = false);
        }
        return (record, true);
    }
    record.closed = Some(now);
    record.state = match &closing.ending {
        // An earlier doubt remains even if nothing ran this time.
        Ending::Free(error) if record.spends.iter().any(|spend| spend.is_lost) => State::InDoubt(error.clone()),
        Ending::Free(error) => State::Free(error.clone()),
        Ending::InDoubt(error) => State::InDoubt(error.clone()),
        // It also remains after an answer without a session, because the verdict is to include it.
        Ending::AskAgain(error) if record.spends.iter().any(|spend| spend.is_lost) => State::InDoubt(error.clone()),
        Ending::Pending | Ending::AskAgain(_) => {
            // The session that goes back to the caller includes them.
            record.spends.iter_mut().for_each(|spend| spend.is_lost = false);
            join_pending(&mut record.spends, now);
            State::Pending
        }
        Ending::Answered { answer, sealed } => {
            record.sealed = sealed.clone().filter(|_| !record.is_erased);
            State::Answered(answer.clone())
        }
    };
    (record, false)
}

/// Joins calls for a result that found none yet, because a session is polled every few seconds. A joined entry has
/// the time of its last call. So two calls are joined only if that moves no charge into another minute or day of a
/// cap: within one second, or when both are older than a minute and of the same day.
fn join_pending(spends: &mut Vec<Spend>, now: OffsetDateTime) {
    let is_old = |spend: &Spend| spend.at <= now.saturating_sub(Duration::MINUTE);
    let is_same = |a: &Spend, b: &Spend| {
        a.at.unix_timestamp() == b.at.unix_timestamp()
            || is_old(a) && is_old(b) && statement_day(a.at) == statement_day(b.at)
    };
    let mut joined: Vec<Spend> = Vec::with_capacity(spends.len());
    for mut spend in spends.drain(..) {
        if let Some(before) = joined.pop_if(|before| before.is_pending && spend.is_pending && is_same(before, &spend)) {
            spend.charges = before.charges.plus(spend.charges);
        }
        joined.push(spend);
    }
    *spends = joined;
}

/// Notes what a call cost, and the vendor's number for it.
fn note(spend: &mut Spend, closing: &Closing) {
    let of_error = |error: &ErrorRecord| (error.request_id.clone(), error.vendor_code.clone());
    let of_receipt =
        |receipt: &Receipt| (receipt.request_id().map(str::to_owned), receipt.vendor_code().map(str::to_owned));
    (spend.request_id, spend.vendor_code) = match &closing.ending {
        Ending::Free(error) | Ending::AskAgain(error) | Ending::InDoubt(error) => of_error(error),
        Ending::Answered { answer: Answer::Error(error), .. } => of_error(error),
        Ending::Answered { answer: Answer::Verdict(verdict), .. } => of_receipt(verdict.receipt()),
        Ending::Answered { answer: Answer::Session(receipt), .. } => of_receipt(receipt),
        Ending::Answered { answer: Answer::Lost, .. } | Ending::Pending => (None, None),
    };
    spend.charges = closing.charges;
    spend.is_lost = matches!(closing.ending, Ending::InDoubt(_));
    spend.is_pending = matches!(closing.ending, Ending::Pending | Ending::AskAgain(_));
}

/// Returns the record without its sealed part, and with a mark that nothing is sealed later if its call is open;
/// `None` if nothing changes.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let now = datetime!(2026-11-21 08:00 UTC);
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::rules;
/// # let (record, ticket) = rules::open(None, &intent, now).and_then(|opening| opening.within(&[])).unwrap();
/// // `record` is what `open` wrote down, and `ticket` the right to make the call.
/// let erased = rules::erase(&record).unwrap();
/// assert!(erased.is_erased); // the call is in flight: what it brings will not be sealed
/// assert_eq!(rules::erase(&erased), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn erase(record: &Record) -> Option<Record> {
    let is_open = record.state == State::Open;
    let changes = record.sealed.is_some() || is_open && !record.is_erased;
    changes.then(|| Record { sealed: None, is_erased: is_open, ..record.clone() })
}

/// Whether a record need not be kept any longer: closed before this instant, and neither in flight nor in doubt.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let now = datetime!(2026-11-21 08:00 UTC);
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::rules;
/// # let (record, ticket) = rules::open(None, &intent, now).and_then(|opening| opening.within(&[])).unwrap();
/// // `record` is what `open` wrote down, and `ticket` the right to make the call.
/// // Whatever its age, a record in flight or in doubt is kept.
/// assert!(!rules::is_over(&record, now, record.until + liveness::time::Duration::days(90)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn is_over(record: &Record, now: OffsetDateTime, oldest: OffsetDateTime) -> bool {
    !matches!(record.standing(now), Standing::InFlight | Standing::InDoubt)
        && record.closed.is_some_and(|closed| closed < oldest)
}

/// The day of the vendors' statements, in UTC+8: the day of [`Caps::with_per_day`](crate::money::Caps::with_per_day).
///
/// ```
/// use liveness::{money::rules::statement_day, time::macros::{date, datetime}};
///
/// assert_eq!(statement_day(datetime!(2026-11-21 15:59:59 UTC)), date!(2026-11-21));
/// assert_eq!(statement_day(datetime!(2026-11-21 16:00 UTC)), date!(2026-11-22));
/// ```
pub fn statement_day(at: OffsetDateTime) -> Date {
    // At the end of the calendar there is no later one.
    at.checked_to_offset(STATEMENT).unwrap_or(at).date()
}
