//! No key, token, name, number, photo or portrait address is ever printed: of every public type.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

#[path = "../support/exports.rs"]
#[allow(unreachable_pub, reason = "other tests share it")]
mod exports;
mod keeper;
mod money;
mod plain;
mod record;
#[path = "../support/mod.rs"]
mod support;

use std::{error::Error as _, fmt::Debug};

use liveness::{
    Action, AttemptTimeout, Body, Challenge, Check, Error, ErrorKind, FlashColor, IdNumber, IdNumberError, Jumdata,
    LivenessProvider, ManualClock, Name, NameError, Outcome, PassedOver, Photo, PhotoError, PhotoSpec, Portrait,
    Progress, ProviderId, Receipt, Requirements, Response, RetryPolicy, ReturnUrl, Score, Secret, Session, Sex,
    SystemClock, TencentMarket, TransportError, Verdict,
    answer::{Fields, Layout, Reading},
    client, contract,
    mock::MockLivenessProvider,
    sandbox::{self, Sandbox, Scenario},
    tencent_market::SignatureScheme,
};
use plain::PLAIN;
use support::{ID_NUMBER, NAME, NOW, Recorder, clock, identity, liveness, ok, photo, same_person, status};
use time::{Duration, macros::date};

/// What must not be printed. Also Debug's way of printing bytes and of escaping.
const SECRETS: [&str; 10] = [
    NAME,
    "\\u{5f20}",
    ID_NUMBER,
    "1949",
    "app-s3cr3t",
    "k3y-s3cr3t",
    "t0ken",
    "portrait-9",
    "朝阳",
    "137, 80, 78, 71",
];

fn jumdata_keys() -> liveness::jumdata::Credentials {
    liveness::jumdata::Credentials { app_id: "app-s3cr3t".into(), app_secret: "k3y-s3cr3t".into() }
}

fn market_keys() -> liveness::tencent_market::Credentials {
    liveness::tencent_market::Credentials { secret_id: "app-s3cr3t".into(), secret_key: "k3y-s3cr3t".into() }
}

/// A type's name, and how a value of it prints.
fn show<T: Debug>(name: &'static str, value: T) -> (&'static str, String) {
    (name, format!("{value:?} {value:#?}"))
}

fn shown() -> Vec<(&'static str, String)> {
    let receipt = || {
        Receipt::new(ProviderId::new("acme", "a").unwrap())
            .with_vendor_message(format!("{NAME} {ID_NUMBER}"))
            .with_vendor_code(format!("{NAME} t0ken"))
            .with_request_id(NAME)
    };
    let passed_over =
        || PassedOver::new("acme/b".parse().unwrap(), ErrorKind::Vendor).with_request_id(format!("{NAME} t0ken"));
    let verdict = || {
        Verdict::new(Outcome::Passed, receipt())
            .with_birth_date(date!(1949 - 12 - 31))
            .with_sex(Sex::Female)
            .with_address("北京市朝阳区")
            .with_portrait_url("https://oss.example/portrait-9")
            .with_score(Score::new(85.0).unwrap())
            .with_passed_over([passed_over()])
    };
    let session = || {
        Session::new(receipt(), "t0ken", NOW, Duration::MINUTE)
            .with_page_url("https://a.example/?token=t0ken")
            .with_passed_over([passed_over()])
    };
    let error = || {
        Error::new(ErrorKind::Vendor)
            .with_vendor_message(format!("{NAME} {ID_NUMBER} t0ken"))
            .with_vendor_code(format!("{NAME} t0ken"))
            .with_request_id(format!("{NAME} t0ken"))
            .with_reference("order-7".parse().unwrap())
            .with_passed_over([passed_over()])
            .with_source(TransportError::new("reset"))
    };
    let request = |transport: &Recorder| transport.requests().remove(0);
    let recorder = Recorder::new([ok("{}"), ok("{}")]);
    let tencent = TencentMarket::new(market_keys(), recorder.clone()).with_clock(clock());
    let jumdata = Jumdata::new(jumdata_keys(), recorder.clone())
        .with_clock(clock())
        .with_extra_field("productCode", "k3y-s3cr3t");
    let _ = tencent.begin(&same_person());
    let compare = request(&recorder);
    let _ = jumdata.begin(&liveness());
    let init = request(&recorder);
    let sandbox = Sandbox::builder().with_clock(clock()).with_jumdata_account(jumdata_keys());
    let (builder, sandbox) = (sandbox.clone(), sandbox.build());
    let hosted = Jumdata::new(jumdata_keys(), sandbox.clone()).with_clock(clock());
    let Ok(Progress::Pending(opened)) = hosted.begin(&liveness()) else { panic!("the sandbox opens a session") };
    let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
    let _ = market.with_clock(clock()).begin(&same_person());
    let ledger = sandbox.ledger();
    let served = served_request(&sandbox);
    assert!(!format!("{sandbox:?} {ledger:?} {opened:?}").contains(opened.token().reveal()));
    #[cfg(feature = "ureq")]
    let proxied = liveness::UreqTransport::new().with_proxy("http://app-s3cr3t:k3y-s3cr3t@proxy.example:8080").unwrap();
    let said = format!(r#"{{"errmsg":"{NAME} {ID_NUMBER}","errcode":"{NAME}","jobid":"{NAME} t0ken"}}"#);
    let fields = Fields::parse(&said).unwrap();
    let layout = Layout::new("errcode").with_message(&["errmsg"]).with_request_id(&["jobid"]);
    let response = Response::new(Body::from(said));
    let reading = Reading::of(&response);
    let envelope = reading.envelope(&layout);
    let mut shown = vec![
        #[cfg(feature = "ureq")]
        show("UreqTransport", proxied),
        #[cfg(not(feature = "ureq"))]
        show("UreqTransport", ()),
        show("Sandbox", &sandbox),
        show("Credentials", jumdata_keys()),
        show("Credentials", market_keys()),
        show("ServedRequest", served),
        show("SandboxBuilder", builder),
        show("Server", sandbox.serve("127.0.0.1:0").unwrap()),
        show("Ledger", &ledger),
        ("Ledger", serde_json::to_string(&ledger).unwrap()),
        show("Entry", &ledger.entries()[0]),
        show("Scenario", Scenario::named("passed").unwrap()),
        show("Vendor", sandbox::Vendor::Jumdata),
        show("Action", Action::BlinkEye),
        show("AttemptTimeout", AttemptTimeout(std::time::Duration::from_secs(1))),
        show("Body", Body::from(format!("idcard={ID_NUMBER}&realname={NAME}"))),
        show("Challenge", Challenge::new([Action::BlinkEye], []).unwrap()),
        show("Check", same_person()),
        show("Check", Check::liveness().with_return_url(ReturnUrl::parse("https://a.example/?t=t0ken").unwrap())),
        show("Client", client::Client::new("acme/a".parse().unwrap(), recorder.clone())),
        show("Envelope", &envelope),
        show("Reading", &reading),
        show("Api", liveness::Jumdata::new(jumdata_keys(), sandbox.clone()).api()),
        show("ApiAnswer", other_product()),
        show("Listing", liveness::TencentMarket::new(market_keys(), sandbox.clone()).listing()),
        show("ListingAnswer", other_listing()),
        show(
            "Package",
            liveness::Meter::package(&liveness::Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new())).unwrap(),
        ),
        show("Layout", layout),
        show("Answer", Reading::of(&response).answer(&layout).unwrap()),
        show("Repair", liveness::Repair::Charset),
        show("Error", error()),
        ("Error", format!("{} {}", error(), error().message(liveness::Language::Chinese))),
        show("ErrorRecord", error().record()),
        ("ErrorRecord", serde_json::to_string(&error().record()).unwrap()),
        show("Stage", contract::Stage::new(MockLivenessProvider::new(), || 0)),
        show("Word", serde_json::from_value::<liveness::Retake>(format!("{NAME}{ID_NUMBER}").into()).unwrap()),
        show("FlashColor", FlashColor::WHITE),
        show("IdNumber", identity().id_number()),
        show("IdNumberError", IdNumber::parse_on("110105194912310021", date!(2026 - 11 - 21)).unwrap_err()),
        show("IdNumberError", IdNumberError::Checksum),
        (
            "IdNumberError",
            IdNumber::parse_on(&format!("{ID_NUMBER}{ID_NUMBER}"), date!(2026 - 11 - 21)).unwrap_err().to_string(),
        ),
        show("Identity", identity()),
        show(
            "Meter",
            std::sync::Arc::new(liveness::Jumdata::new(jumdata_keys(), sandbox.clone()))
                as std::sync::Arc<dyn liveness::Meter>,
        ),
        show("Account", liveness::Account::Jumdata(liveness::Jumdata::new(jumdata_keys(), sandbox.clone()))),
        show("Account", liveness::Account::TencentMarket(liveness::TencentMarket::new(market_keys(), sandbox.clone()))),
        show("Jumdata", jumdata),
        show("ManualClock", ManualClock::new(NOW)),
        show("Fields", fields),
        show("NotJson", Fields::parse(&format!(r#"{{"idcard":{NAME}{ID_NUMBER}}}"#)).unwrap_err()),
        show("Name", identity().name()),
        show("NameError", Name::parse(&format!("{NAME}\n{NAME}")).unwrap_err()),
        show("NameError", NameError::Empty),
        show("NameError", Name::parse(&format!("{NAME}#")).unwrap_err()),
        ("NameError", Name::parse(&format!("{NAME}\u{E000}")).unwrap_err().to_string()),
        show("Normalised", Name::normalise(&format!(" {NAME}")).unwrap()),
        show("Normalised", IdNumber::normalise_on(&format!(" {ID_NUMBER}"), date!(2026 - 11 - 21)).unwrap()),
        show("ProviderIdError", format!("{NAME}/k3y-s3cr3t").parse::<ProviderId>().unwrap_err()),
        show("Reference", "order-7".parse::<liveness::Reference>().unwrap()),
        show("ReferenceError", ID_NUMBER.parse::<liveness::Reference>().unwrap_err()),
        show("Outcome", verdict().outcome()),
        show("PassedOver", passed_over()),
        ("PassedOver", passed_over().to_string()),
        show("Photo", photo()),
        show("PhotoError", Photo::from_bytes(format!("{NAME}{ID_NUMBER}"), &PhotoSpec::TENCENT_MARKET).unwrap_err()),
        show("PhotoSpec", PhotoSpec::TENCENT_MARKET),
        show("Portrait", Portrait::from(b"\x89PNG t0ken".to_vec())),
        show("Progress", Progress::Done(verdict())),
        show("Progress", Progress::Pending(session())),
        show("ProviderId", ProviderId::new("acme", "a").unwrap()),
        show("Receipt", receipt()),
        show("Request", compare),
        show("Request", init),
        show("Requirements", Requirements::new([])),
        show("Response", Response::new(Body::from(NAME))),
        show("RetryPolicy", RetryPolicy::new()),
        show("ReturnUrl", ReturnUrl::parse("https://a.example/?t=t0ken").unwrap()),
        show("Score", Score::new(85.0)),
        show("Secret", Secret::new("k3y-s3cr3t")),
        show("Session", session()),
        show("Sex", Sex::Male),
        show("SignatureScheme", SignatureScheme::Hmac),
        show("SystemClock", SystemClock),
        show("TencentMarket", tencent),
        show("UnknownWord", format!("{NAME}{ID_NUMBER}").parse::<liveness::Goal>().unwrap_err()),
        show("TransportError", TransportError::new("reset")),
        show("Verdict", verdict()),
        show("CallSummary", liveness::CallSummary::from(&verdict())),
    ];
    shown.extend(settings(&sandbox));
    shown.extend(keeper::shown(hosted, &session(), &verdict(), error()));
    shown.extend(money::shown(&verdict()));
    shown.extend(record::shown(recorder));
    shown
}

/// Settings with keys of every kind, what a vendor of one's own is given of them, and what is said where they are wrong.
fn settings(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let options = liveness::BuildOptions::new().with_vendor("acme", move |settings| {
        tell.lock().unwrap().send(format!("{settings:#?}")).unwrap();
        Err(Error::configuration("token"))
    });
    let file = "[[candidates]]\nvendor = \"acme\"\noptions = { token = \"k3y-s3cr3t\" }\n\
        [transport]\nproxy = \"http://u:k3y-s3cr3t@proxy.example\"\n";
    let config = liveness::Config::from_toml(file).unwrap();
    let refused = config.build_with(sandbox.clone(), &options).unwrap_err();
    let wrong = liveness::Config::from_toml("[[candidates]]\nvendor = \"jumdata\"\napp_id = app-s3cr3t").unwrap_err();
    vec![
        show("Config", config),
        show("BuildOptions", options),
        ("VendorSettings", told.recv().unwrap()),
        show("Error", refused),
        show("Error", wrong),
    ]
}

/// An answer that says what the test looks for.
fn telling() -> impl liveness::Transport {
    |_: liveness::Request| {
        let said = format!(r#"{{"code":"200","taskNo":"7","data":{{"name":"{NAME}","number":"{ID_NUMBER}"}}}}"#);
        Ok(Response::new(Body::from(said)))
    }
}

fn other_product() -> liveness::jumdata::ApiAnswer {
    let keys = liveness::jumdata::Credentials { app_id: "app-s3cr3t".into(), app_secret: "k3y-s3cr3t".into() };
    liveness::Jumdata::new(keys, telling()).api().call("/idcard/check", [("name", NAME)]).unwrap()
}

fn other_listing() -> liveness::tencent_market::ListingAnswer {
    let keys =
        liveness::tencent_market::Credentials { secret_id: "app-s3cr3t".into(), secret_key: "k3y-s3cr3t".into() };
    liveness::TencentMarket::new(keys, telling()).listing().call(&Layout::new("code"), [("name", NAME)]).unwrap()
}

/// What a served sandbox tells of a request whose path and body hold a person.
fn served_request(sandbox: &Sandbox) -> sandbox::ServedRequest {
    let (tell, told) = std::sync::mpsc::channel();
    let server = sandbox.serve_and_tell("127.0.0.1:0", move |request| drop(tell.send(request.clone()))).unwrap();
    let mut stream = std::net::TcpStream::connect(server.addr()).unwrap();
    let head = format!("POST /{ID_NUMBER}/t0ken HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\n{{}}");
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    told.recv().unwrap()
}

#[test]
fn nothing_personal_is_printed_of_any_public_type() {
    for (name, text) in shown() {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{name} shows {secret}: {text}");
        }
    }
}

/// The documented exception: a transport needs the address, and `http`'s own `Debug` shows it.
#[test]
fn of_a_request_the_address_alone_may_hold_a_token_or_lead_to_a_face() {
    let recorder = Recorder::new([ok("<html>"), ok("jpeg")]);
    let jumdata = Jumdata::new(jumdata_keys(), recorder.clone()).with_clock(clock());
    let receipt = || Receipt::new(jumdata.id().clone());
    let session =
        Session::new(receipt(), "t0ken", NOW, Duration::MINUTE).with_page_url("https://a.example/?token=t0ken");
    jumdata.page_html(&session).unwrap();
    let verdict = Verdict::new(Outcome::Passed, receipt()).with_portrait_url("https://oss.example/portrait-9");
    jumdata.portrait(&verdict).unwrap();
    for (mut request, secret) in recorder.requests().into_iter().zip(["t0ken", "portrait-9"]) {
        assert!(format!("{request:?}").contains(secret));
        *request.uri_mut() = liveness::http::Uri::default();
        let rest = format!("{request:?} {request:#?}");
        assert!(SECRETS.iter().all(|secret| !rest.contains(secret)), "{rest}");
    }
}

#[test]
fn every_public_type_is_looked_at() {
    let covered: Vec<_> = shown().into_iter().map(|(name, _)| name).chain(PLAIN.iter().copied()).collect();
    let missing: Vec<_> = exports::public_types().into_iter().filter(|name| !covered.contains(name)).collect();
    assert!(missing.is_empty(), "public, and nobody looks at what they print: {missing:?}");
}

#[test]
fn no_error_on_the_way_from_the_vendor_prints_what_the_vendor_echoes() {
    let echo = format!("{NAME} {ID_NUMBER} t0ken");
    for body in [
        format!(r#"{{"errcode":"00082","errmsg":"{echo}","jobid":"{echo}"}}"#),
        format!(r#"{{"errcode":"{echo}","errmsg":"{echo}"}}"#),
        format!(r#"{{"message":"{echo}","code":"{echo}"}}"#),
        format!(r#"{{"code":999,"msg":"{echo}","taskNo":"{echo}"}}"#),
        format!(r#"{{"errcode":{echo}"#),
        echo.clone(),
    ] {
        for status_code in [200, 403, 500] {
            let recorder = Recorder::new([status(status_code, &body), status(status_code, &body)]);
            let tencent = TencentMarket::new(
                liveness::tencent_market::Credentials { secret_id: "i".into(), secret_key: "k".into() },
                recorder.clone(),
            )
            .with_retry(RetryPolicy::never());
            let jumdata =
                Jumdata::new(liveness::jumdata::Credentials { app_id: "i".into(), app_secret: "k".into() }, recorder)
                    .with_retry(RetryPolicy::never());
            for error in [tencent.begin(&same_person()).unwrap_err(), jumdata.begin(&liveness()).unwrap_err()] {
                let mut chain = format!("{error} {error:?} {error:#?}");
                let mut source = error.source();
                while let Some(cause) = source {
                    chain += &format!(" {cause} {cause:?}");
                    source = cause.source();
                }
                for secret in [NAME, ID_NUMBER, "t0ken"] {
                    assert!(!chain.contains(secret), "{chain}");
                }
            }
        }
    }
}

#[test]
fn a_photos_error_does_not_quote_the_photo() {
    let error: PhotoError = Photo::from_bytes(ID_NUMBER, &PhotoSpec::TENCENT_MARKET).unwrap_err();
    assert!(!format!("{error} {error:?} {}", error.advice(liveness::Language::Chinese)).contains(ID_NUMBER));
}
