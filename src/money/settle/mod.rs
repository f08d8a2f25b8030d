//! Ends a doubt by an operator's word.

mod by_meter;

use std::{error::Error as StdError, fmt};

use time::OffsetDateTime;

pub use self::by_meter::{ByMeter, MeterReading, Unclear, settle_by_meter};
use super::journal::{Journal, JournalError, Record, Settled, Standing, TryKey};
use crate::{
    model::{Language, Reference},
    provider::CallKind,
};

/// How many records are read at once.
const PAGE: usize = 64;

/// Finds the one doubt of a reference, over all its tries and calls.
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
/// use liveness::money::the_doubt;
///
/// let record = the_doubt(&journal, &"order-7".parse()?)?;
/// println!("look for {:?} of {} in the statement", record.request_id(), record.opened);
/// assert_eq!(record.key, key);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`SettleError::NoDoubt`] and [`SettleError::Several`] if it is not exactly one, [`SettleError::InFlight`] if its
/// lease has not ended, or if the journal could not be read.
pub fn the_doubt(journal: &dyn Journal, reference: &Reference) -> Result<Record, SettleError> {
    let now = journal.now()?;
    let first = TryKey::new(reference.clone(), 1, CallKind::Begin);
    let mut records: Vec<Record> = journal.find(&first)?.into_iter().collect();
    let mut after = first;
    loop {
        let page = journal.records(Some(&after), PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.key.clone();
        let is_of_another = after.reference() != reference;
        records.extend(page.into_iter().take_while(|record| record.key.reference() == reference));
        if is_of_another {
            break;
        }
    }
    let in_flight = records.iter().find(|record| record.standing(now) == Standing::InFlight).map(|record| record.until);
    records.retain(|record| record.standing(now) == Standing::InDoubt);
    match (records.pop(), records.is_empty(), in_flight) {
        (Some(record), true, _) => Ok(record),
        (Some(last), false, _) => {
            records.push(last);
            Err(SettleError::Several(records.into_iter().map(|record| record.key).collect()))
        }
        (None, _, Some(until)) => Err(SettleError::InFlight(until)),
        (None, _, None) => Err(SettleError::NoDoubt),
    }
}

/// Ends the one doubt of a reference by the operator's word, and returns the new record.
///
/// ```
/// use liveness::money::{MemoryJournal, SettleError, Settled, settle};
///
/// let error = settle(&MemoryJournal::new(), &"order-7".parse()?, &Settled::NotBilled).unwrap_err();
/// assert!(matches!(error, SettleError::NoDoubt));
/// # Ok::<(), liveness::ReferenceError>(())
/// ```
///
/// # Errors
///
/// As [`the_doubt`], or if it could not be written. If a reference has several doubts, [`Journal::settle`] ends each
/// by its name.
pub fn settle(journal: &dyn Journal, reference: &Reference, settled: &Settled) -> Result<Record, SettleError> {
    Ok(journal.settle(&the_doubt(journal, reference)?.key, settled)?)
}

/// Why a doubt could not be ended.
///
/// ```
/// use liveness::{Language, money::{MemoryJournal, SettleError, the_doubt}};
///
/// let error = the_doubt(&MemoryJournal::new(), &"order-7".parse()?).unwrap_err();
/// assert!(matches!(error, SettleError::NoDoubt));
/// assert_eq!(error.message(Language::English), "this reference has no call in doubt");
/// # Ok::<(), liveness::ReferenceError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SettleError {
    /// The reference has no call in doubt.
    NoDoubt,
    /// The call is in flight until then, and is not in doubt before.
    InFlight(OffsetDateTime),
    /// These calls of the reference are in doubt: name the one that you mean.
    Several(Vec<TryKey>),
    /// The journal failed.
    Journal(JournalError),
}

impl SettleError {
    /// What is wrong; `Display` is the English one.
    pub fn message(&self, language: Language) -> String {
        let is_english = language == Language::English;
        match self {
            Self::NoDoubt if is_english => "this reference has no call in doubt".into(),
            Self::NoDoubt => "该业务单号没有待核实的调用".into(),
            Self::InFlight(until) if is_english => format!("the call is in flight until {until}"),
            Self::InFlight(until) => format!("该调用仍在进行中，截止 {until}"),
            Self::Several(keys) => {
                let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
                match is_english {
                    true => format!("several calls are in doubt, say which one is meant: {}", keys.join(", ")),
                    false => format!("有多次调用待核实，请指明是哪一次：{}", keys.join("、")),
                }
            }
            Self::Journal(error) => error.kind().text().get(language).to_owned(),
        }
    }
}

impl From<JournalError> for SettleError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl fmt::Display for SettleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl StdError for SettleError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Journal(error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]
mod tests;
