//! A process that checks people over the served sandbox is killed by SIGKILL, again and again: the journal and the vendor's books
//! agree on every charge, or the journal says that it is in doubt.
//!
//!     cargo test --release --test kills -- --ignored --nocapture
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod batch;
mod child;
mod stopped;
mod vendor;

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use liveness::money::{FileJournal, Journal, Record, Standing, State};

use self::vendor::Vendor;

/// How often a process is killed at each point, and at random moments.
const KILLS_PER_POINT: usize = 50;
const KILLS_AT_RANDOM: usize = 200;
/// How often at least a process is found to have died while it began a file, and while it wrote one anew.
const KILLS_IN_FILES: usize = 20;

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
    /// Whenever it comes, while almost every call begins a new file and writes an old one anew.
    Files,
    /// Not killed, but stopped right before the last look at the clock.
    Stopped,
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
            kill_once(&vendor, &folder, point, Duration::from_micros(next(&mut random) & 0x3_ffff));
            *kills.entry(format!("{point:?}")).or_default() += 1;
        }
        audit(&vendor, &folder);
    }
    // Where exactly these fall shows in what they leave behind.
    let mut found = Left::default();
    while found.new_file < KILLS_IN_FILES || found.rewritten < KILLS_IN_FILES {
        kill_once(&vendor, &folder, Point::Files, Duration::from_micros(next(&mut random) & 0x7fff));
        *kills.entry("Files".to_owned()).or_default() += 1;
        found.look(&folder);
        assert!(kills["Files"] < 2_000, "{kills:?}");
        if kills["Files"].is_multiple_of(50) {
            audit(&vendor, &folder);
        }
    }
    audit(&vendor, &folder);
    println!(
        "kills: {kills:?}, of these {} after beginning a file and {} while replacing one",
        found.new_file, found.rewritten
    );
    // One last run that nobody disturbs.
    let status = start(&vendor, &folder, Point::Random).wait().unwrap();
    assert!(status.success());
    audit(&vendor, &folder);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What a process left that was killed in the middle of it.
#[derive(Debug, Default)]
struct Left {
    /// A file without a record: it was killed after it had begun it.
    new_file: usize,
    /// A draft: it was killed while it replaced a file.
    rewritten: usize,
    /// The files after the kill before, so that nothing is counted twice.
    names: Vec<String>,
}

impl Left {
    fn look(&mut self, folder: &Path) {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        if names == self.names {
            return;
        }
        self.rewritten += usize::from(names.iter().any(|name| name.ends_with(".draft")));
        let last = names.iter().rfind(|name| name.starts_with("segment-") && name.ends_with(".log")).unwrap();
        let lines = std::fs::read_to_string(folder.join(last)).unwrap_or_default().lines().count();
        self.new_file += usize::from(lines <= 1);
        self.names = names;
    }
}

/// The next of a row of numbers that a seed gives.
fn next(random: &mut u64) -> u64 {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
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
        Point::Opened | Point::Answered | Point::Stopped => wait_until_ready(&mut lines(&mut process)),
        Point::Files => {
            wait_until_ready(&mut lines(&mut process));
            std::thread::sleep(moment);
        }
    }
    let _ = process.kill();
    process.wait().unwrap();
    vendor.go_on();
}

fn lines(process: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(process.stdout.take().unwrap()).lines()
}

fn wait_until_ready(lines: &mut Lines<BufReader<ChildStdout>>) {
    assert!(lines.map_while(Result::ok).any(|line| line.contains(child::READY)), "it never came to its point");
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
