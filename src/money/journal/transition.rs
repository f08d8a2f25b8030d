//! How does one record follow from another? Pure: each journal looks the record up, asks here, and writes down what follows.

use time::OffsetDateTime;

use super::{
    Answer, Closing, Intent, JournalError, JournalErrorKind, Opened, Record, SentAttempt, Settled, Spend, Standing,
    State, Ticket, fingerprint::Likeness, usage::Usage,
};
use crate::model::{Billed, Charges, Verdict};

/// What an intent comes to: the record to write down, or why the call may not be made.
pub(super) fn open(
    existing: Option<&Record>,
    intent: &Intent,
    usage: &mut Usage,
    now: OffsetDateTime,
) -> Result<(Record, Ticket), Opened> {
    if let Some(record) = existing {
        let boxed = || Box::new(record.clone());
        let standing = record.standing(now);
        // A try that nothing ran of may be made with other inputs.
        if standing != Standing::Free || matches!(record.state, State::Pending) {
            let known = std::iter::once(&intent.fingerprint).chain(&intent.other_fingerprints);
            match record.fingerprint.likeness(known) {
                Likeness::Same => {}
                Likeness::Other => return Err(Opened::OtherInputs(boxed())),
                Likeness::Unknown => return Err(Opened::UnknownKey(boxed())),
            }
        }
        match standing {
            Standing::InFlight => return Err(Opened::InFlight(boxed())),
            Standing::Answered => return Err(Opened::Answered(boxed())),
            Standing::InDoubt if record.repeats_in_doubt() >= intent.repeats_in_doubt => {
                return Err(Opened::InDoubt(boxed()));
            }
            Standing::InDoubt | Standing::Free => {}
        }
    }
    let uses = usage.with(intent, now);
    if let Some(over) = uses.iter().find(|each| each.is_over()) {
        return Err(Opened::OverCap(*over));
    }
    let near = uses.into_iter().filter(|each| each.is_near()).min_by_key(|each| each.limit - each.used);
    let until = now.saturating_add(intent.lease.try_into().unwrap_or(time::Duration::MAX));
    let mut spends = existing.map_or_else(Vec::new, |record| record.spends.clone());
    if let (Some(record), Some(last)) = (existing, spends.last_mut()) {
        last.is_lost |= record.standing(now) == Standing::InDoubt;
    }
    let fence = existing.map_or(0, Record::fence) + 1;
    spends.push(Spend {
        fence,
        provider: intent.provider.clone(),
        at: now,
        charges: Charges::new(0, intent.exposure),
        is_lost: false,
        sent: Vec::new(),
        request_id: None,
        vendor_code: None,
    });
    let ticket = Ticket { key: intent.key.clone(), fence, until, near };
    let record = Record {
        key: intent.key.clone(),
        provider: intent.provider.clone(),
        fingerprint: intent.fingerprint.clone(),
        state: State::Open,
        opened: now,
        until,
        closed: None,
        spends,
        sealed: existing.and_then(|record| record.sealed.clone()),
        is_settled: false,
    };
    Ok((record, ticket))
}

/// The record with an attempt that is about to go out.
///
/// # Errors
///
/// `Late` where the ticket's time is over, `Stale` where the call was settled or opened anew.
pub(super) fn sent(
    record: &Record,
    ticket: &Ticket,
    attempt: &SentAttempt,
    now: OffsetDateTime,
) -> Result<Record, JournalError> {
    if record.fence() != ticket.fence || record.state != State::Open {
        return Err(JournalErrorKind::Stale.into());
    }
    if now >= ticket.until {
        return Err(JournalErrorKind::Late.into());
    }
    let mut record = record.clone();
    if let Some(last) = record.spends.last_mut() {
        last.sent.push(attempt.clone());
    }
    Ok(record)
}

/// The record after its call ended, and whether that came too late: then only what it cost is added.
pub(super) fn close(record: &Record, ticket: &Ticket, closing: &Closing, now: OffsetDateTime) -> (Record, bool) {
    let mut record = record.clone();
    let is_stale = record.fence() != ticket.fence || record.state != State::Open;
    if let Some(spend) = record.spends.iter_mut().find(|spend| spend.fence == ticket.fence) {
        note(spend, closing);
    }
    if is_stale {
        return (record, true);
    }
    record.closed = Some(now);
    record.state = match closing {
        Closing::Free(error) => State::Free(error.clone()),
        Closing::Pending(_) => State::Pending,
        Closing::InDoubt(error) => State::InDoubt(error.clone()),
        Closing::Answered { answer, sealed, .. } => {
            record.sealed.clone_from(sealed);
            State::Answered(answer.clone())
        }
    };
    (record, false)
}

/// Writes down what a call cost, and how the vendor knows it.
fn note(spend: &mut Spend, closing: &Closing) {
    let (charges, number, code) = match closing {
        Closing::Free(error) | Closing::InDoubt(error) => {
            (Charges::read(error.billed, error.charges), &error.request_id, &error.vendor_code)
        }
        Closing::Pending(charges) => (*charges, &None, &None),
        Closing::Answered { answer, charges, .. } => match answer {
            Answer::Verdict(verdict) => (
                *charges,
                &verdict.receipt().request_id().map(str::to_owned),
                &verdict.receipt().vendor_code().map(str::to_owned),
            ),
            Answer::Session(receipt) => {
                (*charges, &receipt.request_id().map(str::to_owned), &receipt.vendor_code().map(str::to_owned))
            }
            Answer::Error(error) => (*charges, &error.request_id, &error.vendor_code),
            Answer::Lost => (*charges, &None, &None),
        },
    };
    spend.charges = charges;
    spend.is_lost = matches!(closing, Closing::InDoubt(_));
    spend.request_id.clone_from(number);
    spend.vendor_code.clone_from(code);
}

/// The record after a doubt was ended by evidence.
///
/// # Errors
///
/// `InFlight` before its time is over, `NotInDoubt` where there is nothing to settle.
pub(super) fn settle(record: &Record, settled: &Settled, now: OffsetDateTime) -> Result<Record, JournalError> {
    match record.standing(now) {
        Standing::InDoubt => {}
        Standing::InFlight => return Err(JournalErrorKind::InFlight.into()),
        Standing::Free | Standing::Answered => return Err(JournalErrorKind::NotInDoubt.into()),
    }
    let mut record = record.clone();
    record.closed = Some(now);
    record.is_settled = true;
    let Some(last) = record.spends.last_mut() else { return Err(JournalErrorKind::NotInDoubt.into()) };
    last.is_lost = true;
    match settled {
        Settled::NotBilled => {
            for spend in record.spends.iter_mut().filter(|spend| spend.is_lost) {
                (spend.charges, spend.is_lost) = (Charges::NONE, false);
            }
            record.state = State::NotBilled;
        }
        Settled::Billed(verdict) => {
            last.charges = Charges::new(last.charges.certain().max(1), last.charges.possible());
            record.state = State::Answered(match verdict {
                Some(verdict) => {
                    last.is_lost = false;
                    Answer::Verdict(Box::new(Verdict::without_person((**verdict).clone()).with_billed(Billed::Yes)))
                }
                None => Answer::Lost,
            });
        }
    }
    Ok(record)
}

/// The record without what was sealed.
pub(super) fn erase(record: &Record) -> Record {
    Record { sealed: None, ..record.clone() }
}
