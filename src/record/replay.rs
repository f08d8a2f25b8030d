//! A transport that answers each request with its recorded exchange.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    cassette::{Cassette, CassetteError},
    exchange::Exchange,
    matching::{Bound, Difference, differences},
    redact::{Comparable, Known, masked},
};
use crate::{
    model::{Request, Response},
    provider::FieldKind,
    transport::{Transport, TransportError},
};

/// How many differences of the nearest exchange are reported.
const MAX_DIFFERENCES: usize = 8;

/// A transport that answers from a [`Cassette`], never from the network.
///
/// The answer to a request is that of the first exchange that was not replayed yet and has the same method, path and
/// fields:
///
/// - keys, signatures, instants and headers are not compared, nor is the host;
/// - a photo, a return URL and a field that is in no table must only be present;
/// - names and ID numbers are your own and not the recorded ones: they must be equal where the recorded ones are
///   equal, and different where those differ;
/// - a token, and the address of a portrait, must be the one from a replayed answer, if there was one;
/// - anything else, such as colours and actions, must be equal.
///
/// If nothing matches, the error lists the fields in which the nearest exchange differs, without personal values.
/// Nothing was sent then, and it is not retried: [`TransportError::blocked`].
///
/// A replayed answer is not live: its [`Receipt::is_sandbox`](crate::Receipt::is_sandbox) is true.
///
/// ```
/// use liveness::{ErrorKind, Jumdata, LivenessProvider, Check, ReturnUrl, jumdata, record::{Cassette, ReplayTransport}};
///
/// let cassette = Cassette::from_json(r##"{"liveness_cassette": 1, "exchanges": [{
///   "request": {"method": "POST", "path": "/lifecheck/h5/v2/init", "fields": [
///     {"name": "returnUrl", "value": "https://return.example/return-1", "match": "present"},
///     {"name": "colors", "value": "#FFFFFF", "match": "exact"}]},
///   "answer": {"response": {"status": 200, "headers": [], "body": {"text": {"text": "{\"code\":602}"}}}}
/// }]}"##)?;
/// let keys = jumdata::Credentials { app_id: "app-id".into(), app_secret: "app-secret".into() };
/// let provider = Jumdata::new(keys, ReplayTransport::new(cassette));
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
///
/// // It was recorded with a flash.
/// let error = provider.begin(&check).unwrap_err();
/// assert!(error.to_string().contains("`colors` was recorded and is not sent"), "{error}");
///
/// let white = liveness::Challenge::new([], [liveness::FlashColor::WHITE])?;
/// assert_eq!(provider.begin(&check.with_challenge(white)).unwrap_err().kind(), ErrorKind::Denied);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ReplayTransport {
    known: Arc<Known>,
    state: Arc<Mutex<State>>,
}

struct State {
    exchanges: Vec<Exchange>,
    was_replayed: Vec<bool>,
    bound: Bound,
}

impl ReplayTransport {
    /// Answers from this cassette.
    pub fn new(cassette: Cassette) -> Self {
        let exchanges = cassette.exchanges().to_vec();
        let was_replayed = vec![false; exchanges.len()];
        let state = State { exchanges, was_replayed, bound: Bound::default() };
        Self { known: Arc::new(Known::new()), state: Arc::new(Mutex::new(state)) }
    }

    /// Answers from the cassette in this file.
    ///
    /// # Errors
    ///
    /// As [`Cassette::from_file`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        Cassette::from_file(path).map(Self::new)
    }

    /// Adds a table of fields: the one that the recording had. Defaults to the tables of both vendors.
    pub fn with_fields(mut self, fields: &'static [(&'static str, FieldKind)]) -> Self {
        Arc::make_mut(&mut self.known).add(fields);
        self
    }

    /// How many exchanges were not replayed yet.
    pub fn remaining(&self) -> usize {
        self.lock().was_replayed.iter().filter(|was| !**was).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for ReplayTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let body = request.body().as_bytes();
        let sent = Comparable::of(request.method(), request.uri(), body, &self.known, false);
        let state = &mut *self.lock();
        let mut nearest: Option<(usize, Vec<Difference>)> = None;
        for at in 0..state.exchanges.len() {
            let recorded = &state.exchanges[at].request;
            if recorded.method != sent.method.as_str() || recorded.path != sent.path {
                continue;
            }
            let is_given = |value: &str| state.exchanges.iter().any(|exchange| exchange.gives(value));
            let (mut found, bound) = differences(recorded, &sent, &state.bound, &self.known, is_given);
            if state.was_replayed[at] {
                found.push(Difference::replayed());
            }
            if found.is_empty() {
                state.bound = bound;
                state.was_replayed[at] = true;
                return state.exchanges[at].replayed();
            }
            if nearest.as_ref().is_none_or(|(_, least)| found.len() < least.len()) {
                nearest = Some((at, found));
            }
        }
        let call = format!("{} {}", masked_method(&sent), sent.path);
        Err(TransportError::blocked(match nearest {
            None => format!("the cassette has no exchange for {call}"),
            Some((at, differences)) => {
                let all = differences.iter().take(MAX_DIFFERENCES).map(Difference::to_string).collect::<Vec<_>>();
                format!(
                    "the cassette has no exchange left for {call}; the nearest is number {}: {}",
                    at + 1,
                    all.join("; ")
                )
            }
        }))
    }
}

/// A custom method may be any word.
fn masked_method(sent: &Comparable) -> String {
    match sent.method {
        http::Method::GET | http::Method::POST => sent.method.to_string(),
        ref other => masked(other.as_str()),
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.lock().exchanges.len();
        f.debug_struct("ReplayTransport")
            .field("exchanges", &all)
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
