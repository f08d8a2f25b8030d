//! Shows what a service sees of its checks: spans by `tracing-subscriber`, and metrics for Prometheus.
//!
//! ```sh
//! cargo run --example observed                               # prints both, and ends
//! cargo run --release --example observed -- 127.0.0.1:9464   # then serves /metrics there until Ctrl-C
//! ```

use std::{env, error::Error, net::SocketAddr, sync::Arc, thread};

use liveness::{
    Check, IdNumber, Identity, Jumdata, LivenessProvider, Name, Observer, Progress, Request, Response, ReturnUrl,
    SystemClock, TencentMarket,
    money::{AtMostOnce, Failover, MemoryJournal, SealingKey},
    observe::{self, MetricsObserver, TracingObserver},
    photo::{PhotoSpec, Preparer},
    sandbox::{Fault, Sandbox, Server, ServerLimits},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tracing_subscriber::fmt::format::FmtSpan;

#[path = "../crates/cli/src/verify/camera.rs"]
mod camera;

/// The bounds of the buckets, in seconds.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0];

fn main() -> Result<(), Box<dyn Error>> {
    println!("SANDBOX: no vendor is called, nothing is billed.");
    // The subscriber and the recorder come first: what happens before them is not seen.
    tracing_subscriber::fmt().with_ansi(false).with_span_events(FmtSpan::CLOSE).with_target(false).init();
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &BUCKETS)?.build_recorder();
    let prometheus = recorder.handle();
    metrics::set_global_recorder(recorder)?;

    let metrics = MetricsObserver::new();
    let sandbox = Sandbox::new();
    let journal = Arc::new(MemoryJournal::new());
    run_checks(&sandbox, &journal, metrics)?;
    metrics.count_doubts("memory", &*journal)?;

    let Some(addr) = env::args().nth(1) else {
        println!("\n{}", prometheus.render());
        return Ok(());
    };
    // In a service, a route of your own web framework, which the public does not reach.
    let answer = move |request: Request| {
        let is_metrics = request.uri().path() == "/metrics";
        let (status, text) = if is_metrics { (200, prometheus.render()) } else { (404, String::new()) };
        let mut response = Response::new(text.into());
        *response.status_mut() = liveness::http::StatusCode::from_u16(status).unwrap_or_default();
        Ok(response)
    };
    let server = Server::bind_with(addr.parse::<SocketAddr>()?, answer, ServerLimits::new())?;
    println!("metrics are at {}/metrics", server.url());
    loop {
        thread::park();
    }
}

/// A hosted check and a one-shot one, each paid for at most once, and one whose answer is lost.
fn run_checks(sandbox: &Sandbox, journal: &Arc<MemoryJournal>, metrics: MetricsObserver) -> Result<(), Box<dyn Error>> {
    let seen: &Arc<dyn Observer> = &(Arc::new((TracingObserver::new(), metrics)) as _);
    let key = || SealingKey::new([7; 32]);
    let hosted = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()).with_observer(Arc::clone(seen));
    let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone());
    let market = market.with_observer(Arc::clone(seen));
    metrics.start_at_zero(hosted.id(), Jumdata::CALLS);
    metrics.start_at_zero(market.id(), TencentMarket::CALLS);
    let hosted = AtMostOnce::sealing(hosted, Arc::clone(journal), key())?.with_observer(Arc::clone(seen));
    let market = AtMostOnce::sealing(market, Arc::clone(journal), key())?.with_observer(Arc::clone(seen));
    let one_shot: Arc<dyn LivenessProvider> = Arc::new(market);
    let set = Failover::new("all", [one_shot, Arc::new(hosted)])?.with_observer(Arc::clone(seen));

    // Your own span: the calls are its children.
    let _request = tracing::info_span!("request").entered();
    let back = ReturnUrl::parse("https://shop.example/back")?;
    let check = Check::liveness().with_return_url(back).with_reference("order-7".parse()?);
    if let Progress::Pending(session) = set.begin(&check)? {
        sandbox.finish(&session);
        set.resume(&session)?.verdict().ok_or("the person is done")?;
    }

    let prepared = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&camera::jpeg(1200, 1600, camera::Way::Turned));
    observe::photo(&**seen, &prepared);
    let identity = Identity::new(Name::parse("张三")?, IdNumber::parse_today("11010519491231002X", &SystemClock)?);
    let check = Check::same_person(identity).with_photo(prepared?);
    let passed = set.begin(&check.clone().with_reference("order-8".parse()?))?;
    println!("{:?}", passed.verdict().map(|verdict| verdict.outcome()));
    sandbox.arm_fault(Fault::DropAfterCharge, 1);
    let lost = set.begin(&check.with_reference("order-9".parse()?));
    println!("{}", lost.err().ok_or("the answer was dropped")?);
    Ok(())
}
