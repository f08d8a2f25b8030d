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

/// How long records are kept unless another time was set.
const RETENTION: time::Duration = time::Duration::days(90);
/// How large a file grows before the next one is begun.
const SEGMENT_BYTES: u64 = 16 << 20;
/// So that each place in a file fits 32 bits.
const MAX_SEGMENT_BYTES: u64 = 2 << 30;
/// How long the lock of another process is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// A journal in a folder, shared by any number of threads and processes of one machine. Clones share it.
///
/// Before [`open`](Journal::open) says that a call may be made, its line is on the disk and flushed. A line holds the whole record
/// and a checksum; `less` reads it. What a crash or a power cut leaves of the last line is cut off by the next one who opens the
/// journal. Threads that write at the same time share a flush.
///
/// - The folder and its files are readable by this user alone (0700, 0600); a folder that is open to others is refused.
/// - It must lie on a disk of this machine. File systems of other machines (NFS, SMB, 9P, FUSE, …) are refused, because their locks
///   and flushes may not hold; see [`open_unchecked`](Self::open_unchecked). In a memory file system it survives crashes of the
///   process and no power cut.
/// - After a flush failed, nobody knows what is on the disk. Every call is then refused until the journal is opened anew.
/// - The number of an attempt is written right before it is sent, and not flushed: a crash of the process keeps it, a power cut may
///   leave a doubt without its number.
/// - A finished file that is mostly out of date is written anew when the next one is begun, which takes one flush and as long as it
///   takes to read and write it. [`compact`](Self::compact) does it for all of them, and lets go of what is older than the
///   retention.
/// - What unseals a record stands in files of its own. [`erase`](Journal::erase) overwrites it there. A drive that moves data inside
///   (SSD), a snapshot or a copy may still hold it, and so may a backup.
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
    /// How much of what was added is flushed.
    flushed: Mutex<u64>,
    is_poisoned: AtomicBool,
}

impl FileJournal {
    /// Opens the journal in this folder, or makes one. It reads the whole journal once.
    ///
    /// # Errors
    ///
    /// `Exposed` for a folder that is open to other users, `Foreign` for one that holds something else or a newer version,
    /// `UnsafeFileSystem` on a file system of other machines, `Damaged`, `ReadOnly`, `Locked` after 5 s, `Unavailable`.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, JournalError> {
        let folder = folder.as_ref();
        make_folder(folder)?;
        if is_remote(folder) {
            return Err(JournalErrorKind::UnsafeFileSystem.into());
        }
        Self::open_in(Disk::new(folder))
    }

    /// As [`open`](Self::open), on any file system: the operator knows that its locks and flushes hold over all machines.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for `UnsafeFileSystem`.
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

    /// Sets its clock. All who share the journal must go by the same one. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        // Which days still count was judged by the system's clock: the next call reads everything anew.
        self.store().manifest.generation = 0;
        self
    }

    /// Sets how long a record is kept after it was closed. It must be longer than any redelivery of a job. Open calls and doubts
    /// are kept for ever. Defaults to 90 days.
    pub fn with_retention(mut self, retention: time::Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how large a file grows, in bytes, before the next one is begun: 1 byte to 2 GiB. Defaults to 16 MiB.
    pub fn with_segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.clamp(1, MAX_SEGMENT_BYTES);
        self
    }

    /// Sets how long the lock of another process is waited for. Defaults to 5 s.
    pub fn with_lock_wait(mut self, at_most: Duration) -> Self {
        self.lock_wait = at_most;
        self
    }

    /// Writes finished files anew that are mostly out of date, and lets go of records that are older than the retention. It
    /// holds the lock for one file at a time, so call it from a thread of its own, such as once a day.
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

    /// Runs under the lock, with what other processes did meanwhile.
    fn locked<T>(&self, run: impl FnOnce(&mut Store, &Disk) -> Result<T, JournalError>) -> Result<T, JournalError> {
        if self.shared.is_poisoned.load(Ordering::Acquire) {
            return Err(JournalErrorKind::Poisoned.into());
        }
        let store = &mut *self.store();
        let _held = self.shared.lock.hold(self.lock_wait)?;
        store.catch_up(&self.shared.disk, self.clock.now())?;
        run(store, &self.shared.disk)
    }

    /// The same, for what adds a line: with the place up to which must be flushed.
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

    /// Waits until all is on the disk that was added up to here. Those who wait at the same time share one flush.
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
        // A session is asked for its result every few seconds. What found none yet may be lost with the power: it is then in
        // doubt, and asked for again.
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
