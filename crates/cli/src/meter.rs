//! Reads a vendor's meter, as the operator types it or by a call to the vendor.

use std::env;

use clap::builder::{StringValueParser, TypedValueParser};
use liveness::{
    Account, Language, Meter, ProviderId, UreqTransport,
    money::{Journal, MeterReading},
    sandbox::Vendor,
    time::{OffsetDateTime, UtcOffset, macros::offset},
};

use crate::{environment, language::Words, problem::Problem, reconcile::statement::instant};

/// The vendors' consoles are written by this clock.
pub(crate) const VENDORS_ZONE: UtcOffset = offset!(+8);
const NOW: &str = "now";

/// A reading on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reading {
    /// So many calls were left at this instant.
    Noted(u64, OffsetDateTime),
    /// The meter is to be asked now.
    Now,
}

impl Reading {
    /// The reading as one of this account.
    ///
    /// # Errors
    ///
    /// Where the meter is to be asked and cannot be.
    pub(crate) fn of<'a>(
        self,
        provider: &ProviderId,
        journal: impl FnOnce() -> Result<&'a dyn Journal, Problem>,
        about: &str,
    ) -> Result<MeterReading, Problem> {
        match self {
            Self::Noted(calls, at) => Ok(MeterReading::new(provider.clone(), calls, at)),
            Self::Now => asked(provider, journal()?).map_err(|why| Problem::new(about, why)),
        }
    }
}

fn asked(provider: &ProviderId, journal: &dyn Journal) -> Result<MeterReading, Words> {
    let get = |name: &str| match name {
        environment::VENDOR => Some(Vendor::Jumdata.to_string()),
        name => env::var(name).ok(),
    };
    let said = |error: liveness::Error| Words::new(error.message(Language::English), error.message(Language::Chinese));
    let account = match liveness::account_from_vars(get, UreqTransport::new()).map_err(said)? {
        Account::Jumdata(account) if Meter::id(&account) == provider => account,
        _ => {
            return Err(Words::new(
                format!("the keys in the environment are not those of {provider}, or it has no meter"),
                format!("环境变量中的密钥不属于 {provider}，或该账号没有余量查询"),
            ));
        }
    };
    MeterReading::of(&account, journal).map_err(said)
}

/// Reads `CALLS@TIME`.
pub(crate) fn noted() -> impl TypedValueParser<Value = Reading> {
    StringValueParser::new().try_map(|text| reading(&text, false))
}

/// Reads `CALLS@TIME`, or `now`.
pub(crate) fn noted_or_now() -> impl TypedValueParser<Value = Reading> {
    StringValueParser::new().try_map(|text| reading(&text, true))
}

fn reading(text: &str, may_be_now: bool) -> Result<Reading, Words> {
    if may_be_now && text == NOW {
        return Ok(Reading::Now);
    }
    let parts = text
        .split_once('@')
        .and_then(|(calls, at)| Some(Reading::Noted(calls.trim().parse().ok()?, instant(at, VENDORS_ZONE)?)));
    parts.ok_or_else(|| {
        Words::new(
            "the number of calls left and the time are expected, such as 250@2026-11-21T08:00:00 (UTC+8 unless an offset is given)",
            "应为剩余次数和读取时间，例如 250@2026-11-21T08:00:00（未写时区时按 UTC+8）",
        )
    })
}
