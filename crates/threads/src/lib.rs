//! Runs code under many orders of its threads.
//!
//! Shuttle runs one thread at a time and changes it at a yield. Around each step that others can see there is one: each
//! operation of a journal and of a store, each request, each sleep. The code between them is the real one.
#![allow(missing_docs, reason = "it is for the tests beside it")]

use std::{fmt, sync::Arc, time::Duration};

use liveness::{
    Clock, ManualClock, Reference, Request, Response, Transport, TransportError,
    keeper::{Claim, Claimed, Kept, Key, SessionStore, StoreError},
    money::{Closing, Intent, Journal, JournalError, Opened, Record, SentAttempt, Settled, Ticket, TryKey},
};
use shuttle::thread::{self, yield_now};
use time::OffsetDateTime;

/// What one thread does.
pub type Job<T> = Box<dyn FnOnce() -> T + Send>;

/// Orders that are tried for each test (SHUTTLE_ORDERS).
fn orders() -> usize {
    std::env::var("SHUTTLE_ORDERS").ok().and_then(|orders| orders.parse().ok()).unwrap_or(1500)
}

/// Tries orders that change the thread often, and orders that change it rarely but anywhere.
pub fn in_any_order(test: impl Fn() + Send + Sync + 'static) {
    let test = Arc::new(test);
    let again = Arc::clone(&test);
    shuttle::check_random(move || test(), orders());
    shuttle::check_pct(move || again(), orders(), 3);
}

/// Runs them at the same time.
pub fn race<T: Send + 'static>(jobs: Vec<Job<T>>) -> Vec<T> {
    let threads: Vec<_> = jobs.into_iter().map(thread::spawn).collect();
    let joined = threads.into_iter().map(thread::JoinHandle::join);
    joined.map(|joined| joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
}

/// Lets another thread in before and after each operation.
#[derive(Clone)]
pub struct Yielding<T>(pub T);

impl<T> Yielding<T> {
    fn around<A>(&self, operation: impl FnOnce(&T) -> A) -> A {
        yield_now();
        let answer = operation(&self.0);
        yield_now();
        answer
    }
}

impl<T: fmt::Debug> fmt::Debug for Yielding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Transport> Transport for Yielding<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.around(|transport| transport.send(request))
    }
}

impl Clock for Yielding<ManualClock> {
    fn now(&self) -> OffsetDateTime {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) {
        self.around(|clock| clock.sleep(duration));
    }

    fn random(&self) -> u64 {
        self.0.random()
    }
}

impl<J: Journal> Journal for Yielding<J> {
    fn now(&self) -> Result<OffsetDateTime, JournalError> {
        self.around(J::now)
    }

    fn salt(&self) -> Result<[u8; 32], JournalError> {
        self.around(J::salt)
    }

    fn open(&self, intent: &Intent) -> Result<Opened, JournalError> {
        self.around(|journal| journal.open(intent))
    }

    fn sent(&self, ticket: &Ticket, attempt: &SentAttempt) -> Result<(), JournalError> {
        self.around(|journal| journal.sent(ticket, attempt))
    }

    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        self.around(|journal| journal.close(ticket, closing))
    }

    fn find(&self, key: &TryKey) -> Result<Option<Record>, JournalError> {
        self.around(|journal| journal.find(key))
    }

    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.around(|journal| journal.records(after, limit))
    }

    fn in_doubt(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.around(|journal| journal.in_doubt(after, limit))
    }

    fn settle(&self, key: &TryKey, settled: &Settled) -> Result<Record, JournalError> {
        self.around(|journal| journal.settle(key, settled))
    }

    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        self.around(|journal| journal.erase(reference))
    }
}

impl<S: SessionStore> SessionStore for Yielding<S> {
    fn put(&self, key: &Key, kept: &Kept) -> Result<bool, StoreError> {
        self.around(|store| store.put(key, kept))
    }

    fn find(&self, key: &Key) -> Result<Option<Kept>, StoreError> {
        self.around(|store| store.find(key))
    }

    fn claim(&self, key: &Key, lease: Duration) -> Result<Claimed, StoreError> {
        self.around(|store| store.claim(key, lease))
    }

    fn release(&self, claim: &Claim, kept: Option<&Kept>) -> Result<bool, StoreError> {
        self.around(|store| store.release(claim, kept))
    }

    fn list_open(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Kept)>, StoreError> {
        self.around(|store| store.list_open(after, limit))
    }

    fn remove(&self, key: &Key) -> Result<(), StoreError> {
        self.around(|store| store.remove(key))
    }

    fn sweep(&self, now: OffsetDateTime) -> Result<usize, StoreError> {
        self.around(|store| store.sweep(now))
    }
}
