//! One kind of call to a vendor: what to send at a given moment, and what the answer means.

use time::OffsetDateTime;

use crate::model::{Reference, Request, Response, Result};

/// One kind of call to a vendor, without any I/O: what to send at a given moment, and what the answer means.
///
/// A [`Client`](crate::client::Client) makes the call: it signs each attempt anew, sends it, decides whether it may be sent
/// again and says what is known of the money. A vendor implements this trait once for each of its calls.
///
/// The two methods are pure, so that a call is tested without a transport, and so that an async service can send the request
/// by its own means.
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

    /// Whether it asks for nothing that could be billed, so that it may always be sent again. Defaults to no.
    fn is_free(&self) -> bool {
        false
    }

    /// Whether a paid call may be sent again although its answer was lost, and if so, what the next answer then becomes: it
    /// must no longer say that nothing was billed, see [`Progress::after_loss`](crate::Progress::after_loss). The operator
    /// must be able to forbid it. Defaults to `None`: a paid call that may have run is never sent again.
    fn repeat_after_loss(&self) -> Option<fn(Self::Answer) -> Self::Answer> {
        None
    }

    /// The caller's own number for the check, which an error echoes. Defaults to none.
    fn reference(&self) -> Option<&Reference> {
        None
    }

    /// The number that the request of this moment carries, if it carries one; an error names it where the vendor's answer
    /// gives none. Defaults to none.
    fn sent_id(&self, params: &SigningParams) -> Option<String> {
        let _ = params;
        None
    }

    /// The request, signed for this moment. It is made anew for each attempt, so make costly bodies before.
    ///
    /// # Errors
    ///
    /// What keeps the request from being made; nothing was sent then.
    fn request(&self, params: &SigningParams) -> Result<Request>;

    /// What the answer to the request of this moment means. Every HTTP status comes here.
    ///
    /// # Errors
    ///
    /// What the answer says is wrong; [`ErrorKind::OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) if it cannot be read
    /// although the call may have run. The client sends again what is [`Again::Safe`](crate::Again::Safe).
    fn parse(&self, response: &Response, params: &SigningParams) -> Result<Self::Answer>;

    /// Whether the answer says that the signature's date is off, so that nothing ran. The client then learns the vendor's
    /// clock from the answer's `Date` header and signs once more. Defaults to no.
    fn is_clock_skew(&self, response: &Response) -> bool {
        let _ = response;
        false
    }
}

/// What signing needs from outside: the instant and a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningParams {
    /// The instant, as the vendor's clock is thought to show it.
    pub now: OffsetDateTime,
    /// 128 random bits, other ones for each attempt, for request numbers; never for keys.
    pub nonce: u128,
}

impl SigningParams {
    /// The parameters of one attempt.
    pub const fn new(now: OffsetDateTime, nonce: u128) -> Self {
        Self { now, nonce }
    }
}
