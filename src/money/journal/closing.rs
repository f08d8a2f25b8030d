//! The end of a call, and its cost.

use super::{Answer, Sealed};
use crate::model::{Charges, ErrorRecord};

/// How a call ended, and what it cost.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// // The journal has opened a call, and `ticket` is the right to make it.
/// use liveness::money::{Closing, Ending, Standing};
///
/// // The vendor was too busy to run it: the same try may be made again.
/// let busy = Error::new(ErrorKind::RateLimited);
/// let closing = Closing::new(Ending::Free(Box::new(busy.record())), busy.with_billed(Billed::No).charges());
/// journal.close(&ticket, &closing)?;
/// assert_eq!(journal.find(&key)?.unwrap().standing(journal.now()?), Standing::Free);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Closing {
    /// How it ended.
    pub ending: Ending,
    /// What it cost, without the earlier openings whose answers are lost.
    pub charges: Charges,
}

impl Closing {
    /// This ending, at this cost.
    pub const fn new(ending: Ending, charges: Charges) -> Self {
        Self { ending, charges }
    }
}

/// How a call ended.
///
/// ```
/// use liveness::{Error, ErrorKind, Ran, money::Ending};
///
/// /// How a `begin` ended that failed.
/// fn ending(error: &Error) -> Ending {
///     match error.ran() {
///         Ran::No => Ending::Free(Box::new(error.record())),
///         _ => Ending::InDoubt(Box::new(error.record())),
///     }
/// }
/// assert_eq!(ending(&Error::new(ErrorKind::RateLimited)).as_str(), "free");
/// assert_eq!(ending(&Error::new(ErrorKind::OutcomeUnknown)).as_str(), "in_doubt");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// Nothing ran: the try is free again.
    Free(Box<ErrorRecord>),
    /// It ran and found no result yet.
    Pending,
    /// A request for the result returned an error. The session is kept: the result may be requested again. If an
    /// earlier answer was lost, the record stays in doubt, so that the verdict includes what it may have cost.
    AskAgain(Box<ErrorRecord>),
    /// It was answered, and a repeat gets the same answer.
    Answered {
        /// The answer, without the person.
        answer: Answer,
        /// What a repeat needs beyond the answer.
        sealed: Option<Sealed>,
    },
    /// It may have run, and its answer is lost.
    InDoubt(Box<ErrorRecord>),
}

impl Ending {
    /// Its stable name, for a log or a metric.
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
