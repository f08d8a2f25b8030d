//! How does any photo become one that a vendor accepts? Decode, scale, colour, upright, measure, encode.

use std::time::{Duration, Instant};

use super::clean::clean;
use super::colour::{Colour, to_srgb};
use super::decode::{Damage, Decoded, Source as Opened, has_second_reader};
use super::encode::{Encoded, encode};
use super::error::Reason;
use super::planes::Planes;
use super::resize::{self, Scaler, fit};
use super::{Limits, Measures, Photo, PhotoError, PhotoSpec, Report, Source, SourceFormat, StageTimes};

/// The quality that is always allowed, when a smaller picture is not.
const LOWEST_QUALITY: f32 = 1.0;
/// A step down in size aims at so much of the budget, so that the next attempt rarely needs another.
const STEP_DOWN_AIM: f64 = 0.9;
/// A step down takes off at least so much of the long side.
const STEP_DOWN_MAX_SCALE: f64 = 0.95;

/// Makes photos that a [`PhotoSpec`] allows of whatever a phone uploads. Keeps its buffers from one photo to the next; a program
/// with several threads keeps one in each.
///
/// In: JPEG of any kind but 12-bit, arithmetic, lossless or hierarchical, PNG, WebP, BMP, the first frame of a GIF. Out: an upright
/// baseline JPEG, 4:2:0, sRGB, without metadata, never over the byte limit, at the best quality that fits. What fits as it is
/// passes through without being encoded anew, its metadata cut off.
///
/// ```
/// use liveness::photo::{PhotoSpec, Preparer};
///
/// let file = {
///     // … whatever was uploaded; here a grey BMP of 32×32 px.
/// #   let mut bmp = b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0\x01\0\x18\0\0\0\0\0\0\x0C\0\0".to_vec();
/// #   bmp.extend([0; 16]);
/// #   bmp.resize(54 + 32 * 32 * 3, 128);
/// #   bmp
/// };
/// let mut preparer = Preparer::new(PhotoSpec::TENCENT_MARKET);
/// let photo = preparer.prepare(&file)?;
/// assert!(photo.bytes().len() <= 100_000);
/// assert_eq!((photo.width(), photo.height()), (32, 32));
/// # Ok::<(), liveness::photo::PhotoError>(())
/// ```
#[derive(Debug)]
pub struct Preparer {
    spec: PhotoSpec,
    limits: Limits,
    accept_truncated: bool,
    scaler: Scaler,
    buffers: Buffers,
}

/// What is kept from one photo to the next.
#[derive(Default)]
struct Buffers {
    decoded: Vec<u8>,
    scaled: Vec<u8>,
    scratch: Vec<u8>,
    planes: Planes,
}

impl Preparer {
    /// Prepares photos for `spec`, with the defaults of every other setter.
    pub fn new(spec: PhotoSpec) -> Self {
        Self {
            spec,
            limits: Limits::new(),
            accept_truncated: false,
            scaler: Scaler::default(),
            buffers: Buffers::default(),
        }
    }

    /// What a source may cost at most. Defaults to [`Limits::new`].
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether a photo is taken that lacks some of its rows, as a broken upload leaves it; they are filled with grey or black.
    /// Defaults to `false`.
    #[must_use]
    pub fn with_truncated_accepted(mut self, accepted: bool) -> Self {
        self.accept_truncated = accepted;
        self
    }

    /// Prepares one photo.
    ///
    /// # Errors
    ///
    /// - The person must send another: [`Empty`](super::PhotoErrorKind::Empty),
    ///   [`UnsupportedFormat`](super::PhotoErrorKind::UnsupportedFormat), [`Damaged`](super::PhotoErrorKind::Damaged),
    ///   [`Truncated`](super::PhotoErrorKind::Truncated), [`TooSmall`](super::PhotoErrorKind::TooSmall),
    ///   [`TooNarrow`](super::PhotoErrorKind::TooNarrow), [`TooManyScans`](super::PhotoErrorKind::TooManyScans).
    /// - It is over the [`Limits`]: [`FileTooLarge`](super::PhotoErrorKind::FileTooLarge),
    ///   [`TooManyPixels`](super::PhotoErrorKind::TooManyPixels), [`Memory`](super::PhotoErrorKind::Memory).
    /// - The specification cannot be met: [`BudgetTooSmall`](super::PhotoErrorKind::BudgetTooSmall).
    pub fn prepare(&mut self, file: &[u8]) -> Result<Photo, PhotoError> {
        Ok(self.run(file)?)
    }

    fn run(&mut self, file: &[u8]) -> Result<Photo, Reason> {
        let mut times = StageTimes::default();
        let opened = timed(&mut times.decode, || self.open(file))?;
        let source = Source { bytes: file.len(), ..opened.source };
        let decoded = timed(&mut times.decode, || self.decode(opened.file, source.format))?;
        let max_bytes = self.spec.byte_limit().max_file_bytes();

        let stored = (source.width, source.height);
        let mut size = opened.size;
        let mut min_quality = self.spec.quality_floor().max(LOWEST_QUALITY);
        loop {
            let colour = self.picture(&decoded, &source, size, &mut times)?;
            let planes = &self.buffers.planes;
            let (width, height) = (planes.width as u32, planes.height as u32);
            let measures = timed(&mut times.measure, || Measures::of(&planes.y, planes.width));
            let passed = timed(&mut times.encode, || passing(file, &decoded, &source, size, colour, max_bytes));
            let (bytes, quality) = match passed {
                Some(bytes) => (bytes, None),
                None => match timed(&mut times.encode, || encode(planes, max_bytes, min_quality))? {
                    Encoded::Fits { jpeg, quality } => (jpeg, Some(quality)),
                    Encoded::TooLarge { bytes } => {
                        match self.smaller(stored, size, max_bytes as f64 / bytes as f64) {
                            Some(smaller) => size = smaller,
                            None if min_quality > LOWEST_QUALITY => min_quality = LOWEST_QUALITY,
                            None => return Err(Reason::BudgetTooSmall { max_bytes }),
                        }
                        continue;
                    }
                },
            };
            let report = Report {
                source,
                width,
                height,
                bytes: bytes.len(),
                scale: size.0.max(size.1) as f32 / stored.0.max(stored.1) as f32,
                quality,
                passed_through: quality.is_none(),
                stepped_down: size != opened.size,
                truncated: decoded.damage.is_some(),
                profile_converted: colour.profile_converted,
                measures,
                times,
            };
            return Ok(Photo::prepared(bytes, width, height, report));
        }
    }

    /// Reads the header, and refuses what is over a limit or cannot become a photo of the specification.
    fn open<'a>(&self, file: &'a [u8]) -> Result<Openable<'a>, Reason> {
        self.limits.check_file(file.len())?;
        let format = SourceFormat::sniff(file)?;
        let opened = Opened::open(file, format, &self.limits)?;
        let header = opened.header();
        let (width, height) = (header.width, header.height);
        let min_px = self.spec.min_side_px();
        if width.min(height) < min_px {
            return Err(Reason::TooSmall { width, height, min_px });
        }
        let long_side_px = self.spec.long_side_px().min(self.spec.max_side_px());
        let size = fit(width, height, long_side_px);
        if size.0.min(size.1) < min_px {
            return Err(Reason::TooNarrow { width, height, long_side_px, min_px });
        }
        let (channels, bytes) = opened.cost();
        self.limits.check_memory(bytes.saturating_add(resize::scratch_bytes(channels, (width, height), size)))?;
        let source = Source { format, width, height, bytes: file.len(), orientation: header.orientation };
        Ok(Openable { file: opened, source, size })
    }

    fn decode(&mut self, file: Opened<'_>, format: SourceFormat) -> Result<Decoded, Reason> {
        let decoded = file.decode(&mut self.buffers.decoded)?;
        if decoded.damage == Some(Damage::RowsMissing) && !self.accept_truncated {
            return Err(Reason::Truncated { format });
        }
        Ok(decoded)
    }

    /// Makes the planes of the upright picture of `size` px as stored.
    fn picture(
        &mut self,
        decoded: &Decoded,
        source: &Source,
        size: (u32, u32),
        times: &mut StageTimes,
    ) -> Result<Colour, Reason> {
        let Buffers { decoded: pixels, scaled, scratch, planes } = &mut self.buffers;
        let (layout, stored) = (decoded.layout, (source.width, source.height));
        timed(&mut times.resize, || self.scaler.scale(pixels, layout.channels(), stored, size, scaled))?;
        Ok(timed(&mut times.colour, || {
            let colour = to_srgb(scaled, layout, decoded.profile.as_deref(), scratch);
            if colour.grey {
                planes.set_grey(scaled, size.0 as usize, source.orientation);
            } else {
                planes.set_interleaved(scaled, size.0 as usize, source.orientation, scratch);
            }
            colour
        }))
    }

    /// The next size to try when a picture of `size` px at the lowest quality is over the budget; `None` under the smallest side.
    fn smaller(&self, stored: (u32, u32), size: (u32, u32), budget_share: f64) -> Option<(u32, u32)> {
        let scale = (budget_share * STEP_DOWN_AIM).sqrt().min(STEP_DOWN_MAX_SCALE);
        let long_side = (f64::from(size.0.max(size.1)) * scale) as u32;
        let smaller = fit(stored.0, stored.1, long_side.max(1));
        (smaller != size && smaller.0.min(smaller.1) >= self.spec.min_side_px()).then_some(smaller)
    }
}

/// A source that can become a photo, of `size` px as stored.
struct Openable<'a> {
    file: Opened<'a>,
    source: Source,
    size: (u32, u32),
}

impl std::fmt::Debug for Buffers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buffers").field("decoded_bytes", &self.decoded.capacity()).finish_non_exhaustive()
    }
}

/// The source itself without its metadata, if that is all it takes.
fn passing(
    file: &[u8],
    decoded: &Decoded,
    source: &Source,
    size: (u32, u32),
    colour: Colour,
    max_bytes: usize,
) -> Option<Vec<u8>> {
    let fits = decoded.is_plain_jpeg
        && size == (source.width, source.height)
        && source.orientation == super::Orientation::Upright
        && decoded.damage.is_none()
        && !colour.profile_converted;
    fits.then(|| clean(file).ok()).flatten().filter(|clean| clean.len() <= max_bytes && has_second_reader(clean))
}

fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    *time += start.elapsed();
    done
}
