//! Calls to be written down, how they end, and checks to be kept.

use liveness::{
    CallKind, Charges, ErrorKind,
    keeper::Kept,
    money::{Answer, Caps, Closing, Ending, Fingerprint, Intent, Journal, Opened, Sealed, Ticket, TryKey},
    time::OffsetDateTime,
};
use serde_json::json;

pub(crate) fn key(reference: &str, attempt: u32) -> TryKey {
    TryKey::new(reference.parse().unwrap(), attempt, CallKind::Begin)
}

pub(crate) fn intent(reference: &str) -> Intent {
    intent_of(key(reference, 1))
}

pub(crate) fn intent_of(key: TryKey) -> Intent {
    Intent::new(key, "acme/a".parse().unwrap(), Fingerprint::new(1, "key", "0".repeat(32)))
}

pub(crate) fn capped(reference: &str, caps: Caps) -> Intent {
    let mut intent = intent(reference);
    intent.caps = caps;
    intent
}

pub(crate) fn opened(journal: &dyn Journal, intent: &Intent) -> Ticket {
    match journal.open(intent).unwrap() {
        Opened::New(ticket) => ticket,
        refused => panic!("the call of {} may be made: {refused:?}", intent.key),
    }
}

pub(crate) fn answered() -> Closing {
    Closing::new(Ending::Answered { answer: Answer::Lost, sealed: None }, Charges::new(1, 1))
}

/// Answered, with this text where something sealed stands.
pub(crate) fn sealed(data: &str) -> Closing {
    let sealed: Sealed = serde_json::from_value(json!({ "under": "0badcafe", "key": "a2V5", "data": data })).unwrap();
    Closing::new(Ending::Answered { answer: Answer::Lost, sealed: Some(sealed) }, Charges::new(1, 1))
}

pub(crate) fn lost() -> Closing {
    let error = liveness::Error::new(ErrorKind::OutcomeUnknown).record();
    Closing::new(Ending::InDoubt(Box::new(error)), Charges::new(0, 1))
}

/// An entry that is kept until this second since 1970.
pub(crate) fn kept(data: &str, is_open: bool, until: i64) -> Kept {
    Kept::new(data, is_open, OffsetDateTime::from_unix_timestamp(until).unwrap())
}
