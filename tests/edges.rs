//! Where the small rules end: a flag that holds for the whole call, a character that is refused, a text that means another thing.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod support;

use std::time::Duration;

use liveness::{
    Action, Body, Challenge, Clock, ErrorKind, FlashColor, Goal, Jumdata, Language, LivenessProvider, NameError,
    Outcome, ProviderId, Receipt, Requirements, Response, RetryPolicy, SystemClock, TencentMarket, TransportError,
    Verdict, codes::Meaning, tencent_market::Refusal,
};
use support::{Recorder, clock, ok, same_person, status};

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
    let market = TencentMarket::new("id", "key", recorder.clone()).with_clock(clock()).with_retry(retry);
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
fn why_an_identity_is_refused_is_said_in_both_languages() {
    for error in [NameError::Empty, NameError::TooLong, NameError::ControlCharacter] {
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| error.message(language));
        assert!(english.starts_with("the name ") && chinese.starts_with("姓名"), "{error:?}");
        assert!(error.to_string().contains(english), "{error}");
    }
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
fn an_unknown_key_is_known_by_a_text_that_ends_there() {
    let kind = |message: &str| match Refusal::find(401, message)?.meaning() {
        Meaning::Error { kind, .. } => Some(kind),
        other => panic!("{other:?}"),
    };
    for end in ["", ".", " ", "\n", ". \n", "..."] {
        let message = format!("HMAC signature cannot be verified{end}");
        assert_eq!(kind(&message), Some(ErrorKind::Credentials), "{message:?}");
        assert_eq!(kind(&format!("error: {message}")), Some(ErrorKind::Credentials), "{message:?}");
    }
    for end in [", ", ": x", "!", "。", ".x"] {
        assert_eq!(kind(&format!("HMAC signature cannot be verified{end}")), None, "{end:?}");
    }
}

#[test]
fn an_endpoint_holds_no_user_and_no_fragment() {
    for (bad, rule) in [
        ("https://a.example/#part", "no user, query or fragment"),
        ("https://a.example#", "no user, query or fragment"),
        ("https://user@a.example/", "no user, query or fragment"),
        ("https://a.example/?", "no user, query or fragment"),
        ("https:///path", ""),
    ] {
        let market = TencentMarket::new("id", "key", Recorder::default()).with_endpoint(bad).unwrap_err();
        let jumdata = Jumdata::new("id", "key", Recorder::default()).with_endpoint(bad).unwrap_err();
        for error in [market, jumdata] {
            assert_eq!(error.field(), Some("endpoint"), "{bad}");
            assert!(error.to_string().contains(rule) && !error.to_string().contains("a.example"), "{bad}: {error}");
        }
    }
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

#[test]
fn a_receipt_prints_a_code_and_a_number_only_if_they_look_like_such() {
    let printed = |text: &str| {
        let receipt = Receipt::new(ProviderId::new("acme", "a")).with_request_id(text).with_vendor_code(text);
        let anonymous = Verdict::new(Outcome::Passed, receipt.clone()).without_person();
        let kept = [anonymous.receipt().request_id(), anonymous.receipt().vendor_code()];
        let prints = format!("{receipt:?}").matches(text).count();
        // What is kept without the person is what may be printed.
        assert_eq!(kept.iter().filter(|kept| **kept == Some(text)).count(), prints, "{text}");
        prints
    };
    for code in ["P0000", "21082", "202611210800000000000001", "a-b_c.d", &"7".repeat(64)] {
        assert_eq!(printed(code), 2, "{code}");
    }
    for person in ["张三", "a b", "11010519491231002X", "110105194912310021", "13800138000", &"7".repeat(65), "a/b"] {
        assert_eq!(printed(person), 0, "{person}");
    }
    // One digit less or more is no mobile number, and no ID number.
    for code in ["1380013800", "138001380001", "1101051949123100211", "abcdefghijk", "1101051949123100XX"] {
        assert_eq!(printed(code), 2, "{code}");
    }
}

#[test]
fn a_host_may_end_in_a_dot_and_stays_what_it_is() {
    let fetch = |url: &str| {
        let recorder = Recorder::new([ok("portrait")]);
        let verdict = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("jumdata", "default")));
        Jumdata::new("id", "secret", recorder.clone())
            .with_clock(clock())
            .portrait(&verdict.with_portrait_url(url))
            .map(|_| recorder.requests().len())
    };
    assert_eq!(fetch("https://oss.example./f").unwrap(), 1);
    assert_eq!(fetch("https://oss1.example/f").unwrap(), 1);
    for private in ["localhost.", "a.localhost.", "10.1.2.3.", "2130706433.", "127.1.", "0x7f.1.", "1.0x7f"] {
        assert_eq!(fetch(&format!("https://{private}/f")).unwrap_err().kind(), ErrorKind::Protocol, "{private}");
    }
}
