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

/// How long what is no entry stays in the folder: nobody writes for so long.
const RUBBISH_KEPT: time::Duration = time::Duration::minutes(30);
/// How the files of entries end, and the drafts of them. Nothing else in the folder is ours.
const ENTRY: &str = "kept";
const DRAFT: &str = "kept-draft";
/// Entries that share a lock. An entry is written under its lock, so this many can be written at the same time.
const LOCKS: usize = 1024;

/// A store in a folder of the file system, for one process: one file for each entry, readable by this user alone.
///
/// Each entry is written whole or not at all, and it is on the disk when the call returns. What a process wrote of an open
/// entry before it was killed is there when the folder is opened again, also where the disk had not taken it yet; an entry that was
/// about to be opened is not. Claims are held in memory: after a
/// restart nothing is claimed, and so a crash leaves nothing to wait for. Two processes must not share a folder, because neither
/// sees the claims of the other. Several instances of a service share a store of a database. A file without an entry in it, such
/// as one of another version, is as good as none, and it is swept when nobody has written it for 30 minutes.
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
    /// Opens a folder, and makes one that is not there, closed to other users.
    ///
    /// # Errors
    ///
    /// The folder cannot be made or read, or it is open to other users.
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

    /// A process that was killed while the disk was slow leaves a draft that is whole: the last that was known of its entry. One
    /// that was to open the entry is dropped, because what is opened begins when that is written.
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

    /// The folder's own entries must outlive a power cut too.
    fn sync_folder(&self) -> io::Result<()> {
        #[cfg(unix)]
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    /// Sets the clock by which claims end. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Who holds this lock alone reads and writes the entry.
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
        // One that a crash left may be longer, or open to others.
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

    /// All open entries, as [`list_open`](SessionStore::list_open) gives them, and how many entries cannot be read now. Whoever
    /// counts what is open needs both: where a disk fails, the first alone falls.
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

    /// The files that are ours, in the order of their keys, with what each of them is.
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
        // Who writes it now comes first, and what they write is not removed.
        let mut leases = self.lock(key);
        let is_over = match (ending, self.read(key)) {
            (ENTRY, Ok(Some(kept))) => now > kept.keep_until() && !leases.is_held(key, self.clock.monotonic()),
            // One that cannot be read now stays.
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

/// What is open in a [`FileSessionStore`], as far as it can be read.
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
    /// How many entries cannot be read now. Nobody knows which of them are open.
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
        // One that cannot be read now does not hide the others.
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
    // One that was there before may be shared for a reason, so it is not closed but refused.
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&fs::metadata(folder)?) & 0o077 != 0 {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is open to other users"));
    }
    // One of another user is found now and not at the first check.
    fs::read_dir(folder)?;
    Ok(())
}

/// Whether nobody has written it for long.
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
