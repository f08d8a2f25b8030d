//! Fuzzes the decoder with scan scripts: no panic, and the scale does not change what is read of a file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness_jpeg::{Decoder, Header, Limits, Planes, Scale, Target};

/// More would only be slower.
const MAX_PIXELS: u64 = 1 << 16;
/// Each is a pass over the picture.
const MAX_SCANS: usize = 30;

fuzz_target!(|file: &[u8]| {
    let Ok(header) = Header::parse(file) else { return };
    if !header.is_progressive() {
        return;
    }
    let limits = Limits::new().with_max_pixels(MAX_PIXELS).with_max_scans(MAX_SCANS);
    let (mut decoder, mut planes) = (Decoder::new().with_limits(limits), Planes::new());
    let mut first = None;
    for scale in Scale::ALL {
        let target = Target::scaled(&header, scale);
        let Ok(decoded) = decoder.decode(&header, &target, &mut planes) else { return };
        assert!(decoded.whole_rows <= header.height());
        assert_eq!((planes.width(), planes.height()), target.size());
        // What is not kept at a scale is followed through the stream all the same.
        assert_eq!(*first.get_or_insert(decoded), decoded, "{scale:?}");
    }
    let (target, mut again) = (Target::scaled(&header, Scale::Full), Planes::new());
    let decoded = Decoder::new().decode(&header, &target, &mut again).ok();
    assert!(decoded == first && again == planes, "a decoder that was used gives what a new one gives");
});
