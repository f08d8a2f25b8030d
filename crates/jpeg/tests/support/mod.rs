//! What the tests of the public face share: files, and another decoder.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy knows tests by #[test], not their helpers")]

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

/// Red, green / blue, yellow: whatever turns the picture or swaps its colours shows.
pub(crate) const PATCHES: [[u8; 3]; 4] = [[200, 40, 40], [40, 170, 60], [40, 60, 190], [215, 205, 60]];

/// A picture of the four patches, 3 bytes a px.
pub(crate) fn patches(width: usize, height: usize) -> Vec<u8> {
    let patch = |i: usize| PATCHES[usize::from(i / width >= height / 2) * 2 + usize::from(i % width >= width / 2)];
    (0..width * height).flat_map(patch).collect()
}

/// How a file is to be written.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    pub(crate) sampling: SamplingFactor,
    pub(crate) restart_interval: u16,
    pub(crate) exif_orientation: Option<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Self { sampling: SamplingFactor::F_2_2, restart_interval: 0, exif_orientation: None }
    }
}

pub(crate) fn jpeg(rgb: &[u8], width: usize, height: usize, options: Options) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 92);
    encoder.set_sampling_factor(options.sampling);
    if options.restart_interval > 0 {
        encoder.set_restart_interval(options.restart_interval);
    }
    if let Some(number) = options.exif_orientation {
        // A TIFF directory of one entry: the orientation, a SHORT.
        let exif = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[number][..], b"\0\0\0\0\0\0"].concat();
        encoder.add_exif_metadata(&exif).unwrap();
    }
    encoder.encode(rgb, width as u16, height as u16, ColorType::Rgb).unwrap();
    file
}

/// A picture as zune-jpeg reads it: width, height, 3 bytes a px in that colour space.
pub(crate) fn zune(file: &[u8], colour: ColorSpace) -> (usize, usize, Vec<u8>) {
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(colour);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(file), options);
    let samples = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    (width, height, samples)
}
