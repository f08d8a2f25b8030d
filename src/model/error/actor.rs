//! The party that must act on an error, in one word.

use serde::{Deserialize, Serialize};

use super::{Again, ErrorKind};
use crate::model::words;

/// The party that must act on an error, in one word, for alarms and for the label of a metric.
/// [`ErrorKind::who_acts`] gives it as a sentence.
///
/// ```
/// use liveness::{Actor, Again, Error, ErrorKind};
///
/// assert_eq!(Error::new(ErrorKind::OutcomeUnknown).actor(), Actor::Operator);
/// assert_eq!(Error::new(ErrorKind::RateLimited).actor().as_str(), "nobody");
/// assert_eq!(Error::new(ErrorKind::RateLimited).with_again(Again::MayBillAgain).actor(), Actor::Operator);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The calling program: a field of the check is wrong, or a new check must begin.
    Caller,
    /// The operator of the service: a key, a setting, the account, a doubt about money, or a question to the vendor.
    Operator,
    /// No action is needed: the condition ends on its own.
    Nobody,
}

words!(all Actor, "actor", { Caller => "caller", Operator => "operator", Nobody => "nobody" });

impl ErrorKind {
    /// The party that must act, in one word, when a repeat of the check is as safe as `again`.
    pub const fn actor(self, again: Again) -> Actor {
        match (self, again) {
            (Self::InvalidCheck | Self::Expired | Self::Unsupported, _) => Actor::Caller,
            (Self::Unavailable | Self::RateLimited, Again::MayBillAgain) => Actor::Operator,
            (Self::Unavailable | Self::RateLimited | Self::InProgress, _) => Actor::Nobody,
            _ => Actor::Operator,
        }
    }
}

impl super::Error {
    /// The party that must act, in one word.
    pub fn actor(&self) -> Actor {
        self.kind().actor(self.again())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;

    #[test]
    fn the_word_is_the_one_with_which_the_sentence_begins() {
        for (kind, again) in ErrorKind::ALL.iter().flat_map(|kind| Again::ALL.iter().map(move |again| (*kind, *again)))
        {
            let word = match kind.who_acts(again, Language::English) {
                text if text.starts_with("the caller") => Actor::Caller,
                text if text.starts_with("the operator") => Actor::Operator,
                "no action; retry later" => Actor::Nobody,
                other => unreachable!("{other}"),
            };
            assert_eq!(kind.actor(again), word, "{kind} {again}");
        }
    }
}
