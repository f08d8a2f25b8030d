//! What a repeat knows of the person, with a key, without one, and after erasing.

use liveness::{
    ErrorKind, LivenessProvider,
    money::{Journal, Sealed},
};

use crate::{
    stage::{Stage, begin, done, pending, resume, same_person},
    support,
};

#[test]
fn without_a_key_a_repeated_verdict_comes_without_the_person_and_says_so() {
    let stage = Stage::new();
    let first = done(stage.compare_unsealed().begin(&same_person()));
    assert!(first.birth_date().is_some() && !first.is_person_withheld());
    let again = done(stage.compare_unsealed().begin(&same_person()));
    assert_eq!((again.birth_date(), again.is_person_withheld(), again.is_passed()), (None, true, true));
    let error = stage.compare_unsealed().portrait(&again).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("sealing_key")));
}

#[test]
fn what_was_erased_is_gone_and_what_was_paid_stays_known() {
    let stage = Stage::new();
    let first = done(stage.compare().begin(&same_person()));
    assert_eq!(stage.journal.erase(&"order-7".parse().unwrap()).unwrap(), 1);
    assert_eq!(stage.journal.erase(&"order-7".parse().unwrap()).unwrap(), 0);
    let again = done(stage.compare().begin(&same_person()));
    assert_eq!((again.birth_date(), again.is_person_withheld(), again.charges()), (None, true, first.charges()));
    assert_eq!(stage.charges(), 1);
}

#[test]
fn an_erased_session_cannot_be_had_again_and_the_error_says_so() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    stage.journal.erase(&"order-7".parse().unwrap()).unwrap();
    let error = stage.hosted().begin(&support::liveness()).unwrap_err();
    assert_eq!((error.kind(), error.charges(), stage.charges()), (ErrorKind::Expired, session.charges(), 1));
}

#[test]
fn the_token_and_the_portraits_address_are_sealed() {
    let stage = Stage::new();
    let session = pending(stage.hosted().begin(&support::liveness()));
    assert!(stage.sandbox.finish(&session));
    let verdict = done(stage.hosted().resume(&session));
    for key in [begin(), resume()] {
        let record = stage.journal.find(&key).unwrap().unwrap();
        let sealed: &Sealed = record.sealed.as_ref().unwrap();
        assert!(sealed.key.is_some());
        let text = serde_json::to_string(&record).unwrap();
        assert!(!text.contains(session.token().reveal()) && !text.contains(verdict.portrait_url().unwrap()));
    }
}
