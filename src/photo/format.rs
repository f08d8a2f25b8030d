//! The formats that are read, and those of a finished photo.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::words;

/// The formats of a finished photo.
///
/// ```
/// use liveness::photo::{PhotoFormat, PhotoSpec};
///
/// let formats = PhotoSpec::TENCENT_MARKET.formats();
/// assert!(PhotoFormat::ALL.iter().all(|format| formats.contains(*format)));
/// assert_eq!(PhotoFormat::Jpeg.as_str(), "jpeg");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoFormat {
    /// JPEG, `image/jpeg`.
    Jpeg,
    /// PNG, `image/png`.
    Png,
}

words!(all PhotoFormat, "photo_format", { Jpeg => "jpeg", Png => "png" });

/// A set of formats, such as those that a vendor accepts.
///
/// ```
/// use liveness::photo::{PhotoFormat, PhotoFormats};
///
/// const ONLY_JPEG: PhotoFormats = PhotoFormats::new(&[PhotoFormat::Jpeg]);
/// assert!(ONLY_JPEG.contains(PhotoFormat::Jpeg) && !ONLY_JPEG.contains(PhotoFormat::Png));
/// assert_eq!(serde_json::to_string(&ONLY_JPEG).unwrap(), r#"["jpeg"]"#);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PhotoFormats {
    bits: u8,
}

/// The formats that are read.
///
/// ```
/// use liveness::photo::SourceFormat;
///
/// // The words are those of a form's `accept` and of the metric's label.
/// let words: Vec<_> = SourceFormat::ALL.iter().map(|format| format.as_str()).collect();
/// assert!(words.contains(&"jpeg") && words.contains(&"heic"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SourceFormat {
    /// JPEG: baseline, extended or progressive, any sampling, grey, YCbCr, RGB, CMYK, YCCK.
    Jpeg,
    /// PNG of any colour type and depth.
    Png,
    /// WebP, lossy or lossless.
    #[serde(rename = "webp")]
    WebP,
    /// Windows bitmap.
    Bmp,
    /// GIF, of which the first frame is used.
    Gif,
    /// HEIC: a still picture in HEVC, as iPhones store it; readable with the feature `heic`.
    Heic,
}

words!(all SourceFormat, "source_format", {
    Jpeg => "jpeg",
    Png => "png",
    WebP => "webp",
    Bmp => "bmp",
    Gif => "gif",
    Heic => "heic",
});

impl PhotoFormats {
    /// These formats, in any order.
    pub const fn new(formats: &[PhotoFormat]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < formats.len() {
            bits |= bit(formats[index]);
            index += 1;
        }
        Self { bits }
    }

    /// Whether the format is one of them.
    pub const fn contains(self, format: PhotoFormat) -> bool {
        self.bits & bit(format) != 0
    }

    /// The formats, in the order of [`PhotoFormat::ALL`].
    pub fn iter(self) -> impl Iterator<Item = PhotoFormat> {
        PhotoFormat::ALL.iter().copied().filter(move |format| self.contains(*format))
    }
}

impl FromIterator<PhotoFormat> for PhotoFormats {
    fn from_iter<I: IntoIterator<Item = PhotoFormat>>(formats: I) -> Self {
        Self { bits: formats.into_iter().fold(0, |bits, format| bits | bit(format)) }
    }
}

impl fmt::Debug for PhotoFormats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for PhotoFormats {
    /// As a list of words.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for PhotoFormats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<PhotoFormat>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl SourceFormat {
    /// Its name in a sentence.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Heic => "HEIC",
        }
    }
}

impl From<PhotoFormat> for SourceFormat {
    fn from(format: PhotoFormat) -> Self {
        match format {
            PhotoFormat::Jpeg => Self::Jpeg,
            PhotoFormat::Png => Self::Png,
        }
    }
}

const fn bit(format: PhotoFormat) -> u8 {
    1 << format as u8
}
