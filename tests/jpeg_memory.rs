//! How much memory does a large baseline JPEG take? Counted by the allocator, so the one test here runs alone in its process.

#![cfg(feature = "photo")]
#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod photo_support;

use liveness::photo::{PhotoSpec, Preparer};
use peak_alloc::PeakAlloc;

use photo_support::jpegs::{self, Options};
use photo_support::{read_back, scene};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const WIDTH: usize = 8192;
const MCU_ROWS: usize = 384;

/// A JPEG of 8192×6144 px: one row of MCUs between restart markers, again and again.
fn of_50_megapixels() -> Vec<u8> {
    let picture = scene::upright(WIDTH, 32);
    let file = jpegs::colour(&picture, &Options { restart_interval: (WIDTH / 16) as u16, ..Options::default() });
    let file = jpegs::with_size(&file, 0xC0, WIDTH as u16, (16 * MCU_ROWS) as u16);
    let scan = file.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    let start = scan + 2 + usize::from(u16::from_be_bytes([file[scan + 2], file[scan + 3]]));
    let marker = start + file[start..].windows(2).position(|pair| pair[0] == 0xFF && pair[1] == 0xD0).unwrap();
    let mut large = file[..start].to_vec();
    for row in 0..MCU_ROWS {
        large.extend_from_slice(&file[start..marker]);
        if row + 1 < MCU_ROWS {
            large.extend_from_slice(&[0xFF, 0xD0 + (row % 8) as u8]);
        }
    }
    large.extend_from_slice(&[0xFF, 0xD9]);
    large
}

#[test]
fn fifty_megapixels_take_a_fifth_of_their_pixels_even_when_turned() {
    let upright = of_50_megapixels();
    for orientation in [1, 6] {
        let file = jpegs::with_exif(&upright, &jpegs::exif(orientation, false));
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let photo = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file).unwrap();
        let peak = ALLOCATOR.peak_usage() - before;
        println!("orientation {orientation}: {:.1} MiB above the input", peak as f64 / f64::from(1 << 20));
        assert!(peak <= 24 << 20, "{peak} bytes");
        assert_eq!(photo.width().max(photo.height()), 1280);
        read_back(&photo);
    }
}
