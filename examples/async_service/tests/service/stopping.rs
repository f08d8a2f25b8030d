//! The service is told to end.

use liveness::money::Standing;
use tokio::{net::TcpListener, sync::oneshot};

use crate::support::{Stage, receive, send, until};

#[tokio::test]
async fn stopping_refuses_what_waits_and_ends_after_the_calls_that_run() {
    let mut stage = Stage::new("stopping", 2, 1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = stage.service.clone();
    let serving = tokio::spawn(async move { service.serve(listener, async { stopped.await.unwrap() }).await });

    let client = send(addr, "order-1").await;
    stage.arrived.recv().await.unwrap();
    let gone = send(addr, "order-2").await;
    stage.arrived.recv().await.unwrap();
    drop(gone);
    let waiting = send(addr, "order-3").await;
    until(|| stage.taken() == 3).await;

    stop.send(()).unwrap();
    let (status, told) = receive(waiting).await;
    assert_eq!((status, &told["error"], &told["sent"]), (503, &"stopping".into(), &false.into()));
    stage.go_on.send(()).unwrap();
    stage.go_on.send(()).unwrap();
    serving.await.unwrap().unwrap();

    assert_eq!(receive(client).await.0, 200);
    for reference in ["order-1", "order-2"] {
        assert_eq!(stage.standing(reference), Some(Standing::Answered), "{reference}");
    }
    assert!(stage.journal_is_without("order-3"));
    assert_eq!(stage.compares(), 2);
}

#[tokio::test]
async fn it_does_not_end_while_a_call_runs_whose_client_is_gone() {
    let mut stage = Stage::new("held", 1, 0);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let gone = send(addr, "order-1").await;
    let (stop, stopped) = oneshot::channel::<()>();
    let service = stage.service.clone();
    let serving = tokio::spawn(async move { service.serve(listener, async { stopped.await.unwrap() }).await });
    stage.arrived.recv().await.unwrap();
    drop(gone);
    stop.send(()).unwrap();
    // Nobody can connect any more: the server itself has ended, and only the call is waited for.
    while tokio::net::TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!serving.is_finished());
    stage.go_on.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert_eq!(stage.standing("order-1"), Some(Standing::Answered));
}
