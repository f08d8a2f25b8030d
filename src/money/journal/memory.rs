//! A journal in the memory of one process: for tests, and where a restart may forget.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ring::rand::{SecureRandom, SystemRandom};
use time::{Duration, OffsetDateTime};

use super::{
    Closing, Intent, Journal, JournalError, JournalErrorKind, Opened, Record, SentAttempt, Settled, Standing, Ticket,
    TryKey, transition, usage::Usage,
};
use crate::model::{Clock, Reference, SystemClock};

/// How long records are kept unless another time was set.
const RETENTION: Duration = Duration::days(90);
/// How many records may be added before the old ones are looked for.
const SWEEP_EVERY: usize = 1024;

/// A journal in memory. Clones share it. What it holds is lost with the process, and with it the promise: after a restart a
/// reference may be paid for again. It still holds between threads and between the providers of one process.
///
/// ```
/// use liveness::money::{Journal, MemoryJournal};
///
/// let journal = MemoryJournal::new();
/// assert!(journal.in_doubt(None, 100)?.is_empty());
/// # Ok::<(), liveness::money::JournalError>(())
/// ```
#[derive(Clone)]
pub struct MemoryJournal {
    clock: Arc<dyn Clock>,
    retention: Duration,
    salt: [u8; 32],
    books: Arc<Mutex<Books>>,
}

#[derive(Debug, Default)]
struct Books {
    records: BTreeMap<TryKey, Record>,
    usage: Usage,
    added: usize,
}

impl MemoryJournal {
    /// An empty journal that keeps records for 90 days.
    pub fn new() -> Self {
        let mut salt = [0; 32];
        // Without randomness the fingerprints can be guessed by who reads this process's memory, and nothing else changes.
        let _ = SystemRandom::new().fill(&mut salt);
        Self { clock: Arc::new(SystemClock), retention: RETENTION, salt, books: Arc::default() }
    }

    /// Sets its clock. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets how long a record is kept after it was closed. It must be longer than any redelivery of a job. Open calls and doubts
    /// are kept for ever. Defaults to 90 days.
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJournal").field("retention", &self.retention).finish_non_exhaustive()
    }
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::new()
    }
}

impl Books {
    fn put(&mut self, record: Record, now: OffsetDateTime) {
        self.usage.put(&record, now);
        self.added += usize::from(self.records.insert(record.key.clone(), record).is_none());
    }

    fn sweep(&mut self, now: OffsetDateTime, retention: Duration) {
        if self.added < SWEEP_EVERY {
            return;
        }
        self.added = 0;
        let oldest = now.saturating_sub(retention);
        self.records.retain(|key, record| {
            let is_over = record.is_over(now, oldest);
            if is_over {
                self.usage.drop_total(key);
            }
            !is_over
        });
    }
}

impl Journal for MemoryJournal {
    fn now(&self) -> Result<OffsetDateTime, JournalError> {
        Ok(self.clock.now())
    }

    fn salt(&self) -> Result<[u8; 32], JournalError> {
        Ok(self.salt)
    }

    fn open(&self, intent: &Intent) -> Result<Opened, JournalError> {
        let now = self.clock.now();
        let books = &mut *self.books();
        books.sweep(now, self.retention);
        match transition::open(books.records.get(&intent.key), intent, &mut books.usage, now) {
            Ok((record, ticket)) => {
                books.put(record, now);
                Ok(Opened::New(ticket))
            }
            Err(refused) => Ok(refused),
        }
    }

    fn sent(&self, ticket: &Ticket, attempt: &SentAttempt) -> Result<(), JournalError> {
        let now = self.clock.now();
        let mut books = self.books();
        let record = books.records.get(&ticket.key).ok_or(JournalErrorKind::Stale)?;
        let record = transition::sent(record, ticket, attempt, now)?;
        books.put(record, now);
        Ok(())
    }

    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        let now = self.clock.now();
        let mut books = self.books();
        let record = books.records.get(&ticket.key).ok_or(JournalErrorKind::Stale)?;
        let (record, is_stale) = transition::close(record, ticket, closing, now);
        books.put(record, now);
        if is_stale { Err(JournalErrorKind::Stale.into()) } else { Ok(()) }
    }

    fn find(&self, key: &TryKey) -> Result<Option<Record>, JournalError> {
        Ok(self.books().records.get(key).cloned())
    }

    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        let books = self.books();
        Ok(super::from(&books.records, after).take(limit).cloned().collect())
    }

    fn in_doubt(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        let now = self.clock.now();
        let books = self.books();
        let doubtful = super::from(&books.records, after).filter(|record| record.standing(now) == Standing::InDoubt);
        Ok(doubtful.take(limit).cloned().collect())
    }

    fn settle(&self, key: &TryKey, settled: &Settled) -> Result<Record, JournalError> {
        let now = self.clock.now();
        let mut books = self.books();
        let record = books.records.get(key).ok_or(JournalErrorKind::NotInDoubt)?;
        let record = transition::settle(record, settled, now)?;
        books.put(record.clone(), now);
        Ok(record)
    }

    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        let now = self.clock.now();
        let mut books = self.books();
        let sealed: Vec<_> = books
            .records
            .values()
            .filter(|record| record.key.reference() == reference && record.sealed.is_some())
            .map(transition::erase)
            .collect();
        let erased = sealed.len();
        sealed.into_iter().for_each(|record| books.put(record, now));
        Ok(erased)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{
        model::{Charges, ManualClock},
        money::journal::{Answer, Ending, Fingerprint},
        provider::CallKind,
    };

    #[test]
    fn what_is_over_its_retention_leaves_no_sum_behind() {
        let clock = ManualClock::new(datetime!(2026-11-21 08:00 +8));
        let journal = MemoryJournal::new().with_clock(clock.clone()).with_retention(Duration::days(2));
        for number in 0..4 * SWEEP_EVERY {
            clock.advance(std::time::Duration::from_secs(600));
            let key = TryKey::new(format!("order-{number}").parse().unwrap(), 1, CallKind::Begin);
            let intent = Intent::new(key, "acme/a".parse().unwrap(), Fingerprint::new(1, "key", "00".into()));
            let Opened::New(ticket) = journal.open(&intent).unwrap() else { panic!("it is new") };
            let ending = Ending::Answered { answer: Answer::Lost, sealed: None };
            journal.close(&ticket, &Closing::new(ending, Charges::new(1, 1))).unwrap();
        }
        let books = journal.books();
        // Two days hold 288 of them, and as many come until the next sweep as it waits for.
        assert!(books.usage.sums().iter().all(|sums| *sums < 2 * SWEEP_EVERY), "{:?}", books.usage.sums());
        assert_eq!(books.usage.sums(), [books.records.len(); 2]);
    }
}
