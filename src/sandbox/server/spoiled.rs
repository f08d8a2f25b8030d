//! Sends an answer that a fault spoils on the way.

use std::time::{Duration, Instant};

use http::Method;

use super::{
    response::{head, written},
    wire::Wire,
};
use crate::{model::Response, sandbox::faults::Fault};

/// The time for each byte of a dripping answer.
pub(in crate::sandbox) const DRIP_PAUSE: Duration = Duration::from_millis(100);
/// How many bytes too many an answer declares.
const OVERSTATED_BYTES: usize = 100;
const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </>; rel=preconnect\r\n\r\n";
const CHUNKED: &str = "transfer-encoding: chunked";
/// The text in place of a chunk's length.
const NO_CHUNK: &[u8] = b"zz\r\n";

/// Passed with an answer to the connection that sends it.
#[derive(Clone, Copy)]
pub(super) struct Spoiled(pub(super) Fault);

/// Sends an answer as this fault changes it, until the deadline, and ends the connection.
pub(super) fn send(mut wire: Wire<'_>, response: &Response, method: &Method, fault: Fault, by: Instant) {
    let body = response.body().as_bytes();
    let half = body.len() / 2;
    let framed = |version, framing: Option<String>| head(response, version, framing.as_ref(), false);
    let sized = |bytes: usize| framed("HTTP/1.1", Some(format!("content-length: {bytes}")));
    let mut tell = |parts: &[&[u8]]| parts.iter().all(|part| wire.write(part, by).is_ok());
    let (told, then) = match fault {
        Fault::StallBeforeAnswer => (true, Then::Stall),
        Fault::StallInAnswer => (tell(&[&sized(body.len()), &body[..half]]), Then::Stall),
        Fault::DripAnswer => (tell(&[&sized(body.len())]), Then::Drip),
        Fault::EndlessAnswer => (tell(&[&framed("HTTP/1.1", None), body]), Then::Flood),
        Fault::CutAnswer => (tell(&[&sized(body.len()), &body[..half]]), Then::Close),
        Fault::OverstateLength => (tell(&[&sized(body.len() + OVERSTATED_BYTES), body]), Then::Close),
        Fault::UnderstateLength => (tell(&[&sized(half), body]), Then::Close),
        Fault::GarbleChunks => {
            let size = format!("{half:x}\r\n");
            let chunks = [size.as_bytes(), &body[..half], b"\r\n", NO_CHUNK, &body[half..]].concat();
            (tell(&[&framed("HTTP/1.1", Some(CHUNKED.to_owned())), &chunks]), Then::Close)
        }
        Fault::InterimAnswers => (tell(&[INTERIM, &written(response, method, false)]), Then::Close),
        Fault::OldHttp => (tell(&[&framed("HTTP/1.0", None), body]), Then::Close),
        // The response claims that the connection is kept.
        _ => (tell(&[&written(response, method, true)]), Then::Close),
    };
    if !told {
        return;
    }
    match then {
        Then::Close => wire.close(),
        Then::Stall => stall(&mut wire, by),
        Then::Drip => {
            let (_, drops) = body.split_last().unwrap_or((&0, &[]));
            if drops.iter().all(|drop| wire.stays(DRIP_PAUSE) && wire.write(&[*drop], by).is_ok()) {
                stall(&mut wire, by);
            }
        }
        Then::Flood => while wire.write(&[b' '; 16 * 1024], by).is_ok() {},
    }
}

/// The step after the first bytes.
enum Then {
    Close,
    Stall,
    Drip,
    Flood,
}

fn stall(wire: &mut Wire<'_>, by: Instant) {
    let _ = wire.stays(by.saturating_duration_since(Instant::now()));
}
