//! Predicts a block from the pixels above it and to its left (RFC 6386, §12).

use super::modes::{Mode, SmallMode};

/// Where the pixels of a row begin; before them is the one to the left.
pub(super) const LEFT: usize = 8;

/// Predicts `SIDE`×`SIDE` px. `pixels` are rows of `STRIDE`, the first of them the one above; `is_inner` says whether the picture
/// goes on above and to the left.
#[inline(always)]
pub(super) fn whole<const SIDE: usize, const STRIDE: usize>(pixels: &mut [u8], mode: Mode, is_inner: [bool; 2]) {
    let (above, rows) = pixels.split_at_mut(STRIDE);
    let corner = i16::from(above[LEFT - 1]);
    let above: [u8; SIDE] = std::array::from_fn(|x| above[LEFT + x]);
    let rows = &mut rows[..SIDE * STRIDE];
    match mode {
        Mode::Mean => {
            let sum = |edge: &mut dyn Iterator<Item = u8>| edge.map(u32::from).sum::<u32>();
            let lefts = sum(&mut rows.chunks_exact(STRIDE).map(|row| row[LEFT - 1]));
            let mean = match is_inner {
                [true, true] => (sum(&mut above.into_iter()) + lefts + SIDE as u32) / (2 * SIDE as u32),
                [true, false] => (sum(&mut above.into_iter()) + SIDE as u32 / 2) / SIDE as u32,
                [false, true] => (lefts + SIDE as u32 / 2) / SIDE as u32,
                [false, false] => 128,
            };
            rows.chunks_exact_mut(STRIDE).for_each(|row| row[LEFT..][..SIDE].fill(mean as u8));
        }
        Mode::Vertical => rows.chunks_exact_mut(STRIDE).for_each(|row| row[LEFT..][..SIDE].copy_from_slice(&above)),
        Mode::Horizontal => rows.chunks_exact_mut(STRIDE).for_each(|row| {
            let left = row[LEFT - 1];
            row[LEFT..][..SIDE].fill(left);
        }),
        Mode::TrueMotion => rows.chunks_exact_mut(STRIDE).for_each(|row| {
            let step = i16::from(row[LEFT - 1]) - corner;
            for (pixel, above) in row[LEFT..][..SIDE].iter_mut().zip(above) {
                *pixel = (i16::from(above) + step).clamp(0, 255) as u8;
            }
        }),
    }
}

/// Predicts 4×4 px. `pixels` are rows of `STRIDE` and begin with the one above and to the left of the block.
#[inline(always)]
pub(super) fn small<const STRIDE: usize>(pixels: &mut [u8], mode: SmallMode) {
    // In the RFC's words: L, P and A.
    let left: [u8; 4] = std::array::from_fn(|y| pixels[(y + 1) * STRIDE]);
    let corner = pixels[0];
    let above: [u8; 8] = std::array::from_fn(|x| pixels[x + 1]);
    let [l0, l1, l2, l3] = left;
    let [a0, a1, a2, a3, a4, a5, a6, a7] = above;
    let rows = match mode {
        SmallMode::Mean => {
            let sum: u32 = left.iter().chain(&above[..4]).map(|&pixel| u32::from(pixel)).sum();
            [[((sum + 4) >> 3) as u8; 4]; 4]
        }
        SmallMode::TrueMotion => left.map(|left| {
            let step = i16::from(left) - i16::from(corner);
            [a0, a1, a2, a3].map(|above| (i16::from(above) + step).clamp(0, 255) as u8)
        }),
        SmallMode::Vertical => [[mean3(corner, a0, a1), mean3(a0, a1, a2), mean3(a1, a2, a3), mean3(a2, a3, a4)]; 4],
        SmallMode::Horizontal => {
            [mean3(corner, l0, l1), mean3(l0, l1, l2), mean3(l1, l2, l3), mean3(l2, l3, l3)].map(|mean| [mean; 4])
        }
        SmallMode::LeftDown => {
            let means = smoothed([a0, a1, a2, a3, a4, a5, a6, a7, a7]);
            std::array::from_fn(|y| std::array::from_fn(|x| means[y + x]))
        }
        SmallMode::RightDown => {
            let means = smoothed([l3, l2, l1, l0, corner, a0, a1, a2, a3]);
            std::array::from_fn(|y| std::array::from_fn(|x| means[3 - y + x]))
        }
        SmallMode::VerticalRight => {
            let [_, m1, m2, m3, m4, m5, m6] = smoothed([l3, l2, l1, l0, corner, a0, a1, a2, a3]);
            let [h0, h1, h2, h3] = [mean2(corner, a0), mean2(a0, a1), mean2(a1, a2), mean2(a2, a3)];
            [[h0, h1, h2, h3], [m3, m4, m5, m6], [m2, h0, h1, h2], [m1, m3, m4, m5]]
        }
        SmallMode::VerticalLeft => {
            let [m0, m1, m2, m3, m4, m5, _] = smoothed([a0, a1, a2, a3, a4, a5, a6, a7, a7]);
            let [h0, h1, h2, h3] = [mean2(a0, a1), mean2(a1, a2), mean2(a2, a3), mean2(a3, a4)];
            [[h0, h1, h2, h3], [m0, m1, m2, m3], [h1, h2, h3, m4], [m1, m2, m3, m5]]
        }
        SmallMode::HorizontalDown => {
            let [m0, m1, m2, m3, m4, m5, _] = smoothed([l3, l2, l1, l0, corner, a0, a1, a2, a3]);
            let [h0, h1, h2, h3] = [mean2(l3, l2), mean2(l2, l1), mean2(l1, l0), mean2(l0, corner)];
            [[h3, m3, m4, m5], [h2, m2, h3, m3], [h1, m1, h2, m2], [h0, m0, h1, m1]]
        }
        SmallMode::HorizontalUp => {
            let (m0, m1, m2) = (mean3(l0, l1, l2), mean3(l1, l2, l3), mean3(l2, l3, l3));
            let (h0, h1, h2) = (mean2(l0, l1), mean2(l1, l2), mean2(l2, l3));
            [[h0, m0, h1, m1], [h1, m1, h2, m2], [h2, m2, l3, l3], [l3; 4]]
        }
    };
    for (row, predicted) in pixels[STRIDE..].chunks_mut(STRIDE).zip(rows) {
        row[1..5].copy_from_slice(&predicted);
    }
}

#[inline(always)]
fn smoothed(edge: [u8; 9]) -> [u8; 7] {
    std::array::from_fn(|i| mean3(edge[i], edge[i + 1], edge[i + 2]))
}

#[inline(always)]
fn mean2(a: u8, b: u8) -> u8 {
    ((u16::from(a) + u16::from(b) + 1) >> 1) as u8
}

#[inline(always)]
fn mean3(a: u8, b: u8, c: u8) -> u8 {
    ((u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2) >> 2) as u8
}
