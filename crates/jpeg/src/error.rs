//! The reasons why a file, a size or a budget is refused.

use std::{error, fmt};

/// Why a picture could not be decoded or encoded. No message contains any of the picture's data.
///
/// ```
/// # let mut planes = liveness_jpeg::Planes::new();
/// # planes.set_grey(&[128; 64 * 48], 64, 48, liveness_jpeg::Orientation::Upright)?;
/// # let file = liveness_jpeg::Encoder::new().encode(&planes, liveness_jpeg::Budget::quality(80.0))?.bytes;
/// // `file` is a JPEG of a grey picture of 64×48 px.
/// use liveness_jpeg::{Decoder, Error, Header, Limits, Planes, Target};
///
/// let header = Header::parse(&file)?;
/// let mut decoder = Decoder::new().with_limits(Limits::new().with_max_pixels(1_000));
/// let error = decoder.decode(&header, &Target::fit(&header, 32), &mut Planes::new()).unwrap_err();
/// assert_eq!(error, Error::TooManyPixels { width: 64, height: 48, max_pixels: 1_000 });
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The file is no JPEG, or its header is cut or contradicts itself.
    Malformed,
    /// The file may be a valid JPEG, but of a kind that is not decoded here. Another decoder's pixels can still be
    /// encoded: see [`Planes::set_rgb`](crate::Planes::set_rgb).
    Unsupported(Unsupported),
    /// The picture has more pixels than [`Limits::max_pixels`](crate::Limits::max_pixels) allows.
    TooManyPixels {
        /// The width in px, as stored.
        width: u32,
        /// The height in px, as stored.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// Decoding would take more memory than [`Limits::max_memory_bytes`](crate::Limits::max_memory_bytes) allows.
    TooMuchMemory {
        /// The memory that it would take, as an upper bound.
        needed_bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// The file has more scans than [`Limits::max_scans`](crate::Limits::max_scans) allows.
    TooManyScans {
        /// The limit.
        max_scans: usize,
    },
    /// A side has no px, or more than the 65,535 that a JPEG can state.
    InvalidSize {
        /// The width in px.
        width: u32,
        /// The height in px.
        height: u32,
    },
    /// A buffer has another number of samples than a picture of that size.
    WrongLength {
        /// How many samples there are.
        samples: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Even at the lowest allowed quality the file would have more bytes than the [`Budget`](crate::Budget) has.
    /// Decode to a smaller size, or allow more bytes or a lower quality.
    OverBudget {
        /// The bytes of the file at the lowest quality allowed.
        bytes: usize,
        /// The budget.
        max_bytes: usize,
    },
}

/// The part of a file that is not decoded here.
///
/// ```
/// use liveness_jpeg::{Error, Unsupported};
///
/// let next = |error| match error {
///     Error::Unsupported(Unsupported::Coding | Unsupported::Colour | Unsupported::Sampling) => "take a general decoder",
///     _ => "refuse the file",
/// };
/// assert_eq!(next(Error::Unsupported(Unsupported::Colour)), "take a general decoder");
/// assert_eq!(next(Error::Malformed), "refuse the file");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unsupported {
    /// Arithmetic, lossless or hierarchical coding, 12-bit samples, a scan for each component, or a height given after the scan.
    Coding,
    /// RGB, CMYK or YCCK: only grey and YCbCr are decoded.
    Colour,
    /// Sampling factors over 4, or of more than ten blocks together.
    Sampling,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(f, "the file is no JPEG, or its header is damaged"),
            Self::Unsupported(what) => write!(f, "{what}: use a general JPEG decoder for this file"),
            Self::TooManyPixels { width, height, max_pixels } => {
                write!(f, "the picture is {width}×{height} px and at most {max_pixels} pixels are decoded")
            }
            Self::TooMuchMemory { needed_bytes, max_bytes } => {
                write!(f, "decoding would take {needed_bytes} bytes of memory and {max_bytes} are allowed")
            }
            Self::TooManyScans { max_scans } => write!(f, "the file has more than the {max_scans} scans allowed"),
            Self::InvalidSize { width, height } => {
                write!(f, "a picture of {width}×{height} px: each side must have 1 to 65,535 px")
            }
            Self::WrongLength { samples, expected } => {
                write!(f, "the buffer holds {samples} samples and the picture has {expected}")
            }
            Self::OverBudget { bytes, max_bytes } => {
                write!(f, "the file has {bytes} bytes at the lowest quality allowed and may have at most {max_bytes}")
            }
        }
    }
}

impl error::Error for Error {}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Coding => "this JPEG coding is not decoded here",
            Self::Colour => "JPEGs in RGB, CMYK or YCCK are not decoded here",
            Self::Sampling => "the JPEG's sampling factors are not decoded here",
        })
    }
}
