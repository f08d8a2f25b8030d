//! One kind of call to a vendor: what to send at a given moment, and what the answer means.

use time::OffsetDateTime;

use crate::model::{CallSummary, Charges, Reference, Request, Response, Result};

/// One kind of call to a vendor, without any I/O: what to send at a given moment, and what the answer means.
///
/// A [`Client`](crate::client::Client) makes the call: it signs each attempt separately, sends it, decides about
/// retries, and reports what is known about billing. A vendor implements this trait once for each of its calls.
///
/// `request` and `parse` are pure, so a test needs no transport, and an async service can send the request with its own client.
///
/// ```
/// use liveness::{Body, Error, ErrorKind, Request, Response, Result, client::{Call, SigningParams}};
///
/// /// Asks the vendor how many calls of the package are left.
/// struct Balance;
///
/// impl Call for Balance {
///     type Answer = u32;
///
///     fn is_free(&self) -> bool {
///         true
///     }
///
///     fn request(&self, params: &SigningParams) -> Result<Request> {
///         let address = format!("https://api.acme.example/balance?at={}", params.now.unix_timestamp());
///         http::Request::get(address).body(Body::empty()).map_err(|_| Error::new(ErrorKind::Protocol))
///     }
///
///     fn parse(&self, response: &Response, _: &SigningParams) -> Result<u32> {
///         let text = std::str::from_utf8(response.body().as_bytes()).unwrap_or_default();
///         text.parse().map_err(|_| Error::new(ErrorKind::Protocol))
///     }
/// }
///
/// let answer = Balance.parse(&Response::new(Body::from("42")), &SigningParams::new(time::OffsetDateTime::UNIX_EPOCH, 0));
/// assert_eq!(answer?, 42);
/// # use liveness::{http, time};
/// # Ok::<(), Error>(())
/// ```
pub trait Call {
    /// What a good answer becomes.
    type Answer;

    /// Its name to an [`Observer`](crate::Observer), in spans and as the label of metrics: the vendor's own word for it, such as
    /// `init`. Defaults to `call`.
    fn name(&self) -> &'static str {
        "call"
    }

    /// Whether the call is free, so that it can always be retried. Defaults to no.
    fn is_free(&self) -> bool {
        false
    }

    /// Whether a paid call may be sent again although its answer was lost. The function adds what the lost attempts
    /// cost to the next answer, see [`Progress::after_loss`](crate::Progress::after_loss). The operator must be able
    /// to forbid it. Defaults to `None`: a paid call that may have run is never sent again.
    fn repeat_after_loss(&self) -> Option<AfterLoss<Self::Answer>> {
        None
    }

    /// The caller's own number for the check, which an error echoes. Defaults to none.
    fn reference(&self) -> Option<&Reference> {
        None
    }

    /// The number that this request carries, if any. An error names it if the vendor's response gives no number. Defaults to
    /// none.
    fn sent_id(&self, params: &SigningParams) -> Option<String> {
        let _ = params;
        None
    }

    /// Makes the request, signed for this moment. It is called for each attempt, so build an expensive body beforehand.
    ///
    /// # Errors
    ///
    /// An error if the request cannot be made. Nothing was sent then.
    fn request(&self, params: &SigningParams) -> Result<Request>;

    /// Interprets the response to this request, whatever its HTTP status.
    ///
    /// # Errors
    ///
    /// What the response reports, or [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) if it cannot be
    /// read although the call may have run. The client retries an error that is [`Again::Safe`](crate::Again::Safe).
    fn parse(&self, response: &Response, params: &SigningParams) -> Result<Self::Answer>;

    /// The summary of a good answer for an [`Observer`](crate::Observer). It is called only if there is an observer.
    /// For a verdict or a session, use `answer.into()`; [`documented`](Self::documented) adds the
    /// [`code`](CallSummary::code). Defaults to [`CallSummary::answered`], at no cost for a free call and otherwise
    /// at one possible charge.
    fn summary<'a>(&self, answer: &'a Self::Answer) -> CallSummary<'a> {
        let _ = answer;
        match self.is_free() {
            true => CallSummary::answered().with_charges(Charges::NONE),
            false => CallSummary::answered(),
        }
    }

    /// The entry of the vendor's code table for this code, fit for the label of a metric; `None` for a code that the
    /// vendor does not document. Defaults to none.
    fn documented(&self, code: &str) -> Option<&'static str> {
        let _ = code;
        None
    }

    /// Whether the answer means that the signature's date is off, so that nothing ran. The client then learns the
    /// vendor's clock from the answer's `Date` header and signs once more. Defaults to no.
    fn is_clock_skew(&self, response: &Response) -> bool {
        let _ = response;
        false
    }
}

/// A function that adds the charges of lost attempts to the answer that followed them.
///
/// ```
/// use liveness::{Charges, Outcome, Progress, Receipt, Verdict, client::AfterLoss};
///
/// // What `repeat_after_loss` returns for a vendor whose result can be fetched again.
/// let after: AfterLoss<Progress> = Progress::after_loss;
/// let verdict = Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?)).with_charges(Charges::new(1, 1));
/// // One answer was lost before this one, and that call may have been billed too.
/// let progress = after(Progress::Done(verdict), Charges::new(0, 1));
/// assert_eq!(progress.verdict().unwrap().charges(), Charges::new(1, 2));
/// # Ok::<(), liveness::Error>(())
/// ```
pub type AfterLoss<A> = fn(A, Charges) -> A;

/// The inputs of a signature from outside: the time and a nonce.
///
/// ```
/// use liveness::{client::SigningParams, time::macros::datetime};
///
/// // A test of a signature gives the moment and the nonce, so that its result is always the same.
/// let params = SigningParams::new(datetime!(2026-11-21 08:00 UTC), 7);
/// assert_eq!((params.now.unix_timestamp(), params.nonce), (1_795_248_000, 7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningParams {
    /// The time by the vendor's clock, as far as it is known.
    pub now: OffsetDateTime,
    /// 128 random bits for request numbers, different for each attempt. Never use them for keys.
    pub nonce: u128,
}

impl SigningParams {
    /// The parameters of one attempt.
    pub const fn new(now: OffsetDateTime, nonce: u128) -> Self {
        Self { now, nonce }
    }
}
