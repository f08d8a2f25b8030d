//! Receipts: the account that answered a call, the request's number and the vendor's code.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::model::{
    ProviderId, Reference, Repair,
    redact::{kept, printable},
};

/// The header of every response that is not live, from the sandbox or a replayed
/// [`Cassette`](crate::record::Cassette). With it a test can prove that no live vendor was reached;
/// [`Receipt::is_sandbox`](crate::Receipt::is_sandbox) gives the same fact.
///
/// ```
/// use liveness::{Body, Request, SANDBOX_HEADER, Sandbox, Transport};
///
/// let response = Sandbox::new().send(Request::new(Body::empty()))?;
/// assert!(response.headers().contains_key(SANDBOX_HEADER));
/// # Ok::<(), liveness::TransportError>(())
/// ```
pub const SANDBOX_HEADER: &str = "x-liveness-sandbox";

/// The record of one call for your accounts: the account that answered, the request's number and the vendor's code.
///
/// The vendor's text is kept verbatim but not shown by `Debug`. Fields of a stored receipt that this version does not
/// know are ignored. Missing fields are read as not given.
///
/// ```
/// use liveness::{Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox};
///
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new());
/// let check = Check::liveness()
///     .with_return_url(ReturnUrl::parse("https://shop.example/back")?)
///     .with_reference("order-7".parse()?);
/// let progress = provider.begin(&check)?;
/// let receipt = progress.session().unwrap().receipt();
/// // What a support ticket needs: your number, the vendor's number and its code.
/// assert_eq!(receipt.reference().unwrap().as_str(), "order-7");
/// assert!(receipt.request_id().is_some());
/// assert_eq!(receipt.vendor_code(), Some("200"));
/// // And what a test of production settings needs.
/// assert!(receipt.is_sandbox());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    provider: ProviderId,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    vendor_code: Option<String>,
    #[serde(default)]
    vendor_message: Option<String>,
    #[serde(with = "time::serde::rfc3339::option", default)]
    vendor_time: Option<OffsetDateTime>,
    #[serde(default)]
    reference: Option<Reference>,
    #[serde(default)]
    is_sandbox: bool,
    #[serde(default)]
    repaired: Vec<Repair>,
    #[serde(default = "first")]
    attempt: u32,
    #[serde(default)]
    is_repeat: bool,
}

/// The try number of a receipt that names none.
const fn first() -> u32 {
    1
}

impl Receipt {
    /// A receipt that names the account and nothing else.
    pub fn new(provider: ProviderId) -> Self {
        Self {
            provider,
            request_id: None,
            vendor_code: None,
            vendor_message: None,
            vendor_time: None,
            reference: None,
            is_sandbox: false,
            repaired: Vec::new(),
            attempt: first(),
            is_repeat: false,
        }
    }

    /// Keeps the vendor's number of the request, at most 200 characters of it and no control character. Defaults to none.
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(kept(id.into()));
        self
    }

    /// Keeps the vendor's code, at most 200 characters of it and no control character. Defaults to none.
    pub fn with_vendor_code(mut self, code: impl Into<String>) -> Self {
        self.vendor_code = Some(kept(code.into()));
        self
    }

    /// Keeps the vendor's text, at most 200 characters of it and no control character. Defaults to none.
    pub fn with_vendor_message(mut self, message: impl Into<String>) -> Self {
        self.vendor_message = Some(kept(message.into()));
        self
    }

    /// The same without the vendor's text, and without a code or number of an unexpected form.
    pub(crate) fn without_vendor_message(mut self) -> Self {
        let shown = |text: Option<String>| text.map(|text| printable(&text).to_owned());
        (self.request_id, self.vendor_code) = (shown(self.request_id), shown(self.vendor_code));
        self.vendor_message = None;
        self
    }

    /// Keeps the vendor's own time of its answer. Defaults to none.
    pub fn with_vendor_time(mut self, at: OffsetDateTime) -> Self {
        self.vendor_time = Some(at);
        self
    }

    /// Keeps the caller's own number. Defaults to none.
    pub fn with_reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Sets whether a sandbox or a replayed cassette answered. Defaults to no.
    pub fn with_sandbox(mut self, is_sandbox: bool) -> Self {
        self.is_sandbox = is_sandbox;
        self
    }

    /// Sets which repairs the answer needed before it could be read. Defaults to none.
    pub fn with_repaired(mut self, steps: impl IntoIterator<Item = Repair>) -> Self {
        self.repaired = steps.into_iter().collect();
        self
    }

    /// Sets which try of the reference this was, see [`Check::with_attempt`](crate::Check::with_attempt). 0 is read
    /// as 1. Defaults to 1.
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt.max(1);
        self
    }

    /// Sets whether the answer is an earlier one, returned once more without a call. Defaults to no.
    pub fn with_repeat(mut self, is_repeat: bool) -> Self {
        self.is_repeat = is_repeat;
        self
    }

    /// The account that was called.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The vendor's number of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The vendor's code, verbatim.
    pub fn vendor_code(&self) -> Option<&str> {
        self.vendor_code.as_deref()
    }

    /// The vendor's text, verbatim.
    pub fn vendor_message(&self) -> Option<&str> {
        self.vendor_message.as_deref()
    }

    /// The vendor's own time of its answer.
    pub fn vendor_time(&self) -> Option<OffsetDateTime> {
        self.vendor_time
    }

    /// The caller's own number, from [`Check::with_reference`](crate::Check::with_reference).
    pub fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// Whether the answer is not live: a sandbox or a replayed [`Cassette`](crate::record::Cassette) gave it, and no
    /// vendor.
    pub fn is_sandbox(&self) -> bool {
        self.is_sandbox
    }

    /// Which try of the reference this was, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether the answer is an earlier one that [`AtMostOnce`](crate::money::AtMostOnce) returned once more without
    /// a call. Its charges were reported before, so do not count them twice.
    pub fn is_repeat(&self) -> bool {
        self.is_repeat
    }

    /// The repairs that the answer needed before it could be read, in this order; none for an answer as documented.
    /// Count them: a vendor whose answers begin to need repairs has changed something.
    pub fn repaired(&self) -> &[Repair] {
        &self.repaired
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("provider", &self.provider)
            .field("request_id", &self.request_id.as_deref().map(printable))
            .field("vendor_code", &self.vendor_code.as_deref().map(printable))
            .field("vendor_message", &self.vendor_message.as_ref().map(|_| "[see vendor_message()]"))
            .field("vendor_time", &self.vendor_time)
            .field("reference", &self.reference)
            .field("is_sandbox", &self.is_sandbox)
            .field("repaired", &self.repaired)
            .field("attempt", &self.attempt)
            .field("is_repeat", &self.is_repeat)
            .finish()
    }
}
