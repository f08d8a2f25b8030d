//! Serves one connection, from its first byte to its end.

use std::{net::TcpStream, time::Instant};

use http::{Method, StatusCode, header};
use zeroize::Zeroizing;

use super::{
    head::{Framing, Head, Refused},
    held::Held,
    response,
    shared::Shared,
    spoiled::{self, Spoiled},
    wire::{Gone, Wire},
};
use crate::{
    model::{Body, Request, Response},
    transport::TransportError,
};

/// The longest line with the length of a chunk, its extensions included.
const MAX_CHUNK_LINE_BYTES: usize = 4 * 1024;
/// The longest trailer after the last chunk.
const MAX_TRAILER_BYTES: usize = 8 * 1024;

/// The reason why a request could not be read.
enum Unread {
    /// The client gets the reason.
    Refused(Refused),
    /// It was answered, or lost, before its body was read.
    Early(Method, Box<Result<Response, TransportError>>),
    /// The client is gone.
    Gone,
}

impl From<Gone> for Unread {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::Late => Self::Refused(StatusCode::REQUEST_TIMEOUT),
            Gone::Closed => Self::Gone,
        }
    }
}

/// Answers the requests of one connection until either side ends it.
pub(super) fn serve(stream: TcpStream, shared: &Shared, id: u64) {
    let mut wire = Wire::new(stream, shared, id);
    while wire.wait().is_ok() {
        let (response, method, wanted) = match read(&mut wire, shared) {
            Ok((request, keep_alive)) => {
                shared.lock().is_busy(id);
                let method = request.method().clone();
                // The transport lost it: the client sees a connection that breaks, as with a lost request.
                let Ok(response) = ask(request, shared) else { return wire.reset() };
                (response, method, keep_alive)
            }
            Err(Unread::Early(method, early)) => match *early {
                Ok(response) => (response, method, false),
                Err(_) => return wire.reset(),
            },
            Err(Unread::Refused(status)) => (response::refusal(status), Method::GET, false),
            Err(Unread::Gone) => return,
        };
        if response.extensions().get::<Held>().is_some_and(|held| !held.wait(&wire)) {
            return wire.reset();
        }
        if let Some(Spoiled(fault)) = response.extensions().get() {
            return spoiled::send(wire, &response, &method, *fault, Instant::now() + shared.limits.answer);
        }
        let keep_alive = wanted && response::cut_at(&response).is_none() && !shared.wants_places();
        let bytes = response::written(&response, &method, keep_alive);
        if wire.write(&bytes, Instant::now() + shared.limits.answer).is_err() {
            return;
        }
        if !keep_alive {
            return wire.close();
        }
    }
}

/// Passes a request to the transport. `HEAD` is a `GET` whose answer is sent without its body (RFC 9110 §9.3.2).
fn ask(mut request: Request, shared: &Shared) -> Result<Response, TransportError> {
    if *request.method() == Method::OPTIONS && request.uri().path() == "*" {
        return Ok(response::options());
    }
    if *request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    shared.transport.send(request)
}

fn read(wire: &mut Wire<'_>, shared: &Shared) -> Result<(Request, bool), Unread> {
    let limits = shared.limits;
    let by = wire.began + limits.head;
    let local = shared.local.to_string();
    let (head, length) = loop {
        match Head::parse(&wire.ahead, limits.headers, &local).map_err(Unread::Refused)? {
            Some((_, length)) if length > limits.head_bytes => return Err(too_long()),
            Some(complete) => break complete,
            None if wire.ahead.len() > limits.head_bytes => return Err(too_long()),
            None => wire.fill(by)?,
        }
    };
    wire.take(length);
    if let Some(early) = (shared.early)(&head.parts) {
        return Err(Unread::Early(head.parts.method, Box::new(early)));
    }
    if matches!(head.framing, Framing::Length(length) if length > limits.body_bytes) {
        return Err(Unread::Refused(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let by = wire.began + limits.request;
    if head.expects_continue && wire.ahead.is_empty() && head.framing != Framing::Length(0) {
        wire.write(b"HTTP/1.1 100 Continue\r\n\r\n", by).map_err(|_| Unread::Gone)?;
    }
    let mut body = match head.framing {
        Framing::Length(length) => exactly(wire, length, by)?,
        Framing::Chunked => chunked(wire, limits.body_bytes, by)?,
    };
    let mut parts = head.parts;
    // The framing is used up; what is passed on is the whole body.
    parts.headers.remove(header::TRANSFER_ENCODING);
    Ok((Request::from_parts(parts, Body::from(std::mem::take(&mut *body))), head.keep_alive))
}

fn exactly(wire: &mut Wire<'_>, bytes: usize, by: Instant) -> Result<Zeroizing<Vec<u8>>, Unread> {
    while wire.ahead.len() < bytes {
        wire.fill(by)?;
    }
    Ok(wire.take(bytes))
}

/// Joins a chunked body; extensions and trailers have no use here and are dropped (RFC 9112 §7.1).
fn chunked(wire: &mut Wire<'_>, max_bytes: usize, by: Instant) -> Result<Zeroizing<Vec<u8>>, Unread> {
    let mut body = Zeroizing::new(Vec::new());
    loop {
        let size = chunk_size(wire, by)?;
        if size == 0 {
            break;
        }
        let size = usize::try_from(size).ok().filter(|size| *size <= max_bytes - body.len());
        let size = size.ok_or(Unread::Refused(StatusCode::PAYLOAD_TOO_LARGE))?;
        body.extend_from_slice(&exactly(wire, size, by)?);
        if exactly(wire, 2, by)?.as_slice() != b"\r\n" {
            return Err(Unread::Refused(StatusCode::BAD_REQUEST));
        }
    }
    let mut trailer_bytes = 0;
    loop {
        let line = line(wire, MAX_TRAILER_BYTES - trailer_bytes, by)?;
        if line == 2 {
            return Ok(body);
        }
        trailer_bytes += line;
    }
}

/// Reads a line with the length of a chunk.
fn chunk_size(wire: &mut Wire<'_>, by: Instant) -> Result<u64, Unread> {
    loop {
        match httparse::parse_chunk_size(&wire.ahead) {
            Ok(httparse::Status::Complete((length, size))) => {
                let line = wire.take(length);
                // httparse reads a line without digits as the last chunk, and lets an extension contain a line end.
                let is_whole = line[0].is_ascii_hexdigit() && line.iter().filter(|byte| **byte == b'\n').count() == 1;
                return if is_whole { Ok(size) } else { Err(Unread::Refused(StatusCode::BAD_REQUEST)) };
            }
            Ok(httparse::Status::Partial) if wire.ahead.len() <= MAX_CHUNK_LINE_BYTES => wire.fill(by)?,
            _ => return Err(Unread::Refused(StatusCode::BAD_REQUEST)),
        }
    }
}

/// Drops one line and returns its length, its end included.
fn line(wire: &mut Wire<'_>, max_bytes: usize, by: Instant) -> Result<usize, Unread> {
    loop {
        match wire.ahead.windows(2).position(|pair| pair == b"\r\n") {
            Some(at) if at + 2 <= max_bytes => {
                wire.take(at + 2);
                return Ok(at + 2);
            }
            None if wire.ahead.len() <= max_bytes => wire.fill(by)?,
            _ => return Err(too_long()),
        }
    }
}

fn too_long() -> Unread {
    Unread::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}
