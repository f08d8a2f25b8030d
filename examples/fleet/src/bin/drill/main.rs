//! Tests that the money adds up when workers, servers and Redis are killed: the whole fleet, against the sandbox.
//!
//! ```text
//! examples/fleet/run [--checks 2000] [--kills 3] [--without-once]
//! examples/fleet/run --rate
//! ```
//!
//! It starts redis-server, nginx, servers and workers, gives them checks, kills each kind as often as asked, and counts: by the results
//! in Redis, by the journal, and by what the vendor charged. The last line is the account as JSON; it ends with 0 only if that adds up.

mod account;
mod checks;
mod fleet;
mod people;
mod rate;
mod vendor;

use std::{
    env,
    error::Error,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use liveness_fleet::{
    jobs::{Job, Jobs},
    results::Results,
};

use crate::{
    account::Account,
    checks::Checks,
    fleet::{Fleet, Kind},
    people::People,
    vendor::Vendor,
};

/// How long the fleet may take to end everything. A job of a killed worker waits for 40 s.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long one that was killed stays away.
const AWAY: Duration = Duration::from_secs(1);
const USAGE: &str = "usage: run [--checks NUMBER] [--kills NUMBER] [--without-once] | run --rate";

struct Options {
    checks: usize,
    /// How often each kind of process is killed.
    kills: usize,
    is_without_once: bool,
}

fn main() -> ExitCode {
    if env::args().skip(1).eq(["--rate"]) {
        let measured = Fleet::redis_alone().and_then(|fleet| rate::print(fleet.link()));
        return measured.map_or_else(failed, |()| ExitCode::SUCCESS);
    }
    match options().and_then(|options| drill(&options)) {
        Ok(account) => {
            println!("{account}");
            match account.adds_up() {
                true => ExitCode::SUCCESS,
                false => ExitCode::from(1),
            }
        }
        Err(error) => failed(error),
    }
}

fn failed(error: Box<dyn Error>) -> ExitCode {
    eprintln!("drill: {error}");
    ExitCode::from(2)
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options { checks: 2000, kills: 3, is_without_once: false };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|number| number.parse().ok()).ok_or(USAGE);
        match argument.as_str() {
            "--checks" => {
                options.checks = number().and_then(|checks| if checks > 0 { Ok(checks) } else { Err(USAGE) })?
            }
            "--kills" => options.kills = number()?,
            "--without-once" => options.is_without_once = true,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}

fn drill(options: &Options) -> Result<Account, Box<dyn Error>> {
    let vendor = Vendor::start()?;
    let mut fleet = Fleet::start(vendor.url(), options.is_without_once)?;
    let checks = Checks::new(options.checks, fleet.folder())?;
    let jobs = Jobs::new(fleet.link().clone(), Results::new(fleet.link().clone()));
    println!("SANDBOX: no vendor is called, nothing is billed.");
    println!(
        "{} jobs by {} workers, {} people at {} servers",
        checks.jobs().len(),
        fleet::WORKERS,
        checks.people().len(),
        fleet::SERVERS
    );
    let submitting = submit(jobs.clone(), checks.jobs().to_vec());
    let people = People::start(checks.people().to_vec(), fleet.url().to_owned(), vendor.url().to_owned());
    let (start, mut killed) = (Instant::now(), 0);
    let order: Vec<Kind> =
        [Kind::Worker, Kind::Server, Kind::Redis].into_iter().cycle().take(3 * options.kills).collect();
    loop {
        thread::sleep(Duration::from_millis(50));
        let ended = ended(&jobs).unwrap_or_default();
        // The kills lie evenly over the checks.
        if let Some(&kind) = order.get(killed) {
            if ended * (order.len() + 1) >= options.checks * (killed + 1) {
                println!(
                    "{:>5.1} s  {ended:>5} ended  killed: {}",
                    start.elapsed().as_secs_f64(),
                    fleet.kill(kind, killed / 3)?
                );
                thread::sleep(AWAY);
                fleet.start_again(kind, killed / 3)?;
                killed += 1;
            }
        } else if ended >= options.checks && submitting.is_finished() && people.are_home() {
            break;
        }
        if start.elapsed() > PATIENCE {
            println!("{ended} of {} ended within {} s", options.checks, PATIENCE.as_secs());
            break;
        }
    }
    println!("{:>5.1} s  {} ended", start.elapsed().as_secs_f64(), ended(&jobs)?);
    fleet.end()?;
    let account = Account::of(&checks, &jobs, fleet.link(), &vendor.charged(), killed)?;
    if account.adds_up() {
        fleet.tidy();
    }
    Ok(account)
}

/// How many checks have a result, or are buried without one.
fn ended(jobs: &Jobs) -> redis::RedisResult<usize> {
    let buried = jobs.buried()?;
    let buried: Vec<&str> = buried.iter().map(|(reference, _)| reference.as_str()).collect();
    let without = jobs.results().are_there(&buried)?.into_iter().filter(|is_there| !is_there).count();
    Ok(jobs.results().count()? + without)
}

/// Adds the jobs, each until Redis has it.
fn submit(jobs: Jobs, all: Vec<Job>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for job in &all {
            while jobs.submit(job).is_err() {
                thread::sleep(AWAY / 10);
            }
        }
    })
}
