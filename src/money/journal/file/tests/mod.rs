//! Tests of the journal after a power cut, after damage, and on a full disk.

mod damage;
mod model;
mod power;
mod scan;
mod sums;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use super::FileJournal;
use crate::{
    model::{Charges, Error, ErrorKind, ManualClock, Outcome, ProviderId, Receipt, Verdict},
    money::{
        journal::{Answer, Closing, Ending, Fingerprint, Intent, Journal, Opened, SentAttempt, Ticket, TryKey},
        seal::SealingKey,
    },
    provider::CallKind,
};

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let name = format!("liveness-journal-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(base.join(name))
    }

    /// Opens the journal in it on this clock, with files so small that a few calls begin a new one.
    fn open(&self, clock: &ManualClock) -> FileJournal {
        FileJournal::open(&self.0).unwrap().with_clock(clock.clone()).with_segment_bytes(2_500)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn clock() -> ManualClock {
    ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC))
}

fn key(number: usize) -> TryKey {
    TryKey::new(format!("order-{number}").parse().unwrap(), 1, CallKind::Begin)
}

fn provider() -> ProviderId {
    "acme/a".parse().unwrap()
}

fn intent(number: usize) -> Intent {
    Intent::new(key(number), provider(), Fingerprint::new(1, "key", format!("{number:032x}")))
}

/// Opened, and sent twice: most of what is written about a call is soon out of date.
fn opened(journal: &FileJournal, number: usize) -> Ticket {
    let ticket = match journal.open(&intent(number)).unwrap() {
        Opened::New(ticket) => ticket,
        refused => panic!("{refused:?}"),
    };
    for attempt in [1, 2] {
        let at = time::macros::datetime!(2026-11-21 08:00 UTC);
        journal.sent(&ticket, &SentAttempt::new(attempt, at, Some(format!("sent-{number}-{attempt}")))).unwrap();
    }
    ticket
}

/// An answer whose sealed part contains a secret.
fn answered(number: usize) -> Closing {
    let sealed = SealingKey::new([7; 32]).seal(&key(number).to_string(), b"t0ken-s3cr3t").unwrap();
    let answer = Answer::Verdict(Box::new(Verdict::new(Outcome::Passed, Receipt::new(provider())).without_person()));
    Closing::new(Ending::Answered { answer, sealed: Some(sealed) }, Charges::new(1, 1))
}

fn lost() -> Closing {
    let error = Error::new(ErrorKind::OutcomeUnknown);
    Closing::new(Ending::InDoubt(Box::new(error.record())), error.charges())
}
