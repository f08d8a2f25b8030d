use std::time::Duration;

use liveness::{Request, Sandbox, sandbox::Scenario};
use proptest::prelude::*;
use time::macros::datetime;

use crate::support::*;

fn signed(headers: &[(&str, &str)]) -> Request {
    request("POST", COMPARE, &[&[("content-type", FORM)], headers].concat(), good_person())
}

#[test]
fn the_published_signatures_are_accepted_byte_for_byte() {
    let clock = liveness::ManualClock::new(datetime!(2020-10-20 06:03:36 UTC));
    let sandbox = Sandbox::builder()
        .with_clock(clock)
        .with_tencent_market_account(liveness::tencent_market::Credentials {
            secret_id: "id-1".into(),
            secret_key: "secret-key-demo".into(),
        })
        .build();
    let today = signed(&[
        ("X-Date", "Tue, 20 Oct 2020 06:03:36 GMT"),
        ("X-Source", "market"),
        (
            "Authorization",
            r#"hmac id="id-1", algorithm="hmac-sha1", headers="x-date x-source", signature="0OlAycM5+RurN27Xa7/YYkl4uC0=""#,
        ),
    ]);
    assert_eq!(errcode(&send(&sandbox, today)), "P0000");
    // Two years old: a signed `Date` is not checked for age. Written as the vendor's curl sample writes it.
    let curl = signed(&[
        ("Source", "source"),
        ("Date", "Mon, 19 Mar 2018 12:08:40 GMT"),
        (
            "Authorization",
            r#"hmac id = "id-1", algorithm = "hmac-sha1", headers = "date source", signature = fTo67LBiwRI9ULEJoPQumIASQFY="#,
        ),
        ("X-Requested-With", "XMLHttpRequest"),
    ]);
    assert_eq!(errcode(&send(&sandbox, curl)), "P0000");
}

#[test]
fn any_list_of_headers_in_any_order_and_case_is_verified() {
    let (sandbox, _) = sandbox();
    let key = Sandbox::TENCENT_SECRET_KEY;
    let signature =
        hmac_sha1(key, &format!("x-nonce: 7\ncontent-type: {FORM}\nx-date: {START_DATE}\nx-source: my watermark"));
    let id = Sandbox::TENCENT_SECRET_ID;
    for line in [
        format!(
            r#"hmac signature="{signature}",headers="X-Nonce Content-Type X-DATE x-source",id="{id}",algorithm="hmac-sha1""#
        ),
        format!(
            r#"HMAC  ID ={id} , Algorithm= hmac-sha1, headers = "x-nonce content-type x-date x-source" , signature={signature}"#
        ),
    ] {
        let headers =
            [("X-NONCE", "7"), ("x-date", START_DATE), ("X-Source", "my watermark"), ("Authorization", line.as_str())];
        assert_eq!(errcode(&send(&sandbox, signed(&headers))), "P0000", "{line}");
    }
}

/// What a line gets that stands beside a good date and source.
fn refusal_of(line: &str) -> (u16, String) {
    let (sandbox, _) = sandbox();
    let headers = [("x-date", START_DATE), ("x-source", "market"), ("authorization", line)];
    refusal(&send(&sandbox, signed(&headers)))
}

#[test]
fn each_broken_authorization_gets_its_documented_refusal() {
    let good = authorization(START_DATE);
    let id = Sandbox::TENCENT_SECRET_ID;
    for (line, expected) in [
        ("", "authorization format error"),
        ("Basic dXNlcjpwYXNz", "authorization format error"),
        ("hmac", "authorization format error"),
        (&good.replace("hmac id", "hmac-id"), "authorization format error"),
        (&good.replace(r#"algorithm="hmac-sha1", "#, ""), "authorization format error"),
        (&good.replace(r#"id=""#, r#"id=" x", id=""#), "authorization format error"),
        (&good.replace(id, ""), "id or signature missing"),
        (&format!(r#"hmac id="{id}", algorithm="hmac-sha1", headers="x-date x-source""#), "id or signature missing"),
        (&good.replace("hmac-sha1", "hmac-md5"), "not supported"),
        (&good.replace("x-date x-source", ""), "authorization headers is invalidate"),
        (&good.replace("x-date x-source", "x-date x-date"), "authorization headers is invalidate"),
        (&good.replace(r#"headers="x-date x-source", "#, ""), "authorization headers is invalidate"),
        (&good.replace("x-date x-source", "x-date x-nonce"), "a valid x-nonce header is required"),
        (&good.replace("x-date x-source", "x-source"), "header is required"),
        (&good.replace("x-date x-source", "x-source x-date"), "HMAC signature does not match"),
        (&good.replace(id, "other"), "HMAC signature cannot be verified"),
        (&authorization("Sat, 21 Nov 2026 08:00:01 GMT"), "HMAC signature does not match"),
        (&good.replace(r#"signature=""#, r#"signature="x"#), "HMAC signature does not match"),
    ] {
        let (status, message) = refusal_of(line);
        assert_eq!(status, 401, "{line}");
        if expected == "HMAC signature cannot be verified" {
            assert_eq!(message, expected, "nothing comes after it");
        }
        assert!(message.contains(expected), "{message} for {line}");
    }
}

#[test]
fn a_missing_or_doubled_header_is_refused() {
    let (sandbox, _) = sandbox();
    let line = authorization(START_DATE);
    let date = ("x-date", START_DATE);
    let (source, line) = (("x-source", "market"), ("authorization", line.as_str()));
    for (headers, expected) in [
        (&[date, source][..], "a validate authorization header is required"),
        (&[date, line], "a valid x-source header is required"),
        (&[source, line], "a valid x-date header is required"),
        (&[date, source, line, line], "do not support multiple HTTP header"),
        (&[date, source, source, line], "do not support multiple HTTP header"),
        (&[("x-date", "yesterday"), source, line], "a valid x-date header is required"),
    ] {
        assert_eq!(refusal(&send(&sandbox, signed(headers))), (401, expected.to_owned()));
    }
    let mut latin = signed(&[date, source]);
    latin.headers_mut().insert("authorization", http::HeaderValue::from_bytes(b"hmac \xFF").unwrap());
    assert_eq!(refusal(&send(&sandbox, latin)).1, "authorization format error");
}

#[test]
fn a_signed_x_date_is_believed_for_fifteen_minutes_either_way() {
    for (seconds, fresh) in [(0, true), (900, true), (-900, true), (901, false), (-901, false), (960, false)] {
        let (sandbox, clock) = sandbox();
        clock.set(START + time::Duration::seconds(seconds));
        let response = compare(&sandbox);
        if fresh {
            assert_eq!(errcode(&response), "P0000", "{seconds} s");
        } else {
            let skew = "the x-date header is out of date for HMAC Authentication";
            assert_eq!(refusal(&response), (401, skew.to_owned()), "{seconds} s");
            assert!(sandbox.ledger().charges() == 0);
        }
    }
    let (sandbox, _) = sandbox();
    sandbox.move_clock(time::Duration::minutes(16));
    let response = compare(&sandbox);
    assert_eq!(refusal(&response).0, 401);
    assert_eq!(response.headers()["date"], "Sat, 21 Nov 2026 08:16:00 GMT", "a client can learn its offset");
}

#[test]
fn the_documents_other_status_of_signature_errors_can_be_had() {
    let sandbox = builder().with_forbidden_signatures().build();
    let response = send(&sandbox, signed(&[]));
    assert_eq!(refusal(&response), (403, "a validate authorization header is required".to_owned()));
    sandbox.arm(Scenario::named("gateway-hmac-signature-does-not-match").unwrap());
    assert_eq!(refusal(&compare(&sandbox)), (403, "HMAC signature does not match".to_owned()));
}

#[test]
fn what_is_wrong_beside_the_signature_gets_its_own_refusal() {
    let (sandbox, _) = sandbox();
    let line = authorization(START_DATE);
    let signed = |method: &str, url: &str, media: &str, body: &str| {
        let headers =
            [("content-type", media), ("x-date", START_DATE), ("x-source", "market"), ("authorization", &line)];
        refusal(&send(&sandbox, request(method, url, &headers, body)))
    };
    assert_eq!(signed("GET", COMPARE, FORM, "").0, 405);
    let (status, message) = signed("POST", "https://a.example/release/other", FORM, "");
    assert!(status == 404 && message.contains("There is no api match"));
    let form_only = "req content type need application/x-www-form-urlencoded".to_owned();
    assert_eq!(signed("POST", COMPARE, "application/json", "{}"), (403, form_only.clone()));
    assert_eq!(signed("POST", COMPARE, "multipart/form-data; boundary=x", ""), (403, form_only));
    for (body, name) in [
        ("", "idcard"),
        ("realname=a&photo=b", "idcard"),
        ("idcard=a&photo=b", "realname"),
        ("idcard=a&realname=b", "photo"),
    ] {
        assert_eq!(signed("POST", COMPARE, FORM, body), (403, format!("param {name} is required")));
    }
    let flood = "x".repeat((16 << 20) + 1);
    assert_eq!(signed("POST", COMPARE, FORM, &flood).0, 413);
    assert_eq!(sandbox.ledger().charges(), 0);
}

#[test]
fn an_empty_query_and_a_charset_are_no_mistakes() {
    let (sandbox, _) = sandbox();
    let line = authorization(START_DATE);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded;charset=utf-8"),
        ("x-date", START_DATE),
        ("x-source", "market"),
        ("authorization", &line),
    ];
    let response = send(&sandbox, request("POST", &format!("{COMPARE}?"), &headers, good_person()));
    assert_eq!(errcode(&response), "P0000");
    assert_eq!(response.headers()["x-secret-id"], Sandbox::TENCENT_SECRET_ID);
}

#[test]
fn the_gateway_tells_how_much_of_the_package_is_used_to_whom_it_believes() {
    let (sandbox, _) = sandbox();
    sandbox.set_package(2);
    let line = authorization(START_DATE);
    let call = |line: &str| {
        let headers = [("content-type", FORM), ("x-date", START_DATE), ("x-source", "market"), ("authorization", line)];
        let response = send(&sandbox, request("POST", COMPARE, &headers, good_person()));
        let told = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), told("x-ratelimit-limit"), told("x-ratelimit-used"))
    };
    let told = |status, used: u64| (status, Some("2".to_owned()), Some(used.to_string()));
    assert_eq!(call(&line), told(200, 1));
    assert_eq!(call("hmac id=\"x\""), (401, None, None));
    assert_eq!(call(&line), told(200, 2));
    assert_eq!(call(&line), told(429, 2));
}

#[test]
fn the_newer_gateways_line_is_verified_too() {
    let (sandbox, clock) = sandbox();
    let (id, key) = (Sandbox::TENCENT_SECRET_ID, Sandbox::TENCENT_SECRET_KEY);
    let signature = hmac_sha1(key, &format!("x-date: {START_DATE}"));
    let good = format!(r#"{{"id":"{id}","x-date":"{START_DATE}","signature":"{signature}"}}"#);
    let uuid = "1ec9414c-232a-4b6b-8b2e-1a2b3c4d5e6f";
    let call = |line: &str, uuid: &str| {
        let headers = [("content-type", FORM), ("authorization", line), ("request-id", uuid)];
        send(&sandbox, request("POST", COMPARE, &headers, good_person()))
    };
    // A UUID of any version, or an md5 in hex.
    for number in [uuid, "1ec9414c-232a-6b00-b3c8-9e6bdeced846", "d41d8cd98f00b204e9800998ecf8427e"] {
        assert_eq!(errcode(&call(&good, number)), "P0000");
    }
    for (line, uuid, expected) in [
        (&good[..], " ", "request-id"),
        (&good.replace(id, "other"), uuid, "secretId"),
        (&good.replace(START_DATE, "yesterday"), uuid, "x-date"),
        (&good.replace(START_DATE, "Sat, 21 Nov 2026 08:00:01 GMT"), uuid, "签名"),
        ("{", uuid, "authorization"),
    ] {
        let (status, message) = refusal(&call(line, uuid));
        assert!(status == 403 && message.contains(expected), "{message} for {line}");
    }
    clock.advance(Duration::from_secs(901));
    let (status, message) = refusal(&call(&good, uuid));
    assert!(status == 403 && message.contains("签名时间") && message.contains("超时"), "{message}");
}

/// Headers beside the date that a client signs as well.
fn extra_headers() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("X-Extra-[A-Za-z][A-Za-z0-9-]{0,8}", "[!-~]([ -~]{0,20}[!-~])?"), 0..5)
}

proptest! {
    #[test]
    fn whatever_a_conforming_client_signs_and_however_it_writes_it_is_let_through(
        extra in extra_headers(),
        order: [usize; 4],
        [with_date, upper, quoted, tampered]: [bool; 4],
        space in "[ ]{0,2}",
    ) {
        let (sandbox, _) = sandbox();
        let mut headers = vec![("X-Date".to_owned(), START_DATE.to_owned())];
        if with_date {
            headers.push(("Date".to_owned(), "Mon, 19 Mar 2018 12:08:40 GMT".to_owned()));
        }
        for (name, value) in extra {
            if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
                headers.push((name, value));
            }
        }
        let mut listed = headers.clone();
        for at in order {
            let at = at % listed.len();
            listed.swap(0, at);
        }
        let lines: Vec<_> = listed.iter().map(|(name, value)| format!("{}: {value}", name.to_lowercase())).collect();
        let signature = hmac_sha1(Sandbox::TENCENT_SECRET_KEY, &lines.join("\n"));
        let names: Vec<_> = listed.into_iter().map(|(name, _)| if upper { name.to_uppercase() } else { name }).collect();
        let quote = if quoted { "\"" } else { "" };
        let field = |name: &str, value: &str| format!("{name}{space}={space}{quote}{value}{quote}");
        let line = [
            field("hmac id", Sandbox::TENCENT_SECRET_ID),
            field("algorithm", "hmac-sha1"),
            field("headers", &names.join(" ")),
            field("signature", &signature),
        ]
        .join(", ");
        let (last, value) = headers.last_mut().unwrap();
        let is_date = last.eq_ignore_ascii_case("x-date");
        if tampered && !is_date {
            value.push('x');
        }
        headers.push(("Authorization".to_owned(), line));
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let response = send(&sandbox, signed(&headers));
        if tampered && !is_date {
            prop_assert_eq!(refusal(&response).1, "HMAC signature does not match");
        } else {
            prop_assert_eq!(response.status(), 200, "{:?}", headers);
        }
    }
}

#[test]
fn the_gateway_refuses_before_the_listing_looks_at_the_parameters() {
    let (sandbox, _) = sandbox();
    let no_photo = person(ID_NUMBER, "张三", "");
    sandbox.arm(Scenario::named("P0001").unwrap());
    assert_eq!(errcode(&compare_with(&sandbox, no_photo.clone())), "00002");
    assert_eq!(errcode(&compare(&sandbox)), "P0001", "an answer of the listing's waits for a valid call");
    sandbox.arm(Scenario::named("gateway-ip-address-is-not-allowed").unwrap());
    assert_eq!(refusal(&compare_with(&sandbox, no_photo.clone())), (403, "IP address is not allowed".to_owned()));
    assert_eq!(errcode(&compare_with(&sandbox, no_photo)), "00002");
}
