//! The journal, which records each paid call before it is made.

mod closing;
mod error;
mod evidence;
#[cfg(unix)]
mod file;
mod fingerprint;
mod intent;
mod key;
mod memory;
mod record;
pub mod rules;
mod settled;
mod usage;

use std::{collections::BTreeMap, fmt, ops::Bound, sync::Arc};

use time::OffsetDateTime;

#[cfg(unix)]
pub use self::file::FileJournal;
pub use self::{
    closing::{Closing, Ending},
    error::{JournalError, JournalErrorKind},
    fingerprint::Fingerprint,
    intent::{Intent, Opened, Ticket},
    key::TryKey,
    memory::MemoryJournal,
    record::{Answer, Record, SentAttempt, Spend, Standing, State},
    settled::Settled,
};
use crate::{model::Reference, money::seal::Sealed, provider::CallKind};

/// Records paid calls before they are made, and how they ended. [`AtMostOnce`](super::AtMostOnce) writes to it; an
/// operator reads and settles it.
///
/// Of any number of threads, processes and machines that share the journal, one gets the [`Ticket`] of a call. Each
/// method is atomic for its record: it writes what [`rules`] derive from what it read, and no other write comes
/// between. [`open`](Self::open) is atomic over the sums of the caps too. All methods block. `journal_contract!`
/// (feature `contract`) runs its rules on your own journal.
///
/// ```
/// use liveness::{Outcome, Receipt, Verdict, Charges};
/// use liveness::money::{Answer, Closing, Ending, Journal, MemoryJournal, Opened};
///
/// # use liveness::{CallKind, money::{Fingerprint, Intent, TryKey}};
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// let journal = MemoryJournal::new();
/// // Before the call: this alone gives the right to make it.
/// let Opened::New(ticket) = journal.open(&intent)? else { unreachable!("nobody has called yet") };
/// // After the call: what it was answered, and what it cost.
/// let answer = Answer::Verdict(Box::new(Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?))));
/// journal.close(&ticket, &Closing::new(Ending::Answered { answer, sealed: None }, Charges::new(1, 1)))?;
/// // From then on a second call is refused, whoever opens it.
/// assert!(matches!(journal.open(&intent)?, Opened::Answered(_)));
/// assert!(journal.in_doubt(None, 100)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Journal: fmt::Debug + Send + Sync {
    /// The current time by the journal's own clock, which all processes that share the journal use.
    ///
    /// # Errors
    ///
    /// If the clock cannot be read.
    fn now(&self) -> Result<OffsetDateTime, JournalError>;

    /// 32 random bytes that the journal drew when it was created. Inputs are hashed with them if the operator sets no
    /// key.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    fn salt(&self) -> Result<[u8; 32], JournalError>;

    /// Writes an intent down, so that it survives a crash and a power cut, or returns why the call may not be made.
    /// The first writer wins, and the caps are checked and reserved in the same step.
    ///
    /// # Errors
    ///
    /// If it could not be written. The call must not be made then.
    fn open(&self, intent: &Intent) -> Result<Opened, JournalError>;

    /// Writes down an attempt that is about to be sent.
    ///
    /// # Errors
    ///
    /// `Late` if the ticket has expired, `Stale` if the call was settled or reopened, or if the attempt could not be
    /// written. It must not be sent then.
    fn sent(&self, ticket: &Ticket, attempt: &SentAttempt) -> Result<(), JournalError>;

    /// Writes down how the call ended.
    ///
    /// # Errors
    ///
    /// `Stale` if the call was settled or reopened meanwhile: the record then keeps how it was settled, and adds what
    /// this call cost. Another kind if it could not be written: the record stays open, and is in doubt once its lease
    /// ends.
    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError>;

    /// The record of a call.
    ///
    /// # Errors
    ///
    /// If it could not be read.
    fn find(&self, key: &TryKey) -> Result<Option<Record>, JournalError>;

    /// A page: the records after this one in the order of their keys, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// If they could not be read.
    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError>;

    /// As [`records`](Self::records), limited to those in doubt.
    ///
    /// # Errors
    ///
    /// If they could not be read.
    fn in_doubt(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError>;

    /// Ends a doubt by evidence, and returns the new record.
    ///
    /// # Errors
    ///
    /// `InFlight` before the call's lease ends. `NotInDoubt` if there is no doubt. `OtherCall` for a verdict that
    /// names another reference or attempt, or an account whose call was not lost, and for a number of charges that
    /// the call cannot have caused. Another kind if it could not be written.
    fn settle(&self, key: &TryKey, settled: &Settled) -> Result<Record, JournalError>;

    /// Makes the sealed parts of a reference unreadable forever, and returns the number of records. A call in flight
    /// seals nothing when it ends. The record of what was paid remains.
    ///
    /// # Errors
    ///
    /// If it could not be written.
    fn erase(&self, reference: &Reference) -> Result<usize, JournalError>;
}

macro_rules! forward {
    ($($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl<J: Journal + ?Sized> Journal for Arc<J> {
            $(fn $method(&self, $($name: $type),*) -> Result<$answer, JournalError> {
                (**self).$method($($name),*)
            })*
        }
    };
}

forward! {
    now() -> OffsetDateTime;
    salt() -> [u8; 32];
    open(intent: &Intent) -> Opened;
    sent(ticket: &Ticket, attempt: &SentAttempt) -> ();
    close(ticket: &Ticket, closing: &Closing) -> ();
    find(key: &TryKey) -> Option<Record>;
    records(after: Option<&TryKey>, limit: usize) -> Vec<Record>;
    in_doubt(after: Option<&TryKey>, limit: usize) -> Vec<Record>;
    settle(key: &TryKey, settled: &Settled) -> Record;
    erase(reference: &Reference) -> usize;
}

/// The values after a key.
fn from<'a, V>(records: &'a BTreeMap<TryKey, V>, after: Option<&TryKey>) -> impl Iterator<Item = &'a V> {
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    records.range::<TryKey, _>((start, Bound::Unbounded)).map(|(_, value)| value)
}

/// The values of one reference, with their names.
fn of<'a, V>(records: &'a BTreeMap<TryKey, V>, reference: &'a Reference) -> impl Iterator<Item = (&'a TryKey, &'a V)> {
    let first = TryKey::new(reference.clone(), 1, CallKind::Begin);
    records.range(first..).take_while(move |(key, _)| key.reference() == reference)
}
