//! The sections of the settings, as types that serde fills.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::Deserialize;

use super::duration::Span;
use crate::{
    client::{RetryBudget, RetryPolicy},
    model::Secret,
    money::{BreakerPolicy, Caps, DoubtPolicy},
    photo::{ByteLimit, PhotoFormats, PhotoSpec},
    provider::tencent_market::SignatureScheme,
};

/// One account. Building checks whether each key is one of its vendor's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Candidate {
    pub(super) vendor: String,
    pub(super) account: Option<String>,
    #[serde(default)]
    pub(super) retired: bool,
    pub(super) endpoint: Option<String>,
    pub(super) app_id: Option<Secret>,
    pub(super) app_id_file: Option<PathBuf>,
    pub(super) app_secret: Option<Secret>,
    pub(super) app_secret_file: Option<PathBuf>,
    pub(super) path: Option<String>,
    pub(super) page_address: Option<String>,
    pub(super) product_code: Option<String>,
    pub(super) portrait_hosts: Option<Vec<String>>,
    pub(super) repeated_result: Option<bool>,
    pub(super) meter_field: Option<String>,
    pub(super) secret_id: Option<Secret>,
    pub(super) secret_id_file: Option<PathBuf>,
    pub(super) secret_key: Option<Secret>,
    pub(super) secret_key_file: Option<PathBuf>,
    pub(super) scheme: Option<SignatureScheme>,
    pub(super) source: Option<String>,
    pub(super) billed_codes: Option<Vec<String>>,
    pub(super) photo: Option<Photo>,
    #[serde(default)]
    pub(super) retry: Retry,
    #[serde(default)]
    pub(super) options: BTreeMap<String, Secret>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    max_attempts: Option<u32>,
    initial_backoff: Option<Span>,
    max_backoff: Option<Span>,
    attempt_timeout: Option<Span>,
    deadline: Option<Span>,
    budget: Option<u32>,
    successes_per_retry: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Photo {
    byte_limit: Option<ByteLimit>,
    formats: Option<PhotoFormats>,
    min_side_px: Option<u32>,
    max_side_px: Option<u32>,
    long_side_px: Option<u32>,
    quality_floor: Option<f32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "ureq"), allow(dead_code, reason = "a file is read the same, whoever brings the transport"))]
pub(super) struct Transport {
    pub(super) connect_timeout: Option<Span>,
    pub(super) timeout: Option<Span>,
    pub(super) idle_connections: Option<Span>,
    pub(super) max_response_bytes: Option<u32>,
    pub(super) proxy: Option<Secret>,
    pub(super) proxy_file: Option<PathBuf>,
    pub(super) root_certificates: Option<PathBuf>,
    #[serde(default)]
    pub(super) allow_plain_http: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failover {
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) after_doubt: bool,
    #[serde(default)]
    pub(super) after_cap: bool,
    #[serde(default)]
    pub(super) same_goal_only: bool,
    pub(super) identity_only_to: Option<Vec<String>>,
    #[serde(default)]
    pub(super) breaker: Breaker,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Breaker {
    failures: Option<u32>,
    wait: Option<Span>,
    probe_time: Option<Span>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CapsSection {
    per_minute: Option<u32>,
    per_day: Option<u32>,
    per_reference: Option<u32>,
    in_flight: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JournalSection {
    pub(super) folder: PathBuf,
    pub(super) retention: Option<Span>,
    pub(super) sealing_key: Option<Secret>,
    pub(super) sealing_key_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) former_key_files: Vec<PathBuf>,
    #[serde(default)]
    pub(super) any_file_system: bool,
    pub(super) deadline: Option<Span>,
    pub(super) wait: Option<Span>,
    new_sessions: Option<u32>,
    repeated_results: Option<u32>,
}

impl Retry {
    /// The policy, in which these keys have precedence.
    pub(super) fn policy(&self, general: &Self) -> RetryPolicy {
        let mut policy = RetryPolicy::new();
        let count = |own: Option<u32>, general: Option<u32>| own.or(general);
        let span = |own: Option<Span>, general: Option<Span>| own.or(general).map(|span| span.0);
        if let Some(attempts) = count(self.max_attempts, general.max_attempts) {
            policy = policy.with_max_attempts(attempts);
        }
        if let Some(wait) = span(self.initial_backoff, general.initial_backoff) {
            policy = policy.with_initial_backoff(wait);
        }
        if let Some(wait) = span(self.max_backoff, general.max_backoff) {
            policy = policy.with_max_backoff(wait);
        }
        if let Some(timeout) = span(self.attempt_timeout, general.attempt_timeout) {
            policy = policy.with_attempt_timeout(timeout);
        }
        if let Some(deadline) = span(self.deadline, general.deadline) {
            policy = policy.with_deadline(deadline);
        }
        if let Some(retries) = count(self.budget, general.budget) {
            let budget = RetryBudget::new(retries);
            policy = policy.with_budget(match count(self.successes_per_retry, general.successes_per_retry) {
                Some(successes) => budget.with_successes_per_retry(successes),
                None => budget,
            });
        }
        policy
    }

    /// The spans that must not be zero, by their keys.
    pub(super) fn spans(&self) -> [(&'static str, Option<Span>); 2] {
        [("attempt_timeout", self.attempt_timeout), ("deadline", self.deadline)]
    }
}

impl Photo {
    /// The listing's specification with the changed values.
    pub(super) fn spec(&self) -> PhotoSpec {
        let listing = PhotoSpec::TENCENT_MARKET;
        let mut spec = listing.with_sides_px(
            self.min_side_px.unwrap_or(listing.min_side_px()),
            self.max_side_px.unwrap_or(listing.max_side_px()),
        );
        if let Some(limit) = self.byte_limit {
            spec = spec.with_byte_limit(limit);
        }
        if let Some(formats) = self.formats {
            let formats: Vec<_> = formats.iter().collect();
            spec = spec.with_formats(&formats);
        }
        if let Some(side) = self.long_side_px {
            spec = spec.with_long_side_px(side);
        }
        if let Some(floor) = self.quality_floor {
            spec = spec.with_quality_floor(floor);
        }
        spec
    }
}

impl Breaker {
    pub(super) fn policy(&self) -> BreakerPolicy {
        let mut policy = match self.failures {
            Some(0) => BreakerPolicy::never(),
            Some(failures) => BreakerPolicy::new().with_failures(failures),
            None => BreakerPolicy::new(),
        };
        if let Some(wait) = self.wait {
            policy = policy.with_wait(wait.0);
        }
        if let Some(time) = self.probe_time {
            policy = policy.with_probe_time(time.0);
        }
        policy
    }
}

impl CapsSection {
    pub(super) fn caps(&self) -> Caps {
        let mut caps = Caps::new();
        if let Some(charges) = self.per_minute {
            caps = caps.with_per_minute(charges);
        }
        if let Some(charges) = self.per_day {
            caps = caps.with_per_day(charges);
        }
        if let Some(charges) = self.per_reference {
            caps = caps.with_per_reference(charges);
        }
        if let Some(calls) = self.in_flight {
            caps = caps.with_in_flight(calls);
        }
        caps
    }
}

impl JournalSection {
    pub(super) fn doubt(&self) -> DoubtPolicy {
        let mut policy = DoubtPolicy::new();
        if let Some(times) = self.new_sessions {
            policy = policy.with_new_sessions(times);
        }
        if let Some(times) = self.repeated_results {
            policy = policy.with_repeated_results(times);
        }
        policy
    }

    pub(super) fn retention(&self) -> Option<time::Duration> {
        self.retention.map(|Span(span)| time::Duration::try_from(span).unwrap_or(time::Duration::MAX))
    }
}

/// Whether a span is set and is zero.
pub(super) fn is_nothing(span: Option<Span>) -> bool {
    span.is_some_and(|Span(span)| span == Duration::ZERO)
}
