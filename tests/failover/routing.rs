//! Tests whose sessions and verdicts a set takes, and which sets are refused.

use std::sync::Arc;

use liveness::{
    CallKind, ErrorKind, LivenessProvider, Outcome, Progress, ProviderId, Receipt, Session, Verdict, money::Failover,
};

use crate::{
    fixture::{Line, Stub, answered, check, hosted, listed, market, passed_over, session_of, set, set_of},
    support::clock,
};

fn opened(set: &Failover) -> Session {
    set.begin(&check()).unwrap().session().unwrap().clone()
}

#[test]
fn a_session_is_resumed_by_the_account_that_opened_it_and_its_verdict_still_says_who_was_passed_over() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), hosted("b", &clock));
    let set = set([&a, &b]);
    a.arm("denied");
    let session = opened(&set);
    let before = a.calls();
    let Progress::Pending(session) = set.resume(&session).unwrap() else { panic!("nobody was filmed yet") };
    assert_eq!(listed(session.passed_over()), ["jumdata/a (denied)"]);
    b.sandbox.finish(&session);
    let progress = set.resume(&session).unwrap();
    assert_eq!(
        (answered(&progress).as_str(), passed_over(&progress)),
        ("jumdata/b", vec!["jumdata/a (denied)".to_owned()])
    );
    assert!(set.portrait(progress.verdict().unwrap()).unwrap().is_some());
    assert_eq!(a.calls(), before);
}

#[test]
fn a_resume_that_fails_is_its_vendors_and_nobody_else_is_asked() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), hosted("b", &clock));
    let set = set([&a, &b]);
    let session = opened(&set);
    a.arm("denied");
    let error = set.resume(&session).unwrap_err();
    assert_eq!((error.kind(), error.provider(), b.calls()), (ErrorKind::Denied, Some(a.id()), 0));
}

#[test]
fn a_retired_provider_finishes_its_sessions_and_begins_none() {
    let clock = clock();
    let (old, new) = (hosted("old", &clock), hosted("new", &clock));
    let session = opened(&set([&old]));
    old.sandbox.finish(&session);
    let set = set([&new]).with_retired(old.provider.clone());
    let progress = set.resume(&session).unwrap();
    assert!(set.portrait(progress.verdict().unwrap()).unwrap().is_some());
    new.arm("denied");
    let before = old.calls();
    assert_eq!(set.begin(&check()).unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(old.calls(), before);
    let accounts: Vec<_> = set.accounts().iter().map(ToString::to_string).collect();
    assert_eq!(accounts, ["jumdata/new", "jumdata/old"]);
}

#[test]
fn what_belongs_to_nobody_here_is_refused_before_any_call() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), market("b", &clock));
    let set = set([&a, &b]);
    for stranger in ["jumdata/c", "failover/test"] {
        let error = set.resume(&session_of(stranger)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("session")), "{stranger}");
        let receipt = Receipt::new(stranger.parse().unwrap()).with_reference("order-7".parse().unwrap());
        let verdict = Verdict::new(Outcome::Passed, receipt).with_portrait_url("https://oss.example/f.jpg");
        let error = set.portrait(&verdict).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("verdict")), "{stranger}");
        assert_eq!(error.reference().map(AsRef::as_ref), Some("order-7"));
    }
    assert_eq!((a.calls(), b.calls()), (0, 0));
}

#[test]
fn the_id_of_a_set_stands_in_no_session() {
    let clock = clock();
    let set = set([&hosted("a", &clock)]);
    assert_eq!(set.id().to_string(), "failover/test");
    let session = opened(&set);
    assert!(session.provider() != set.id() && set.accounts().contains(session.provider()));
    assert!(!set.accounts().contains(set.id()));
}

#[test]
fn a_set_without_providers_or_with_two_of_one_account_or_a_bad_label_is_refused() {
    let clock = clock();
    let refused = |label: &str, lines: &[&Line]| {
        let error = Failover::new(label, lines.iter().map(|line| line.provider.clone())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error
    };
    let (a, b, same) = (market("a", &clock), hosted("a", &clock), market("a", &clock));
    assert_eq!(refused("x", &[]).field(), Some("candidates"));
    let error = refused("x", &[&a, &b, &same]);
    assert_eq!(error.field(), Some("candidates"));
    assert!(error.to_string().contains("tencent-market/a"), "{error}");
    assert_eq!(refused("a b", &[&a]).field(), Some("account"));
    assert!(Failover::new("x", [a.provider.clone(), b.provider.clone()]).is_ok(), "two vendors may share a label");
}

#[test]
fn a_set_within_a_set_owns_its_accounts_too() {
    let clock = clock();
    let (a, b) = (hosted("a", &clock), hosted("b", &clock));
    let inner: Arc<dyn LivenessProvider> = Arc::new(set([&a, &b]));
    let error = Failover::new("outer", [inner.clone(), b.provider.clone()]).unwrap_err();
    assert_eq!(error.field(), Some("candidates"));

    let last = Stub::passing("acme/c");
    let outer = set_of([inner, last]);
    a.arm("denied");
    let session = opened(&outer);
    assert_eq!((session.provider(), listed(session.passed_over())), (b.id(), vec!["jumdata/a (denied)".to_owned()]));
    assert!(outer.resume(&session).is_ok());
    a.arm("denied");
    b.arm("denied");
    assert_eq!(passed_over(&outer.begin(&check()).unwrap()), ["jumdata/b (denied)", "jumdata/a (denied)"]);
}

#[test]
fn the_exposure_of_a_set_covers_all_that_one_begin_can_reach_and_one_resume() {
    let stub = |id: &'static str, exposure| {
        let mut stub = Arc::into_inner(Stub::passing(id)).unwrap();
        stub.exposure = exposure;
        Arc::new(stub) as Arc<dyn LivenessProvider>
    };
    let set = set_of([stub("acme/a", 2), stub("acme/b", 3)]).with_retired(stub("acme/c", 4));
    assert_eq!((set.exposure(CallKind::Begin), set.exposure(CallKind::Resume)), (5, 4));
    let _: &ProviderId = set.id();
}
