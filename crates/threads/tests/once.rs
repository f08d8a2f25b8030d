//! Whatever the order of the threads: one charge for a reference, and none without a name.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

#[path = "../../../tests/support/mod.rs"]
mod support;

use std::{sync::Arc, time::Duration};

use liveness::{
    Check, ErrorKind, Jumdata, LivenessProvider, ManualClock, Outcome, Progress, Result, RetryPolicy, Sandbox,
    TencentMarket,
    money::{AtMostOnce, Caps, DoubtPolicy, Failover, Journal, MemoryJournal, SealingKey, Settled, Spend, Standing},
    sandbox::Fault,
};
use liveness_threads::{Job, Yielding, in_any_order, race};

#[derive(Clone)]
struct World {
    sandbox: Sandbox,
    clock: ManualClock,
    journal: MemoryJournal,
}

impl World {
    fn new() -> Self {
        let clock = support::clock();
        Self {
            sandbox: Sandbox::builder().with_clock(clock.clone()).build(),
            journal: MemoryJournal::new().with_clock(clock.clone()),
            clock,
        }
    }

    fn compare(&self, account: &str) -> AtMostOnce<TencentMarket> {
        let keys = Sandbox::tencent_market_credentials();
        let vendor = TencentMarket::new(keys, Yielding(self.sandbox.clone()))
            .with_account(account)
            .unwrap()
            .with_clock(Yielding(self.clock.clone()))
            .with_retry(RetryPolicy::never());
        AtMostOnce::sealing(vendor, Yielding(self.journal.clone()), key())
            .unwrap()
            .with_clock(Yielding(self.clock.clone()))
    }

    fn hosted(&self) -> AtMostOnce<Jumdata> {
        let vendor = Jumdata::new(Sandbox::jumdata_credentials(), Yielding(self.sandbox.clone()))
            .with_clock(Yielding(self.clock.clone()))
            .with_retry(RetryPolicy::never());
        AtMostOnce::sealing(vendor, Yielding(self.journal.clone()), key())
            .unwrap()
            .with_clock(Yielding(self.clock.clone()))
    }

    /// The charges of the vendor are between those that are certain by the journal and those that are possible.
    fn books_agree(&self) {
        let charges = self.sandbox.ledger().charges() as u32;
        let records = self.journal.records(None, 100).unwrap();
        let sum = |of: fn(&Spend) -> u32| records.iter().flat_map(|record| &record.spends).map(of).sum::<u32>();
        let (certain, possible) = (sum(|spend| spend.charges.certain()), sum(|spend| spend.charges.possible()));
        assert!((certain..=possible).contains(&charges), "{charges} charges, {certain} to {possible} by the journal");
    }
}

fn key() -> SealingKey {
    SealingKey::new([7; 32])
}

fn check(reference: &str) -> Check {
    support::same_person().with_reference(reference.parse().unwrap())
}

fn told(answer: &Result<Progress>) -> std::result::Result<Outcome, ErrorKind> {
    match answer {
        Ok(Progress::Done(verdict)) => Ok(verdict.outcome()),
        Ok(Progress::Pending(_)) => panic!("a one-shot vendor"),
        Err(error) => Err(error.kind()),
    }
}

#[test]
fn callers_of_one_reference_make_one_call() {
    in_any_order(|| {
        let world = World::new();
        let job = |wait: u64| {
            let provider = world.compare("default").with_wait(Duration::from_secs(wait));
            Box::new(move || provider.begin(&check("order-7"))) as Job<_>
        };
        let answers: Vec<Result<Progress>> = race(vec![job(0), job(0), job(3600)]);
        for answer in &answers {
            assert!(matches!(told(answer), Ok(Outcome::Passed) | Err(ErrorKind::InProgress)), "{answer:?}");
        }
        assert!(answers.iter().any(Result::is_ok));
        assert_eq!(world.sandbox.ledger().charges(), 1);
        assert!(
            world.compare("default").begin(&check("order-7")).unwrap().into_verdict().unwrap().receipt().is_repeat()
        );
        world.books_agree();
    });
}

#[test]
fn a_lost_answer_is_in_doubt_for_all_who_come_after() {
    in_any_order(|| {
        let world = World::new();
        world.sandbox.arm_fault(Fault::DropAfterCharge, 1);
        let job = || {
            let provider = world.compare("default");
            Box::new(move || provider.begin(&check("order-7"))) as Job<_>
        };
        for answer in race(vec![job(), job(), job()]) {
            assert!(matches!(told(&answer), Err(ErrorKind::OutcomeUnknown | ErrorKind::InProgress)), "{answer:?}");
        }
        assert_eq!((world.sandbox.ledger().charges(), world.journal.in_doubt(None, 10).unwrap().len()), (1, 1));
    });
}

#[test]
fn callers_at_a_cap_make_what_is_left_between_them() {
    in_any_order(|| {
        let world = World::new();
        let job = |reference: &'static str| {
            let provider = world.compare("default").with_caps(Caps::new().with_per_day(2));
            Box::new(move || provider.begin(&check(reference))) as Job<_>
        };
        let answers: Vec<Result<Progress>> = race(vec![job("order-1"), job("order-2"), job("order-3"), job("order-4")]);
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2, "{answers:?}");
        assert_eq!(world.sandbox.ledger().charges(), 2);
        world.books_agree();
    });
}

#[test]
fn two_sets_with_the_vendors_in_another_order_make_one_call_between_them() {
    in_any_order(|| {
        let world = World::new();
        let job = |order: [&'static str; 2]| {
            let candidates = order.map(|account| Arc::new(world.compare(account)) as Arc<dyn LivenessProvider>);
            let failover = Failover::new("set", candidates).unwrap().with_clock(Yielding(world.clock.clone()));
            Box::new(move || failover.begin(&check("order-7"))) as Job<_>
        };
        // The first request to come is not sent, so that one of them goes on to the other vendor.
        world.sandbox.arm_fault(Fault::Refuse, 1);
        let answers: Vec<Result<Progress>> = race(vec![job(["a", "b"]), job(["b", "a"]), job(["a", "b"])]);
        assert!(world.sandbox.ledger().charges() <= 1, "{answers:?}");
        let passed = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(passed == 0 || world.sandbox.ledger().charges() == 1, "{answers:?}");
        world.books_agree();
    });
}

#[test]
fn a_call_that_is_settled_or_taken_for_lost_meanwhile_keeps_what_it_cost() {
    in_any_order(|| {
        let world = World::new();
        let provider = world.compare("default");
        let caller = Box::new(move || provider.begin(&check("order-7")).map(drop).map_err(|error| error.kind()));
        let (clock, journal) = (world.clock.clone(), Yielding(world.journal.clone()));
        let operator = Box::new(move || {
            // The call's time is over for the operator, while the caller may be anywhere in it.
            clock.advance(Duration::from_secs(91));
            let open = journal.in_doubt(None, 10).unwrap().pop();
            if let Some(record) = open {
                let _ = journal.settle(&record.key, &Settled::NotBilled);
            }
            Ok(())
        });
        let again = world.compare("default");
        let second = Box::new(move || again.begin(&check("order-7")).map(drop).map_err(|error| error.kind()));
        race(vec![caller as Job<_>, operator, second]);
        let charges = world.sandbox.ledger().charges();
        // The operator said that the first was not billed; where it was nevertheless, both are in the books.
        assert!(charges <= 2);
        world.books_agree();
    });
}

#[test]
fn a_result_is_paid_for_once_and_a_session_is_never_given_up() {
    in_any_order(|| {
        let world = World::new();
        let begun = world.hosted().begin(&check_hosted()).unwrap().session().unwrap().clone();
        world.sandbox.finish(&begun);
        world.sandbox.arm_fault(Fault::DropAfterCharge, 1);
        let job = |session: liveness::Session| {
            let provider = world.hosted();
            Box::new(move || provider.resume(&session).map(drop)) as Job<_>
        };
        race(vec![job(begun.clone()), job(begun.clone()), job(begun.clone())]);
        let verdict = world.hosted().resume(&begun).unwrap().into_verdict().unwrap();
        assert_eq!(verdict.outcome(), Outcome::Passed);
        world.books_agree();
    });
}

#[test]
fn a_lost_session_is_begun_anew_as_often_as_is_allowed_and_no_oftener() {
    in_any_order(|| {
        let world = World::new();
        world.sandbox.arm_fault(Fault::DropAfterCharge, 3);
        let job = || {
            let provider = world.hosted().with_doubt(DoubtPolicy::new().with_new_sessions(1));
            Box::new(move || provider.begin(&check_hosted()).map(drop)) as Job<_>
        };
        race(vec![job(), job(), job()]);
        assert!((1..=2).contains(&world.sandbox.ledger().charges()));
        let now = world.journal.now().unwrap();
        let records = world.journal.records(None, 10).unwrap();
        assert!(records.iter().all(|record| record.standing(now) == Standing::InDoubt), "{records:?}");
        world.books_agree();
    });
}

fn check_hosted() -> Check {
    support::liveness().with_reference("order-7".parse().unwrap())
}
