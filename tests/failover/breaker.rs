//! Tests when a provider that fails is not called for a while.

use std::time::Duration;

use liveness::{
    ErrorKind, LivenessProvider, ManualClock, Outcome, Progress, Ran, Receipt, Result, Verdict,
    money::{BreakerPolicy, Failover},
    sandbox::Fault,
};

use crate::{
    fixture::{Line, Told, answered, check, hosted, listed, market, passed_over, session_of, set},
    support::clock,
};

const WAIT: Duration = Duration::from_secs(30);

fn two(a: &Line, b: &Line, clock: &ManualClock, told: &Told) -> Failover {
    let policy = BreakerPolicy::new().with_failures(2).with_wait(WAIT);
    set([a, b]).with_breaker(policy).with_clock(clock.clone()).with_observer(told.clone())
}

fn who(answer: Result<Progress>) -> String {
    answered(&answer.unwrap())
}

#[test]
fn a_provider_that_fails_again_and_again_is_passed_over_without_a_call_until_a_probe_succeeds() {
    let (clock, told) = (clock(), Told::default());
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    let set = two(&a, &b, &clock, &told);
    for _ in 0..2 {
        a.arm("denied");
        assert_eq!(who(set.begin(&check())), "jumdata/b");
    }
    let passed = "passed over tencent-market/a (denied)";
    assert_eq!(told.take(), [passed, "opened tencent-market/a", passed]);
    let before = a.calls();
    let progress = set.begin(&check()).unwrap();
    assert_eq!(passed_over(&progress), ["tencent-market/a (unavailable)"]);
    assert_eq!((answered(&progress).as_str(), a.calls()), ("jumdata/b", before));
    told.take();

    clock.advance(WAIT);
    assert_eq!(who(set.begin(&check())), "tencent-market/a");
    assert_eq!(told.take(), ["closed tencent-market/a"]);
    assert_eq!(who(set.begin(&check())), "tencent-market/a");
}

#[test]
fn a_probe_that_fails_keeps_the_provider_out_for_another_wait() {
    let (clock, told) = (clock(), Told::default());
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    let set = two(&a, &b, &clock, &told);
    a.sandbox.arm_fault(Fault::Refuse, 3);
    for _ in 0..2 {
        assert_eq!(who(set.begin(&check())), "jumdata/b");
    }
    clock.advance(WAIT);
    assert_eq!(who(set.begin(&check())), "jumdata/b", "the probe fails");
    clock.advance(WAIT - Duration::from_millis(1));
    assert_eq!(who(set.begin(&check())), "jumdata/b");
    clock.advance(Duration::from_millis(1));
    assert_eq!(who(set.begin(&check())), "tencent-market/a");
    assert_eq!(told.take().iter().filter(|event| event.starts_with("opened")).count(), 1, "it was open all the time");
}

/// Persons who do not pass, or whose input is refused, are no outage.
#[test]
fn what_a_person_did_never_opens_it() {
    let (clock, told) = (clock(), Told::default());
    let (a, b) = (market("a", &clock), market("b", &clock));
    let set = two(&a, &b, &clock, &told);
    for scenario in ["liveness-not-passed", "different-person", "no-face", "no-portrait-on-record", "invalid-check"] {
        for _ in 0..3 {
            a.arm(scenario);
            let _ = set.begin(&check());
        }
    }
    assert_eq!((a.calls(), b.calls(), told.take()), (15, 0, vec![]));
}

#[test]
fn what_may_have_run_counts_although_the_error_goes_to_the_caller() {
    let (clock, told) = (clock(), Told::default());
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    let set = two(&a, &b, &clock, &told);
    a.sandbox.arm_fault(Fault::DropAfterCharge, 2);
    for _ in 0..2 {
        assert_eq!(set.begin(&check()).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    }
    assert_eq!(who(set.begin(&check())), "jumdata/b", "another person's check");
}

#[test]
fn if_all_are_out_nothing_is_sent_and_the_error_says_for_how_long() {
    let (clock, told) = (clock(), Told::default());
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    let set = two(&a, &b, &clock, &told);
    for _ in 0..2 {
        a.sandbox.arm_fault(Fault::Refuse, 1);
        b.sandbox.arm_fault(Fault::Refuse, 1);
        assert_eq!(set.begin(&check()).unwrap_err().ran(), Ran::No);
    }
    let error = set.begin(&check()).unwrap_err();
    assert_eq!((error.kind(), error.ran(), error.charges().possible()), (ErrorKind::Unavailable, Ran::No, 0));
    assert_eq!(listed(error.passed_over()), ["jumdata/b (unavailable)"]);
    assert!(error.to_string().contains("not called for up to 31 s"), "{error}");
    assert_eq!((a.calls(), b.calls()), (0, 0));
    clock.advance(WAIT);
    assert!(set.begin(&check()).is_ok());
}

#[test]
fn an_open_breaker_holds_back_no_resume_and_a_resume_opens_none() {
    let (clock, told) = (clock(), Told::default());
    let (a, b) = (hosted("a", &clock), hosted("b", &clock));
    let set = two(&a, &b, &clock, &told);
    let session = set.begin(&check()).unwrap().session().unwrap().clone();
    for _ in 0..3 {
        a.sandbox.arm_fault(Fault::DropBeforeReading, 1);
        assert!(set.resume(&session).is_err());
    }
    assert_eq!(who(set.begin(&check())), "jumdata/a", "one person who reloads is not an outage");
    for _ in 0..2 {
        a.sandbox.arm_fault(Fault::Refuse, 1);
        assert_eq!(who(set.begin(&check())), "jumdata/b");
    }
    a.sandbox.finish(&session);
    assert!(set.resume(&session).unwrap().verdict().is_some());
}

#[test]
fn without_a_breaker_each_call_asks_the_first() {
    let clock = clock();
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    let set = set([&a, &b]).with_breaker(BreakerPolicy::never()).with_clock(clock);
    for _ in 0..20 {
        a.arm("denied");
        assert_eq!(who(set.begin(&check())), "jumdata/b");
    }
    assert_eq!(a.calls(), 20);
}

#[test]
fn a_set_that_asks_nobody_tells_its_refusal_once_and_one_that_asked_leaves_it_to_who_was_asked() {
    let (clock, told) = (clock(), Told::default());
    let refusals = || told.take().into_iter().filter(|event| event.starts_with("CallRefused")).collect::<Vec<_>>();
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    let set = two(&a, &b, &clock, &told);
    for _ in 0..2 {
        a.arm("denied");
        b.arm("denied");
        set.begin(&check()).unwrap_err();
    }
    assert_eq!(refusals(), Vec::<String>::new(), "both were asked");
    let (of_a, of_b) = (a.calls(), b.calls());
    let error = set.begin(&check()).unwrap_err();
    assert_eq!((error.kind(), a.calls(), b.calls()), (ErrorKind::Unavailable, of_a, of_b), "both breakers are open");
    let told = refusals();
    assert!(told.len() == 1 && told[0].contains(r#"vendor: "failover", account: "test""#), "{told:?}");
    assert!(told[0].contains(r#"name: "begin", kind: Unavailable, actor: Nobody"#), "{told:?}");
}

#[test]
fn a_set_tells_that_it_refused_a_session_or_a_verdict_of_nobody_in_it() {
    let (clock, told) = (clock(), Told::default());
    let (a, b) = (market("a", &clock), hosted("b", &clock));
    let set = two(&a, &b, &clock, &told);
    set.resume(&session_of("acme/z")).unwrap_err();
    let refused = told.take();
    assert!(refused.len() == 1 && refused[0].contains(r#"name: "resume", kind: InvalidCheck"#), "{refused:?}");
    set.portrait(&Verdict::new(Outcome::Passed, Receipt::new("acme/z".parse().unwrap()))).unwrap_err();
    let refused = told.take();
    assert!(refused.len() == 1 && refused[0].contains(r#"name: "portrait", kind: InvalidCheck"#), "{refused:?}");
}
