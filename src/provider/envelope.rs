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

/// What an answer says of itself, whatever its code means: the vendor's code, text, number and time, the HTTP status, and
/// whether the call was billed. It goes onto the receipt of a verdict or session, or onto an error.
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
/// `Debug` hides the vendor's text, and a code or number that does not look like one: they may repeat what was sent.
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
    /// Of this answer, of which only the status and whether a sandbox gave it is known yet.
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

    /// Whether the answer says that the call was billed. Defaults to `Unknown`: it does not say.
    pub fn with_billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }

    /// The vendor's code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether the call was billed: the answer's own word, else what the vendor documents for this code.
    pub fn billed(&self, info: &CodeInfo) -> Billed {
        match self.billed {
            Billed::Unknown => info.billed(),
            said => said,
        }
    }

    /// A receipt that says the same, and names the account and the caller's own number.
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

    /// The error that a documented code is. A code that is no error makes no sense where this is asked: `Protocol`.
    ///
    /// That nothing ran is the vendor's word only under the HTTP status of its answers (our reading: 2xx). Under another one
    /// it may be a gateway's, which says so after the call ran, too; then it is safe to send again only if the answer says
    /// that it was not billed.
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

    /// The error that a documented code is where it makes no sense on this call: we and the vendor misunderstand each other.
    pub fn misplaced(&self) -> Error {
        let error = Error::new(ErrorKind::Protocol).with_again(Again::MayBillAgain);
        self.describe(
            error.with_reason(Text {
                english: "this code makes no sense on this call",
                chinese: "该代码不应出现在此接口",
            }),
        )
    }

    /// The error that a code is which the vendor does not document. Under a status that may be a gateway's it may follow a
    /// call that ran.
    pub fn undocumented(&self) -> Error {
        let kind = if self.status.is_server_error() { ErrorKind::OutcomeUnknown } else { ErrorKind::Vendor };
        self.describe(
            Error::new(kind)
                .with_reason(Text {
                    english: "the vendor does not document this code", chinese: "供应商未公布该代码"
                }),
        )
    }

    /// Adds to an error what the answer says of itself.
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
