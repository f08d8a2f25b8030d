//! How sharp is a picture, where it has contrast?
//!
//! A global measure, such as the variance of the Laplacian, falls with the contrast, with the light and with a plain or blurred
//! background, and rises with noise. So each block of 16 × 16 px where the face should be is asked how steep its edges are for their
//! height, and only those blocks count that have most contrast.

/// Every so manieth row is measured: the fourth part says the same of a photo.
pub(super) const ROW_STEP: usize = 4;
/// The side of a block, px.
const BLOCK: usize = 16;
/// The distance over which a block's contrast is measured, px.
const FAR: usize = 8;
/// The share of the blocks that count, those with most contrast: 3 in 10.
const COUNTED: (usize, usize) = (3, 10);
/// Of these one in so many may be sharper than what is told: the face is sharp, and what is beside it need not be.
const SHARPEST: usize = 10;
/// Of all blocks one in so many has less than the noise's differences.
const QUIET: usize = 10;
/// Right, down, and both diagonals: a camera that moves blurs along one of them, and leaves edges beside it sharp.
const DIRECTIONS: [(isize, usize); 4] = [(1, 0), (0, 1), (1, 1), (-1, 1)];

/// The sums of squared differences in one block: of neighbours, and at a distance.
#[derive(Clone, Copy)]
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

/// The sharpness in the direction in which it is least, and that as a share of the greatest.
pub(super) fn sharpness(y: &[u8], width: usize) -> (f32, f32) {
    let mut energies = energies(y, width);
    if energies[0].is_empty() {
        return (1.0, 1.0);
    }
    let of_each = energies.each_mut().map(|blocks| of_contrasty(blocks));
    let (least, most) = of_each.iter().fold((f32::INFINITY, 0.0f32), |(least, most), &v| (least.min(v), most.max(v)));
    (least, if most > 0.0 { least / most } else { 1.0 })
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
    let mut sharp: Vec<f32> = blocks[..counted].iter().map(|energy| energy.sharpness()).collect();
    let at = counted / SHARPEST;
    *sharp.select_nth_unstable_by(at, |a, b| b.total_cmp(a)).1
}

/// The energies in each direction of the blocks where the face should be: in the middle half of the width, and between a tenth and
/// three quarters of the height.
#[multiversion::multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn energies(y: &[u8], width: usize) -> [Vec<Energy>; 4] {
    let height = y.len() / width;
    let (left, top) = ((width / 4).max(FAR), height / 10);
    let columns = (width - width / 4).min(width.saturating_sub(FAR)).saturating_sub(left) / BLOCK;
    let rows = (height - height / 4).min(height.saturating_sub(FAR)).saturating_sub(top) / BLOCK;
    let mut energies = DIRECTIONS.map(|_| vec![Energy { near: 0, far: 0 }; columns * rows]);
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
    energies
}

/// So many pieces of a row, one after the other, from the column `left` on.
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
