//! How does a baseline JPEG become the planes of its photo, without its pixels ever existing in full size?

use super::Orientation;
use super::decode::Damage;
use liveness_jpeg::{self as jpeg, Consume, Decoder, Request, Ring, Scale, Shrinker, Span};

/// A plane is decoded at the smallest size that still has so many samples for each result: at 1.0 to 1.25 a single photo lost up
/// to 9 points of SSIMULACRA2.
const SAMPLES_PER_RESULT: f64 = 1.25;
/// Look-up tables, window and tiles of the decoder, whatever the photo.
const FIXED_BYTES: u64 = 320 << 10;

/// Decodes and scales JPEGs; keeps its buffers.
pub(super) struct FastPath {
    decoder: Decoder,
    shrinkers: [Shrinker; 3],
}

/// How many samples of chroma the photo shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// Half as many as of luma in either direction, rounded up, for a picture that is turned by this orientation.
    Half(Orientation),
    /// As many as of luma.
    Full,
}

impl FastPath {
    pub(super) fn new() -> Self {
        Self { decoder: Decoder::new(), shrinkers: std::array::from_fn(|_| Shrinker::new()) }
    }

    /// Decodes `file`, whose header is `header`, into planes of `size` px as stored.
    pub(super) fn decode(
        &mut self,
        file: &[u8],
        header: &jpeg::Header,
        size: (u32, u32),
        chroma: Chroma,
    ) -> Option<Damage> {
        let mut requests = [Request { scale: Scale::Full, kept_rows: 0 }; 3];
        let plans = plans(header, size, chroma);
        for ((request, shrinker), plan) in requests.iter_mut().zip(&mut self.shrinkers).zip(plans) {
            *request = Request { scale: plan.scale, kept_rows: shrinker.start(plan.across, plan.down) };
        }
        let decoded = self.decoder.decode(file, header, &requests, &mut Shrinkers(&mut self.shrinkers));
        if decoded.whole_rows < usize::from(header.height) {
            Some(Damage::RowsMissing)
        } else if decoded.damaged || !decoded.ended {
            Some(Damage::RowsComplete)
        } else {
            None
        }
    }

    /// The planes last made, row after row, to be changed or taken at will; as many as the file had components are new.
    pub(super) fn planes(&mut self) -> [&mut Vec<u8>; 3] {
        self.shrinkers.each_mut().map(Shrinker::result)
    }
}

struct Shrinkers<'a>(&'a mut [Shrinker; 3]);

impl Consume for Shrinkers<'_> {
    fn rows(&mut self, index: usize, ring: &Ring, ready: usize) {
        self.0[index].advance(ring, ready);
    }
}

/// How one component is decoded and scaled.
#[derive(Debug, Clone, Copy)]
struct Plan {
    scale: Scale,
    across: Span,
    down: Span,
}

/// One plan for each component.
fn plans(header: &jpeg::Header, size: (u32, u32), chroma: Chroma) -> impl Iterator<Item = Plan> {
    let (max_h, max_v) = header.max_sampling();
    header.components().iter().enumerate().map(move |(index, component)| {
        let across = Side { pixels: header.width.into(), factor: component.h, of: max_h, results: size.0 as usize };
        let down = Side { pixels: header.height.into(), factor: component.v, of: max_v, results: size.1 as usize };
        let halved = index > 0 && chroma != Chroma::Full;
        let (flip_x, flip_y) = match chroma {
            Chroma::Half(orientation) => flips(orientation),
            Chroma::Full => (false, false),
        };
        let scale = across.scale(halved).max(down.scale(halved));
        Plan { scale, across: across.span(scale, halved, flip_x), down: down.span(scale, halved, flip_y) }
    })
}

/// One side of one component.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// Of the whole picture.
    pixels: usize,
    /// The component's sampling factor, of the largest.
    factor: usize,
    of: usize,
    /// Pixels of the photo.
    results: usize,
}

impl Side {
    /// The smallest scale with enough samples.
    fn scale(self, halved: bool) -> Scale {
        let results = if halved { self.results.div_ceil(2) } else { self.results };
        let samples = (self.pixels * self.factor / self.of) as f64;
        let enough = |scale: &Scale| samples * scale.side() as f64 / 8.0 >= results as f64 * SAMPLES_PER_RESULT;
        Scale::ALL.into_iter().find(enough).unwrap_or(Scale::Full)
    }

    /// Chroma lies between luma's samples (JFIF). Halving an odd side leaves its last sample half outside; which end that is
    /// depends on the end that the upright picture starts with.
    fn span(self, scale: Scale, halved: bool, flipped: bool) -> Span {
        let samples = scale.of((self.pixels * self.factor).div_ceil(self.of));
        let extent = (self.pixels * self.factor * scale.side()) as f64 / (self.of * 8) as f64;
        if !halved {
            return Span { samples, start: 0.0, extent, results: self.results };
        }
        let results = self.results.div_ceil(2);
        let wider = extent * (2 * results) as f64 / self.results.max(1) as f64;
        Span { samples, start: if flipped { extent - wider } else { 0.0 }, extent: wider, results }
    }
}

/// Whether the upright picture starts with the stored one's right column, and with its last row.
fn flips(orientation: Orientation) -> (bool, bool) {
    use Orientation::*;
    (
        matches!(orientation, MirrorHorizontal | Rotate180 | Transverse | Rotate270),
        matches!(orientation, Rotate180 | MirrorVertical | Rotate90 | Transverse),
    )
}

/// The bytes that decoding to `size` px takes on this path, from above.
pub(super) fn memory_bytes(header: &jpeg::Header, size: (u32, u32)) -> u64 {
    let rows: u64 = plans(header, size, Chroma::Full).map(|plan| Shrinker::memory_bytes(plan.across, plan.down)).sum();
    rows + FIXED_BYTES
}
