//! The answer to the client, and its data for the ledger.

use http::{HeaderName, HeaderValue, StatusCode, header};
use time::OffsetDateTime;

use crate::{
    model::{Body, Response, SANDBOX_HEADER, http_date},
    sandbox::{faults::Fault, ledger::Call},
    transport::TransportError,
};

/// The path of what the sandbox itself serves, which belongs to no vendor.
pub(super) const OWN_PATH: &str = "/sandbox/";
/// The type of its JSON.
pub(super) const JSON: &str = "application/json; charset=utf-8";
/// The largest number of calls that one command can spoil.
pub(super) const MAX_FAULTY_CALLS: usize = 1_000_000;

/// The part of an answer that arrives.
pub(super) enum Delivery {
    /// The answer with its code, which contains nothing from the client.
    Whole(Response, &'static str),
    /// The same, as this fault sends it.
    Spoiled(Response, &'static str, Fault),
    Lost(TransportError),
}

/// The outside inputs of an answer.
pub(super) struct Moment {
    pub(super) now: OffsetDateTime,
    pub(super) random: [u64; 4],
    /// The call's number.
    pub(super) number: u64,
}

/// A vendor's answer and its data for the ledger.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
    pub(super) call: Call,
    pub(super) code: &'static str,
    pub(super) request_id: Option<String>,
    pub(super) charged: bool,
    pub(super) note: Option<&'static str>,
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &'static str, body: impl Into<Body>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
            call: Call::Unknown,
            code: "",
            request_id: None,
            charged: false,
            note: None,
        }
    }

    /// The own answer of a proxy before a vendor.
    pub(super) fn of_a_proxy(status: u16, text: &'static str) -> Self {
        Self::new(status, "text/html", format!("<html>{status} {text} (sandbox)</html>\n"))
    }

    pub(super) fn into_response(self, now: OffsetDateTime) -> Response {
        let mut response = Response::new(self.body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(SANDBOX_HEADER, HeaderValue::from_static("1"));
        let date = ("date", http_date(now));
        for (name, value) in self.headers.into_iter().chain([date]) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
