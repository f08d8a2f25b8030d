//! Settles a call in doubt by two readings of the vendor's meter.

use std::time::Duration;

use time::OffsetDateTime;

use super::SettleError;
use crate::{
    model::{Error, ErrorKind, ProviderId, Result as ModelResult, Text, words},
    money::journal::{Journal, JournalErrorKind, Record, Settled, Standing, TryKey},
    provider::Meter,
};

/// How many records are read at once.
const PAGE: usize = 4096;

/// The reading of a meter, and its time by the journal's clock.
///
/// ```
/// use liveness::{Jumdata, Sandbox, money::{MemoryJournal, MeterReading}};
///
/// let sandbox = Sandbox::builder().with_package(3).build();
/// let account = Jumdata::new(Sandbox::jumdata_credentials(), sandbox);
/// let reading = MeterReading::of(&account, &MemoryJournal::new())?;
/// assert_eq!((reading.provider().vendor(), reading.calls()), ("jumdata", 3));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterReading {
    provider: ProviderId,
    calls: u64,
    asked: OffsetDateTime,
    answered: OffsetDateTime,
    expires: Option<String>,
}

impl MeterReading {
    /// A reading: the number of calls left at this instant.
    pub const fn new(provider: ProviderId, calls: u64, at: OffsetDateTime) -> Self {
        Self { provider, calls, asked: at, answered: at, expires: None }
    }

    /// Sets when the package ends, as the vendor writes it. Two readings with different ends are of two packages.
    /// Defaults to unknown.
    pub fn with_expires(mut self, expires: Option<String>) -> Self {
        self.expires = expires;
        self
    }

    /// Reads a meter now. The call is free.
    ///
    /// # Errors
    ///
    /// As [`Meter::package`], `Protocol` if its answer has no number of calls, or if the journal's clock could not be read.
    pub fn of(meter: &dyn Meter, journal: &dyn Journal) -> ModelResult<Self> {
        let asked = journal.now()?;
        let package = meter.package()?;
        let answered = journal.now()?;
        let calls = package.calls().ok_or_else(|| {
            Error::new(ErrorKind::Protocol).with_provider(meter.id().clone()).with_reason(Text::new(
                "the meter does not say how many calls are left",
                "余量查询的响应中没有剩余次数",
            ))
        })?;
        let expires = package.expires().map(str::to_owned);
        Ok(Self { provider: meter.id().clone(), calls, asked, answered, expires })
    }

    /// The account of the meter.
    pub const fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The calls that were left.
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// When it was read.
    pub const fn at(&self) -> OffsetDateTime {
        self.asked
    }
}

/// The result of two readings for a call in doubt.
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
/// use std::time::Duration;
/// use liveness::money::{ByMeter, MeterReading, settle_by_meter};
///
/// # let reading = MeterReading::new("acme/a".parse()?, 100, clock.now());
/// let told = match settle_by_meter(&journal, &key, &reading, &reading, Duration::from_secs(60))? {
///     ByMeter::Settled(record) => format!("it cost {}", record.charges()),
///     ByMeter::InDoubt(why) => format!("still in doubt: {}", why.text().english),
///     _ => "look into the journal".to_owned(),
/// };
/// assert!(told.starts_with("still in doubt"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ByMeter {
    /// The doubt has ended; this is the new record.
    Settled(Box<Record>),
    /// It stays in doubt.
    InDoubt(Unclear),
}

/// The reasons why two readings of a meter prove nothing about a call.
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
/// use std::time::Duration;
/// use liveness::money::{ByMeter, MeterReading, Unclear, settle_by_meter};
///
/// // Both readings are of another account than the one that was called.
/// let reading = MeterReading::new("acme/b".parse()?, 100, clock.now());
/// let why = settle_by_meter(&journal, &key, &reading, &reading, Duration::from_secs(60))?;
/// assert_eq!(why, ByMeter::InDoubt(Unclear::OtherAccount));
/// assert_eq!(Unclear::OtherAccount.as_str(), "other_account");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unclear {
    /// The readings are not of the account that was called.
    OtherAccount,
    /// The first reading is not before the call, or the second one not after its lease and the vendor's lag.
    NotEnclosed,
    /// Another call of the account was in flight between the readings, or at one of them.
    OtherInFlight,
    /// Another call of the account between the readings is in doubt as well.
    OtherInDoubt,
    /// The cost of another call of the account between the readings is uncertain.
    OtherUncertain,
    /// The package was topped up: there are more calls left than before.
    ToppedUp,
    /// The second reading is of another package, because it ends at another time.
    OtherPackage,
    /// More was charged than the calls of the journal can have cost: something else uses the account.
    MovedByOthers,
    /// Less was charged than the journal's calls certainly cost: the meter is later than the lag, or counts other calls.
    MovedLess,
    /// The call was made several times in doubt, and some of them were billed.
    SeveralOpenings,
}

words!(all Unclear, "reason", {
    OtherAccount => "other_account",
    NotEnclosed => "not_enclosed",
    OtherInFlight => "other_in_flight",
    OtherInDoubt => "other_in_doubt",
    OtherUncertain => "other_uncertain",
    ToppedUp => "topped_up",
    OtherPackage => "other_package",
    MovedByOthers => "moved_by_others",
    MovedLess => "moved_less",
    SeveralOpenings => "several_openings",
});

impl Unclear {
    /// The reason, in words.
    pub const fn text(self) -> Text {
        match self {
            Self::OtherAccount => {
                Text::new("the readings are not of the account that was called", "读数不属于被调用的账号")
            }
            Self::NotEnclosed => Text::new(
                "the two readings do not cover the call, its time limit and the delay of the vendor's meter",
                "两次读数之间未完整包含该调用、其时限以及供应商的计量延迟",
            ),
            Self::OtherInFlight => Text::new(
                "another call of the account was in flight between the readings",
                "两次读数之间该账号有其他调用正在进行",
            ),
            Self::OtherInDoubt => Text::new(
                "another call of the account between the readings is in doubt as well",
                "两次读数之间该账号还有其他待核实的调用",
            ),
            Self::OtherUncertain => Text::new(
                "it is not certain what another call between the readings cost",
                "两次读数之间其他调用是否计费不确定",
            ),
            Self::ToppedUp => Text::new("the package was topped up between the readings", "两次读数之间套餐有充值"),
            Self::OtherPackage => Text::new("the readings are of two packages", "两次读数属于不同的套餐"),
            Self::MovedByOthers => Text::new(
                "more was charged than the journal's calls can have cost: something else uses the account",
                "扣减次数多于流水日志中的调用：该账号另有其他程序在使用",
            ),
            Self::MovedLess => Text::new(
                "less was charged than the journal's calls certainly cost: the meter is late, or counts other calls",
                "扣减次数少于流水日志中确定的计费：余量更新滞后，或统计的是其他调用",
            ),
            Self::SeveralOpenings => Text::new(
                "the call was made several times in doubt, and only some of them were billed",
                "该调用在待核实期间发起过多次，其中只有部分计费",
            ),
        }
    }
}

/// Ends a doubt by two readings of the vendor's meter if they are unambiguous, and otherwise returns why it stays in
/// doubt.
///
/// `lag` is how long the vendor may take to count a call; the operator sets it, because no vendor documents it. Only
/// the programs that share this journal may use the account between the readings, because a call of another program
/// looks the same.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use std::time::Duration;
/// use liveness::money::{ByMeter, MeterReading, settle_by_meter};
///
/// let before = MeterReading::new("acme/a".parse()?, 100, clock.now());
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// clock.advance(Duration::from_secs(3600));
/// let after = MeterReading::new("acme/a".parse()?, 99, clock.now());
///
/// let ByMeter::Settled(record) = settle_by_meter(&journal, &key, &before, &after, Duration::from_secs(60))? else {
///     unreachable!("one call was made, and one was counted")
/// };
/// assert_eq!(record.charges(), Charges::new(1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`SettleError::NoDoubt`] and [`SettleError::InFlight`] for the call, or if the journal could not be read or written.
pub fn settle_by_meter(
    journal: &dyn Journal,
    key: &TryKey,
    before: &MeterReading,
    after: &MeterReading,
    lag: Duration,
) -> Result<ByMeter, SettleError> {
    let now = journal.now()?;
    let record = journal.find(key)?.ok_or(SettleError::NoDoubt)?;
    match record.standing(now) {
        Standing::InDoubt => {}
        Standing::InFlight => return Err(SettleError::InFlight(record.until)),
        Standing::Free | Standing::Answered => return Err(SettleError::NoDoubt),
    }
    let between = match Between::of(&record, before, after, lag, now) {
        Ok(between) => between,
        Err(why) => return Ok(ByMeter::InDoubt(why)),
    };
    let mut expected = 0;
    let mut page = journal.records(None, PAGE)?;
    while let Some(last) = page.last() {
        for other in &page {
            match between.charges(other, key, now) {
                Ok(charges) => expected += charges,
                Err(why) => return Ok(ByMeter::InDoubt(why)),
            }
        }
        page = journal.records(Some(&last.key), PAGE)?;
    }
    let settled = match between.verdict(&record, expected, now) {
        Ok(settled) => settled,
        Err(why) => return Ok(ByMeter::InDoubt(why)),
    };
    // Calls made meanwhile were not examined.
    if journal.find(key)?.is_none_or(|found| found != record) {
        return Err(JournalErrorKind::Stale.into());
    }
    Ok(ByMeter::Settled(Box::new(journal.settle(key, &settled)?)))
}

impl From<JournalErrorKind> for SettleError {
    fn from(kind: JournalErrorKind) -> Self {
        Self::Journal(kind.into())
    }
}

/// The time between two readings, and how far the meter moved in it.
struct Between<'a> {
    provider: &'a ProviderId,
    from: OffsetDateTime,
    to: OffsetDateTime,
    lag: time::Duration,
    moved: u64,
}

impl<'a> Between<'a> {
    fn of(
        record: &Record,
        before: &'a MeterReading,
        after: &MeterReading,
        lag: Duration,
        now: OffsetDateTime,
    ) -> Result<Self, Unclear> {
        let lag = lag.try_into().unwrap_or(time::Duration::MAX);
        let (provider, from, to) = (&before.provider, before.answered, after.asked);
        let mut openings = record.spends.iter().filter(|spend| record.is_in_doubt(spend, now));
        if provider != &after.provider || openings.clone().any(|spend| spend.provider != *provider) {
            return Err(Unclear::OtherAccount);
        }
        let is_enclosed = record.until.saturating_add(lag) <= to && openings.all(|spend| from <= spend.at);
        if !is_enclosed {
            return Err(Unclear::NotEnclosed);
        }
        if before.expires.is_some() && after.expires.is_some() && before.expires != after.expires {
            return Err(Unclear::OtherPackage);
        }
        let moved = before.calls.checked_sub(after.calls).ok_or(Unclear::ToppedUp)?;
        Ok(Self { provider, from, to, lag, moved })
    }

    /// What the calls of a record certainly took off the meter between the readings, without the call in question.
    fn charges(&self, record: &Record, key: &TryKey, now: OffsetDateTime) -> Result<u64, Unclear> {
        let mut sum = 0;
        for (index, spend) in record.spends.iter().enumerate().filter(|(_, spend)| spend.provider == *self.provider) {
            let next = record.spends.get(index + 1);
            let is_in_doubt = record.is_in_doubt(spend, now);
            if record.key == *key && is_in_doubt {
                continue;
            }
            let is_in_flight = next.is_none() && record.standing(now) == Standing::InFlight;
            // A settled record has the time when it was settled, not when its call ended.
            let closed = record.closed.filter(|_| !record.is_settled).unwrap_or(record.until);
            let end = match next {
                _ if is_in_flight || is_in_doubt => None,
                Some(next) => Some(next.at),
                None => Some(closed),
            };
            let is_before = end.is_some_and(|end| end.saturating_add(self.lag) <= self.from);
            if spend.charges.possible() == 0 || is_before {
                continue;
            }
            // Several calls share one entry, and the time is that of the last one.
            if spend.is_pending {
                return Err(Unclear::OtherUncertain);
            }
            if spend.at >= self.to {
                continue;
            }
            let Some(end) = end else {
                return Err(if is_in_flight { Unclear::OtherInFlight } else { Unclear::OtherInDoubt });
            };
            if spend.at < self.from || end.saturating_add(self.lag) > self.to {
                return Err(Unclear::OtherInFlight);
            }
            if spend.charges.certain() != spend.charges.possible() {
                return Err(Unclear::OtherUncertain);
            }
            sum += u64::from(spend.charges.certain());
        }
        Ok(sum)
    }

    fn verdict(&self, record: &Record, expected: u64, now: OffsetDateTime) -> Result<Settled, Unclear> {
        let charged = self.moved.checked_sub(expected).ok_or(Unclear::MovedLess)?;
        let doubts: Vec<_> = record.spends.iter().filter(|spend| record.is_in_doubt(spend, now)).collect();
        let possible: u64 = doubts.iter().map(|spend| u64::from(spend.charges.possible())).sum();
        match charged {
            0 => Ok(Settled::NotBilled),
            _ if charged > possible => Err(Unclear::MovedByOthers),
            _ if doubts.len() > 1 => Err(Unclear::SeveralOpenings),
            _ => Ok(Settled::Counted(u32::try_from(charged).unwrap_or(u32::MAX))),
        }
    }
}
