//! Decodes a scan's bit stream into blocks of coefficients, and detects damage.

use super::{
    bits::{Register, Window},
    huffman::{AC_BITS, AcTable, DcTable, END, extend},
};

/// Coefficients of one tile of MCUs at most.
pub(crate) const TILE_COEFFICIENTS: usize = 1 << 13;
/// How far from a block's first coefficient its others may lie; a power of two, because places are masked instead of checked.
const REACH: usize = 1 << 10;

/// Index of a block's last coefficient.
const LAST: u32 = 63;

/// Look-ups of 12 bits that one refill of 56 allows; a long code with its magnitude, which may need 31, does its own
/// refill (1 % of the whole against three).
const LOOK_UPS_PER_REFILL: usize = 4;

/// A tile's coefficients, see [`places`](super::idct::places).
pub(crate) type Tile = [i16; TILE_COEFFICIENTS + REACH];

/// A tile of zeros.
pub(crate) fn new_tile() -> Box<Tile> {
    Box::new([0; TILE_COEFFICIENTS + REACH])
}

/// The tables one component is decoded with.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'a> {
    pub(crate) dc: &'a DcTable,
    pub(crate) ac: &'a AcTable,
    /// Where in its group of lanes each coefficient goes, by zigzag index.
    pub(crate) places: &'a [u16; 256],
}

/// Decodes one block, its first coefficient's lane at `base`, with `prediction` as its DC prediction; `None` if a code was
/// not valid.
///
/// The register goes by value throughout: behind a reference it would live in memory (33 → 24 ms at 12 MP).
#[inline(always)]
pub(crate) fn block(
    register: Register,
    window: &Window,
    tables: Tables<'_>,
    tile: &mut Tile,
    base: usize,
    prediction: &mut i32,
) -> Option<Register> {
    let (register, difference) = dc(register, window, tables.dc)?;
    *prediction = prediction.wrapping_add(difference);
    // From here on without the base: an addition less for each coefficient, and a register (1 % of the whole).
    let target = tile.get_mut(base..)?.first_chunk_mut()?;
    target[usize::from(tables.places[0]) & (REACH - 1)] = *prediction as i16;
    ac(register, window, tables, target)
}

/// Decodes a difference of DC; `None` if its code was not valid.
#[inline(always)]
pub(crate) fn dc(mut register: Register, window: &Window, table: &DcTable) -> Option<(Register, i32)> {
    register.refill(window);
    let entry = table.entry(register.peek());
    if entry.bits() != 0 {
        register.drop(entry.bits());
        return Some((register, entry.difference()));
    }
    let symbol = table.long(entry, (register.peek() >> 32) as u32)?;
    register.drop(symbol.code_bits);
    let difference = extend(register.take(symbol.size), symbol.size);
    Some((register, difference))
}

#[inline(always)]
fn ac(mut register: Register, window: &Window, tables: Tables<'_>, target: &mut [i16; REACH]) -> Option<Register> {
    let entries = tables.ac.entries();
    let mut put = |index: u32, value: i16| {
        let place = usize::from(tables.places[index as usize & 255]);
        target[place & (REACH - 1)] = value;
    };
    let mut index = 1;
    loop {
        register.refill(window);
        for _ in 0..LOOK_UPS_PER_REFILL {
            let entry = entries[(register.peek() >> (64 - AC_BITS)) as usize];
            if entry.bits() == 0 {
                register.refill(window);
                let symbol = tables.ac.long(entry, (register.peek() >> 32) as u32)?;
                register.drop(symbol.code_bits);
                index += symbol.run;
                if symbol.size != 0 {
                    put(index, extend(register.take(symbol.size), symbol.size) as i16);
                } else if symbol.run != 15 {
                    return Some(register);
                }
                index += 1;
                if index > LAST {
                    return (index == LAST + 1).then_some(register);
                }
                break;
            }
            let before = register;
            register.drop_entry(entry);
            let next = index + entry.advance();
            // The second value before the first: where there is no second, its zero lands where the first then goes.
            put(next.wrapping_sub(1), entry.second());
            put(index + entry.run(), entry.first());
            if next > LAST {
                let sound = next == LAST + 1 || (END..=END + LAST).contains(&next);
                return if sound { Some(register) } else { last(before, tables.ac, index) };
            }
            index = next;
        }
    }
}

/// Where a look-up may have finished the block's last coefficient, its remaining bits belong to the next block: takes
/// its pairs one by one. `None` if the block claims more coefficients than there are.
#[cold]
#[inline(never)]
fn last(mut register: Register, table: &AcTable, mut index: u32) -> Option<Register> {
    while index <= LAST {
        let entry = table.single(register.peek());
        if entry.bits() == 0 {
            return None;
        }
        register.drop_entry(entry);
        if entry.is_end() {
            return Some(register);
        }
        index += entry.advance();
    }
    (index == LAST + 1).then_some(register)
}
