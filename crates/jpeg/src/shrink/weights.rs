//! The weight of each source sample in each result.

use std::f64::consts::PI;

/// Lobes of the Lanczos kernel on each side: its half width in results.
const LOBES: usize = 3;
/// Steps per lobe of the kernel's table. Between two steps the straight line is off by less than 2⁻¹⁷, under a weight's unit.
const STEPS: usize = 256;
/// Weights are in units of 2⁻¹⁴, so that a weight of one fits 16 bits.
pub(crate) const WEIGHT_BITS: u32 = 14;
/// A sum of products is in units of 2⁻⁵ of a sample: 8 bits of sample, 7 of its shift, [`WEIGHT_BITS`], less the 16 dropped.
pub(crate) const SUM_BITS: u32 = 5;

/// A Lanczos kernel, tabled once, because its sines would take as long as all else (0.7 ms at 12 MP).
#[derive(Debug)]
pub(crate) struct Kernel([f32; LOBES * STEPS + 2]);

impl Kernel {
    pub(crate) fn new() -> Self {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        Self(std::array::from_fn(|index| {
            let x = index as f64 / STEPS as f64;
            if index < LOBES * STEPS { (sinc(x) * sinc(x / LOBES as f64)) as f32 } else { 0.0 }
        }))
    }

    /// The kernel's value, `x` results from its middle.
    fn at(&self, x: f32) -> f32 {
        let position = (x.abs() * STEPS as f32).min((LOBES * STEPS) as f32);
        let index = position as usize;
        let part = position - index as f32;
        let [low, high] = [index, index + 1].map(|index| self.0.get(index).copied().unwrap_or_default());
        low + (high - low) * part
    }
}

/// The part of a line of source samples that a line of results covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    /// Samples in the line.
    pub(crate) samples: usize,
    /// Where the results begin, in samples from the line's start; may be outside of it.
    pub(crate) start: f64,
    /// How many samples the results cover in all; may reach outside.
    pub(crate) extent: f64,
    /// Number of results.
    pub(crate) results: usize,
}

impl Span {
    /// Whether each sample is a result.
    pub(crate) fn is_identity(self) -> bool {
        self.results == self.samples && self.start == 0.0 && self.extent == self.samples as f64
    }

    /// Samples from one result to the next.
    fn step(self) -> f64 {
        self.extent / self.results.max(1) as f64
    }

    /// How far the kernel is stretched: enlarging takes it as it is.
    fn stretch(self) -> f64 {
        self.step().max(1.0)
    }
}

/// The weights of one direction. Samples beyond the line do not count, and the others count for more.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    /// What they were computed for last.
    span: Option<Span>,
    /// Weights per result.
    pub(crate) taps: usize,
    /// For each result, the first sample that counts.
    pub(crate) starts: Vec<u32>,
    /// For each result, the number that rounds its sum.
    pub(crate) rounding: Vec<i16>,
    /// For each result, `taps` weights.
    pub(crate) values: Vec<i16>,
    /// One result's weights before they are rounded.
    exact: Vec<f32>,
}

impl Weights {
    /// Samples that count for one result.
    pub(crate) fn taps(span: Span) -> usize {
        ((2.0 * LOBES as f64 * span.stretch()).ceil() as usize + 1).min(span.samples).max(1)
    }

    /// Computes the weights for `span`, keeping the memory.
    pub(crate) fn set(&mut self, kernel: &Kernel, span: Span) {
        // Photos of one phone come in one size.
        if self.span.replace(span) == Some(span) {
            return;
        }
        let (step, stretch) = (span.step(), span.stretch());
        let reach = LOBES as f64 * stretch;
        self.taps = Self::taps(span);
        self.starts.clear();
        self.rounding.clear();
        self.values.clear();
        for result in 0..span.results {
            let middle = span.start + (result as f64 + 0.5) * step - 0.5;
            let first = (middle - reach).ceil().max(0.0) as usize;
            let first = first.min(span.samples.saturating_sub(self.taps));
            let (offset, per_sample) = ((first as f64 - middle) as f32, 1.0 / stretch as f32);
            self.exact.clear();
            self.exact.extend((0..self.taps).map(|tap| kernel.at((offset + tap as f32) * per_sample)));
            let unit = (1 << WEIGHT_BITS) as f32 / self.exact.iter().sum::<f32>();
            let mut left = 1i32 << WEIGHT_BITS;
            let (mut heaviest, mut products) = (0, 0);
            for (tap, exact) in self.exact.iter().enumerate() {
                let value = (exact * unit + 0.5f32.copysign(*exact)) as i16;
                left -= i32::from(value);
                products += i16::from(value != 0);
                if *exact > self.exact[heaviest] {
                    heaviest = tap;
                }
                self.values.push(value);
            }
            // An even area stays exactly as it is: what rounding lost goes to the heaviest.
            if let Some(value) = self.values.get_mut(result * self.taps + heaviest) {
                *value = value.saturating_add(left.clamp(-512, 512) as i16);
            }
            // Each product that is not zero loses half a unit on average, and the sum is rounded to the nearest.
            self.starts.push(first as u32);
            self.rounding.push(products / 2 + (1 << (SUM_BITS - 1)));
        }
    }

    /// One past the last sample that counts for `result`.
    pub(crate) fn end(&self, result: usize) -> usize {
        self.starts.get(result).map_or(usize::MAX, |&start| start as usize + self.taps)
    }
}
