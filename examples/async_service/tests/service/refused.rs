//! What cannot be checked, and what went wrong.

use liveness::{Sandbox, Transport, TransportError, money::FileJournal, sandbox::Fault};
use liveness_async_service::{pool::Pool, web::Service};
use serde_json::Value;
use tower::ServiceExt;

use crate::support::{body, folder, provider, read, request};

fn over(name: &str, transport: impl Transport + 'static) -> Service {
    let journal = FileJournal::open(folder(name)).unwrap();
    Service::new(provider(transport, &journal), Pool::new(1, 0))
}

async fn post(service: &Service, body: &Value) -> (u16, Option<String>, Value) {
    read(service.router().oneshot(request(body)).await.unwrap()).await
}

#[tokio::test]
async fn a_wrong_input_is_named_is_not_repeated_and_sends_nothing() {
    let sandbox = Sandbox::new();
    let service = over("wrong", sandbox.clone());
    let wrong = [
        ("reference", "订 单"),
        ("name", "Zhāng\u{fffd}"),
        ("id_number", "110105194912310021"),
        ("photo", "bm8gcGhvdG8="),
        ("photo", "*no Base64*"),
    ];
    for (field, value) in wrong {
        let mut asked = body("order-1");
        asked[field] = value.into();
        let (status, later, told) = post(&service, &asked).await;
        assert_eq!((status, later, &told["field"], &told["sent"]), (422, None, &field.into(), &false.into()), "{told}");
        assert!(!told.to_string().contains(value), "{told}");
    }
    let (status, _, told) = post(&service, &"张三 11010519491231002X".into()).await;
    assert_eq!((status, &told["field"]), (422, &"body".into()));
    assert!(!told.to_string().contains("张三") && !told.to_string().contains("1101"), "{told}");
    assert_eq!(sandbox.ledger().entries().len(), 0);
}

#[tokio::test]
async fn a_lost_answer_is_told_as_such_and_a_repeat_sends_nothing() {
    let sandbox = Sandbox::new();
    let service = over("lost", sandbox.clone());
    sandbox.arm_fault(Fault::DropAfterCharge, 1);
    for was_sent in [true, false] {
        let (status, later, told) = post(&service, &body("order-1")).await;
        assert_eq!((status, later, &told["error"]), (502, None, &"outcome_unknown".into()), "{told}");
        assert_eq!(told["sent"], was_sent);
        assert_eq!(told["charges"]["possible"], 1, "{told}");
    }
    assert_eq!(sandbox.ledger().entries().len(), 1);
}

#[tokio::test]
async fn other_inputs_under_the_same_reference_get_no_answer_of_it() {
    let sandbox = Sandbox::new();
    let service = over("other", sandbox.clone());
    assert_eq!(post(&service, &body("order-1")).await.0, 200);
    let mut other = body("order-1");
    other["name"] = "李四".into();
    let (status, _, told) = post(&service, &other).await;
    assert_eq!((status, &told["field"], &told["passed"]), (422, &"reference".into(), &Value::Null), "{told}");
    assert_eq!(sandbox.ledger().entries().len(), 1);
}

#[tokio::test]
async fn a_job_that_panics_gives_its_worker_back() {
    let broken = |_: liveness::Request| -> Result<liveness::Response, TransportError> { panic!("a broken transport") };
    let service = over("panic", broken);
    assert_eq!(post(&service, &body("order-1")).await.0, 500);
    service.pool().idle().await;
    assert_eq!(post(&service, &body("order-1")).await.0, 409, "the journal holds it in flight");
}

#[tokio::test]
async fn an_answer_that_every_repeat_gets_again_is_not_told_as_later() {
    let sandbox = Sandbox::new();
    sandbox.arm("unavailable".parse().unwrap());
    let service = over("answered", sandbox.clone());
    for _ in 0..2 {
        let (status, later, told) = post(&service, &body("order-1")).await;
        assert_eq!((status, later, &told["error"]), (502, None, &"unavailable".into()), "{told}");
    }
    assert_eq!(sandbox.ledger().entries().len(), 1, "the repeat asked nobody");
}
