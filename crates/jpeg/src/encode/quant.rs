//! Quantisers, which set how coarsely each coefficient is kept.

use super::fdct::{FRACTION_BITS, Group, LANES};
use crate::zigzag::ZIGZAG;

/// Luma quantiser of T.81 table K.1, natural order.
const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];
/// Chroma quantiser of T.81 table K.2, natural order.
const CHROMA: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99,
];
/// Part of a step from which a coefficient is rounded up, for the mean and for all others. Under one half the step is
/// finer for the same number of bytes, because small coefficients are dropped sooner.
const ROUND_UP_DC: f32 = 0.5;
const ROUND_UP_AC: f32 = 0.5;

/// The quantisers of luma and chroma at one quality.
#[derive(Debug, Clone)]
pub(crate) struct Quantisers {
    /// Luma, then chroma.
    pub(crate) tables: [Quantiser; 2],
}

/// One component's quantiser, in zigzag order.
#[derive(Debug, Clone)]
pub(crate) struct Quantiser {
    /// Steps, 1 to 255.
    pub(crate) steps: [u8; 64],
    reciprocals: [u16; 64],
    biases: [u16; 64],
    shifts: [u8; 64],
}

impl Quantisers {
    /// Quantisers at `scale` times the tables of T.81 annex K: 1 is quality 50, 0.1 quality 95.
    pub(crate) fn new(scale: f32) -> Self {
        Self { tables: [LUMA, CHROMA].map(|base| Quantiser::new(&base, scale)) }
    }
}

/// At this scale every step is 1: the largest of the tables is 121.
const FINEST_SCALE: f32 = 0.01;

/// The scale of the quality 1 to 100 of the Independent JPEG Group, which may be fractional.
pub(crate) fn scale_of(quality: f32) -> f32 {
    if quality < 50.0 { 50.0 / quality } else { (2.0 - quality / 50.0).max(FINEST_SCALE) }
}

/// The quality, 1 to 100, of a scale.
pub(crate) fn quality_of(scale: f32) -> f32 {
    if scale > 1.0 { 50.0 / scale } else { 100.0 - 50.0 * scale }
}

impl Quantiser {
    fn new(base: &[u8; 64], scale: f32) -> Self {
        let mut table = Self { steps: [1; 64], reciprocals: [0; 64], biases: [0; 64], shifts: [0; 64] };
        for (index, &natural) in ZIGZAG.iter().enumerate() {
            let step = (f32::from(base[usize::from(natural)]) * scale).round().clamp(1.0, 255.0) as u8;
            let unit = u32::from(step) << FRACTION_BITS;
            // As many bits of precision as a 16-bit reciprocal has: 2^15 ≤ 2^(16 + shift) ÷ unit < 2^16.
            let shift = (unit - 1).ilog2();
            table.steps[index] = step;
            table.reciprocals[index] = (1u32 << (16 + shift)).div_ceil(unit) as u16;
            table.shifts[index] = shift as u8;
            let round_up = if index == 0 { ROUND_UP_DC } else { ROUND_UP_AC };
            table.biases[index] = (unit as f32 * (1.0 - round_up)) as u16;
        }
        table
    }

    /// Quantises a group; says for each lane which coefficients are not zero, by zigzag index.
    #[inline(always)]
    pub(crate) fn apply(&self, group: &Group, out: &mut Group) -> [u64; LANES] {
        let mut nonzero = [[0u16; LANES]; 4];
        for (section, nonzero) in nonzero.iter_mut().enumerate() {
            for bit in 0..16 {
                let index = section * 16 + bit;
                let (reciprocal, shift) = (u32::from(self.reciprocals[index]), self.shifts[index] & 15);
                let bias = self.biases[index];
                for lane in 0..LANES {
                    let coefficient = group[index][lane];
                    let sign = coefficient >> 15;
                    let magnitude = ((coefficient ^ sign).wrapping_sub(sign) as u16).wrapping_add(bias);
                    let level = ((u32::from(magnitude) * reciprocal) >> 16) as u16 >> shift;
                    out[index][lane] = (level as i16 ^ sign).wrapping_sub(sign);
                    nonzero[lane] |= u16::from(level != 0) << bit;
                }
            }
        }
        std::array::from_fn(|lane| nonzero.iter().rev().fold(0, |mask, section| mask << 16 | u64::from(section[lane])))
    }
}
