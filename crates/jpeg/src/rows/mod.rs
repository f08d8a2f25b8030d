//! Decodes the scans of a file into rows of samples, at a reduced scale.

mod bits;
mod entropy;
mod huffman;
mod idct;
mod progressive;
mod restarts;
mod ring;
mod scan;
#[cfg(test)]
mod tests;

use zeroize::Zeroize;

use crate::{
    header::{Component, Header, MAX_BLOCKS_PER_MCU, MAX_COMPONENTS},
    scale::Scale,
};
use bits::{Bits, Window};
use entropy::{TILE_COEFFICIENTS, Tables, Tile};
use huffman::{AcTable, DcTable};
use progressive::Plane;
pub(crate) use progressive::memory_bytes;
use restarts::Restarts;
pub(crate) use ring::Ring;
pub(crate) use scan::Consume;
use scan::{Block, Lost, Part, Scan, TILE_MCUS};

/// Decodes JPEGs row by row; owns all memory it needs and keeps it.
pub(crate) struct RowDecoder {
    window: Box<Window>,
    tile: Box<Tile>,
    dc: [DcTable; 4],
    ac: [AcTable; 4],
    rings: [Ring; MAX_COMPONENTS],
    /// For progressive files.
    planes: [Plane; MAX_COMPONENTS],
}

/// How to decode one component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    /// How much of each block's side to keep.
    pub(crate) scale: Scale,
    /// Rows that the consumer needs at once.
    pub(crate) kept_rows: usize,
}

/// What the decoder found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Full-size rows, from the top, before the place where the data ends; what is missing is grey.
    pub(crate) whole_rows: usize,
    /// How much of the picture was left out, in percent.
    pub(crate) lost_percent: u8,
    /// Whether anything was not as it should be.
    pub(crate) damaged: bool,
    /// Whether the end of the image follows the last row.
    pub(crate) ended: bool,
}

impl RowDecoder {
    /// A decoder without planes yet.
    pub(crate) fn new() -> Self {
        Self {
            window: bits::new_window(),
            tile: entropy::new_tile(),
            dc: std::array::from_fn(|_| DcTable::new()),
            ac: std::array::from_fn(|_| AcTable::new()),
            rings: Default::default(),
            planes: Default::default(),
        }
    }

    /// Decodes the file as `requests` specify, one per component, and gives the rows to `consumer`.
    pub(crate) fn decode(
        &mut self,
        header: &Header<'_>,
        requests: &[Request; MAX_COMPONENTS],
        consumer: &mut dyn Consume,
    ) -> Decoded {
        if header.is_progressive() {
            self.decode_progressive(header, requests, consumer)
        } else {
            self.decode_with(header, requests, |scan| scan::run(scan, consumer))
        }
    }

    fn decode_with(
        &mut self,
        header: &Header<'_>,
        requests: &[Request; MAX_COMPONENTS],
        run: impl FnOnce(&mut Scan<'_>),
    ) -> Decoded {
        let (max_h, max_v) = header.max_sampling();
        let (width, height) = (header.width() as usize, header.height() as usize);
        let (mcus_across, mcus_down) = (width.div_ceil(8 * max_h), height.div_ceil(8 * max_v));
        let (dc, ac) = header.huffman();
        for table in 0..4 {
            if header.components().iter().any(|component| component.dc == table) {
                self.dc[table].build(&dc[table]);
            }
            if header.components().iter().any(|component| component.ac == table) {
                self.ac[table].build(&ac[table]);
            }
        }
        let places = Scale::ALL.map(idct::places);
        let mut tile_used = 0;
        let requested = self.rings.iter_mut().zip(requests).zip(header.components());
        let mut parts = requested.map(|((ring, &Request { scale, kept_rows }), &component)| {
            let blocks_across = mcus_across.next_multiple_of(TILE_MCUS) * component.h;
            ring.shape(blocks_across * scale.side(), component.v * scale.side(), kept_rows);
            let height = scale.of((height * component.v).div_ceil(max_v) as u32) as usize;
            let factors = idct::factors(scale, header.quantiser(component.quantiser));
            let part = Part { component, scale, factors, tile_start: tile_used, ring, height };
            tile_used += component.h * component.v * part.group();
            part
        });
        // One or three components and at most ten blocks, held without allocation.
        let (mut one, mut three);
        let parts: &mut [Part<'_>] = match (parts.next(), parts.next(), parts.next()) {
            (Some(y), Some(cb), Some(cr)) => {
                three = [y, cb, cr];
                &mut three
            }
            (Some(y), ..) => {
                one = [y];
                &mut one
            }
            (None, ..) => &mut [],
        };
        let tables = |component: Component, scale: Scale| Tables {
            dc: &self.dc[component.dc],
            ac: &self.ac[component.ac],
            places: &places[scale.side().trailing_zeros() as usize],
        };
        let unused = Block { part: 0, tables: tables(Component::default(), Scale::Full), bases: [0; TILE_MCUS] };
        let (mut blocks, mut block_count) = ([unused; MAX_BLOCKS_PER_MCU], 0);
        for (index, part) in parts.iter().enumerate() {
            for block in part.blocks(index, tables(part.component, part.scale)) {
                blocks[block_count] = block;
                block_count += 1;
            }
        }
        let mut scan = Scan {
            bits: Bits::new(header.file(), header.data_start(), &mut self.window),
            tile: &mut self.tile,
            tile_used: tile_used.min(TILE_COEFFICIENTS),
            blocks: &blocks[..block_count],
            parts,
            predictions: [0; MAX_COMPONENTS],
            mcus_across,
            mcus_down,
            restarts: Restarts::every(header.restart_interval()),
            lost: Lost::default(),
            damaged: false,
        };
        run(&mut scan);
        let damaged = scan.damaged || scan.bits.has_left_over();
        let (ended, mcus) = (scan.bits.is_at_end(), mcus_across * mcus_down);
        let end_row = scan.lost.end_row(mcus, ended);
        Decoded {
            whole_rows: end_row.map_or(height, |row| height.min(row * 8 * max_v)),
            lost_percent: percent(scan.lost.mcus, mcus),
            damaged,
            ended,
        }
    }
}

/// A share in percent: 0 for nothing alone, 100 for all.
fn percent(part: usize, whole: usize) -> u8 {
    u8::try_from((part as u64 * 100).div_ceil((whole as u64).max(1))).unwrap_or(100).min(100)
}

impl Drop for RowDecoder {
    fn drop(&mut self) {
        self.window.zeroize();
        self.tile.zeroize();
    }
}
