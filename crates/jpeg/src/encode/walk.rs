//! The order of the blocks in the scan, and the symbols that they are written as.

use super::{
    fdct::{Group, LANES},
    quant::Quantisers,
};
use crate::sampling::Sampling;

/// Groups of blocks in a tile.
pub(crate) const TILE_GROUPS: usize = 3;

impl Sampling {
    /// A side of an MCU in px, and its number of luma blocks.
    pub(crate) const fn mcu_px(self) -> usize {
        match self {
            Self::S420 => 16,
            Self::S444 => 8,
        }
    }

    /// MCUs side by side in a tile.
    pub(crate) const fn tile_mcus(self) -> usize {
        match self {
            Self::S420 => HALF.mcus,
            Self::S444 => FULL.mcus,
        }
    }

    /// The content of the halves of the groups of the tile at `column` and `row`: a component, and where in it they
    /// begin, counted in half groups across and blocks down.
    #[inline(always)]
    pub(crate) const fn halves(self, column: usize, row: usize) -> [(usize, usize, usize); 2 * TILE_GROUPS] {
        let (x, y) = (2 * column, 2 * row);
        match self {
            Self::S420 => {
                [(0, x, y), (0, x + 1, y), (0, x, y + 1), (0, x + 1, y + 1), (1, column, row), (2, column, row)]
            }
            Self::S444 => [(0, x, row), (0, x + 1, row), (1, x, row), (1, x + 1, row), (2, x, row), (2, x + 1, row)],
        }
    }
}

/// How the blocks lie in a tile.
struct Layout {
    /// MCUs side by side.
    mcus: usize,
    /// Which quantiser each group takes: 0 luma, 1 chroma.
    quantisers: [usize; TILE_GROUPS],
    /// The blocks of an MCU in the order of the scan.
    blocks: &'static [Place],
}

/// Upper and lower row of luma, both components of chroma.
const HALF: Layout = Layout {
    mcus: LANES / 2,
    quantisers: [0, 0, 1],
    blocks: &[
        Place { component: 0, group: 0, lane: 0, step: 2 },
        Place { component: 0, group: 0, lane: 1, step: 2 },
        Place { component: 0, group: 1, lane: 0, step: 2 },
        Place { component: 0, group: 1, lane: 1, step: 2 },
        Place { component: 1, group: 2, lane: 0, step: 1 },
        Place { component: 2, group: 2, lane: LANES / 2, step: 1 },
    ],
};
/// A group for each component.
const FULL: Layout = Layout {
    mcus: LANES,
    quantisers: [0, 1, 1],
    blocks: &[
        Place { component: 0, group: 0, lane: 0, step: 1 },
        Place { component: 1, group: 1, lane: 0, step: 1 },
        Place { component: 2, group: 2, lane: 0, step: 1 },
    ],
};

/// The blocks of as many MCUs side by side as fill the lanes.
pub(crate) type Tile = [Group; TILE_GROUPS];

/// What stays from one tile to the next.
pub(crate) struct Run {
    /// The components' last means.
    predictions: [i16; 3],
    /// The tile under way, quantised.
    levels: Tile,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self { predictions: [0; 3], levels: [[[0; LANES]; 64]; TILE_GROUPS] }
    }
}

/// A block of an MCU: its component, its group in the tile, and its lane as first + step × MCU.
struct Place {
    component: usize,
    group: usize,
    lane: usize,
    step: usize,
}

/// What symbols go to: a histogram, or a file. `table` is 0 for luma, 1 for chroma.
pub(crate) trait Sink {
    /// A DC symbol and its magnitude bits, as many as the symbol.
    fn dc(&mut self, table: usize, symbol: u8, bits: u32);
    /// An AC symbol and its magnitude bits, as many as its low four bits say.
    fn ac(&mut self, table: usize, symbol: u8, bits: u32);
}

/// Quantises a tile and gives the symbols of its first `mcus` MCUs to `sink`.
#[inline(always)]
pub(crate) fn tile(
    sampling: Sampling,
    tile: &Tile,
    quantisers: &Quantisers,
    mcus: usize,
    run: &mut Run,
    sink: &mut impl Sink,
) {
    // Each with a layout that the compiler knows, so that its loops are unrolled.
    match sampling {
        Sampling::S420 => laid_out(&HALF, tile, quantisers, mcus, run, sink),
        Sampling::S444 => laid_out(&FULL, tile, quantisers, mcus, run, sink),
    }
}

#[inline(always)]
fn laid_out(
    layout: &Layout,
    tile: &Tile,
    quantisers: &Quantisers,
    mcus: usize,
    Run { predictions, levels }: &mut Run,
    sink: &mut impl Sink,
) {
    let mut masks = [[0; LANES]; TILE_GROUPS];
    for (group, table) in layout.quantisers.into_iter().enumerate() {
        masks[group] = quantisers.tables[table].apply(&tile[group], &mut levels[group]);
    }
    for mcu in 0..mcus.min(layout.mcus) {
        for place in layout.blocks {
            let (levels, lane) = (&levels[place.group], (place.lane + place.step * mcu) % LANES);
            let prediction = &mut predictions[place.component];
            block(levels, lane, masks[place.group][lane], place.component.min(1), prediction, sink);
        }
    }
}

/// Gives the symbols of one block to `sink`.
#[inline(always)]
fn block(levels: &Group, lane: usize, nonzero: u64, table: usize, prediction: &mut i16, sink: &mut impl Sink) {
    let mean = levels[0][lane];
    let (size, bits) = magnitude(mean.wrapping_sub(*prediction));
    *prediction = mean;
    sink.dc(table, size, bits);
    let mut rest = nonzero & !1;
    let mut last = 0;
    while rest != 0 {
        let index = rest.trailing_zeros();
        rest &= rest - 1;
        let mut run = index - last - 1;
        while run > 15 {
            sink.ac(table, 0xF0, 0);
            run -= 16;
        }
        last = index;
        let (size, bits) = magnitude(levels[index as usize & 63][lane]);
        sink.ac(table, (run as u8) << 4 | size, bits);
    }
    if last != 63 {
        sink.ac(table, 0, 0);
    }
}

/// Number of magnitude bits and the bits themselves (T.81 §F.1.2.1).
#[inline(always)]
fn magnitude(level: i16) -> (u8, u32) {
    let size = 16 - level.unsigned_abs().leading_zeros();
    let sign = i32::from(level >> 15);
    let bits = (i32::from(level) + sign) as u32 & ((1 << size) - 1);
    (size as u8, bits)
}
