//! Encodes planes as the best JPEG within a budget.
//!
//! Planes are transformed once. Candidates are quantised and counted, exactly and with their best Huffman codes, but
//! not written. The best one that fits is written once.

mod budget;
mod coefficients;
mod emit;
mod fdct;
mod huffman;
mod quant;
mod rate;
mod walk;

use std::fmt;

use multiversion::multiversion;
use zeroize::Zeroize;

use crate::{error::Error, planes::Planes, sampling::Sampling};
pub use budget::Budget;
use coefficients::Coefficients;
use fdct::{HALF, LANES, Samples, Weights};
use quant::Quantisers;
use walk::TILE_GROUPS;

/// An encoder of baseline JPEGs, each with its best Huffman tables. It keeps its buffers from one picture to the
/// next, and zeroes them when it is dropped.
///
/// The picture is transformed once. For each quality that may be the best, its bytes are counted exactly without
/// writing them. So a budget costs little more than a fixed quality.
///
/// ```
/// use liveness_jpeg::{Budget, Encoder, Orientation, Planes};
///
/// let mut planes = Planes::new();
/// planes.set_grey(&[128; 64 * 48], 64, 48, Orientation::Upright)?;
/// let mut encoder = Encoder::new(); // one for each thread, for any number of pictures
/// let (small, usual) = (encoder.encode(&planes, Budget::bytes(2_000))?, encoder.encode(&planes, Budget::quality(80.0))?);
/// assert!(small.bytes.len() <= 2_000 && usual.quality == 80.0);
/// # Ok::<(), liveness_jpeg::Error>(())
/// ```
pub struct Encoder {
    coefficients: Coefficients,
    weights: Weights,
}

/// A file and its quality.
///
/// ```
/// # let mut planes = liveness_jpeg::Planes::new();
/// # planes.set_grey(&[128; 64 * 48], 64, 48, liveness_jpeg::Orientation::Upright)?;
/// # let file = liveness_jpeg::Encoder::new().encode(&planes, liveness_jpeg::Budget::quality(80.0))?.bytes;
/// // `file` is a JPEG of a grey picture of 64×48 px.
/// let encoded = liveness_jpeg::Encoder::new().encode(&planes, liveness_jpeg::Budget::bytes(1_000))?;
/// assert!(encoded.bytes.starts_with(b"\xFF\xD8") && encoded.bytes.ends_with(b"\xFF\xD9"));
/// assert!((1.0..=95.0).contains(&encoded.quality));
/// # Ok::<(), liveness_jpeg::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Encoded {
    /// The whole file: JFIF, baseline, no metadata.
    pub bytes: Vec<u8>,
    /// The quality reached, 1–100 on the scale of the Independent JPEG Group.
    pub quality: f32,
}

impl Encoder {
    /// An encoder without buffers yet.
    pub fn new() -> Self {
        let coefficients = Coefficients {
            sampling: Sampling::S420,
            width: 0,
            height: 0,
            mcus_across: 0,
            mcus_down: 0,
            tiles_across: 0,
            tiles: Vec::new(),
        };
        Self { coefficients, weights: Weights::new() }
    }

    /// Encodes a picture, with its own chroma, as well as `budget` allows; the file never has more bytes than that.
    ///
    /// ```
    /// use liveness_jpeg::{Budget, Encoder, Orientation, Planes};
    ///
    /// let mut planes = Planes::new();
    /// planes.set_grey(&[128; 64 * 48], 64, 48, Orientation::Upright)?;
    /// let file = Encoder::new().encode(&planes, Budget::bytes(1_000))?;
    /// assert!(file.bytes.len() <= 1_000 && file.quality == 95.0);
    /// # Ok::<(), liveness_jpeg::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OverBudget`] with the bytes that the file would take, [`Error::InvalidSize`] for planes without a
    /// picture.
    pub fn encode(&mut self, planes: &Planes, budget: Budget) -> Result<Encoded, Error> {
        planes.check_size()?;
        self.load(planes);
        self.write(budget)
    }

    /// Transforms a picture.
    fn load(&mut self, planes: &Planes) {
        let sampling = planes.sampling();
        let sides = [planes.width(), planes.height()].map(|side| side as usize);
        let mcus_across = sides[0].div_ceil(sampling.mcu_px());
        let coefficients = &mut self.coefficients;
        coefficients.sampling = sampling;
        [coefficients.width, coefficients.height] = sides.map(|side| u16::try_from(side).unwrap_or(u16::MAX));
        coefficients.mcus_across = mcus_across;
        coefficients.mcus_down = sides[1].div_ceil(sampling.mcu_px());
        coefficients.tiles_across = mcus_across.div_ceil(sampling.tile_mcus());
        let tiles = coefficients.tiles_across * coefficients.mcus_down;
        coefficients.tiles.resize(tiles, [[[0; LANES]; 64]; TILE_GROUPS]);
        transform(coefficients, &self.weights, samples(planes));
    }

    /// Writes the picture loaded.
    fn write(&self, budget: Budget) -> Result<Encoded, Error> {
        let max_bytes = budget.max_bytes();
        let (finest, coarsest) = (quant::scale_of(budget.max_quality()), quant::scale_of(budget.min_quality()));
        let mut aim = max_bytes;
        let mut bytes = Vec::new();
        loop {
            let fit = rate::fit(&self.coefficients, aim, emit::HEADER_BYTES, (finest, coarsest))
                .map_err(|bytes| Error::OverBudget { bytes: bytes.max(max_bytes.saturating_add(1)), max_bytes })?;
            bytes.clear();
            bytes.reserve_exact(fit.bytes + fit.bytes / 64);
            emit::file(&self.coefficients, &Quantisers::new(fit.scale), &fit.histogram, &mut bytes);
            if bytes.len() <= max_bytes {
                let quality = if fit.scale <= finest { budget.max_quality() } else { quant::quality_of(fit.scale) };
                return Ok(Encoded { bytes, quality });
            }
            // Only the stuffing is an estimate, so that a second round is rare.
            aim = aim.saturating_sub(2 * (bytes.len() - max_bytes) + 16);
        }
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Encoder {
    /// Prints no buffers, because they contain the last picture.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl fmt::Debug for Encoded {
    /// Without the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, quality } = self;
        f.debug_struct("Encoded").field("bytes", &bytes.len()).field("quality", quality).finish()
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.coefficients.tiles.zeroize();
    }
}

/// The planes as the transform takes them.
fn samples(planes: &Planes) -> [Samples<'_>; 3] {
    let (width, height, sampling) = (planes.width(), planes.height(), planes.sampling());
    let plane = |samples, width: u32, height: u32| {
        let (width, height) = (width as usize, height as usize);
        Samples { samples, stride: width, width, height }
    };
    let chroma = |samples| plane(samples, sampling.chroma(width), sampling.chroma(height));
    [plane(planes.y(), width, height), chroma(planes.cb()), chroma(planes.cr())]
}

/// Transforms all blocks; compiled for what the processor can do.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn transform(coefficients: &mut Coefficients, weights: &Weights, planes: [Samples<'_>; 3]) {
    transform_portably(coefficients, weights, planes);
}

/// [`transform`] on any processor, with the same results.
#[inline(always)]
fn transform_portably(coefficients: &mut Coefficients, weights: &Weights, planes: [Samples<'_>; 3]) {
    let across = coefficients.tiles_across.max(1);
    for (index, tile) in coefficients.tiles.iter_mut().enumerate() {
        let (column, row) = (index % across, index / across);
        for (half, (plane, x, y)) in coefficients.sampling.halves(column, row).into_iter().enumerate() {
            fdct::forward(planes[plane], x * HALF, y, weights, &mut tile[half / 2], half % 2 * HALF);
        }
    }
}

#[cfg(test)]
mod tests;
