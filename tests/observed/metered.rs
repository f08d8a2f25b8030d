//! Tests what a program counts, and that no vendor can make the labels many.

use std::{collections::BTreeSet, sync::Arc};

use liveness::{
    Body, CallKind, Jumdata, LivenessProvider, Observer, Request, Response, RetryPolicy, Sandbox, TencentMarket,
    money::{BreakerPolicy, Failover},
    observe::{METRICS, MetricKind, MetricsObserver},
    sandbox::Fault,
};

use crate::{
    capture::{capture, sum},
    stage::play,
    support::{self, liveness, same_person},
};

fn sandbox() -> Sandbox {
    Sandbox::builder().with_clock(support::clock()).build()
}

fn hosted(sandbox: &Sandbox) -> Jumdata {
    let hosted = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
    hosted.with_clock(support::clock()).with_observer(MetricsObserver::new())
}

#[test]
fn charges_refusals_and_doubt_are_counted_by_vendor_and_call() {
    let sandbox = sandbox();
    let text = capture(|| {
        let hosted = hosted(&sandbox);
        let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
        let market = market.with_clock(support::clock()).with_observer(MetricsObserver::new());
        let session = hosted.begin(&liveness()).unwrap().into_verdict().unwrap_err();
        let session = hosted.resume(&session).unwrap().into_verdict().unwrap_err();
        sandbox.finish(&session);
        let _ = hosted.resume(&session).unwrap();
        let _ = market.begin(&same_person()).unwrap();
        sandbox.arm_fault(Fault::DropAfterCharge, 1);
        market.begin(&same_person()).unwrap_err();
        market.begin(&liveness()).unwrap_err();
    })
    .metrics;
    let sum = |name: &str, labels: &[&str]| sum(&text, name, labels);
    assert_eq!(sum("liveness_calls_total", &[r#"call="compare""#, r#"result="passed""#]), 1.0, "{text}");
    assert_eq!(sum("liveness_calls_total", &[r#"vendor="jumdata""#, r#"call="result""#]), 2.0);
    assert_eq!(sum("liveness_vendor_codes_total", &[r#"call="result""#, r#"code="201""#]), 1.0);
    let charged = sandbox.ledger().charges() as f64;
    assert!(
        sum("liveness_charges_certain_total", &[]) <= charged && charged <= sum("liveness_charges_possible_total", &[])
    );
    assert_eq!(sum("liveness_charges_possible_total", &[r#"call="compare""#]), 2.0);
    assert_eq!(sum("liveness_calls_in_doubt_total", &[]), 1.0);
    assert_eq!(sum("liveness_refusals_total", &[r#"actor="operator""#, r#"sent="yes""#]), 1.0);
    assert_eq!(sum("liveness_refusals_total", &[r#"actor="caller""#, r#"kind="invalid_check""#, r#"sent="no""#]), 1.0);
    assert_eq!(sum("liveness_call_duration_seconds_count", &[r#"call="init""#]), 1.0);
    assert_eq!(sum("liveness_attempts_total", &[r#"delivery="lost""#]), 1.0);
}

#[test]
fn an_odd_vendor_cannot_make_the_labels_many() {
    let series = |answers: usize| {
        let text = capture(|| {
            for number in 0..answers {
                let body = format!(
                    r#"{{"code":"X-{number}","errcode":"X-{number}","taskNo":"N-{number}","jobid":"J-{number}"}}"#
                );
                let vendor = move |_: Request| Ok(Response::new(Body::from(body.clone())));
                let hosted =
                    Jumdata::new(Sandbox::jumdata_credentials(), vendor.clone()).with_observer(MetricsObserver::new());
                let check = liveness().with_reference(format!("order-{number}").parse().unwrap());
                hosted.begin(&check).unwrap_err();
                let market = TencentMarket::new(Sandbox::tencent_market_credentials(), vendor);
                market.with_observer(MetricsObserver::new()).begin(&same_person()).unwrap_err();
            }
        })
        .metrics;
        assert_eq!(sum(&text, "liveness_vendor_codes_total", &[r#"code="other""#]), 2.0 * answers as f64, "{text}");
        text.lines().filter(|line| !line.starts_with('#')).count()
    };
    assert_eq!(series(1), series(200));
}

#[test]
fn every_metric_of_the_catalogue_is_counted_in_the_play_with_its_labels_and_no_other_is() {
    let text = capture(|| {
        play(&(std::sync::Arc::new(MetricsObserver::new()) as std::sync::Arc<dyn Observer>));
    })
    .metrics;
    let mut seen = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, labels) = line.split_once(['{', ' ']).unwrap();
        let name = name.trim_end_matches("_sum").trim_end_matches("_count");
        let metric = METRICS.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{line}"));
        seen.insert(name.to_owned());
        let names: BTreeSet<_> =
            labels.split(',').filter_map(|label| label.split_once("=\"")).map(|(name, _)| name).collect();
        let names: BTreeSet<_> = names.into_iter().filter(|name| *name != "quantile").collect();
        assert_eq!(names, metric.labels.iter().copied().collect(), "{line}");
    }
    let prepares = |name: &str| cfg!(feature = "photo") || !name.starts_with("liveness_photo_");
    let known = METRICS.iter().map(|metric| metric.name.to_owned()).filter(|name| prepares(name));
    assert_eq!(seen, known.collect(), "a metric that nothing counts, or that the catalogue lacks");
}

/// The series of a metric, without their values.
fn series<'a>(text: &'a str, name: &str) -> BTreeSet<&'a str> {
    let lines = text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{')));
    lines.map(|line| line.rsplit_once(' ').unwrap().0).collect()
}

#[test]
fn what_starts_at_zero_is_all_that_an_account_can_come_to() {
    let zero = capture(|| {
        let metrics = MetricsObserver::new();
        for account in ["jumdata/default", "tencent-market/default", "tencent-market/other", "acme/a"] {
            let calls = [Jumdata::CALLS, TencentMarket::CALLS].concat();
            metrics.start_at_zero(&account.parse().unwrap(), &calls);
        }
        let market = ["tencent-market/default".parse().unwrap(), "tencent-market/other".parse().unwrap()];
        metrics.start_set_at_zero(&"failover/set".parse().unwrap(), &market);
    })
    .metrics;
    let played = capture(|| {
        play(&(std::sync::Arc::new(MetricsObserver::new()) as std::sync::Arc<dyn Observer>));
    })
    .metrics;
    for name in [
        "liveness_charges_certain_total",
        "liveness_charges_possible_total",
        "liveness_calls_in_doubt_total",
        "liveness_refusals_total",
        "liveness_passed_over_total",
        "liveness_caps_near_total",
        "liveness_caps_reached_total",
        "liveness_journal_total",
        "liveness_retry_budget_empty_total",
        "liveness_breaker_opened_total",
        "liveness_breaker_open",
    ] {
        let (zero, played) = (series(&zero, name), series(&played, name));
        assert!(!played.is_empty() && played.is_subset(&zero), "{:?}", played.difference(&zero));
    }
    assert!(zero.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).all(|line| line.ends_with(" 0")));
    for (vendor, calls) in [("jumdata", Jumdata::CALLS), ("tencent-market", TencentMarket::CALLS)] {
        let made = series(&played, "liveness_calls_total").into_iter().filter(|labels| labels.contains(vendor));
        let made: BTreeSet<_> = made.filter_map(|labels| labels.split("call=\"").nth(1)?.split('"').next()).collect();
        assert_eq!(made, calls.iter().copied().collect(), "the names of {vendor}'s calls");
    }
    let calls: BTreeSet<_> = CallKind::ALL.iter().map(|call| call.as_str()).collect();
    assert!(calls.iter().all(|call| zero.contains(&format!("call=\"{call}\""))), "the rooms' own names: {calls:?}");
}

#[test]
fn a_breaker_is_told_by_its_set_because_each_set_has_its_own() {
    let sandbox = sandbox();
    let text = capture(|| {
        let metrics = MetricsObserver::new();
        let set = |label: &str| {
            let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
            let market = market.with_clock(support::clock()).with_retry(RetryPolicy::never());
            let set = Failover::new(label, [Arc::new(market) as Arc<dyn LivenessProvider>]).unwrap();
            let set = set.with_breaker(BreakerPolicy::new().with_failures(1)).with_observer(metrics);
            metrics.start_set_at_zero(set.id(), &set.accounts());
            set
        };
        let (first, second) = (set("first"), set("second"));
        sandbox.arm_fault(Fault::Refuse, 1);
        first.begin(&same_person()).unwrap_err();
        let _ = second.begin(&same_person()).unwrap();
    })
    .metrics;
    for (set, is_open) in [("first", 1.0), ("second", 0.0)] {
        let labels = [r#"account="default""#, &format!("set=\"{set}\"")];
        assert_eq!(sum(&text, "liveness_breaker_open", &labels), is_open, "{set}: {text}");
        assert_eq!(sum(&text, "liveness_breaker_opened_total", &labels), is_open);
        let label = format!("vendor=\"failover\",account=\"{set}\"");
        assert!(
            text.contains(&format!("liveness_refusals_total{{{label},call=\"begin\",kind=\"unavailable\"")),
            "{text}"
        );
    }
}

#[test]
fn two_journals_of_one_process_are_told_apart() {
    let text = capture(|| {
        let metrics = MetricsObserver::new();
        metrics.set_doubts("a", 3);
        metrics.set_doubts("b", 2);
    })
    .metrics;
    assert_eq!(sum(&text, "liveness_in_doubt", &[]), 5.0, "{text}");
}

#[test]
fn names_and_descriptions_follow_the_conventions_of_prometheus() {
    let text = capture(|| {
        let _ = MetricsObserver::new();
    })
    .metrics;
    assert!(text.is_empty(), "a description alone is no sample: {text}");
    for metric in METRICS {
        assert!(
            metric.name.starts_with("liveness_")
                && metric.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        );
        match metric.kind {
            MetricKind::Counter => assert!(metric.name.ends_with("_total"), "{}", metric.name),
            MetricKind::Histogram => assert!(metric.name.ends_with("_seconds"), "{}", metric.name),
            _ => assert!(!metric.name.ends_with("_total"), "{}", metric.name),
        }
    }
}
