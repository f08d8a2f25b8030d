//! More requests than the pool takes.

use std::time::Duration;

use http_body_util::channel::Channel;
use tokio::time::{Instant, timeout};
use tower::ServiceExt;

use crate::support::{Stage, body, read, request, until};

#[tokio::test]
async fn a_full_pool_answers_503_with_retry_after_before_anything_is_sent() {
    let mut stage = Stage::new("full", 1, 1);
    let running = stage.post("order-1");
    stage.arrived.recv().await.unwrap();
    let waiting = stage.post("order-2");
    until(|| stage.taken() == 2).await;

    let (status, later, told) = read(stage.post("order-3").await.unwrap()).await;
    assert_eq!((status, later.as_deref()), (503, Some("2")), "{told}");
    assert_eq!((&told["error"], &told["sent"]), (&"busy".into(), &false.into()));
    assert!(stage.journal_is_without("order-3"));

    for client in [running, waiting] {
        stage.go_on.send(()).unwrap();
        assert_eq!(read(client.await.unwrap()).await.0, 200);
    }
    assert_eq!((stage.compares(), stage.taken()), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn health_is_answered_while_every_worker_waits_for_the_vendor() {
    let mut stage = Stage::new("health", 3, 1);
    let clients: Vec<_> = (0..4).map(|number| stage.post(&format!("order-{number}"))).collect();
    for _ in 0..3 {
        // The time only bounds how long the test takes to fail.
        timeout(Duration::from_secs(60), stage.arrived.recv()).await.expect("a call holds the runtime's only thread");
    }
    let health = axum::http::Request::get("/healthz").body(axum::body::Body::empty()).unwrap();
    let health = tokio::spawn(stage.router().oneshot(health)).await.unwrap().unwrap();
    assert_eq!(read(health).await.2["taken"], 4);
    // Which of the calls goes on is not said.
    clients.iter().for_each(|_| stage.go_on.send(()).unwrap());
    for client in clients {
        assert_eq!(read(client.await.unwrap()).await.0, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_too_slowly_gives_its_place_back() {
    let (stage, start) = (Stage::new("slow", 1, 0), Instant::now());
    let (_sender, body_without_end) = Channel::<axum::body::Bytes>::new(1);
    let slow = axum::http::Request::post("/checks").body(axum::body::Body::new(body_without_end)).unwrap();
    let (status, later, told) = read(stage.router().oneshot(slow).await.unwrap()).await;
    assert_eq!((status, later.as_deref(), &told["sent"]), (408, Some("2"), &false.into()));
    assert_eq!((stage.taken(), start.elapsed().as_secs()), (0, 20));
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let stage = Stage::new("large", 1, 0);
    let mut large = body("order-1");
    large["photo"] = "A".repeat(17 << 20).into();
    let (status, later, _) = read(stage.router().oneshot(request(&large)).await.unwrap()).await;
    assert_eq!((status, later), (413, None));
    assert_eq!((stage.compares(), stage.taken()), (0, 0));
}
