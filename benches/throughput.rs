//! Benchmark of our transport beside ureq alone, over loopback, with one thread and with many.
//!
//! ```text
//! cargo bench -p liveness-benches --bench throughput
//! ```
//!
//! Both send the same form of a photo to servers of the same kind, in turns, so that whatever else the machine does disturbs both
//! alike. A ratio is ours over ureq's, the median of all rounds; the control is ureq over ureq. The bodies are made before the
//! clock starts; ours overwrites each one after use, and that counts.

#![allow(clippy::expect_used, reason = "a bench may stop")]

#[path = "../crates/cli/src/verify/camera.rs"]
mod camera;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use liveness::{
    Body, Check, IdNumber, Identity, LivenessProvider, Name, Request, Response, TencentMarket, Transport,
    UreqTransport,
    photo::{PhotoSpec, Preparer},
    tencent_market,
};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use server::Server;

const ROUNDS: usize = 31;
/// In a round, of all threads together.
const REQUESTS: usize = 128;
const THREADS: [usize; 4] = [1, 4, 16, 64];
const IDLE: Duration = Duration::from_secs(5);
const ANSWER: &str = r#"{"errcode":"P0000","errmsg":"ok","jobid":"J-1","responsetime":"20260102030405678","result":{"score":"98.5","sex":"男","birthday":"19491231"}}"#;

/// What sends a form and reads the answer.
trait Sender: Sync {
    type Job: Send;

    /// A request of its own with a body of its own.
    fn job(&self, form: &[u8]) -> Self::Job;

    fn send(&self, job: Self::Job);
}

struct Ours {
    transport: UreqTransport,
    url: String,
}

impl Sender for Ours {
    type Job = Request;

    fn job(&self, form: &[u8]) -> Request {
        http::Request::post(&self.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_vec()))
            .expect("a good request")
    }

    fn send(&self, job: Request) {
        let answer = self.transport.send(job).expect("an answer");
        assert_eq!(answer.body().as_bytes().len(), ANSWER.len());
    }
}

struct Theirs {
    agent: Agent,
    url: String,
}

impl Sender for Theirs {
    type Job = Vec<u8>;

    fn job(&self, form: &[u8]) -> Vec<u8> {
        form.to_vec()
    }

    fn send(&self, job: Vec<u8>) {
        let request = self.agent.post(&self.url).header("content-type", "application/x-www-form-urlencoded");
        let mut answer = request.send(&job[..]).expect("an answer");
        assert_eq!(answer.body_mut().read_to_vec().expect("its body").len(), ANSWER.len());
    }
}

/// What one round took: from the first request to the last answer, and on the processor by the threads that sent.
#[derive(Clone, Copy, Default)]
struct Took {
    wall: f64,
    cpu: f64,
}

fn round<S: Sender>(sender: &S, form: &[u8], threads: usize) -> Took {
    let barrier = Barrier::new(threads);
    let each = REQUESTS / threads;
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let jobs: Vec<_> = (0..each).map(|_| sender.job(form)).collect();
                barrier.wait();
                let (start, cpu) = (Instant::now(), on_processor());
                jobs.into_iter().for_each(|job| sender.send(job));
                all.lock().expect("no panic").push((start, Instant::now(), on_processor() - cpu));
            });
        }
    });
    let all = all.into_inner().expect("no panic");
    let start = all.iter().map(|(start, ..)| *start).min().expect("a thread");
    let end = all.iter().map(|(_, end, _)| *end).max().expect("a thread");
    let count = (each * threads) as f64;
    Took {
        wall: (end - start).as_secs_f64() / count,
        cpu: all.iter().map(|(.., cpu)| cpu.as_secs_f64()).sum::<f64>() / count,
    }
}

/// The time that this thread has had a processor; Linux alone tells it.
fn on_processor() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

fn compare<A: Sender, B: Sender>(name: &str, form: &[u8], threads: usize, ours: &A, theirs: &B) {
    let mut took = Vec::new();
    // The first round connects, shakes hands in full and fills the pools.
    for number in 0..=ROUNDS {
        // Who comes first changes, so that neither always finds the caches as the other left them.
        let pair = if number % 2 == 0 {
            let ours = round(ours, form, threads);
            (ours, round(theirs, form, threads))
        } else {
            let theirs = round(theirs, form, threads);
            (round(ours, form, threads), theirs)
        };
        took.push(pair);
    }
    took.remove(0);
    let of = |figure: fn(&(Took, Took)) -> f64| {
        let mut all: Vec<f64> = took.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        [all[all.len() / 4], all[all.len() / 2], all[all.len() * 3 / 4]]
    };
    let [low, ratio, high] = of(|(ours, theirs)| ours.wall / theirs.wall);
    println!(
        "{name:34} {threads:>7} {:>8.0} {:>8.0} {ratio:>7.3} {low:>6.3} {high:>6.3} {:>8.0} {:>8.0} {:>7.3}",
        of(|(ours, _)| 1.0 / ours.wall)[1],
        of(|(_, theirs)| 1.0 / theirs.wall)[1],
        of(|(ours, _)| ours.cpu * 1e6)[1],
        of(|(_, theirs)| theirs.cpu * 1e6)[1],
        of(|(ours, theirs)| ours.cpu / theirs.cpu)[1],
    );
}

/// What a check at Tencent's listing sends.
fn form() -> Vec<u8> {
    let photo = Preparer::new(PhotoSpec::TENCENT_MARKET)
        .prepare(&camera::jpeg(4032, 3024, camera::Way::Upright))
        .expect("a good photo");
    let sent = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&sent);
    let keys = tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    let market = TencentMarket::new(keys, move |request: Request| {
        *keep.lock().expect("no panic") = request.body().as_bytes().to_vec();
        Ok(Response::new(Body::from(ANSWER)))
    });
    let identity = Identity::new(
        Name::parse("张三").expect("a good name"),
        IdNumber::parse("11010519491231002X").expect("a good number"),
    );
    let answer = market.begin(&Check::same_person(identity).with_photo(photo)).expect("an answer");
    answer.verdict().expect("a verdict");
    sent.lock().expect("no panic").clone()
}

fn agent(pem: &str, idle: usize) -> Agent {
    let certificate = Certificate::from_pem(pem.as_bytes()).expect("a certificate");
    let roots = RootCerts::Specific(Arc::new(vec![certificate]));
    Agent::config_builder()
        .max_idle_connections(idle)
        .max_idle_connections_per_host(idle)
        .proxy(None)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build()
        .new_agent()
}

fn main() {
    let filter = std::env::args().nth(1).filter(|word| !word.starts_with('-')).unwrap_or_default();
    let form = form();
    let (pem, tls) = server::identity();
    println!("a form of {} bytes; {ROUNDS} rounds of {REQUESTS} requests in turns", form.len());
    println!(
        "time: from start to end; caller: processor time of the threads that send, in µs; each ratio with its median"
    );
    println!(
        "{:34} {:>7} {:>8} {:>8} {:>7} {:>6} {:>6} {:>8} {:>8} {:>7}",
        "ours / ureq", "threads", "ours/s", "ureq/s", "time", "25 %", "75 %", "ours µs", "ureq µs", "caller"
    );
    for (name, config, idle) in [
        ("plain, a connection each", None, false),
        ("TLS, a connection each", Some(tls.clone()), false),
        ("plain, kept connections", None, true),
        ("TLS, kept connections", Some(tls.clone()), true),
    ] {
        if !name.contains(&filter) {
            continue;
        }
        let server = || Server::start(ANSWER, config.clone()).url();
        let transport = UreqTransport::new().with_root_certificates(pem.as_bytes()).expect("a certificate");
        let transport = if idle { transport.with_idle_connections(IDLE) } else { transport };
        let ours = Ours { transport, url: server() };
        let theirs = || Theirs { agent: agent(&pem, if idle { 64 } else { 0 }), url: server() };
        let rival = theirs();
        for threads in THREADS {
            compare(name, &form, threads, &ours, &rival);
        }
        // Two new ones: one that keeps 64 connections takes each in its turn.
        compare("  control: ureq / ureq", &form, 4, &theirs(), &theirs());
    }
}
