//! One cell of the matrix: a call, the trouble that it meets, and the settings.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use liveness::{
    Again, Charges, Check, Clock, Error, ErrorKind, Jumdata, LivenessProvider, ManualClock, Meter, Progress, Ran,
    Request, RetryPolicy, ReturnUrl, Sandbox, Session, TencentMarket, Transport,
    sandbox::{ChargeRule, Fault, Scenario},
    tencent_market::SignatureScheme,
};

use crate::support;

/// A call, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Init,
    /// By the documented gateway.
    Compare,
    /// By the newer market gateway.
    CloudMarketCompare,
    Result,
    Page,
    Portrait,
    Meter,
}

impl Door {
    pub(crate) const ALL: [Self; 7] =
        [Self::Init, Self::Compare, Self::CloudMarketCompare, Self::Result, Self::Page, Self::Portrait, Self::Meter];
    /// What may cost something.
    pub(crate) const PAID: [Self; 4] = [Self::Init, Self::Compare, Self::CloudMarketCompare, Self::Result];

    pub(crate) fn is_paid(self) -> bool {
        Self::PAID.contains(&self)
    }

    pub(crate) fn is_compare(self) -> bool {
        matches!(self, Self::Compare | Self::CloudMarketCompare)
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Of(Fault),
    /// Our own clock jumps by so many hours while the answer is waited for.
    OurClock(i64),
}

impl Trouble {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Fault::ALL.iter().copied().map(Self::Of).chain([Self::OurClock(1), Self::OurClock(-1)])
    }
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    OneAttempt,
    EveryAttempt,
}

/// What the operator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Default,
    NeverAgain,
    /// `with_repeated_result(false)`.
    NoRepeatedResult,
}

impl Setting {
    pub(crate) const ALL: [Self; 3] = [Self::Default, Self::NeverAgain, Self::NoRepeatedResult];
}

/// What a call came to, and what it cost by the sandbox's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// `None` for an answer.
    pub(crate) error: Option<(ErrorKind, Ran, Again)>,
    pub(crate) charges: Charges,
    pub(crate) attempts: u32,
    pub(crate) ledger: u32,
}

/// Both vendors over one line to one sandbox.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: ManualClock,
    line: Arc<dyn Transport>,
    base: Option<String>,
    sent: Arc<AtomicU32>,
    /// By how many hours our clock jumps once the next request is on its way.
    jump: Arc<AtomicI64>,
    retry: RetryPolicy,
    setting: Setting,
    /// What valid requests are answered with, once the trouble begins.
    scenario: Option<Scenario>,
}

impl Bench {
    /// In process.
    pub(crate) fn new(setting: Setting, rule: ChargeRule) -> Self {
        let clock = support::clock();
        let sandbox = Sandbox::builder().with_clock(clock.clone()).with_charge_rule(rule).build();
        Self::over(sandbox.clone(), sandbox, clock, None, setting)
    }

    /// Over another line to the sandbox, at this address.
    pub(crate) fn over(
        line: impl Transport + 'static,
        sandbox: Sandbox,
        clock: ManualClock,
        base: Option<String>,
        setting: Setting,
    ) -> Self {
        let sent = Arc::new(AtomicU32::new(0));
        let jump = Arc::new(AtomicI64::new(0));
        let line = {
            let (sent, jump, sandbox, clock) = (Arc::clone(&sent), Arc::clone(&jump), sandbox.clone(), clock.clone());
            move |request: Request| {
                sent.fetch_add(1, Ordering::Relaxed);
                let jump = time::Duration::hours(jump.swap(0, Ordering::Relaxed));
                clock.set(clock.now() + jump);
                // The vendor's stands on ours here, and stays where it was.
                sandbox.move_clock(-jump);
                line.send(request)
            }
        };
        let retry = match setting {
            Setting::NeverAgain => RetryPolicy::never(),
            _ => RetryPolicy::new(),
        };
        Self { sandbox, clock, line: Arc::new(line), base, sent, jump, retry, setting, scenario: None }
    }

    pub(crate) fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.retry = self.retry.with_attempt_timeout(timeout).with_initial_backoff(Duration::ZERO);
        self
    }

    pub(crate) fn with_scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(scenario);
        self
    }

    pub(crate) fn jumdata(&self) -> Jumdata {
        let vendor = Jumdata::new(Sandbox::jumdata_credentials(), Arc::clone(&self.line))
            .with_clock(self.clock.clone())
            .with_retry(self.retry.clone())
            .with_repeated_result(self.setting != Setting::NoRepeatedResult);
        match &self.base {
            Some(base) => vendor.with_endpoint(base).unwrap(),
            None => vendor,
        }
    }

    pub(crate) fn market(&self, door: Door) -> TencentMarket {
        let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), Arc::clone(&self.line))
            .with_clock(self.clock.clone())
            .with_retry(self.retry.clone());
        let (scheme, base, path) = match door {
            Door::CloudMarketCompare => {
                (SignatureScheme::CloudMarket, "https://ap-beijing.cloudmarket-apigw.com", "/service-abc/compare")
            }
            _ => (SignatureScheme::Hmac, "https://service.apigw.example", "/release/jingmocompare"),
        };
        let base = self.base.as_deref().unwrap_or(base);
        vendor.with_signature_scheme(scheme).with_endpoint(&format!("{base}{path}")).unwrap()
    }

    /// How many attempts were sent so far.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Who answers at this door, for the calls of the trait.
    pub(crate) fn provider(&self, door: Door) -> Arc<dyn LivenessProvider> {
        match door.is_compare() {
            true => Arc::new(self.market(door)),
            false => Arc::new(self.jumdata()),
        }
    }

    /// A session whose person is done.
    pub(crate) fn filmed(&self, provider: &dyn LivenessProvider) -> Session {
        let session = provider.begin(&check(Door::Init)).unwrap().into_verdict().unwrap_err();
        assert!(self.sandbox.finish(&session));
        session
    }

    /// Makes the call at this door while the trouble lasts, and says what came of it.
    pub(crate) fn meet(&self, door: Door, trouble: Trouble, lasts: Lasts) -> Seen {
        let jumdata = self.jumdata();
        match door {
            Door::Init | Door::Compare | Door::CloudMarketCompare => {
                let provider = self.provider(door);
                self.seen(trouble, lasts, || provider.begin(&check(door)).map(|progress| charges(&progress, None)))
            }
            Door::Result => {
                let session = self.filmed(&jumdata);
                self.seen(trouble, lasts, || {
                    jumdata.resume(&session).map(|progress| charges(&progress, Some(&session)))
                })
            }
            Door::Page => {
                let session = self.filmed_not_yet(&jumdata);
                self.seen(trouble, lasts, || jumdata.page_html(&session).map(|_| Charges::NONE))
            }
            Door::Portrait => {
                let session = self.filmed(&jumdata);
                let verdict = jumdata.resume(&session).unwrap().into_verdict().unwrap();
                self.seen(trouble, lasts, || jumdata.portrait(&verdict).map(|_| Charges::NONE))
            }
            Door::Meter => self.seen(trouble, lasts, || jumdata.package().map(|_| Charges::NONE)),
        }
    }

    fn filmed_not_yet(&self, jumdata: &Jumdata) -> Session {
        jumdata.begin(&check(Door::Init)).unwrap().into_verdict().unwrap_err()
    }

    /// What a call comes to that is made while the trouble lasts.
    pub(crate) fn seen(&self, trouble: Trouble, lasts: Lasts, call: impl FnOnce() -> Result<Charges, Error>) -> Seen {
        let (charged, sent) = (self.sandbox.ledger().charges(), self.sent());
        match trouble {
            Trouble::Of(fault) => self.sandbox.arm_fault(fault, if lasts == Lasts::OneAttempt { 1 } else { 100 }),
            Trouble::OurClock(hours) => self.jump.store(hours, Ordering::Relaxed),
        }
        if let Some(scenario) = self.scenario {
            self.sandbox.set_default(scenario);
        }
        let answer = call();
        self.sandbox.disarm();
        let attempts = self.sent() - sent;
        let ledger = u32::try_from(self.sandbox.ledger().charges() - charged).unwrap();
        match answer {
            Ok(charges) => Seen { error: None, charges, attempts, ledger },
            Err(error) => {
                assert_eq!(error.billed(), error.charges().billed(), "one word for the same");
                let told = (error.kind(), error.ran(), error.again());
                Seen { error: Some(told), charges: error.charges(), attempts, ledger }
            }
        }
    }
}

/// What the call that gave this cost by itself.
pub(crate) fn charges(progress: &Progress, before: Option<&Session>) -> Charges {
    let (charges, billed) = match progress {
        Progress::Done(verdict) => (verdict.charges(), verdict.billed()),
        Progress::Pending(session) => (session.charges(), session.billed()),
    };
    assert_eq!(billed, charges.billed(), "one word for the same");
    match (progress, before) {
        // It holds what it cost before, too.
        (Progress::Pending(_), Some(before)) => Charges::new(
            charges.certain() - before.charges().certain(),
            charges.possible() - before.charges().possible(),
        ),
        _ => charges,
    }
}

pub(crate) fn check(door: Door) -> Check {
    let check = match door.is_compare() {
        true => Check::same_person(support::identity()).with_photo(support::photo()),
        false => Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back").unwrap()),
    };
    check.with_reference("order-7".parse().unwrap())
}
