//! What is said between all rooms: errors, verdicts, receipts, identities, secrets, time.

mod billed;
mod call;
mod clock;
mod error;
mod goal;
mod http_date;
mod identity;
mod language;
mod message;
mod outcome;
mod own;
mod parse;
mod portrait;
mod provider_id;
mod receipt;
mod redact;
mod secret;
mod verdict;
mod words;

pub use self::{
    billed::Billed,
    call::{Call, SigningParams},
    clock::{Clock, ManualClock, SystemClock},
    error::{Again, Error, ErrorKind, Result},
    goal::Goal,
    identity::{IdNumber, IdNumberError, Identity, Name, NameError, Sex},
    language::Language,
    message::{AttemptTimeout, Body, Request, Response},
    outcome::{Failure, Outcome, Retake, Unverifiable},
    portrait::Portrait,
    provider_id::ProviderId,
    receipt::{Receipt, SANDBOX_HEADER},
    secret::Secret,
    verdict::{Score, Verdict},
    words::UnknownWord,
};
pub(crate) use self::{
    http_date::{http_date, parse_http_date},
    language::Text,
    own::verify_own,
    parse::{from_text, parsed},
    redact::printable,
    words::{is_word, words},
};
