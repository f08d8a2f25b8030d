//! Counts the calls of each second and day, and decides whether there is room for one more.

use time::{Date, OffsetDateTime, macros::offset};

use super::Conditions;
use crate::sandbox::ledger::{Call, Vendor};

/// The limit that refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Limit {
    Second,
    Day,
}

impl Limit {
    /// The text for the ledger.
    pub(in crate::sandbox) const fn note(self) -> &'static str {
        match self {
            Self::Second => "calls_per_second: all calls of this second are used / 本秒的调用次数已用完",
            Self::Day => {
                "calls_per_day: all calls of this day are used, until midnight in UTC+8 / 当日调用次数已用完，UTC+8 零点恢复"
            }
        }
    }
}

/// The conditions, and what was drawn and counted under them.
#[derive(Debug)]
pub(in crate::sandbox) struct Limits {
    conditions: Conditions,
    seed: u64,
    /// How many delays were drawn, by [`Call`].
    drawn: [u64; 6],
    taken: [Taken; 2],
}

/// The calls that one vendor took.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    /// The second since 1970, and the calls in it.
    second: Option<(i64, u64)>,
    /// The day in UTC+8, and the calls on it.
    day: Option<(Date, u64)>,
}

impl Limits {
    pub(in crate::sandbox) fn new(conditions: Conditions, random: u64) -> Self {
        let seed = conditions.seed().unwrap_or(random);
        Self { conditions, seed, drawn: [0; 6], taken: [Taken::default(); 2] }
    }

    /// Changes the conditions. Delays are drawn from the start; the calls of today still count.
    pub(in crate::sandbox) fn set(&mut self, conditions: Conditions, random: u64) {
        *self = Self { taken: self.taken, ..Self::new(conditions, random) };
    }

    pub(in crate::sandbox) fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// The delay of the next one of these calls.
    pub(in crate::sandbox) fn next_delay(&mut self, call: Call) -> std::time::Duration {
        let Some(delay) = self.conditions.delay_of(call) else { return std::time::Duration::ZERO };
        let stream = call as usize;
        let place = self.drawn[stream];
        self.drawn[stream] += 1;
        delay.draw(super::delay::random(self.seed, stream as u64, place))
    }

    /// Takes one call, or returns the limit that refuses it.
    pub(in crate::sandbox) fn take(&mut self, vendor: Vendor, now: OffsetDateTime) -> Result<(), Limit> {
        let (per_second, per_day) = (self.conditions.per_second(vendor), self.conditions.per_day(vendor));
        let taken = &mut self.taken[vendor as usize];
        let (second, day) = (now.unix_timestamp(), day(now));
        let in_second = taken.second.filter(|(at, _)| *at == second).map_or(0, |(_, calls)| calls);
        let on_day = taken.day.filter(|(at, _)| *at == day).map_or(0, |(_, calls)| calls);
        if per_second.is_some_and(|most| in_second >= most) {
            return Err(Limit::Second);
        }
        if per_day.is_some_and(|most| on_day >= most) {
            return Err(Limit::Day);
        }
        taken.second = Some((second, in_second + 1));
        taken.day = Some((day, on_day + 1));
        Ok(())
    }

    /// How many calls this day allows and how many of them are used, if they are limited.
    pub(in crate::sandbox) fn told(&self, vendor: Vendor, now: OffsetDateTime) -> Option<(u64, u64)> {
        let today = self.taken[vendor as usize].day.filter(|(on, _)| *on == day(now));
        Some((self.conditions.per_day(vendor)?, today.map_or(0, |(_, calls)| calls)))
    }
}

fn day(now: OffsetDateTime) -> Date {
    now.checked_to_offset(offset!(+8)).unwrap_or(now).date()
}
