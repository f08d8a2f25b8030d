//! The two filter passes that make sixteen rows of results from rows of samples.
//!
//! Down the columns, neighbouring columns are the lanes. Along the rows, the sixteen rows are the lanes, for which they
//! are exchanged with columns, eight by eight bytes, before and after (fast_image_resize, whose lanes are a result's
//! weights, takes three times as long in all).

use multiversion::multiversion;
use zeroize::Zeroize;

use super::weights::{SUM_BITS, Weights};
use crate::rows::Ring;

/// Rows of results that are made together.
pub(crate) const BAND_ROWS: usize = 16;
/// Buffers are whole multiples of so many columns.
pub(crate) const COLUMNS: usize = 256;
/// Squares of eight by eight samples in so many columns.
const SQUARES: usize = COLUMNS / 8;
/// Columns that are summed at once.
const SUMS: usize = 64;
/// A sample's shift before it is multiplied.
const SAMPLE_SHIFT: u32 = 7;

/// What sixteen rows need on their way.
#[derive(Default)]
pub(crate) struct Band {
    /// Rows as they were filtered down the columns; `stride` apart.
    rows: Vec<u8>,
    stride: usize,
    /// Where the rows that count for the row under way start.
    starts: Vec<usize>,
    /// The same by column.
    columns: Vec<[u8; BAND_ROWS]>,
    /// The same as [`centred`].
    wide: Vec<[i16; BAND_ROWS]>,
    /// Where each column is in `wide`, whose order is as the exchange leaves it: first of all squares, second of all …
    places: Vec<u32>,
    /// Results by column.
    results: Vec<[u8; BAND_ROWS]>,
}

impl Band {
    /// Prepares for rows of `stride` samples, a multiple of [`COLUMNS`], that become `results` each, those of all channels.
    pub(crate) fn shape(&mut self, stride: usize, results: usize) {
        self.stride = stride;
        self.rows.resize(stride * BAND_ROWS, 0);
        self.columns.resize(stride, [0; BAND_ROWS]);
        self.wide.resize(stride, [0; BAND_ROWS]);
        self.places.clear();
        self.places.extend((0..stride).map(|x| (x / COLUMNS * COLUMNS + x % 8 * SQUARES + x % COLUMNS / 8) as u32));
        self.results.resize(results.next_multiple_of(COLUMNS), [0; BAND_ROWS]);
    }
}

impl Drop for Band {
    fn drop(&mut self) {
        self.rows.zeroize();
        self.columns.zeroize();
        self.wide.zeroize();
        self.results.zeroize();
    }
}

/// Filters down the columns: result row `result` of `weights` becomes row `row` of the band.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(crate) fn down(ring: &Ring, weights: &Weights, result: usize, band: &mut Band, row: usize) {
    down_portably(ring, weights, result, band, row);
}

/// [`down`] on any processor, with the same results.
#[inline(always)]
pub(crate) fn down_portably(ring: &Ring, weights: &Weights, result: usize, band: &mut Band, row: usize) {
    let Some(values) = weights.values.chunks_exact(weights.taps).nth(result) else { return };
    let (start, rounding) = (weights.starts[result] as usize, weights.rounding[result]);
    band.starts.clear();
    band.starts.extend((start..start + weights.taps).map(|y| ring.start(y)));
    let out = band.rows[row * band.stride..][..band.stride].as_chunks_mut::<SUMS>().0;
    for (chunk, out) in out.iter_mut().enumerate() {
        let mut sums = [rounding; SUMS];
        for (&weight, row) in values.iter().zip(&band.starts) {
            // A copy: what cannot alias the sums leaves them in registers.
            let samples = *ring.chunk::<SUMS>(row + chunk * SUMS);
            for lane in 0..SUMS {
                sums[lane] = sums[lane].wrapping_add(high_product(centred(samples[lane]), weight));
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = to_byte(sum);
        }
    }
}

/// Filters along the rows: the band becomes `rows` rows of `width` results in `out`, those of all channels, which are 1 or 3, pixel
/// after pixel.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(crate) fn along(band: &mut Band, weights: &Weights, channels: usize, width: usize, rows: usize, out: &mut [u8]) {
    match channels {
        3 => along_portably::<3>(band, weights, width, rows, out),
        _ => along_portably::<1>(band, weights, width, rows, out),
    }
}

/// [`along`] on any processor, with the same results.
#[inline(always)]
pub(crate) fn along_portably<const CHANNELS: usize>(
    band: &mut Band,
    weights: &Weights,
    width: usize,
    rows: usize,
    out: &mut [u8],
) {
    let Band { rows: samples, stride, columns, wide, places, results, .. } = band;
    for (chunk, columns) in columns.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
        for half in [0, 8] {
            let mut words = [[0; SQUARES]; 8];
            for (row, words) in words.iter_mut().enumerate() {
                let from = (half + row) * *stride + chunk * COLUMNS;
                for (word, bytes) in words.iter_mut().zip(samples[from..from + COLUMNS].as_chunks().0) {
                    *word = u64::from_le_bytes(*bytes);
                }
            }
            transpose(&mut words);
            for (columns, words) in columns.as_chunks_mut::<SQUARES>().0.iter_mut().zip(&words) {
                for (column, word) in columns.iter_mut().zip(words) {
                    column[half..half + 8].copy_from_slice(&word.to_le_bytes());
                }
            }
        }
    }
    for (wide, column) in wide.iter_mut().zip(columns.iter()) {
        for row in 0..BAND_ROWS {
            wide[row] = centred(column[row]);
        }
    }
    let weighted = weights.values.chunks_exact(weights.taps).zip(&weights.starts).zip(&weights.rounding);
    let pixels = results.as_chunks_mut::<CHANNELS>().0;
    let places = places.as_chunks::<CHANNELS>().0;
    for (result, ((values, &start), &rounding)) in pixels.iter_mut().zip(weighted) {
        let mut sums = [[rounding; BAND_ROWS]; CHANNELS];
        for (&weight, places) in values.iter().zip(&places[start as usize..]) {
            for (sums, &place) in sums.iter_mut().zip(places) {
                let Some(samples) = wide.get(place as usize) else { break };
                for row in 0..BAND_ROWS {
                    sums[row] = sums[row].wrapping_add(high_product(samples[row], weight));
                }
            }
        }
        for (result, sums) in result.iter_mut().zip(sums) {
            for row in 0..BAND_ROWS {
                result[row] = to_byte(sums[row]);
            }
        }
    }
    for (chunk, results) in results.as_chunks::<COLUMNS>().0.iter().enumerate() {
        let (from, to) = (chunk * COLUMNS, width.min((chunk + 1) * COLUMNS));
        for half in [0, 8] {
            let mut words = [[0; SQUARES]; 8];
            for (square, results) in results.as_chunks::<8>().0.iter().enumerate() {
                for (result, words) in results.iter().zip(&mut words) {
                    let mut bytes = [0; 8];
                    bytes.copy_from_slice(&result[half..half + 8]);
                    words[square] = u64::from_le_bytes(bytes);
                }
            }
            transpose(&mut words);
            for (row, words) in (half..rows).zip(&words) {
                let mut bytes = [0; COLUMNS];
                for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
                    *bytes = word.to_le_bytes();
                }
                if let Some(out) = out.get_mut(row * width + from..row * width + to) {
                    out.copy_from_slice(&bytes[..to - from]);
                }
            }
        }
    }
}

/// A sample around zero, shifted up. Signed, because only products of signed numbers become one instruction.
#[inline(always)]
fn centred(sample: u8) -> i16 {
    i16::from((sample ^ 0x80) as i8) << SAMPLE_SHIFT
}

/// The upper half of a product: one instruction for sixteen of them.
#[inline(always)]
fn high_product(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) >> 16) as i16
}

#[inline(always)]
fn to_byte(sum: i16) -> u8 {
    ((sum >> SUM_BITS) + 128).clamp(0, 255) as u8
}

/// Exchanges rows and columns of squares of eight by eight bytes side by side: `words[row][square]`.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "the square is a lane of every row")]
fn transpose(words: &mut [[u64; SQUARES]; 8]) {
    // One loop over many squares, because a short one would be unrolled before it could become vector code.
    for square in 0..SQUARES {
        let at = |row: usize| words[row][square];
        let [a, b, c, d, e, f, g, h] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
        let ((a, e), (b, f), (c, g), (d, h)) = (swap::<32>(a, e), swap::<32>(b, f), swap::<32>(c, g), swap::<32>(d, h));
        let ((a, c), (b, d), (e, g), (f, h)) = (swap::<16>(a, c), swap::<16>(b, d), swap::<16>(e, g), swap::<16>(f, h));
        let ((a, b), (c, d), (e, f), (g, h)) = (swap::<8>(a, b), swap::<8>(c, d), swap::<8>(e, f), swap::<8>(g, h));
        for (row, word) in [a, b, c, d, e, f, g, h].into_iter().enumerate() {
            words[row][square] = word;
        }
    }
}

/// Exchanges the upper part of every `2 × BITS` of `a` with the lower of `b`.
#[inline(always)]
fn swap<const BITS: u32>(a: u64, b: u64) -> (u64, u64) {
    let low = u64::MAX / ((1 << BITS) + 1);
    let both = (a >> BITS ^ b) & low;
    (a ^ both << BITS, b ^ both)
}
