//! Lines to vendors, each with a sandbox of its own, and stubs for what no sandbox says.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use liveness::{
    CallKind, Check, Error, ErrorKind, Event, Goal, Jumdata, LivenessProvider, ManualClock, Observer, Outcome,
    PassedOver, Progress, ProviderId, Receipt, Request, Requirements, Response, Result, RetryPolicy, Sandbox, Session,
    TencentMarket, Transport, TransportError, Verdict,
    client::{Attempt, CallOptions},
    money::Failover,
    sandbox::Scenario,
};

use crate::support::{NOW, identity, liveness, photo};

/// An account with a vendor, and the sandbox that answers for it.
pub(crate) struct Line {
    pub(crate) sandbox: Sandbox,
    pub(crate) provider: Arc<dyn LivenessProvider>,
}

impl Line {
    pub(crate) fn charges(&self) -> usize {
        self.sandbox.ledger().charges()
    }

    /// How many calls reached the vendor.
    pub(crate) fn calls(&self) -> usize {
        self.sandbox.ledger().entries().len()
    }

    pub(crate) fn arm(&self, scenario: &str) {
        self.sandbox.arm(Scenario::named(scenario).unwrap());
    }

    pub(crate) fn id(&self) -> &ProviderId {
        self.provider.id()
    }
}

/// What a transport does before it hands a request on.
pub(crate) type Hook = dyn Fn(&Request) -> Result<(), TransportError> + Send + Sync;

pub(crate) fn no_hook() -> Box<Hook> {
    Box::new(|_| Ok(()))
}

fn sandbox(clock: &ManualClock) -> Sandbox {
    Sandbox::builder().with_clock(clock.clone()).build()
}

fn hooked(sandbox: &Sandbox, hook: Box<Hook>) -> impl Transport + use<> {
    let sandbox = sandbox.clone();
    move |request: Request| -> Result<Response, TransportError> {
        hook(&request)?;
        sandbox.send(request)
    }
}

/// Tencent's listing, which answers at once.
pub(crate) fn market_with(label: &str, clock: &ManualClock, retry: RetryPolicy, hook: Box<Hook>) -> Line {
    market_told(label, clock, retry, hook, ())
}

/// The same, and who is told of its calls.
pub(crate) fn market_told(
    label: &str,
    clock: &ManualClock,
    retry: RetryPolicy,
    hook: Box<Hook>,
    observer: impl Observer + 'static,
) -> Line {
    let sandbox = sandbox(clock);
    let provider = TencentMarket::new(Sandbox::tencent_market_credentials(), hooked(&sandbox, hook));
    let provider = provider.with_account(label.to_owned()).unwrap().with_retry(retry).with_clock(clock.clone());
    Line { sandbox, provider: Arc::new(provider.with_observer(observer)) }
}

/// Jumdata's page, which opens a session.
pub(crate) fn hosted_with(label: &str, clock: &ManualClock, retry: RetryPolicy) -> Line {
    let sandbox = sandbox(clock);
    let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
    let provider = provider.with_account(label.to_owned()).unwrap().with_retry(retry).with_clock(clock.clone());
    Line { sandbox, provider: Arc::new(provider) }
}

pub(crate) fn market(label: &str, clock: &ManualClock) -> Line {
    market_with(label, clock, RetryPolicy::never(), no_hook())
}

pub(crate) fn hosted(label: &str, clock: &ManualClock) -> Line {
    hosted_with(label, clock, RetryPolicy::never())
}

pub(crate) fn set<const N: usize>(lines: [&Line; N]) -> Failover {
    set_of(lines.map(|line| line.provider.clone()))
}

pub(crate) fn set_of<const N: usize>(providers: [Arc<dyn LivenessProvider>; N]) -> Failover {
    Failover::new("test", providers).unwrap()
}

/// A check of liveness that both vendors can run.
pub(crate) fn check() -> Check {
    liveness().with_identity(identity()).with_photo(photo())
}

/// Who answered.
pub(crate) fn answered(progress: &Progress) -> String {
    match progress {
        Progress::Done(verdict) => verdict.receipt().provider().to_string(),
        Progress::Pending(session) => session.provider().to_string(),
    }
}

pub(crate) fn passed_over(progress: &Progress) -> Vec<String> {
    listed(match progress {
        Progress::Done(verdict) => verdict.passed_over(),
        Progress::Pending(session) => session.passed_over(),
    })
}

pub(crate) fn listed(passed: &[PassedOver]) -> Vec<String> {
    passed.iter().map(ToString::to_string).collect()
}

/// Keeps what it is told, as text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Told {
    fn on(&self, event: &Event<'_>) {
        let text = match event {
            // What a call tells of itself is tested with the client.
            Event::CallBegan { .. } | Event::AttemptBegan { .. } | Event::AttemptEnded { .. } => return,
            Event::CallEnded { .. } | Event::Retrying { .. } => return,
            Event::PassedOver { provider, kind, .. } => format!("passed over {provider} ({kind})"),
            Event::BreakerOpened { provider, .. } => format!("opened {provider}"),
            Event::BreakerClosed { provider, .. } => format!("closed {provider}"),
            Event::RetryBudgetEmpty { provider, .. } => format!("no retries {provider}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(text);
    }
}

/// A provider that says what a test wants, after it asked the gates.
pub(crate) struct Stub {
    id: ProviderId,
    answer: Box<dyn Fn() -> Result<Progress> + Send + Sync>,
    pub(crate) exposure: u32,
    asked: Mutex<u32>,
    /// Whether it refuses before it asks the gates, as a journal does.
    is_refusing: bool,
}

impl Stub {
    pub(crate) fn new(id: &str, answer: impl Fn() -> Result<Progress> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            id: id.parse().unwrap(),
            answer: Box::new(answer),
            exposure: 1,
            asked: Mutex::new(0),
            is_refusing: false,
        })
    }

    pub(crate) fn failing(id: &str, error: Error) -> Arc<Self> {
        Self::new(id, move || Err(error.clone()))
    }

    pub(crate) fn refusing(id: &str, error: Error) -> Arc<Self> {
        let mut stub = Arc::into_inner(Self::failing(id, error)).unwrap();
        stub.is_refusing = true;
        Arc::new(stub)
    }

    pub(crate) fn passing(id: &'static str) -> Arc<Self> {
        Self::new(id, move || {
            Ok(Progress::Done(Verdict::new(Outcome::Passed, Receipt::new(id.parse()?)).with_live(true)))
        })
    }

    pub(crate) fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stub({})", self.id)
    }
}

impl LivenessProvider for Stub {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([Goal::Liveness])
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.begin_with(check, &CallOptions::new())
    }

    fn begin_with(&self, _: &Check, options: &CallOptions) -> Result<Progress> {
        *self.asked.lock().unwrap() += 1;
        if !self.is_refusing {
            options.before_send(&Attempt::new(&self.id, NOW, std::time::Duration::from_secs(1)))?;
        }
        (self.answer)()
    }

    fn resume(&self, _: &Session) -> Result<Progress> {
        Err(Error::new(ErrorKind::Unsupported))
    }

    fn exposure(&self, _: CallKind) -> u32 {
        self.exposure
    }
}

pub(crate) fn session_of(id: &str) -> Session {
    Session::new(Receipt::new(id.parse().unwrap()), "t-1", NOW, liveness::time::Duration::minutes(10))
}
