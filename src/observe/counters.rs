//! An observer that counts events with `metrics`.

use std::{collections::BTreeSet, time::Duration};

use ::metrics::{
    Label, SharedString, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use super::{
    is_in_doubt,
    metrics::{
        ATTEMPT_SECONDS, ATTEMPTS, BREAKER_OPEN, BREAKER_OPENED, CALL_SECONDS, CALLS, CALLS_IN_DOUBT, CAPS_NEAR,
        CAPS_REACHED, CHARGES_CERTAIN, CHARGES_POSSIBLE, CLOCK_SKEW, CODES, IN_DOUBT, JOURNAL, METRICS, MetricInfo,
        MetricKind, PASSED_OVER, PHOTO_BYTES, PHOTO_SECONDS, PHOTOS, RECEIVED_BYTES, REFUSALS, REPAIRS, RETRIES,
        RETRY_BUDGET_EMPTY, SENT_BYTES, TRANSPORT_ERRORS,
    },
};
use crate::{
    model::{Again, CallResult, CallSummary, Delivery, ErrorKind, Event, Language, Observer, Portrait, ProviderId},
    money::{Cap, Journal, JournalError},
};

/// The names of calls in the rooms around a provider: those of [`CallKind`](crate::CallKind), and the portrait's.
const ROOMS_CALLS: [&str; 3] = ["begin", "resume", Portrait::CALL];
/// The steps of a journal that an observer sees.
const JOURNAL_STEPS: [&str; 14] = [
    "opened",
    "answered",
    "pending",
    "ask_again",
    "free",
    "in_doubt",
    "held_answered",
    "held_in_flight",
    "held_in_doubt",
    "held_other_inputs",
    "held_unknown_key",
    "failed",
    "not_recorded",
    "gate_not_asked",
];
/// How many records of the journal are read at a time.
const PAGE: usize = 500;

/// Counts events for the recorder of the facade crate `metrics` that the program installs.
/// [`METRICS`](super::METRICS) lists the metrics.
///
/// No label has more values than this crate, your accounts and your own vendors have words: an undocumented vendor
/// code counts as `other`, and request numbers, references and hosts are not labels.
///
/// ```
/// use liveness::{Jumdata, Sandbox, observe::MetricsObserver};
///
/// // Install the recorder first, such as that of `metrics-exporter-prometheus`.
/// let provider = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new()).with_observer(MetricsObserver::new());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MetricsObserver(());

impl MetricsObserver {
    /// Describes each metric to the recorder, which must be installed before.
    pub fn new() -> Self {
        for metric in METRICS {
            let (name, text) = (metric.name, metric.description(Language::English));
            let unit = match name {
                name if name.contains("_seconds") => Unit::Seconds,
                name if name.contains("_bytes") => Unit::Bytes,
                _ => Unit::Count,
            };
            match metric.kind {
                MetricKind::Counter => describe_counter!(name, unit, text),
                MetricKind::Gauge => describe_gauge!(name, unit, text),
                MetricKind::Histogram => describe_histogram!(name, unit, text),
            }
        }
        Self(())
    }

    /// Sets the counters of this account's calls to zero: charges, doubt, refusals, and the steps of the rooms around
    /// it. Call it at the start, with a provider's [id](crate::LivenessProvider::id) and the names of its calls
    /// ([`Jumdata::CALLS`](crate::Jumdata::CALLS)). For a set, use [its own method](Self::start_set_at_zero).
    ///
    /// Prometheus sees an increase only of a counter that it saw before. Without this call, `increase` and alarms
    /// based on it miss the first charge, the first refused key and the first doubt of each process.
    ///
    /// ```
    /// use liveness::{Jumdata, LivenessProvider, Sandbox, observe::MetricsObserver};
    ///
    /// let metrics = MetricsObserver::new();
    /// let provider = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new()).with_observer(metrics);
    /// metrics.start_at_zero(provider.id(), Jumdata::CALLS);
    /// ```
    pub fn start_at_zero(&self, provider: &ProviderId, calls: &[&'static str]) {
        for call in calls {
            for metric in [&CHARGES_CERTAIN, &CHARGES_POSSIBLE, &CALLS_IN_DOUBT] {
                count(metric, 0, of(provider, [call]));
            }
            no_refusals(provider, call, yes_no(true));
            no_refusals(provider, call, yes_no(false));
        }
        for call in ROOMS_CALLS {
            no_refusals(provider, call, yes_no(false));
        }
        for kind in ErrorKind::ALL {
            count(&PASSED_OVER, 0, of(provider, [kind.as_str()]));
        }
        for cap in Cap::ALL {
            count(&CAPS_NEAR, 0, of(provider, [cap.as_str()]));
            count(&CAPS_REACHED, 0, of(provider, [cap.as_str()]));
        }
        for step in JOURNAL_STEPS {
            count(&JOURNAL, 0, of(provider, [step]));
        }
        count(&RETRY_BUDGET_EMPTY, 0, of_account(provider));
    }

    /// The same for a [`Failover`](crate::money::Failover), by its own id and the accounts in it: a set reports a
    /// refusal under its own name if it calls no provider, and has a breaker for each account.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use liveness::{Jumdata, LivenessProvider, Sandbox, money::Failover, observe::MetricsObserver};
    ///
    /// let metrics = MetricsObserver::new();
    /// let main = Jumdata::new(Sandbox::jumdata_credentials(), Sandbox::new()).with_observer(metrics);
    /// let set = Failover::new("h5", [Arc::new(main) as Arc<dyn LivenessProvider>])?.with_observer(metrics);
    /// metrics.start_set_at_zero(set.id(), &set.accounts());
    /// # Ok::<(), liveness::Error>(())
    /// ```
    pub fn start_set_at_zero(&self, id: &ProviderId, accounts: &[ProviderId]) {
        for call in ROOMS_CALLS {
            no_refusals(id, call, yes_no(false));
        }
        for account in accounts {
            count(&BREAKER_OPENED, 0, of_breaker(account, id));
            set(&BREAKER_OPEN, 0.0, of_breaker(account, id));
        }
    }

    /// Counts the journal's calls in doubt, sets the gauge `liveness_in_doubt` with the label `store`, and returns
    /// the number. Call it from time to time, such as once a minute: it reads every record in doubt.
    ///
    /// `store` is your own name of the journal: the same in each process that shares it, and a different one for each
    /// other journal. Then `sum(max by (store) (liveness_in_doubt))` counts each doubt once.
    ///
    /// # Errors
    ///
    /// As [`Journal::in_doubt`]. The gauge then keeps its value.
    pub fn count_doubts(&self, store: &str, journal: &dyn Journal) -> Result<usize, JournalError> {
        let (mut count, mut after) = (0, None);
        loop {
            let page = journal.in_doubt(after.as_ref(), PAGE)?;
            count += page.len();
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.key.clone()),
                _ => break,
            }
        }
        self.set_doubts(store, count);
        Ok(count)
    }

    /// Sets the gauge `liveness_in_doubt`, if calls in doubt are stored elsewhere than in a [`Journal`]. `store` is
    /// as in [`count_doubts`](Self::count_doubts).
    pub fn set_doubts(&self, store: &str, count: usize) {
        set(&IN_DOUBT, count as f64, vec![store.to_owned().into()]);
    }
}

impl Default for MetricsObserver {
    fn default() -> Self {
        Self::new()
    }
}

/// The labels of a metric, in the order in which it names them.
fn labels(metric: &MetricInfo, values: Vec<SharedString>) -> Vec<Label> {
    debug_assert_eq!(metric.labels.len(), values.len(), "{}", metric.name);
    metric.labels.iter().zip(values).map(|(name, value)| Label::new(*name, value)).collect()
}

fn count(metric: &MetricInfo, by: u64, values: Vec<SharedString>) {
    counter!(metric.name, labels(metric, values)).increment(by);
}

fn took(metric: &MetricInfo, time: Duration, values: Vec<SharedString>) {
    histogram!(metric.name, labels(metric, values)).record(time);
}

fn set(metric: &MetricInfo, to: f64, values: Vec<SharedString>) {
    gauge!(metric.name, labels(metric, values)).set(to);
}

fn of_account(provider: &ProviderId) -> Vec<SharedString> {
    vec![provider.vendor().to_owned().into(), provider.account().to_owned().into()]
}

fn of_breaker(provider: &ProviderId, set: &ProviderId) -> Vec<SharedString> {
    let mut values = of_account(provider);
    values.push(set.account().to_owned().into());
    values
}

/// Sets every possible refusal of this call to zero.
fn no_refusals(provider: &ProviderId, call: &'static str, sent: &'static str) {
    for kind in ErrorKind::ALL {
        let actors: BTreeSet<_> = Again::ALL.iter().map(|again| kind.actor(*again).as_str()).collect();
        for actor in actors {
            count(&REFUSALS, 0, of(provider, [call, kind.as_str(), actor, sent]));
        }
    }
}

/// The account, and further label values.
fn of<const N: usize>(provider: &ProviderId, words: [&'static str; N]) -> Vec<SharedString> {
    let mut values = of_account(provider);
    values.extend(words.map(SharedString::const_str));
    values
}

fn words<const N: usize>(words: [&'static str; N]) -> Vec<SharedString> {
    words.map(SharedString::const_str).into()
}

const fn yes_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

impl Observer for MetricsObserver {
    fn on(&self, event: &Event<'_>) {
        match *event {
            Event::AttemptBegan { provider, name, bytes, .. } => count(&SENT_BYTES, bytes as u64, of(provider, [name])),
            Event::AttemptEnded { provider, name, delivery, error, bytes, elapsed, .. } => {
                count(&ATTEMPTS, 1, of(provider, [name, delivery.as_str()]));
                count(&RECEIVED_BYTES, bytes as u64, of(provider, [name]));
                took(&ATTEMPT_SECONDS, elapsed, of(provider, [name]));
                if let Some(error) = error {
                    count(&TRANSPORT_ERRORS, 1, of(provider, [name, error]));
                }
            }
            Event::CallEnded { provider, name, is_paid, delivery, elapsed, ref summary, .. } => {
                took(&CALL_SECONDS, elapsed, of(provider, [name]));
                ended(provider, name, is_paid, delivery, summary);
            }
            Event::CallRefused { provider, name, kind, actor, .. } => {
                count(&REFUSALS, 1, of(provider, [name, kind.as_str(), actor.as_str(), yes_no(false)]));
            }
            Event::Retrying { provider, name, kind, .. } => count(&RETRIES, 1, of(provider, [name, kind.as_str()])),
            Event::RetryBudgetEmpty { provider } => count(&RETRY_BUDGET_EMPTY, 1, of_account(provider)),
            Event::ClockSkew { provider, seconds } => set(&CLOCK_SKEW, seconds as f64, of_account(provider)),
            Event::AnswerRepaired { provider, name, repair } => {
                count(&REPAIRS, 1, of(provider, [name, repair.as_str()]));
            }
            Event::JournalOpened { provider, .. } => count(&JOURNAL, 1, of(provider, ["opened"])),
            Event::JournalHeld { provider, standing, .. } => count(&JOURNAL, 1, of(provider, [held(standing)])),
            Event::JournalClosed { provider, ending, .. } => count(&JOURNAL, 1, of(provider, [ending])),
            Event::JournalFailed { provider, .. } => count(&JOURNAL, 1, of(provider, ["failed"])),
            Event::NotRecorded { provider, .. } => count(&JOURNAL, 1, of(provider, ["not_recorded"])),
            Event::GateNotAsked { provider } => count(&JOURNAL, 1, of(provider, ["gate_not_asked"])),
            Event::CapNear { provider, cap, .. } => count(&CAPS_NEAR, 1, of(provider, [cap])),
            Event::CapReached { provider, cap, .. } => count(&CAPS_REACHED, 1, of(provider, [cap])),
            Event::PassedOver { provider, kind } => count(&PASSED_OVER, 1, of(provider, [kind.as_str()])),
            Event::BreakerOpened { set: label, provider } => {
                set(&BREAKER_OPEN, 1.0, of_breaker(provider, label));
                count(&BREAKER_OPENED, 1, of_breaker(provider, label));
            }
            Event::BreakerClosed { set: label, provider } => set(&BREAKER_OPEN, 0.0, of_breaker(provider, label)),
            Event::PhotoPrepared {
                source,
                passed_through,
                bytes_in,
                bytes_out,
                decode,
                resize,
                colour,
                measure,
                encode,
            } => {
                count(&PHOTOS, 1, words([source, if passed_through { "passed_through" } else { "prepared" }]));
                count(&PHOTO_BYTES, bytes_in as u64, words(["in"]));
                count(&PHOTO_BYTES, bytes_out as u64, words(["out"]));
                let stages = [
                    ("decode", decode),
                    ("resize", resize),
                    ("colour", colour),
                    ("measure", measure),
                    ("encode", encode),
                ];
                for (stage, time) in stages {
                    took(&PHOTO_SECONDS, time, words([stage]));
                }
            }
            Event::PhotoRefused { kind } => count(&PHOTOS, 1, words(["unknown", kind])),
            Event::CallBegan { .. } => {}
        }
    }
}

fn ended(provider: &ProviderId, name: &'static str, is_paid: bool, delivery: Delivery, summary: &CallSummary<'_>) {
    count(&CALLS, 1, of(provider, [name, summary.result.as_str()]));
    // Also if it is zero, so that a dashboard shows a line.
    count(&CHARGES_CERTAIN, summary.charges.certain().into(), of(provider, [name]));
    count(&CHARGES_POSSIBLE, summary.charges.possible().into(), of(provider, [name]));
    // A broken answer may already have contained its code.
    if delivery == Delivery::Answered || summary.vendor_code.is_some() {
        let code = summary.code.unwrap_or(if summary.vendor_code.is_some() { "other" } else { "none" });
        count(&CODES, 1, of(provider, [name, code]));
    }
    if let CallResult::Failed { kind, actor } = summary.result {
        count(&REFUSALS, 1, of(provider, [name, kind.as_str(), actor.as_str(), yes_no(delivery != Delivery::NotSent)]));
    }
    count(&CALLS_IN_DOUBT, is_in_doubt(is_paid, delivery, summary).into(), of(provider, [name]));
}

const fn held(standing: &'static str) -> &'static str {
    match standing.as_bytes() {
        b"answered" => "held_answered",
        b"in_flight" => "held_in_flight",
        b"in_doubt" => "held_in_doubt",
        b"other_inputs" => "held_other_inputs",
        b"unknown_key" => "held_unknown_key",
        _ => "held",
    }
}
