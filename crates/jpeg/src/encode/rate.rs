//! Finds the quantiser with which the file just fits the budget.

use multiversion::multiversion;

use super::{
    coefficients::Coefficients,
    huffman::Code,
    quant::Quantisers,
    walk::{self, Run, Sink},
};

/// A file this close under the budget is good enough: 1 % of bytes is 0.1 of SSIMULACRA2, an exact count 3 % of the time.
const CLOSE_ENOUGH: f32 = 0.992;
/// Scales this close to each other differ in few steps of the quantiser, because steps are whole numbers.
const SAME_SCALE: f32 = 1.005;
/// Exact counts at most; the bisection that ends the search halves its interval with each.
const MAX_COUNTS: usize = 12;
/// One tile in so many is counted for the start, and how many such counts are made: each costs this part of an exact one.
const SAMPLE_STEP: usize = 7;
const SAMPLE_COUNTS: usize = 3;
/// What the sample overestimates, measured on camera photos at the scale that is chosen in the end (1.02 and a slope of -0.85 took
/// 10 % longer to encode).
const SAMPLE_BIAS: f32 = 0.995;
/// How bytes fall with the quantiser's scale, as an exponent, before anything is counted: measured on camera photos.
const TYPICAL_SLOPE: f32 = -0.68;
/// Part of the entropy-coded bytes that byte stuffing adds: nearly random bytes are 0xFF once in 256, and a little more.
const STUFFING: f32 = 1.0 / 220.0;

/// How often each symbol occurs, and the bits that are no symbols.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    /// DC and AC, of luma and chroma.
    pub(crate) dc: [[u32; 256]; 2],
    pub(crate) ac: [[u32; 256]; 2],
}

/// The result of a search.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    /// Times the tables of T.81 annex K.
    pub(crate) scale: f32,
    /// The symbols at that scale.
    pub(crate) histogram: Histogram,
    /// About the bytes of the file.
    pub(crate) bytes: usize,
}

impl Histogram {
    fn new() -> Self {
        Self { dc: [[0; 256]; 2], ac: [[0; 256]; 2] }
    }

    /// Bytes of a file with these symbols `times` over, with the best Huffman codes and an estimate of the stuffing.
    fn bytes(&self, header_bytes: usize, times: f32) -> f32 {
        let (mut bits, mut table_bytes) = (0, 0);
        for frequencies in self.dc.iter().chain(&self.ac) {
            let code = Code::new(frequencies);
            table_bytes += 17 + code.symbols().len();
            let magnitude_bits = |(symbol, &frequency): (u64, &u32)| (symbol & 15) * u64::from(frequency);
            bits += code.bits(frequencies) + (0..).zip(frequencies).map(magnitude_bits).sum::<u64>();
        }
        (header_bytes + table_bytes) as f32 + bits as f32 / 8.0 * times * (1.0 + STUFFING)
    }
}

impl Sink for Histogram {
    #[inline(always)]
    fn dc(&mut self, table: usize, symbol: u8, _bits: u32) {
        self.dc[table & 1][usize::from(symbol)] += 1;
    }

    #[inline(always)]
    fn ac(&mut self, table: usize, symbol: u8, _bits: u32) {
        self.ac[table & 1][usize::from(symbol)] += 1;
    }
}

/// Finds the finest quantiser, of a scale from `finest` to `coarsest`, whose file has at most `max_bytes`, `header_bytes` of
/// them fixed.
///
/// # Errors
/// The bytes of the file at the coarsest, if even they are too many.
pub(crate) fn fit(
    coefficients: &Coefficients,
    max_bytes: usize,
    header_bytes: usize,
    (finest, coarsest): (f32, f32),
) -> Result<Fit, usize> {
    let target = max_bytes as f32;
    let aim = target * (1.0 + CLOSE_ENOUGH) / 2.0;
    let mut curve = Curve { slope: TYPICAL_SLOPE, last: None };
    let mut scale = 1f32.clamp(finest, coarsest);
    // From a sample of the tiles to a good start. The step must not always meet the same columns.
    let tiles = coefficients.tiles.len();
    let step = SAMPLE_STEP + usize::from(coefficients.tiles_across.is_multiple_of(SAMPLE_STEP));
    if tiles >= 8 * step && finest < coarsest {
        let times = SAMPLE_BIAS * tiles as f32 / tiles.div_ceil(step) as f32;
        for _ in 0..SAMPLE_COUNTS {
            let sample = histogram(coefficients, &Quantisers::new(scale), step);
            scale = curve.next(scale, sample.bytes(header_bytes, times), aim).clamp(finest, coarsest);
        }
        curve.last = None;
    }
    let (mut too_fine, mut fits): (Option<f32>, Option<Fit>) = (None, None);
    for _ in 0..MAX_COUNTS {
        let histogram = histogram(coefficients, &Quantisers::new(scale), 1);
        let bytes = histogram.bytes(header_bytes, 1.0);
        let mut next = curve.next(scale, bytes, aim).clamp(finest, coarsest);
        if bytes <= target {
            fits = Some(Fit { scale, histogram, bytes: bytes as usize });
            if bytes >= target * CLOSE_ENOUGH || scale <= finest {
                break;
            }
        } else {
            too_fine = Some(scale);
            if scale >= coarsest {
                return Err(bytes as usize);
            }
        }
        if let (Some(low), Some(high)) = (too_fine, fits.as_ref().map(|fit| fit.scale)) {
            if high / low < SAME_SCALE {
                break;
            }
            // Inside the bracket follow the curve; where that leads out, halve.
            if next <= low || next >= high {
                next = (low * high).sqrt();
            }
        }
        scale = next;
    }
    match fits {
        Some(fit) => Ok(fit),
        // The bracket closed without a fit, or the counts ran out: the coarsest decides.
        None => {
            let histogram = histogram(coefficients, &Quantisers::new(coarsest), 1);
            let bytes = histogram.bytes(header_bytes, 1.0);
            if bytes <= target {
                Ok(Fit { scale: coarsest, histogram, bytes: bytes as usize })
            } else {
                Err(bytes as usize)
            }
        }
    }
}

/// How bytes fall with the quantiser's scale: near enough a power of it.
struct Curve {
    slope: f32,
    last: Option<(f32, f32)>,
}

impl Curve {
    /// The scale that should give `aim` bytes, now that `scale` gave `bytes`.
    fn next(&mut self, scale: f32, bytes: f32, aim: f32) -> f32 {
        if let Some((last_scale, last_bytes)) = self.last.replace((scale, bytes)) {
            let found = (bytes / last_bytes).ln() / (scale / last_scale).ln();
            // Too close to each other they say nothing, because steps are whole numbers.
            if (scale / last_scale).ln().abs() > 0.03 && (-1.5..-0.4).contains(&found) {
                self.slope = found;
            }
        }
        scale * (aim / bytes).powf(1.0 / self.slope)
    }
}

/// The symbols of every `step`th tile: [`histogram_portably`], compiled for what the processor can do.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(crate) fn histogram(coefficients: &Coefficients, quantisers: &Quantisers, step: usize) -> Histogram {
    histogram_portably(coefficients, quantisers, step)
}

#[inline(always)]
pub(crate) fn histogram_portably(coefficients: &Coefficients, quantisers: &Quantisers, step: usize) -> Histogram {
    let mut histogram = Histogram::new();
    let mut run = Run::new();
    for (index, tile) in coefficients.tiles.iter().enumerate().step_by(step) {
        let mcus = coefficients.mcus_in_tile(index);
        walk::tile(coefficients.sampling, tile, quantisers, mcus, &mut run, &mut histogram);
    }
    histogram
}
