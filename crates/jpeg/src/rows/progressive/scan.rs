//! Reads the blocks of a progressive scan in their order.

use multiversion::multiversion;

use super::{
    block::Reader,
    store::{Kept, Plane},
};
use crate::{
    header::{Band, MAX_COMPONENTS},
    rows::{
        bits::{Bits, Register, Window},
        entropy,
        huffman::{AcTable, DcTable},
        restarts::Restarts,
    },
};

/// One scan, ready to be read.
pub(super) struct Scan<'a> {
    pub(super) bits: Bits<'a>,
    pub(super) restarts: Restarts,
    pub(super) band: Band,
    /// MCUs across and down; blocks where there is one component.
    pub(super) size: (usize, usize),
    pub(super) damaged: bool,
    /// First row of MCUs that is not whole.
    pub(super) first_damaged_row: Option<usize>,
}

/// One component of a scan of DC.
pub(super) struct DcPart<'a> {
    pub(super) plane: &'a mut Plane,
    /// Its blocks in an MCU, across and down.
    pub(super) blocks: (usize, usize),
    pub(super) table: &'a DcTable,
}

/// The component of a scan of AC.
pub(super) struct AcPart<'a> {
    pub(super) plane: &'a mut Plane,
    pub(super) kept: &'a Kept,
    pub(super) table: &'a AcTable,
}

/// Reads a scan of DC: [`Scan::dc`], compiled for what the processor can do.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(super) fn run_dc(scan: &mut Scan<'_>, parts: &mut [DcPart<'_>]) {
    if scan.band.refines {
        scan.dc::<true>(parts);
    } else {
        scan.dc::<false>(parts);
    }
}

/// Reads a scan of AC: [`Scan::ac`], compiled for what the processor can do.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
pub(super) fn run_ac(scan: &mut Scan<'_>, part: AcPart<'_>) {
    if scan.band.refines {
        scan.ac::<true>(part);
    } else {
        scan.ac::<false>(part);
    }
}

impl Scan<'_> {
    #[inline(always)]
    fn dc<const REFINES: bool>(&mut self, parts: &mut [DcPart<'_>]) {
        let mut predictions = [0; MAX_COMPONENTS];
        for y in 0..self.size.1 {
            for x in 0..self.size.0 {
                if self.restarts.left == 0 {
                    self.damaged |= self.restarts.cross(&mut self.bits);
                    predictions = [0; MAX_COMPONENTS];
                }
                if self.restarts.skip == 0 {
                    self.bits.reserve_mcu();
                    let (register, window) = self.bits.parts();
                    let read = dc_mcu::<REFINES>(register, window, self.band, parts, &mut predictions, (x, y));
                    if let Some(register) = read {
                        self.bits.set_register(register);
                    }
                    if read.is_none() || self.bits.overran() {
                        self.give_up();
                        if !REFINES {
                            clear_mcu(parts, (x, y));
                        }
                    }
                }
                if self.restarts.skip > 0 {
                    self.first_damaged_row.get_or_insert(y);
                    if self.restarts.skip == usize::MAX {
                        return;
                    }
                    self.restarts.skip -= 1;
                }
                self.restarts.left -= 1;
            }
        }
    }

    #[inline(always)]
    fn ac<const REFINES: bool>(&mut self, mut part: AcPart<'_>) {
        let (across, down) = self.size;
        // Blocks to come whose band has ended.
        let mut ended = 0;
        for y in 0..down {
            let mut x = 0;
            while x < across {
                if self.restarts.left == 0 {
                    self.damaged |= self.restarts.cross(&mut self.bits);
                    ended = 0;
                }
                let free = (across - x).min(self.restarts.left);
                if self.restarts.skip > 0 {
                    if self.restarts.skip == usize::MAX {
                        return;
                    }
                    let skipped = free.min(self.restarts.skip);
                    self.restarts.skip -= skipped;
                    self.restarts.left -= skipped;
                    x += skipped;
                    continue;
                }
                if ended > 0 {
                    let blocks = free.min(ended);
                    if REFINES && !self.correct(&mut part, (x, y), blocks) {
                        self.give_up();
                        continue;
                    }
                    ended -= blocks;
                    self.restarts.left -= blocks;
                    x += blocks;
                    continue;
                }
                self.bits.reserve_mcu();
                let (register, window) = self.bits.parts();
                let reader = Reader { window, table: part.table, band: self.band, kept: part.kept };
                let read = part.plane.block(x, y).and_then(|block| {
                    if REFINES { reader.refine(register, block) } else { reader.first(register, block) }
                });
                let Some((register, blocks)) = read else {
                    self.give_up();
                    continue;
                };
                self.bits.set_register(register);
                if self.bits.overran() {
                    self.give_up();
                    continue;
                }
                ended = blocks;
                self.restarts.left -= 1;
                x += 1;
            }
        }
        // A run that goes on behind the last block is no harm: some encoders round it up.
    }

    /// Corrects `blocks` blocks from (x, y) whose bands have nothing new; returns whether their bits were there.
    #[inline(always)]
    fn correct(&mut self, part: &mut AcPart<'_>, (x, y): (usize, usize), blocks: usize) -> bool {
        let (mut x, end) = (x, x + blocks);
        // A hostile file has a hundred scans over nothing: what is zero is gone over without its blocks.
        while let Some(zeros) = part.plane.masks(x..end, y).iter().position(|mask| mask & self.band.mask() != 0) {
            x += zeros;
            let Some(mut block) = part.plane.block(x, y) else { return false };
            let mask = *block.mask & self.band.mask();
            self.bits.reserve_mcu();
            let (register, window) = self.bits.parts();
            let reader = Reader { window, table: part.table, band: self.band, kept: part.kept };
            let register = reader.correct_all(register, 0, &mut block, mask);
            self.bits.set_register(register);
            if self.bits.overran() {
                return false;
            }
            x += 1;
        }
        true
    }

    /// After damage: this MCU and all up to the next restart marker stay as they are, because nothing of them can be trusted.
    #[cold]
    #[inline(never)]
    fn give_up(&mut self) {
        self.damaged = true;
        self.restarts.skip = self.restarts.left;
    }
}

/// Makes an MCU grey.
#[cold]
#[inline(never)]
fn clear_mcu(parts: &mut [DcPart<'_>], (x, y): (usize, usize)) {
    for part in parts {
        let (across, down) = part.blocks;
        for index in 0..across * down {
            if let Some(value) = part.plane.dc(x * across + index % across, y * down + index / across) {
                *value = 0;
            }
        }
    }
}

/// Reads an MCU of a scan of DC.
#[inline(always)]
fn dc_mcu<const REFINES: bool>(
    mut register: Register,
    window: &Window,
    band: Band,
    parts: &mut [DcPart<'_>],
    predictions: &mut [i32; MAX_COMPONENTS],
    (x, y): (usize, usize),
) -> Option<Register> {
    for (part, prediction) in parts.iter_mut().zip(predictions) {
        let (across, down) = part.blocks;
        for row in 0..down {
            for column in 0..across {
                let value = part.plane.dc(x * across + column, y * down + row)?;
                if REFINES {
                    register.refill(window);
                    *value |= (register.take(1) as i16) << band.low_bit;
                } else {
                    let (next, difference) = entropy::dc(register, window, part.table)?;
                    register = next;
                    *prediction = prediction.wrapping_add(difference);
                    *value = (*prediction << band.low_bit) as i16;
                }
            }
        }
    }
    Some(register)
}
