use std::time::Duration;

use liveness::{Jumdata, Meter, Sandbox, sandbox::Scenario};
use time::macros::datetime;

use crate::support::*;

#[test]
fn the_published_signatures_open_a_session_byte_for_byte() {
    for (app_id, app_secret, body) in [
        (
            "xyzxy2121zxyz",
            "efcefcef1121cefcefc1212121",
            "appId=xyzxy2121zxyz&timestamp=1555378976238&sign=6ddcdc405743c576cb6d34b17b47ed56e2b9b6670fae1fe85ed01244fd31558b&returnUrl=https%3A%2F%2Fshop.example%2Fback",
        ),
        (
            "demo-app",
            "密钥-demo",
            "returnUrl=https://shop.example/back&sign=1510136e05778e825631e05f2a2f19f3fc2b623fecf7110db7334b55449c5342&timestamp=1700000000000&appId=demo-app",
        ),
    ] {
        let sandbox = builder()
            .with_jumdata_account(liveness::jumdata::Credentials {
                app_id: app_id.into(),
                app_secret: app_secret.into(),
            })
            .build();
        let answer = json(&send(&sandbox, request("POST", INIT, &[("Content-Type", FORM)], body)));
        assert_eq!((&answer["code"], &answer["charge"]), (&200.into(), &true.into()), "{answer}");
        assert!(answer["data"]["token"].as_str().unwrap().len() >= 24);
    }
}

#[test]
fn an_answer_has_the_samples_shape_and_says_that_it_is_a_sandbox() {
    let (sandbox, _) = sandbox();
    let answer = init(&sandbox, &[]);
    let number = answer["taskNo"].as_str().unwrap();
    assert!(number.len() == 24 && number.starts_with("20261121160000000"), "{number}");
    assert_eq!((&answer["sandbox"], &answer["msg"]), (&true.into(), &"成功".into()));
    let refused = init(&sandbox, &[("colors", "#123456")]);
    assert_eq!(refused["charge"], false);
    assert!(refused.get("data").is_none());
}

/// The note of a request that is refused with 400.
fn broken_rule(sandbox: &Sandbox, request: liveness::Request) -> String {
    let answer = json(&send(sandbox, request));
    assert_eq!(answer["code"], 400, "{answer}");
    answer["sandboxNote"].as_str().unwrap().to_owned()
}

#[test]
fn each_broken_rule_of_the_common_fields_is_named() {
    let (sandbox, _) = sandbox();
    let (id, secret) = (Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET);
    let signed = |id: &str, timestamp: &str, sign: &str| {
        form(&[("appId", id), ("timestamp", timestamp), ("sign", sign), ("returnUrl", "https://a.example/")])
    };
    let milliseconds = "1795248000000";
    let good = jumdata_sign(id, secret, milliseconds);
    for (body, rule) in [
        (signed("other", milliseconds, &jumdata_sign("other", secret, milliseconds)), "appId"),
        (signed(id, milliseconds, &jumdata_sign(id, "wrong", milliseconds)), "sign"),
        (signed(id, milliseconds, &good.to_uppercase()), "sign"),
        (signed(id, "1795248000001", &good), "sign"),
        (signed(id, milliseconds, ""), "sign"),
        (signed(id, "1795248000", &jumdata_sign(id, secret, "1795248000")), "timestamp"),
        (signed(id, "-1795248000000", &jumdata_sign(id, secret, "-1795248000000")), "timestamp"),
        (signed(id, "now", &jumdata_sign(id, secret, "now")), "timestamp"),
        (format!("{}&sign=x", signed(id, milliseconds, &good)), "twice"),
        (String::new(), "appId"),
        (format!("{}&x={}", signed(id, milliseconds, &good), "x".repeat(64 << 10)), "64 KB"),
    ] {
        for url in [INIT, RESULT] {
            let note = broken_rule(&sandbox, request("POST", url, &[("content-type", FORM)], body.as_str()));
            assert!(note.contains(rule), "{note} for {rule}");
        }
    }
    let body = signed(id, milliseconds, &good);
    for headers in [&[][..], &[("content-type", "application/json")], &[("content-type", FORM), ("content-type", FORM)]]
    {
        assert!(broken_rule(&sandbox, request("POST", INIT, headers, body.as_str())).contains("content-type"));
    }
    let with_charset = [("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")];
    assert_eq!(json(&send(&sandbox, request("POST", INIT, &with_charset, body.as_str())))["code"], 200);
}

#[test]
fn each_broken_rule_of_init_is_named() {
    let (sandbox, _) = sandbox();
    let long = |chars: usize| format!("https://a.example/{}", "路".repeat(chars - 18));
    for (fields, rule) in [
        (&[][..], "returnUrl"),
        (&[("returnUrl", "")], "http"),
        (&[("returnUrl", "ftp://a.example/")], "http"),
        (&[("returnUrl", "httpss//a.example/")], "http"),
        (&[("returnUrl", &long(129))], "128"),
    ] {
        let note = broken_rule(&sandbox, jumdata(INIT, fields));
        assert!(note.contains(rule), "{note} for {rule}");
    }
    assert_eq!(json(&send(&sandbox, jumdata(INIT, &[("returnUrl", &long(128))])))["code"], 200);
    for (colors, actions, rule) in [
        (Some("#123456"), None, "14"),
        (Some("#ffffff"), None, "14"),
        (Some(""), None, "14"),
        (Some("#FFFFFF, #000000"), None, "14"),
        (Some("#FFFFFF,#FFD9E3"), None, "bright and a dark"),
        (Some("#000000,#3B3C04"), None, "bright and a dark"),
        (None, Some("Smile"), "not known"),
        (None, Some("LookFront,,NodHead"), "not known"),
        (Some("#FFFFFF,#000000"), Some("OpenMouth"), "LookFront"),
    ] {
        let fields: Vec<_> = [("returnUrl", Some("https://a.example/")), ("colors", colors), ("actions", actions)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let note = broken_rule(&sandbox, jumdata(INIT, &fields));
        assert!(note.contains(rule), "{note} for {rule}");
    }
}

#[test]
fn every_colour_and_action_of_the_documents_is_taken() {
    let (sandbox, _) = sandbox();
    let colors = "#FFFFFF,#FFD9E3,#D8D6FF,#CFF9FF,#FFCEFD,#D8FFCD,#FFF4CB,#000000,#3B3C04,#183C03,#063C28,#063C3A,#060D3C,#3C0636";
    let actions = "LookFront,LookLeft,LookRight,LookUp,LookDown,OpenMouth,BlinkEye,ShakeHead,NodHead";
    for fields in [
        &[("colors", colors), ("actions", actions)][..],
        &[("colors", "#FFFFFF")],
        &[("colors", "#000000"), ("actions", "LookFront")],
        &[("actions", "NodHead,NodHead")],
        &[("productCode", "life_check_v2")],
    ] {
        assert_eq!(init(&sandbox, fields)["code"], 200, "{fields:?}");
    }
}

#[test]
fn a_result_comes_once_the_person_is_done() {
    let (sandbox, _) = sandbox();
    let token = open(&sandbox);
    assert_eq!(result(&sandbox, &token)["code"], 201);
    assert!(sandbox.finish(&session(&token)));
    assert!(!sandbox.finish(&session(&token)), "a double submit counts once");
    let answer = result(&sandbox, &token);
    assert_eq!(answer["code"], 200);
    assert!(answer.get("charge").is_none(), "the samples leave it out");
    assert_eq!(result(&sandbox, &token)["data"], answer["data"], "the same result comes again");
    assert!(!sandbox.finish(&session("unknown")));
    assert_eq!(result(&sandbox, "unknown")["code"], 400);
}

#[test]
fn the_portrait_lies_on_the_origin_that_init_came_to() {
    let (sandbox, _) = sandbox();
    let portrait_url = |request: liveness::Request| {
        let token = json(&send(&sandbox, request))["data"]["token"].as_str().unwrap().to_owned();
        sandbox.finish(&session(&token));
        result(&sandbox, &token)["data"]["faceImageUrl"].as_str().unwrap().to_owned()
    };
    let fields = [("returnUrl", "https://a.example/")];
    let url = portrait_url(jumdata("http://127.0.0.1:8787/lifecheck/h5/v2/init", &fields));
    assert!(url.starts_with("http://127.0.0.1:8787/sandbox/portrait/"), "{url}");
    let portrait = send(&sandbox, request("GET", &url, &[], ""));
    assert_eq!(
        (portrait.headers()["content-type"].to_str().unwrap(), portrait.body().as_bytes()),
        ("image/jpeg", JPEG)
    );

    let mut origin_form = jumdata("/lifecheck/h5/v2/init", &fields);
    origin_form.headers_mut().insert("host", "sandbox.example".parse().unwrap());
    assert!(portrait_url(origin_form).starts_with("http://sandbox.example/sandbox/portrait/"));
    assert_eq!(send(&sandbox, request("GET", "https://a.example/sandbox/portrait/x", &[], "")).status(), 404);

    let token = open(&sandbox);
    sandbox.finish_with_portrait(&session(&token), *b"\xFF\xD8frame");
    let url = result(&sandbox, &token)["data"]["faceImageUrl"].as_str().unwrap().to_owned();
    assert_eq!(send(&sandbox, request("GET", &url, &[], "")).body().as_bytes(), b"\xFF\xD8frame");
}

#[test]
fn a_token_lives_ten_minutes_and_not_a_second_more() {
    let (sandbox, clock) = sandbox();
    let token = open(&sandbox);
    clock.set(START + Duration::from_secs(600));
    assert!(sandbox.finish(&session(&token)));
    assert_eq!(result(&sandbox, &token)["code"], 200);
    clock.set(START + Duration::from_secs(601));
    assert_eq!(result(&sandbox, &token)["code"], 301);
    let late = open(&sandbox);
    sandbox.move_clock(time::Duration::minutes(11));
    assert!(!sandbox.finish(&session(&late)));
    assert_eq!(result(&sandbox, &late)["code"], 301);
    assert_eq!(sandbox.now(), datetime!(2026-11-21 08:21:01 UTC));
}

#[test]
fn a_token_is_forgotten_an_hour_after_its_end() {
    let (sandbox, clock) = sandbox();
    let token = open(&sandbox);
    clock.advance(Duration::from_secs(69 * 60));
    open(&sandbox);
    assert_eq!(result(&sandbox, &token)["code"], 301);
    clock.advance(Duration::from_secs(120));
    open(&sandbox);
    assert_eq!(result(&sandbox, &token)["code"], 400);
}

#[test]
fn a_token_is_forgotten_even_behind_one_that_was_opened_on_a_clock_moved_ahead() {
    let (sandbox, clock) = sandbox();
    sandbox.move_clock(time::Duration::hours(2));
    open(&sandbox);
    sandbox.move_clock(time::Duration::hours(-2));
    let token = open(&sandbox);
    clock.advance(Duration::from_secs(71 * 60));
    open(&sandbox);
    assert_eq!(result(&sandbox, &token)["code"], 400);
}

#[test]
fn the_frames_of_the_last_256_checks_are_kept() {
    let (sandbox, _) = sandbox();
    let frame = |number: u32| [&b"\xFF\xD8"[..], number.to_string().as_bytes()].concat();
    let urls: Vec<_> = (0..257)
        .map(|number| {
            let token = open(&sandbox);
            assert!(sandbox.finish_with_portrait(&session(&token), frame(number)));
            result(&sandbox, &token)["data"]["faceImageUrl"].as_str().unwrap().to_owned()
        })
        .collect();
    let portrait = |number: u32| send(&sandbox, request("GET", &urls[number as usize], &[], ""));
    assert_eq!(portrait(0).status(), 404, "never another picture in its place");
    for kept in [1, 256] {
        assert_eq!(portrait(kept).body().as_bytes(), frame(kept));
    }
}

#[test]
fn the_page_is_html_and_its_failure_a_text() {
    let (sandbox, clock) = sandbox();
    let token = init(&sandbox, &[("actions", "LookFront,NodHead")])["data"]["token"].as_str().unwrap().to_owned();
    let get = |url: String| send(&sandbox, request("GET", &url, &[], ""));
    let page = get(format!("{HTML}?token={token}"));
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let page = text(&page);
    assert!(page.starts_with("<!doctype html>") && page.contains("Sandbox") && page.contains("沙箱"), "{page}");
    let failures = |expected: &str, url: String| {
        let failure = text(&get(url));
        assert!(failure.contains(expected) && !failure.starts_with(['<', '{']), "{failure}");
    };
    failures("unknown", format!("{HTML}?token=other"));
    failures("unknown", HTML.to_owned());
    failures("unknown", format!("{HTML}?token={token}&token={token}"));
    sandbox.finish(&session(&token));
    failures("over", format!("{HTML}?token={token}"));
    clock.advance(Duration::from_secs(601));
    failures("expired", format!("{HTML}?token={token}"));
}

#[test]
fn a_return_url_cannot_break_out_of_the_page() {
    let (sandbox, _) = sandbox();
    let fields = [("returnUrl", r#"https://a.example/"><script>alert(1)</script>"#)];
    let token = json(&send(&sandbox, jumdata(INIT, &fields)))["data"]["token"].as_str().unwrap().to_owned();
    let page = text(&send(&sandbox, request("GET", &format!("{HTML}?token={token}"), &[], "")));
    assert!(!page.contains("<script>alert"), "{page}");
}

#[test]
fn a_wrong_address_or_method_is_404() {
    let (sandbox, _) = sandbox();
    for (method, url) in [
        ("POST", "https://a.example/lifecheck/h5/v3/init"),
        ("POST", "https://a.example/lifecheck/h5/v2/init/"),
        ("GET", INIT),
        ("GET", RESULT),
        ("POST", HTML),
    ] {
        assert_eq!(json(&send(&sandbox, request(method, url, &[("content-type", FORM)], "")))["code"], 404, "{url}");
    }
}

#[test]
fn a_refused_camera_ends_in_203_whatever_the_scenario() {
    let (sandbox, _) = sandbox();
    sandbox.arm(Scenario::named("passed").unwrap());
    let token = open(&sandbox);
    assert!(sandbox.fail_capture(&session(&token)));
    assert!(!sandbox.finish(&session(&token)));
    assert_eq!(result(&sandbox, &token)["code"], 203);
}

#[test]
fn a_meter_is_refused_as_the_other_calls_are_and_takes_no_sessions_scenario() {
    let (sandbox, clock) = sandbox();
    let account = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()).with_clock(clock);
    let arm = |name| sandbox.arm(Scenario::named(name).unwrap());
    let code =
        || account.package().map_err(|error| error.vendor_code().unwrap().to_owned()).map(|package| package.calls());
    arm("607");
    assert_eq!(code(), Err("607".to_owned()));
    assert_eq!(code(), Ok(Some(100_000)));
    sandbox.set_default(Scenario::named("601").unwrap());
    assert_eq!((code(), code()), (Err("601".to_owned()), Err("601".to_owned())));
    sandbox.set_default(Scenario::named("passed").unwrap());
    arm("202");
    assert_eq!(code(), Ok(Some(100_000)));
    let token = open(&sandbox);
    sandbox.finish(&session(&token));
    assert_eq!(result(&sandbox, &token)["code"], 202);
    assert_eq!(sandbox.ledger().calls(liveness::sandbox::Call::Meter), 5);
}
