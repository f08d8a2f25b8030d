//! The ready-made transport over blocking HTTPS, which can tell whether a request was sent.

mod addresses;
mod buffers;
mod connect;
mod error;
mod head;
mod idle;
mod incoming;
mod moment;
mod names;
mod outgoing;
mod socket;
mod tls;

use std::{fmt, sync::Arc, time::Duration};

use http::{Uri, uri::Scheme};
use ureq::{
    Agent, Proxy, ProxyProtocol, SendBody,
    config::Config,
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
    unversioned::transport::Connector,
};

use self::{
    addresses::Addresses,
    connect::{Direct, Lookup, Proxied, Slot},
    error::{MAX_HEADER_BYTES, lost, never_connected},
    head::ShortHead,
    idle::{Endpoint, Idle},
    incoming::{may_idle, receive},
    moment::Moment,
    outgoing::{Upload, framed, is_this_machine, place},
    socket::Wire,
    tls::{Tls, are_readable},
};
use super::{Transport, TransportError};
use crate::model::{AttemptTimeout, Error, Request, Response, Result as CheckedResult, Text};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);
/// Keeps instants far from overflow, where the standard library panics.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_RESPONSE_BYTES: usize = 4_000_000;
const USER_AGENT: &str = concat!("liveness/", env!("CARGO_PKG_VERSION"));
/// The log targets at which ureq writes whole addresses, and every byte of a request's head and of an answer, at
/// level trace.
const TELLTALE_LOG_TARGETS: [&str; 2] = ["ureq::util", "ureq_proto::util"];

/// The ready-made transport: blocking HTTPS, strict by default.
///
/// - TLS is verified. Plain http is allowed only to this machine (`localhost`, 127.0.0.0/8, `::1`).
/// - No redirect is followed, nothing is sent twice, and every request has a connection of its own: on a pooled
///   connection, a peer that closed it earlier cannot be distinguished from one that closed it after charging.
///   [`with_idle_connections`](Self::with_idle_connections) changes the latter, and documents its cost.
/// - TLS is set up once for all clones, and a handshake after the first one is resumed where the other side offers it. No data is
///   sent before a handshake is done.
/// - [`AttemptTimeout`] lowers the time-out of one request, never raises it.
/// - For a host with several addresses, each is tried 250 ms after the one before (RFC 8305), and all clones remember
///   the one that answered. An address is tried last after a request over it failed.
/// - The environment's proxy is not used. No cookies, no compression.
/// - The framing headers `Connection`, `Content-Length`, `Expect` and `Transfer-Encoding` are set here, whatever the
///   request says; all other headers go out as given.
/// - At log level trace, ureq writes keys and responses in full. This transport refuses to send while that level is enabled.
///
/// A request that breaks these rules is [`TransportError::blocked`]. This error, and a certificate that cannot be verified, are
/// permanent: the operator must change something, and there is no retry. Every error has a [`kind`](TransportError::kind). An
/// error of the system keeps an [`std::io::Error`] without our text as its source.
///
/// **Was it sent?** The body is read only after the connection is established and the head is written. If it was never read,
/// the other side cannot have the whole request, and the error is [`unsent`](TransportError::unsent). Without a body (a GET),
/// only errors that can occur only while connecting are `unsent`: connection refused, name not found, certificate refused,
/// time-out to connect. A handshake that fails in another way counts as possibly sent. If the other side stops reading the body but
/// has answered before, its answer is the answer.
///
/// Our own buffers are overwritten after use; those of ureq, TLS and the system are not. A response that has neither a length
/// nor chunks ends where the connection ends, so a truncated one is not detected.
///
/// ```
/// use std::time::Duration;
/// use liveness::{Body, Transport, UreqTransport};
///
/// let transport = UreqTransport::new().with_timeout(Duration::from_secs(15));
/// let request = http::Request::post("http://vendor.example/compare?token=t").body(Body::from("name=x")).unwrap();
/// let blocked = transport.send(request).unwrap_err();
/// assert!(!blocked.may_have_been_sent() && blocked.is_permanent());
/// assert_eq!(
///     blocked.to_string(),
///     "the request was not sent: POST vendor.example: plain http is allowed to this machine only; use https"
/// );
/// ```
#[derive(Clone)]
pub struct UreqTransport {
    connect_timeout: Duration,
    timeout: Duration,
    max_response_bytes: usize,
    plain_http: bool,
    trace_logs: bool,
    proxy: Option<Proxy>,
    roots: RootCerts,
    addresses: Addresses,
    tls: Arc<Tls>,
    proxied: Proxied,
    idle: Option<Arc<Idle>>,
}

impl UreqTransport {
    /// The safe defaults, as each setter documents them.
    pub fn new() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            max_response_bytes: MAX_RESPONSE_BYTES,
            plain_http: false,
            trace_logs: false,
            proxy: None,
            roots: RootCerts::WebPki,
            addresses: Addresses::default(),
            tls: Arc::default(),
            proxied: Proxied::default(),
            idle: None,
        }
    }

    /// Limits finding the address, connecting and the TLS handshake: one half for the first, one for the others.
    /// At most a day. Defaults to 10 seconds.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout.min(MAX_TIMEOUT);
        self
    }

    /// Limits the whole of a request, from finding the address to the answer's last byte. At most a day. Defaults to
    /// 30 seconds.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(MAX_TIMEOUT);
        self
    }

    /// Keeps a connection open after its answer, for the next request to the same scheme, host and port, and uses
    /// none that was idle for longer than this (at most a day). It spares that request the lookup, connecting and the
    /// handshake. Zero keeps none. 2 seconds are a good value between the checks of a busy service. No vendor
    /// documents how long it keeps one; if an answer's `Keep-Alive` gives a time, the connection is used until a
    /// second before its end. Defaults to none: each request has a connection of its own.
    ///
    /// Before a connection is used again, its socket is checked without waiting. If the other side has ended it or
    /// sent anything without a request, it is closed and the request has a new one. A request with a body has one
    /// more check between its head and its body, and is [`unsent`](TransportError::unsent) if anything came. This
    /// leaves a moment about as long as the way to the vendor. If the vendor closes in that moment, the request goes
    /// out and no answer comes, so that the check ends in doubt
    /// ([`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown)) although nothing may have run; it is never sent twice.
    /// If the vendor writes something in that moment, such as the 408 of a proxy that closes the connection, that is
    /// read as the answer, because HTTP/1.1 cannot distinguish the two. So choose a time that is well below the
    /// vendor's own, and leave it off where a check in doubt costs more than a handshake.
    ///
    /// One that is too old is closed with the next request, or with the transport. All clones share at most 64 idle
    /// connections, and a connection carries one request at a time. A connection is closed if its answer was cut, too
    /// long or framed in a doubtful way. Through a proxy every request has its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use liveness::UreqTransport;
    ///
    /// let transport = UreqTransport::new().with_idle_connections(Duration::from_secs(2));
    /// assert!(format!("{transport:?}").contains("idle_connections: Some(2s)"));
    /// ```
    pub fn with_idle_connections(mut self, limit: Duration) -> Self {
        self.idle = (!limit.is_zero()).then(|| Idle::new(limit.min(MAX_TIMEOUT)));
        self
    }

    /// How long a connection may be idle, if any is kept.
    ///
    /// ```
    /// use std::time::Duration;
    /// use liveness::UreqTransport;
    ///
    /// assert_eq!(UreqTransport::new().idle_connections(), None);
    /// let kept = Duration::from_secs(2);
    /// assert_eq!(UreqTransport::new().with_idle_connections(kept).idle_connections(), Some(kept));
    /// ```
    pub fn idle_connections(&self) -> Option<Duration> {
        self.idle.as_ref().map(|idle| idle.limit())
    }

    /// Refuses a response whose body is longer. Its header may have 64 KiB. Defaults to 4,000,000 bytes.
    pub fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sends through a proxy (`http://` or `https://`, by CONNECT, with `user:password@` if it requires them), except
    /// to this machine. Defaults to none, whatever the environment has.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) naming `proxy` if the address is not such a URL.
    pub fn with_proxy(mut self, url: &str) -> CheckedResult<Self> {
        let proxy = Proxy::new(url).ok().filter(|proxy| {
            matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) && !proxy.host().is_empty()
        });
        let Some(proxy) = proxy else {
            return Err(Error::configuration("proxy").with_reason(Text {
                english: "it must be a URL that begins with http:// or https:// and names a host",
                chinese: "必须是以 http:// 或 https:// 开头并含主机名的 URL",
            }));
        };
        self.proxy = Some(proxy);
        Ok(self)
    }

    /// Trusts these certificates, in PEM, **instead of** the built-in ones, for example for a corporate gateway that inspects
    /// TLS. Defaults to Mozilla's roots, built in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) naming `root_certificates` if the PEM is broken,
    /// empty or contains anything except certificates.
    pub fn with_root_certificates(mut self, pem: &[u8]) -> CheckedResult<Self> {
        let certificates: Option<Vec<_>> = parse_pem(pem)
            .map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        let Some(certificates) = certificates.filter(|all| !all.is_empty() && are_readable(all)) else {
            return Err(Error::configuration("root_certificates").with_reason(Text {
                english: "it must be PEM with at least one certificate and nothing else",
                chinese: "必须是 PEM 格式，至少含一张证书，且不含其他内容",
            }));
        };
        self.roots = RootCerts::Specific(Arc::new(certificates));
        // The TLS setup of others, with their trusted certificates, is not reused.
        (self.tls, self.proxied) = (Arc::default(), Proxied::default());
        self.idle = self.idle.map(|idle| Idle::new(idle.limit()));
        Ok(self)
    }

    /// Sends over plain http to any host. Everyone on the network path can then read photos, ID numbers and signatures.
    /// Defaults to this machine only.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Sends even while ureq's trace logs are enabled, which contain keys, tokens and responses in full. Defaults to refusing.
    pub fn allow_trace_logs(mut self) -> Self {
        self.trace_logs = true;
        self
    }

    /// The reason why this request must not be sent, if there is one.
    fn refusal(&self, uri: &Uri) -> Option<&'static str> {
        let is_traced =
            || TELLTALE_LOG_TARGETS.iter().any(|target| log::log_enabled!(target: target, log::Level::Trace));
        if uri.host().is_none_or(str::is_empty) {
            Some("the address names no host")
        } else if uri.scheme() == Some(&Scheme::HTTP) && !self.plain_http && !is_this_machine(uri) {
            Some("plain http is allowed to this machine only; use https")
        } else if uri.scheme() != Some(&Scheme::HTTP) && uri.scheme() != Some(&Scheme::HTTPS) {
            Some("the address must begin with https://")
        } else if !self.trace_logs && is_traced() {
            Some(
                "the trace log would contain keys and photos; set the log level of ureq and ureq_proto to debug, info, warn or error",
            )
        } else {
            None
        }
    }

    /// An agent for one request, so that only our own pool has its connection.
    fn agent(&self, proxy: Option<Proxy>, timeout: Duration, slot: &Slot) -> Agent {
        let half = self.connect_timeout / 2;
        let is_direct = proxy.is_none();
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .user_agent(USER_AGENT)
            // Another crate of the build may turn on ureq's gzip.
            .accept_encoding("")
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(half))
            .timeout_connect(Some(half))
            .max_response_header_size(MAX_HEADER_BYTES)
            .tls_config(TlsConfig::builder().root_certs(self.roots.clone()).build())
            .build();
        let lookup = Lookup { slot: slot.clone(), addresses: self.addresses.clone() };
        if is_direct {
            let direct = Direct { slot: slot.clone(), tls: Arc::clone(&self.tls), roots: self.roots.clone() };
            Agent::with_parts(config, direct.chain(ShortHead), lookup)
        } else {
            Agent::with_parts(config, self.proxied.clone().chain(ShortHead), lookup)
        }
    }
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let place = place(&request);
        if let Some(refusal) = self.refusal(request.uri()) {
            return Err(TransportError::blocked(format!("{place}: {refusal}")));
        }
        let timeout = AttemptTimeout::of(&request).map_or(self.timeout, |own| own.min(self.timeout));
        let uri = request.uri().clone();
        let proxy = self.proxy.clone().filter(|_| !is_this_machine(&uri));
        // The proxy or host whose address was looked up.
        let asked = proxy.as_ref().map_or(&uri, Proxy::uri).clone();
        let idle = self.idle.as_deref().filter(|_| proxy.is_none()).map(|idle| (idle, Endpoint::of(&uri)));
        let (parts, body) = framed(request, idle.is_none());
        // As late as possible, because changes between this check and the first byte are not seen.
        let open = idle.as_ref().and_then(|(idle, endpoint)| idle.take(endpoint, Moment::now, Wire::is_silent));
        let slot = Slot::holding(open, !body.is_empty());
        let agent = self.agent(proxy, timeout, &slot);
        let mut upload = Upload::of(&body, Moment::now(), timeout);
        let answer = if body.is_empty() {
            agent.run(http::Request::from_parts(parts, SendBody::none()))
        } else {
            agent.run(http::Request::from_parts(parts, SendBody::from_reader(&mut upload)))
        };
        let answer = answer.map_err(|error| {
            let is_unsent = if body.is_empty() { never_connected(&error) } else { !upload.was_read };
            lost(&error, &place, timeout, is_unsent)
        });
        let response = answer.and_then(|answer| receive(answer, &place, timeout, self.max_response_bytes));
        match (&response, slot.address()) {
            (Ok(_), Some(address)) => self.addresses.answered(&asked, address),
            (Ok(_), None) => {}
            (Err(_), address) => self.addresses.failed(&asked, address),
        }
        let response = response?;
        if let (Some((idle, endpoint)), Some(wire)) = (idle, slot.rested())
            && let Some(limit) = may_idle(&response, idle.limit())
        {
            idle.keep(endpoint, limit, Moment::now, wire);
        }
        Ok(response)
    }
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport")
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("plain_http", &self.plain_http)
            .field("trace_logs", &self.trace_logs)
            .field("proxy", &self.proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
            .field("roots", &self.roots)
            .field("idle_connections", &self.idle_connections())
            .finish()
    }
}
