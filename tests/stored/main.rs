//! The serialized form of every public type that a fleet stores, held as files, so that no stored session or verdict is broken
//! by accident. A folder is named after the version that wrote its files: it is read for ever and never changed.
//! `UPDATE_STORED=1 cargo test --test stored` writes the current version's.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

use std::{fmt::Debug, fs, path::PathBuf};

use liveness::{
    Action, Again, Billed, Challenge, Error, ErrorKind, ErrorRecord, Failure, FlashColor, Goal, Outcome, Progress,
    ProviderId, Receipt, Retake, Score, Session, Sex, Text, Unverifiable, Verdict,
};
use serde::{Serialize, de::DeserializeOwned};
use time::{
    Duration,
    macros::{date, datetime},
};

/// The version that writes today.
const VERSION: &str = "0.1.0";

fn folder(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stored").join(version)
}

/// Today's code writes this value as the file says, and reads the file as this value.
fn holds<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let path = folder(VERSION).join(name).with_extension("json");
    let written = serde_json::to_string_pretty(value).unwrap() + "\n";
    if std::env::var_os("UPDATE_STORED").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(written, stored, "{name} is written in another form: stores of {VERSION} would not be read by it");
    assert_eq!(&serde_json::from_str::<T>(&stored).unwrap(), value, "{name} is read as another value");
}

fn receipt() -> Receipt {
    Receipt::new(ProviderId::new("jumdata", "hangzhou").unwrap())
        .with_request_id("202611210800000000000001")
        .with_vendor_code("200")
        .with_vendor_message("成功")
        .with_vendor_time(datetime!(2026-11-21 16:00:00.123 +8))
        .with_reference("order-7".parse().unwrap())
}

fn verdict(outcome: Outcome) -> Verdict {
    Verdict::new(outcome, receipt()).with_billed(Billed::Yes)
}

fn session() -> Session {
    Session::new(receipt(), "t0ken", datetime!(2026-11-21 08:00 UTC), Duration::minutes(10))
        .with_page_url("https://page.example/?token=t0ken")
        .with_billed(Billed::Yes)
}

fn record() -> ErrorRecord {
    Error::new(ErrorKind::OutcomeUnknown)
        .with_field("photo")
        .with_reason(Text { english: "the answer was lost on the way", chinese: "应答在途中丢失" })
        .with_provider(ProviderId::new("tencent-market", "default").unwrap())
        .with_reference("order-7".parse().unwrap())
        .with_vendor_code("21089")
        .with_request_id("ZT1")
        .with_http_status(504)
        .with_attempts(2)
        .with_elapsed(std::time::Duration::from_millis(1500))
        .record()
}

#[test]
fn a_receipt_a_session_and_an_error_keep_their_form() {
    holds("receipt", &receipt());
    holds("session", &session());
    holds("error_record", &record());
}

#[test]
fn each_outcome_of_a_verdict_keeps_its_form() {
    let passed = verdict(Outcome::Passed)
        .with_established([Goal::Liveness, Goal::SamePerson])
        .with_live(true)
        .with_score(Score::new(85.0).unwrap())
        .with_birth_date(date!(1949 - 12 - 31))
        .with_sex(Sex::Female)
        .with_address("北京市朝阳区")
        .with_portrait_url("https://oss.example/face.jpg");
    holds("verdict_passed", &passed);
    holds("verdict_failed", &verdict(Outcome::Failed(Failure::DifferentPerson)).with_established([Goal::Liveness]));
    holds("verdict_retake", &verdict(Outcome::Retake(Retake::NoFace)));
    holds("verdict_unverifiable", &verdict(Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord)));
}

#[test]
fn progress_and_the_words_keep_their_form() {
    holds("progress_pending", &Progress::Pending(session()));
    holds("progress_done", &Progress::Done(verdict(Outcome::Passed)));
    holds(
        "challenge",
        &Challenge::new([Action::LookFront, Action::BlinkEye], [FlashColor::WHITE, FlashColor::BLACK]).unwrap(),
    );
    holds("failures", &Failure::ALL.to_vec());
    holds("retakes", &Retake::ALL.to_vec());
    holds("unverifiables", &Unverifiable::ALL.to_vec());
    holds("error_kinds", &ErrorKind::ALL.to_vec());
    holds("billed", &vec![Billed::Yes, Billed::No, Billed::Unknown]);
    holds("again", &vec![Again::Safe, Again::MayBillAgain, Again::Never]);
    holds("goals", &vec![Goal::Liveness, Goal::SamePerson]);
}

/// What a version to come may write: fields and reasons that this one has never heard of.
#[test]
fn what_a_newer_version_wrote_is_read_and_a_paid_verdict_is_not_lost() {
    let mut newer: serde_json::Value = serde_json::to_value(verdict(Outcome::Passed)).unwrap();
    newer["outcome"] = serde_json::json!({ "retake": "glasses" });
    newer["charges"] = serde_json::json!({ "certain": 1, "possible": 2 });
    newer["receipt"]["repaired"] = serde_json::json!(["byte_order_mark"]);
    let text = newer.to_string();
    let read: Verdict = serde_json::from_str(&text).unwrap();
    assert!(matches!(read.outcome(), Outcome::Retake(Retake::Unrecognized(word)) if word.as_str() == "glasses"));
    assert_eq!((read.billed(), read.receipt()), (Billed::Yes, &receipt()));
    assert_eq!(serde_json::to_value(&read).unwrap()["outcome"], newer["outcome"], "and is written back unchanged");

    let newer = serde_json::to_string(&record()).unwrap().replace("outcome_unknown", "certificate_expired");
    let read: ErrorRecord = serde_json::from_str(&newer).unwrap();
    assert!(matches!(read.kind, ErrorKind::Unrecognized(_)));
}

/// What an older version wrote may lack what was added since.
#[test]
fn a_short_verdict_and_session_are_read() {
    let receipt = r#"{"provider":"jumdata/hangzhou"}"#;
    let verdict: Verdict = serde_json::from_str(&format!(r#"{{"outcome":"passed","receipt":{receipt}}}"#)).unwrap();
    assert_eq!((verdict.billed(), verdict.receipt().is_sandbox()), (Billed::Unknown, false));
    let session = format!(
        r#"{{"token":"t","page_url":"https://p.example/","opened":"2026-11-21T08:00:00Z","expires":"2026-11-21T08:10:00Z","receipt":{receipt}}}"#
    );
    assert_eq!(serde_json::from_str::<Session>(&session).unwrap().billed(), Billed::Unknown);
}
