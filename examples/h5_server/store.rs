//! Where is a visit kept so that a restart loses nothing, and who may go on with it now?

use std::{
    collections::HashMap,
    fs, io,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use time::{Duration, OffsetDateTime};

use crate::visit::Visit;

/// How long what is no visit stays in the folder.
const RUBBISH_KEPT: Duration = Duration::minutes(30);
/// The requests of one visit at a time, the one that is answered included: a few tabs, and no crowd.
const MAX_AT_ONCE: usize = 4;
/// How the files of visits end, and the drafts of them; nothing else in the folder is ours.
const VISIT: &str = "visit";
const DRAFT: &str = "visit-draft";

/// A folder with one file per visit, readable by this user alone: a session in it is as good as its token.
pub(crate) struct Store {
    folder: PathBuf,
    locks: Locks,
}

impl Store {
    /// Opens the folder and lets go of the visits that are over; makes one that is not there.
    pub(crate) fn open(folder: &Path, now: OffsetDateTime) -> io::Result<Self> {
        make(folder).map_err(|error| {
            let text = format!("the folder of visits, {}: {error}; name another by --state", folder.display());
            io::Error::new(error.kind(), text)
        })?;
        let store = Self { folder: folder.to_owned(), locks: Locks::default() };
        store.sweep(now)?;
        Ok(store)
    }

    /// Finds a visit. A file without one in it is as good as none; one that cannot be read now is not.
    pub(crate) fn load(&self, id: &str, now: OffsetDateTime) -> io::Result<Option<Visit>> {
        match read(&self.file(&name(id), VISIT)) {
            Ok(visit) => Ok(visit.filter(|visit| !visit.is_over(now))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a visit, whole or not at all: a crash leaves the old file or the new one.
    pub(crate) fn save(&self, id: &str, visit: &mut Visit, now: OffsetDateTime) -> io::Result<()> {
        visit.form = random()?;
        visit.keep(now);
        self.write(&name(id), visit)
    }

    pub(crate) fn remove(&self, id: &str) -> io::Result<()> {
        match fs::remove_file(self.file(&name(id), VISIT)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Runs one request at a time for a visit: two tabs must not pay twice. Other visits do not wait for it. `None` where so many
    /// requests of this visit wait already that they would take the server's places from others.
    pub(crate) fn in_turn<T>(&self, id: &str, run: impl FnOnce() -> T) -> Option<T> {
        self.locks.in_turn(&name(id), run)
    }

    /// How many requests of this visit there are now.
    #[cfg(test)]
    pub(crate) fn at_once(&self, id: &str) -> usize {
        self.locks.all().get(&name(id)).map_or(0, |lock| Arc::strong_count(lock) - 1)
    }

    /// Lets go of the visits that are over, and of what a crash left of others. A file that cannot be read now stays.
    pub(crate) fn sweep(&self, now: OffsetDateTime) -> io::Result<()> {
        for (path, name, ending) in self.files()? {
            // A request that goes on with the visit comes first, and what it saves is not removed.
            let _ = self.locks.in_turn(&name, || {
                let is_over = match (ending, read(&path)) {
                    (VISIT, Ok(Some(visit))) => visit.is_over(now),
                    (_, Ok(_)) => is_old(&path, now),
                    (_, Err(_)) => false,
                };
                if is_over {
                    // It may be gone already.
                    let _ = fs::remove_file(&path);
                }
            });
        }
        Ok(())
    }

    /// The visits with a call in doubt. At the start, before anything is asked, these are the calls that a crash cut off and
    /// those whose answer did not tell.
    pub(crate) fn in_doubt(&self) -> io::Result<Vec<Visit>> {
        let visits = self.files()?.into_iter().filter(|(_, _, ending)| *ending == VISIT);
        Ok(visits.filter_map(|(path, ..)| read(&path).ok()?.filter(|visit| visit.doubt.is_some())).collect())
    }

    /// The operator's word that a lost call is reconciled: the visit goes on from the step before it. False if there is none.
    pub(crate) fn settle(&self, reference: &str, now: OffsetDateTime) -> io::Result<bool> {
        for (path, name, ending) in self.files()? {
            let Ok(Some(mut visit)) = read(&path) else { continue };
            if ending == VISIT && visit.reference == reference && visit.doubt.take().is_some() {
                visit.form = random()?;
                visit.keep(now);
                return self.write(&name, &visit).map(|()| true);
            }
        }
        Ok(false)
    }

    fn write(&self, name: &str, visit: &Visit) -> io::Result<()> {
        let (file, draft) = (self.file(name, VISIT), self.file(name, DRAFT));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&draft).and_then(|mut out| {
            out.write_all(&serde_json::to_vec(visit)?)?;
            out.sync_all()
        });
        let kept = written.and_then(|()| fs::rename(&draft, file));
        if kept.is_err() {
            let _ = fs::remove_file(&draft);
        }
        kept?;
        // The folder's entry must outlive a power cut too.
        #[cfg(unix)]
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    /// The files that are ours: path, name and ending.
    fn files(&self) -> io::Result<Vec<(PathBuf, String, &'static str)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let part = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
            let (Some(name), Some(ending)) = (part(path.file_stem()), part(path.extension())) else { continue };
            let Some(ending) = [VISIT, DRAFT].into_iter().find(|ours| *ours == ending) else { continue };
            if name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                files.push((path, name, ending));
            }
        }
        Ok(files)
    }

    fn file(&self, name: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{name}.{ending}"))
    }
}

/// One lock for each visit that a request is busy with, and none for the others.
#[derive(Default)]
struct Locks(Mutex<HashMap<String, Arc<Mutex<()>>>>);

impl Locks {
    fn in_turn<T>(&self, name: &str, run: impl FnOnce() -> T) -> Option<T> {
        let lock = {
            let mut all = self.all();
            let lock = all.entry(name.to_owned()).or_default();
            // One is the map's own.
            if Arc::strong_count(lock) > MAX_AT_ONCE {
                return None;
            }
            Arc::clone(lock)
        };
        let _leaving = Leaving { locks: self, name };
        let _turn = lock.lock().unwrap_or_else(PoisonError::into_inner);
        Some(run())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a lock that nobody else holds or waits for, also after a panic.
struct Leaving<'a> {
    locks: &'a Locks,
    name: &'a str,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut all = self.locks.all();
        // One is the map's own, one is still in the hand of the request that leaves.
        if all.get(self.name).is_some_and(|lock| Arc::strong_count(lock) <= 2) {
            all.remove(self.name);
        }
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
    // One of another user is found now and not at the first visit.
    fs::read_dir(folder)?;
    Ok(())
}

/// A file's visit; `None` if there is none in it.
fn read(path: &Path) -> io::Result<Option<Visit>> {
    Ok(serde_json::from_slice(&fs::read(path)?).ok())
}

/// Whether nobody wrote to it for as long as a visit is kept.
fn is_old(path: &Path, now: OffsetDateTime) -> bool {
    let written = fs::metadata(path).and_then(|data| data.modified());
    written.is_ok_and(|written| now - OffsetDateTime::from(written) > RUBBISH_KEPT)
}

/// A file's name: a hash, so that neither a cookie chooses the path nor a listing of the folder gives cookies away.
fn name(id: &str) -> String {
    hex(digest(&SHA256, id.as_bytes()).as_ref())
}

/// The number in the start page's form, before there is a visit to hold one.
pub(crate) fn first_form(id: &str) -> String {
    hex(digest(&SHA256, format!("start {id}").as_bytes()).as_ref())
}

/// A random number that nobody guesses, as 32 hexadecimal digits.
pub(crate) fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no randomness"))?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
