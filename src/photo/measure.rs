//! Measures the properties for which vendors refuse a picture: light, contrast, back light, sharpness.

use serde::{Deserialize, Serialize};

use crate::model::{Language, words};
#[cfg(feature = "photo")]
use crate::photo::sharpness::{Edges, ROW_STEP};

/// Measures of the luminance of the prepared picture, 0 black to 255 white, on every fourth row.
///
/// The middle, where the face should be, is the middle half of the rows and the middle quarter of the columns. If it
/// were wider, it would include the background beside a narrow person. The border is all around the middle half of
/// both.
///
/// ```
/// # #[cfg(feature = "photo")] {
/// # let mut bmp = b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0\x01\0\x18\0\0\0\0\0\0\x0C\0\0".to_vec();
/// # bmp.extend([0; 16]);
/// # bmp.resize(54 + 32 * 32 * 3, 128); // grey, 32×32 px
/// # let photo = liveness::photo::Preparer::new(liveness::PhotoSpec::TENCENT_MARKET).prepare(&bmp)?;
/// // `photo` was prepared from a grey BMP of 32×32 px.
/// use liveness::photo::Advice;
///
/// let measures = photo.report().unwrap().measures;
/// // An even grey: neither dark nor bright, and without any contrast.
/// assert!((measures.mean - 128.0).abs() < 2.0 && measures.spread < 1.0);
/// assert!(measures.advice().contains(&Advice::LowContrast));
/// # }
/// # Ok::<(), liveness::photo::PhotoError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measures {
    /// Mean luminance, 0–255.
    pub mean: f32,
    /// Standard deviation of luminance, 0–127.5.
    pub spread: f32,
    /// The share of pixels up to [`Self::SHADOW_MAX_LUMINANCE`], 0–1.
    pub shadows: f32,
    /// The share of pixels from [`Self::HIGHLIGHT_MIN_LUMINANCE`] on, 0–1.
    pub highlights: f32,
    /// The luminance, 0–255, that 2 % of the pixels do not exceed; high with fog or a dirty lens over the whole
    /// picture.
    pub darkest: f32,
    /// The luminance, 0–255, that 98 % of the pixels do not exceed.
    pub brightest: f32,
    /// The luminance, 0–255, that 90 % of the middle does not exceed: the light on the face, whatever hair and
    /// clothes are like.
    pub middle_light: f32,
    /// The share of the middle from [`Self::HIGHLIGHT_MIN_LUMINANCE`] on, 0–1.
    pub middle_highlights: f32,
    /// The luminance, 0–255, that 75 % of the border does not exceed.
    pub border_light: f32,
    /// The steepness of edges relative to their height, in the direction in which they are least steep, in the parts
    /// with most contrast of the place where the face should be. It is the squared difference of neighbours as a
    /// multiple of that of a ramp of 8 px and more, over 8. About 1 and more where sharp, 0.5 and less where blurred,
    /// whatever light, contrast and background; 0 without any contrast, 1 where the picture is too small to measure.
    pub sharpness: f32,
    /// The least sharpness as a share of the greatest, of four directions, 0–1: low if the camera moved.
    pub steadiness: f32,
}

/// One property of a picture that is likely to make a vendor refuse it.
///
/// ```
/// use liveness::{Language, photo::Advice};
///
/// // What the page says before the photo is sent and paid for.
/// for advice in [Advice::BackLight, Advice::Blurred] {
///     println!("{}", advice.text(Language::English));
/// }
/// assert_eq!(Advice::BackLight.as_str(), "back_light");
/// ```
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
    /// The picture may have too few pixels for a face. [`Report::advice`](crate::photo::Report::advice) gives this
    /// advice; the measures alone cannot.
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
    /// The advice for the person, in this language.
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
            (Self::TooFewPixels, Language::English) => "the photo may be too small for a face: send a larger one",
            (Self::TooFewPixels, Language::Chinese) => "照片可能过小，难以看清人脸，请上传更大的照片",
        }
    }
}

/// The thresholds of [`advice`](Measures::advice). All are our own: vendors name the faults ("good light", "no strong
/// back light") without numbers. They were set on one half of 95 photos of people and on copies that were degraded by
/// code, and judged on the other half; `benches/README.md` has the table.
impl Measures {
    /// Luminance, 0–255, up to which a pixel is a clipped shadow.
    pub const SHADOW_MAX_LUMINANCE: u8 = 8;
    /// Luminance, 0–255, from which a pixel is a clipped highlight.
    pub const HIGHLIGHT_MIN_LUMINANCE: u8 = 247;
    /// With less [light in the middle](Self::middle_light), 0–255, the picture is too dark.
    pub const DARK_MAX_LIGHT: f32 = 90.0;
    /// With a larger [share of clipped highlights in the middle](Self::middle_highlights), 0–1, the picture is too bright.
    pub const BRIGHT_MIN_HIGHLIGHTS: f32 = 0.2;
    /// With a larger difference between the lights of border and middle, [−255 to 255](Self::back_light), the light
    /// comes from behind …
    pub const BACK_LIGHT_MIN_DIFFERENCE: f32 = 90.0;
    /// … if the middle has less [light](Self::middle_light) than this, 0–255.
    pub const BACK_LIGHT_MAX_LIGHT: f32 = 125.0;
    /// With a smaller difference between the darkest and the brightest, 0–255, the picture has hardly any contrast …
    pub const CONTRAST_MIN_RANGE: f32 = 60.0;
    /// … if the [darkest](Self::darkest) is brighter than this, 0–255, because dark pictures have little contrast
    /// too.
    pub const FOG_MIN_DARKEST: f32 = 40.0;
    /// Less [sharp](Self::sharpness) than this is blurred.
    pub const SHARP_MIN: f32 = 0.48;
    /// Less [sharp](Self::sharpness) than this is blurred …
    pub const STEADY_MIN_SHARP: f32 = 0.8;
    /// … if it is less [steady](Self::steadiness) than this, 0–1.
    pub const STEADY_MIN: f32 = 0.45;
}

impl Measures {
    /// How much more light the border has than the middle, -255–255; high with light from behind.
    pub fn back_light(&self) -> f32 {
        self.border_light - self.middle_light
    }

    /// The faults that the measures show; empty if there are none. With back light there is no other advice about the
    /// light.
    pub fn advice(&self) -> Vec<Advice> {
        let back_light =
            self.back_light() > Self::BACK_LIGHT_MIN_DIFFERENCE && self.middle_light < Self::BACK_LIGHT_MAX_LIGHT;
        let dark = self.middle_light < Self::DARK_MAX_LIGHT;
        let bright = self.middle_highlights > Self::BRIGHT_MIN_HIGHLIGHTS;
        let pale = self.brightest - self.darkest < Self::CONTRAST_MIN_RANGE && self.darkest > Self::FOG_MIN_DARKEST;
        let moved = self.sharpness < Self::STEADY_MIN_SHARP && self.steadiness < Self::STEADY_MIN;
        [
            (back_light, Advice::BackLight),
            (dark && !back_light, Advice::TooDark),
            (bright && !back_light, Advice::TooBright),
            (pale, Advice::LowContrast),
            (moved || self.sharpness < Self::SHARP_MIN, Advice::Blurred),
        ]
        .into_iter()
        .filter_map(|(found, advice)| found.then_some(advice))
        .collect()
    }

    /// Measures a plane of luminance of `width` px.
    #[cfg(feature = "photo")]
    pub(super) fn of(y: &[u8], width: usize, edges: &mut Edges) -> Self {
        let width = width.max(1);
        let Histograms { middle, beside, border } = histograms(y, width);
        let all = Histogram(std::array::from_fn(|v| middle.0[v] + beside.0[v] + border.0[v]));
        let (sharpness, steadiness) = edges.sharpness(y, width);
        let mean = all.mean(|v| v);
        Self {
            mean: mean as f32,
            spread: (all.mean(|v| v * v) - mean * mean).max(0.0).sqrt() as f32,
            shadows: all.share(|v| v <= Self::SHADOW_MAX_LUMINANCE),
            highlights: all.share(|v| v >= Self::HIGHLIGHT_MIN_LUMINANCE),
            darkest: all.percentile(2),
            brightest: all.percentile(98),
            middle_light: middle.percentile(90),
            middle_highlights: middle.share(|v| v >= Self::HIGHLIGHT_MIN_LUMINANCE),
            // A picture of a pixel or two has no border.
            border_light: if border.count() == 0 { middle.percentile(75) } else { border.percentile(75) },
            sharpness,
            steadiness,
        }
    }
}

/// How often each luminance occurs.
#[cfg(feature = "photo")]
struct Histogram([u32; 256]);

#[cfg(feature = "photo")]
impl Histogram {
    /// Rows are counted in four counters, so that no two neighbours share one; a shared one would wait for its first
    /// sum.
    fn add(into: &mut [[u32; 256]; 4], row: &[u8]) {
        let mut fours = row.chunks_exact(4);
        for four in &mut fours {
            for (counts, &v) in into.iter_mut().zip(four) {
                counts[usize::from(v)] += 1;
            }
        }
        for &v in fours.remainder() {
            into[0][usize::from(v)] += 1;
        }
    }

    fn of(counted: &[[u32; 256]; 4]) -> Self {
        Self(std::array::from_fn(|v| counted.iter().map(|counts| counts[v]).sum()))
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|&n| u64::from(n)).sum()
    }

    fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        let sum: f64 = self.0.iter().zip(0u16..).map(|(&n, v)| f64::from(n) * of(f64::from(v))).sum();
        sum / (self.count() as f64).max(1.0)
    }

    fn share(&self, is_counted: impl Fn(u8) -> bool) -> f32 {
        let counted: u64 =
            self.0.iter().zip(0..=u8::MAX).filter(|&(_, v)| is_counted(v)).map(|(&n, _)| u64::from(n)).sum();
        (counted as f64 / (self.count() as f64).max(1.0)) as f32
    }

    /// The least luminance that `percent` of the pixels do not exceed.
    fn percentile(&self, percent: u64) -> f32 {
        let wanted = (self.count() * percent).div_ceil(100);
        let mut seen = 0;
        for (&n, v) in self.0.iter().zip(0..=u8::MAX) {
            seen += u64::from(n);
            if seen >= wanted && seen > 0 {
                return f32::from(v);
            }
        }
        0.0
    }
}

/// Where pixels of a picture are counted.
#[cfg(feature = "photo")]
struct Histograms {
    middle: Histogram,
    /// Between middle and border.
    beside: Histogram,
    border: Histogram,
}

#[cfg(feature = "photo")]
fn histograms(y: &[u8], width: usize) -> Histograms {
    let height = y.len() / width;
    let columns = [width / 4, width * 3 / 8, width - width * 3 / 8, width - width / 4];
    let rows = height / 4..height - height / 4;
    let [mut middle, mut beside, mut border] = [[[0; 256]; 4]; 3];
    for (number, row) in y.chunks_exact(width).enumerate().step_by(ROW_STEP) {
        if rows.contains(&number) {
            Histogram::add(&mut border, &row[..columns[0]]);
            Histogram::add(&mut beside, &row[columns[0]..columns[1]]);
            Histogram::add(&mut middle, &row[columns[1]..columns[2]]);
            Histogram::add(&mut beside, &row[columns[2]..columns[3]]);
            Histogram::add(&mut border, &row[columns[3]..]);
        } else {
            Histogram::add(&mut border, row);
        }
    }
    let [middle, beside, border] = [middle, beside, border].map(|counted| Histogram::of(&counted));
    Histograms { middle, beside, border }
}

#[cfg(all(test, feature = "photo"))]
mod tests {
    use super::*;

    fn in_middle(x: usize, y: usize) -> bool {
        (16..48).contains(&x) && (16..48).contains(&y)
    }

    /// A 64×64 picture.
    fn measures(pixel: impl Fn(usize, usize) -> u8) -> Measures {
        let y: Vec<u8> = (0..64 * 64).map(|i| pixel(i % 64, i / 64)).collect();
        Measures::of(&y, 64, &mut Edges::default())
    }

    #[test]
    fn the_measures_are_what_they_say() {
        let m = measures(|x, _| if x < 32 { 0 } else { 255 });
        assert_eq!((m.mean, m.spread, m.shadows, m.highlights), (127.5, 127.5, 0.5, 0.5));
        assert_eq!((m.darkest, m.brightest), (0.0, 255.0));
        let m = measures(|x, y| if in_middle(x, y) { 90 } else { 160 });
        assert_eq!((m.middle_light, m.border_light, m.back_light(), m.middle_highlights), (90.0, 160.0, 70.0, 0.0));
        // A tenth of the middle's columns, and a quarter of the border's rows.
        let m = measures(|x, y| if in_middle(x, y) { if x < 26 { 247 } else { 60 } } else { (y / 16 * 50) as u8 });
        assert_eq!((m.middle_light, m.middle_highlights), (247.0, 0.125));
        assert_eq!(m.border_light, 150.0);
    }

    #[test]
    fn a_fault_is_told_from_its_threshold_on_and_not_before() {
        let good = Measures {
            darkest: 0.0,
            brightest: 200.0,
            middle_light: 120.0,
            border_light: 120.0,
            sharpness: 1.0,
            steadiness: 1.0,
            ..Measures::default()
        };
        let told = |change: &dyn Fn(&mut Measures)| {
            let mut measures = good;
            change(&mut measures);
            measures.advice()
        };
        assert_eq!(told(&|_| ()), []);
        assert_eq!(told(&|m| m.middle_light = 90.0), []);
        assert_eq!(told(&|m| m.middle_light = 89.0), [Advice::TooDark]);
        assert_eq!(told(&|m| m.middle_highlights = 0.2), []);
        assert_eq!(told(&|m| m.middle_highlights = 0.21), [Advice::TooBright]);
        assert_eq!(told(&|m| m.border_light = 210.0), []);
        assert_eq!(told(&|m| m.border_light = 211.0), [Advice::BackLight]);
        assert_eq!(told(&|m| (m.middle_light, m.border_light) = (125.0, 255.0)), []);
        assert_eq!(told(&|m| (m.middle_light, m.border_light) = (60.0, 200.0)), [Advice::BackLight]);
        assert_eq!(told(&|m| (m.darkest, m.brightest) = (100.0, 160.0)), []);
        assert_eq!(told(&|m| (m.darkest, m.brightest) = (100.0, 159.0)), [Advice::LowContrast]);
        assert_eq!(told(&|m| (m.darkest, m.brightest) = (40.0, 90.0)), []);
        assert_eq!(told(&|m| m.sharpness = 0.48), []);
        assert_eq!(told(&|m| m.sharpness = 0.47), [Advice::Blurred]);
        assert_eq!(told(&|m| m.steadiness = 0.1), []);
        assert_eq!(told(&|m| (m.sharpness, m.steadiness) = (0.79, 0.45)), []);
        assert_eq!(told(&|m| (m.sharpness, m.steadiness) = (0.79, 0.44)), [Advice::Blurred]);
    }

    #[test]
    fn pictures_of_a_pixel_are_measured_too() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (3, 3)] {
            let m = Measures::of(&vec![7; width * height], width, &mut Edges::default());
            assert_eq!((m.mean, m.middle_light, m.border_light), (7.0, 7.0, 7.0), "{width}x{height}");
            assert_eq!((m.sharpness, m.steadiness), (1.0, 1.0), "{width}x{height}");
        }
    }
}
