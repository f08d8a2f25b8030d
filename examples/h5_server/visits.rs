//! Keeps visits in files, so that a restart loses none. A service keeps them in its own tables.

use std::{error::Error, io, path::Path, time::Duration};

use liveness::keeper::{Browser, Claimed, FileSessionStore, Kept, Key, SessionStore, StoreError};
use time::OffsetDateTime;

use crate::visit::Visit;

/// How long a visit is claimed to be written: it takes no longer than the disk.
const TURN: Duration = Duration::from_secs(60);

/// The visits by the cookies of their browsers, in the store of the keeper's sessions. One that is in doubt is open.
pub(crate) struct Visits(FileSessionStore);

impl Visits {
    pub(crate) fn new(store: FileSessionStore) -> Self {
        Self(store)
    }

    /// Finds a visit. A file without one in it is as good as none; one that cannot be read now is not.
    pub(crate) fn load(&self, browser: &Browser, now: OffsetDateTime) -> io::Result<Option<Visit>> {
        let kept = self.0.find(&key(browser)).map_err(failed)?.filter(|kept| now <= kept.keep_until());
        Ok(kept.as_ref().and_then(read))
    }

    /// Keeps a visit, whole or not at all: a crash leaves the old file or the new one.
    pub(crate) fn save(&self, browser: &Browser, visit: &mut Visit, now: OffsetDateTime) -> io::Result<()> {
        self.write(&key(browser), visit, now)
    }

    pub(crate) fn remove(&self, browser: &Browser) -> io::Result<()> {
        self.0.remove(&key(browser)).map_err(failed)
    }

    /// The visits with a call in doubt. At the start, before anything is asked, these are the calls that a crash cut off and
    /// those whose answer did not tell.
    pub(crate) fn in_doubt(&self) -> io::Result<Vec<(Key, Visit)>> {
        Ok(self.scan()?.0)
    }

    /// The same, and how many entries cannot be read, so that nobody knows whether they are in doubt.
    pub(crate) fn scan(&self) -> io::Result<(Vec<(Key, Visit)>, usize)> {
        let found = self.0.scan_open().map_err(failed)?;
        // The keeper's own are among them, and no visits.
        let visits = found.open.into_iter().filter_map(|(key, kept)| Some((key, read(&kept)?)));
        Ok((visits.collect(), found.unreadable))
    }

    /// The operator's word that a lost call is reconciled: the visit goes on from the step before it. False if there is none.
    pub(crate) fn settle(&self, reference: &str, now: OffsetDateTime) -> io::Result<bool> {
        let found = self.in_doubt()?.into_iter().find(|(_, visit)| visit.reference == reference);
        let Some((key, mut visit)) = found else { return Ok(false) };
        visit.doubt = None;
        self.write(&key, &mut visit, now).map(|()| true)
    }

    /// Whether the folder can be written and read: by an entry of no visit, which is removed again.
    pub(crate) fn probe(&self, now: OffsetDateTime) -> io::Result<()> {
        let key = Key::of("is the folder well?");
        self.0.put(&key, &Kept::new("", false, now)).map_err(failed)?;
        self.0.remove(&key).map_err(failed)
    }

    fn write(&self, key: &Key, visit: &mut Visit, now: OffsetDateTime) -> io::Result<()> {
        visit.form = random()?;
        let keep_until = visit.keep_until(now);
        let kept = Kept::new(serde_json::to_string(visit)?, visit.doubt.is_some(), keep_until);
        if self.0.put(key, &kept).map_err(failed)? {
            return Ok(());
        }
        // A visit has one turn at a time, so nobody else claims it.
        match self.0.claim(key, TURN).map_err(failed)? {
            Claimed::Yours(claim, _) => self.0.release(&claim, Some(&kept)).map(drop).map_err(failed),
            Claimed::Busy | Claimed::Unknown => Err(io::Error::other("another request is using this visit")),
        }
    }
}

/// The folder's store, or what is wrong with the folder.
pub(crate) fn store(folder: &Path) -> io::Result<FileSessionStore> {
    FileSessionStore::open(folder)
        .map_err(|error| io::Error::other(format!("{}; choose another folder with --state", failed(error))))
}

/// By a hash, so that neither a cookie chooses the path nor a listing of the folder gives cookies away.
fn key(browser: &Browser) -> Key {
    Key::of(browser.reveal())
}

fn read(kept: &Kept) -> Option<Visit> {
    serde_json::from_str(kept.data()).ok()
}

fn failed(error: StoreError) -> io::Error {
    io::Error::other(match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

/// The number in the start page's form, before there is a visit to hold one.
pub(crate) fn first_form(browser: &Browser) -> String {
    Key::of(&format!("start {}", browser.reveal())).as_str().to_owned()
}

/// A random number that nobody guesses, as 32 hexadecimal digits.
pub(crate) fn random() -> io::Result<String> {
    let random = Browser::new().map_err(io::Error::other)?;
    Ok(Key::of(random.reveal()).as_str().chars().take(32).collect())
}
