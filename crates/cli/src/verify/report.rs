//! How is a run of `verify` told: to a person, or as one JSON object without personal data?

use std::error::Error as _;

use liveness::{Error, Language, ProviderId, Receipt};
use serde_json::{Value, json};

use super::{Run, both};

/// Says who is asked, before anything is.
pub(crate) fn print_who_is_asked(provider: &ProviderId, is_sandbox: bool) {
    if is_sandbox {
        println!("SANDBOX: no vendor is asked, nobody is billed. 沙箱：不请求任何供应商，不产生费用。");
    } else {
        println!("A real vendor is asked, and is paid: {provider}. 将请求真实供应商并产生费用。");
    }
}

/// Tells it to a person.
pub(crate) fn print(run: &Run) {
    if let Some(photo) = &run.photo {
        println!(
            "\nphoto     {}x{} px, {} bytes, {:?}",
            photo.width(),
            photo.height(),
            photo.bytes().len(),
            photo.format()
        );
        if let Some(report) = photo.report() {
            let source = &report.source;
            println!(
                "  from    {:?} {}x{} px, {} bytes, stored {:?}",
                source.format, source.width, source.height, source.bytes, source.orientation
            );
            println!(
                "  done    scale {:.3}, quality {}, in {:.0} ms",
                report.scale,
                report.quality.map_or("untouched".to_owned(), |quality| format!("{quality:.1}")),
                report.times.total().as_secs_f64() * 1e3
            );
            for advice in report.advice() {
                println!("  advice  {}", both(|language| advice.text(language).to_owned()));
            }
        }
    }
    match &run.result {
        Ok(verdict) => {
            println!("\nverdict   {:?}: {}", verdict.outcome(), both(|l| verdict.outcome().guidance(l).to_owned()));
            if let Some(hint) = verdict.outcome().hint(Language::English) {
                println!("  hint    {hint} / {}", verdict.outcome().hint(Language::Chinese).unwrap_or_default());
            }
            println!("  proven  {:?}, live: {:?}, score: {:?}", verdict.established(), verdict.live(), verdict.score());
            println!("billed    {:?}{}", verdict.billed(), session_billed(run));
            receipt(verdict.receipt());
        }
        Err(error) => {
            println!("\nerror     {:?}: {}", error.kind(), error.message(Language::English));
            println!("          {}", error.message(Language::Chinese));
            for cause in causes(error) {
                println!("  because {cause}");
            }
            println!("billed    {:?}{}, again: {:?}", error.billed(), session_billed(run), error.again());
        }
    }
    if let Some(ledger) = &run.ledger {
        println!("\nledger    {} call(s), {} charge(s) in the sandbox", ledger.entries().len(), ledger.charges());
        for entry in ledger.entries() {
            println!(
                "  {:3}     {} {:?}: HTTP {} {}{}{}",
                entry.number(),
                entry.vendor().as_str(),
                entry.call(),
                entry.status(),
                entry.code(),
                if entry.is_charged() { ", charged" } else { "" },
                if entry.is_answered() { "" } else { ", never answered" },
            );
        }
    }
}

/// What lies behind an error, which its own text never repeats; none of it is personal.
fn causes(error: &Error) -> Vec<String> {
    std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string).collect()
}

fn session_billed(run: &Run) -> String {
    run.session_billed.map(|billed| format!(", its session: {billed:?}")).unwrap_or_default()
}

fn receipt(receipt: &Receipt) {
    println!(
        "receipt   {}, request {}, code {} {}, at {}",
        receipt.provider(),
        receipt.request_id().unwrap_or("-"),
        receipt.vendor_code().unwrap_or("-"),
        receipt.vendor_message().unwrap_or("-"),
        receipt.vendor_time().map_or("-".to_owned(), |at| at.to_string()),
    );
}

/// One object; the vendor's own words are left out, since nobody knows what they repeat.
pub(crate) fn json(run: &Run) -> Value {
    let photo = run.photo.as_ref().map(|photo| {
        json!({
            "width": photo.width(),
            "height": photo.height(),
            "bytes": photo.bytes().len(),
            "report": photo.report(),
        })
    });
    let mut object = json!({
        "sandbox": run.ledger.is_some(),
        "provider": run.provider,
        "photo": photo,
        "session_billed": run.session_billed,
        "ledger": run.ledger,
    });
    let rest = match &run.result {
        Ok(verdict) => json!({
            "outcome": verdict.outcome(),
            "guidance": { "en": verdict.outcome().guidance(Language::English), "zh": verdict.outcome().guidance(Language::Chinese) },
            "hint": { "en": verdict.outcome().hint(Language::English), "zh": verdict.outcome().hint(Language::Chinese) },
            "established": verdict.established(),
            "live": verdict.live(),
            "score": verdict.score(),
            "billed": verdict.billed(),
            "vendor_code": verdict.receipt().vendor_code(),
            "request_id": verdict.receipt().request_id(),
            "vendor_time": verdict.receipt().vendor_time().map(|at| at.to_string()),
        }),
        Err(error) => json!({
            "error": {
                "kind": error.kind(),
                "field": error.field(),
                "message": { "en": error.message(Language::English), "zh": error.message(Language::Chinese) },
                "causes": causes(error),
            },
            "billed": error.billed(),
            "again": error.again(),
            "vendor_code": error.vendor_code(),
            "request_id": error.request_id(),
        }),
    };
    if let (Value::Object(object), Value::Object(rest)) = (&mut object, rest) {
        object.extend(rest);
    }
    object
}
