//! Chooses the account to examine, its transport and its keys.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use liveness::{
    Account, Clock, Config, Jumdata, LivenessProvider, RetryPolicy, Sandbox, SystemClock, TencentMarket, Transport,
    UreqTransport, sandbox::Vendor,
};

use super::{report::About, watch::Watch};
use crate::environment::{self, Asked};

/// What is examined.
pub(super) struct Stage {
    pub(super) account: Account,
    pub(super) watch: Watch,
    source: Source,
}

/// Where the account comes from.
enum Source {
    Environment(Asked),
    /// The candidate of this number in a file.
    File(PathBuf, usize),
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
        Ok(Self { account, watch, source: Source::Environment(asked) })
    }

    /// The candidate of this number in a file of settings; `None` for one of a vendor that this program does not know.
    ///
    /// # Errors
    ///
    /// A setting that the account or the transport does not take.
    pub(super) fn of_file(config: &Config, file: &Path, index: usize) -> liveness::Result<Option<Self>> {
        let watch = Watch::new(config.transport()?, SystemClock);
        let account = config.accounts(watch.clone())?.into_iter().nth(index).flatten();
        Ok(account.map(|account| Self { account, watch, source: Source::File(file.to_owned(), index) }))
    }

    /// The same account with a secret that is wrong on purpose: what it signs is refused before anything runs.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(super) fn with_wrong_secret(&self) -> liveness::Result<Account> {
        let wrong = format!("{:016x}{:016x}", SystemClock.random(), SystemClock.random());
        let asked = match &self.source {
            Source::Environment(asked) => *asked,
            Source::File(file, index) => {
                let config = Config::from_file_and_vars(file, with_secret(*index, wrong))?;
                let account = config.accounts(self.watch.clone())?.into_iter().nth(*index).flatten();
                // The file was read a moment ago, and named it then.
                return account.ok_or_else(|| liveness::Error::configuration("candidates"));
            }
        };
        let [_, secret] = environment::keys(vendor(asked));
        let get = move |name: &str| if name == secret { Some(wrong.clone()) } else { setting(name, asked) };
        liveness::account_from_vars(get, self.watch.clone())
    }

    pub(super) fn is_embedded(&self) -> bool {
        matches!(self.source, Source::Environment(Asked::Sandbox(_)))
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

/// The environment with another secretKey for this candidate.
fn with_secret(index: usize, secret: String) -> impl Iterator<Item = (OsString, OsString)> {
    let general = format!("LIVENESS_CANDIDATES_{index}_SECRET_KEY");
    let names = [environment::keys(Vendor::TencentMarket)[1].to_owned(), general.clone()];
    let is_of_the_secret = move |name: &OsString| {
        name.to_str()
            .is_some_and(|name| names.iter().any(|known| name == known || name.strip_suffix("_FILE") == Some(known)))
    };
    let own = [(general.into(), secret.into())];
    env::vars_os().filter(move |(name, _)| !is_of_the_secret(name)).chain(own)
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
