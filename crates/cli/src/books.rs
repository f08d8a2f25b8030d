//! A journal for tests, with calls at given seconds, and a page to read what is printed.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use liveness::{
    CallKind, Charges, Error, ErrorKind, ManualClock, Receipt,
    money::{
        Answer, Closing, Ending, Fingerprint, Intent, Journal, MemoryJournal, Opened, Record, SentAttempt, TryKey,
    },
    time::{Duration, OffsetDateTime, macros::datetime},
};

use crate::{journal::Source, output::Output, problem::Problem};

pub(crate) const START: OffsetDateTime = datetime!(2026-11-21 08:00 +8);

#[derive(Clone, Default)]
pub(crate) struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    pub(crate) fn output(&self) -> Output {
        Output::to(self.clone())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) struct Books {
    pub(crate) journal: MemoryJournal,
    pub(crate) clock: ManualClock,
}

impl Books {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::new(START);
        Self { journal: MemoryJournal::new().with_clock(clock.clone()), clock }
    }

    /// A call at this second with the number that it carried; without charges its answer is lost.
    pub(crate) fn call(self, reference: &str, seconds: i64, number: &str, charges: Option<u32>) -> Self {
        self.call_of("tencent-market/default", reference, seconds, number, charges)
    }

    pub(crate) fn call_of(
        self,
        provider: &str,
        reference: &str,
        seconds: i64,
        number: &str,
        charges: Option<u32>,
    ) -> Self {
        let at = START + Duration::seconds(seconds);
        self.clock.set(at);
        let (provider, key) = (provider.parse().unwrap(), key(reference));
        let Opened::New(ticket) =
            self.journal.open(&Intent::new(key, provider, Fingerprint::new(1, "k", "0".into()))).unwrap()
        else {
            panic!("it is not opened");
        };
        self.journal.sent(&ticket, &SentAttempt::new(1, at, Some(number.into()))).unwrap();
        let closing = match charges {
            Some(charges) => Closing::new(
                Ending::Answered {
                    answer: Answer::Session(Box::new(Receipt::new("tencent-market/default".parse().unwrap()))),
                    sealed: None,
                },
                Charges::new(charges, charges),
            ),
            None => {
                let lost = Error::new(ErrorKind::OutcomeUnknown).record();
                Closing::new(Ending::InDoubt(Box::new(lost)), Charges::new(0, 1))
            }
        };
        self.journal.close(&ticket, &closing).unwrap();
        self.clock.set(START + Duration::days(30));
        self
    }
}

impl Source for MemoryJournal {
    fn now(&self) -> OffsetDateTime {
        Journal::now(self).unwrap()
    }

    fn each(&self, found: &mut dyn FnMut(Record)) -> Result<(), Problem> {
        self.records(None, usize::MAX).unwrap().into_iter().for_each(found);
        Ok(())
    }

    fn journal(&self) -> Result<&dyn Journal, Problem> {
        Ok(self)
    }
}

pub(crate) fn key(reference: &str) -> TryKey {
    TryKey::new(reference.parse().unwrap(), 1, CallKind::Begin)
}
