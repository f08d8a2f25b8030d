//! Tests how a doubt begins, what may be done meanwhile, and what ends it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use liveness::{
    Charges, ErrorKind, Jumdata, LivenessProvider, Request, RetryPolicy, Sandbox, TencentMarket, Transport,
    client::{Attempt, CallOptions, Gate},
    money::{AtMostOnce, DoubtPolicy, Journal, JournalErrorKind, Settled, Standing},
    sandbox::Fault,
};

use crate::{
    stage::{Stage, begin, done, key, pending, resume, same_person},
    support,
};

/// Crashes the process, as far as a panic can: before the request goes out or after the answer came.
#[derive(Clone)]
struct Crash {
    sandbox: Sandbox,
    is_after: bool,
}

impl Transport for Crash {
    fn send(&self, request: Request) -> Result<liveness::Response, liveness::TransportError> {
        if self.is_after {
            let _ = self.sandbox.send(request);
        }
        panic!("crash");
    }
}

fn crash(stage: &Stage, is_after: bool) {
    let transport = Crash { sandbox: stage.sandbox.clone(), is_after };
    let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), transport).with_clock(stage.clock.clone());
    let provider = AtMostOnce::sealing(vendor, stage.journal.clone(), key()).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| provider.begin(&same_person()))).is_err());
}

#[test]
fn a_crash_around_the_call_is_in_flight_and_then_in_doubt_until_it_is_settled() {
    for is_after in [false, true] {
        let stage = Stage::new();
        crash(&stage, is_after);
        let error = stage.compare().begin(&same_person()).unwrap_err();
        assert_eq!((error.kind(), error.ran()), (ErrorKind::InProgress, liveness::Ran::Maybe));
        let refused = stage.journal.settle(&begin(), &Settled::NotBilled).unwrap_err();
        assert_eq!(refused.kind(), JournalErrorKind::InFlight);

        stage.let_time_pass();
        let error = stage.compare().begin(&same_person()).unwrap_err();
        assert_eq!((error.kind(), error.charges()), (ErrorKind::OutcomeUnknown, Charges::new(0, 1)));
        let record = &stage.journal.in_doubt(None, 10).unwrap()[0];
        assert_eq!(record.spends[0].sent.len(), 1, "the attempt was written down before it went out");

        let settled = if is_after { Settled::Billed(None) } else { Settled::NotBilled };
        let record = stage.journal.settle(&begin(), &settled).unwrap();
        assert!(record.is_settled);
        assert!(stage.journal.in_doubt(None, 10).unwrap().is_empty());
        let refused = stage.journal.settle(&begin(), &settled).unwrap_err();
        assert_eq!(refused.kind(), JournalErrorKind::NotInDoubt);
        match stage.compare().begin(&same_person()) {
            Ok(progress) => assert!(!is_after && progress.into_verdict().unwrap().is_passed()),
            Err(error) => {
                assert!(is_after, "{error}");
                assert_eq!((error.kind(), error.charges()), (ErrorKind::OutcomeUnknown, Charges::new(1, 1)));
                assert!(done(stage.compare().begin(&same_person().with_attempt(2))).is_passed());
            }
        }
        assert_eq!(stage.charges(), if is_after { 2 } else { 1 });
    }
}

#[test]
fn a_doubt_that_is_settled_by_the_vendors_own_verdict_gives_it_from_then_on() {
    let stage = Stage::new();
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let _ = stage.compare().begin(&same_person()).unwrap_err();
    let receipt = liveness::Receipt::new("tencent-market/default".parse().unwrap());
    let told = liveness::Verdict::new(liveness::Outcome::Passed, receipt);
    stage.journal.settle(&begin(), &Settled::Billed(Some(Box::new(told)))).unwrap();
    let verdict = done(stage.compare().begin(&same_person()));
    assert!(verdict.is_passed() && verdict.receipt().is_repeat());
    assert_eq!(stage.charges(), 1);
}

#[test]
fn a_doubt_is_not_settled_by_the_verdict_of_another_call() {
    let stage = Stage::new();
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let _ = stage.compare().begin(&same_person()).unwrap_err();
    let of = |receipt| Settled::Billed(Some(Box::new(liveness::Verdict::new(liveness::Outcome::Passed, receipt))));
    let receipt = |account: &str| liveness::Receipt::new(account.parse().unwrap());
    let others =
        [receipt("tencent-market/other"), receipt("tencent-market/default").with_reference("order-8".parse().unwrap())];
    for other in others {
        let refused = stage.journal.settle(&begin(), &of(other)).unwrap_err();
        assert_eq!(refused.kind(), JournalErrorKind::OtherCall);
    }
    let own = receipt("tencent-market/default").with_reference("order-7".parse().unwrap());
    assert!(stage.journal.settle(&begin(), &of(own)).is_ok());
}

#[test]
fn a_result_in_doubt_is_asked_for_again_and_its_verdict_remembers_the_loss() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    assert!(stage.sandbox.finish(&session));
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 2);
    for possible in [1, 2] {
        let error = stage.hosted().resume(&session).unwrap_err();
        assert_eq!((error.kind(), error.charges().possible()), (ErrorKind::OutcomeUnknown, possible));
    }
    let verdict = done(stage.hosted().resume(&session));
    assert_eq!((verdict.is_passed(), verdict.charges()), (true, Charges::new(1, 3)));
    assert_eq!(done(stage.hosted().resume(&session)).charges(), Charges::new(1, 3), "a repeat says the same");
}

#[test]
fn repeating_a_result_can_be_limited() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 10);
    let provider = stage.hosted_with(DoubtPolicy::new().with_repeated_results(1));
    for is_sent in [true, true, false, false] {
        let calls = stage.sandbox.ledger().entries().len();
        assert_eq!(provider.resume(&session).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
        assert_eq!(stage.sandbox.ledger().entries().len() > calls, is_sent);
    }
}

#[test]
fn that_nothing_ran_on_a_repeat_does_not_end_the_doubt_before_it() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    assert!(stage.sandbox.finish(&session));
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let _ = stage.hosted().resume(&session).unwrap_err();
    stage.sandbox.arm_fault(Fault::Refuse, 1);
    let error = stage.hosted().resume(&session).unwrap_err();
    assert_eq!((error.kind(), error.charges()), (ErrorKind::Unavailable, Charges::new(0, 1)));
    assert_eq!(stage.journal.find(&resume()).unwrap().unwrap().standing(support::NOW), Standing::InDoubt);
    assert_eq!(done(stage.hosted().resume(&session)).charges(), Charges::new(1, 2));
}

#[test]
fn a_lost_session_may_be_begun_anew_as_often_as_the_operator_says() {
    let stage = Stage::new();
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 2);
    let strict = stage.hosted().begin(&support::liveness()).unwrap_err();
    assert_eq!(strict.charges(), Charges::new(0, 1));
    let refused = stage.hosted().begin(&support::liveness()).unwrap_err();
    assert_eq!((refused.attempts(), stage.charges()), (0, 1));
    let provider = || stage.hosted_with(DoubtPolicy::new().with_new_sessions(2));
    let lost = provider().begin(&support::liveness()).unwrap_err();
    assert_eq!((lost.kind(), lost.charges()), (ErrorKind::OutcomeUnknown, Charges::new(0, 2)));
    let session = pending(provider().begin(&support::liveness()));
    assert_eq!((session.charges(), stage.charges()), (Charges::new(1, 3), 3));
}

#[test]
fn a_one_shot_check_is_never_begun_anew() {
    let stage = Stage::new();
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let provider = || stage.compare().with_doubt(DoubtPolicy::new().with_new_sessions(9));
    for _ in 0..3 {
        assert_eq!(provider().begin(&same_person()).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    }
    assert_eq!(stage.charges(), 1);
}

#[test]
fn a_doubt_at_one_vendor_is_not_begun_anew_at_another_whatever_that_one_allows() {
    // One check that both can make.
    let check = support::same_person();
    let check = liveness::Check::liveness()
        .with_identity(check.identity().unwrap().clone())
        .with_photo(check.photo().unwrap().clone())
        .with_return_url("https://shop.example/back".parse().unwrap())
        .with_reference("order-7".parse().unwrap());
    let stage = Stage::new();
    let hosted = || stage.hosted_with(DoubtPolicy::new().with_new_sessions(5));
    assert!(stage.compare().verify(&check).is_ok() && hosted().verify(&check).is_ok());
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    assert_eq!(stage.compare().begin(&check).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    let error = hosted().begin(&check).unwrap_err();
    assert_eq!((error.kind(), error.attempts(), stage.charges()), (ErrorKind::OutcomeUnknown, 0, 1));
    stage.journal.settle(&begin(), &Settled::NotBilled).unwrap();
    let _ = pending(hosted().begin(&check));
}

#[test]
fn a_lost_result_is_told_by_the_verdict_even_if_an_odd_answer_came_between() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    assert!(stage.sandbox.finish(&session));
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    assert_eq!(stage.hosted().resume(&session).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    let odd = Jumdata::new(Sandbox::jumdata_credentials(), |_: Request| {
        Ok(http::Response::builder().body(r#"{"code":999,"charge":false}"#.into()).unwrap())
    });
    let odd = odd.with_clock(stage.clock.clone()).with_retry(RetryPolicy::never());
    let odd = AtMostOnce::sealing(odd, stage.journal.clone(), key()).unwrap();
    let error = odd.resume(&session).unwrap_err();
    assert_eq!(error.charges().possible(), 1, "{error:?}");
    assert_eq!(stage.journal.in_doubt(None, 10).unwrap().len(), 1, "its answer is still lost");
    let verdict = done(stage.hosted().resume(&session));
    assert_eq!(verdict.charges(), Charges::new(1, 2), "one for the verdict, and perhaps one for the lost answer");
    assert!(stage.journal.in_doubt(None, 10).unwrap().is_empty());
}

#[test]
fn a_verdict_of_another_attempt_settles_nothing() {
    let stage = Stage::new();
    let first = done(stage.compare().begin(&same_person()));
    stage.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    assert!(stage.compare().begin(&same_person().with_attempt(2)).is_err());
    let second = liveness::money::TryKey::new(begin().reference().clone(), 2, begin().call());
    let refused = stage.journal.settle(&second, &Settled::Billed(Some(Box::new(first)))).unwrap_err();
    assert_eq!(refused.kind(), JournalErrorKind::OtherCall);
}

#[test]
fn a_session_that_ended_without_a_result_is_not_handed_out_again() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    stage.clock.advance(std::time::Duration::from_secs(3600));
    assert_eq!(stage.hosted().resume(&session).unwrap_err().kind(), ErrorKind::Expired);
    let error = stage.hosted().begin(&support::liveness()).unwrap_err();
    assert_eq!((error.kind(), stage.charges()), (ErrorKind::Expired, 1));
    let _ = pending(stage.hosted().begin(&support::liveness().with_attempt(2)));
}

/// As if the process were stopped before the first byte, and woken after its time.
#[derive(Debug)]
struct Asleep(liveness::ManualClock, u64);

impl Gate for Asleep {
    fn before_send(&self, _: &Attempt<'_>) -> liveness::Result<()> {
        self.0.advance(std::time::Duration::from_secs(self.1));
        Ok(())
    }
}

#[test]
fn a_process_that_wakes_after_its_time_sends_nothing() {
    // After its time, so close before its end that the attempt could outlast it, and after the attempt's own 30 s.
    for asleep in [3600, 61, 31] {
        let stage = Stage::new();
        let options = CallOptions::new().with_gate(std::sync::Arc::new(Asleep(stage.clock.clone(), asleep)));
        let error = stage.compare().begin_with(&same_person(), &options).unwrap_err();
        let (kind, ran, charges) = (error.kind(), error.ran(), error.charges());
        assert_eq!((kind, ran, charges), (ErrorKind::Unavailable, liveness::Ran::No, Charges::NONE), "{asleep} s");
        assert!(stage.sandbox.ledger().entries().is_empty());
        assert!(done(stage.compare().begin(&same_person())).is_passed(), "and the try is free");
    }
    let stage = Stage::new();
    let options = CallOptions::new().with_gate(std::sync::Arc::new(Asleep(stage.clock.clone(), 29)));
    assert!(stage.compare().begin_with(&same_person(), &options).is_ok(), "there is time enough");
}

#[test]
fn a_ticket_lets_nothing_out_once_its_time_is_over_or_another_holds_the_call() {
    let stage = Stage::new();
    let fingerprint = liveness::money::Fingerprint::new(1, "key", String::new());
    let mut intent = liveness::money::Intent::new(begin(), "acme/a".parse().unwrap(), fingerprint);
    intent.repeats_in_doubt = 1;
    let open = || match stage.journal.open(&intent).unwrap() {
        liveness::money::Opened::New(ticket) => ticket,
        refused => panic!("{refused:?}"),
    };
    let attempt = liveness::money::SentAttempt::new(1, support::NOW, None);
    let first = open();
    assert!(stage.journal.sent(&first, &attempt).is_ok());
    stage.let_time_pass();
    assert_eq!(stage.journal.sent(&first, &attempt).unwrap_err().kind(), JournalErrorKind::Late);
    let second = open();
    assert_eq!(stage.journal.sent(&first, &attempt).unwrap_err().kind(), JournalErrorKind::Stale);
    assert!(stage.journal.sent(&second, &attempt).is_ok());
}

#[test]
fn an_answer_that_comes_after_the_settlement_goes_to_its_caller_and_its_cost_to_the_record() {
    let stage = Stage::new();
    let (journal, clock) = (stage.journal.clone(), stage.clock.clone());
    let sandbox = stage.sandbox.clone();
    // The vendor takes an hour; meanwhile the operator settles by the statement.
    let slow = move |request: Request| {
        clock.advance(std::time::Duration::from_secs(3600));
        journal.settle(&begin(), &Settled::NotBilled).unwrap();
        sandbox.send(request)
    };
    let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), slow)
        .with_clock(stage.clock.clone())
        .with_billed_codes(["P0000"])
        .with_retry(RetryPolicy::never());
    let provider = AtMostOnce::new(vendor, stage.journal.clone()).unwrap().with_observer(stage.told.clone());
    stage.sandbox.move_clock(time::Duration::HOUR);
    let answered = provider.begin(&same_person());
    assert!(stage.told.events().iter().any(|event| event.contains("NotRecorded")), "{:?}", stage.told.events());
    let record = stage.journal.find(&begin()).unwrap().unwrap();
    match answered {
        Ok(progress) => assert_eq!(record.charges(), progress.verdict().unwrap().charges(), "no charge without a name"),
        Err(error) => assert_eq!(record.charges(), error.charges()),
    }
    assert!(record.is_settled);
}

#[test]
fn a_session_from_before_there_was_a_journal_is_resumed_without_one() {
    let stage = Stage::new();
    let bare = Jumdata::new(Sandbox::jumdata_credentials(), stage.sandbox.clone()).with_clock(stage.clock.clone());
    let url = liveness::ReturnUrl::parse("https://shop.example/back").unwrap();
    let session = pending(bare.begin(&liveness::Check::liveness().with_return_url(url)));
    assert!(stage.sandbox.finish(&session));
    assert!(done(stage.hosted().resume(&session)).is_passed());
    assert!(stage.journal.records(None, 10).unwrap().is_empty());
}
