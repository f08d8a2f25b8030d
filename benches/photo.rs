//! Benchmark of photo preparation, stage by stage, beside the same job done with other crates.
//!
//! ```text
//! cargo bench -p liveness-benches --bench photo
//! LIVENESS_BENCH_PHOTOS=DIR cargo bench -p liveness-benches --bench photo
//! ```
//!
//! First a table of ratios: ours and the alternatives in turns, the best of each, so that neighbours on the machine disturb all
//! alike. Then what a second thread gains. Then criterion's figures for the whole and for each stage.

#![allow(missing_docs, reason = "criterion's macros write public functions")]
#![allow(clippy::expect_used, reason = "a bench may stop")]

#[path = "../crates/cli/src/verify/camera.rs"]
mod camera;
#[path = "support/inputs.rs"]
mod inputs;
#[path = "support/rivals.rs"]
mod rivals;

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use liveness::photo::{Limits, PhotoSpec, Preparer, StageTimes};

use inputs::Input;

const ROUNDS: usize = 5;
type Stage = (&'static str, fn(&StageTimes) -> Duration);
const STAGES: [Stage; 5] = [
    ("decode", |times| times.decode),
    ("resize", |times| times.resize),
    ("colour", |times| times.colour),
    ("measure", |times| times.measure),
    ("encode", |times| times.encode),
];

/// As the alternatives work: no floor under the quality, no limit on memory.
fn preparer() -> Preparer {
    let limits = Limits::new().with_max_memory_bytes(u64::MAX);
    Preparer::new(PhotoSpec::TENCENT_MARKET.with_quality_floor(0.0)).with_limits(limits)
}

fn times(preparer: &mut Preparer, input: &Input) -> StageTimes {
    let photo = preparer.prepare(black_box(&input.file)).expect("a good file");
    photo.report().expect("prepared").times
}

fn ratios(_: &mut Criterion) {
    let real = inputs::real();
    let inputs: Vec<&Input> = inputs::MADE.iter().chain(&real).collect();
    let mut preparer = preparer();
    let (mut logs, mut measured, mut whole) = ([0.0, 0.0], Duration::ZERO, Duration::ZERO);
    let mut dearest = (0.0, "");
    println!("best of {ROUNDS} rounds in turns; A: image alone, B: zune-jpeg + fast_image_resize + jpeg-encoder");
    println!("{:32} {:>9} {:>9} {:>9} {:>8} {:>8}", "photo", "ours ms", "A ms", "B ms", "ours/A", "ours/B");
    for &input in &inputs {
        let mut best = [f64::INFINITY; 3];
        let before = (measured, whole);
        for _ in 0..ROUNDS {
            best[0] = best[0].min(ms(|| {
                let times = times(&mut preparer, input);
                measured += times.measure;
                whole += times.total();
            }));
            best[1] = best[1].min(ms(|| drop(black_box(rivals::image_alone(input)))));
            best[2] = best[2].min(ms(|| drop(black_box(rivals::assembled(input)))));
        }
        let share = percent(measured - before.0, whole - before.1);
        if share > dearest.0 {
            dearest = (share, &input.name);
        }
        let [ours, a, b] = best;
        println!("{:32} {ours:9.1} {a:9.1} {b:9.1} {:8.3} {:8.3}", input.name, ours / a, ours / b);
        logs[0] += (ours / a).ln();
        logs[1] += (ours / b).ln();
    }
    let [a, b] = logs.map(|log| (log / inputs.len() as f64).exp());
    println!("{:32} {:>9} {:>9} {:>9} {a:8.3} {b:8.3}", "geometric mean", "", "", "");
    let (share, name) = dearest;
    println!("measuring is {:.1} % of the whole, at most {share:.1} % ({name})", percent(measured, whole));
}

fn percent(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64() * 100.0
}

/// Photos a second with two threads, each with a `Preparer` of its own, over those with one.
fn threads(_: &mut Criterion) {
    if thread::available_parallelism().map_or(1, usize::from) < 2 {
        println!("two threads over one: not measured, there is one processor");
        return;
    }
    let mut preparers = [preparer(), preparer()];
    // All photos by each, so that no thread waits for the other's last one.
    let mut seconds = |count: usize| {
        let start = Instant::now();
        thread::scope(|scope| {
            for preparer in &mut preparers[..count] {
                scope.spawn(|| inputs::MADE.iter().map(|input| times(preparer, input)).for_each(|_| {}));
            }
        });
        start.elapsed().as_secs_f64()
    };
    let mut best = [f64::INFINITY; 2];
    seconds(2); // Buffers grow once.
    for _ in 0..ROUNDS {
        best = [best[0].min(seconds(1)), best[1].min(seconds(2))];
    }
    println!(
        "two threads over one: {:.2} times the photos a second, best of {ROUNDS} rounds in turns",
        2.0 * best[0] / best[1]
    );
}

fn ms(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prepare");
    let mut preparer = preparer();
    for input in inputs::MADE.iter() {
        group.throughput(Throughput::Elements(input.pixels));
        group.bench_function(&input.name, |bencher| bencher.iter(|| times(&mut preparer, input)));
    }
}

fn stages(criterion: &mut Criterion) {
    let mut preparer = preparer();
    for input in inputs::MADE.iter() {
        let mut group = criterion.benchmark_group(format!("stage/{}", input.name));
        group.throughput(Throughput::Elements(input.pixels));
        let once = times(&mut preparer, input);
        for (stage, time) in STAGES {
            if time(&once).is_zero() {
                println!("stage/{}/{stage}: done while decoding, in `decode`", input.name);
                continue;
            }
            group.bench_function(stage, |bencher| {
                bencher.iter_custom(|count| (0..count).map(|_| time(&times(&mut preparer, input))).sum());
            });
        }
    }
}

criterion_group! {
    name = photo;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_secs(1));
    targets = ratios, threads, whole, stages
}
criterion_main!(photo);
