//! A log of the last requests, and the reason for each refusal.
//!
//! It contains nothing from a client except impersonal data: words that the sandbox knows, valid dates and
//! timestamps.

use std::{collections::VecDeque, time::Duration};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use crate::sandbox::{
    faults::Fault,
    ledger::{Call, Vendor},
    reply::Reply,
};

mod page;

pub(super) use self::page::page;

/// How many requests are kept.
pub(super) const MAX_REQUESTS: usize = 200;

/// The last requests, the oldest first, without those to the sandbox itself.
#[derive(Debug, Default)]
pub(super) struct Log {
    last: VecDeque<Logged>,
    /// How many there were.
    all: u64,
}

impl Log {
    pub(super) fn keep(&mut self, request: Logged, now: OffsetDateTime) {
        if self.last.len() == MAX_REQUESTS {
            self.last.pop_front();
        }
        self.all = self.all.saturating_add(1);
        self.last.push_back(Logged { number: self.all, at: now, ..request });
    }

    pub(super) fn all(&self) -> u64 {
        self.all
    }

    /// The newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Logged> {
        self.last.iter().rev()
    }
}

/// One request.
#[derive(Debug, Serialize)]
pub(super) struct Logged {
    number: u64,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    method: &'static str,
    path: String,
    vendor: Option<Vendor>,
    call: Option<Call>,
    /// The status of the vendor's answer, even if a fault then lost it.
    status: Option<u16>,
    /// The vendor's code, or the gateway's text.
    code: Option<&'static str>,
    charged: bool,
    answered: bool,
    /// The delay of the answer; in process, a client with a shorter time-out is answered before.
    #[serde(rename = "delayMs", serialize_with = "milliseconds")]
    pub(super) delay: Duration,
    #[serde(serialize_with = "name")]
    pub(super) fault: Option<Fault>,
    /// The rule that the request breaks.
    note: Option<&'static str>,
    signature: Option<Signature>,
}

impl Logged {
    /// A log entry of the method and the path as they may be shown.
    pub(super) fn of(method: &'static str, path: &str) -> Self {
        Self {
            number: 0,
            at: OffsetDateTime::UNIX_EPOCH,
            method,
            path: path.to_owned(),
            vendor: None,
            call: None,
            status: None,
            code: None,
            charged: false,
            answered: false,
            delay: Duration::ZERO,
            fault: None,
            note: None,
            signature: None,
        }
    }

    pub(super) fn with(self, fault: Option<Fault>, delay: Duration) -> Self {
        Self { fault, delay, ..self }
    }

    pub(super) fn replied(self, reply: &Reply, answered: bool) -> Self {
        let code = Some(reply.code).filter(|code| !code.is_empty());
        Self { status: Some(reply.status), code, charged: reply.charged, answered, note: reply.note, ..self }
    }

    pub(super) fn of_vendor(self, vendor: Vendor, call: Call, signature: Option<Signature>) -> Self {
        Self { vendor: Some(vendor), call: Some(call), signature, ..self }
    }
}

/// The validity of a request's signature.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signature {
    valid: bool,
    /// Why it was refused.
    refused: Option<&'static str>,
    /// The text that the vendor signs for this request, without the secret.
    string_to_sign: String,
}

impl Signature {
    pub(super) fn new(found: Result<(), &'static str>, string_to_sign: String) -> Self {
        Self { valid: found.is_ok(), refused: found.err(), string_to_sign }
    }
}

/// The replacement for a value that may be personal data or a key.
pub(super) fn cut(value: &str) -> String {
    format!("<{} characters, not shown>", value.chars().count())
}

fn milliseconds<S: Serializer>(delay: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
}

fn name<S: Serializer>(fault: &Option<Fault>, to: S) -> Result<S::Ok, S::Error> {
    fault.map(Fault::name).serialize(to)
}
