//! Does any file make the JPEG decoder panic, or hand out other rows than it promised?

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/jpeg/src/lib.rs"]
#[allow(dead_code, unused_imports)]
mod jpeg;

use jpeg::{Consume, Decoder, Header, Request, Ring, Scale};

/// More would only be slower.
const MAX_PIXELS: usize = 1 << 18;

/// Rows seen, by component.
#[derive(Default)]
struct Rows([usize; 3]);

impl Consume for Rows {
    fn rows(&mut self, index: usize, _ring: &Ring, ready: usize) {
        assert!(ready >= self.0[index]);
        self.0[index] = ready;
    }
}

fuzz_target!(|file: &[u8]| {
    let Ok(header) = Header::parse(file) else { return };
    let (width, height) = (usize::from(header.width), usize::from(header.height));
    if width * height > MAX_PIXELS {
        return;
    }
    let mut decoder = Decoder::new();
    for scale in Scale::ALL {
        let mut rows = Rows::default();
        let decoded = decoder.decode(file, &header, &[Request { scale, kept_rows: 3 }; 3], &mut rows);
        assert!(decoded.whole_rows <= height);
        assert_eq!(rows.0[0], scale.of((height * header.components()[0].v).div_ceil(header.max_sampling().1)));
    }
});
