//! A store of open checks in memory.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;

use super::{Claim, Claimed, Kept, Key, SessionStore, StoreError, leases::Leases};
use crate::model::{Clock, SystemClock};

/// A store in memory, for tests and for services that may lose their open checks when they stop. Clones share it.
///
/// ```
/// use liveness::{ManualClock, keeper::{Claimed, Kept, Key, MemorySessionStore, SessionStore}};
/// use std::time::Duration;
///
/// let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
/// let store = MemorySessionStore::new().with_clock(clock.clone());
/// let key = Key::of("k");
/// store.put(&key, &Kept::new("data", true, time::macros::datetime!(2026-11-21 09:00 UTC)))?;
///
/// let lease = Duration::from_secs(60);
/// assert!(matches!(store.claim(&key, lease)?, Claimed::Yours(..)));
/// assert_eq!(store.claim(&key, lease)?, Claimed::Busy);
/// clock.advance(lease);
/// assert!(matches!(store.claim(&key, lease)?, Claimed::Yours(..)));
/// # Ok::<(), liveness::keeper::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemorySessionStore {
    held: Arc<Mutex<Held>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Held {
    entries: BTreeMap<Key, Kept>,
    leases: Leases,
}

impl MemorySessionStore {
    /// An empty store.
    pub fn new() -> Self {
        Self { held: Arc::default(), clock: Arc::new(SystemClock) }
    }

    /// Sets the clock by which claims expire. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemorySessionStore {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionStore for MemorySessionStore {
    fn put(&self, key: &Key, kept: &Kept) -> Result<bool, StoreError> {
        let entries = &mut self.held().entries;
        let is_new = !entries.contains_key(key);
        entries.entry(key.clone()).or_insert_with(|| kept.clone());
        Ok(is_new)
    }

    fn find(&self, key: &Key) -> Result<Option<Kept>, StoreError> {
        Ok(self.held().entries.get(key).cloned())
    }

    fn claim(&self, key: &Key, lease: Duration) -> Result<Claimed, StoreError> {
        let mut held = self.held();
        let Some(kept) = held.entries.get(key).cloned() else { return Ok(Claimed::Unknown) };
        let claim = held.leases.take(key, self.clock.monotonic(), lease);
        Ok(claim.map_or(Claimed::Busy, |claim| Claimed::Yours(claim, kept)))
    }

    fn release(&self, claim: &Claim, kept: Option<&Kept>) -> Result<bool, StoreError> {
        let mut held = self.held();
        let is_theirs = held.leases.end(claim);
        if let (true, Some(kept)) = (is_theirs, kept) {
            held.entries.insert(claim.key().clone(), kept.clone());
        }
        Ok(is_theirs)
    }

    fn list_open(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Kept)>, StoreError> {
        let held = self.held();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let open = held.entries.range((from, Bound::Unbounded)).filter(|(_, kept)| kept.is_open());
        Ok(open.take(limit).map(|(key, kept)| (key.clone(), kept.clone())).collect())
    }

    fn remove(&self, key: &Key) -> Result<(), StoreError> {
        let mut held = self.held();
        held.entries.remove(key);
        held.leases.forget(key);
        Ok(())
    }

    fn sweep(&self, now: OffsetDateTime) -> Result<usize, StoreError> {
        let mut held = self.held();
        let (before, at) = (held.entries.len(), self.clock.monotonic());
        let Held { entries, leases } = &mut *held;
        entries.retain(|key, kept| {
            let stays = now <= kept.keep_until() || leases.is_held(key, at);
            if !stays {
                leases.forget(key);
            }
            stays
        });
        Ok(before - entries.len())
    }
}
