//! The specification of the photos that a vendor accepts.

use serde::{Deserialize, Serialize};

use crate::photo::format::{PhotoFormat, PhotoFormats};

/// Default of [`PhotoSpec::long_side_px`]: enough for any face matcher, and small enough for good quality in 100,000
/// bytes.
const DEFAULT_LONG_SIDE_PX: u32 = 1280;
/// Default of [`PhotoSpec::quality_floor`], on the scale of the Independent JPEG Group, 1–100.
///
/// Measured with our own encoder: 79 photos of 1280 px and more, each as it is and with six times a sensor's noise, at budgets of
/// 25,000, 50,000, 75,000 and 100,000 bytes, prepared without a floor and with nine of them, enlarged to the full size again
/// (Catmull-Rom) and compared with the photo at that size by SSIMULACRA2. Each cell has both halves of the photos (37 and 42 by a hash
/// of the name, the halves of `benches/README.md`). What a floor gains over none, by the quality that the full size had:
///
/// | quality at full size | with a floor of | prepared | score there | gain, median | gain, least | worse | side left |
/// |---|---|---|---|---|---|---|---|
/// | under 10 | 30 | 47, 53 | -43.5, -43.4 | +42.3, +40.2 | +25.8, +16.5 | 0, 0 | 0.48, 0.49 |
/// | 10–20 | 30 | 73, 88 | 0.9, 4.1 | +22.5, +20.9 | +8.9, -7.8 | 0, 2 | 0.68, 0.68 |
/// | 20–25 | 30 | 35, 38 | 24.1, 26.0 | +8.5, +7.6 | +3.4, +0.8 | 0, 0 | 0.83, 0.84 |
/// | 25–30 | 30 | 30, 31 | 32.9, 32.3 | +4.7, +4.3 | 0.0, -6.9 | 1, 3 | 0.91, 0.92 |
/// | 30–35 | 35 | 19, 23 | 37.1, 37.0 | +2.3, +1.9 | -3.3, -8.3 | 1, 2 | 0.92, 0.91 |
/// | 35–40 | 40 | 17, 23 | 42.9, 38.6 | +1.2, +1.6 | -0.7, -8.0 | 2, 5 | 0.93, 0.93 |
/// | 40–50 | 50 | 28, 32 | 48.8, 46.4 | +1.4, +1.3 | -4.4, -7.1 | 6, 9 | 0.92, 0.91 |
/// | 50–60 | 60 | 17, 19 | 62.0, 58.9 | +1.0, +0.8 | -0.8, -11.7 | 3, 7 | 0.91, 0.90 |
///
/// Under 30 the smaller picture wins nearly always, and much. Above, the score still prefers it, but by little: of the photos as they
/// are at 100,000 bytes the mean score is 63.5 and 62.4 with a floor of 30, 63.8 and 62.6 with 35, 64.1 and 62.7 with 40. Each such step
/// takes a tenth of the side that a face matcher may want, and the score knows nothing of faces: so 30.
const DEFAULT_QUALITY_FLOOR: f32 = 30.0;
/// The largest side of a JPEG.
pub(super) const MAX_JPEG_SIDE_PX: u32 = 65_535;

/// The way in which a vendor's limit on a photo's size is counted.
///
/// ```
/// use liveness::photo::{ByteLimit, PhotoSpec};
///
/// // A vendor that counts the bytes of the Base64 that it is sent takes a smaller file.
/// assert_eq!(ByteLimit::Raw(100_000).max_file_bytes(), 100_000);
/// assert_eq!(ByteLimit::Base64(100_000).max_file_bytes(), 75_000);
/// let spec = PhotoSpec::TENCENT_MARKET.with_byte_limit(ByteLimit::Base64(100_000));
/// # let _ = spec;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByteLimit {
    /// At most this many bytes of the file itself.
    Raw(usize),
    /// At most this many bytes of the file in Base64, which has four for every three.
    Base64(usize),
}

impl ByteLimit {
    /// The largest file in bytes within the limit.
    pub const fn max_file_bytes(self) -> usize {
        match self {
            Self::Raw(bytes) => bytes,
            Self::Base64(bytes) => bytes / 4 * 3,
        }
    }
}

/// The photos that a vendor accepts, and the size of a prepared one, as plain data.
///
/// ```
/// use liveness::photo::{ByteLimit, PhotoSpec};
///
/// // The safe reading of "at most 100 KB", should the vendor count the Base64 text.
/// const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET.with_byte_limit(ByteLimit::Base64(100_000));
/// assert_eq!(SPEC.byte_limit().max_file_bytes(), 75_000);
/// ```
///
/// It can be a part of a configuration, where only the limit on bytes is required:
///
/// ```
/// use liveness::photo::{ByteLimit, PhotoFormat, PhotoSpec};
///
/// let spec: PhotoSpec = serde_json::from_str(r#"{"byte_limit": {"raw": 200000}, "formats": ["jpeg"]}"#).unwrap();
/// assert_eq!(spec, PhotoSpec::new(ByteLimit::Raw(200_000)).with_formats(&[PhotoFormat::Jpeg]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoSpec {
    #[serde(default = "default_formats")]
    formats: PhotoFormats,
    #[serde(default = "default_min_side_px")]
    min_side_px: u32,
    #[serde(default = "default_max_side_px")]
    max_side_px: u32,
    byte_limit: ByteLimit,
    #[serde(default = "default_long_side_px")]
    long_side_px: u32,
    #[serde(default = "default_quality_floor")]
    quality_floor: f32,
}

impl PhotoSpec {
    /// The limits of the Tencent cloud market listing on its `photo` field: jpg or png, width and height more than 15
    /// px and less than 4000 px, at most 100 KB. Read literally, that is the file's own bytes. The listing does not
    /// document whether a KB is 1,000 or 1,024 bytes, so the limit is 100,000.
    pub const TENCENT_MARKET: Self = Self::new(ByteLimit::Raw(100_000)).with_sides_px(16, 3999);

    /// A specification with this limit on bytes, and the defaults of every other setter.
    pub const fn new(byte_limit: ByteLimit) -> Self {
        Self {
            formats: default_formats(),
            min_side_px: default_min_side_px(),
            max_side_px: default_max_side_px(),
            byte_limit,
            long_side_px: default_long_side_px(),
            quality_floor: default_quality_floor(),
        }
    }

    /// Sets the formats accepted in a finished photo. A prepared one is always a JPEG. Defaults to JPEG and PNG.
    #[must_use]
    pub const fn with_formats(mut self, formats: &[PhotoFormat]) -> Self {
        self.formats = PhotoFormats::new(formats);
        self
    }

    /// Sets the smallest and the largest width and height in px, both included. Defaults to 1 and 65,535.
    #[must_use]
    pub const fn with_sides_px(mut self, min: u32, max: u32) -> Self {
        self.min_side_px = min;
        self.max_side_px = max;
        self
    }

    /// Sets the limit on bytes. Defaults to the limit given to [`PhotoSpec::new`].
    #[must_use]
    pub const fn with_byte_limit(mut self, byte_limit: ByteLimit) -> Self {
        self.byte_limit = byte_limit;
        self
    }

    /// Sets the long side in px to which a larger picture is prepared; a smaller one is never enlarged. Defaults to
    /// 1280 px.
    #[must_use]
    pub const fn with_long_side_px(mut self, long_side_px: u32) -> Self {
        self.long_side_px = long_side_px;
        self
    }

    /// Sets the JPEG quality, 1–95 on the scale of the Independent JPEG Group, below which a picture is made smaller
    /// instead of coarser. 0 turns the floor off, and 95 is the best quality that is ever written. Defaults to 30.
    #[must_use]
    pub const fn with_quality_floor(mut self, quality_floor: f32) -> Self {
        self.quality_floor = quality_floor;
        self
    }

    /// The formats accepted in a finished photo.
    pub const fn formats(&self) -> PhotoFormats {
        self.formats
    }

    /// The smallest width and height in px that is accepted.
    pub const fn min_side_px(&self) -> u32 {
        self.min_side_px
    }

    /// The largest width and height in px that is accepted.
    pub const fn max_side_px(&self) -> u32 {
        self.max_side_px
    }

    /// The limit on bytes.
    pub const fn byte_limit(&self) -> ByteLimit {
        self.byte_limit
    }

    /// The long side in px to which a larger picture is prepared.
    pub const fn long_side_px(&self) -> u32 {
        self.long_side_px
    }

    /// The JPEG quality under which a picture is made smaller instead, 0 for no floor.
    pub const fn quality_floor(&self) -> f32 {
        self.quality_floor
    }
}

const fn default_formats() -> PhotoFormats {
    PhotoFormats::new(PhotoFormat::ALL)
}

const fn default_min_side_px() -> u32 {
    1
}

const fn default_max_side_px() -> u32 {
    MAX_JPEG_SIDE_PX
}

const fn default_long_side_px() -> u32 {
    DEFAULT_LONG_SIDE_PX
}

const fn default_quality_floor() -> f32 {
    DEFAULT_QUALITY_FLOOR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_read_as_it_was_written_and_an_unknown_field_is_named() {
        for spec in [PhotoSpec::TENCENT_MARKET, PhotoSpec::new(ByteLimit::Base64(7)).with_formats(&[])] {
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<PhotoSpec>(&json).unwrap(), spec, "{json}");
        }
        let error = serde_json::from_str::<PhotoSpec>(r#"{"byte_limit":{"raw":1},"long_side":9}"#).unwrap_err();
        assert!(error.to_string().contains("long_side"), "{error}");
        assert!(serde_json::from_str::<PhotoSpec>("{}").is_err());
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let spec: PhotoSpec = serde_json::from_str(r#"{"byte_limit":{"raw":5}}"#).unwrap();
        assert_eq!(spec, PhotoSpec::new(ByteLimit::Raw(5)));
    }
}
