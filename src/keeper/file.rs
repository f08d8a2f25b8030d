//! A store of open checks in files, so that neither a restart nor a power cut loses one.

use std::{
    fmt, fs, io,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{Claim, Claimed, Kept, Key, SessionStore, StoreError, leases::Leases};
use crate::model::{Clock, SystemClock};

/// How long a file without an entry stays in the folder. No write takes that long.
const RUBBISH_KEPT: time::Duration = time::Duration::minutes(30);
/// The suffix of the files of entries and of their drafts. Nothing else in the folder is ours.
const ENTRY: &str = "kept";
const DRAFT: &str = "kept-draft";
/// The number of locks, which the entries share. An entry is written under its lock, so this many can be written at
/// once.
const LOCKS: usize = 1024;

/// A store in a folder of the file system, for one process: one file for each entry, readable by this user alone.
///
/// Each entry is written as a whole or not at all, and it is on the disk when the call returns. If a process is
/// killed while it updates an open entry, the new version is there when the folder is opened again, even if the disk
/// had not stored it yet. A new entry that was still being opened is not there. Claims are kept in memory: after a
/// restart nothing is claimed, so a crash causes no wait. Two processes must not share a folder, because neither sees
/// the claims of the other. Several instances of a service share a store in a database. A file without a readable
/// entry, such as one of another version, is ignored, and is swept after 30 minutes without a write.
///
/// ```
/// use liveness::keeper::{FileSessionStore, Kept, Key, SessionStore};
///
/// let folder = std::env::temp_dir().join(format!("liveness-doc-{}", std::process::id()));
/// let key = Key::of("k");
/// FileSessionStore::open(&folder)?.put(&key, &Kept::new("data", true, time::OffsetDateTime::now_utc()))?;
///
/// let after_a_restart = FileSessionStore::open(&folder)?;
/// assert_eq!(after_a_restart.find(&key)?.unwrap().data(), "data");
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), liveness::keeper::StoreError>(())
/// ```
#[derive(Clone)]
pub struct FileSessionStore {
    folder: PathBuf,
    locks: Arc<[Mutex<Leases>]>,
    clock: Arc<dyn Clock>,
}

impl FileSessionStore {
    /// Opens a folder, or creates it, closed to other users.
    ///
    /// # Errors
    ///
    /// The folder cannot be created or read, or it is open to other users.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        make(&folder).map_err(|error| {
            StoreError::new(format!("the folder of sessions, {}, cannot be used", folder.display())).with_source(error)
        })?;
        let locks = (0..LOCKS).map(|_| Mutex::default()).collect();
        let store = Self { folder, locks, clock: Arc::new(SystemClock) };
        store.finish_drafts().map_err(unread)?;
        Ok(store)
    }

    /// Finishes drafts. A process that was killed while the disk was slow leaves a complete draft: the newest version
    /// of its entry. The draft of a new entry is dropped, because a check begins only after its entry is written.
    fn finish_drafts(&self) -> io::Result<()> {
        for (key, _) in self.files()?.into_iter().filter(|(_, ending)| *ending == DRAFT) {
            let draft = self.path(&key, DRAFT);
            let Ok(kept) = serde_json::from_slice::<Kept>(&Zeroizing::new(fs::read(&draft)?)) else { continue };
            if kept.is_open() && !self.read(&key)?.is_some_and(|before| before.is_open()) {
                fs::remove_file(draft)?;
            } else {
                fs::File::open(&draft)?.sync_all()?;
                fs::rename(&draft, self.path(&key, ENTRY))?;
            }
        }
        self.sync_folder()
    }

    /// The folder's own entries must survive a power cut too.
    fn sync_folder(&self) -> io::Result<()> {
        #[cfg(unix)]
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    /// Sets the clock by which claims expire. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The lock under which an entry is read and written.
    fn lock(&self, key: &Key) -> MutexGuard<'_, Leases> {
        // The first digits of a hash are as good as any.
        let place = usize::from_str_radix(key.as_str().get(..4).unwrap_or_default(), 16).unwrap_or_default();
        self.locks[place % LOCKS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, key: &Key) -> io::Result<Option<Kept>> {
        match fs::read(self.path(key, ENTRY)).map(Zeroizing::new) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, key: &Key, kept: &Kept) -> io::Result<()> {
        let (path, draft) = (self.path(key, ENTRY), self.path(key, DRAFT));
        // A file that a crash left may be longer, or open to others.
        let _ = fs::remove_file(&draft);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&draft).and_then(|mut out| {
            out.write_all(&Zeroizing::new(serde_json::to_vec(kept)?))?;
            out.sync_all()
        });
        let renamed = written.and_then(|()| fs::rename(&draft, path));
        if renamed.is_err() {
            let _ = fs::remove_file(&draft);
        }
        renamed?;
        self.sync_folder()
    }

    /// Returns all open entries, as [`list_open`](SessionStore::list_open) does, and the number of unreadable
    /// entries. To count the open entries you need both: if a disk fails, only the first number drops.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn scan_open(&self) -> Result<OpenEntries, StoreError> {
        self.scan(None, usize::MAX)
    }

    fn scan(&self, after: Option<&Key>, limit: usize) -> Result<OpenEntries, StoreError> {
        let mut found = OpenEntries { open: Vec::new(), unreadable: 0 };
        for (key, ending) in self.files().map_err(unread)? {
            if found.open.len() == limit {
                break;
            }
            if ending != ENTRY || after.is_some_and(|after| key <= *after) {
                continue;
            }
            match fs::read(self.path(&key, ENTRY)).map(Zeroizing::new) {
                Ok(text) => match serde_json::from_slice::<Kept>(&text) {
                    Ok(kept) if kept.is_open() => found.open.push((key, kept)),
                    Ok(_) => {}
                    Err(_) => found.unreadable += 1,
                },
                // Removed since the folder was read.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(_) => found.unreadable += 1,
            }
        }
        Ok(found)
    }

    /// The store's files in the order of their keys, with the kind of each.
    fn files(&self) -> io::Result<Vec<(Key, &'static str)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let part = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
            let (Some(name), Some(ending)) = (part(path.file_stem()), part(path.extension())) else { continue };
            let ending = [ENTRY, DRAFT].into_iter().find(|ours| *ours == ending);
            files.extend(Key::parse(&name).zip(ending));
        }
        files.sort();
        Ok(files)
    }

    fn path(&self, key: &Key, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", key.as_str()))
    }

    fn sweep_one(&self, key: &Key, ending: &str, now: OffsetDateTime) -> bool {
        // A current writer goes first, and its entry is not removed.
        let mut leases = self.lock(key);
        let is_over = match (ending, self.read(key)) {
            (ENTRY, Ok(Some(kept))) => now > kept.keep_until() && !leases.is_held(key, self.clock.monotonic()),
            // A file that cannot be read now stays.
            (ENTRY, Err(_)) => false,
            _ => is_old(&self.path(key, ending), now),
        };
        if !is_over || fs::remove_file(self.path(key, ending)).is_err() || ending == DRAFT {
            return false;
        }
        leases.forget(key);
        true
    }
}

/// The open entries of a [`FileSessionStore`], as far as they can be read.
///
/// ```
/// use liveness::keeper::FileSessionStore;
///
/// let folder = std::env::temp_dir().join(format!("liveness-open-{}", std::process::id()));
/// let found = FileSessionStore::open(&folder)?.scan_open()?;
/// // Two numbers for a gauge each: what is open, and what cannot be read.
/// assert_eq!((found.open.len(), found.unreadable), (0, 0));
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok::<(), liveness::keeper::StoreError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenEntries {
    /// The open entries, in the order of their keys.
    pub open: Vec<(Key, Kept)>,
    /// How many entries cannot be read now. It is unknown which of them are open.
    pub unreadable: usize,
}

impl fmt::Debug for FileSessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSessionStore").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl SessionStore for FileSessionStore {
    fn put(&self, key: &Key, kept: &Kept) -> Result<bool, StoreError> {
        let _lock = self.lock(key);
        let is_new = self.read(key).map_err(unread)?.is_none();
        if is_new {
            self.write(key, kept).map_err(unwritten)?;
        }
        Ok(is_new)
    }

    fn find(&self, key: &Key) -> Result<Option<Kept>, StoreError> {
        // A file is replaced as a whole, so a reader needs no lock.
        self.read(key).map_err(unread)
    }

    fn claim(&self, key: &Key, lease: Duration) -> Result<Claimed, StoreError> {
        let mut leases = self.lock(key);
        let Some(kept) = self.read(key).map_err(unread)? else { return Ok(Claimed::Unknown) };
        let claim = leases.take(key, self.clock.monotonic(), lease);
        Ok(claim.map_or(Claimed::Busy, |claim| Claimed::Yours(claim, kept)))
    }

    fn release(&self, claim: &Claim, kept: Option<&Kept>) -> Result<bool, StoreError> {
        let mut leases = self.lock(claim.key());
        let is_theirs = leases.end(claim);
        if let (true, Some(kept)) = (is_theirs, kept) {
            self.write(claim.key(), kept).map_err(unwritten)?;
        }
        Ok(is_theirs)
    }

    fn list_open(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Kept)>, StoreError> {
        // An entry that cannot be read now does not hide the others.
        Ok(self.scan(after, limit)?.open)
    }

    fn remove(&self, key: &Key) -> Result<(), StoreError> {
        let mut leases = self.lock(key);
        leases.forget(key);
        match fs::remove_file(self.path(key, ENTRY)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritten(error)),
            _ => Ok(()),
        }
    }

    fn sweep(&self, now: OffsetDateTime) -> Result<usize, StoreError> {
        let files = self.files().map_err(unread)?;
        Ok(files.into_iter().filter(|(key, ending)| self.sweep_one(key, ending, now)).count())
    }
}

fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // An existing folder may be shared for a reason, so it is refused instead of closed.
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&fs::metadata(folder)?) & 0o077 != 0 {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is open to other users"));
    }
    // Another user's folder is detected now and not at the first check.
    fs::read_dir(folder)?;
    Ok(())
}

/// Whether the file has had no write for a long time.
fn is_old(path: &Path, now: OffsetDateTime) -> bool {
    let written = fs::metadata(path).and_then(|data| data.modified());
    written.is_ok_and(|written| now - OffsetDateTime::from(written) > RUBBISH_KEPT)
}

fn unread(error: io::Error) -> StoreError {
    StoreError::new("a file of sessions cannot be read").with_source(error)
}

fn unwritten(error: io::Error) -> StoreError {
    StoreError::new("a file of sessions cannot be written").with_source(error)
}
