//! Fuzzes the `Preparer` with HEIC files: no panic, no more memory than its limit, no broken promise on its result.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness::photo::{Limits, Photo, PhotoSpec, Preparer};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET.with_long_side_px(96).with_quality_floor(0.0);
const MAX_MEMORY_BYTES: usize = 16 << 20;
/// Tables of decoders and encoders, and what is kept of metadata, are not counted.
const UNCOUNTED_BYTES: usize = 4 << 20;

fuzz_target!(|rest: &[u8]| {
    // Whatever stands in the file's first box, it is one.
    let file = [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", rest].concat();
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
