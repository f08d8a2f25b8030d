use std::thread;

use liveness::{
    Action, Billed, Challenge, Check, ErrorKind, FlashColor, Goal, LivenessProvider, Outcome, Progress, Sex,
    sandbox::{Call, Scenario, Vendor},
    tencent_market::SignatureScheme,
};
use time::macros::date;

use crate::support::*;

#[test]
fn both_vendors_pass_and_say_what_they_cost() {
    let bench = bench();
    let verdict = bench.compare().unwrap();
    assert!(verdict.is_passed() && verdict.established() == [Goal::Liveness, Goal::SamePerson]);
    assert_eq!((verdict.birth_date(), verdict.sex()), (Some(date!(1949 - 12 - 31)), Some(Sex::Female)));
    assert!(verdict.score().is_some() && verdict.address().is_some());

    let session = bench.open();
    assert_eq!(session.billed(), Billed::Yes);
    assert_eq!(bench.jumdata.resume(&session).unwrap(), Progress::Pending(with_a_result_asked(&session)));
    assert!(bench.sandbox.finish(&session));
    let verdict = bench.resume(&session).unwrap();
    assert_eq!((verdict.outcome(), verdict.billed()), (Outcome::Passed, Billed::Yes));
    assert_eq!(verdict.established(), [Goal::Liveness]);
    assert_eq!(bench.sandbox.ledger().charges(), 3);
}

#[test]
fn the_page_and_the_portrait_are_fetched_through_the_same_sandbox() {
    let bench = bench();
    let session = bench.open();
    assert!(session.page_url().starts_with("https://api.jumdata.com/lifecheck/h5/v2/html?token="));
    assert!(bench.jumdata.page_html(&session).unwrap().starts_with("<!doctype html>"));
    bench.sandbox.finish(&session);
    let error = bench.jumdata.page_html(&session).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Vendor);
    let verdict = bench.resume(&session).unwrap();
    let portrait = bench.jumdata.portrait(&verdict).unwrap().unwrap();
    assert!(liveness::Photo::from_bytes(portrait, &liveness::PhotoSpec::TENCENT_MARKET).is_ok());
}

#[test]
fn every_challenge_that_the_client_builds_is_one_that_the_vendor_takes() {
    let bench = bench();
    let colors = || FlashColor::BRIGHT.into_iter().chain(FlashColor::DARK);
    for challenge in [
        Challenge::new(Action::ALL.iter().copied(), []),
        Challenge::new([], colors()),
        Challenge::new(Action::ALL.iter().copied(), colors()),
        Challenge::new([Action::NodHead, Action::LookFront], [FlashColor::WHITE, FlashColor::BLACK]),
        Challenge::new([], [FlashColor::BLACK]),
    ] {
        let check = hosted().with_challenge(challenge.unwrap());
        assert!(matches!(bench.jumdata.begin(&check), Ok(Progress::Pending(_))));
    }
    let jumdata = bench.jumdata.clone().with_extra_field("productCode", "life_check_v2");
    assert!(jumdata.begin(&hosted()).is_ok());
}

#[test]
fn what_a_vendor_cannot_do_is_unsupported_and_reaches_nobody() {
    let bench = bench();
    let check =
        Check::same_person(identity("11010519491231002X")).with_return_url(hosted().return_url().unwrap().clone());
    assert_eq!(bench.jumdata.begin(&check).unwrap_err().kind(), ErrorKind::Unsupported);
    let check = same_person().with_challenge(Challenge::new([Action::NodHead], []).unwrap());
    assert_eq!(bench.tencent.begin(&check).unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(bench.sandbox.ledger().entries().is_empty());
}

#[test]
fn a_magic_identity_asks_for_its_scenario() {
    let bench = bench();
    for scenario in Scenario::all() {
        let Some(number) = scenario.id_number() else { continue };
        let check = Check::same_person(identity(&number)).with_photo(photo());
        let tencent = bench.tencent.clone().with_retry(liveness::RetryPolicy::never());
        let got = tencent.begin(&check);
        let code = match &got {
            Ok(Progress::Done(verdict)) => verdict.receipt().vendor_code().unwrap().to_owned(),
            Ok(Progress::Pending(_)) => panic!("{scenario:?} is pending"),
            Err(error) => error.vendor_code().unwrap_or(error.vendor_message().unwrap()).to_owned(),
        };
        let answer = scenario.answer_for(Vendor::TencentMarket).unwrap().to_string();
        let text = answer.split_once(' ').map_or(answer.as_str(), |(_, rest)| &rest[4..]);
        assert!(text.split('…').all(|part| code.contains(part.trim())), "{code} for {answer}");
    }
}

#[test]
fn the_newer_gateways_scheme_passes_too() {
    let bench = bench();
    let tencent = bench.tencent.clone().with_signature_scheme(SignatureScheme::CloudMarket);
    assert!(done(tencent.begin(&same_person()).unwrap()).is_passed());
    let bench = bench_with(|sandbox| {
        sandbox.with_tencent_market_account(liveness::tencent_market::Credentials {
            secret_id: "other".into(),
            secret_key: "other".into(),
        })
    });
    let tencent = bench.tencent.clone().with_signature_scheme(SignatureScheme::CloudMarket);
    assert!(tencent.begin(&same_person()).is_err());
}

#[test]
fn a_sessions_life_ends_after_ten_minutes() {
    let bench = bench();
    let session = bench.filmed();
    bench.clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(bench.jumdata.resume(&session).unwrap_err().kind(), ErrorKind::Expired);
    let (asked, _) = bench.calls_and_charges(Call::Result);
    assert_eq!(asked, 1, "only the vendor is believed");
}

#[test]
fn many_threads_share_a_provider_and_the_ledger_adds_up() {
    let bench = bench();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert!(bench.compare().unwrap().is_passed());
                    assert!(bench.resume(&bench.filmed()).unwrap().is_passed());
                }
            });
        }
    });
    assert_eq!(bench.calls_and_charges(Call::Compare), (80, 80));
    assert_eq!(bench.calls_and_charges(Call::Init), (80, 80));
    assert_eq!(bench.calls_and_charges(Call::Result), (80, 80));
}
