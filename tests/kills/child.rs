//! The process that is killed.

use std::{io::Write, sync::Arc, thread, time::Duration};

use liveness::{
    LivenessProvider, Request, Response, RetryPolicy, Sandbox, TencentMarket, Transport, TransportError, UreqTransport,
    client::{Attempt, CallOptions, Gate},
    money::{AtMostOnce, FileJournal, Journal},
    tencent_market::SignatureScheme,
};

use crate::support;

pub(crate) const ADDRESS: &str = "KILLS_ADDRESS";
pub(crate) const JOURNAL: &str = "KILLS_JOURNAL";
pub(crate) const POINT: &str = "KILLS_POINT";
/// What it prints before what a stopped call was told.
pub(crate) const TOLD: &str = "it was told:";
/// What it prints once it stands at its point.
pub(crate) const READY: &str = "stands at its point";
/// How many references it works through, and how many where it is killed in files.
const REFERENCES: [usize; 2] = [600, 20_000];
/// Small enough that files are begun and written anew every few calls, and at every call.
const SEGMENT_BYTES: [u64; 2] = [8_000, 700];

#[test]
#[ignore = "it is run, and killed, by the other test"]
fn run() {
    let Ok(point) = std::env::var(POINT) else { return };
    let mode = usize::from(point == "Files");
    let transport = Stops { inner: UreqTransport::new(), point: point.clone() };
    let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), transport)
        .with_signature_scheme(SignatureScheme::CloudMarket)
        .with_endpoint(&std::env::var(ADDRESS).unwrap())
        .unwrap()
        .with_retry(RetryPolicy::never());
    let journal = FileJournal::open(std::env::var(JOURNAL).unwrap()).unwrap().with_segment_bytes(SEGMENT_BYTES[mode]);
    if point == "Stopped" {
        return be_stopped(AtMostOnce::new(vendor, journal).unwrap());
    }
    // Those of earlier runs need no call; begin where these end.
    let first = if mode == 0 { 0 } else { journal.records(None, 100_000).unwrap().len() };
    let provider = AtMostOnce::new(vendor, journal).unwrap();
    if mode == 1 {
        println!("{READY}");
        std::io::stdout().flush().unwrap();
    }
    for number in first..REFERENCES[mode] {
        let check = support::same_person().with_reference(format!("order-{number}").parse().unwrap());
        // In doubt, in flight, answered before: all the same to it.
        let _ = provider.begin(&check);
    }
}

/// Makes one call, with time to be stopped right before the journal's own look at the clock.
fn be_stopped(provider: AtMostOnce<TencentMarket>) {
    let provider = provider.with_deadline(Duration::from_secs(1));
    let options = CallOptions::new().with_gate(Arc::new(Pause));
    match provider.begin_with(&support::same_person(), &options) {
        Ok(_) => println!("{TOLD} a verdict"),
        Err(error) => println!("{TOLD} {}, ran: {}", error.kind(), error.ran()),
    }
}

#[derive(Debug)]
struct Pause;

impl Gate for Pause {
    fn before_send(&self, _: &Attempt<'_>) -> liveness::Result<()> {
        println!("{READY}");
        std::io::stdout().flush().unwrap();
        thread::sleep(Duration::from_millis(500));
        Ok(())
    }
}

/// Stops before or after a call, and waits to be killed.
struct Stops {
    inner: UreqTransport,
    point: String,
}

impl Transport for Stops {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.stop_at("Opened");
        let answer = self.inner.send(request);
        self.stop_at("Answered");
        answer
    }
}

impl Stops {
    fn stop_at(&self, point: &str) {
        if self.point == point {
            println!("{READY}");
            std::io::stdout().flush().unwrap();
            thread::sleep(Duration::from_secs(60));
        }
    }
}
