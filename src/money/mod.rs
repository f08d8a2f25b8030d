//! How is a check paid for once, over crashes? Providers around providers.

mod caps;
mod journal;
mod reconcile;
mod seal;
mod settle;

pub use self::{
    caps::{Cap, CapUse, Caps},
    journal::{
        Answer, Closing, Fingerprint, Intent, Journal, JournalError, JournalErrorKind, MemoryJournal, Opened, Record,
        SentAttempt, Settled, Spend, Standing, State, Ticket, TryKey,
    },
    reconcile::{
        Finding, FindingKind, FoundCall, MatchedBy, Proof, Reconciler, Reconciliation, Statement, StatementLine,
        StatementScope, reconcile,
    },
    seal::{Sealed, SealingKey},
    settle::{ByMeter, MeterReading, SettleError, Unclear, settle, settle_by_meter, the_doubt},
};
