//! Benchmark of the codec: reading a header, decoding at each scale and size, encoding to a budget and a quality.
//!
//! ```text
//! cargo bench -p liveness-benches --bench jpeg
//! ```
//!
//! One photo of 12 MP, made by code, and its planes at 1280 px. Throughput is in pixels of the photo, or of the planes.

#![allow(missing_docs, reason = "criterion's macros write public functions")]
#![allow(clippy::expect_used, reason = "a bench may stop")]

#[path = "../crates/cli/src/verify/camera.rs"]
mod camera;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use liveness_jpeg::{Budget, Decoder, Encoder, Header, Planes, Sampling, Scale, Target};

const WIDTH: u16 = 4032;
const HEIGHT: u16 = 3024;
const PIXELS: u64 = WIDTH as u64 * HEIGHT as u64;

fn decoding(criterion: &mut Criterion) {
    let file = camera::jpeg(WIDTH, HEIGHT, camera::Way::Upright);
    let header = Header::parse(&file).expect("a JPEG");
    let (mut decoder, mut planes) = (Decoder::new(), Planes::new());
    let mut group = criterion.benchmark_group("decode 12 MP");
    group.bench_function("header alone", |bencher| bencher.iter(|| black_box(Header::parse(black_box(&file)))));
    group.throughput(Throughput::Elements(PIXELS));
    let scaled = Scale::ALL.map(|scale| (format!("scaled, {scale:?}"), Target::scaled(&header, scale)));
    let fitted = [1280, 256].map(|side| (format!("fit {side} px"), Target::fit(&header, side)));
    let full = (String::from("fit 1280 px, 4:4:4"), Target::fit(&header, 1280).with_sampling(Sampling::S444));
    for (name, target) in scaled.iter().chain(&fitted).chain([&full]) {
        group.bench_function(name, |bencher| {
            bencher.iter(|| decoder.decode(black_box(&header), target, &mut planes).expect("within the limits"));
        });
    }
}

fn encoding(criterion: &mut Criterion) {
    let rgb = camera::rgb(1280, 960);
    let (mut encoder, mut planes) = (Encoder::new(), Planes::new());
    planes.set_rgb(&rgb, 1280, 960, Default::default()).expect("as many samples as px");
    let mut group = criterion.benchmark_group("encode 1280×960 px");
    group.throughput(Throughput::Elements(1280 * 960));
    for sampling in ["4:4:4", "4:2:0"] {
        if sampling == "4:2:0" {
            planes.halve_chroma();
        }
        for (name, budget) in [
            ("100,000 bytes", Budget::bytes(100_000)),
            ("200,000 bytes", Budget::bytes(200_000)),
            ("quality 80", Budget::quality(80.0)),
        ] {
            group.bench_function(format!("{sampling}, {name}"), |bencher| {
                bencher.iter(|| encoder.encode(black_box(&planes), budget).expect("within the budget"));
            });
        }
    }
}

criterion_group! {
    name = jpeg;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    targets = decoding, encoding
}
criterion_main!(jpeg);
