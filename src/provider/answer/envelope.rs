//! The fields that every answer has, whatever its code means.

use std::fmt;

use http::StatusCode;
use time::OffsetDateTime;

use super::Charge;
use crate::{
    model::{
        Again, Billed, Error, ErrorKind, ProviderId, Ran, Receipt, Reference, Repair, Response, SANDBOX_HEADER, Sent,
        Text, Verdict, legible, printable,
    },
    provider::codes::CodeInfo,
};

/// The common content of every response: the vendor's code, text, request number and time, the HTTP status, and
/// whether the call was billed. It makes the verdict, the receipt or the error. A [`Reading`](super::Reading) fills
/// it by a vendor's [`Layout`](super::Layout).
///
/// If a text repeats a value of the request, such as a name or a token, the value is removed before the text is kept.
/// The [`Client`](crate::client::Client) puts the values of the request into the response for this purpose.
///
/// ```
/// use liveness::{Body, Outcome, Response, answer::{Layout, Reading}, tencent_market::Code};
///
/// const LAYOUT: Layout = Layout::new("errcode").with_request_id(&["jobid"]);
///
/// let response = Response::new(Body::from(r#"{"errcode":"P0001","jobid":"ZT1"}"#));
/// let envelope = Reading::of(&response).answer(&LAYOUT)?.envelope;
/// let verdict = envelope.verdict(&Code::DifferentPerson.info(), &"acme/a".parse()?, Some(&"order-7".parse()?))?;
/// assert!(matches!(verdict.outcome(), Outcome::Failed(_)));
/// assert_eq!((verdict.receipt().vendor_code(), verdict.receipt().request_id()), (Some("P0001"), Some("ZT1")));
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
    charge: Charge,
    billed: Billed,
    repaired: Vec<Repair>,
    sent: Option<Sent>,
}

impl Envelope {
    /// An envelope with the HTTP status of this response and whether a sandbox sent it, and nothing else yet.
    pub fn of(response: &Response) -> Self {
        Self {
            status: response.status(),
            is_sandbox: response.headers().contains_key(SANDBOX_HEADER),
            code: None,
            message: None,
            request_id: None,
            time: None,
            charge: Charge::Absent,
            billed: Billed::Unknown,
            repaired: Vec::new(),
            sent: response.extensions().get().cloned(),
        }
    }

    /// The vendor's code, without space or control characters around it. Defaults to none.
    pub fn with_code(mut self, code: Option<String>) -> Self {
        let is_around = |char: char| char.is_whitespace() || char.is_control();
        self.code = code.map(|code| code.trim_matches(is_around).to_owned()).filter(|code| !code.is_empty());
        self
    }

    /// The vendor's text. Defaults to none.
    pub fn with_message(mut self, message: Option<String>) -> Self {
        self.message = message.map(|text| legible(&text)).map(|text| match &self.sent {
            Some(sent) => sent.hide(&text),
            None => text,
        });
        self
    }

    /// The request's number. Defaults to none.
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id.map(|id| self.hidden(&id));
        self
    }

    /// A code or number without the values of the request.
    fn hidden(&self, number: &str) -> String {
        let number = legible(number);
        match &self.sent {
            Some(sent) => sent.hide_in_number(&number),
            None => number,
        }
    }

    /// Sets which repairs the answer needed before it could be read. Defaults to none.
    pub(super) fn with_repaired(mut self, steps: impl IntoIterator<Item = Repair>) -> Self {
        self.repaired = steps.into_iter().collect();
        self
    }

    /// Sets the charge that the answer reports.
    pub(super) fn with_charge(mut self, charge: Charge) -> Self {
        self.charge = charge;
        self.billed = charge.billed();
        self
    }

    /// The vendor's time. Defaults to none.
    pub fn with_time(mut self, at: Option<OffsetDateTime>) -> Self {
        self.time = at;
        self
    }

    /// Sets whether the response reports the call as billed. Defaults to `Unknown`, which means no report.
    pub fn with_billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }

    /// The vendor's code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The request's number.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The repairs that the answer needed before it could be read.
    pub fn repaired(&self) -> &[Repair] {
        &self.repaired
    }

    /// Whether the call was billed: by the response, or else by the vendor's documentation of this code. A charge
    /// that is present and cannot be read leaves it unknown.
    pub fn billed(&self, info: &CodeInfo) -> Billed {
        match (self.billed, self.charge) {
            (Billed::Unknown, Charge::Unclear) => Billed::Unknown,
            (Billed::Unknown, _) => info.billed(),
            (said, _) => said,
        }
    }

    /// Whether the call was billed, by the response alone.
    pub fn said_billed(&self) -> Billed {
        self.billed
    }

    /// Whether the HTTP status is the one of a vendor's answer. A gateway may have set another one.
    pub fn is_ok(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// The verdict that a documented code becomes.
    ///
    /// # Errors
    ///
    /// [`error`](Self::error) if the code becomes none; [`not_ok`](Self::not_ok) if the HTTP status is not 200.
    pub fn verdict(
        &self,
        info: &CodeInfo,
        provider: &ProviderId,
        reference: Option<&Reference>,
    ) -> Result<Verdict, Error> {
        match info.meaning().verdict_with(self.receipt(provider, reference)) {
            Some(verdict) if self.is_ok() => Ok(verdict.with_billed(self.billed(info))),
            Some(_) => Err(self.not_ok()),
            None => Err(self.error(info)),
        }
    }

    /// The error for an answer that would be good with HTTP status 200 but came with another: `OutcomeUnknown`.
    pub fn not_ok(&self) -> Error {
        let status = self.status.as_u16();
        self.describe(Error::new(ErrorKind::OutcomeUnknown).with_reason(Text {
            english: format!("the response came with HTTP status {status}, so it is not trusted"),
            chinese: format!("该响应的 HTTP 状态为 {status}，不予采信"),
        }))
    }

    /// The error for an answer that reports a passed check but lacks a field that the vendor documents for it:
    /// `OutcomeUnknown`. It names the missing field.
    pub fn incomplete(&self, field: &str) -> Error {
        let error = Error::new(ErrorKind::OutcomeUnknown).with_automatic_retry(false);
        self.describe(error.with_reason(Text {
            english: format!("the response has a success code but lacks {field}, so it is not trusted"),
            chinese: format!("响应的返回码表示成功，但缺少 {field}，不予采信"),
        }))
    }

    /// A receipt with the same content, the account and the caller's reference.
    pub fn receipt(&self, provider: &ProviderId, reference: Option<&Reference>) -> Receipt {
        let mut receipt =
            Receipt::new(provider.clone()).with_sandbox(self.is_sandbox).with_repaired(self.repaired.iter().copied());
        if let Some(code) = &self.code {
            receipt = receipt.with_vendor_code(self.hidden(code));
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
    /// A code that means "nothing ran" is trusted only with an HTTP status of 2xx (our interpretation). With another
    /// status it may come from a gateway after the call ran. It is then safe to retry only if the response reports
    /// that the call was not billed.
    pub fn error(&self, info: &CodeInfo) -> Error {
        let Some(error) = info.error() else { return self.misplaced() };
        // A code for an expired token may be another server's HTTP status.
        if error.kind() == ErrorKind::Expired && !self.is_ok() {
            return self.not_ok();
        }
        let says_nothing = self.billed == Billed::Unknown && self.charge != Charge::Unclear;
        let is_safe = self.billed == Billed::No || (says_nothing && self.status.is_success());
        let is_gateways = self.status.is_server_error();
        match error.again() {
            // Refused before it ran, so it was not billed: our interpretation, as the vendors state none.
            Again::Safe if is_safe => self.describe(error).with_billed(Billed::No),
            Again::Safe if is_gateways => self.describe(Error::new(ErrorKind::OutcomeUnknown).with_reason(info.text())),
            Again::Safe => self.describe(error.with_again(Again::MayBillAgain)),
            // A gateway's refusal may come after the call ran, so another provider must not be called as if nothing
            // had run.
            // The vendor judges an input only after it has processed it.
            _ if error.kind() == ErrorKind::InvalidCheck && self.billed != Billed::No => {
                self.describe(error.with_ran(Ran::Maybe))
            }
            _ if (is_gateways && self.billed != Billed::No) || self.charge == Charge::Unclear => {
                self.describe(error.with_ran(Ran::Maybe))
            }
            _ => self.describe(error),
        }
    }

    /// The error for a documented code that makes no sense on this call: `Protocol`.
    pub fn misplaced(&self) -> Error {
        let error = Error::new(ErrorKind::Protocol).with_again(Again::MayBillAgain);
        self.describe(error.with_reason(Text {
            english: "the vendor does not return this code for this call",
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
        error = error.with_repaired(self.repaired.iter().copied());
        if let Some(code) = &self.code {
            error = error.with_vendor_code(self.hidden(code));
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
            .field("charge", &self.charge)
            .field("billed", &self.billed)
            .field("repaired", &self.repaired)
            .finish_non_exhaustive()
    }
}
