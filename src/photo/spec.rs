//! What does a vendor accept as a photo?

use crate::photo::format::PhotoFormat;

/// Default of [`PhotoSpec::long_side_px`]: enough for any face matcher, and small enough that 100,000 bytes hold it well.
const DEFAULT_LONG_SIDE_PX: u32 = 1280;
/// Default of [`PhotoSpec::quality_floor`], on the scale of the Independent JPEG Group, 1–100.
///
/// Measured: 15 camera photos at six budgets of 25,000–100,000 bytes, each encoded at 1280 px and at smaller sizes with the best
/// quality that fits (jpeg-encoder, optimised Huffman tables), enlarged to 1280 px again (Catmull-Rom) and compared with the
/// original at that size by SSIMULACRA2. Median gain of the smaller picture, by the quality that 1280 px had:
///
/// | quality at 1280 px | pictures | score there | at 0.93 of the size | at 0.86 | at 0.72 | at 0.55 |
/// |---|---|---|---|---|---|---|
/// | under 10 | 19 | -38.6 | +13.3 | +21.2 | +30.0 | +40.5 |
/// | 10–20 | 25 | 13.6 | +12.6 | +17.8 | +24.0 | +27.2 |
/// | 20–25 | 11 | 33.9 | +6.7 | +8.8 | +11.3 | +11.1 |
/// | 25–30 | 8 | 45.1 | +6.1 | +7.3 | +8.6 | +5.4 |
/// | 30–40 | 7 | 45.7–57.5 | +4.2–4.5 | +5.1–5.9 | +6.6–7.2 | +4.9–5.6 |
/// | 40–60 | 11 | 57.6–63.8 | +1.9–3.0 | +2.4–3.8 | +2.4–5.1 | -2.4–+1.3 |
/// | over 60 | 9 | 73.8 | +1.0 | +1.1 | 0.0 | -3.3 |
///
/// Under 30 the smaller picture wins on every photo, and much; above, it gains little for pixels that a face matcher may want, and
/// the score knows nothing of faces. Our own encoder writes optimised tables as well; the figures were not taken again with it.
const DEFAULT_QUALITY_FLOOR: f32 = 30.0;
/// The largest side a JPEG can state.
pub(super) const MAX_JPEG_SIDE_PX: u32 = 65_535;

/// How a vendor's limit on a photo's size is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteLimit {
    /// At most so many bytes of the file itself.
    Raw(usize),
    /// At most so many bytes once the file is written in Base64, four for every three.
    Base64(usize),
}

impl ByteLimit {
    /// The largest file in bytes that keeps to the limit.
    pub const fn max_file_bytes(self) -> usize {
        match self {
            Self::Raw(bytes) => bytes,
            Self::Base64(bytes) => bytes / 4 * 3,
        }
    }
}

/// What a vendor accepts as a photo, and how large a prepared one shall be: plain data.
///
/// ```
/// use liveness::photo::{ByteLimit, PhotoSpec};
///
/// // The safe reading of "at most 100 KB", should the vendor count the Base64 text.
/// const SPEC: PhotoSpec = PhotoSpec::TENCENT_MARKET.with_byte_limit(ByteLimit::Base64(100_000));
/// assert_eq!(SPEC.byte_limit().max_file_bytes(), 75_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotoSpec {
    formats: &'static [PhotoFormat],
    min_side_px: u32,
    max_side_px: u32,
    byte_limit: ByteLimit,
    long_side_px: u32,
    quality_floor: f32,
}

impl PhotoSpec {
    /// What the Tencent cloud market listing says of its `photo` field: jpg or png, width and height more than 15 px and
    /// less than 4000 px, at most 100 KB. Read literally that is the file's own bytes; whether 1,000 or 1,024 of them make a
    /// KB is not stated, so 100,000.
    pub const TENCENT_MARKET: Self = Self::new(ByteLimit::Raw(100_000)).with_sides_px(16, 3999);

    /// A specification with this limit on bytes, and the defaults of every other setter.
    pub const fn new(byte_limit: ByteLimit) -> Self {
        Self {
            formats: &[PhotoFormat::Jpeg, PhotoFormat::Png],
            min_side_px: 1,
            max_side_px: MAX_JPEG_SIDE_PX,
            byte_limit,
            long_side_px: DEFAULT_LONG_SIDE_PX,
            quality_floor: DEFAULT_QUALITY_FLOOR,
        }
    }

    /// The formats accepted in a finished photo. A prepared one is always a JPEG. Defaults to JPEG and PNG.
    #[must_use]
    pub const fn with_formats(mut self, formats: &'static [PhotoFormat]) -> Self {
        self.formats = formats;
        self
    }

    /// The smallest and the largest width and height in px, both included. Defaults to 1 and 65,535.
    #[must_use]
    pub const fn with_sides_px(mut self, min: u32, max: u32) -> Self {
        self.min_side_px = min;
        self.max_side_px = max;
        self
    }

    /// The limit on bytes. Defaults to what [`PhotoSpec::new`] was given.
    #[must_use]
    pub const fn with_byte_limit(mut self, byte_limit: ByteLimit) -> Self {
        self.byte_limit = byte_limit;
        self
    }

    /// The long side in px to which a larger picture is prepared; a smaller one is never enlarged. Defaults to 1280 px.
    #[must_use]
    pub const fn with_long_side_px(mut self, long_side_px: u32) -> Self {
        self.long_side_px = long_side_px;
        self
    }

    /// The JPEG quality, 1–95 on the scale of the Independent JPEG Group, under which a picture is made smaller instead of
    /// coarser; 0 turns the floor off, and 95 is the best that is ever written. Defaults to 30.
    #[must_use]
    pub const fn with_quality_floor(mut self, quality_floor: f32) -> Self {
        self.quality_floor = quality_floor;
        self
    }

    /// The formats accepted in a finished photo.
    pub const fn formats(&self) -> &'static [PhotoFormat] {
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
