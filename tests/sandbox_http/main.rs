//! The served sandbox, from a client's side of the socket.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod client;
mod conditions;
mod control;
mod faults;

use std::{collections::HashMap, sync::Arc, thread};

use base64::{Engine, prelude::BASE64_STANDARD};
use client::{Client, Compare, support};
use http::Method;
use liveness::{
    Again, Billed, ErrorKind, Jumdata, LivenessProvider, Progress, TencentMarket, UreqTransport, Verdict,
    sandbox::{Sandbox, Scenario, Vendor},
};
use time::Duration;

/// The smallest JPEG that has a picture: 1 × 1 px, grey.
const JPEG: &[u8] = b"\xff\xd8\xff\xdb\0\x43\0\x03\x02\x02\x02\x02\x02\x03\x02\x02\x02\x03\x03\x03\x03\x04\x06\x04\x04\x04\x04\x04\x08\x06\
\x06\x05\x06\x09\x08\x0a\x0a\x09\x08\x09\x09\x0a\x0c\x0f\x0c\x0a\x0b\x0e\x0b\x09\x09\x0d\x11\x0d\x0e\x0f\x10\x10\x11\x10\x0a\x0c\x12\
\x13\x12\x10\x13\x0f\x10\x10\x10\xff\xc9\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xcc\0\x06\0\x10\x10\x05\xff\xda\0\x08\x01\x01\0\0\
\x3f\0\xd2\xcf\x20\xff\xd9";

#[test]
fn what_the_vendors_refuse_is_refused_over_http_and_costs_nothing() {
    let client = Client::new();
    let compare = |bend: fn(&mut Compare)| {
        let mut compare = Compare::default();
        bend(&mut compare);
        client.compare(&compare)
    };
    // A PNG's header and so many bytes in all.
    let padded = |bytes: usize| {
        let mut png = support::png(200, 260);
        png.resize(bytes, 0);
        client.compare(&Compare { photo: BASE64_STANDARD.encode(png), ..Compare::default() }).told()
    };
    let got = compare(|compare| compare.key = "wrong");
    assert!(matches!(got.status, 401 | 403));
    assert!(got.told().contains("HMAC signature does not match"), "{got:?}");
    for age in [Duration::minutes(16), -Duration::minutes(16)] {
        let got = client.compare_aged(age);
        assert!(got.told().contains("the x-date header is out of date for HMAC Authentication"), "{got:?}");
    }
    assert_eq!(client.sandbox.ledger().charges(), 0, "what the gateway refuses costs nothing");
    assert_eq!(client.compare_aged(Duration::minutes(14)).told(), "P0000");

    assert_eq!(padded(100_001), "P0027");
    assert_eq!(padded(100_000), "P0000");
    let sized = |side| {
        client.compare(&Compare { photo: BASE64_STANDARD.encode(support::png(side, side)), ..Compare::default() })
    };
    assert_eq!([15, 16, 3999, 4000].map(|side| sized(side).told()), ["P0027", "P0000", "P0000", "P0027"]);
    let prefixed = compare(|compare| compare.photo.insert_str(0, "data:image/jpg;base64,"));
    assert_eq!(prefixed.told(), "P0027");
    assert_eq!(compare(|compare| compare.photo.clear()).told(), "00002");
    assert_eq!(compare(|compare| compare.id.insert(0, '0')).told(), "21082");

    let back = ("returnUrl", "https://shop.example/back");
    for refused in [
        &[back, ("colors", "#123456")][..],
        &[back, ("colors", "#FFFFFF,#FFD9E3")],
        &[back, ("colors", "#FFFFFF,#000000"), ("actions", "OpenMouth")],
        &[back, ("actions", "StandOnHead")],
        &[("returnUrl", &format!("https://shop.example/{}", "x".repeat(108)))],
        &[("returnUrl", "ftp://shop.example/")],
        &[],
    ] {
        assert_eq!(client.init(refused).code(), 400, "{refused:?}");
    }
    assert_eq!(client.init(&[("returnUrl", &format!("https://shop.example/{}", "x".repeat(107)))]).code(), 200);
    assert_eq!(client.jumdata("init", "wrong", &[back]).code(), 400);

    let token = client.token();
    assert!(client.sandbox.finish(&support::session(&token)));
    // Real time passes too, so the last seconds before the end are left alone.
    client.sandbox.move_clock(Duration::seconds(590));
    assert_eq!(client.result(&token).code(), 200, "ten minutes are not over yet");
    client.sandbox.move_clock(Duration::seconds(11));
    assert_eq!(client.result(&token).code(), 301);
    let page = client.get(&format!("/lifecheck/h5/v2/html?token={token}"));
    assert!(page.text.contains("expired") && !page.text.starts_with(['<', '{']), "{page:?}");

    let charged = client.sandbox.ledger();
    let refused = charged.entries().iter().filter(|entry| entry.code() == "400" && entry.is_charged()).count();
    assert_eq!(refused, 0, "{charged}");
}

#[test]
fn any_way_of_writing_a_request_is_understood() {
    let client = Client::new();
    let token = client.token();
    let asked = client.raw(&format!(
        "GET /lifecheck/h5/v2/html?x=%20&token={token}&y=+ HTTP/1.1\r\nHOST: {}\r\nconnection: CLOSE\r\n\r\n",
        client.server.addr()
    ));
    assert!(asked.starts_with("HTTP/1.1 200 OK\r\n") && asked.contains("<!doctype html>"), "{asked:.300}");
    let refused = client.raw("rubbish\r\n\r\n");
    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("x-liveness-sandbox"), "{refused}");
}

#[test]
fn the_page_is_strict_about_where_its_parts_come_from_and_is_kept_nowhere() {
    let client = Client::new();
    let token = client.token();
    let page = client.send(Method::GET, &format!("/lifecheck/h5/v2/html?token={token}"), &[], "");
    let header = |name: &str| page.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!([header("referrer-policy"), header("cache-control")], ["no-referrer", "no-store"]);
}

#[test]
fn the_portrait_of_a_pass_is_the_frame_that_the_page_sent_first() {
    let client = Client::new();
    let token = client.token();
    let capture = |body: &[u8]| {
        let path = format!("/sandbox/h5/capture?token={token}");
        client.send(Method::POST, &path, &[("content-type", "image/jpeg")], body).status().as_u16()
    };
    assert_eq!(capture(b"no picture"), 415);
    assert_eq!(capture(&support::png(64, 64)), 415);
    assert_eq!(capture(&[JPEG, &vec![0; 4_000_000]].concat()), 413);
    assert_eq!(client.result(&token).code(), 201);
    assert_eq!(capture(JPEG), 200);
    assert_eq!(capture(&[JPEG, b"another"].concat()), 409);
    let answer = client.result(&token).json();
    let url = answer["data"]["faceImageUrl"].as_str().unwrap();
    let portrait = client.send(Method::GET, url.strip_prefix(&client.server.url()).unwrap(), &[], "");
    assert_eq!(portrait.body().as_bytes(), JPEG);
    assert_eq!(client.get("/sandbox/portrait/another.jpg").status, 404);
}

#[test]
fn a_camera_that_fails_is_203_and_a_dead_or_unknown_token_takes_nothing() {
    let client = Client::new();
    let failure = |token: &str| client.post(&format!("/sandbox/h5/failure?token={token}"), &[]).status;
    let token = client.token();
    assert_eq!([failure(&token), failure(&token), failure("unknown"), failure("")], [200, 409, 404, 404]);
    assert_eq!(client.result(&token).code(), 203);
    let late = client.token();
    client.sandbox.move_clock(Duration::minutes(10) + Duration::SECOND);
    assert_eq!(failure(&late), 410);
}

#[test]
fn faults_are_seen_on_the_line_as_they_are_named() {
    let client = Client::new();
    let call = "POST /lifecheck/h5/v2/init HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (fault, calls) in [("drop-before-reading", 0), ("drop-after-charge", 1)] {
        client.post("/sandbox/fault", &[("fault", fault)]);
        assert_eq!(client.raw(call), "", "{fault}");
        assert_eq!(client.sandbox.ledger().entries().len(), calls, "{fault}");
    }
    client.post("/sandbox/fault", &[("fault", "cut-answer")]);
    let cut = client.raw(call);
    let (head, body) = cut.split_once("\r\n\r\n").unwrap();
    let announced: usize = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    assert!(body.len() < announced && body.starts_with('{'), "{cut}");
    client.post("/sandbox/fault", &[("fault", "garble-answer")]);
    assert!(serde_json::from_str::<serde_json::Value>(client.raw(call).split_once("\r\n\r\n").unwrap().1).is_err());
    assert!(client.raw(call).contains("\"code\":400"), "the faults are used up");
}

#[test]
fn a_refused_connection_is_refused_on_the_line_too() {
    let providers = Providers::new();
    let sandbox = &providers.client.sandbox;
    providers.client.post("/sandbox/fault", &[("fault", "refuse")]);
    let error = providers.tencent.begin(&support::same_person()).unwrap_err();
    let told = (error.kind(), error.again(), error.billed(), sandbox.ledger().entries().len());
    assert_eq!(told, (ErrorKind::Unavailable, Again::Safe, Billed::No, 0), "{error}");
    // Whoever holds the sandbox need not wait for the port.
    sandbox.disarm();
    assert!(providers.tencent.begin(&support::same_person()).is_ok(), "the port is open again");
}

#[test]
fn a_compare_whose_answer_is_lost_on_the_line_is_charged_once_and_never_sent_again() {
    let providers = Providers::new();
    for fault in ["drop-after-charge", "cut-answer"] {
        providers.client.sandbox.reset_ledger();
        providers.client.post("/sandbox/fault", &[("fault", fault)]);
        let error = providers.tencent.begin(&support::same_person()).unwrap_err();
        assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Unknown), "{fault}");
        let ledger = providers.client.sandbox.ledger();
        assert_eq!([ledger.entries().len(), ledger.charges()], [1, 1], "{ledger}");
    }
}

/// Both vendors over HTTP, and what each call said of its cost.
struct Providers {
    client: Client,
    jumdata: Jumdata,
    tencent: TencentMarket,
}

impl Providers {
    fn new() -> Self {
        let client = Client::new();
        let url = client.server.url();
        let jumdata = Jumdata::new(Sandbox::jumdata_credentials(), UreqTransport::new()).with_endpoint(&url);
        let tencent = TencentMarket::new(Sandbox::tencent_market_credentials(), UreqTransport::new())
            .with_endpoint(&format!("{url}/release/jingmocompare"));
        Self { client, jumdata: jumdata.unwrap(), tencent: tencent.unwrap() }
    }

    /// One hosted check from begin to verdict.
    fn hosted(&self) -> Vec<Billed> {
        let Progress::Pending(session) = self.jumdata.begin(&support::liveness()).unwrap() else { panic!("hosted") };
        assert!(self.client.sandbox.finish(&session));
        let Progress::Done(verdict) = self.jumdata.resume(&session).unwrap() else { panic!("finished") };
        assert!(verdict.receipt().is_sandbox());
        vec![session.billed(), verdict.billed()]
    }

    fn compared(&self) -> Verdict {
        let Progress::Done(verdict) = self.tencent.begin(&support::same_person()).unwrap() else { panic!("one-shot") };
        verdict
    }

    fn assert_accounts(&self, told: &[Billed], compares: usize) {
        let ledger = self.client.sandbox.ledger();
        let charges =
            |vendor| ledger.entries().iter().filter(|entry| entry.vendor() == vendor && entry.is_charged()).count();
        let mut count = HashMap::new();
        told.iter().for_each(|billed| *count.entry(*billed).or_insert(0) += 1);
        assert_eq!(count.get(&Billed::Yes).copied().unwrap_or_default(), charges(Vendor::Jumdata), "{count:?}");
        assert_eq!(charges(Vendor::TencentMarket), compares);
    }
}

#[test]
fn a_thousand_checks_in_a_row_are_all_answered_and_the_ledger_equals_what_was_told() {
    let providers = Providers::new();
    let mut told = Vec::new();
    for check in 0..1000 {
        // Some fail, some cannot be filmed, so that the sum is not just the number of checks.
        match check % 10 {
            3 => providers.client.sandbox.arm(Scenario::named("202").unwrap()),
            7 => providers.client.sandbox.arm(Scenario::named("203").unwrap()),
            _ => {}
        }
        told.extend(providers.hosted());
        assert_eq!(providers.compared().billed(), Billed::Unknown);
    }
    assert_eq!(told.len(), 2000);
    providers.assert_accounts(&told, 1000);
}

#[test]
fn two_hundred_checks_at_the_same_time_are_all_answered_and_the_ledger_equals_what_was_told() {
    let providers = Arc::new(Providers::new());
    let together = Arc::new(std::sync::Barrier::new(200));
    let checks: Vec<_> = (0..200)
        .map(|_| {
            let (providers, together) = (Arc::clone(&providers), Arc::clone(&together));
            thread::spawn(move || {
                together.wait();
                let told = providers.hosted();
                assert_eq!(providers.compared().billed(), Billed::Unknown);
                told
            })
        })
        .collect();
    let told: Vec<_> = checks.into_iter().flat_map(|check| check.join().unwrap()).collect();
    assert_eq!(told.len(), 400);
    providers.assert_accounts(&told, 200);
}
