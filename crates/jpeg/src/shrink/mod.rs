//! Scales a component's rows to the final size while they are decoded.
//!
//! Rows are filtered down the columns as soon as the last one that counts is there, so that only the rows that count
//! at once are kept: memory grows with the result, not with the source.

mod passes;
mod row_scaler;
mod weights;

use zeroize::Zeroize;

use crate::rows::Ring;
use passes::{BAND_ROWS, Band, COLUMNS};
pub use row_scaler::RowScaler;
pub(crate) use weights::Span;
use weights::{Kernel, Weights};

/// Scales one component, or interleaved ones; owns the memory it needs and keeps it.
pub(crate) struct Shrinker {
    kernel: Kernel,
    across: Weights,
    down: Weights,
    band: Band,
    /// Whether each sample is a result, so that nothing is filtered.
    is_copy: bool,
    /// Samples of a pixel, 1 or 3.
    channels: usize,
    /// Of results, those of all channels.
    width: usize,
    height: usize,
    /// Rows of results made, and filtered down the columns.
    done: usize,
    out: Vec<u8>,
}

impl Shrinker {
    /// A shrinker without a picture yet.
    pub(crate) fn new() -> Self {
        Self {
            kernel: Kernel::new(),
            across: Weights::default(),
            down: Weights::default(),
            band: Band::default(),
            is_copy: false,
            channels: 1,
            width: 0,
            height: 0,
            done: 0,
            out: Vec::new(),
        }
    }

    /// Prepares for a component; returns how many rows must be kept for it.
    pub(crate) fn start(&mut self, across: Span, down: Span) -> usize {
        self.start_interleaved(across, down, 1)
    }

    /// The same for pixels of this many channels, 1 or 3, which the spans do not count.
    fn start_interleaved(&mut self, across: Span, down: Span, channels: usize) -> usize {
        self.across.set(&self.kernel, across);
        self.down.set(&self.kernel, down);
        self.band.shape((across.samples * channels).next_multiple_of(COLUMNS), across.results * channels);
        self.is_copy = across.is_identity() && down.is_identity();
        self.channels = channels;
        (self.width, self.height, self.done) = (across.results * channels, down.results, 0);
        self.out.resize(self.width * self.height, 0);
        self.down.taps
    }

    /// Takes what it can of the first `ready` rows.
    pub(crate) fn advance(&mut self, ring: &Ring, ready: usize) {
        if self.is_copy {
            let rows = self.out.chunks_exact_mut(self.width.max(1)).enumerate();
            for (y, out) in rows.take(ready).skip(self.done) {
                // A ring's rows are at least as wide.
                if let Some(row) = ring.row(y).get(..self.width) {
                    out.copy_from_slice(row);
                }
            }
            self.done = ready.min(self.height);
            return;
        }
        while self.done < self.height && self.down.end(self.done) <= ready {
            passes::down(ring, &self.down, self.done, &mut self.band, self.done % BAND_ROWS);
            self.done += 1;
            if self.done.is_multiple_of(BAND_ROWS) || self.done == self.height {
                let first = (self.done - 1) / BAND_ROWS * BAND_ROWS;
                let rows = self.done - first;
                let out = &mut self.out[first * self.width..];
                passes::along(&mut self.band, &self.across, self.channels, self.width, rows, out);
            }
        }
    }

    /// The result, row after row.
    pub(crate) fn result(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// The bytes that shrinking takes beside the result, as an upper bound.
    pub(crate) fn memory_bytes(across: Span, down: Span) -> u64 {
        let columns = across.samples.next_multiple_of(COLUMNS) as u64;
        let taps = |span: Span| Weights::taps(span) as u64;
        // The ring has the rows of one MCU more than count at once; a band has 16 rows, by row, by column and in 16
        // bits.
        columns * (taps(down) + 32 + 4 * BAND_ROWS as u64)
            + 2 * (taps(across) * across.results as u64 + taps(down) * down.results as u64)
    }
}

impl Drop for Shrinker {
    fn drop(&mut self) {
        self.out.zeroize();
    }
}

#[cfg(test)]
mod tests;
