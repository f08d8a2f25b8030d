//! The forms that neighbouring versions of the vendors' products have, and their free meters.

use liveness::Sandbox;

use crate::support::*;

/// A signed call of a meter.
fn meter(sandbox: &Sandbox, call: &str, secret: &str, more: &str) -> serde_json::Value {
    let timestamp = "1795248000000";
    let sign = jumdata_sign(Sandbox::JUMDATA_APP_ID, secret, timestamp);
    let query = format!("appId={}&timestamp={timestamp}&sign={sign}{more}", Sandbox::JUMDATA_APP_ID);
    json(&send(sandbox, request("GET", &format!("https://api.jumdata.com/assistant/{call}?{query}"), &[], "")))
}

#[test]
fn each_version_of_the_hosted_check_is_served_under_its_own_path() {
    for (path, page) in [
        ("/lifecheck/h5/v2/", "/lifecheck/h5/v2/html"),
        ("/lifecheck/v2/", "/lifecheck/v2/check/index"),
        ("/lifecheck/v2-1/", "/lifecheck/v2-1/check/index"),
    ] {
        let (sandbox, _) = sandbox();
        let url = |call: &str| format!("https://api.jumdata.com{path}{call}");
        let fields = [("returnUrl", "https://shop.example/back"), ("productCode", "life_check_v2")];
        let opened = json(&send(&sandbox, jumdata(&url("init"), &fields)));
        let token = opened["data"]["token"].as_str().unwrap();
        let address = format!("https://api.jumdata.com{page}?token={token}");
        // Version 2.1 names its page, the others do not.
        let named = (path == "/lifecheck/v2-1/").then_some(address.as_str());
        assert_eq!(opened["data"]["url"].as_str(), named);
        assert!(text(&send(&sandbox, request("GET", &address, &[], ""))).contains("<!doctype html>"), "{page}");
        sandbox.finish(&session(token));
        let passed = json(&send(&sandbox, jumdata(&url("result"), &[("token", token)])));
        assert_eq!((&passed["code"], &passed["msg"]), (&200.into(), &"活体检测通过".into()));
    }
    let (sandbox, _) = sandbox();
    for path in ["/lifecheck/init", "/lifecheck/v2/init/more", "/lifecheck/h5/init", "/assistant/other"] {
        let answer = json(&send(&sandbox, jumdata(&format!("https://api.jumdata.com{path}"), &[])));
        assert_eq!(answer["code"], 404, "{path}");
    }
}

#[test]
fn the_meters_are_free_signed_and_follow_the_charges() {
    let sandbox = builder().with_package(2).build();
    let left = || meter(&sandbox, "product-balance", Sandbox::JUMDATA_APP_SECRET, "&productCode=life_check_v2");
    assert_eq!((&left()["code"], &left()["data"]["remaining"]), (&200.into(), &2.into()));
    assert!(left()["data"]["expireTime"].is_string());
    open(&sandbox);
    assert_eq!(left()["data"]["remaining"], 1);
    assert_eq!(meter(&sandbox, "balance", Sandbox::JUMDATA_APP_SECRET, "")["data"], 810.75);
    assert_eq!(meter(&sandbox, "balance", "wrong", "")["code"], 400);
    assert_eq!(meter(&sandbox, "product-balance", Sandbox::JUMDATA_APP_SECRET, "")["code"], 400, "no product");
    assert_eq!(sandbox.ledger().charges(), 1, "no meter is charged");
}

#[test]
fn a_package_that_is_used_up_refuses_as_each_vendor_does() {
    let sandbox = builder().with_package(1).build();
    open(&sandbox);
    assert_eq!(init(&sandbox, &[])["code"], 606);
    let (status, message) = refusal(&compare(&sandbox));
    assert_eq!((status, message.as_str()), (429, "API quota exceeded"));
    sandbox.set_package(5);
    assert_eq!(errcode(&compare(&sandbox)), "P0000");
}

#[test]
fn the_page_reports_from_whatever_origin_serves_its_html() {
    let (sandbox, _) = sandbox();
    let token = open(&sandbox);
    let html = text(&send(&sandbox, request("GET", &format!("{HTML}?token={token}"), &[], "")));
    assert!(html.contains("connect-src 'self' https://api.jumdata.com"), "its own policy lets it report home");
    assert!(html.contains(r#""origin":"https://api.jumdata.com""#));
    let address = format!("https://api.jumdata.com/sandbox/h5/capture?token={token}");
    let asks = [("origin", "https://shop.example"), ("access-control-request-method", "POST")];
    let allowed = send(&sandbox, request("OPTIONS", &address, &asks, ""));
    assert_eq!(allowed.status(), 204);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", "content-type"),
    ] {
        assert_eq!(allowed.headers()[name], value);
    }
    let sent = [("origin", "https://shop.example"), ("content-type", "image/jpeg")];
    let taken = send(&sandbox, request("POST", &address, &sent, JPEG.to_vec()));
    assert_eq!(
        (taken.status().as_u16(), &taken.headers()["access-control-allow-origin"]),
        (200, &"*".parse().unwrap())
    );
    assert_eq!(result(&sandbox, &token)["code"], 200);
    // Orders stay closed to pages of other sites.
    let order = request("POST", "http://127.0.0.1/sandbox/disarm", &[("origin", "https://shop.example")], "");
    assert_eq!(send(&sandbox, order).status(), 403);
}
