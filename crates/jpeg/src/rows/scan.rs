//! Decodes the blocks of a scan in their order, and goes on after damage.

use multiversion::multiversion;

use super::{
    bits::Bits,
    entropy::{self, Tables, Tile},
    idct::{self, Factors, LANES},
    restarts::Restarts,
    ring::Ring,
};
use crate::{
    header::{Component, MAX_COMPONENTS},
    scale::Scale,
};

/// MCUs that are decoded before their blocks are transformed together.
pub(crate) const TILE_MCUS: usize = LANES;

/// The state of a scan.
pub(crate) struct Scan<'a> {
    pub(crate) bits: Bits<'a>,
    pub(crate) tile: &'a mut Tile,
    /// Coefficients of the tile that are in use.
    pub(crate) tile_used: usize,
    /// The blocks of an MCU in the order of the scan.
    pub(crate) blocks: &'a [Block<'a>],
    pub(crate) parts: &'a mut [Part<'a>],
    /// DC predictions, one per component.
    pub(crate) predictions: [i32; MAX_COMPONENTS],
    pub(crate) mcus_across: usize,
    pub(crate) mcus_down: usize,
    pub(crate) restarts: Restarts,
    /// What was lost.
    pub(crate) lost: Lost,
    /// Whether anything was not as it should be.
    pub(crate) damaged: bool,
}

/// The MCUs that were left out.
#[derive(Default)]
pub(crate) struct Lost {
    /// How many there are.
    pub(crate) mcus: usize,
    /// The row from which on no restart marker was found any more.
    end_row: Option<usize>,
    /// The last of them without a sound one between: the row of the first, and the MCU that comes next.
    run: Option<(usize, usize)>,
}

impl Lost {
    /// The row from which on nothing more was found in a scan of this many MCUs. Where the last interval is lost,
    /// only the end of the image shows that there was one.
    pub(crate) fn end_row(&self, mcus: usize, has_end: bool) -> Option<usize> {
        let last = self.run.filter(|(_, next)| *next == mcus && !has_end).map(|(start, _)| start);
        self.end_row.or(last)
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, row: usize, mcu: usize, is_over: bool) {
        let start = self.run.filter(|(_, next)| *next == mcu).map_or(row, |(start, _)| start);
        self.run = Some((start, mcu + 1));
        self.mcus += 1;
        if is_over {
            self.end_row.get_or_insert(start);
        }
    }
}

/// What takes the rows as they come.
pub(crate) trait Consume {
    /// The first `ready` rows of component `index` were decoded; the last of them are in `ring`.
    fn rows(&mut self, index: usize, ring: &Ring, ready: usize);
}

/// One block of every MCU.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    /// Index of its component.
    pub(crate) part: usize,
    pub(crate) tables: Tables<'a>,
    /// Where its first coefficient goes, for each MCU of a tile.
    pub(crate) bases: [usize; TILE_MCUS],
}

/// One component of the scan.
pub(crate) struct Part<'a> {
    pub(crate) component: Component,
    pub(crate) scale: Scale,
    pub(crate) factors: Factors,
    /// Where its first coefficients are in the tile.
    pub(crate) tile_start: usize,
    pub(crate) ring: &'a mut Ring,
    /// Rows of samples that belong to the picture.
    pub(crate) height: usize,
}

/// Decodes the whole scan: [`run_portably`], compiled for what the processor can do.
///
/// Only whole scans are dispatched, so that the choice costs nothing. BMI2's shifts shorten the entropy decoder's chain of
/// dependent instructions, AVX2 doubles the lanes of the inverse transform (15 % in all). No fused multiply-add is ever
/// formed from plain Rust, so both agree bit for bit.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(crate) fn run(scan: &mut Scan<'_>, consumer: &mut dyn Consume) {
    run_portably(scan, consumer);
}

/// Decodes the whole scan on any processor.
#[inline(always)]
pub(crate) fn run_portably(scan: &mut Scan<'_>, consumer: &mut dyn Consume) {
    for row in 0..scan.mcus_down {
        for first in (0..scan.mcus_across).step_by(TILE_MCUS) {
            scan.tile[..scan.tile_used].fill(0);
            for slot in 0..TILE_MCUS.min(scan.mcus_across - first) {
                if scan.enter_mcu() && !scan.mcu(slot) {
                    scan.give_up_interval(slot);
                }
                if scan.restarts.skip > 0 {
                    scan.restarts.skip -= 1;
                    scan.lost.add(row, row * scan.mcus_across + first + slot, scan.restarts.is_over);
                }
            }
            scan.transform(row, first);
        }
        for (index, part) in scan.parts.iter().enumerate() {
            let ready = ((row + 1) * part.component.v * part.scale.side()).min(part.height);
            consumer.rows(index, part.ring, ready);
        }
    }
}

impl Scan<'_> {
    /// Steps to the next MCU, over a restart marker if one is due; says whether it is to be decoded.
    #[inline(always)]
    fn enter_mcu(&mut self) -> bool {
        if self.restarts.left == 0 {
            self.damaged |= self.restarts.cross(&mut self.bits);
            self.predictions = [0; MAX_COMPONENTS];
        }
        self.restarts.left -= 1;
        self.bits.reserve_mcu();
        self.restarts.skip == 0
    }

    /// Decodes the MCU into place `slot` of the tile; says whether it is sound.
    #[inline(always)]
    fn mcu(&mut self, slot: usize) -> bool {
        let (mut register, window) = self.bits.parts();
        for block in self.blocks {
            let (base, prediction) = (block.bases[slot], &mut self.predictions[block.part]);
            match entropy::block(register, window, block.tables, self.tile, base, prediction) {
                Some(next) => register = next,
                None => return false,
            }
        }
        self.bits.set_register(register);
        !self.bits.overran()
    }

    /// After damage: this MCU and all up to the next restart marker stay grey, because nothing of them can be trusted.
    #[cold]
    #[inline(never)]
    fn give_up_interval(&mut self, slot: usize) {
        self.damaged = true;
        self.restarts.give_up();
        for block in self.blocks {
            let rows = idct::coefficient_rows(self.parts[block.part].scale);
            self.tile[block.bases[slot]..]
                .iter_mut()
                .step_by(LANES)
                .take(rows)
                .for_each(|coefficient| *coefficient = 0);
        }
    }

    /// Turns the tile's coefficients into samples.
    #[inline(always)]
    fn transform(&mut self, row: usize, first_mcu: usize) {
        for part in self.parts.iter_mut() {
            let (group, Component { h, v, .. }) = (part.group(), part.component);
            let side = part.scale.side();
            for y in 0..v {
                for x in 0..h {
                    let coefficients = &self.tile[part.tile_start + (y * h + x) * group..];
                    let stride = part.ring.stride();
                    let rows = part.ring.tail_mut((first_mcu * h + x * LANES) * side, (row * v + y) * side);
                    idct::inverse(part.scale, coefficients, &part.factors, rows, stride);
                }
            }
        }
    }
}

impl Part<'_> {
    /// The component's blocks in an MCU, which is component `part` of the scan.
    pub(crate) fn blocks<'t>(&self, part: usize, tables: Tables<'t>) -> impl Iterator<Item = Block<'t>> + use<'t> {
        let (start, group, Component { h, v, .. }) = (self.tile_start, self.group(), self.component);
        (0..h * v).map(move |index| {
            let bases = std::array::from_fn(|slot| {
                let across = slot * h + index % h;
                start + (index / h * h + across / LANES) * group + across % LANES
            });
            Block { part, tables, bases }
        })
    }

    /// Coefficients of one group of lanes.
    #[inline(always)]
    pub(crate) fn group(&self) -> usize {
        idct::coefficient_rows(self.scale) * LANES
    }
}
