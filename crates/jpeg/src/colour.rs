//! Converts RGB pixels to planes of YCbCr, with chroma half as wide and high (JFIF 1.02).

use multiversion::multiversion;

/// Pixels that are converted at once, and results that are averaged at once.
const LANES: usize = 64;

/// Makes planes of pixels, which are as long.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(crate) fn take_apart(rgb: &[[u8; 3]], y: &mut [u8], cb: &mut [u8], cr: &mut [u8]) {
    let (pixels, rest) = rgb.as_chunks::<LANES>();
    let (ys, rest_of_y) = y.as_chunks_mut::<LANES>();
    let (cbs, rest_of_cb) = cb.as_chunks_mut::<LANES>();
    let (crs, rest_of_cr) = cr.as_chunks_mut::<LANES>();
    for (pixels, (y, (cb, cr))) in pixels.iter().zip(ys.iter_mut().zip(cbs.iter_mut().zip(crs))) {
        for lane in 0..LANES {
            y[lane] = luma(pixels[lane]);
        }
        for lane in 0..LANES {
            cb[lane] = blue_difference(pixels[lane]);
        }
        for lane in 0..LANES {
            cr[lane] = red_difference(pixels[lane]);
        }
    }
    for (&pixel, (y, (cb, cr))) in rest.iter().zip(rest_of_y.iter_mut().zip(rest_of_cb.iter_mut().zip(rest_of_cr))) {
        (*y, *cb, *cr) = (luma(pixel), blue_difference(pixel), red_difference(pixel));
    }
}

/// Averages squares of four, the last column and row repeated where a side is odd. No result is written before its
/// square was read.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(crate) fn halve(plane: &mut Vec<u8>, width: usize) {
    let width = width.max(1);
    let (height, half_width) = (plane.len() / width, width.div_ceil(2));
    for y in 0..height.div_ceil(2) {
        let (top, bottom) = (2 * y * width, (2 * y + 1).min(height - 1) * width);
        let whole = width / 2 / LANES * LANES;
        for x in (0..whole).step_by(LANES) {
            // Copies, because results go to the same plane.
            let (mut upper, mut lower, mut means) = ([[0; 2]; LANES], [[0; 2]; LANES], [0; LANES]);
            upper.as_flattened_mut().copy_from_slice(&plane[top + 2 * x..][..2 * LANES]);
            lower.as_flattened_mut().copy_from_slice(&plane[bottom + 2 * x..][..2 * LANES]);
            for lane in 0..LANES {
                means[lane] = mean([upper[lane][0], upper[lane][1], lower[lane][0], lower[lane][1]]);
            }
            plane[y * half_width + x..][..LANES].copy_from_slice(&means);
        }
        for x in whole..half_width {
            let (left, right) = (2 * x, (2 * x + 1).min(width - 1));
            plane[y * half_width + x] =
                mean([top + left, top + right, bottom + left, bottom + right].map(|at| plane[at]));
        }
    }
    plane.truncate(half_width * height.div_ceil(2));
}

#[inline(always)]
fn mean(four: [u8; 4]) -> u8 {
    ((four.map(u16::from).iter().sum::<u16>() + 2) / 4) as u8
}

/// JFIF 1.02's luma, in 2⁻¹⁶.
#[inline(always)]
pub(crate) fn luma([r, g, b]: [u8; 3]) -> u8 {
    let sum = 19_595 * i32::from(r) + 38_470 * i32::from(g) + 7_471 * i32::from(b);
    ((sum + (1 << 15)) >> 16) as u8
}

/// JFIF 1.02's Cb. The factors add up to 0, and 255.5 has to be kept under 256.
#[inline(always)]
pub(crate) fn blue_difference([r, g, b]: [u8; 3]) -> u8 {
    let sum = -11_059 * i32::from(r) - 21_709 * i32::from(g) + 32_768 * i32::from(b);
    ((sum + (128 << 16) + (1 << 15) - 1) >> 16).clamp(0, 255) as u8
}

/// JFIF 1.02's Cr.
#[inline(always)]
pub(crate) fn red_difference([r, g, b]: [u8; 3]) -> u8 {
    let sum = 32_768 * i32::from(r) - 27_439 * i32::from(g) - 5_329 * i32::from(b);
    ((sum + (128 << 16) + (1 << 15) - 1) >> 16).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_side_repeats_its_last_samples() {
        let mut plane = vec![10, 20, 30, 30, 40, 50, 80, 90, 100];
        halve(&mut plane, 3);
        assert_eq!(plane, [25, 40, 85, 100]);
        let mut plane = vec![7];
        halve(&mut plane, 1);
        assert_eq!(plane, [7]);
    }

    #[test]
    fn grey_has_no_chroma_and_primaries_have_jfifs() {
        for grey in 0..=255 {
            assert_eq!([luma([grey; 3]), blue_difference([grey; 3]), red_difference([grey; 3])], [grey, 128, 128]);
        }
        for (rgb, ycc) in [
            ([255, 0, 0], [76, 85, 255]),
            ([0, 255, 0], [150, 44, 21]),
            ([0, 0, 255], [29, 255, 107]),
            ([255, 255, 255], [255, 128, 128]),
        ] {
            assert_eq!([luma(rgb), blue_difference(rgb), red_difference(rgb)], ycc, "{rgb:?}");
        }
    }

    #[test]
    fn many_pixels_at_once_become_what_each_becomes_alone() {
        let noise = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 11) as u8;
        let rgb: Vec<[u8; 3]> = (0..LANES * 3 + 7).map(|i| [3 * i, 3 * i + 1, 3 * i + 2].map(noise)).collect();
        let mut planes = [(); 3].map(|()| vec![0; rgb.len()]);
        let [y, cb, cr] = &mut planes;
        take_apart(&rgb, y, cb, cr);
        for (i, &pixel) in rgb.iter().enumerate() {
            let alone = [luma(pixel), blue_difference(pixel), red_difference(pixel)];
            assert_eq!([planes[0][i], planes[1][i], planes[2][i]], alone, "{i}");
        }
    }

    #[test]
    fn wide_planes_are_halved_as_narrow_ones_are() {
        for (width, height) in [(2 * LANES, 4), (4 * LANES + 3, 5), (300, 7)] {
            let noise = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 9) as u8;
            let plane: Vec<u8> = (0..width * height).map(noise).collect();
            let at = |x: usize, y: usize| plane[y.min(height - 1) * width + x.min(width - 1)];
            let square = |x: usize, y: usize| {
                mean([at(2 * x, 2 * y), at(2 * x + 1, 2 * y), at(2 * x, 2 * y + 1), at(2 * x + 1, 2 * y + 1)])
            };
            let wanted: Vec<u8> = (0..height.div_ceil(2))
                .flat_map(|y| (0..width.div_ceil(2)).map(move |x| (x, y)))
                .map(|(x, y)| square(x, y))
                .collect();
            let mut halved = plane.clone();
            halve(&mut halved, width);
            assert_eq!(halved, wanted, "{width}×{height}");
        }
    }
}
