//! The budget of a file: its bytes, and the range of qualities.

/// The best quality of a budget in bytes, unless another one is set. Above it, bytes grow fast without a visible
/// gain.
const DEFAULT_MAX_QUALITY: f32 = 95.0;
/// The worst quality: every step of the quantiser is 255 there.
const MIN_QUALITY: f32 = 1.0;
const MAX_QUALITY: f32 = 100.0;

/// The limit on the bytes of a file. Qualities are 1–100 on the scale of the Independent JPEG Group, as in `libjpeg`
/// and most programs, and may be fractional.
///
/// ```
/// use liveness_jpeg::Budget;
///
/// let budget = Budget::bytes(100_000).with_min_quality(30.0);
/// assert_eq!((budget.max_bytes(), budget.max_quality()), (100_000, 95.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    max_bytes: usize,
    min_quality: f32,
    max_quality: f32,
}

impl Budget {
    /// The best quality, 1 to 95, at which the whole file has at most this many bytes.
    pub const fn bytes(max_bytes: usize) -> Self {
        Self { max_bytes, min_quality: MIN_QUALITY, max_quality: DEFAULT_MAX_QUALITY }
    }

    /// Exactly this quality, in as many bytes as it takes.
    pub const fn quality(quality: f32) -> Self {
        let quality = bounded(quality);
        Self { max_bytes: usize::MAX, min_quality: quality, max_quality: quality }
    }

    /// Sets the quality below which the picture is refused instead of being made coarser. Defaults to 1.
    #[must_use]
    pub const fn with_min_quality(mut self, quality: f32) -> Self {
        self.min_quality = bounded(quality);
        self
    }

    /// Sets the best quality that is chosen, however many bytes are left. Defaults to 95.
    #[must_use]
    pub const fn with_max_quality(mut self, quality: f32) -> Self {
        self.max_quality = bounded(quality);
        self
    }

    /// The most bytes that the file may have.
    pub const fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The lowest quality that is chosen, 1–100, and never above [`max_quality`](Self::max_quality).
    pub const fn min_quality(&self) -> f32 {
        if self.min_quality < self.max_quality { self.min_quality } else { self.max_quality }
    }

    /// The best quality that is chosen, 1–100.
    pub const fn max_quality(&self) -> f32 {
        self.max_quality
    }
}

/// A quality within the scale; NaN becomes the lowest.
const fn bounded(quality: f32) -> f32 {
    if quality >= MIN_QUALITY { quality.min(MAX_QUALITY) } else { MIN_QUALITY }
}
