//! Which quantiser makes the file just fit?

use multiversion::multiversion;

use super::{
    Coefficients,
    huffman::Code,
    quant::{Quantisers, quality_of, scale_of},
    walk::{self, Sink},
};

/// The best quality ever chosen. Beyond it bytes grow fast and nothing more is seen.
const MAX_QUALITY: f32 = 95.0;
/// The worst quality: every step of the quantiser is 255 there.
const MIN_QUALITY: f32 = 1.0;
/// A file this close under the budget is good enough: another 0.4 % of bytes are not seen.
const CLOSE_ENOUGH: f32 = 0.996;
/// Exact counts at most; the bisection that ends the search halves its interval with each.
const MAX_COUNTS: usize = 12;
/// One tile in so many is counted for the start, and how many such counts are made: each costs this part of an exact one.
const SAMPLE_STEP: usize = 8;
const SAMPLE_COUNTS: usize = 3;
/// How bytes fall with the quantiser's scale, as an exponent, before anything is counted: measured on camera photos.
const TYPICAL_SLOPE: f32 = -0.85;
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fit {
    /// Times the tables of T.81 annex K.
    pub(crate) scale: f32,
    /// Exact counts made.
    pub(crate) counts: usize,
}

impl Histogram {
    fn new() -> Self {
        Self { dc: [[0; 256]; 2], ac: [[0; 256]; 2] }
    }

    /// Bytes of a file with these symbols, with the best Huffman codes and an estimate of the stuffing.
    fn bytes(&self, header_bytes: usize) -> f32 {
        let mut bits = 0;
        for frequencies in self.dc.iter().chain(&self.ac) {
            let code = Code::new(frequencies);
            bits += code.bits(frequencies) + 8 * (17 + code.symbols().len() as u64);
            let magnitude_bits = |(symbol, &frequency): (u64, &u32)| (symbol & 15) * u64::from(frequency);
            bits += (0..).zip(frequencies).map(magnitude_bits).sum::<u64>();
        }
        header_bytes as f32 + bits as f32 / 8.0 * (1.0 + STUFFING)
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

/// Finds the finest quantiser whose file has at most `budget` bytes, `header_bytes` of them fixed; `None` if none has.
pub(crate) fn fit(coefficients: &Coefficients, budget: usize, header_bytes: usize) -> Option<Fit> {
    let target = budget as f32;
    let (finest, coarsest) = (scale_of(MAX_QUALITY), scale_of(MIN_QUALITY));
    let bytes_at = |scale: f32, step: usize| {
        let histogram = histogram(coefficients, &Quantisers::new(scale), step);
        histogram.bytes(header_bytes)
    };
    // From a sample of the tiles to a good start: each step follows the slope between the last two.
    let mut scale = 1.0f32;
    let mut slope = TYPICAL_SLOPE;
    let mut last: Option<(f32, f32)> = None;
    if coefficients.tiles.len() >= 8 * SAMPLE_STEP {
        for _ in 0..SAMPLE_COUNTS {
            let bytes = header_bytes as f32 + (bytes_at(scale, SAMPLE_STEP) - header_bytes as f32) * SAMPLE_STEP as f32;
            slope = improved_slope(slope, last, (scale, bytes));
            last = Some((scale, bytes));
            scale = (scale * (target * 0.998 / bytes).powf(1.0 / slope)).clamp(finest, coarsest);
        }
    }
    let (mut fits, mut too_fine): (Option<f32>, Option<f32>) = (None, None);
    let mut last = None;
    for counts in 1..=MAX_COUNTS {
        let bytes = bytes_at(scale, 1);
        slope = improved_slope(slope, last, (scale, bytes));
        last = Some((scale, bytes));
        if bytes <= target {
            fits = Some(fits.map_or(scale, |best| best.min(scale)));
            if bytes >= target * CLOSE_ENOUGH || scale <= finest {
                return Some(Fit { scale, counts });
            }
        } else {
            too_fine = Some(too_fine.map_or(scale, |best| best.max(scale)));
            if scale >= coarsest {
                return None;
            }
        }
        let aim = target * (1.0 + CLOSE_ENOUGH) / 2.0;
        let next = (scale * (aim / bytes).powf(1.0 / slope)).clamp(finest, coarsest);
        scale = match (too_fine, fits) {
            // Inside the bracket follow the slope; where it leads out, halve.
            (Some(low), Some(high)) if next <= low || next >= high => (low * high).sqrt(),
            _ => next,
        };
        if let (Some(low), Some(high)) = (too_fine, fits)
            && high / low < 1.002
        {
            return Some(Fit { scale: high, counts });
        }
    }
    fits.map(|scale| Fit { scale, counts: MAX_COUNTS })
}

/// The exponent by which bytes change with scale, from two counts; what it was where they say nothing.
fn improved_slope(slope: f32, last: Option<(f32, f32)>, now: (f32, f32)) -> f32 {
    let Some(last) = last else { return slope };
    let found = (now.1 / last.1).ln() / (now.0 / last.0).ln();
    if found.is_finite() && (-2.0..-0.3).contains(&found) { found } else { slope }
}

/// The symbols of every `step`th tile: [`histogram_portably`], compiled for what the processor can do.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(crate) fn histogram(coefficients: &Coefficients, quantisers: &Quantisers, step: usize) -> Histogram {
    histogram_portably(coefficients, quantisers, step)
}

#[inline(always)]
pub(crate) fn histogram_portably(coefficients: &Coefficients, quantisers: &Quantisers, step: usize) -> Histogram {
    let mut histogram = Histogram::new();
    let mut predictions = [0; 3];
    for (index, tile) in coefficients.tiles.iter().enumerate().step_by(step) {
        let mcus = coefficients.mcus_in_tile(index);
        walk::tile(tile, quantisers, coefficients.sampling, mcus, &mut predictions, &mut histogram);
    }
    histogram
}
