//! A journal that fails for two references.

use liveness::{
    Reference,
    money::{
        Closing, Intent, Journal, JournalError, JournalErrorKind, MemoryJournal, Opened, Record, SentAttempt, Settled,
        Ticket, TryKey,
    },
};
use time::OffsetDateTime;

/// Fails to open `no-open` and to close `no-close`.
#[derive(Debug)]
pub(crate) struct Stumbling(pub(crate) MemoryJournal);

fn full() -> JournalError {
    JournalError::new(JournalErrorKind::Unavailable)
}

impl Journal for Stumbling {
    fn now(&self) -> Result<OffsetDateTime, JournalError> {
        self.0.now()
    }

    fn salt(&self) -> Result<[u8; 32], JournalError> {
        self.0.salt()
    }

    fn open(&self, intent: &Intent) -> Result<Opened, JournalError> {
        if intent.key.reference().as_str() == "no-open" { Err(full()) } else { self.0.open(intent) }
    }

    fn sent(&self, ticket: &Ticket, attempt: &SentAttempt) -> Result<(), JournalError> {
        self.0.sent(ticket, attempt)
    }

    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        if ticket.key.reference().as_str() == "no-close" { Err(full()) } else { self.0.close(ticket, closing) }
    }

    fn find(&self, key: &TryKey) -> Result<Option<Record>, JournalError> {
        self.0.find(key)
    }

    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.0.records(after, limit)
    }

    fn in_doubt(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.0.in_doubt(after, limit)
    }

    fn settle(&self, key: &TryKey, settled: &Settled) -> Result<Record, JournalError> {
        self.0.settle(key, settled)
    }

    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        self.0.erase(reference)
    }
}
