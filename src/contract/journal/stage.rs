//! The journal and the clock for a rule's test.

use std::{
    fmt,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use time::OffsetDateTime;

use crate::{
    model::{Charges, Error, ErrorKind, Outcome, ProviderId, Receipt, Reference, Verdict},
    money::{
        Answer, Closing, Ending, Fingerprint, Intent, Journal, JournalErrorKind, Opened, Record, Sealed, Standing,
        Ticket, TryKey,
    },
    provider::CallKind,
};

/// How long a call of these rules may be in flight.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// How many callers open at the same moment, each with its own handle.
pub(super) const THREADS: usize = 32;
const HANDLES: usize = 4;

/// An empty journal with its clock.
///
/// ```
/// use liveness::{ManualClock, contract::{JournalStage, journal}, money::MemoryJournal};
///
/// let memory = || {
///     let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
///     let shared = MemoryJournal::new().with_clock(clock.clone());
///     JournalStage::new(move || shared.clone(), move |time| clock.advance(time))
/// };
/// // One rule alone, as a function.
/// journal::a_lost_answer_is_in_doubt_however_long_one_waits(memory);
/// ```
pub struct JournalStage {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) open: Box<dyn Fn() -> Arc<dyn Journal> + Send + Sync>,
    wait: Box<dyn Fn(Duration) + Send + Sync>,
}

impl JournalStage {
    /// A stage for an empty journal. `open` returns a handle to it as another process would get one; it is called
    /// several times. `wait` lets this time pass by the journal's clock: advance a test clock, or sleep. A rule waits
    /// for a minute at most.
    pub fn new<J: Journal + 'static>(
        open: impl Fn() -> J + Send + Sync + 'static,
        wait: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        let open = move || Arc::new(open()) as Arc<dyn Journal>;
        Self { journal: open(), open: Box::new(open), wait: Box::new(wait) }
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.journal.now().expect("the clock is read")
    }

    pub(super) fn open(&self, intent: &Intent) -> Opened {
        self.journal.open(intent).expect("the journal answers")
    }

    pub(super) fn opened(&self, intent: &Intent) -> Ticket {
        match self.open(intent) {
            Opened::New(ticket) => ticket,
            refused => panic!("the call of {} may be made: {refused:?}", intent.key),
        }
    }

    pub(super) fn close(&self, ticket: &Ticket, ending: Ending, charges: Charges) {
        self.journal.close(ticket, &Closing::new(ending, charges)).expect("it is written down");
    }

    /// Opens a call and answers it with a verdict, which cost one charge.
    pub(super) fn answered(&self, intent: &Intent) -> Record {
        self.close(&self.opened(intent), verdict(), Charges::new(1, 1));
        self.record(&intent.key)
    }

    /// Opens a call and loses its answer.
    pub(super) fn lost(&self, intent: &Intent) -> Ticket {
        let ticket = self.opened(intent);
        self.close(&ticket, lost(), Charges::new(0, 1));
        ticket
    }

    /// The record as each handle reads it.
    pub(super) fn find(&self, key: &TryKey) -> Option<Record> {
        let found = self.journal.find(key).expect("the journal answers");
        assert_eq!((self.open)().find(key).expect("the journal answers"), found, "every handle reads the same");
        found
    }

    pub(super) fn record(&self, key: &TryKey) -> Record {
        self.find(key).unwrap_or_else(|| panic!("{key} is written down"))
    }

    pub(super) fn standing(&self, key: &TryKey) -> Standing {
        self.record(key).standing(self.now())
    }

    pub(super) fn pass(&self, time: Duration) {
        (self.wait)(time);
    }

    /// Opens these intents at the same moment over several handles, and returns each reply.
    pub(super) fn race(&self, intents: &[Intent]) -> Vec<Opened> {
        let handles: Vec<_> = (0..HANDLES).map(|_| (self.open)()).collect();
        let start = Barrier::new(intents.len());
        let open = |number: usize, intent: &Intent| {
            start.wait();
            handles[number % HANDLES].open(intent).expect("the journal answers")
        };
        thread::scope(|scope| {
            let open = &open;
            let numbered = intents.iter().enumerate();
            let threads: Vec<_> = numbered.map(|(number, intent)| scope.spawn(move || open(number, intent))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        })
    }
}

impl fmt::Debug for JournalStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalStage").field("journal", &self.journal).finish_non_exhaustive()
    }
}

pub(super) fn key(reference: &str) -> TryKey {
    key_of(reference, 1, CallKind::Begin)
}

pub(super) fn key_of(reference: &str, attempt: u32, call: CallKind) -> TryKey {
    TryKey::new(Reference::parse(reference).expect("a reference"), attempt, call)
}

pub(super) fn provider() -> ProviderId {
    ProviderId::new("acme", "a").expect("a name of letters")
}

/// The call of a reference's first try.
pub(super) fn intent(reference: &str) -> Intent {
    intent_of(key(reference))
}

pub(super) fn intent_of(key: TryKey) -> Intent {
    let mut intent = Intent::new(key, provider(), fingerprint("key", 'a'));
    intent.lease = LEASE;
    intent
}

pub(super) fn fingerprint(key: &str, inputs: char) -> Fingerprint {
    Fingerprint::new(1, key, inputs.to_string().repeat(32))
}

pub(super) fn receipt() -> Receipt {
    Receipt::new(provider()).with_request_id("request-7").with_vendor_code("P0000")
}

/// An answer without a sealed part.
pub(super) fn verdict() -> Ending {
    let verdict = Verdict::new(Outcome::Passed, receipt()).with_charges(Charges::new(1, 1)).without_person();
    Ending::Answered { answer: Answer::Verdict(Box::new(verdict)), sealed: None }
}

/// An answer with a sealed part.
pub(super) fn sealed() -> Ending {
    let sealed = Sealed { under: "0badcafe".to_owned(), key: Some("a2V5".to_owned()), data: "ZGF0YQ==".to_owned() };
    Ending::Answered { answer: Answer::Session(Box::new(receipt())), sealed: Some(sealed) }
}

pub(super) fn free() -> Ending {
    Ending::Free(Box::new(Error::new(ErrorKind::Unavailable).record()))
}

pub(super) fn lost() -> Ending {
    Ending::InDoubt(Box::new(Error::new(ErrorKind::OutcomeUnknown).record()))
}

pub(super) fn kind<T: fmt::Debug>(result: Result<T, crate::money::JournalError>) -> JournalErrorKind {
    result.expect_err("it is refused").kind()
}
