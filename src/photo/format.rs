//! The formats that are read, and those of a finished photo.

use std::fmt;

use serde::Serialize;

/// The formats of a finished photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoFormat {
    /// JPEG, `image/jpeg`.
    Jpeg,
    /// PNG, `image/png`.
    Png,
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SourceFormat {
    /// JPEG: baseline, extended or progressive, any sampling, grey, YCbCr, RGB, CMYK, YCCK.
    Jpeg,
    /// PNG of any colour type and depth.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// GIF, of which the first frame is taken.
    Gif,
}

impl fmt::Display for SourceFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
        })
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
