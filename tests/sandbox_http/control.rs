//! What can be asked under `/sandbox/`, and what a log shows of it.

use std::sync::{Arc, Mutex};

use http::Method;
use liveness::{
    ManualClock,
    sandbox::{Fault, Ledger, Sandbox, Scenario, ServedRequest},
};
use time::{OffsetDateTime, macros::datetime};

use crate::client::{Client, Compare, support};

const START: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

#[test]
fn the_sandbox_is_directed_over_http() {
    let client = Client::new();
    let index = client.get("/sandbox/").json();
    assert_eq!(index["appSecret"], Sandbox::JUMDATA_APP_SECRET);
    let scenarios = client.get("/sandbox/scenarios").json();
    assert_eq!(scenarios.as_array().unwrap().len(), Scenario::all().count());
    let named = |name: &str| scenarios.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(named("different-person")["tencentMarket"], "P0001");
    assert!(named("different-person")["jumdata"].is_null());

    assert_eq!(client.post("/sandbox/arm", &[("scenario", "P0001")]).json()["armed"], "P0001");
    assert_eq!(client.compare(&Compare::default()).told(), "P0001");
    assert_eq!(client.compare(&Compare::default()).told(), "P0000", "armed for one call");

    let token = client.token();
    assert_eq!(client.post("/sandbox/finish", &[("token", &token)]).status, 200);
    assert_eq!(client.post("/sandbox/finish", &[("token", &token)]).status, 409);
    assert_eq!(client.result(&token).code(), 200);
    let before = client.get("/sandbox/clock").json()["now"].as_str().unwrap().to_owned();
    let after = client.post("/sandbox/clock", &[("advance", "601")]).json()["now"].as_str().unwrap().to_owned();
    assert!(after > before);
    assert_eq!(client.result(&token).code(), 301);
    client.post("/sandbox/clock", &[("advance", "-601")]);

    let ledger = client.get("/sandbox/ledger").json();
    assert_eq!([&ledger["calls"], &ledger["charges"]], [5, 4]);
    assert!(!ledger.to_string().contains(&token));
    assert_eq!(client.send(Method::DELETE, "/sandbox/ledger", &[], "").status(), 200);
    assert_eq!(client.get("/sandbox/ledger").json()["calls"], 0);

    for (path, fields, status, names) in [
        ("/sandbox/arm", &[("scenario", "nonsense")][..], 400, "scenario"),
        ("/sandbox/fault", &[("fault", "nonsense")], 400, "fault"),
        ("/sandbox/fault", &[("fault", "refuse"), ("calls", "0")], 400, "calls"),
        ("/sandbox/clock", &[("advance", "soon")], 400, "advance"),
        ("/sandbox/delay", &[("milliseconds", "-1")], 400, "milliseconds"),
        ("/sandbox/finish", &[], 409, "token"),
        ("/sandbox/scenarios", &[], 405, "method"),
        ("/sandbox/nonsense", &[], 404, "address"),
    ] {
        let got = client.post(path, fields);
        assert_eq!(got.status, status, "{path} {got:?}");
        assert!(got.json()["error"].as_str().unwrap().contains(names), "{got:?}");
    }
}

#[test]
fn a_fault_and_a_delay_that_were_ordered_over_http_come_and_go() {
    let clock = ManualClock::new(START);
    let client = Client::of(Sandbox::builder().with_clock(clock.clone()).build());
    let faults = client.get("/sandbox/faults").json();
    let names: Vec<_> = faults.as_array().unwrap().iter().map(|fault| fault["name"].as_str().unwrap()).collect();
    assert_eq!(names, Fault::ALL.iter().copied().map(Fault::name).collect::<Vec<_>>());
    assert!(faults.as_array().unwrap().iter().zip(Fault::ALL).all(|(row, fault)| row["runs"] == fault.runs()));

    let fields = [("fault", "garble-answer"), ("calls", "2")];
    assert_eq!(client.post("/sandbox/fault", &fields).json()["calls"], 2);
    let page = || client.get("/lifecheck/h5/v2/html").text;
    let answers = [page(), page(), page()];
    assert!(answers[0] == answers[1] && answers[1] != answers[2] && answers[2].contains("unknown token"));

    assert_eq!(client.post("/sandbox/delay", &[("milliseconds", "1500")]).json()["milliseconds"], 1500);
    assert!(page().contains("unknown token"));
    assert_eq!(clock.slept(), [std::time::Duration::from_millis(1500)]);
    client.post("/sandbox/fault", &[("fault", "garble-answer")]);
    assert_eq!(client.post("/sandbox/disarm", &[]).status, 200);
    assert!(page().contains("unknown token"), "the fault is gone");
    assert_eq!(clock.slept().len(), 1, "and the delay too");
}

#[test]
fn however_far_the_clock_is_ordered_the_ledger_can_be_read() {
    let client = Client::of(Sandbox::builder().with_clock(ManualClock::new(START)).build());
    for (order, end) in [("-2147483648", "1926-11-21T08:00:00Z"), ("2147483647", "2126-11-22T08:00:00Z")] {
        for _ in 0..3 {
            client.post("/sandbox/clock", &[("advance", order)]);
        }
        assert_eq!(client.get("/sandbox/clock").json()["now"], end);
        client.get("/lifecheck/h5/v2/html");
        let ledger = client.get("/sandbox/ledger").json();
        assert_eq!(ledger["entries"].as_array().unwrap().last().unwrap()["at"], end);
        assert_eq!(ledger["capacity"], Ledger::MAX_ENTRIES);
    }
}

#[test]
fn keys_of_ones_own_are_not_shown() {
    let sandbox = Sandbox::builder()
        .with_jumdata_account(liveness::jumdata::Credentials { app_id: "an-id".into(), app_secret: "a-secret".into() })
        .with_tencent_market_account(liveness::tencent_market::Credentials {
            secret_id: "an-id".into(),
            secret_key: "a-key".into(),
        })
        .build();
    let index = Client::of(sandbox).get("/sandbox/");
    assert!(index.json()["appSecret"].as_str().unwrap().contains("not shown"));
    for private in ["an-id", "a-secret", "a-key"] {
        assert!(!index.text.contains(private), "{private} in {index:?}");
    }
}

#[test]
fn a_name_that_may_be_rebound_to_this_machine_cannot_direct_the_sandbox() {
    let client = Client::new();
    let port = client.server.addr().port();
    let status = |method: &str, path: &str, host: &str| {
        let answer = client.raw(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n\r\n"
        ));
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    for (host, taken) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        ("LOCALHOST".to_owned(), 200),
        ("[::1]:80".to_owned(), 200),
        ("192.168.1.7".to_owned(), 200),
        (format!("evil.example:{port}"), 403),
        ("localhost.evil.example".to_owned(), 403),
        ("127.0.0.1.evil.example".to_owned(), 403),
    ] {
        for (method, path) in [("POST", "disarm"), ("GET", ""), ("GET", "ledger"), ("DELETE", "ledger")] {
            assert_eq!(status(method, &format!("/sandbox/{path}"), &host), taken, "{method} {path} at {host}");
        }
    }
    let token = client.token();
    assert_eq!(status("POST", &format!("/sandbox/h5/failure?token={token}"), "a-tunnel.example"), 200);
}

#[test]
fn a_log_says_of_each_request_what_became_of_it() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let sandbox = Sandbox::new();
    let tell = move |request: &ServedRequest| log.lock().unwrap().push(request.clone());
    let server = sandbox.serve_and_tell("127.0.0.1:0", tell).unwrap();
    let client = Client { sandbox, server };
    client.compare(&Compare::default());
    for fault in [Fault::CutAnswer, Fault::DropAfterCharge] {
        client.sandbox.arm_fault(fault, 1);
        client.raw("POST /lifecheck/h5/v2/init HTTP/1.0\r\n\r\n");
    }
    client.get("/sandbox/");
    let told = told.lock().unwrap();
    let lines: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "POST /release/jingmocompare: HTTP 200, P0000",
            "POST /lifecheck/h5/v2/init: HTTP 200, cut off by a fault",
            "POST /lifecheck/h5/v2/init: no response, because of a fault",
            "GET /sandbox/: HTTP 200",
        ]
    );
    let json = |index: usize| serde_json::to_value(&told[index]).unwrap();
    let row = |path: &str, status: Option<u16>, code: Option<&str>, answered: bool| serde_json::json!({"method": "POST", "path": path, "status": status, "code": code, "answered": answered});
    assert_eq!(json(0), row("/release/jingmocompare", Some(200), Some("P0000"), true));
    assert_eq!(json(1), row("/lifecheck/h5/v2/init", Some(200), None, false));
    assert_eq!(json(2), row("/lifecheck/h5/v2/init", None, None, false));
}

#[test]
fn no_line_shows_what_came_from_a_client() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&lines);
    let sandbox = Sandbox::new();
    let tell = move |request: &ServedRequest| {
        told.lock().unwrap().extend([request.to_string(), serde_json::to_string(request).unwrap()]);
    };
    let server = sandbox.serve_and_tell("127.0.0.1:0", tell).unwrap();
    let client = Client { sandbox, server };
    let token = client.token();
    let number = support::ID_NUMBER;
    // Percent-encoded where a path or query holds it.
    let (name, encoded) =
        (support::NAME, form_urlencoded::byte_serialize(support::NAME.as_bytes()).collect::<String>());
    client.compare(&Compare::default());
    client.compare(&Compare { photo: token.clone(), id: format!("{number}{name}"), ..Compare::default() });
    client.result(&format!("{token}{number}"));
    client.post("/sandbox/arm", &[("scenario", name)]);
    client.post("/sandbox/finish", &[("token", number)]);
    for private in [number, token.as_str(), encoded.as_str()] {
        for method in ["GET", "POST", private] {
            for path in
                ["", "lifecheck/h5/v2/html?token=", "lifecheck/", "release/", "release/jingmocompare?", "sandbox/"]
            {
                client.raw(&format!("{method} /{path}{private} HTTP/1.0\r\n\r\n"));
            }
            for path in ["portrait/", "h5/capture?token=", "h5/failure?", "arm/", "?"] {
                client.raw(&format!("{method} /sandbox/{path}{private} HTTP/1.0\r\n\r\n"));
            }
        }
        for line in [
            format!("hmac id=\"{private}\", algorithm=\"{private}\", headers=\"{private}\", signature=\"{private}\""),
            format!("hmac id=\"x\", algorithm=\"hmac-sha1\", headers=\"x-date {private}\", signature=\"x\""),
            format!("{{\"id\":\"{private}\",\"x-date\":\"{private}\",\"signature\":\"{private}\"}}"),
            private.to_owned(),
        ] {
            client.raw(&format!(
                "POST /release/jingmocompare HTTP/1.0\r\nAuthorization: {line}\r\nX-Date: {private}\r\n\
                     Content-Type: {private}\r\nOrigin: http://{private}\r\n\r\n"
            ));
        }
    }
    let lines = lines.lock().unwrap();
    assert!(lines.iter().any(|line| line.ends_with("HTTP 401, a valid … header is required")), "{lines:#?}");
    assert!(lines.contains(&"POST /release/jingmocompare: HTTP 200, P0000".to_owned()));
    assert!(lines.contains(&"GET /sandbox/portrait/…: HTTP 404, there is no such portrait".to_owned()));
    for line in lines.iter() {
        for private in [number, &token, &encoded, name, client.server.url().as_str()] {
            assert!(!line.to_lowercase().contains(&private.to_lowercase()), "{private} in {line}");
        }
    }
}

#[test]
fn a_page_of_another_site_cannot_direct_the_sandbox() {
    let client = Client::new();
    let own = format!("http://{}", client.server.addr());
    for (origin, status) in [("https://evil.example", 403), ("null", 403), (own.as_str(), 200)] {
        let headers = [("origin", origin), ("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(client.send(Method::POST, "/sandbox/disarm", &headers, "").status(), status, "{origin}");
    }
}
