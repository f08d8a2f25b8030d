//! Fuzzes the `Preparer` with lossy WebP files that become much smaller: no panic, no more memory than its limit, no
//! broken promise about its result.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness::photo::{Limits, Photo, PhotoSpec, Preparer};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// So few px that pictures of 22 px and more are read without the loop filter.
const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET.with_long_side_px(16).with_quality_floor(0.0);
const MAX_MEMORY_BYTES: usize = 4 << 20;
/// Tables of the encoder, and what is kept of metadata, are not counted.
const UNCOUNTED_BYTES: usize = 8 << 20;

fuzz_target!(|frame: &[u8]| {
    let Some(file) = file(frame) else { return };
    let limits = Limits::new().with_max_pixels(1 << 18).with_max_memory_bytes(MAX_MEMORY_BYTES as u64);
    let mut preparer = Preparer::new(SPEC).with_limits(limits);
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let prepared = preparer.prepare(&file);
    let taken = MEMORY.peak_usage() - before;
    assert!(taken < MAX_MEMORY_BYTES + UNCOUNTED_BYTES, "{taken} bytes");
    if let Ok(photo) = prepared {
        assert!(Photo::from_bytes(photo.bytes(), &SPEC).is_ok());
    }
});

/// The frame in a file: a key frame of at most 511×511 px, with the three bytes that no mutation finds.
fn file(frame: &[u8]) -> Option<Vec<u8>> {
    let mut frame = frame.to_vec();
    let start = frame.first_chunk_mut::<10>()?;
    start[0] &= !1;
    start[3..6].copy_from_slice(&[0x9D, 0x01, 0x2A]);
    (start[7], start[9]) = (start[7] & 1, start[9] & 1);
    let chunk = [b"VP8 ", &(frame.len() as u32).to_le_bytes()[..], &frame, &[0][..frame.len() & 1]].concat();
    Some([b"RIFF", &(chunk.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunk].concat())
}
