//! The index of the newest line of each call.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use time::OffsetDateTime;

use super::line::{Head, Place, Word};
use crate::{
    model::Reference,
    money::{
        caps::CapUse,
        journal::{self, Intent, Record, TryKey, usage::Usage},
    },
};

/// The place of a record, and the facts that are needed without reading it. A journal has millions of them, so a slot
/// is small.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) line: Place,
    pub(super) length: u32,
    pub(super) sealed_key: Option<Place>,
    /// The most that the call can have cost.
    possible: u32,
    state: Word,
    /// When it last changed, in seconds since 1970.
    at_s: i64,
}

impl Slot {
    /// Whether it need not be kept any longer.
    pub(super) fn is_over(&self, oldest: OffsetDateTime) -> bool {
        !self.state.is_unfinished() && self.at_s < oldest.unix_timestamp()
    }
}

/// All records by place, those that may be in doubt by name, and the sums behind the caps.
#[derive(Debug, Default)]
pub(super) struct Index {
    slots: BTreeMap<TryKey, Slot>,
    unfinished: BTreeSet<TryKey>,
    usage: Usage,
    /// How many bytes of each segment are the newest line of a record.
    live: HashMap<u32, u64>,
}

impl Index {
    /// Notes a line that was read or written. `record` gives the record itself where it is needed. If it returns
    /// `None`, nothing is put.
    pub(super) fn put(
        &mut self,
        head: Head,
        (line, length): (Place, u32),
        record: impl FnOnce() -> Option<Record>,
        now: OffsetDateTime,
    ) -> Option<()> {
        if head.state.is_unfinished() || !Usage::is_old(head.at, now) {
            self.usage.put(&record()?, now);
        }
        if head.state.is_unfinished() {
            self.unfinished.insert(head.key.clone());
        } else {
            self.unfinished.remove(&head.key);
        }
        let Head { key, state, possible, at, sealed_key } = head;
        let slot = Slot { line, length, sealed_key, possible, state, at_s: at.unix_timestamp() };
        *self.live.entry(line.file).or_default() += u64::from(length);
        if let Some(before) = self.slots.insert(key, slot) {
            self.no_longer_live(&before);
        }
        Some(())
    }

    pub(super) fn get(&self, key: &TryKey) -> Option<Slot> {
        self.slots.get(key).copied()
    }

    pub(super) fn remove(&mut self, key: &TryKey) {
        if let Some(slot) = self.slots.remove(key) {
            self.no_longer_live(&slot);
        }
    }

    /// How far the intent would use each cap.
    pub(super) fn uses(&mut self, intent: &Intent, now: OffsetDateTime) -> Vec<CapUse> {
        let own = journal::of(&self.slots, intent.key.reference()).map(|(_, slot)| slot.possible);
        self.usage.with(intent, own.fold(0, u32::saturating_add), now)
    }

    /// The calls of a reference.
    pub(super) fn of(&self, reference: &Reference) -> Vec<TryKey> {
        journal::of(&self.slots, reference).map(|(key, _)| key.clone()).collect()
    }

    /// The records after this one, in the order of their keys.
    pub(super) fn after(&self, after: Option<&TryKey>) -> impl Iterator<Item = (&TryKey, Slot)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.slots.range::<TryKey, _>((start, Bound::Unbounded)).map(|(key, slot)| (key, *slot))
    }

    /// The same, limited to those that may be in flight or in doubt.
    pub(super) fn unfinished_after(&self, after: Option<&TryKey>) -> impl Iterator<Item = (&TryKey, Slot)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let keys = self.unfinished.range::<TryKey, _>((start, Bound::Unbounded));
        keys.filter_map(|key| Some((key, *self.slots.get(key)?)))
    }

    /// The newest lines in one segment.
    pub(super) fn of_segment(&self, segment: u32) -> Vec<(TryKey, Slot)> {
        let own = self.slots.iter().filter(|(_, slot)| slot.line.file == segment);
        own.map(|(key, slot)| (key.clone(), *slot)).collect()
    }

    /// How many bytes of a segment still count.
    pub(super) fn live_bytes(&self, segment: u32) -> u64 {
        self.live.get(&segment).copied().unwrap_or_default()
    }

    /// The last segment with a record that need not be kept any longer.
    pub(super) fn last_with_old(&self, oldest: OffsetDateTime) -> Option<u32> {
        self.slots.values().filter(|slot| slot.is_over(oldest)).map(|slot| slot.line.file).max()
    }

    fn no_longer_live(&mut self, slot: &Slot) {
        if let Some(live) = self.live.get_mut(&slot.line.file) {
            *live = live.saturating_sub(u64::from(slot.length));
        }
    }
}
