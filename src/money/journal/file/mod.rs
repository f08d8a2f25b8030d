//! A journal in a folder: for the processes of one machine, over crashes and power cuts.

mod disk;
mod index;
mod line;
mod lock;
mod manifest;
mod scan;
mod store;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use time::OffsetDateTime;

use self::{
    disk::Disk,
    lock::{Lock, is_remote, make_folder},
    store::Store,
};
use super::{
    Closing, Ending, Intent, Journal, JournalError, JournalErrorKind, Opened, Record, SentAttempt, Settled, Standing,
    Ticket, TryKey, rules,
};
use crate::model::{Clock, Reference, SystemClock};

/// How long records are kept unless set otherwise.
const RETENTION: time::Duration = time::Duration::days(90);
/// The size of a file at which the next one is begun.
const SEGMENT_BYTES: u64 = 16 << 20;
/// The largest file, so that each place in it fits 32 bits.
const MAX_SEGMENT_BYTES: u64 = 2 << 30;
/// How long to wait for the lock of another process.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// A journal in a folder, shared by any number of threads and processes of one machine. Clones share it.
///
/// Before [`open`](Journal::open) allows a call, its line is on the disk and flushed. A line contains the whole
/// record and a checksum, and is readable with `less`. The next process that opens the journal cuts off a last line
/// that a crash or a power cut left incomplete. Threads that write at the same time share a flush.
///
/// - Only this user can read the folder and its files (0700, 0600); a folder that is open to others is refused.
/// - The folder must be on a disk of this machine. Network file systems (NFS, SMB, 9P, FUSE, …) are refused, because
///   their locks and flushes may not be reliable; see [`open_unchecked`](Self::open_unchecked). In a memory file
///   system, the journal survives crashes of the process but no power cut.
/// - After a failed flush, the content of the disk is unknown. Every call is then refused until the journal is
///   reopened.
/// - The number of an attempt is written right before the attempt is sent, and is not flushed. It survives a crash of
///   the process, but a power cut may leave a doubt without its number.
/// - A finished file that is mostly out of date is rewritten when the next one is begun. This takes one flush and the
///   time to read and write the file. [`compact`](Self::compact) does this for all files, and removes records that
///   are older than the retention.
/// - The keys that unseal records are in separate files. [`erase`](Journal::erase) overwrites a key there. A drive
///   that moves data internally (SSD), a snapshot or a copy may still have the key, and so may a backup.
///
/// ```
/// use liveness::money::{FileJournal, Journal};
///
/// # let folder = std::env::temp_dir().join(format!("liveness-doc-{}", std::process::id()));
/// # let path = folder.join("journal");
/// let journal = FileJournal::open(&path)?;
/// assert!(journal.in_doubt(None, 100)?.is_empty());
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), liveness::money::JournalError>(())
/// ```
#[derive(Clone)]
pub struct FileJournal {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    retention: time::Duration,
    segment_bytes: u64,
    lock_wait: Duration,
}

struct Shared {
    disk: Disk,
    lock: Lock,
    store: Mutex<Store>,
    /// How much of what was appended is flushed.
    flushed: Mutex<u64>,
    is_poisoned: AtomicBool,
}

impl FileJournal {
    /// Opens the journal in this folder, or creates one. It reads the whole journal once.
    ///
    /// # Errors
    ///
    /// `Exposed` for a folder that is open to other users, `Foreign` for one with something else or a newer version,
    /// `UnsafeFileSystem` on a network file system, `Damaged`, `ReadOnly`, `Locked` after 5 s, `Unavailable`.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, JournalError> {
        let folder = folder.as_ref();
        make_folder(folder)?;
        if is_remote(folder) {
            return Err(JournalErrorKind::UnsafeFileSystem.into());
        }
        Self::open_in(Disk::new(folder))
    }

    /// As [`open`](Self::open), on any file system: use it if you know that its locks and flushes work over all
    /// machines.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), except `UnsafeFileSystem`.
    pub fn open_unchecked(folder: impl AsRef<Path>) -> Result<Self, JournalError> {
        make_folder(folder.as_ref())?;
        Self::open_in(Disk::new(folder.as_ref()))
    }

    fn open_in(disk: Disk) -> Result<Self, JournalError> {
        let lock = Lock::open(disk.folder())?;
        let store = {
            let _held = lock.hold(LOCK_WAIT)?;
            Store::open(&disk, OffsetDateTime::now_utc())?
        };
        let (store, flushed, is_poisoned) = (Mutex::new(store), Mutex::new(0), AtomicBool::new(false));
        Ok(Self {
            shared: Arc::new(Shared { disk, lock, store, flushed, is_poisoned }),
            clock: Arc::new(SystemClock),
            retention: RETENTION,
            segment_bytes: SEGMENT_BYTES,
            lock_wait: LOCK_WAIT,
        })
    }

    /// Sets its clock. All processes that share the journal must use the same one. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        // The system's clock decided which days still count: the next call reads everything again.
        self.store().manifest.generation = 0;
        self
    }

    /// Sets how long a record is kept after it was closed. It must be longer than any redelivery of a job. Open calls
    /// and doubts are kept forever. Defaults to 90 days.
    pub fn with_retention(mut self, retention: time::Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Sets the size, in bytes, at which the next file is begun: 1 byte to 2 GiB. Defaults to 16 MiB.
    pub fn with_segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.clamp(1, MAX_SEGMENT_BYTES);
        self
    }

    /// Sets how long to wait for the lock of another process. Defaults to 5 s.
    pub fn with_lock_wait(mut self, at_most: Duration) -> Self {
        self.lock_wait = at_most;
        self
    }

    /// Rewrites finished files that are mostly out of date, and removes records that are older than the retention. It
    /// keeps the lock for one file at a time, so call it from a separate thread, such as once a day.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`].
    pub fn compact(&self) -> Result<(), JournalError> {
        let now = self.clock.now();
        let oldest = now.saturating_sub(self.retention);
        for (segment, is_old) in self.locked(|store, disk| Ok(store.untidy(disk, oldest)))? {
            self.locked(|store, disk| match segment < store.manifest.first {
                true => Ok(()),
                false => store.tidy(disk, segment, now, is_old.then_some(oldest)),
            })?;
        }
        Ok(())
    }

    /// Runs under the lock, after reading what other processes wrote meanwhile.
    fn locked<T>(&self, run: impl FnOnce(&mut Store, &Disk) -> Result<T, JournalError>) -> Result<T, JournalError> {
        if self.shared.is_poisoned.load(Ordering::Acquire) {
            return Err(JournalErrorKind::Poisoned.into());
        }
        let store = &mut *self.store();
        let _held = self.shared.lock.hold(self.lock_wait)?;
        store.catch_up(&self.shared.disk, self.clock.now())?;
        run(store, &self.shared.disk)
    }

    /// The same, for an operation that appends a line: it also gets the position up to which to flush.
    fn adding<T>(
        &self,
        run: impl FnOnce(&mut Store, &Disk, OffsetDateTime) -> Result<T, JournalError>,
    ) -> Result<(T, u64), JournalError> {
        let now = self.clock.now();
        self.locked(|store, disk| {
            store.rotate(disk, self.segment_bytes, now)?;
            let done = run(store, disk, now)?;
            Ok((done, store.added))
        })
    }

    /// Waits until everything appended up to here is on the disk. Threads that wait at the same time share one flush.
    fn flush(&self, up_to: u64) -> Result<(), JournalError> {
        let mut flushed = self.shared.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        if *flushed >= up_to {
            return Ok(());
        }
        let (files, added) = {
            let store = self.store();
            (store.files(), store.added)
        };
        let synced = files.and_then(|files| files.iter().try_for_each(|file| self.shared.disk.sync(file)));
        if let Err(error) = synced {
            self.shared.is_poisoned.store(true, Ordering::Release);
            return Err(JournalError::new(JournalErrorKind::Poisoned).with_source(error));
        }
        *flushed = added;
        Ok(())
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.shared.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page<'a>(
        &self,
        store: &'a Store,
        disk: &Disk,
        slots: impl Iterator<Item = (&'a TryKey, index::Slot)>,
    ) -> Result<Vec<Record>, JournalError> {
        slots.map(|(_, slot)| store.read(disk, slot)).collect()
    }
}

impl Journal for FileJournal {
    fn now(&self) -> Result<OffsetDateTime, JournalError> {
        Ok(self.clock.now())
    }

    fn salt(&self) -> Result<[u8; 32], JournalError> {
        Ok(self.store().manifest.salt)
    }

    fn open(&self, intent: &Intent) -> Result<Opened, JournalError> {
        let (opened, added) = self.adding(|store, disk, now| {
            let existing = store.find(disk, &intent.key)?;
            let opened = rules::open(existing.as_ref(), intent, now)
                .and_then(|opening| opening.within(&store.index.uses(intent, now)));
            match opened {
                Ok((record, ticket)) => store.put(disk, &record, now).map(|()| Opened::New(ticket)),
                Err(refused) => Ok(refused),
            }
        })?;
        if matches!(opened, Opened::New(_)) {
            self.flush(added)?;
        }
        Ok(opened)
    }

    fn sent(&self, ticket: &Ticket, attempt: &SentAttempt) -> Result<(), JournalError> {
        let added = self.adding(|store, disk, now| {
            let record = store.find(disk, &ticket.key)?.ok_or(JournalErrorKind::Stale)?;
            store.put(disk, &rules::sent(&record, ticket, attempt, now)?, now)
        });
        added.map(drop)
    }

    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        let (is_stale, added) = self.adding(|store, disk, now| {
            let record = store.find(disk, &ticket.key)?.ok_or(JournalErrorKind::Stale)?;
            let (record, is_stale) = rules::close(&record, ticket, closing, now);
            store.put(disk, &record, now).map(|()| is_stale)
        })?;
        // A session is polled for its result every few seconds. A power cut may lose a call without a result: it is
        // then in doubt, and the result is requested again.
        if closing.ending != Ending::Pending {
            self.flush(added)?;
        }
        if is_stale { Err(JournalErrorKind::Stale.into()) } else { Ok(()) }
    }

    fn find(&self, key: &TryKey) -> Result<Option<Record>, JournalError> {
        self.locked(|store, disk| store.find(disk, key))
    }

    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.locked(|store, disk| self.page(store, disk, store.index.after(after).take(limit)))
    }

    fn in_doubt(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        let now = self.clock.now();
        self.locked(|store, disk| {
            let mut found = Vec::new();
            for (_, slot) in store.index.unfinished_after(after) {
                let record = store.read(disk, slot)?;
                if record.standing(now) == Standing::InDoubt && found.len() < limit {
                    found.push(record);
                }
            }
            Ok(found)
        })
    }

    fn settle(&self, key: &TryKey, settled: &Settled) -> Result<Record, JournalError> {
        let (record, added) = self.adding(|store, disk, now| {
            let record = store.find(disk, key)?.ok_or(JournalErrorKind::NotInDoubt)?;
            let record = rules::settle(&record, settled, now)?;
            store.put(disk, &record, now).map(|()| record)
        })?;
        self.flush(added)?;
        Ok(record)
    }

    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        let (erased, added) = self.adding(|store, disk, now| {
            let mut erased = 0;
            for key in store.index.of(reference) {
                erased += usize::from(store.destroy_key(disk, &key)?);
                let record = store.find(disk, &key)?.and_then(|record| rules::erase(&record));
                record.map(|record| store.put(disk, &record, now)).transpose()?;
            }
            Ok(erased)
        })?;
        self.flush(added)?;
        Ok(erased)
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileJournal")
            .field("folder", &self.shared.disk.folder())
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
