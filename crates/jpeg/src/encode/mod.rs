//! How are planes written as the best JPEG that fits a budget?
//!
//! Planes are transformed once; candidates are quantised and counted, exactly and with the Huffman codes that are best for
//! them, but not written; the one that fits best is written once.

mod emit;
mod fdct;
mod huffman;
mod quant;
mod rate;
mod walk;

use multiversion::multiversion;
use zeroize::Zeroize;

pub use fdct::Samples;
use fdct::{HALF, LANES, Weights};
use quant::Quantisers;
pub use walk::Sampling;
use walk::{TILE_GROUPS, Tile};

/// Writes JPEGs within a budget; owns the memory it needs and keeps it.
pub struct Encoder {
    coefficients: Coefficients,
    weights: Weights,
}

/// A picture's coefficients, tile by tile in the order of the scan.
pub(crate) struct Coefficients {
    sampling: Sampling,
    width: u16,
    height: u16,
    mcus_across: usize,
    mcus_down: usize,
    tiles_across: usize,
    tiles: Vec<Tile>,
}

/// What came of encoding within a budget.
#[derive(Debug, Clone, PartialEq)]
pub enum Encoded {
    /// The best file that fits, and its quality on the scale of the Independent JPEG Group, 1 to 100.
    Fits { jpeg: Vec<u8>, quality: f32 },
    /// Even at the lowest quality allowed the file has so many bytes.
    TooLarge { bytes: usize },
}

impl Encoder {
    /// An encoder that holds no picture yet.
    pub fn new() -> Self {
        let coefficients = Coefficients {
            sampling: Sampling::Half,
            width: 0,
            height: 0,
            mcus_across: 0,
            mcus_down: 0,
            tiles_across: 0,
            tiles: Vec::new(),
        };
        Self { coefficients, weights: Weights::new() }
    }

    /// Transforms a picture: luma, and chroma as `sampling` says.
    pub fn load(&mut self, planes: [Samples<'_>; 3], sampling: Sampling) {
        let [width, height] = [planes[0].width, planes[0].height].map(|side| u16::try_from(side).unwrap_or(u16::MAX));
        let mcus_across = usize::from(width).div_ceil(sampling.mcu_px());
        let coefficients = &mut self.coefficients;
        coefficients.sampling = sampling;
        coefficients.width = width;
        coefficients.height = height;
        coefficients.mcus_across = mcus_across;
        coefficients.mcus_down = usize::from(height).div_ceil(sampling.mcu_px());
        coefficients.tiles_across = mcus_across.div_ceil(sampling.tile_mcus());
        let tiles = coefficients.tiles_across * coefficients.mcus_down;
        coefficients.tiles.resize(tiles, [[[0; LANES]; 64]; TILE_GROUPS]);
        transform(coefficients, &self.weights, planes);
    }

    /// Encodes the picture loaded as well as `budget` bytes allow, if quality need not sink below `min_quality`.
    pub fn encode(&self, budget: usize, min_quality: f32) -> Encoded {
        let mut aim = budget;
        let mut jpeg = Vec::new();
        loop {
            let fit = match rate::fit(&self.coefficients, aim, emit::HEADER_BYTES, min_quality) {
                Ok(fit) => fit,
                Err(bytes) => return Encoded::TooLarge { bytes: bytes.max(budget + 1) },
            };
            jpeg.clear();
            jpeg.reserve_exact(fit.bytes + fit.bytes / 64);
            emit::file(&self.coefficients, &Quantisers::new(fit.scale), &fit.histogram, &mut jpeg);
            if jpeg.len() <= budget {
                return Encoded::Fits { jpeg, quality: quant::quality_of(fit.scale) };
            }
            // Only the stuffing is an estimate, so that a second round is rare.
            aim = aim.saturating_sub(2 * (jpeg.len() - budget) + 16);
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.coefficients.tiles.zeroize();
    }
}

impl Coefficients {
    /// How many MCUs of tile `index` are in the picture.
    fn mcus_in_tile(&self, index: usize) -> usize {
        let first = index % self.tiles_across.max(1) * self.sampling.tile_mcus();
        self.mcus_across.saturating_sub(first).min(self.sampling.tile_mcus())
    }
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
