//! Measures what it costs to call a blocking crate from an async handler: `cargo run --release --bin compare`.
//!
//! Two services with the same two threads answer in turns over the same sandbox, which takes 200 ms for each compare. One has
//! the pool of this package, the other calls the crate from its handler. While N clients post checks, one client after another
//! asks each for `/healthz`, every 5 ms.

use std::{
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use liveness::{
    LivenessProvider, Sandbox, TencentMarket, UreqTransport,
    money::{AtMostOnce, MemoryJournal},
    sandbox::{Call, Conditions, Delay},
};
use liveness_async_service::{check::check, pool::Pool, web::Service};
use serde_json::json;
use tokio::{net::TcpListener, runtime::Runtime};

const THREADS: usize = 2;
const WORKERS: u16 = 32;
const WAITING: u16 = 32;
const CALL: Duration = Duration::from_millis(200);
const CLIENTS: [usize; 4] = [1, 2, 8, 32];
/// How often each service is measured with each number of clients, in turns.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(4);
const PAUSE: Duration = Duration::from_millis(5);
const MAX_BODY_BYTES: usize = 16 << 20;

type Failed = Box<dyn Error + Send + Sync>;

/// What was seen of one service.
#[derive(Default)]
struct Seen {
    health: Vec<Duration>,
    checks: usize,
}

fn main() -> Result<(), Failed> {
    let sandbox = Sandbox::new();
    sandbox.set_conditions(Conditions::new().with_delay(Call::Compare, Delay::fixed(CALL)?));
    let vendor = sandbox.serve("127.0.0.1:0")?;
    let provider = || -> Result<Arc<dyn LivenessProvider>, Failed> {
        let market = TencentMarket::new(Sandbox::tencent_market_credentials(), UreqTransport::new())
            .with_endpoint(&format!("{}/release/jingmocompare", vendor.url()))?;
        Ok(Arc::new(AtMostOnce::new(market, MemoryJournal::new())?))
    };
    let right = serve(Service::new(provider()?, Pool::new(WORKERS, WAITING)).router())?;
    let wrong = serve(blocking(provider()?))?;

    let mut out = std::io::stdout();
    writeln!(out, "| clients | how | checks a second | healthz median | p99 | longest |\n|---|---|---|---|---|---|")?;
    for clients in CLIENTS {
        let (mut pool, mut handler) = (Seen::default(), Seen::default());
        for _ in 0..ROUNDS {
            measure(right.1, clients, &mut pool)?;
            measure(wrong.1, clients, &mut handler)?;
        }
        for (name, seen) in [("pool", &mut pool), ("in the handler", &mut handler)] {
            seen.health.sort();
            let at = |part: usize| {
                seen.health.get(seen.health.len() * part / 1000).map_or(0.0, |time| time.as_secs_f64() * 1e3)
            };
            let rate = seen.checks as f64 / (ROUND.as_secs_f64() * ROUNDS as f64);
            let longest = seen.health.last().map_or(0.0, |time| time.as_secs_f64() * 1e3);
            writeln!(
                out,
                "| {clients} | {name} | {rate:.1} | {:.1} ms | {:.1} ms | {longest:.1} ms |",
                at(500),
                at(990)
            )?;
        }
    }
    Ok(())
}

/// The mistake that is measured: the call blocks a thread of the runtime.
fn blocking(provider: Arc<dyn LivenessProvider>) -> Router {
    async fn checks(State(provider): State<Arc<dyn LivenessProvider>>, request: Request) -> StatusCode {
        let Ok(body) = to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
            return StatusCode::PAYLOAD_TOO_LARGE;
        };
        let answer = check(&provider, &body);
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
    let healthz = get(async || StatusCode::OK.into_response());
    Router::new().route("/checks", post(checks)).route("/healthz", healthz).with_state(provider)
}

/// Serves in the background, on a runtime of its own, until the program ends.
fn serve(router: Router) -> Result<(Runtime, SocketAddr), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let addr = listener.local_addr()?;
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok((runtime, addr))
}

fn measure(addr: SocketAddr, clients: usize, seen: &mut Seen) -> Result<(), Failed> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let (is_over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| -> Result<(), Failed> {
        let posting: Vec<_> = (0..clients)
            .map(|_| {
                scope.spawn(|| -> Result<(), Failed> {
                    while !is_over.load(Ordering::Relaxed) {
                        let reference = format!("order-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
                        if exchange(addr, &check_of(&reference))? != 200 {
                            return Err("a check was not answered".into());
                        }
                        // What ends after the time is not counted.
                        if !is_over.load(Ordering::Relaxed) {
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        let end = Instant::now() + ROUND;
        let asked = (|| -> Result<(), Failed> {
            while Instant::now() < end {
                let start = Instant::now();
                if exchange(addr, b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")? != 200 {
                    return Err("/healthz was not answered".into());
                }
                seen.health.push(start.elapsed());
                thread::sleep(PAUSE);
            }
            Ok(())
        })();
        is_over.store(true, Ordering::Relaxed);
        for client in posting {
            client.join().map_err(|_| "a client panicked")??;
        }
        asked
    })?;
    seen.checks += done.into_inner();
    Ok(())
}

/// A request with a photo that needs no preparing.
fn check_of(reference: &str) -> Vec<u8> {
    const PHOTO: &[u8] = include_bytes!("../../../../src/sandbox/jumdata/portrait.jpg");
    let photo = BASE64_STANDARD.encode(PHOTO);
    let body = json!({ "reference": reference, "name": "张三", "id_number": "11010519491231002X", "photo": photo })
        .to_string();
    format!("POST /checks HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// Sends this on a new connection and gives the status.
fn exchange(addr: SocketAddr, request: &[u8]) -> Result<u16, Failed> {
    let mut stream = TcpStream::connect(addr)?;
    stream.write_all(request)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0))
}
