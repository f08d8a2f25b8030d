//! Fuzzes the `Preparer` with any file: no panic, and no broken promise about its result.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness::photo::{ByteLimit, Limits, Photo, PhotoSpec, Preparer};

const SPEC: PhotoSpec =
    PhotoSpec::TENCENT_MARKET.with_byte_limit(ByteLimit::Raw(4_000)).with_long_side_px(96).with_quality_floor(20.0);

fuzz_target!(|file: &[u8]| {
    let limits = Limits::new().with_max_pixels(1 << 18);
    for accepted in [false, true] {
        let mut preparer = Preparer::new(SPEC).with_limits(limits).with_truncated_accepted(accepted);
        if let Ok(photo) = preparer.prepare(file) {
            assert!(photo.bytes().len() <= 4_000);
            assert!(Photo::from_bytes(photo.bytes(), &SPEC).is_ok());
        }
    }
});
