//! Both vendors of the sandbox around one journal, on one clock.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use liveness::{
    Check, Event, Jumdata, ManualClock, Observer, Progress, RetryPolicy, Sandbox, Session, TencentMarket, Verdict,
    money::{AtMostOnce, DoubtPolicy, Journal, SealingKey, TryKey},
};

use crate::{place::Place, support};

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: ManualClock,
    pub(crate) journal: Arc<dyn Journal>,
    place: Place,
    pub(crate) told: Told,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let clock = support::clock();
        let place = Place::new(&clock);
        Self {
            sandbox: Sandbox::builder().with_clock(clock.clone()).build(),
            journal: place.open(),
            place,
            clock,
            told: Told::default(),
        }
    }

    /// Tencent's compare, tried once.
    pub(crate) fn compare(&self) -> AtMostOnce<TencentMarket> {
        let wrapped = AtMostOnce::sealing(self.market("default"), self.place.open(), key()).unwrap();
        wrapped.with_clock(self.clock.clone()).with_observer(self.told.clone())
    }

    /// The same without a key.
    pub(crate) fn compare_unsealed(&self) -> AtMostOnce<TencentMarket> {
        let wrapped = AtMostOnce::new(self.market("default"), self.place.open()).unwrap();
        wrapped.with_clock(self.clock.clone()).with_observer(self.told.clone())
    }

    pub(crate) fn market(&self, account: &str) -> TencentMarket {
        TencentMarket::new(Sandbox::tencent_market_credentials(), self.sandbox.clone())
            .with_account(account)
            .unwrap()
            .with_clock(self.clock.clone())
            .with_retry(RetryPolicy::never())
    }

    /// Jumdata's hosted check, tried once.
    pub(crate) fn hosted(&self) -> AtMostOnce<Jumdata> {
        let vendor = Jumdata::new(Sandbox::jumdata_credentials(), self.sandbox.clone())
            .with_clock(self.clock.clone())
            .with_retry(RetryPolicy::never());
        let wrapped = AtMostOnce::sealing(vendor, self.place.open(), key()).unwrap();
        wrapped.with_clock(self.clock.clone()).with_observer(self.told.clone())
    }

    pub(crate) fn hosted_with(&self, policy: DoubtPolicy) -> AtMostOnce<Jumdata> {
        self.hosted().with_doubt(policy)
    }

    pub(crate) fn charges(&self) -> usize {
        self.sandbox.ledger().charges()
    }

    /// The time of a call that was never closed is over.
    pub(crate) fn let_time_pass(&self) {
        self.clock.advance(Duration::from_secs(91));
    }
}

pub(crate) fn key() -> SealingKey {
    SealingKey::new([7; 32])
}

pub(crate) fn begin() -> TryKey {
    TryKey::new("order-7".parse().unwrap(), 1, liveness::CallKind::Begin)
}

pub(crate) fn resume() -> TryKey {
    TryKey::new("order-7".parse().unwrap(), 1, liveness::CallKind::Resume)
}

pub(crate) fn done(progress: liveness::Result<Progress>) -> Verdict {
    progress.unwrap().into_verdict().unwrap()
}

pub(crate) fn pending(progress: liveness::Result<Progress>) -> Session {
    progress.unwrap().into_verdict().unwrap_err()
}

pub(crate) fn same_person() -> Check {
    support::same_person()
}

/// Remembers every event as it prints.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    pub(crate) fn events(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Told {
    fn on(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}
