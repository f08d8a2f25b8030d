//! A span around a whole check, with the steps of the rooms around a provider.

use ::tracing::{Span, field::Empty, info_span};

use super::spans::TARGET;
use crate::{
    client::CallOptions,
    model::{CallResult, Error, Portrait, ProviderId, Receipt, Reference, Result, Verdict},
    provider::{CallKind, Check, LivenessProvider, Progress, Requirements, Session},
};

/// Opens a span `liveness.check` around each `begin`, `resume` and `portrait` of the inner provider. Put it
/// outermost, around `AtMostOnce` or `Failover`. The spans of its calls are then children of it, and it includes the
/// events of the journal, caps, breakers and the set. [`CHECK_SPAN`](super::CHECK_SPAN) lists its fields.
///
/// A hosted check begins and resumes in two requests of yours, perhaps on two machines, so it has a span for each;
/// the reference joins them. It needs no observer, because it reports to the subscriber directly.
///
/// ```
/// use liveness::{Jumdata, LivenessProvider, Sandbox, observe::{Traced, TracingObserver}};
///
/// let account = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new()).with_observer(TracingObserver::new());
/// let provider = Traced::new(account);
/// assert_eq!(provider.id().to_string(), "jumdata/default");
/// ```
#[derive(Clone, Debug)]
pub struct Traced<P> {
    inner: P,
}

impl<P: LivenessProvider> Traced<P> {
    /// Wraps this provider.
    pub const fn new(inner: P) -> Self {
        Self { inner }
    }

    /// The provider inside.
    pub const fn inner(&self) -> &P {
        &self.inner
    }

    fn check(&self, step: &'static str, reference: Option<&Reference>, attempt: u32) -> Span {
        let id = self.inner.id();
        info_span!(
            target: TARGET,
            "liveness.check",
            liveness.vendor = id.vendor(),
            liveness.account = id.account(),
            liveness.step = step,
            liveness.reference = reference.map(Reference::as_str),
            liveness.try = attempt,
            liveness.result = Empty,
            liveness.actor = Empty,
            liveness.answered_by = Empty,
            liveness.repeat = Empty,
            liveness.passed_over = Empty,
            liveness.billed = Empty,
            liveness.charges.certain = Empty,
            liveness.charges.possible = Empty,
            "error.type" = Empty,
            otel.status_code = Empty,
        )
    }
}

/// Runs a step within the span, and records how it ended.
fn seen(span: &Span, step: impl FnOnce() -> Result<Progress>) -> Result<Progress> {
    let progress = span.in_scope(step);
    let (result, charges, passed_over) = match &progress {
        Ok(Progress::Done(verdict)) => {
            answered(span, verdict.receipt());
            (CallResult::Verdict(verdict.outcome()), verdict.charges(), verdict.passed_over())
        }
        Ok(Progress::Pending(session)) => {
            answered(span, session.receipt());
            (CallResult::Pending, session.charges(), session.passed_over())
        }
        Err(error) => (failed(span, error), error.charges(), error.passed_over()),
    };
    span.record("liveness.result", result.as_str());
    span.record("liveness.billed", charges.billed().as_str());
    span.record("liveness.charges.certain", charges.certain());
    span.record("liveness.charges.possible", charges.possible());
    span.record("liveness.passed_over", passed_over.len());
    progress
}

fn answered(span: &Span, receipt: &Receipt) {
    span.record("liveness.answered_by", ::tracing::field::display(receipt.provider()));
    span.record("liveness.repeat", receipt.is_repeat());
}

fn failed(span: &Span, error: &Error) -> CallResult {
    let result = CallResult::Failed { kind: error.kind(), actor: error.actor() };
    span.record("liveness.actor", error.actor().as_str());
    span.record("error.type", result.as_str());
    span.record("otel.status_code", "ERROR");
    result
}

#[deny(clippy::missing_trait_methods, reason = "a method that is not forwarded would lose the caller's options")]
impl<P: LivenessProvider> LivenessProvider for Traced<P> {
    fn id(&self) -> &ProviderId {
        self.inner.id()
    }

    fn requirements(&self) -> Requirements {
        self.inner.requirements()
    }

    fn accounts(&self) -> Vec<ProviderId> {
        self.inner.accounts()
    }

    fn verify(&self, check: &Check) -> Result<()> {
        self.inner.verify(check)
    }

    fn exposure(&self, call: CallKind) -> u32 {
        self.inner.exposure(call)
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.begin_with(check, &CallOptions::new())
    }

    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let span = self.check(CallKind::Begin.as_str(), check.reference(), check.attempt());
        seen(&span, || self.inner.begin_with(check, options))
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        self.resume_with(session, &CallOptions::new())
    }

    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let receipt = session.receipt();
        let span = self.check(CallKind::Resume.as_str(), receipt.reference(), receipt.attempt());
        seen(&span, || self.inner.resume_with(session, options))
    }

    fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
        let receipt = verdict.receipt();
        let span = self.check(Portrait::CALL, receipt.reference(), receipt.attempt());
        let portrait = span.in_scope(|| self.inner.portrait(verdict));
        let result = portrait.as_ref().map_or_else(|error| failed(&span, error), |_| CallResult::Answered);
        span.record("liveness.result", result.as_str());
        portrait
    }
}
