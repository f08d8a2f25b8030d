//! The ready-made transport over blocking HTTPS, which knows whether a request was sent.

mod addresses;
mod error;
mod head;

use std::{
    fmt,
    io::{self, Read},
    mem,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderValue, Method, Uri, Version, header, uri::Scheme};
use ureq::{
    Proxy, ProxyProtocol, SendBody,
    config::Config,
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
    unversioned::transport::{Connector, DefaultConnector},
};
use zeroize::Zeroizing;

use self::{
    addresses::Addresses,
    error::{MAX_HEADER_BYTES, lost, never_connected},
    head::ShortHead,
};
use super::{Transport, TransportError, TransportErrorKind};
use crate::model::{AttemptTimeout, Body, Error, Request, Response, Result as CheckedResult, Text};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// After so long a connection, its addresses are tried anew.
const SLOW_CONNECT: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(30);
/// Keeps instants far from overflow, where the standard library panics.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_RESPONSE_BYTES: usize = 4_000_000;
const READ_BYTES: usize = 16 * 1024;
const USER_AGENT: &str = concat!("liveness/", env!("CARGO_PKG_VERSION"));
/// Where ureq writes whole addresses, and every byte of a request's head and of an answer, at level trace.
const TELLTALE_LOG_TARGETS: [&str; 2] = ["ureq::util", "ureq_proto::util"];

/// The ready-made transport: blocking HTTPS, strict by default.
///
/// - TLS is verified. Plain http is allowed only to this machine (`localhost`, 127.0.0.0/8, `::1`).
/// - No redirect is followed, nothing is sent twice, and every request has a connection of its own: on a pooled connection, a
///   peer that closed it earlier cannot be distinguished from one that closed it after charging.
/// - [`AttemptTimeout`] lowers the time-out of one request, never raises it.
/// - Of a host with several addresses, the next one is tried 250 ms after the one before (RFC 8305), and the one that answered is
///   remembered by all clones.
/// - The environment's proxy is not used. No cookies, no compression.
/// - The framing headers `Connection`, `Content-Length`, `Expect` and `Transfer-Encoding` are set here, whatever the
///   request says; all other headers go out as given.
/// - At log level trace, ureq writes keys and responses in full. This transport refuses to send while that level is enabled.
///
/// A request that breaks these rules is [`TransportError::blocked`]. This error, and a certificate that cannot be verified, are
/// permanent: the operator must change something, and there is no retry. Every error has a [`kind`](TransportError::kind). An
/// error of the system keeps an [`io::Error`] without our text as its source.
///
/// **Was it sent?** The body is read only after the connection is established and the head is written. If it was never read,
/// the other side cannot have the whole request, and the error is [`unsent`](TransportError::unsent). Without a body (a GET),
/// only errors that can occur only while connecting are `unsent`: connection refused, name not found, certificate refused,
/// time-out to connect. A handshake that fails in another way counts as possibly sent.
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
///     "the request was not sent: POST vendor.example: plain http goes to this machine only; use https"
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
}

impl UreqTransport {
    /// The safe defaults, as each setter states them.
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

    /// Refuses a response whose body is longer. Its header may have 64 KiB. Defaults to 4,000,000 bytes.
    pub fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sends through a proxy (`http://` or `https://`, by CONNECT, with `user:password@` where it asks for them),
    /// except to this machine. Defaults to none, whatever the environment says.
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
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) naming `root_certificates` if the PEM is broken, empty
    /// or holds anything but certificates.
    pub fn with_root_certificates(mut self, pem: &[u8]) -> CheckedResult<Self> {
        let certificates: Option<Vec<_>> = parse_pem(pem)
            .map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        let Some(certificates) = certificates.filter(|certificates| !certificates.is_empty()) else {
            return Err(Error::configuration("root_certificates").with_reason(Text {
                english: "it must be PEM with at least one certificate and nothing else",
                chinese: "必须是 PEM 格式，至少含一张证书，且不含其他内容",
            }));
        };
        self.roots = RootCerts::Specific(Arc::new(certificates));
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

    /// Why this request must not leave, if it must not.
    fn refusal(&self, uri: &Uri) -> Option<&'static str> {
        let is_traced =
            || TELLTALE_LOG_TARGETS.iter().any(|target| log::log_enabled!(target: target, log::Level::Trace));
        if uri.host().is_none_or(str::is_empty) {
            Some("the address names no host")
        } else if uri.scheme() == Some(&Scheme::HTTP) && !self.plain_http && !is_this_machine(uri) {
            Some("plain http goes to this machine only; use https")
        } else if uri.scheme() != Some(&Scheme::HTTP) && uri.scheme() != Some(&Scheme::HTTPS) {
            Some("the address must begin with https://")
        } else if !self.trace_logs && is_traced() {
            Some("the log would take keys and faces; set its targets ureq and ureq_proto to debug or higher")
        } else {
            None
        }
    }

    /// An agent for one request, so that there is no pool to take a stale connection from.
    fn agent(&self, uri: &Uri, timeout: Duration) -> ureq::Agent {
        let half = self.connect_timeout / 2;
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(self.proxy.clone().filter(|_| !is_this_machine(uri)))
            .user_agent(USER_AGENT)
            // Another crate of the build may turn on ureq's gzip.
            .accept_encoding("")
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(half))
            .timeout_connect(Some(half))
            .max_response_header_size(MAX_HEADER_BYTES)
            .tls_config(TlsConfig::builder().root_certs(self.roots.clone()).build())
            .build();
        ureq::Agent::with_parts(config, DefaultConnector::default().chain(ShortHead), self.addresses.clone())
    }

    /// Takes the answer in, to its end.
    fn receive(
        &self,
        answer: http::Response<ureq::Body>,
        place: &str,
        timeout: Duration,
    ) -> Result<Response, TransportError> {
        let too_long = || {
            let limit = self.max_response_bytes;
            TransportError::new(format!("{place}: the answer is longer than {limit} bytes"))
                .permanent()
                .with_kind(TransportErrorKind::TooLarge)
        };
        let (mut parts, mut body) = answer.into_parts();
        if body.content_length().is_some_and(|length| length > self.max_response_bytes as u64) {
            return Err(too_long());
        }
        let mut reader = body.as_reader();
        let mut bytes = Zeroizing::new(Vec::new());
        let mut chunk = Zeroizing::new([0; READ_BYTES]);
        loop {
            let count = match reader.read(&mut chunk[..]) {
                Ok(count) => count,
                Err(error) => {
                    // What arrived may tell the request's number and whether it was charged.
                    parts.extensions.clear();
                    let so_far = Response::from_parts(parts, mem::take(&mut *bytes).into());
                    return Err(lost(&error.into(), place, timeout, false).with_partial(so_far));
                }
            };
            if count == 0 {
                break;
            }
            if count > self.max_response_bytes - bytes.len() {
                return Err(too_long());
            }
            append(&mut bytes, &chunk[..count]);
        }
        // ureq keeps the whole address there, token included.
        parts.extensions.clear();
        Ok(Response::from_parts(parts, mem::take(&mut *bytes).into()))
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
        let agent = self.agent(request.uri(), timeout);
        let uri = request.uri().clone();
        let (parts, body) = framed(request);
        let start = Instant::now();
        let mut upload = Upload { rest: body.as_bytes(), was_read: None };
        let answer = if body.is_empty() {
            agent.run(http::Request::from_parts(parts, SendBody::none()))
        } else {
            agent.run(http::Request::from_parts(parts, SendBody::from_reader(&mut upload)))
        };
        let answer = answer.map_err(|error| {
            if never_connected(&error) {
                self.addresses.forget(&uri);
            }
            let is_unsent = if body.is_empty() { never_connected(&error) } else { upload.was_read.is_none() };
            lost(&error, &place, timeout, is_unsent)
        })?;
        // The address that was remembered takes connections no more, and ureq went on to the next one.
        if upload.was_read.is_some_and(|at| at.saturating_duration_since(start) > SLOW_CONNECT) {
            self.addresses.forget(&uri);
        }
        self.receive(answer, &place, timeout)
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
            .finish()
    }
}

/// The body on its way out; it knows whether anyone asked for it.
struct Upload<'a> {
    rest: &'a [u8],
    was_read: Option<Instant>,
}

impl Read for Upload<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.was_read.get_or_insert_with(Instant::now);
        self.rest.read(buffer)
    }
}

/// The request without extensions, under our framing: one connection, a stated length, no 100-continue, no chunks.
fn framed(request: Request) -> (http::request::Parts, Body) {
    let (given, body) = request.into_parts();
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.version = Version::HTTP_11;
    parts.uri = given.uri;
    parts.headers = given.headers;
    for name in [header::CONTENT_LENGTH, header::EXPECT, header::TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&given.method) {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    parts.method = given.method;
    (parts, body)
}

/// What an error may name of the request: never the path or query, which may be a portrait's or hold a token.
fn place(request: &Request) -> String {
    let uri = request.uri();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{} {}{port}", request.method(), uri.host().unwrap_or_default())
}

fn is_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

/// Appends without leaving a copy behind: growing a `Vec` frees the old bytes unwiped.
fn append(bytes: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    if bytes.capacity() - bytes.len() < more.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((bytes.len() + more.len()).max(bytes.capacity() * 2)));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(more);
}
