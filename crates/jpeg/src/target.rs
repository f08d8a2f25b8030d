//! The size that a picture is decoded to, and the scale of each component.

use crate::{
    error::Error,
    header::{Header, MAX_COMPONENTS},
    orientation::Orientation,
    planes::check_size,
    rows,
    sampling::Sampling,
    scale::Scale,
    shrink::{Shrinker, Span},
};

/// A plane is decoded at the smallest scale that still has this many samples for each result: at 1.0 to 1.25 a single
/// photo lost up to 9 points of SSIMULACRA2.
const SAMPLES_PER_RESULT: f64 = 1.25;
/// Look-up tables, window and tiles of the decoder, whatever the picture.
const FIXED_BYTES: u64 = 320 << 10;

/// The wanted form of a decoded picture: its size, its amount of chroma, its turn.
///
/// ```
/// use liveness_jpeg::{Orientation, Sampling, Target};
///
/// // A picture stored as 640×480 px and turned: 480×640.
/// let target = Target::new(640, 480).with_orientation(Orientation::Rotate90).with_sampling(Sampling::S444);
/// assert_eq!(target.size(), (480, 640));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// As stored.
    size: (u32, u32),
    scale: Option<Scale>,
    sampling: Sampling,
    orientation: Orientation,
}

impl Target {
    /// Exactly this size in px, as stored; it may have another shape than the file's or be larger. Scaled with a
    /// Lanczos filter of three lobes.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { size: (width, height), scale: None, sampling: Sampling::S420, orientation: Orientation::Upright }
    }

    /// The size whose long side has at most this many px, never enlarged, and upright by the file's EXIF data. Scaled
    /// as by [`new`](Self::new).
    pub fn fit(header: &Header<'_>, long_side_px: u32) -> Self {
        let (width, height) = (header.width(), header.height());
        let (long, wanted) = (u64::from(width.max(height)), u64::from(long_side_px.min(width.max(height))));
        // At most the side itself, which fits 32 bits.
        let scaled = |side: u32| ((u64::from(side) * wanted + long / 2) / long).max(1) as u32;
        Self::new(scaled(width), scaled(height)).with_orientation(header.orientation())
    }

    /// The size at which the inverse transform is made at this scale, and upright by the file's EXIF data. No filter
    /// follows, which is the fastest: for thumbnails, and for programs that analyse pictures.
    pub fn scaled(header: &Header<'_>, scale: Scale) -> Self {
        let target = Self::new(scale.of(header.width()), scale.of(header.height()));
        Self { scale: Some(scale), ..target.with_orientation(header.orientation()) }
    }

    /// Sets how much chroma the planes have; a grey picture's is always that of [`Sampling::S420`]. Defaults to
    /// [`Sampling::S420`].
    #[must_use]
    pub const fn with_sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Sets how the picture is turned. Defaults to upright as stored for [`new`](Self::new), otherwise to the file's
    /// EXIF data.
    #[must_use]
    pub const fn with_orientation(mut self, orientation: Orientation) -> Self {
        self.orientation = orientation;
        self
    }

    /// The width and height of the planes in px, turned.
    pub fn size(&self) -> (u32, u32) {
        self.orientation.turned(self.size)
    }

    /// How much chroma the planes have.
    pub const fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// How the picture is turned.
    pub const fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// The bytes of memory that decoding takes, the planes included, as an upper bound.
    pub fn memory_bytes(&self, header: &Header<'_>) -> u64 {
        let scaling: u64 = self.plans(header).map(|plan| Shrinker::memory_bytes(plan.across, plan.down)).sum();
        let (width, height) = self.size;
        let chroma = u64::from(self.sampling.chroma(width)) * u64::from(self.sampling.chroma(height));
        // Twice, because turning needs both, and a decoder that is used again keeps both.
        let planes = 2 * (u64::from(width) * u64::from(height) + 2 * chroma);
        let coefficients = |(component, plan): (_, Plan)| rows::memory_bytes(header, component, plan.scale);
        let stored: u64 = match header.is_progressive() {
            true => header.components().iter().zip(self.plans(header)).map(coefficients).sum(),
            false => 0,
        };
        scaling + planes + stored + FIXED_BYTES
    }

    /// Refuses sides that are too large for a JPEG.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_size(self.size)
    }

    /// The width and height in px before the turn.
    pub(crate) fn stored_size(&self) -> (u32, u32) {
        self.size
    }

    /// One plan for each component.
    pub(crate) fn plans<'a>(&'a self, header: &'a Header<'_>) -> impl Iterator<Item = Plan> + 'a {
        let (max_h, max_v) = header.max_sampling();
        header.components().iter().take(MAX_COMPONENTS).enumerate().map(move |(index, component)| {
            let halved = index > 0 && self.sampling == Sampling::S420;
            let side = |pixels: u32, factor, of, results: u32| Side {
                pixels: pixels as usize,
                factor,
                of,
                results: results as usize,
                halved,
                forced: self.scale,
            };
            let across = side(header.width(), component.h, max_h, self.size.0);
            let down = side(header.height(), component.v, max_v, self.size.1);
            let scale = self.scale.unwrap_or_else(|| across.scale().max(down.scale()));
            let (flip_x, flip_y) = self.orientation.flips();
            Plan { scale, across: across.span(scale, flip_x), down: down.span(scale, flip_y) }
        })
    }
}

/// How one component is decoded and scaled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) scale: Scale,
    pub(crate) across: Span,
    pub(crate) down: Span,
}

/// One side of one component.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// Of the whole picture.
    pixels: usize,
    /// The component's sampling factor, of the largest.
    factor: usize,
    of: usize,
    /// Pixels of the result.
    results: usize,
    /// Whether there shall be a sample for each two of them.
    halved: bool,
    /// The scale of all components, if it was chosen.
    forced: Option<Scale>,
}

impl Side {
    /// The smallest scale with enough samples.
    fn scale(self) -> Scale {
        let results = if self.halved { self.results.div_ceil(2) } else { self.results };
        let samples = (self.pixels * self.factor / self.of) as f64;
        let enough = |scale: &Scale| samples * scale.side() as f64 / 8.0 >= results as f64 * SAMPLES_PER_RESULT;
        Scale::ALL.into_iter().find(enough).unwrap_or(Scale::Full)
    }

    /// Chroma is between luma's samples (JFIF). Halving an odd side leaves its last sample half outside; which end
    /// that is depends on the end that the upright picture starts with.
    fn span(self, scale: Scale, flipped: bool) -> Span {
        let samples = scale.of((self.pixels * self.factor).div_ceil(self.of) as u32) as usize;
        let extent = match self.forced {
            // A sample of luma for each result, the last one too.
            Some(_) => (self.results * self.factor) as f64 / self.of as f64,
            None => (self.pixels * self.factor * scale.side()) as f64 / (self.of * 8) as f64,
        };
        if !self.halved {
            return Span { samples, start: 0.0, extent, results: self.results };
        }
        let results = self.results.div_ceil(2);
        let wider = extent * (2 * results) as f64 / self.results.max(1) as f64;
        Span { samples, start: if flipped { extent - wider } else { 0.0 }, extent: wider, results }
    }
}
