//! Providers around providers, by which a check is paid for once, over crashes and outages.
//!
//! The order that is right is `Failover[AtMostOnce(A), AtMostOnce(B)]` with one [`Journal`] for both: the journal refuses B while a
//! call to A is in doubt, also when the order of the set was changed after a restart. [`AtMostOnce`] refuses a set of providers
//! when it is built, because a record names one account. [`Caps`] belong to `AtMostOnce`, where the journal checks and reserves
//! them; [`Capped`] is for providers without a journal. A [`RetryBudget`](crate::RetryBudget) belongs to the vendor's own
//! [`RetryPolicy`](crate::RetryPolicy).
//!
//! A doubt ends by evidence: [`settle`] by the operator's word, [`settle_by_meter`] by the vendor's meter, [`reconcile`] by its
//! statement.

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
        Record, SentAttempt, Settled, Spend, Standing, State, Ticket, TryKey, rules,
    },
    once::AtMostOnce,
    reconcile::{
        Finding, FindingKind, FoundCall, MatchedBy, Proof, Reconciler, Reconciliation, Statement, StatementLine,
        StatementScope, reconcile,
    },
    seal::{Sealed, SealingKey},
    settle::{ByMeter, MeterReading, SettleError, Unclear, settle, settle_by_meter, the_doubt},
};
