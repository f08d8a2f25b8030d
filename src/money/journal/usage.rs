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
/// Days that are still counted: today, and the day before for what ends after midnight.
const DAYS_KEPT: usize = 3;

/// The sums behind the caps. A journal tells it of each record that replaces another one.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// Charges of a day of the statement.
    days: HashMap<Date, u32>,
    /// Charges of a reference, by its hash: a journal holds millions of them.
    references: HashMap<u64, u32>,
    hasher: RandomState,
    /// The openings of the last minute, the oldest first, and what they can cost.
    recent: VecDeque<(OffsetDateTime, TryKey, u64)>,
    recent_charges: HashMap<(TryKey, u64), u32>,
    /// The open calls, and until when each is in flight.
    open: HashMap<TryKey, OffsetDateTime>,
}

impl Usage {
    /// A record takes the place of another one, or is new.
    pub(super) fn replace(&mut self, old: Option<&Record>, new: &Record) {
        if let Some(old) = old {
            self.add(old, |sum, charges| sum.saturating_sub(charges));
        }
        self.add(new, u32::saturating_add);
        for spend in &new.spends {
            let name = (new.key.clone(), spend.fence);
            match self.recent_charges.get_mut(&name) {
                Some(charges) => *charges = spend.charges.possible(),
                None if old.is_none_or(|old| old.fence() < spend.fence) => {
                    self.recent.push_back((spend.at, new.key.clone(), spend.fence));
                    self.recent_charges.insert(name, spend.charges.possible());
                }
                None => {}
            }
        }
        match new.state {
            State::Open => drop(self.open.insert(new.key.clone(), new.until)),
            _ => drop(self.open.remove(&new.key)),
        }
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

    /// Lets go of what is over.
    fn forget(&mut self, now: OffsetDateTime) {
        let minute_ago = now.saturating_sub(Duration::MINUTE);
        while self.recent.front().is_some_and(|(at, ..)| *at <= minute_ago) {
            if let Some((_, key, fence)) = self.recent.pop_front() {
                self.recent_charges.remove(&(key, fence));
            }
        }
        self.open.retain(|_, until| now < *until);
        if self.days.len() > DAYS_KEPT {
            let oldest = day(now).saturating_sub(Duration::days(1));
            self.days.retain(|date, _| *date >= oldest);
        }
    }

    fn add(&mut self, record: &Record, sum: impl Fn(u32, u32) -> u32) {
        for spend in record.spends.iter().filter(|spend| spend.charges.possible() > 0) {
            let day = self.days.entry(day(spend.at)).or_default();
            *day = sum(*day, spend.charges.possible());
            let reference = self.references.entry(self.hasher.hash_one(record.key.reference())).or_default();
            *reference = sum(*reference, spend.charges.possible());
        }
    }
}

/// The day of the vendors' statements.
fn day(at: OffsetDateTime) -> Date {
    at.to_offset(STATEMENT).date()
}
