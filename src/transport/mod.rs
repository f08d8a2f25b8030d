//! Transports, which send requests to a vendor, and the errors with which your own transport reports a failure.

use std::sync::Arc;

use crate::model::{Request, Response};

pub(crate) mod endpoint;
mod error;
#[cfg(feature = "ureq")]
mod ureq;

pub use self::error::{TransportError, TransportErrorKind};
#[cfg(feature = "ureq")]
pub use self::ureq::UreqTransport;

/// Sends a request and returns the response. It reports delivery only: **any HTTP status is `Ok`**.
///
/// A closure is a transport, and so is an `Arc` of one. An implementation must not follow a redirect, and must not send a
/// request twice. This crate decides about retries, because calls cost money.
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
    /// Sends the request once and waits for the response, at most for the [`AttemptTimeout`](crate::AttemptTimeout) of the
    /// request if it has one.
    ///
    /// # Errors
    ///
    /// [`TransportError::unsent`] if it is certain that the other side cannot have read the whole request;
    /// [`TransportError::blocked`] if this transport's own rules or settings forbid it, so that a retry is useless;
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
