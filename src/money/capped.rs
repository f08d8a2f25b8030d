//! Caps for a provider without a journal, within one process.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{
    caps::{CapUse, Caps},
    journal::{Answer, Closing, Ending, Fingerprint, Intent, Journal, MemoryJournal, Opened, TryKey},
};
use crate::{
    client::CallOptions,
    model::{
        Charges, Clock, Error, ErrorKind, Event, Observer, Portrait, ProviderId, Ran, Reference, Result, Text, Verdict,
        tell, tell_refused,
    },
    provider::{CallKind, Check, LivenessProvider, Progress, Requirements, Session},
};

/// How long a call counts as in flight if it never ends, because its thread panicked.
const LEASE: Duration = Duration::from_secs(600);
/// Longer than any cap looks back.
const RETENTION: time::Duration = time::Duration::days(2);

/// Enforces caps on a provider within one process, without a journal. Each process has its own count, and a restart
/// begins at zero. [`AtMostOnce`](super::AtMostOnce) enforces caps over all processes that share a journal, these
/// included.
///
/// Share one by an `Arc`: two of them count separately.
///
/// If you have a journal, set the caps of `AtMostOnce` instead. Around an `AtMostOnce`, this type does not count a
/// repeat. But while a cap is used up it refuses a repeat too, and each refusal because of a doubt counts as the
/// possible charge that the refusal reports.
///
/// ```
/// use liveness::{
///     Check, ErrorKind, Goal, LivenessProvider, Outcome, Progress, ProviderId, Receipt, Requirements, Verdict,
///     mock::MockLivenessProvider, money::{Capped, Caps},
/// };
///
/// let mut vendor = MockLivenessProvider::new();
/// vendor.expect_id().return_const("acme/a".parse::<ProviderId>()?);
/// vendor.expect_begin().times(2).returning(|_| {
///     Ok(Progress::Done(Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?))))
/// });
///
/// let provider = Capped::new(vendor, Caps::new().with_per_day(2));
/// assert!(provider.begin(&Check::liveness()).is_ok() && provider.begin(&Check::liveness()).is_ok());
/// assert_eq!(provider.begin(&Check::liveness()).unwrap_err().kind(), ErrorKind::BudgetExceeded);
/// # Ok::<(), liveness::Error>(())
/// ```
pub struct Capped<P> {
    inner: P,
    caps: Caps,
    /// Used for its counts only: each call has its own name.
    counts: MemoryJournal,
    calls: AtomicU32,
    observer: Arc<dyn Observer>,
}

impl<P: LivenessProvider> Capped<P> {
    /// Enforces these caps on the provider.
    pub fn new(inner: P, caps: Caps) -> Self {
        let counts = MemoryJournal::new().with_retention(RETENTION);
        Self { inner, caps, counts, calls: AtomicU32::new(0), observer: Arc::new(()) }
    }

    /// Sets the clock of its minutes and days. Defaults to [`SystemClock`](crate::SystemClock).
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.counts = self.counts.with_clock(clock);
        self
    }

    /// Sets the observer that is notified when a cap is near or reached. Defaults to none.
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    fn within(
        &self,
        reference: Option<&Reference>,
        call: CallKind,
        before: Charges,
        make: impl FnOnce() -> Result<Progress>,
    ) -> Result<Progress> {
        let ticket = match self.counts.open(&self.intent(reference, call)?)? {
            Opened::New(ticket) => ticket,
            Opened::OverCap(cap) => {
                let provider = self.inner.id();
                tell(&*self.observer, &Event::CapReached { provider, cap: cap.cap.as_str(), limit: cap.limit });
                let error = over_cap(cap).with_provider(provider.clone());
                let error = match reference {
                    Some(reference) => error.with_reference(reference.clone()),
                    None => error,
                };
                tell_refused(&*self.observer, provider, call.as_str(), &error);
                return Err(error);
            }
            // The name is unique to this call, so the journal cannot have it yet.
            _ => return Err(Error::new(ErrorKind::InProgress)),
        };
        if let Some(near) = ticket.near {
            let (provider, cap) = (self.inner.id(), near.cap.as_str());
            tell(&*self.observer, &Event::CapNear { provider, cap, used: near.used, limit: near.limit });
        }
        let answered = make();
        let (ending, charges) = match &answered {
            Ok(progress) => {
                let charges = if is_repeat(progress, call) { Charges::NONE } else { progress.charges_since(before) };
                (Ending::Answered { answer: Answer::Lost, sealed: None }, charges)
            }
            Err(error) if error.ran() == Ran::No => (Ending::Free(Box::new(error.record())), error.charges()),
            Err(error) => (Ending::Answered { answer: Answer::Lost, sealed: None }, error.charges()),
        };
        // A journal in memory cannot fail here.
        let _ = self.counts.close(&ticket, &Closing::new(ending, charges));
        answered
    }

    fn intent(&self, reference: Option<&Reference>, call: CallKind) -> Result<Intent> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let named = match reference {
            Some(reference) => reference.clone(),
            None => Reference::parse(&format!("call-{number}"))?,
        };
        let key = TryKey::new(named, number.saturating_add(1), call);
        let mut intent = Intent::new(key, self.inner.id().clone(), Fingerprint::new(0, "", String::new()));
        let caps = if call == CallKind::Resume { self.caps.of_results() } else { self.caps };
        (intent.lease, intent.exposure, intent.caps) = (LEASE, self.inner.exposure(call), caps);
        Ok(intent)
    }
}

/// Whether the answer came from a journal without a call. A session without a result is never a repeat, because its
/// receipt is that of the opening.
fn is_repeat(progress: &Progress, call: CallKind) -> bool {
    match (progress, call) {
        (Progress::Done(verdict), _) => verdict.receipt().is_repeat(),
        (Progress::Pending(session), CallKind::Begin) => session.receipt().is_repeat(),
        (Progress::Pending(_), CallKind::Resume) => false,
    }
}

/// The error of a call for which a cap has no room.
pub(super) fn over_cap(cap: CapUse) -> Error {
    Error::new(ErrorKind::BudgetExceeded).with_field(cap.cap.as_str()).with_reason(Text {
        english: format!("the cap {} is used up (limit {})", cap.cap, cap.limit),
        chinese: format!("已达到上限 {}（{}）", cap.limit, cap.cap),
    })
}

#[deny(clippy::missing_trait_methods, reason = "a method that is not forwarded would lose the caller's options")]
impl<P: LivenessProvider> LivenessProvider for Capped<P> {
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
        self.within(check.reference(), CallKind::Begin, Charges::NONE, || self.inner.begin_with(check, options))
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        self.resume_with(session, &CallOptions::new())
    }

    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let reference = session.receipt().reference();
        self.within(reference, CallKind::Resume, session.charges(), || self.inner.resume_with(session, options))
    }

    fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
        self.inner.portrait(verdict)
    }
}

impl<P: fmt::Debug> fmt::Debug for Capped<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capped").field("inner", &self.inner).field("caps", &self.caps).finish_non_exhaustive()
    }
}
