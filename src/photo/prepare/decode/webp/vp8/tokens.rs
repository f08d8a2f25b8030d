//! Reads the coefficients of a block (RFC 6386, §13).

use super::{
    bits::{Bits, EVEN},
    probabilities::{Context, Plane},
};

/// The coefficients of 4×4 px, row by row.
pub(super) type Block = [i16; 16];

const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];
const CATEGORY_1: u8 = 159;
const CATEGORY_2: [u8; 2] = [165, 145];
/// Of the extra bits of categories 3 to 6, from the highest on.
const CATEGORIES: [&[u8]; 4] = [
    &[173, 148, 140],
    &[176, 155, 140, 135],
    &[180, 157, 141, 134, 130],
    &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129],
];

/// Reads a block from coefficient `first` on into zeros; says where it ends, `first` if it is empty.
///
/// `factors` are those of the first coefficient and of the others, `neighbours` how many of the blocks above and to the left are
/// not empty.
#[inline(always)]
pub(super) fn read(
    bits: &mut Bits<'_>,
    plane: &Plane,
    neighbours: usize,
    first: usize,
    factors: [i32; 2],
    block: &mut Block,
) -> usize {
    let mut context: &Context = &plane[first][neighbours];
    let mut n = first;
    while n < 16 {
        bits.fill();
        if !bits.ready_bit(context[0]) {
            return n;
        }
        while !bits.ready_bit(context[1]) {
            n += 1;
            if n == 16 {
                return 16;
            }
            context = &plane[n][0];
            bits.fill();
        }
        let next = &plane[n + 1];
        // Of the 24 bits that are ready three branches take 21 at most, and the sign one.
        let value = if bits.ready_bit(context[2]) {
            let value = over_one(bits, context);
            context = &next[2];
            value
        } else {
            context = &next[1];
            1
        };
        let value = if bits.ready_bit(EVEN) { -value } else { value };
        // Cut to 16 bits as libwebp does; no encoder writes what does not fit.
        block[usize::from(ZIGZAG[n])] = (value * factors[usize::from(n > 0)]) as i16;
        n += 1;
    }
    16
}

/// A value of two or more. Leaves a bit ready for its sign.
#[inline(always)]
fn over_one(bits: &mut Bits<'_>, context: &Context) -> i32 {
    bits.fill();
    if !bits.ready_bit(context[3]) {
        return if bits.ready_bit(context[4]) { 3 + i32::from(bits.ready_bit(context[5])) } else { 2 };
    }
    if bits.ready_bit(context[6]) {
        return category(bits, context);
    }
    let is_second = bits.ready_bit(context[7]);
    bits.fill();
    if is_second {
        let high = i32::from(bits.ready_bit(CATEGORY_2[0]));
        7 + 2 * high + i32::from(bits.ready_bit(CATEGORY_2[1]))
    } else {
        5 + i32::from(bits.ready_bit(CATEGORY_1))
    }
}

/// A value of eleven or more.
fn category(bits: &mut Bits<'_>, context: &Context) -> i32 {
    let high = bits.bit(context[8]);
    let low = bits.bit(context[9 + usize::from(high)]);
    let category = 2 * usize::from(high) + usize::from(low);
    let extra =
        CATEGORIES[category].iter().fold(0, |extra, &probability| extra << 1 | i32::from(bits.bit(probability)));
    bits.fill();
    extra + 3 + (8 << category)
}
