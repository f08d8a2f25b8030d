//! The Tencent cloud market: what is sent, byte for byte, and what every kind of answer becomes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod support;

use liveness::{
    Action, Again, Billed, Challenge, Check, ErrorKind, Failure, Goal, LivenessProvider, ManualClock, Outcome, Photo,
    PhotoSpec, Progress, ProviderId, Receipt, Reference, Retake, RetryPolicy, Session, Sex, TencentMarket,
    TransportError, Unverifiable, Verdict,
    codes::Meaning,
    tencent_market::{Code, Refusal, SignatureScheme},
};
use support::{NOW, Recorder, clock, identity, ok, photo, png, same_person, status, text};
use time::macros::{date, datetime};

const PASSED: &str = r#"{"jobid":"ZT20261121160000123456","responsetime":"20261121160000456","errcode":"P0000","errmsg":"同一人",
    "result":{"birthday":"19491231","score":"85","address":"北京市朝阳区","sex":"女"}}"#;

fn market(recorder: &Recorder) -> TencentMarket {
    TencentMarket::new(
        liveness::tencent_market::Credentials { secret_id: "id-1".into(), secret_key: "secret-key-demo".into() },
        recorder.clone(),
    )
    .with_clock(clock())
    .with_retry(RetryPolicy::never())
}

fn compare(status_code: u16, answer: &str) -> liveness::Result<Verdict> {
    done(market(&Recorder::new([status(status_code, answer)])).begin(&same_person()))
}

fn done(progress: liveness::Result<Progress>) -> liveness::Result<Verdict> {
    progress.map(|progress| match progress {
        Progress::Done(verdict) => verdict,
        Progress::Pending(session) => panic!("{session:?}"),
    })
}

#[test]
fn a_compare_is_sent_byte_for_byte() {
    let recorder = Recorder::new([ok(PASSED)]);
    let _ = market(&recorder).begin(&same_person()).unwrap();
    let request = &recorder.requests()[0];
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://service-2f8hgj2k-1256122842.gz.apigw.tencentcs.com/release/jingmocompare");
    let headers: Vec<_> =
        request.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    // signature: printf 'x-date: Sat, 21 Nov 2026 08:00:00 GMT\nx-source: market' | openssl dgst -sha1 -hmac secret-key-demo -binary | base64
    assert_eq!(
        headers,
        [
            "content-type: application/x-www-form-urlencoded",
            "x-source: market",
            "x-date: Sat, 21 Nov 2026 08:00:00 GMT",
            r#"authorization: hmac id="id-1", algorithm="hmac-sha1", headers="x-date x-source", signature="dE0W+Ys0AY+956hqoiwGw1pUXsE=""#,
        ]
    );
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(
        text(request),
        "idcard=11010519491231002X&realname=%E5%BC%A0%E4%B8%89\
         &photo=iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2%2B%2B%2B%2B"
    );
}

#[test]
fn the_newer_gateway_differs_by_the_signature_alone() {
    let recorder = Recorder::new([ok(PASSED)]);
    let _ = market(&recorder).with_signature_scheme(SignatureScheme::CloudMarket).begin(&same_person()).unwrap();
    let request = &recorder.requests()[0];
    assert!(request.headers().get("x-date").is_none());
    let line: serde_json::Value = serde_json::from_slice(request.headers()["authorization"].as_bytes()).unwrap();
    // signature: printf 'x-date: Sat, 21 Nov 2026 08:00:00 GMT' | openssl dgst -sha1 -hmac secret-key-demo -binary | base64
    let expected = serde_json::json!({"id": "id-1", "x-date": "Sat, 21 Nov 2026 08:00:00 GMT", "signature": "FyJzcLNzVB6ShDh6YgKO/BSEIpk="});
    assert_eq!(line, expected);
    // A version 4 UUID made of the clock's randomness: the numbers 1 and 2.
    assert_eq!(request.headers()["request-id"], "00000000-0000-4001-8000-000000000002");
    assert!(text(request).starts_with("idcard=11010519491231002X&realname="));
}

#[test]
fn the_newer_gateways_request_can_be_named_where_the_answer_gives_no_number() {
    // Of the clock's random numbers 1 and 2.
    const SENT: &str = "00000000-0000-4001-8000-000000000002";
    let begin = |answer| {
        done(market(&Recorder::new([answer])).with_signature_scheme(SignatureScheme::CloudMarket).begin(&same_person()))
    };
    for lost in [Err(TransportError::new("reset")), status(504, ""), ok(r#"{"errcode":"91096"}"#)] {
        let error = begin(lost).unwrap_err();
        assert_eq!((error.request_id(), error.reference().map(Reference::as_str)), (Some(SENT), Some("order-7")));
    }
    assert_eq!(begin(status(403, r#"{"code":7,"requestId":"r-1"}"#)).unwrap_err().request_id(), Some("r-1"));
    assert_eq!(begin(ok(r#"{"errcode":"P0001"}"#)).unwrap().receipt().request_id(), Some(SENT));
    assert_eq!(begin(ok(PASSED)).unwrap().receipt().request_id(), Some("ZT20261121160000123456"));
}

#[test]
fn the_listings_address_is_called_as_it_was_given() {
    let recorder = Recorder::new([ok(PASSED)]);
    let provider = market(&recorder).with_endpoint("https://gateway.example/release/compare/").unwrap();
    assert!(provider.begin(&same_person()).is_ok());
    assert_eq!(recorder.requests()[0].uri(), "https://gateway.example/release/compare/");
}

#[test]
fn a_verdict_holds_all_that_the_answer_said() {
    let verdict = compare(200, PASSED).unwrap();
    assert_eq!((verdict.outcome(), verdict.live(), verdict.billed()), (Outcome::Passed, Some(true), Billed::Unknown));
    assert_eq!(verdict.established(), [Goal::Liveness, Goal::SamePerson]);
    assert_eq!(verdict.score().map(liveness::Score::value), Some(85.0));
    assert_eq!(
        (verdict.birth_date(), verdict.sex(), verdict.address()),
        (Some(date!(1949 - 12 - 31)), Some(Sex::Female), Some("北京市朝阳区"))
    );
    let receipt = verdict.receipt();
    assert_eq!((receipt.request_id(), receipt.vendor_code()), (Some("ZT20261121160000123456"), Some("P0000")));
    assert_eq!(
        (receipt.vendor_message(), receipt.reference().map(Reference::as_str)),
        (Some("同一人"), Some("order-7"))
    );
    assert_eq!(receipt.vendor_time(), Some(datetime!(2026-11-21 16:00:00.456 +8)));
}

#[test]
fn odd_values_never_cost_the_verdict() {
    for result in [
        r#","result":{}"#,
        r#","result":{"score":"many","birthday":"19900231","sex":"X","address":""}"#,
        r#","result":{"score":850,"birthday":1}"#,
    ] {
        let answer = format!(r#"{{"jobid":"ZT1","errcode":"P0000"{result},"responsetime":"yesterday","new":{{}}}}"#);
        let verdict = compare(200, &answer).unwrap();
        assert!(verdict.is_passed() && verdict.score().is_none() && verdict.birth_date().is_none(), "{result}");
    }
    let verdict = compare(200, r#"{"errcode":"P0001","result":{"score":41.5,"birthday":19901010}}"#).unwrap();
    assert_eq!(
        (verdict.score().map(liveness::Score::value), verdict.birth_date()),
        (Some(41.5), Some(date!(1990 - 10 - 10)))
    );
}

#[test]
fn every_code_becomes_what_the_table_says() {
    for code in Code::ALL {
        let row = code.info();
        // The code decides, not the text: the sample for 210J4 carries another one.
        let answer =
            format!(r#"{{"jobid":"ZT7","errcode":"{}","errmsg":"请求姓名格式错误","result":{{}}}}"#, row.code());
        match (compare(200, &answer), row.meaning()) {
            (Ok(verdict), Meaning::Verdict { outcome, live, .. }) => {
                let told = (verdict.outcome(), verdict.live(), verdict.billed());
                assert_eq!(told, (outcome, live, Billed::Unknown), "{code:?}");
            }
            (Err(error), Meaning::Error { kind, again, field, .. }) => {
                let told = (error.kind(), error.again(), error.field(), error.billed());
                assert_eq!(told, (kind, again, field, Billed::Unknown), "{code:?}");
                assert_eq!((error.vendor_code(), error.request_id()), (Some(row.code()), Some("ZT7")));
            }
            (progress, becomes) => panic!("{code:?}: {progress:?} instead of {becomes:?}"),
        }
    }
}

#[test]
fn only_what_was_proven_is_established() {
    for (code, outcome, established) in [
        ("P0001", Outcome::Failed(Failure::DifferentPerson), &[Goal::Liveness][..]),
        ("P0002", Outcome::Retake(Retake::Uncertain), &[Goal::Liveness]),
        ("00001", Outcome::Failed(Failure::LivenessNotPassed), &[]),
        ("P0064", Outcome::Failed(Failure::NameMismatch), &[]),
        ("P0025", Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord), &[]),
    ] {
        let verdict = compare(200, &format!(r#"{{"errcode":"{code}"}}"#)).unwrap();
        assert_eq!((verdict.outcome(), verdict.established()), (outcome, established), "{code}");
    }
}

#[test]
fn every_refusal_of_the_gateway_becomes_what_the_table_says() {
    for refusal in Refusal::ALL {
        let Meaning::Error { kind, again, .. } = refusal.meaning() else { panic!("{refusal:?}") };
        let texts = if refusal.texts().is_empty() { &["anything"] } else { refusal.texts() };
        for status_code in refusal.statuses() {
            for text in texts {
                let body = format!("{{\"message\":\"Indeed, {}.\"}}\n", text.replace('…', "x-date"));
                let error = compare(*status_code, &body).unwrap_err();
                assert_eq!(
                    (error.kind(), error.again(), error.billed()),
                    (kind, again, refusal.billed()),
                    "{status_code} {text}"
                );
                let is_known_by_its_text = !refusal.texts().is_empty();
                assert_eq!(refusal.billed() == Billed::No, is_known_by_its_text);
                assert_eq!(
                    error.ran() == liveness::Ran::No,
                    is_known_by_its_text || kind == ErrorKind::Denied,
                    "{text}"
                );
                assert!(error.vendor_message().unwrap().starts_with("Indeed, "));
            }
        }
    }
}

#[test]
fn an_unverifiable_signature_with_a_reason_behind_it_is_malformed() {
    for reason in [
        "a valid x-date header is required",
        "id or signature missing",
        "algorithm hmac-md5 not supported",
        "for a reason never heard of",
    ] {
        let body = format!(r#"{{"message":"HMAC signature cannot be verified, {reason}"}}"#);
        assert_eq!(compare(401, &body).unwrap_err().kind(), ErrorKind::Protocol, "{reason}");
    }
    let body =
        r#"{"message":"HMAC signature cannot be verified, the x-date header is out of date for HMAC Authentication"}"#;
    assert_eq!(compare(401, body).unwrap_err().kind(), ErrorKind::Denied);
    let body = r#"{"message":"HMAC signature cannot be verified."}"#;
    assert_eq!(compare(403, body).unwrap_err().kind(), ErrorKind::Credentials);
}

#[test]
fn a_wrong_secret_and_an_unknown_key_are_told_apart() {
    let reason = |message: &str| compare(401, &format!(r#"{{"message":"{message}"}}"#)).unwrap_err().to_string();
    assert!(reason("HMAC signature does not match").contains("secretKey"));
    assert!(reason("HMAC signature cannot be verified").contains("secretId"));
}

#[test]
fn what_nobody_documents_is_an_unknown_outcome_unless_it_is_called_our_fault() {
    for (status_code, body, kind) in [
        (200, "", ErrorKind::OutcomeUnknown),
        (200, "{}", ErrorKind::OutcomeUnknown),
        (200, r#"{"errcode":null}"#, ErrorKind::OutcomeUnknown),
        (200, r#"{"errcode":""}"#, ErrorKind::OutcomeUnknown),
        (200, r#"{"errcode":{}}"#, ErrorKind::OutcomeUnknown),
        (408, "<html>", ErrorKind::OutcomeUnknown),
        (499, "", ErrorKind::OutcomeUnknown),
        (200, "<html>", ErrorKind::OutcomeUnknown),
        (200, r#"{"errcode":"P0000""#, ErrorKind::OutcomeUnknown),
        (302, "", ErrorKind::OutcomeUnknown),
        (503, "{}", ErrorKind::OutcomeUnknown),
        (401, r#"{"message":"never heard of"}"#, ErrorKind::Protocol),
        (429, r#"{"message":"never heard of"}"#, ErrorKind::RateLimited),
        (429, "<html><title>Too many</title>", ErrorKind::RateLimited),
        (413, "", ErrorKind::OutcomeUnknown),
        (303, "", ErrorKind::OutcomeUnknown),
        (403, r#"{"code":"X-7","msg":"新","requestId":"r-1"}"#, ErrorKind::Vendor),
    ] {
        let error = compare(status_code, body).unwrap_err();
        assert_eq!(
            (error.kind(), error.again(), error.billed()),
            (kind, Again::MayBillAgain, Billed::Unknown),
            "{status_code} {body}"
        );
    }
    let error = compare(403, r#"{"code":7,"msg":"新","requestId":"r-1"}"#).unwrap_err();
    assert_eq!((error.vendor_code(), error.vendor_message(), error.request_id()), (Some("7"), Some("新"), Some("r-1")));
}

#[test]
fn an_unknown_code_is_kept_as_it_came() {
    for (written, code) in [(r#""NEW7""#, "NEW7"), ("77", "77")] {
        let error = compare(200, &format!(r#"{{"errcode":{written},"errmsg":"新"}}"#)).unwrap_err();
        assert_eq!((error.kind(), error.again()), (ErrorKind::Vendor, Again::Never), "{code}");
        assert_eq!((error.vendor_code(), error.vendor_message()), (Some(code), Some("新")));
    }
}

#[test]
fn billing_is_unknown_until_the_contract_is_stated() {
    let answer = |body: &str, status_code| {
        let recorder = Recorder::new([status(status_code, body)]);
        match market(&recorder).with_billed_codes(["P0000", "P0001"]).begin(&same_person()) {
            Ok(Progress::Done(verdict)) => verdict.billed(),
            Ok(Progress::Pending(session)) => session.billed(),
            Err(error) => error.billed(),
        }
    };
    assert_eq!(answer(PASSED, 200), Billed::Yes);
    assert_eq!(answer(r#"{"errcode":"P0025"}"#, 200), Billed::No);
    assert_eq!(answer(r#"{"errcode":"00082"}"#, 200), Billed::No);
    assert_eq!(answer(r#"{"message":"API quota exceeded"}"#, 429), Billed::No);
    assert_eq!(answer(r#"{"errcode":"21089"}"#, 200), Billed::Unknown);
    assert_eq!(answer("", 502), Billed::Unknown);
    assert_eq!(answer(PASSED, 500), Billed::Yes);
    assert_eq!(answer(r#"{"errcode":"P0025"}"#, 500), Billed::Unknown);
    assert_eq!(answer("<html>", 408), Billed::Unknown);
    assert_eq!(answer(r#"{"message":"never heard of"}"#, 403), Billed::Unknown);
    assert_eq!(answer(r#"{"errcode":""}"#, 200), Billed::Unknown);
    assert_eq!(answer("<", 200), Billed::Unknown);
}

#[test]
fn a_retry_signs_anew_and_encodes_nothing_again() {
    let recorder = Recorder::new([
        Err(TransportError::unsent("refused")),
        status(429, r#"{"message":"API rate limit exceeded"}"#),
        ok(PASSED),
    ]);
    // Waits longer than the second that a date tells apart.
    let wait = std::time::Duration::from_secs(2);
    let patient = market(&recorder).with_retry(RetryPolicy::new().with_initial_backoff(wait).with_max_backoff(wait));
    assert!(done(patient.begin(&same_person())).unwrap().is_passed());
    let requests = recorder.requests();
    let body = |i: usize| requests[i].body().as_bytes().as_ptr();
    assert!(requests.len() == 3 && body(0) == body(1) && body(1) == body(2), "one body, shared");
    for name in ["x-date", "authorization"] {
        let told: std::collections::BTreeSet<_> =
            requests.iter().map(|request| request.headers()[name].as_bytes()).collect();
        assert_eq!(told.len(), 3, "{name} is made anew");
    }
}

#[test]
fn a_lost_compare_is_never_sent_again() {
    for lost in [Err(TransportError::new("reset")), ok(r#"{"errcode":"P00"#), status(504, r#"{"message":"timeout"}"#)] {
        let recorder = Recorder::new([lost]);
        let error = market(&recorder).with_retry(RetryPolicy::new()).begin(&same_person()).unwrap_err();
        assert_eq!(
            (error.kind(), error.billed(), error.again()),
            (ErrorKind::OutcomeUnknown, Billed::Unknown, Again::MayBillAgain)
        );
    }
}

#[test]
fn both_gateways_words_for_a_wrong_clock_lead_to_one_correction() {
    for (scheme, status_code, message) in [
        (SignatureScheme::Hmac, 401, "the x-date header is out of date for HMAC Authentication."),
        (SignatureScheme::Hmac, 403, "the x-date header is out of date for HMAC Authentication"),
        (SignatureScheme::Hmac, 403, "签名时间已超时"),
        (SignatureScheme::CloudMarket, 403, "签名时间已超时"),
    ] {
        let refused = http::Response::builder()
            .status(status_code)
            .header("date", "Sat, 21 Nov 2026 08:20:00 GMT")
            .body(format!(r#"{{"message":"{message}"}}"#).into());
        let recorder = Recorder::new([Ok(refused.unwrap()), ok(PASSED)]);
        let clock = ManualClock::new(datetime!(2026-11-21 08:00 UTC));
        let provider = market(&recorder).with_signature_scheme(scheme).with_clock(clock).with_retry(RetryPolicy::new());
        assert!(done(provider.begin(&same_person())).unwrap().is_passed());
        let requests = recorder.requests();
        let header = match scheme {
            SignatureScheme::Hmac => "x-date",
            _ => "authorization",
        };
        let dates = requests.iter().map(|request| request.headers()[header].to_str().unwrap());
        for (told, date) in dates.zip(["Sat, 21 Nov 2026 08:00:00 GMT", "Sat, 21 Nov 2026 08:20:00 GMT"]) {
            assert!(told.contains(date), "{told}");
        }
    }
}

#[test]
fn a_wrong_clock_that_cannot_be_corrected_is_the_operators() {
    let error = compare(403, r#"{"message":"the x-date header is out of date for HMAC Authentication"}"#).unwrap_err();
    assert_eq!((error.kind(), error.again()), (ErrorKind::Denied, Again::Safe));
    assert!(error.to_string().contains("clock"));
}

#[test]
fn a_photo_over_the_vendors_limits_is_refused_before_any_call() {
    let wide = PhotoSpec::TENCENT_MARKET.with_sides_px(1, 9000);
    for (width, height) in [(15, 16), (16, 15), (4000, 16), (16, 4000)] {
        let photo = Photo::from_bytes(png(width, height), &wide).unwrap();
        let check = Check::same_person(identity()).with_photo(photo);
        let error = market(&Recorder::new([])).begin(&check).unwrap_err();
        assert_eq!((error.kind(), error.field(), error.billed()), (ErrorKind::InvalidCheck, Some("photo"), Billed::No));
        let recorder = Recorder::new([ok(PASSED)]);
        assert!(
            done(market(&recorder).with_photo_spec(wide).begin(&check)).is_ok(),
            "a wider spec is the operator's choice"
        );
    }
}

#[test]
fn what_it_cannot_do_or_lacks_is_refused_before_any_call() {
    let provider = market(&Recorder::new([]));
    let challenge = Challenge::new([Action::BlinkEye], []).unwrap();
    let error = provider.begin(&same_person().with_challenge(challenge)).unwrap_err();
    assert_eq!((error.kind(), error.field(), error.billed()), (ErrorKind::Unsupported, Some("challenge"), Billed::No));
    let error = provider.begin(&Check::liveness().with_photo(photo())).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("identity")));
    let error = provider.begin(&Check::same_person(identity())).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("photo")));
    let session = Session::new(
        Receipt::new(ProviderId::new("tencent-market", "default").unwrap()),
        "t",
        NOW,
        time::Duration::MINUTE,
    );
    assert_eq!(provider.resume(&session).unwrap_err().kind(), ErrorKind::Unsupported);
}
