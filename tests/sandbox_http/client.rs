//! A client that spells its requests out: signatures by `ring`, forms by `form_urlencoded`, nothing of this crate but the way.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use form_urlencoded::Serializer;
use http::Method;
use liveness::{
    Request, Response, SANDBOX_HEADER, Transport, UreqTransport,
    sandbox::{Sandbox, Server},
};
use ring::{digest, hmac};
use serde_json::Value;
use time::{Duration, OffsetDateTime, macros::format_description};

#[path = "../support/mod.rs"]
pub(crate) mod support;

pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) server: Server,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn of(response: &Response) -> Self {
        assert!(response.headers().contains_key(SANDBOX_HEADER), "every answer says that it is the sandbox's");
        let text = String::from_utf8_lossy(response.body().as_bytes()).into_owned();
        Self { status: response.status().as_u16(), text }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Jumdata's code.
    pub(crate) fn code(&self) -> u64 {
        self.json()["code"].as_u64().unwrap_or_else(|| panic!("no code: {self:?}"))
    }

    /// The listing's code, or the gateway's message.
    pub(crate) fn told(&self) -> String {
        let answer = self.json();
        let told = answer.get("errcode").or(answer.get("message")).and_then(Value::as_str);
        told.unwrap_or_else(|| panic!("neither: {self:?}")).to_owned()
    }
}

/// A compare that breaks no rule, to be bent in one place.
pub(crate) struct Compare {
    pub(crate) key: &'static str,
    pub(crate) at: OffsetDateTime,
    pub(crate) photo: String,
    pub(crate) id: String,
}

impl Default for Compare {
    fn default() -> Self {
        Self {
            key: Sandbox::TENCENT_SECRET_KEY,
            at: OffsetDateTime::now_utc(),
            photo: BASE64_STANDARD.encode(support::png(200, 260)),
            id: support::ID_NUMBER.to_owned(),
        }
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::of(Sandbox::new())
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        let server = sandbox.serve("127.0.0.1:0").unwrap();
        Self { sandbox, server }
    }

    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Response {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.server.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request: Request = request.body(body.into().into()).unwrap();
        UreqTransport::new().send(request).unwrap()
    }

    /// Sends these bytes and gives what comes until the server closes.
    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.server.addr()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is as good as a close.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn get(&self, path: &str) -> Got {
        Got::of(&self.send(Method::GET, path, &[], ""))
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Got {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        Got::of(&self.send(Method::POST, path, &[("content-type", "application/x-www-form-urlencoded")], form))
    }

    /// A signed init of Jumdata's, under this type of content.
    pub(crate) fn typed(&self, content_type: &str, fields: &[(&str, &str)]) -> Got {
        let form = Serializer::new(String::new()).extend_pairs(signed(Sandbox::JUMDATA_APP_SECRET, fields)).finish();
        Got::of(&self.send(Method::POST, "/lifecheck/h5/v2/init", &[("content-type", content_type)], form))
    }

    /// A signed call of Jumdata's.
    pub(crate) fn jumdata(&self, call: &str, secret: &str, fields: &[(&str, &str)]) -> Got {
        let fields = signed(secret, fields);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&format!("/lifecheck/h5/v2/{call}"), &fields)
    }

    pub(crate) fn init(&self, fields: &[(&str, &str)]) -> Got {
        self.jumdata("init", Sandbox::JUMDATA_APP_SECRET, fields)
    }

    /// A fresh session's token.
    pub(crate) fn token(&self) -> String {
        let answer = self.init(&[("returnUrl", "https://shop.example/back")]).json();
        answer["data"]["token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn result(&self, token: &str) -> Got {
        self.jumdata("result", Sandbox::JUMDATA_APP_SECRET, &[("token", token)])
    }

    pub(crate) fn compare(&self, compare: &Compare) -> Got {
        Got::of(&self.compare_answer(compare))
    }

    /// The same with its headers.
    pub(crate) fn compare_answer(&self, compare: &Compare) -> Response {
        let format =
            format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
        let date = compare.at.format(format).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, compare.key.as_bytes());
        let tag = hmac::sign(&key, format!("x-date: {date}\nx-source: market").as_bytes());
        let authorization = format!(
            "hmac id=\"{}\", algorithm=\"hmac-sha1\", headers=\"x-date x-source\", signature=\"{}\"",
            Sandbox::TENCENT_SECRET_ID,
            BASE64_STANDARD.encode(tag)
        );
        let form = Serializer::new(String::new())
            .append_pair("idcard", &compare.id)
            .append_pair("realname", support::NAME)
            .append_pair("photo", &compare.photo)
            .finish();
        let headers = [
            ("x-date", date.as_str()),
            ("x-source", "market"),
            ("authorization", &authorization),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send(Method::POST, "/release/jingmocompare", &headers, form)
    }

    /// A compare dated so long ago.
    pub(crate) fn compare_aged(&self, age: Duration) -> Got {
        self.compare(&Compare { at: OffsetDateTime::now_utc() - age, ..Compare::default() })
    }
}

/// The common fields of Jumdata's, and these.
fn signed(secret: &str, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let timestamp = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).to_string();
    let text = format!("{}{secret}{timestamp}", Sandbox::JUMDATA_APP_ID);
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let sign: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let common = [("appId", Sandbox::JUMDATA_APP_ID), ("timestamp", &timestamp), ("sign", &sign)];
    [&common, fields].concat().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
