//! In which order are the blocks written, and as which symbols?

use super::{
    fdct::{Group, LANES},
    quant::Quantisers,
};

/// MCUs of 4:2:0 side by side in a tile.
pub(crate) const TILE_MCUS: usize = LANES / 2;
/// Groups of blocks in a tile: upper and lower row of luma, both components of chroma.
pub(crate) const TILE_GROUPS: usize = 3;
/// Which quantiser each group takes: 0 luma, 1 chroma.
const QUANTISERS: [usize; TILE_GROUPS] = [0, 0, 1];
/// The blocks of an MCU in the order of the scan.
const BLOCKS: [Place; 6] = [
    Place { component: 0, group: 0, lane: 0, step: 2 },
    Place { component: 0, group: 0, lane: 1, step: 2 },
    Place { component: 0, group: 1, lane: 0, step: 2 },
    Place { component: 0, group: 1, lane: 1, step: 2 },
    Place { component: 1, group: 2, lane: 0, step: 1 },
    Place { component: 2, group: 2, lane: LANES / 2, step: 1 },
];

/// The blocks of eight MCUs side by side.
pub(crate) type Tile = [Group; TILE_GROUPS];

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

/// Quantises a tile and gives the symbols of its first `mcus` MCUs to `sink`; `predictions` are the components' last
/// means.
#[inline(always)]
pub(crate) fn tile(
    tile: &Tile,
    quantisers: &Quantisers,
    mcus: usize,
    predictions: &mut [i16; 3],
    sink: &mut impl Sink,
) {
    let mut levels = [[[0; LANES]; 64]; TILE_GROUPS];
    let mut masks = [[0; LANES]; TILE_GROUPS];
    for (group, table) in QUANTISERS.into_iter().enumerate() {
        masks[group] = quantisers.tables[table].apply(&tile[group], &mut levels[group]);
    }
    for mcu in 0..mcus.min(TILE_MCUS) {
        for place in &BLOCKS {
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
