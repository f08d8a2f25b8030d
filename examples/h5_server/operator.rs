//! What does an operator's machine read of this server: its metrics, and whether it is well?
//!
//! Both answer on an address of their own, never on the one that people reach, and only if `--operator` names it. Neither calls a
//! vendor.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use http::{Method, StatusCode, header};
use liveness::{
    Jumdata, Observer, ProviderId, Request, Response, TencentMarket,
    observe::MetricsObserver,
    sandbox::{Server, ServerLimits},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use time::{Duration, OffsetDateTime};

use crate::{log, visits::Visits};

/// The bounds of the buckets in seconds: a photo's stage takes milliseconds, a call up to a minute.
const BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];
/// How long ago the last sweep may be: five of them.
const SWEPT_WITHIN: Duration = Duration::minutes(5);

/// What both are answered from.
pub(crate) struct Operator {
    prometheus: PrometheusHandle,
    observer: MetricsObserver,
    visits: Visits,
    /// When open checks were last finished, in seconds since 1970.
    swept: AtomicI64,
}

impl Operator {
    /// Counts everything that this process does from now on.
    ///
    /// # Errors
    ///
    /// There is a recorder already.
    pub(crate) fn install(visits: Visits) -> Result<Self, Box<dyn Error>> {
        let recorder = builder()?.build_recorder();
        let prometheus = recorder.handle();
        metrics::set_global_recorder(recorder)?;
        Ok(Self::new(prometheus, visits))
    }

    /// Of a recorder that is installed.
    pub(crate) fn new(prometheus: PrometheusHandle, visits: Visits) -> Self {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        Self { prometheus, observer: MetricsObserver::new(), visits, swept: AtomicI64::new(now) }
    }

    /// Whom providers and preparers tell.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(self.observer)
    }

    /// Shows the counters of these providers at zero from the start, so that Prometheus sees their first increase.
    pub(crate) fn start_at_zero(&self, hosted: &ProviderId, compare: Option<&ProviderId>) {
        self.observer.start_at_zero(hosted, Jumdata::CALLS);
        if let Some(compare) = compare {
            self.observer.start_at_zero(compare, TencentMarket::CALLS);
        }
    }

    /// Answers at this address for as long as the server lives that it returns.
    pub(crate) fn serve(self: &Arc<Self>, addr: SocketAddr) -> Result<Server, Box<dyn Error>> {
        let operator = Arc::clone(self);
        let answer = move |request: Request| Ok(operator.answer(&request, OffsetDateTime::now_utc()));
        let server = Server::bind_with(addr, answer, ServerLimits::new().with_max_body_bytes(1024))
            .map_err(|error| format!("--operator {addr}: {error}"))?;
        let whom = if addr.ip().is_loopback() { "" } else { ", to any machine that reaches it, without a login" };
        log::tell(&format!("metrics and health are at {}/metrics and /healthz{whom}", server.url()));
        Ok(server)
    }

    /// Open checks were finished just now.
    pub(crate) fn has_swept(&self, now: OffsetDateTime) {
        self.swept.store(now.unix_timestamp(), Ordering::Relaxed);
        self.prometheus.run_upkeep();
    }

    pub(crate) fn answer(&self, request: &Request, now: OffsetDateTime) -> Response {
        let (status, body) = match (request.method(), request.uri().path()) {
            (&Method::GET, "/metrics") => (StatusCode::OK, self.metrics()),
            (&Method::GET, "/healthz") => match self.faults(now) {
                faults if faults.is_empty() => (StatusCode::OK, "ok\n".to_owned()),
                faults => (StatusCode::SERVICE_UNAVAILABLE, faults),
            },
            (_, "/metrics" | "/healthz") => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
            _ => (StatusCode::NOT_FOUND, String::new()),
        };
        let response = http::Response::builder().status(status).header(header::CACHE_CONTROL, "no-store");
        let response = response.header(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        response.body(body.into()).unwrap_or_else(|_| Response::new("a header could not be written".into()))
    }

    fn metrics(&self) -> String {
        // Where the visits cannot be read, the gauge keeps its value, and the health says why.
        if let Ok(doubts) = self.visits.in_doubt() {
            self.observer.set_doubts(doubts.len());
        }
        self.prometheus.render()
    }

    /// What keeps this server from its work, a line each. A vendor that is down is none of it: starting this server anew would not
    /// help, and the metrics tell of the vendor.
    fn faults(&self, now: OffsetDateTime) -> String {
        let mut faults = String::new();
        if let Err(error) = self.visits.probe(now) {
            log::warn(&format!("visits cannot be kept: {error}"));
            faults += "visits cannot be kept; the log says why\n";
        }
        let swept = self.swept.load(Ordering::Relaxed);
        if now.unix_timestamp().saturating_sub(swept) > SWEPT_WITHIN.whole_seconds() {
            faults += "open checks were not finished for five minutes\n";
        }
        faults
    }
}

/// A recorder with buckets, from which a dashboard makes quantiles over several servers.
pub(crate) fn builder() -> Result<PrometheusBuilder, Box<dyn Error>> {
    Ok(PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?)
}
