//! The real wrappers, with a crash or a second caller before and after each operation of journal and transport.
//!
//! A crash is an unwinding that goes through everything. Afterwards new wrappers stand on the same journal, as after a restart.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

use liveness::{
    LivenessProvider, ManualClock, Progress, RetryPolicy, Sandbox, TencentMarket,
    money::{AtMostOnce, Caps, Failover, Settled, Standing},
    sandbox::{Fault, Scenario},
};

use crate::{
    place::Place,
    stage::{key, same_person},
    steps::{LEFT, Stepped, Steps, each_step, nothing},
    support,
};

/// What the vendor does with the first call.
#[derive(Clone, Copy, Debug)]
enum Does {
    Answers(&'static str),
    Fails(Fault),
}

const ALL: [Does; 11] = [
    Does::Answers("passed"),
    Does::Answers("different-person"),
    Does::Answers("unavailable"),
    Does::Answers("outcome-unknown"),
    Does::Answers("vendor"),
    Does::Answers("rate-limited"),
    Does::Answers("credentials"),
    Does::Fails(Fault::Refuse),
    Does::Fails(Fault::DropBeforeReading),
    Does::Fails(Fault::DropAfterCharge),
    Does::Fails(Fault::GarbleAnswer),
];

struct World {
    sandbox: Sandbox,
    clock: ManualClock,
    place: Place,
    /// What each caller was told that its call cost, at most.
    told: Mutex<Vec<u32>>,
}

impl World {
    fn new(does: Does) -> Arc<Self> {
        let clock = support::clock();
        let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
        match does {
            Does::Answers(scenario) => sandbox.arm(Scenario::named(scenario).unwrap()),
            Does::Fails(fault) => sandbox.arm_fault(fault, 1),
        }
        let place = Place::new(&clock);
        Arc::new(Self { sandbox, clock, place, told: Mutex::default() })
    }

    fn provider(&self, account: &str, steps: &Steps, retry: RetryPolicy) -> AtMostOnce<TencentMarket> {
        let transport = Stepped { inner: self.sandbox.clone(), steps: steps.clone() };
        let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), transport)
            .with_account(account)
            .unwrap()
            .with_clock(self.clock.clone())
            .with_retry(retry);
        let journal = Stepped { inner: self.place.open(), steps: steps.clone() };
        let caps = Caps::new().with_per_day(20).with_per_reference(20).with_in_flight(4);
        AtMostOnce::sealing(vendor, journal, key()).unwrap().with_clock(self.clock.clone()).with_caps(caps)
    }

    /// One caller, through the set of both accounts in this order.
    fn ask(&self, order: [&str; 2], steps: &Steps, retry: &RetryPolicy) -> Option<Progress> {
        let candidates = order.map(|account| Arc::new(self.provider(account, steps, retry.clone())) as _);
        let set = Failover::new("both", candidates).unwrap().with_clock(self.clock.clone());
        let progress = set.begin(&same_person()).ok()?;
        let verdict = progress.verdict().unwrap();
        if !verdict.receipt().is_repeat() {
            self.told.lock().unwrap().push(verdict.charges().possible());
        }
        Some(progress)
    }

    /// The books agree: no charge without a name, no second charge, and nothing certain that was not taken.
    fn audit(&self, case: &str) {
        let charged = u32::try_from(self.sandbox.ledger().charges()).unwrap();
        assert!(charged <= 1, "{case}: charged {charged} times");
        let journal = self.place.open();
        let records = journal.records(None, 10).unwrap();
        let named = records.iter().fold(liveness::Charges::NONE, |sum, record| sum.plus(record.charges()));
        assert!(named.certain() <= charged && charged <= named.possible(), "{case}: {charged} of {named}: {records:?}");
        // Somebody can still say so: a caller who was told, or a record that is not free.
        let is_told = self.told.lock().unwrap().iter().sum::<u32>() > 0;
        let now = journal.now().unwrap();
        let is_kept = records.iter().any(|record| record.standing(now) != Standing::Free);
        assert!(charged == 0 || is_told || is_kept, "{case}: a charge that nobody names");
    }
}

fn policies() -> [RetryPolicy; 2] {
    [RetryPolicy::never(), RetryPolicy::new()]
}

#[test]
fn no_crash_at_any_operation_charges_twice_or_loses_a_charge() {
    let mut cases = 0;
    for does in ALL {
        for retry in policies() {
            for order in [["a", "b"], ["b", "a"]] {
                for is_soon in [true, false] {
                    cases += each_step(|step| {
                        let world = World::new(does);
                        let crash = Steps(Arc::new(|| resume_unwind(Box::new("crash"))));
                        let first = catch_unwind(AssertUnwindSafe(|| world.ask(["a", "b"], &crash, &retry)));
                        let case = format!("{does:?}, {retry:?}, restart {order:?}, soon {is_soon}, step {step}");
                        LEFT.set(None);
                        world.audit(&case);
                        if !is_soon {
                            world.clock.advance(Duration::from_secs(120));
                        }
                        let _ = world.ask(order, &nothing(), &retry);
                        world.audit(&case);
                        world.clock.advance(Duration::from_secs(120));
                        let _ = world.ask(order, &nothing(), &retry);
                        world.audit(&case);
                        settle(&world);
                        let _ = world.ask(order, &nothing(), &retry);
                        world.audit(&case);
                        first.is_err()
                    });
                }
            }
        }
    }
    assert!(cases > 500, "{cases}");
}

/// By the vendor's books, as an operator would.
fn settle(world: &World) {
    for record in world.place.open().in_doubt(None, 10).unwrap() {
        let settled = match world.sandbox.ledger().charges() {
            0 => Settled::NotBilled,
            _ => Settled::Billed(None),
        };
        world.place.open().settle(&record.key, &settled).unwrap();
    }
}

#[test]
fn no_second_caller_at_any_operation_is_charged_too() {
    let mut cases = 0;
    for does in ALL {
        for retry in policies() {
            for order in [["a", "b"], ["b", "a"]] {
                cases += each_step(|step| {
                    let world = World::new(does);
                    let other = Arc::new(Mutex::new(false));
                    let steps = {
                        let (world, other, retry) = (Arc::clone(&world), Arc::clone(&other), retry.clone());
                        Steps(Arc::new(move || {
                            *other.lock().unwrap() = true;
                            let _ = world.ask(order, &nothing(), &retry);
                        }))
                    };
                    let _ = world.ask(["a", "b"], &steps, &retry);
                    LEFT.set(None);
                    let case = format!("{does:?}, {retry:?}, second caller {order:?}, step {step}");
                    world.audit(&case);
                    *other.lock().unwrap()
                });
            }
        }
    }
    assert!(cases > 250, "{cases}");
}
