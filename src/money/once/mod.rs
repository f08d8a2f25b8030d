//! At most one payment for each try of a reference.

mod ending;
mod gate;
mod inputs;
mod planned;
mod repeat;
mod telling;

use std::{fmt, sync::Arc, time::Duration};

use self::{
    gate::JournalGate,
    inputs::Inputs,
    planned::{Paid, Planned, reference},
};
use crate::{
    client::CallOptions,
    model::{Clock, Error, Event, Observer, Portrait, ProviderId, Ran, Result, SystemClock, Text, Verdict},
    money::{
        capped::over_cap,
        caps::Caps,
        doubt::DoubtPolicy,
        journal::{Answer, Intent, Journal, JournalError, Opened, Record, Standing, State, Ticket, TryKey},
        seal::SealingKey,
    },
    provider::{CallKind, Check, LivenessProvider, Progress, Requirements, Session},
};

/// How long a call may take in all unless set otherwise.
const DEADLINE: Duration = Duration::from_secs(60);
/// How much longer than its call a ticket is valid: when the call is over by its own clock, the journal still waits.
const MARGIN: Duration = Duration::from_secs(30);
/// How often a caller that waits for another one checks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Pays at most once for each paid call of a try, over threads, processes, crashes and redelivered jobs. If it cannot
/// know whether it paid, it reports a doubt.
///
/// Before a call it writes the try down in a [`Journal`]; afterwards, how it ended. The name of a try is
/// [`Check::with_reference`], which it requires, and [`Check::with_attempt`]. The name is found again whichever
/// provider of the journal was called:
///
/// | what the journal has | what a second call gets |
/// |---|---|
/// | nothing ran | the call is made |
/// | an answer: a verdict of any outcome, a session or by now its verdict, an error after which something ran | the same answer, marked by [`Receipt::is_repeat`](crate::Receipt::is_repeat), and no call |
/// | in flight | `InProgress`, or it [waits](Self::with_wait) |
/// | in doubt | `OutcomeUnknown` until it is [settled](Journal::settle), or what the [`DoubtPolicy`] allows |
/// | other inputs under the same name | `InvalidCheck` naming `reference` |
///
/// It never promises "exactly once": neither vendor accepts an idempotency key. What a call may have cost is in the
/// journal and in [`Error::charges`].
///
/// Put it around each single provider, inside a set of providers, with one journal for all:
/// `Failover[AtMostOnce(A), AtMostOnce(B)]`. Around a set it could not know which call is in doubt: it refuses one.
///
/// A panic of the provider leaves the call in flight, and then in doubt.
///
/// ```
/// use liveness::{
///     Check, LivenessProvider, Outcome, Progress, ProviderId, Receipt, Requirements, Verdict,
///     mock::MockLivenessProvider, money::{AtMostOnce, MemoryJournal},
/// };
///
/// let mut vendor = MockLivenessProvider::new();
/// vendor.expect_id().return_const("acme/a".parse::<ProviderId>()?);
/// vendor.expect_requirements().returning(|| Requirements::new([liveness::Goal::Liveness]));
/// vendor.expect_begin().times(1).returning(|_| {
///     Ok(Progress::Done(Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?))))
/// });
///
/// let provider = AtMostOnce::new(vendor, MemoryJournal::new())?;
/// let check = Check::liveness().with_reference("order-7".parse()?);
/// let first = provider.begin(&check)?.into_verdict().unwrap();
/// let second = provider.begin(&check)?.into_verdict().unwrap(); // a redelivered job: no second call
/// assert!(!first.receipt().is_repeat() && second.receipt().is_repeat());
/// assert_eq!(second.outcome(), Outcome::Passed);
/// # Ok::<(), liveness::Error>(())
/// ```
pub struct AtMostOnce<P> {
    inner: P,
    journal: Arc<dyn Journal>,
    sealing: Option<SealingKey>,
    former: Vec<SealingKey>,
    salt: SealingKey,
    caps: Caps,
    doubt: DoubtPolicy,
    wait: Duration,
    deadline: Duration,
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
}

impl<P: LivenessProvider> AtMostOnce<P> {
    /// Wraps a one-shot provider. A repeated verdict comes without the person, whose data the journal does not keep.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `provider` for a set of providers, and naming `sealing_key` for a hosted provider: its sessions
    /// cannot be kept without [`sealing`](Self::sealing). As [`Journal::salt`] where the journal cannot be read.
    pub fn new(inner: P, journal: impl Journal + 'static) -> Result<Self> {
        if inner.requirements().is_hosted() {
            return Err(Error::configuration("sealing_key").with_provider(inner.id().clone()).with_reason(Text::new(
                "the sessions of a hosted provider must be stored, and the journal stores them only encrypted: use AtMostOnce::sealing",
                "托管页面供应商的会话必须保存，且流水日志只加密保存会话：请使用 AtMostOnce::sealing",
            )));
        }
        Self::build(inner, journal, None)
    }

    /// Wraps any provider. The data that a repeat needs is sealed under this key: a session's token, the person's
    /// record, the portrait's address.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `provider` for a set of providers. As [`Journal::salt`] where the journal cannot be read.
    pub fn sealing(inner: P, journal: impl Journal + 'static, key: SealingKey) -> Result<Self> {
        Self::build(inner, journal, Some(key))
    }

    fn build(inner: P, journal: impl Journal + 'static, sealing: Option<SealingKey>) -> Result<Self> {
        if inner.accounts().as_slice() != [inner.id().clone()] {
            return Err(Error::configuration("provider").with_provider(inner.id().clone()).with_reason(Text::new(
                "this provider contains several accounts: put AtMostOnce around each of them, with one journal",
                "该供应商包含多个账号：请用 AtMostOnce 分别包装每个账号，并共用一个流水日志",
            )));
        }
        let salt = SealingKey::new(journal.salt()?);
        Ok(Self {
            inner,
            journal: Arc::new(journal),
            sealing,
            former: Vec::new(),
            salt,
            caps: Caps::new(),
            doubt: DoubtPolicy::new(),
            wait: Duration::ZERO,
            deadline: DEADLINE,
            observer: Arc::new(()),
            clock: Arc::new(SystemClock),
        })
    }

    /// Adds a key that sealed earlier records. Defaults to none.
    pub fn with_former_key(mut self, key: SealingKey) -> Self {
        self.former.push(key);
        self
    }

    /// Sets the caps that are checked before each call. Defaults to none.
    pub fn with_caps(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }

    /// Sets what is allowed while a call is in doubt. Defaults to [`DoubtPolicy::new`].
    pub fn with_doubt(mut self, policy: DoubtPolicy) -> Self {
        self.doubt = policy;
        self
    }

    /// Sets how long a caller waits for the same try in flight elsewhere. Defaults to no wait (`InProgress`).
    pub fn with_wait(mut self, at_most: Duration) -> Self {
        self.wait = at_most;
        self
    }

    /// Sets how long a call may take in all. The journal keeps it in flight for 30 s more, so that every attempt is
    /// over by then. It shortens the provider's own deadline and never lengthens it. Defaults to 60 s.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the observer. Defaults to none.
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Sets the clock for its waits. The journal has its own. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The provider inside.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    /// The keys that may have sealed the records, the current one first.
    fn keys(&self) -> Vec<&SealingKey> {
        self.sealing.iter().chain(&self.former).chain([&self.salt]).collect()
    }

    /// Makes the call, or returns what the journal has of it.
    fn once(&self, planned: &Planned<'_>, options: &CallOptions) -> Result<Progress> {
        let start = self.clock.monotonic();
        let wait = options.deadline().map_or(self.wait, |deadline| deadline.min(self.wait));
        let intent = self.intent(planned, options);
        let signed = |error: JournalError| self.failed(planned, error);
        loop {
            match self.journal.open(&intent).map_err(signed)? {
                Opened::New(ticket) => {
                    self.tell_opened(planned);
                    let waited = self.clock.monotonic().saturating_sub(start);
                    return self.make(planned, &left(options, waited), ticket);
                }
                Opened::Answered(record) => {
                    self.tell_held(planned, "answered");
                    return repeat::answer(&self.newest(*record).map_err(signed)?, &self.keys());
                }
                Opened::InDoubt(record) => {
                    return Err(self.held(planned, "in_doubt", repeat::in_doubt(&record)));
                }
                Opened::OtherInputs(record) => {
                    return Err(self.held(planned, "other_inputs", repeat::other_inputs(&record, planned.field())));
                }
                Opened::UnknownKey(record) => {
                    return Err(self.held(planned, "unknown_key", repeat::unknown_key(&record)));
                }
                Opened::OverCap(cap) => {
                    let provider = self.inner.id();
                    self.tell(&Event::CapReached { provider, cap: cap.cap.as_str(), limit: cap.limit });
                    return Err(self.refused(self.signed(over_cap(cap), planned), planned.key.call()));
                }
                Opened::InFlight(record) => {
                    if self.clock.monotonic().saturating_sub(start) >= wait {
                        return Err(self.held(planned, "in_flight", repeat::in_flight(&record)));
                    }
                    self.wait_for(&record, start, wait).map_err(signed)?;
                }
            }
        }
    }

    /// The record itself; for a session whose verdict or end is known, the record of that.
    fn newest(&self, record: Record) -> Result<Record, JournalError> {
        if !matches!(record.state, State::Answered(Answer::Session(_))) {
            return Ok(record);
        }
        let result = TryKey::new(record.key.reference().clone(), record.key.attempt(), CallKind::Resume);
        let found = self.journal.find(&result)?;
        let is_known = |found: &Record| matches!(found.state, State::Answered(Answer::Verdict(_) | Answer::Error(_)));
        Ok(found.filter(is_known).unwrap_or(record))
    }

    /// Waits until the other call is over, or until the wait is used up.
    fn wait_for(&self, record: &Record, start: Duration, wait: Duration) -> Result<(), JournalError> {
        loop {
            self.clock.sleep(LOOK_EVERY);
            let is_over = match self.journal.find(&record.key)? {
                Some(found) => found.standing(self.journal.now()?) != Standing::InFlight,
                None => true,
            };
            if is_over || self.clock.monotonic().saturating_sub(start) >= wait {
                return Ok(());
            }
        }
    }

    fn intent(&self, planned: &Planned<'_>, options: &CallOptions) -> Intent {
        let inputs = match planned.call {
            Paid::Begin(check) => Inputs::of_check(check),
            Paid::Resume(session) => Inputs::of_session(session),
        };
        let keys = self.keys();
        let written = inputs.fingerprint(self.sealing.as_ref().unwrap_or(&self.salt));
        let mut intent = Intent::new(planned.key.clone(), self.inner.id().clone(), written);
        intent.other_fingerprints = inputs.fingerprints(&keys).collect();
        intent.lease = self.time_for(options).saturating_add(MARGIN);
        intent.exposure = self.inner.exposure(planned.key.call());
        intent.caps = match planned.call {
            Paid::Begin(_) => self.caps,
            Paid::Resume(_) => self.caps.of_results(),
        };
        intent.repeats_in_doubt = match planned.call {
            Paid::Resume(_) => self.doubt.repeated_results(),
            Paid::Begin(_) if self.inner.requirements().is_hosted() => self.doubt.new_sessions(),
            Paid::Begin(_) => 0,
        };
        intent
    }

    fn time_for(&self, options: &CallOptions) -> Duration {
        options.deadline().map_or(self.deadline, |deadline| deadline.min(self.deadline))
    }

    /// Makes the call that the ticket allows, and writes down how it ended.
    fn make(&self, planned: &Planned<'_>, options: &CallOptions, ticket: Ticket) -> Result<Progress> {
        if let Some(near) = ticket.near {
            self.tell(&Event::CapNear {
                provider: self.inner.id(),
                cap: near.cap.as_str(),
                used: near.used,
                limit: near.limit,
            });
        }
        let gate = Arc::new(JournalGate::new(Arc::clone(&self.journal), ticket.clone()));
        let options = options.clone().with_deadline(self.time_for(options)).with_gate(Arc::clone(&gate) as _);
        let answered = match planned.call {
            Paid::Begin(check) => self.inner.begin_with(check, &options),
            Paid::Resume(session) => self.inner.resume_with(session, &options),
        };
        let has_run = !answered.as_ref().is_err_and(|error| error.ran() == Ran::No);
        if has_run && !gate.was_asked() {
            self.tell(&Event::GateNotAsked { provider: self.inner.id() });
        }
        let charges = ending::charges(&answered, planned.session());
        let told = ending::told(answered, &planned.key, ticket.lost);
        let closing = ending::closing(&planned.key, &told, charges, self.sealing.as_ref());
        self.tell_closed(planned, &closing, self.journal.close(&ticket, &closing));
        told
    }

    fn signed(&self, error: Error, planned: &Planned<'_>) -> Error {
        error.with_provider(self.inner.id().clone()).with_reference(planned.key.reference().clone())
    }
}

#[deny(clippy::missing_trait_methods, reason = "a method that is not forwarded would lose the caller's options")]
impl<P: LivenessProvider> LivenessProvider for AtMostOnce<P> {
    fn id(&self) -> &ProviderId {
        self.inner.id()
    }

    fn requirements(&self) -> Requirements {
        self.inner.requirements()
    }

    fn accounts(&self) -> Vec<ProviderId> {
        self.inner.accounts()
    }

    /// The provider's own rules, and a reference.
    fn verify(&self, check: &Check) -> Result<()> {
        self.inner.verify(check)?;
        reference(check).map(drop)
    }

    fn exposure(&self, call: CallKind) -> u32 {
        self.inner.exposure(call)
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.begin_with(check, &CallOptions::new())
    }

    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let refused = |error: Error| self.refused(error.with_provider(self.inner.id().clone()), CallKind::Begin);
        let reference = reference(check).map_err(refused)?.clone();
        self.inner.verify(check).map_err(|error| refused(error.with_reference(reference.clone())))?;
        let key = TryKey::new(reference, check.attempt(), CallKind::Begin);
        self.once(&Planned { key, call: Paid::Begin(check) }, options)
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        self.resume_with(session, &CallOptions::new())
    }

    /// A session without a reference is older than the journal. It is resumed without it, because it was paid for.
    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let receipt = session.receipt();
        let Some(reference) = receipt.reference().filter(|_| receipt.provider() == self.inner.id()) else {
            return self.inner.resume_with(session, options);
        };
        let key = TryKey::new(reference.clone(), receipt.attempt(), CallKind::Resume);
        self.once(&Planned { key, call: Paid::Resume(session) }, options)
    }

    fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
        if verdict.is_person_withheld() && verdict.receipt().is_repeat() {
            return Err(self.portrait_withheld(verdict));
        }
        self.inner.portrait(verdict)
    }
}

/// The options with what the wait left of their deadline.
fn left(options: &CallOptions, waited: Duration) -> CallOptions {
    match options.deadline() {
        Some(deadline) => options.clone().with_deadline(deadline.saturating_sub(waited)),
        None => options.clone(),
    }
}

impl<P: fmt::Debug> fmt::Debug for AtMostOnce<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtMostOnce")
            .field("inner", &self.inner)
            .field("journal", &self.journal)
            .field("sealing", &self.sealing)
            .field("caps", &self.caps)
            .field("doubt", &self.doubt)
            .finish_non_exhaustive()
    }
}
