//! The record of one paid call.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Fingerprint, Sealed, TryKey};
use crate::model::{Charges, ErrorRecord, ProviderId, Receipt, Verdict};

/// A journal's knowledge of one paid call. Except for what is [sealed](Self::sealed), it contains no personal data,
/// no key and no token.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// use liveness::money::Standing;
///
/// let record = journal.find(&key)?.unwrap();
/// assert_eq!(record.standing(journal.now()?), Standing::InDoubt);
/// // The number to look for in the vendor's statement, and the most that the call can have cost.
/// assert_eq!((record.request_id(), record.charges().possible()), (Some("n-1"), 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The call's name.
    pub key: TryKey,
    /// The provider that was called last.
    pub provider: ProviderId,
    /// Its inputs, as a keyed hash.
    pub fingerprint: Fingerprint,
    /// The state of the call.
    pub state: State,
    /// When it was last opened, by the journal's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub opened: OffsetDateTime,
    /// The time until which the last opening is in flight, by the journal's clock. Afterwards it is in doubt.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// When it was last closed or settled.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub closed: Option<OffsetDateTime>,
    /// Its openings, the newest at the end. Each may have cost something.
    pub spends: Vec<Spend>,
    /// The data about the person or the session that a second `begin` needs, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
    /// Whether the operator or a meter settled it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_settled: bool,
    /// Whether the reference was erased while the call was in flight: then its close seals nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_erased: bool,
}

/// The state of a call.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// use liveness::money::State;
///
/// match journal.find(&key)?.unwrap().state {
///     State::InDoubt(error) => assert_eq!(error.kind, ErrorKind::OutcomeUnknown),
///     state => println!("{state:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// It was opened and not closed: in flight until its lease ends, in doubt afterwards.
    Open,
    /// Its answer was lost.
    InDoubt(Box<ErrorRecord>),
    /// It ran and found no result yet: the result may be requested again.
    Pending,
    /// Nothing ran: the next call may be made.
    Free(Box<ErrorRecord>),
    /// The operator confirmed that it was not billed: the next call may be made.
    NotBilled,
    /// It was answered, and a repeat gets the same answer.
    Answered(Answer),
}

/// The answer to a call, without the person.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// // The journal has opened a call, and `ticket` is the right to make it.
/// use liveness::money::{Answer, State};
///
/// # let receipt = Receipt::new("acme/a".parse()?);
/// let answer = Answer::Verdict(Box::new(Verdict::new(Outcome::Passed, receipt)));
/// journal.close(&ticket, &Closing::new(Ending::Answered { answer, sealed: None }, Charges::new(1, 1)))?;
/// let State::Answered(Answer::Verdict(verdict)) = journal.find(&key)?.unwrap().state else { unreachable!() };
/// assert!(verdict.is_passed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// A verdict, see [`Verdict::without_person`].
    Verdict(Box<Verdict>),
    /// A session; this is the receipt of the call that opened it.
    Session(Box<Receipt>),
    /// An error after which no other call may be made for this try.
    Error(Box<ErrorRecord>),
    /// The operator confirmed that it was billed and that its answer is lost.
    Lost,
}

/// One opening of a call, and what it cost.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// let record = journal.find(&key)?.unwrap();
/// let spend = &record.spends[0];
/// assert!(spend.is_lost && spend.charges.possible() == 1);
/// assert_eq!((spend.fence, spend.sent.len()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spend {
    /// The number of this opening of the call, from 1.
    pub fence: u64,
    /// The provider that was called.
    pub provider: ProviderId,
    /// When it was opened, by the journal's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What it cost. Until it is closed, all that it can cost is possible.
    pub charges: Charges,
    /// Whether it found no result yet. Several such calls in a row may share one entry, with the time of the last
    /// one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_pending: bool,
    /// Whether its outcome is unknown, so that its charges are not part of any answer.
    pub is_lost: bool,
    /// The attempts that were sent, as far as they were written down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<SentAttempt>,
    /// The vendor's request number from the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The vendor's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_code: Option<String>,
}

/// An attempt that was sent.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// // The journal has opened a call, and `ticket` is the right to make it.
/// use liveness::money::SentAttempt;
///
/// // Before the first byte of an attempt, with the number that the request carries.
/// let attempt = SentAttempt::new(1, datetime!(2026-11-21 08:00 UTC), Some("n-1".into()));
/// journal.sent(&ticket, &attempt)?;
/// assert_eq!(journal.find(&key)?.unwrap().spends[0].sent, [attempt]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SentAttempt {
    /// The number of the attempt within its call, from 1.
    pub number: u32,
    /// The time that it was signed with: by the vendor's clock, as far as that was known.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The number that the request carried, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl SentAttempt {
    /// Attempt `number` of its call, from 1, signed with this instant; `id` is the number that the request carries.
    pub const fn new(number: u32, at: OffsetDateTime, id: Option<String>) -> Self {
        Self { number, at, id }
    }
}

/// The state of a call at a given moment.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// // The journal has opened a call, and `ticket` is the right to make it.
/// use liveness::money::Standing;
///
/// // A process that dies leaves its call in flight until its time is over, and in doubt from then on.
/// let record = journal.find(&key)?.unwrap();
/// assert_eq!(record.standing(ticket.until - liveness::time::Duration::SECOND), Standing::InFlight);
/// assert_eq!(record.standing(ticket.until), Standing::InDoubt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// The call is in progress.
    InFlight,
    /// It may have run and been billed, and its answer is not known.
    InDoubt,
    /// The next call may be made.
    Free,
    /// It was answered.
    Answered,
}

impl Record {
    /// The state at this moment of the journal's clock.
    pub fn standing(&self, now: OffsetDateTime) -> Standing {
        match self.state {
            State::Open if now < self.until => Standing::InFlight,
            State::Open | State::InDoubt(_) => Standing::InDoubt,
            State::Pending | State::Free(_) | State::NotBilled => Standing::Free,
            State::Answered(_) => Standing::Answered,
        }
    }

    /// The cost so far, over all its openings.
    pub fn charges(&self) -> Charges {
        self.spends.iter().fold(Charges::NONE, |sum, spend| sum.plus(spend.charges))
    }

    /// The number by which the vendor may know the last opening: the vendor's, or the one that was sent.
    pub fn request_id(&self) -> Option<&str> {
        let last = self.spends.last()?;
        let sent = || last.sent.iter().rev().find_map(|attempt| attempt.id.as_deref());
        last.request_id.as_deref().or_else(sent)
    }

    /// The number of the last opening, from 1; 0 if there is none.
    pub fn fence(&self) -> u64 {
        self.spends.last().map_or(0, |spend| spend.fence)
    }

    /// The charges of the openings whose answers are lost.
    pub(super) fn charges_of_lost(&self) -> Charges {
        let lost = self.spends.iter().filter(|spend| spend.is_lost);
        lost.fold(Charges::NONE, |sum, spend| sum.plus(spend.charges))
    }

    /// Whether the outcome of this opening of the record is unknown at this moment of the journal's clock: no answer
    /// includes it, and it is not settled. This may be so for an earlier opening although the call itself was
    /// answered since.
    pub fn is_in_doubt(&self, spend: &Spend, now: OffsetDateTime) -> bool {
        let is_last = spend.fence == self.fence();
        match self.standing(now) {
            Standing::InDoubt if self.state == State::Open && is_last => true,
            Standing::Answered if self.is_settled => {
                let settled = self.spends.iter().rfind(|spend| spend.is_lost);
                spend.is_lost && settled.is_some_and(|settled| settled.fence != spend.fence)
            }
            _ => spend.is_lost,
        }
    }

    /// The record in which an opening that was never closed counts as lost once its lease has ended.
    pub(super) fn with_lost(&self, now: OffsetDateTime) -> Self {
        let mut record = self.clone();
        let is_lost = record.state == State::Open && record.standing(now) == Standing::InDoubt;
        if let Some(last) = record.spends.last_mut() {
            last.is_lost |= is_lost;
        }
        record
    }

    /// Whether the outcome of a call to this provider is unknown.
    pub(super) fn lost_by(&self, provider: &ProviderId) -> bool {
        self.spends.iter().any(|spend| spend.is_lost && spend.provider == *provider)
    }

    /// Whether the outcome of a call to any other provider is unknown.
    pub(super) fn lost_by_another(&self, provider: &ProviderId) -> bool {
        self.spends.iter().any(|spend| spend.is_lost && spend.provider != *provider)
    }

    /// How often a call was made although an earlier one was in doubt.
    pub(super) fn repeats_in_doubt(&self) -> u32 {
        let since = self.spends.iter().skip_while(|spend| !spend.is_lost).skip(1);
        u32::try_from(since.filter(|spend| spend.charges.possible() > 0).count()).unwrap_or(u32::MAX)
    }
}
