//! What in a picture makes vendors refuse it: light, contrast, back light, sharpness?

use serde::Serialize;

use crate::Language;

/// What was measured on the luminance of the prepared picture, 0 black to 255 white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measures {
    /// Mean luminance, 0–255.
    pub mean: f32,
    /// Standard deviation of luminance, 0–127.5: contrast.
    pub spread: f32,
    /// The share of pixels that are black, 0–1.
    pub shadows: f32,
    /// The share of pixels that are white, 0–1.
    pub highlights: f32,
    /// Mean luminance of the border less that of the centre, -255–255: positive with light from behind.
    pub back_light: f32,
    /// Variance of the Laplacian: low when blurred.
    pub sharpness: f32,
}

/// One thing about a picture that is likely to make a vendor refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Advice {
    /// The picture is too dark.
    TooDark,
    /// The picture is too bright.
    TooBright,
    /// The light comes from behind the person.
    BackLight,
    /// The picture has hardly any contrast.
    LowContrast,
    /// The picture is blurred.
    Blurred,
}

impl Advice {
    /// What the person should do, in the language asked for.
    pub fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::TooDark, Language::English) => "the photo is too dark: take it in brighter light",
            (Self::TooDark, Language::Chinese) => "照片过暗,请在光线充足处重新拍摄",
            (Self::TooBright, Language::English) => "the photo is too bright: avoid direct light and take it again",
            (Self::TooBright, Language::Chinese) => "照片过亮,请避开强光重新拍摄",
            (Self::BackLight, Language::English) => "the light comes from behind: face the light and take it again",
            (Self::BackLight, Language::Chinese) => "照片逆光,请面向光源重新拍摄",
            (Self::LowContrast, Language::English) => "the photo is pale or foggy: clean the lens and take it again",
            (Self::LowContrast, Language::Chinese) => "照片对比度过低,请擦拭镜头后重新拍摄",
            (Self::Blurred, Language::English) => {
                "the photo is blurred: hold still, let the camera focus, and take it again"
            }
            (Self::Blurred, Language::Chinese) => "照片模糊,请保持稳定并对焦后重新拍摄",
        }
    }
}

impl Measures {
    /// What the measures say about the picture; empty if nothing was found.
    pub fn advice(&self) -> Vec<Advice> {
        Vec::new()
    }
}
