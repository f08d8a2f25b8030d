//! How does a file become planes of samples, at the size asked for?

use super::{
    bits::{self, Bits, Window},
    entropy::{TILE_COEFFICIENTS, Tables, Tile},
    header::{Component, Header, MAX_BLOCKS_PER_MCU, MAX_COMPONENTS},
    huffman::{AcTable, DcTable},
    idct::Scale,
    planes::Plane,
    scan::{self, Block, Part, Restarts, Scan, TILE_MCUS},
};

/// Decodes JPEGs into planes; owns all memory it needs and keeps it.
#[derive(Debug)]
pub(crate) struct Decoder {
    window: Box<Window>,
    tile: Box<Tile>,
    dc: [DcTable; 4],
    ac: [AcTable; 4],
    planes: [Plane; MAX_COMPONENTS],
}

/// How to decode one component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlaneRequest {
    /// How much of each block's side to keep.
    pub(crate) scale: Scale,
    /// Samples around the picture, filled with its edge, that a resize may reach into.
    pub(crate) margin: usize,
}

/// What the decoder found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Full-size rows, from the top, with nothing missing as far as can be known.
    pub(crate) whole_rows: usize,
    /// Whether anything was damaged or missing; what was missing is grey.
    pub(crate) damaged: bool,
}

impl Decoder {
    /// A decoder that holds no planes yet.
    pub(crate) fn new() -> Self {
        Self {
            window: bits::new_window(),
            tile: Box::new([0; TILE_COEFFICIENTS]),
            dc: std::array::from_fn(|_| DcTable::new()),
            ac: std::array::from_fn(|_| AcTable::new()),
            planes: Default::default(),
        }
    }

    /// The planes last decoded; as many as the file had components are filled.
    pub(crate) fn planes(&self) -> &[Plane; MAX_COMPONENTS] {
        &self.planes
    }

    /// Decodes `file`, whose header is `header`, into planes as `requests` ask, one per component.
    pub(crate) fn decode(
        &mut self,
        file: &[u8],
        header: &Header,
        requests: &[PlaneRequest; MAX_COMPONENTS],
    ) -> Decoded {
        self.decode_with(file, header, requests, scan::run)
    }

    /// [`Decoder::decode`] with the code for any processor, for comparison.
    #[cfg(test)]
    pub(crate) fn decode_portably(
        &mut self,
        file: &[u8],
        header: &Header,
        requests: &[PlaneRequest; MAX_COMPONENTS],
    ) -> Decoded {
        self.decode_with(file, header, requests, scan::run_portably)
    }

    fn decode_with(
        &mut self,
        file: &[u8],
        header: &Header,
        requests: &[PlaneRequest; MAX_COMPONENTS],
        run: impl FnOnce(&mut Scan<'_>),
    ) -> Decoded {
        let (max_h, max_v) = header.max_sampling();
        let (width, height) = (usize::from(header.width), usize::from(header.height));
        let (mcus_across, mcus_down) = (width.div_ceil(8 * max_h), height.div_ceil(8 * max_v));
        for component in header.components() {
            self.dc[component.dc].build(&header.dc[component.dc]);
            self.ac[component.ac].build(&header.ac[component.ac]);
        }
        let places = Scale::ALL.map(Scale::places);
        let mut tile_used = 0;
        let requested = self.planes.iter_mut().zip(requests).zip(header.components());
        let mut parts = requested.map(|((plane, &PlaneRequest { scale, margin }), &component)| {
            plane.shape(
                scale.of((width * component.h).div_ceil(max_h)),
                scale.of((height * component.v).div_ceil(max_v)),
                mcus_across.next_multiple_of(TILE_MCUS) * component.h * scale.side(),
                mcus_down * component.v * scale.side(),
                margin,
            );
            let factors = scale.factors(&header.quantisers[component.quantiser]);
            let part = Part { component, scale, factors, tile_start: tile_used, plane };
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
            bits: Bits::new(file, header.data_start, &mut self.window),
            tile: &mut self.tile,
            tile_used: tile_used.min(TILE_COEFFICIENTS),
            blocks: &blocks[..block_count],
            parts,
            predictions: [0; MAX_COMPONENTS],
            mcus_across,
            mcus_down,
            restarts: Restarts::every(header.restart_interval),
            first_damaged_row: None,
            damaged: false,
        };
        run(&mut scan);
        let whole_rows = scan.first_damaged_row.map_or(height, |row| height.min(row * 8 * max_v));
        let decoded = Decoded { whole_rows, damaged: scan.damaged };
        for plane in self.planes.iter_mut().take(header.components().len()) {
            plane.fill_margins();
        }
        decoded
    }
}
