//! Fails over to another provider when one cannot answer, and never pays twice.

mod policy;
mod trail;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub use self::policy::FailoverPolicy;
use self::trail::{Trail, Weight, naming, no_candidate};
use crate::{
    client::{Attempt, CallOptions, Gate},
    model::{
        Again, Billed, Clock, Error, ErrorKind, Event, Observer, Portrait, ProviderId, Ran, Receipt, Result,
        SystemClock, Text, Verdict, foreign, tell, tell_refused,
    },
    money::breaker::{Breaker, BreakerPolicy, Change, Sign},
    provider::{CallKind, Check, LivenessProvider, Progress, Requirements, Session},
};

/// The vendor in the id of a set. No vendor has this name.
const VENDOR: &str = "failover";
/// The least time that must be left of the caller's deadline to call another provider: a paid call that is cut short
/// may have run.
const LEAST_TIME: Duration = Duration::from_secs(5);

/// Calls several providers in order until one answers, and never calls a second one if the first may have run the
/// check.
///
/// [`begin`](LivenessProvider::begin) goes on to the next provider if nothing ran ([`Ran::No`]): the vendor could not
/// be reached, it refused the key, the account or the rate, or its package is used up. It does not go on
///
/// - after `OutcomeUnknown` and any other error of a call that may have run, unless
///   [`with_after_doubt`](FailoverPolicy::with_after_doubt) allows it, and never after a call that did run;
/// - after `BudgetExceeded`, unless [`with_after_cap`](FailoverPolicy::with_after_cap) allows it;
/// - after `InvalidCheck` and `InProgress`, which the caller would get from every provider.
///
/// Before the first call, it verifies the check with every provider and leaves out those that cannot run it. It also
/// leaves out a provider whose breaker is open; see [`BreakerPolicy`]. The verdict, session or error lists the
/// providers that were [passed over](Verdict::passed_over) and includes their charges. The retries of one provider
/// come before the next provider, so give the candidates a [`RetryPolicy`](crate::RetryPolicy) with few attempts.
///
/// [`resume`](LivenessProvider::resume) and [`portrait`](LivenessProvider::portrait) call only the provider that the
/// session or verdict came from. A breaker does not stop these calls.
///
/// # The error of a set
///
/// If no provider answers, the set returns the error that decides what to do next. That is the first of these: an
/// error after which the paid work may have run; the error that ended the search; an error that passes without action
/// ([`Again::Safe`]), because the set may then be called again; any other error of a provider that was called. Its
/// [`passed_over`](Error::passed_over) lists the other providers, and its charges are those of all of them.
/// `Credentials` and `Denied` reach the operator as [`Event::PassedOver`] even if another provider answers.
///
/// # The order of wrappers
///
/// Use `Failover[AtMostOnce(A), AtMostOnce(B)]` with one journal for both; see
/// [`AtMostOnce`](crate::money::AtMostOnce). The journal refuses B while A is in doubt, even if a restart changed the
/// order of the set. `AtMostOnce(Failover[A, B])` is refused when it is built, because a record names one account.
///
/// # Its id
///
/// [`id`](LivenessProvider::id) is `failover/<label>`. No session and no verdict has this id: each names the account
/// that was called, and [`accounts`](LivenessProvider::accounts) lists these accounts.
///
/// ```
/// use std::sync::Arc;
/// use liveness::{
///     Check, Jumdata, LivenessProvider, RetryPolicy, ReturnUrl, Sandbox,
///     money::Failover, sandbox::Fault,
/// };
///
/// let (main_line, second_line) = (Sandbox::new(), Sandbox::new());
/// let main = Jumdata::new(Sandbox::jumdata_credentials(), main_line.clone()).with_retry(RetryPolicy::never());
/// let second = Jumdata::new(Sandbox::jumdata_credentials(), second_line.clone()).with_account("second")?;
/// let set = Failover::new("h5", [Arc::new(main) as Arc<dyn LivenessProvider>, Arc::new(second)])?;
///
/// main_line.arm_fault(Fault::Refuse, 1); // nobody listens there: nothing was sent
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
/// let progress = set.begin(&check)?;
/// let session = progress.session().unwrap();
/// assert_eq!(session.provider().to_string(), "jumdata/second");
/// assert_eq!(session.passed_over()[0].to_string(), "jumdata/default (unavailable)");
/// assert_eq!(main_line.ledger().charges() + second_line.ledger().charges(), 1);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Debug)]
pub struct Failover {
    id: ProviderId,
    candidates: Vec<Candidate>,
    retired: Vec<Arc<dyn LivenessProvider>>,
    policy: FailoverPolicy,
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Candidate {
    provider: Arc<dyn LivenessProvider>,
    breaker: Breaker,
}

impl Failover {
    /// A set of these providers, called in this order. The label is used only in the [id](LivenessProvider::id) of
    /// the set: 1 to 64 of `A–Z a–z 0–9 . _ -`.
    ///
    /// # Errors
    ///
    /// `Configuration` naming `candidates` if there are none, or if two of them own the same account, because their
    /// sessions could not be told apart. `Configuration` naming `account` for any other label.
    pub fn new(
        label: impl Into<String>,
        candidates: impl IntoIterator<Item = Arc<dyn LivenessProvider>>,
    ) -> Result<Self> {
        let id = ProviderId::new(VENDOR, label.into())?;
        let candidates: Vec<_> = candidates
            .into_iter()
            .map(|provider| Candidate { provider, breaker: Breaker::new(BreakerPolicy::new()) })
            .collect();
        verify_accounts(&candidates)?;
        Ok(Self {
            id,
            candidates,
            retired: Vec::new(),
            policy: FailoverPolicy::new(),
            observer: Arc::new(()),
            clock: Arc::new(SystemClock),
        })
    }

    /// Adds a provider that begins no more checks. The set still resumes its open sessions and fetches its portraits,
    /// so you can take a provider out while people are still on its page. If a candidate owns the same account, the
    /// candidate is called. Defaults to none.
    pub fn with_retired(mut self, provider: Arc<dyn LivenessProvider>) -> Self {
        self.retired.push(provider);
        self
    }

    /// Sets when to go on to the next provider, and which providers may get which data. Defaults to
    /// [`FailoverPolicy::new`].
    pub fn with_policy(mut self, policy: FailoverPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets when a failing provider gets no calls for a while. Each provider has its own breaker, which starts
    /// closed. Defaults to [`BreakerPolicy::new`].
    pub fn with_breaker(mut self, policy: BreakerPolicy) -> Self {
        for candidate in &mut self.candidates {
            candidate.breaker = Breaker::new(policy);
        }
        self
    }

    /// Sets the observer that is notified when a provider is passed over, when a breaker opens or closes, and when
    /// the set refuses without calling any provider. Defaults to none.
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Sets the source of time. Defaults to [`SystemClock`].
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Each candidate, and whether it can begin this check.
    fn verified(&self, check: &Check) -> impl Iterator<Item = (&Candidate, Result<()>)> {
        self.candidates.iter().map(|candidate| {
            let provider = &*candidate.provider;
            (candidate, self.policy.permits(provider, check).and_then(|()| provider.verify(check)))
        })
    }

    /// Calls one provider unless its breaker is open, and updates the breaker.
    fn ask(
        &self,
        candidate: &Candidate,
        check: &Check,
        options: &CallOptions,
        is_asked: &mut bool,
    ) -> Result<Progress> {
        let provider = &*candidate.provider;
        let pass = candidate.breaker.admit(self.clock.monotonic()).map_err(not_asked)?;
        *is_asked = true;
        let reached = Arc::new(Reached::default());
        let answer = provider.begin_with(check, &options.clone().with_gate(reached.clone()));
        let sign = match &answer {
            // A journal answered, or the call was refused before it was sent: it shows nothing about the vendor.
            _ if !reached.0.load(Ordering::Relaxed) => Sign::Neither,
            Ok(_) => Sign::Well,
            Err(error) => Sign::of(error),
        };
        match pass.report(sign, self.clock.monotonic()) {
            Some(Change::Opened) => self.tell(&Event::BreakerOpened { set: &self.id, provider: provider.id() }),
            Some(Change::Closed) => self.tell(&Event::BreakerClosed { set: &self.id, provider: provider.id() }),
            None => {}
        }
        answer
    }

    fn tell(&self, event: &Event<'_>) {
        tell(&*self.observer, event);
    }

    /// The provider that the session or verdict came from. If there is none, the refusal is reported under this name
    /// of a call.
    fn owner(&self, call: &'static str, field: &'static str, receipt: &Receipt) -> Result<&dyn LivenessProvider> {
        self.all().find(|provider| provider.accounts().contains(receipt.provider())).ok_or_else(|| {
            let error = foreign(&self.id, field, receipt);
            tell_refused(&*self.observer, &self.id, call, &error);
            error
        })
    }

    fn all(&self) -> impl Iterator<Item = &dyn LivenessProvider> {
        let candidates = self.candidates.iter().map(|candidate| &candidate.provider);
        candidates.chain(&self.retired).map(|provider| &**provider)
    }
}

#[deny(clippy::missing_trait_methods, reason = "a method that is not forwarded would lose the caller's options")]
impl LivenessProvider for Failover {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    /// The requirements of the first candidate. Those of several do not add up to the needs of one check, so call
    /// [`verify`](LivenessProvider::verify) to learn whether a check can begin.
    fn requirements(&self) -> Requirements {
        match self.candidates.first() {
            Some(first) => first.provider.requirements(),
            // Not reached: `new` refuses a set without candidates.
            None => Requirements::new([]),
        }
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.begin_with(check, &CallOptions::new())
    }

    /// A deadline applies to all providers together. Another provider is called only if 5 s are left, or half of the
    /// deadline if that is shorter.
    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let start = self.clock.monotonic();
        let mut trail = Trail::default();
        let mut is_any_asked = false;
        for (candidate, verified) in self.verified(check).collect::<Vec<_>>() {
            let id = candidate.provider.id();
            let pass_over = |kind| self.tell(&Event::PassedOver { provider: id, kind });
            if let Err(error) = verified {
                pass_over(error.kind());
                trail.push(Weight::Unfit, error, &*candidate.provider);
                continue;
            }
            let Some(options) = within(options, self.clock.monotonic().saturating_sub(start), !is_any_asked) else {
                break;
            };
            let error = match self.ask(candidate, check, &options, &mut is_any_asked) {
                Ok(progress) => return Ok(trail.add_to(progress)),
                Err(error) => error,
            };
            let goes_on = self.policy.goes_on_after(&error);
            if goes_on {
                pass_over(error.kind());
            }
            trail.push_asked(!goes_on, error, &*candidate.provider);
            if !goes_on {
                break;
            }
        }
        let error = trail.into_error(check);
        if !is_any_asked {
            // No candidate can run the check, or all breakers are open: no other wrapper reports it.
            tell_refused(&*self.observer, &self.id, CallKind::Begin.as_str(), &error);
        }
        Err(error)
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        self.resume_with(session, &CallOptions::new())
    }

    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let owner = self.owner(CallKind::Resume.as_str(), "session", session.receipt())?;
        let progress = owner.resume_with(session, options)?;
        Ok(naming(progress, session.passed_over()))
    }

    /// The accounts of the candidates and of the retired providers.
    fn accounts(&self) -> Vec<ProviderId> {
        let mut accounts = Vec::new();
        for account in self.all().flat_map(|provider| provider.accounts()) {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        accounts
    }

    /// Whether one of the candidates can begin the check.
    ///
    /// # Errors
    ///
    /// The error of the first candidate, if none can.
    fn verify(&self, check: &Check) -> Result<()> {
        let mut trail = Trail::default();
        for (candidate, verified) in self.verified(check) {
            let Err(error) = verified else { return Ok(()) };
            trail.push(Weight::Unfit, error, &*candidate.provider);
        }
        Err(trail.into_error(check))
    }

    /// To begin: the sum over the candidates, because one that was passed over may have charged without running the
    /// check. To resume: the most of any one of them.
    fn exposure(&self, call: CallKind) -> u32 {
        match call {
            CallKind::Begin => {
                self.candidates.iter().map(|candidate| candidate.provider.exposure(call)).fold(0, u32::saturating_add)
            }
            CallKind::Resume => self.all().map(|provider| provider.exposure(call)).max().unwrap_or(0),
        }
    }

    fn portrait(&self, verdict: &Verdict) -> Result<Option<Portrait>> {
        self.owner(Portrait::CALL, "verdict", verdict.receipt())?.portrait(verdict)
    }
}

/// Notes whether an attempt was made.
#[derive(Debug, Default)]
struct Reached(AtomicBool);

impl Gate for Reached {
    fn before_send(&self, _: &Attempt<'_>) -> Result<()> {
        self.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}

fn verify_accounts(candidates: &[Candidate]) -> Result<()> {
    if candidates.is_empty() {
        return Err(no_candidate());
    }
    let mut owned = Vec::new();
    for account in candidates.iter().flat_map(|candidate| candidate.provider.accounts()) {
        if owned.contains(&account) {
            return Err(Error::configuration("candidates").with_reason(Text {
                english: format!("two providers use the account {account}: give each its own label"),
                chinese: format!("有两个供应商使用同一账号 {account}，请为各自设置不同的账号标签"),
            }));
        }
        owned.push(account);
    }
    Ok(())
}

/// The options with the rest of their deadline; `None` if that is too little for one more provider.
fn within(options: &CallOptions, elapsed: Duration, is_first: bool) -> Option<CallOptions> {
    let Some(deadline) = options.deadline() else { return Some(options.clone()) };
    let left = deadline.saturating_sub(elapsed);
    let least = if is_first { Duration::ZERO } else { LEAST_TIME.min(deadline / 2) };
    (left >= least).then(|| options.clone().with_deadline(left))
}

/// The error of a provider whose breaker is open.
fn not_asked(wait: Duration) -> Error {
    let seconds = wait.as_secs().saturating_add(1);
    Error::new(ErrorKind::Unavailable).with_again(Again::Safe).with_ran(Ran::No).with_billed(Billed::No).with_reason(
        Text {
            english: format!(
                "this provider failed repeatedly and is not called for up to {seconds} s: nothing was sent"
            ),
            chinese: format!("该供应商连续失败，最多 {seconds} 秒内不再调用：未发送任何请求"),
        },
    )
}
