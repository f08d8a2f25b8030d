//! Counts the operations of journal and transport, and lets something happen before or after one of them.

use std::{cell::Cell, sync::Arc};

use liveness::{
    Reference, Request, Response, Transport, TransportError,
    money::{Closing, Intent, Journal, JournalError, Opened, Record, SentAttempt, Settled, Ticket, TryKey},
};
use time::OffsetDateTime;

thread_local! {
    /// How many operations are left before something happens, in this thread's test.
    pub(crate) static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// What happens at an operation.
pub(crate) type Happening = Arc<dyn Fn() + Send + Sync>;

/// Counts an operation; at the one that was chosen, lets it happen.
#[derive(Clone)]
pub(crate) struct Steps(pub(crate) Happening);

impl Steps {
    fn step(&self) {
        match LEFT.get() {
            Some(0) => {
                LEFT.set(None);
                (self.0)();
            }
            Some(left) => LEFT.set(Some(left - 1)),
            None => {}
        }
    }

    fn around<T>(&self, run: impl FnOnce() -> T) -> T {
        self.step();
        let done = run();
        self.step();
        done
    }
}

#[derive(Clone)]
pub(crate) struct Stepped<T> {
    pub(crate) inner: T,
    pub(crate) steps: Steps,
}

impl<T> std::fmt::Debug for Stepped<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stepped")
    }
}

impl<T: Transport> Transport for Stepped<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.steps.around(|| self.inner.send(request))
    }
}

impl<J: Journal> Journal for Stepped<J> {
    fn now(&self) -> Result<OffsetDateTime, JournalError> {
        self.inner.now()
    }

    fn salt(&self) -> Result<[u8; 32], JournalError> {
        self.inner.salt()
    }

    fn open(&self, intent: &Intent) -> Result<Opened, JournalError> {
        self.steps.around(|| self.inner.open(intent))
    }

    fn sent(&self, ticket: &Ticket, attempt: &SentAttempt) -> Result<(), JournalError> {
        self.steps.around(|| self.inner.sent(ticket, attempt))
    }

    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        self.steps.around(|| self.inner.close(ticket, closing))
    }

    fn find(&self, key: &TryKey) -> Result<Option<Record>, JournalError> {
        self.inner.find(key)
    }

    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.inner.records(after, limit)
    }

    fn in_doubt(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.inner.in_doubt(after, limit)
    }

    fn settle(&self, key: &TryKey, settled: &Settled) -> Result<Record, JournalError> {
        self.inner.settle(key, settled)
    }

    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        self.inner.erase(reference)
    }
}

/// Each case until the operation that is chosen comes no more.
pub(crate) fn each_step(mut run: impl FnMut(u32) -> bool) -> u32 {
    for step in 0.. {
        LEFT.set(Some(step));
        let has_happened = run(step);
        LEFT.set(None);
        if !has_happened {
            return step;
        }
    }
    unreachable!("the calls end");
}

pub(crate) fn nothing() -> Steps {
    Steps(Arc::new(|| {}))
}
