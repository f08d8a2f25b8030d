//! The HTTP side of the service: routes, and answers from the pool and the check.

use std::{convert::Infallible, future::Future, io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use liveness::LivenessProvider;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, time::timeout};

use crate::{
    check::{Answer, check},
    pool::{Lost, Pool},
};

/// The largest request, in bytes: a photo of 11 MB is 15 MB of Base64.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// How long a client may take to send its request, because it holds a place meanwhile.
const UPLOAD: Duration = Duration::from_secs(20);
/// After how many seconds a client that was sent away may come back.
const RETRY_AFTER_SECONDS: &str = "2";
/// How long the last answers may take to be read when the service stops.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// What all requests share.
#[derive(Clone, Debug)]
pub struct Service {
    provider: Arc<dyn LivenessProvider>,
    pool: Arc<Pool>,
}

impl Service {
    /// Checks by this provider, which blocks, in this pool.
    pub fn new(provider: Arc<dyn LivenessProvider>, pool: Pool) -> Self {
        Self { provider, pool: Arc::new(pool) }
    }

    /// The pool.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// `POST /checks` and `GET /healthz`.
    pub fn router(&self) -> Router {
        Router::new().route("/checks", post(checks)).route("/healthz", get(healthz)).with_state(self.clone())
    }

    /// Serves until `stop` ends. Then nobody new is let in, requests that wait are refused, calls that run end and are written
    /// down, also those whose client is gone, and their answers are sent.
    ///
    /// # Errors
    ///
    /// Those of the listener.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
        let (tell, told) = oneshot::channel::<Infallible>();
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(async move {
            // The channel only ever closes.
            let _ = told.await;
        });
        let server = tokio::spawn(server.into_future());
        stop.await;
        self.pool.stop();
        drop(tell);
        self.pool.idle().await;
        // A client that reads nothing must not hold the service back.
        match timeout(LAST_ANSWERS, server).await {
            Ok(ended) => ended.map_err(io::Error::other)?,
            Err(_) => Ok(()),
        }
    }
}

async fn checks(State(service): State<Service>, request: Request) -> Response {
    // Before the body is read: what waits for a worker is bounded, and so is the memory that it takes.
    let Some(place) = service.pool.enter() else {
        return answer(Answer::refused(503, "busy"));
    };
    let body = match timeout(UPLOAD, to_bytes(request.into_body(), MAX_BODY_BYTES)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return answer(Answer::refused(413, "body_too_large")),
        Err(_) => return answer(Answer::refused(408, "upload_too_slow")),
    };
    let provider = Arc::clone(&service.provider);
    match service.pool.run(place, move || check(&provider, &body)).await {
        Ok(told) => answer(told),
        Err(Lost::Stopping) => answer(Answer::refused(503, "stopping")),
        Err(Lost::Panicked) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn healthz(State(service): State<Service>) -> Response {
    json_of(StatusCode::OK, &json!({ "taken": service.pool.taken() }))
}

fn answer(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_of(status, &answer.body);
    if answer.is_later {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(RETRY_AFTER_SECONDS));
    }
    response
}

fn json_of(status: StatusCode, body: &serde_json::Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, kind, Body::from(body.to_string())).into_response()
}
