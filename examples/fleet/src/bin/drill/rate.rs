//! Measures what one check costs a machine, for the arithmetic of `capacity`.

use std::{
    error::Error,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use liveness::{
    CallKind, Charges, Outcome, Receipt, Verdict,
    money::{Answer, Closing, Ending, Fingerprint, Intent, Journal, Opened, SentAttempt, TryKey},
    photo::{PhotoSpec, Preparer},
};
use liveness_fleet::{journal::RedisJournal, link::Link};

use crate::checks;

/// How long each figure is measured.
const TIME: Duration = Duration::from_secs(5);
/// How many threads call at a time, over all processes.
const THREADS: [usize; 5] = [1, 8, 32, 64, 128];

/// Prints what it measured.
pub(crate) fn print(link: &Link) -> Result<(), Box<dyn Error>> {
    let photo = checks::photo()?;
    let mut preparer = Preparer::new(PhotoSpec::TENCENT_MARKET);
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < TIME {
        preparer.prepare(&photo)?;
        count += 1;
    }
    println!("photo of {} bytes: {:.2} ms of a core", photo.len(), TIME.as_secs_f64() * 1000.0 / f64::from(count));
    for threads in THREADS {
        let (calls, busy) = calls(link, threads)?;
        println!(
            "journal, {threads:>3} threads: {calls:>6.0} calls/s; one call {:.2} ms; Redis {:.3} ms of commands a call",
            threads as f64 * 1000.0 / calls,
            busy * 1000.0 / calls
        );
    }
    Ok(())
}

/// How many calls a second are opened, told as sent and closed, and how much of each second Redis worked on their commands.
fn calls(link: &Link, threads: usize) -> Result<(f64, f64), Box<dyn Error>> {
    let (done, next) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (busy, start) = (busy_seconds(link)?, Instant::now());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let journal = RedisJournal::new(link.clone());
                while start.elapsed() < TIME {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    match call(&journal, &format!("rate-{threads}-{number}")) {
                        Ok(()) => drop(done.fetch_add(1, Ordering::Relaxed)),
                        Err(error) => return eprintln!("{error}"),
                    }
                }
            });
        }
    });
    let took = start.elapsed().as_secs_f64();
    Ok((done.into_inner() as f64 / took, (busy_seconds(link)? - busy) / took))
}

/// What a worker asks the journal for around one call.
fn call(journal: &RedisJournal, reference: &str) -> Result<(), Box<dyn Error>> {
    let key = TryKey::new(reference.parse()?, 1, CallKind::Begin);
    let provider: liveness::ProviderId = "tencent-market/default".parse()?;
    let fingerprint = Fingerprint::new(1, "0badcafe", "0".repeat(32));
    let Opened::New(ticket) = journal.open(&Intent::new(key, provider.clone(), fingerprint))? else {
        return Err("each is new".into());
    };
    let id = "0e7e9c1a-1f4b-4d1e-9d44-8c2f4a3b5d60";
    journal.sent(&ticket, &SentAttempt::new(1, journal.now()?, Some(id.to_owned())))?;
    let verdict = Verdict::new(Outcome::Passed, Receipt::new(provider).with_request_id(id)).without_person();
    let ending = Ending::Answered { answer: Answer::Verdict(Box::new(verdict)), sealed: None };
    Ok(journal.close(&ticket, &Closing::new(ending, Charges::new(1, 1)))?)
}

/// How long Redis has worked on commands since it started; what runs in a script counts for the script.
fn busy_seconds(link: &Link) -> Result<f64, Box<dyn Error>> {
    let told: String = link.read(|connection| redis::cmd("INFO").arg("commandstats").query(connection))?;
    let ours =
        told.lines().filter(|line| ["evalsha:", "time:"].iter().any(|name| line.contains(&format!("cmdstat_{name}"))));
    let micros = ours.filter_map(|line| line.split_once("usec=")?.1.split(',').next()?.parse::<f64>().ok());
    Ok(micros.sum::<f64>() / 1e6)
}
