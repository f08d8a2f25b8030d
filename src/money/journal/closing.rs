//! How does a call end?

use super::{Answer, Sealed};
use crate::model::{Charges, ErrorRecord};

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Closing {
    /// Nothing ran: the try is free again.
    Free(Box<ErrorRecord>),
    /// It ran and found no result yet. It cost so much.
    Pending(Charges),
    /// It was answered, and a repeat gets the same.
    Answered {
        /// What, without the person.
        answer: Answer,
        /// What this call cost.
        charges: Charges,
        /// What a repeat needs beyond the answer.
        sealed: Option<Sealed>,
    },
    /// It may have run, and its answer is lost.
    InDoubt(Box<ErrorRecord>),
}
