//! Benchmark of a check without a network, beside the Base64 encoding of its photo, which every client must do.
//!
//! ```text
//! cargo bench -p liveness-benches --bench wire
//! ```
//!
//! First the ratio, both in turns, then criterion's figures.

#![allow(missing_docs, reason = "criterion's macros write public functions")]
#![allow(clippy::expect_used, reason = "a bench may stop")]

#[path = "../crates/cli/src/verify/camera.rs"]
mod camera;

use std::hint::black_box;
use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use liveness::{
    Body, Check, IdNumber, Identity, LivenessProvider, Name, Photo, Request, Response, TencentMarket,
    photo::{PhotoSpec, Preparer},
    tencent_market,
};

const ROUNDS: usize = 200;
const ANSWER: &str = r#"{"errcode":"P0000","errmsg":"ok","jobid":"J-1","responsetime":"20260102030405678","result":{"score":"98.5","sex":"男","birthday":"19491231"}}"#;

fn market() -> TencentMarket {
    let keys = tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
    TencentMarket::new(keys, |_: Request| Ok(Response::new(Body::from(ANSWER))))
}

fn photo() -> Photo {
    let file = camera::jpeg(4032, 3024, camera::Way::Upright);
    Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file).expect("a good photo")
}

fn check(photo: Photo) -> Check {
    let identity = Identity::new(
        Name::parse("张三").expect("a good name"),
        IdNumber::parse("11010519491231002X").expect("a good number"),
    );
    Check::same_person(identity).with_photo(photo)
}

fn ratio(_: &mut Criterion) {
    let (market, photo) = (market(), photo());
    let bytes = photo.bytes().to_vec();
    let check = check(photo);
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        best[0] = best[0].min(time(|| drop(black_box(market.begin(black_box(&check))))));
        best[1] = best[1].min(time(|| drop(black_box(BASE64_STANDARD.encode(black_box(&bytes))))));
    }
    let [ours, base64] = best.map(|time| time.as_secs_f64() * 1e6);
    println!(
        "a check with a photo of {} bytes: {ours:.0} µs, {:.2} of Base64 alone ({base64:.0} µs)",
        bytes.len(),
        ours / base64
    );
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn figures(criterion: &mut Criterion) {
    let (market, photo) = (market(), photo());
    let bytes = photo.bytes().to_vec();
    let check = check(photo);
    let mut group = criterion.benchmark_group("wire");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("check", |bencher| bencher.iter(|| market.begin(black_box(&check))));
    group.bench_function("base64", |bencher| bencher.iter(|| BASE64_STANDARD.encode(black_box(&bytes))));
    group.finish();
}

criterion_group!(benches, ratio, figures);
criterion_main!(benches);
