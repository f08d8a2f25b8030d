//! Nothing of a person, no key, no token and no address is seen by any observer.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use liveness::{
    Event, Observer,
    observe::{MetricsObserver, TracingObserver},
};

use crate::{
    capture::{Capture, Told, capture},
    stage::{Canaries, Seen, play},
};

/// The value as it may be written, in lower case.
fn spellings(value: &str) -> Vec<String> {
    let percent = form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    let hex = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let escaped = value.escape_unicode().to_string();
    let bytes = format!("{:?}", value.as_bytes());
    let mut all = vec![value.to_owned(), percent, hex, escaped, bytes.trim_matches(['[', ']']).to_owned()];
    for before in 0..3 {
        let encoded = BASE64_STANDARD.encode([&vec![b'.'; before], value.as_bytes()].concat());
        let (from, to) = (if before == 0 { 0 } else { 4 }, encoded.len().saturating_sub(4));
        all.extend(encoded.get(from..to).filter(|part| part.len() >= 8).map(str::to_owned));
    }
    all.iter().map(|text| text.to_lowercase()).collect()
}

fn found(text: &str, canaries: &Canaries) -> Option<String> {
    let text = text.to_lowercase();
    canaries.0.iter().flat_map(|value| spellings(value)).find(|spelling| text.contains(spelling.as_str()))
}

fn everything(capture: &Capture, told: &Told) -> Vec<(&'static str, String)> {
    vec![
        ("the trace", format!("{:?} {:?}", capture.trace.spans(), capture.trace.events())),
        ("what is printed of it", capture.printed.clone()),
        ("the metrics", capture.metrics.clone()),
        ("the events themselves", told.take().join("\n")),
    ]
}

#[test]
fn no_canary_is_seen_whatever_happens() {
    let (told, mut canaries) = (Told::default(), Canaries::default());
    let capture = capture(|| {
        let seen: Seen = Arc::new((told.clone(), (TracingObserver::new(), MetricsObserver::new())));
        canaries = play(&seen);
    });
    assert!(canaries.0.len() > 100, "{}", canaries.0.len());
    for (what, text) in everything(&capture, &told) {
        assert!(text.len() > 5_000, "{what} holds {} bytes: it captured nothing", text.len());
        assert_eq!(found(&text, &canaries), None, "in {what}");
    }
}

/// Leaks what it should not, to see that the search finds it.
#[derive(Debug)]
struct Leaks(fn(&str));

impl Observer for Leaks {
    fn on(&self, event: &Event<'_>) {
        if matches!(event, Event::CallEnded { .. }) {
            (self.0)(crate::stage::NAME);
        }
    }
}

#[test]
fn a_canary_is_found_wherever_one_leaks() {
    let leaks: [fn(&str); 3] = [
        |name| tracing::trace!(person = name, "leaked"),
        |name| tracing::trace!("leaked {}", form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>()),
        |name| metrics::counter!("leaked_total", "name" => name.to_owned()).increment(1),
    ];
    for leak in leaks {
        let mut canaries = Canaries::default();
        let capture = capture(|| canaries = play(&(Arc::new(Leaks(leak)) as Seen)));
        let texts = everything(&capture, &Told::default());
        assert!(texts.iter().any(|(_, text)| found(text, &canaries).is_some()));
    }
}
