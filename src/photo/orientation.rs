//! The orientation of a picture from its EXIF data.

use serde::{Deserialize, Serialize};

use crate::model::words;

/// The tag of the orientation in EXIF 2.32 §4.6.4 A.
const ORIENTATION_TAG: u16 = 0x0112;
/// The types of the tag's value: SHORT as the standard has it, LONG as some writers do.
const SHORT: u16 = 3;
const LONG: u16 = 4;
const ENTRY_BYTES: usize = 12;

/// The turn that makes a stored picture upright, numbered as in EXIF: 1–8.
///
/// ```
/// use liveness::photo::Orientation;
///
/// let held_upright = Orientation::from_exif(6).unwrap();
/// assert_eq!(held_upright, Orientation::Rotate90);
/// assert!(held_upright.swaps_sides());
/// assert_eq!(Orientation::from_exif(9), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Orientation {
    /// 1: the picture is upright as stored.
    #[default]
    Upright,
    /// 2: to be mirrored left to right.
    MirrorHorizontal,
    /// 3: to be turned by 180°.
    Rotate180,
    /// 4: to be mirrored top to bottom.
    MirrorVertical,
    /// 5: rows and columns to be exchanged.
    Transpose,
    /// 6: to be turned clockwise by 90°; the usual one of a phone in portrait position.
    Rotate90,
    /// 7: rows and columns to be exchanged, then turned by 180°.
    Transverse,
    /// 8: to be turned clockwise by 270°.
    Rotate270,
}

words!(all Orientation, "orientation", {
    Upright => "upright",
    MirrorHorizontal => "mirror_horizontal",
    Rotate180 => "rotate180",
    MirrorVertical => "mirror_vertical",
    Transpose => "transpose",
    Rotate90 => "rotate90",
    Transverse => "transverse",
    Rotate270 => "rotate270",
});

impl Orientation {
    /// The orientation of an EXIF number 1–8; `None` for any other.
    pub fn from_exif(number: u16) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// The EXIF number, 1–8.
    pub fn to_exif(self) -> u8 {
        self as u8 + 1
    }

    /// Whether the upright picture's width is the stored one's height.
    pub fn swaps_sides(self) -> bool {
        matches!(self, Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270)
    }
}

/// The orientation in an EXIF block, which begins with the TIFF header. `None` if there is none, or the block is
/// malformed: a photo is never refused for a broken EXIF block.
pub(super) fn of_exif(tiff: &[u8]) -> Option<Orientation> {
    let big_endian = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let u16_at = |at: usize| -> Option<u16> {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let u32_at = |at: usize| -> Option<u32> {
        let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let directory = usize::try_from(u32_at(4)?).ok()?;
    let claimed = usize::from(u16_at(directory)?);
    let first = directory.checked_add(2)?;
    // Not more entries than there is room for, whatever the block claims: a file may have thousands of such blocks.
    let entries = claimed.min(tiff.len().checked_sub(first)? / ENTRY_BYTES);
    (0..entries).map(|entry| first + entry * ENTRY_BYTES).find_map(|at| {
        if u16_at(at)? != ORIENTATION_TAG {
            return None;
        }
        let number = match u16_at(at + 2)? {
            SHORT => u16_at(at + 8)?,
            LONG => u16::try_from(u32_at(at + 8)?).ok()?,
            _ => return None,
        };
        Orientation::from_exif(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(big_endian: bool, tag: u16, kind: u16, value: u32) -> Vec<u8> {
        let u16_bytes = |v: u16| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
        let u32_bytes = |v: u32| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
        let mut out = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        out.extend(u32_bytes(8));
        out.extend(u16_bytes(1));
        out.extend(u16_bytes(tag));
        out.extend(u16_bytes(kind));
        out.extend(u32_bytes(1));
        if kind == SHORT {
            out.extend(u16_bytes(value as u16));
            out.extend([0, 0]);
        } else {
            out.extend(u32_bytes(value));
        }
        out
    }

    #[test]
    fn every_orientation_is_read_in_both_byte_orders() {
        for big_endian in [false, true] {
            for kind in [SHORT, LONG] {
                for &wanted in Orientation::ALL {
                    let block = block(big_endian, ORIENTATION_TAG, kind, wanted.to_exif().into());
                    assert_eq!(of_exif(&block), Some(wanted));
                }
            }
        }
    }

    #[test]
    fn a_number_out_of_range_is_no_orientation() {
        for number in [0, 9, 255, 65_535] {
            assert_eq!(of_exif(&block(false, ORIENTATION_TAG, SHORT, number)), None);
        }
        assert_eq!(of_exif(&block(true, ORIENTATION_TAG, LONG, 65_536 + 6)), None);
    }

    #[test]
    fn a_block_that_claims_more_entries_than_it_has_is_read_as_far_as_it_goes() {
        let mut many = block(false, ORIENTATION_TAG, SHORT, 6);
        many[8..10].copy_from_slice(&u16::MAX.to_le_bytes());
        assert_eq!(of_exif(&many), Some(Orientation::Rotate90));
    }

    #[test]
    fn a_malformed_block_is_ignored() {
        let whole = block(true, ORIENTATION_TAG, SHORT, 6);
        for end in 0..whole.len() - 2 {
            assert_eq!(of_exif(&whole[..end]), None);
        }
        let mut far = whole.clone();
        far[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(of_exif(&far), None);
        let mut many = whole;
        many[8..10].copy_from_slice(&u16::MAX.to_be_bytes());
        many[11] = 0x13;
        assert_eq!(of_exif(&many), None);
    }
}
