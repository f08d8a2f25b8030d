//! The claims of one process and their holders.

use std::{collections::HashMap, time::Duration};

use super::{Claim, Key};

/// The claims of one process. They end with the process, and its entries are free at once.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: HashMap<Key, Lease>,
    last_fence: u64,
}

#[derive(Debug)]
struct Lease {
    fence: u64,
    /// By the monotonic clock: a change of the wall clock ends no claim.
    until: Duration,
}

impl Leases {
    pub(super) fn take(&mut self, key: &Key, now: Duration, lease: Duration) -> Option<Claim> {
        if self.is_held(key, now) {
            return None;
        }
        self.last_fence += 1;
        self.held.insert(key.clone(), Lease { fence: self.last_fence, until: now.saturating_add(lease) });
        Some(Claim::new(key.clone(), self.last_fence))
    }

    pub(super) fn is_held(&self, key: &Key, now: Duration) -> bool {
        self.held.get(key).is_some_and(|lease| now < lease.until)
    }

    /// Ends a claim; false if another caller has the entry by now.
    pub(super) fn end(&mut self, claim: &Claim) -> bool {
        let is_theirs = self.held.get(claim.key()).is_some_and(|lease| lease.fence == claim.fence());
        if is_theirs {
            self.held.remove(claim.key());
        }
        is_theirs
    }

    pub(super) fn forget(&mut self, key: &Key) {
        self.held.remove(key);
    }
}
