//! The two stores by the contract, what is in a folder, and stores that fail or die.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration as Std, SystemTime},
};

use liveness::keeper::{Claim, Claimed, FileSessionStore, Kept, Key, StoreError};

use super::*;

mod memory {
    use liveness::contract::StoreStage;

    use super::*;

    fn stage() -> StoreStage {
        let clock = ManualClock::new(NOW);
        StoreStage::new(MemorySessionStore::new().with_clock(clock.clone()), move |time| clock.advance(time))
    }

    liveness::session_store_contract!(stage);
}

mod file {
    use liveness::contract::StoreStage;

    use super::*;

    fn stage() -> StoreStage {
        let (clock, folder) = (ManualClock::new(NOW), Folder::new());
        let store = FileSessionStore::open(folder.path()).unwrap().with_clock(clock.clone());
        StoreStage::new(store, move |time| {
            // Kept until the stage is gone.
            let _ = &folder;
            clock.advance(time);
        })
    }

    liveness::session_store_contract!(stage);
}

/// A folder of one test, which goes with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("keeper-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn files(&self) -> Vec<String> {
        let mut files: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_is_whole_and_for_this_user_alone_and_its_name_gives_nothing_away() {
    let folder = Folder::new();
    let store = FileSessionStore::open(folder.path()).unwrap();
    let key = Key::of("s3cr3t");
    // What a crash left of a longer one.
    fs::write(folder.path().join(format!("{}.kept-draft", key.as_str())), "{".repeat(10_000)).unwrap();
    assert!(store.put(&key, &Kept::new("one", true, NOW)).unwrap());
    assert_eq!(store.find(&key).unwrap().unwrap().data(), "one");
    assert_eq!(folder.files(), [format!("{}.kept", key.as_str())], "no draft is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join(&folder.files()[0])), 0o600);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_open_is_refused_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).unwrap();
    let error = FileSessionStore::open(folder.path()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        error.to_string().contains("folder of sessions") && cause == "it is open to other users",
        "{error}: {cause}"
    );
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o750);
}

#[test]
fn a_file_without_an_entry_is_as_good_as_none_and_only_old_rubbish_of_ours_is_swept() {
    let folder = Folder::new();
    let store = FileSessionStore::open(folder.path()).unwrap();
    let whole = serde_json::to_string(&Kept::new("d", true, NOW + Duration::days(900))).unwrap();
    let cut = &whole[..whole.len() - 1];
    let long_ago = SystemTime::from(NOW - Duration::HOUR);
    let own = |name: &str, ending: &str| format!("{}.{ending}", Key::of(name).as_str());
    // Name, text, written when, stays.
    let files = [
        ("notes.kept".to_owned(), cut, long_ago, true),
        ("mine.json".to_owned(), cut, long_ago, true),
        (own("whole", "kept"), &*whole, long_ago, true),
        (own("cut lately", "kept"), cut, NOW.into(), true),
        (own("cut", "kept"), cut, long_ago, false),
        (own("draft", "kept-draft"), &*whole, long_ago, false),
        (own("draft of now", "kept-draft"), cut, NOW.into(), true),
    ];
    for (name, text, at, _) in &files {
        fs::write(folder.path().join(name), text).unwrap();
        fs::File::options().append(true).open(folder.path().join(name)).unwrap().set_modified(*at).unwrap();
    }
    // As one that cannot be read just now.
    let unreadable = folder.path().join(own("unreadable", "kept"));
    #[cfg(unix)]
    std::os::unix::fs::symlink(&unreadable, &unreadable).unwrap();
    #[cfg(not(unix))]
    fs::create_dir(&unreadable).unwrap();
    assert_eq!(store.find(&Key::of("cut")).unwrap(), None);
    assert_eq!(store.claim(&Key::of("cut"), LEASE).unwrap(), Claimed::Unknown);
    assert!(store.find(&Key::of("unreadable")).is_err());
    assert_eq!(store.list_open(None, 10).unwrap().len(), 1, "what cannot be read does not hide the rest");
    let found = store.scan_open().unwrap();
    assert_eq!((found.open.len(), found.unreadable), (1, 3), "two that are cut, and one that cannot be read");
    store.sweep(NOW).unwrap();
    for (name, _, _, stays) in &files {
        assert_eq!(folder.path().join(name).exists(), *stays, "{name}");
    }
    assert!(fs::symlink_metadata(unreadable).is_ok());
}

#[test]
fn what_a_killed_process_wrote_is_there_although_the_disk_had_not_taken_it() {
    let folder = Folder::new();
    let store = FileSessionStore::open(folder.path()).unwrap();
    let draft = |key: &Key| folder.path().join(format!("{}.kept-draft", key.as_str()));
    // Was open, is open in the draft, the draft is cut, and what is there afterwards.
    let cases = [
        (Some(true), true, false, Some("next")),
        (Some(true), false, false, Some("next")),
        (Some(false), false, false, Some("next")),
        (None, false, false, Some("next")),
        // What was to be begun when it is written was not begun.
        (Some(false), true, false, Some("old")),
        (None, true, false, None),
        (Some(true), true, true, Some("old")),
    ];
    let key = |case: usize| Key::of(&case.to_string());
    for (case, (was_open, is_open, is_cut, _)) in cases.into_iter().enumerate() {
        if let Some(was_open) = was_open {
            store.put(&key(case), &Kept::new("old", was_open, NOW)).unwrap();
        }
        // Killed between the write and the rename.
        let next = serde_json::to_string(&Kept::new("next", is_open, NOW)).unwrap();
        fs::write(draft(&key(case)), &next[..next.len() - usize::from(is_cut)]).unwrap();
    }
    let store = FileSessionStore::open(folder.path()).unwrap();
    for (case, (.., is_cut, expected)) in cases.into_iter().enumerate() {
        let found = store.find(&key(case)).unwrap();
        assert_eq!(found.as_ref().map(Kept::data), expected, "{case}");
        assert_eq!(draft(&key(case)).exists(), is_cut, "{case}");
    }
}

#[test]
fn a_restart_frees_what_was_claimed_and_keeps_what_was_written() {
    let folder = Folder::new();
    let key = Key::of("k");
    let store = FileSessionStore::open(folder.path()).unwrap();
    store.put(&key, &Kept::new("d", true, NOW)).unwrap();
    assert!(matches!(store.claim(&key, Std::MAX).unwrap(), Claimed::Yours(..)));
    assert_eq!(store.clone().claim(&key, LEASE).unwrap(), Claimed::Busy, "clones share their claims");
    let store = FileSessionStore::open(folder.path()).unwrap();
    assert!(matches!(store.claim(&key, LEASE).unwrap(), Claimed::Yours(_, kept) if kept.data() == "d"));
}

/// A store that fails from this operation on.
#[derive(Debug)]
pub(crate) struct Failing(Counting);

impl Failing {
    pub(crate) fn from(store: &MemorySessionStore, operation: usize) -> Self {
        Self(Counting { store: store.clone(), left: AtomicUsize::new(operation) })
    }

    fn run<T>(&self, run: impl FnOnce(&MemorySessionStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.0.is_over() { Err(StoreError::new("the disk is full")) } else { run(&self.0.store) }
    }
}

/// When a process dies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    Before,
    After,
}

/// A store whose process dies at this operation.
#[derive(Debug)]
pub(crate) struct Crashing(Counting, When);

impl Crashing {
    pub(crate) fn at(store: &MemorySessionStore, operation: usize, when: When) -> Self {
        Self(Counting { store: store.clone(), left: AtomicUsize::new(operation) }, when)
    }

    fn run<T>(&self, run: impl FnOnce(&MemorySessionStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let dies = self.0.is_over();
        assert!(!dies || self.1 == When::After, "killed");
        let ran = run(&self.0.store);
        assert!(!dies, "killed");
        ran
    }
}

#[derive(Debug)]
struct Counting {
    store: MemorySessionStore,
    left: AtomicUsize,
}

impl Counting {
    fn is_over(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

macro_rules! through_run {
    ($store:ty) => {
        impl SessionStore for $store {
            fn put(&self, key: &Key, kept: &Kept) -> Result<bool, StoreError> {
                self.run(|store| store.put(key, kept))
            }

            fn find(&self, key: &Key) -> Result<Option<Kept>, StoreError> {
                self.run(|store| store.find(key))
            }

            fn claim(&self, key: &Key, lease: Std) -> Result<Claimed, StoreError> {
                self.run(|store| store.claim(key, lease))
            }

            fn release(&self, claim: &Claim, kept: Option<&Kept>) -> Result<bool, StoreError> {
                self.run(|store| store.release(claim, kept))
            }

            fn list_open(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Kept)>, StoreError> {
                self.run(|store| store.list_open(after, limit))
            }

            fn remove(&self, key: &Key) -> Result<(), StoreError> {
                self.run(|store| store.remove(key))
            }

            fn sweep(&self, now: OffsetDateTime) -> Result<usize, StoreError> {
                self.run(|store| store.sweep(now))
            }
        }
    };
}

through_run!(Failing);
through_run!(Crashing);
