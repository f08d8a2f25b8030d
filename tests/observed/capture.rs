//! Everything that a program can see: a recorder's text, and all that a subscriber is given.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use liveness::{Event, Observer};
use metrics_exporter_prometheus::PrometheusBuilder;
use tracing::{
    Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::LevelFilter,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// What was captured of a span or an event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Its name.
    pub(crate) name: String,
    pub(crate) level: String,
    pub(crate) target: String,
    /// The names of the spans around it, the outermost first.
    pub(crate) within: Vec<String>,
    pub(crate) fields: BTreeMap<String, String>,
    /// All names of fields that it declares, with a value or not.
    pub(crate) declared: Vec<String>,
    pub(crate) is_closed: bool,
}

impl Seen {
    fn new(metadata: &Metadata<'_>, within: Vec<String>) -> Self {
        Self {
            name: metadata.name().to_owned(),
            level: metadata.level().to_string(),
            target: metadata.target().to_owned(),
            within,
            declared: metadata.fields().iter().map(|field| field.name().to_owned()).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn get(&self, field: &str) -> &str {
        self.fields.get(field).unwrap_or_else(|| panic!("{} has no {field}: {self:?}", self.name))
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

/// Keeps every span and event.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    spans: Arc<Mutex<Vec<(u64, Seen)>>>,
    events: Arc<Mutex<Vec<Seen>>>,
}

impl Trace {
    pub(crate) fn spans(&self) -> Vec<Seen> {
        self.spans.lock().unwrap().iter().map(|(_, seen)| seen.clone()).collect()
    }

    pub(crate) fn events(&self) -> Vec<Seen> {
        self.events.lock().unwrap().clone()
    }

    pub(crate) fn named(&self, name: &str) -> Vec<Seen> {
        self.spans().into_iter().chain(self.events()).filter(|seen| seen.name == name).collect()
    }

    fn with(&self, id: &Id, change: impl FnOnce(&mut Seen)) {
        let mut spans = self.spans.lock().unwrap();
        change(&mut spans.iter_mut().rfind(|(known, _)| *known == id.into_u64()).unwrap().1);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Trace {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let within =
            context.span_scope(id).into_iter().flat_map(|scope| scope.from_root()).map(|span| span.name().to_owned());
        let mut within: Vec<_> = within.collect();
        within.pop();
        let mut seen = Seen::new(attributes.metadata(), within);
        attributes.record(&mut seen);
        self.spans.lock().unwrap().push((id.into_u64(), seen));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.with(id, |seen| values.record(seen));
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let within = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let mut seen = Seen::new(event.metadata(), within.map(|span| span.name().to_owned()).collect());
        event.record(&mut seen);
        self.events.lock().unwrap().push(seen);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.with(&id, |seen| seen.is_closed = true);
    }
}

/// Runs it under a subscriber of every level and a recorder of its own.
pub(crate) struct Capture {
    pub(crate) trace: Trace,
    /// What `tracing-subscriber` prints, all spans' ends included.
    pub(crate) printed: String,
    /// What Prometheus would scrape.
    pub(crate) metrics: String,
}

pub(crate) fn capture(run: impl FnOnce()) -> Capture {
    capture_from(LevelFilter::TRACE, run)
}

/// The same with what is at least as grave as this.
pub(crate) fn capture_from(level: LevelFilter, run: impl FnOnce()) -> Capture {
    let (trace, printed) = (Trace::default(), Arc::new(Mutex::new(Vec::new())));
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let lines = Lines(Arc::clone(&printed));
    let format = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || lines.clone());
    let subscriber = Registry::default().with(level).with(trace.clone()).with(format);
    metrics::with_local_recorder(&recorder, || tracing::subscriber::with_default(subscriber, run));
    let printed = String::from_utf8(printed.lock().unwrap().clone()).unwrap();
    Capture { trace, printed, metrics: handle.render() }
}

#[derive(Clone)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The sum of a metric's samples whose labels hold all of these, such as `call="init"`.
pub(crate) fn sum(text: &str, name: &str, labels: &[&str]) -> f64 {
    let samples = text.lines().filter_map(|line| line.strip_prefix(name)).filter(|rest| rest.starts_with(['{', ' ']));
    let wanted = samples.filter(|rest| labels.iter().all(|label| rest.contains(label)));
    wanted.map(|rest| rest.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

/// Remembers every event, as it prints.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// The names of the events alone.
    pub(crate) fn names(&self) -> Vec<String> {
        self.take().iter().map(|text| text.split(' ').next().unwrap().to_owned()).collect()
    }
}

impl Observer for Told {
    fn on(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}
