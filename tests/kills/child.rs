//! The process that is killed.

use std::{io::Write, thread, time::Duration};

use liveness::{
    LivenessProvider, Request, Response, RetryPolicy, Sandbox, TencentMarket, Transport, TransportError, UreqTransport,
    money::{AtMostOnce, FileJournal},
    tencent_market::SignatureScheme,
};

use crate::support;

pub(crate) const ADDRESS: &str = "KILLS_ADDRESS";
pub(crate) const JOURNAL: &str = "KILLS_JOURNAL";
pub(crate) const POINT: &str = "KILLS_POINT";
/// What it prints once it stands at its point.
pub(crate) const READY: &str = "stands at its point";
/// How many references it works through.
const REFERENCES: usize = 600;
/// Small enough that rotation and compaction run all the time.
const SEGMENT_BYTES: u64 = 8_000;

#[test]
#[ignore = "it is run, and killed, by the other test"]
fn run() {
    let Ok(point) = std::env::var(POINT) else { return };
    let transport = Stops { inner: UreqTransport::new(), point };
    let vendor = TencentMarket::new(Sandbox::tencent_market_credentials(), transport)
        .with_signature_scheme(SignatureScheme::CloudMarket)
        .with_endpoint(&std::env::var(ADDRESS).unwrap())
        .unwrap()
        .with_retry(RetryPolicy::never());
    let journal = FileJournal::open(std::env::var(JOURNAL).unwrap()).unwrap().with_segment_bytes(SEGMENT_BYTES);
    let provider = AtMostOnce::new(vendor, journal).unwrap();
    for number in 0..REFERENCES {
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
