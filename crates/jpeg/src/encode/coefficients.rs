//! A picture as coefficients, tile by tile.

use super::walk::Tile;
use crate::sampling::Sampling;

/// A picture's coefficients, tile by tile in the order of the scan.
pub(super) struct Coefficients {
    pub(super) sampling: Sampling,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) mcus_across: usize,
    pub(super) mcus_down: usize,
    pub(super) tiles_across: usize,
    pub(super) tiles: Vec<Tile>,
}

impl Coefficients {
    /// How many MCUs of tile `index` are in the picture.
    pub(super) fn mcus_in_tile(&self, index: usize) -> usize {
        let first = index % self.tiles_across.max(1) * self.sampling.tile_mcus();
        self.mcus_across.saturating_sub(first).min(self.sampling.tile_mcus())
    }
}
