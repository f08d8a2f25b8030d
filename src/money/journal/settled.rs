//! The evidence from the vendor's statement or meter that ends a doubt.

use crate::model::Verdict;

/// The evidence from the vendor's statement or meter about a call in doubt.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
/// # let journal = MemoryJournal::new().with_clock(clock.clone());
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key.clone(), "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// # let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("it is new") };
/// # journal.sent(&ticket, &SentAttempt::new(1, clock.now(), Some("n-1".into())))?;
/// # let lost = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
/// # journal.close(&ticket, &Closing::new(Ending::InDoubt(lost), Charges::new(0, 1)))?;
/// // The journal holds a call whose answer was lost.
/// use liveness::money::{Settled, Standing};
///
/// // The statement bills the call, and its verdict cannot be had any more: the try stays closed.
/// let record = journal.settle(&key, &Settled::Billed(None))?;
/// assert_eq!(record.standing(journal.now()?), Standing::Answered);
/// assert_eq!(record.charges(), Charges::new(1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Settled {
    /// It was billed. The verdict, if the vendor still returns it. Without a verdict the try stays closed, because
    /// its answer is lost, and another try needs [`Check::with_attempt`](crate::Check::with_attempt).
    Billed(Option<Box<Verdict>>),
    /// It was billed this many times according to a meter, over all its openings whose answers were lost: at least 1,
    /// and no more than they can have caused. Otherwise as `Billed` without a verdict.
    Counted(u32),
    /// It was not billed, so the try is free again.
    NotBilled,
}
