//! What counts as the same inputs under one reference.

use liveness::{
    Action, Challenge, Check, ErrorKind, IdNumber, Identity, LivenessProvider, Name, Photo, PhotoSpec, ReturnUrl,
    money::{AtMostOnce, Journal, SealingKey},
};
use time::macros::date;

use crate::{
    stage::{Stage, begin, done, key, pending, same_person},
    support,
};

fn photo(width: u32) -> Photo {
    Photo::from_bytes(support::png(width, 16), &PhotoSpec::TENCENT_MARKET).unwrap()
}

fn identity(name: &str, number: &str) -> Identity {
    Identity::new(Name::parse(name).unwrap(), IdNumber::parse_on(number, date!(2026 - 11 - 21)).unwrap())
}

fn of(identity: Identity) -> Check {
    Check::same_person(identity).with_photo(support::photo()).with_reference("order-7".parse().unwrap())
}

#[test]
fn a_redelivered_job_that_a_newer_version_prepared_otherwise_is_the_same() {
    let stage = Stage::new();
    let upload = b"what the phone sent";
    let _ = done(stage.compare().begin(&same_person().with_photo(photo(16).with_upload(upload))));
    let again = done(stage.compare().begin(&same_person().with_photo(photo(17).with_upload(upload))));
    assert!(again.receipt().is_repeat());
    let error = stage.compare().begin(&same_person().with_photo(photo(16).with_upload(b"another photo"))).unwrap_err();
    assert_eq!((error.kind(), error.field(), stage.charges()), (ErrorKind::InvalidCheck, Some("reference"), 1));
}

#[test]
fn a_photo_whose_upload_is_told_later_is_still_known_by_its_bytes() {
    let stage = Stage::new();
    let _ = done(stage.compare().begin(&same_person().with_photo(photo(16))));
    assert!(
        done(stage.compare().begin(&same_person().with_photo(photo(16).with_upload(b"upload")))).receipt().is_repeat()
    );
}

#[test]
fn other_spellings_of_the_same_name_and_number_are_the_same() {
    let stage = Stage::new();
    let _ = done(stage.compare().begin(&of(identity("王芳", "11010519491231002X"))));
    for (name, number) in [
        ("王\u{ad}芳", "11010519491231002X"),
        ("王 芳", "11010519491231002x"),
        ("王芳", "１１０１０５１９４９１２３１００２Ｘ"),
    ] {
        assert!(done(stage.compare().begin(&of(identity(name, number)))).receipt().is_repeat(), "{number}");
    }
    for (name, number) in [("王方", "11010519491231002X"), ("王芳", "110105194912310038")] {
        let error = stage.compare().begin(&of(identity(name, number))).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("reference")));
        assert!(!error.to_string().contains(name) && !error.to_string().contains(number));
    }
    assert_eq!(stage.charges(), 1);
}

#[test]
fn another_return_url_is_the_same_and_another_challenge_is_not() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    let elsewhere = support::liveness().with_return_url(ReturnUrl::parse("https://shop.example/other").unwrap());
    assert_eq!(pending(stage.hosted().begin(&elsewhere)).token(), session.token());
    let challenge = Challenge::new([Action::BlinkEye], []).unwrap();
    let error = stage.hosted().begin(&support::liveness().with_challenge(challenge)).unwrap_err();
    assert_eq!((error.kind(), error.field(), stage.charges()), (ErrorKind::InvalidCheck, Some("reference"), 1));
}

#[test]
fn another_session_of_the_same_try_is_refused() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    let _ = pending(stage.hosted().resume(&session));
    let other = liveness::Session::new(session.receipt().clone(), "another", support::NOW, time::Duration::HOUR);
    let error = stage.hosted().resume(&other).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("session")));
}

#[test]
fn a_record_of_another_key_is_compared_once_that_key_is_named() {
    let stage = Stage::new();
    let first = done(stage.compare().begin(&same_person()));
    let renewed =
        || AtMostOnce::sealing(stage.market("default"), stage.journal.clone(), SealingKey::new([8; 32])).unwrap();
    let error = renewed().begin(&same_person()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("sealing_key")));
    let again = done(renewed().with_former_key(key()).begin(&same_person()));
    assert_eq!((again.birth_date(), again.receipt().is_repeat()), (first.birth_date(), true));
    assert_eq!(stage.charges(), 1);
}

#[test]
fn each_try_is_paid_for_by_itself() {
    let stage = Stage::new();
    for attempt in [1, 2, 3, 1, 2, 3, 0] {
        let verdict = done(stage.compare().begin(&same_person().with_attempt(attempt)));
        assert_eq!(verdict.receipt().attempt(), attempt.max(1));
    }
    assert_eq!(stage.charges(), 3);
}

#[test]
fn the_journal_holds_nothing_of_the_person() {
    let stage = Stage::new();
    let _ = done(stage.compare_unsealed().begin(&same_person()));
    let record = stage.journal.find(&begin()).unwrap().unwrap();
    for text in [format!("{record:?}"), serde_json::to_string(&record).unwrap()] {
        for secret in [support::NAME, support::ID_NUMBER, "1949", "朝阳", "birth_date\":\"1"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
