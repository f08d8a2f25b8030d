//! Storage of a progressive file's coefficients from the first scan to the last.
//!
//! Of each block the few that the reduced inverse transform reads, and one bit for each of the 64: whether it is non-zero so far.
//! A refinement has a bit for each such coefficient whatever its value, so that this is all it takes to follow the
//! stream.

use std::ops::Range;

use zeroize::optimization_barrier;

use crate::{
    rows::idct::{self, LANES},
    scale::Scale,
};

/// One component's coefficients.
#[derive(Default)]
pub(in crate::rows) struct Plane {
    /// Groups of [`LANES`] blocks side by side, as [`idct::inverse`] takes them, and behind each a place for what is not kept.
    values: Vec<i16>,
    /// One per block: which coefficients are non-zero, by zigzag index.
    masks: Vec<u64>,
    /// Blocks from one row to the next, whole groups.
    stride: usize,
    /// Coefficients kept of each block.
    kept: usize,
}

/// A block of a [`Plane`].
pub(super) struct BlockMut<'a> {
    /// Its group of blocks, and the place for what is not kept.
    pub(super) group: &'a mut [i16],
    /// Its lane in the group.
    pub(super) lane: usize,
    pub(super) mask: &'a mut u64,
}

/// Which coefficients a scale keeps, and where in a group they go.
pub(super) struct Kept {
    /// Place for lane 0 by zigzag index, beyond the group for those not kept. The indices from 64 on only damaged data has.
    pub(super) places: [u16; 256],
    /// Where in a group goes what is not kept.
    pub(super) nowhere: usize,
    /// A bit for each coefficient kept, by zigzag index.
    pub(super) mask: u64,
}

impl Plane {
    /// Zeros for `across` × `down` blocks: the memory it has, if that is enough, else fresh from the system.
    pub(super) fn shape(&mut self, scale: Scale, (across, down): (usize, usize)) {
        let (kept, stride) = (scale.side() * scale.side(), across.next_multiple_of(LANES));
        let (values, masks) = (stride / LANES * down * (LANES * kept + 1), stride * down);
        if self.values.capacity() < values || self.masks.capacity() < masks {
            *self = Self { values: vec![0; values], masks: vec![0; masks], stride, kept };
        } else {
            self.values.clear();
            self.values.resize(values, 0);
            self.masks.clear();
            self.masks.resize(masks, 0);
            (self.stride, self.kept) = (stride, kept);
        }
    }

    /// The bytes of the store, used or not.
    pub(super) fn held_bytes(&self) -> usize {
        self.values.capacity() * size_of::<i16>() + self.masks.capacity() * size_of::<u64>()
    }

    /// The bytes that [`shape`](Self::shape) takes.
    pub(super) fn bytes(scale: Scale, (across, down): (u64, u64)) -> u64 {
        let group = (scale.side() * scale.side() * LANES + 1) * size_of::<i16>() + LANES * size_of::<u64>();
        across.div_ceil(LANES as u64) * down * group as u64
    }

    /// The block in column `x` of row `y`.
    #[inline(always)]
    pub(super) fn block(&mut self, x: usize, y: usize) -> Option<BlockMut<'_>> {
        let index = y * self.stride + x;
        let start = index / LANES * (LANES * self.kept + 1);
        let group = self.values.get_mut(start..=start + LANES * self.kept)?;
        Some(BlockMut { group, lane: index % LANES, mask: self.masks.get_mut(index)? })
    }

    /// The DC of the block in column `x` of row `y`.
    #[inline(always)]
    pub(super) fn dc(&mut self, x: usize, y: usize) -> Option<&mut i16> {
        let index = y * self.stride + x;
        self.values.get_mut(index / LANES * (LANES * self.kept + 1) + index % LANES)
    }

    /// The masks of the blocks in those columns of row `y`.
    #[inline(always)]
    pub(super) fn masks(&self, columns: Range<usize>, y: usize) -> &[u64] {
        let row = y * self.stride;
        self.masks.get(row + columns.start..row + columns.end).unwrap_or_default()
    }

    /// The groups of row `y`.
    pub(super) fn groups(&self, y: usize) -> impl Iterator<Item = &[i16]> {
        let group = LANES * self.kept + 1;
        let row = self.stride / LANES * group;
        let values = self.values.get(y * row..(y + 1) * row).unwrap_or_default();
        values.chunks_exact(group).map(move |values| &values[..group - 1])
    }
}

impl Kept {
    pub(super) fn of(scale: Scale) -> Self {
        // Those not kept come behind the group.
        let places = idct::places(scale);
        let nowhere = scale.side() * scale.side() * LANES;
        let mask = (0..64).filter(|&index| usize::from(places[index]) < nowhere).map(|index| 1 << index).sum();
        Self { places, nowhere, mask }
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // At memory's speed: they are many megabytes.
        self.values.fill(0);
        self.masks.fill(0);
        optimization_barrier(&self.values);
        optimization_barrier(&self.masks);
    }
}
