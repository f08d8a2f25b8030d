//! Whom is asked, over which transport, and with which keys?

use std::time::Duration;

use liveness::{
    Account, Clock, Jumdata, LivenessProvider, RetryPolicy, Sandbox, SystemClock, TencentMarket, Transport,
    UreqTransport, sandbox::Vendor,
};

use super::{report::About, watch::Watch};
use crate::environment::{self, Asked};

/// What is examined.
pub(super) struct Stage {
    pub(super) account: Account,
    pub(super) watch: Watch,
    asked: Asked,
}

impl Stage {
    /// The vendor with the environment's keys, or the embedded sandbox with its own.
    ///
    /// # Errors
    ///
    /// A setting that the account does not take.
    pub(super) fn open(asked: Asked) -> liveness::Result<Self> {
        match asked {
            Asked::Vendor(_) => Self::over(asked, UreqTransport::new(), SystemClock),
            Asked::Sandbox(_) => Self::over(asked, Sandbox::new(), SystemClock),
        }
    }

    /// The same over any transport and clock.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(super) fn over(
        asked: Asked,
        transport: impl Transport + 'static,
        clock: impl Clock + 'static,
    ) -> liveness::Result<Self> {
        let watch = Watch::new(transport, clock);
        let account = liveness::account_from_vars(|name| setting(name, asked), watch.clone())?;
        Ok(Self { account, watch, asked })
    }

    /// The same account with a secret that is wrong on purpose: what it signs is refused before anything runs.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(super) fn with_wrong_secret(&self) -> liveness::Result<Account> {
        let (SystemClock, asked) = (SystemClock, self.asked);
        let wrong = format!("{:016x}{:016x}", SystemClock.random(), SystemClock.random());
        let [_, secret] = environment::keys(vendor(asked));
        let get = move |name: &str| if name == secret { Some(wrong.clone()) } else { setting(name, asked) };
        liveness::account_from_vars(get, self.watch.clone())
    }

    pub(super) fn is_embedded(&self) -> bool {
        matches!(self.asked, Asked::Sandbox(_))
    }

    /// Whom the report is about.
    pub(super) fn about(&self, origin: String) -> About {
        let id = match &self.account {
            Account::Jumdata(account) => LivenessProvider::id(account).to_string(),
            Account::TencentMarket(account) => account.id().to_string(),
            _ => String::new(),
        };
        let has_paid_call = matches!(self.account, Account::TencentMarket(_));
        About { provider: id, origin, is_embedded: self.is_embedded(), has_paid_call }
    }
}

/// The same account, which asks once: what is seen first is what is told.
pub(super) fn once(account: &Jumdata) -> Jumdata {
    account.clone().with_retry(RetryPolicy::never())
}

/// The same account, which asks again only with a corrected clock, or where nothing was sent.
pub(super) fn corrected(account: &TencentMarket) -> TencentMarket {
    account.clone().with_retry(RetryPolicy::new().with_max_attempts(2).with_initial_backoff(Duration::ZERO))
}

const fn vendor(asked: Asked) -> Vendor {
    match asked {
        Asked::Vendor(vendor) | Asked::Sandbox(vendor) => vendor,
    }
}

fn setting(name: &str, asked: Asked) -> Option<String> {
    let vendor = match asked {
        Asked::Vendor(vendor) => return environment::setting(name, vendor),
        Asked::Sandbox(vendor) => vendor,
    };
    let own = match name {
        environment::VENDOR => return Some(vendor.to_string()),
        "JUMDATA_APP_ID" => Sandbox::JUMDATA_APP_ID,
        "JUMDATA_APP_SECRET" => Sandbox::JUMDATA_APP_SECRET,
        "TENCENT_MARKET_SECRET_ID" => Sandbox::TENCENT_SECRET_ID,
        "TENCENT_MARKET_SECRET_KEY" => Sandbox::TENCENT_SECRET_KEY,
        _ => return None,
    };
    Some(own.to_owned())
}
