//! A journal in the memory of one process, for tests and for programs that may forget on a restart.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ring::rand::{SecureRandom, SystemRandom};
use time::{Duration, OffsetDateTime};

use super::{
    Closing, Intent, Journal, JournalError, JournalErrorKind, Opened, Record, SentAttempt, Settled, Standing, Ticket,
    TryKey, rules, usage::Usage,
};
use crate::model::{Clock, Reference, SystemClock};

/// How long records are kept unless set otherwise.
const RETENTION: Duration = Duration::days(90);
/// How many records may be added before old ones are removed.
const SWEEP_EVERY: usize = 1024;

/// A journal in memory. Clones share it. Its records are lost with the process, and so is the promise: after a
/// restart a reference may be paid for again. Between threads and between the providers of one process, the promise
/// is kept.
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
        // Without randomness, code that reads this process's memory could guess the fingerprints; nothing else
        // changes.
        let _ = SystemRandom::new().fill(&mut salt);
        Self { clock: Arc::new(SystemClock), retention: RETENTION, salt, books: Arc::default() }
    }

    /// Sets its clock. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets how long a record is kept after it was closed. It must be longer than any redelivery of a job. Open calls
    /// and doubts are kept forever. Defaults to 90 days.
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Removes a record, as a journal does with records past its retention.
    #[cfg(test)]
    pub(super) fn forget(&self, key: &TryKey) {
        self.books().records.remove(key);
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
        self.records.retain(|_, record| !rules::is_over(record, now, oldest));
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
        let opened = rules::open(books.records.get(&intent.key), intent, now).and_then(|opening| {
            let own = super::of(&books.records, intent.key.reference()).map(|(_, record)| record.charges().possible());
            opening.within(&books.usage.with(intent, own.fold(0_u32, u32::saturating_add), now))
        });
        match opened {
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
        let record = rules::sent(record, ticket, attempt, now)?;
        books.put(record, now);
        Ok(())
    }

    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        let now = self.clock.now();
        let mut books = self.books();
        let record = books.records.get(&ticket.key).ok_or(JournalErrorKind::Stale)?;
        let (record, is_stale) = rules::close(record, ticket, closing, now);
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
        let record = rules::settle(record, settled, now)?;
        books.put(record.clone(), now);
        Ok(record)
    }

    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        let now = self.clock.now();
        let mut books = self.books();
        let own = super::of(&books.records, reference).map(|(_, record)| record);
        let (mut erased, mut changed) = (0, Vec::new());
        for record in own {
            erased += usize::from(record.sealed.is_some());
            changed.extend(rules::erase(record));
        }
        changed.into_iter().for_each(|record| books.put(record, now));
        Ok(erased)
    }
}
