//! A process that checks people over the served sandbox is killed by SIGKILL, again and again: the journal and the vendor's books
//! agree on every charge, or the journal says that it is in doubt.
//!
//!     cargo test --release --test kills -- --ignored --nocapture
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod child;
mod vendor;

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use liveness::money::{FileJournal, Journal, Record, Standing, State};

use self::vendor::Vendor;

/// How often a process is killed at each point, and at random moments.
const KILLS_PER_POINT: usize = 50;
const KILLS_AT_RANDOM: usize = 200;

/// Where a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// Between the opening of the record and the first byte.
    Opened,
    /// While the vendor has executed the call and has not answered.
    Executed,
    /// Between the answer and the closing of the record.
    Answered,
    /// Whenever it comes.
    Random,
}

#[test]
#[ignore = "takes minutes; .ci/run slow runs it"]
fn a_process_that_is_killed_anywhere_charges_nobody_twice_and_loses_no_charge() {
    let folder = std::env::temp_dir().join(format!("liveness-kills-{}", std::process::id()));
    let vendor = Vendor::new();
    let seed = std::env::var("KILLS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed_u64);
    println!("KILLS_SEED={seed}");
    let mut random = seed;
    let mut kills: HashMap<String, usize> = HashMap::new();
    for point in [Point::Opened, Point::Executed, Point::Answered, Point::Random] {
        let wanted = if point == Point::Random { KILLS_AT_RANDOM } else { KILLS_PER_POINT };
        for _ in 0..wanted {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let moment = Duration::from_micros(random >> 33 & 0x3_ffff);
            kill_once(&vendor, &folder, point, moment);
            *kills.entry(format!("{point:?}")).or_default() += 1;
        }
        audit(&vendor, &folder);
    }
    println!("kills: {kills:?}");
    // One last run that nobody disturbs.
    let status = start(&vendor, &folder, Point::Random).wait().unwrap();
    assert!(status.success());
    audit(&vendor, &folder);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn start(vendor: &Vendor, folder: &Path, point: Point) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child::run", "--ignored", "--nocapture", "--test-threads", "1"])
        .env(child::ADDRESS, vendor.address())
        .env(child::JOURNAL, folder)
        .env(child::POINT, format!("{point:?}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Starts a process and kills it at this point.
fn kill_once(vendor: &Vendor, folder: &Path, point: Point, moment: Duration) {
    let mut process = start(vendor, folder, point);
    match point {
        Point::Random => std::thread::sleep(moment),
        Point::Executed => vendor.wait_for_execution(),
        Point::Opened | Point::Answered => {
            let lines = BufReader::new(process.stdout.take().unwrap()).lines();
            assert!(lines.map_while(Result::ok).any(|line| line.contains(child::READY)), "it never came to {point:?}");
        }
    }
    let _ = process.kill();
    process.wait().unwrap();
    vendor.go_on();
}

/// Each executed call belongs to one record, no record to two, and each record says so or is in doubt.
fn audit(vendor: &Vendor, folder: &Path) {
    let later = liveness::ManualClock::new(time::OffsetDateTime::now_utc() + time::Duration::HOUR);
    let journal = FileJournal::open(folder).unwrap().with_clock(later);
    let now = journal.now().unwrap();
    let mut executed = vendor.executed();
    let (mut after, mut counted, mut doubtful) = (None, 0, 0);
    loop {
        let page = journal.records(after.as_ref(), 500).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for record in &page {
            let charges: usize = sent(record).filter(|id| executed.remove(*id)).count();
            assert!(charges <= 1, "{} was charged {charges} times", record.key);
            let is_doubt = record.standing(now) == Standing::InDoubt;
            let is_answered = matches!(record.state, State::Answered(_));
            assert!(charges == 0 || is_doubt || is_answered, "{}: {:?}", record.key, record.state);
            assert!(!is_answered || charges == 1, "{} says that it was answered, and nothing ran", record.key);
            assert!(record.charges().possible() as usize >= charges, "{}", record.key);
            counted += charges;
            doubtful += usize::from(is_doubt);
        }
    }
    assert!(executed.is_empty(), "{} charges that no record names", executed.len());
    println!("{counted} charges, each named once; {doubtful} records in doubt");
}

fn sent(record: &Record) -> impl Iterator<Item = &str> {
    record.spends.iter().flat_map(|spend| &spend.sent).filter_map(|attempt| attempt.id.as_deref())
}
