//! Scales a picture that comes one row at a time, from any decoder.

use std::fmt;

use super::{Shrinker, Span};
use crate::rows::Ring;

/// A scaler of interleaved pictures that works while their rows come in, with a Lanczos filter of three lobes: memory
/// grows with the width and with the result, not with the height. It keeps its buffers from one picture to the next,
/// and zeroes them when it is dropped.
///
/// ```
/// use liveness_jpeg::RowScaler;
///
/// let mut scaler = RowScaler::new();
/// scaler.start(3, (400, 300), (40, 30));
/// for _ in 0..300 {
///     scaler.row().copy_from_slice(&[200, 30, 30].repeat(400)); // as a PNG decoder hands it out
///     scaler.advance();
/// }
/// assert_eq!(scaler.result()[..], [200, 30, 30].repeat(40 * 30));
/// ```
pub struct RowScaler {
    ring: Ring,
    shrinker: Shrinker,
    /// Samples in a row.
    row: usize,
    /// Rows that came in.
    ready: usize,
}

impl RowScaler {
    /// A scaler without a picture yet.
    pub fn new() -> Self {
        Self { ring: Ring::default(), shrinker: Shrinker::new(), row: 0, ready: 0 }
    }

    /// Prepares for a picture of `from` px that becomes one of `to` px, both width and height, of 3 channels or, for any other
    /// number, 1.
    pub fn start(&mut self, channels: usize, from: (u32, u32), to: (u32, u32)) {
        self.start_part(channels, from, (from.0.into(), from.1.into()), to);
    }

    /// The same for a part at the picture's upper left that is this many px wide and high, which may be fractions, as
    /// where chroma of half the size ends in a picture of odd sides. At most the whole picture; NaN is all of it.
    pub fn start_part(&mut self, channels: usize, from: (u32, u32), part: (f64, f64), to: (u32, u32)) {
        let channels = if channels == 3 { 3 } else { 1 };
        let (mut across, mut down) = spans(from, to);
        (across.extent, down.extent) = (across.extent.min(part.0.max(0.0)), down.extent.min(part.1.max(0.0)));
        let kept = self.shrinker.start_interleaved(across, down, channels);
        self.row = across.samples * channels;
        self.ready = 0;
        self.ring.shape(self.row, 1, kept);
    }

    /// The place for the next row: pixel after pixel, one byte for each channel. Its old content does not matter.
    pub fn row(&mut self) -> &mut [u8] {
        let row = self.row;
        self.ring.tail_mut(0, self.ready).get_mut(..row).unwrap_or_default()
    }

    /// Takes the row that was written. Rows beyond the picture's height change nothing.
    pub fn advance(&mut self) {
        self.ready += 1;
        self.shrinker.advance(&self.ring, self.ready);
    }

    /// The picture, row after row, once all rows came in.
    pub fn result(&mut self) -> &mut Vec<u8> {
        self.shrinker.result()
    }

    /// The bytes that scaling takes, the result included, as an upper bound.
    pub fn memory_bytes(channels: usize, from: (u32, u32), to: (u32, u32)) -> u64 {
        let (across, down) = spans(from, to);
        let result = u64::from(to.0) * u64::from(to.1) + 256 * 16;
        channels as u64 * (Shrinker::memory_bytes(across, down) + result)
    }
}

impl Default for RowScaler {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RowScaler {
    /// Prints no buffers, because they contain the last picture.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowScaler").finish_non_exhaustive()
    }
}

fn spans(from: (u32, u32), to: (u32, u32)) -> (Span, Span) {
    let span =
        |from: u32, to: u32| Span { samples: from as usize, start: 0.0, extent: f64::from(from), results: to as usize };
    (span(from.0, to.0), span(from.1, to.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(channels: usize, from: (u32, u32), to: (u32, u32), at: impl Fn(usize, usize, usize) -> u8) -> Vec<u8> {
        let mut scaler = RowScaler::new();
        // The old content must not matter.
        for _ in 0..2 {
            scaler.start(channels, from, to);
            for y in 0..from.1 as usize {
                for (i, sample) in scaler.row().iter_mut().enumerate() {
                    *sample = at(i / channels, y, i % channels);
                }
                scaler.advance();
            }
        }
        scaler.result().clone()
    }

    #[test]
    fn each_channel_of_interleaved_pixels_is_scaled_as_if_it_were_alone() {
        let at = |x: usize, y: usize, channel: usize| ((x * 7 + y * 13) ^ (x * y / 8) ^ (channel * 91)) as u8;
        for (from, to) in [((301, 203), (97, 61)), ((90, 40), (90, 40)), ((1000, 9), (333, 3)), ((7, 600), (3, 257))] {
            let together = scaled(3, from, to, at);
            for channel in 0..3 {
                let alone = scaled(1, from, to, |x, y, _| at(x, y, channel));
                let apart: Vec<u8> = together.iter().skip(channel).step_by(3).copied().collect();
                assert!(alone == apart, "{from:?} to {to:?}, channel {channel}");
            }
        }
    }

    #[test]
    fn what_keeps_its_size_is_copied_and_rows_beyond_the_height_change_nothing() {
        let mut scaler = RowScaler::new();
        scaler.start(3, (2, 2), (2, 2));
        for row in [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], [99; 6]] {
            scaler.row().copy_from_slice(&row);
            scaler.advance();
        }
        assert_eq!(scaler.result(), &(1..=12).collect::<Vec<u8>>());
    }
}
