//! Measures how fast calls are opened, beside bare flushes of the disk, and the memory that a large journal takes.
//!
//!     cargo test --release --test money_file figures -- --ignored --nocapture --test-threads 1

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use liveness::{
    CallKind, Charges, ManualClock, Outcome, Receipt, Verdict,
    money::{Answer, Closing, Ending, FileJournal, Fingerprint, Intent, Journal, Opened, TryKey},
};
use time::OffsetDateTime;

/// How long each rate is measured.
const TIME: Duration = Duration::from_secs(5);
/// About as long as a line of a record.
const LINE_BYTES: usize = 600;
const RECORDS: usize = 1_000_000;
const FOLDER: &str = "LIVENESS_FIGURES_FOLDER";

/// On the disk of the target folder, not in memory.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("figures-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

/// Opens a call and closes it with a verdict.
fn call(journal: &FileJournal, reference: &str) {
    let key = TryKey::new(reference.parse().unwrap(), 1, CallKind::Begin);
    let provider: liveness::ProviderId = "tencent-market/default".parse().unwrap();
    let intent = Intent::new(key, provider.clone(), Fingerprint::new(1, "0badcafe", "0".repeat(32)));
    let Opened::New(ticket) = journal.open(&intent).unwrap() else { panic!("each is new") };
    let receipt = Receipt::new(provider).with_request_id("0e7e9c1a-1f4b-4d1e-9d44-8c2f4a3b5d60");
    let verdict = Verdict::new(Outcome::Passed, receipt).without_person();
    let answer = Answer::Verdict(Box::new(verdict));
    journal.close(&ticket, &Closing::new(Ending::Answered { answer, sealed: None }, Charges::new(1, 1))).unwrap();
}

/// How often a second a line is added to a file and flushed.
fn bare_flushes() -> f64 {
    let folder = folder("bare");
    fs::create_dir_all(&folder).unwrap();
    let mut file = File::create(folder.join("file")).unwrap();
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < TIME {
        file.write_all(&[b'x'; LINE_BYTES]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    fs::remove_dir_all(folder).unwrap();
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// How many calls a second so many threads open and close between them.
fn calls(threads: usize) -> f64 {
    let folder = folder("calls");
    let journal = FileJournal::open(&folder).unwrap();
    let start = Instant::now();
    let made: usize = thread::scope(|scope| {
        let run = |thread: usize| {
            let journal = journal.clone();
            let is_time = move |_: &usize| start.elapsed() < TIME;
            let calls =
                (0..).take_while(is_time).map(move |number| call(&journal, &format!("order-{thread}-{number}")));
            move || calls.count()
        };
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(run(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(journal.records(None, usize::MAX).unwrap().len(), made, "each is written down");
    fs::remove_dir_all(folder).unwrap();
    made as f64 / seconds
}

#[test]
#[ignore = "takes half a minute; .ci/run slow runs it"]
fn opens_per_second() {
    let before = bare_flushes();
    let (one, many) = (calls(1), calls(64));
    let bare = before.midpoint(bare_flushes());
    println!("bare flushes: {bare:.0} a second");
    println!("1 thread: {one:.0} calls a second; 64 threads: {many:.0}");
    println!("a call of one thread takes {:.1} flushes, one of 64 threads {:.2}", bare / one, bare / many);
    // Each call waits for two flushes. On a disk that flushes at once nothing is there to share.
    assert!(bare > 20_000.0 || many > one, "64 threads share their flushes");
}

/// The process that opens a large journal and says how much memory that took.
#[test]
#[ignore = "it is run by the other test"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let before = resident_kib();
    let start = Instant::now();
    let journal = FileJournal::open(folder).unwrap();
    let (took, after) = (start.elapsed(), resident_kib());
    assert!(journal.in_doubt(None, 1).unwrap().is_empty());
    println!("{RECORDS} records: opened in {:.1} s, {} MiB", took.as_secs_f64(), (after - before) / 1024);
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[ignore = "takes minutes and 2 GB of memory"]
fn memory_of_a_million_records() {
    let folder = Path::new("/dev/shm").join(format!("liveness-figures-{}", std::process::id()));
    // As a service has them: of a month that is over.
    let clock = ManualClock::new(OffsetDateTime::now_utc() - time::Duration::days(40));
    let journal = FileJournal::open(&folder).unwrap().with_clock(clock.clone());
    for number in 0..RECORDS {
        call(&journal, &format!("order-20261121-{number:07}"));
        clock.advance(Duration::from_millis(2500));
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "figures::child", "--ignored", "--nocapture", "--test-threads", "1"])
        .env(FOLDER, &folder)
        .status();
    fs::remove_dir_all(&folder).unwrap();
    assert!(child.unwrap().success());
}
