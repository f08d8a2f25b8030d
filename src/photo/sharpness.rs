//! Measures the sharpness of a picture where it has contrast.
//!
//! A global measure, such as the variance of the Laplacian, falls with the contrast, with the light and with a plain
//! or blurred background, and rises with noise. This one therefore measures the steepness of edges relative to their
//! height in each block of 16 × 16 px where the face should be, and only the blocks with most contrast count.

use zeroize::Zeroize;

/// The distance of the rows that are measured: the fourth part of a photo gives the same result.
pub(super) const ROW_STEP: usize = 4;
/// The side of a block, px.
const BLOCK: usize = 16;
/// The distance over which a block's contrast is measured, px.
const FAR: usize = 8;
/// The share of the blocks that count, those with most contrast: 3 in 10.
const COUNTED: (usize, usize) = (3, 10);
/// The part of these that may be sharper than the result, one in this many, because the background beside a sharp
/// face may be blurred.
const SHARPEST: usize = 10;
/// The part of all blocks that has less than the noise's differences, one in this many.
const QUIET: usize = 10;
/// Right, down, and both diagonals: a camera that moves blurs along one of them, and leaves edges beside it sharp.
const DIRECTIONS: [(isize, usize); 4] = [(1, 0), (0, 1), (1, 1), (-1, 1)];

/// The sums of squared differences in one block: of neighbours, and at a distance.
#[derive(Clone, Copy, Default)]
struct Energy {
    near: u32,
    far: u32,
}

impl Energy {
    /// An ideal edge differs at one place of neighbours and at [`FAR`] places of pixels at that distance: 1. A ramp that is as wide
    /// as the distance or wider: 1 / [`FAR`].
    fn sharpness(self) -> f32 {
        if self.far == 0 { 0.0 } else { FAR as f32 * self.near as f32 / self.far as f32 }
    }
}

impl Zeroize for Energy {
    fn zeroize(&mut self) {
        self.near.zeroize();
        self.far.zeroize();
    }
}

/// Measures sharpness; keeps its buffers from one picture to the next, and zeroes them when it is dropped.
#[derive(Default)]
pub(super) struct Edges {
    energies: [Vec<Energy>; 4],
}

impl Edges {
    /// The sharpness in the direction in which it is least, and that as a share of the greatest.
    pub(super) fn sharpness(&mut self, y: &[u8], width: usize) -> (f32, f32) {
        measure(&mut self.energies, y, width);
        if self.energies[0].is_empty() {
            return (1.0, 1.0);
        }
        let (mut least, mut most) = (f32::INFINITY, 0.0f32);
        for blocks in &mut self.energies {
            let sharpness = of_contrasty(blocks);
            (least, most) = (least.min(sharpness), most.max(sharpness));
        }
        (least, if most > 0.0 { least / most } else { 1.0 })
    }
}

impl Drop for Edges {
    fn drop(&mut self) {
        self.energies.zeroize();
    }
}

/// The sharpness that nine tenths of the blocks with most contrast do not exceed.
fn of_contrasty(blocks: &mut [Energy]) -> f32 {
    // Noise differs as much at any distance. Of the blocks with the smallest differences it is all that they have.
    let quiet = blocks.len() / QUIET;
    let noise = blocks.select_nth_unstable_by_key(quiet, |energy| energy.near).1.near;
    for energy in blocks.iter_mut() {
        *energy = Energy { near: energy.near.saturating_sub(noise), far: energy.far.saturating_sub(noise) };
    }
    let counted = (blocks.len() * COUNTED.0 / COUNTED.1).max(1);
    blocks.select_nth_unstable_by(counted - 1, |a, b| b.far.cmp(&a.far));
    let sharper = |a: &Energy, b: &Energy| b.sharpness().total_cmp(&a.sharpness());
    blocks[..counted].select_nth_unstable_by(counted / SHARPEST, sharper).1.sharpness()
}

/// The energies in each direction of the blocks where the face should be: in the middle half of the width, and between a tenth and
/// three quarters of the height.
#[multiversion::multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn measure(energies: &mut [Vec<Energy>; 4], y: &[u8], width: usize) {
    let height = y.len() / width;
    let (left, top) = ((width / 4).max(FAR), height / 10);
    let columns = (width - width / 4).min(width.saturating_sub(FAR)).saturating_sub(left) / BLOCK;
    let rows = (height - height / 4).min(height.saturating_sub(FAR)).saturating_sub(top) / BLOCK;
    let rows = if columns == 0 { 0 } else { rows };
    for blocks in &mut *energies {
        blocks.clear();
        blocks.resize(columns * rows, Energy::default());
    }
    for row in (0..rows * BLOCK).step_by(ROW_STEP) {
        let here = blocks(y, width, columns, top + row, left);
        for (energies, (right, down)) in energies.iter_mut().zip(DIRECTIONS) {
            let at = |distance: usize| {
                let left = left.saturating_add_signed(right * distance.cast_signed());
                blocks(y, width, columns, top + row + down * distance, left)
            };
            let energies = energies[row / BLOCK * columns..].iter_mut();
            for (energy, (here, (near, far))) in energies.zip(here.iter().zip(at(1).iter().zip(at(FAR)))) {
                energy.near += differences(here, near);
                energy.far += differences(here, far);
            }
        }
    }
}

/// This many pieces of a row, one after the other, from the column `left` on.
#[inline(always)]
fn blocks(y: &[u8], width: usize, columns: usize, row: usize, left: usize) -> &[[u8; BLOCK]] {
    y[row * width + left..][..columns * BLOCK].as_chunks().0
}

/// The sum of squared differences: 16 of 255 at most.
#[inline(always)]
fn differences(here: &[u8; BLOCK], there: &[u8; BLOCK]) -> u32 {
    let difference: [i16; BLOCK] = std::array::from_fn(|i| i16::from(here[i]) - i16::from(there[i]));
    difference.iter().map(|&v| i32::from(v) * i32::from(v)).sum::<i32>().cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: usize, height: usize, pixel: impl Fn(usize, usize) -> u8) -> (f32, f32) {
        let y: Vec<u8> = (0..width * height).map(|i| pixel(i % width, i / width)).collect();
        Edges::default().sharpness(&y, width)
    }

    /// A line every 24 px in both directions, whose edges are so many pixels wide.
    fn lattice(edge_px: usize) -> impl Fn(usize, usize) -> u8 {
        let ramp = move |at: usize| (at % 24).min(24 - at % 24).min(edge_px) * 100 / edge_px;
        move |x, y| (20 + ramp(x) + ramp(y)) as u8
    }

    #[test]
    fn the_wider_an_edge_the_less_sharp_whatever_its_height() {
        let [sharp, soft, blurred] = [1, 3, 8].map(|edge_px| of(320, 320, lattice(edge_px)).0);
        assert!(sharp > 0.9 && soft < sharp / 2.0 && blurred < soft && blurred < 0.3, "{sharp} {soft} {blurred}");
        let faint = of(320, 320, |x, y| lattice(1)(x, y) / 8 + 100).0;
        assert!((faint - sharp).abs() < 0.1, "{faint} {sharp}");
    }

    #[test]
    fn what_is_wide_in_one_direction_only_is_not_steady() {
        let still = of(320, 320, lattice(1)).1;
        let moved = of(320, 320, |x, y| lattice(8)(x, 0) / 2 + lattice(1)(0, y));
        assert!(still > 0.45 && moved.1 < 0.1, "{still} {moved:?}");
    }

    #[test]
    fn a_picture_without_contrast_is_not_sharp_and_one_too_small_cannot_be_told() {
        assert_eq!(of(320, 320, |_, _| 90).0, 0.0);
        assert_eq!(of(20, 20, lattice(8)), (1.0, 1.0));
    }

    #[test]
    fn pictures_of_every_small_size_are_measured() {
        for width in 1..70 {
            for height in 1..70 {
                let (sharp, steady) = of(width, height, |x, y| ((x * 7) ^ (y * 13)) as u8);
                assert!(sharp >= 0.0 && (0.0..=1.0).contains(&steady), "{width}x{height}: {sharp} {steady}");
            }
        }
    }
}
