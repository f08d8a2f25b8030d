//! How is a check paid for once, over crashes? Providers around providers.

mod capped;
mod caps;
mod doubt;
mod journal;
mod once;
mod seal;

pub use self::{
    capped::Capped,
    caps::{Cap, CapUse, Caps},
    doubt::DoubtPolicy,
    journal::{
        Answer, Closing, Ending, Fingerprint, Intent, Journal, JournalError, JournalErrorKind, MemoryJournal, Opened,
        Record, SentAttempt, Settled, Spend, Standing, State, Ticket, TryKey,
    },
    once::AtMostOnce,
    seal::{Sealed, SealingKey},
};
