//! One value, or a few, of each public type that serializes.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc,
    time::Duration,
};

use liveness::{
    Action, Actor, Again, Billed, CallKind, Challenge, Change, Charges, Check, Delivery, Error, ErrorKind, Failure,
    FlashColor, Goal, IdNumber, Identity, Input, Jumdata, Language, LivenessProvider, ManualClock, Name, Outcome,
    PassedOver, Photo, PhotoSpec, Progress, ProviderId, Ran, Receipt, Repair, Retake, ReturnUrl, Score, Session, Sex,
    TencentMarket, Text, TransportErrorKind, Unverifiable, Verdict, jumdata,
    keeper::Kept,
    money::{self, Journal as _},
    record::Cassette,
    sandbox::{self, Fault, Sandbox},
    tencent_market::{self, SignatureScheme},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

use super::Sample;

/// By the vendor's clock, which shows the time of its place.
const ANSWERED: OffsetDateTime = datetime!(2026-11-21 16:00:00.123 +8);
/// By ours.
const OPENED: OffsetDateTime = datetime!(2026-11-21 08:00:00.123 UTC);

/// Types whose form is seen within another's sample: the plain lists of words all in `words`.
pub(super) const WITHIN: [&str; 52] = [
    "Action",
    "Again",
    "Billed",
    "ByteLimit",
    "PhotoErrorKind",
    "PhotoFormats",
    "Answer",
    "Call",
    "CallKind",
    "Cap",
    "CapUse",
    "Fingerprint",
    "Sealed",
    "SentAttempt",
    "Spend",
    "State",
    "TryKey",
    "Change",
    "Charges",
    "Entry",
    "ErrorKind",
    "Exchange",
    "Actor",
    "Delay",
    "Delivery",
    "Failure",
    "Fault",
    "FlashColor",
    "Goal",
    "Input",
    "Language",
    "Outcome",
    "PassedOver",
    "ProviderId",
    "Ran",
    "Reference",
    "Repair",
    "Retake",
    "Score",
    "Sex",
    "SignatureScheme",
    "Text",
    "TransportErrorKind",
    "Unverifiable",
    "Vendor",
    // of the photo's report and words
    "Advice",
    "PhotoFormat",
    "SourceFormat",
    "Measures",
    "Orientation",
    "Source",
    "StageTimes",
];

/// One exchange of each kind: a text with all that can be odd about it, an image, and a failure with what arrived.
fn cassette() -> Cassette {
    let fields =
        [("idcard", "same"), ("token", "given"), ("colors", "exact"), ("photo", "present"), ("sign", "ignored")];
    let fields =
        fields.map(|(name, how)| format!(r#"{{"name":"{name}","value":"{name}-1","match":"{how}"}}"#)).join(",");
    let request = format!(r#"{{"method":"POST","path":"/a","fields":[{fields}]}}"#);
    let text = r#"{"status":200,"headers":[["content-type","text/html"]],"body":{"text":{"text":"x","compression":"gzip","charset":"gb18030","flaw":"cut_off"}}}"#;
    let image = r#"{"status":200,"headers":[],"body":{"image":{"format":"jpeg","bytes":9,"is_whole":true}}}"#;
    let failure =
        format!(r#"{{"kind":"interrupted","may_have_been_sent":true,"is_permanent":false,"partial":{text}}}"#);
    let answers = [
        format!(r#"{{"response":{text}}}"#),
        format!(r#"{{"response":{image}}}"#),
        format!(r#"{{"failure":{failure}}}"#),
    ];
    let exchanges = answers.map(|answer| format!(r#"{{"request":{request},"answer":{answer}}}"#)).join(",");
    let json = format!(r#"{{"liveness_cassette":1,"recorded_by":"liveness 0.1.0","exchanges":[{exchanges}]}}"#);
    Cassette::from_json(&json).unwrap()
}

pub(super) fn all() -> Vec<Sample> {
    let verdict = |outcome| Verdict::new(outcome, receipt());
    let session = || {
        Session::new(opening(), "t-1", OPENED, time::Duration::minutes(10))
            .with_page_url("https://api.jumdata.com/lifecheck/h5/v2/html?token=t-1")
            .with_billed(Billed::Yes)
            .with_passed_over([passed_over()])
    };
    let challenge = Challenge::new([Action::LookFront, Action::BlinkEye], [FlashColor::WHITE, FlashColor::BLACK]);
    let mut samples = vec![
        Sample::new("session", "Session", session()),
        Sample::new("record", "Record", record()),
        Sample::new("caps", "Caps", money::Caps::new().with_per_day(5_000).with_in_flight(32)),
        Sample::new("conditions", "Conditions", conditions()),
        Sample::new("receipt", "Receipt", receipt()),
        Sample::new("receipt_bare", "Receipt", Receipt::new(provider())),
        Sample::new("verdict_passed", "Verdict", passed()),
        Sample::new("verdict_failed", "Verdict", verdict(Outcome::Failed(Failure::LivenessNotPassed)).with_live(false)),
        Sample::new(
            "verdict_retake",
            "Verdict",
            verdict(Outcome::Retake(Retake::NoFace)).with_charges(Charges::new(1, 3)),
        ),
        Sample::new(
            "verdict_unverifiable",
            "Verdict",
            verdict(Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord)),
        ),
        Sample::new("progress_done", "Progress", Progress::Done(passed())),
        Sample::new("progress_pending", "Progress", Progress::Pending(session())),
        Sample::new("error_record", "ErrorRecord", error().record()),
        Sample::new("error_record_bare", "ErrorRecord", Error::configuration("JUMDATA_APP_ID").record()),
        Sample::new("challenge", "Challenge", challenge.unwrap()),
        Sample::new("return_url", "ReturnUrl", ReturnUrl::parse("https://shop.example/back?id=7").unwrap()),
        Sample::new("kept", "Kept", Kept::new("{\"tie\":\"t\"}", true, OPENED)),
        words(),
        Sample::new("flash_colors", "FlashColor", [FlashColor::BRIGHT, FlashColor::DARK].concat()),
        Sample::new("cassette", "Cassette", cassette()),
        Sample::report("ledger", "Ledger", &ledger()),
        Sample::report("served_request", "ServedRequest", &served_request()),
    ];
    samples.extend(photo::samples());
    samples
}

fn provider() -> ProviderId {
    ProviderId::new("tencent-market", "hangzhou").unwrap()
}

fn receipt() -> Receipt {
    Receipt::new(provider())
        .with_request_id("ZT20261121160000123456")
        .with_vendor_code("P0000")
        .with_vendor_message("同一人")
        .with_vendor_time(ANSWERED)
        .with_reference("order-7".parse().unwrap())
        .with_sandbox(true)
        .with_repaired([Repair::ByteOrderMark, Repair::LooseJson])
}

/// Of a session's opening: the vendor gave no time and no reference came in.
fn opening() -> Receipt {
    Receipt::new(ProviderId::new("jumdata", "default").unwrap())
        .with_request_id("202611211600001230000001")
        .with_vendor_code("200")
        .with_vendor_message("成功")
}

fn passed() -> Verdict {
    Verdict::new(Outcome::Passed, receipt())
        .with_established([Goal::Liveness, Goal::SamePerson])
        .with_live(true)
        .with_score(Score::new(85.5).unwrap())
        .with_birth_date(date!(1949 - 12 - 31))
        .with_sex(Sex::Female)
        .with_address("北京市朝阳区")
        .with_portrait_url("https://oss.example/portrait-9")
        .with_billed(Billed::Yes)
        .with_passed_over([passed_over()])
}

fn passed_over() -> PassedOver {
    PassedOver::new("tencent-market/second".parse().unwrap(), ErrorKind::Denied)
        .with_request_id("ZT20261121155959000001")
}

fn error() -> Error {
    Error::new(ErrorKind::OutcomeUnknown)
        .with_field("photo")
        .with_reason(Text { english: "the answer was lost on the way", chinese: "响应在途中丢失" })
        .with_advice(Text { english: "ask the operator", chinese: "请联系运维人员" })
        .with_provider(provider())
        .with_reference("order-7".parse().unwrap())
        .with_vendor_code("910RE")
        .with_vendor_message("not kept")
        .with_request_id("ZT20261121160000123456")
        .with_http_status(502)
        .with_attempts(2)
        .with_elapsed(Duration::from_millis(2_345))
        .with_passed_over([passed_over()])
        .with_source("not kept")
}

/// The words of each type that is a plain list of them. All that any version wrote are known.
fn words() -> Sample {
    struct Words {
        written: Value,
        read: fn(Value),
    }
    fn of<T: Serialize + DeserializeOwned + PartialEq + 'static>(all: &[T], read: fn(Value)) -> Words {
        Words { written: serde_json::to_value(all).unwrap(), read }
    }
    macro_rules! words {
        ($($type:ty),+ $(,)?) => {
            BTreeMap::from([$((stringify!($type).trim_start_matches("sandbox::"), of(<$type>::ALL, |written| {
                let read: Vec<$type> = serde_json::from_value(written).unwrap();
                assert!(read.iter().all(|value| <$type>::ALL.contains(value)), "{read:?}");
            }))),+])
        };
    }
    let all = words![
        Action,
        Actor,
        Again,
        Billed,
        sandbox::Call,
        Change,
        Delivery,
        ErrorKind,
        Failure,
        Fault,
        Goal,
        Input,
        Language,
        Ran,
        Repair,
        Retake,
        Sex,
        SignatureScheme,
        TransportErrorKind,
        Unverifiable,
        sandbox::Vendor,
        CallKind,
        money::Cap,
    ];
    let written: BTreeMap<_, _> = all.iter().map(|(name, words)| (*name, &words.written)).collect();
    let file = super::file("words", &written);
    let read = move |file: Value| {
        for (name, words) in file.as_object().unwrap() {
            (all[name.as_str()].read)(words.clone());
        }
    };
    Sample { name: "words", of: "words", file, read: Box::new(read) }
}

/// What the sandbox's books hold after one call to each vendor.
fn ledger() -> sandbox::Ledger {
    let clock = ManualClock::new(OPENED);
    let sandbox = Sandbox::builder().with_clock(clock.clone()).build();
    let jumdata =
        jumdata::Credentials { app_id: Sandbox::JUMDATA_APP_ID.into(), app_secret: Sandbox::JUMDATA_APP_SECRET.into() };
    let hosted = Jumdata::new(jumdata, sandbox.clone());
    let return_url = ReturnUrl::parse("https://shop.example/back").unwrap();
    let _ = hosted.with_clock(clock.clone()).begin(&Check::liveness().with_return_url(return_url)).unwrap();
    let keys = tencent_market::Credentials {
        secret_id: Sandbox::TENCENT_SECRET_ID.into(),
        secret_key: Sandbox::TENCENT_SECRET_KEY.into(),
    };
    let market = TencentMarket::new(keys, sandbox.clone());
    let number = IdNumber::parse_on("11010519491231002X", date!(2026 - 11 - 21)).unwrap();
    let identity = Identity::new(Name::parse("张三").unwrap(), number);
    let photo = Photo::from_bytes(PNG, &PhotoSpec::TENCENT_MARKET).unwrap();
    let _ = market.with_clock(clock).begin(&Check::same_person(identity).with_photo(photo)).unwrap();
    sandbox.ledger()
}

/// A delay of each kind and both limits.
fn conditions() -> sandbox::Conditions {
    let delays = r#"{"init":{"fixed_ms":120},"result":{"uniform_ms":[80,400]},"compare":{"log_normal_ms":{"median":300,"p99":1800}},"html":{"percentiles_ms":[[50,40],[99.5,200]]}}"#;
    let limits = r#""calls_per_second":{"tencent-market":10},"calls_per_day":{"jumdata":5000}"#;
    serde_json::from_str(&format!(r#"{{"seed":7,"delay":{delays},{limits}}}"#)).unwrap()
}

/// A call whose first answer was lost and whose second was given.
fn record() -> money::Record {
    let clock = ManualClock::new(OPENED);
    let journal = money::MemoryJournal::new().with_clock(clock.clone());
    let key = money::TryKey::new("order-7".parse().unwrap(), 2, CallKind::Begin);
    let fingerprint = money::Fingerprint::new(1, "6b1f0a52", "00112233445566778899aabbccddeeff".to_owned());
    let mut intent = money::Intent::new(key.clone(), provider(), fingerprint);
    intent.repeats_in_doubt = 1;
    for is_lost in [true, false] {
        let money::Opened::New(ticket) = journal.open(&intent).unwrap() else { panic!("it may be opened") };
        journal.sent(&ticket, &money::SentAttempt::new(1, ANSWERED, Some("ZT20261121".to_owned()))).unwrap();
        let ending = if is_lost {
            money::Ending::InDoubt(Box::new(Error::new(ErrorKind::OutcomeUnknown).record()))
        } else {
            money::Ending::Answered {
                answer: money::Answer::Verdict(Box::new(passed().without_person())),
                sealed: Some(serde_json::from_str(r#"{"under":"6b1f0a52","key":"a2V5","data":"ZGF0YQ=="}"#).unwrap()),
            }
        };
        clock.advance(Duration::from_secs(1));
        let charges = if is_lost { Charges::new(0, 1) } else { Charges::new(1, 1) };
        journal.close(&ticket, &money::Closing::new(ending, charges)).unwrap();
    }
    journal.find(&key).unwrap().unwrap()
}

/// What the sandbox's server tells of a request.
fn served_request() -> sandbox::ServedRequest {
    let (to_test, from_server) = mpsc::channel();
    let server =
        Sandbox::new().serve_and_tell("127.0.0.1:0", move |served| drop(to_test.send(served.clone()))).unwrap();
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream
        .write_all(
            b"POST /lifecheck/h5/v2/init HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    from_server.recv().unwrap()
}

/// The header of a PNG of 16 × 16 px: all that a finished photo is verified by.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36\xfb\xef\xbe";

mod photo {
    use std::{collections::BTreeMap, time::Duration};

    use jpeg_encoder::{ColorType, Encoder};
    use liveness::photo::{Advice, Orientation, PhotoErrorKind, PhotoFormat, PhotoSpec, Preparer, SourceFormat};

    use super::Sample;

    const ADVICE: [Advice; 5] =
        [Advice::BackLight, Advice::TooDark, Advice::TooBright, Advice::LowContrast, Advice::Blurred];
    const SOURCES: [SourceFormat; 6] = [
        SourceFormat::Jpeg,
        SourceFormat::Png,
        SourceFormat::WebP,
        SourceFormat::Bmp,
        SourceFormat::Gif,
        SourceFormat::Heic,
    ];

    pub(super) fn samples() -> Vec<Sample> {
        let words = BTreeMap::from([
            ("Advice", serde_json::to_value(ADVICE).unwrap()),
            ("Orientation", serde_json::to_value(Orientation::ALL).unwrap()),
            ("PhotoErrorKind", serde_json::to_value(PhotoErrorKind::ALL).unwrap()),
            ("PhotoFormat", serde_json::to_value([PhotoFormat::Jpeg, PhotoFormat::Png]).unwrap()),
            ("SourceFormat", serde_json::to_value(SOURCES).unwrap()),
        ]);
        vec![
            Sample::report("photo_report", "Report", &report()),
            Sample::report("photo_words", "photo words", &words),
            Sample::new("photo_spec", "PhotoSpec", PhotoSpec::TENCENT_MARKET),
        ]
    }

    /// A photo's report, its figures set so that no machine's arithmetic or speed changes them.
    fn report() -> liveness::photo::Report {
        let mut jpeg = Vec::new();
        Encoder::new(&mut jpeg, 90).encode(&[128; 64 * 48], 64, 48, ColorType::Luma).unwrap();
        let photo = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&jpeg).unwrap();
        let mut report = photo.report().unwrap().clone();
        report.source.orientation = Orientation::Rotate90;
        (report.source.bytes, report.bytes, report.scale, report.quality) = (412_345, 99_876, 0.5, Some(87.5));
        let measures = &mut report.measures;
        (measures.mean, measures.spread, measures.shadows, measures.highlights) = (128.0, 48.5, 0.25, 0.125);
        (measures.darkest, measures.brightest) = (12.0, 230.0);
        (measures.middle_light, measures.middle_highlights, measures.border_light) = (170.0, 0.0625, 180.0);
        (measures.sharpness, measures.steadiness) = (1.5, 0.75);
        let times = &mut report.times;
        times.decode = Duration::from_micros(12_500);
        times.resize = Duration::from_micros(1_500);
        (times.colour, times.measure, times.encode) = (Duration::ZERO, Duration::ZERO, Duration::from_millis(4));
        report
    }
}
