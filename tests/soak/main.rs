//! Five minutes of 64 threads over loopback, through a set of two accounts, each paid for at most once, with caps, while one call
//! in twenty meets a fault: nothing is lost, nothing is charged twice, and each doubt is listed.
//!
//!     cargo test --release --test soak -- --ignored --nocapture
//!
//! `SOAK_SECONDS` sets another time.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod vendor;

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use liveness::{
    LivenessProvider, RetryPolicy, Sandbox, TencentMarket, UreqTransport,
    money::{AtMostOnce, Caps, Failover, FileJournal, Journal, Standing, State},
    tencent_market::SignatureScheme,
};

use self::vendor::Vendor;

const THREADS: usize = 64;
/// What one more record may take of memory, in bytes: its place in the index, and the number in the vendor's books here.
const BYTES_PER_RECORD: u64 = 1_500;

#[test]
#[ignore = "takes five minutes; .ci/run slow runs it"]
fn under_load_and_faults_nothing_is_lost_and_nothing_is_charged_twice() {
    let seconds = std::env::var("SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let folder = std::env::temp_dir().join(format!("liveness-soak-{}", std::process::id()));
    let journal = FileJournal::open(&folder).unwrap().with_segment_bytes(4 << 20);
    let vendors = [Vendor::new(1), Vendor::new(2)];
    let set = set(&vendors, &journal);
    let (end, next) = (Instant::now() + Duration::from_secs(seconds), AtomicU64::new(0));
    let (answers, waits) = (Mutex::new(HashMap::<String, u64>::new()), Mutex::new(Vec::<u32>::new()));
    let samples = Mutex::new(Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            while Instant::now() < end {
                samples.lock().unwrap().push((next.load(Ordering::Relaxed), resident_bytes()));
                thread::sleep(Duration::from_secs(seconds.div_ceil(20)));
            }
        });
        for _ in 0..THREADS {
            scope.spawn(|| {
                while Instant::now() < end {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // One in eight is a job that is delivered again.
                    let number = if number % 8 == 7 { number - 7 } else { number };
                    let check = support::same_person().with_reference(format!("order-{number}").parse().unwrap());
                    let start = Instant::now();
                    let answer = set.begin(&check);
                    waits.lock().unwrap().push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
                    let word = match answer {
                        Ok(progress) if progress.verdict().unwrap().receipt().is_repeat() => "repeated".to_owned(),
                        Ok(_) => "answered".to_owned(),
                        Err(error) => error.kind().to_string(),
                    };
                    *answers.lock().unwrap().entry(word).or_default() += 1;
                }
            });
        }
    });
    audit(&journal, &vendors);
    println!("{:?}", answers.into_inner().unwrap());
    report_waits(waits.into_inner().unwrap(), seconds);
    report_memory(&samples.into_inner().unwrap());
    drop(journal);
    fs::remove_dir_all(folder).unwrap();
}

fn set(vendors: &[Vendor; 2], journal: &FileJournal) -> Failover {
    let retry = RetryPolicy::new().with_max_attempts(2).with_attempt_timeout(Duration::from_secs(2));
    let candidates = vendors.iter().zip(["a", "b"]).map(|(vendor, account)| {
        let market = TencentMarket::new(Sandbox::tencent_market_credentials(), UreqTransport::new())
            .with_account(account)
            .unwrap()
            .with_signature_scheme(SignatureScheme::CloudMarket)
            .with_endpoint(&vendor.address())
            .unwrap()
            .with_retry(retry.clone());
        let caps = Caps::new().with_in_flight(60).with_per_day(100_000_000).with_per_reference(4);
        Arc::new(AtMostOnce::new(market, journal.clone()).unwrap().with_caps(caps)) as Arc<dyn LivenessProvider>
    });
    Failover::new("soak", candidates).unwrap()
}

/// Each charge stands under one reference that was answered or is in doubt, and no reference has two.
fn audit(journal: &FileJournal, vendors: &[Vendor; 2]) {
    let later = liveness::ManualClock::new(time::OffsetDateTime::now_utc() + time::Duration::HOUR);
    let journal = journal.clone().with_clock(later);
    let now = journal.now().unwrap();
    let mut charged = vendors[0].charged();
    charged.extend(vendors[1].charged());
    let all = charged.len();
    let (mut after, mut records, mut listed) = (None, 0, 0);
    loop {
        let page = journal.records(after.as_ref(), 1_000).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for record in &page {
            let sent = record.spends.iter().flat_map(|spend| &spend.sent).filter_map(|attempt| attempt.id.as_deref());
            let charges = sent.filter(|id| charged.remove(*id)).count();
            assert!(charges <= 1, "{} was charged {charges} times", record.key);
            let is_doubt = record.standing(now) == Standing::InDoubt;
            assert!(charges == 0 || is_doubt || matches!(record.state, State::Answered(_)), "{}", record.key);
            listed += usize::from(is_doubt);
            records += 1;
        }
    }
    assert!(charged.is_empty(), "{} charges that no record names", charged.len());
    let doubtful = doubts(&journal);
    assert_eq!(doubtful, listed, "each doubt is listed");
    println!("{records} references, {all} charges, each named once; {doubtful} in doubt");
}

fn doubts(journal: &FileJournal) -> usize {
    let (mut after, mut count) = (None, 0);
    loop {
        let page = journal.in_doubt(after.as_ref(), 1_000).unwrap();
        let Some(last) = page.last() else { return count };
        after = Some(last.key.clone());
        count += page.len();
    }
}

fn report_waits(mut waits: Vec<u32>, seconds: u64) {
    waits.sort_unstable();
    let at = |share: f64| f64::from(waits[((waits.len() - 1) as f64 * share) as usize]) / 1_000.0;
    println!(
        "{} calls/s; latency in ms: 50 % {:.1}, 90 % {:.1}, 99 % {:.1}, 99.9 % {:.1}, longest {:.1}",
        waits.len() as u64 / seconds,
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// What one more reference takes, once everything has warmed up.
fn report_memory(samples: &[(u64, u64)]) {
    let (Some(early), Some(late)) = (samples.get(samples.len() / 4), samples.last()) else { return };
    let (records, bytes) = (late.0 - early.0, late.1.saturating_sub(early.1));
    println!("memory: {} MiB, then {} MiB after {records} more references", early.1 >> 20, late.1 >> 20);
    assert!(bytes <= (8 << 20) + records * BYTES_PER_RECORD, "{bytes} bytes for {records} references");
}

fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4096
}
