//! Errors as plain data, for a store, a queue or another process.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Again, Error, ErrorKind, Ran};
use crate::model::{Billed, Charges, PassedOver, ProviderId, Reference, Text, redact::printable};

/// An [`Error`] as plain data: [`Error::record`] makes one, and `Error::from` turns it back into an error that says the same.
///
/// It contains no personal data. It leaves out the vendor's own words and the cause, and a vendor code or request
/// number of an unexpected form. A field that a newer version added is ignored, and a kind that it added is read as
/// [`ErrorKind::Unrecognized`]. A missing field is read as the safe value ([`Billed::Unknown`], [`Ran::Maybe`],
/// [`Again::Never`]).
///
/// ```
/// use liveness::{Error, ErrorKind, ErrorRecord};
///
/// let error = Error::new(ErrorKind::Vendor).with_vendor_code("999").with_vendor_message("their words");
/// let stored = serde_json::to_string(&error.record())?;
/// assert!(!stored.contains("their words"));
///
/// let again = Error::from(serde_json::from_str::<ErrorRecord>(&stored)?);
/// assert_eq!(again.to_string(), error.to_string());
/// assert_eq!((again.kind(), again.vendor_code()), (ErrorKind::Vendor, Some("999")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorRecord {
    /// The kind, which determines the party that must act.
    pub kind: ErrorKind,
    /// The field or setting that is wrong.
    #[serde(default)]
    pub field: Option<String>,
    /// What is wrong.
    #[serde(default)]
    pub reason: Option<Text<String>>,
    /// What to do next, where the kind's own advice does not fit.
    #[serde(default)]
    pub advice: Option<Text<String>>,
    /// The account that was called.
    #[serde(default)]
    pub provider: Option<ProviderId>,
    /// The caller's own number.
    #[serde(default)]
    pub reference: Option<Reference>,
    /// The vendor's code.
    #[serde(default)]
    pub vendor_code: Option<String>,
    /// The request's number.
    #[serde(default)]
    pub request_id: Option<String>,
    /// The HTTP status of the response.
    #[serde(default)]
    pub http_status: Option<u16>,
    /// How many times the call was sent, or tried to be sent; 0 if it was refused before any call.
    #[serde(default)]
    pub attempts: u32,
    /// How long the call took, in whole milliseconds.
    #[serde(default)]
    pub elapsed_ms: Option<u64>,
    /// Whether the call was billed.
    #[serde(default)]
    pub billed: Billed,
    /// How many charges the call caused, where `billed` does not cover it.
    #[serde(default)]
    pub charges: Option<Charges>,
    /// The other providers of a set that were passed over.
    #[serde(default)]
    pub passed_over: Vec<PassedOver>,
    /// Whether the same check may be repeated with the same provider.
    #[serde(default = "never")]
    pub again: Again,
    /// Whether the paid work ran.
    #[serde(default = "maybe")]
    pub ran: Ran,
}

impl Error {
    /// The plain data of the error, without the vendor's words and the cause, for a store, a queue or another
    /// process.
    pub fn record(&self) -> ErrorRecord {
        ErrorRecord::of(self)
    }
}

impl ErrorRecord {
    pub(super) fn of(error: &Error) -> Self {
        let shown = |text: &Option<String>| text.as_deref().map(|text| printable(text).to_owned());
        let inner = &*error.0;
        Self {
            kind: inner.kind,
            field: inner.field.as_deref().map(str::to_owned),
            reason: inner.reason.clone().map(|reason| reason.map(Into::into)),
            advice: inner.advice.clone().map(|advice| advice.map(Into::into)),
            provider: inner.provider.clone(),
            reference: inner.reference.clone(),
            vendor_code: shown(&inner.vendor_code),
            request_id: shown(&inner.request_id),
            http_status: inner.http_status,
            attempts: inner.attempts,
            elapsed_ms: inner.elapsed.map(whole_milliseconds),
            billed: inner.charges.billed(),
            charges: inner.charges.beyond(),
            passed_over: inner.passed_over.iter().cloned().map(PassedOver::without_words).collect(),
            again: error.again(),
            ran: error.ran(),
        }
    }
}

impl From<ErrorRecord> for Error {
    fn from(record: ErrorRecord) -> Self {
        let charges = Charges::read(record.billed, record.charges);
        let mut error = Self::new(record.kind).with_charges(charges).with_again(record.again).with_ran(record.ran);
        let inner = &mut *error.0;
        inner.field = record.field.map(Into::into);
        inner.reason = record.reason.map(|reason| reason.map(Into::into));
        inner.advice = record.advice.map(|advice| advice.map(Into::into));
        inner.provider = record.provider;
        inner.reference = record.reference;
        inner.http_status = record.http_status;
        inner.attempts = record.attempts;
        inner.passed_over = record.passed_over;
        inner.elapsed = record.elapsed_ms.map(Duration::from_millis);
        if let Some(code) = record.vendor_code {
            error = error.with_vendor_code(code);
        }
        match record.request_id {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }
}

/// Prints as the error does.
impl fmt::Debug for ErrorRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErrorRecord").field(&Error::from(self.clone())).finish()
    }
}

/// A duration that no call reaches is cut.
pub(super) fn whole_milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// The value of a missing field, chosen so that it never causes a retry.
fn never() -> Again {
    Again::Never
}

/// The value of a missing field, chosen so that it never causes a call to another provider.
fn maybe() -> Ran {
    Ran::Maybe
}
