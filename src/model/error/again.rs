//! Whether a failed call may be repeated, and whether its paid work ran.

use serde::{Deserialize, Serialize};

/// Whether the same check may be repeated with the same provider.
///
/// ```
/// use liveness::{Again, Error, ErrorKind};
///
/// fn next_step(error: &Error) -> &'static str {
///     match error.again() {
///         Again::Safe => "put the job back into the queue",
///         Again::MayBillAgain => "reconcile first",
///         Again::Never => "correct what the error names",
///     }
/// }
///
/// assert_eq!(next_step(&Error::new(ErrorKind::RateLimited)), "put the job back into the queue");
/// assert_eq!(next_step(&Error::new(ErrorKind::OutcomeUnknown)), "reconcile first");
/// assert_eq!(next_step(&Error::new(ErrorKind::Credentials)), "correct what the error names");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Nothing ran, so a repeat cannot bill twice. Only this value allows an automatic retry.
    Safe,
    /// It may have run, so a repeat may be billed again. Reconcile first, or leave the decision to a person.
    MayBillAgain,
    /// Repeating the same call cannot help. A word of a newer version is read as this value.
    #[serde(other)]
    Never,
}

/// Whether the paid work of a failed call ran. It decides whether a call to *another* provider, or a new start of the
/// same check, is free of the risk of paying twice. [`Again`] is about the same provider only.
///
/// ```
/// use liveness::{Again, Error, ErrorKind, Ran};
///
/// // A wrong key: this provider will refuse again, and another one may be called at once.
/// let refused = Error::new(ErrorKind::Credentials);
/// assert_eq!((refused.again(), refused.ran()), (Again::Never, Ran::No));
/// // A lost answer: no provider may be called before it is reconciled.
/// assert_eq!(Error::new(ErrorKind::OutcomeUnknown).ran(), Ran::Maybe);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ran {
    /// It certainly did not run: nothing was sent, or the vendor refused it before it ran.
    No,
    /// It certainly ran.
    Yes,
    /// It may have run. A word of a newer version is read as this value.
    #[serde(other)]
    Maybe,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_newer_version_is_read_as_the_safe_value() {
        assert_eq!(serde_json::from_str::<Ran>(r#""partly""#).unwrap(), Ran::Maybe);
        assert_eq!(serde_json::from_str::<Again>(r#""tomorrow""#).unwrap(), Again::Never);
    }
}
