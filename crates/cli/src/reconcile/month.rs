//! A month of a million calls: how long does it take, and how much memory?
//!
//! `cargo test --release -p liveness-cli -- --ignored --nocapture a_month_of`

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Write},
    time::Instant,
};

use clap::Parser;
use liveness::{
    CallKind, Language, Reference,
    money::{
        Closing, Intent, Journal, JournalError, JournalErrorKind, Opened, Record, SentAttempt, Settled, Ticket, TryKey,
    },
    time::{Duration, OffsetDateTime},
};

use super::{BUFFER_BYTES, examine, tell, tests::Line};
use crate::books::{Books, Page, START};

const CALLS: u32 = 1_000_000;
const MAX_SECONDS: f64 = 10.0;
const MAX_KIB: u64 = 200 * 1024;

/// A journal that makes its records up as they are asked for, so that what is measured is the command.
#[derive(Debug)]
struct Month {
    model: Record,
    now: OffsetDateTime,
    has_numbers: bool,
}

impl Month {
    fn of(has_numbers: bool) -> Self {
        let books = Books::new().call("model", 0, "n", Some(1));
        let model = books.journal.records(None, 1).unwrap().remove(0);
        Self { model, now: START + Duration::days(31), has_numbers }
    }

    fn record(&self, index: u32) -> Record {
        let mut record = self.model.clone();
        record.key = TryKey::new(format!("order-{index:07}").parse().unwrap(), 1, CallKind::Begin);
        record.spends[0].at = at(index);
        record.spends[0].sent[0].at = at(index);
        record.spends[0].sent[0].id = None;
        record.spends[0].request_id = self.has_numbers.then(|| number(index));
        record
    }
}

/// A call each 2.4 s.
fn at(index: u32) -> OffsetDateTime {
    START + Duration::milliseconds(i64::from(index) * 2400)
}

fn number(index: u32) -> String {
    format!("2026112108{:014}", u64::from(index) * 7919)
}

impl Journal for Month {
    fn now(&self) -> Result<OffsetDateTime, JournalError> {
        Ok(self.now)
    }

    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        let first = after.map_or(0, |key| key.reference().as_str()[6..].parse::<u32>().unwrap() + 1);
        let end = first.saturating_add(u32::try_from(limit).unwrap()).min(CALLS);
        Ok((first..end).map(|index| self.record(index)).collect())
    }

    fn salt(&self) -> Result<[u8; 32], JournalError> {
        Err(JournalErrorKind::Unavailable.into())
    }
    fn open(&self, _: &Intent) -> Result<Opened, JournalError> {
        Err(JournalErrorKind::ReadOnly.into())
    }
    fn sent(&self, _: &Ticket, _: &SentAttempt) -> Result<(), JournalError> {
        Err(JournalErrorKind::ReadOnly.into())
    }
    fn close(&self, _: &Ticket, _: &Closing) -> Result<(), JournalError> {
        Err(JournalErrorKind::ReadOnly.into())
    }
    fn find(&self, _: &TryKey) -> Result<Option<Record>, JournalError> {
        Ok(None)
    }
    fn in_doubt(&self, _: Option<&TryKey>, _: usize) -> Result<Vec<Record>, JournalError> {
        Ok(Vec::new())
    }
    fn settle(&self, _: &TryKey, _: &Settled) -> Result<Record, JournalError> {
        Err(JournalErrorKind::ReadOnly.into())
    }
    fn erase(&self, _: &Reference) -> Result<usize, JournalError> {
        Ok(0)
    }
}

#[test]
#[ignore = "a million calls: in release, by its own command"]
fn a_month_of_a_million_calls_takes_seconds_and_little_memory() {
    let path = std::env::temp_dir().join(format!("liveness-month-{}.csv", std::process::id()));
    let mut file = BufWriter::new(File::create(&path).unwrap());
    writeln!(file, "时间,姓名,请求号,计费").unwrap();
    for index in 0..CALLS {
        let at = at(index) + Duration::milliseconds(800);
        let (hour, minute, second, milli) = at.time().as_hms_milli();
        let number = number(index);
        writeln!(file, "{} {hour:02}:{minute:02}:{second:02}.{milli:03},王芳,'{number},是", at.date()).unwrap();
    }
    file.flush().unwrap();
    for (has_numbers, columns) in [(true, "--number-column 请求号"), (false, "")] {
        let line = format!("liveness --journal j --statement s --time-column 时间 --billed-column 计费 {columns}");
        let options = Line::try_parse_from(line.split_whitespace()).unwrap().options;
        let began = Instant::now();
        let input = BufReader::with_capacity(BUFFER_BYTES, File::open(&path).unwrap());
        let found = examine(&options, &Month::of(has_numbers), input).unwrap_or_else(|_| panic!("it is read"));
        tell(&found, &options, Language::English, &mut Page::default().output());
        let (seconds, peak) = (began.elapsed().as_secs_f64(), peak_kib());
        println!("{CALLS} calls, by number: {has_numbers}: {seconds:.1} s, peak {} MiB", peak / 1024);
        assert_eq!(found.code(), 0);
        assert!(seconds < MAX_SECONDS && peak < MAX_KIB, "{seconds} s, {peak} KiB");
    }
    fs::remove_file(path).unwrap();
}

/// The most memory of this process so far.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}
