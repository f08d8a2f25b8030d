//! How is a scan's bit stream turned into blocks of coefficients, and what if it is damaged?

use super::{
    bits::{Bits, Register, Window},
    huffman::{AC_BITS, AcTable, DcTable, END, extend},
};

/// Coefficients of one tile of MCUs; a power of two, because places are masked instead of checked.
pub(crate) const TILE_COEFFICIENTS: usize = 1 << 13;

/// Index of a block's last coefficient.
const LAST: u32 = 63;

/// A tile's coefficients, see [`Scale::places`](super::idct::Scale::places).
pub(crate) type Tile = [i16; TILE_COEFFICIENTS];

/// The tables one component is decoded with.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'a> {
    pub(crate) dc: &'a DcTable,
    pub(crate) ac: &'a AcTable,
    /// Where in its group of lanes each coefficient goes, by zigzag index.
    pub(crate) places: &'a [u16; 256],
}

/// Decodes one block, its lane 0 at `base`, with `prediction` as its DC prediction; says whether its codes were valid.
#[inline(always)]
pub(crate) fn block(
    bits: &mut Bits<'_>,
    tables: Tables<'_>,
    tile: &mut Tile,
    base: usize,
    prediction: &mut i32,
) -> bool {
    let (mut register, window) = bits.parts();
    let valid = dc(&mut register, window, tables.dc, prediction) && {
        tile[(base + usize::from(tables.places[0])) & (TILE_COEFFICIENTS - 1)] = *prediction as i16;
        ac(&mut register, window, tables, tile, base)
    };
    bits.set_register(register);
    valid
}

#[inline(always)]
fn dc(register: &mut Register, window: &Window, table: &DcTable, prediction: &mut i32) -> bool {
    register.refill(window);
    let (bits, difference) = table.entry(register.peek());
    if bits != 0 {
        register.drop(bits);
        *prediction = prediction.wrapping_add(difference);
        return true;
    }
    let Some(symbol) = table.long((register.peek() >> 32) as u32) else { return false };
    register.drop(symbol.code_bits);
    *prediction = prediction.wrapping_add(extend(register.take(symbol.size), symbol.size));
    true
}

#[inline(always)]
fn ac(register: &mut Register, window: &Window, tables: Tables<'_>, tile: &mut Tile, base: usize) -> bool {
    let entries = tables.ac.entries();
    let mut put = |index: u32, value: i16| {
        let place = usize::from(tables.places[index as usize & 255]);
        tile[(base + place) & (TILE_COEFFICIENTS - 1)] = value;
    };
    let mut index = 1;
    while index <= LAST {
        register.refill(window);
        let entry = entries[(register.peek() >> (64 - AC_BITS)) as usize];
        if entry.bits() != 0 {
            let before = *register;
            register.drop_entry(entry);
            let next = index + entry.advance();
            // The second value before the first: where there is no second, its zero lands where the first then goes.
            put(next.wrapping_sub(1), entry.second());
            put(index + entry.run(), entry.first());
            if next > LAST + 1 {
                return (END..=END + LAST).contains(&next) || last(register, before, tables.ac, index);
            }
            index = next;
            continue;
        }
        let Some(symbol) = tables.ac.long(entry, (register.peek() >> 32) as u32) else { return false };
        register.drop(symbol.code_bits);
        index += symbol.run;
        if symbol.size != 0 {
            put(index, extend(register.take(symbol.size), symbol.size) as i16);
        } else if symbol.run != 15 {
            return true;
        }
        index += 1;
    }
    index == LAST + 1
}

/// Where a look-up may have finished the block's last coefficient, what it holds beyond belongs to the next block: steps back and
/// takes its pairs one by one. Says whether it was so.
#[cold]
#[inline(never)]
fn last(register: &mut Register, before: Register, table: &AcTable, mut index: u32) -> bool {
    *register = before;
    while index <= LAST {
        let entry = table.single(register.peek());
        if entry.bits() == 0 {
            return false;
        }
        register.drop_entry(entry);
        if entry.is_end() {
            return true;
        }
        index += entry.advance();
    }
    index == LAST + 1
}
