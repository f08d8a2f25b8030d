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
            let page = match self.journal.records(after.clone().map(end_of).as_ref(), PAGE) {
                Ok(page) => page,
                Err(error) => {
                    // Those after it come once it can be read. Until then each pass begins anew, and says so again.
                    if error.kind() == JournalErrorKind::Damaged {
                        self.note(None)?;
                    }
                    return Err(error.into());
                }
            };
            let of_each: Vec<&[Record]> = page.chunk_by(|a, b| a.key.reference() == b.key.reference()).collect();
            // The last one may go on after the page.
            let whole = of_each.len() - usize::from(page.len() == PAGE && of_each.len() > 1);
            kept += self.look(&of_each[..whole], self.journal.now()?)?;
            after = of_each[..whole].last().map(|records| records[0].key.reference().clone());
            self.note(after.as_ref())?;
            if after.is_none() {
                break;
            }
            thread::sleep(REST);
        }
        Ok(Some(kept))
    }

    /// Keeps what is missing of these references.
    fn look(&self, of_each: &[&[Record]], now: OffsetDateTime) -> Result<usize, Broken> {
        let ended = of_each
            .iter()
            .filter_map(|records| Some((records.first()?.key.reference().as_str(), Ended::records(records, now)?)));
        let (references, ended): (Vec<&str>, Vec<Ended>) = ended.unzip();
        let mut kept = 0;
        for ((reference, ended), is_there) in references.iter().zip(&ended).zip(self.results.are_there(&references)?) {
            if !is_there {
                kept += usize::from(self.results.keep_first(reference, ended)?);
            }
        }
        Ok(kept)
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
