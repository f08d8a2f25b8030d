//! The dashboard for Grafana asks for metrics that exist.

use liveness::observe::{METRICS, MetricKind};
use serde_json::Value;

const DASHBOARD: &str = include_str!("../../docs/grafana.json");

fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if ["expr", "query", "definition"].contains(&name.as_str()) => {
                        found.push(text.clone())
                    }
                    other => expressions(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

/// The words of a query that begin as our metrics do.
fn metrics_of(query: &str) -> impl Iterator<Item = &str> {
    query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("liveness_"))
}

#[test]
fn each_query_names_a_metric_of_the_catalogue_and_labels_that_it_has() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut queries = Vec::new();
    expressions(&dashboard, &mut queries);
    assert!(queries.len() > 10);
    for query in &queries {
        for word in metrics_of(query) {
            let metric = METRICS.iter().find(|metric| {
                let suffixes: &[&str] =
                    if metric.kind == MetricKind::Histogram { &["_bucket", "_count", "_sum"] } else { &[""] };
                suffixes.iter().any(|suffix| format!("{}{suffix}", metric.name) == word)
            });
            let metric = metric.unwrap_or_else(|| panic!("{word} in {query}"));
            for labels in query.split("by (").skip(1).map(|rest| rest.split(')').next().unwrap()) {
                for label in labels.split(", ").filter(|label| *label != "le") {
                    assert!(metric.labels.contains(&label), "{label} in {query}");
                }
            }
        }
    }
}

#[test]
fn it_shows_charges_doubt_refusals_by_who_must_act_latency_retries_and_breakers() {
    for name in [
        "liveness_charges_certain_total",
        "liveness_charges_possible_total",
        "liveness_in_doubt",
        "liveness_calls_in_doubt_total",
        "liveness_refusals_total",
        "liveness_call_duration_seconds_bucket",
        "liveness_retries_total",
        "liveness_breaker_open",
        "liveness_photo_stage_duration_seconds_bucket",
    ] {
        assert!(DASHBOARD.contains(name), "{name}");
    }
    assert!(DASHBOARD.contains("by (actor"), "by who must act");
    assert!(
        DASHBOARD.contains("sum(max by (store) (liveness_in_doubt))"),
        "each store once, however many processes share it"
    );
    assert!(!DASHBOARD.contains("today"), "24 hours are no day of a calendar, in no time zone");
}
