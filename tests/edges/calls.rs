//! What holds for a whole call, and what a provider can run.

use std::time::Duration;

use liveness::{
    Action, Body, Challenge, Clock, ErrorKind, FlashColor, Goal, Jumdata, LivenessProvider, Ran, Requirements,
    Response, RetryPolicy, SystemClock, TencentMarket, TransportError,
};

use crate::support::{Recorder, clock, liveness as liveness_check, same_person, status};

const SKEW: &str =
    r#"{"message":"HMAC signature cannot be verified, the x-date header is out of date for HMAC Authentication"}"#;

/// A gateway that finds our date wrong, and whose own clock is ahead of the tests' by as many hours.
fn skewed(hours: i64) -> Result<Response, TransportError> {
    let (weekday, hour) = if hours < 16 { ("Sat, 21", 8 + hours) } else { ("Sun, 22", hours - 16) };
    let date = format!("{weekday} Nov 2026 {hour:02}:00:00 GMT");
    Ok(http::Response::builder().status(401).header("date", date).body(Body::from(SKEW)).unwrap())
}

/// The same, seconds ahead.
fn skewed_by(seconds: i64) -> Result<Response, TransportError> {
    let date = format!("Sat, 21 Nov 2026 08:{:02}:{:02} GMT", seconds / 60, seconds % 60);
    Ok(http::Response::builder().status(401).header("date", date).body(Body::from(SKEW)).unwrap())
}

/// How many requests a check took with these answers, and the error that it ended with.
fn sent(replies: impl IntoIterator<Item = Result<Response, TransportError>>) -> (usize, ErrorKind) {
    let recorder = Recorder::new(replies);
    let retry = RetryPolicy::new().with_max_attempts(9).with_deadline(Duration::from_secs(900));
    let market = TencentMarket::new(
        liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() },
        recorder.clone(),
    )
    .with_clock(clock())
    .with_retry(retry);
    let error = market.begin(&same_person()).unwrap_err();
    (recorder.requests().len(), error.kind())
}

#[test]
fn a_clock_is_corrected_once_in_a_call_whatever_happens_in_between() {
    assert_eq!(sent([skewed(1), skewed(2)]), (2, ErrorKind::Denied));
    let unsent = || Err(TransportError::unsent("refused"));
    assert_eq!(sent([skewed(1), unsent(), skewed(2)]), (3, ErrorKind::Denied));
    assert_eq!(sent([skewed(1), unsent(), unsent(), skewed(17)]), (4, ErrorKind::Denied));
}

#[test]
fn a_clock_that_is_a_minute_off_is_not_what_the_gateway_minds() {
    // The tests' clock shows a fraction of a second more than the header can.
    assert_eq!(sent([skewed_by(60)]), (1, ErrorKind::Denied));
    assert_eq!(sent([skewed_by(61)]), (1, ErrorKind::Denied));
    assert_eq!(sent([skewed_by(62), skewed(2)]), (2, ErrorKind::Denied));
}

#[test]
fn the_machines_own_clock_runs_and_sleeps() {
    let start = SystemClock.monotonic();
    // The one sleep of the tests: it is what is tested.
    SystemClock.sleep(Duration::from_millis(1));
    assert!(SystemClock.monotonic() - start >= Duration::from_millis(1));
    assert_ne!(SystemClock.random(), SystemClock.random());
}

#[test]
fn an_answer_of_the_listing_is_no_clock_skew_whatever_its_text() {
    let listing = SKEW.replace('{', r#"{"errcode":"99999","#);
    let answer = http::Response::builder().status(401).header("date", "Sat, 21 Nov 2026 09:00:00 GMT");
    assert_eq!(sent([Ok(answer.body(Body::from(listing)).unwrap())]), (1, ErrorKind::Vendor));
    let chinese = r#"{"errcode":"99999","message":"签名时间超时"}"#;
    assert_eq!(sent([status(403, chinese)]), (1, ErrorKind::Vendor));
}

#[test]
fn a_provider_without_flash_runs_no_colours_and_one_without_actions_no_action() {
    let flash = Challenge::new([], [FlashColor::WHITE, FlashColor::BLACK]).unwrap();
    let blink = Challenge::new([Action::BlinkEye], []).unwrap();
    let none = Requirements::new([Goal::Liveness]);
    let (flashing, acting) = (none.clone().with_flash(true), none.clone().with_actions([Action::BlinkEye]));
    let runs = |requirements: &Requirements| [requirements.can_run(&flash), requirements.can_run(&blink)];
    assert_eq!([runs(&none), runs(&flashing), runs(&acting)], [[false, false], [true, false], [false, true]]);
}

/// 601 says that the interface is not opened, which refuses before anything runs; under a gateway's 502 it may come after.
#[test]
fn a_refusal_under_a_gateways_status_does_not_say_that_nothing_ran() {
    let ran = |code: u16, body: &str| {
        let recorder = Recorder::new([status(code, body)]);
        let credentials = liveness::jumdata::Credentials { app_id: "id".into(), app_secret: "key".into() };
        let provider = Jumdata::new(credentials, recorder).with_retry(RetryPolicy::never());
        provider.begin(&liveness_check()).unwrap_err().ran()
    };
    assert_eq!(ran(200, r#"{"code":601}"#), Ran::No);
    assert_eq!(ran(502, r#"{"code":601}"#), Ran::Maybe);
    assert_eq!(ran(502, r#"{"code":601,"charge":false}"#), Ran::No);
}
