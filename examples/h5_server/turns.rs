//! Runs one request of a visit at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The requests of one visit at a time, the one that is answered included: a few tabs, and no crowd.
const MAX_AT_ONCE: usize = 4;

/// One lock for each visit that a request is busy with, and none for the others.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Arc<Mutex<()>>>>);

impl Turns {
    /// Runs one request at a time for a visit: two tabs must not pay twice. Other visits do not wait for it. `None` where so many
    /// requests of this visit wait already that they would take the server's places from others.
    pub(crate) fn in_turn<T>(&self, visit: &str, run: impl FnOnce() -> T) -> Option<T> {
        let lock = {
            let mut all = self.all();
            let lock = all.entry(visit.to_owned()).or_default();
            // One is the map's own.
            if Arc::strong_count(lock) > MAX_AT_ONCE {
                return None;
            }
            Arc::clone(lock)
        };
        let _leaving = Leaving { turns: self, visit };
        let _turn = lock.lock().unwrap_or_else(PoisonError::into_inner);
        Some(run())
    }

    /// How many requests of this visit there are now.
    #[cfg(test)]
    pub(crate) fn at_once(&self, visit: &str) -> usize {
        self.all().get(visit).map_or(0, |lock| Arc::strong_count(lock) - 1)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a lock that nobody else holds or waits for, also after a panic.
struct Leaving<'a> {
    turns: &'a Turns,
    visit: &'a str,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut all = self.turns.all();
        // One is the map's own, one is still in the hand of the request that leaves.
        if all.get(self.visit).is_some_and(|lock| Arc::strong_count(lock) <= 2) {
            all.remove(self.visit);
        }
    }
}
