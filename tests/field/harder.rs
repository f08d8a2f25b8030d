//! Answers that lie close to those of the other files and were once read wrongly.

use liveness::{Again, Billed, ErrorKind, Ran};

use super::*;

/// What is paid for and hidden where nobody looks is asked for once: a second request would fail the test.
#[test]
fn a_charge_within_a_document_in_a_string_or_beside_odd_values_is_not_absent() {
    for body in [
        r#"{"code":500,"data":"{\"charge\":true}"}"#,
        r#"{"code":609,"data":"{\"more\":\"{}\"}"}"#,
        r#"{"code":500,"data":{"charge":true,"m":"\ud83d"}}"#,
        r#"{"code":500,"data":{"charge":true,"n":1e999}}"#,
    ] {
        let error = init(body).unwrap_err();
        assert_eq!((error.again(), error.billed()), (Again::MayBillAgain, Billed::Unknown), "{body}");
    }
}

#[test]
fn a_whole_answer_that_is_not_believed_is_asked_for_once() {
    for body in [
        r#"{"code":202,"code":200,"taskNo":"7","data":{"faceImageUrl":"https://oss.example/f.jpg"}}"#,
        r#"{"code":200,"msg":"ok"}"#,
        r#"{"code":200,"charge":true,"taskNo":"7","data":{}}"#,
    ] {
        assert_eq!(results([ok(body)]).unwrap_err().kind(), ErrorKind::OutcomeUnknown, "{body}");
    }
}

#[test]
fn what_a_broken_answer_says_of_a_person_or_token_is_not_kept() {
    for body in [
        r#"{"data":{"token":"live-token","url":""#,
        r#"{"result":{"birthday":"19901010","address":"live-token"#,
        r#"[{"errcode":"P0000","address":"live-token"}]"#,
        r#"{errcode:"live-token"}"#,
    ] {
        for error in [compare(ok(body)).unwrap_err(), init(body).unwrap_err()] {
            let texts = [error.vendor_message(), error.vendor_code(), error.request_id()];
            assert!(texts.iter().flatten().all(|text| !text.contains("live-token")), "{body}: {texts:?}");
            assert!(!format!("{error} {error:?}").contains("live-token"), "{body}");
        }
    }
}

#[test]
fn an_expired_token_is_believed_under_status_200_alone() {
    let moved = r#"{"code":301,"message":"Moved Permanently"}"#;
    let error = result(answer(301, &[("location", "https://login.example/")], moved)).unwrap_err();
    assert_eq!((error.kind(), error.again()), (ErrorKind::Protocol, Again::MayBillAgain));
    assert!(error.to_string().contains("login.example"), "{error}");
    for status in [403, 404, 500] {
        assert_eq!(result(answer(status, &[], moved)).unwrap_err().kind(), ErrorKind::OutcomeUnknown, "{status}");
    }
    let redirect = answer(302, &[("location", "https://login.example/")], r#"{"code":302,"message":"Found"}"#);
    let error = compare(redirect).unwrap_err();
    assert!(error.kind() == ErrorKind::Protocol && error.to_string().contains("login.example"), "{error}");
}

#[test]
fn under_404_the_listings_own_answer_may_have_run() {
    for body in [r#"{"errcode":"P0000","jobid":"ZT1","errmsg":""#, r#"{"errcode":"P0000","errcode":"1"}"#] {
        let error = compare(answer(404, &[], body)).unwrap_err();
        assert_eq!((error.billed(), error.ran()), (Billed::Unknown, Ran::Maybe), "{body}");
    }
    let error = compare(answer(404, &[], r#"{"code":404,"message":"服务不存在"}"#)).unwrap_err();
    assert_eq!((error.billed(), error.ran()), (Billed::No, Ran::No));
    assert!(error.to_string().contains("2026-10-30"), "{error}");
}

#[test]
fn a_contract_says_nothing_of_what_may_not_be_the_listings() {
    let begin = |codes: &[&str], reply: Reply| {
        let keys = liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
        let market = TencentMarket::new(keys, Recorder::new([reply])).with_clock(clock());
        done(market.with_billed_codes(codes.iter().copied()).begin(&same_person()))
    };
    let error = begin(&["P0000"], answer(502, &[], r#"{"errcode":"X9","jobid":"ZT1"}"#)).unwrap_err();
    assert_eq!(error.billed(), Billed::Unknown);
    for status in [405, 426, 481] {
        assert_eq!(begin(&["P0000"], answer(status, &[], "")).unwrap_err().billed(), Billed::Unknown, "{status}");
    }
    assert_eq!(begin(&["p0000"], ok(PASSED)).unwrap().billed(), Billed::Yes);
    let error = compare(ok(r#"{"errcode":"00082","jobid":"ZT1","result":{}}"#)).unwrap_err();
    assert_eq!((error.kind(), error.ran()), (ErrorKind::InvalidCheck, Ran::Maybe), "the listing has looked at it");
}

#[test]
fn what_arrived_of_an_answer_that_broke_off_is_told_and_never_believed() {
    let cut = |body: &str| {
        let arrived = Response::new(Body::from(body));
        Err(TransportError::new("the connection closed early").with_partial(arrived))
    };
    let error = compare(cut(PASSED)).unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::OutcomeUnknown, Some("P0000")));
    assert_eq!(error.request_id(), Some("ZT20261121160000123456"));
    let error = jumdata([cut(r#"{"code":200,"charge":true,"taskNo":"77","data":{"tok"#)]).begin(&hosted()).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Yes));
    assert_eq!((error.vendor_code(), error.request_id()), (Some("200"), Some("77")));
    let error = result(cut(LIVE)).unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::OutcomeUnknown, Some("200")));
}

#[test]
fn a_title_of_millions_of_ampersands_takes_no_time() {
    let page = format!("<title>{}</title>", "&".repeat(3_900_000));
    assert_eq!(compare(ok(page)).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
}

#[test]
fn a_field_that_stands_twice_within_a_document_in_a_string_is_no_verdict() {
    let twice = r#"{"code":200,"taskNo":"7","data":"{\"faceImageUrl\":\"https://a.example/\",\"faceImageUrl\":\"https://b.example/\"}"}"#;
    assert_eq!(result(ok(twice)).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    let twice = r#"{"code":200,"taskNo":"7","data":"{\"token\":\"a\",\"token\":\"b\"}"}"#;
    assert_eq!(init(twice).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
}

#[test]
fn a_gateways_number_and_a_text_that_is_no_address_make_no_pass() {
    for body in [
        r#"{"code":200,"requestId":"gw-1","data":{"faceImageUrl":"https://oss.example/f.jpg"}}"#,
        r#"{"code":200,"taskNo":"7","data":{"faceImageUrl":"null"}}"#,
        r#"{"code":200,"taskNo":"7","data":{"faceImageUrl":0}}"#,
    ] {
        assert_eq!(result(ok(body)).unwrap_err().kind(), ErrorKind::OutcomeUnknown, "{body}");
    }
    let error = compare(ok(r#"{"errcode":"P0000","requestId":"x","result":{}}"#)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[test]
fn a_skew_is_a_skew_in_either_order_and_under_either_name() {
    for body in
        [r#"{"message":"请求超时：签名时间与服务器时间不符"}"#, r#"{"message":"Forbidden","msg":"签名时间已超时"}"#]
    {
        let skewed = answer(403, &[("date", "Sat, 21 Nov 2026 08:20:00 GMT")], body);
        assert!(compare_all([skewed, ok(PASSED)]).unwrap().is_passed(), "{body}");
    }
}

#[test]
fn a_line_break_behind_gzip_is_nothing_and_anything_else_follows_the_answer() {
    use std::io::Write;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(PASSED.as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    for after in [&b"\n"[..], b"\n\0", b"\r\n"] {
        assert!(compare(ok([&gzip, after].concat())).unwrap().is_passed());
    }
    let error = compare(ok([&gzip[..], b"{}"].concat())).unwrap_err();
    assert!(error.vendor_code() == Some("P0000") && error.to_string().contains("follows"), "{error}");
}

#[test]
fn utf_8_that_is_said_to_be_gbk_is_utf_8() {
    let body = r#"{"jobid":"ZT1","errcode":"P0001","errmsg":"身份证号错误","result":{"address":"上海"}}"#;
    let verdict = compare(answer(200, &[("content-type", "text/plain;charset=gbk")], body)).unwrap();
    assert_eq!((verdict.receipt().vendor_message(), verdict.address()), (Some("身份证号错误"), Some("上海")));
}

#[test]
fn what_was_refused_before_a_loss_was_not_said_after_it() {
    let late = RetryPolicy::new().with_max_attempts(2);
    let lost = jumdata([ok(r#"{"code":609}"#), Err(TransportError::new("reset"))]).with_retry(late);
    let error = lost.resume(&session()).unwrap_err();
    assert!(error.kind() == ErrorKind::OutcomeUnknown && !error.to_string().contains("609"), "{error}");
}

#[test]
fn another_listings_own_answer_keeps_its_number_under_a_gateways_status() {
    const LAYOUT: liveness::answer::Layout =
        liveness::answer::Layout::new("code").with_message(&["msg"]).with_request_id(&["seqno"]);
    let keys = liveness::tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    let reply = answer(502, &[], r#"{"code":"0","seqno":"S-7"}"#);
    let listing = TencentMarket::new(keys, Recorder::new([reply])).with_clock(clock()).listing();
    let error = listing.call(&LAYOUT, [("name", "x")]).unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::OutcomeUnknown, Some("S-7")));
}
