//! Types that all modules share: errors, verdicts, receipts, identities, secrets, time.

mod billed;
mod call;
mod charges;
mod clock;
mod error;
mod goal;
mod http_date;
mod identity;
mod language;
mod message;
mod observer;
mod outcome;
mod own;
mod parse;
mod passed_over;
mod portrait;
mod provider_id;
mod receipt;
mod redact;
mod reference;
mod repair;
mod score;
mod secret;
mod sent;
mod text;
mod verdict;
mod wiped;
mod word;
mod words;

pub(crate) use self::http_date::{http_date, parse_http_date};
pub use self::{
    billed::Billed,
    call::{AfterLoss, Call, SigningParams},
    charges::Charges,
    clock::{Clock, ManualClock, SystemClock},
    error::{Actor, Again, Error, ErrorKind, ErrorRecord, Ran, Result},
    goal::Goal,
    identity::{Change, IdNumber, IdNumberError, Identity, Name, NameError, Normalised, Sex},
    language::Language,
    message::{AttemptTimeout, Body, Request, Response},
    observer::{CallResult, CallSummary, Delivery, Event, Observer},
    outcome::{Failure, Outcome, Retake, Unverifiable},
    passed_over::PassedOver,
    portrait::Portrait,
    provider_id::{ProviderId, ProviderIdError},
    receipt::{Receipt, SANDBOX_HEADER},
    reference::{Reference, ReferenceError},
    repair::Repair,
    score::{Score, ScoreError},
    secret::Secret,
    text::Text,
    verdict::Verdict,
    word::Word,
    words::UnknownWord,
};
pub(crate) use self::{
    message::CutOff,
    observer::{tell, tell_refused},
    own::{foreign, verify_own},
    parse::{from_text, input_error, parsed},
    redact::{kept, legible, printable},
    sent::Sent,
    wiped::Wiped,
    words::{is_word, words},
};
