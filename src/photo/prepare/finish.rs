//! Makes the photo's file: the unchanged source, or the picture encoded within the limit.

use liveness_jpeg::{Budget, Encoded, Encoder, Error, Planes, Sampling};

use crate::photo::prepare::{clean::clean, decode::has_other_readers, tables::are_those_of_the_scan};

/// Full chroma is kept where it does not lower the quality below this. Measured on 15 camera photos at 100,000 bytes,
/// each with the best quality up to 95 that fits (libjpeg, optimised tables), 4:4:4 beats 4:2:0 by this much
/// SSIMULACRA2 (median, least):
///
/// | long side, px | median quality of 4:2:0 | of 4:4:4 | gain |
/// |---|---|---|---|
/// | 160 | 95 | 95 | +7.9, +2.4 |
/// | 320 | 95 | 95 | +4.7, +2.2 |
/// | 480 | 95 | 95 | +3.1, +1.6 |
/// | 640 | 92 | 88 | +1.5, -0.4 |
/// | 800 | 85 | 78 | +0.2, -1.0 |
const FULL_CHROMA_MIN_QUALITY: f32 = 90.0;
/// With fewer bits for each pixel, full chroma rarely fits at that quality, so it is not tried.
const FULL_CHROMA_MIN_BITS_PER_PIXEL: u64 = 2;

/// The source without its metadata, if that is within the limit, has only the tables of its scan, and every decoder
/// reads it.
pub(super) fn pass_through(file: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    clean(file, max_bytes).filter(|clean| are_those_of_the_scan(clean) && has_other_readers(clean))
}

/// Whether a picture of `size` px may have room for full chroma.
pub(super) fn has_room_for_chroma(size: (u32, u32), max_bytes: usize) -> bool {
    u64::from(size.0) * u64::from(size.1) * FULL_CHROMA_MIN_BITS_PER_PIXEL <= max_bytes as u64 * 8
}

/// Encodes `planes` in at most `max_bytes`, with the chroma they have if that costs little quality.
pub(super) fn encode(
    encoder: &mut Encoder,
    planes: &mut Planes,
    max_bytes: usize,
    min_quality: f32,
) -> Result<Encoded, Error> {
    let budget = Budget::bytes(max_bytes);
    if planes.sampling() == Sampling::S444 {
        let full = encoder.encode(planes, budget.with_min_quality(min_quality.max(FULL_CHROMA_MIN_QUALITY)));
        if full.is_ok() {
            return full;
        }
        planes.halve_chroma();
    }
    encoder.encode(planes, budget.with_min_quality(min_quality))
}
