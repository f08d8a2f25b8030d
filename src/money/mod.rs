//! How is a check paid for once, over crashes and outages? Providers around providers.

mod breaker;
mod capped;
mod caps;
mod doubt;
mod failover;
mod journal;
mod once;
mod reconcile;
mod seal;
mod settle;

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
    reconcile::{
        Finding, FindingKind, FoundCall, MatchedBy, Proof, Reconciler, Reconciliation, Statement, StatementLine,
        StatementScope, reconcile,
    },
    seal::{Sealed, SealingKey},
    settle::{ByMeter, MeterReading, SettleError, Unclear, settle, settle_by_meter, the_doubt},
};
