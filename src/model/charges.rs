//! The number of charges that a call caused, over all its attempts.

use serde::{Deserialize, Serialize};

use crate::model::Billed;

/// The number of charges that the vendor took for a call, over all its attempts: at least [`certain`](Self::certain)
/// and at most [`possible`](Self::possible).
///
/// [`Billed`] sums them up in one word: `No` if none is possible, `Yes` if one is certain, else `Unknown`.
///
/// ```
/// use liveness::{Billed, Charges};
///
/// // The first answer was lost, the second says that it was billed: one charge or two.
/// let both = Charges::of(Billed::Unknown).plus(Charges::of(Billed::Yes));
/// assert_eq!((both.certain(), both.possible(), both.billed()), (1, 2, Billed::Yes));
/// assert_eq!(both.to_string(), "1 to 2");
/// assert_eq!(Charges::NONE.billed(), Billed::No);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Charges {
    certain: u32,
    possible: u32,
}

impl Charges {
    /// No charge.
    pub const NONE: Self = Self { certain: 0, possible: 0 };

    /// At least `certain` and at most `possible` charges. A `possible` below `certain` is raised to it.
    pub const fn new(certain: u32, possible: u32) -> Self {
        Self { certain, possible: if possible < certain { certain } else { possible } }
    }

    /// The charges of one attempt.
    pub const fn of(billed: Billed) -> Self {
        match billed {
            Billed::Yes => Self::new(1, 1),
            Billed::No => Self::NONE,
            Billed::Unknown => Self::new(0, 1),
        }
    }

    /// The charges that the vendor certainly took.
    pub const fn certain(self) -> u32 {
        self.certain
    }

    /// The most charges that the vendor can have taken, including the certain ones.
    pub const fn possible(self) -> u32 {
        self.possible
    }

    /// Whether there was a charge, in one word.
    pub const fn billed(self) -> Billed {
        match (self.certain, self.possible) {
            (_, 0) => Billed::No,
            (0, _) => Billed::Unknown,
            _ => Billed::Yes,
        }
    }

    /// The sum of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::new(self.certain.saturating_add(other.certain), self.possible.saturating_add(other.possible))
    }

    /// What is left without an earlier part.
    pub(crate) const fn without(self, earlier: Self) -> Self {
        Self::new(self.certain.saturating_sub(earlier.certain), self.possible.saturating_sub(earlier.possible))
    }

    /// The number that is written beside the word; `None` where the word is enough.
    pub(crate) fn beyond(self) -> Option<Self> {
        Some(self).filter(|charges| *charges != Self::of(charges.billed()))
    }

    /// The charges that the word and the number beside it give together.
    pub(crate) fn read(billed: Billed, beyond: Option<Self>) -> Self {
        beyond.unwrap_or(Self::of(billed))
    }
}

impl From<Billed> for Charges {
    fn from(billed: Billed) -> Self {
        Self::of(billed)
    }
}

/// `1`, or `0 to 2` where it is not known.
impl std::fmt::Display for Charges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.certain == self.possible {
            write!(f, "{}", self.certain)
        } else {
            write!(f, "{} to {}", self.certain, self.possible)
        }
    }
}

/// The charges as another program may have written them.
#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    certain: u32,
    #[serde(default)]
    possible: u32,
}

impl From<Stored> for Charges {
    fn from(stored: Stored) -> Self {
        Self::new(stored.certain, stored.possible)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_certain_is_possible_whatever_is_added(a: (u32, u32), b: (u32, u32)) {
            let sum = Charges::new(a.0, a.1).plus(Charges::new(b.0, b.1));
            prop_assert!(sum.certain() <= sum.possible());
            prop_assert_eq!(Charges::read(sum.billed(), sum.beyond()), sum);
        }
    }

    #[test]
    fn the_word_of_a_sum_is_the_sum_of_the_words() {
        let all = [Billed::Yes, Billed::No, Billed::Unknown];
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (*a, *b))) {
            assert_eq!(Charges::of(a).plus(Charges::of(b)).billed(), a.plus(b), "{a} and {b}");
        }
    }

    #[test]
    fn a_stored_form_that_contradicts_itself_is_read_as_the_dearer_one() {
        let read: Charges = serde_json::from_str(r#"{"certain":2,"possible":1}"#).unwrap();
        assert_eq!((read.certain(), read.possible()), (2, 2));
    }
}
