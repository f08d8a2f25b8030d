//! Recordings hold no person, key or token, whatever was answered, and replay as what was recorded.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod answers;
mod canaries;
mod matching;
mod properties;
mod runs;
mod sinks;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};

use liveness::{
    Body, Check, Error, IdNumber, Identity, Jumdata, LivenessProvider, Name, Photo, PhotoSpec, Progress, Response,
    Result, RetryPolicy, ReturnUrl, Session, TencentMarket, Transport, TransportError, Verdict, jumdata,
    record::{Cassette, RecordingTransport, ReplayTransport},
    tencent_market::{self, SignatureScheme},
};
use time::macros::date;

use self::support::{NOW, clock, png};

/// One who is asked: the one who is recorded, and another one who replays.
#[derive(Clone, Copy)]
struct Person {
    name: &'static str,
    id_number: &'static str,
    /// The width of the photo.
    photo: u32,
    key: &'static str,
    secret: &'static str,
    return_url: &'static str,
    token: &'static str,
}

const RECORDED: Person = Person {
    name: "欧阳镜澜",
    id_number: "11010519491231002X",
    photo: 37,
    key: "AKIDcanary7f3a91",
    secret: "s3cr3t-canary-55e1",
    return_url: "https://shop-canary.example/back?visit=visit-canary-9182",
    token: "t0ken-canary-0f4b",
};
const REPLAYING: Person = Person {
    name: "Ann O'Neil",
    id_number: "990000199001010017",
    photo: 20,
    key: "other-key",
    secret: "other-secret",
    return_url: "https://elsewhere.example/",
    token: "another-token",
};

impl Person {
    fn photo(self) -> Photo {
        let mut file = png(self.photo, 40);
        file.extend(b"tEXt-canary-photo-bytes-\xFF\x01\x02\x03-canary");
        Photo::from_bytes(file, &PhotoSpec::TENCENT_MARKET).unwrap()
    }

    fn same_person(self) -> Check {
        let number = IdNumber::parse_on(self.id_number, date!(2026 - 11 - 21)).unwrap();
        Check::same_person(Identity::new(Name::parse(self.name).unwrap(), number)).with_photo(self.photo())
    }

    fn hosted(self) -> Check {
        Check::liveness().with_return_url(ReturnUrl::parse(self.return_url).unwrap())
    }

    fn jumdata(self, transport: impl Transport + 'static) -> Jumdata {
        let keys = jumdata::Credentials { app_id: self.key.into(), app_secret: self.secret.into() };
        Jumdata::new(keys, transport).with_clock(clock())
    }

    fn market(self, transport: impl Transport + 'static) -> TencentMarket {
        let keys = tencent_market::Credentials { secret_id: self.key.into(), secret_key: self.secret.into() };
        TencentMarket::new(keys, transport).with_clock(clock())
    }

    fn session(self) -> Session {
        let receipt = liveness::Receipt::new("jumdata/default".parse().unwrap());
        Session::new(receipt, self.token, NOW, time::Duration::minutes(10))
    }
}

/// A recording of this transport, and the cassette it goes to.
fn recording(inner: impl Transport + 'static) -> (RecordingTransport, Arc<Mutex<Cassette>>) {
    let cassette = Arc::new(Mutex::new(Cassette::new()));
    (RecordingTransport::new(inner, cassette.clone()), cassette)
}

/// The cassette as it comes out of its file.
fn stored(cassette: &Mutex<Cassette>) -> Cassette {
    let json = cassette.lock().unwrap().to_json();
    canaries::assert_none(&json);
    Cassette::from_json(&json).unwrap()
}

/// What a program acts on, of a verdict or an error. It holds no person and no number of a request.
fn told(answer: &Result<Progress>) -> String {
    match answer {
        Ok(Progress::Pending(session)) => {
            let receipt = session.receipt();
            format!("pending {:?} {:?} {:?}", session.charges(), code(receipt.vendor_code()), receipt.repaired())
        }
        Ok(Progress::Done(verdict)) => told_of(verdict),
        Err(error) => told_of_error(error),
    }
}

fn told_of(verdict: &Verdict) -> String {
    let receipt = verdict.receipt();
    let has = [verdict.portrait_url().is_some(), verdict.address().is_some(), verdict.birth_date().is_some()];
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {has:?} {:?}",
        verdict.outcome(),
        verdict.live(),
        verdict.charges(),
        verdict.established(),
        code(receipt.vendor_code()),
        receipt.repaired(),
        verdict.score(),
    )
}

fn told_of_error(error: &Error) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        error.kind(),
        code(error.vendor_code()),
        error.billed(),
        error.charges(),
        error.again(),
        error.ran(),
        error.http_status(),
        error.attempts(),
        error.request_id().is_some(),
    )
}

/// The code as far as a recording keeps it: what is long may be of a person.
fn code(code: Option<&str>) -> Vec<&str> {
    let kept = |code: &'_ str| code.len() <= 5 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    code.iter().flat_map(|code| code.split(", ")).map(|code| if kept(code) { code } else { "masked" }).collect()
}

type Reply = std::result::Result<Response, TransportError>;

/// An answer of these bytes, with these headers.
fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    let mut response = liveness::http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Body::from(body.into())).unwrap())
}

/// Each call of both vendors that is answered with a text, and both gateways.
#[derive(Clone, Copy, Debug)]
enum Call {
    Compare,
    NewerCompare,
    Init,
    Outcome,
    Page,
    Meter,
}

impl Call {
    const ALL: [Self; 6] = [Self::Compare, Self::NewerCompare, Self::Init, Self::Outcome, Self::Page, Self::Meter];

    /// What this call tells over this transport.
    fn told(self, person: Person, transport: impl Transport + 'static) -> String {
        match self {
            Self::Compare => told(&person.market(transport).with_retry(once()).begin(&person.same_person())),
            Self::NewerCompare => {
                let market =
                    person.market(transport).with_retry(once()).with_signature_scheme(SignatureScheme::CloudMarket);
                told(&market.begin(&person.same_person()))
            }
            Self::Init => told(&person.jumdata(transport).with_retry(once()).begin(&person.hosted())),
            Self::Outcome => told(&person.jumdata(transport).with_retry(once()).resume(&person.session())),
            Self::Page => match person.jumdata(transport).with_retry(once()).page_html(&person.session()) {
                Ok(_) => "a page".to_owned(),
                Err(error) => told_of_error(&error),
            },
            Self::Meter => match liveness::Meter::package(&person.jumdata(transport).with_retry(once())) {
                Ok(package) => format!("{:?} {:?}", package.calls().is_some(), package.expires().is_some()),
                Err(error) => told_of_error(&error),
            },
        }
    }
}

fn once() -> RetryPolicy {
    RetryPolicy::never()
}

/// Records one call that is answered so, replays it with another person, and says in what they differ.
fn replays(call: Call, reply: &Reply) -> std::result::Result<(), String> {
    let canned = reply.clone();
    let (transport, cassette) = recording(move |_: liveness::Request| canned.clone());
    let recorded = call.told(RECORDED, transport.clone());
    assert_eq!((transport.not_recorded(), cassette.lock().unwrap().exchanges().len()), (0, 1), "{call:?}");
    let replay = ReplayTransport::new(stored(&cassette));
    let replayed = call.told(REPLAYING, replay.clone());
    if replay.remaining() == 0 && replayed == recorded {
        return Ok(());
    }
    let json: String = cassette.lock().unwrap().to_json().chars().take(3_000).collect();
    Err(format!("{call:?}: recorded {recorded}\nreplayed {replayed}\n{json}"))
}
