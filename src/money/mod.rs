//! Providers that wrap providers, so that a check is paid for once, over crashes and outages.
//!
//! The right order is `Failover[AtMostOnce(A), AtMostOnce(B)]` with one [`Journal`] for both: the journal refuses B
//! while a call to A is in doubt, even if a restart changed the order of the set. [`AtMostOnce`] refuses a set of
//! providers when it is built, because a record names one account. [`Caps`] belong to `AtMostOnce`, where the journal
//! checks and reserves them; [`Capped`] is for providers without a journal. A [`RetryBudget`](crate::RetryBudget)
//! belongs to the vendor's own [`RetryPolicy`](crate::RetryPolicy).
//!
//! Evidence ends a doubt: [`settle`] takes the operator's word, [`settle_by_meter`] the vendor's meter, [`reconcile`]
//! its statement.
//!
//! ```
//! use liveness::{
//!     Check, ErrorKind, Jumdata, LivenessProvider, ReturnUrl, Sandbox,
//!     money::{AtMostOnce, Caps, MemoryJournal, SealingKey, Settled, settle},
//!     sandbox::Fault,
//! };
//!
//! let sandbox = Sandbox::new();
//! sandbox.arm_fault(Fault::DropAfterCharge, 1); // the call is paid for, and its answer is lost
//! let journal = MemoryJournal::new(); // a service keeps it in a `FileJournal`, or in its database
//! let account = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
//! let provider = AtMostOnce::sealing(account, journal.clone(), SealingKey::new([7; 32]))?
//!     .with_caps(Caps::new().with_per_day(10_000));
//! let check = Check::liveness()
//!     .with_return_url(ReturnUrl::parse("https://shop.example/back")?)
//!     .with_reference("order-7".parse()?);
//!
//! // However often the job is delivered, it is paid for once.
//! assert_eq!(provider.begin(&check).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
//! assert_eq!(provider.begin(&check).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
//! assert_eq!(sandbox.ledger().charges(), 1);
//!
//! // The operator reads the statement, which does not bill it, and says so. Then the check may be begun again.
//! settle(&journal, check.reference().unwrap(), &Settled::NotBilled)?;
//! assert!(provider.begin(&check)?.session().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
