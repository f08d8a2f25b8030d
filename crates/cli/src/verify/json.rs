//! Writes a run as one JSON object without personal data.

use liveness::{Error, Language, Verdict};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{
    report::causes,
    run::{Failed, Run},
    words,
};
use crate::language::Words;

/// The vendor's own words hold nothing of what was sent: the library keeps none of it.
pub(super) fn object(run: &Run, result: &Result<Verdict, Failed>) -> Value {
    let photo = run.photo.as_ref().map(|photo| {
        json!({
            "width": photo.width(),
            "height": photo.height(),
            "bytes": photo.bytes().len(),
            "report": photo.report(),
        })
    });
    let mut object = json!({
        "sandbox": run.provider.as_ref().map(|_| run.ledger.is_some()),
        "provider": run.provider.as_ref().map(ToString::to_string),
        "photo": photo,
        "session_billed": run.session_billed,
        "ledger": run.ledger,
    });
    let rest = match result {
        Ok(verdict) => self::verdict(verdict),
        Err(Failed::Error(error)) => self::error(error),
        Err(Failed::Before(problem)) => json!({
            "error": { "kind": "usage", "field": problem.about(), "message": problem.words().json(), "causes": [] },
            "acts": Words::new("the operator", "运维人员").json(),
            "billed": "no",
            "again": "never",
            "vendor_code": null,
            "request_id": null,
        }),
    };
    if let (Value::Object(object), Value::Object(rest)) = (&mut object, rest) {
        object.extend(rest);
    }
    object
}

fn verdict(verdict: &Verdict) -> Value {
    let (outcome, receipt) = (verdict.outcome(), verdict.receipt());
    json!({
        "outcome": outcome,
        "guidance": { "en": outcome.guidance(Language::English), "zh": outcome.guidance(Language::Chinese) },
        "hint": { "en": outcome.hint(Language::English), "zh": outcome.hint(Language::Chinese) },
        "acts": words::who_acts_on(outcome).json(),
        "established": verdict.established(),
        "live": verdict.live(),
        "score": verdict.score(),
        "billed": verdict.billed(),
        "vendor_code": receipt.vendor_code(),
        "vendor_message": receipt.vendor_message(),
        "repaired": receipt.repaired(),
        "request_id": receipt.request_id(),
        "vendor_time": receipt.vendor_time().and_then(|at| at.format(&Rfc3339).ok()),
    })
}

fn error(error: &Error) -> Value {
    json!({
        "error": {
            "kind": error.kind(),
            "field": error.field(),
            "message": { "en": error.message(Language::English), "zh": error.message(Language::Chinese) },
            "causes": causes(error),
        },
        "acts": words::who_acts(error).json(),
        "billed": error.billed(),
        "again": error.again(),
        "ran": error.ran(),
        "http_status": error.http_status(),
        "attempts": error.attempts(),
        "vendor_code": error.vendor_code(),
        "vendor_message": error.vendor_message(),
        "request_id": error.request_id(),
    })
}
