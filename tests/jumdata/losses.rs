//! What is said and done when an answer is lost.

use liveness::Language;

use super::*;

fn lost() -> Result<liveness::Response, TransportError> {
    Err(TransportError::new("reset"))
}

#[test]
fn a_lost_result_is_asked_for_again_unless_switched_off_and_a_lost_init_never_is() {
    let recorder = Recorder::new([lost(), ok(PASSED)]);
    assert!(done(jumdata(&recorder).resume(&session(&recorder)).unwrap()).is_passed());
    let recorder = Recorder::new([lost()]);
    let error = jumdata(&recorder).with_repeated_result(false).resume(&session(&recorder)).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Unknown));
    let recorder = Recorder::new([lost()]);
    assert_eq!(jumdata(&recorder).begin(&liveness()).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
}

#[test]
fn a_result_under_a_gateways_status_is_lost_and_asked_for_again() {
    let recorder = Recorder::new([status(500, r#"{"code":500}"#), ok(PASSED)]);
    assert!(done(jumdata(&recorder).resume(&session(&recorder)).unwrap()).is_passed());
}

#[test]
fn a_lost_result_is_to_be_resumed_and_not_reconciled() {
    let recorder = Recorder::new([lost()]);
    let error = jumdata(&recorder).with_retry(RetryPolicy::never()).resume(&session(&recorder)).unwrap_err();
    assert_eq!((error.kind(), error.reference().map(Reference::as_str)), (ErrorKind::OutcomeUnknown, Some("order-7")));
    let english = error.to_string();
    assert!(english.contains("Call resume for this session again before it expires") && !english.contains("reconcile"));
    let chinese = error.message(Language::Chinese);
    assert!(chinese.contains("会话过期前再次调用 resume") && !chinese.contains("对账"), "{chinese}");
}

#[test]
fn what_follows_a_lost_result_is_never_called_free() {
    let after_loss = |answer: &str| {
        let recorder = Recorder::new([lost(), ok(answer)]);
        jumdata(&recorder).resume(&session(&recorder)).unwrap()
    };
    for (answer, billed) in [
        (r#"{"code":203,"charge":false}"#, Billed::Unknown),
        (r#"{"code":203}"#, Billed::Unknown),
        (r#"{"code":202,"charge":true}"#, Billed::Yes),
    ] {
        assert_eq!(done(after_loss(answer)).billed(), billed, "{answer}");
    }
    assert_eq!(pending(after_loss(r#"{"code":201,"charge":false}"#)).billed(), Billed::Unknown);
}
