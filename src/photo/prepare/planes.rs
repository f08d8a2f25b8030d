//! Converts a source to the upright planes of its photo: decoded, scaled, in sRGB.

use liveness_jpeg::{Decoder, Limits as NoLimits, Planes, RowScaler, Sampling, Target};
use zeroize::Zeroize;

use crate::photo::{
    error::{PhotoError, Reason},
    orientation::Orientation,
    prepare::{
        colour::{Space, Transform, to_srgb},
        decode::{Damage, Decoded, Layout, Planar, PlanesByRow, RowByRow, Source},
        resize::{self, Scaler},
        samples::Coding,
        timed::timed,
    },
    report::{self, StageTimes},
};

/// The bytes of a pixel of the photo between scaling and the file, as an upper bound: scaled to four channels,
/// converted to three, planes, coefficients of 16 bits with full chroma.
const BYTES_PER_RESULT: u64 = 4 + 3 + 3 + 6;
/// The same of a JPEG that is decoded into planes, beside these: interleaved and converted for a profile, coefficients.
const BYTES_PER_PLANAR_RESULT: u64 = 3 + 3 + 6;
/// The bytes of a pixel in the two decoders that read a passed-through file again.
const BYTES_PER_REREAD: u64 = 6;
/// The caller's limits decide about the cost of a file before it is decoded.
const NO_LIMITS: NoLimits = NoLimits::new().with_max_pixels(u64::MAX).with_max_memory_bytes(u64::MAX);
/// The largest loss between a picture's ends; with more, the lost part may include the face.
const MAX_LOST_PERCENT: u8 = 26;
const DECODE: Reason = Reason::Internal { stage: "decode" };

/// Makes planes; keeps its buffers from one photo to the next, and zeroes them when it is dropped.
pub(super) struct PlaneMaker {
    decoder: Decoder,
    /// Of interleaved pixels, or of each plane.
    rows: [RowScaler; 3],
    scaler: Scaler,
    decoded: Vec<u8>,
    scaled: Vec<u8>,
    scratch: Vec<u8>,
    planes: Planes,
}

/// The input of the planes, used again for each size that is tried.
pub(super) struct Origin<'a> {
    kind: Kind<'a>,
    /// The conversion of its colours to sRGB, if it needs one.
    transform: Option<Transform>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one at a time on the stack, where a box would be an allocation for every photo"
)]
enum Kind<'a> {
    Planar(Planar<'a>),
    Rows(Box<dyn RowByRow + 'a>),
    PlaneRows(Box<dyn PlanesByRow + 'a>),
    Pixels(Decoded),
}

/// The buffers for a picture of Y, Cb and Cr, each scaled separately.
struct Parts {
    layout: Layout,
    coding: Coding,
    orientation: Orientation,
    /// Of luma, and of chroma.
    sizes: [(u32, u32); 2],
}

impl Parts {
    fn new(
        layout: Layout,
        coding: Coding,
        transform: Option<&Transform>,
        orientation: Orientation,
        size: (u32, u32),
        keeps_chroma: bool,
    ) -> Self {
        // Half of an odd side would move chroma by half a sample; a picture that is turned or converted first has
        // whole chroma for each px.
        let is_direct = layout == Layout::YCbCr
            && coding.is_jpegs_matrix()
            && transform.is_none()
            && orientation == Orientation::Upright
            && !keeps_chroma
            && size.0.is_multiple_of(2)
            && size.1.is_multiple_of(2);
        let chroma = if is_direct { (size.0 / 2, size.1 / 2) } else { size };
        Self { layout, coding, orientation, sizes: [size, chroma] }
    }
}

/// Facts about the picture in the planes.
pub(super) struct Picture {
    pub(super) damage: Option<Damage>,
    /// How much of it is filled in, in percent, as far as it is known.
    pub(super) lost_percent: u8,
    /// Whether the source is a plain JPEG whose colours stay unchanged.
    pub(super) is_plain_jpeg: bool,
    /// Whether the source has as much chroma as luma, and the photo may have room for it.
    pub(super) keeps_chroma: bool,
}

impl PlaneMaker {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new().with_limits(NO_LIMITS),
            rows: std::array::from_fn(|_| RowScaler::new()),
            scaler: Scaler::default(),
            decoded: Vec::new(),
            scaled: Vec::new(),
            scratch: Vec::new(),
            planes: Planes::new(),
        }
    }

    /// Decodes a source that must be decoded whole, and reads the profile.
    pub(super) fn read<'a>(&mut self, source: Source<'a>, times: &mut StageTimes) -> Result<Origin<'a>, PhotoError> {
        let kind = match source {
            Source::Planar(planar) => Kind::Planar(planar),
            Source::Rows(rows) => Kind::Rows(rows),
            Source::PlaneRows(rows) => Kind::PlaneRows(rows),
            Source::Whole(file) => Kind::Pixels(timed(&mut times.decode, || file.decode(&mut self.decoded))?),
        };
        let (profile, layout) = match &kind {
            Kind::Pixels(decoded) => (decoded.profile.as_deref(), decoded.layout),
            Kind::Planar(planar) => (planar.profile.as_deref(), planar.layout()),
            Kind::Rows(rows) => (rows.profile(), rows.layout()),
            Kind::PlaneRows(rows) => (rows.profile(), Layout::YCbCr),
        };
        let transform = timed(&mut times.colour, || Transform::new(profile?, layout));
        Ok(Origin { kind, transform })
    }

    /// Makes the planes of the upright picture of `size` px as stored, with all the source's chroma where there `is_room`.
    pub(super) fn make(
        &mut self,
        origin: &Origin<'_>,
        source: &report::Source,
        size: (u32, u32),
        is_room: bool,
        times: &mut StageTimes,
    ) -> Result<Picture, PhotoError> {
        let transform = origin.transform.as_ref();
        let picture = match &origin.kind {
            Kind::Planar(planar) => self.of_planar(planar, transform, source.orientation, (size, is_room), times)?,
            Kind::Rows(rows) => {
                let (layout, stored) = (rows.layout(), (source.width, source.height));
                let [scaler, ..] = &mut self.rows;
                let damage = timed(&mut times.decode, || {
                    scaler.start(layout.channels(), stored, size);
                    rows.read(scaler)
                })?;
                std::mem::swap(scaler.result(), &mut self.scaled);
                timed(&mut times.colour, || self.of_scaled(layout, transform, size, source.orientation))?;
                Picture {
                    damage,
                    lost_percent: 0,
                    is_plain_jpeg: false,
                    keeps_chroma: layout == Layout::Rgb && is_room,
                }
            }
            Kind::PlaneRows(rows) => {
                let parts = Parts::new(Layout::YCbCr, rows.coding(), transform, source.orientation, size, false);
                timed(&mut times.decode, || rows.read(&mut self.rows, parts.sizes))?;
                let scaled = self.rows.each_mut().map(|scaler| std::mem::take(scaler.result()));
                timed(&mut times.colour, || self.of_parts(&parts, scaled, transform))?;
                Picture { damage: None, lost_percent: 0, is_plain_jpeg: false, keeps_chroma: false }
            }
            Kind::Pixels(decoded @ Decoded { planes: Some(planes), layout, .. }) => {
                let (stored, keeps_chroma) = ((source.width, source.height), decoded.has_full_chroma && is_room);
                let parts = Parts::new(*layout, planes.coding, transform, source.orientation, size, keeps_chroma);
                let (scaler, luma) = (&mut self.scaler, &self.decoded);
                let scaled = timed(&mut times.resize, || planes.scale(scaler, luma, stored, parts.sizes))?;
                timed(&mut times.colour, || self.of_parts(&parts, scaled, transform))?;
                Picture { damage: decoded.damage, lost_percent: 0, is_plain_jpeg: false, keeps_chroma }
            }
            Kind::Pixels(decoded) => {
                let (layout, stored) = (decoded.layout, (source.width, source.height));
                let (scaler, scaled) = (&mut self.scaler, &mut self.scaled);
                timed(&mut times.resize, || scaler.scale(&self.decoded, layout.channels(), stored, size, scaled))?;
                timed(&mut times.colour, || self.of_scaled(layout, transform, size, source.orientation))?;
                let Decoded { damage, is_plain_jpeg, has_full_chroma, .. } = *decoded;
                Picture { damage, lost_percent: 0, is_plain_jpeg, keeps_chroma: has_full_chroma && is_room }
            }
        };
        if !picture.keeps_chroma {
            timed(&mut times.colour, || self.planes.halve_chroma());
        }
        Ok(Picture { is_plain_jpeg: picture.is_plain_jpeg && transform.is_none(), ..picture })
    }

    /// The planes last made.
    pub(super) fn planes(&mut self) -> &mut Planes {
        &mut self.planes
    }

    /// Decodes and scales in one.
    fn of_planar(
        &mut self,
        planar: &Planar<'_>,
        transform: Option<&Transform>,
        orientation: Orientation,
        (size, is_room): ((u32, u32), bool),
        times: &mut StageTimes,
    ) -> Result<Picture, PhotoError> {
        let Planar { header, is_plain_jpeg, .. } = planar;
        let keeps_chroma = header.has_full_chroma() && is_room;
        let target = Target::new(size.0, size.1);
        let target = match transform {
            // Converted as stored, and turned afterwards.
            Some(_) => target.with_sampling(Sampling::S444),
            None => target
                .with_sampling(if keeps_chroma { Sampling::S444 } else { Sampling::S420 })
                .with_orientation(codec(orientation)),
        };
        let decoded = timed(&mut times.decode, || self.decoder.decode(header, &target, &mut self.planes))
            .map_err(|error| PhotoError::caused_by(DECODE, error))?;
        if transform.is_some() {
            timed(&mut times.colour, || {
                let (planes, layout) = (&self.planes, planar.layout());
                self.scaled.clear();
                if layout == Layout::Grey {
                    self.scaled.extend_from_slice(planes.y());
                } else {
                    let chroma = planes.cb().iter().zip(planes.cr());
                    self.scaled.extend(planes.y().iter().zip(chroma).flat_map(|(&y, (&cb, &cr))| [y, cb, cr]));
                }
                self.of_scaled(layout, transform, size, orientation)
            })?;
        }
        let damage = match decoded.lost_percent {
            _ if decoded.whole_rows < header.height() => Some(Damage::RowsMissing),
            MAX_LOST_PERCENT.. => Some(Damage::PartsLost),
            _ => (!decoded.is_sound()).then_some(Damage::RowsComplete),
        };
        Ok(Picture { damage, lost_percent: decoded.lost_percent, is_plain_jpeg: *is_plain_jpeg, keeps_chroma })
    }

    /// Makes the planes of scaled Y, Cb and Cr with the meaning that a video codec gives them.
    fn of_parts(
        &mut self,
        parts: &Parts,
        mut scaled: [Vec<u8>; 3],
        transform: Option<&Transform>,
    ) -> Result<(), PhotoError> {
        let Parts { layout, coding, orientation, sizes: [size, chroma_size] } = *parts;
        let (of_luma, of_chroma) = (coding.luma(), coding.chroma());
        for (plane, table) in scaled.iter_mut().zip([&of_luma, &of_chroma, &of_chroma]) {
            plane.iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
        }
        if chroma_size != size {
            self.planes = Planes::from_yuv(size.0, size.1, Sampling::S420, scaled)
                .map_err(|error| PhotoError::caused_by(DECODE, error))?;
            return Ok(());
        }
        let [luma, cb, cr] = &scaled;
        self.scaled.clear();
        let layout = match layout {
            Layout::Grey => {
                self.scaled.extend_from_slice(luma);
                Layout::Grey
            }
            _ => {
                let samples = luma.iter().zip(cb.iter().zip(cr)).map(|(&y, (&cb, &cr))| [y, cb, cr]);
                if coding.is_jpegs_matrix() {
                    self.scaled.extend(samples.flatten());
                    Layout::YCbCr
                } else {
                    self.scaled.extend(samples.flat_map(|samples| coding.rgb(samples)));
                    Layout::Rgb
                }
            }
        };
        scaled.zeroize();
        self.of_scaled(layout, transform, size, orientation)
    }

    /// Makes the planes of scaled pixels.
    fn of_scaled(
        &mut self,
        layout: Layout,
        transform: Option<&Transform>,
        (width, height): (u32, u32),
        orientation: Orientation,
    ) -> Result<(), PhotoError> {
        let Self { scaled, scratch, planes, .. } = self;
        let orientation = codec(orientation);
        match to_srgb(scaled, layout, transform, scratch) {
            Space::Grey => planes.set_grey(scaled, width, height, orientation),
            Space::YCbCr => planes.set_ycbcr(scaled, width, height, orientation),
            Space::Rgb => planes.set_rgb(scaled, width, height, orientation),
        }
        .map_err(|error| PhotoError::caused_by(DECODE, error))
    }
}

impl Drop for PlaneMaker {
    fn drop(&mut self) {
        [&mut self.decoded, &mut self.scaled, &mut self.scratch].into_iter().for_each(Zeroize::zeroize);
    }
}

impl Origin<'_> {
    /// Whether a profile other than sRGB is converted.
    pub(super) fn is_converted(&self) -> bool {
        self.transform.is_some()
    }
}

/// The bytes that a photo of `size` px takes from decoding to the finished file, as an upper bound.
pub(super) fn memory_bytes(source: &Source<'_>, stored: (u32, u32), size: (u32, u32)) -> u64 {
    // Coefficients are in tiles of 128×16 px, whichever way the picture is turned.
    let result_px = u64::from(size.0).next_multiple_of(128) * u64::from(size.1).next_multiple_of(128);
    let decoding = match source {
        Source::Planar(planar) => {
            let target = Target::new(size.0, size.1).with_sampling(Sampling::S444);
            target.memory_bytes(&planar.header) + result_px * BYTES_PER_PLANAR_RESULT
        }
        Source::Rows(rows) => {
            let scaling = RowScaler::memory_bytes(rows.layout().channels(), stored, size);
            rows.memory_bytes().saturating_add(scaling).saturating_add(result_px * BYTES_PER_RESULT)
        }
        Source::PlaneRows(rows) => {
            let scaling = RowScaler::memory_bytes(1, stored, size);
            rows.memory_bytes().saturating_add(scaling * 3).saturating_add(result_px * BYTES_PER_RESULT)
        }
        Source::Whole(file) => {
            let cost = file.cost();
            let scaling = resize::scratch_bytes(cost.channels, stored, size);
            cost.decoded.saturating_add(cost.working.max(scaling)).saturating_add(result_px * BYTES_PER_RESULT)
        }
    };
    let rereading = if size == stored { result_px * BYTES_PER_REREAD } else { 0 };
    decoding.saturating_add(rereading)
}

/// The codec's word for it.
fn codec(orientation: Orientation) -> liveness_jpeg::Orientation {
    liveness_jpeg::Orientation::from_exif(orientation.to_exif()).unwrap_or_default()
}
