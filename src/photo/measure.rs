//! What in a picture makes vendors refuse it: light, contrast, back light, sharpness?

#[cfg(feature = "photo")]
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::model::{Language, words};

/// What was measured on the luminance of the prepared picture, 0 black to 255 white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measures {
    /// Mean luminance, 0–255.
    pub mean: f32,
    /// Standard deviation of luminance, 0–127.5: contrast.
    pub spread: f32,
    /// The share of pixels up to [`Self::SHADOW_MAX_LUMINANCE`], 0–1.
    pub shadows: f32,
    /// The share of pixels from [`Self::HIGHLIGHT_MIN_LUMINANCE`] on, 0–1.
    pub highlights: f32,
    /// Mean luminance of the middle half of rows and columns, where the face should be.
    pub centre: f32,
    /// Mean luminance of all around it.
    pub border: f32,
    /// Variance of the Laplacian (four neighbours): low when blurred.
    pub sharpness: f32,
}

/// One thing about a picture that is likely to make a vendor refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Advice {
    /// The light comes from behind the person.
    BackLight,
    /// The picture is too dark.
    TooDark,
    /// The picture is too bright.
    TooBright,
    /// The picture has hardly any contrast.
    LowContrast,
    /// The picture is blurred.
    Blurred,
    /// The picture has so few pixels that no face can be made out. [`Report::advice`](crate::photo::Report::advice) says it, the
    /// measures alone do not know it.
    TooFewPixels,
}

words!(all Advice, "advice", {
    BackLight => "back_light",
    TooDark => "too_dark",
    TooBright => "too_bright",
    LowContrast => "low_contrast",
    Blurred => "blurred",
    TooFewPixels => "too_few_pixels",
});

impl Advice {
    /// What the person should do, in the language asked for.
    pub fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::BackLight, Language::English) => "the light comes from behind: face the light and take it again",
            (Self::BackLight, Language::Chinese) => "照片逆光，请面向光源重新拍摄",
            (Self::TooDark, Language::English) => "the photo is too dark: take it in brighter light",
            (Self::TooDark, Language::Chinese) => "照片过暗，请在光线充足处重新拍摄",
            (Self::TooBright, Language::English) => "the photo is too bright: avoid direct light and take it again",
            (Self::TooBright, Language::Chinese) => "照片过亮，请避开强光重新拍摄",
            (Self::LowContrast, Language::English) => "the photo is pale or foggy: clean the lens and take it again",
            (Self::LowContrast, Language::Chinese) => "照片对比度过低，请擦拭镜头后重新拍摄",
            (Self::Blurred, Language::English) => {
                "the photo is blurred: hold still, let the camera focus and take it again"
            }
            (Self::Blurred, Language::Chinese) => "照片模糊，请保持稳定并对焦后重新拍摄",
            (Self::TooFewPixels, Language::English) => {
                "the photo is so small that no face can be made out: send a larger one"
            }
            (Self::TooFewPixels, Language::Chinese) => "照片过小，无法看清人脸，请上传更大的照片",
        }
    }
}

/// The thresholds of [`advice`](Measures::advice). All are ours: vendors name the faults ("good light", "no strong back light") and
/// no numbers.
impl Measures {
    /// Luminance up to this is a clipped shadow.
    pub const SHADOW_MAX_LUMINANCE: u8 = 8;
    /// Luminance from this on is a clipped highlight.
    pub const HIGHLIGHT_MIN_LUMINANCE: u8 = 247;
    /// A lower mean is too dark.
    pub const DARK_MAX_MEAN: f32 = 45.0;
    /// A higher mean is too bright.
    pub const BRIGHT_MIN_MEAN: f32 = 215.0;
    /// A larger share of clipped shadows is too dark, of clipped highlights too bright.
    pub const CLIPPED_MAX_SHARE: f32 = 0.5;
    /// With more than this between border and centre the light comes from behind …
    pub const BACK_LIGHT_MIN_DIFFERENCE: f32 = 55.0;
    /// … if the centre is darker than this.
    pub const BACK_LIGHT_MAX_CENTRE: f32 = 95.0;
    /// A smaller spread is low contrast.
    pub const CONTRAST_MIN_SPREAD: f32 = 18.0;
    /// A smaller variance of the Laplacian is blurred.
    pub const SHARP_MIN_VARIANCE: f32 = 25.0;
    /// A shorter side than this, in px, shows no face.
    pub const FACE_MIN_SIDE_PX: u32 = 80;
}

impl Measures {
    /// How much brighter the border is than the centre, -255–255: high with light from behind.
    pub fn back_light(&self) -> f32 {
        self.border - self.centre
    }

    /// What the measures say about the picture; empty if nothing was found.
    pub fn advice(&self) -> Vec<Advice> {
        let back_light =
            self.back_light() > Self::BACK_LIGHT_MIN_DIFFERENCE && self.centre < Self::BACK_LIGHT_MAX_CENTRE;
        let dark = self.mean < Self::DARK_MAX_MEAN || self.shadows > Self::CLIPPED_MAX_SHARE;
        let bright = self.mean > Self::BRIGHT_MIN_MEAN || self.highlights > Self::CLIPPED_MAX_SHARE;
        [
            (back_light, Advice::BackLight),
            (dark, Advice::TooDark),
            (bright, Advice::TooBright),
            (self.spread < Self::CONTRAST_MIN_SPREAD, Advice::LowContrast),
            (self.sharpness < Self::SHARP_MIN_VARIANCE, Advice::Blurred),
        ]
        .into_iter()
        .filter_map(|(found, advice)| found.then_some(advice))
        .collect()
    }

    /// Measures a plane of luminance of `width` px.
    #[cfg(feature = "photo")]
    pub(super) fn of(y: &[u8], width: usize) -> Self {
        let width = width.max(1);
        let height = y.len() / width;
        let (left, right) = (width / 4, width - width / 4);
        let (top, bottom) = (height / 4, height - height / 4);
        let (all, centre) = sums(y, width, left..right, top..bottom);
        let pixels = (width * height) as f64;
        let centre_pixels = ((right - left) * (bottom - top)) as f64;
        let mean = all.sum as f64 / pixels;
        let border = (all.sum - centre) as f64 / (pixels - centre_pixels).max(1.0);
        let centre = centre as f64 / centre_pixels.max(1.0);
        Self {
            mean: mean as f32,
            spread: (all.squares as f64 / pixels - mean * mean).max(0.0).sqrt() as f32,
            shadows: (all.shadows as f64 / pixels) as f32,
            highlights: (all.highlights as f64 / pixels) as f32,
            centre: centre as f32,
            border: if pixels > centre_pixels { border as f32 } else { centre as f32 },
            sharpness: laplacian_variance(y, width),
        }
    }
}

/// Sums over luminance, a row at a time, so that a row's sums fit 32 bits and the compiler can take lanes of them.
#[cfg(feature = "photo")]
#[derive(Default)]
struct Sums {
    sum: u64,
    squares: u64,
    shadows: u64,
    highlights: u64,
}

#[cfg(feature = "photo")]
impl Sums {
    #[inline(always)]
    fn add(&mut self, row: &[u8]) {
        self.sum += sum(row);
        self.squares += u64::from(row.iter().map(|&v| u32::from(v) * u32::from(v)).sum::<u32>());
        self.shadows += count(row, |v| v <= Measures::SHADOW_MAX_LUMINANCE);
        self.highlights += count(row, |v| v >= Measures::HIGHLIGHT_MIN_LUMINANCE);
    }
}

/// The sums of all rows, and the sum of those columns and rows alone; compiled for what the processor can do.
#[cfg(feature = "photo")]
#[multiversion::multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn sums(y: &[u8], width: usize, columns: Range<usize>, rows: Range<usize>) -> (Sums, u64) {
    let mut all = Sums::default();
    let mut centre = 0;
    for (number, row) in y.chunks_exact(width).enumerate() {
        all.add(row);
        if rows.contains(&number) {
            centre += sum(&row[columns.clone()]);
        }
    }
    (all, centre)
}

#[cfg(feature = "photo")]
#[inline(always)]
fn sum(row: &[u8]) -> u64 {
    u64::from(row.iter().map(|&v| u32::from(v)).sum::<u32>())
}

#[cfg(feature = "photo")]
#[inline(always)]
fn count(row: &[u8], is_counted: impl Fn(u8) -> bool) -> u64 {
    // In bytes while they cannot overflow: sixteen lanes instead of four.
    row.chunks(255).map(|part| u64::from(part.iter().map(|&v| u8::from(is_counted(v))).sum::<u8>())).sum()
}

/// The variance of four times a pixel less its four neighbours, over all but the outermost pixels.
#[cfg(feature = "photo")]
#[multiversion::multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn laplacian_variance(y: &[u8], width: usize) -> f32 {
    let height = y.len() / width;
    if width < 3 || height < 3 {
        return 0.0;
    }
    let (mut sum, mut squares) = (0i64, 0i64);
    for row in 1..height - 1 {
        let [above, here, below] = [row - 1, row, row + 1].map(|row| &y[row * width..][..width]);
        let (mut row_sum, mut row_squares) = (0i32, 0i64);
        // 1020² × 1024 fits 32 bits: a part at a time, in lanes.
        for from in (1..width - 1).step_by(1024) {
            let to = (from + 1024).min(width - 1);
            let vertical = above[from..to].iter().zip(&below[from..to]);
            let horizontal = here[from - 1..to - 1].iter().zip(&here[from + 1..to + 1]);
            let (mut part_sum, mut part_squares) = (0i32, 0i32);
            for ((&middle, (&up, &down)), (&left, &right)) in here[from..to].iter().zip(vertical).zip(horizontal) {
                let around = i16::from(up) + i16::from(down) + i16::from(left) + i16::from(right);
                let value = i32::from(4 * i16::from(middle) - around);
                part_sum += value;
                part_squares += value * value;
            }
            row_sum += part_sum;
            row_squares += i64::from(part_squares);
        }
        sum += i64::from(row_sum);
        squares += row_squares;
    }
    let count = ((width - 2) * (height - 2)) as f64;
    let mean = sum as f64 / count;
    (squares as f64 / count - mean * mean) as f32
}

#[cfg(all(test, feature = "photo"))]
mod tests {
    use super::*;

    /// A 64×64 picture.
    fn measures(pixel: impl Fn(usize, usize) -> u8) -> Measures {
        let y: Vec<u8> = (0..64 * 64).map(|i| pixel(i % 64, i / 64)).collect();
        Measures::of(&y, 64)
    }

    #[test]
    fn the_measures_are_what_they_say() {
        let m = measures(|x, _| if x < 32 { 0 } else { 255 });
        assert_eq!((m.mean, m.spread, m.shadows, m.highlights), (127.5, 127.5, 0.5, 0.5));
        assert_eq!((m.centre, m.border), (127.5, 127.5));
        // Two columns of 62 have a step beside them, of 255 up and down.
        let expected = 255.0f32.powi(2) * 2.0 / 62.0;
        assert!((m.sharpness - expected).abs() < 0.01, "{} {expected}", m.sharpness);
    }

    #[test]
    fn a_wide_picture_of_extremes_does_not_overflow() {
        let y: Vec<u8> = (0..9_000 * 3).map(|i| if (i % 9_000 + i / 9_000) % 2 == 0 { 0 } else { 255 }).collect();
        let m = Measures::of(&y, 9_000);
        assert!((m.sharpness - 1020.0f32.powi(2)).abs() < 1.0, "{}", m.sharpness);
    }

    #[test]
    fn every_fault_gets_its_advice_and_a_good_picture_none() {
        let texture = |x: usize, y: usize| ((x * 7 + y * 13) % 90) as u8;
        assert_eq!(measures(|x, y| 90 + texture(x, y)).advice(), []);
        assert_eq!(measures(|x, y| texture(x, y) / 2).advice(), [Advice::TooDark, Advice::LowContrast]);
        assert_eq!(measures(|x, y| 195 + texture(x, y) / 3 * 2).advice(), [Advice::TooBright, Advice::LowContrast]);
        assert_eq!(measures(|x, y| 120 + texture(x, y) / 5).advice(), [Advice::LowContrast]);
        assert_eq!(measures(|x, _| 40 + x as u8 * 2).advice(), [Advice::Blurred]);
        let centred = |x: usize, y: usize| (16..48).contains(&x) && (16..48).contains(&y);
        let lit = measures(|x, y| if centred(x, y) { texture(x, y) } else { 150 + texture(x, y) });
        assert_eq!(lit.advice(), [Advice::BackLight]);
    }

    #[test]
    fn pictures_of_a_pixel_are_measured_too() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (3, 3)] {
            let m = Measures::of(&vec![7; width * height], width);
            assert_eq!((m.mean, m.centre, m.border, m.sharpness), (7.0, 7.0, 7.0, 0.0), "{width}x{height}");
        }
    }
}
