//! Answers that are broken: what stood before the break is told, and nothing of them is a verdict.

use liveness::{Again, Billed, ErrorKind, codes::Meaning, tencent_market::Code};

use super::*;

fn lost(reply: Reply) -> liveness::Error {
    let error = compare(reply).unwrap_err();
    assert_eq!((error.kind(), error.again()), (ErrorKind::OutcomeUnknown, Again::MayBillAgain), "{error}");
    error
}

#[test]
fn an_answer_that_is_cut_off_tells_the_number_and_code_that_it_had() {
    let cut = r#"{"jobid":"ZT9","responsetime":"20261121160000456","errcode":"P0000","errmsg":""#;
    for body in [cut.to_owned(), format!("{cut}同"), format!("\u{FEFF}{cut}"), PASSED[..PASSED.len() - 1].to_owned()] {
        let error = lost(ok(body));
        assert!(error.request_id().is_some_and(|id| id.starts_with("ZT")) && error.vendor_code() == Some("P0000"));
        assert!(error.to_string().contains("cut off"), "{error}");
    }
    // In the middle of a character, in UTF-8 and in GBK.
    let (gbk, _, _) = encoding_rs::GBK.encode(PASSED);
    for bytes in [PASSED.as_bytes(), &gbk] {
        let at = bytes.iter().position(|byte| *byte >= 0x80).unwrap() + 1;
        assert_eq!(lost(ok(&bytes[..at])).vendor_code(), Some("P0000"));
    }
}

#[test]
fn an_answer_with_something_behind_it_is_no_answer() {
    for more in ["}", PASSED, " x", ",", "/", "/* never closed", "null"] {
        let error = lost(ok(format!("{PASSED}{more}")));
        assert_eq!(
            (error.vendor_code(), error.request_id()),
            (Some("P0000"), Some("ZT20261121160000123456")),
            "{more}"
        );
    }
}

#[test]
fn a_field_that_stands_twice_with_two_values_is_no_verdict() {
    let error = lost(ok(PASSED.replace(r#""errcode":"P0000""#, r#""errcode":"P0000","errcode":"00001""#)));
    assert!(error.to_string().contains("P0000") && error.to_string().contains("00001"), "{error}");
    let error = lost(ok(PASSED.replace(r#""errcode":"P0000""#, r#""errcode":"00001","ErrCode":"P0000""#)));
    assert!(error.to_string().contains("P0000") && error.to_string().contains("00001"), "{error}");
    lost(ok(PASSED.replace(r#""score":"85""#, r#""score":"85","score":"12""#)));
    lost(ok(PASSED.replace(r#""jobid""#, r#""jobid":"ZT0","jobid""#)));
    assert!(compare(ok(PASSED.replace(r#""errcode":"P0000""#, r#""errcode":"P0000","errcode":"P0000""#))).is_ok());
    let twice = LIVE.replace(r#""code":200"#, r#""code":202,"code":200"#);
    assert_eq!(result(ok(twice)).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
}

#[test]
fn what_any_health_page_says_is_no_pass() {
    for body in [
        r#"{"code":200,"msg":"ok"}"#,
        r#"{"code":200,"taskNo":"77"}"#,
        r#"{"code":200,"taskNo":"77","data":{}}"#,
        r#"{"code":200,"taskNo":"77","data":{"faceImageUrl":""}}"#,
        r#"{"code":200,"data":{"faceImageUrl":"https://oss.example/f.jpg"}}"#,
        r#"{"code":200,"msg":"ok","data":null,"charge":true}"#,
    ] {
        let error = result(ok(body)).unwrap_err();
        assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::OutcomeUnknown, Some("200")), "{body}");
    }
    assert_eq!(result(ok(r#"{"code":200,"msg":"ok"}"#)).unwrap_err().billed(), Billed::Unknown);
}

#[test]
fn a_web_page_is_told_by_its_title_and_what_to_check() {
    let page = "<!DOCTYPE html><html><head><title>访问被\n拦截</title></head><body>WAF</body></html>";
    for reply in [answer(200, &[("content-type", "text/html")], page), ok(format!("\u{FEFF}\n{page}"))] {
        let error = lost(reply);
        assert!(error.to_string().contains("访问被 拦截") && error.to_string().contains("firewall"), "{error}");
        assert_eq!(error.vendor_message(), Some("访问被 拦截"));
    }
    assert_eq!(compare(answer(403, &[], page)).unwrap_err().kind(), ErrorKind::Protocol);
    let error = compare(answer(429, &[], page)).unwrap_err();
    assert_eq!((error.kind(), error.again()), (ErrorKind::RateLimited, Again::MayBillAgain));
}

#[test]
fn what_cannot_be_decompressed_is_told_so() {
    let gzip = |text: &[u8]| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    // Over 4 MB; under it, but over 100 bytes for each; the same in two steps of which neither is.
    let nested = gzip(&[gzip(&[b' '; 8_000]), vec![0; 3_000]].concat());
    for bomb in [gzip(&vec![b' '; 50_000_000]), gzip(&vec![b' '; 1_000_000]), nested] {
        assert!(lost(ok(bomb)).to_string().contains("too large"));
    }
    let error = lost(answer(200, &[("content-encoding", "br")], [0x0B, 0x02, 0x80, 0x7B, 0x03].as_slice()));
    assert!(error.to_string().contains("neither gzip nor deflate"), "{error}");
    lost(ok([0x1F, 0x8B, 0x08, 0x00].as_slice()));
}

#[test]
fn an_endless_answer_is_asked_for_once() {
    let too_long = || Err(TransportError::new("the answer is longer than 4000000 bytes").permanent());
    assert_eq!(results([too_long()]).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
}

#[test]
fn after_a_lost_result_only_a_verdict_ends_the_doubt() {
    let lost = || Err(TransportError::new("reset"));
    for code in [301, 400, 404, 601, 606, 607, 999, 777] {
        let error = results([lost(), ok(format!(r#"{{"code":{code},"msg":"x"}}"#))]).unwrap_err();
        assert_eq!((error.kind(), error.again()), (ErrorKind::OutcomeUnknown, Again::MayBillAgain), "{code}");
        assert!(error.to_string().contains(&code.to_string()), "{error}");
        assert!(error.to_string().contains("statement"), "how to settle it: {error}");
    }
    for code in [500, 609] {
        let again = || ok(format!(r#"{{"code":{code},"msg":"x"}}"#));
        assert_eq!(results([lost(), again(), again()]).unwrap_err().kind(), ErrorKind::OutcomeUnknown, "{code}");
    }
    assert!(done(results([lost(), ok(LIVE)])).unwrap().is_passed());
}

#[test]
fn a_complete_answer_under_a_gateways_status_gives_its_code_and_number_to_the_error() {
    let error = lost(answer(502, &[], PASSED));
    assert_eq!((error.vendor_code(), error.request_id()), (Some("P0000"), Some("ZT20261121160000123456")));
    assert_eq!(error.http_status(), Some(502));
    let error = result(answer(502, &[], LIVE)).unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::OutcomeUnknown, Some("200")));
    let error = jumdata([answer(500, &[], OPENED)]).begin(&hosted()).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Yes));
}

#[test]
fn a_pass_has_all_that_the_documents_say_a_pass_has() {
    for (answer, missing) in [
        (r#"{"errcode":"P0000"}"#, "jobid"),
        (r#"{"errcode":"P0000","errmsg":"同一人","result":{}}"#, "jobid"),
        (r#"{"errcode":"P0000","jobid":"ZT1"}"#, "result"),
        (r#"{"errcode":"P0000","jobid":"ZT1","result":null}"#, "result"),
        (r#"{"errcode":"P0000","jobid":"ZT1","result":[]}"#, "result"),
    ] {
        let error = compare(ok(answer)).unwrap_err();
        let told = (error.kind(), error.vendor_code(), error.billed());
        assert_eq!(told, (ErrorKind::OutcomeUnknown, Some("P0000"), Billed::Unknown), "{answer}");
        assert!(error.to_string().contains(missing), "{error}");
    }
}

#[test]
fn a_verdict_is_taken_under_status_200_alone() {
    for code in Code::ALL {
        for status_code in [201, 204, 302, 403, 500, 502] {
            let body = format!(r#"{{"jobid":"ZT7","errcode":"{}","result":{{}}}}"#, code.info().code());
            let error = compare(answer(status_code, &[], body)).unwrap_err();
            assert_eq!((error.vendor_code(), error.request_id()), (Some(code.info().code()), Some("ZT7")));
            if matches!(code.info().meaning(), Meaning::Verdict { .. }) {
                assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Unknown), "{code:?}");
            }
        }
    }
}

#[test]
fn a_page_or_portrait_that_ends_with_the_connection_must_have_its_end() {
    let jpeg = [&[0xFF, 0xD8, 0xFF, 0xE0][..], &[0x11; 600], &[0xFF, 0xD9]].concat();
    let passed = done(results([ok(LIVE)])).unwrap();
    let portrait = |reply| jumdata([reply]).with_retry(RetryPolicy::never()).portrait(&passed);
    assert!(portrait(ok(jpeg.clone())).is_ok());
    let page = |reply| jumdata([reply]).with_retry(RetryPolicy::never()).page_html(&session());
    assert!(page(ok("<!doctype html><p>x</html>\n")).is_ok());
    for error in [portrait(ok(&jpeg[..400])).unwrap_err(), page(ok("<!doctype html><p>half of")).unwrap_err()] {
        assert_eq!((error.kind(), error.again(), error.billed()), (ErrorKind::Unavailable, Again::Safe, Billed::No));
        assert!(error.to_string().contains("cut off"), "{error}");
    }
    // With a length the transport itself sees a cut.
    let length = [("content-length", "400")];
    assert!(portrait(answer(200, &length, &jpeg[..400])).is_ok());
}
