//! The closing table: what a call that ended leaves for the next one.

use std::time::Duration;

use liveness::{
    Again, Billed, Charges, ErrorKind, LivenessProvider, Outcome, Ran, Sandbox, TencentMarket,
    money::{AtMostOnce, Journal, MemoryJournal, Standing},
    sandbox::{Fault, Scenario},
};

use crate::{
    stage::{Stage, begin, done, key, pending, same_person},
    support,
};

#[test]
fn a_verdict_of_any_outcome_is_given_again_without_a_call() {
    for scenario in ["passed", "liveness-not-passed", "different-person", "no-face", "no-portrait-on-record"] {
        let stage = Stage::new();
        stage.sandbox.set_default(Scenario::named(scenario).unwrap());
        let first = done(stage.compare().begin(&same_person()));
        // Another instance, as after a redelivery to another worker.
        let second = done(stage.compare().begin(&same_person()));
        assert_eq!(stage.charges(), 1, "{scenario}");
        assert!(!first.receipt().is_repeat() && second.receipt().is_repeat());
        let receipt = second.receipt().clone().with_repeat(false);
        assert_eq!(second.with_receipt(receipt), first, "{scenario}: the same, person included");
    }
}

#[test]
fn a_session_is_given_again_and_then_its_verdict() {
    let stage = Stage::new();
    let first = pending(stage.hosted().begin(&support::liveness()));
    let second = pending(stage.hosted().begin(&support::liveness()));
    assert_eq!((first.token(), second.receipt().is_repeat(), stage.charges()), (second.token(), true, 1));
    assert!(stage.sandbox.finish(&first));
    let verdict = done(stage.hosted().resume(&first));
    let charges = stage.charges();
    let again = done(stage.hosted().resume(&second));
    assert_eq!((again.outcome(), again.receipt().is_repeat(), stage.charges()), (Outcome::Passed, true, charges));
    assert_eq!(again.charges(), verdict.charges());
    assert!(stage.hosted().portrait(&again).unwrap().is_some(), "its address was kept, sealed");
    // A job that is delivered once more after all that.
    let begun = done(stage.hosted().begin(&support::liveness()));
    assert_eq!((begun.outcome(), begun.receipt().is_repeat(), stage.charges()), (Outcome::Passed, true, charges));
}

#[test]
fn a_result_that_is_not_there_yet_is_asked_for_again() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    for _ in 0..3 {
        let again = pending(stage.hosted().resume(&session));
        assert!(!again.receipt().is_repeat());
    }
    assert!(stage.sandbox.finish(&session));
    assert!(done(stage.hosted().resume(&session)).is_passed());
}

#[test]
fn a_paid_session_survives_an_odd_answer_to_its_result_and_ends_with_its_expiry() {
    for scenario in ["vendor", "unavailable", "undocumented-code", "protocol"] {
        let stage = Stage::new();
        let session = pending(stage.hosted().begin(&support::liveness()));
        assert!(stage.sandbox.finish(&session));
        stage.sandbox.arm(Scenario::named(scenario).unwrap());
        let error = stage.hosted().resume(&session).unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Expired, "{scenario}");
        let verdict = done(stage.hosted().resume(&session));
        assert!(verdict.is_passed() && !verdict.receipt().is_repeat(), "{scenario}");
    }
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    stage.sandbox.arm(Scenario::named("expired").unwrap());
    let calls = |stage: &Stage| stage.sandbox.ledger().entries().len();
    assert_eq!(stage.hosted().resume(&session).unwrap_err().kind(), ErrorKind::Expired);
    let before = calls(&stage);
    assert_eq!(stage.hosted().resume(&session).unwrap_err().kind(), ErrorKind::Expired);
    assert_eq!(calls(&stage), before, "it is over, and not asked for again");
}

#[test]
fn polls_of_more_than_a_minute_ago_are_one_entry_of_their_record() {
    let stage = Stage::new();
    let mut session = pending(stage.hosted().begin(&support::liveness()));
    for _ in 0..60 {
        stage.clock.advance(Duration::from_secs(5));
        session = pending(stage.hosted().resume(&session));
    }
    let record = stage.journal.find(&crate::stage::resume()).unwrap().unwrap();
    assert_eq!(
        (record.spends.len(), record.charges()),
        (13, Charges::new(0, 60)),
        "those of the last minute stand alone"
    );
    assert_eq!(session.charges(), Charges::new(1, 61));
}

#[test]
fn where_nothing_ran_the_next_call_is_made_with_other_inputs_too() {
    let stage = Stage::new();
    stage.sandbox.arm_fault(Fault::Refuse, 1);
    let error = stage.compare().begin(&same_person()).unwrap_err();
    assert_eq!((error.kind(), error.ran(), error.charges()), (ErrorKind::Unavailable, Ran::No, Charges::NONE));
    let corrected = same_person()
        .with_photo(liveness::Photo::from_bytes(support::png(17, 17), &liveness::PhotoSpec::TENCENT_MARKET).unwrap());
    assert!(!done(stage.compare().begin(&corrected)).receipt().is_repeat());
}

#[test]
fn an_error_after_which_something_ran_is_given_again_and_another_try_needs_its_number() {
    for (scenario, kind) in [("unavailable", ErrorKind::Unavailable), ("vendor", ErrorKind::Vendor)] {
        let stage = Stage::new();
        stage.sandbox.arm(Scenario::named(scenario).unwrap());
        let first = stage.compare().begin(&same_person()).unwrap_err();
        let second = stage.compare().begin(&same_person()).unwrap_err();
        assert_eq!((first.kind(), second.kind()), (kind, kind));
        assert_eq!(first.vendor_code(), second.vendor_code());
        assert_eq!((second.to_string(), second.charges()), (first.to_string(), first.charges()));
        assert_eq!(stage.sandbox.ledger().entries().len(), 1, "no second call");
        assert!(done(stage.compare().begin(&same_person().with_attempt(2))).is_passed());
    }
}

#[test]
fn a_lost_answer_is_in_doubt_and_no_provider_of_the_journal_pays_again() {
    for fault in [Fault::DropAfterCharge, Fault::DropBeforeReading, Fault::CutAnswer, Fault::GarbleAnswer] {
        let stage = Stage::new();
        stage.sandbox.arm_fault(fault, 1);
        let lost = stage.compare().begin(&same_person()).unwrap_err();
        assert_eq!((lost.kind(), lost.charges()), (ErrorKind::OutcomeUnknown, Charges::new(0, 1)), "{fault}");
        let calls = stage.sandbox.ledger().entries().len();
        let other = AtMostOnce::sealing(stage.market("other"), stage.journal.clone(), key()).unwrap();
        for provider in [&stage.compare() as &dyn LivenessProvider, &other] {
            let error = provider.begin(&same_person()).unwrap_err();
            let (kind, ran, again) = (error.kind(), error.ran(), error.again());
            assert_eq!((kind, ran, again), (ErrorKind::OutcomeUnknown, Ran::Maybe, Again::MayBillAgain), "{fault}");
            assert_eq!((error.attempts(), error.billed()), (0, Billed::Unknown));
        }
        let keyless = stage.compare_unsealed().begin(&same_person()).unwrap_err();
        assert_eq!((keyless.kind(), keyless.ran()), (ErrorKind::Configuration, Ran::Maybe), "it cannot compare");
        assert_eq!(stage.sandbox.ledger().entries().len(), calls, "{fault}: nothing was sent");
        assert_eq!(stage.journal.in_doubt(None, 10).unwrap().len(), 1);
    }
}

#[test]
fn what_was_opened_and_never_closed_is_in_flight_until_its_time_is_over_and_then_in_doubt() {
    let stage = Stage::new();
    let key = begin();
    let gone = liveness::money::Fingerprint::new(1, "gone", String::new());
    let intent = liveness::money::Intent::new(key.clone(), "tencent-market/default".parse().unwrap(), gone);
    let _ticket = stage.journal.open(&intent).unwrap();
    assert_eq!(stage.journal.find(&key).unwrap().unwrap().standing(support::NOW), Standing::InFlight);
    let error = stage.compare().begin(&same_person()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("sealing_key")), "it cannot compare");
    stage.let_time_pass();
    assert_eq!(stage.journal.in_doubt(None, 10).unwrap().len(), 1);
    assert_eq!(stage.charges(), 0);
}

#[test]
fn a_check_without_a_reference_and_a_set_of_providers_are_refused() {
    let stage = Stage::new();
    let unnamed = liveness::Check::same_person(support::identity()).with_photo(support::photo());
    for error in [stage.compare().begin(&unnamed).unwrap_err(), stage.compare().verify(&unnamed).unwrap_err()] {
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("reference")));
    }
    let hosted = liveness::Jumdata::new(Sandbox::jumdata_credentials(), stage.sandbox.clone());
    let error = AtMostOnce::new(hosted, MemoryJournal::new()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("sealing_key")));
    let error = AtMostOnce::new(Set(stage.market("a"), stage.market("b")), MemoryJournal::new()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("provider")));
}

/// Two accounts under one name.
#[derive(Debug)]
struct Set(TencentMarket, TencentMarket);

impl LivenessProvider for Set {
    fn id(&self) -> &liveness::ProviderId {
        self.0.id()
    }

    fn requirements(&self) -> liveness::Requirements {
        self.0.requirements()
    }

    fn accounts(&self) -> Vec<liveness::ProviderId> {
        vec![self.0.id().clone(), self.1.id().clone()]
    }

    fn begin(&self, check: &liveness::Check) -> liveness::Result<liveness::Progress> {
        self.0.begin(check)
    }

    fn resume(&self, session: &liveness::Session) -> liveness::Result<liveness::Progress> {
        self.0.resume(session)
    }
}
