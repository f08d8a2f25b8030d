//! What travels between a client and a transport?

use std::{fmt, sync::Arc, time::Duration};

use zeroize::Zeroizing;

/// A signed request, ready to go. It may carry an [`AttemptTimeout`] among its extensions.
///
/// Its `Debug` hides the body and the `Authorization` line, but not the address: a page's holds the token, a portrait's leads
/// to a face. Log the host alone.
pub type Request = http::Request<Body>;

/// Whatever the other side answered.
pub type Response = http::Response<Body>;

/// How long one attempt may take in all, as an extension of the [`Request`]; a transport gives up after it.
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

/// A body: bytes that print only their number and are wiped when the last clone is dropped.
///
/// Cloning is cheap, so a retry encodes nothing again.
///
/// ```
/// let body = liveness::Body::from("idcard=secret");
/// assert_eq!(format!("{body:?}"), "Body(13 bytes)");
/// assert_eq!(body.as_bytes(), b"idcard=secret");
/// ```
#[derive(Clone, Default)]
pub struct Body(Arc<Zeroizing<Vec<u8>>>);

impl Body {
    /// No bytes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Zeroizing::new(bytes)))
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
