//! What an answer says of its charge, in forms that no document shows.

use liveness::{Again, Billed, ErrorKind};

use super::*;

#[test]
fn a_charge_that_cannot_be_read_is_not_absent() {
    for body in [
        r#"{"code":500,"charge":1}"#,
        r#"{"code":500,"charge":"1"}"#,
        r#"{"code":500,"charge":"True"}"#,
        r#"{"code":500,"charge":null}"#,
        r#"{"code":500,"Charge":true}"#,
        r#"{"code":500,"data":{"charge":true}}"#,
        r#"{"code":500,"charge":true,"charge":false}"#,
        r#"{"code":609,"charge":0}"#,
        r#"{"code":609,"charge":"yes"}"#,
    ] {
        // A second request would be a failure of the test.
        let error = init(body).unwrap_err();
        assert_eq!((error.again(), error.billed()), (Again::MayBillAgain, Billed::Unknown), "{body}");
        assert_ne!(error.ran(), liveness::Ran::No, "{body}");
    }
    let opened = OPENED.replace("true", "1");
    let Ok(Progress::Pending(session)) = init(&opened) else { panic!("it is opened") };
    assert_eq!(session.billed(), Billed::Unknown);
    assert_eq!(
        done(result(ok(LIVE.replace(r#""taskNo""#, r#""charge":1,"taskNo""#)))).unwrap().billed(),
        Billed::Unknown
    );
}

#[test]
fn an_absent_charge_of_what_was_refused_means_that_nothing_ran() {
    let opened = jumdata([ok(r#"{"code":500}"#), ok(r#"{"code":609,"charge":false}"#), ok(OPENED)]).begin(&hosted());
    assert!(opened.is_ok());
    let error = jumdata([ok(r#"{"code":609}"#)]).with_retry(RetryPolicy::never()).begin(&hosted()).unwrap_err();
    assert_eq!((error.billed(), error.ran()), (Billed::No, liveness::Ran::No));
}

#[test]
fn what_a_lost_answer_did_say_about_its_charge_is_kept() {
    let lost = answer(502, &[], r#"{"code":500,"charge":true}"#);
    let passed = LIVE.replace(r#""taskNo""#, r#""charge":false,"taskNo""#);
    let verdict = done(results([lost, ok(passed)])).unwrap();
    assert_eq!(verdict.billed(), Billed::Yes);
}

#[test]
fn a_limit_that_may_last_a_day_is_left_to_the_caller() {
    let error = init(r#"{"code":606,"msg":"调用超限,请稍候再试"}"#).unwrap_err();
    assert_eq!((error.kind(), error.again(), error.billed()), (ErrorKind::RateLimited, Again::Safe, Billed::No));
    assert_eq!(error.vendor_message(), Some("调用超限,请稍候再试"));
}
