//! ureq's errors, reduced to printable text and sorted by kind.

use std::{io, time::Duration};

use ureq::Timeout;

use crate::transport::{TransportError, TransportErrorKind};

/// The longest header of an answer that is accepted, in bytes.
pub(super) const MAX_HEADER_BYTES: usize = 64 * 1024;
const MAX_REASON_CHARS: usize = 200;
/// The beginnings of texts of the system and the TLS library that come only from connecting. If a text has changed,
/// the error counts as possibly sent.
pub(super) const LOOKUP_TEXT: &str = "failed to lookup address information";
const CERTIFICATE_TEXT: &str = "invalid peer certificate";

/// The error of a request to this place that was never sent, if that is certain, or perhaps sent.
pub(super) fn lost(error: &ureq::Error, place: &str, timeout: Duration, is_unsent: bool) -> TransportError {
    let reason = format!("{place}: {}", reason(error, timeout));
    let lost = match is_unsent {
        true if is_bad_certificate(error) => TransportError::unsent(reason).permanent(),
        true => TransportError::unsent(reason),
        false => TransportError::new(reason),
    };
    let lost = lost.with_kind(kind(error));
    match error {
        ureq::Error::Io(error) => lost.with_source(bare(error)),
        _ => lost,
    }
}

/// Whether this error can only come from the time before the connection was established.
pub(super) fn never_connected(error: &ureq::Error) -> bool {
    match error {
        _ if is_bad_certificate(error) => true,
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused || is_lookup(error),
        ureq::Error::Timeout(phase) => matches!(phase, Timeout::Resolve | Timeout::Connect),
        ureq::Error::HostNotFound
        | ureq::Error::Tls(_)
        | ureq::Error::ConnectionFailed
        | ureq::Error::ConnectProxyFailed(_) => true,
        _ => false,
    }
}

/// Whether the other side's certificate was refused, which will happen the next time too.
fn is_bad_certificate(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Io(error) if error.to_string().starts_with(CERTIFICATE_TEXT))
}

fn is_lookup(error: &io::Error) -> bool {
    error.to_string().starts_with(LOOKUP_TEXT)
}

fn kind(error: &ureq::Error) -> TransportErrorKind {
    match error {
        ureq::Error::Io(error) if is_lookup(error) => TransportErrorKind::Dns,
        ureq::Error::Io(error) => kind_of_io(error.kind()),
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::HostNotFound => TransportErrorKind::Dns,
        ureq::Error::Tls(_) => TransportErrorKind::Tls,
        ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => TransportErrorKind::Connect,
        ureq::Error::LargeResponseHeader(..) => TransportErrorKind::TooLarge,
        ureq::Error::Protocol(_) => TransportErrorKind::NotHttp,
        _ => TransportErrorKind::Other,
    }
}

fn kind_of_io(kind: io::ErrorKind) -> TransportErrorKind {
    match kind {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => TransportErrorKind::Connect,
        // Only the TLS library reports this: a record or certificate that it cannot read.
        io::ErrorKind::InvalidData => TransportErrorKind::Tls,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportErrorKind::Timeout,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => TransportErrorKind::Interrupted,
        _ => TransportErrorKind::Other,
    }
}

/// The same error without text that a library put into it, which may contain an address.
fn bare(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(error.kind()),
    }
}

/// ureq's error in words, none of which comes from the request, the answer or the proxy's credentials.
fn reason(error: &ureq::Error, timeout: Duration) -> String {
    match error {
        // The system's or the TLS library's text.
        ureq::Error::Io(error) => error.to_string().chars().take(MAX_REASON_CHARS).collect(),
        ureq::Error::Timeout(Timeout::Global) => format!("timed out: no complete answer within {timeout:?}"),
        ureq::Error::Timeout(Timeout::Resolve) => "timed out finding the host's address".to_owned(),
        ureq::Error::Timeout(Timeout::Connect) => "timed out connecting".to_owned(),
        ureq::Error::HostNotFound => "the host has no address".to_owned(),
        ureq::Error::Tls(text) => (*text).to_owned(),
        ureq::Error::LargeResponseHeader(..) => format!("the answer's header is longer than {MAX_HEADER_BYTES} bytes"),
        ureq::Error::Protocol(_) => "this is not valid HTTP/1.1".to_owned(),
        ureq::Error::ConnectProxyFailed(_) => {
            "the proxy refused the connection; check its address and credentials".to_owned()
        }
        _ => "the connection failed".to_owned(),
    }
}
