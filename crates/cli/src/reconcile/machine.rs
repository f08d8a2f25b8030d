//! Writes the findings as JSON or CSV for a program.

use liveness::{
    money::{Finding, FindingKind},
    time::{OffsetDateTime, format_description::well_known::Rfc3339},
};
use serde_json::{Map, Value, json};

use super::{
    found::{Found, word},
    options::Options,
};
use crate::output::Output;

const HEADING: [&str; 12] = [
    "finding",
    "time",
    "reference",
    "attempt",
    "call",
    "provider",
    "certain",
    "possible",
    "billed",
    "rows",
    "found_by",
    "is_one_of_several",
];

/// One JSON object.
pub(super) fn json(found: &Found, options: &Options, output: &mut Output) {
    let held = &found.held;
    let at = |at| time(at, options);
    let counts: Map<_, _> =
        FindingKind::ALL.iter().map(|kind| (kind.to_string(), Value::from(held.count(*kind)))).collect();
    let unreadable = found.rows.unreadable().map(|(reason, count, rows)| {
        json!({ "reason": reason.name(), "count": count, "first_rows": rows, "text": reason.words().json() })
    });
    let settled = found.settled.iter().map(|done| {
        json!({
            "call": done.proof.key.to_string(), "as": word(&done.proof.settled), "rows": done.proof.rows,
            "failed": done.failed.as_ref().map(crate::language::Words::json),
        })
    });
    let moved = found.moved.as_ref().map(|moved| {
        let calls = i64::try_from(moved.calls()).unwrap_or_default();
        json!({ "moved": calls, "certain": moved.certain, "possible": moved.possible, "billed": moved.billed })
    });
    let (certain, possible) = held.charges();
    output.line(json!({
        "window": held.window().map(|(from, to)| json!({ "from": at(from), "to": at(to) })),
        "calls": held.calls(),
        "calls_left_out": held.calls_left(),
        "certain": certain,
        "possible": possible,
        "rows": found.rows.read,
        "rows_left_out": held.rows_left(),
        "billed": held.billed(),
        "unreadable": unreadable.collect::<Vec<_>>(),
        "meter": moved,
        "counts": counts,
        "findings": held.findings().map(|finding| one(&finding, options)).collect::<Vec<_>>(),
        "settled": settled.collect::<Vec<_>>(),
    }));
}

fn one(finding: &Finding, options: &Options) -> Value {
    let call = finding.call.as_ref().map(|call| {
        json!({
            "reference": call.key.reference().as_str(), "attempt": call.key.attempt(), "call": call.key.call().as_str(),
            "provider": call.provider.to_string(),
            "certain": call.charges.certain(), "possible": call.charges.possible(),
        })
    });
    json!({
        "finding": finding.kind.as_str(), "time": time(finding.at, options), "call": call, "rows": finding.rows,
        "billed": finding.billed, "found_by": finding.by.map(|by| by.as_str()), "is_one_of_several": finding.is_one_of_several,
    })
}

/// The findings alone, one a row.
pub(super) fn csv(found: &Found, options: &Options, output: &mut Output) {
    let mut line = |cells: &[String]| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // What is written is memory.
        let written = writer.write_record(cells).is_ok();
        if let (true, Ok(bytes)) = (written, writer.into_inner()) {
            output.write(&bytes);
        }
    };
    line(&HEADING.map(str::to_owned));
    for finding in found.held.findings() {
        let call = finding.call.as_ref();
        let of_call = |text: fn(&liveness::money::FoundCall) -> String| call.map(text).unwrap_or_default();
        let rows: Vec<_> = finding.rows.iter().map(ToString::to_string).collect();
        line(&[
            finding.kind.to_string(),
            time(finding.at, options),
            of_call(|call| call.key.reference().to_string()),
            of_call(|call| call.key.attempt().to_string()),
            of_call(|call| call.key.call().to_string()),
            of_call(|call| call.provider.to_string()),
            of_call(|call| call.charges.certain().to_string()),
            of_call(|call| call.charges.possible().to_string()),
            finding.billed.to_string(),
            rows.join(" "),
            finding.by.map(|by| by.to_string()).unwrap_or_default(),
            finding.is_one_of_several.to_string(),
        ]);
    }
}

fn time(at: OffsetDateTime, options: &Options) -> String {
    at.checked_to_offset(options.utc_offset).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}
