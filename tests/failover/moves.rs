//! After what the next provider is asked, and after what it is not.

use std::{sync::Arc, time::Duration};

use liveness::{
    AttemptTimeout, Billed, Charges, Error, ErrorKind, LivenessProvider, Ran, RetryPolicy, Session, TransportError,
    client::{Attempt, CallOptions, Gate},
    money::FailoverPolicy,
    sandbox::Fault,
};

use crate::{
    fixture::{Stub, Told, answered, check, hosted, listed, market, market_with, no_hook, passed_over, set, set_of},
    support::clock,
};

#[test]
fn the_first_that_answers_is_the_only_one_asked() {
    let clock = clock();
    let (a, b) = (market("a", &clock), market("b", &clock));
    let progress = set([&a, &b]).begin(&check()).unwrap();
    assert_eq!((answered(&progress).as_str(), passed_over(&progress)), ("tencent-market/a", vec![]));
    assert_eq!((a.charges(), b.calls()), (1, 0));
}

#[test]
fn a_person_who_fails_has_their_answer_and_the_next_provider_is_not_asked() {
    let clock = clock();
    let (a, b) = (market("a", &clock), market("b", &clock));
    a.arm("liveness-not-passed");
    assert!(!set([&a, &b]).begin(&check()).unwrap().verdict().unwrap().is_passed());
    assert_eq!(b.calls(), 0);
}

#[test]
fn it_moves_on_where_nothing_was_sent_and_where_the_vendor_refused_before_it_ran() {
    for refusal in ["credentials", "denied", "rate-limited", "unsent"] {
        let clock = clock();
        let (a, b) = (market("a", &clock), hosted("b", &clock));
        match refusal {
            "unsent" => a.sandbox.arm_fault(Fault::Refuse, 1),
            scenario => a.arm(scenario),
        }
        let progress = set([&a, &b]).begin(&check()).unwrap();
        assert_eq!(answered(&progress), "jumdata/b", "{refusal}");
        assert_eq!((a.charges(), b.charges()), (0, 1), "{refusal}");
        let kind = if refusal == "unsent" { "unavailable".to_owned() } else { refusal.replace('-', "_") };
        assert_eq!(passed_over(&progress), [format!("tencent-market/a ({kind})")]);
    }
}

#[test]
fn a_package_that_is_used_up_moves_on_at_both_vendors() {
    let clock = clock();
    for (first, second) in [(market("a", &clock), hosted("b", &clock)), (hosted("a", &clock), market("b", &clock))] {
        first.sandbox.set_package(0);
        let progress = set([&first, &second]).begin(&check()).unwrap();
        assert_eq!(answered(&progress), second.id().to_string());
        assert_eq!((first.charges(), second.charges()), (0, 1));
    }
}

#[test]
fn it_does_not_move_on_after_doubt_unless_the_policy_says_so() {
    let clock = clock();
    for doubt in [Fault::DropBeforeReading, Fault::DropAfterCharge, Fault::CutAnswer, Fault::GarbleAnswer] {
        let (a, b) = (market("a", &clock), market("b", &clock));
        a.sandbox.arm_fault(doubt, 1);
        let error = set([&a, &b]).begin(&check()).unwrap_err();
        assert_eq!((error.kind(), error.ran(), b.calls()), (ErrorKind::OutcomeUnknown, Ran::Maybe, 0), "{doubt}");
        assert_eq!(error.provider(), Some(a.id()));

        a.sandbox.arm_fault(doubt, 1);
        let told_so = set([&a, &b]).with_policy(FailoverPolicy::new().with_after_doubt(true));
        let progress = told_so.begin(&check()).unwrap();
        assert_eq!(passed_over(&progress), ["tencent-market/a (outcome_unknown)"], "{doubt}");
        let charges = progress.verdict().unwrap().charges();
        assert_eq!(charges, Charges::new(0, 2), "the doubt at the first counts too");
    }
}

#[test]
fn it_never_moves_on_after_a_call_that_ran_whatever_the_policy_says() {
    let charged = Error::new(ErrorKind::Unavailable).with_billed(Billed::Yes);
    let (a, b) = (Stub::failing("acme/a", charged), Stub::passing("acme/b"));
    let set = set_of([a, b.clone()]).with_policy(FailoverPolicy::new().with_after_doubt(true).with_after_cap(true));
    let error = set.begin(&check()).unwrap_err();
    assert_eq!((error.ran(), error.charges(), b.asked()), (Ran::Yes, Charges::new(1, 1), 0));
}

#[test]
fn an_input_that_the_vendor_refuses_is_the_callers_and_no_other_vendor_is_shown_it() {
    for policy in [FailoverPolicy::new(), FailoverPolicy::new().with_after_doubt(true)] {
        let clock = clock();
        let (a, b) = (market("a", &clock), market("b", &clock));
        a.arm("invalid-check");
        let error = set([&a, &b]).with_policy(policy).begin(&check()).unwrap_err();
        assert_eq!((error.kind(), error.field(), b.calls()), (ErrorKind::InvalidCheck, Some("id_number"), 0));
    }
}

#[test]
fn a_try_that_is_in_progress_elsewhere_is_not_asked_of_another() {
    let (a, b) = (Stub::failing("acme/a", Error::new(ErrorKind::InProgress)), Stub::passing("acme/b"));
    let set = set_of([a, b.clone()]).with_policy(FailoverPolicy::new().with_after_doubt(true));
    assert_eq!(set.begin(&check()).unwrap_err().kind(), ErrorKind::InProgress);
    assert_eq!(b.asked(), 0);
}

#[test]
fn a_cap_holds_for_all_providers_unless_the_policy_says_otherwise() {
    let over = || Stub::failing("acme/a", Error::new(ErrorKind::BudgetExceeded).with_field("per_day"));
    let b = Stub::passing("acme/b");
    let error = set_of([over(), b.clone()]).begin(&check()).unwrap_err();
    assert_eq!((error.kind(), error.field(), b.asked()), (ErrorKind::BudgetExceeded, Some("per_day"), 0));
    let dearer = set_of([over(), b]).with_policy(FailoverPolicy::new().with_after_cap(true));
    assert_eq!(passed_over(&dearer.begin(&check()).unwrap()), ["acme/a (budget_exceeded)"]);
}

/// A refusal that says nothing of a charge leaves one possible, although nothing ran.
#[test]
fn what_a_provider_that_was_passed_over_may_have_charged_is_added_to_the_answer() {
    let clock = clock();
    let denied = || Stub::failing("acme/a", Error::new(ErrorKind::Denied));
    let b = hosted("b", &clock);
    let progress = set_of([denied(), b.provider.clone()]).begin(&check()).unwrap();
    assert_eq!(progress.session().map(Session::charges), Some(Charges::new(1, 2)));
    b.arm("unavailable");
    let error = set_of([denied(), b.provider.clone()]).begin(&check()).unwrap_err();
    assert_eq!((error.kind(), error.ran(), error.charges()), (ErrorKind::Unavailable, Ran::No, Charges::new(0, 1)));
}

#[test]
fn the_number_of_a_call_in_doubt_is_kept_where_another_provider_answers() {
    let error = Error::new(ErrorKind::OutcomeUnknown).with_request_id("ZT-7");
    let set = set_of([Stub::failing("acme/a", error), Stub::passing("acme/b")]);
    let progress = set.with_policy(FailoverPolicy::new().with_after_doubt(true)).begin(&check()).unwrap();
    assert_eq!(progress.verdict().unwrap().passed_over()[0].request_id(), Some("ZT-7"));
}

#[test]
fn the_observer_hears_of_each_one_that_was_passed_over() {
    let clock = clock();
    let (a, b, told) = (market("a", &clock), hosted("b", &clock), Told::default());
    a.arm("credentials");
    let set = set([&a, &b]).with_observer(told.clone());
    let _ = set.begin(&check()).unwrap();
    assert_eq!(told.take(), ["passed over tencent-market/a (credentials)"]);
    a.arm("invalid-check");
    let _ = set.begin(&check()).unwrap_err();
    assert_eq!(told.take(), [""; 0], "nobody was passed over: the search ended");
}

/// Takes its time, and cannot be reached.
fn slow(clock: &liveness::ManualClock, takes: Duration) -> crate::fixture::Line {
    let moved = clock.clone();
    let hook = move |_: &liveness::Request| {
        moved.advance(takes);
        Err(TransportError::unsent("nobody listens"))
    };
    market_with("slow", clock, RetryPolicy::never(), Box::new(hook))
}

#[test]
fn a_deadline_holds_for_all_providers_together() {
    let clock = clock();
    let hook = |request: &liveness::Request| {
        let AttemptTimeout(timeout) = request.extensions().get().unwrap();
        assert_eq!(*timeout, Duration::from_secs(8));
        Ok(())
    };
    let b = market_with("b", &clock, RetryPolicy::never(), Box::new(hook));
    let options = CallOptions::new().with_deadline(Duration::from_secs(20));
    let progress = set([&slow(&clock, Duration::from_secs(12)), &b]).with_clock(clock).begin_with(&check(), &options);
    assert_eq!(answered(&progress.unwrap()), "tencent-market/b");
}

#[test]
fn no_provider_is_asked_in_so_little_time_that_a_paid_call_would_be_cut_short() {
    for (deadline, takes, is_asked) in [(20, 15_000, true), (20, 15_001, false), (4, 2_000, true), (4, 2_001, false)] {
        let clock = clock();
        let b = market_with("b", &clock, RetryPolicy::never(), no_hook());
        let options = CallOptions::new().with_deadline(Duration::from_secs(deadline));
        let set = set([&slow(&clock, Duration::from_millis(takes)), &b]).with_clock(clock.clone());
        let answer = set.begin_with(&check(), &options);
        assert_eq!((answer.is_ok(), b.calls()), (is_asked, usize::from(is_asked)), "{takes} of {deadline}");
        if let Err(error) = answer {
            assert_eq!((error.kind(), listed(error.passed_over())), (ErrorKind::Unavailable, vec![]));
        }
    }
}

#[derive(Debug, Default)]
struct Counted(std::sync::Mutex<Vec<String>>);

impl Gate for Counted {
    fn before_send(&self, attempt: &Attempt<'_>) -> liveness::Result<()> {
        self.0.lock().unwrap().push(attempt.provider.to_string());
        Ok(())
    }
}

#[test]
fn the_callers_gate_is_asked_before_each_attempt_at_each_provider() {
    let clock = clock();
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    a.arm("denied");
    let gate = Arc::new(Counted::default());
    let set = set([&a, &b]);
    let progress = set.begin_with(&check(), &CallOptions::new().with_gate(gate.clone())).unwrap();
    let _ = set.resume_with(progress.session().unwrap(), &CallOptions::new().with_gate(gate.clone())).unwrap();
    assert_eq!(*gate.0.lock().unwrap(), ["tencent-market/a", "jumdata/b", "jumdata/b"]);
}
