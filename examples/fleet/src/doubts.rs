//! Settles the calls that the journal holds in doubt, and brings the results in line with it.

use std::{error::Error as StdError, fmt};

use liveness::{
    CallKind, Language, Reference,
    money::{Journal, JournalError, Record, SettleError, Settled, Standing, TryKey, the_doubt},
};
use redis::RedisError;

use crate::{
    jobs::Jobs,
    journal::RedisJournal,
    results::{End, Ended},
};

/// How many records are read at a time.
const PAGE: usize = 200;

/// What came of an order to settle.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// The call, as the journal has it now.
    pub record: Record,
    /// Whether it had been settled before, and only the result was behind.
    pub is_repeat: bool,
    /// The result that was kept in the place of the doubt. `None` where more is known of the check, or another call of it is in flight.
    pub ended: Option<Ended>,
    /// How often the job was among the buried, from which it is taken.
    pub buried: usize,
}

/// Why nothing was settled, or the result is behind.
#[derive(Debug)]
pub enum Unsettled {
    /// There is no such doubt, or the journal could not be read or written.
    Journal(SettleError),
    /// The doubt is settled, and its result is not in line yet: the same order again does that.
    Result(RedisError),
}

/// All calls in doubt, in the order of their names.
///
/// # Errors
///
/// If they could not be read.
pub fn all(journal: &dyn Journal) -> Result<Vec<Record>, JournalError> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let page = journal.in_doubt(all.last().map(|record| &record.key), PAGE)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Settles the doubt of a reference, or this call of it, by what the vendor's statement says. Then the result follows: a doubt that is
/// kept is replaced by what the journal says now, and the job is no longer among the buried.
///
/// # Errors
///
/// Why it was not done, or not to the end.
pub fn settle(
    journal: &RedisJournal,
    jobs: &Jobs,
    reference: &Reference,
    call: Option<(u32, CallKind)>,
    settled: &Settled,
) -> Result<Settlement, Unsettled> {
    let doubt = match call {
        Some((attempt, call)) => named(journal, TryKey::new(reference.clone(), attempt, call)),
        None => the_doubt(journal, reference),
    };
    let (record, is_repeat) = match doubt {
        Ok(doubt) => (journal.settle(&doubt.key, settled)?, false),
        // What failed after the journal was written is done now.
        Err(SettleError::NoDoubt) => (behind(journal, jobs, reference)?.ok_or(SettleError::NoDoubt)?, true),
        Err(error) => return Err(error.into()),
    };
    let ended = in_line(journal, jobs, reference)?;
    let is_over = !matches!(&ended, Some(Ended { end: End::InDoubt, .. }));
    let buried = if is_over { jobs.unbury(reference.as_str())? } else { 0 };
    Ok(Settlement { record, is_repeat, ended, buried })
}

fn named(journal: &dyn Journal, key: TryKey) -> Result<Record, SettleError> {
    let now = journal.now()?;
    match journal.find(&key)? {
        Some(record) if record.standing(now) == Standing::InDoubt => Ok(record),
        Some(record) if record.standing(now) == Standing::InFlight => Err(SettleError::InFlight(record.until)),
        _ => Err(SettleError::NoDoubt),
    }
}

/// The settled call of a reference whose result is still a doubt.
fn behind(journal: &RedisJournal, jobs: &Jobs, reference: &Reference) -> Result<Option<Record>, Unsettled> {
    let is_doubt = jobs.results().find(reference.as_str())?.is_some_and(|ended| ended.end == End::InDoubt);
    let records = if is_doubt { journal.of(reference)? } else { Vec::new() };
    Ok(records.into_iter().rfind(|record| record.is_settled))
}

/// Replaces a doubt that is kept as the result by what the journal says now.
fn in_line(journal: &RedisJournal, jobs: &Jobs, reference: &Reference) -> Result<Option<Ended>, Unsettled> {
    let (now, records) = (journal.now()?, journal.of(reference)?);
    if records.iter().any(|record| record.standing(now) == Standing::InFlight) {
        return Ok(None);
    }
    let ended = Ended::records(&records, now).unwrap_or_else(Ended::nothing);
    let is_written = jobs.results().settle(reference.as_str(), &ended)?;
    Ok(is_written.then_some(ended))
}

impl Unsettled {
    /// What is wrong; `Display` is the English one.
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (Self::Journal(error), _) => error.message(language),
            (Self::Result(error), Language::English) => {
                format!("the journal is settled, the result is not in line yet; give the same order again: {error}")
            }
            (Self::Result(error), _) => format!("流水日志已核销，但核验结果尚未更新，请再次执行同一命令：{error}"),
        }
    }
}

impl From<SettleError> for Unsettled {
    fn from(error: SettleError) -> Self {
        Self::Journal(error)
    }
}

impl From<JournalError> for Unsettled {
    fn from(error: JournalError) -> Self {
        Self::Journal(error.into())
    }
}

impl From<RedisError> for Unsettled {
    fn from(error: RedisError) -> Self {
        Self::Result(error)
    }
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl StdError for Unsettled {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Journal(error) => error.source(),
            Self::Result(error) => Some(error),
        }
    }
}
