//! Prepares any photo for a vendor: decode, scale, colour, upright, measure, encode.

mod clean;
mod colour;
mod decode;
mod finish;
mod planes;
mod resize;
mod samples;
mod tables;
mod timed;

use std::fmt;

use liveness_jpeg::{Encoder, Error};

use crate::photo::{
    Photo,
    error::{PhotoError, Reason},
    limits::Limits,
    measure::Measures,
    orientation::Orientation,
    report::{Report, Source, StageTimes},
    sharpness::Edges,
    sniff::sniff,
    spec::{MAX_JPEG_SIDE_PX, PhotoSpec},
};
use decode::Damage;
use planes::{Picture, PlaneMaker};
use resize::fit;
use timed::timed;

/// The quality that is always allowed where a smaller picture is not.
const LOWEST_QUALITY: f32 = 1.0;
/// The share of the budget that a step down in size aims at, so that the next attempt rarely needs another.
const STEP_DOWN_AIM: f64 = 0.9;
/// The least part of the long side that a step down takes off.
const STEP_DOWN_MAX_SCALE: f64 = 0.95;

/// Converts any upload of a phone to a photo that a [`PhotoSpec`] allows. It keeps its buffers from one photo to the
/// next; a program with several threads should have one in each.
///
/// Input: JPEG (except 12-bit, arithmetic, lossless and hierarchical), PNG, WebP, BMP, GIF, and HEIC with the feature
/// `heic`; of an animation, the first picture. Output: an upright baseline JPEG, 4:2:0 (4:4:4 if the source is and
/// there is room for it), sRGB, without metadata, never over the byte limit, at the best quality up to 95 that fits.
/// A source that already fits is passed through without encoding it again, in its own quality and sampling and
/// without its metadata.
///
/// Its buffers are zeroed when it is dropped. Those of the libraries for everything except baseline and progressive
/// JPEG (decoders, resizer, colour conversion) are not.
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
pub struct Preparer {
    spec: PhotoSpec,
    limits: Limits,
    accept_truncated: bool,
    planes: PlaneMaker,
    edges: Edges,
    encoder: Encoder,
}

impl Preparer {
    /// Prepares photos for `spec`, with the defaults of every other setter.
    pub fn new(spec: PhotoSpec) -> Self {
        Self {
            spec,
            limits: Limits::new(),
            accept_truncated: false,
            planes: PlaneMaker::new(),
            edges: Edges::default(),
            encoder: Encoder::new(),
        }
    }

    /// Sets the limits on the cost of a source. Defaults to [`Limits::new`].
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets whether a photo is accepted that lacks some of its rows, such as a broken upload. The missing rows are
    /// filled with grey or black. Defaults to `false`.
    #[must_use]
    pub fn with_truncated_accepted(mut self, accepted: bool) -> Self {
        self.accept_truncated = accepted;
        self
    }

    /// Prepares one photo.
    ///
    /// # Errors
    ///
    /// - The person must send another photo: [`Empty`](crate::photo::PhotoErrorKind::Empty),
    ///   [`UnsupportedFormat`](crate::photo::PhotoErrorKind::UnsupportedFormat),
    ///   [`Damaged`](crate::photo::PhotoErrorKind::Damaged), [`Truncated`](crate::photo::PhotoErrorKind::Truncated),
    ///   [`TooSmall`](crate::photo::PhotoErrorKind::TooSmall),
    ///   [`TooNarrow`](crate::photo::PhotoErrorKind::TooNarrow),
    ///   [`TooManyScans`](crate::photo::PhotoErrorKind::TooManyScans).
    /// - It is over the [`Limits`]: [`FileTooLarge`](crate::photo::PhotoErrorKind::FileTooLarge),
    ///   [`TooManyPixels`](crate::photo::PhotoErrorKind::TooManyPixels), [`Memory`](crate::photo::PhotoErrorKind::Memory).
    /// - The specification cannot be met: [`BudgetTooSmall`](crate::photo::PhotoErrorKind::BudgetTooSmall).
    pub fn prepare(&mut self, file: &[u8]) -> Result<Photo, PhotoError> {
        let mut times = StageTimes::default();
        let opened = timed(&mut times.decode, || self.open(file))?;
        let source = opened.source;
        let origin = self.planes.read(opened.file, &mut times)?;
        let max_bytes = self.spec.byte_limit().max_file_bytes();

        let stored = (source.width, source.height);
        let mut size = opened.size;
        let mut min_quality = self.spec.quality_floor().max(LOWEST_QUALITY);
        let mut made: Option<(Picture, (u32, u32))> = None;
        loop {
            let is_room = finish::has_room_for_chroma(size, max_bytes);
            // At a lower quality the same planes are encoded again.
            let picture = match made.take() {
                Some((picture, of)) if of == size => picture,
                _ => self.planes.make(&origin, &source, size, is_room, &mut times)?,
            };
            match picture.damage {
                Some(Damage::RowsMissing) if !self.accept_truncated => {
                    return Err(Reason::Truncated { format: source.format }.into());
                }
                Some(Damage::PartsLost | Damage::RowsUnread) if !self.accept_truncated => {
                    return Err(Reason::Damaged { format: source.format }.into());
                }
                _ => {}
            }
            let planes = self.planes.planes();
            let (width, height) = (planes.width(), planes.height());
            let edges = &mut self.edges;
            let measures = timed(&mut times.measure, || Measures::of(planes.y(), width as usize, edges));
            let encode = &mut times.encode;
            let passed =
                timed(encode, || passes(&picture, &source, size).then(|| finish::pass_through(file, max_bytes)));
            let (bytes, quality) = if let Some(bytes) = passed.flatten() {
                (bytes, None)
            } else {
                match timed(encode, || finish::encode(&mut self.encoder, planes, max_bytes, min_quality)) {
                    Ok(file) => (file.bytes, Some(file.quality)),
                    Err(error) => {
                        let Error::OverBudget { bytes, .. } = error else {
                            return Err(PhotoError::caused_by(Reason::Internal { stage: "encode" }, error));
                        };
                        made = Some((picture, size));
                        match self.smaller(stored, size, max_bytes as f64 / bytes as f64) {
                            Some(smaller) => size = smaller,
                            None if min_quality > LOWEST_QUALITY => min_quality = LOWEST_QUALITY,
                            None => return Err(PhotoError::caused_by(Reason::BudgetTooSmall { max_bytes }, error)),
                        }
                        continue;
                    }
                }
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
                truncated: matches!(picture.damage, Some(Damage::RowsMissing | Damage::RowsUnread)),
                damaged: matches!(picture.damage, Some(Damage::RowsComplete | Damage::PartsLost)),
                lost_percent: picture.lost_percent,
                profile_converted: origin.is_converted(),
                measures,
                times,
            };
            return Ok(Photo::prepared(bytes, width, height, report));
        }
    }

    /// Reads the header, and refuses a source that is over a limit or cannot become a photo of the specification.
    fn open<'a>(&self, file: &'a [u8]) -> Result<Opened<'a>, PhotoError> {
        self.limits.check_file(file.len())?;
        let format = sniff(file)?;
        let long_side_px = self.spec.long_side_px().min(self.spec.max_side_px()).min(MAX_JPEG_SIDE_PX);
        let (header, opened) = decode::open(file, format, &self.limits, long_side_px)?;
        let (width, height) = (header.width, header.height);
        let min_px = self.spec.min_side_px();
        if width.min(height) < min_px {
            return Err(Reason::TooSmall { width, height, min_px }.into());
        }
        let size = fit(width, height, long_side_px);
        if size.0.min(size.1) < min_px {
            return Err(Reason::TooNarrow { width, height, long_side_px, min_px }.into());
        }
        self.limits.check_memory((width, height), planes::memory_bytes(&opened, (width, height), size))?;
        let source = Source {
            format,
            width,
            height,
            bytes: file.len(),
            orientation: header.orientation,
            animated: header.is_animated,
        };
        Ok(Opened { file: opened, source, size })
    }

    /// The next size to try when a picture of `size` px at the lowest quality is over the budget; `None` under the smallest side.
    fn smaller(&self, stored: (u32, u32), size: (u32, u32), budget_share: f64) -> Option<(u32, u32)> {
        let scale = (budget_share * STEP_DOWN_AIM).sqrt().min(STEP_DOWN_MAX_SCALE);
        let long_side = (f64::from(size.0.max(size.1)) * scale) as u32;
        let smaller = fit(stored.0, stored.1, long_side.max(1));
        (smaller != size && smaller.0.min(smaller.1) >= self.spec.min_side_px()).then_some(smaller)
    }
}

impl Clone for Preparer {
    /// A copy with the same settings and its own empty buffers.
    fn clone(&self) -> Self {
        Self::new(self.spec).with_limits(self.limits).with_truncated_accepted(self.accept_truncated)
    }
}

impl fmt::Debug for Preparer {
    /// Prints no buffers, because they contain the last photo.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preparer")
            .field("spec", &self.spec)
            .field("limits", &self.limits)
            .field("accept_truncated", &self.accept_truncated)
            .finish_non_exhaustive()
    }
}

/// A source that can become a photo, of `size` px as stored.
struct Opened<'a> {
    file: decode::Source<'a>,
    source: Source,
    size: (u32, u32),
}

/// Whether the picture is the unchanged source, so that the file itself may be the photo.
fn passes(picture: &Picture, source: &Source, size: (u32, u32)) -> bool {
    picture.is_plain_jpeg
        && size == (source.width, source.height)
        && source.orientation == Orientation::Upright
        && picture.damage.is_none()
}
