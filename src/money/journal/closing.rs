//! The end of a call, and its cost.

use super::{Answer, Sealed};
use crate::model::{Charges, ErrorRecord};

/// How a call ended, and what it cost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Closing {
    /// How it ended.
    pub ending: Ending,
    /// What it cost by itself, without the openings before it whose answers are lost.
    pub charges: Charges,
}

impl Closing {
    /// This ending, at this cost.
    pub const fn new(ending: Ending, charges: Charges) -> Self {
        Self { ending, charges }
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// Nothing ran: the try is free again.
    Free(Box<ErrorRecord>),
    /// It ran and found no result yet.
    Pending,
    /// A result was asked for and an error came. The session is not given up for it: the result may be asked for again. Where an
    /// earlier answer was lost, the record stays in doubt, so that the verdict tells what it may have cost.
    AskAgain(Box<ErrorRecord>),
    /// It was answered, and a repeat gets the same.
    Answered {
        /// What, without the person.
        answer: Answer,
        /// What a repeat needs beyond the answer.
        sealed: Option<Sealed>,
    },
    /// It may have run, and its answer is lost.
    InDoubt(Box<ErrorRecord>),
}

impl Ending {
    /// The stable word for it, for a log or a metric.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Free(_) => "free",
            Self::Pending => "pending",
            Self::AskAgain(_) => "ask_again",
            Self::Answered { .. } => "answered",
            Self::InDoubt(_) => "in_doubt",
        }
    }
}
