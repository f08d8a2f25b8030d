//! The forward DCT, from samples to coefficients.
//!
//! Sixteen blocks form a group. A group contains coefficient by coefficient, each for all its blocks (*lanes*) side
//! by side, so that this transform and the quantiser are plain loops over lanes that become vector code.

use std::f32::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

use crate::zigzag::ZIGZAG;

/// Blocks in a group.
pub(crate) const LANES: usize = 16;
/// Blocks that are transformed together.
pub(crate) const HALF: usize = LANES / 2;
/// Coefficients are kept in units of 1/16: 13 bits before and 4 after the point would not fit 16, but the largest
/// coefficient is 1024.
pub(crate) const FRACTION_BITS: u32 = 4;

/// Coefficients in zigzag order, each for every lane.
pub(crate) type Group = [[i16; LANES]; 64];

/// What the scaled transform's results are multiplied by, in natural order.
#[derive(Debug, Clone)]
pub(crate) struct Weights([f32; 64]);

impl Weights {
    pub(crate) fn new() -> Self {
        let weight = |frequency: usize| match frequency {
            0 => FRAC_1_SQRT_2 / 2.0,
            _ => 0.25 / (frequency as f32 * PI / 16.0).cos(),
        };
        let unit = (1 << FRACTION_BITS) as f32;
        Self(std::array::from_fn(|index| unit * weight(index / 8) * weight(index % 8)))
    }
}

/// A plane to encode: rows of `stride` samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Samples<'a> {
    pub(crate) samples: &'a [u8],
    pub(crate) stride: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Samples<'_> {
    /// `WIDTH` samples from (`x`, `y`); samples beyond the plane repeat its edge.
    #[inline(always)]
    fn row<const WIDTH: usize>(&self, x: usize, y: usize) -> [u8; WIDTH] {
        let start = y.min(self.height.saturating_sub(1)) * self.stride;
        let row = self.samples.get(start..start + self.width).unwrap_or_default();
        match row.get(x..).and_then(|rest| rest.first_chunk()) {
            Some(whole) => *whole,
            None => edge(row, x),
        }
    }
}

#[cold]
#[inline(never)]
fn edge<const WIDTH: usize>(row: &[u8], x: usize) -> [u8; WIDTH] {
    let last = row.last().copied().unwrap_or_default();
    std::array::from_fn(|index| row.get(x + index).copied().unwrap_or(last))
}

/// Transforms eight blocks side by side, the first at block column `column` and row `row`, into the lanes from `lane`.
#[inline(always)]
pub(crate) fn forward(
    plane: Samples<'_>,
    column: usize,
    row: usize,
    weights: &Weights,
    group: &mut Group,
    lane: usize,
) {
    const WIDTH: usize = 8 * HALF;
    // Along the rows, where the eight blocks are the lanes; afterwards each row contains frequency by frequency.
    let mut rows = [[0f32; WIDTH]; 8];
    for (y, out) in rows.iter_mut().enumerate() {
        let samples = columns(&plane.row(column * 8, row * 8 + y));
        for block in 0..HALF {
            // Spelled out: `array::map` would not be inlined into code for other processor features.
            let at = |x: usize| samples[x][block];
            let x = eight([at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)]);
            for index in 0..8 {
                out[index * HALF + block] = x[index];
            }
        }
    }
    // Down the columns: 64 lanes.
    let [r0, r1, r2, r3, r4, r5, r6, r7] = &rows;
    let mut both = [[0f32; WIDTH]; 8];
    let [b0, b1, b2, b3, b4, b5, b6, b7] = &mut both;
    for x in 0..WIDTH {
        let out = eight([r0[x], r1[x], r2[x], r3[x], r4[x], r5[x], r6[x], r7[x]]);
        [b0[x], b1[x], b2[x], b3[x], b4[x], b5[x], b6[x], b7[x]] = out;
    }
    // Level shift: 128 off every sample is 1024 off the mean's coefficient.
    for mean in &mut both[0][..HALF] {
        *mean -= 128.0 * 64.0;
    }
    for (index, (blocks, weight)) in both.as_flattened().as_chunks::<HALF>().0.iter().zip(weights.0).enumerate() {
        if let Some(lanes) = group[usize::from(UNZIGZAG[index])].get_mut(lane..lane + HALF) {
            for (coefficient, block) in lanes.iter_mut().zip(blocks) {
                *coefficient = to_integer(block * weight);
            }
        }
    }
}

/// A row of eight blocks as eight columns of all blocks.
#[inline(always)]
fn columns(row: &[u8; 8 * HALF]) -> [[f32; HALF]; 8] {
    // By shifting whole words, because vectors cannot gather single bytes.
    let mut words = [[0u32; HALF]; 2];
    for (block, bytes) in row.as_chunks().0.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        (words[0][block], words[1][block]) = (word as u32, (word >> 32) as u32);
    }
    let mut columns = [[0f32; HALF]; 8];
    for (x, column) in columns.iter_mut().enumerate() {
        for block in 0..HALF {
            column[block] = (words[x / 4][block] >> (x % 4 * 8) & 0xFF) as i32 as f32;
        }
    }
    columns
}

/// The eight-point transform of Arai, Agui and Nakajima: five multiplications, results still to be weighted.
#[inline(always)]
fn eight(x: [f32; 8]) -> [f32; 8] {
    const C6: f32 = 0.382_683_43;
    const C2_MINUS_C6: f32 = 0.541_196_1;
    const C2_PLUS_C6: f32 = 1.306_563;
    let (s0, d0) = (x[0] + x[7], x[0] - x[7]);
    let (s1, d1) = (x[1] + x[6], x[1] - x[6]);
    let (s2, d2) = (x[2] + x[5], x[2] - x[5]);
    let (s3, d3) = (x[3] + x[4], x[3] - x[4]);
    let (e0, e3) = (s0 + s3, s0 - s3);
    let (e1, e2) = (s1 + s2, s1 - s2);
    let turn = (e2 + e3) * (0.5 * SQRT_2);
    let (o0, o1, o2) = (d3 + d2, d2 + d1, d1 + d0);
    let z5 = (o0 - o2) * C6;
    let z2 = o0 * C2_MINUS_C6 + z5;
    let z4 = o2 * C2_PLUS_C6 + z5;
    let z3 = o1 * (0.5 * SQRT_2);
    let (z11, z13) = (d0 + z3, d0 - z3);
    [e0 + e1, z11 + z4, e3 + turn, z13 - z2, e0 - e1, z13 + z2, e3 - turn, z11 - z4]
}

/// The nearest integer. 1.5 × 2²³ leaves it in the low bits, without the checks of a cast.
#[inline(always)]
fn to_integer(value: f32) -> i16 {
    (value + 12_582_912.0).to_bits() as i16
}

/// Natural index to zigzag index.
const UNZIGZAG: [u8; 64] = {
    let mut places = [0; 64];
    let mut index = 0;
    while index < 64 {
        places[ZIGZAG[index] as usize] = index as u8;
        index += 1;
    }
    places
};
