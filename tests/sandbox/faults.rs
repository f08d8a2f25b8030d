use std::time::Duration;

use liveness::{
    AttemptTimeout, Request, Response, Transport, TransportErrorKind,
    sandbox::{Call, Fault, Scenario},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::*;

fn compare_request() -> Request {
    let line = authorization(START_DATE);
    let headers = [("content-type", FORM), ("x-date", START_DATE), ("x-source", "market"), ("authorization", &line)];
    request("POST", COMPARE, &headers, good_person())
}

#[test]
fn each_fault_has_a_name_and_loses_the_call_where_it_says() {
    for fault in Fault::ALL.iter().copied() {
        assert_eq!(Fault::named(fault.name()), Some(fault));
        let (sandbox, _) = sandbox();
        sandbox.arm_fault(fault, 1);
        let answer = sandbox.send(compare_request());
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        let is_json = |answer: &Response| serde_json::from_slice::<Value>(answer.body().as_bytes()).is_ok();
        match fault {
            Fault::Refuse => assert!(!answer.unwrap_err().may_have_been_sent()),
            Fault::EarlyAnswer => assert_eq!(status, Some(503)),
            Fault::BadGateway => assert_eq!(status, Some(502)),
            Fault::RateLimit | Fault::Quota => {
                let text = if fault == Fault::Quota { "API quota exceeded" } else { "API rate limit exceeded" };
                assert_eq!((status, json(&answer.unwrap())["message"].as_str()), (Some(429), Some(text)));
            }
            Fault::ClockJump => assert_eq!(status, Some(401), "dated an hour ago"),
            Fault::GarbleAnswer | Fault::UnderstateLength => assert!(!is_json(&answer.unwrap()), "{fault:?}"),
            Fault::EchoInputs => {
                let answer = json(&answer.unwrap());
                for field in ["errmsg", "jobid"] {
                    let text = answer[field].as_str().unwrap();
                    assert!(text.contains("张三") && text.contains(ID_NUMBER) && text.contains('\n'), "{field}");
                }
            }
            Fault::InterimAnswers | Fault::OldHttp | Fault::KeepAliveThenClose | Fault::WrongDate => {
                assert_eq!(errcode(&answer.unwrap()), "P0000", "{fault:?}");
            }
            _ => assert!(answer.unwrap_err().may_have_been_sent(), "{fault:?}"),
        }
        let ledger = sandbox.ledger();
        // A request that is refused has an entry too; the one after a jump of the clock is refused for its date.
        let calls = match fault {
            Fault::RateLimit | Fault::Quota | Fault::ClockJump => (1, 0),
            fault => (usize::from(fault.runs()), usize::from(fault.runs())),
        };
        assert_eq!((ledger.entries().len(), ledger.charges()), calls, "{fault:?}");
        let arrives_whole = status.is_some_and(|status| status != 502)
            && !matches!(fault, Fault::GarbleAnswer | Fault::UnderstateLength);
        assert!(ledger.entries().iter().all(|entry| entry.is_answered() == arrives_whole), "{fault:?}");
        if fault == Fault::ClockJump {
            sandbox.move_clock(time::Duration::HOUR * -1);
        }
        let (elapsed, now) = (sandbox.now() - START, sandbox.now());
        assert!(elapsed <= time::Duration::seconds(30), "{fault:?} moved the clock to {now}");
        assert_eq!(errcode(&compare(&sandbox)), "P0000", "armed for one call only");
    }
    assert_eq!(Fault::named("no such"), None);
}

#[test]
fn a_stall_lasts_as_long_as_its_client_waits_on_the_sandboxs_clock() {
    for (fault, arrived) in [(Fault::StallBeforeAnswer, false), (Fault::StallInAnswer, true), (Fault::DripAnswer, true)]
    {
        for patience in [None, Some(Duration::from_millis(700))] {
            let (sandbox, clock) = sandbox();
            sandbox.arm_fault(fault, 1);
            let mut request = compare_request();
            if let Some(patience) = patience {
                request.extensions_mut().insert(AttemptTimeout(patience));
            }
            let error = sandbox.send(request).unwrap_err();
            assert_eq!((error.kind(), error.partial().is_some()), (TransportErrorKind::Timeout, arrived), "{fault:?}");
            assert_eq!(clock.slept(), [patience.unwrap_or(Duration::from_secs(30))], "{fault:?}");
        }
    }
}

#[test]
fn what_arrived_before_a_break_is_told() {
    let whole = compare(&sandbox().0).body().len();
    for (fault, bytes, kind) in [
        (Fault::CutAnswer, whole / 2, TransportErrorKind::Interrupted),
        (Fault::StallInAnswer, whole / 2, TransportErrorKind::Timeout),
        (Fault::OverstateLength, whole, TransportErrorKind::Interrupted),
        (Fault::DripAnswer, whole - 1, TransportErrorKind::Timeout),
        (Fault::GarbleChunks, 0, TransportErrorKind::NotHttp),
    ] {
        let (sandbox, _) = sandbox();
        sandbox.arm_fault(fault, 1);
        let error = sandbox.send(compare_request()).unwrap_err();
        assert_eq!((error.partial().unwrap().body().len(), error.kind()), (bytes, kind), "{fault:?}");
    }
}

#[test]
fn a_jump_of_the_vendors_clock_stays_and_a_wrong_date_does_not() {
    for (fault, first, second) in [
        (Fault::WrongDate, "Sat, 21 Nov 2026 09:00:00 GMT", "Sat, 21 Nov 2026 08:00:00 GMT"),
        (Fault::ClockJump, "Sat, 21 Nov 2026 09:00:00 GMT", "Sat, 21 Nov 2026 09:00:00 GMT"),
    ] {
        let (sandbox, _) = sandbox();
        sandbox.arm_fault(fault, 1);
        let date = || sandbox.send(compare_request()).unwrap().headers()["date"].to_str().unwrap().to_owned();
        assert_eq!([date(), date()], [first, second], "{fault:?}");
    }
}

#[test]
fn too_many_calls_are_refused_whatever_is_asked_and_nothing_runs() {
    for (fault, code, text) in [(Fault::RateLimit, 609, "请求过于频繁"), (Fault::Quota, 606, "调用超限")] {
        let (sandbox, _) = sandbox();
        let token = open(&sandbox);
        sandbox.finish(&session(&token));
        sandbox.reset_ledger();
        sandbox.arm_fault(fault, 4);
        let init = send(&sandbox, jumdata(INIT, &[("returnUrl", "https://a.example/")]));
        assert_eq!((json(&init)["code"].as_u64(), json(&init)["charge"].as_bool()), (Some(code), Some(false)));
        assert_eq!(json(&send(&sandbox, jumdata(RESULT, &[("token", &token)])))["code"], code);
        let page =
            send(&sandbox, request("GET", &format!("https://h.example/lifecheck/h5/v2/html?token={token}"), &[], ""));
        assert!(String::from_utf8_lossy(page.body().as_bytes()).contains(text));
        let meter = send(&sandbox, request("GET", "https://h.example/assistant/balance", &[], ""));
        assert_eq!(json(&meter)["code"], code);
        let calls: Vec<_> = sandbox.ledger().entries().iter().map(|entry| entry.call()).collect();
        assert_eq!(calls, [Call::Init, Call::Result, Call::Html, Call::Meter]);
        assert_eq!(sandbox.ledger().charges(), 0);
        assert_eq!(result(&sandbox, &token)["code"], 200, "the session is untouched");
    }
}

#[test]
fn faults_come_in_the_order_armed_for_as_many_calls() {
    let (sandbox, _) = sandbox();
    sandbox.arm_fault(Fault::Refuse, 2);
    sandbox.arm_fault(Fault::DropAfterCharge, 0);
    sandbox.arm_fault(Fault::DropBeforeReading, 1);
    let sent: Vec<_> =
        (0..4).map(|_| sandbox.send(compare_request()).map_err(|error| error.may_have_been_sent())).collect();
    let sent: Vec<_> = sent.into_iter().map(|answer| answer.err()).collect();
    assert_eq!(sent, [Some(false), Some(false), Some(true), None]);
    sandbox.arm_fault(Fault::Refuse, usize::MAX);
    sandbox.disarm();
    assert!(sandbox.send(compare_request()).is_ok());
}

#[test]
fn a_fault_keeps_the_scenario_for_a_call_that_runs() {
    let (sandbox, _) = sandbox();
    sandbox.arm(Scenario::named("no-face").unwrap());
    sandbox.arm_fault(Fault::Refuse, 1);
    assert!(sandbox.send(compare_request()).is_err());
    assert_eq!(errcode(&compare(&sandbox)), "00003");
}

#[test]
fn an_answer_that_is_late_was_charged_all_the_same() {
    let (sandbox, clock) = sandbox();
    sandbox.delay(Duration::from_secs(31));
    let mut request = compare_request();
    request.extensions_mut().insert(AttemptTimeout(Duration::from_secs(30)));
    assert!(sandbox.send(request).unwrap_err().may_have_been_sent());
    assert_eq!(clock.slept(), [Duration::from_secs(30)], "the client gives up in time");
    assert_eq!(sandbox.ledger().charges(), 1);
    assert!(!sandbox.ledger().entries()[0].is_answered());

    sandbox.delay(Duration::from_secs(5));
    let response = compare(&sandbox);
    assert_eq!(response.headers()["date"], "Sat, 21 Nov 2026 08:00:35 GMT");
    sandbox.delay(Duration::ZERO);
    compare(&sandbox);
    assert_eq!(clock.slept().len(), 2);
}

#[test]
fn portraits_can_be_lost_too_and_stand_in_no_ledger() {
    let (sandbox, _) = sandbox();
    let token = open(&sandbox);
    sandbox.finish(&session(&token));
    let url = result(&sandbox, &token)["data"]["faceImageUrl"].as_str().unwrap().to_owned();
    let calls = sandbox.ledger().entries().len();
    sandbox.arm_fault(Fault::Refuse, 1);
    assert!(sandbox.send(request("GET", &url, &[], "")).is_err());
    assert_eq!(send(&sandbox, request("GET", &url, &[], "")).status(), 200);
    sandbox.arm_fault(Fault::RateLimit, 1);
    assert_eq!(send(&sandbox, request("GET", &url, &[], "")).status(), 429);
    assert_eq!(sandbox.ledger().entries().len(), calls);
}

/// A path under `/sandbox/` with fields that it may take, the extremes among them.
fn order() -> impl Strategy<Value = (&'static str, String)> {
    let paths = prop::sample::select(vec!["arm", "fault", "delay", "disarm", "clock", "finish"]);
    let values = "(-2147483648|2147483647|-?[0-9]{1,10}|passed|expired|garble-answer|refuse|[a-z]{0,5})";
    let fields = ["scenario", "fault", "calls", "milliseconds", "advance", "token"];
    (paths, prop::collection::vec(values, fields.len())).prop_map(move |(path, values)| {
        let fields: Vec<_> = fields.into_iter().zip(values.iter().map(String::as_str)).collect();
        (path, form(&fields))
    })
}

proptest! {
    #[test]
    fn no_request_makes_it_panic(
        method in "(GET|POST|PUT|HEAD|DELETE)",
        host in "(a\\.example|localhost|127\\.0\\.0\\.1:8787|\\[::1\\])",
        path in "(/lifecheck/h5/v2/(init|html|result|x)|/release/jingmocompare|/sandbox/portrait/x|/[a-z]{0,5}|/sandbox/(|scenarios|arm|faults?|delay|disarm|clock|finish|ledger|h5/capture|h5/failure))",
        query in "(\\?[a-z=&%0-9]{0,20})?",
        names in prop::collection::vec("(authorization|x-date|x-source|date|source|content-type|request-id|host)", 0..6),
        values in prop::collection::vec(prop::collection::vec(32_u8..=126, 0..60), 6),
        body in any::<Vec<u8>>(),
        loose: bool,
    ) {
        let sandbox = if loose { builder().loose().build() } else { sandbox().0 };
        let mut request = request(&method, &format!("https://{host}{path}{query}"), &[], body);
        for (name, value) in names.iter().zip(values) {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, http::HeaderValue::from_bytes(&value).unwrap());
        }
        prop_assert!(sandbox.send(request).is_ok());
        prop_assert_eq!(sandbox.ledger().charges(), 0);
    }

    #[test]
    fn no_order_makes_it_panic(orders in prop::collection::vec(order(), 0..60)) {
        let (sandbox, _) = sandbox();
        for (path, body) in orders {
            let order = request("POST", &format!("http://localhost/sandbox/{path}"), &[("content-type", FORM)], body);
            prop_assert!(sandbox.send(order).is_ok());
            // It may meet a fault that was ordered, or be dated on a clock that was moved.
            let _ = sandbox.send(jumdata(INIT, &[("returnUrl", "https://a.example/")]));
        }
        for path in ["", "scenarios", "faults", "clock", "ledger"] {
            let response = send(&sandbox, request("GET", &format!("http://localhost/sandbox/{path}"), &[], ""));
            prop_assert_eq!(response.status(), 200, "{}", path);
        }
    }

    #[test]
    fn no_authorization_line_makes_it_panic_or_gets_through(
        line in r#"(hmac |HMAC|\{)?((id|algorithm|headers|signature|x)? ?=? ?"?[ -~]{0,12}"?,? ?){0,6}\}?"#,
    ) {
        let (sandbox, _) = sandbox();
        let headers = [("content-type", FORM), ("x-date", START_DATE), ("x-source", "market"), ("authorization", &line)];
        let response = send(&sandbox, request("POST", COMPARE, &headers, good_person()));
        prop_assert!(matches!(response.status().as_u16(), 401 | 403), "{}", line);
    }

    #[test]
    fn no_well_signed_form_makes_it_panic(fields in prop::collection::vec(("(idcard|realname|photo|token)", any::<String>()), 0..5), raw in any::<Vec<u8>>()) {
        let (sandbox, _) = sandbox();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        compare_with(&sandbox, form(&fields));
        compare_with(&sandbox, raw);
        send(&sandbox, jumdata(INIT, &fields));
        send(&sandbox, jumdata(RESULT, &fields));
    }
}
