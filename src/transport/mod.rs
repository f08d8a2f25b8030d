//! How does a request reach a vendor?

use std::{fmt, sync::Arc};

use crate::model::{Request, Response};

pub(crate) mod endpoint;
#[cfg(feature = "ureq")]
mod ureq;

#[cfg(feature = "ureq")]
pub use self::ureq::UreqTransport;

/// Carries a request and brings the answer back. It reports delivery only: **any HTTP status is `Ok`**.
///
/// A closure is a transport, and so is an `Arc` of one. An implementation must follow no redirect and must not send a
/// request twice: this crate decides about retries, because calls cost money.
///
/// ```
/// use liveness::{Body, Request, Response, Transport, TransportError};
///
/// let canned = |request: Request| -> Result<Response, TransportError> {
///     assert_eq!(request.uri().path(), "/lifecheck/h5/v2/init");
///     Ok(Response::new(Body::from(r#"{"code":500}"#)))
/// };
/// let request = Request::new(Body::empty());
/// # let (mut parts, body) = request.into_parts();
/// # parts.uri = "https://api.example/lifecheck/h5/v2/init".parse().unwrap();
/// # let request = Request::from_parts(parts, body);
/// assert_eq!(canned.send(request).unwrap().status(), 200);
/// ```
pub trait Transport: Send + Sync {
    /// Sends the request once and waits for the answer, for [`AttemptTimeout`](crate::AttemptTimeout) at most where the request has one.
    ///
    /// # Errors
    ///
    /// [`TransportError::unsent`] if it is certain that the other side cannot have read the whole request;
    /// [`TransportError::refused`] if it must not or cannot be sent as things are set, so that trying again is useless;
    /// [`TransportError::new`] in all other cases, however unlikely.
    fn send(&self, request: Request) -> Result<Response, TransportError>;
}

impl<F> Transport for F
where
    F: Fn(Request) -> Result<Response, TransportError> + Send + Sync,
{
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self(request)
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        (**self).send(request)
    }
}

/// The request or its answer was lost on the way.
///
/// ```
/// use liveness::TransportError;
///
/// assert!(!TransportError::unsent("connection refused").may_have_been_sent());
/// assert!(TransportError::new("connection reset").may_have_been_sent());
/// assert!(TransportError::refused("plain http is not allowed").is_permanent());
/// ```
#[derive(Debug)]
pub struct TransportError {
    reason: String,
    may_have_been_sent: bool,
    is_permanent: bool,
}

impl TransportError {
    /// The request may have been sent: the safe reading. The reason is printed, so it must quote neither the request nor
    /// the answer, nor an address with a token.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), may_have_been_sent: true, is_permanent: false }
    }

    /// The other side cannot have read the whole request: it is certain that nothing ran.
    pub fn unsent(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), may_have_been_sent: false, is_permanent: false }
    }

    /// It was not sent, and will not be until the operator changes something, such as the address or a certificate. The reason
    /// stands in the [`Error`](crate::Error) that it becomes, so it must say what to do.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::unsent(reason).permanent()
    }

    /// Says that trying again would meet the same, so that it is not tried again.
    pub fn permanent(mut self) -> Self {
        self.is_permanent = true;
        self
    }

    /// Whether the other side may have read the whole request, and run and billed it.
    pub fn may_have_been_sent(&self) -> bool {
        self.may_have_been_sent
    }

    /// Whether trying again would meet the same.
    pub fn is_permanent(&self) -> bool {
        self.is_permanent
    }

    /// The reason alone.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = if self.may_have_been_sent { "may have been sent" } else { "was not sent" };
        write!(f, "the request {sent}: {}", self.reason)
    }
}

impl std::error::Error for TransportError {}
