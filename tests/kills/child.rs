//! The process that is killed.

use std::{io::Write, thread, time::Duration};

use liveness::{
    LivenessProvider, Request, Response, RetryPolicy, Sandbox, TencentMarket, Transport, TransportError, UreqTransport,
    money::{AtMostOnce, FileJournal, Journal},
    tencent_market::SignatureScheme,
};

use crate::support;

pub(crate) const ADDRESS: &str = "KILLS_ADDRESS";
pub(crate) const JOURNAL: &str = "KILLS_JOURNAL";
pub(crate) const POINT: &str = "KILLS_POINT";
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
    let transport = Stops { inner: UreqTransport::new(), point };
    let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), transport)
        .with_signature_scheme(SignatureScheme::CloudMarket)
        .with_endpoint(&std::env::var(ADDRESS).unwrap())
        .unwrap()
        .with_retry(RetryPolicy::never());
    let journal = FileJournal::open(std::env::var(JOURNAL).unwrap()).unwrap().with_segment_bytes(SEGMENT_BYTES[mode]);
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
