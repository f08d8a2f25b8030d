//! Closes the record of a call according to the provider's answer.

use zeroize::Zeroizing;

use crate::{
    model::{Charges, Error, ErrorKind, Ran, Receipt, Reference, Result},
    money::{
        journal::{Answer, Closing, Ending, TryKey},
        seal::{Sealed, SealingKey},
    },
    provider::{CallKind, Progress, Session},
};

/// The table of how a call closes its record.
///
/// | what came back | the record |
/// |---|---|
/// | a verdict of any outcome, a session | answered |
/// | `resume` found no result yet | pending: the result may be requested again |
/// | `resume` returned an error other than `Expired` | pending; in doubt if an earlier answer was lost, and requested again |
/// | an error after which nothing ran | free |
/// | `OutcomeUnknown` | in doubt |
/// | any other error | answered |
pub(super) fn closing(
    key: &TryKey,
    told: &Result<Progress>,
    charges: Charges,
    sealing: Option<&SealingKey>,
) -> Closing {
    let ending = match told {
        Ok(Progress::Pending(_)) if key.call() == CallKind::Resume => Ending::Pending,
        Ok(Progress::Pending(session)) => Ending::Answered {
            answer: Answer::Session(Box::new(session.receipt().clone())),
            sealed: sealed(key, told, sealing),
        },
        Ok(Progress::Done(verdict)) => Ending::Answered {
            answer: Answer::Verdict(Box::new(verdict.clone().without_person())),
            sealed: sealed(key, told, sealing),
        },
        Err(error) if error.ran() == Ran::No => Ending::Free(Box::new(error.record())),
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => Ending::InDoubt(Box::new(error.record())),
        // A session that was paid for is not given up after one odd answer: its result may still be available.
        Err(error) if key.call() == CallKind::Resume && error.kind() != ErrorKind::Expired => {
            Ending::AskAgain(Box::new(error.record()))
        }
        Err(error) => Ending::Answered { answer: Answer::Error(Box::new(error.record())), sealed: None },
    };
    Closing::new(ending, charges)
}

/// The cost of this call alone. A session that is not done yet adds to what it cost before.
pub(super) fn charges(answered: &Result<Progress>, resumed: Option<&Session>) -> Charges {
    match answered {
        Ok(progress) => progress.charges_since(resumed.map_or(Charges::NONE, Session::charges)),
        Err(error) => error.charges(),
    }
}

/// The answer with its try, and with the cost of earlier openings whose answers are lost.
pub(super) fn told(answered: Result<Progress>, key: &TryKey, lost: Charges) -> Result<Progress> {
    match answered {
        Ok(progress) => {
            let receipt = |receipt: &Receipt| stamped(receipt.clone(), key.reference(), key.attempt());
            Ok(match progress.after_loss(lost) {
                Progress::Done(verdict) => {
                    let receipt = receipt(verdict.receipt());
                    Progress::Done(verdict.with_receipt(receipt))
                }
                Progress::Pending(session) => {
                    let receipt = receipt(session.receipt());
                    // The session may have come from a repeat, but that it has no result yet is a new answer.
                    let receipt = if key.call() == CallKind::Resume { receipt.with_repeat(false) } else { receipt };
                    Progress::Pending(session.with_receipt(receipt))
                }
            })
        }
        Err(error) => Err(told_error(error, key.reference(), lost)),
    }
}

fn told_error(error: Error, reference: &Reference, lost: Charges) -> Error {
    let charges = error.charges().plus(lost);
    error.with_reference(reference.clone()).with_charges(charges)
}

fn stamped(receipt: Receipt, reference: &Reference, attempt: u32) -> Receipt {
    receipt.with_reference(reference.clone()).with_attempt(attempt)
}

/// The whole answer, sealed. If sealing fails, nothing is kept: a repeat then comes without the person.
fn sealed(key: &TryKey, answered: &Result<Progress>, sealing: Option<&SealingKey>) -> Option<Sealed> {
    let text = Zeroizing::new(serde_json::to_vec(answered.as_ref().ok()?).ok()?);
    sealing?.seal(&key.to_string(), &text).ok()
}
