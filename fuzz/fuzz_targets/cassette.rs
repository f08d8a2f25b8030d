//! Fuzzes the reader of cassettes: no panic, and it takes nothing that cannot be stored and replayed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness::{
    Body, Request, Transport, http,
    record::{Cassette, ReplayTransport},
};

fuzz_target!(|file: &[u8]| {
    let text = String::from_utf8_lossy(file);
    let cassette = match Cassette::from_json(&text) {
        Ok(cassette) => cassette,
        Err(error) => {
            // No value is quoted, so it stays short.
            assert!(error.to_string().len() < 300);
            return;
        }
    };
    assert_eq!(Cassette::from_json(&cassette.to_json()).expect("what was read is written so"), cassette);
    let count = cassette.exchanges().len();
    let replay = ReplayTransport::new(cassette);
    for uri in ["/", "/a", "https://portrait.example/portrait-1", "/lifecheck/h5/v2/html?token=token-1"] {
        let request: Request = http::Request::get(uri).body(Body::empty()).expect("the address is valid");
        if let Ok(response) = replay.send(request) {
            assert!(response.headers().contains_key(liveness::SANDBOX_HEADER));
        }
    }
    assert!(replay.remaining() <= count);
});
