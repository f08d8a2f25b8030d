//! Simulates the fleet by measured numbers: the workers that a call rate needs, and the part that is full first.
//!
//! ```text
//! cargo run --release --bin capacity -- [--NAME VALUE]…
//! ```
//!
//! Checks come at random, as people do. Each takes a thread of a worker, a core for its photo, the steps of the journal in Redis, and
//! waits for the vendor. `run --rate` measures the costs on this machine.

mod queue;
mod simulation;

use std::{env, process::ExitCode};

use crate::simulation::{Costs, Load, simulate};

/// The numbers of workers that are tried.
const WORKERS: [usize; 8] = [10, 20, 40, 80, 120, 160, 200, 320];

fn main() -> ExitCode {
    let (mut load, mut costs) = (Load::default(), Costs::default());
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse::<f64>().ok()).filter(|value| *value >= 0.0);
        let field = match name.as_str() {
            "--rate" => &mut load.per_second,
            "--vendor-rate" => &mut load.vendor_per_second,
            "--threads" => &mut load.threads,
            "--cores" => &mut load.cores,
            "--photo-ms" => &mut costs.photo_ms,
            "--vendor-ms" => &mut costs.vendor_ms,
            "--vendor-spread" => &mut costs.vendor_spread,
            "--flush-ms" => &mut costs.flush_ms,
            "--command-ms" => &mut costs.command_ms,
            _ => return usage(),
        };
        let Some(value) = value else { return usage() };
        *field = value;
    }
    println!("{load}\n{costs}\n");
    println!(
        "| workers | checks/s | waiting at the end | photo cores | threads | Redis | vendor's rate | first step p50 / p99 ms |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for workers in WORKERS {
        println!("| {workers} | {} |", simulate(workers, &load, &costs));
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: capacity [--rate PER_SECOND] [--vendor-rate PER_SECOND] [--threads PER_WORKER] [--cores PER_WORKER] [--photo-ms MS]\n\
         \x20               [--vendor-ms MEDIAN] [--vendor-spread SIGMA] [--flush-ms MS] [--command-ms MS]"
    );
    ExitCode::from(2)
}
