//! Measures the time and memory that `liveness reconcile` takes for a month of a million calls.
//!
//! `cargo test --release -p liveness-cli --test cli -- --ignored --nocapture a_month_of`

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::Instant,
};

use liveness::{
    CallKind, Charges, ManualClock, Receipt,
    money::{Answer, Closing, Ending, FileJournal, Fingerprint, Intent, Journal, Opened, TryKey},
    time::{Duration, OffsetDateTime, macros::datetime},
};

use crate::command::{folder, liveness};

const START: OffsetDateTime = datetime!(2026-11-01 00:00 +8);
const CALLS: u32 = 1_000_000;
const MAX_SECONDS: f64 = 10.0;
const MAX_KIB: u64 = 200_000_000 / 1024;

#[test]
#[ignore = "a million calls: in release, by its own command"]
fn a_month_of_a_million_calls_takes_seconds_and_little_memory() {
    let calls = std::env::var("CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(CALLS);
    let place = place();
    let began = Instant::now();
    write_journal(&place.join("journal"), calls);
    write_statement(&place.join("month.csv"), calls);
    println!("{calls} calls written in {:.0} s", began.elapsed().as_secs_f64());
    for (columns, by) in [("--number-column 请求号", "number"), ("", "time")] {
        let mut command = liveness(["reconcile", "--journal", "journal", "--statement", "month.csv"]);
        command.args(["--month", "2026-11", "--time-column", "时间", "--billed-column", "计费"]);
        command.args(columns.split_whitespace()).current_dir(&place).stdout(Stdio::piped());
        let began = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut peak = 0;
        let ended = loop {
            peak = peak_kib(child.id()).max(peak);
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
            std::thread::yield_now();
        };
        let seconds = began.elapsed().as_secs_f64();
        println!("matched by {by}: {seconds:.1} s, peak {} MiB, exit code {:?}", peak / 1024, ended.code());
        assert_eq!(ended.code(), Some(0));
        assert!(seconds < MAX_SECONDS && peak < MAX_KIB, "{seconds} s, {peak} KiB");
    }
    fs::remove_dir_all(place).unwrap();
}

/// In memory, where there is such a place: a million flushes of a disk are not what is measured.
fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        return folder("month");
    }
    let place = memory.join(format!("liveness-month-{}", std::process::id()));
    fs::create_dir_all(&place).unwrap();
    place
}

/// A call each 2.5 s.
fn at(index: u32) -> OffsetDateTime {
    START + Duration::milliseconds(60_000 + i64::from(index) * 2500)
}

fn number(index: u32) -> String {
    format!("2026112108{:014}", u64::from(index) * 7919 + 1)
}

fn write_journal(folder: &Path, calls: u32) {
    let clock = ManualClock::new(START);
    let journal = FileJournal::open(folder).unwrap().with_clock(clock.clone());
    for index in 0..calls {
        clock.set(at(index));
        let key = TryKey::new(format!("order-{index:07}").parse().unwrap(), 1, CallKind::Begin);
        let fingerprint = Fingerprint::new(1, "0f1e2d3c", "00112233445566778899aabbccddeeff".into());
        let intent = Intent::new(key, "jumdata/default".parse().unwrap(), fingerprint);
        let Opened::New(ticket) = journal.open(&intent).unwrap() else { panic!("it is new") };
        let receipt = Receipt::new("jumdata/default".parse().unwrap()).with_request_id(number(index));
        let ending = Ending::Answered { answer: Answer::Session(Box::new(receipt)), sealed: None };
        journal.close(&ticket, &Closing::new(ending, Charges::new(1, 1))).unwrap();
    }
}

fn write_statement(path: &Path, calls: u32) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "时间,姓名,请求号,计费").unwrap();
    for index in 0..calls {
        let at = at(index) + Duration::milliseconds(800);
        let (hour, minute, second, milli) = at.time().as_hms_milli();
        let number = number(index);
        writeln!(file, "{} {hour:02}:{minute:02}:{second:02}.{milli:03},王芳,'{number},是", at.date()).unwrap();
    }
    file.flush().unwrap();
}

/// The most memory of a process so far.
fn peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}
