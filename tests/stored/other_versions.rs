//! What a newer version wrote, or a lean writer of another language, is read on the safe side.
//!
//! `future/` holds fields and words that no version has yet; `lean/` leaves out all that may be missing.

use liveness::{
    Again, Billed, Error, ErrorKind, ErrorRecord, Failure, Goal, Language, Outcome, Progress, Ran, Receipt, Reference,
    Retake, Session, Unverifiable, Verdict,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::files;

fn value(folder: &str, name: &str) -> Value {
    let (_, file) = files(folder).into_iter().find(|(known, _)| known == name).unwrap();
    file["value"].clone()
}

fn read<T: DeserializeOwned>(folder: &str, name: &str) -> T {
    serde_json::from_value(value(folder, name)).unwrap_or_else(|error| panic!("{folder}/{name}: {error}"))
}

/// Every word of a form that is written back, whatever fields were added around it.
fn kept<T: Serialize + DeserializeOwned>(name: &str) -> Value {
    serde_json::to_value(read::<T>("future", name)).unwrap()
}

#[test]
fn every_file_here_is_looked_at() {
    let names = |folder| files(folder).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let future =
        ["error_record", "progress", "receipt", "session", "verdict_failed", "verdict_retake", "verdict_unverifiable"];
    assert_eq!(names("future"), future);
    assert_eq!(names("lean"), ["error_record", "receipt", "session", "verdict"]);
}

#[test]
fn a_denial_for_a_reason_that_is_new_here_is_still_a_denial_and_keeps_its_reason() {
    let verdict: Verdict = read("future", "verdict_failed");
    let Outcome::Failed(Failure::Unrecognized(word)) = verdict.outcome() else { panic!("{verdict:?}") };
    assert_eq!(word.as_str(), "mask_worn");
    assert!(!verdict.is_passed());
    assert!(verdict.outcome().guidance(Language::English).contains("not passed"));
    // A goal that is new here proves nothing here, and is not lost.
    assert!(verdict.has_established(Goal::Liveness) && !verdict.has_established(Goal::SamePerson));
    assert_eq!(verdict.billed(), Billed::Unknown);
    assert_eq!(verdict.receipt().reference().map(Reference::as_str), Some("order-7"));
    let again = kept::<Verdict>("verdict_failed");
    assert_eq!(again["outcome"]["failed"], "mask_worn");
    assert_eq!(again["established"], serde_json::json!(["liveness", "document"]));
}

#[test]
fn a_retake_and_an_unverifiable_for_new_reasons_stay_what_they_are() {
    let verdict: Verdict = read("future", "verdict_retake");
    assert!(matches!(verdict.outcome(), Outcome::Retake(Retake::Unrecognized(_))));
    assert_eq!(kept::<Verdict>("verdict_retake")["outcome"]["retake"], "glasses");
    let verdict: Verdict = read("future", "verdict_unverifiable");
    assert!(matches!(verdict.outcome(), Outcome::Unverifiable(Unverifiable::Unrecognized(_))));
    assert_eq!(kept::<Verdict>("verdict_unverifiable")["outcome"]["unverifiable"], "record_sealed");
}

#[test]
fn a_session_of_a_newer_version_can_be_resumed() {
    let session: Session = read("future", "session");
    assert_eq!((session.token().reveal(), session.billed()), ("t-1", Billed::Unknown));
    let Progress::Pending(session) = read("future", "progress") else { panic!("it is pending") };
    assert_eq!(session.receipt().vendor_code(), Some("200"));
    assert_eq!(read::<Receipt>("future", "receipt").request_id(), Some("ZT20261121160000123456"));
}

#[test]
fn an_error_of_a_newer_version_is_never_taken_for_one_that_may_be_repeated() {
    let error = Error::from(read::<ErrorRecord>("future", "error_record"));
    assert!(matches!(error.kind(), ErrorKind::Unrecognized(word) if word.as_str() == "licence_expired"));
    assert_eq!((error.again(), error.ran(), error.billed()), (Again::Never, Ran::Maybe, Billed::Unknown));
    assert!(error.to_string().contains("the day's limit is reached"), "{error}");
    assert_eq!(serde_json::to_value(error.record()).unwrap()["kind"], "licence_expired");
}

#[test]
fn what_may_be_missing_is_read_as_not_said() {
    let verdict: Verdict = read("lean", "verdict");
    assert!(verdict.is_passed() && verdict.established().is_empty() && verdict.billed() == Billed::Unknown);
    assert!(!read::<Receipt>("lean", "receipt").is_sandbox());
    assert_eq!(read::<Session>("lean", "session").billed(), Billed::Unknown);
    let error = Error::from(read::<ErrorRecord>("lean", "error_record"));
    assert_eq!((error.kind(), error.again(), error.ran()), (ErrorKind::RateLimited, Again::Never, Ran::Maybe));
}
