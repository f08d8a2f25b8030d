//! The use of each cap.

use std::{
    collections::{BTreeSet, HashMap, hash_map::RandomState},
    hash::BuildHasher,
};

use time::{Date, Duration, OffsetDateTime};

use super::{Intent, Record, State, rules::statement_day as day};
use crate::money::caps::{Cap, CapUse};

/// The sums behind the caps, as far as they change with time. A journal passes it each record that it writes. What a
/// record counts for follows from the record and the time alone, so each process gets the same sums from whatever
/// files it read. It stores keys as hashes, because a journal has millions of them.
#[derive(Debug, Default)]
pub(super) struct Usage {
    hasher: RandomState,
    /// The last days of the statement on which a call can have cost something, the amounts, and the sums of these
    /// days.
    daily: HashMap<u64, (Date, u32)>,
    /// The same for the few calls with more than one such day.
    of_several_days: HashMap<u64, Vec<(Date, u32)>>,
    days: HashMap<Date, u32>,
    /// The openings of each call in the last minute, what each can have cost, and the sum.
    recent: HashMap<u64, Vec<(OffsetDateTime, u32)>>,
    minute: u32,
    /// When these were opened, in order.
    openings: BTreeSet<(OffsetDateTime, u64)>,
    /// The open calls, and until when each is in flight.
    open: HashMap<u64, OffsetDateTime>,
}

impl Usage {
    /// Adds a record that was written: a new one, or one that replaces its predecessor.
    pub(super) fn put(&mut self, record: &Record, now: OffsetDateTime) {
        let key = self.hasher.hash_one(&record.key);
        let spent = record.spends.iter().map(|spend| (spend.at, spend.charges.possible()));
        let spent: Vec<_> = spent.filter(|(_, charges)| *charges > 0).collect();
        self.put_days(key, &spent, day(now).saturating_sub(Duration::days(1)));
        let minute_ago = now.saturating_sub(Duration::MINUTE);
        self.put_recent(key, spent.into_iter().filter(|(at, _)| *at > minute_ago).collect());
        match record.state {
            State::Open => drop(self.open.insert(key, record.until)),
            _ => drop(self.open.remove(&key)),
        }
    }

    /// Whether a closed record that last changed at this time no longer counts, except for its reference.
    pub(super) fn is_old(at: OffsetDateTime, now: OffsetDateTime) -> bool {
        day(at) < day(now).saturating_sub(Duration::days(1))
    }

    /// How far the intent would use each cap. Its reference can have cost this much until now.
    pub(super) fn with(&mut self, intent: &Intent, of_reference: u32, now: OffsetDateTime) -> Vec<CapUse> {
        self.forget(now);
        let spent = |cap| match cap {
            Cap::PerMinute => self.minute,
            Cap::PerDay => self.days.get(&day(now)).copied().unwrap_or_default(),
            Cap::PerReference => of_reference,
            Cap::InFlight => u32::try_from(self.open.len()).unwrap_or(u32::MAX),
        };
        let asked = |cap| match cap {
            Cap::InFlight => 1,
            _ => intent.exposure,
        };
        let limited = Cap::ALL.iter().filter_map(|cap| Some((*cap, intent.caps.limit(*cap)?)));
        limited.map(|(cap, limit)| CapUse::new(cap, spent(cap).saturating_add(asked(cap)), limit)).collect()
    }

    fn put_days(&mut self, key: u64, spent: &[(OffsetDateTime, u32)], oldest: Date) {
        let mut days: Vec<(Date, u32)> = Vec::new();
        for (date, charges) in
            spent.iter().map(|(at, charges)| (day(*at), *charges)).filter(|(date, _)| *date >= oldest)
        {
            let sum = self.days.entry(date).or_default();
            *sum = sum.saturating_add(charges);
            match days.iter_mut().find(|(known, _)| *known == date) {
                Some((_, sum)) => *sum = sum.saturating_add(charges),
                None => days.push((date, charges)),
            }
        }
        let before = self.daily.remove(&key).into_iter().chain(self.of_several_days.remove(&key).into_iter().flatten());
        for (date, charges) in before {
            if let Some(sum) = self.days.get_mut(&date) {
                *sum = sum.saturating_sub(charges);
            }
        }
        match days.as_slice() {
            [] => {}
            [day] => drop(self.daily.insert(key, *day)),
            _ => drop(self.of_several_days.insert(key, days)),
        }
    }

    fn put_recent(&mut self, key: u64, spent: Vec<(OffsetDateTime, u32)>) {
        let sum =
            |spent: &[(OffsetDateTime, u32)]| spent.iter().fold(0_u32, |sum, (_, each)| sum.saturating_add(*each));
        self.minute = self.minute.saturating_add(sum(&spent));
        self.openings.extend(spent.iter().map(|(at, _)| (*at, key)));
        let before = if spent.is_empty() { self.recent.remove(&key) } else { self.recent.insert(key, spent) };
        self.minute = self.minute.saturating_sub(sum(&before.unwrap_or_default()));
    }

    /// Removes what has expired.
    fn forget(&mut self, now: OffsetDateTime) {
        // After the clock was set back, an opening in the future counts as spent now: it expires in a minute, and not
        // when the clock has caught up.
        while let Some((at, key)) = self.openings.last().copied().filter(|(at, _)| *at > now) {
            self.openings.remove(&(at, key));
            let mut spent = self.recent.get(&key).cloned().unwrap_or_default();
            spent.iter_mut().filter(|(each, _)| *each == at).for_each(|(each, _)| *each = now);
            self.put_recent(key, spent);
        }
        let minute_ago = now.saturating_sub(Duration::MINUTE);
        while let Some((at, key)) = self.openings.first().copied().filter(|(at, _)| *at <= minute_ago) {
            self.openings.remove(&(at, key));
            let mut spent = self.recent.get(&key).cloned().unwrap_or_default();
            spent.retain(|(at, _)| *at > minute_ago);
            self.put_recent(key, spent);
        }
        self.open.retain(|_, until| now < *until);
        let oldest = day(now).saturating_sub(Duration::days(1));
        if self.days.keys().any(|date| *date < oldest) {
            self.days.retain(|date, _| *date >= oldest);
            self.daily.retain(|_, (date, _)| *date >= oldest);
            self.of_several_days.retain(|_, days| days.iter().any(|(date, _)| *date >= oldest));
        }
    }
}
