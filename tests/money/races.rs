//! Many threads, one reference: one call.

use std::{
    fmt,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use liveness::{
    Check, Error, ErrorKind, Goal, LivenessProvider, Outcome, Progress, ProviderId, Receipt, Requirements, Result,
    Sandbox, Session, TencentMarket, Verdict,
    money::{AtMostOnce, Caps, MemoryJournal},
};

use crate::stage::{done, same_person};

const THREADS: usize = 16;

/// A vendor that does this before it answers.
struct Vendor<F> {
    id: ProviderId,
    before: F,
}

impl<F: Fn() + Send + Sync> Vendor<F> {
    fn new(before: F) -> Self {
        Self { id: "acme/a".parse().unwrap(), before }
    }
}

impl<F> fmt::Debug for Vendor<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vendor")
    }
}

impl<F: Fn() + Send + Sync> LivenessProvider for Vendor<F> {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([Goal::SamePerson])
    }

    fn begin(&self, _: &Check) -> Result<Progress> {
        (self.before)();
        Ok(Progress::Done(Verdict::new(Outcome::Passed, Receipt::new(self.id.clone()))))
    }

    fn resume(&self, _: &Session) -> Result<Progress> {
        Err(Error::new(ErrorKind::Unsupported))
    }
}

#[test]
fn of_many_callers_one_makes_the_call_and_the_others_are_told() {
    let journal = MemoryJournal::new();
    let (arrived, calls) = (Barrier::new(THREADS), AtomicUsize::new(0));
    let told = Barrier::new(THREADS);
    let answered = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                // The call ends once all the others were told.
                let vendor = Vendor::new(|| {
                    calls.fetch_add(1, Ordering::Relaxed);
                    told.wait();
                });
                let provider = AtMostOnce::new(vendor, journal.clone()).unwrap();
                arrived.wait();
                let answer = provider.begin(&same_person()).map(drop).map_err(|error| error.kind());
                if answer.is_err() {
                    told.wait();
                }
                answered.lock().unwrap().push(answer);
            });
        }
    });
    let answered = answered.into_inner().unwrap();
    assert_eq!((calls.into_inner(), answered.iter().filter(|answer| answer.is_ok()).count()), (1, 1));
    assert!(answered.iter().all(|answer| matches!(answer, Ok(()) | Err(ErrorKind::InProgress))), "{answered:?}");
}

#[test]
fn who_waits_gets_the_answer_of_the_one_that_asked() {
    let journal = MemoryJournal::new();
    let (out, calls) = (Barrier::new(2), AtomicUsize::new(0));
    thread::scope(|scope| {
        let asker = scope.spawn(|| {
            let vendor = Vendor::new(|| {
                calls.fetch_add(1, Ordering::Relaxed);
                out.wait();
            });
            done(AtMostOnce::new(vendor, journal.clone()).unwrap().begin(&same_person()))
        });
        out.wait(); // its call is out, or already answered
        let vendor = Vendor::new(|| {
            calls.fetch_add(1, Ordering::Relaxed);
        });
        let provider = AtMostOnce::new(vendor, journal.clone()).unwrap().with_wait(Duration::from_secs(30));
        assert!(done(provider.begin(&same_person())).receipt().is_repeat());
        assert!(!asker.join().unwrap().receipt().is_repeat());
    });
    assert_eq!(calls.into_inner(), 1);
}

#[test]
fn callers_at_a_cap_make_what_is_left_between_them() {
    let (sandbox, journal) = (Sandbox::new(), MemoryJournal::new());
    let (arrived, refused) = (Barrier::new(THREADS), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (sandbox, journal, arrived, refused) = (&sandbox, &journal, &arrived, &refused);
            scope.spawn(move || {
                let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
                let provider = AtMostOnce::new(vendor, journal.clone()).unwrap();
                let provider = provider.with_caps(Caps::new().with_per_day(5));
                let check = same_person().with_reference(format!("order-{number}").parse().unwrap());
                arrived.wait();
                if let Err(error) = provider.begin(&check) {
                    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!((sandbox.ledger().charges(), refused.into_inner()), (5, THREADS - 5));
}
