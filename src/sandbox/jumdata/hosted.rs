//! Receives the messages of the hosted page: the picture of the person, or the failure of the camera.

use super::session::{Session, Stage};
use crate::{
    model::Request,
    photo::{ByteLimit, Photo, PhotoFormat, PhotoSpec},
    sandbox::{emulator::Sandbox, form::Form, reply::Reply},
};

/// The largest frame that the page may send, in bytes.
const MAX_FRAME_BYTES: usize = 4_000_000;
/// A frame of any size that is a JPEG.
const FRAME: PhotoSpec = PhotoSpec::new(ByteLimit::Raw(MAX_FRAME_BYTES)).with_formats(&[PhotoFormat::Jpeg]);

/// Accepts the captured frame; the first one counts. It is the portrait that a pass returns.
pub(in crate::sandbox) fn capture(sandbox: &Sandbox, request: &Request) -> Reply {
    let frame = request.body().as_bytes();
    if frame.len() > MAX_FRAME_BYTES {
        return told(413, "the picture is larger than 4 MB");
    }
    if Photo::from_bytes(frame, &FRAME).is_err() {
        return told(415, "the picture is no JPEG");
    }
    end(sandbox, request, Stage::Filmed, Some(frame))
}

/// Notes that the camera was refused, is missing or failed.
pub(in crate::sandbox) fn failure(sandbox: &Sandbox, request: &Request) -> Reply {
    end(sandbox, request, Stage::NotFilmed, None)
}

fn end(sandbox: &Sandbox, request: &Request, stage: Stage, frame: Option<&[u8]>) -> Reply {
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
    let now = sandbox.now();
    match query.get("token").and_then(|token| {
        sandbox
            .lock()
            .sessions
            .get(token)
            .map(|session: &mut Session| (session.end(stage, frame.map(<[u8]>::to_vec), now), session.is_expired(now)))
    }) {
        None => told(404, "the token is unknown"),
        Some((true, _)) => told(200, "taken"),
        Some((false, true)) => told(410, "the token expired"),
        Some((false, false)) => told(409, "the check is over already"),
    }
}

fn told(status: u16, text: &'static str) -> Reply {
    Reply::new(status, "text/plain; charset=utf-8", format!("{text} (sandbox)\n"))
}
