//! Receives an answer, and decides whether its connection may be used again.

use std::{io::Read, time::Duration};

use http::{HeaderMap, StatusCode, Version, header};

use super::error::lost;
use crate::{
    model::{Response, Wiped},
    transport::{TransportError, TransportErrorKind},
};

const READ_BYTES: usize = 16 * 1024;
/// How long before the other side's stated end an idle connection is no longer used.
const MARGIN: Duration = Duration::from_secs(1);

/// Reads the answer to its end.
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
    let (parts, mut body) = answer.into_parts();
    if body.content_length().is_some_and(|length| length > max_bytes as u64) {
        return Err(too_long());
    }
    let mut reader = body.as_reader();
    let (mut bytes, mut chunk) = (Wiped::default(), Wiped::zeroed(READ_BYTES));
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(count) => count,
            Err(error) => {
                return Err(lost(&error.into(), place, timeout, false).with_partial(taken(parts, bytes)));
            }
        };
        if count == 0 {
            break;
        }
        let room = max_bytes - bytes.len();
        if count > room {
            return Err(too_long());
        }
        bytes.append(&chunk[..count]);
    }
    Ok(taken(parts, bytes))
}

/// The part that arrived. A part of a cut answer may contain the request's number and the charge.
fn taken(mut parts: http::response::Parts, mut bytes: Wiped) -> Response {
    // ureq keeps the whole address there, token included.
    parts.extensions.clear();
    Response::from_parts(parts, bytes.take().into())
}

/// How long the connection of this answer may be idle: no longer than the limit, and less where the other side states
/// less. `None` is not at all.
pub(super) fn may_idle(answer: &Response, limit: Duration) -> Option<Duration> {
    let stated = stated(answer.headers()).map(|stated| stated.saturating_sub(MARGIN));
    let limit = stated.map_or(limit, |stated| stated.min(limit));
    (is_plainly_framed(answer) && !limit.is_zero()).then_some(limit)
}

/// How long the other side states that it keeps the connection: the least of its values, and zero if it accepts no
/// more requests.
fn stated(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all("keep-alive").iter().filter_map(|line| line.to_str().ok());
    let words = lines.flat_map(|line| line.split(',')).filter_map(|word| word.split_once('='));
    let said = words.filter_map(|(name, value)| {
        let value: u32 = value.trim().parse().ok()?;
        match name.trim() {
            name if name.eq_ignore_ascii_case("timeout") => Some(Duration::from_secs(value.into())),
            name if name.eq_ignore_ascii_case("max") && value == 0 => Some(Duration::ZERO),
            _ => None,
        }
    });
    said.min()
}

/// Whether the head leaves no doubt about the end of the answer. ureq checks that the connection was to stay open.
/// This checks what two readers may understand differently.
fn is_plainly_framed(answer: &Response) -> bool {
    let (status, headers) = (answer.status(), answer.headers());
    let lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
    let codings: Vec<_> = headers.get_all(header::TRANSFER_ENCODING).iter().collect();
    // An answer that has no body by its status has neither.
    let is_bodiless = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    answer.version() == Version::HTTP_11
        && !status.is_informational()
        && match (lengths, &codings[..]) {
            (0, [coding]) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
            (1, []) => true,
            (0, []) => is_bodiless,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_idle_for_less_where_the_other_side_closes_it_earlier() {
        let limit = Duration::from_secs(5);
        for (said, expected) in [
            ("timeout=60, max=100", Some(5)),
            ("timeout=3", Some(2)),
            ("Timeout = 4,max=7", Some(3)),
            ("timeout=1", None),
            ("timeout=60, max=0", None),
            ("timeout=soon", Some(5)),
        ] {
            let answer = http::Response::builder().header("keep-alive", said).header(header::CONTENT_LENGTH, 0);
            let answer = answer.body(crate::model::Body::empty()).unwrap();
            assert_eq!(may_idle(&answer, limit), expected.map(Duration::from_secs), "{said}");
        }
    }
}
