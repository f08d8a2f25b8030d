//! A third vendor, written outside the crate with public constructors alone, and matches without a wildcard.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

use liveness::{
    Again, Billed, Check, Error, ErrorKind, Goal, Input, LivenessProvider, Outcome, Progress, ProviderId, Receipt,
    Requirements, Result, ReturnUrl, Score, Session, Text, Verdict,
};
use time::{Duration, macros::datetime};

/// Passes who comes back once.
#[derive(Debug)]
struct Acme(ProviderId);

impl LivenessProvider for Acme {
    fn id(&self) -> &ProviderId {
        &self.0
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([Goal::Liveness]).with_needed([Input::ReturnUrl])
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.requirements().verify(check).map_err(|error| error.with_provider(self.0.clone()))?;
        let opened = datetime!(2026-11-21 08:00 UTC);
        let receipt = Receipt::new(self.0.clone()).with_request_id("A-1").with_reference("order-7".parse().unwrap());
        let session = Session::new(receipt, "t-1", opened, Duration::minutes(5))
            .with_page_url("https://acme.example/t-1")
            .with_billed(Billed::No);
        Ok(Progress::Pending(session))
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        if session.provider() != &self.0 {
            return Err(Error::invalid("session")
                .with_reason(Text { english: "another account's", chinese: "属于另一账号" }));
        }
        match session.token().reveal() {
            "t-1" => {
                let verdict = Verdict::new(Outcome::Passed, session.receipt().clone())
                    .with_established([Goal::Liveness])
                    .with_live(true)
                    .with_score(Score::new(99.0).unwrap())
                    .with_billed(Billed::Yes);
                Ok(Progress::Done(verdict))
            }
            _ => Err(Error::new(ErrorKind::Expired).with_provider(self.0.clone()).with_billed(Billed::No)),
        }
    }
}

/// Compiles only while these enums are exhaustive.
fn describe(progress: &Progress) -> (&'static str, &'static str) {
    let billed = |billed| match billed {
        Billed::Yes => "billed",
        Billed::No => "free",
        Billed::Unknown => "to be reconciled",
    };
    match progress {
        Progress::Pending(session) => ("pending", billed(session.billed())),
        Progress::Done(verdict) => {
            let outcome = match verdict.outcome() {
                Outcome::Passed => "passed",
                Outcome::Failed(_) => "failed",
                Outcome::Retake(_) => "retake",
                Outcome::Unverifiable(_) => "unverifiable",
            };
            (outcome, billed(verdict.billed()))
        }
    }
}

const fn next_step(again: Again) -> &'static str {
    match again {
        Again::Safe => "ask again",
        Again::MayBillAgain => "reconcile first",
        Again::Never => "do not ask again",
    }
}

#[test]
fn another_crate_can_write_a_provider_and_drive_it_by_the_same_program() {
    let provider: Box<dyn LivenessProvider> = Box::new(Acme(ProviderId::new("acme", "a").unwrap()));
    let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/").unwrap());
    let progress = provider.begin(&check).unwrap();
    assert_eq!(describe(&progress), ("pending", "free"));
    let Progress::Pending(session) = progress else { unreachable!() };
    let stored = serde_json::to_string(&session).unwrap();
    let progress = provider.resume(&serde_json::from_str(&stored).unwrap()).unwrap();
    assert_eq!(describe(&progress), ("passed", "billed"));
}

#[test]
fn its_errors_say_who_must_act_and_whether_to_ask_again() {
    let provider = Acme(ProviderId::new("acme", "a").unwrap());
    let error = provider.begin(&Check::liveness()).unwrap_err();
    assert_eq!((error.field(), next_step(error.again())), (Some("return_url"), "do not ask again"));
    let stranger = Session::new(
        Receipt::new(ProviderId::new("acme", "b").unwrap()),
        "t-1",
        datetime!(2026-11-21 08:00 UTC),
        Duration::minutes(5),
    );
    assert_eq!(provider.resume(&stranger).unwrap_err().field(), Some("session"));
}

#[test]
fn a_provider_without_portraits_need_not_say_so() {
    let provider = Acme(ProviderId::new("acme", "a").unwrap());
    let verdict = Verdict::new(Outcome::Passed, Receipt::new(provider.id().clone()));
    assert_eq!(provider.portrait(&verdict).unwrap(), None);
    let strangers = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("acme", "b").unwrap()));
    let error = provider.portrait(&strangers).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("verdict")));
    assert_eq!((error.provider(), error.billed()), (Some(provider.id()), Billed::No));
}
