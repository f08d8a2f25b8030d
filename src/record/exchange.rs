//! The part of one attempt that a cassette keeps.

use std::fmt;

use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::body::{MAX_IMAGE_BYTES, RecordedBody};
use crate::{
    model::{Body, Response, SANDBOX_HEADER},
    transport::{TransportError, TransportErrorKind},
};

/// One attempt of a call and its result, redacted. `Debug` shows neither fields nor texts.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use liveness::{Body, Request, Sandbox, Transport, record::{Cassette, Exchange, RecordingTransport}};
///
/// let cassette = Arc::new(Mutex::new(Cassette::new()));
/// let recording = RecordingTransport::new(Sandbox::new(), cassette.clone());
/// recording.send(Request::new(Body::from("secret=1")))?;
///
/// // Each attempt is one, in the order of their ends. Its stored form is what a cassette holds.
/// let exchanges: Vec<Exchange> = cassette.lock().unwrap().exchanges().to_vec();
/// assert_eq!(exchanges.len(), 1);
/// assert!(!serde_json::to_string(&exchanges[0]).unwrap().contains("secret=1"));
/// # Ok::<(), liveness::TransportError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub(super) request: RecordedRequest,
    pub(super) answer: RecordedAnswer,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Exchange");
        match &self.answer {
            RecordedAnswer::Response(response) => shown.field("status", &response.status),
            RecordedAnswer::Failure(failure) => shown.field("failure", &failure.kind),
        };
        shown.field("fields", &self.request.fields.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedRequest {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) fields: Vec<RecordedField>,
}

/// A field of a query or a form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedField {
    pub(super) name: String,
    pub(super) value: String,
    #[serde(rename = "match")]
    pub(super) matches: Match,
}

/// The rule by which a field of a request matches the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Match {
    /// It has the same value.
    Exact,
    /// It has the value from the cassette's answers, or otherwise, as in `Same`, always the same one.
    Given,
    /// It has equal values wherever the cassette has equal ones, and different values wherever the cassette has
    /// different ones.
    Same,
    /// It is present.
    Present,
    /// It is present or not: keys, signatures and instants.
    Ignored,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RecordedAnswer {
    Response(RecordedResponse),
    Failure(RecordedFailure),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: RecordedBody,
}

/// A [`TransportError`] without its source and without its reason, which is a text of the transport's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecordedFailure {
    pub(super) kind: TransportErrorKind,
    pub(super) may_have_been_sent: bool,
    pub(super) is_permanent: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) partial: Option<RecordedResponse>,
}

impl Exchange {
    /// Whether it can be replayed: a file may have been edited by hand.
    pub(super) fn is_replayable(&self) -> bool {
        let is_response = |response: &RecordedResponse| response.to_response().is_some();
        let is_answer = match &self.answer {
            RecordedAnswer::Response(response) => is_response(response),
            RecordedAnswer::Failure(failure) => failure.partial.as_ref().is_none_or(is_response),
        };
        is_answer && Method::from_bytes(self.request.method.as_bytes()).is_ok()
    }

    /// Whether its answer contains this text.
    pub(super) fn gives(&self, text: &str) -> bool {
        match &self.answer {
            RecordedAnswer::Response(RecordedResponse { body: RecordedBody::Text { text: said, .. }, .. }) => {
                holds_whole(said, text)
            }
            _ => false,
        }
    }

    /// The reported result of the transport.
    pub(super) fn replayed(&self) -> Result<Response, TransportError> {
        match &self.answer {
            RecordedAnswer::Response(response) => {
                response.to_response().ok_or_else(|| TransportError::blocked("the cassette's response is malformed"))
            }
            RecordedAnswer::Failure(failure) => Err(failure.to_error()),
        }
    }
}

/// Whether the text contains the sought one, not as a part of a longer one: `token-1` is not part of `token-12`.
fn holds_whole(text: &str, sought: &str) -> bool {
    let is_longer = |rest: &str| rest.starts_with(|char: char| char.is_ascii_digit());
    text.match_indices(sought).any(|(at, found)| !is_longer(&text[at + found.len()..]))
}

impl RecordedResponse {
    /// The response, marked as not live. `None` if it is malformed.
    fn to_response(&self) -> Option<Response> {
        if matches!(self.body, RecordedBody::Image { bytes, .. } if bytes > MAX_IMAGE_BYTES) {
            return None;
        }
        let body = self.body.to_bytes();
        let mut response = http::Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(self.status).ok()?;
        for (name, value) in &self.headers {
            let name = name.parse::<HeaderName>().ok()?;
            // A stand-in may have another length than the value that it replaces.
            let value =
                if name == header::CONTENT_LENGTH { HeaderValue::from(body.len()) } else { value.parse().ok()? };
            response.headers_mut().append(name, value);
        }
        response.headers_mut().insert(SANDBOX_HEADER, HeaderValue::from_static("1"));
        *response.body_mut() = Body::from(body);
        Some(response)
    }
}

impl RecordedFailure {
    fn to_error(&self) -> TransportError {
        let reason = format!("a recorded failure ({})", self.kind);
        let error = if self.may_have_been_sent { TransportError::new(reason) } else { TransportError::unsent(reason) };
        let error = if self.is_permanent { error.permanent() } else { error }.with_kind(self.kind);
        match self.partial.as_ref().and_then(RecordedResponse::to_response) {
            Some(partial) => error.with_partial(partial),
            None => error,
        }
    }
}
