//! What the operator's caps hold back, and when they let go.

use std::time::Duration;

use liveness::{
    Billed, ErrorKind, LivenessProvider, Ran,
    money::{AtMostOnce, Capped, Caps},
    sandbox::{Fault, Scenario},
};

use crate::{
    stage::{Stage, done, pending, same_person},
    support,
};

fn order(number: u32) -> liveness::Check {
    same_person().with_reference(format!("order-{number}").parse().unwrap())
}

fn capped(stage: &Stage, caps: Caps) -> AtMostOnce<liveness::TencentMarket> {
    stage.compare().with_caps(caps)
}

#[test]
fn at_a_cap_nothing_is_sent_and_the_error_names_it() {
    for (caps, name) in [(Caps::new().with_per_minute(2), "per_minute"), (Caps::new().with_per_day(2), "per_day")] {
        let stage = Stage::new();
        for number in 0..2 {
            let _ = done(capped(&stage, caps).begin(&order(number)));
        }
        let error = capped(&stage, caps).begin(&order(2)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::BudgetExceeded, Some(name)));
        assert_eq!((error.ran(), error.billed(), error.again()), (Ran::No, Billed::No, liveness::Again::Never));
        assert_eq!(stage.charges(), 2);
        assert!(stage.told.events().iter().any(|event| event.contains("CapReached")));
        assert!(done(capped(&stage, caps).begin(&order(0))).receipt().is_repeat(), "a repeat costs nothing");
    }
}

#[test]
fn a_minute_is_any_sixty_seconds_and_a_day_is_one_of_the_statement() {
    let stage = Stage::new(); // 16:00 in Beijing
    let caps = Caps::new().with_per_minute(1).with_per_day(3);
    let mut number = 0;
    let mut begin = || {
        number += 1;
        capped(&stage, caps).begin(&order(number)).map_err(|error| error.field().unwrap().to_owned())
    };
    assert!(begin().is_ok());
    stage.clock.advance(Duration::from_millis(59_999));
    assert_eq!(begin().unwrap_err(), "per_minute");
    stage.clock.advance(Duration::from_millis(1));
    assert!(begin().is_ok());
    stage.clock.advance(Duration::from_secs(3600));
    assert!(begin().is_ok());
    stage.clock.advance(Duration::from_secs(3600));
    assert_eq!(begin().unwrap_err(), "per_day");
    stage.clock.advance(Duration::from_secs(6 * 3600));
    assert!(begin().is_ok(), "past midnight in Beijing, and still the same day in UTC");
}

#[test]
fn what_was_not_used_is_released_and_doubt_keeps_what_it_reserved() {
    let stage = Stage::new();
    let caps = Caps::new().with_per_day(2);
    for number in 0..5 {
        stage.sandbox.arm_fault(Fault::Refuse, 1);
        assert_eq!(capped(&stage, caps).begin(&order(number)).unwrap_err().kind(), ErrorKind::Unavailable);
    }
    stage.sandbox.arm_fault(Fault::DropBeforeReading, 2);
    for number in 5..7 {
        assert_eq!(capped(&stage, caps).begin(&order(number)).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    }
    assert_eq!(capped(&stage, caps).begin(&order(7)).unwrap_err().kind(), ErrorKind::BudgetExceeded);
}

#[test]
fn a_reference_has_its_own_cap_over_all_its_tries_and_calls() {
    let stage = Stage::new();
    let caps = Caps::new().with_per_reference(2);
    for attempt in [1, 2] {
        let _ = done(capped(&stage, caps).begin(&order(1).with_attempt(attempt)));
    }
    let error = capped(&stage, caps).begin(&order(1).with_attempt(3)).unwrap_err();
    assert_eq!(error.field(), Some("per_reference"));
    assert!(capped(&stage, caps).begin(&order(2)).is_ok(), "another person's");
}

#[test]
fn the_result_of_a_session_that_is_paid_for_is_not_refused_by_the_cap_of_its_reference() {
    let stage = Stage::new();
    let vendor = || {
        liveness::Jumdata::new(liveness::Sandbox::jumdata_credentials(), stage.sandbox.clone())
            .with_clock(stage.clock.clone())
    };
    let caps = Caps::new().with_per_reference(1);
    let journaled = AtMostOnce::sealing(vendor(), stage.journal.clone(), crate::stage::key()).unwrap();
    let providers: [Box<dyn LivenessProvider>; 2] =
        [Box::new(journaled.with_caps(caps)), Box::new(Capped::new(vendor(), caps).with_clock(stage.clock.clone()))];
    for provider in providers {
        let check = || support::liveness().with_reference("order-9".parse().unwrap());
        let session = pending(provider.begin(&check()));
        for _ in 0..3 {
            let _ = pending(provider.resume(&session));
        }
        assert!(stage.sandbox.finish(&session));
        assert!(done(provider.resume(&session)).is_passed());
        let error = provider.begin(&check().with_attempt(2)).unwrap_err();
        assert_eq!(error.field(), Some("per_reference"), "what it cost counts");
    }
}

#[test]
fn the_worst_case_of_all_attempts_is_reserved() {
    let stage = Stage::new();
    let vendor = liveness::Jumdata::new(liveness::Sandbox::jumdata_credentials(), stage.sandbox.clone())
        .with_clock(stage.clock.clone());
    let provider = AtMostOnce::sealing(vendor, stage.journal.clone(), crate::stage::key()).unwrap();
    let provider = provider.with_caps(Caps::new().with_per_day(3));
    let session = pending(provider.begin(&support::liveness()));
    let error = provider.resume(&session).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded, "its result may be asked for three times, and one is used");
}

#[test]
fn the_operator_is_told_at_eighty_percent() {
    let stage = Stage::new();
    stage.sandbox.set_default(Scenario::named("passed").unwrap());
    for number in 0..5 {
        let _ = done(capped(&stage, Caps::new().with_per_day(5)).begin(&order(number)));
    }
    let near: Vec<_> = stage.told.events().into_iter().filter(|event| event.contains("CapNear")).collect();
    assert_eq!(near.len(), 2, "{near:?}");
    assert!(near[0].contains("used: 4, limit: 5"), "{near:?}");
}

#[test]
fn the_same_caps_hold_within_a_process_without_a_journal() {
    let stage = Stage::new();
    let caps = Caps::new().with_per_minute(2).with_per_reference(1);
    let provider =
        Capped::new(stage.market("default"), caps).with_clock(stage.clock.clone()).with_observer(stage.told.clone());
    let field = |error: liveness::Error| error.field().unwrap().to_owned();
    assert!(provider.begin(&order(1)).is_ok());
    assert_eq!(provider.begin(&order(1)).map_err(field).unwrap_err(), "per_reference");
    stage.sandbox.arm_fault(Fault::Refuse, 1);
    assert_eq!(provider.begin(&order(2)).unwrap_err().kind(), ErrorKind::Unavailable, "nothing ran");
    assert!(provider.begin(&order(3)).is_ok());
    assert_eq!(provider.begin(&order(4)).map_err(field).unwrap_err(), "per_minute");
    stage.clock.advance(Duration::from_secs(60));
    let unnamed = liveness::Check::same_person(support::identity()).with_photo(support::photo());
    for _ in 0..2 {
        assert!(provider.begin(&unnamed).is_ok(), "checks without a reference do not share one");
    }
    assert_eq!(stage.charges(), 4);
    assert!(stage.told.events().iter().any(|event| event.contains("CapReached")));
}

#[test]
fn a_call_for_a_result_counts_for_the_day_on_which_it_was_made() {
    let stage = Stage::new(); // 16:00 in Beijing
    let hosted = |caps| stage.hosted().with_caps(caps);
    stage.clock.advance(Duration::from_secs(8 * 3600 - 100));
    let session = pending(hosted(Caps::new()).begin(&support::liveness()));
    for _ in 0..2 {
        let _ = pending(hosted(Caps::new()).resume(&session));
    }
    // Past midnight in Beijing, and these two are older than a minute.
    stage.clock.advance(Duration::from_secs(110));
    let _ = pending(hosted(Caps::new().with_per_day(2)).resume(&session));
    let _ = pending(hosted(Caps::new().with_per_day(2)).resume(&session));
    let error = hosted(Caps::new().with_per_day(2)).resume(&session).unwrap_err();
    assert_eq!(error.field(), Some("per_day"), "its own two, and none of yesterday's");
}
