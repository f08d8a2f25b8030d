//! How far is one person, and where is that kept so that a restart loses nothing?

use std::{
    fs, io,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use liveness::{Billed, Receipt, Session, Verdict};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// How long a visit is kept after its last step. A session lives for ten minutes and is worth asking for ten more.
const KEPT: Duration = Duration::minutes(30);
/// Locks that visits share by their file's name, so that two tabs of one person wait for each other.
const LOCKS: usize = 64;
/// How the files of visits end, and the drafts of them; nothing else in the folder is ours.
const VISIT: &str = "visit";
const DRAFT: &str = "visit-draft";

/// One person's way through the site.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Visit {
    /// The visit's name in receipts and for the operator; no secret, and it says nothing of the person.
    pub(crate) reference: String,
    /// Stands in each form; changes with each step, so that an old form counts for nothing.
    pub(crate) form: String,
    #[serde(with = "time::serde::rfc3339")]
    kept_until: OffsetDateTime,
    pub(crate) stage: Stage,
}

impl Visit {
    fn new(now: OffsetDateTime) -> io::Result<Self> {
        Ok(Self { reference: random()?, form: String::new(), kept_until: now, stage: Stage::New })
    }

    /// A paid call went out and nobody knows what came of it: only the operator may let go of the visit.
    pub(crate) fn is_unclear(&self) -> bool {
        matches!(self.stage, Stage::Unclear(_))
    }

    fn is_over(&self, now: OffsetDateTime) -> bool {
        now > self.kept_until && !self.is_unclear()
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// Nothing asked yet.
    New,
    /// A session is open, and paid for.
    Filming(Session),
    /// The hosted check ended.
    Checked { verdict: Verdict, opening: Option<Opening> },
    /// The compare ended.
    Compared(Verdict),
    /// A paid call may have run and been billed; the operator is to reconcile it, under the vendor's number where there is one.
    /// Written before each such call, so that a crash leaves it behind.
    Unclear(Option<String>),
}

/// What opening a hosted check came to, for the accounts; its verdict's own comes on top.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Opening {
    billed: Billed,
    receipt: Receipt,
}

impl Opening {
    pub(crate) fn of(session: &Session) -> Self {
        Self { billed: session.billed(), receipt: session.receipt().clone() }
    }
}

/// A folder with one file per visit, readable by this user alone: a session in it is as good as its token.
pub(crate) struct Store {
    folder: PathBuf,
    locks: [Mutex<()>; LOCKS],
}

impl Store {
    /// Opens the folder and lets go of the visits that are over; makes one that is not there.
    pub(crate) fn open(folder: &Path, now: OffsetDateTime) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        // One that was there before may be shared for a reason, so it is not closed but refused.
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::mode(&fs::metadata(folder)?) & 0o077 != 0 {
            return Err(io::Error::new(
                ErrorKind::PermissionDenied,
                format!("{} is open to other users; name a folder of your own by --state", folder.display()),
            ));
        }
        let store = Self { folder: folder.to_owned(), locks: std::array::from_fn(|_| Mutex::default()) };
        store.sweep(now)?;
        Ok(store)
    }

    /// Opens a visit and says under which number the person's cookie is to hold it.
    pub(crate) fn create(&self, now: OffsetDateTime) -> io::Result<String> {
        let id = random()?;
        self.save(&id, &mut Visit::new(now)?, now)?;
        Ok(id)
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
        visit.kept_until = now + KEPT;
        let name = name(id);
        let (file, draft) = (self.file(&name, VISIT), self.file(&name, DRAFT));
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

    pub(crate) fn remove(&self, id: &str) -> io::Result<()> {
        fs::remove_file(self.file(&name(id), VISIT))
    }

    /// Lets one request at a time go on with a visit: two tabs must not pay twice.
    pub(crate) fn lock(&self, id: &str) -> MutexGuard<'_, ()> {
        self.lock_file(&name(id))
    }

    /// Lets go of the visits that are over, and of what a crash left of others. A file that cannot be read now stays.
    pub(crate) fn sweep(&self, now: OffsetDateTime) -> io::Result<()> {
        for (path, name, ending) in self.files()? {
            // A request that goes on with the visit comes first, and what it saves is not removed.
            let _turn = self.lock_file(&name);
            let is_over = match (ending, read(&path)) {
                (VISIT, Ok(Some(visit))) => visit.is_over(now),
                (_, Ok(_)) => is_old(&path, now),
                (_, Err(_)) => false,
            };
            if is_over {
                // It may be gone already.
                let _ = fs::remove_file(&path);
            }
        }
        Ok(())
    }

    /// The files and references of the visits that only the operator may let go of.
    pub(crate) fn unclear(&self) -> io::Result<Vec<(PathBuf, String)>> {
        let visits = self.files()?.into_iter().filter(|(_, _, ending)| *ending == VISIT);
        let unclear = visits.filter_map(|(path, ..)| {
            let visit = read(&path).ok()??;
            visit.is_unclear().then_some((path, visit.reference))
        });
        Ok(unclear.collect())
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

    fn lock_file(&self, name: &str) -> MutexGuard<'_, ()> {
        // Names are hashes in hexadecimal, so their first byte spreads them well.
        let first = name.get(..2).and_then(|digits| usize::from_str_radix(digits, 16).ok());
        self.locks[first.unwrap_or_default() % LOCKS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file's visit; `None` if there is none in it.
fn read(path: &Path) -> io::Result<Option<Visit>> {
    Ok(serde_json::from_slice(&fs::read(path)?).ok())
}

/// Whether nobody wrote to it for as long as a visit is kept.
fn is_old(path: &Path, now: OffsetDateTime) -> bool {
    let written = fs::metadata(path).and_then(|data| data.modified());
    written.is_ok_and(|written| now - OffsetDateTime::from(written) > KEPT)
}

/// A file's name: a hash, so that neither a cookie chooses the path nor a listing of the folder gives cookies away.
fn name(id: &str) -> String {
    hex(digest(&SHA256, id.as_bytes()).as_ref())
}

/// A random number that nobody guesses, as 32 hexadecimal digits.
fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no randomness"))?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
