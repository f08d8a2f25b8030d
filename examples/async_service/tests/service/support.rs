//! A vendor that holds each call until it is told to go on, and clients with and without a socket.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
};

use axum::{Router, body::Body, response::Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::BodyExt;
use liveness::{
    CallKind, LivenessProvider, Sandbox, TencentMarket, Transport, TransportError,
    money::{AtMostOnce, FileJournal, Journal, Standing, TryKey},
    sandbox::Vendor,
};
use liveness_async_service::{pool::Pool, web::Service};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::{JoinHandle, yield_now},
};
use tower::ServiceExt;

/// How often a condition is looked at before it counts as never met.
const LOOKS: usize = 1_000_000;

/// A service over a sandbox whose calls are held.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) journal: FileJournal,
    pub(crate) service: Service,
    /// Tells of each call that has arrived at the vendor.
    pub(crate) arrived: UnboundedReceiver<()>,
    /// Lets one call go on.
    pub(crate) go_on: mpsc::Sender<()>,
}

impl Stage {
    /// With so many workers and places in the queue, in a folder of this name.
    pub(crate) fn new(name: &str, workers: u16, waiting: u16) -> Self {
        let sandbox = Sandbox::new();
        let (tell, arrived) = unbounded_channel();
        let (go_on, wait) = mpsc::channel();
        let (vendor, wait) = (sandbox.clone(), Mutex::new(wait));
        let transport = move |request: liveness::Request| -> Result<liveness::Response, TransportError> {
            let _ = tell.send(());
            wait.lock().unwrap().recv().unwrap();
            vendor.send(request)
        };
        let journal = FileJournal::open(folder(name)).unwrap();
        let service = Service::new(provider(transport, &journal), Pool::new(workers, waiting));
        Self { sandbox, journal, service, arrived, go_on }
    }

    pub(crate) fn taken(&self) -> usize {
        self.service.pool().taken()
    }

    pub(crate) fn router(&self) -> Router {
        self.service.router()
    }

    /// A client that waits for the answer on its own; aborting it hangs up.
    pub(crate) fn post(&self, reference: &str) -> JoinHandle<Response> {
        let request = self.router().oneshot(request(&body(reference)));
        tokio::spawn(async move { request.await.unwrap() })
    }

    /// How the call of this reference stands now.
    pub(crate) fn standing(&self, reference: &str) -> Option<Standing> {
        let key = TryKey::new(reference.parse().unwrap(), 1, CallKind::Begin);
        let record = self.journal.find(&key).unwrap();
        record.map(|record| record.standing(self.journal.now().unwrap()))
    }

    pub(crate) fn journal_is_without(&self, reference: &str) -> bool {
        self.standing(reference).is_none()
    }

    pub(crate) fn compares(&self) -> usize {
        self.sandbox.ledger().entries().iter().filter(|entry| entry.vendor() == Vendor::TencentMarket).count()
    }
}

pub(crate) fn provider(transport: impl Transport + 'static, journal: &FileJournal) -> Arc<dyn LivenessProvider> {
    let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), transport);
    Arc::new(AtMostOnce::new(vendor, journal.clone()).unwrap())
}

/// A new folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// A whole request of this reference.
pub(crate) fn body(reference: &str) -> Value {
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
    encoder.encode(&[120; 32 * 32], 32, 32, jpeg_encoder::ColorType::Luma).unwrap();
    let photo = BASE64_STANDARD.encode(jpeg);
    json!({ "reference": reference, "name": "张三", "id_number": "11010519491231002X", "photo": photo })
}

pub(crate) fn request(body: &Value) -> axum::extract::Request {
    axum::http::Request::post("/checks").body(Body::from(body.to_string())).unwrap()
}

/// The status, what `Retry-After` says, and the body.
pub(crate) async fn read(response: Response) -> (u16, Option<String>, Value) {
    let later = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, later, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Lets everything else go on until this is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..LOOKS {
        if is_so() {
            return;
        }
        yield_now().await;
    }
    panic!("it never came to that");
}

/// Sends this request on a connection of its own.
pub(crate) async fn send(addr: SocketAddr, reference: &str) -> TcpStream {
    let body = body(reference).to_string();
    let head = format!(
        "POST /checks HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    stream
}

/// The status and the body of what comes back.
pub(crate) async fn receive(mut stream: TcpStream) -> (u16, Value) {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}
