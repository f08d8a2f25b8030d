//! Answers as they were seen in the field: what each class of them becomes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

mod broken;
mod charges;
mod echoes;
mod gateways;
mod harder;
mod repaired;
#[path = "../support/mod.rs"]
mod support;

use liveness::{
    Body, Jumdata, LivenessProvider, Progress, Receipt, Response, Result, RetryPolicy, Session, TencentMarket,
    TransportError, Verdict,
};

use self::support::{NOW, Recorder, clock, liveness as hosted, same_person};

/// The listing's printed sample of a success, as it should have been.
const PASSED: &str = r#"{"jobid":"ZT20261121160000123456","responsetime":"20261121160000456","errcode":"P0000","errmsg":"同一人","result":{"birthday":"19901010","score":"85","address":"北京市","sex":"男"}}"#;
/// A result of Jumdata's that says that the person passed.
const LIVE: &str = r#"{"code":200,"msg":"活体检测通过","taskNo":"202611210800000000000002","data":{"faceImageUrl":"https://oss.example/f.jpg"}}"#;
const OPENED: &str =
    r#"{"code":200,"msg":"成功","charge":true,"taskNo":"202611210800000000000001","data":{"token":"t-0123456789"}}"#;

type Reply = std::result::Result<Response, TransportError>;

/// An answer of these bytes, with these headers.
fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Body::from(body.into())).unwrap())
}

fn ok(body: impl Into<Vec<u8>>) -> Reply {
    answer(200, &[], body)
}

/// One compare that is answered so; anything that is sent a second time is a failure of the test.
fn compare(reply: Reply) -> Result<Verdict> {
    compare_all([reply])
}

fn compare_all(replies: impl IntoIterator<Item = Reply>) -> Result<Verdict> {
    let keys =
        liveness::tencent_market::Credentials { secret_id: "AKID0123456789".into(), secret_key: "secret-key".into() };
    done(TencentMarket::new(keys, Recorder::new(replies)).with_clock(clock()).begin(&same_person()))
}

fn jumdata(replies: impl IntoIterator<Item = Reply>) -> Jumdata {
    let keys = liveness::jumdata::Credentials { app_id: "app-0123456789".into(), app_secret: "secret".into() };
    Jumdata::new(keys, Recorder::new(replies)).with_clock(clock())
}

/// One init that is answered so.
fn init(body: &str) -> Result<Progress> {
    jumdata([ok(body)]).begin(&hosted())
}

/// One result that is answered so, and not asked for again.
fn result(reply: Reply) -> Result<Progress> {
    jumdata([reply]).with_retry(RetryPolicy::never()).resume(&session())
}

fn results(replies: impl IntoIterator<Item = Reply>) -> Result<Progress> {
    jumdata(replies).resume(&session())
}

fn session() -> Session {
    let receipt = Receipt::new("jumdata/default".parse().unwrap());
    Session::new(receipt, "t-0123456789", NOW, time::Duration::minutes(10))
}

fn done(progress: Result<Progress>) -> Result<Verdict> {
    progress.map(|progress| match progress {
        Progress::Done(verdict) => verdict,
        Progress::Pending(session) => panic!("{session:?}"),
    })
}
