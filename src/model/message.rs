//! Requests, responses and their bodies, as they pass between a client and a transport.

use std::{fmt, sync::Arc, time::Duration};

use super::wiped::Wiped;

/// A signed request, ready to go. It may carry an [`AttemptTimeout`] among its extensions.
///
/// Its `Debug` hides the body and the `Authorization` header, but not the address. The address of a page contains the token,
/// and the address of a portrait leads to a face. Log the host alone.
///
/// ```
/// use liveness::{Body, Request, http};
///
/// let request: Request = http::Request::post("https://api.acme.example/check").body(Body::from("id=secret"))?;
/// assert_eq!(request.uri().host(), Some("api.acme.example"));
/// assert!(!format!("{request:?}").contains("secret"));
/// # Ok::<(), http::Error>(())
/// ```
pub type Request = http::Request<Body>;

/// The response to a request.
///
/// ```
/// use liveness::{Body, Request, Response, Transport, TransportError};
///
/// /// A transport for a test: a closure that gives canned responses.
/// let vendor = |_: Request| Ok::<Response, TransportError>(Response::new(Body::from(r#"{"code":200}"#)));
/// assert_eq!(vendor.send(Request::new(Body::empty()))?.body().len(), 12);
/// # Ok::<(), TransportError>(())
/// ```
pub type Response = http::Response<Body>;

/// The longest time that one attempt may take in all. It is an extension of the [`Request`], and a transport must
/// give up after it.
///
/// ```
/// use std::time::Duration;
/// use liveness::{AttemptTimeout, Body, Request};
///
/// let mut request = Request::new(Body::empty());
/// request.extensions_mut().insert(AttemptTimeout(Duration::from_secs(30)));
/// assert_eq!(AttemptTimeout::of(&request), Some(Duration::from_secs(30)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptTimeout(pub Duration);

impl AttemptTimeout {
    /// The time-out that a request carries.
    pub fn of(request: &Request) -> Option<Duration> {
        request.extensions().get::<Self>().map(|timeout| timeout.0)
    }
}

/// The mark of a response that was cut off. An error reports its content, and no code trusts it as a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutOff;

/// A body. `Debug` prints only its length, and the bytes are overwritten when the last clone is dropped.
///
/// Cloning is cheap, so a retry does not encode it again.
///
/// ```
/// let body = liveness::Body::from("idcard=secret");
/// assert_eq!(format!("{body:?}"), "Body(13 bytes)");
/// assert_eq!(body.as_bytes(), b"idcard=secret");
/// ```
#[derive(Clone, Default)]
pub struct Body(Arc<Wiped>);

impl Body {
    /// An empty body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Wiped::from(bytes)))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}
