//! Limits on the cost of a photo, beyond which it is refused.

use crate::photo::error::Reason;

const DEFAULT_MAX_FILE_BYTES: usize = 64 << 20;
const DEFAULT_MAX_PIXELS: u64 = 100_000_000;
const DEFAULT_MAX_PLANAR_PIXELS: u64 = 250_000_000;
const DEFAULT_MAX_MEMORY_BYTES: u64 = 256 << 20;

/// Limits on the cost of a source. All of them are checked from the header, before anything is allocated.
///
/// ```
/// use liveness::photo::Limits;
///
/// let limits = Limits::new().with_max_pixels(30_000_000);
/// assert_eq!(limits.max_file_bytes(), 64 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    max_file_bytes: usize,
    max_pixels: Option<u64>,
    max_planar_pixels: Option<u64>,
    max_memory_bytes: u64,
}

impl Limits {
    /// The default limits.
    pub const fn new() -> Self {
        Self {
            max_file_bytes: DEFAULT_MAX_FILE_BYTES,
            max_pixels: None,
            max_planar_pixels: None,
            max_memory_bytes: DEFAULT_MAX_MEMORY_BYTES,
        }
    }

    /// Sets the largest file in bytes that is read. Defaults to 64 MiB.
    #[must_use]
    pub const fn with_max_file_bytes(mut self, bytes: usize) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// Sets the most pixels, width by height, of any photo. Defaults to 100 million, and to 250 million for a JPEG
    /// that is scaled while it is decoded, see [`with_max_planar_pixels`](Self::with_max_planar_pixels).
    #[must_use]
    pub const fn with_max_pixels(mut self, pixels: u64) -> Self {
        self.max_pixels = Some(pixels);
        self
    }

    /// Sets the most pixels of a JPEG that is scaled while it is decoded: of 8 bits, grey or YCbCr, sequential or
    /// progressive, as cameras write it. It is never in memory in full size, so a phone's 200 megapixels cost little
    /// memory. Defaults to the value of [`with_max_pixels`](Self::with_max_pixels), and to 250 million if that is not
    /// set either.
    #[must_use]
    pub const fn with_max_planar_pixels(mut self, pixels: u64) -> Self {
        self.max_planar_pixels = Some(pixels);
        self
    }

    /// Sets the most memory in bytes that a photo may take from decoding to the finished file, metadata and the file
    /// itself not counted. Defaults to 256 MiB.
    #[must_use]
    pub const fn with_max_memory_bytes(mut self, bytes: u64) -> Self {
        self.max_memory_bytes = bytes;
        self
    }

    /// The largest file in bytes that is read.
    pub const fn max_file_bytes(&self) -> usize {
        self.max_file_bytes
    }

    /// The most pixels of a photo that is decoded in full size.
    pub const fn max_pixels(&self) -> u64 {
        match self.max_pixels {
            Some(pixels) => pixels,
            None => DEFAULT_MAX_PIXELS,
        }
    }

    /// The most pixels of a JPEG that is scaled while it is decoded.
    pub const fn max_planar_pixels(&self) -> u64 {
        match (self.max_planar_pixels, self.max_pixels) {
            (Some(pixels), _) | (None, Some(pixels)) => pixels,
            (None, None) => DEFAULT_MAX_PLANAR_PIXELS,
        }
    }

    /// The most memory in bytes that a photo may take.
    pub const fn max_memory_bytes(&self) -> u64 {
        self.max_memory_bytes
    }

    pub(super) fn check_file(&self, bytes: usize) -> Result<(), Reason> {
        let max_bytes = self.max_file_bytes;
        if bytes > max_bytes { Err(Reason::FileTooLarge { bytes, max_bytes }) } else { Ok(()) }
    }

    pub(super) fn check_pixels(&self, width: u32, height: u32) -> Result<(), Reason> {
        at_most(self.max_pixels(), width, height, "Limits::with_max_pixels sets how many pixels a photo may have")
    }

    pub(super) fn check_planar_pixels(&self, width: u32, height: u32) -> Result<(), Reason> {
        let limit =
            "Limits::with_max_planar_pixels sets how many pixels a JPEG may have that is scaled while it is decoded";
        at_most(self.max_planar_pixels(), width, height, limit)
    }

    pub(super) fn check_memory(&self, (width, height): (u32, u32), needed_bytes: u64) -> Result<(), Reason> {
        let max_bytes = self.max_memory_bytes;
        if needed_bytes <= max_bytes {
            return Ok(());
        }
        // A part of its cost does not shrink with the pixels, so the result is a quarter less than their share.
        let pixels = u128::from(width) * u128::from(height) * u128::from(max_bytes) * 3;
        let pixels = pixels / u128::from(needed_bytes.max(1)) / 4;
        Err(Reason::Memory { size: Some((width, height)), fitting_pixels: u64::try_from(pixels).ok(), max_bytes })
    }
}

fn at_most(max_pixels: u64, width: u32, height: u32, limit: &'static str) -> Result<(), Reason> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > max_pixels { Err(Reason::TooManyPixels { width, height, max_pixels, limit }) } else { Ok(()) }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
