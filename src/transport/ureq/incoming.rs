//! What comes back, and may its connection be used again?

use std::{io::Read, mem, time::Duration};

use http::{StatusCode, Version, header};
use zeroize::Zeroizing;

use super::error::lost;
use crate::{
    model::Response,
    transport::{TransportError, TransportErrorKind},
};

const READ_BYTES: usize = 16 * 1024;

/// Takes the answer in, to its end.
pub(super) fn receive(
    answer: http::Response<ureq::Body>,
    place: &str,
    timeout: Duration,
    max_bytes: usize,
) -> Result<Response, TransportError> {
    let too_long = || {
        TransportError::new(format!("{place}: the answer is longer than {max_bytes} bytes"))
            .permanent()
            .with_kind(TransportErrorKind::TooLarge)
    };
    let (mut parts, mut body) = answer.into_parts();
    if body.content_length().is_some_and(|length| length > max_bytes as u64) {
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
        if count > max_bytes - bytes.len() {
            return Err(too_long());
        }
        append(&mut bytes, &chunk[..count]);
    }
    // ureq keeps the whole address there, token included.
    parts.extensions.clear();
    Ok(Response::from_parts(parts, mem::take(&mut *bytes).into()))
}

/// Whether the head leaves no doubt about where the answer ended. ureq sees to it that the connection was to stay open; this is what
/// two readers may understand differently.
pub(super) fn is_plainly_framed(answer: &Response) -> bool {
    let (status, headers) = (answer.status(), answer.headers());
    let lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
    let has_chunks = headers.contains_key(header::TRANSFER_ENCODING);
    // An answer that has no body by its status has neither.
    let is_bodiless = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    answer.version() == Version::HTTP_11
        && !status.is_informational()
        && match (lengths, has_chunks) {
            (0, true) | (1, false) => true,
            (0, false) => is_bodiless,
            _ => false,
        }
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
