//! Settles the calls that the journal holds in doubt, and brings the results in line with it.

use std::{error::Error as StdError, fmt};

use liveness::{
    CallKind, Language, Reference,
    money::{Journal, JournalError, JournalErrorKind, Record, SettleError, Settled, Standing, State, TryKey},
    time::OffsetDateTime,
};

use crate::{
    jobs::Jobs,
    journal::RedisJournal,
    results::{End, Ended},
    whole,
};

/// How many records are read at a time.
const PAGE: usize = 200;
/// How often a result is read anew because another came between.
const ATTEMPTS: usize = 20;

/// What came of an order to settle.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// The call, as the journal has it now.
    pub record: Record,
    /// Whether it had been settled before with the same word.
    pub is_repeat: bool,
    /// What became of its result.
    pub result: Followed,
    /// How often the job was among the buried, from which it is taken.
    pub buried: usize,
}

/// What became of a result when a doubt of its check was settled.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// This was kept in the place of the doubt, or of none.
    By(Ended),
    /// A verdict or an error was kept already, and stays.
    Known,
    /// Another call of the reference is in flight, and the result waits for it.
    InFlight,
    /// The person may still come back to the session, so that the check has no result yet.
    Open,
}

/// Why nothing was settled, or the result is behind.
#[derive(Debug)]
pub enum Unsettled {
    /// There is no such doubt, or the journal could not be read or written.
    Journal(SettleError),
    /// These calls were settled before, not all of them with this word.
    Otherwise(Vec<Record>),
    /// The doubt is settled, and its result or its job is not in line yet: the same order again does that.
    Behind(Box<dyn StdError>),
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
/// kept is replaced by what the journal says now, and the job is no longer among the buried. The same order again does what is left.
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
    let key = call.map(|(attempt, call)| TryKey::new(reference.clone(), attempt, call));
    let written = match doubt(&journal.of(reference)?, key.as_ref(), journal.now()?) {
        Ok(doubt) => match journal.settle(&doubt, settled) {
            // Another operator came first.
            Err(error) if error.kind() == JournalErrorKind::NotInDoubt => None,
            written => Some(written?),
        },
        Err(SettleError::NoDoubt) => None,
        Err(error) => return Err(error.into()),
    };
    let is_repeat = written.is_none();
    let record = match written {
        Some(record) => record,
        None => settled_before(journal.of(reference)?, key.as_ref(), settled)?,
    };
    let (result, buried) = follow(journal, jobs, reference).map_err(Unsettled::Behind)?;
    Ok(Settlement { record, is_repeat, result, buried })
}

/// Whether the word by which this call was settled is that it was billed.
pub fn is_billed(record: &Record) -> bool {
    // Other openings of the call may have charges of their own.
    record.state != State::NotBilled
}

/// The call in doubt of these, all of one reference: the named one, or the only one.
fn doubt(records: &[Record], key: Option<&TryKey>, now: OffsetDateTime) -> Result<TryKey, SettleError> {
    let is_meant = |record: &&Record| key.is_none_or(|key| record.key == *key);
    let stands = |standing| move |record: &&Record| record.standing(now) == standing;
    let doubts: Vec<&Record> = records.iter().filter(is_meant).filter(stands(Standing::InDoubt)).collect();
    match *doubts.as_slice() {
        [doubt] => Ok(doubt.key.clone()),
        [] => Err(match records.iter().filter(is_meant).find(stands(Standing::InFlight)) {
            Some(record) => SettleError::InFlight(record.until),
            None => SettleError::NoDoubt,
        }),
        _ => Err(SettleError::Several(doubts.iter().map(|record| record.key.clone()).collect())),
    }
}

/// The call that was settled with this word before: the named one, or the last one where all were settled so.
fn settled_before(records: Vec<Record>, key: Option<&TryKey>, settled: &Settled) -> Result<Record, Unsettled> {
    let is_meant = |record: &Record| record.is_settled && key.is_none_or(|key| record.key == *key);
    let mut before: Vec<Record> = records.into_iter().filter(is_meant).collect();
    if before.iter().any(|record| is_billed(record) != (*settled != Settled::NotBilled)) {
        return Err(Unsettled::Otherwise(before));
    }
    Ok(before.pop().ok_or(SettleError::NoDoubt)?)
}

/// Brings the result in line with the journal, and takes a job that is over from the buried.
fn follow(journal: &RedisJournal, jobs: &Jobs, reference: &Reference) -> Result<(Followed, usize), Box<dyn StdError>> {
    let result = in_line(journal, jobs, reference)?;
    let is_over = match &result {
        Followed::By(ended) => ended.end != End::InDoubt,
        Followed::Known => true,
        Followed::InFlight | Followed::Open => false,
    };
    Ok((result, if is_over { jobs.unbury(reference.as_str())? } else { 0 }))
}

/// Replaces a doubt that is kept as the result by what the journal says now.
fn in_line(journal: &RedisJournal, jobs: &Jobs, reference: &Reference) -> Result<Followed, Box<dyn StdError>> {
    for _ in 0..ATTEMPTS {
        // Before the journal: what is kept while that is read is of a later call.
        let kept = jobs.results().kept(reference.as_str())?;
        let (now, records) = (journal.now()?, journal.of(reference)?);
        if records.iter().any(|record| record.standing(now) == Standing::InFlight) {
            return Ok(Followed::InFlight);
        }
        if kept.ended.as_ref().is_some_and(|ended| !ended.may_change()) {
            return Ok(Followed::Known);
        }
        let ended = Ended::settled(&records, now);
        if jobs.results().replace(reference.as_str(), &kept, ended.as_ref())? {
            return Ok(ended.map_or(Followed::Open, Followed::By));
        }
    }
    Err("others write the same result".into())
}

impl Unsettled {
    /// What is wrong; `Display` is the English one.
    pub fn message(&self, language: Language) -> String {
        let is_english = language == Language::English;
        match self {
            Self::Journal(SettleError::Journal(error)) => {
                let mut said = error.kind().text().get(language).to_owned();
                if let Some(source) = error.source() {
                    said = format!("{said}: {}", whole(source));
                }
                said
            }
            Self::Journal(error) => error.message(language),
            Self::Otherwise(records) => {
                let word = |record: &Record| match (is_english, is_billed(record)) {
                    (true, true) => format!("{} was settled before: billed", record.key),
                    (true, false) => format!("{} was settled before: not billed", record.key),
                    (false, true) => format!("{} 此前已核销：已计费", record.key),
                    (false, false) => format!("{} 此前已核销：未计费", record.key),
                };
                let words: Vec<String> = records.iter().map(word).collect();
                match (is_english, records.len()) {
                    (true, ..=1) => format!("{}; that stays", words.join("; ")),
                    (true, _) => format!("{}; say which one is meant with --attempt and --call", words.join("; ")),
                    (false, ..=1) => format!("{}，不再更改", words.join("；")),
                    (false, _) => format!("{}；请用 --attempt 与 --call 指明是哪一次", words.join("；")),
                }
            }
            Self::Behind(error) if is_english => {
                format!(
                    "the journal is settled, the result is not in line yet; give the same order again: {}",
                    whole(&**error)
                )
            }
            Self::Behind(error) => {
                format!("流水日志已核销，但核验结果尚未更新，请再次执行同一命令：{}", whole(&**error))
            }
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

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl StdError for Unsettled {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Journal(error) => error.source(),
            Self::Otherwise(_) => None,
            Self::Behind(error) => Some(&**error),
        }
    }
}
