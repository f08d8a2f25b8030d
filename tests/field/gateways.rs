//! What the gateways before the listing say, and what others say in their place.

use liveness::{Again, Billed, ErrorKind, Ran};

use super::*;

fn refused(reply: Reply) -> (ErrorKind, Billed, Ran) {
    let error = compare(reply).unwrap_err();
    (error.kind(), error.billed(), error.ran())
}

#[test]
fn a_refusal_that_is_known_by_its_text_ran_nothing_and_cost_nothing() {
    for (status, message, kind) in [
        (401, "签名不匹配", ErrorKind::Credentials),
        (403, "密钥不存在", ErrorKind::Credentials),
        (403, "HMAC signature does not match.", ErrorKind::Credentials),
        (403, "Found no validate usage plan", ErrorKind::Denied),
        (404, "There is no api match host[x]", ErrorKind::Protocol),
        (429, "API quota exceeded", ErrorKind::Denied),
    ] {
        let body = serde_json::json!({ "code": status, "message": message, "requestId": "r-77" }).to_string();
        assert_eq!(refused(answer(status, &[], body.clone())), (kind, Billed::No, Ran::No), "{message}");
        assert_eq!(compare(answer(status, &[], body)).unwrap_err().request_id(), Some("r-77"));
    }
    // By the text alone: a gateway passes the listing's own status on.
    for status in [403, 404, 429] {
        let error = compare(answer(status, &[], r#"{"message":"never heard of"}"#)).unwrap_err();
        assert_eq!(error.again(), Again::MayBillAgain, "{status}");
        if status != 404 {
            assert_eq!((error.billed(), error.ran()), (Billed::Unknown, Ran::Maybe), "{status}");
        }
    }
}

#[test]
fn either_gateways_words_for_a_wrong_clock_are_learnt_from() {
    for (status, message) in [
        (401, "HMAC signature cannot be verified, the x-date header is out of date for HMAC Authentication"),
        (403, "签名时间已超时"),
        (401, "请求签名时间戳超时，请校准"),
    ] {
        let body = serde_json::json!({ "message": message }).to_string();
        let skewed = answer(status, &[("date", "Sat, 21 Nov 2026 08:20:00 GMT")], body.clone());
        assert!(compare_all([skewed, ok(PASSED)]).unwrap().is_passed(), "{message}");
        let error = compare_all([answer(status, &[], body)]).unwrap_err();
        assert!(error.to_string().contains("clock") && !error.to_string().contains("quota"), "{error}");
    }
}

#[test]
fn a_redirect_names_the_host_that_it_leads_to() {
    for status in [301, 302, 307, 308] {
        let error = compare(answer(status, &[("location", "https://login.example/x?y=1")], "<html>")).unwrap_err();
        assert_eq!(
            (error.kind(), error.again(), error.billed()),
            (ErrorKind::Protocol, Again::MayBillAgain, Billed::Unknown)
        );
        let text = error.to_string();
        assert!(text.contains("login.example") && text.contains("endpoint") && !text.contains("y=1"), "{text}");
    }
    let error = compare(answer(303, &[("location", "https://login.example/")], "")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "303 says that the request was processed");
}

#[test]
fn what_no_gateway_documents_may_have_run() {
    for status in [408, 413, 417, 418, 451, 503, 520] {
        assert_eq!(
            refused(answer(status, &[], "")),
            (ErrorKind::OutcomeUnknown, Billed::Unknown, Ran::Maybe),
            "{status}"
        );
    }
}

#[test]
fn an_address_that_was_announced_to_end_says_so() {
    let keys = || liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    let asks = |reply: Reply, endpoint: Option<&str>| {
        let market =
            TencentMarket::new(keys(), Recorder::new([reply])).with_clock(clock()).with_retry(RetryPolicy::never());
        let market = match endpoint {
            Some(endpoint) => market.with_endpoint(endpoint).unwrap(),
            None => market,
        };
        market.begin(&same_person()).unwrap_err()
    };
    let unreachable = |kind| Err(TransportError::unsent("no such host").with_kind(kind));
    for reply in [
        || answer(404, &[], "<html>"),
        || answer(404, &[], r#"{"message":"There is no api match"}"#),
        || answer(404, &[], ""),
    ] {
        let error = asks(reply(), None);
        assert_eq!((error.kind(), error.billed(), error.ran()), (ErrorKind::Protocol, Billed::No, Ran::No));
        assert!(error.to_string().contains("2026-10-30") && error.to_string().contains("console"), "{error}");
        let elsewhere = asks(reply(), Some("https://ap-guangzhou.cloudmarket-apigw.com/service-1/x"));
        assert!(!elsewhere.to_string().contains("2026-10-30"), "{elsewhere}");
    }
    for kind in [liveness::TransportErrorKind::Dns, liveness::TransportErrorKind::Connect] {
        let error = asks(unreachable(kind), None);
        assert_eq!((error.kind(), error.again()), (ErrorKind::Unavailable, Again::Safe));
        assert!(error.to_string().contains("2026-10-30"), "{error}");
    }
    assert!(!asks(unreachable(liveness::TransportErrorKind::Timeout), None).to_string().contains("2026-10-30"));
}

#[test]
fn a_page_that_init_names_is_an_address_or_the_documented_one() {
    for (named, shown) in [
        ("https://api-h5.jumdata.com/lifecheck/v2-1/check/index?token=t", true),
        ("http://10.0.0.1:8080/p", true),
        ("https://h5.example/p\r\nSet-Cookie: a=b", false),
        ("https://", false),
        ("https://user:pw@h5.example/", false),
        ("javascript:alert(1)", false),
        ("//h5.example/p", false),
        ("not a url", false),
    ] {
        let body =
            serde_json::json!({ "code": 200, "taskNo": "1", "data": { "token": "t", "url": named } }).to_string();
        let Ok(Progress::Pending(session)) = init(&body) else { panic!("it is opened") };
        let expected = if shown { named } else { "https://api.jumdata.com/lifecheck/h5/v2/html?token=t" };
        assert_eq!(session.page_url(), expected);
    }
}

#[test]
fn a_clock_at_the_end_of_time_makes_nothing_panic() {
    for now in [
        time::macros::datetime!(9999-12-31 23:59:59.999 UTC),
        time::macros::datetime!(9999-12-31 23:59:59 -23:59:59),
        time::macros::datetime!(-9999-01-01 00:00 +23:59:59),
    ] {
        let clock = liveness::ManualClock::new(now);
        let _ = jumdata([ok(OPENED)]).with_clock(clock.clone()).begin(&hosted()).map(|opened| {
            if let Progress::Pending(session) = opened {
                let _ = jumdata([ok(LIVE)]).with_clock(clock.clone()).resume(&session);
                let _ = serde_json::to_string(&session);
            }
        });
        let keys = liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
        let date = [("date", "Fri, 31 Dec 9999 23:59:59 GMT")];
        let skewed = || answer(401, &date, r#"{"message":"the x-date header is out of date for HMAC Authentication"}"#);
        let market = TencentMarket::new(keys, Recorder::new([skewed(), skewed()])).with_clock(clock.clone());
        let _ = market.begin(&same_person());
        let _ = liveness::IdNumber::parse_today("11010519491231002X", &clock);
    }
}

#[test]
fn a_session_of_a_slow_clock_is_asked_for() {
    let slow = NOW - time::Duration::minutes(21);
    let receipt = Receipt::new("jumdata/default".parse().unwrap());
    let session = Session::new(receipt, "t-0123456789", slow, time::Duration::minutes(10));
    assert!(done(jumdata([ok(LIVE)]).resume(&session)).unwrap().is_passed());
}
