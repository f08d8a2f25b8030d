//! Compares a vendor's statement with a journal.

mod by_time;
mod calls;
mod finding;
mod names;
mod nearest;
mod pairing;
mod reconciliation;
mod scope;
mod statement;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]
mod tests;

use std::fmt;

use time::OffsetDateTime;

use self::calls::Calls;
pub use self::{
    finding::{Finding, FindingKind, FoundCall, MatchedBy},
    reconciliation::{Proof, Reconciliation},
    scope::StatementScope,
    statement::{Statement, StatementLine},
};
use super::journal::{Journal, JournalError, Record};

/// How many records are read at once.
const PAGE: usize = 4096;

/// Compares a journal with a statement.
///
/// Rows are found first by the number of the request, and otherwise by the time within the scope's tolerance. No row
/// and no attempt is matched twice. A match that is possible in more than one way is reported as ambiguous, not
/// guessed.
///
/// ```
/// use liveness::{
///     money::{FindingKind, MemoryJournal, Statement, StatementLine, StatementScope, reconcile},
///     time::macros::datetime,
/// };
///
/// let statement: Statement = [StatementLine::new(2, datetime!(2026-11-21 08:00 +8))].into_iter().collect();
/// let found = reconcile(&MemoryJournal::new(), statement, &StatementScope::new())?;
/// assert_eq!(found.count(FindingKind::NotByUs), 1);
/// # Ok::<(), liveness::money::JournalError>(())
/// ```
///
/// # Errors
///
/// If the journal could not be read.
pub fn reconcile(
    journal: &dyn Journal,
    statement: Statement,
    scope: &StatementScope,
) -> Result<Reconciliation, JournalError> {
    let mut reconciler = Reconciler::new(statement, scope.clone());
    let now = journal.now()?;
    let mut page = journal.records(None, PAGE)?;
    while let Some(last) = page.last() {
        page.iter().for_each(|record| reconciler.add(record, now));
        page = journal.records(Some(&last.key), PAGE)?;
    }
    Ok(reconciler.finish())
}

/// The same for records from anywhere, one by one: [`add`](Self::add) each, then [`finish`](Self::finish).
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
/// # let statement: Statement = [StatementLine::new(2, clock.now()).with_number(Some("n-1".into()))].into_iter().collect();
/// use liveness::money::{FindingKind, Reconciler, StatementScope};
///
/// // Records from a database, one by one.
/// let mut reconciler = Reconciler::new(statement, StatementScope::new());
/// for record in journal.records(None, 100)? {
///     reconciler.add(&record, journal.now()?);
/// }
/// assert_eq!(reconciler.finish().count(FindingKind::PaidAndLost), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reconciler {
    calls: Calls,
    scope: StatementScope,
}

impl Reconciler {
    /// Starts a comparison with this statement.
    pub fn new(statement: Statement, scope: StatementScope) -> Self {
        Self { calls: Calls::new(statement), scope }
    }

    /// Adds a record, each once. `now` is the journal's: it decides which calls are in flight.
    pub fn add(&mut self, record: &Record, now: OffsetDateTime) {
        self.calls.add(record, self.scope.provider.as_ref(), now);
    }

    /// Returns what was found.
    pub fn finish(self) -> Reconciliation {
        Reconciliation::of(self.calls, &self.scope)
    }
}

impl fmt::Debug for Reconciler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconciler").field("scope", &self.scope).finish_non_exhaustive()
    }
}
