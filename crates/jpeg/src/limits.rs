//! Limits on the cost of a picture, beyond which it is refused.

use crate::{error::Error, header::Header};

const DEFAULT_MAX_PIXELS: u64 = 250_000_000;
const DEFAULT_MAX_MEMORY_BYTES: u64 = 256 << 20;
/// The usual progressive file has 10.
const DEFAULT_MAX_SCANS: usize = 100;

/// Limits on the cost of decoding a file. All of them are checked from the header, before anything is allocated.
///
/// ```
/// use liveness_jpeg::{Decoder, Limits};
///
/// let decoder = Decoder::new().with_limits(Limits::new().with_max_pixels(50_000_000));
/// assert_eq!(decoder.limits().max_memory_bytes(), 256 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    max_pixels: u64,
    max_memory_bytes: u64,
    max_scans: usize,
}

impl Limits {
    /// The default limits.
    pub const fn new() -> Self {
        Self {
            max_pixels: DEFAULT_MAX_PIXELS,
            max_memory_bytes: DEFAULT_MAX_MEMORY_BYTES,
            max_scans: DEFAULT_MAX_SCANS,
        }
    }

    /// Sets the most pixels, width by height as stored, that are decoded. Defaults to 250 million.
    #[must_use]
    pub const fn with_max_pixels(mut self, pixels: u64) -> Self {
        self.max_pixels = pixels;
        self
    }

    /// Sets the most memory in bytes that a decoder may use for one picture, with the planes and without the file.
    /// Defaults to 256 MiB.
    #[must_use]
    pub const fn with_max_memory_bytes(mut self, bytes: u64) -> Self {
        self.max_memory_bytes = bytes;
        self
    }

    /// Sets the most scans of a progressive file, each of which costs a pass over the picture. Defaults to 100.
    #[must_use]
    pub const fn with_max_scans(mut self, scans: usize) -> Self {
        self.max_scans = scans;
        self
    }

    /// The most pixels that are decoded.
    pub const fn max_pixels(&self) -> u64 {
        self.max_pixels
    }

    /// The most memory in bytes that a decoder may use for one picture.
    pub const fn max_memory_bytes(&self) -> u64 {
        self.max_memory_bytes
    }

    /// The most scans of a progressive file.
    pub const fn max_scans(&self) -> usize {
        self.max_scans
    }

    pub(crate) fn check(&self, header: &Header<'_>, needed_bytes: u64) -> Result<(), Error> {
        let (width, height) = (header.width(), header.height());
        let (max_pixels, max_bytes, max_scans) = (self.max_pixels, self.max_memory_bytes, self.max_scans);
        if u64::from(width) * u64::from(height) > max_pixels {
            Err(Error::TooManyPixels { width, height, max_pixels })
        } else if needed_bytes > max_bytes {
            Err(Error::TooMuchMemory { needed_bytes, max_bytes })
        } else if header.is_progressive() && header.has_more_scans_than(max_scans) {
            Err(Error::TooManyScans { max_scans })
        } else {
            Ok(())
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
