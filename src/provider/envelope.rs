//! What an answer says of itself, whatever its code means.

use std::fmt;

use http::StatusCode;
use time::OffsetDateTime;

use crate::{
    model::{
        Again, Billed, Error, ErrorKind, ProviderId, Ran, Receipt, Reference, Response, SANDBOX_HEADER, Text, printable,
    },
    provider::codes::CodeInfo,
};

/// What every response carries: the vendor's code, text, request number and time, the HTTP status, and whether the call was
/// billed. It fills the receipt of a verdict or session, or an error.
///
/// ```
/// use liveness::{Billed, Body, ErrorKind, Outcome, ProviderId, Response, answer::{Envelope, Fields}, tencent_market::Code};
///
/// let response = Response::new(Body::from(r#"{"errcode":"P0000","jobid":"ZT1"}"#));
/// let fields = Fields::read(&response)?;
/// let envelope = Envelope::of(&response).with_code(fields.text("errcode")).with_request_id(fields.text("jobid"));
///
/// let receipt = envelope.receipt(&"acme/a".parse()?, Some(&"order-7".parse()?));
/// assert_eq!((receipt.vendor_code(), receipt.request_id()), (Some("P0000"), Some("ZT1")));
/// # Ok::<(), liveness::Error>(())
/// ```
///
/// `Debug` hides the vendor's text, and a code or number of an unexpected form, because they may repeat what was sent.
#[derive(Clone)]
pub struct Envelope {
    status: StatusCode,
    is_sandbox: bool,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    time: Option<OffsetDateTime>,
    billed: Billed,
}

impl Envelope {
    /// An envelope that knows the HTTP status of this response and whether a sandbox sent it, and nothing else yet.
    pub fn of(response: &Response) -> Self {
        Self {
            status: response.status(),
            is_sandbox: response.headers().contains_key(SANDBOX_HEADER),
            code: None,
            message: None,
            request_id: None,
            time: None,
            billed: Billed::Unknown,
        }
    }

    /// The vendor's code. Defaults to none.
    pub fn with_code(mut self, code: Option<String>) -> Self {
        self.code = code;
        self
    }

    /// The vendor's text. Defaults to none.
    pub fn with_message(mut self, message: Option<String>) -> Self {
        self.message = message;
        self
    }

    /// The request's number. Defaults to none.
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// The vendor's time. Defaults to none.
    pub fn with_time(mut self, at: Option<OffsetDateTime>) -> Self {
        self.time = at;
        self
    }

    /// Whether the response says that the call was billed. Defaults to `Unknown`, which means that it does not say.
    pub fn with_billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }

    /// The vendor's code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether the call was billed: what the response says, or else what the vendor documents for this code.
    pub fn billed(&self, info: &CodeInfo) -> Billed {
        match self.billed {
            Billed::Unknown => info.billed(),
            said => said,
        }
    }

    /// A receipt with the same content, the account and the caller's reference.
    pub fn receipt(&self, provider: &ProviderId, reference: Option<&Reference>) -> Receipt {
        let mut receipt = Receipt::new(provider.clone()).with_sandbox(self.is_sandbox);
        if let Some(code) = &self.code {
            receipt = receipt.with_vendor_code(code);
        }
        if let Some(message) = &self.message {
            receipt = receipt.with_vendor_message(message);
        }
        if let Some(id) = &self.request_id {
            receipt = receipt.with_request_id(id);
        }
        if let Some(at) = self.time {
            receipt = receipt.with_vendor_time(at);
        }
        match reference {
            Some(reference) => receipt.with_reference(reference.clone()),
            None => receipt,
        }
    }

    /// The error that a documented code becomes. A code that is not an error is unexpected here and becomes `Protocol`.
    ///
    /// A code that means "nothing ran" is believed only with an HTTP status of 2xx (our interpretation). With another status it
    /// may come from a gateway after the call ran. It is then safe to retry only if the response says that the call was not
    /// billed.
    pub fn error(&self, info: &CodeInfo) -> Error {
        let Some(error) = info.error() else { return self.misplaced() };
        let is_safe = self.billed == Billed::No || (self.billed == Billed::Unknown && self.status.is_success());
        self.describe(match error.again() {
            Again::Safe if is_safe => error,
            Again::Safe if self.status.is_server_error() => {
                Error::new(ErrorKind::OutcomeUnknown).with_reason(info.text())
            }
            Again::Safe => error.with_again(Again::MayBillAgain),
            // A gateway's refusal may come after the call ran: another provider must not be asked as if nothing had.
            _ if self.status.is_server_error() && self.billed != Billed::No => error.with_ran(Ran::Maybe),
            _ => error,
        })
    }

    /// The error for a documented code that makes no sense on this call: `Protocol`.
    pub fn misplaced(&self) -> Error {
        let error = Error::new(ErrorKind::Protocol).with_again(Again::MayBillAgain);
        self.describe(error.with_reason(Text {
            english: "this code makes no sense on this call",
            chinese: "该返回码不应出现在此接口",
        }))
    }

    /// The error for a code that the vendor does not document. With a status that a gateway may have set, the call may have
    /// run.
    pub fn undocumented(&self) -> Error {
        let kind = if self.status.is_server_error() { ErrorKind::OutcomeUnknown } else { ErrorKind::Vendor };
        self.describe(
            Error::new(kind).with_reason(Text {
                english: "the vendor does not document this code",
                chinese: "供应商未公布该返回码",
            }),
        )
    }

    /// Adds the content of this envelope to an error.
    pub fn describe(&self, error: Error) -> Error {
        let mut error = error.with_billed(self.billed).with_http_status(self.status.as_u16());
        if let Some(code) = &self.code {
            error = error.with_vendor_code(code);
        }
        if let Some(message) = &self.message {
            error = error.with_vendor_message(message);
        }
        match &self.request_id {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("status", &self.status)
            .field("is_sandbox", &self.is_sandbox)
            .field("code", &self.code.as_deref().map(printable))
            .field("message", &self.message.as_ref().map(|_| "[redacted]"))
            .field("request_id", &self.request_id.as_deref().map(printable))
            .field("time", &self.time)
            .field("billed", &self.billed)
            .finish()
    }
}
