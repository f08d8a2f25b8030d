//! The delay of an answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Error, Result, Text};

/// The longest delay, in milliseconds.
pub(in crate::sandbox) const MAX_DELAY_MS: u64 = 600_000;
/// How many standard deviations the 99th percentile of a normal distribution is above its median.
const P99_DEVIATIONS: f64 = 2.326_347_874_040_841;

/// How late an answer is: always the same, or drawn again for each call. In whole milliseconds, at most ten minutes;
/// a longer draw is cut to that.
///
/// Serialized it is an object with one key: `{"fixed_ms": 120}`, `{"uniform_ms": [80, 400]}`,
/// `{"log_normal_ms": {"median": 300, "p99": 1800}}`, or `{"percentiles_ms": [[50, 300], [99, 1800], [100, 5000]]}`.
///
/// ```
/// use std::time::Duration;
/// use liveness::sandbox::Delay;
///
/// let delay = Delay::uniform(Duration::from_millis(80), Duration::from_millis(400))?;
/// assert_eq!(serde_json::to_string(&delay).unwrap(), r#"{"uniform_ms":[80,400]}"#);
/// assert!(Delay::fixed(Duration::from_secs(601)).is_err());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Shape", into = "Shape")]
pub struct Delay(Shape);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Shape {
    #[serde(rename = "fixed_ms")]
    Fixed(u64),
    #[serde(rename = "uniform_ms")]
    Uniform(u64, u64),
    #[serde(rename = "log_normal_ms")]
    LogNormal { median: u64, p99: u64 },
    #[serde(rename = "percentiles_ms")]
    Percentiles(Vec<(f64, u64)>),
}

impl Delay {
    /// Always this long.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if it is longer than ten minutes.
    pub fn fixed(delay: Duration) -> Result<Self> {
        Self::try_from(Shape::Fixed(milliseconds(delay)))
    }

    /// Any delay between the two, all equally likely.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if the first is longer than the second, or one than ten minutes.
    pub fn uniform(shortest: Duration, longest: Duration) -> Result<Self> {
        Self::try_from(Shape::Uniform(milliseconds(shortest), milliseconds(longest)))
    }

    /// The usual latency of a service: half of the calls are answered within the median, 99 of 100 within `p99`, and
    /// a few take much longer.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if the median is zero or longer than `p99`, or one is longer than ten
    /// minutes.
    pub fn log_normal(median: Duration, p99: Duration) -> Result<Self> {
        Self::try_from(Shape::LogNormal { median: milliseconds(median), p99: milliseconds(p99) })
    }

    /// Measured delays: pairs of a percentage, above 0 and up to 100, and the delay within which that share of the
    /// calls is answered. Between two pairs the delay grows evenly; below the first and above the last it is that of
    /// the pair.
    ///
    /// ```
    /// use std::time::Duration;
    /// use liveness::sandbox::Delay;
    ///
    /// let ms = Duration::from_millis;
    /// let measured = Delay::percentiles([(50.0, ms(300)), (99.0, ms(1_800)), (100.0, ms(5_000))]).unwrap();
    /// let text = serde_json::to_string(&measured).unwrap();
    /// assert_eq!(text, r#"{"percentiles_ms":[[50.0,300],[99.0,1800],[100.0,5000]]}"#);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if there is none, if the percentages or the delays do not rise, or if one
    /// is out of its range.
    pub fn percentiles(pairs: impl IntoIterator<Item = (f64, Duration)>) -> Result<Self> {
        let pairs = pairs.into_iter().map(|(percent, delay)| (percent, milliseconds(delay)));
        Self::try_from(Shape::Percentiles(pairs.collect()))
    }

    /// Computes a delay from two random numbers.
    pub(in crate::sandbox) fn draw(&self, random: [u64; 2]) -> Duration {
        let [first, second] = random.map(unit);
        let milliseconds = match &self.0 {
            Shape::Fixed(fixed) => float(*fixed),
            Shape::Uniform(low, high) => float(*low) + (float(*high) - float(*low)) * first,
            Shape::LogNormal { median, p99 } => {
                // Box and Muller; 1 - first is never 0.
                let deviations = (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos();
                let deviation = (float(*p99) / float(*median)).ln() / P99_DEVIATIONS;
                float(*median) * (deviation * deviations).exp()
            }
            Shape::Percentiles(pairs) => between(pairs, first * 100.0),
        };
        // Rounded, so that the last bits of a logarithm do not differ between machines.
        let microseconds = (milliseconds * 1_000.0).round().clamp(0.0, float(MAX_DELAY_MS) * 1_000.0);
        Duration::from_micros(microseconds as u64)
    }
}

/// Two numbers that depend only on the seed, the stream and their place in it (splitmix64).
pub(in crate::sandbox) fn random(seed: u64, stream: u64, place: u64) -> [u64; 2] {
    let start = mixed(seed ^ mixed(stream.wrapping_add(1)));
    [0, 1].map(|half| mixed(start.wrapping_add(place.wrapping_mul(2).wrapping_add(half).wrapping_mul(GOLDEN))))
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(GOLDEN);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A number from 0 up to but excluding 1, in 53 bits.
fn unit(bits: u64) -> f64 {
    float(bits >> 11) / float(1 << 53)
}

/// Exact below 2^53.
fn float(number: u64) -> f64 {
    number as f64
}

fn between(pairs: &[(f64, u64)], percent: f64) -> f64 {
    let mut below: Option<(f64, u64)> = None;
    for &(upper, delay) in pairs {
        if percent <= upper {
            let Some((lower, least)) = below else { return float(delay) };
            return float(least) + (float(delay) - float(least)) * (percent - lower) / (upper - lower);
        }
        below = Some((upper, delay));
    }
    below.map_or(0.0, |(_, longest)| float(longest))
}

fn milliseconds(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}

impl TryFrom<Shape> for Delay {
    type Error = Error;

    fn try_from(shape: Shape) -> Result<Self> {
        let (field, longest, is_ordered) = match &shape {
            Shape::Fixed(delay) => ("fixed_ms", *delay, true),
            Shape::Uniform(low, high) => ("uniform_ms", *high, low <= high),
            Shape::LogNormal { median, p99 } => ("log_normal_ms", *p99, (1..=*p99).contains(median)),
            Shape::Percentiles(pairs) => {
                let rise = pairs.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
                let in_range = pairs.iter().all(|(percent, _)| *percent > 0.0 && *percent <= 100.0);
                let longest = pairs.iter().map(|(_, delay)| *delay).max();
                ("percentiles_ms", longest.unwrap_or_default(), rise && in_range && longest.is_some())
            }
        };
        let reason = match (is_ordered, longest <= MAX_DELAY_MS) {
            (true, true) => return Ok(Self(shape)),
            (_, false) => Text::new("at most 600000 ms, ten minutes", "最长 600000 毫秒，即十分钟"),
            _ => Text::new(
                "the smaller value comes first; a median is at least 1 ms, a percentage above 0 and at most 100",
                "较小的值在前；中位数至少 1 毫秒，百分位须大于 0 且不超过 100",
            ),
        };
        Err(Error::configuration(field).with_reason(reason))
    }
}

impl From<Delay> for Shape {
    fn from(delay: Delay) -> Self {
        delay.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(delay: &Delay, seed: u64, calls: u64) -> Vec<u128> {
        let mut drawn: Vec<_> = (0..calls).map(|n| delay.draw(random(seed, 3, n)).as_millis()).collect();
        drawn.sort_unstable();
        drawn
    }

    #[test]
    fn a_log_normal_delay_has_the_median_and_the_99th_percentile_that_were_asked_for() {
        let delay = Delay::log_normal(Duration::from_millis(300), Duration::from_millis(1_800)).unwrap();
        let drawn = drawn(&delay, 7, 100_000);
        assert!((295..=305).contains(&drawn[50_000]), "{}", drawn[50_000]);
        assert!((1_730..=1_870).contains(&drawn[99_000]), "{}", drawn[99_000]);
    }

    #[test]
    fn a_uniform_delay_stays_within_its_ends_and_reaches_near_both() {
        let delay = Delay::uniform(Duration::from_millis(80), Duration::from_millis(400)).unwrap();
        let drawn = drawn(&delay, 7, 10_000);
        assert!(drawn[0] < 82 && drawn[0] >= 80 && drawn[9_999] > 398 && drawn[9_999] <= 400);
        assert!((230..=250).contains(&drawn[5_000]), "{}", drawn[5_000]);
    }

    #[test]
    fn measured_percentiles_are_met() {
        let ms = Duration::from_millis;
        let delay = Delay::percentiles([(50.0, ms(300)), (90.0, ms(900)), (100.0, ms(5_000))]).unwrap();
        let drawn = drawn(&delay, 7, 100_000);
        assert_eq!((drawn[0], drawn[49_000]), (300, 300), "below the first pair it is the first's");
        let within = drawn.iter().filter(|delay| **delay <= 900).count();
        assert!((89_700..=90_300).contains(&within), "{within} of 100,000");
        assert!(drawn[99_999] <= 5_000);
    }

    #[test]
    fn what_is_drawn_depends_on_the_seed_the_stream_and_the_place_alone() {
        assert_eq!(random(7, 1, 5), random(7, 1, 5));
        for other in [random(8, 1, 5), random(7, 2, 5), random(7, 1, 6)] {
            assert_ne!(random(7, 1, 5), other);
        }
    }

    #[test]
    fn a_delay_out_of_order_or_over_ten_minutes_is_refused() {
        for text in [
            r#"{"fixed_ms": 600001}"#,
            r#"{"uniform_ms": [400, 80]}"#,
            r#"{"log_normal_ms": {"median": 0, "p99": 10}}"#,
            r#"{"log_normal_ms": {"median": 20, "p99": 10}}"#,
            r#"{"percentiles_ms": []}"#,
            r#"{"percentiles_ms": [[0, 10]]}"#,
            r#"{"percentiles_ms": [[50, 10], [50, 20]]}"#,
            r#"{"percentiles_ms": [[50, 10], [101, 20]]}"#,
            r#"{"percentiles_ms": [[50, 30], [90, 20]]}"#,
        ] {
            assert!(serde_json::from_str::<Delay>(text).is_err(), "{text}");
        }
    }
}
