//! Keeps a result of each check that ended by the journal and has none.
//!
//! A server that dies, or finds Redis away for too long, leaves a check without a result if its person does not come back. The journal
//! knows how its calls ended. So every few minutes one of the servers goes through the journal and keeps what is missing.

use std::{
    error::Error as StdError,
    fmt, thread,
    time::{Duration, Instant},
};

use liveness::{
    CallKind, Reference,
    money::{Journal, JournalError, JournalErrorKind, Record, TryKey},
    time::OffsetDateTime,
};
use redis::RedisError;

use crate::{
    journal::RedisJournal,
    link::Link,
    results::{Ended, Results},
};

/// The server that has a pass, until the next one is due.
const CLAIM: &str = "{liveness}:missing:claim";
/// The last reference that a pass looked at. There is none where a pass came to the end of the journal.
const AFTER: &str = "{liveness}:missing:after";
/// How often a pass is made, over all servers.
pub const EVERY: Duration = Duration::from_secs(10 * 60);
/// How long a pass takes at most. The next one goes on where it ended.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// How many records are read at a time, and how long it rests before the next ones: Redis has other work.
const PAGE: usize = 200;
const REST: Duration = Duration::from_millis(50);

/// Goes through the journal for results that are missing.
#[derive(Clone, Debug)]
pub struct Missing {
    link: Link,
    journal: RedisJournal,
    results: Results,
}

/// Why a pass ended early. The next one goes on.
#[derive(Debug)]
pub enum Broken {
    /// The journal could not be read.
    Journal(JournalError),
    /// Redis could not be asked.
    Redis(RedisError),
}

impl Missing {
    /// What is missing in these results by this journal, which share a Redis.
    pub fn new(link: Link, journal: RedisJournal, results: Results) -> Self {
        Self { link, journal, results }
    }

    /// Makes a pass if none was begun within [`EVERY`] by any process: how many results it kept, or `None` where it is not due. `is_over`
    /// says whether this process is to end.
    ///
    /// It replaces no result. A call that is in flight, and one of which nothing ran, gets none.
    ///
    /// # Errors
    ///
    /// What could not be read or kept. What it kept before stays, and the next pass goes on there.
    pub fn pass(&self, is_over: impl Fn() -> bool) -> Result<Option<usize>, Broken> {
        if !self.is_due()? {
            return Ok(None);
        }
        let (start, mut kept, mut after) = (Instant::now(), 0, self.last()?);
        while !is_over() && start.elapsed() < LONGEST {
            after = match self.page(after, &mut kept) {
                Ok(last) => last,
                Err(error) => {
                    // Those after it come once it can be read. Until then each pass begins anew, and says so again.
                    if matches!(&error, Broken::Journal(error) if error.kind() == JournalErrorKind::Damaged) {
                        self.note(None)?;
                    }
                    return Err(error);
                }
            };
            self.note(after.as_ref())?;
            if after.is_none() {
                break;
            }
            thread::sleep(REST);
        }
        Ok(Some(kept))
    }

    /// Looks at the references of one page after this one, and counts what it keeps: the last one, or `None` at the end of the journal.
    fn page(&self, after: Option<Reference>, kept: &mut usize) -> Result<Option<Reference>, Broken> {
        let page = self.journal.records(after.map(end_of).as_ref(), PAGE)?;
        let of_each: Vec<&[Record]> = page.chunk_by(|a, b| a.key.reference() == b.key.reference()).collect();
        // The last one may go on after the page.
        let whole = of_each.len() - usize::from(page.len() == PAGE && of_each.len() > 1);
        self.look(&of_each[..whole], self.journal.now()?, kept)?;
        Ok(of_each[..whole].last().map(|records| records[0].key.reference().clone()))
    }

    /// Keeps what is missing of these references.
    fn look(&self, of_each: &[&[Record]], now: OffsetDateTime, kept: &mut usize) -> Result<(), Broken> {
        let is_over = |records: &&&[Record]| Ended::records(records, now).is_some();
        let over: Vec<&Reference> = of_each.iter().filter(is_over).map(|records| records[0].key.reference()).collect();
        let names: Vec<&str> = over.iter().map(|reference| reference.as_str()).collect();
        for (reference, is_there) in over.into_iter().zip(self.results.are_there(&names)?) {
            if is_there {
                continue;
            }
            // All its calls: a page ends before a record that cannot be read, which may hold the verdict, and then this fails on it.
            let (records, now) = (self.journal.of(reference)?, self.journal.now()?);
            if let Some(ended) = Ended::records(&records, now) {
                *kept += usize::from(self.results.keep_first(reference.as_str(), &ended)?);
            }
        }
        Ok(())
    }

    /// Whether a pass is due; if so it is this process's.
    fn is_due(&self) -> Result<bool, Broken> {
        let set: Option<String> = self.link.read(|connection| {
            redis::cmd("SET").arg(CLAIM).arg(1).arg("NX").arg("EX").arg(EVERY.as_secs()).query(connection)
        })?;
        Ok(set.is_some())
    }

    fn last(&self) -> Result<Option<Reference>, Broken> {
        let last: Option<String> = self.link.read(|connection| redis::cmd("GET").arg(AFTER).query(connection))?;
        Ok(last.and_then(|last| Reference::parse(&last).ok()))
    }

    fn note(&self, last: Option<&Reference>) -> Result<(), Broken> {
        self.link.read(|connection| match last {
            Some(last) => redis::cmd("SET").arg(AFTER).arg(last.as_str()).query::<()>(connection),
            None => redis::cmd("DEL").arg(AFTER).query(connection),
        })?;
        Ok(())
    }
}

/// The last name that a record of this reference can have.
fn end_of(reference: Reference) -> TryKey {
    TryKey::new(reference, u32::MAX, CallKind::Resume)
}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<RedisError> for Broken {
    fn from(error: RedisError) -> Self {
        Self::Redis(error)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("results that are missing could not be looked for to the end")
    }
}

impl StdError for Broken {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Journal(error) => Some(error),
            Self::Redis(error) => Some(error),
        }
    }
}
