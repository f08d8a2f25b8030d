//! Sends a request, and gives the part of it that an error may name.

use std::{
    io::{self, Read},
    net::{Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use http::{HeaderValue, Method, Uri, Version, header};

use super::moment::Moment;
use crate::model::{Body, Request};

/// The body on its way out, with a record of whether it was read.
pub(super) struct Upload<'a> {
    rest: &'a [u8],
    start: Moment,
    limit: Duration,
    /// The head was written, so that the body was read.
    pub(super) was_read: bool,
}

impl<'a> Upload<'a> {
    /// The body of a request that began at this moment and has this much time.
    pub(super) fn of(body: &'a Body, start: Moment, limit: Duration) -> Self {
        Self { rest: body.as_bytes(), start, limit, was_read: false }
    }
}

impl Read for Upload<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A machine that slept while it connected must not send a request that by now may be another person's to pay.
        if !self.was_read && !Moment::now().is_within(self.limit, self.start) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.was_read = true;
        self.rest.read(buffer)
    }
}

/// The request without extensions, with our framing: a stated length, no 100-continue, no chunks, and whether it is
/// the last one on its connection.
pub(super) fn framed(request: Request, is_last: bool) -> (http::request::Parts, Body) {
    let (given, body) = request.into_parts();
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.version = Version::HTTP_11;
    parts.uri = given.uri;
    parts.headers = given.headers;
    for name in [header::CONNECTION, header::CONTENT_LENGTH, header::EXPECT, header::TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    if is_last {
        parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&given.method) {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    parts.method = given.method;
    (parts, body)
}

/// The part of the request that an error may name: never the path or query, which may be a portrait's or contain a
/// token.
pub(super) fn place(request: &Request) -> String {
    let uri = request.uri();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{} {}{port}", request.method(), uri.host().unwrap_or_default())
}

pub(super) fn is_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_sleep_the_body_is_not_given_out_and_counts_as_unread() {
        let (body, limit, now) = (Body::from("name=x"), Duration::from_secs(30), Moment::now());
        let mut bytes = [0; 6];
        let slept = Moment { wall: now.wall - 2 * limit, ..now };
        let mut upload = Upload::of(&body, slept, limit);
        assert_eq!(upload.read(&mut bytes).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(!upload.was_read);
        let mut upload = Upload::of(&body, now, limit);
        assert_eq!((upload.read(&mut bytes).unwrap(), upload.was_read), (6, true));
    }
}
