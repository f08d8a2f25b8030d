//! The rule by which evidence ends a doubt.

use time::OffsetDateTime;

use super::{Answer, JournalError, JournalErrorKind, Record, Settled, Standing, State};
use crate::model::{Charges, Verdict};

/// Returns the record after evidence has ended a doubt.
///
/// ```
/// # use liveness::{*, money::*, time::macros::datetime};
/// # let now = datetime!(2026-11-21 08:00 UTC);
/// # let key = TryKey::new("order-7".parse()?, 1, CallKind::Begin);
/// # let intent = Intent::new(key, "acme/a".parse()?, Fingerprint::new(1, "key", "0".repeat(32)));
/// use liveness::money::rules;
/// # let (record, ticket) = rules::open(None, &intent, now).and_then(|opening| opening.within(&[])).unwrap();
/// // `record` is what `open` wrote down, and `ticket` the right to make the call.
/// // Never closed, and its time is over: the operator may say what the statement says.
/// let record = rules::settle(&record, &Settled::NotBilled, record.until)?;
/// assert_eq!(record.standing(record.until), Standing::Free);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `InFlight` before its lease ends, `NotInDoubt` if there is nothing to settle, `OtherCall` for the verdict of
/// another call, and for a number of charges that this call cannot have caused.
pub fn settle(record: &Record, settled: &Settled, now: OffsetDateTime) -> Result<Record, JournalError> {
    match record.standing(now) {
        Standing::InDoubt => {}
        Standing::InFlight => return Err(JournalErrorKind::InFlight.into()),
        Standing::Free | Standing::Answered => return Err(JournalErrorKind::NotInDoubt.into()),
    }
    if let Settled::Billed(Some(verdict)) = settled {
        let receipt = verdict.receipt();
        let is_same = |reference| reference == record.key.reference() && receipt.attempt() == record.key.attempt();
        let is_another = receipt.reference().is_some_and(|reference| !is_same(reference));
        if is_another || !record.with_lost(now).lost_by(receipt.provider()) {
            // It would be another person's verdict, or that of another photo.
            return Err(JournalErrorKind::OtherCall.into());
        }
    }
    let mut record = record.with_lost(now);
    if let Settled::Counted(charges) = settled
        && !(1..=record.charges_of_lost().possible()).contains(charges)
    {
        // It would be more than this call can have caused, or nothing.
        return Err(JournalErrorKind::OtherCall.into());
    }
    record.closed = Some(now);
    record.is_settled = true;
    let mut lost: Vec<_> = record.spends.iter_mut().filter(|spend| spend.is_lost).collect();
    match settled {
        Settled::NotBilled => {
            for spend in lost {
                (spend.charges, spend.is_lost) = (Charges::NONE, false);
            }
            record.state = State::NotBilled;
        }
        Settled::Billed(verdict) => {
            if let Some(last) = lost.last_mut() {
                last.charges = Charges::new(last.charges.certain().max(1), last.charges.possible());
            }
            record.state = State::Answered(match verdict {
                Some(verdict) => Answer::Verdict(Box::new(Verdict::clone(verdict).without_person())),
                None => Answer::Lost,
            });
        }
        Settled::Counted(charges) => {
            // The number is what the call cost over all that was lost of it.
            if let Some((last, others)) = lost.split_last_mut() {
                last.charges = Charges::new(*charges, *charges);
                for other in others {
                    (other.charges, other.is_lost) = (Charges::NONE, false);
                }
            }
            record.state = State::Answered(Answer::Lost);
        }
    }
    Ok(record)
}
