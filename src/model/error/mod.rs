//! Errors: the reason for a missing verdict, the party that must act, and whether the call may be repeated.

use std::{borrow::Cow, error::Error as StdError, sync::Arc, time::Duration};

use crate::model::{Billed, Charges, PassedOver, ProviderId, Reference, Repair, Text, redact::kept};

mod actor;
mod again;
mod inputs;
mod kind;
mod message;
mod record;

pub use self::{
    actor::Actor,
    again::{Again, Ran},
    kind::ErrorKind,
    record::ErrorRecord,
};

/// `Result` with this crate's [`Error`].
///
/// ```
/// fn read(name: &str) -> liveness::Result<liveness::Name> {
///     Ok(liveness::Name::parse(name)?)
/// }
/// assert_eq!(read("").unwrap_err().field(), Some("name"));
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why no verdict came back. A failed check of a person is a [`Verdict`](crate::Verdict), never an
/// `Error`.
///
/// [`kind`](Self::kind) names the party that must act. [`again`](Self::again) tells whether a repeat may cost money,
/// [`ran`](Self::ran) whether another provider may be called instead, and [`billed`](Self::billed) whether this call
/// was billed. [`message`](Self::message) gives what happened and the next step, in either language. `Display` prints
/// it in English and leaves out the text of [`source`](StdError::source). None of these, nor `Debug` or a source,
/// contains a body, a photo, a name, an ID number or a key. Only [`vendor_message`](Self::vendor_message) has the
/// vendor's own words.
///
/// It is one pointer wide. To keep it in a store, take its [`record`](Self::record).
///
/// ```
/// use liveness::{Again, Billed, Error, ErrorKind, Ran};
///
/// let error = Error::new(ErrorKind::OutcomeUnknown).with_request_id("ZT2026");
/// assert_eq!(error.billed(), Billed::Unknown);
/// assert_eq!((error.again(), error.ran()), (Again::MayBillAgain, Ran::Maybe));
/// assert!(error.to_string().contains("reconcile"));
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    field: Option<Cow<'static, str>>,
    reason: Option<Text<Cow<'static, str>>>,
    /// The source's own text is the reason, so `Display` leaves the reason to the source.
    is_reason_in_source: bool,
    advice: Option<Text<Cow<'static, str>>>,
    provider: Option<ProviderId>,
    reference: Option<Reference>,
    vendor_code: Option<String>,
    vendor_message: Option<String>,
    request_id: Option<String>,
    http_status: Option<u16>,
    attempts: u32,
    elapsed: Option<Duration>,
    charges: Charges,
    passed_over: Vec<PassedOver>,
    repaired: Vec<Repair>,
    again: Again,
    ran: Option<Ran>,
    is_retried: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this kind.
    ///
    /// - [`billed`](Self::billed) defaults to `No` for the kinds that are refused before any call (`InvalidCheck`,
    ///   `Configuration`, `Unsupported`), and to `Unknown` for the others.
    /// - [`again`](Self::again) defaults to the kind's own, see [`ErrorKind`].
    /// - [`ran`](Self::ran) defaults to `No` for the same three and for `Credentials`, `Denied` and `RateLimited`, which a
    ///   vendor answers before it looks at the check, and to `Maybe` for the rest.
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            field: None,
            reason: None,
            is_reason_in_source: false,
            advice: None,
            provider: None,
            reference: None,
            vendor_code: None,
            vendor_message: None,
            request_id: None,
            http_status: None,
            attempts: 0,
            elapsed: None,
            charges: Charges::of(kind.billed()),
            passed_over: Vec::new(),
            repaired: Vec::new(),
            again: kind.again(),
            ran: None,
            is_retried: true,
            source: None,
        }))
    }

    /// `InvalidCheck`, naming the field that the caller must correct.
    pub fn invalid(field: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidCheck).with_field(field)
    }

    /// `Configuration`, naming the setting that the operator must correct.
    ///
    /// ```
    /// use liveness::{Error, ErrorKind};
    ///
    /// let error = Error::configuration("JUMDATA_APP_ID");
    /// assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("JUMDATA_APP_ID")));
    /// assert_eq!(error.to_string(), "wrong setting (JUMDATA_APP_ID). Correct this setting; nothing was sent");
    /// ```
    pub fn configuration(setting: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Configuration).with_field(setting)
    }

    /// Names the field or setting that is wrong. Defaults to none.
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Sets the reason, in both languages. The text must not quote the value. Defaults to the kind's name alone.
    pub fn with_reason<S: Into<Cow<'static, str>>>(mut self, reason: Text<S>) -> Self {
        self.0.reason = Some(reason.map(Into::into));
        self.0.is_reason_in_source = false;
        self
    }

    /// Keeps a cause whose own text, in English, is the reason.
    pub(crate) fn with_cause<S: Into<Cow<'static, str>>>(
        self,
        reason: Text<S>,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        let mut error = self.with_reason(reason).with_source(source);
        error.0.is_reason_in_source = true;
        error
    }

    /// Says what to do next where the kind's own advice does not fit. Defaults to the kind's advice.
    pub fn with_advice<S: Into<Cow<'static, str>>>(mut self, advice: Text<S>) -> Self {
        self.0.advice = Some(advice.map(Into::into));
        self
    }

    /// Names the account that was called. Defaults to none.
    pub fn with_provider(mut self, provider: ProviderId) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// Keeps the caller's own number, to reconcile by. Defaults to none.
    pub fn with_reference(mut self, reference: Reference) -> Self {
        self.0.reference = Some(reference);
        self
    }

    /// Keeps the vendor's code verbatim, at most 200 characters of it and no control character. Defaults to none.
    pub fn with_vendor_code(mut self, code: impl Into<String>) -> Self {
        self.0.vendor_code = Some(kept(code.into()));
        self
    }

    /// Keeps the vendor's own text, at most 200 characters of it and no control character. Defaults to none.
    pub fn with_vendor_message(mut self, message: impl Into<String>) -> Self {
        self.0.vendor_message = Some(kept(message.into()));
        self
    }

    /// Keeps the request's number, at most 200 characters of it and no control character. Defaults to none.
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(kept(id.into()));
        self
    }

    /// Keeps the HTTP status of the response, 100–999. Defaults to none.
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// Sets how many times the crate sent the call or tried to. Defaults to 0.
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Sets how long the call took with all its attempts and waits. Defaults to not known.
    pub fn with_elapsed(mut self, elapsed: Duration) -> Self {
        self.0.elapsed = Some(elapsed);
        self
    }

    /// Sets whether this call was billed, once at most. The default is that of [`Error::new`].
    pub fn with_billed(self, billed: Billed) -> Self {
        self.with_charges(Charges::of(billed))
    }

    /// Sets how many charges this call caused, over all its attempts. Defaults to those of the default billing.
    pub fn with_charges(mut self, charges: Charges) -> Self {
        self.0.charges = charges;
        self
    }

    /// Sets which other providers of a set were passed over. Defaults to none.
    pub fn with_passed_over(mut self, providers: impl IntoIterator<Item = PassedOver>) -> Self {
        self.0.passed_over = providers.into_iter().collect();
        self
    }

    /// Sets which repairs the answer needed before it could be read. Defaults to none.
    pub fn with_repaired(mut self, steps: impl IntoIterator<Item = Repair>) -> Self {
        self.0.repaired = steps.into_iter().collect();
        self
    }

    /// Sets whether the check may be repeated. The default is that of [`Error::new`]. See [`ran`](Self::ran) for how
    /// the two go together.
    pub fn with_again(mut self, again: Again) -> Self {
        self.0.again = again;
        self
    }

    /// Sets whether the paid work ran. The default is that of [`Error::new`]. See [`ran`](Self::ran) for what it
    /// cannot contradict.
    pub fn with_ran(mut self, ran: Ran) -> Self {
        self.0.ran = Some(ran);
        self
    }

    /// Sets whether the client retries the call automatically where [`again`](Self::again) is `Safe`. Turn it off
    /// where waiting a few seconds cannot help, such as for a daily quota. Defaults to yes.
    pub fn with_automatic_retry(mut self, is_retried: bool) -> Self {
        self.0.is_retried = is_retried;
        self
    }

    /// Keeps the cause. It must not print personal data, and it must not repeat the reason. Defaults to none.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self.0.is_reason_in_source = false;
        self
    }

    /// The kind, which determines the party that must act.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The field that is wrong, such as `id_number`, or the setting, such as `JUMDATA_APP_ID`. `InvalidCheck` and
    /// `Configuration` always name one; other kinds do so if it is known.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The account that was called, if one was.
    pub fn provider(&self) -> Option<&ProviderId> {
        self.0.provider.as_ref()
    }

    /// The caller's own number, from [`Check::with_reference`](crate::Check::with_reference). Use it to reconcile if the
    /// response was lost.
    pub fn reference(&self) -> Option<&Reference> {
        self.0.reference.as_ref()
    }

    /// The vendor's code verbatim, if it gave one.
    pub fn vendor_code(&self) -> Option<&str> {
        self.0.vendor_code.as_deref()
    }

    /// The vendor's own words, at most 200 characters. They may repeat what was sent, so neither `Display` nor `Debug` shows
    /// them, and no [`record`](Self::record) keeps them.
    pub fn vendor_message(&self) -> Option<&str> {
        self.0.vendor_message.as_deref()
    }

    /// The number of the request, to quote to the vendor. It is the vendor's own number, or else the number with which the
    /// request was sent, if it had one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The same error for a free call. An unknown outcome costs nothing there, so it is no more than a late answer.
    pub(crate) fn into_free(mut self) -> Self {
        if self.0.kind == ErrorKind::OutcomeUnknown {
            self.0.kind = ErrorKind::Unavailable;
            self.0.again = Again::Safe;
            self.0.ran = None;
        }
        self
    }

    /// Whether the client may retry the call automatically.
    pub(crate) fn is_retried(&self) -> bool {
        self.0.again == Again::Safe && self.0.is_retried
    }

    /// Whether the client may repeat a call that may be repeated after a loss.
    pub(crate) fn may_be_repeated(&self) -> bool {
        self.0.is_retried
    }

    /// Whether it has its own advice on the next step, beyond its kind's advice.
    pub(crate) fn has_own_advice(&self) -> bool {
        self.0.advice.is_some()
    }

    /// The HTTP status of the response, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// How many times the crate sent the call or tried to; 0 if it refused the check before.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took with all its attempts and waits; `None` if it was refused before.
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.elapsed
    }

    /// Whether this call was billed.
    pub fn billed(&self) -> Billed {
        self.0.charges.billed()
    }

    /// How many charges this call caused, over all its attempts.
    pub fn charges(&self) -> Charges {
        self.0.charges
    }

    /// The other providers of a set that were passed over, in order. Only a set such as
    /// [`Failover`](crate::money::Failover) passes over providers.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.0.passed_over
    }

    /// The repairs that the answer needed before it could be read, as in
    /// [`Receipt::repaired`](crate::Receipt::repaired).
    pub fn repaired(&self) -> &[Repair] {
        &self.0.repaired
    }

    /// Whether the same check may be repeated with the same provider. It is never `Safe` where [`ran`](Self::ran) is not `No`.
    pub fn again(&self) -> Again {
        let may_have_run = self.billed() == Billed::Yes || self.0.ran.is_some_and(|ran| ran != Ran::No);
        match self.0.again {
            Again::Safe if may_have_run => Again::MayBillAgain,
            again => again,
        }
    }

    /// Whether the paid work of this call ran. It decides whether another provider may be called without paying twice.
    ///
    /// If the settings of an error contradict each other, the more cautious one applies: a billed call ran, and only a call
    /// that certainly did not run is [`Again::Safe`].
    ///
    /// ```
    /// use liveness::{Again, Billed, Error, ErrorKind, Ran};
    ///
    /// let limited = Error::new(ErrorKind::RateLimited);
    /// assert_eq!((limited.again(), limited.ran()), (Again::Safe, Ran::No));
    /// let charged = limited.with_billed(Billed::Yes);
    /// assert_eq!((charged.again(), charged.ran()), (Again::MayBillAgain, Ran::Yes));
    /// ```
    pub fn ran(&self) -> Ran {
        match (self.billed(), self.0.ran, self.0.again) {
            (Billed::Yes, ..) => Ran::Yes,
            (_, Some(ran), _) => ran,
            (_, None, Again::Safe) => Ran::No,
            (_, None, Again::MayBillAgain) => Ran::Maybe,
            (_, None, Again::Never) => self.0.kind.ran(),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests;
