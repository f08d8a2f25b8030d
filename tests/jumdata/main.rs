//! Jumdata: what is sent, byte for byte, and what every kind of answer becomes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod losses;
mod page;
mod portrait;
#[path = "../support/mod.rs"]
mod support;

use liveness::{
    Action, Again, Billed, Challenge, Check, ErrorKind, Failure, FlashColor, Goal, Jumdata, LivenessProvider, Outcome,
    Portrait, Progress, ProviderId, Receipt, Reference, Retake, RetryPolicy, Session, TransportError, Verdict,
    codes::Meaning, jumdata::Code,
};
use support::{NOW, Recorder, clock, liveness, ok, status, text};

const PASSED: &str =
    r#"{"code":200,"taskNo":"202611210800000000000002","data":{"faceImageUrl":"https://oss.example/f.jpg"}}"#;
const OPENED: &str =
    r#"{"code":200,"msg":"成功","charge":true,"taskNo":"202611210800000000000001","data":{"token":"t/1+="}}"#;

fn jumdata(recorder: &Recorder) -> Jumdata {
    Jumdata::new(
        liveness::jumdata::Credentials {
            app_id: "xyzxy2121zxyz".into(),
            app_secret: "efcefcef1121cefcefc1212121".into(),
        },
        recorder.clone(),
    )
    .with_clock(clock())
}

fn session(recorder: &Recorder) -> Session {
    let at = NOW;
    let receipt = Receipt::new(jumdata(recorder).id().clone()).with_reference(Reference::parse("order-7").unwrap());
    Session::new(receipt, "t/1+=", at, time::Duration::minutes(10))
        .with_page_url("https://page.example/")
        .with_billed(Billed::No)
}

fn resume(answer: &str) -> liveness::Result<Progress> {
    let recorder = Recorder::new([ok(answer)]);
    jumdata(&recorder).with_retry(RetryPolicy::never()).resume(&session(&recorder))
}

fn begin(answer: &str) -> liveness::Result<Progress> {
    jumdata(&Recorder::new([ok(answer)])).with_retry(RetryPolicy::never()).begin(&liveness())
}

fn pending(progress: Progress) -> Session {
    match progress {
        Progress::Pending(session) => session,
        Progress::Done(verdict) => panic!("{verdict:?}"),
    }
}

fn done(progress: Progress) -> Verdict {
    match progress {
        Progress::Done(verdict) => verdict,
        Progress::Pending(session) => panic!("{session:?}"),
    }
}

#[test]
fn init_is_sent_byte_for_byte() {
    let recorder = Recorder::new([ok(OPENED)]);
    let challenge =
        Challenge::new([Action::LookFront, Action::BlinkEye], [FlashColor::WHITE, FlashColor::BLACK]).unwrap();
    let _ = jumdata(&recorder)
        .with_extra_field("productCode", "life_check_v2")
        .begin(&liveness().with_challenge(challenge))
        .unwrap();
    let request = &recorder.requests()[0];
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://api.jumdata.com/lifecheck/h5/v2/init")
    );
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    // sign: printf xyzxy2121zxyzefcefcef1121cefcefc12121211795248000123 | sha256sum
    assert_eq!(
        text(request),
        "appId=xyzxy2121zxyz&timestamp=1795248000123&sign=6ba6c9f75bb0480526ac13c52b9c36c9f45a415ad924ab16c5b3aa6272c91a3e\
         &productCode=life_check_v2&returnUrl=https%3A%2F%2Fshop.example%2Fback%3Fa%3D1%26b%3D2\
         &colors=%23FFFFFF%2C%23000000&actions=LookFront%2CBlinkEye"
    );
}

#[test]
fn a_silent_check_sends_neither_colors_nor_actions() {
    let recorder = Recorder::new([ok(OPENED)]);
    let _ = jumdata(&recorder).begin(&liveness()).unwrap();
    assert!(text(&recorder.requests()[0]).ends_with("%26b%3D2"));
}

#[test]
fn result_is_sent_byte_for_byte() {
    let recorder = Recorder::new([ok(r#"{"code":"201"}"#)]);
    let _ = jumdata(&recorder).resume(&session(&recorder)).unwrap();
    let request = &recorder.requests()[0];
    assert_eq!(request.uri(), "https://api.jumdata.com/lifecheck/h5/v2/result");
    assert!(
        text(request).ends_with("6ba6c9f75bb0480526ac13c52b9c36c9f45a415ad924ab16c5b3aa6272c91a3e&token=t%2F1%2B%3D"),
        "{}",
        text(request)
    );
}

#[test]
fn a_slash_at_the_endpoints_end_is_not_doubled() {
    let recorder = Recorder::new([ok(OPENED)]);
    let _ = jumdata(&recorder).with_endpoint("https://mirror.example/api/").unwrap().begin(&liveness()).unwrap();
    assert_eq!(recorder.requests()[0].uri(), "https://mirror.example/api/lifecheck/h5/v2/init");
}

#[test]
fn an_opened_session_holds_all_that_is_needed_later() {
    let session = pending(begin(OPENED).unwrap());
    assert_eq!(session.token().reveal(), "t/1+=");
    assert_eq!(session.page_url(), "https://api.jumdata.com/lifecheck/h5/v2/html?token=t%2F1%2B%3D");
    assert_eq!((session.opened(), session.expires()), (NOW, NOW + time::Duration::minutes(10)));
    assert_eq!(session.billed(), Billed::Yes);
    let receipt = session.receipt();
    assert_eq!((receipt.request_id(), receipt.vendor_code()), (Some("202611210800000000000001"), Some("200")));
    assert_eq!(
        (receipt.vendor_message(), receipt.reference().map(Reference::as_str), receipt.is_sandbox()),
        (Some("成功"), Some("order-7"), false)
    );
}

#[test]
fn numbers_come_in_strings_and_strings_as_numbers() {
    let answer =
        r#"{"code":"200","charge":"false","taskNo":202611210800000000000001,"data":{"token":12345},"new":[1]}"#;
    let session = pending(begin(answer).unwrap());
    assert_eq!((session.token().reveal(), session.billed()), ("12345", Billed::No));
    assert_eq!(session.receipt().request_id(), Some("202611210800000000000001"));
}

#[test]
fn the_page_that_init_names_goes_before_the_configured_one() {
    let recorder = Recorder::new([
        ok(r#"{"code":200,"data":{"token":"t","url":"https://h5.example/p?token=t"}}"#),
        ok(r#"{"code":200,"data":{"token":"t","url":"javascript:alert(1)"}}"#),
    ]);
    let provider = jumdata(&recorder).with_page_address("https://api-h5.jumdata.com/lifecheck/v2/check/index").unwrap();
    let url = |provider: &Jumdata| pending(provider.begin(&liveness()).unwrap()).page_url().to_owned();
    assert_eq!(url(&provider), "https://h5.example/p?token=t");
    assert_eq!(url(&provider), "https://api-h5.jumdata.com/lifecheck/v2/check/index?token=t");
}

#[test]
fn a_success_without_a_token_is_an_unknown_outcome() {
    for data in ["", r#","data":{}"#, r#","data":null"#, r#","data":[]"#, r#","data":{"token":""}"#] {
        let error = begin(&format!(r#"{{"code":200,"charge":true{data}}}"#)).unwrap_err();
        assert_eq!(
            (error.kind(), error.billed(), error.again()),
            (ErrorKind::OutcomeUnknown, Billed::Yes, Again::MayBillAgain)
        );
    }
}

#[test]
fn what_is_no_answer_of_the_vendors_is_an_unknown_outcome_unless_it_is_called_our_fault() {
    for body in ["", "null", "[]", "{}", r#"{"code":null}"#, r#"{"code":{}}"#, "<html>", r#"{"code":200"#, "\u{FEFF}"] {
        for (status_code, kind) in [
            (200, ErrorKind::OutcomeUnknown),
            (502, ErrorKind::OutcomeUnknown),
            (404, ErrorKind::Protocol),
            (408, ErrorKind::OutcomeUnknown),
            (499, ErrorKind::OutcomeUnknown),
        ] {
            let recorder = Recorder::new([status(status_code, body)]);
            let error = jumdata(&recorder).begin(&liveness()).unwrap_err();
            assert_eq!(
                (error.kind(), error.billed(), error.again()),
                (kind, Billed::Unknown, Again::MayBillAgain),
                "{body}"
            );
        }
    }
}

#[test]
fn every_code_of_init_becomes_what_the_table_says() {
    for code in Code::ALL {
        let row = code.info();
        let answer = format!(r#"{{"code":{},"msg":"文字","taskNo":"77","data":{{"token":"t"}}}}"#, row.code());
        match (begin(&answer), row.meaning()) {
            (Ok(Progress::Pending(session)), _) => {
                assert_eq!((*code, session.billed()), (Code::Success, Billed::Unknown));
            }
            (Err(error), Meaning::Error { kind, again, .. }) if *code != Code::TokenExpired => {
                let billed = if again == Again::Safe { Billed::No } else { Billed::Unknown };
                assert_eq!((error.kind(), error.again(), error.billed()), (kind, again, billed), "{code:?}");
                assert_eq!(
                    (error.vendor_code(), error.vendor_message(), error.request_id()),
                    (Some(row.code()), Some("文字"), Some("77"))
                );
            }
            (Err(error), _) => assert_eq!(error.kind(), ErrorKind::Protocol, "{code:?} makes no sense on init"),
            (progress, _) => panic!("{code:?}: {progress:?}"),
        }
    }
}

#[test]
fn every_code_of_result_becomes_what_the_table_says() {
    for code in Code::ALL {
        let row = code.info();
        let answer = PASSED.replacen("200", &format!("\"{}\"", row.code()), 1);
        match (resume(&answer), row.meaning()) {
            (Ok(Progress::Done(verdict)), Meaning::Verdict { outcome, live, .. }) => {
                assert_eq!(
                    (verdict.outcome(), verdict.live(), verdict.billed()),
                    (outcome, live, row.billed()),
                    "{code:?}"
                );
                assert_eq!(verdict.receipt().reference().map(Reference::as_str), Some("order-7"));
            }
            (Ok(Progress::Pending(_)), Meaning::Pending) => {}
            (Err(error), Meaning::Error { kind, again, .. }) => {
                assert_eq!((error.kind(), error.again()), (kind, again), "{code:?}")
            }
            (progress, becomes) => panic!("{code:?}: {progress:?} instead of {becomes:?}"),
        }
    }
}

#[test]
fn the_three_verdicts_say_what_was_proven_and_billed() {
    let passed = done(resume(PASSED).unwrap());
    assert_eq!(
        (passed.outcome(), passed.established(), passed.billed()),
        (Outcome::Passed, &[Goal::Liveness][..], Billed::Yes)
    );
    assert_eq!(passed.portrait_url(), Some("https://oss.example/f.jpg"));
    let failed = done(resume(r#"{"code":202,"data":null}"#).unwrap());
    assert_eq!(
        (failed.outcome(), failed.live(), failed.billed()),
        (Outcome::Failed(Failure::LivenessNotPassed), Some(false), Billed::Yes)
    );
    let retake = done(resume(r#"{"code":203}"#).unwrap());
    assert_eq!(
        (retake.outcome(), retake.live(), retake.billed()),
        (Outcome::Retake(Retake::CaptureFailed), None, Billed::Unknown)
    );
    assert!(failed.established().is_empty() && retake.established().is_empty());
}

#[test]
fn the_answers_own_charge_goes_before_what_is_documented() {
    assert_eq!(done(resume(r#"{"code":202,"charge":false}"#).unwrap()).billed(), Billed::No);
    assert_eq!(done(resume(r#"{"code":203,"charge":true}"#).unwrap()).billed(), Billed::Yes);
    assert_eq!(pending(resume(r#"{"code":201,"charge":false}"#).unwrap()).billed(), Billed::No, "of both calls");
    assert_eq!(pending(resume(r#"{"code":201}"#).unwrap()).billed(), Billed::Unknown);
    assert_eq!(pending(resume(r#"{"code":201,"charge":true}"#).unwrap()).billed(), Billed::Yes);
}

#[test]
fn a_refusal_that_was_charged_is_not_sent_again() {
    let recorder = Recorder::new([ok(r#"{"code":609,"charge":true}"#)]);
    let error = jumdata(&recorder).begin(&liveness()).unwrap_err();
    assert_eq!(
        (error.kind(), error.billed(), error.again()),
        (ErrorKind::RateLimited, Billed::Yes, Again::MayBillAgain)
    );
}

#[test]
fn under_a_status_that_is_not_the_vendors_a_code_is_no_promise_that_nothing_ran() {
    for (status_code, code, kind) in [
        (500, 500, ErrorKind::OutcomeUnknown),
        (504, 500, ErrorKind::OutcomeUnknown),
        (503, 609, ErrorKind::OutcomeUnknown),
        (504, 504, ErrorKind::OutcomeUnknown),
        (429, 609, ErrorKind::RateLimited),
        (302, 500, ErrorKind::Unavailable),
    ] {
        let recorder = Recorder::new([status(status_code, &format!(r#"{{"code":{code},"msg":"系统异常"}}"#))]);
        let error = jumdata(&recorder).begin(&liveness()).unwrap_err();
        assert_eq!(
            (error.kind(), error.again(), error.billed()),
            (kind, Again::MayBillAgain, Billed::Unknown),
            "{status_code} {code}"
        );
    }
    let recorder = Recorder::new([status(500, r#"{"code":500,"charge":false}"#), ok(OPENED)]);
    let _ = pending(jumdata(&recorder).begin(&liveness()).unwrap());
}

#[test]
fn a_rate_limit_is_waited_out() {
    let recorder = Recorder::new([ok(r#"{"code":609,"charge":false}"#), ok(r#"{"code":500}"#), ok(OPENED)]);
    let _ = pending(jumdata(&recorder).begin(&liveness()).unwrap());
    assert_eq!(recorder.requests().len(), 3);
}

#[test]
fn an_unknown_code_is_kept_as_it_came() {
    for call in [begin, resume] {
        let error = call(r#"{"code":"NEW-7","msg":"新"}"#).unwrap_err();
        assert_eq!(
            (error.kind(), error.vendor_code(), error.again()),
            (ErrorKind::Vendor, Some("NEW-7"), Again::Never)
        );
    }
}

#[test]
fn a_session_is_asked_for_until_a_day_past_its_expiry() {
    let clock = clock();
    let recorder = Recorder::new([ok(PASSED)]);
    let provider = jumdata(&recorder).with_clock(clock.clone());
    clock.set(NOW + time::Duration::minutes(10) + time::Duration::DAY);
    assert!(done(provider.resume(&session(&recorder)).unwrap()).is_passed());
    clock.set(NOW + time::Duration::seconds(601) + time::Duration::DAY);
    let error = provider.resume(&session(&recorder)).unwrap_err();
    assert_eq!((error.kind(), error.billed(), error.ran()), (ErrorKind::Expired, Billed::No, liveness::Ran::No));
}

#[test]
fn another_accounts_session_is_refused_before_any_call() {
    let recorder = Recorder::new([]);
    let stranger =
        Session::new(Receipt::new(ProviderId::new("jumdata", "other").unwrap()), "t", NOW, time::Duration::MINUTE);
    for error in
        [jumdata(&recorder).resume(&stranger).unwrap_err(), jumdata(&recorder).page_html(&stranger).unwrap_err()]
    {
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("session")));
    }
}

#[test]
fn what_it_cannot_do_or_lacks_is_refused_before_any_call() {
    let provider = jumdata(&Recorder::new([]));
    let error = provider.begin(&support::same_person()).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::Unsupported, Billed::No));
    let error = provider.begin(&Check::liveness()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("return_url")));
}
