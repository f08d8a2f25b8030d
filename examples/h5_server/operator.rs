//! The metrics and the health check for an operator's machine.
//!
//! Both answer on an address of their own, never on the one that people reach, and only if `--operator` names it. Neither calls a
//! vendor.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
/// How long it counts that the folder could be written: a probe waits for the disk.
const PROBED_WITHIN: Duration = Duration::seconds(10);
/// Entries of the folder that cannot be read. While there are any, the gauge of what is in doubt keeps its value.
const UNREADABLE: &str = "h5_server_unreadable_entries";

/// What both are answered from.
pub(crate) struct Operator {
    prometheus: PrometheusHandle,
    observer: MetricsObserver,
    /// What the metrics call the folder of visits.
    store: String,
    visits: Visits,
    state: Mutex<State>,
}

/// What was last found.
struct State {
    /// When what is over was last let go of.
    swept: OffsetDateTime,
    has_finisher_ended: bool,
    unreadable: usize,
    /// When the folder was last tried out, and whether it was well.
    probed: Option<(OffsetDateTime, bool)>,
}

impl Operator {
    /// Counts everything that this process does from now on.
    ///
    /// # Errors
    ///
    /// There is a recorder already.
    pub(crate) fn install(store: String, visits: Visits) -> Result<Self, Box<dyn Error>> {
        let recorder = builder()?.build_recorder();
        let prometheus = recorder.handle();
        metrics::set_global_recorder(recorder)?;
        Ok(Self::new(prometheus, store, visits))
    }

    /// Of a recorder that is installed.
    pub(crate) fn new(prometheus: PrometheusHandle, store: String, visits: Visits) -> Self {
        let swept = OffsetDateTime::now_utc();
        let state = Mutex::new(State { swept, has_finisher_ended: false, unreadable: 0, probed: None });
        Self { prometheus, observer: MetricsObserver::new(), store, visits, state }
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

    /// The loop went round once more: whether what is over was let go of, and whether the thread has ended that finishes open checks.
    /// What reads the whole folder is done here, not at each scrape.
    pub(crate) fn turn(&self, is_swept: bool, has_finisher_ended: bool, now: OffsetDateTime) {
        // Without it, the recorder grows with each observation.
        self.prometheus.run_upkeep();
        let unreadable = match self.visits.scan() {
            Ok((doubts, unreadable)) => {
                if unreadable == 0 {
                    self.observer.set_doubts(&self.store, doubts.len());
                } else {
                    log::warn(&format!("{unreadable} entries of the folder cannot be read"));
                }
                metrics::gauge!(UNREADABLE, "store" => self.store.clone()).set(unreadable as f64);
                Some(unreadable)
            }
            // The probe tells of it.
            Err(error) => {
                log::warn(&format!("visits cannot be counted: {error}"));
                None
            }
        };
        let mut state = self.state();
        state.unreadable = unreadable.unwrap_or(state.unreadable);
        state.has_finisher_ended = has_finisher_ended;
        if is_swept {
            state.swept = now;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn answer(&self, request: &Request, now: OffsetDateTime) -> Response {
        let (status, body) = match (request.method(), request.uri().path()) {
            (&Method::GET, "/metrics") => (StatusCode::OK, self.prometheus.render()),
            (&Method::GET, "/healthz") => self.health(now),
            (_, "/metrics" | "/healthz") => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
            _ => (StatusCode::NOT_FOUND, String::new()),
        };
        let response = http::Response::builder().status(status).header(header::CACHE_CONTROL, "no-store");
        let response = response.header(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        response.body(body.into()).unwrap_or_else(|_| Response::new("a header could not be written".into()))
    }

    /// What keeps this server from its work, a line each. A vendor that is down is none of it: starting this server anew would not
    /// help, and the metrics tell of the vendor. Nor would it mend an entry that cannot be read, which is told all the same.
    fn health(&self, now: OffsetDateTime) -> (StatusCode, String) {
        let mut state = self.state();
        let known = state.probed.filter(|(at, _)| now - *at < PROBED_WITHIN);
        let (at, is_well) = known.unwrap_or_else(|| (now, self.probe(now)));
        state.probed = Some((at, is_well));
        let mut faults = String::new();
        if !is_well {
            faults += "visits cannot be kept; the log says why\n";
        }
        if now - state.swept > SWEPT_WITHIN {
            faults += "the folder was not swept for five minutes\n";
        }
        if state.has_finisher_ended {
            faults += "the thread that finishes open checks has ended\n";
        }
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        if faults.is_empty() {
            faults += "ok\n";
        }
        if state.unreadable > 0 {
            faults += &format!("{} entries of the folder cannot be read\n", state.unreadable);
        }
        (status, faults)
    }

    fn probe(&self, now: OffsetDateTime) -> bool {
        let probed = self.visits.probe(now);
        if let Err(error) = &probed {
            log::warn(&format!("visits cannot be kept: {error}"));
        }
        probed.is_ok()
    }
}

/// A recorder with buckets, from which a dashboard makes quantiles over several servers.
pub(crate) fn builder() -> Result<PrometheusBuilder, Box<dyn Error>> {
    Ok(PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?)
}
