//! Writes and signs requests without this crate's client.

use base64::{Engine, prelude::BASE64_STANDARD};
use liveness::{
    Body, ManualClock, Receipt, Request, Response, SANDBOX_HEADER, Sandbox, Session, Transport, sandbox::SandboxBuilder,
};
use serde_json::Value;
use time::{OffsetDateTime, macros::datetime};

pub(crate) const START: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
/// The same as the gateway wants it.
pub(crate) const START_DATE: &str = "Sat, 21 Nov 2026 08:00:00 GMT";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// A number that the standard itself gives as an example.
pub(crate) const ID_NUMBER: &str = "11010519491231002X";
/// 48 × 64 px.
pub(crate) const JPEG: &[u8] = include_bytes!("../../src/sandbox/jumdata/portrait.jpg");

pub(crate) fn sandbox() -> (Sandbox, ManualClock) {
    let clock = ManualClock::new(START);
    (Sandbox::builder().with_clock(clock.clone()).build(), clock)
}

/// The settings of a sandbox on such a clock.
pub(crate) fn builder() -> SandboxBuilder {
    Sandbox::builder().with_clock(ManualClock::new(START))
}

/// The session of a token that came over the wire, to play its person with.
pub(crate) fn session(token: &str) -> Session {
    Session::new(Receipt::new("jumdata/default".parse().unwrap()), token, START, time::Duration::minutes(10))
}

pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request {
    let mut request = http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request.body(body.into()).unwrap()
}

/// Every answer is marked and dated.
pub(crate) fn send(sandbox: &Sandbox, request: Request) -> Response {
    let response = sandbox.send(request).unwrap();
    assert!(response.headers().contains_key(SANDBOX_HEADER) && response.headers().contains_key("date"));
    response
}

pub(crate) fn text(response: &Response) -> String {
    String::from_utf8(response.body().as_bytes().to_vec()).unwrap()
}

pub(crate) fn json(response: &Response) -> Value {
    serde_json::from_slice(response.body().as_bytes()).unwrap()
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

// Jumdata

pub(crate) const INIT: &str = "https://api.jumdata.com/lifecheck/h5/v2/init";
pub(crate) const RESULT: &str = "https://api.jumdata.com/lifecheck/h5/v2/result";
pub(crate) const HTML: &str = "https://api.jumdata.com/lifecheck/h5/v2/html";

pub(crate) fn jumdata_sign(app_id: &str, app_secret: &str, timestamp: &str) -> String {
    let text = format!("{app_id}{app_secret}{timestamp}");
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A signed call with these business fields.
pub(crate) fn jumdata(url: &str, fields: &[(&str, &str)]) -> Request {
    let (id, secret, timestamp) = (Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET, "1795248000000");
    let sign = jumdata_sign(id, secret, timestamp);
    let common = [("appId", id), ("timestamp", timestamp), ("sign", sign.as_str())];
    request("POST", url, &[("content-type", FORM)], form(&[&common, fields].concat()))
}

pub(crate) fn init(sandbox: &Sandbox, fields: &[(&str, &str)]) -> Value {
    let fields = [&[("returnUrl", "https://shop.example/back")], fields].concat();
    json(&send(sandbox, jumdata(INIT, &fields)))
}

/// Opens a session and gives its token.
pub(crate) fn open(sandbox: &Sandbox) -> String {
    init(sandbox, &[])["data"]["token"].as_str().unwrap().to_owned()
}

pub(crate) fn result(sandbox: &Sandbox, token: &str) -> Value {
    json(&send(sandbox, jumdata(RESULT, &[("token", token)])))
}

// Tencent market

pub(crate) const COMPARE: &str = "https://service-2f8hgj2k-1256122842.gz.apigw.tencentcs.com/release/jingmocompare";

pub(crate) fn hmac_sha1(key: &str, text: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    BASE64_STANDARD.encode(ring::hmac::sign(&key, text.as_bytes()))
}

/// The documented line over this date and `market`.
pub(crate) fn authorization(date: &str) -> String {
    let signature = hmac_sha1(Sandbox::TENCENT_SECRET_KEY, &format!("x-date: {date}\nx-source: market"));
    format!(
        r#"hmac id="{}", algorithm="hmac-sha1", headers="x-date x-source", signature="{signature}""#,
        Sandbox::TENCENT_SECRET_ID
    )
}

pub(crate) fn person(id_number: &str, name: &str, photo: &str) -> String {
    form(&[("idcard", id_number), ("realname", name), ("photo", photo)])
}

pub(crate) fn good_person() -> String {
    person(ID_NUMBER, "张三", &BASE64_STANDARD.encode(JPEG))
}

/// A well signed call with this body.
pub(crate) fn compare_with(sandbox: &Sandbox, body: impl Into<Body>) -> Response {
    let line = authorization(START_DATE);
    let headers =
        [("content-type", FORM), ("x-date", START_DATE), ("x-source", "market"), ("authorization", line.as_str())];
    send(sandbox, request("POST", COMPARE, &headers, body))
}

pub(crate) fn compare(sandbox: &Sandbox) -> Response {
    compare_with(sandbox, good_person())
}

pub(crate) fn errcode(response: &Response) -> String {
    json(response)["errcode"].as_str().unwrap().to_owned()
}

pub(crate) fn refusal(response: &Response) -> (u16, String) {
    assert!(text(response).ends_with("}\n"), "a gateway's refusal ends with a newline");
    (response.status().as_u16(), json(response)["message"].as_str().unwrap().to_owned())
}
