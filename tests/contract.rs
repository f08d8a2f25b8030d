//! One contract, every implementation: both vendors on the sandbox, a set of providers, and the mock.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use liveness::{
    Billed, Check, Error, ErrorKind, Failure, Goal, Input, Jumdata, LivenessProvider, Outcome, Progress, ProviderId,
    Receipt, Requirements, TencentMarket, Verdict,
    contract::{Scene, Stage},
    mock::MockLivenessProvider,
    money::Failover,
    sandbox::{Fault, Sandbox, Scenario},
};
use support::{clock, liveness, same_person};

fn sandbox(scene: Scene) -> Sandbox {
    let sandbox = Sandbox::builder().with_clock(clock()).build();
    match scene {
        Scene::Fails => sandbox.arm(Scenario::named("liveness-not-passed").unwrap()),
        Scene::LosesTheAnswer => sandbox.arm_fault(Fault::DropAfterCharge, 1),
        _ => {}
    }
    sandbox
}

fn on(sandbox: Sandbox, provider: impl LivenessProvider + 'static) -> Stage {
    let calls = sandbox.clone();
    Stage::new(provider, move || calls.ledger().entries().len()).with_person(move |session| {
        sandbox.finish(session);
    })
}

fn jumdata(scene: Scene) -> Stage {
    let sandbox = sandbox(scene);
    on(sandbox.clone(), hosted(&sandbox))
}

fn tencent_market(scene: Scene) -> Stage {
    let sandbox = sandbox(scene);
    on(sandbox.clone(), one_shot(&sandbox))
}

fn hosted(sandbox: &Sandbox) -> Jumdata {
    Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()).with_clock(clock())
}

fn one_shot(sandbox: &Sandbox) -> TencentMarket {
    TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone()).with_clock(clock())
}

/// A mock that keeps the contract, as a user would set one up.
fn mock(scene: Scene) -> Stage {
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
            check.reference().cloned().into_iter().fold(error, Error::with_reference)
        };
        requirements().verify(check).map_err(named)?;
        counted.fetch_add(1, Ordering::Relaxed);
        let mut receipt = Receipt::new(id.clone());
        if let Some(reference) = check.reference() {
            receipt = receipt.with_reference(reference.clone());
        }
        let outcome = match scene {
            Scene::Fails => Outcome::Failed(Failure::LivenessNotPassed),
            Scene::LosesTheAnswer => return Err(named(Error::new(ErrorKind::OutcomeUnknown))),
            _ => Outcome::Passed,
        };
        let proven = if outcome == Outcome::Passed { vec![Goal::Liveness] } else { Vec::new() };
        Ok(Progress::Done(Verdict::new(outcome, receipt).with_established(proven)))
    });
    provider.expect_resume().returning(|_| {
        Err(Error::new(ErrorKind::Unsupported).with_provider(ProviderId::new("mock", "default").unwrap()))
    });
    provider
        .expect_portrait()
        .returning(|_| Err(Error::invalid("verdict").with_provider(ProviderId::new("mock", "default").unwrap())));
    Stage::new(provider, move || calls.load(Ordering::Relaxed))
}

mod jumdata_keeps_it {
    liveness::contract!(super::jumdata);
}

mod tencent_market_keeps_it {
    liveness::contract!(super::tencent_market);
}

fn set(scene: Scene) -> Stage {
    let sandbox = sandbox(scene);
    let set = Failover::new("test", [Arc::new(hosted(&sandbox)) as Arc<dyn LivenessProvider>]).unwrap();
    on(sandbox, set.with_clock(clock()))
}

mod a_set_keeps_it {
    liveness::contract!(super::set);
}

mod the_mock_keeps_it {
    liveness::contract!(super::mock);
}

/// Asks the vendor's paid call again and again, whatever was lost.
#[derive(Debug)]
struct Careless(TencentMarket);

impl LivenessProvider for Careless {
    fn id(&self) -> &ProviderId {
        self.0.id()
    }

    fn requirements(&self) -> Requirements {
        self.0.requirements()
    }

    fn begin(&self, check: &Check) -> liveness::Result<Progress> {
        self.0.begin(check).or_else(|_| self.0.begin(check))
    }

    fn resume(&self, session: &liveness::Session) -> liveness::Result<Progress> {
        self.0.resume(session)
    }
}

#[test]
#[should_panic(expected = "the answer was lost")]
fn a_provider_that_sends_a_lost_paid_call_again_breaks_it() {
    liveness::contract::a_lost_paid_call_is_an_unknown_outcome_and_stays_one_call(|scene| {
        let sandbox = sandbox(scene);
        on(sandbox.clone(), Careless(one_shot(&sandbox)))
    });
}

#[test]
#[should_panic(expected = "a check that cannot be run is refused")]
fn a_provider_that_calls_without_looking_at_the_check_breaks_it() {
    liveness::contract::what_is_missing_is_named_before_any_call(|_| {
        let mut careless = MockLivenessProvider::new();
        careless.expect_requirements().returning(|| Requirements::new([Goal::Liveness]).with_needed([Input::Photo]));
        careless.expect_begin().returning(|_| {
            let receipt = Receipt::new(ProviderId::new("mock", "default").unwrap());
            Ok(Progress::Done(Verdict::new(Outcome::Passed, receipt)))
        });
        Stage::new(careless, || 0)
    });
}

#[test]
fn a_failed_hosted_check_tells_both_its_costs() {
    let sandbox = sandbox(Scene::Fails);
    let provider = hosted(&sandbox);
    let Progress::Pending(session) = provider.begin(&liveness()).unwrap() else { panic!("a hosted vendor") };
    sandbox.finish(&session);
    let Progress::Done(verdict) = provider.resume(&session).unwrap() else { panic!("the person is done") };
    assert_eq!((session.billed(), verdict.billed()), (Billed::Yes, Billed::Yes));
}

#[test]
fn boxes_and_arcs_of_a_provider_are_providers() {
    let provider: Arc<dyn LivenessProvider> = Arc::new(one_shot(&sandbox(Scene::Passes)));
    let boxed: Box<dyn LivenessProvider> = Box::new(Arc::clone(&provider));
    assert_eq!((boxed.id(), boxed.requirements()), (provider.id(), provider.requirements()));
    let Progress::Done(verdict) = boxed.begin(&same_person()).unwrap() else { panic!("one shot") };
    assert!(boxed.portrait(&verdict).unwrap().is_none());
}
