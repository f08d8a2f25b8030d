//! How far is one person, and where is that kept so that a restart loses nothing?

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use liveness::{Session, Verdict};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// How long a visit is kept after its last step. A session lives for ten minutes and is worth asking for ten more.
const KEPT: Duration = Duration::minutes(30);
/// Locks that visits share by their number, so that two tabs of one person wait for each other.
const LOCKS: usize = 64;

/// One person's way through the site.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Visit {
    /// Stands in each form; changes with each step, so that an old form counts for nothing.
    pub(crate) form: String,
    #[serde(with = "time::serde::rfc3339")]
    kept_until: OffsetDateTime,
    pub(crate) stage: Stage,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// Nothing asked yet.
    New,
    /// A session is open, and paid for.
    Filming(Session),
    /// The hosted check ended.
    Checked(Verdict),
    /// A compare was sent. Found after a restart, it means that nobody knows whether it ran.
    Comparing,
    /// The compare ended.
    Compared(Verdict),
    /// A compare may have run and been billed; the operator is to reconcile it, under the vendor's number where there is one.
    Unclear(Option<String>),
}

/// A random number that nobody guesses, as 32 hexadecimal digits.
pub(crate) fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no randomness"))?;
    Ok(hex(&bytes))
}

/// A folder with one file per visit, readable by this user alone: a session in it is as good as its token.
pub(crate) struct Store {
    folder: PathBuf,
    locks: [Mutex<()>; LOCKS],
    cleaned: Mutex<OffsetDateTime>,
}

impl Store {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(Self {
            folder: folder.to_owned(),
            locks: std::array::from_fn(|_| Mutex::default()),
            cleaned: Mutex::new(OffsetDateTime::UNIX_EPOCH),
        })
    }

    /// Opens a visit and says under which number the person's cookie is to hold it.
    pub(crate) fn create(&self, now: OffsetDateTime) -> io::Result<String> {
        self.clean(now)?;
        let id = secret()?;
        self.save(&id, &mut Visit { form: String::new(), kept_until: now, stage: Stage::New }, now)?;
        Ok(id)
    }

    /// Finds a visit. A file that cannot be read is as good as none.
    pub(crate) fn load(&self, id: &str, now: OffsetDateTime) -> Option<Visit> {
        let visit: Visit = serde_json::from_slice(&fs::read(self.file(id)).ok()?).ok()?;
        (now <= visit.kept_until).then_some(visit)
    }

    /// Keeps a visit, whole or not at all: a crash leaves the old file or the new one.
    pub(crate) fn save(&self, id: &str, visit: &mut Visit, now: OffsetDateTime) -> io::Result<()> {
        visit.form = secret()?;
        visit.kept_until = now + KEPT;
        let (file, draft) = (self.file(id), self.folder.join(format!("{}.tmp", secret()?)));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
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

    pub(crate) fn remove(&self, id: &str) {
        let _ = fs::remove_file(self.file(id));
    }

    /// Lets one request at a time go on with a visit: two tabs must not pay twice.
    pub(crate) fn lock(&self, id: &str) -> MutexGuard<'_, ()> {
        let index = usize::from(digest(&SHA256, id.as_bytes()).as_ref()[0]) % LOCKS;
        self.locks[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what is too old, unreadable, or left over from a crash; looks once a minute at most.
    fn clean(&self, now: OffsetDateTime) -> io::Result<()> {
        let mut cleaned = self.cleaned.lock().unwrap_or_else(PoisonError::into_inner);
        if now - *cleaned < Duration::MINUTE {
            return Ok(());
        }
        *cleaned = now;
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let alive = |bytes: Vec<u8>| serde_json::from_slice::<Visit>(&bytes).is_ok_and(|v| now <= v.kept_until);
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") if !fs::read(&path).is_ok_and(alive) => drop(fs::remove_file(&path)),
                // A draft is renamed within milliseconds; one that is older was left by a crash.
                Some("tmp") if is_old(&path) => drop(fs::remove_file(&path)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Named by a hash, so that neither a cookie chooses the path nor a listing of the folder gives cookies away.
    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{}.json", hex(digest(&SHA256, id.as_bytes()).as_ref())))
    }
}

fn is_old(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|data| data.modified()).map(|at| at.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age > std::time::Duration::from_secs(60))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
