//! What a caller reads where a journal or a set answers without a call, or after a wait.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

use liveness::{
    Billed, Charges, ErrorKind, Jumdata, LivenessProvider, Request, RetryPolicy, Sandbox,
    client::{Attempt, CallOptions, Gate},
    money::{AtMostOnce, BreakerPolicy, Capped, Caps, DoubtPolicy, Failover},
    sandbox::Fault,
};

use crate::{
    stage::{Stage, done, key, pending, same_person},
    support,
};

#[test]
fn a_doubt_of_a_provider_whose_breaker_is_open_keeps_its_charges() {
    let stage = Stage::new();
    let other = AtMostOnce::sealing(stage.market("other"), stage.journal.clone(), key()).unwrap();
    let candidates = [Arc::new(stage.compare()) as Arc<dyn LivenessProvider>, Arc::new(other)];
    let set = Failover::new("set", candidates).unwrap().with_clock(stage.clock.clone());
    let set = set.with_breaker(BreakerPolicy::new().with_failures(1));
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    assert_eq!(set.begin(&same_person()).unwrap_err().charges(), Charges::new(0, 1));
    // The second provider finds the doubt, and the first one is not asked.
    let again = set.begin(&same_person()).unwrap_err();
    assert_eq!((again.kind(), again.charges()), (ErrorKind::OutcomeUnknown, Charges::new(0, 1)));
    assert_eq!((again.billed(), stage.charges()), (Billed::Unknown, 1));
}

#[test]
fn waiting_for_another_caller_uses_up_the_deadline() {
    let stage = Stage::new();
    let crash = |_: Request| -> Result<liveness::Response, liveness::TransportError> { panic!("crash") };
    let vendor = Jumdata::new(Sandbox::jumdata_credentials(), crash).with_clock(stage.clock.clone());
    let gone = AtMostOnce::sealing(vendor.with_retry(RetryPolicy::never()), stage.journal.clone(), key()).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| gone.begin(&support::liveness()))).is_err());
    let timeouts = Arc::new(Timeouts::default());
    let options = CallOptions::new().with_deadline(Duration::from_secs(92)).with_gate(timeouts.clone());
    let provider = stage.hosted_with(DoubtPolicy::new().with_new_sessions(1)).with_wait(Duration::from_secs(120));
    let _ = pending(provider.begin_with(&support::liveness(), &options));
    let given = timeouts.0.lock().unwrap().clone();
    assert!(given.len() == 1 && given[0] <= Duration::from_secs(2), "{given:?}");
}

/// Remembers how long each attempt may take.
#[derive(Debug, Default)]
struct Timeouts(Mutex<Vec<Duration>>);

impl Gate for Timeouts {
    fn before_send(&self, attempt: &Attempt<'_>) -> liveness::Result<()> {
        self.0.lock().unwrap().push(attempt.timeout);
        Ok(())
    }
}

#[test]
fn a_call_for_a_repeated_session_is_no_repeat() {
    let stage = Stage::new();
    let _ = pending(stage.hosted().begin(&support::liveness()));
    let repeated = pending(stage.hosted().begin(&support::liveness()));
    assert!(repeated.receipt().is_repeat());
    assert!(!pending(stage.hosted().resume(&repeated)).receipt().is_repeat(), "the vendor was asked");
}

#[test]
fn a_repeat_does_not_use_up_a_cap_around_it() {
    let stage = Stage::new();
    let provider = Capped::new(stage.compare(), Caps::new().with_per_day(2)).with_clock(stage.clock.clone());
    for _ in 0..5 {
        let _ = done(provider.begin(&same_person()));
    }
    let other = same_person().with_reference("order-8".parse().unwrap());
    assert!(provider.begin(&other).is_ok(), "one charge was made so far");
    assert_eq!(stage.charges(), 2);
}

#[test]
fn a_clock_that_goes_back_does_not_hold_a_minute_for_longer() {
    let stage = Stage::new();
    let provider = stage.compare().with_caps(Caps::new().with_per_minute(1));
    let order = |number: u32| same_person().with_reference(format!("order-{number}").parse().unwrap());
    stage.clock.set(support::NOW + Duration::from_secs(365 * 86_400));
    assert!(provider.begin(&order(1)).is_ok());
    stage.clock.set(support::NOW);
    assert_eq!(provider.begin(&order(2)).unwrap_err().kind(), ErrorKind::BudgetExceeded, "it was just now");
    stage.clock.advance(Duration::from_secs(60));
    assert!(provider.begin(&order(2)).is_ok());
}
