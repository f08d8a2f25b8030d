//! An observer that writes spans and events to `tracing`.

use std::{cell::RefCell, time::Duration};

use ::tracing::{Level, event, field::Empty, info_span, span::EnteredSpan};

use super::is_in_doubt;
use crate::model::{CallResult, CallSummary, Delivery, ErrorKind, Event, Observer, ProviderId, Reference};

/// The target of every span and event.
pub(super) const TARGET: &str = "liveness";

/// Turns events into spans and events of `tracing`: a span for each call and, within it, one for each attempt, with
/// OpenTelemetry's names for HTTP clients where they exist. [`EVENTS`](super::EVENTS),
/// [`CALL_SPAN`](super::CALL_SPAN) and [`ATTEMPT_SPAN`](super::ATTEMPT_SPAN) list them. Their target is `liveness`.
///
/// [`Traced`](super::Traced) adds a span for a whole check, with the steps of the rooms around the provider.
///
/// The spans are entered on the thread that makes the call. So the call is a child of your own span there, and the
/// spans of your transport are children of the attempt. No path of an address, no header and no body is ever
/// recorded.
///
/// ```
/// use liveness::{Jumdata, Sandbox, observe::TracingObserver};
///
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new()).with_observer(TracingObserver::new());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingObserver(());

impl TracingObserver {
    /// An observer that reports to the subscriber of the thread, or to the global one.
    pub const fn new() -> Self {
        Self(())
    }
}

/// A span that is entered on this thread.
struct Open {
    call: u64,
    is_attempt: bool,
    span: EnteredSpan,
}

thread_local! {
    /// The spans of the calls that this thread makes, the innermost at the end.
    static OPEN: RefCell<Vec<Open>> = const { RefCell::new(Vec::new()) };
}

fn enter(call: u64, is_attempt: bool, span: EnteredSpan) {
    let _ = OPEN.try_with(|open| open.borrow_mut().push(Open { call, is_attempt, span }));
}

/// Leaves the span of this call or attempt, and those within it that had no end of their own. The span still includes
/// what `last` records.
fn leave(call: u64, is_attempt: bool, last: impl FnOnce(&EnteredSpan)) {
    let is_wanted = |open: &Open| open.call == call && open.is_attempt == is_attempt;
    loop {
        // The list is not borrowed while a subscriber is called.
        let top = OPEN.try_with(|open| {
            let mut open = open.borrow_mut();
            open.iter().any(is_wanted).then(|| open.pop()).flatten()
        });
        match top {
            Ok(Some(open)) if is_wanted(&open) => return last(&open.span),
            Ok(Some(_)) => {}
            _ => return,
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Observer for TracingObserver {
    fn on(&self, event: &Event<'_>) {
        match *event {
            Event::CallBegan { call, provider, name, is_paid, reference } => {
                let span = info_span!(
                    target: TARGET,
                    "liveness.call",
                    liveness.vendor = provider.vendor(),
                    liveness.account = provider.account(),
                    liveness.call = name,
                    liveness.paid = is_paid,
                    liveness.reference = reference.map(|reference| reference.as_str()),
                    liveness.result = Empty,
                    liveness.actor = Empty,
                    liveness.code = Empty,
                    liveness.request_id = Empty,
                    liveness.billed = Empty,
                    liveness.charges.certain = Empty,
                    liveness.charges.possible = Empty,
                    liveness.attempts = Empty,
                    liveness.elapsed_ms = Empty,
                    "error.type" = Empty,
                    otel.status_code = Empty,
                );
                enter(call, false, span.entered());
            }
            Event::AttemptBegan { call, provider, name, number, method, host, port, sent_id, bytes } => {
                let span = info_span!(
                    target: TARGET,
                    "liveness.attempt",
                    otel.name = method,
                    otel.kind = "client",
                    http.request.method = method,
                    server.address = host,
                    server.port = port,
                    http.request.resend_count = (number > 1).then(|| number - 1),
                    http.request.body.size = bytes,
                    http.response.status_code = Empty,
                    http.response.body.size = Empty,
                    "error.type" = Empty,
                    otel.status_code = Empty,
                    liveness.vendor = provider.vendor(),
                    liveness.call = name,
                    liveness.attempt = number,
                    liveness.sent_id = sent_id,
                    liveness.delivery = Empty,
                    liveness.elapsed_ms = Empty,
                );
                enter(call, true, span.entered());
            }
            Event::AttemptEnded { call, delivery, status, error, bytes, elapsed, .. } => leave(call, true, |span| {
                span.record("liveness.delivery", delivery.as_str());
                span.record("liveness.elapsed_ms", milliseconds(elapsed));
                if let Some(status) = status {
                    span.record("http.response.status_code", status);
                    span.record("http.response.body.size", bytes);
                }
                if let Some(error) = error {
                    span.record("error.type", error);
                } else if let Some(status) = status.filter(|status| *status >= 400) {
                    span.record("error.type", ::tracing::field::display(status));
                }
                if delivery != Delivery::Answered || status.is_some_and(|status| status >= 400) {
                    span.record("otel.status_code", "ERROR");
                }
            }),
            Event::CallEnded {
                call, provider, name, is_paid, reference, attempts, delivery, elapsed, summary, ..
            } => {
                leave(call, false, |span| {
                    span.record("liveness.attempts", attempts);
                    span.record("liveness.elapsed_ms", milliseconds(elapsed));
                    record(span, &summary);
                    let is_in_doubt = is_in_doubt(is_paid, delivery, &summary);
                    ended(provider, name, reference, &summary, is_in_doubt);
                });
            }
            ref other => told(other),
        }
    }
}

fn record(span: &EnteredSpan, summary: &CallSummary<'_>) {
    span.record("liveness.result", summary.result.as_str());
    span.record("liveness.billed", summary.charges.billed().as_str());
    span.record("liveness.charges.certain", summary.charges.certain());
    span.record("liveness.charges.possible", summary.charges.possible());
    if let Some(code) = summary.vendor_code {
        span.record("liveness.code", code);
    }
    if let Some(id) = summary.request_id {
        span.record("liveness.request_id", id);
    }
    if let CallResult::Failed { actor, .. } = summary.result {
        span.record("liveness.actor", actor.as_str());
    }
    if matches!(summary.result, CallResult::Failed { .. } | CallResult::Panicked) {
        span.record("error.type", summary.result.as_str());
        span.record("otel.status_code", "ERROR");
    }
}

/// The last event within a call's span: one line for each call, which names its account even if spans are not
/// recorded.
fn ended(
    provider: &ProviderId,
    call: &'static str,
    reference: Option<&Reference>,
    summary: &CallSummary<'_>,
    is_in_doubt: bool,
) {
    let (result, charges) = (summary.result.as_str(), summary.charges);
    let (code, request_id, reference) = (summary.vendor_code, summary.request_id, reference.map(Reference::as_str));
    macro_rules! say {
        ($name:literal, $level:ident, $text:literal) => {
            event!(
                name: $name, target: TARGET, Level::$level,
                %provider, call, reference, result, code, request_id, %charges,
                $text
            )
        };
    }
    match summary.result {
        _ if is_in_doubt => {
            say!("liveness.outcome_unknown", ERROR, "the call may have run and been billed, and its response is lost");
        }
        CallResult::Failed { .. } | CallResult::Panicked => say!("liveness.call_failed", WARN, "the call failed"),
        _ => say!("liveness.call_ended", INFO, "the call ended"),
    }
}

/// Writes an event without its own span.
fn told(told: &Event<'_>) {
    macro_rules! say {
        ($name:literal, $level:ident, $text:literal $(, $($fields:tt)*)?) => {
            event!(name: $name, target: TARGET, Level::$level, $($($fields)*,)? $text)
        };
    }
    match *told {
        Event::CallRefused { provider, name, kind, actor, reference } => {
            say!("liveness.call_refused", WARN, "the call was refused before it began", %provider, call = name,
                kind = kind.as_str(), actor = actor.as_str(), reference = reference.map(|reference| reference.as_str()));
        }
        Event::Retrying { provider, name, number, kind, wait, .. } => {
            say!("liveness.retry", WARN, "the call is sent once more after a pause", %provider, call = name, attempt = number,
                kind = kind.as_str(), wait_ms = milliseconds(wait));
        }
        Event::RetryBudgetEmpty { provider } => {
            say!("liveness.retry_budget_empty", WARN, "the retries are used up", %provider);
        }
        Event::ClockSkew { provider, seconds } => {
            say!("liveness.clock_skew", WARN, "the vendor's clock is ahead of ours by so many seconds", %provider, seconds);
        }
        Event::AnswerRepaired { provider, name, repair } => {
            say!("liveness.answer_repaired", WARN, "the response could be read only after a repair", %provider, call = name,
                repair = repair.as_str());
        }
        Event::JournalOpened { provider, reference, attempt, call } => {
            say!("liveness.journal_opened", DEBUG, "the journal recorded the try", %provider,
                reference = reference.as_str(), attempt, call);
        }
        Event::JournalHeld { provider, reference, standing } => {
            say!("liveness.journal_held", INFO, "the journal already has this try: no call was made", %provider,
                reference = reference.as_str(), standing);
        }
        Event::JournalClosed { provider, reference, attempt, call, ending: "in_doubt", charges } => {
            say!("liveness.journal_in_doubt", ERROR, "the call is in doubt: settle it by evidence", %provider,
                reference = reference.as_str(), attempt, call, %charges);
        }
        Event::JournalClosed { provider, reference, attempt, call, ending, charges } => {
            say!("liveness.journal_closed", DEBUG, "the journal recorded how the call ended", %provider,
                reference = reference.as_str(), attempt, call, ending, %charges);
        }
        Event::JournalFailed { provider, reference, error } => {
            say!("liveness.journal_failed", ERROR, "the journal cannot be used: no call was made", %provider,
                reference = reference.as_str(), error);
        }
        Event::NotRecorded { provider, reference } => {
            say!("liveness.not_recorded", ERROR, "the journal could not record the response", %provider,
                reference = reference.as_str());
        }
        Event::GateNotAsked { provider } => {
            say!("liveness.gate_not_asked", WARN, "the provider does not call the `gate` of its `CallOptions` before it sends", %provider);
        }
        Event::CapNear { provider, cap, used, limit } => {
            say!("liveness.cap_near", WARN, "the cap is used up to 80 % or more", %provider, cap, used, limit);
        }
        Event::CapReached { provider, cap, limit } => {
            say!("liveness.cap_reached", ERROR, "the cap is used up: the call was refused", %provider, cap, limit);
        }
        // It comes with each check of a set that also has vendors of another kind, and needs no attention.
        Event::PassedOver { provider, kind: kind @ (ErrorKind::InvalidCheck | ErrorKind::Unsupported) } => {
            say!("liveness.passed_over_unfit", DEBUG, "the set left this provider out", %provider, kind = kind.as_str());
        }
        Event::PassedOver { provider, kind } => {
            say!("liveness.passed_over", WARN, "the set skipped this provider", %provider, kind = kind.as_str());
        }
        Event::BreakerOpened { set, provider } => {
            say!("liveness.breaker_opened", ERROR, "the provider failed repeatedly and is not called for a while", %set, %provider);
        }
        Event::BreakerClosed { set, provider } => {
            say!("liveness.breaker_closed", INFO, "the provider is called again", %set, %provider);
        }
        Event::PhotoPrepared {
            source,
            passed_through,
            bytes_in,
            bytes_out,
            decode,
            resize,
            colour,
            measure,
            encode,
        } => {
            say!(
                "liveness.photo_prepared",
                DEBUG,
                "the photo was prepared",
                source,
                passed_through,
                bytes_in,
                bytes_out,
                decode_ms = milliseconds(decode),
                resize_ms = milliseconds(resize),
                colour_ms = milliseconds(colour),
                measure_ms = milliseconds(measure),
                encode_ms = milliseconds(encode)
            );
        }
        Event::PhotoRefused { kind } => say!("liveness.photo_refused", INFO, "the photo was refused", kind),
        Event::CallBegan { .. } | Event::AttemptBegan { .. } | Event::AttemptEnded { .. } | Event::CallEnded { .. } => {
        }
    }
}
