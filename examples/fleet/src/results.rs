//! The results of the checks.
//!
//! One entry a reference, without the person. What a check ended with is never replaced by less: a verdict by a doubt, a doubt by an
//! error. Two workers can have the same job, one of which was thought dead.

use std::time::Duration;

use liveness::{
    Charges, Error, ErrorKind, Outcome, Ran, Receipt, Verdict,
    money::{Answer, Record, Standing, State},
    time::{self, OffsetDateTime},
};
use redis::{RedisResult, Script};
use serde::{Deserialize, Serialize};

use crate::link::Link;

/// How many there are, and where each is.
const COUNT: &str = "{liveness}:results";
/// How long each is kept unless another time was set: as long as the journal keeps its record.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// The word of a check whose answer is lost.
const LOST: &str = "lost";
/// The word of one for which nothing ran.
const NOTHING_RAN: &str = "nothing_ran";
/// How long after its last call an open hosted check has expired: far longer than any vendor's page is open.
const EXPIRED: time::Duration = time::Duration::DAY;

/// Keeps a result if there is none.  KEYS: 1 the result, 2 their number   ARGV: 1 the result, 2 for how many milliseconds
const KEEP_FIRST: &str = "
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
redis.call('INCR', KEYS[2])
return 1";
/// Keeps a result in the place of the one that was read, or of none, or takes that one back.  As above, where an empty result takes it
/// back, and ARGV: 3 what was read, empty for none
const REPLACE: &str = "
local known = redis.call('GET', KEYS[1])
if (known or '') ~= ARGV[3] then return false end
if ARGV[1] == '' then
  if known then
    redis.call('DEL', KEYS[1])
    redis.call('DECR', KEYS[2])
  end
  return 1
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if not known then redis.call('INCR', KEYS[2]) end
return 1";

/// The results in Redis. Clones share them.
#[derive(Clone, Debug)]
pub struct Results {
    link: Link,
    kept: Duration,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It cannot be made, or it was refused, or the vendor failed: see the reason.
    Error,
    /// It may have run and have been billed, and nobody knows: it must be reconciled with the vendor.
    InDoubt,
    /// The vendor decided.
    Verdict,
}

/// A result as it was read, so that it is replaced only while it stands so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it says; `None` where there is none.
    pub ended: Option<Ended>,
    text: String,
}

/// What is kept of a check that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub end: End,
    /// The outcome's word, or the kind of the error.
    pub word: String,
    /// The charges that are certain.
    pub certain: u32,
    /// The charges that are possible, the certain ones included.
    pub possible: u32,
    /// The vendor's code, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The vendor's number of the request, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What to do, of an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Ended {
    /// Of a verdict, with the charges of the call that brought it. What opening a hosted check cost stands in the journal.
    pub fn verdict(verdict: &Verdict) -> Self {
        let word = match verdict.outcome() {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "failed",
            Outcome::Retake(_) => "retake",
            Outcome::Unverifiable(_) => "unverifiable",
        };
        Self::new(End::Verdict, word, verdict.charges()).with_receipt(verdict.receipt())
    }

    /// Of an error, or `None` where the check has not ended: the same call is in flight elsewhere, or nothing ran and it may be made
    /// later.
    pub fn error(error: &Error) -> Option<Self> {
        use ErrorKind as Kind;
        let (is_free, charges) = (error.ran() == Ran::No, error.charges());
        let end = match error.kind() {
            Kind::InProgress => return None,
            Kind::OutcomeUnknown if error.ran() != Ran::Yes => End::InDoubt,
            // The time of the vendor or of the journal will come, or that of the operator.
            Kind::Unavailable | Kind::RateLimited | Kind::Credentials | Kind::Denied if is_free => return None,
            Kind::Configuration | Kind::BudgetExceeded if is_free => return None,
            _ => End::Error,
        };
        let ended = Self::new(end, error.kind().as_str(), charges);
        Some(Self {
            code: error.vendor_code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            reason: Some(error.to_string()),
            ..ended
        })
    }

    /// Of what the journal holds of a call, for a check whose own end is lost. `None` where nothing ran.
    pub fn record(record: &Record, now: OffsetDateTime) -> Option<Self> {
        let charges = record.charges();
        let (end, word) = match (record.standing(now), &record.state) {
            (Standing::InFlight | Standing::InDoubt, _) => (End::InDoubt, ErrorKind::OutcomeUnknown.as_str()),
            (_, State::Answered(Answer::Verdict(verdict))) => {
                return Some(Self {
                    certain: charges.certain(),
                    possible: charges.possible(),
                    ..Self::verdict(verdict)
                });
            }
            (_, State::Answered(Answer::Error(error))) => (End::Error, error.kind.as_str()),
            _ if charges.possible() > 0 => (End::Error, LOST),
            _ => return None,
        };
        Some(Self { request_id: record.request_id().map(str::to_owned), ..Self::new(end, word, charges) })
    }

    /// Of all that the journal holds of one reference, in the order of its keys. `None` where the check is not over: a call is in flight,
    /// the next call may be made, or the person may still come back to an open session.
    pub fn records(records: &[Record], now: OffsetDateTime) -> Option<Self> {
        let last = records.last()?;
        if is_in_flight(records, now) {
            return None;
        }
        if let Some(doubt) = records.iter().rfind(|record| record.standing(now) == Standing::InDoubt) {
            return Self::record(doubt, now);
        }
        if is_told(last) {
            return Self::record(last, now);
        }
        let opened = open_session(records)?;
        let quiet_since = records.iter().filter_map(|record| record.closed).max()?;
        if now < quiet_since.saturating_add(EXPIRED) {
            return None;
        }
        // What the opening cost stands in the journal; of the result, the calls for it.
        let charges = if last.key == opened.key { Charges::NONE } else { last.charges() };
        Some(Self::new(End::Error, ErrorKind::Expired.as_str(), charges))
    }

    /// Of all that the journal holds of a reference whose doubt was settled. The charges of a check that came to no end of its own are those
    /// of all its calls. `None` where a call is in flight, or the person may still come back to an open session.
    pub fn settled(records: &[Record], now: OffsetDateTime) -> Option<Self> {
        if let Some(ended) = Self::records(records, now) {
            return Some(ended);
        }
        if is_in_flight(records, now) || open_session(records).is_some() {
            return None;
        }
        let charges = records.iter().fold(Charges::NONE, |sum, record| sum.plus(record.charges()));
        let spends = || records.iter().flat_map(|record| &record.spends);
        let has_run = charges.possible() > 0 || spends().any(|spend| spend.is_pending || spend.is_lost);
        // The last call may be made again. What one before it was told stays.
        let told = records.iter().rfind(|record| is_told(record)).and_then(|record| Self::record(record, now));
        Some(match told {
            Some(told) => Self { certain: charges.certain(), possible: charges.possible(), ..told },
            None if has_run => Self::new(End::Error, LOST, charges),
            None => Self::nothing(),
        })
    }

    /// Of a check for which nothing ran.
    pub fn nothing() -> Self {
        Self::new(End::Error, NOTHING_RAN, Charges::NONE)
    }

    /// Whether the journal may know better by now: it is a doubt, or of a check for which nothing had run.
    pub fn may_change(&self) -> bool {
        self.end == End::InDoubt || self.word == NOTHING_RAN
    }

    fn new(end: End, word: &str, charges: Charges) -> Self {
        let (certain, possible) = (charges.certain(), charges.possible());
        Self { end, word: word.to_owned(), certain, possible, code: None, request_id: None, reason: None }
    }

    fn with_receipt(self, receipt: &Receipt) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self { code: text(receipt.vendor_code()), request_id: text(receipt.request_id()), ..self }
    }
}

impl Results {
    /// The results of this Redis.
    pub fn new(link: Link) -> Self {
        Self { link, kept: KEPT }
    }

    /// Sets how long a result is kept. Defaults to 90 days.
    pub fn with_kept(mut self, kept: Duration) -> Self {
        self.kept = kept;
        self
    }

    /// Keeps how a check ended.
    ///
    /// # Errors
    ///
    /// Those of Redis. It may be asked again.
    pub fn keep(&self, reference: &str, ended: &Ended) -> RedisResult<()> {
        self.keep_and(reference, ended, "", "", "")
    }

    /// Keeps it, and lets go of the job in the same step, unless its number is empty.
    pub(crate) fn keep_and(
        &self,
        reference: &str,
        ended: &Ended,
        stream: &str,
        group: &str,
        id: &str,
    ) -> RedisResult<()> {
        let script = Script::new(include_str!("results.lua"));
        let mut call = script.prepare_invoke();
        call.key(of(reference)).key(COUNT);
        call.arg(ended.end as u8).arg(ended.possible).arg(text(ended)?).arg(self.kept_millis());
        if !id.is_empty() {
            call.key(stream).arg(group).arg(id);
        }
        self.link.write(|connection| call.invoke(connection))
    }

    /// Keeps how a check ended if nothing is kept of it; whether that was so.
    ///
    /// # Errors
    ///
    /// Those of Redis. It may be asked again.
    pub fn keep_first(&self, reference: &str, ended: &Ended) -> RedisResult<bool> {
        self.run(KEEP_FIRST, reference, &text(ended)?, "")
    }

    /// The result of a check as it stands, for [`replace`](Self::replace).
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn kept(&self, reference: &str) -> RedisResult<Kept> {
        let text = self.text(reference)?;
        Ok(Kept { ended: text.as_deref().map(read).transpose()?, text: text.unwrap_or_default() })
    }

    /// Keeps a result in the place of the one that was read, or takes that one back where there is none any more. Whether it was done: not
    /// where another stands there by now.
    ///
    /// # Errors
    ///
    /// Those of Redis. It may be asked again.
    pub fn replace(&self, reference: &str, kept: &Kept, ended: Option<&Ended>) -> RedisResult<bool> {
        self.run(REPLACE, reference, &ended.map(text).transpose()?.unwrap_or_default(), &kept.text)
    }

    fn run(&self, code: &str, reference: &str, text: &str, known: &str) -> RedisResult<bool> {
        let script = Script::new(code);
        let mut call = script.prepare_invoke();
        call.key(of(reference)).key(COUNT).arg(text).arg(self.kept_millis()).arg(known);
        let written: Option<u8> = self.link.read(|connection| call.invoke(connection))?;
        Ok(written.is_some())
    }

    fn kept_millis(&self) -> u64 {
        u64::try_from(self.kept.as_millis()).unwrap_or(u64::MAX)
    }

    /// Which of these checks have a result.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn are_there(&self, references: &[&str]) -> RedisResult<Vec<bool>> {
        if references.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for reference in references {
            pipeline.cmd("EXISTS").arg(of(reference));
        }
        self.link.read(|connection| pipeline.query(connection))
    }

    /// How this check ended, if it did.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn find(&self, reference: &str) -> RedisResult<Option<Ended>> {
        self.text(reference)?.map(|text| read(&text)).transpose()
    }

    fn text(&self, reference: &str) -> RedisResult<Option<String>> {
        self.link.read(|connection| redis::cmd("GET").arg(of(reference)).query(connection))
    }

    /// How many checks ended so far.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn count(&self) -> RedisResult<usize> {
        let count: Option<usize> = self.link.read(|connection| redis::cmd("GET").arg(COUNT).query(connection))?;
        Ok(count.unwrap_or_default())
    }
}

fn is_in_flight(records: &[Record], now: OffsetDateTime) -> bool {
    records.iter().any(|record| record.standing(now) == Standing::InFlight)
}

/// Whether its answer ends a check.
fn is_told(record: &Record) -> bool {
    matches!(&record.state, State::Answered(answer) if !matches!(answer, Answer::Session(_)))
}

/// The opening of the last session whose `result` is not told yet.
fn open_session(records: &[Record]) -> Option<&Record> {
    let is_of = |told: &Record, opened: &Record| told.key.attempt() == opened.key.attempt() && is_told(told);
    records.iter().rfind(|opened| {
        matches!(opened.state, State::Answered(Answer::Session(_))) && !records.iter().any(|told| is_of(told, opened))
    })
}

fn of(reference: &str) -> String {
    format!("{{liveness}}:result:{reference}")
}

/// How much is known, how many charges are possible, and the rest as JSON.
fn text(ended: &Ended) -> RedisResult<String> {
    let json = serde_json::to_string(ended).map_err(|_| (redis::ErrorKind::Client, "a result is no JSON"))?;
    Ok(format!("{} {} {json}", ended.end as u8, ended.possible))
}

fn read(text: &str) -> RedisResult<Ended> {
    let json = text.splitn(3, ' ').nth(2);
    let ended = json.and_then(|json| serde_json::from_str(json).ok());
    ended.ok_or_else(|| (redis::ErrorKind::UnexpectedReturnType, "a result is of another version").into())
}
