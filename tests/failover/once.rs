//! `Failover[AtMostOnce(A), AtMostOnce(B)]` with one journal: what the set does not ask twice, over crashes and other orders.

use std::sync::Arc;

use liveness::{
    Charges, Error, ErrorKind, LivenessProvider, Progress, Ran, Session,
    money::{AtMostOnce, BreakerPolicy, Failover, FailoverPolicy, MemoryJournal, SealingKey},
    sandbox::Fault,
};

use crate::{
    fixture::{Line, Stub, Told, answered, check, hosted, listed, market, passed_over, set, set_of},
    support::clock,
};

fn once(line: &Line, journal: &Arc<MemoryJournal>) -> Arc<dyn LivenessProvider> {
    let key = SealingKey::new(*b"0123456789abcdef0123456789abcdef");
    Arc::new(AtMostOnce::sealing(line.provider.clone(), Arc::clone(journal), key).unwrap())
}

/// A new process with the same journal has a new set, whose breakers are closed.
fn started<const N: usize>(lines: [&Line; N], journal: &Arc<MemoryJournal>) -> Failover {
    set_of(lines.map(|line| once(line, journal)))
}

#[test]
fn after_doubt_nobody_is_asked_in_any_order_and_whatever_the_policy_says() {
    let clock = clock();
    let (a, b, journal) = (market("a", &clock), market("b", &clock), Arc::new(MemoryJournal::new()));
    a.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    assert_eq!(started([&a, &b], &journal).begin(&check()).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    for lines in [[&a, &b], [&b, &a]] {
        for after_doubt in [false, true] {
            let policy = FailoverPolicy::new().with_after_doubt(after_doubt);
            let error = started(lines, &journal).with_policy(policy).begin(&check()).unwrap_err();
            assert_eq!((error.kind(), error.provider()), (ErrorKind::OutcomeUnknown, Some(a.id())));
            assert_eq!(error.charges(), Charges::new(0, 1), "one call is in doubt, whoever tells of it");
            let others = if after_doubt { vec![format!("{} (outcome_unknown)", lines[1].id())] } else { vec![] };
            assert_eq!(listed(error.passed_over()), others);
        }
    }
    assert_eq!((a.calls(), b.calls()), (1, 0));
}

#[test]
fn what_the_second_answered_is_given_again_without_a_call_in_any_order() {
    let clock = clock();
    let (a, b, journal) = (market("a", &clock), hosted("b", &clock), Arc::new(MemoryJournal::new()));
    a.arm("denied");
    let first = started([&a, &b], &journal).begin(&check()).unwrap();
    assert_eq!(passed_over(&first), ["tencent-market/a (denied)"]);
    let calls = (a.calls(), b.calls());
    for lines in [[&a, &b], [&b, &a]] {
        let again = started(lines, &journal).begin(&check()).unwrap();
        let session = again.session().unwrap();
        assert_eq!((answered(&again), session.receipt().is_repeat()), ("jumdata/b".to_owned(), true));
        assert_eq!(session.token(), first.session().unwrap().token());
    }
    assert_eq!((a.calls(), b.calls()), calls);
}

#[test]
fn a_hosted_check_that_moved_on_ends_once() {
    let clock = clock();
    let (a, b, journal) = (hosted("a", &clock), hosted("b", &clock), Arc::new(MemoryJournal::new()));
    let set = started([&a, &b], &journal);
    a.sandbox.set_package(0);
    let session: Session = set.begin(&check()).unwrap().into_verdict().unwrap_err();
    b.sandbox.finish(&session);
    let verdict = |progress: Progress| progress.into_verdict().unwrap();
    let (first, second) = (verdict(set.resume(&session).unwrap()), verdict(set.resume(&session).unwrap()));
    assert!(first.is_passed() && !first.receipt().is_repeat() && second.receipt().is_repeat());
    assert_eq!(listed(second.passed_over()), ["jumdata/a (rate_limited)"]);
    assert_eq!((a.charges(), b.charges()), (0, 2), "the session and its result");
}

#[test]
fn what_a_journal_says_opens_no_breaker_and_closes_none() {
    let clock = clock();
    let (a, b, journal) = (market("a", &clock), market("b", &clock), Arc::new(MemoryJournal::new()));
    let told = Told::default();
    let policy = BreakerPolicy::new().with_failures(2);
    let set = started([&a, &b], &journal).with_breaker(policy).with_clock(clock.clone()).with_observer(told.clone());
    a.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    for _ in 0..5 {
        assert_eq!(set.begin(&check()).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    }
    assert_eq!(told.take(), [""; 0], "one call was lost, and four looked it up");
    let other = |reference: &str| check().with_reference(reference.parse().unwrap());
    assert_eq!(answered(&set.begin(&other("order-8")).unwrap()), "tencent-market/a");

    for reference in ["order-9", "order-10"] {
        a.sandbox.arm_fault(Fault::Refuse, 1);
        assert_eq!(answered(&set.begin(&other(reference)).unwrap()), "tencent-market/b");
    }
    assert!(told.take().contains(&"opened tencent-market/a".to_owned()));
    clock.advance(policy.wait());
    assert_eq!(
        answered(&set.begin(&other("order-8")).unwrap()),
        "tencent-market/a",
        "a repeat takes the probe's place"
    );
    assert_eq!(told.take(), [""; 0], "and proves nothing");
    assert_eq!(answered(&set.begin(&other("order-11")).unwrap()), "tencent-market/a");
    assert_eq!(told.take(), ["closed tencent-market/a"]);
}

#[test]
fn a_set_inside_at_most_once_is_refused_when_it_is_built() {
    let clock = clock();
    let (a, b) = (market("a", &clock), market("b", &clock));
    for candidates in [set([&a, &b]), set([&a])] {
        let error = AtMostOnce::new(candidates, MemoryJournal::new()).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("provider")));
    }
}

/// The journal failed, not the vendors.
#[test]
fn a_journal_that_cannot_be_written_sends_nothing_anywhere() {
    let unwritten = || Error::new(ErrorKind::Unavailable).with_field("journal").with_ran(Ran::No);
    let told = Told::default();
    let (a, b) = (Stub::refusing("acme/a", unwritten()), Stub::refusing("acme/b", unwritten()));
    let set = set_of([a, b]).with_breaker(BreakerPolicy::new().with_failures(1)).with_observer(told.clone());
    for _ in 0..3 {
        let error = set.begin(&check()).unwrap_err();
        assert_eq!((error.kind(), error.field(), error.ran()), (ErrorKind::Unavailable, Some("journal"), Ran::No));
    }
    assert!(told.take().iter().all(|event| event.starts_with("passed over")));
}
