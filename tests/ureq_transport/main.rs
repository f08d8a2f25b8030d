//! `UreqTransport` against servers on this machine that misbehave in every way we know.

#![cfg(feature = "ureq")]
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod answers;
mod delivery;
mod idle;
mod idle_tls;
mod kinds;
mod privacy;
mod safety;
mod wire;

#[path = "../support/loopback.rs"]
mod loopback;

use std::time::Duration;

use liveness::{AttemptTimeout, Body, Request, Response, Transport, TransportError, UreqTransport};

/// Long enough for an honest answer on a busy machine, short enough to wait for.
const SHORT: Duration = Duration::from_secs(1);

/// Far more than [`SHORT`]: what a time-out that does not hold would exceed.
const FAR_TOO_LONG: Duration = Duration::from_secs(15);

fn get(url: impl AsRef<str>) -> Request {
    http::Request::get(url.as_ref()).body(Body::empty()).unwrap()
}

fn post(url: impl AsRef<str>) -> Request {
    http::Request::post(url.as_ref()).body(Body::from("name=value")).unwrap()
}

fn within(mut request: Request, timeout: Duration) -> Request {
    request.extensions_mut().insert(AttemptTimeout(timeout));
    request
}

fn send(request: Request) -> Result<Response, TransportError> {
    UreqTransport::new().send(request)
}

#[track_caller]
fn assert_unsent(result: Result<Response, TransportError>, reason: &str) {
    let error = result.unwrap_err();
    assert!(!error.may_have_been_sent(), "{error}");
    assert!(error.to_string().contains(reason), "{error}");
}

/// Unsent, and useless to try again.
#[track_caller]
fn assert_refused(result: Result<Response, TransportError>, reason: &str) {
    assert!(result.as_ref().is_err_and(TransportError::is_permanent), "{result:?}");
    assert_unsent(result, reason);
}

#[track_caller]
fn assert_perhaps_sent(result: Result<Response, TransportError>, reason: &str) {
    let error = result.unwrap_err();
    assert!(error.may_have_been_sent(), "{error}");
    assert!(error.to_string().contains(reason), "{error}");
}
