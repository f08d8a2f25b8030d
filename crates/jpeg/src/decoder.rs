//! Decodes a JPEG to planes of another size, without ever having all of its pixels in memory.

use std::fmt;

use crate::{
    error::Error,
    header::{Header, MAX_COMPONENTS},
    limits::Limits,
    planes::Planes,
    rows::{Consume, Request, Ring, RowDecoder},
    scale::Scale,
    shrink::Shrinker,
    target::Target,
};

/// A decoder of JPEGs that scales while it decodes. It keeps its buffers from one picture to the next, and zeroes
/// them when it is dropped; a program with several threads should have one in each.
///
/// ```
/// # let mut planes = liveness_jpeg::Planes::new();
/// # planes.set_grey(&[128; 64 * 48], 64, 48, liveness_jpeg::Orientation::Upright)?;
/// # let file = liveness_jpeg::Encoder::new().encode(&planes, liveness_jpeg::Budget::quality(80.0))?.bytes;
/// // `file` is a JPEG of a grey picture of 64×48 px.
/// use liveness_jpeg::{Decoder, Header, Planes, Target};
///
/// let (mut decoder, mut planes) = (Decoder::new(), Planes::new());
/// let header = Header::parse(&file)?;
/// decoder.decode(&header, &Target::fit(&header, 32), &mut planes)?;
/// assert_eq!((planes.width(), planes.height()), (32, 24));
/// # Ok::<(), liveness_jpeg::Error>(())
/// ```
pub struct Decoder {
    limits: Limits,
    rows: RowDecoder,
    shrinkers: [Shrinker; MAX_COMPONENTS],
}

/// The faults of a decoded file. Decoding goes on after damage, as with `libjpeg`, and missing parts are grey.
///
/// ```
/// # let mut planes = liveness_jpeg::Planes::new();
/// # planes.set_grey(&[128; 64 * 48], 64, 48, liveness_jpeg::Orientation::Upright)?;
/// # let file = liveness_jpeg::Encoder::new().encode(&planes, liveness_jpeg::Budget::quality(80.0))?.bytes;
/// // `file` is a JPEG of a grey picture of 64×48 px.
/// use liveness_jpeg::{Decoder, Header, Planes, Target};
///
/// let cut = &file[..file.len() - 2]; // without the marker of its end
/// let header = Header::parse(cut)?;
/// let found = Decoder::new().decode(&header, &Target::fit(&header, 64), &mut Planes::new())?;
/// assert!(!found.is_sound() && !found.ended);
/// # Ok::<(), liveness_jpeg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Decoded {
    /// Rows as stored and in full size, from the top, before the place where the data ends, or the header's height if
    /// it is complete. In a progressive file, missing parts of later scans leave rows coarser. That counts as damage,
    /// not as missing.
    pub whole_rows: u32,
    /// The part of the picture that is grey, because its data was lost between restart markers or is missing at the
    /// end: 0 for nothing, 1 to 100 percent, rounded up. For a progressive file, only the part missing at the end.
    pub lost_percent: u8,
    /// Whether the data has any fault.
    pub damaged: bool,
    /// Whether the end of the image follows the last row, and the file was not cut there.
    pub ended: bool,
}

impl Decoder {
    /// A decoder with the default limits.
    pub fn new() -> Self {
        Self { limits: Limits::new(), rows: RowDecoder::new(), shrinkers: std::array::from_fn(|_| Shrinker::new()) }
    }

    /// Sets the limits on the cost of a file. Defaults to [`Limits::new`].
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The limits on the cost of a file.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Decodes a file into `planes`, in the size of `target`. Once the buffers have grown, it allocates nothing
    /// except the coefficients of a large progressive file, which are freed when they have become planes.
    ///
    /// Check the result: a damaged file is no error.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyPixels`], [`Error::TooMuchMemory`] or [`Error::TooManyScans`] for a file over the [`Limits`],
    /// [`Error::InvalidSize`] for a target that is no picture. In each case the planes keep their old content.
    pub fn decode(&mut self, header: &Header<'_>, target: &Target, planes: &mut Planes) -> Result<Decoded, Error> {
        target.check()?;
        self.limits.check(header, target.memory_bytes(header))?;
        let mut requests = [Request { scale: Scale::Full, kept_rows: 0 }; MAX_COMPONENTS];
        for ((request, shrinker), plan) in requests.iter_mut().zip(&mut self.shrinkers).zip(target.plans(header)) {
            *request = Request { scale: plan.scale, kept_rows: shrinker.start(plan.across, plan.down) };
        }
        let found = self.rows.decode(header, &requests, &mut Shrinkers(&mut self.shrinkers));
        let results = self.shrinkers.iter_mut().take(header.components().len()).map(Shrinker::result);
        planes.take(results, target.stored_size(), target.sampling(), target.orientation());
        let whole_rows = u32::try_from(found.whole_rows).unwrap_or(u32::MAX);
        Ok(Decoded { whole_rows, lost_percent: found.lost_percent, damaged: found.damaged, ended: found.ended })
    }
}

impl Decoded {
    /// Whether the file has no fault.
    pub const fn is_sound(&self) -> bool {
        !self.damaged && self.ended
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Decoder {
    /// Prints no buffers, because they contain the last picture.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("limits", &self.limits).finish_non_exhaustive()
    }
}

struct Shrinkers<'a>(&'a mut [Shrinker; MAX_COMPONENTS]);

impl Consume for Shrinkers<'_> {
    fn rows(&mut self, index: usize, ring: &Ring, ready: usize) {
        self.0[index].advance(ring, ready);
    }
}
