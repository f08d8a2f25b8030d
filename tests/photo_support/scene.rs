//! A picture of four patches: red, green / blue, yellow. Whatever turns it or swaps its colours shows.

use liveness::photo::Photo;

use super::{Picture, read_back};

pub(crate) const RED: [u8; 3] = [200, 40, 40];
pub(crate) const GREEN: [u8; 3] = [40, 170, 60];
pub(crate) const BLUE: [u8; 3] = [40, 60, 190];
pub(crate) const YELLOW: [u8; 3] = [215, 205, 60];
/// As they stand in the upright picture: top left, top right, bottom left, bottom right.
pub(crate) const PATCHES: [[u8; 3]; 4] = [RED, GREEN, BLUE, YELLOW];

/// The upright picture.
pub(crate) fn upright(width: usize, height: usize) -> Picture {
    of_patches(width, height, PATCHES)
}

pub(crate) fn of_patches(width: usize, height: usize, patches: [[u8; 3]; 4]) -> Picture {
    let pixel = |i: usize| patches[usize::from(i / width >= height / 2) * 2 + usize::from(i % width >= width / 2)];
    Picture { width, height, rgb: (0..width * height).flat_map(pixel).collect() }
}

/// The picture as a camera stores it that gives the EXIF orientation `number`; EXIF 2.32, tag 0x0112.
pub(crate) fn stored(upright: &Picture, number: u8) -> Picture {
    let (w, h) = (upright.width, upright.height);
    let (width, height) = if number >= 5 { (h, w) } else { (w, h) };
    let mut rgb = vec![0; upright.rgb.len()];
    for y in 0..h {
        for x in 0..w {
            let (column, row) = match number {
                1 => (x, y),
                2 => (w - 1 - x, y),
                3 => (w - 1 - x, h - 1 - y),
                4 => (x, h - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                8 => (width - 1 - y, x),
                _ => panic!("no orientation {number}"),
            };
            rgb[(row * width + column) * 3..][..3].copy_from_slice(&upright.rgb[(y * w + x) * 3..][..3]);
        }
    }
    Picture { width, height, rgb }
}

/// The mean colours of the four patches, away from their edges.
pub(crate) fn patches_of(picture: &Picture) -> [[f64; 3]; 4] {
    [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(column, row)| {
        let (w, h) = (picture.width / 2, picture.height / 2);
        let mut sum = [0.0; 3];
        let mut count = 0.0;
        for y in row * h + h / 4..row * h + h - h / 4 {
            for x in column * w + w / 4..column * w + w - w / 4 {
                let pixel = &picture.rgb[(y * picture.width + x) * 3..][..3];
                sum.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += f64::from(value));
                count += 1.0;
            }
        }
        sum.map(|sum| sum / count)
    })
}

/// Whether both decoders see the four patches where they belong, each channel within `tolerance`.
pub(crate) fn assert_patches(what: &str, photo: &Photo, expected: [[u8; 3]; 4], tolerance: f64) {
    for picture in read_back(photo) {
        let seen = patches_of(&picture);
        for (patch, (seen, expected)) in seen.iter().zip(expected).enumerate() {
            let near = seen.iter().zip(expected).all(|(s, e)| (s - f64::from(e)).abs() <= tolerance);
            assert!(near, "{what}: patch {patch} is {seen:.0?}, not {expected:?}");
        }
    }
}

/// BT.601 luminance, as JFIF has it.
pub(crate) fn grey([r, g, b]: [u8; 3]) -> [u8; 3] {
    [(0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)).round() as u8; 3]
}

/// Display P3's values for an sRGB colour that lies well inside both, by the matrices of CSS Color 4.
pub(crate) fn p3_of([r, g, b]: [u8; 3]) -> [u8; 3] {
    let linear = [r, g, b].map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    let matrix = [[0.822_462, 0.177_538, 0.0], [0.033_194, 0.966_806, 0.0], [0.017_083, 0.072_397, 0.910_520]];
    matrix.map(|row| {
        let v: f64 = row.iter().zip(linear).map(|(m, v)| m * v).sum();
        let v = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (v * 255.0).round() as u8
    })
}
