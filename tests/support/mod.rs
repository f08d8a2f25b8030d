//! What the tests share: a transport that replays answers and keeps the requests, and inputs that break no rule.
#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use liveness::{
    Body, Check, IdNumber, Identity, ManualClock, Name, Photo, PhotoSpec, Receipt, Request, Response, ReturnUrl,
    Session, Transport, TransportError,
};
use time::{
    Duration, OffsetDateTime,
    macros::{date, datetime},
};

/// 2026-11-21 16:00:00.123 in Beijing.
pub const NOW: OffsetDateTime = datetime!(2026-11-21 08:00:00.123 UTC);
pub const NAME: &str = "张三";
pub const ID_NUMBER: &str = "11010519491231002X";

/// Replays its answers in order and keeps every request; a request too many is a test's failure.
#[derive(Clone, Default)]
pub struct Recorder {
    replies: Arc<Mutex<VecDeque<Result<Response, TransportError>>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Recorder {
    pub fn new(replies: impl IntoIterator<Item = Result<Response, TransportError>>) -> Self {
        Self { replies: Arc::new(Mutex::new(replies.into_iter().collect())), requests: Arc::default() }
    }

    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

impl Transport for Recorder {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.requests.lock().unwrap().push(request);
        self.replies.lock().unwrap().pop_front().expect("a request that the test does not expect")
    }
}

pub fn ok(body: &str) -> Result<Response, TransportError> {
    status(200, body)
}

pub fn status(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(http::Response::builder().status(status).body(Body::from(body)).unwrap())
}

pub fn text(request: &Request) -> String {
    String::from_utf8(request.body().as_bytes().to_vec()).unwrap()
}

pub fn clock() -> ManualClock {
    ManualClock::new(NOW)
}

pub fn identity() -> Identity {
    Identity::new(Name::parse(NAME).unwrap(), IdNumber::parse_on(ID_NUMBER, date!(2026 - 11 - 21)).unwrap())
}

/// A finished photo whose Base64 holds `+`, which the form must encode.
pub fn photo() -> Photo {
    Photo::from_bytes(png(16, 16), &PhotoSpec::TENCENT_MARKET).unwrap()
}

/// A PNG's header: all that a finished photo is verified by.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0\x90\x91\x68\x36\xfb\xef\xbe");
    bytes
}

/// The session of a token that came over the wire, to play its person with.
pub fn session(token: &str) -> Session {
    Session::new(Receipt::new("jumdata/default".parse().unwrap()), token, NOW, Duration::minutes(10))
}

pub fn same_person() -> Check {
    Check::same_person(identity()).with_photo(photo()).with_reference("order-7".parse().unwrap())
}

pub fn liveness() -> Check {
    Check::liveness()
        .with_return_url(ReturnUrl::parse("https://shop.example/back?a=1&b=2").unwrap())
        .with_reference("order-7".parse().unwrap())
}
