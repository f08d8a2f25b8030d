//! Reads the time of a call, in any form that consoles and spreadsheets write.

use liveness::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::field::bare;

/// No clock on Earth is further from UTC.
const MAX_OFFSET_HOURS: i8 = 14;

/// Reads an instant: `2026-11-21 08:00:00.123`, `2026/11/21 8:00`, `2026年11月21日 8:00:00`, ISO 8601 with or without an offset,
/// `yyyyMMddHHmmss` and `yyyyMMddHHmmssSSS`, or seconds or milliseconds since 1970. What says no offset is in this time zone.
pub(crate) fn instant(text: &str, zone: UtcOffset) -> Option<OffsetDateTime> {
    let text = bare(text);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text, zone);
    }
    let mut rest = Rest(text);
    let date = rest.date()?;
    let is_apart = rest.any_of(&['T', 't']) | rest.spaces();
    if !is_apart && !text.contains('日') {
        return None;
    }
    let time = rest.time()?;
    rest.spaces();
    let offset = rest.offset()?;
    rest.0.is_empty().then_some(PrimitiveDateTime::new(date, time).assume_offset(offset.unwrap_or(zone)))
}

/// Reads a date, such as `2026-11-21`: its midnight in this time zone.
pub(crate) fn midnight(text: &str, zone: UtcOffset) -> Option<OffsetDateTime> {
    let mut rest = Rest(text.trim());
    let date = rest.date()?;
    rest.0.is_empty().then_some(PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_offset(zone))
}

fn digits(text: &str, zone: UtcOffset) -> Option<OffsetDateTime> {
    match text.len() {
        10 => OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok(),
        13 => OffsetDateTime::from_unix_timestamp_nanos(text.parse::<i128>().ok()? * 1_000_000).ok(),
        14 | 17 => {
            let part = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
            let date = calendar(part(0, 4)?, part(4, 6)?, part(6, 8)?)?;
            let milliseconds = if text.len() == 17 { part(14, 17)? } else { 0 };
            let time = clock(part(8, 10)?, part(10, 12)?, part(12, 14)?, milliseconds * 1_000_000)?;
            Some(PrimitiveDateTime::new(date, time).assume_offset(zone))
        }
        _ => None,
    }
}

/// What is left to read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn date(&mut self) -> Option<Date> {
        let year = self.number(4, 4)?;
        let separator = ['-', '/', '.', '年'].into_iter().find(|separator| self.any_of(&[*separator]))?;
        let month = self.number(1, 2)?;
        let second = if separator == '年' { '月' } else { separator };
        self.any_of(&[second]).then_some(())?;
        let day = self.number(1, 2)?;
        (separator != '年' || self.any_of(&['日'])).then_some(())?;
        calendar(year, month, day)
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.number(1, 2)?;
        self.any_of(&[':', '：']).then_some(())?;
        let minute = self.number(2, 2)?;
        if !self.any_of(&[':', '：']) {
            return clock(hour, minute, 0, 0);
        }
        let second = self.number(2, 2)?;
        let mut nanoseconds = 0;
        if self.any_of(&['.', ',']) {
            let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
            let fraction = self.0.get(..count).filter(|_| (1..=9).contains(&count))?;
            nanoseconds = fraction.parse::<u32>().ok()? * 10_u32.pow(9 - u32::try_from(count).ok()?);
            self.0 = self.0.get(count..)?;
        }
        clock(hour, minute, second, nanoseconds)
    }

    /// The offset, if one is there; `None` if what is there is none.
    fn offset(&mut self) -> Option<Option<UtcOffset>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if self.any_of(&['Z', 'z']) {
            return Some(Some(UtcOffset::UTC));
        }
        let is_west = self.0.starts_with('-');
        self.any_of(&['+', '-']).then_some(())?;
        let hours = i8::try_from(self.number(2, 2)?).ok().filter(|hours| *hours <= MAX_OFFSET_HOURS)?;
        self.any_of(&[':']);
        let minutes = if self.0.is_empty() { 0 } else { i8::try_from(self.number(2, 2)?).ok()? };
        let sign = if is_west { -1 } else { 1 };
        UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok().map(Some)
    }

    fn number(&mut self, min: usize, max: usize) -> Option<u32> {
        let count = self.0.bytes().take(max).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count >= min)?;
        self.0 = rest;
        digits.parse().ok()
    }

    fn any_of(&mut self, chars: &[char]) -> bool {
        let rest = chars.iter().find_map(|char| self.0.strip_prefix(*char));
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn spaces(&mut self) -> bool {
        let before = self.0.len();
        self.0 = self.0.trim_start();
        self.0.len() < before
    }
}

fn calendar(year: u32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()
}

fn clock(hour: u32, minute: u32, second: u32, nanoseconds: u32) -> Option<Time> {
    let part = |number: u32| u8::try_from(number).ok();
    Time::from_hms_nano(part(hour)?, part(minute)?, part(second)?, nanoseconds).ok()
}
