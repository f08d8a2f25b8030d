//! A transport that records each attempt without risk to its answer.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    exchange::{Exchange, RecordedAnswer, RecordedFailure},
    redact::{Comparable, Known, Redactor, StandIns, recorded_response},
    sink::CassetteSink,
};
use crate::{
    model::{Body, Request, Response, Sent},
    provider::FieldKind,
    transport::{Transport, TransportError},
};

/// A transport that records the calls of another one. It is below the retries, so it sees each attempt.
///
/// Everything is **redacted before it is kept**: names, ID numbers, photos, portraits, keys, tokens, signatures,
/// addresses and birth dates are replaced by stand-ins, the same one for the same value. Every letter and digit that
/// is in no table of a vendor's fields is masked, even in an answer that does not parse. No value outlives its
/// exchange, not even in memory.
///
/// **Recording never costs an answer.** If the sink fails or panics, the answer is still returned;
/// [`not_recorded`](Self::not_recorded) counts the missing attempts and [`last_failure`](Self::last_failure) returns
/// the reason. Clones share the recording, so keep one for these two:
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use liveness::{Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox, record::{Cassette, RecordingTransport}};
///
/// let cassette = Arc::new(Mutex::new(Cassette::new()));
/// let recording = RecordingTransport::new(Sandbox::new(), cassette.clone());
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), recording.clone());
/// provider.begin(&Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back?order=7")?))?;
/// assert_eq!((cassette.lock().unwrap().exchanges().len(), recording.not_recorded()), (1, 0));
/// assert!(!cassette.lock().unwrap().to_json().contains("shop.example"));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone)]
pub struct RecordingTransport {
    inner: Arc<dyn Transport>,
    sink: Arc<dyn CassetteSink>,
    known: Arc<Known>,
    stand_ins: Arc<Mutex<StandIns>>,
    lost: Arc<Mutex<Lost>>,
}

/// The attempts that could not be recorded.
#[derive(Default)]
struct Lost {
    count: u64,
    last: Option<Arc<io::Error>>,
}

impl RecordingTransport {
    /// Records the calls of this transport into this sink, such as a [`CassetteFile`](super::CassetteFile).
    pub fn new(inner: impl Transport + 'static, sink: impl CassetteSink + 'static) -> Self {
        Self {
            inner: Arc::new(inner),
            sink: Arc::new(sink),
            known: Arc::new(Known::new()),
            stand_ins: Arc::new(Mutex::new(StandIns::new())),
            lost: Arc::default(),
        }
    }

    /// Adds a table of fields, of a vendor or a product of your own. It takes precedence over earlier tables; a field
    /// in no table is masked. Defaults to the tables of both vendors.
    pub fn with_fields(mut self, fields: &'static [(&'static str, FieldKind)]) -> Self {
        Arc::make_mut(&mut self.known).add(fields);
        self
    }

    /// How many attempts could not be recorded.
    pub fn not_recorded(&self) -> u64 {
        self.lost().count
    }

    /// Why the last one of them could not be recorded.
    pub fn last_failure(&self) -> Option<Arc<io::Error>> {
        self.lost().last.clone()
    }

    fn lost(&self) -> MutexGuard<'_, Lost> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, asked: &Asked, answered: &Result<Response, TransportError>) -> io::Result<()> {
        let exchange = {
            let stand_ins = &mut *self.stand_ins.lock().unwrap_or_else(PoisonError::into_inner);
            let Asked { method, uri, body, .. } = asked;
            let is_file = stand_ins.is_portrait(uri);
            let mut redactor = Redactor { known: &self.known, stand_ins, sent: Some(&asked.sent) };
            let request = Comparable::of(method, uri, body.as_bytes(), &self.known, is_file).recorded(&mut redactor);
            let answer = match answered {
                Ok(response) => RecordedAnswer::Response(recorded_response(response, &mut redactor)),
                Err(error) => RecordedAnswer::Failure(RecordedFailure {
                    kind: error.kind(),
                    may_have_been_sent: error.may_have_been_sent(),
                    is_permanent: error.is_permanent(),
                    partial: error.partial().map(|partial| recorded_response(partial, &mut redactor)),
                }),
            };
            Exchange { request, answer }
        };
        self.sink.keep(exchange)
    }
}

/// A request that is under way.
struct Asked {
    method: http::Method,
    uri: http::Uri,
    body: Body,
    sent: Sent,
}

impl Transport for RecordingTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let asked = Asked {
            method: request.method().clone(),
            uri: request.uri().clone(),
            body: request.body().clone(),
            sent: Sent::of(&request),
        };
        let answered = self.inner.send(request);
        // The answer may be paid for: no failure from here on may lose it.
        let recorded = catch_unwind(AssertUnwindSafe(|| self.record(&asked, &answered)))
            .unwrap_or_else(|_| Err(io::Error::other("recording panicked")));
        if let Err(error) = recorded {
            let mut lost = self.lost();
            lost.count = lost.count.saturating_add(1);
            lost.last = Some(Arc::new(error));
        }
        answered
    }
}

impl fmt::Debug for RecordingTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTransport").field("not_recorded", &self.not_recorded()).finish_non_exhaustive()
    }
}
