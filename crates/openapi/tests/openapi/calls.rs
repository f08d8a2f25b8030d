//! Requests spelled out, signed apart from the crate, and sent over a socket.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use form_urlencoded::Serializer;
use liveness::Sandbox;
use ring::{digest, hmac};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::format_description};

/// A face that the sandbox takes.
pub(crate) const PHOTO: &[u8] = include_bytes!("../../../../src/sandbox/jumdata/portrait.jpg");
pub(crate) const ID_NUMBER: &str = "11010519491231002X";

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Sent,
}

/// What goes in a request's body.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    Nothing,
    Form(Vec<(String, String)>),
    Json(Value),
    Jpeg(Vec<u8>),
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) is_the_sandboxes: bool,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    /// Whether what was asked for was done, by the vendor's code where there is one.
    pub(crate) fn is_done(&self) -> bool {
        let told = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
        let (code, errcode) = (&told["code"], &told["errcode"]);
        let is_good = (code.is_null() || code == 200) && (errcode.is_null() || errcode == "P0000");
        // Where the page is asked for, a text is a refusal.
        self.status == 200 && is_good && !self.body.ends_with("沙箱：未知 token\n".as_bytes())
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Call {
    pub(crate) fn get(operation: &'static str, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (path, headers) = (path.to_owned(), Vec::new());
        Self { operation, method: "GET", path, query, headers, body: Sent::Nothing }
    }

    pub(crate) fn form(operation: &'static str, path: &str, fields: &[(&str, &str)]) -> Self {
        Self { method: "POST", body: Sent::Form(owned(fields)), ..Self::get(operation, path) }
    }

    pub(crate) fn json(operation: &'static str, path: &str, body: Value) -> Self {
        let headers = owned(&[("content-type", "application/json")]);
        Self { method: "POST", headers, body: Sent::Json(body), ..Self::get(operation, path) }
    }

    pub(crate) fn jpeg(operation: &'static str, path: &str, body: &[u8]) -> Self {
        Self { method: "POST", body: Sent::Jpeg(body.to_vec()), ..Self::get(operation, path) }
    }

    /// A signed call of Jumdata's.
    pub(crate) fn jumdata(operation: &'static str, path: &str, fields: &[(&str, &str)]) -> Self {
        let (timestamp, sign) = jumdata_signature();
        let common = [("appId", Sandbox::JUMDATA_APP_ID), ("timestamp", timestamp.as_str()), ("sign", sign.as_str())];
        Self::form(operation, path, &[&common, fields].concat())
    }

    /// A signed question about a meter.
    pub(crate) fn meter(operation: &'static str, path: &str, fields: &[(&str, &str)]) -> Self {
        let signed = Self::jumdata(operation, path, fields);
        let Sent::Form(query) = signed.body else { unreachable!() };
        Self { query, ..Self::get(operation, path) }
    }

    /// A signed compare, by the documented gateway.
    pub(crate) fn compare(fields: &[(&str, &str)]) -> Self {
        let date = http_date();
        let signature = hmac_of(&format!("x-date: {date}\nx-source: market"));
        let line = format!(
            "hmac id=\"{}\", algorithm=\"hmac-sha1\", headers=\"x-date x-source\", signature=\"{signature}\"",
            Sandbox::TENCENT_SECRET_ID
        );
        let headers = owned(&[("X-Date", &date), ("X-Source", "market"), ("Authorization", &line)]);
        Self { headers, ..Self::form("marketCompare", "/release/jingmocompare", fields) }
    }

    /// The same, by the newer one.
    pub(crate) fn newer_compare(fields: &[(&str, &str)]) -> Self {
        let date = http_date();
        let line = json!({ "id": Sandbox::TENCENT_SECRET_ID, "x-date": date, "signature": hmac_of(&format!("x-date: {date}")) });
        let headers = owned(&[("Authorization", &line.to_string()), ("request-id", "7")]);
        Self { headers, ..Self::form("marketCompareByService", "/service-abc/compare", fields) }
    }

    /// With another value in this field of the form or the address, or without it.
    pub(crate) fn bent(mut self, name: &str, value: Option<&str>) -> Self {
        let fields = match &mut self.body {
            Sent::Form(fields) => fields,
            _ => &mut self.query,
        };
        fields.retain(|(own, _)| own != name);
        fields.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The fields of a compare that breaks no rule.
pub(crate) fn person(photo: &str) -> [(&str, &str); 3] {
    [("idcard", ID_NUMBER), ("realname", "张三"), ("photo", photo)]
}

pub(crate) fn photo() -> String {
    BASE64_STANDARD.encode(PHOTO)
}

fn jumdata_signature() -> (String, String) {
    let timestamp = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).to_string();
    let text = format!("{}{}{timestamp}", Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET);
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    (timestamp, digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn hmac_of(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, Sandbox::TENCENT_SECRET_KEY.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

fn http_date() -> String {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    OffsetDateTime::now_utc().format(format).unwrap()
}

/// Where requests are sent.
#[derive(Clone, Copy)]
pub(crate) struct Wire(SocketAddr);

impl Wire {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        Self(addr)
    }

    pub(crate) fn get(self, path: &str) -> Got {
        self.send(&Call::get("", path))
    }

    pub(crate) fn send(self, call: &Call) -> Got {
        let (kind, body) = match &call.body {
            Sent::Nothing => (None, Vec::new()),
            Sent::Form(fields) => {
                let form = Serializer::new(String::new()).extend_pairs(fields).finish();
                (Some("application/x-www-form-urlencoded"), form.into_bytes())
            }
            Sent::Json(value) => (None, value.to_string().into_bytes()),
            Sent::Jpeg(bytes) => (Some("image/jpeg"), bytes.clone()),
        };
        let query = Serializer::new(String::new()).extend_pairs(&call.query).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut head = format!(
            "{} {}{mark}{query} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
            call.method,
            call.path,
            body.len()
        );
        let is_named = |name: &str| call.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if !is_named("host") {
            head.push_str(&format!("host: {}\r\n", self.0));
        }
        if let Some(kind) = kind.filter(|_| !is_named("content-type")) {
            head.push_str(&format!("content-type: {kind}\r\n"));
        }
        for (name, value) in &call.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(self.0).unwrap();
        stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        read(&answer)
    }
}

fn read(answer: &[u8]) -> Got {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_ascii_lowercase();
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
    let kind = String::from_utf8_lossy(&answer[..end])
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("content-type:"))
        .map(|line| line[13..].trim().to_owned());
    Got {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        content_type: kind.unwrap_or_default(),
        is_the_sandboxes: header("x-liveness-sandbox:").is_some(),
        body: answer[end + 4..].to_vec(),
    }
}
