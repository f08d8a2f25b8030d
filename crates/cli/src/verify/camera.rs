//! A portrait made by code, in place of a real photo, which may not be in the repository: the same bytes on every
//! machine, with a camera's detail and noise.
//!
//! Shared by examples, tests and benches:
//!
//! ```ignore
//! #[path = "../crates/cli/src/verify/camera.rs"]
//! mod camera;
//!
//! let file = camera::jpeg(3000, 4000, camera::Way::Upright); // JPEG, quality 92, 4:2:0, as a phone writes it
//! let pixels = camera::rgb(3000, 4000);                      // the same picture, 3 bytes a pixel
//! ```

#![allow(clippy::expect_used, reason = "each expectation says why it holds")]
#![allow(dead_code, reason = "each of those who share it uses a part")]

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// The sides in px of the cells of the noise's octaves, and how far each moves luminance: detail at every scale.
const OCTAVES: [(usize, i32); 5] = [(192, 26), (64, 18), (20, 14), (7, 13), (3, 14)];
/// How far the sensor's noise moves each channel at most.
const SENSOR_NOISE: i32 = 11;
const QUALITY: u8 = 92;

/// How the phone was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The file is stored upright.
    Upright,
    /// The file is stored lying, and its EXIF orientation says to turn it clockwise by 90°, as most phones do.
    Turned,
}

/// A portrait as a JPEG file of the upright size `width` × `height` px.
pub(crate) fn jpeg(width: u16, height: u16, way: Way) -> Vec<u8> {
    let upright = rgb(width.into(), height.into());
    match way {
        Way::Upright => encode(&upright, width, height, None),
        Way::Turned => {
            // Stored: the upright picture turned counter-clockwise.
            let (w, h) = (usize::from(width), usize::from(height));
            let pixel = |x: usize, y: usize| &upright[(y * w + x) * 3..][..3];
            let stored: Vec<u8> =
                (0..w).rev().flat_map(|x| (0..h).flat_map(move |y| pixel(x, y).iter().copied())).collect();
            encode(&stored, height, width, Some(6))
        }
    }
}

/// A portrait of `width` × `height` px, 3 bytes a pixel: a lit wall, a head with eyes and mouth, shoulders in a striped shirt.
pub(crate) fn rgb(width: usize, height: usize) -> Vec<u8> {
    let mut random = Random(0x9E37_79B9);
    let octaves: Vec<_> = OCTAVES.map(|(cell, swing)| Lattice::new(width, height, cell, swing, &mut random)).into();
    let mut rows: Vec<Vec<i32>> = octaves.iter().map(|octave| vec![0; octave.columns]).collect();
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for (octave, row) in octaves.iter().zip(&mut rows) {
            octave.interpolate_row(y, row);
        }
        // Thousandths of the width and height, so that the scene is the same at every size.
        let v = (y * 1000 / height.max(1)) as i32;
        for x in 0..width {
            let u = (x * 1000 / width.max(1)) as i32;
            let detail: i32 = octaves.iter().zip(&rows).map(|(octave, row)| octave.interpolate(x, row)).sum();
            let (colour, texture) = scene(u, v);
            let noise = random.next();
            for (channel, base) in colour.into_iter().enumerate() {
                let [a, b] = [noise >> (channel * 8), noise >> (channel * 8 + 4)].map(|bits| (bits & 15) as i32);
                let noise = (a + b - 15) * SENSOR_NOISE / 15;
                pixels.push((base + detail * texture / 8 + noise).clamp(0, 255) as u8);
            }
        }
    }
    pixels
}

/// The colour at `u`, `v` thousandths of the picture, and how much of the detail shows there, in eighths.
fn scene(u: i32, v: i32) -> ([i32; 3], i32) {
    let inside = |cu: i32, cv: i32, ru: i32, rv: i32| {
        // Of an ellipse's box first, which also keeps the squares small.
        let (du, dv) = ((u - cu).abs(), (v - cv).abs());
        du < ru && dv < rv && (du * 1000 / ru).pow(2) + (dv * 1000 / rv).pow(2) < 1_000_000
    };
    if inside(430, 375, 32, 14) || inside(570, 375, 32, 14) {
        ([48, 36, 32], 3)
    } else if inside(500, 520, 75, 16) {
        ([168, 82, 80], 3)
    } else if inside(500, 410, 190, 235) && v > 240 {
        // Lit from the left.
        ([218 - u / 12, 172 - u / 12, 146 - u / 14], 4)
    } else if inside(500, 370, 225, 260) {
        ([52, 40, 34], 9)
    } else if (u - 500).abs() < 85 && (600..720).contains(&v) {
        ([176 - u / 14, 136 - u / 14, 114 - u / 16], 4)
    } else if inside(500, 1020, 430, 340) {
        if (u / 24) % 2 == 0 { ([54, 82, 138], 7) } else { ([196, 202, 214], 7) }
    } else {
        ([176 - u / 14 - v / 20, 180 - u / 14 - v / 22, 172 - u / 16 - v / 30], 6)
    }
}

/// Random values on a grid, interpolated between.
struct Lattice {
    cell: usize,
    columns: usize,
    values: Vec<i32>,
}

impl Lattice {
    fn new(width: usize, height: usize, cell: usize, swing: i32, random: &mut Random) -> Self {
        let (columns, rows) = (width / cell + 2, height / cell + 2);
        let values = (0..columns * rows).map(|_| (random.next() >> 8) as i32 % (2 * swing + 1) - swing).collect();
        Self { cell, columns, values }
    }

    /// The values on row `y`, times the cell's side.
    fn interpolate_row(&self, y: usize, row: &mut [i32]) {
        let (above, part) = (y / self.cell * self.columns, (y % self.cell) as i32);
        let below = above + self.columns;
        for (column, value) in row.iter_mut().enumerate() {
            *value = self.values[above + column] * (self.cell as i32 - part) + self.values[below + column] * part;
        }
    }

    fn interpolate(&self, x: usize, row: &[i32]) -> i32 {
        let (left, part, cell) = (x / self.cell, (x % self.cell) as i32, self.cell as i32);
        (row[left] * (cell - part) + row[left + 1] * part) / (cell * cell)
    }
}

/// Marsaglia's xorshift of 32 bits.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

#[expect(clippy::expect_used, reason = "proved beside each")]
fn encode(rgb: &[u8], width: u16, height: u16, orientation: Option<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    if let Some(orientation) = orientation {
        // A TIFF directory of one entry: the orientation, a SHORT.
        let exif = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[orientation][..], b"\0\0\0\0\0\0"].concat();
        encoder.add_exif_metadata(&exif).expect("a few bytes fit a segment");
    }
    encoder.encode(rgb, width, height, ColorType::Rgb).expect("writing to memory does not fail");
    file
}
