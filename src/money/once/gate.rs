//! The gate that writes each attempt into the journal before it is sent, or stops it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use crate::{
    client::{Attempt, Gate},
    model::{Error, ErrorKind, Result, Text},
    money::journal::{Journal, SentAttempt, Ticket},
};

/// Reads the journal's clock once more before each attempt, and writes down the attempt. A process that was stopped
/// between the opening and the first byte sends nothing once its ticket has expired.
#[derive(Debug)]
pub(super) struct JournalGate {
    journal: Arc<dyn Journal>,
    ticket: Ticket,
    asked: AtomicU32,
}

impl JournalGate {
    pub(super) fn new(journal: Arc<dyn Journal>, ticket: Ticket) -> Self {
        Self { journal, ticket, asked: AtomicU32::new(0) }
    }

    /// Whether the provider called the gate at all.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > 0
    }
}

impl Gate for JournalGate {
    fn before_send(&self, attempt: &Attempt<'_>) -> Result<()> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if !attempt.is_paid {
            return Ok(());
        }
        // An attempt that could end after the ticket would still run when others consider it over.
        let ends = self.journal.now()?.saturating_add(attempt.timeout.try_into().unwrap_or(time::Duration::MAX));
        if ends > self.ticket.until {
            return Err(Error::new(ErrorKind::Unavailable).with_reason(Text::new(
                "the call's time limit had passed before sending, because this process was paused: nothing was sent",
                "进程曾被暂停，发送前已超过该调用的时限：未发送任何请求",
            )));
        }
        let sent = SentAttempt::new(attempt.number, attempt.at, attempt.sent_id.map(str::to_owned));
        Ok(self.journal.sent(&self.ticket, &sent)?)
    }
}
