//! One check, from a request's bytes to an answer's. All of it blocks.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use liveness::{
    Check, Error, ErrorKind, IdNumber, Identity, Language, LivenessProvider, Name, Outcome, Photo, PhotoSpec, Progress,
    Ran, Verdict, photo::Preparer,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a client sends.
#[derive(Deserialize)]
struct Asked {
    reference: String,
    /// Which try of this reference it is: a person who takes the photo again makes another one.
    attempt: Option<u32>,
    name: String,
    id_number: String,
    /// Base64 of a JPEG, PNG or WebP.
    photo: String,
}

/// What a client gets: an HTTP status, whether to come back, and JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Whether the same request, sent again later, may do better.
    pub is_later: bool,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// A refusal before anything was sent to a vendor.
    pub fn refused(status: u16, error: &str) -> Self {
        Self { status, is_later: matches!(status, 408 | 503), body: json!({ "error": error, "sent": false }) }
    }
}

/// Reads the request, prepares the photo and makes the call.
pub fn check(provider: &Arc<dyn LivenessProvider>, body: &[u8]) -> Answer {
    let check = match read(body) {
        Ok(check) => check,
        Err(Wrong(field, message)) => {
            let body = json!({ "error": "invalid_check", "field": field, "message": message, "sent": false });
            return Answer { status: 422, is_later: false, body };
        }
    };
    match provider.begin(&check) {
        Ok(Progress::Done(verdict)) => told(&verdict),
        // A hosted vendor has a page to show first, which this service does not: examples/h5_server does.
        Ok(Progress::Pending(_)) => Answer::refused(500, "unsupported"),
        Err(error) => failed(&error),
    }
}

/// The field that is wrong, and why, in words that repeat nothing of it.
struct Wrong(&'static str, String);

fn read(body: &[u8]) -> Result<Check, Wrong> {
    // The text of a serde error may quote what was sent.
    let asked: Asked = serde_json::from_slice(body).map_err(|error| {
        Wrong("body", format!("not the JSON that is wanted, at line {} column {}", error.line(), error.column()))
    })?;
    let reference = asked.reference.parse().map_err(|_| Wrong("reference", "not a reference".to_owned()))?;
    let name = Name::parse(&asked.name).map_err(|error| Wrong("name", error.to_string()))?;
    let id_number = IdNumber::parse(&asked.id_number).map_err(|error| Wrong("id_number", error.to_string()))?;
    let upload = BASE64_STANDARD.decode(&asked.photo).map_err(|_| Wrong("photo", "not Base64".to_owned()))?;
    let photo = photo(&upload)?;
    let check = Check::same_person(Identity::new(name, id_number)).with_photo(photo).with_reference(reference);
    Ok(check.with_attempt(asked.attempt.unwrap_or(1)))
}

fn photo(upload: &[u8]) -> Result<Photo, Wrong> {
    let prepared = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(upload);
    // With the upload the journal knows a repeat even after an update that prepares the same file differently.
    prepared.map(|photo| photo.with_upload(upload)).map_err(|error| Wrong("photo", error.to_string()))
}

/// A person who fails is an answer, not an error. A repeat says the same, because nothing of the person is in it.
fn told(verdict: &Verdict) -> Answer {
    let body = json!({
        "outcome": verdict.outcome(),
        "passed": verdict.outcome() == Outcome::Passed,
        "guidance": { "en": verdict.outcome().guidance(Language::English), "zh": verdict.outcome().guidance(Language::Chinese) },
        "charges": verdict.charges(),
        "request_id": verdict.receipt().request_id(),
        "repeat": verdict.receipt().is_repeat(),
        "sandbox": verdict.receipt().is_sandbox(),
    });
    Answer { status: 200, is_later: false, body }
}

/// The kind alone: what an error says of keys and settings is for the operator's log.
fn failed(error: &Error) -> Answer {
    let (status, is_later) = match error.kind() {
        ErrorKind::InvalidCheck => (422, false),
        // Somebody else's request of the same reference runs.
        ErrorKind::InProgress => (409, true),
        // In doubt. A repeat sends nothing and gets the same until the operator has settled it.
        ErrorKind::OutcomeUnknown => (502, false),
        // It ran, and the journal has this answer: a repeat gets the same. Only another attempt asks again, and may cost again.
        ErrorKind::RateLimited | ErrorKind::Unavailable if error.ran() != Ran::No => (502, false),
        ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::BudgetExceeded => (503, true),
        _ => (500, false),
    };
    let body = json!({
        "error": error.kind(),
        "field": error.field(),
        "charges": error.charges(),
        "request_id": error.request_id(),
        "sent": error.attempts() > 0,
    });
    Answer { status, is_later, body }
}
