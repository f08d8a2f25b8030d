//! Whether a call cost money.

use serde::{Deserialize, Serialize};

/// Whether one call was billed, as far as the vendor reports it.
///
/// The value comes from the response, or else from the vendor's documentation of that response, or else it is
/// `Unknown`. It is never a guess. The total of a hosted check is that of its session and its verdict.
///
/// ```
/// use liveness::Billed;
///
/// let note = |billed| match billed {
///     Billed::Yes => "charged",
///     Billed::No => "free",
///     Billed::Unknown => "see the statement",
/// };
/// assert_eq!(note(Billed::from_flag(Some(true))), "charged");
/// assert_eq!(note(Billed::from_flag(None)), "see the statement");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billed {
    /// The vendor reports that this call was billed.
    Yes,
    /// The vendor reports that the call was not billed, or no call was made.
    No,
    /// The vendor gives no information. Reconcile with the vendor's statement where it matters. A missing field and a
    /// word of a newer version are read as `Unknown`.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Billed {
    /// Converts a vendor's flag. An absent flag is `Unknown`.
    pub const fn from_flag(flag: Option<bool>) -> Self {
        match flag {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }

    /// Combines two calls, such as those of a session and a verdict: `Yes` if either was billed, `No` if neither was.
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
