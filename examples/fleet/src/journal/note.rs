//! What the script must know of a record, beside the record itself.

use std::{collections::BTreeMap, time::Duration};

use liveness::{
    money::{Cap, CapUse, Intent, Record, Standing, State, rules},
    time::OffsetDateTime,
};
use serde::Serialize;

/// How long after the read a write still follows from it. It is far less than a lease, and more than a slow disk takes.
const PATIENCE_US: i64 = 5_000_000;
/// How many days of the statement are kept, today among them. Caps look at today alone; the others are there for a clock that was wrong.
const DAYS: i32 = 7;
const MINUTE: liveness::time::Duration = liveness::time::Duration::MINUTE;

/// The sums that a record changes, and until when it is kept. All instants are in microseconds since 1970, except where said.
#[derive(Debug, Serialize)]
pub(super) struct Note {
    read_at: i64,
    patience: i64,
    /// The day of the statement, as the number of a Julian day.
    today: i32,
    oldest_day: i32,
    caps: Vec<Asked>,
    /// The most that the call can have cost.
    possible: String,
    /// In milliseconds since 1970; 0 is for ever.
    keep_until: String,
    is_unfinished: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_at: Option<i64>,
    /// The openings that counted for the last minute and stand in the record no more.
    left: Vec<u64>,
    spent: Vec<Spent>,
    days: Vec<Day>,
}

/// A cap of the intent, and what it asks of it.
#[derive(Debug, Serialize)]
struct Asked {
    name: &'static str,
    limit: u32,
    asked: u32,
    #[serde(skip)]
    cap: Cap,
}

#[derive(Debug, Serialize)]
struct Spent {
    fence: u64,
    at: i64,
    charges: u32,
}

#[derive(Debug, Serialize)]
struct Day {
    day: i32,
    more: i64,
}

impl Note {
    pub(super) fn of(
        before: Option<&Record>,
        record: &Record,
        intent: Option<&Intent>,
        retention: Duration,
        now: OffsetDateTime,
    ) -> Self {
        let today = day(now);
        let is_open = record.state == State::Open;
        let counts_for_the_minute = |at: OffsetDateTime| at > now.saturating_sub(MINUTE);
        let spent: Vec<_> = record
            .spends
            .iter()
            .filter(|spend| counts_for_the_minute(spend.at))
            .map(|spend| Spent { fence: spend.fence, at: micros(spend.at), charges: spend.charges.possible() })
            .collect();
        let stays = |fence| spent.iter().any(|spent| spent.fence == fence);
        let left = before.into_iter().flat_map(|before| &before.spends).map(|spend| spend.fence);
        let mut days = BTreeMap::new();
        for (record, sign) in [(Some(record), 1), (before, -1)] {
            for spend in record.into_iter().flat_map(|record| &record.spends) {
                *days.entry(day(spend.at)).or_default() += sign * i64::from(spend.charges.possible());
            }
        }
        Self {
            read_at: micros(now),
            patience: PATIENCE_US,
            today,
            oldest_day: today - DAYS + 1,
            caps: intent.map_or_else(Vec::new, asked),
            possible: record.charges().possible().to_string(),
            keep_until: keep_until_ms(record, retention, now).to_string(),
            is_unfinished: matches!(record.state, State::Open | State::InDoubt(_)),
            until_at: is_open.then(|| micros(record.until)),
            left: left.filter(|fence| !stays(*fence)).collect(),
            spent,
            days: days
                .into_iter()
                .filter(|(day, more)| *day > today - DAYS && *more != 0)
                .map(|(day, more)| Day { day, more })
                .collect(),
        }
    }

    /// What the script said of the caps.
    pub(super) fn uses(&self, used: Vec<u64>) -> Vec<CapUse> {
        let used = used.into_iter().map(|used| u32::try_from(used).unwrap_or(u32::MAX));
        self.caps.iter().zip(used).map(|(asked, used)| CapUse::new(asked.cap, used, asked.limit)).collect()
    }
}

fn asked(intent: &Intent) -> Vec<Asked> {
    let limited = Cap::ALL.iter().filter_map(|cap| Some((*cap, intent.caps.limit(*cap)?)));
    let asked = |cap| if cap == Cap::InFlight { 1 } else { intent.exposure };
    limited.map(|(cap, limit)| Asked { name: cap.as_str(), limit, asked: asked(cap), cap }).collect()
}

fn keep_until_ms(record: &Record, retention: Duration, now: OffsetDateTime) -> i64 {
    if matches!(record.standing(now), Standing::InFlight | Standing::InDoubt) {
        return 0;
    }
    let retention = retention.try_into().unwrap_or(liveness::time::Duration::MAX);
    record.closed.map_or(0, |closed| micros(closed.saturating_add(retention)) / 1000)
}

fn day(at: OffsetDateTime) -> i32 {
    rules::statement_day(at).to_julian_day()
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
