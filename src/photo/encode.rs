//! How do planes become a JPEG within a budget of bytes?

use jpeg_encoder::{Encoder as JpegEncoder, ImageBuffer, JpegColorType, SamplingFactor};

use super::error::Reason;
use super::planes::Planes;

/// Beyond this, bytes buy nothing that survives 4:2:0.
const MAX_QUALITY: u8 = 95;
const FAILED: Reason = Reason::Internal { stage: "encode" };

/// What came of encoding within a budget.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Encoded {
    /// The best quality that fits.
    Fits { jpeg: Vec<u8>, quality: f32 },
    /// Even at the lowest quality allowed the JPEG has so many bytes.
    TooLarge { bytes: usize },
}

/// Encodes `planes` as a baseline 4:2:0 JPEG without metadata, in at most `max_bytes`, at the best quality that fits and is at
/// least `min_quality` on the scale of the Independent JPEG Group.
pub(super) fn encode(planes: &Planes, max_bytes: usize, min_quality: f32) -> Result<Encoded, Reason> {
    let mut low = min_quality.ceil().clamp(1.0, MAX_QUALITY.into()) as u8;
    let mut best = attempt(planes, low)?;
    if best.len() > max_bytes {
        return Ok(Encoded::TooLarge { bytes: best.len() });
    }
    // From here on `low` fits and `high` does not, or is out of range.
    let mut high = MAX_QUALITY + 1;
    while high - low > 1 {
        let middle = low.midpoint(high);
        let jpeg = attempt(planes, middle)?;
        if jpeg.len() <= max_bytes {
            (low, best) = (middle, jpeg);
        } else {
            high = middle;
        }
    }
    Ok(Encoded::Fits { jpeg: best, quality: low.into() })
}

fn attempt(planes: &Planes, quality: u8) -> Result<Vec<u8>, Reason> {
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    // Optimised Huffman tables would be 5 % smaller, but jpeg-encoder then writes a scan for each component, and zune-jpeg 0.5.15
    // misreads such a file when chroma is halved.
    encoder.set_optimized_huffman_tables(false);
    encoder.encode_image(Rows { planes }).map_err(|_| FAILED)?;
    Ok(jpeg)
}

/// The planes as jpeg-encoder wants them. It halves chroma by averaging squares of four, so that repeating each sample brings
/// ours through unchanged.
struct Rows<'a> {
    planes: &'a Planes,
}

impl ImageBuffer for Rows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.planes.width as u16
    }

    fn height(&self) -> u16 {
        self.planes.height as u16
    }

    fn fill_buffers(&self, row: u16, buffers: &mut [Vec<u8>; 4]) {
        let (row, width, chroma_width) = (usize::from(row), self.planes.width, self.planes.chroma_width());
        buffers[0].extend_from_slice(&self.planes.y[row * width..][..width]);
        for (buffer, chroma) in buffers[1..].iter_mut().zip([&self.planes.cb, &self.planes.cr]) {
            let samples = &chroma[row / 2 * chroma_width..][..chroma_width];
            buffer.extend(samples.iter().flat_map(|&sample| [sample; 2]).take(width));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: usize, height: usize) -> Planes {
        let mut state = 1u32;
        let mut plane = |len: usize| {
            (0..len)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect::<Vec<u8>>()
        };
        let chroma = width.div_ceil(2) * height.div_ceil(2);
        Planes { width, height, y: plane(width * height), cb: plane(chroma), cr: plane(chroma) }
    }

    #[test]
    fn the_best_quality_that_fits_is_found() {
        let planes = noise(64, 48);
        for max_bytes in [1_300, 2_000, 3_000, 4_000] {
            let Encoded::Fits { jpeg, quality } = encode(&planes, max_bytes, 1.0).unwrap() else {
                panic!("{max_bytes}")
            };
            assert!(jpeg.len() <= max_bytes);
            let next = attempt(&planes, quality as u8 + 1).unwrap();
            assert!(next.len() > max_bytes, "{quality} is not the best for {max_bytes}");
        }
    }

    #[test]
    fn under_the_floor_the_bytes_at_the_floor_are_told() {
        let planes = noise(64, 48);
        let at_floor = attempt(&planes, 50).unwrap().len();
        assert_eq!(encode(&planes, 1_300, 50.0).unwrap(), Encoded::TooLarge { bytes: at_floor });
    }

    #[test]
    fn odd_sizes_keep_their_chroma() {
        for (width, height) in [(1, 1), (1, 16), (17, 3), (15, 33)] {
            let mut planes = noise(width, height);
            planes.cb.fill(90);
            planes.cr.fill(200);
            let Encoded::Fits { jpeg, .. } = encode(&planes, 100_000, 1.0).unwrap() else { panic!() };
            let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(&jpeg));
            decoder.set_options(
                zune_core::options::DecoderOptions::default()
                    .jpeg_set_out_colorspace(zune_core::colorspace::ColorSpace::YCbCr),
            );
            let pixels = decoder.decode().unwrap();
            assert_eq!(pixels.len(), width * height * 3);
            assert!(pixels.chunks(3).all(|p| p[1].abs_diff(90) <= 2 && p[2].abs_diff(200) <= 2));
        }
    }
}
