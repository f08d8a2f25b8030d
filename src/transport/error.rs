//! Transport errors: whether the request was sent, what went wrong, and whether a retry can help.

use std::{error::Error as StdError, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::model::{Response, words};

/// The request or its answer was lost on the way.
///
/// It answers three independent questions. [`may_have_been_sent`](Self::may_have_been_sent) decides about billing,
/// and [`is_permanent`](Self::is_permanent) about retries. [`kind`](Self::kind) is for metrics and alarms and decides
/// nothing.
///
/// | constructor | may have been sent | tried again | becomes |
/// |---|---|---|---|
/// | [`new`](Self::new) | yes | not of a paid call | `OutcomeUnknown` |
/// | [`unsent`](Self::unsent) | no | yes | `Unavailable` |
/// | [`blocked`](Self::blocked) | no | no | `Configuration`: the operator acts |
///
/// ```
/// use std::io;
/// use liveness::{TransportError, TransportErrorKind};
///
/// // An outage: nobody listens at the other side. It is `unsent`, so it is tried again; `blocked` is for your own rules.
/// let outage = TransportError::unsent("connection refused")
///     .with_kind(TransportErrorKind::Connect)
///     .with_source(io::Error::from(io::ErrorKind::ConnectionRefused));
/// assert!(!outage.may_have_been_sent() && !outage.is_permanent());
///
/// assert!(TransportError::new("connection reset").may_have_been_sent());
///
/// let blocked = TransportError::blocked("plain http is not allowed; use https");
/// assert!(blocked.is_permanent() && blocked.kind() == TransportErrorKind::Blocked);
/// ```
#[derive(Clone, Debug)]
pub struct TransportError {
    reason: String,
    kind: TransportErrorKind,
    may_have_been_sent: bool,
    is_permanent: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    partial: Option<Partial>,
}

/// The part of a response that arrived. It may contain personal data.
#[derive(Clone)]
struct Partial(Arc<Response>);

impl fmt::Debug for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl TransportError {
    /// The request may have been sent. If you are not sure, use this. The reason is printed, so it must not quote the
    /// request, the response or an address with a token. The kind is `Other` until [`with_kind`](Self::with_kind)
    /// sets it.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            kind: TransportErrorKind::Other,
            may_have_been_sent: true,
            is_permanent: false,
            source: None,
            partial: None,
        }
    }

    /// The other side cannot have read the whole request, so nothing can have run. This is also for a connection that
    /// the other side refuses (`ECONNREFUSED`). The kind is `Other` until [`with_kind`](Self::with_kind) sets it.
    pub fn unsent(reason: impl Into<String>) -> Self {
        Self { may_have_been_sent: false, ..Self::new(reason) }
    }

    /// The transport refuses to send the request because of its own rules or settings, until the operator changes
    /// something, such as the address. It is not retried. The reason becomes part of the [`Error`](crate::Error), so
    /// it must include the remedy. The kind is `Blocked`.
    ///
    /// Do **not** use it for a connection that the other side refuses. That is an outage: use [`unsent`](Self::unsent).
    pub fn blocked(reason: impl Into<String>) -> Self {
        Self::unsent(reason).permanent().with_kind(TransportErrorKind::Blocked)
    }

    /// Marks a failure that a retry would repeat, so that there is no retry. Defaults to no, and to yes for
    /// [`blocked`](Self::blocked).
    pub fn permanent(mut self) -> Self {
        self.is_permanent = true;
        self
    }

    /// Sets what went wrong, for metrics and alarms. Defaults to `Other`, except for [`blocked`](Self::blocked).
    pub fn with_kind(mut self, kind: TransportErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Keeps the cause. Neither its `Display` nor its `Debug` may print personal data: no address with a path or
    /// query, no header, no byte of a body. HTTP clients' own errors often contain addresses; an
    /// [`io::Error`](std::io::Error) of the kind alone does not. Defaults to none.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Keeps the part of a broken response that arrived. The call's error then contains the vendor's code, request
    /// number and charge as far as they are in it. The part never counts as a response. Defaults to none.
    pub fn with_partial(mut self, response: Response) -> Self {
        self.partial = Some(Partial(Arc::new(response)));
        self
    }

    /// The part of a broken response that arrived.
    pub fn partial(&self) -> Option<&Response> {
        self.partial.as_ref().map(|partial| &*partial.0)
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the other side may have read the whole request, and run and billed it.
    pub fn may_have_been_sent(&self) -> bool {
        self.may_have_been_sent
    }

    /// Whether a retry would fail in the same way.
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

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

/// The kind of failure on the way. It is for metrics and alarms. [`TransportError::may_have_been_sent`] tells whether
/// the request may have been sent.
///
/// ```
/// assert_eq!(liveness::TransportErrorKind::TooLarge.as_str(), "too_large");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host's address was not found.
    Dns,
    /// The connection failed: the host or the proxy refused it, or is unreachable.
    Connect,
    /// The TLS connection failed or broke: the certificate is not trusted, or there is no common version.
    Tls,
    /// It took too long, in any phase.
    Timeout,
    /// The connection broke: reset, or closed before the answer was whole.
    Interrupted,
    /// The response is not HTTP.
    NotHttp,
    /// The response is longer than this transport accepts.
    TooLarge,
    /// The transport refused to send the request because of its own rules or settings.
    Blocked,
    /// Any other failure, or no kind was set. A word of a newer version is read as this value.
    #[serde(other)]
    Other,
}

words!(all TransportErrorKind, "transport_error_kind", {
    Dns => "dns",
    Connect => "connect",
    Tls => "tls",
    Timeout => "timeout",
    Interrupted => "interrupted",
    NotHttp => "not_http",
    TooLarge => "too_large",
    Blocked => "blocked",
    Other => "other",
});

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_source_is_kept_and_not_repeated() {
        let cause = io::Error::from(io::ErrorKind::ConnectionReset);
        let error = TransportError::new("the answer was cut").with_source(cause);
        let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::ConnectionReset));
        assert_eq!(error.to_string(), "the request may have been sent: the answer was cut");
    }

    #[test]
    fn a_kind_says_nothing_about_delivery() {
        let error = TransportError::new("slow").with_kind(TransportErrorKind::Timeout);
        assert!(error.may_have_been_sent() && !error.is_permanent());
        let error = TransportError::unsent("slow").with_kind(TransportErrorKind::Timeout);
        assert!(!error.may_have_been_sent() && !error.is_permanent());
    }
}
