//! How does any photo become one that a vendor accepts? Decode, scale, colour, upright, measure, encode.

mod clean;
mod colour;
mod decode;
mod finish;
mod resize;

use std::fmt;
use std::time::{Duration, Instant};

use liveness_jpeg::{Decoder, Encoder, Error, Planes, Sampling, Target};
use zeroize::Zeroize;

use crate::photo::{
    Photo,
    error::{PhotoError, Reason},
    limits::Limits,
    measure::Measures,
    orientation::Orientation,
    report::{Report, Source, StageTimes},
    sniff::sniff,
    spec::{MAX_JPEG_SIDE_PX, PhotoSpec},
};
use colour::{Space, Transform, to_srgb};
use decode::{Damage, Decoded, Layout, Planar, Source as Opened};
use resize::{Scaler, fit};

/// The quality that is always allowed, when a smaller picture is not.
const LOWEST_QUALITY: f32 = 1.0;
/// A step down in size aims at so much of the budget, so that the next attempt rarely needs another.
const STEP_DOWN_AIM: f64 = 0.9;
/// A step down takes off at least so much of the long side.
const STEP_DOWN_MAX_SCALE: f64 = 0.95;
/// What a pixel of the photo takes between scaling and the file, in bytes from above: scaled to four channels, converted to three,
/// planes, coefficients of 16 bits with full chroma.
const BYTES_PER_RESULT: u64 = 4 + 3 + 3 + 6;
/// The same of a JPEG that is decoded into planes, beside these: interleaved and converted for a profile, coefficients.
const BYTES_PER_PLANAR_RESULT: u64 = 3 + 3 + 6;
const FAILED: Reason = Reason::Internal { stage: "decode" };
const NO_LIMITS: liveness_jpeg::Limits =
    liveness_jpeg::Limits::new().with_max_pixels(u64::MAX).with_max_memory_bytes(u64::MAX);
/// What a pixel takes in the two decoders that read again what passes through.
const BYTES_PER_REREAD: u64 = 6;

/// Makes photos that a [`PhotoSpec`] allows of whatever a phone uploads. Keeps its buffers from one photo to the next; a program
/// with several threads keeps one in each.
///
/// In: JPEG of any kind but 12-bit, arithmetic, lossless or hierarchical, PNG, WebP, BMP, the first frame of a GIF. Out: an upright
/// baseline JPEG, 4:2:0 (4:4:4 if the source is and there is room for it), sRGB, without metadata, never over the byte limit, at the best quality up to 95 that fits. What fits as it is
/// passes through without being encoded anew, in its own quality and sampling, its metadata cut off.
///
/// Its buffers are zeroed when it is dropped; those of the libraries for everything but baseline JPEG (decoders, resizer, colour
/// conversion) are not.
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
    decoder: Decoder,
    scaler: Scaler,
    encoder: Encoder,
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
            // What a file may cost is settled before it is decoded, by our own limits.
            decoder: Decoder::new().with_limits(NO_LIMITS),
            scaler: Scaler::default(),
            encoder: Encoder::new(),
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
    /// - The person must send another: [`Empty`](crate::photo::PhotoErrorKind::Empty),
    ///   [`UnsupportedFormat`](crate::photo::PhotoErrorKind::UnsupportedFormat), [`Damaged`](crate::photo::PhotoErrorKind::Damaged),
    ///   [`Truncated`](crate::photo::PhotoErrorKind::Truncated), [`TooSmall`](crate::photo::PhotoErrorKind::TooSmall),
    ///   [`TooNarrow`](crate::photo::PhotoErrorKind::TooNarrow), [`TooManyScans`](crate::photo::PhotoErrorKind::TooManyScans).
    /// - It is over the [`Limits`]: [`FileTooLarge`](crate::photo::PhotoErrorKind::FileTooLarge),
    ///   [`TooManyPixels`](crate::photo::PhotoErrorKind::TooManyPixels), [`Memory`](crate::photo::PhotoErrorKind::Memory).
    /// - The specification cannot be met: [`BudgetTooSmall`](crate::photo::PhotoErrorKind::BudgetTooSmall).
    pub fn prepare(&mut self, file: &[u8]) -> Result<Photo, PhotoError> {
        Ok(self.run(file)?)
    }

    fn run(&mut self, file: &[u8]) -> Result<Photo, Reason> {
        let mut times = StageTimes::default();
        let opened = timed(&mut times.decode, || self.open(file))?;
        let source = opened.source;
        let origin = match opened.file.into_planar() {
            Ok(planar) => Origin::Planar(planar),
            Err(file) => Origin::Pixels(timed(&mut times.decode, || file.decode(&mut self.buffers.decoded))?),
        };
        let transform = timed(&mut times.colour, || origin.transform());
        let max_bytes = self.spec.byte_limit().max_file_bytes();

        let stored = (source.width, source.height);
        let mut size = opened.size;
        let mut min_quality = self.spec.quality_floor().max(LOWEST_QUALITY);
        loop {
            let picture = match &origin {
                Origin::Planar(planar) => self.planar_picture(planar, transform.as_ref(), &source, size, &mut times)?,
                Origin::Pixels(decoded) => self.picture(decoded, transform.as_ref(), &source, size, &mut times)?,
            };
            if picture.damage == Some(Damage::RowsMissing) && !self.accept_truncated {
                return Err(Reason::Truncated { format: source.format });
            }
            let planes = &mut self.buffers.planes;
            if !picture.keeps_chroma {
                timed(&mut times.colour, || planes.halve_chroma());
            }
            let (width, height) = (planes.width(), planes.height());
            let measures = timed(&mut times.measure, || Measures::of(planes.y(), width as usize));
            let encode = &mut times.encode;
            let passed = timed(encode, || picture.passes(&source, size).then(|| finish::pass_through(file, max_bytes)));
            let (bytes, quality) = if let Some(bytes) = passed.flatten() {
                (bytes, None)
            } else {
                match timed(encode, || finish::encode(&mut self.encoder, planes, max_bytes, min_quality)) {
                    Ok(file) => (file.bytes, Some(file.quality)),
                    Err(Error::OverBudget { bytes, .. }) => {
                        match self.smaller(stored, size, max_bytes as f64 / bytes as f64) {
                            Some(smaller) => size = smaller,
                            None if min_quality > LOWEST_QUALITY => min_quality = LOWEST_QUALITY,
                            None => return Err(Reason::BudgetTooSmall { max_bytes }),
                        }
                        continue;
                    }
                    Err(_) => return Err(Reason::Internal { stage: "encode" }),
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
                truncated: picture.damage.is_some(),
                profile_converted: transform.is_some(),
                measures,
                times,
            };
            return Ok(Photo::prepared(bytes, width, height, report));
        }
    }

    /// Reads the header, and refuses what is over a limit or cannot become a photo of the specification.
    fn open<'a>(&self, file: &'a [u8]) -> Result<Openable<'a>, Reason> {
        self.limits.check_file(file.len())?;
        let format = sniff(file)?;
        let opened = Opened::open(file, format, &self.limits)?;
        let header = opened.header();
        let (width, height) = (header.width, header.height);
        let min_px = self.spec.min_side_px();
        if width.min(height) < min_px {
            return Err(Reason::TooSmall { width, height, min_px });
        }
        let long_side_px = self.spec.long_side_px().min(self.spec.max_side_px()).min(MAX_JPEG_SIDE_PX);
        let size = fit(width, height, long_side_px);
        if size.0.min(size.1) < min_px {
            return Err(Reason::TooNarrow { width, height, long_side_px, min_px });
        }
        let decoding = match opened.planar_header() {
            Some(header) => {
                let target = Target::new(size.0, size.1).with_sampling(Sampling::S444);
                target.memory_bytes(header) + padded_px(size) * BYTES_PER_PLANAR_RESULT
            }
            None => {
                let cost = opened.cost();
                let scaling = resize::scratch_bytes(cost.channels, (width, height), size);
                let result = padded_px(size) * BYTES_PER_RESULT;
                cost.decoded.saturating_add(cost.working.max(scaling)).saturating_add(result)
            }
        };
        let rereading = if size == (width, height) { padded_px(size) * BYTES_PER_REREAD } else { 0 };
        self.limits.check_memory(decoding.saturating_add(rereading))?;
        let source = Source { format, width, height, bytes: file.len(), orientation: header.orientation };
        Ok(Openable { file: opened, source, size })
    }

    /// Makes the planes of the upright picture of `size` px as stored, of decoded pixels.
    fn picture(
        &mut self,
        decoded: &Decoded,
        transform: Option<&Transform>,
        source: &Source,
        size: (u32, u32),
        times: &mut StageTimes,
    ) -> Result<Picture, Reason> {
        let Buffers { decoded: pixels, scaled, .. } = &mut self.buffers;
        let (layout, stored) = (decoded.layout, (source.width, source.height));
        timed(&mut times.resize, || self.scaler.scale(pixels, layout.channels(), stored, size, scaled))?;
        timed(&mut times.colour, || self.buffers.set_planes(layout, transform, size, source.orientation))?;
        let Decoded { damage, is_plain_jpeg, has_full_chroma, .. } = *decoded;
        Ok(Picture {
            damage,
            is_plain_jpeg: is_plain_jpeg && transform.is_none(),
            keeps_chroma: has_full_chroma && finish::has_room_for_chroma(size, self.spec.byte_limit().max_file_bytes()),
        })
    }

    /// The same of a JPEG that the fast path takes, decoding and scaling in one.
    fn planar_picture(
        &mut self,
        planar: &Planar<'_>,
        transform: Option<&Transform>,
        source: &Source,
        size: (u32, u32),
        times: &mut StageTimes,
    ) -> Result<Picture, Reason> {
        let Planar { header, is_plain_jpeg, .. } = planar;
        let keeps_chroma =
            header.has_full_chroma() && finish::has_room_for_chroma(size, self.spec.byte_limit().max_file_bytes());
        let target = Target::new(size.0, size.1);
        let target = match transform {
            // Converted as stored, and turned afterwards.
            Some(_) => target.with_sampling(Sampling::S444),
            None => target
                .with_sampling(if keeps_chroma { Sampling::S444 } else { Sampling::S420 })
                .with_orientation(turn(source.orientation)),
        };
        let Buffers { scaled, planes, .. } = &mut self.buffers;
        let decoded = timed(&mut times.decode, || self.decoder.decode(header, &target, planes)).map_err(|_| FAILED)?;
        let damage = if decoded.whole_rows < header.height() {
            Some(Damage::RowsMissing)
        } else if decoded.is_sound() {
            None
        } else {
            Some(Damage::RowsComplete)
        };
        if transform.is_some() {
            timed(&mut times.colour, || {
                scaled.clear();
                match planar.layout() {
                    Layout::Grey => scaled.extend_from_slice(planes.y()),
                    _ => {
                        let chroma = planes.cb().iter().zip(planes.cr());
                        scaled.extend(planes.y().iter().zip(chroma).flat_map(|(&y, (&cb, &cr))| [y, cb, cr]));
                    }
                }
            });
            timed(&mut times.colour, || self.buffers.set_planes(planar.layout(), transform, size, source.orientation))?;
        }
        Ok(Picture { damage, is_plain_jpeg: *is_plain_jpeg && transform.is_none(), keeps_chroma })
    }

    /// The next size to try when a picture of `size` px at the lowest quality is over the budget; `None` under the smallest side.
    fn smaller(&self, stored: (u32, u32), size: (u32, u32), budget_share: f64) -> Option<(u32, u32)> {
        let scale = (budget_share * STEP_DOWN_AIM).sqrt().min(STEP_DOWN_MAX_SCALE);
        let long_side = (f64::from(size.0.max(size.1)) * scale) as u32;
        let smaller = fit(stored.0, stored.1, long_side.max(1));
        (smaller != size && smaller.0.min(smaller.1) >= self.spec.min_side_px()).then_some(smaller)
    }
}

impl fmt::Debug for Preparer {
    /// Without the buffers, which hold the last photo.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preparer")
            .field("spec", &self.spec)
            .field("limits", &self.limits)
            .field("accept_truncated", &self.accept_truncated)
            .finish_non_exhaustive()
    }
}

impl Buffers {
    /// Makes the planes of the scaled pixels.
    fn set_planes(
        &mut self,
        layout: Layout,
        transform: Option<&Transform>,
        size: (u32, u32),
        orientation: Orientation,
    ) -> Result<(), Reason> {
        let Self { scaled, scratch, planes, .. } = self;
        let (width, height) = size;
        match to_srgb(scaled, layout, transform, scratch) {
            Space::Grey => planes.set_grey(scaled, width, height, turn(orientation)),
            Space::YCbCr => planes.set_ycbcr(scaled, width, height, turn(orientation)),
            Space::Rgb => planes.set_rgb(scaled, width, height, turn(orientation)),
        }
        .map_err(|_| FAILED)
    }
}

/// What a photo is made of.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time on the stack, where a box would be an allocation for every photo"
)]
enum Origin<'a> {
    Pixels(Decoded),
    Planar(Planar<'a>),
}

impl Origin<'_> {
    /// How its colours become sRGB, if they are not yet.
    fn transform(&self) -> Option<Transform> {
        let (profile, layout) = match self {
            Self::Pixels(decoded) => (&decoded.profile, decoded.layout),
            Self::Planar(planar) => (&planar.profile, planar.layout()),
        };
        Transform::new(profile.as_deref()?, layout)
    }
}

/// What is known of the picture in the planes.
struct Picture {
    damage: Option<Damage>,
    /// Whether it is a plain JPEG whose colours stand as they are.
    is_plain_jpeg: bool,
    /// Whether the source has as much chroma as luma, and the photo may have room for it.
    keeps_chroma: bool,
}

impl Picture {
    /// Whether it is the source as it stands, so that the file itself may be the photo.
    fn passes(&self, source: &Source, size: (u32, u32)) -> bool {
        self.is_plain_jpeg
            && size == (source.width, source.height)
            && source.orientation == Orientation::Upright
            && self.damage.is_none()
    }
}

/// A source that can become a photo, of `size` px as stored.
struct Openable<'a> {
    file: Opened<'a>,
    source: Source,
    size: (u32, u32),
}

impl Drop for Buffers {
    fn drop(&mut self) {
        [&mut self.decoded, &mut self.scaled, &mut self.scratch].into_iter().for_each(Zeroize::zeroize);
    }
}

/// The pixels of a photo of that size in whole tiles of coefficients, of 128×16 px, whichever way the picture is turned.
fn padded_px(size: (u32, u32)) -> u64 {
    u64::from(size.0).next_multiple_of(128) * u64::from(size.1).next_multiple_of(128)
}

/// The codec's word for it.
fn turn(orientation: Orientation) -> liveness_jpeg::Orientation {
    liveness_jpeg::Orientation::from_exif(orientation.to_exif()).unwrap_or_default()
}

fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    *time += start.elapsed();
    done
}
