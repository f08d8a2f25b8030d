//! Traces and metrics of each call, attempt and doubt.
//!
//! Everything here is an [`Observer`]: a provider reports its calls and attempts to it, and the rooms around
//! providers report on the journal, caps and breakers. `TracingObserver` (feature `tracing`) turns the reports into
//! spans and events, and `MetricsObserver` (feature `metrics`) counts them for the recorder that the program
//! installs. Give the same one to each, in an `Arc`; a pair reports to both:
//!
//! ```
//! # #[cfg(all(feature = "tracing", feature = "metrics"))] {
//! use std::sync::Arc;
//! use liveness::{
//!     Check, LivenessProvider, ReturnUrl, Jumdata, Sandbox,
//!     money::{AtMostOnce, MemoryJournal, SealingKey},
//!     observe::{MetricsObserver, TracingObserver},
//! };
//!
//! let seen = Arc::new((TracingObserver::new(), MetricsObserver::new()));
//! let account = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new()).with_observer(Arc::clone(&seen));
//! let provider = AtMostOnce::sealing(account, MemoryJournal::new(), SealingKey::new([7; 32]))?.with_observer(seen);
//! let check = Check::liveness()
//!     .with_return_url(ReturnUrl::parse("https://shop.example/back")?)
//!     .with_reference("order-7".parse()?);
//! let _session = provider.begin(&check)?;
//! # }
//! # Ok::<(), liveness::Error>(())
//! ```
//!
//! [`METRICS`] and [`EVENTS`] list everything; the manual's page on observability shows both. None of it contains
//! personal data, a key, a token, or an address with a path, and every label is a word of a closed set or the
//! operator's own name of an account.

mod catalogue;
#[cfg(feature = "metrics")]
mod counters;
mod metrics;
#[cfg(feature = "tracing")]
mod spans;
#[cfg(feature = "tracing")]
mod traced;

#[cfg(feature = "metrics")]
pub use self::counters::MetricsObserver;
pub use self::{
    catalogue::{ATTEMPT_SPAN, CALL_SPAN, CHECK_SPAN, EVENTS, EventInfo, SpanField},
    metrics::{METRICS, MetricInfo, MetricKind},
};
#[cfg(feature = "tracing")]
pub use self::{spans::TracingObserver, traced::Traced};
#[cfg(any(feature = "metrics", feature = "tracing"))]
use crate::model::{CallResult, CallSummary, Delivery, ErrorKind};
use crate::{
    model::{Event, Observer, tell},
    photo::{Photo, PhotoError},
};

/// Reports to an observer how a photo was prepared, or why it was refused. The `Preparer` has no observer, so that
/// preparing costs nothing more; its report has the time of each stage. A photo that [`Photo::from_bytes`] accepted
/// unchanged has no report, and nothing is reported for it.
///
/// ```
/// use liveness::{Event, Observer, PhotoSpec, observe, photo::Photo};
///
/// #[derive(Debug)]
/// struct Alarm;
///
/// impl Observer for Alarm {
///     fn on(&self, event: &Event<'_>) {
///         assert!(matches!(event, Event::PhotoRefused { kind: "empty", .. }));
///     }
/// }
///
/// let refused = Photo::from_bytes(*b"", &PhotoSpec::TENCENT_MARKET);
/// observe::photo(&Alarm, &refused);
/// ```
pub fn photo(observer: &dyn Observer, prepared: &Result<Photo, PhotoError>) {
    let report = match prepared {
        Ok(photo) => photo.report(),
        Err(error) => return tell(observer, &Event::PhotoRefused { kind: error.kind().as_str() }),
    };
    let Some(report) = report else { return };
    tell(
        observer,
        &Event::PhotoPrepared {
            source: report.source.format.as_str(),
            passed_through: report.passed_through,
            bytes_in: report.source.bytes,
            bytes_out: report.bytes,
            decode: report.times.decode,
            resize: report.times.resize,
            colour: report.times.colour,
            measure: report.times.measure,
            encode: report.times.encode,
        },
    );
}

/// Whether a call with this end may have run and been billed while its answer is lost. Traces and metrics share this
/// rule.
#[cfg(any(feature = "metrics", feature = "tracing"))]
fn is_in_doubt(is_paid: bool, delivery: Delivery, summary: &CallSummary<'_>) -> bool {
    is_paid
        && match summary.result {
            CallResult::Failed { kind: ErrorKind::OutcomeUnknown, .. } => delivery != Delivery::NotSent,
            CallResult::Panicked => summary.charges.possible() > 0,
            _ => false,
        }
}
