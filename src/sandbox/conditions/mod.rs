//! The conditions under which the sandbox's vendors answer: the delay, and the calls in a second and in a day.

mod delay;
mod limits;

use serde::{Deserialize, Serialize};

pub use self::delay::Delay;
pub(super) use self::{
    delay::MAX_DELAY_MS,
    limits::{Limit, Limits},
};
use crate::sandbox::ledger::{Call, Vendor};

/// How late the sandbox's vendors answer, and how many calls they take.
///
/// It is plain data. The file of `liveness sandbox --settings` and the `conditions` of the control API have its
/// serialized form, and an unknown key is an error that names it. By default there is no delay and no limit. **None
/// of these numbers is a vendor's**: neither documents its limits or its latency.
///
/// ```
/// use std::time::Duration;
/// use liveness::sandbox::{Call, Conditions, Delay, Sandbox, Vendor};
///
/// let conditions = Conditions::new()
///     .with_seed(7)
///     .with_delay(Call::Compare, Delay::log_normal(Duration::from_millis(300), Duration::from_millis(1_800))?)
///     .with_calls_per_second(Vendor::TencentMarket, 10)
///     .with_calls_per_day(Vendor::Jumdata, 5_000);
/// let same = r#"{
///     "seed": 7,
///     "delay": { "compare": { "log_normal_ms": { "median": 300, "p99": 1800 } } },
///     "calls_per_second": { "tencent-market": 10 },
///     "calls_per_day": { "jumdata": 5000 }
/// }"#;
/// assert_eq!(conditions, serde_json::from_str(same)?);
/// let sandbox = Sandbox::builder().with_conditions(conditions).build();
/// # let _ = sandbox;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    delay: Delays,
    calls_per_second: PerVendor,
    calls_per_day: PerVendor,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Delays {
    #[serde(skip_serializing_if = "Option::is_none")]
    init: Option<Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meter: Option<Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compare: Option<Delay>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PerVendor {
    #[serde(skip_serializing_if = "Option::is_none")]
    jumdata: Option<u64>,
    #[serde(rename = "tencent-market", skip_serializing_if = "Option::is_none")]
    tencent_market: Option<u64>,
}

impl PerVendor {
    fn get(self, vendor: Vendor) -> Option<u64> {
        match vendor {
            Vendor::Jumdata => self.jumdata,
            Vendor::TencentMarket => self.tencent_market,
        }
    }

    fn set(&mut self, vendor: Vendor, calls: u64) {
        match vendor {
            Vendor::Jumdata => self.jumdata = Some(calls),
            Vendor::TencentMarket => self.tencent_market = Some(calls),
        }
    }
}

impl Conditions {
    /// No delay and no limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the drawn delays the same in every run: the n-th delay of a call depends on the seed, the call and n
    /// alone, and not on other calls in between. Defaults to randomness of the sandbox's clock.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the delay of this call. [`Call::Unknown`] has no delay. Defaults to none.
    pub fn with_delay(mut self, call: Call, delay: Delay) -> Self {
        match call {
            Call::Init => self.delay.init = Some(delay),
            Call::Html => self.delay.html = Some(delay),
            Call::Result => self.delay.result = Some(delay),
            Call::Meter => self.delay.meter = Some(delay),
            Call::Compare => self.delay.compare = Some(delay),
            Call::Unknown => {}
        }
        self
    }

    /// Sets how many signed calls (init and result together; compare) this vendor takes in each second of the
    /// sandbox's clock. More are refused and not charged: 609, and the gateway's 429 `API rate limit exceeded`.
    /// Defaults to no limit.
    pub fn with_calls_per_second(mut self, vendor: Vendor, calls: u64) -> Self {
        self.calls_per_second.set(vendor, calls);
        self
    }

    /// Sets how many signed calls (init and result together; compare) this vendor takes in a day, from midnight to
    /// midnight in UTC+8. More are refused and not charged: 606, and the gateway's 429 `API quota exceeded`. Calls
    /// refused for their rate do not count. Defaults to no limit.
    pub fn with_calls_per_day(mut self, vendor: Vendor, calls: u64) -> Self {
        self.calls_per_day.set(vendor, calls);
        self
    }

    pub(super) fn seed(&self) -> Option<u64> {
        self.seed
    }

    pub(super) fn delay_of(&self, call: Call) -> Option<&Delay> {
        match call {
            Call::Init => self.delay.init.as_ref(),
            Call::Html => self.delay.html.as_ref(),
            Call::Result => self.delay.result.as_ref(),
            Call::Meter => self.delay.meter.as_ref(),
            Call::Compare => self.delay.compare.as_ref(),
            Call::Unknown => None,
        }
    }

    pub(super) fn per_second(&self, vendor: Vendor) -> Option<u64> {
        self.calls_per_second.get(vendor)
    }

    pub(super) fn per_day(&self, vendor: Vendor) -> Option<u64> {
        self.calls_per_day.get(vendor)
    }
}
