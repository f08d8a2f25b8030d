//! The inverse transform, from coefficients to differences from the prediction (RFC 6386, §14).

use super::tokens::Block;

/// √2·cos(π/8) − 1, in 65,536ths.
const COS: i32 = 20_091;
/// √2·sin(π/8), in 32,768ths: of 65,536ths products would overflow that others do not.
const SIN: i32 = 17_734;

/// Adds the differences of a block to the prediction of its 4×4 px at `pixels`.
#[inline(always)]
pub(super) fn add<const STRIDE: usize>(block: &Block, pixels: &mut [u8]) {
    let row = |y: usize| std::array::from_fn(|x| i32::from(block[4 * y + x]));
    let columns = transposed(pass([row(0), row(1), row(2), row(3)]));
    let rows = transposed(pass(columns));
    for (pixels, differences) in pixels.chunks_mut(STRIDE).zip(rows) {
        if let Some(pixels) = pixels.first_chunk_mut::<4>() {
            *pixels = std::array::from_fn(|x| clamped(i32::from(pixels[x]) + ((differences[x] + 4) >> 3)));
        }
    }
}

/// The same where only the first coefficient is not zero.
#[inline(always)]
pub(super) fn add_mean<const STRIDE: usize>(first: i16, pixels: &mut [u8]) {
    let difference = (i32::from(first) + 4) >> 3;
    for pixels in pixels.chunks_mut(STRIDE).take(4) {
        if let Some(pixels) = pixels.first_chunk_mut::<4>() {
            *pixels = pixels.map(|pixel| clamped(i32::from(pixel) + difference));
        }
    }
}

/// The first coefficients of the sixteen blocks of luma, from the block that has them.
pub(super) fn firsts(block: &Block) -> Block {
    let sums = |[a, b, c, d]: [i32; 4]| {
        let [outer, inner] = [a + d, b + c];
        let [inner_less, outer_less] = [b - c, a - d];
        [outer + inner, inner_less + outer_less, outer - inner, outer_less - inner_less]
    };
    let at = |i: usize| i32::from(block[i]);
    let columns: [[i32; 4]; 4] = std::array::from_fn(|x| sums([at(x), at(4 + x), at(8 + x), at(12 + x)]));
    let rows: [[i32; 4]; 4] =
        std::array::from_fn(|y| sums([columns[0][y], columns[1][y], columns[2][y], columns[3][y]]));
    std::array::from_fn(|i| ((rows[i / 4][i % 4] + 3) >> 3) as i16)
}

/// Down the four columns side by side.
#[inline(always)]
fn pass([r0, r1, r2, r3]: [[i32; 4]; 4]) -> [[i32; 4]; 4] {
    // Only what no encoder writes overflows.
    let cos = |value: i32| value + (value.wrapping_mul(COS) >> 16);
    let sin = |value: i32| value.wrapping_mul(SIN) >> 15;
    let sum: [i32; 4] = std::array::from_fn(|x| r0[x] + r2[x]);
    let difference: [i32; 4] = std::array::from_fn(|x| r0[x] - r2[x]);
    let c: [i32; 4] = std::array::from_fn(|x| sin(r1[x]) - cos(r3[x]));
    let d: [i32; 4] = std::array::from_fn(|x| cos(r1[x]) + sin(r3[x]));
    [
        std::array::from_fn(|x| sum[x] + d[x]),
        std::array::from_fn(|x| difference[x] + c[x]),
        std::array::from_fn(|x| difference[x] - c[x]),
        std::array::from_fn(|x| sum[x] - d[x]),
    ]
}

#[inline(always)]
fn transposed(rows: [[i32; 4]; 4]) -> [[i32; 4]; 4] {
    std::array::from_fn(|x| std::array::from_fn(|y| rows[y][x]))
}

#[inline(always)]
fn clamped(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}
