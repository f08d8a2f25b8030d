//! Where does the newest line of each call stand?

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use time::OffsetDateTime;

use super::line::{Head, Place, Word};
use crate::money::journal::{Record, TryKey, usage::Usage};

/// Where a record stands, and what is asked of it without reading it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) segment: u32,
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) sealed_key: Option<Place>,
    state: Word,
    at: OffsetDateTime,
}

impl Slot {
    /// Whether it need not be kept any longer.
    pub(super) fn is_over(&self, oldest: OffsetDateTime) -> bool {
        !self.state.is_unfinished() && self.at < oldest
    }
}

/// All records by place, those that may be in doubt by name, and the sums behind the caps.
#[derive(Debug, Default)]
pub(super) struct Index {
    slots: BTreeMap<TryKey, Slot>,
    unfinished: BTreeSet<TryKey>,
    pub(super) usage: Usage,
    /// How many bytes of each segment are the newest line of a record.
    live: HashMap<u32, u64>,
}

impl Index {
    /// A line was read or written. `record` gives the record itself, where it must be looked at.
    pub(super) fn put(
        &mut self,
        head: Head,
        (segment, offset, length): (u32, u64, u32),
        record: impl FnOnce() -> Option<Record>,
        now: OffsetDateTime,
    ) {
        if head.state.is_unfinished() || !Usage::is_old(head.at, now) {
            if let Some(record) = record() {
                self.usage.put(&record, now);
            }
        } else {
            self.usage.put_total(&head.key, head.possible);
        }
        if head.state.is_unfinished() {
            self.unfinished.insert(head.key.clone());
        } else {
            self.unfinished.remove(&head.key);
        }
        let (sealed_key, state, at) = (head.sealed_key, head.state, head.at);
        let slot = Slot { segment, offset, length, sealed_key, state, at };
        *self.live.entry(segment).or_default() += u64::from(length);
        if let Some(before) = self.slots.insert(head.key, slot) {
            self.no_longer_live(&before);
        }
    }

    pub(super) fn get(&self, key: &TryKey) -> Option<Slot> {
        self.slots.get(key).copied()
    }

    pub(super) fn remove(&mut self, key: &TryKey) {
        if let Some(slot) = self.slots.remove(key) {
            self.no_longer_live(&slot);
        }
    }

    /// The records after this one, in the order of their keys.
    pub(super) fn after(&self, after: Option<&TryKey>) -> impl Iterator<Item = (&TryKey, Slot)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.slots.range::<TryKey, _>((start, Bound::Unbounded)).map(|(key, slot)| (key, *slot))
    }

    /// Those of them that may be in flight or in doubt.
    pub(super) fn unfinished_after(&self, after: Option<&TryKey>) -> impl Iterator<Item = (&TryKey, Slot)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let keys = self.unfinished.range::<TryKey, _>((start, Bound::Unbounded));
        keys.filter_map(|key| Some((key, *self.slots.get(key)?)))
    }

    /// The newest lines that stand in one segment.
    pub(super) fn of_segment(&self, segment: u32) -> Vec<(TryKey, Slot)> {
        let own = self.slots.iter().filter(|(_, slot)| slot.segment == segment);
        own.map(|(key, slot)| (key.clone(), *slot)).collect()
    }

    /// How many bytes of a segment still count.
    pub(super) fn live_bytes(&self, segment: u32) -> u64 {
        self.live.get(&segment).copied().unwrap_or_default()
    }

    /// The last segment that holds a record which need not be kept any longer.
    pub(super) fn last_with_old(&self, oldest: OffsetDateTime) -> Option<u32> {
        self.slots.values().filter(|slot| slot.is_over(oldest)).map(|slot| slot.segment).max()
    }

    fn no_longer_live(&mut self, slot: &Slot) {
        if let Some(live) = self.live.get_mut(&slot.segment) {
            *live = live.saturating_sub(u64::from(slot.length));
        }
    }
}
