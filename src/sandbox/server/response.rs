//! Writes an answer for the wire.

use http::{HeaderValue, Method, StatusCode, header};
use zeroize::Zeroizing;

use crate::model::{Body, Clock, Response, SANDBOX_HEADER, SystemClock, http_date};

/// The length of an answer that declares more than its body has: it is to be cut off there.
pub(super) fn cut_at(response: &Response) -> Option<usize> {
    let declared = response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    (declared > response.body().len()).then_some(declared)
}

/// The bytes that answer a request of this method.
pub(super) fn written(response: &Response, method: &Method, keep_alive: bool) -> Zeroizing<Vec<u8>> {
    let body = response.body().as_bytes();
    let length = format!("content-length: {}", cut_at(response).unwrap_or(body.len()));
    let mut bytes = head(response, "HTTP/1.1", has_body(response).then_some(&length), keep_alive);
    if has_body(response) && *method != Method::HEAD {
        bytes.extend_from_slice(body);
    }
    bytes
}

/// Whether an answer of this status has a body at all.
fn has_body(response: &Response) -> bool {
    let status = response.status();
    !(status.is_informational() || matches!(status.as_u16(), 204 | 304))
}

/// The head alone, with this line for the end of the body.
pub(super) fn head(
    response: &Response,
    version: &str,
    framing: Option<&String>,
    keep_alive: bool,
) -> Zeroizing<Vec<u8>> {
    let status = response.status();
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024 + response.body().len()));
    let reason = status.canonical_reason().unwrap_or("Unnamed");
    bytes.extend_from_slice(format!("{version} {} {reason}\r\n", status.as_u16()).as_bytes());
    let mut field = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    };
    // The server decides how this connection is run.
    let own = [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
    for (name, value) in response.headers().iter().filter(|(name, _)| !own.contains(name)) {
        field(name.as_str(), value.as_bytes());
    }
    if !response.headers().contains_key(header::DATE) {
        field("date", http_date(SystemClock.now()).as_bytes());
    }
    field("connection", if keep_alive { b"keep-alive" } else { b"close" });
    if let Some(framing) = framing {
        bytes.extend_from_slice(format!("{framing}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// The server's own answer, without a call to the transport.
pub(super) fn refusal(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut response = Response::new(Body::from(format!("{} {reason}\n", status.as_u16())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(SANDBOX_HEADER, HeaderValue::from_static("1"));
    response
}

/// The answer to `OPTIONS *`: the server's own methods.
pub(super) fn options() -> Response {
    let mut response = refusal(StatusCode::NO_CONTENT);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    response
}
