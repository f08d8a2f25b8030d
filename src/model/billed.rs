//! Whether a call cost money.

use serde::{Deserialize, Serialize};

/// Whether one call was billed, as far as the vendor says.
///
/// It is the answer's own word where there is one, else what the vendor documents for that answer, else `Unknown`;
/// it is never a guess. The total of a hosted check is its session's plus its verdict's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billed {
    /// The vendor says that this call was billed.
    Yes,
    /// The vendor says that it was not, or no call was made.
    No,
    /// The vendor does not say. Reconcile with the vendor's statement where it matters. A missing field, and a word of a newer
    /// version, are read as this.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Billed {
    /// Reads a vendor's yes-or-no flag; an absent flag is `Unknown`.
    pub const fn from_flag(flag: Option<bool>) -> Self {
        match flag {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }

    /// Of two calls together, such as a session's and a verdict's: `Yes` if either was billed, `No` if neither was.
    ///
    /// ```
    /// use liveness::Billed;
    /// assert_eq!(Billed::No.plus(Billed::Yes), Billed::Yes);
    /// assert_eq!(Billed::No.plus(Billed::Unknown), Billed::Unknown);
    /// ```
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Unknown,
        }
    }
}
