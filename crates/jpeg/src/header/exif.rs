//! Reads the orientation of a picture from its EXIF data.

use crate::orientation::Orientation;

/// The tag of the orientation in EXIF 2.32 §4.6.4 A.
const ORIENTATION_TAG: u32 = 0x0112;
/// The types of the tag's value: SHORT as the standard has it, LONG as some writers do.
const SHORT: u32 = 3;
const LONG: u32 = 4;
const ENTRY_BYTES: usize = 12;

/// The orientation in the body of an APP1 segment; `None` if it has none, or is malformed: no picture is refused for
/// a broken EXIF block.
pub(super) fn orientation(segment: &[u8]) -> Option<Orientation> {
    let tiff = segment.strip_prefix(b"Exif\0")?.get(1..)?;
    let big_endian = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let number = |at: usize, bytes: usize| {
        let bytes = tiff.get(at..at.checked_add(bytes)?)?.iter().map(|&byte| u32::from(byte));
        Some(if big_endian { bytes.fold(0, |n, byte| n << 8 | byte) } else { bytes.rfold(0, |n, byte| n << 8 | byte) })
    };
    let directory = usize::try_from(number(4, 4)?).ok()?;
    // No more entries than there is room for, whatever the block claims.
    let first = directory.checked_add(2)?;
    let entries = (number(directory, 2)? as usize).min(tiff.len().checked_sub(first)? / ENTRY_BYTES);
    let at =
        (0..entries).map(|entry| first + entry * ENTRY_BYTES).find(|&at| number(at, 2) == Some(ORIENTATION_TAG))?;
    let value = match number(at + 2, 2)? {
        SHORT => number(at + 8, 2)?,
        LONG => number(at + 8, 4)?,
        _ => return None,
    };
    Orientation::from_exif(u8::try_from(value).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(big_endian: bool, tag: u32, kind: u32, value: u32) -> Vec<u8> {
        let number = |n: u32, bytes: usize| {
            if big_endian { n.to_be_bytes()[4 - bytes..].to_vec() } else { n.to_le_bytes()[..bytes].to_vec() }
        };
        let value = if kind == SHORT { [number(value, 2), vec![0, 0]].concat() } else { number(value, 4) };
        let order = if big_endian { b"MM\0*" } else { b"II*\0" };
        let parts = [number(8, 4), number(1, 2), number(tag, 2), number(kind, 2), number(1, 4), value];
        [b"Exif\0\0", &order[..], &parts.concat()].concat()
    }

    #[test]
    fn every_orientation_is_read_in_both_byte_orders() {
        for big_endian in [false, true] {
            for kind in [SHORT, LONG] {
                for wanted in Orientation::ALL {
                    let segment = segment(big_endian, ORIENTATION_TAG, kind, wanted.to_exif().into());
                    assert_eq!(orientation(&segment), Some(wanted));
                }
                assert_eq!(orientation(&segment(big_endian, ORIENTATION_TAG, kind, 0)), None);
                assert_eq!(orientation(&segment(big_endian, ORIENTATION_TAG, kind, 9)), None);
            }
            assert_eq!(orientation(&segment(big_endian, 0x0110, SHORT, 6)), None);
            assert_eq!(orientation(&segment(big_endian, ORIENTATION_TAG, LONG, 65_536 + 6)), None);
        }
    }

    #[test]
    fn a_block_cut_or_lying_about_its_length_is_read_as_far_as_it_goes() {
        let whole = segment(true, ORIENTATION_TAG, SHORT, 6);
        (0..whole.len() - 2).for_each(|end| assert_eq!(orientation(&whole[..end]), None, "{end}"));
        for (at, bytes, expected) in
            [(10, &u32::MAX.to_be_bytes()[..], None), (14, &u16::MAX.to_be_bytes()[..], Some(Orientation::Rotate90))]
        {
            let mut changed = whole.clone();
            changed[at..at + bytes.len()].copy_from_slice(bytes);
            assert_eq!(orientation(&changed), expected, "{at}");
        }
    }
}
