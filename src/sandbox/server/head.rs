//! Parses the head of a request, and finds where its body ends.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header, request,
    uri::{Authority, PathAndQuery, Scheme},
};

/// A parsed request head.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) parts: request::Parts,
    pub(super) framing: Framing,
    /// The client waits for `100 Continue` before it sends the body.
    pub(super) expects_continue: bool,
    pub(super) keep_alive: bool,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
}

/// The refusal of a request, as its status.
pub(super) type Refused = StatusCode;

impl Head {
    /// Reads the head at the start of `bytes`, and returns its length in bytes; `None` if it is not complete.
    pub(super) fn parse(bytes: &[u8], max_headers: usize, local: &str) -> Result<Option<(Self, usize)>, Refused> {
        let mut headers = vec![httparse::EMPTY_HEADER; max_headers];
        let mut raw = httparse::Request::new(&mut headers);
        let length = match raw.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
            Err(httparse::Error::Version) => return Err(StatusCode::HTTP_VERSION_NOT_SUPPORTED),
            Err(_) => return Err(StatusCode::BAD_REQUEST),
        };
        let version = if raw.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
        let mut map = HeaderMap::with_capacity(raw.headers.len());
        for field in raw.headers.iter() {
            let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(field.name.as_bytes()), HeaderValue::from_bytes(field.value))
            else {
                return Err(StatusCode::BAD_REQUEST);
            };
            map.append(name, value);
        }
        let method = Method::from_bytes(raw.method.unwrap_or_default().as_bytes()).map_err(bad)?;
        let uri = uri(&method, raw.path.unwrap_or_default(), &map, version, local)?;
        let framing = framing(&map, version)?;
        let expects_continue = match map.get(header::EXPECT) {
            None => false,
            Some(value) if value.as_bytes().eq_ignore_ascii_case(b"100-continue") => version == Version::HTTP_11,
            Some(_) => return Err(StatusCode::EXPECTATION_FAILED),
        };
        let keep_alive = version == Version::HTTP_11 && !has_token(&map, &header::CONNECTION, "close");

        let (mut parts, ()) = http::Request::new(()).into_parts();
        (parts.method, parts.uri, parts.version, parts.headers) = (method, uri, version, map);
        Ok(Some((Self { parts, framing, expects_continue, keep_alive }, length)))
    }
}

/// The requested address, made absolute by the authority that the client named (RFC 9112 §3.2).
fn uri(method: &Method, target: &str, headers: &HeaderMap, version: Version, local: &str) -> Result<Uri, Refused> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().map_err(bad)?,
        (None, _) if version == Version::HTTP_10 => local,
        _ => return Err(StatusCode::BAD_REQUEST),
    };
    let absolute = (!target.starts_with('/') && target != "*").then(|| target.parse::<Uri>()).transpose();
    let (host, path) = match absolute.map_err(bad)? {
        None if target == "*" && *method != Method::OPTIONS => return Err(StatusCode::BAD_REQUEST),
        None => (host.parse::<Authority>().map_err(bad)?, target.parse::<PathAndQuery>().map_err(bad)?),
        Some(uri) if uri.scheme() == Some(&Scheme::HTTP) => {
            let parts = uri.into_parts();
            let path = parts.path_and_query.unwrap_or(PathAndQuery::from_static("/"));
            (parts.authority.ok_or(StatusCode::BAD_REQUEST)?, path)
        }
        Some(_) => return Err(StatusCode::BAD_REQUEST),
    };
    if host.as_str().contains('@') {
        return Err(StatusCode::BAD_REQUEST);
    }
    Uri::builder().scheme(Scheme::HTTP).authority(host).path_and_query(path).build().map_err(bad)
}

/// The end of the body. An ambiguous end allows request smuggling, so it is refused (RFC 9112 §6.3).
fn framing(headers: &HeaderMap, version: Version) -> Result<Framing, Refused> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    match (codings.next(), lengths.next()) {
        _ if codings.next().is_some() || lengths.next().is_some() => Err(StatusCode::BAD_REQUEST),
        (None, None) => Ok(Framing::Length(0)),
        (None, Some(length)) => {
            let digits = length.to_str().map_err(bad)?;
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(StatusCode::BAD_REQUEST);
            }
            digits.parse().map(Framing::Length).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
        }
        (Some(coding), None) if version == Version::HTTP_11 => {
            match coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
                true => Ok(Framing::Chunked),
                false => Err(StatusCode::NOT_IMPLEMENTED),
            }
        }
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
}

fn bad<E>(_: E) -> Refused {
    StatusCode::BAD_REQUEST
}
