//! Fuzzes the `Preparer` with PNG files: no panic, no more memory than its limit, no broken promise on its result.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness::photo::{Limits, Photo, PhotoSpec, Preparer};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET.with_long_side_px(96).with_quality_floor(0.0);
const MAX_MEMORY_BYTES: usize = 16 << 20;
/// Tables of decoders and encoders, and what is kept of metadata, are not counted; a profile inflates to 10 MiB at most, and is
/// copied while it is read.
const UNCOUNTED_BYTES: usize = 40 << 20;
const SIGNATURE_BYTES: usize = 8;

fuzz_target!(|rest: &[u8]| {
    let file = with_checksums([b"\x89PNG\r\n\x1A\n", rest].concat());
    let limits = Limits::new().with_max_pixels(1 << 18).with_max_memory_bytes(MAX_MEMORY_BYTES as u64);
    let accepted = rest.len() % 2 == 0;
    let mut preparer = Preparer::new(SPEC).with_limits(limits).with_truncated_accepted(accepted);
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let prepared = preparer.prepare(&file);
    let taken = MEMORY.peak_usage() - before;
    assert!(taken < MAX_MEMORY_BYTES + UNCOUNTED_BYTES + 8 * file.len(), "{taken} bytes");
    if let Ok(photo) = prepared {
        assert!(Photo::from_bytes(photo.bytes(), &SPEC).is_ok());
    }
});

/// The same chunks with right checksums, which no mutation finds, but where the lowest bit of the stored one is set.
fn with_checksums(mut file: Vec<u8>) -> Vec<u8> {
    let mut at = SIGNATURE_BYTES;
    while let Some(length) = file.get(at..).and_then(|rest| rest.first_chunk()) {
        let length = u32::from_be_bytes(*length) as usize;
        let end = at + 8 + length;
        if end + 4 > file.len() {
            break;
        }
        if file[end + 3] & 1 == 0 {
            let checksum = crc32fast::hash(&file[at + 4..end]).to_be_bytes();
            file[end..end + 4].copy_from_slice(&checksum);
        }
        at = end + 4;
    }
    file
}
