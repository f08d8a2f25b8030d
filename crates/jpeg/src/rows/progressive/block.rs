//! Reads one block's band of AC coefficients, in its first scan and in refinement scans.

use super::store::{BlockMut, Kept};
use crate::{
    header::Band,
    rows::{
        bits::{Register, Window},
        huffman::{AC_BITS, AcTable, END, extend},
    },
};

/// Correction bits that one refill is enough for.
const BITS_PER_REFILL: u32 = 56;

/// Correction bits that are in the register still after a symbol: of those 56 it took 16 and at most 14 of a run's length.
const BITS_AFTER_SYMBOL: u32 = 26;

/// What every block of a scan is read with.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) window: &'a Window,
    pub(super) table: &'a AcTable,
    pub(super) band: Band,
    pub(super) kept: &'a Kept,
}

/// The state after a block: the position in the stream, and how many blocks follow whose band ends before it begins.
type Read = Option<(Register, usize)>;

impl Reader<'_> {
    /// Reads a band for the first time; `None` where it is damaged.
    #[inline(always)]
    pub(super) fn first(&self, mut register: Register, mut block: BlockMut<'_>) -> Read {
        let Band { start, end, low_bit, .. } = self.band;
        let entries = self.table.entries();
        let mut index = start;
        loop {
            register.refill(self.window);
            let entry = entries[(register.peek() >> (64 - AC_BITS)) as usize];
            if entry.bits() == 0 {
                let symbol = self.table.long(entry, (register.peek() >> 32) as u32)?;
                register.drop(symbol.code_bits);
                if symbol.size == 0 && symbol.run < 15 {
                    return Some(end_of_band(register, symbol.run));
                }
                index += symbol.run;
                if index > end {
                    return None;
                }
                if symbol.size != 0 {
                    self.put(&mut block, index, extend(register.take(symbol.size), symbol.size) << low_bit);
                }
                index += 1;
            } else {
                let next = index + entry.advance();
                // A look-up may contain bits of the next block.
                if next > end && next != end + 1 && !(END..=END + end).contains(&next) {
                    return self.last(register, block, index).map(|register| (register, 0));
                }
                register.drop_entry(entry);
                self.put(&mut block, index + entry.run(), i32::from(entry.first()) << low_bit);
                if entry.second() != 0 {
                    self.put(&mut block, (next - 1) & (END - 1), i32::from(entry.second()) << low_bit);
                }
                if next >= END {
                    return Some((register, 0));
                }
                index = next;
            }
            if index > end {
                return Some((register, 0));
            }
        }
    }

    /// Takes pairs one by one up to the end of the band.
    #[inline(never)]
    fn last(&self, mut register: Register, mut block: BlockMut<'_>, mut index: u32) -> Option<Register> {
        let Band { end, low_bit, .. } = self.band;
        while index <= end {
            let entry = self.table.single(register.peek());
            if entry.bits() == 0 {
                return None;
            }
            register.drop_entry(entry);
            if entry.is_end() {
                return Some(register);
            }
            self.put(&mut block, index + entry.run(), i32::from(entry.first()) << low_bit);
            index += entry.advance();
        }
        (index == end + 1).then_some(register)
    }

    /// Reads another bit of a band; `None` where it is damaged.
    #[inline(always)]
    pub(super) fn refine(&self, mut register: Register, mut block: BlockMut<'_>) -> Read {
        let Band { start, end, low_bit, .. } = self.band;
        let (mut index, before) = (start, *block.mask);
        while index <= end {
            register.refill(self.window);
            let entry = self.table.single(register.peek());
            let (run, value) = if entry.bits() == 0 {
                let symbol = self.table.long(entry, (register.peek() >> 32) as u32)?;
                register.drop(symbol.code_bits);
                match (symbol.run, symbol.size) {
                    (15, 0) => (15, 0),
                    (run, 0) => {
                        let (register, blocks) = end_of_band(register, run);
                        return Some((self.correct(register, &mut block, before, index), blocks));
                    }
                    (run, 1) => (run, extend(register.take(1), 1)),
                    _ => return None,
                }
            } else {
                register.drop_entry(entry);
                if entry.is_end() {
                    return Some((self.correct(register, &mut block, before, index), 0));
                }
                (entry.run(), entry.first().into())
            };
            // A run counts the coefficients that are zero still: each that is not moves its end by one. Found by counting,
            // because a loop over the run would end where no processor can foresee.
            let history = before & self.from(index);
            let mut place = index + run;
            let passed = loop {
                if place > end || value.abs() > 1 {
                    return None;
                }
                let passed = history & (2u64 << place).wrapping_sub(1);
                let moved = index + run + passed.count_ones();
                if moved == place {
                    break passed;
                }
                place = moved;
            };
            register = self.correct_all(register, BITS_AFTER_SYMBOL, &mut block, passed);
            self.put(&mut block, place, value << low_bit);
            index = place + 1;
        }
        Some((register, 0))
    }

    /// Corrects what is non-zero in `mask` from `index` to the end of the band.
    #[inline(always)]
    fn correct(&self, register: Register, block: &mut BlockMut<'_>, mask: u64, index: u32) -> Register {
        self.correct_all(register, BITS_AFTER_SYMBOL, block, mask & self.from(index))
    }

    /// The band from `index` on, as a mask.
    #[inline(always)]
    fn from(&self, index: u32) -> u64 {
        u64::MAX << (index & 63) & self.band.mask()
    }

    /// Reads a correction bit for each coefficient in `passed`, and applies it to those kept. So many bits are `valid` already.
    #[inline(always)]
    pub(super) fn correct_all(
        &self,
        register: Register,
        valid: u32,
        block: &mut BlockMut<'_>,
        passed: u64,
    ) -> Register {
        if passed == 0 {
            register
        } else if passed.count_ones() <= BITS_PER_REFILL {
            self.correct_some(register, valid, block, passed)
        } else {
            let low = u64::from(u32::MAX);
            let register = self.correct_some(register, 0, block, passed & low);
            self.correct_some(register, 0, block, passed & !low)
        }
    }

    #[inline(always)]
    fn correct_some(&self, mut register: Register, valid: u32, block: &mut BlockMut<'_>, passed: u64) -> Register {
        if passed.count_ones() > valid {
            register.refill(self.window);
        }
        let bits = register.peek();
        let mut kept = passed & self.kept.mask;
        while kept != 0 {
            let index = kept.trailing_zeros();
            kept &= kept - 1;
            let rank = (passed & ((1 << index) - 1)).count_ones();
            let place = usize::from(self.kept.places[index as usize]) + block.lane;
            if let Some(value) = block.group.get_mut(place) {
                // Without a branch on the bit, which is unpredictable. As in libjpeg, a bit that is there is not
                // added again.
                let step = ((bits << rank >> 63) << self.band.low_bit) as i16 & !*value;
                let sign = *value >> 15;
                *value = value.wrapping_add((step ^ sign).wrapping_sub(sign));
            }
        }
        register.drop(passed.count_ones());
        register
    }

    /// Sets the coefficient at `index` where `value` is not zero.
    #[inline(always)]
    fn put(&self, block: &mut BlockMut<'_>, index: u32, value: i32) {
        if value != 0 {
            *block.mask |= 1 << (index & 63);
            // A value that is not kept goes behind the group, by a choice of places instead of an unpredictable
            // branch.
            let place = usize::from(self.kept.places[index as usize & 255]) + block.lane;
            if let Some(slot) = block.group.get_mut(place.min(self.kept.nowhere)) {
                *slot = value as i16;
            }
        }
    }
}

/// Blocks, after this one, whose band has ended too.
#[inline(always)]
fn end_of_band(mut register: Register, bits: u32) -> (Register, usize) {
    let blocks = (1usize << bits) + register.take(bits) as usize;
    (register, blocks - 1)
}
