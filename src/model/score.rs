//! A vendor's score of a check.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Serialize};

/// A vendor's score, from 0 to 100.
///
/// It is never NaN, and zero has no sign, so it is ordered and can be a key of a map.
///
/// ```
/// use liveness::Score;
///
/// let mut scores = [100.0, 7.5, 85.0].map(|score| Score::new(score).unwrap());
/// scores.sort();
/// assert_eq!(scores.map(|score| score.to_string()), ["7.5", "85", "100"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

impl Score {
    /// Takes a number from 0 to 100; `None` for any other.
    ///
    /// ```
    /// use liveness::Score;
    /// assert_eq!(Score::new(85.0).map(Score::value), Some(85.0));
    /// assert_eq!(Score::new(100.5), None);
    /// ```
    pub fn new(value: f64) -> Option<Self> {
        // Adding zero takes the sign from a negative zero.
        (0.0..=100.0).contains(&value).then_some(Self(value + 0.0))
    }

    /// The number, from 0 to 100.
    pub fn value(self) -> f64 {
        self.0
    }
}

// `new` accepts neither NaN nor a second zero, so comparing the numbers and comparing their bits give the same
// result.
impl Eq for Score {}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Score {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<f64> for Score {
    type Error = ScoreError;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value).ok_or(ScoreError)
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// The number is no [`Score`], because it is outside 0 to 100.
///
/// ```
/// use liveness::{Score, ScoreError};
///
/// let error: ScoreError = Score::try_from(100.5).unwrap_err();
/// assert_eq!(error.to_string(), "a score lies between 0 and 100");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ScoreError;

impl fmt::Display for ScoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a score lies between 0 and 100")
    }
}

impl std::error::Error for ScoreError {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_equal_hashes_and_orders_as_equal() {
        let score = |value| Score::new(value).unwrap();
        assert_eq!(HashSet::from([score(0.0), score(-0.0), score(85.0), score(85.0)]).len(), 2);
        assert_eq!(score(-0.0).cmp(&score(0.0)), Ordering::Equal);
        assert_eq!(score(-0.0).to_string(), "0");
        assert!(score(7.5) < score(85.0) && score(100.0) > score(85.0));
    }

    #[test]
    fn what_lies_outside_is_refused_in_a_store_too() {
        for value in [f64::NAN, f64::INFINITY, -0.1, 100.1] {
            assert_eq!(Score::try_from(value), Err(ScoreError));
        }
        let error = serde_json::from_str::<Score>("100.1").unwrap_err();
        assert!(error.to_string().contains("between 0 and 100"), "{error}");
    }
}
