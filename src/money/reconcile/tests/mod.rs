//! Tests of each finding, of each rule of matching, and of the properties of any statement and journal.

mod findings;
mod properties;

use time::{Duration, OffsetDateTime, macros::datetime};

use super::{Reconciler, Reconciliation, Statement, StatementLine, StatementScope};
use crate::{
    model::{Charges, Error, ErrorKind, ProviderId},
    money::journal::{Answer, Fingerprint, Record, SentAttempt, Spend, State, TryKey},
    provider::CallKind,
};

const START: OffsetDateTime = datetime!(2026-11-21 08:00 +8);
/// When the journal is read.
const NOW: OffsetDateTime = datetime!(2026-12-21 08:00 +8);

fn at(seconds: i64) -> OffsetDateTime {
    START + Duration::seconds(seconds)
}

fn jumdata() -> ProviderId {
    "jumdata/default".parse().unwrap()
}

/// A record with one opening: answered, with no charge yet.
fn answered(reference: &str, seconds: i64) -> Record {
    let spend = Spend {
        fence: 1,
        provider: jumdata(),
        at: at(seconds),
        charges: Charges::NONE,
        is_lost: false,
        is_pending: false,
        sent: vec![SentAttempt::new(1, at(seconds), None)],
        request_id: None,
        vendor_code: None,
    };
    Record {
        key: TryKey::new(reference.parse().unwrap(), 1, CallKind::Begin),
        provider: jumdata(),
        fingerprint: Fingerprint::new(1, "key", "00".into()),
        state: State::Answered(Answer::Lost),
        opened: at(seconds),
        until: at(seconds + 90),
        closed: Some(at(seconds + 1)),
        spends: vec![spend],
        sealed: None,
        is_settled: false,
        is_erased: false,
    }
}

fn paid(reference: &str, seconds: i64) -> Record {
    with(answered(reference, seconds), |spend| spend.charges = Charges::new(1, 1))
}

fn unknown(reference: &str, seconds: i64) -> Record {
    with(answered(reference, seconds), |spend| spend.charges = Charges::new(0, 1))
}

fn lost(reference: &str, seconds: i64) -> Record {
    let record = with(unknown(reference, seconds), |spend| spend.is_lost = true);
    Record { state: State::InDoubt(Box::new(Error::new(ErrorKind::OutcomeUnknown).record())), ..record }
}

fn with(mut record: Record, change: impl Fn(&mut Spend)) -> Record {
    record.spends.last_mut().map(change).unwrap();
    record
}

/// The vendor's own number of the answer.
fn numbered(record: Record, number: &str) -> Record {
    with(record, |spend| spend.request_id = Some(number.into()))
}

/// The number that the last attempt carried.
fn sent(record: Record, number: &str) -> Record {
    with(record, |spend| spend.sent.last_mut().unwrap().id = Some(number.into()))
}

fn row(row: u64, seconds: i64) -> StatementLine {
    StatementLine::new(row, at(seconds))
}

fn row_of(place: u64, seconds: i64, number: &str) -> StatementLine {
    row(place, seconds).with_number(Some(number.into()))
}

fn day() -> StatementScope {
    StatementScope::new().with_window(at(-3600), at(86400 - 3600))
}

fn held(records: &[Record], rows: &[StatementLine], scope: StatementScope) -> Reconciliation {
    let mut reconciler = Reconciler::new(rows.iter().cloned().collect::<Statement>(), scope);
    records.iter().for_each(|record| reconciler.add(record, NOW));
    reconciler.finish()
}

/// The findings: kind, reference or `-`, rows.
fn told(found: &Reconciliation) -> Vec<String> {
    let findings = found.findings().map(|finding| {
        let call = finding.call.map_or("-".into(), |call| call.key.reference().to_string());
        let several = if finding.is_one_of_several { " or a neighbour" } else { "" };
        format!("{} {call} {:?}{several}", finding.kind, finding.rows)
    });
    findings.collect()
}
