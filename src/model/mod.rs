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
mod provider_id;
mod receipt;
mod redact;
mod secret;
mod verdict;

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
    provider_id::ProviderId,
    receipt::{Receipt, SANDBOX_HEADER},
    secret::Secret,
    verdict::{Score, Verdict},
};
pub(crate) use self::{
    http_date::{http_date, parse_http_date},
    language::Text,
};
