//! How much of each cap is used?

use std::{
    collections::{HashMap, VecDeque, hash_map::RandomState},
    hash::BuildHasher,
};

use time::{Date, Duration, OffsetDateTime, UtcOffset, macros::offset};

use super::{Intent, Record, State, TryKey};
use crate::money::caps::{Cap, CapUse};

/// The vendors' statements are written by this clock.
const STATEMENT: UtcOffset = offset!(+8);

/// The sums behind the caps. A journal tells it of each record that it writes. It knows keys and references by their hashes,
/// because a journal holds millions of them.
#[derive(Debug, Default)]
pub(super) struct Usage {
    hasher: RandomState,
    /// What each call can have cost, and what each reference.
    totals: HashMap<u64, u32>,
    references: HashMap<u64, u32>,
    /// What a call can have cost on the last days of the statement, and the sums of these days.
    daily: HashMap<u64, Vec<(Date, u32)>>,
    days: HashMap<Date, u32>,
    /// The openings of the last minute, the oldest first, and what they can cost.
    recent: VecDeque<(OffsetDateTime, u64, u64)>,
    recent_charges: HashMap<(u64, u64), u32>,
    /// The open calls, and until when each is in flight.
    open: HashMap<u64, OffsetDateTime>,
}

impl Usage {
    /// A record was written: it is new, or takes the place of the one before it.
    pub(super) fn put(&mut self, record: &Record, now: OffsetDateTime) {
        let key = self.hasher.hash_one(&record.key);
        self.put_total(&record.key, record.charges().possible());
        self.put_days(key, record, day(now).saturating_sub(Duration::days(1)));
        for spend in &record.spends {
            let name = (key, spend.fence);
            if let Some(charges) = self.recent_charges.get_mut(&name) {
                *charges = spend.charges.possible();
            } else if record.state == State::Open && record.fence() == spend.fence {
                self.recent.push_back((spend.at, key, spend.fence));
                self.recent_charges.insert(name, spend.charges.possible());
            }
        }
        match record.state {
            State::Open => drop(self.open.insert(key, record.until)),
            _ => drop(self.open.remove(&key)),
        }
    }

    /// As [`put`](Self::put), of a record that is closed and older than any day or minute that is still counted.
    pub(super) fn put_total(&mut self, key: &TryKey, possible: u32) {
        let before = self.totals.insert(self.hasher.hash_one(key), possible).unwrap_or_default();
        let reference = self.references.entry(self.hasher.hash_one(key.reference())).or_default();
        *reference = reference.saturating_sub(before).saturating_add(possible);
    }

    /// A record is kept no longer, and counts no longer for its reference.
    pub(super) fn drop_total(&mut self, key: &TryKey) {
        let Some(before) = self.totals.remove(&self.hasher.hash_one(key)) else { return };
        let name = self.hasher.hash_one(key.reference());
        if let Some(sum) = self.references.get_mut(&name) {
            *sum = sum.saturating_sub(before);
            if *sum == 0 {
                self.references.remove(&name);
            }
        }
    }

    /// Whether a record that last changed then is counted by its total alone.
    pub(super) fn is_old(at: OffsetDateTime, now: OffsetDateTime) -> bool {
        day(at) < day(now).saturating_sub(Duration::days(1))
    }

    /// How far each cap of the intent would be used with it.
    pub(super) fn with(&mut self, intent: &Intent, now: OffsetDateTime) -> Vec<CapUse> {
        self.forget(now);
        let spent = |cap| match cap {
            Cap::PerMinute => self.recent_charges.values().fold(0_u32, |sum, charges| sum.saturating_add(*charges)),
            Cap::PerDay => self.days.get(&day(now)).copied().unwrap_or_default(),
            Cap::PerReference => {
                self.references.get(&self.hasher.hash_one(intent.key.reference())).copied().unwrap_or_default()
            }
            Cap::InFlight => u32::try_from(self.open.len()).unwrap_or(u32::MAX),
        };
        let asked = |cap| match cap {
            Cap::InFlight => 1,
            _ => intent.exposure,
        };
        let limited = Cap::ALL.iter().filter_map(|cap| Some((*cap, intent.caps.limit(*cap)?)));
        limited.map(|(cap, limit)| CapUse { cap, used: spent(cap).saturating_add(asked(cap)), limit }).collect()
    }

    /// How many calls and references it holds a sum of.
    #[cfg(test)]
    pub(super) fn sums(&self) -> [usize; 2] {
        [self.totals.len(), self.references.len()]
    }

    fn put_days(&mut self, key: u64, record: &Record, oldest: Date) {
        let spent = record.spends.iter().map(|spend| (day(spend.at), spend.charges.possible()));
        let spent: Vec<_> = spent.filter(|(date, charges)| *date >= oldest && *charges > 0).collect();
        for (date, charges) in &spent {
            let sum = self.days.entry(*date).or_default();
            *sum = sum.saturating_add(*charges);
        }
        let before = if spent.is_empty() { self.daily.remove(&key) } else { self.daily.insert(key, spent) };
        for (date, charges) in before.unwrap_or_default() {
            if let Some(sum) = self.days.get_mut(&date) {
                *sum = sum.saturating_sub(charges);
            }
        }
    }

    /// Lets go of what is over.
    fn forget(&mut self, now: OffsetDateTime) {
        // After the clock went back, what seems to come is taken for spent now: it is over in a minute, and not when the
        // clock has caught up.
        self.recent.iter_mut().rev().take_while(|(at, ..)| *at > now).for_each(|(at, ..)| *at = now);
        let minute_ago = now.saturating_sub(Duration::MINUTE);
        while self.recent.front().is_some_and(|(at, ..)| *at <= minute_ago) {
            if let Some((_, key, fence)) = self.recent.pop_front() {
                self.recent_charges.remove(&(key, fence));
            }
        }
        self.open.retain(|_, until| now < *until);
        let oldest = day(now).saturating_sub(Duration::days(1));
        if self.days.keys().any(|date| *date < oldest) {
            self.days.retain(|date, _| *date >= oldest);
            self.daily.retain(|_, spent| spent.iter().any(|(date, _)| *date >= oldest));
        }
    }
}

/// The day of the vendors' statements.
fn day(at: OffsetDateTime) -> Date {
    at.to_offset(STATEMENT).date()
}
