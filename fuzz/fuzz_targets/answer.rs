//! Fuzzes the reader of a vendor's answers: no panic, no allocation without bound, no pass for a check that failed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness::{
    Body, Repair, Response,
    answer::{Layout, Reading},
    http,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What reading takes whatever the length: buffers of the decoders, texts of errors.
const FIXED_BYTES: usize = 256 * 1024;
/// The most that an answer is decoded to, and how often the bytes that came.
const MAX_TEXT_BYTES: usize = 4_000_000;
const MAX_RATIO: usize = 100;
/// The most that is allocated for a byte of the decoded answer.
const MAX_ALLOCATED: usize = 16;

const LISTING: Layout =
    Layout::new("errcode").with_message(&["errmsg"]).with_request_id(&["jobid"]).with_charge("charge");

fuzz_target!(|file: &[u8]| {
    let [choice, bytes @ ..] = file else { return };
    let pick = |shift: u8, names: [&'static str; 4]| names[usize::from((choice >> shift) & 3)];
    let mut response = http::Response::builder().status([200, 200, 403, 502][usize::from(choice & 3)]);
    response = response.header("content-encoding", pick(2, ["identity", "gzip", "deflate", "br"]));
    let charset = pick(4, ["", ";charset=gbk", ";charset=utf-8", ";charset=gb18030"]);
    response = response.header("content-type", format!("application/json{charset}"));
    let response: Response = response.body(Body::from(bytes.to_vec())).expect("the headers are valid");

    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let read = Reading::of(&response).answer(&LISTING);
    let allocated = ALLOCATOR.peak_usage() - before;
    let is_compressed = match &read {
        Ok(answer) => answer.envelope.repaired().contains(&Repair::Compression),
        Err(_) => true,
    };
    // A byte of GBK may become one and a half.
    let decoded = if is_compressed { (bytes.len() * MAX_RATIO).min(MAX_TEXT_BYTES) } else { bytes.len() * 3 / 2 };
    assert!(allocated <= MAX_ALLOCATED * decoded + FIXED_BYTES, "{allocated} bytes for {decoded}");

    match read {
        Ok(answer) if answer.envelope.repaired().is_empty() => {
            // Another reader finds the same: one whole object with this code.
            let found: serde_json::Value = serde_json::from_slice(bytes).expect("it is JSON as it came");
            let code = match &found["errcode"] {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let is_around = |char: char| char.is_whitespace() || char.is_control();
            let code: String = code.trim_matches(is_around).chars().collect();
            let kept = answer.envelope.code().expect("an answer has a code");
            assert!(code == kept || found["errcode"].is_number(), "{code:?} and {kept:?}");
        }
        Ok(answer) => assert!(answer.envelope.code().is_some()),
        Err(error) => {
            for text in [error.vendor_message(), error.request_id(), error.vendor_code()].into_iter().flatten() {
                assert!(text.chars().count() <= 200 && !text.chars().any(char::is_control), "{text:?}");
            }
            let _ = (error.to_string(), format!("{error:?}"));
        }
    }
});
