//! The same for a hosted check, whose session a crash may take with it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    time::Duration,
};

use liveness::{
    Charges, Jumdata, LivenessProvider, ManualClock, Progress, Sandbox, Verdict,
    money::{AtMostOnce, DoubtPolicy, Settled, Standing, State},
    sandbox::{Call, ChargeRule, Fault},
};

use crate::{
    place::Place,
    stage::{begin, key},
    steps::{LEFT, Stepped, Steps, each_step, nothing},
    support,
};

struct World {
    sandbox: Sandbox,
    clock: ManualClock,
    place: Place,
    policy: DoubtPolicy,
}

impl World {
    fn new(policy: DoubtPolicy) -> Self {
        let clock = support::clock();
        let dearest = ChargeRule::new().with_init(true).with_result(true).with_repeated_result(true);
        let sandbox = Sandbox::builder().with_clock(clock.clone()).with_charge_rule(dearest).build();
        let place = Place::new(&clock);
        Self { sandbox, clock, place, policy }
    }

    /// One visit: begin, the person, result. The caller keeps nothing but its reference.
    fn visit(&self, steps: &Steps) -> liveness::Result<Verdict> {
        let transport = Stepped { inner: self.sandbox.clone(), steps: steps.clone() };
        let vendor = Jumdata::new(Sandbox::jumdata_credentials(), transport).with_clock(self.clock.clone());
        let journal = Stepped { inner: self.place.open(), steps: steps.clone() };
        let provider = AtMostOnce::sealing(vendor, journal, key()).unwrap().with_doubt(self.policy);
        let session = match provider.begin(&support::liveness())? {
            Progress::Pending(session) => session,
            Progress::Done(known) => return Ok(known),
        };
        self.sandbox.finish(&session);
        match provider.resume(&session)? {
            Progress::Done(verdict) => Ok(verdict),
            Progress::Pending(_) => panic!("the person is done"),
        }
    }

    fn audit(&self, case: &str) {
        let ledger = self.sandbox.ledger();
        let charged = u32::try_from(ledger.charges()).unwrap();
        let inits = ledger.entries().iter().filter(|entry| entry.call() == Call::Init && entry.is_charged()).count();
        assert!(inits <= 1 + self.policy.new_sessions() as usize, "{case}: {inits} sessions were paid for");
        let journal = self.place.open();
        let records = journal.records(None, 10).unwrap();
        let named = records.iter().fold(Charges::NONE, |sum, record| sum.plus(record.charges()));
        assert!(named.certain() <= charged && charged <= named.possible(), "{case}: {charged} of {named}");
        let now = journal.now().unwrap();
        let is_named = records
            .iter()
            .any(|record| record.standing(now) != Standing::Free || matches!(record.state, State::Pending));
        assert!(charged == 0 || is_named, "{case}: a charge that nobody names");
    }
}

#[test]
fn a_hosted_check_survives_a_crash_at_any_operation() {
    let mut cases = 0;
    for fault in [None, Some(Fault::Refuse), Some(Fault::DropBeforeReading), Some(Fault::DropAfterCharge)] {
        for policy in [DoubtPolicy::new(), DoubtPolicy::new().with_new_sessions(1)] {
            // The fault strikes init or, one call later, result.
            for strikes in [0, 1] {
                cases += each_step(|step| {
                    let world = World::new(policy);
                    let case = format!("{fault:?} at {strikes}, {policy:?}, step {step}");
                    let arm = |call: usize| {
                        if let Some(fault) = fault.filter(|_| call == strikes) {
                            world.sandbox.arm_fault(fault, 1);
                        }
                    };
                    arm(0);
                    let crash = Steps(Arc::new(|| resume_unwind(Box::new("crash"))));
                    let first = catch_unwind(AssertUnwindSafe(|| world.visit(&crash)));
                    LEFT.set(None);
                    world.audit(&case);
                    world.clock.advance(Duration::from_secs(120));
                    arm(1);
                    for _ in 0..3 {
                        let _ = world.visit(&nothing());
                        world.audit(&case);
                    }
                    world.sandbox.disarm();
                    // The way out: what may be asked again was; a lost session waits for the operator's word.
                    for record in world.place.open().in_doubt(None, 10).unwrap() {
                        assert_eq!(record.key, begin(), "{case}: a result is asked for again, never left in doubt");
                        world.place.open().settle(&record.key, &Settled::NotBilled).unwrap();
                    }
                    match world.visit(&nothing()) {
                        Ok(verdict) => assert!(verdict.is_passed(), "{case}"),
                        Err(error) => panic!("{case}: {error}"),
                    }
                    first.is_err()
                });
            }
        }
    }
    assert!(cases > 100, "{cases}");
}
