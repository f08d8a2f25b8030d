//! Clients that hang up.

use liveness::money::Standing;
use tokio::{net::TcpListener, sync::oneshot};

use crate::support::{Stage, read, receive, send, until};

#[tokio::test]
async fn a_call_whose_client_hung_up_ends_and_a_repeat_gets_its_answer_without_a_second_charge() {
    let mut stage = Stage::new("gone", 2, 0);
    let client = stage.post("order-1");
    stage.arrived.recv().await.unwrap();
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    assert_eq!(stage.taken(), 1, "the call still has its worker");

    let (status, later, told) = read(stage.post("order-1").await.unwrap()).await;
    assert_eq!((status, later.as_deref(), &told["error"]), (409, Some("2"), &"in_progress".into()));
    assert_eq!(stage.standing("order-1"), Some(Standing::InFlight));

    stage.go_on.send(()).unwrap();
    stage.service.pool().idle().await;
    assert_eq!(stage.standing("order-1"), Some(Standing::Answered));
    let (status, _, told) = read(stage.post("order-1").await.unwrap()).await;
    assert_eq!((status, &told["passed"], &told["repeat"]), (200, &true.into(), &true.into()), "{told}");
    assert_eq!((stage.compares(), stage.sandbox.ledger().charges()), (1, 1));
}

#[tokio::test]
async fn a_request_that_is_cancelled_before_it_has_a_worker_sends_nothing() {
    let mut stage = Stage::new("cancelled", 1, 1);
    let running = stage.post("order-1");
    stage.arrived.recv().await.unwrap();
    let waiting = stage.post("order-2");
    until(|| stage.taken() == 2).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(stage.taken(), 1);

    stage.go_on.send(()).unwrap();
    assert_eq!(read(running.await.unwrap()).await.0, 200);
    assert!(stage.journal_is_without("order-2"));
    assert_eq!(stage.compares(), 1);
}

#[tokio::test]
async fn a_closed_connection_is_such_a_hang_up() {
    let mut stage = Stage::new("closed", 1, 1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = stage.service.clone();
    let serving = tokio::spawn(async move { service.serve(listener, async { stopped.await.unwrap() }).await });

    let running = send(addr, "order-1").await;
    stage.arrived.recv().await.unwrap();
    let waiting = send(addr, "order-2").await;
    until(|| stage.taken() == 2).await;
    drop(waiting);
    until(|| stage.taken() == 1).await;
    drop(running);
    stage.go_on.send(()).unwrap();
    until(|| stage.taken() == 0).await;

    let (status, told) = receive(send(addr, "order-1").await).await;
    assert_eq!((status, &told["repeat"]), (200, &true.into()), "{told}");
    assert!(stage.journal_is_without("order-2"));
    assert_eq!(stage.compares(), 1);
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
