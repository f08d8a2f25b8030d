use std::time::Duration;

use liveness::{
    Again, Billed, ErrorKind, LivenessProvider, RetryPolicy,
    sandbox::{Call, Fault},
};

use crate::support::*;

#[test]
fn a_compare_that_is_lost_after_it_ran_is_charged_once_and_never_sent_again() {
    for fault in [Fault::DropAfterCharge, Fault::CutAnswer, Fault::GarbleAnswer] {
        let bench = bench();
        bench.sandbox.arm_fault(fault, 1);
        let error = bench.compare().unwrap_err();
        assert_eq!(
            (error.kind(), error.billed(), error.again()),
            (ErrorKind::OutcomeUnknown, Billed::Unknown, Again::MayBillAgain),
            "{fault:?}"
        );
        assert_eq!(bench.calls_and_charges(Call::Compare), (1, 1), "{fault:?}");
    }
}

#[test]
fn a_connection_reset_before_reading_is_not_sent_again_for_nobody_can_know() {
    let bench = bench();
    bench.sandbox.arm_fault(Fault::DropBeforeReading, 1);
    assert_eq!(bench.compare().unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(bench.calls_and_charges(Call::Compare), (0, 0));
}

#[test]
fn a_refused_connection_is_tried_again_and_charged_once() {
    let bench = bench();
    bench.sandbox.arm_fault(Fault::Refuse, 2);
    assert!(bench.compare().unwrap().is_passed());
    assert_eq!(bench.calls_and_charges(Call::Compare), (1, 1));
    bench.sandbox.arm_fault(Fault::Refuse, 2);
    let _ = bench.open();
    assert_eq!(bench.calls_and_charges(Call::Init), (1, 1));
}

#[test]
fn refused_for_good_it_says_that_nothing_was_sent() {
    let bench = bench();
    bench.sandbox.arm_fault(Fault::Refuse, 3);
    let error = bench.compare().unwrap_err();
    assert_eq!((error.kind(), error.billed(), error.again()), (ErrorKind::Unavailable, Billed::No, Again::Safe));
    assert!(bench.sandbox.ledger().entries().is_empty());
}

#[test]
fn an_init_that_is_lost_after_it_ran_is_charged_once_and_never_sent_again() {
    for fault in [Fault::DropAfterCharge, Fault::CutAnswer, Fault::GarbleAnswer] {
        let bench = bench();
        bench.sandbox.arm_fault(fault, 1);
        let error = bench.jumdata.begin(&hosted()).unwrap_err();
        // The half that arrived says that it was charged.
        let billed = if fault == Fault::CutAnswer { Billed::Yes } else { Billed::Unknown };
        assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, billed), "{fault:?}");
        assert_eq!(bench.calls_and_charges(Call::Init), (1, 1), "{fault:?}");
    }
}

#[test]
fn a_result_that_is_lost_is_asked_for_again_unless_the_operator_forbids_it() {
    for fault in [Fault::DropBeforeReading, Fault::DropAfterCharge, Fault::CutAnswer, Fault::GarbleAnswer] {
        let bench = bench();
        let session = bench.filmed();
        bench.sandbox.arm_fault(fault, 1);
        assert!(bench.resume(&session).unwrap().is_passed(), "{fault:?}");
        assert_eq!(bench.calls_and_charges(Call::Result), (1 + usize::from(fault.runs()), 1), "{fault:?}");

        let session = bench.filmed();
        bench.sandbox.arm_fault(fault, 1);
        let error = bench.jumdata.clone().with_repeated_result(false).resume(&session).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{fault:?}");
    }
}

#[test]
fn too_many_requests_are_sent_again_and_charged_once() {
    let bench = bench();
    bench.arm("rate-limited");
    assert!(bench.compare().unwrap().is_passed());
    assert_eq!(bench.calls_and_charges(Call::Compare), (2, 1));
    bench.arm("rate-limited");
    let session = bench.open();
    assert_eq!(bench.calls_and_charges(Call::Init), (2, 1));
    bench.sandbox.finish(&session);
    bench.arm("rate-limited");
    assert!(bench.resume(&session).unwrap().is_passed());
    assert_eq!(bench.calls_and_charges(Call::Result), (2, 1));
}

#[test]
fn a_vendor_that_answers_too_late_has_charged_all_the_same() {
    let bench = bench();
    bench.sandbox.delay(Duration::from_secs(31));
    let error = bench.compare().unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Unknown));
    assert_eq!(bench.calls_and_charges(Call::Compare), (1, 1));
    assert_eq!(bench.clock.slept(), [Duration::from_secs(30)], "an attempt's time-out, and no second attempt");
}

#[test]
fn a_deadline_ends_the_repeating_of_results() {
    let bench = bench();
    let session = bench.filmed();
    bench.sandbox.delay(Duration::from_secs(31));
    let policy = RetryPolicy::new().with_max_attempts(100);
    let error = bench.jumdata.clone().with_retry(policy).resume(&session).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(bench.clock.slept().iter().sum::<Duration>() <= Duration::from_secs(60));
    assert_eq!(bench.calls_and_charges(Call::Result).1, 1);
}
