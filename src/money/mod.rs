//! How is a check paid for once, over crashes and outages? Providers around providers.

mod breaker;
mod capped;
mod caps;
mod doubt;
mod failover;
mod journal;
mod once;
mod seal;

#[cfg(unix)]
pub use self::journal::FileJournal;
pub use self::{
    breaker::BreakerPolicy,
    capped::Capped,
    caps::{Cap, CapUse, Caps},
    doubt::DoubtPolicy,
    failover::{Failover, FailoverPolicy},
    journal::{
        Answer, Closing, Ending, Fingerprint, Intent, Journal, JournalError, JournalErrorKind, MemoryJournal, Opened,
        Record, SentAttempt, Settled, Spend, Standing, State, Ticket, TryKey,
    },
    once::AtMostOnce,
    seal::{Sealed, SealingKey},
};
