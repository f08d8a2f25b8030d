//! What each answer of a vendor becomes in the report. A closure stands in for the network.

use std::sync::{Arc, Mutex};

use liveness::{Account, Body, Request, Response, Sandbox, SystemClock, sandbox::Vendor};

use super::{
    Check, Report, address,
    beyond::answered,
    report::State::{self, Failed, Ok as Well, Skipped, Warning},
    stage::Stage,
};
use crate::environment::Asked;

const GATEWAY: &str = "https://service-2f8hgj2k-1256122842.gz.apigw.tencentcs.com/release/jingmocompare";

fn response(status: u16, body: &str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.try_into().unwrap();
    response
}

/// The report on a vendor that answers so, and the requests that it got: headers and body.
fn report(
    vendor: Vendor,
    may_bill: bool,
    answer: impl Fn(&Request) -> (u16, &'static str) + Send + Sync + 'static,
) -> (Report, Vec<String>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&sent);
    let transport = move |request: Request| {
        let line = request.headers().get("authorization").map(|line| line.to_str().unwrap().to_owned());
        let body = String::from_utf8(request.body().as_bytes().to_vec()).unwrap();
        kept.lock().unwrap().push(format!("{} {body}", line.unwrap_or_default()));
        let (status, body) = answer(&request);
        Ok(response(status, body))
    };
    let stage = Stage::over(Asked::Sandbox(vendor), transport, SystemClock).unwrap();
    let mut report = Report::default();
    answered(&mut report, &stage, &address::endpoint(&stage.account), may_bill);
    let sent = sent.lock().unwrap().clone();
    (report, sent)
}

fn state(report: &Report, check: Check) -> State {
    report.lines.iter().find(|line| line.check == check).unwrap_or_else(|| panic!("{check:?} in {report:?}")).state
}

/// The checks that failed and those that are worth a look.
fn found(report: &Report) -> Vec<(Check, State)> {
    let found = report.lines.iter().filter(|line| [Failed, Warning].contains(&line.state));
    found.map(|line| (line.check, line.state)).collect()
}

fn said(report: &Report, check: Check) -> String {
    let line = report.lines.iter().find(|line| line.check == check).unwrap();
    format!("{:?} {:?}", line.found, line.advice)
}

#[test]
fn each_code_of_jumdatas_names_what_it_is_about() {
    const FINE: &str = r#"{"code":200,"taskNo":"1","data":{"remaining":5000}}"#;
    for (status, body, expected) in [
        (200, FINE, None),
        (200, r#"{"code":400,"msg":"x"}"#, Some((Check::Signature, Failed))),
        (200, r#"{"code":404,"msg":"x"}"#, Some((Check::Gateway, Failed))),
        (200, r#"{"code":500,"msg":"x"}"#, Some((Check::Gateway, Failed))),
        (200, r#"{"code":601,"msg":"x"}"#, Some((Check::Account, Failed))),
        (200, r#"{"code":602,"msg":"x"}"#, Some((Check::Account, Failed))),
        (200, r#"{"code":604,"msg":"x"}"#, Some((Check::Account, Failed))),
        (200, r#"{"code":606,"msg":"x"}"#, Some((Check::Package, Warning))),
        (200, r#"{"code":607,"msg":"x"}"#, Some((Check::Ip, Failed))),
        (200, r#"{"code":609,"msg":"x"}"#, Some((Check::Package, Warning))),
        (200, r#"{"code":999,"msg":"x"}"#, Some((Check::Gateway, Failed))),
        (200, r#"{"code":777,"msg":"x"}"#, Some((Check::Gateway, Failed))),
        (200, r#"{"code":200,"taskNo":"1","data":{"remaining":0}}"#, Some((Check::Package, Failed))),
        (200, r#"{"code":200,"taskNo":"1","data":{"leftCount":7}}"#, Some((Check::Package, Warning))),
        (200, "<html>please log in</html>", Some((Check::Gateway, Failed))),
        (404, "<html>nginx</html>", Some((Check::Gateway, Failed))),
        (502, "<html>bad gateway</html>", Some((Check::Gateway, Failed))),
        (200, "", Some((Check::Gateway, Failed))),
        (200, r#"{"error":"captive"}"#, Some((Check::Gateway, Failed))),
    ] {
        let (report, _) = report(Vendor::Jumdata, false, move |request| match request.uri().path() {
            "/assistant/product-balance" => (status, body),
            _ => (200, r#"{"code":200,"taskNo":"1","data":810.75}"#),
        });
        assert_eq!(found(&report), expected.into_iter().collect::<Vec<_>>(), "{status} {body}");
        assert!(!said(&report, Check::Gateway).contains("captive"), "{report:?}");
        assert_eq!(report.cost(), liveness::Billed::No);
        if expected.is_none() {
            assert_eq!(
                [Check::Ip, Check::Signature, Check::Package, Check::Money].map(|check| state(&report, check)),
                [Well; 4]
            );
        }
    }
}

#[test]
fn each_refusal_of_the_gateway_to_a_request_without_a_key_names_what_it_is_about() {
    for (status, body, expected) in [
        (401, r#"{"message":"a validate authorization header is required"}"#, None),
        (403, r#"{"message":"a validate authorization header is required."}"#, None),
        (403, r#"{"message":"IP address is not allowed"}"#, Some((Check::Ip, Failed))),
        (403, r#"{"message":"Cannot identify the client IP"}"#, Some((Check::Ip, Failed))),
        (404, r#"{"message":"There is no api match host"}"#, Some((Check::Gateway, Failed))),
        (404, "<html>404</html>", Some((Check::Gateway, Failed))),
        (405, r#"{"message":"x"}"#, Some((Check::Gateway, Failed))),
        (426, r#"{"message":"x"}"#, Some((Check::Gateway, Failed))),
        (502, r#"{"message":"x"}"#, Some((Check::Gateway, Failed))),
        (200, r#"{"errcode":"00002"}"#, Some((Check::Gateway, Warning))),
        (200, "<html>please log in</html>", Some((Check::Gateway, Failed))),
    ] {
        let is_signed = |request: &Request| request.headers().contains_key("authorization");
        let (report, sent) = report(Vendor::TencentMarket, false, move |request| match is_signed(request) {
            false => (status, body),
            true => (401, r#"{"message":"HMAC signature does not match"}"#),
        });
        assert_eq!(found(&report), expected.into_iter().collect::<Vec<_>>(), "{status} {body}");
        assert_eq!(sent[0], " ", "neither a key nor a person");
        assert_eq!(report.cost(), liveness::Billed::No);
        let is_announced = said(&report, Check::Gateway).contains("2026-10-30");
        assert_eq!(is_announced, status == 404, "{status}");
    }
}

#[test]
fn without_leave_to_bill_nothing_is_signed_that_could_be_right() {
    for (answer, expected) in [
        (r#"{"message":"HMAC signature does not match"}"#, Skipped),
        (r#"{"message":"HMAC signature cannot be verified"}"#, Failed),
        (r#"{"message":"HMAC apikey is invalid for API"}"#, Failed),
    ] {
        let (report, sent) = report(Vendor::TencentMarket, false, move |request| {
            match request.headers().contains_key("authorization") {
                false => (401, r#"{"message":"a validate authorization header is required"}"#),
                true => (401, answer),
            }
        });
        assert_eq!(state(&report, Check::Signature), expected, "{answer}");
        assert!(said(&report, Check::Signature).contains(if expected == Failed { "secretId" } else { "--may-bill" }));
        assert_eq!(sent.len(), 2);
        assert!(sent[1].contains(Sandbox::TENCENT_SECRET_ID) && sent[1].ends_with("\" "), "no person: {sent:?}");
    }
    // The sandbox verifies: what was signed wrong does not pass, and nothing is charged.
    let sandbox = Sandbox::new();
    let stage = Stage::over(Asked::Sandbox(Vendor::TencentMarket), sandbox.clone(), SystemClock).unwrap();
    answered(&mut Report::default(), &stage, &GATEWAY.parse().unwrap(), false);
    let ledger = sandbox.ledger();
    assert_eq!((ledger.entries().len(), ledger.charges()), (2, 0));
    assert!(ledger.entries().iter().all(|entry| entry.status() == 401), "{ledger}");
}

#[test]
fn the_one_call_that_may_bill_is_of_nobody_and_names_what_it_is_refused_for() {
    for (status, body, expected) in [
        (200, r#"{"errcode":"00002","jobid":"ZT1"}"#, None),
        (200, r#"{"errcode":"21082","jobid":"ZT1"}"#, None),
        (401, r#"{"message":"HMAC signature does not match"}"#, Some((Check::Signature, Failed))),
        (403, r#"{"message":"HMAC signature cannot be verified"}"#, Some((Check::Signature, Failed))),
        (403, r#"{"message":"Found no validate usage plan"}"#, Some((Check::Account, Failed))),
        (403, r#"{"message":"IP address is not allowed"}"#, Some((Check::Ip, Failed))),
        (403, r#"{"message":"param photo is required"}"#, None),
        (429, r#"{"message":"API quota exceeded"}"#, Some((Check::Package, Failed))),
        (429, r#"{"message":"API rate limit exceeded"}"#, Some((Check::Account, Warning))),
        (504, r#"{"message":"Gateway Timeout"}"#, Some((Check::Gateway, Failed))),
        (404, r#"{"message":"There is no api match"}"#, Some((Check::Gateway, Failed))),
        (500, r#"{"message":"x"}"#, Some((Check::Gateway, Failed))),
    ] {
        let (report, sent) =
            report(Vendor::TencentMarket, true, move |request| match request.headers().contains_key("authorization") {
                false => (401, r#"{"message":"a validate authorization header is required"}"#),
                true => (status, body),
            });
        assert_eq!(found(&report), expected.into_iter().collect::<Vec<_>>(), "{status} {body}");
        assert!(sent[1].contains("idcard=990000199001010017&") && sent[1].ends_with("&photo="), "{sent:?}");
        let may_cost = matches!(status, 200 | 500 | 504);
        assert_eq!(report.cost() == liveness::Billed::Unknown, may_cost, "{status} {body}");
        assert_eq!(state(&report, Check::Signature) == Well, status == 200);
        let is_paid_twice = sent.len() > 2 && !body.contains("rate limit");
        assert!(!is_paid_twice, "{sent:?}");
    }
}

#[test]
fn the_newer_gateway_is_asked_without_a_key_and_nothing_is_claimed_of_it() {
    let transport = |request: Request| {
        assert!(!request.headers().contains_key("authorization"));
        Ok(response(401, r#"{"code":"1","message":"缺少签名"}"#))
    };
    let get = |name: &str| {
        let value = match name {
            "LIVENESS_VENDOR" => "tencent-market",
            "TENCENT_MARKET_SCHEME" => "cloudmarket",
            "TENCENT_MARKET_ENDPOINT" => "https://ap-guangzhou.cloudmarket-apigw.com/service-x/compare",
            _ => "k3y",
        };
        Some(value.to_owned())
    };
    let mut stage = Stage::over(Asked::Sandbox(Vendor::TencentMarket), transport, SystemClock).unwrap();
    stage.account = liveness::account_from_vars(get, stage.watch.clone()).unwrap();
    assert!(matches!(stage.account, Account::TencentMarket(_)));
    let mut report = Report::default();
    answered(&mut report, &stage, &address::endpoint(&stage.account), false);
    assert_eq!((state(&report, Check::Gateway), state(&report, Check::Signature)), (Well, Skipped));
}
