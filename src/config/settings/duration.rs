//! Parses a duration in a setting, such as `30s`.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::keys::A_DURATION;

/// The longest duration that is accepted; it keeps every sum with it far from overflowing.
const MAX: Duration = Duration::from_secs(3650 * 86_400);
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A whole number and its unit: `ms`, `s`, `m`, `h` or `d`, such as `30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

impl Span {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at(text.find(|char: char| !char.is_ascii_digit())?);
        let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let span = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*milliseconds)?);
        (span <= MAX).then_some(Self(span))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::model::from_text(deserializer, "a string", |text| Self::parse(text).ok_or(A_DURATION.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_with_its_unit() {
        for (text, seconds) in [("0s", 0), ("30s", 30), ("2m", 120), ("1h", 3600), ("90d", 7_776_000)] {
            assert_eq!(Span::parse(text), Some(Span(Duration::from_secs(seconds))), "{text}");
        }
        assert_eq!(Span::parse("250ms"), Some(Span(Duration::from_millis(250))));
        for text in ["", "s", "30", "-1s", "1.5s", "30 s", "30S", "1m30s", "99999999999999999999s", "3651d", "１s"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
