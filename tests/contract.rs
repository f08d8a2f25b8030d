//! One contract, every implementation: both vendors on the sandbox, and the mock.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use liveness::{
    Again, Billed, Challenge, Check, Error, ErrorKind, Failure, Goal, Input, Jumdata, LivenessProvider, Outcome,
    Progress, ProviderId, Receipt, Requirements, Session, TencentMarket, Verdict,
    mock::MockLivenessProvider,
    sandbox::{Fault, Sandbox, Scenario},
};
use support::{NOW, clock, identity, photo};

/// A provider, and what surrounds it in a test.
struct Stage {
    provider: Arc<dyn LivenessProvider>,
    /// The person before the camera, of a hosted vendor.
    person: Box<dyn Fn(&Session) + Sync>,
    /// How many calls reached the vendor.
    calls: Box<dyn Fn() -> usize>,
}

fn jumdata(prepare: impl Fn(&Sandbox)) -> Stage {
    let sandbox = sandbox(prepare);
    let provider =
        Jumdata::new(Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET, sandbox.clone()).with_clock(clock());
    stage(provider, sandbox)
}

fn tencent_market(prepare: impl Fn(&Sandbox)) -> Stage {
    let sandbox = sandbox(prepare);
    let (id, key) = (Sandbox::TENCENT_SECRET_ID, Sandbox::TENCENT_SECRET_KEY);
    stage(TencentMarket::new(id, key, sandbox.clone()).with_clock(clock()), sandbox)
}

fn sandbox(prepare: impl Fn(&Sandbox)) -> Sandbox {
    let sandbox = Sandbox::builder().with_clock(clock()).build();
    prepare(&sandbox);
    sandbox
}

fn stage(provider: impl LivenessProvider + 'static, sandbox: Sandbox) -> Stage {
    let calls = sandbox.clone();
    Stage {
        provider: Arc::new(provider),
        person: Box::new(move |session| {
            sandbox.finish(&session);
        }),
        calls: Box::new(move || calls.ledger().entries().len()),
    }
}

/// A mock that keeps the contract, as a user would set one up.
fn mock(outcome: Result<Outcome, ErrorKind>) -> Stage {
    let requirements = || Requirements::new([Goal::Liveness]).with_needed([Input::Photo]);
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let mut provider = MockLivenessProvider::new();
    provider.expect_id().return_const(ProviderId::new("mock", "default").unwrap());
    provider.expect_requirements().returning(requirements);
    provider.expect_begin().returning(move |check| {
        let id = ProviderId::new("mock", "default").unwrap();
        let named = |error: Error| {
            let error = error.with_provider(id.clone());
            check.reference().into_iter().fold(error, Error::with_reference)
        };
        requirements().verify(check).map_err(named)?;
        counted.fetch_add(1, Ordering::Relaxed);
        let mut receipt = Receipt::new(id.clone());
        if let Some(reference) = check.reference() {
            receipt = receipt.with_reference(reference);
        }
        let outcome = outcome.map_err(|kind| named(Error::new(kind)))?;
        let proven = if outcome == Outcome::Passed { vec![Goal::Liveness] } else { Vec::new() };
        Ok(Progress::Done(Verdict::new(outcome, receipt).with_established(proven)))
    });
    provider.expect_resume().returning(|_| {
        Err(Error::new(ErrorKind::Unsupported).with_provider(ProviderId::new("mock", "default").unwrap()))
    });
    provider
        .expect_portrait()
        .returning(|_| Err(Error::invalid("verdict").with_provider(ProviderId::new("mock", "default").unwrap())));
    Stage {
        provider: Arc::new(provider),
        person: Box::new(|_| {}),
        calls: Box::new(move || calls.load(Ordering::Relaxed)),
    }
}

/// Everything that any vendor may need.
fn full(check: Check) -> Check {
    let return_url = liveness::ReturnUrl::parse("https://shop.example/back").unwrap();
    check.with_identity(identity()).with_photo(photo()).with_return_url(return_url).with_reference("order-7")
}

fn run(stage: &Stage, check: &Check) -> liveness::Result<(Verdict, Option<Session>)> {
    match stage.provider.begin(check)? {
        Progress::Done(verdict) => Ok((verdict, None)),
        Progress::Pending(session) => {
            assert_eq!(session.provider(), stage.provider.id());
            assert_eq!(session.receipt().reference(), check.reference());
            assert!(session.page_url().starts_with("http") && session.expires() > session.opened());
            (stage.person)(&session);
            let stored = serde_json::from_str::<Session>(&serde_json::to_string(&session).unwrap()).unwrap();
            match stage.provider.resume(&stored)? {
                Progress::Done(verdict) => Ok((verdict, Some(session))),
                Progress::Pending(_) => panic!("the person is done"),
            }
        }
    }
}

fn a_pass_establishes_every_goal_that_was_promised(stage: &Stage) {
    for goal in stage.provider.requirements().goals() {
        let check = match goal {
            Goal::Liveness => full(Check::liveness()),
            _ => full(Check::same_person(identity())),
        };
        let (verdict, _) = run(stage, &check).unwrap();
        assert!(verdict.is_passed() && verdict.established().contains(goal), "{verdict:?}");
        assert_eq!(
            (verdict.receipt().provider(), verdict.receipt().reference()),
            (stage.provider.id(), Some("order-7"))
        );
    }
}

fn a_person_who_fails_is_a_verdict(stage: &Stage) {
    let (verdict, _) = run(stage, &full(Check::liveness())).unwrap();
    assert_eq!(verdict.outcome(), Outcome::Failed(Failure::LivenessNotPassed));
    assert!(verdict.established().is_empty());
}

fn what_it_cannot_do_is_unsupported_before_any_call(stage: &Stage) {
    let requirements = stage.provider.requirements();
    if !requirements.goals().contains(&Goal::SamePerson) {
        refused(stage, &full(Check::same_person(identity())), ErrorKind::Unsupported, "goal");
    }
    let challenge = Challenge::new([liveness::Action::BlinkEye], []).unwrap();
    if !requirements.can_run(&challenge) {
        refused(stage, &full(Check::liveness()).with_challenge(challenge), ErrorKind::Unsupported, "challenge");
    }
}

fn what_is_missing_is_named_before_any_call(stage: &Stage) {
    let first = stage.provider.requirements().needed()[0];
    refused(stage, &Check::liveness(), ErrorKind::InvalidCheck, first.field());
}

fn refused(stage: &Stage, check: &Check, kind: ErrorKind, field: &str) {
    let error = stage.provider.begin(check).unwrap_err();
    assert_eq!((error.kind(), error.field(), error.billed()), (kind, Some(field), Billed::No));
    assert_eq!((error.provider(), (stage.calls)()), (Some(stage.provider.id()), 0));
    assert_eq!(error.reference(), check.reference());
}

fn a_strangers_session_is_refused_before_any_call(stage: &Stage) {
    let receipt = Receipt::new(ProviderId::new("stranger", "default").unwrap());
    let error = stage.provider.resume(&Session::new(receipt, "t", NOW, time::Duration::MINUTE)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidCheck | ErrorKind::Unsupported));
    assert_eq!((error.billed(), (stage.calls)()), (Billed::No, 0));
}

/// Not "there is none": a program with several providers would believe it.
fn a_strangers_verdict_is_refused_before_any_call(stage: &Stage) {
    let receipt = Receipt::new(ProviderId::new("stranger", "default").unwrap());
    let error = stage.provider.portrait(&Verdict::new(Outcome::Passed, receipt)).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("verdict")));
    assert_eq!((error.provider(), error.billed(), (stage.calls)()), (Some(stage.provider.id()), Billed::No, 0));
}

fn a_lost_paid_call_is_an_unknown_outcome_and_stays_one_call(stage: &Stage) {
    let error = stage.provider.begin(&full(Check::liveness())).unwrap_err();
    assert_eq!(
        (error.kind(), error.billed(), error.again()),
        (ErrorKind::OutcomeUnknown, Billed::Unknown, Again::MayBillAgain)
    );
    assert_eq!((error.reference(), (stage.calls)()), (Some("order-7"), 1));
}

fn many_threads_share_it(stage: &Stage) {
    let (provider, person, check) = (&stage.provider, &stage.person, full(Check::liveness()));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..25).all(|_| match provider.begin(&check).unwrap() {
                        Progress::Done(verdict) => verdict.is_passed(),
                        Progress::Pending(session) => {
                            person(&session);
                            matches!(provider.resume(&session).unwrap(), Progress::Done(verdict) if verdict.is_passed())
                        }
                    })
                })
            })
            .collect();
        for thread in threads {
            assert!(thread.join().unwrap());
        }
    });
}

macro_rules! contract {
    ($($name:ident: $prepare:expr, $mocked:expr;)*) => {
        $(
            #[test]
            fn $name() {
                super::$name(&stage($prepare, $mocked));
            }
        )*
    };
}

macro_rules! suite {
    ($module:ident, $stage:expr) => {
        mod $module {
            use super::*;

            fn stage(prepare: fn(&Sandbox), mocked: Result<Outcome, ErrorKind>) -> Stage {
                let make: fn(fn(&Sandbox), Result<Outcome, ErrorKind>) -> Stage = $stage;
                make(prepare, mocked)
            }

            contract! {
                a_pass_establishes_every_goal_that_was_promised: |_| {}, Ok(Outcome::Passed);
                a_person_who_fails_is_a_verdict:
                    |sandbox| sandbox.arm(Scenario::named("liveness-not-passed").unwrap()),
                    Ok(Outcome::Failed(Failure::LivenessNotPassed));
                what_it_cannot_do_is_unsupported_before_any_call: |_| {}, Ok(Outcome::Passed);
                what_is_missing_is_named_before_any_call: |_| {}, Ok(Outcome::Passed);
                a_strangers_session_is_refused_before_any_call: |_| {}, Ok(Outcome::Passed);
                a_strangers_verdict_is_refused_before_any_call: |_| {}, Ok(Outcome::Passed);
                a_lost_paid_call_is_an_unknown_outcome_and_stays_one_call:
                    |sandbox| sandbox.arm_fault(Fault::DropAfterCharge, 1),
                    Err(ErrorKind::OutcomeUnknown);
                many_threads_share_it: |_| {}, Ok(Outcome::Passed);
            }
        }
    };
}

suite!(jumdata_keeps_it, |prepare, _| jumdata(prepare));
suite!(tencent_market_keeps_it, |prepare, _| tencent_market(prepare));
suite!(the_mock_keeps_it, |_, mocked| mock(mocked));

#[test]
fn a_failed_hosted_check_tells_both_its_costs() {
    let stage = jumdata(|sandbox| sandbox.arm(Scenario::named("liveness-not-passed").unwrap()));
    let (verdict, session) = run(&stage, &full(Check::liveness())).unwrap();
    assert_eq!((session.unwrap().billed(), verdict.billed()), (Billed::Yes, Billed::Yes));
}

#[test]
fn boxes_and_arcs_of_a_provider_are_providers() {
    let stage = tencent_market(|_| {});
    let boxed: Box<dyn LivenessProvider> = Box::new(Arc::clone(&stage.provider));
    assert_eq!((boxed.id(), boxed.requirements()), (stage.provider.id(), stage.provider.requirements()));
    let Progress::Done(verdict) = boxed.begin(&full(Check::liveness())).unwrap() else { panic!("one shot") };
    assert!(boxed.portrait(&verdict).unwrap().is_none());
}
