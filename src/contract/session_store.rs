//! The contract that every store of sessions must meet.
//!
//! ```
//! use liveness::{ManualClock, contract::StoreStage, keeper::MemorySessionStore};
//!
//! fn memory() -> StoreStage {
//!     let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
//!     StoreStage::new(MemorySessionStore::new().with_clock(clock.clone()), move |time| clock.advance(time))
//! }
//!
//! // All rules as tests.
//! liveness::session_store_contract!(memory);
//! ```

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use time::{OffsetDateTime, macros::datetime};

use crate::keeper::{Claim, Claimed, Kept, Key, SessionStore};

const LEASE: Duration = Duration::from_secs(1);
const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

/// An empty store with its clock.
///
/// ```
/// use liveness::{ManualClock, contract::{StoreStage, session_store}, keeper::MemorySessionStore};
///
/// let memory = || {
///     let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
///     StoreStage::new(MemorySessionStore::new().with_clock(clock.clone()), move |time| clock.advance(time))
/// };
/// // One rule alone, as a function.
/// session_store::a_late_holder_writes_nothing_over_a_later_one(memory);
/// ```
pub struct StoreStage {
    store: Arc<dyn SessionStore>,
    wait: Box<dyn Fn(Duration) + Send + Sync>,
}

impl StoreStage {
    /// A stage for this empty store. `wait` lets this time pass by the clock that ends the store's claims: advance a
    /// test clock, or sleep.
    pub fn new(store: impl SessionStore + 'static, wait: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self { store: Arc::new(store), wait: Box::new(wait) }
    }

    fn put(&self, name: &str, is_open: bool, keep_until: OffsetDateTime) -> Key {
        let key = Key::of(name);
        assert!(self.store.put(&key, &Kept::new(name, is_open, keep_until)).expect("it is written"), "it is a new one");
        key
    }

    fn claim(&self, key: &Key) -> Claim {
        match self.store.claim(key, LEASE).expect("the store answers") {
            Claimed::Yours(claim, _) => claim,
            other => panic!("the entry is there and free: {other:?}"),
        }
    }

    fn data(&self, key: &Key) -> Option<String> {
        self.store.find(key).expect("the store answers").map(|kept| kept.data().to_owned())
    }

    fn release(&self, claim: &Claim, data: Option<&str>) -> bool {
        let kept = data.map(|data| Kept::new(data, true, NOW));
        self.store.release(claim, kept.as_ref()).expect("the store answers")
    }
}

impl fmt::Debug for StoreStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreStage").field("store", &self.store).finish_non_exhaustive()
    }
}

/// An entry comes back as it was written, and so does what replaces it.
pub fn what_is_written_comes_back(make: impl Fn() -> StoreStage) {
    let stage = make();
    let key = Key::of("k");
    assert_eq!(stage.data(&key), None, "nothing is there before");
    stage.put("k", true, NOW);
    for data in ["", "{\"a\": \"\\u0000 \\n 张三\"}", &"x".repeat(100_000), "last"] {
        let kept = Kept::new(data, data.is_empty(), NOW + time::Duration::NANOSECOND);
        let claim = stage.claim(&key);
        assert!(stage.store.release(&claim, Some(&kept)).expect("the store answers"));
        assert!(stage.store.find(&key).expect("the store answers") == Some(kept), "{} bytes come back", data.len());
    }
    assert_eq!(stage.data(&Key::of("another")), None);
}

/// A new entry never replaces an existing one: of 64 at the same moment one is written.
pub fn a_new_entry_replaces_none(make: impl Fn() -> StoreStage) {
    let stage = make();
    let (key, start) = (Key::of("k"), Barrier::new(64));
    let written: Vec<usize> = thread::scope(|scope| {
        let (stage, key, start) = (&stage, &key, &start);
        let put = |number: usize| {
            start.wait();
            let kept = Kept::new(number.to_string(), true, NOW);
            stage.store.put(key, &kept).expect("the store answers").then_some(number)
        };
        let threads: Vec<_> = (0..64).map(|number| scope.spawn(move || put(number))).collect();
        threads.into_iter().filter_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(written.len(), 1, "one is written");
    assert_eq!(stage.data(&key), Some(written[0].to_string()));
    let claim = stage.claim(&key);
    assert!(!stage.store.put(&key, &Kept::new("late", true, NOW)).expect("the store answers"));
    assert!(stage.release(&claim, Some("next")), "and no claim is ended by it");
    assert_eq!(stage.data(&key).as_deref(), Some("next"));
}

/// Of 64 claims at the same moment one is granted, again and again.
pub fn of_many_claims_at_once_one_is_granted(make: impl Fn() -> StoreStage) {
    let stage = make();
    let key = stage.put("k", true, NOW);
    let mut fences = HashSet::new();
    for _ in 0..20 {
        let start = Barrier::new(64);
        let claimed: Vec<Claimed> = thread::scope(|scope| {
            let claim = || {
                start.wait();
                stage.store.claim(&key, LEASE).expect("the store answers")
            };
            let threads: Vec<_> = (0..64).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let mut granted = claimed.iter().filter_map(|claimed| match claimed {
            Claimed::Yours(claim, kept) => Some((claim, kept)),
            _ => None,
        });
        let (claim, kept) = granted.next().expect("one is granted");
        assert_eq!(granted.count(), 0, "only one is granted");
        assert_eq!(kept.data(), "k", "a claim reads the entry");
        assert!(fences.insert(claim.fence()), "no two claims of an entry have the same number");
        assert_eq!(claimed.iter().filter(|claimed| **claimed == Claimed::Busy).count(), 63);
        assert!(stage.release(claim, None), "it is free again");
    }
}

/// A missing entry cannot be claimed, and the attempt creates none.
pub fn what_is_not_there_is_not_claimed(make: impl Fn() -> StoreStage) {
    let stage = make();
    let key = Key::of("k");
    assert_eq!(stage.store.claim(&key, LEASE).expect("the store answers"), Claimed::Unknown);
    assert_eq!(stage.data(&key), None);
    assert!(
        !stage.release(&Claim::new(key.clone(), 1), Some("forged")),
        "a claim that was never granted writes nothing"
    );
    assert_eq!(stage.data(&key), None);
}

/// A caller that claims an entry and dies leaves it unchanged, and another caller continues after the lease.
pub fn a_claim_ends_with_its_lease_and_the_entry_is_still_there(make: impl Fn() -> StoreStage) {
    let stage = make();
    let key = stage.put("k", true, NOW);
    drop(stage.claim(&key));
    assert_eq!(stage.store.claim(&key, LEASE).expect("the store answers"), Claimed::Busy);
    (stage.wait)(LEASE);
    let claim = stage.claim(&key);
    assert_eq!(stage.data(&key).as_deref(), Some("k"));
    assert!(stage.release(&claim, Some("next")));
    assert_eq!(stage.data(&key).as_deref(), Some("next"));
}

/// A holder that wakes after another caller has claimed the entry writes nothing, whether that one is done or not.
pub fn a_late_holder_writes_nothing_over_a_later_one(make: impl Fn() -> StoreStage) {
    let stage = make();
    let key = stage.put("k", true, NOW);
    let late = stage.claim(&key);
    (stage.wait)(LEASE);
    let later = stage.claim(&key);
    assert!(!stage.release(&late, Some("late")), "another holds it");
    assert_eq!(stage.data(&key).as_deref(), Some("k"));
    assert!(stage.release(&later, Some("later")), "and still does");
    assert!(!stage.release(&late, Some("late")), "another has written since");
    assert_eq!(stage.data(&key).as_deref(), Some("later"));
    assert!(!stage.release(&later, Some("twice")), "a claim is released once");
    assert_eq!(stage.data(&key).as_deref(), Some("later"));
}

/// The result of a late holder is not lost if there was no other claim in between.
pub fn a_late_holder_that_nobody_forestalled_writes(make: impl Fn() -> StoreStage) {
    let stage = make();
    let key = stage.put("k", true, NOW);
    let late = stage.claim(&key);
    (stage.wait)(LEASE);
    assert!(stage.release(&late, Some("late")));
    assert_eq!(stage.data(&key).as_deref(), Some("late"));
}

/// The open entries are listed page by page in the order of their keys, claimed ones included.
pub fn what_is_open_is_listed_page_by_page(make: impl Fn() -> StoreStage) {
    let stage = make();
    assert!(stage.store.list_open(None, 10).expect("the store answers").is_empty());
    let mut open: Vec<_> = (0..25).map(|name| stage.put(&format!("open {name}"), true, NOW)).collect();
    for name in 0..25 {
        stage.put(&format!("closed {name}"), false, NOW);
    }
    open.sort();
    let _held = open.iter().step_by(3).map(|key| stage.claim(key)).collect::<Vec<_>>();
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = stage.store.list_open(after.as_ref(), 10).expect("the store answers");
        assert!(page.len() <= 10, "no more than were asked for");
        assert!(page.iter().all(|(key, kept)| Key::of(kept.data()) == *key && kept.is_open()));
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        listed.extend(page.into_iter().map(|(key, _)| key));
    }
    assert_eq!(listed, open);
}

/// A sweep removes the entries whose time has passed and that are not claimed.
pub fn what_is_over_is_swept_unless_it_is_claimed(make: impl Fn() -> StoreStage) {
    let stage = make();
    let over = stage.put("over", false, NOW - time::Duration::SECOND);
    let held = stage.put("held", true, NOW - time::Duration::SECOND);
    let last_moment = stage.put("last moment", true, NOW);
    let young = stage.put("young", false, NOW + time::Duration::SECOND);
    let claim = stage.claim(&held);
    stage.store.sweep(NOW).expect("the store answers");
    let there = |key| stage.data(key).is_some();
    assert_eq!([&over, &held, &last_moment, &young].map(there), [false, true, true, true]);
    assert!(stage.release(&claim, None));
    stage.store.sweep(NOW).expect("the store answers");
    assert!(!there(&held), "it is free");
}

/// A removed entry is gone, and a claim on it can no longer write.
pub fn what_is_removed_is_gone_and_its_claim_with_it(make: impl Fn() -> StoreStage) {
    let stage = make();
    let key = stage.put("k", true, NOW);
    let claim = stage.claim(&key);
    for _ in 0..2 {
        stage.store.remove(&key).expect("the store answers");
        assert_eq!(stage.data(&key), None);
    }
    assert!(!stage.release(&claim, Some("late")));
    assert_eq!(stage.data(&key), None, "a person's wish to be forgotten is not undone");
    stage.put("k", true, NOW);
    assert!(!stage.release(&claim, Some("late")), "an entry that is put there later is another one");
    assert_eq!(stage.data(&key).as_deref(), Some("k"));
}

/// Makes a test of each rule of a [`SessionStore`](crate::keeper::SessionStore), each on a fresh stage that `$make` builds: any
/// `Fn() -> StoreStage`. Call it once in a module.
///
/// ```
/// use liveness::{ManualClock, contract::StoreStage, keeper::MemorySessionStore};
///
/// fn memory() -> StoreStage {
///     let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
///     StoreStage::new(MemorySessionStore::new().with_clock(clock.clone()), move |time| clock.advance(time))
/// }
///
/// liveness::session_store_contract!(memory);
/// ```
#[macro_export]
macro_rules! session_store_contract {
    ($make:expr) => {
        $crate::session_store_contract! { @tests $make;
            what_is_written_comes_back
            a_new_entry_replaces_none
            of_many_claims_at_once_one_is_granted
            what_is_not_there_is_not_claimed
            a_claim_ends_with_its_lease_and_the_entry_is_still_there
            a_late_holder_writes_nothing_over_a_later_one
            a_late_holder_that_nobody_forestalled_writes
            what_is_open_is_listed_page_by_page
            what_is_over_is_swept_unless_it_is_claimed
            what_is_removed_is_gone_and_its_claim_with_it
        }
    };
    (@tests $make:expr; $($rule:ident)*) => {
        $(
            #[test]
            fn $rule() {
                $crate::contract::session_store::$rule($make);
            }
        )*
    };
}
