//! In which order are the blocks written, and as which symbols?

use super::{
    fdct::{Group, LANES},
    quant::Quantisers,
};

/// Groups of blocks in a tile.
pub(crate) const TILE_GROUPS: usize = 3;

/// A tile: the blocks of 8 (4:2:0) or 16 (4:4:4) MCUs side by side.
pub(crate) type Tile = [Group; TILE_GROUPS];

/// How chroma is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sampling {
    /// Half the resolution in both directions.
    Half,
    /// As luma.
    Full,
}

/// A block of an MCU: its component, its group in the tile, and its lane as first + step × MCU.
#[derive(Clone, Copy)]
struct BlockPlace {
    component: usize,
    group: usize,
    lane: usize,
    step: usize,
}

impl Sampling {
    /// Blocks of luma per MCU, across and down.
    pub(crate) const fn factor(self) -> usize {
        match self {
            Self::Half => 2,
            Self::Full => 1,
        }
    }

    /// MCUs side by side in a tile.
    pub(crate) const fn tile_mcus(self) -> usize {
        LANES / self.factor()
    }

    /// Which quantiser each group of a tile takes: 0 luma, 1 chroma.
    const fn quantisers(self) -> [usize; TILE_GROUPS] {
        match self {
            Self::Half => [0, 0, 1],
            Self::Full => [0, 1, 1],
        }
    }

    const fn blocks(self) -> &'static [BlockPlace] {
        const fn place(component: usize, group: usize, lane: usize, step: usize) -> BlockPlace {
            BlockPlace { component, group, lane, step }
        }
        const HALF: [BlockPlace; 6] = [
            place(0, 0, 0, 2),
            place(0, 0, 1, 2),
            place(0, 1, 0, 2),
            place(0, 1, 1, 2),
            place(1, 2, 0, 1),
            place(2, 2, LANES / 2, 1),
        ];
        const FULL: [BlockPlace; 3] = [place(0, 0, 0, 1), place(1, 1, 0, 1), place(2, 2, 0, 1)];
        match self {
            Self::Half => &HALF,
            Self::Full => &FULL,
        }
    }
}

/// What symbols go to: a histogram, or a file. `table` is 0 for luma, 1 for chroma.
pub(crate) trait Sink {
    /// A DC symbol and its magnitude bits, as many as the symbol.
    fn dc(&mut self, table: usize, symbol: u8, bits: u32);
    /// An AC symbol and its magnitude bits, as many as its low four bits say.
    fn ac(&mut self, table: usize, symbol: u8, bits: u32);
}

/// Quantises a tile and gives the symbols of its first `mcus` MCUs to `sink`; `predictions` are the components' last
/// means.
#[inline(always)]
pub(crate) fn tile(
    tile: &Tile,
    quantisers: &Quantisers,
    sampling: Sampling,
    mcus: usize,
    predictions: &mut [i16; 3],
    sink: &mut impl Sink,
) {
    let mut levels = [[[0; LANES]; 64]; TILE_GROUPS];
    let mut masks = [[0; LANES]; TILE_GROUPS];
    for (group, table) in sampling.quantisers().into_iter().enumerate() {
        masks[group] = quantisers.tables[table].apply(&tile[group], &mut levels[group]);
    }
    for mcu in 0..mcus.min(sampling.tile_mcus()) {
        for place in sampling.blocks() {
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
