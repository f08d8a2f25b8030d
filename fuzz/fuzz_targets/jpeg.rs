//! Fuzzes the JPEG codec: no panic, and no broken promise about its results.

#![no_main]

use libfuzzer_sys::fuzz_target;
use liveness_jpeg::{Budget, Decoder, Encoder, Error, Header, Limits, Planes, Sampling, Scale, Target};

/// More would only be slower.
const MAX_PIXELS: u64 = 1 << 18;

fuzz_target!(|file: &[u8]| {
    let Ok(header) = Header::parse(file) else { return };
    let mut decoder = Decoder::new().with_limits(Limits::new().with_max_pixels(MAX_PIXELS));
    let (mut encoder, mut planes) = (Encoder::new(), Planes::new());
    let scaled = Scale::ALL.map(|scale| Target::scaled(&header, scale));
    // Shrunk, in another shape, enlarged.
    let fitted = [Target::fit(&header, 40), Target::new(33, 57), Target::new(300, 9).with_sampling(Sampling::S444)];
    for target in scaled.iter().chain(&fitted) {
        let Ok(decoded) = decoder.decode(&header, target, &mut planes) else { return };
        assert!(decoded.whole_rows <= header.height());
        assert_eq!((planes.width(), planes.height()), target.size());
        let luma = planes.width() as usize * planes.height() as usize;
        let [width, height] = [planes.width(), planes.height()].map(|side| planes.sampling().chroma(side) as usize);
        assert_eq!([planes.y().len(), planes.cb().len(), planes.cr().len()], [luma, width * height, width * height]);
    }
    match encoder.encode(&planes, Budget::bytes(2_000)) {
        Ok(file) => {
            assert!(file.bytes.len() <= 2_000 && (1.0..=95.0).contains(&file.quality));
            let again = Header::parse(&file.bytes).expect("what was written is read");
            assert_eq!((again.width(), again.height()), (planes.width(), planes.height()));
            let target = Target::scaled(&again, Scale::Full);
            let decoded = decoder.decode(&again, &target, &mut planes).expect("within the limits");
            assert!(decoded.is_sound());
        }
        Err(error) => assert!(matches!(error, Error::OverBudget { bytes, .. } if bytes > 2_000)),
    }
});
