//! Parses a month, such as 2026-11, and gives its first and last moments.

use clap::builder::{StringValueParser, TypedValueParser};
use liveness::time::{Date, Month as Name, OffsetDateTime, Time, UtcOffset};

use crate::language::Words;

/// A month of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    year: i32,
    month: Name,
}

impl Month {
    /// Its first moment in this zone, and the first moment of the next one.
    pub(crate) fn window(self, zone: UtcOffset) -> Option<(OffsetDateTime, OffsetDateTime)> {
        let first = |year: i32, month: Name| {
            let day = Date::from_calendar_date(year, month, 1).ok()?;
            Some(day.with_time(Time::MIDNIGHT).assume_offset(zone))
        };
        let next = if self.month == Name::December { self.year + 1 } else { self.year };
        first(self.year, self.month).zip(first(next, self.month.next()))
    }
}

/// Reads one that is written as 2026-11.
pub(crate) fn months() -> impl TypedValueParser<Value = Month> {
    StringValueParser::new().try_map(|text| {
        read(&text).ok_or_else(|| Words::new("a month is expected, such as 2026-11", "应为月份，例如 2026-11"))
    })
}

fn read(text: &str) -> Option<Month> {
    let (year, month) = text.split_once('-')?;
    let (year, month): (i32, u8) = (year.parse().ok()?, month.parse().ok()?);
    (1970..=9998).contains(&year).then_some(())?;
    Some(Month { year, month: month.try_into().ok()? })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use liveness::time::macros::{datetime, offset};

    use super::*;

    #[test]
    fn a_month_ends_where_the_next_one_begins() {
        let of = |text| read(text).unwrap().window(offset!(+8)).unwrap();
        assert_eq!(of("2026-11"), (datetime!(2026-11-01 0:00 +8), datetime!(2026-12-01 0:00 +8)));
        assert_eq!(of("2026-12"), (datetime!(2026-12-01 0:00 +8), datetime!(2027-01-01 0:00 +8)));
        for wrong in ["", "2026", "2026-0", "2026-13", "11-2026", "9999-01", "2026-11-01", "-1-1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
