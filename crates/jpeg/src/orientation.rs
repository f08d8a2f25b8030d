//! The orientation of a stored picture, and the turn that makes it upright.

/// Rows and columns are exchanged in tiles of this side, so that both sides of the exchange stay in the cache.
const TILE_PX: usize = 32;

/// The turn that makes a stored picture upright, numbered as in EXIF: 1–8.
///
/// ```
/// use liveness_jpeg::Orientation;
///
/// let held_upright = Orientation::from_exif(6).unwrap();
/// assert_eq!(held_upright, Orientation::Rotate90);
/// assert!(held_upright.swaps_sides());
/// assert_eq!(Orientation::from_exif(9), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

impl Orientation {
    /// All eight, in the order of their EXIF numbers.
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::MirrorHorizontal,
        Self::Rotate180,
        Self::MirrorVertical,
        Self::Transpose,
        Self::Rotate90,
        Self::Transverse,
        Self::Rotate270,
    ];

    /// The orientation of an EXIF number 1–8; `None` for any other.
    pub fn from_exif(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// The EXIF number, 1–8.
    pub const fn to_exif(self) -> u8 {
        self as u8 + 1
    }

    /// Whether the upright picture's width is the stored one's height.
    pub const fn swaps_sides(self) -> bool {
        matches!(self, Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270)
    }

    /// The upright picture's size, computed from the stored one's.
    pub(crate) fn turned<T>(self, (width, height): (T, T)) -> (T, T) {
        if self.swaps_sides() { (height, width) } else { (width, height) }
    }

    /// Whether the upright picture starts with the stored one's right column, and with its last row.
    pub(crate) fn flips(self) -> (bool, bool) {
        use Orientation::*;
        (
            matches!(self, MirrorHorizontal | Rotate180 | Transverse | Rotate270),
            matches!(self, Rotate180 | MirrorVertical | Rotate90 | Transverse),
        )
    }

    /// Turns a plane of `width` × `height` samples upright; `sample` gives each by its number in the stored order.
    #[inline(always)]
    pub(crate) fn turn(self, sample: impl Fn(usize) -> u8, (width, height): (usize, usize), upright: &mut Vec<u8>) {
        use Orientation::*;
        let row = |y: usize| y * width..(y + 1) * width;
        upright.clear();
        match self {
            Upright => upright.extend((0..width * height).map(sample)),
            Rotate180 => upright.extend((0..width * height).rev().map(sample)),
            MirrorHorizontal => (0..height).for_each(|y| upright.extend(row(y).rev().map(&sample))),
            MirrorVertical => (0..height).rev().for_each(|y| upright.extend(row(y).map(&sample))),
            Transpose | Rotate90 | Transverse | Rotate270 => {
                upright.resize(width * height, 0);
                let flip_x = matches!(self, Rotate90 | Transverse);
                let flip_y = matches!(self, Rotate270 | Transverse);
                for (tile_y, tile_x) in
                    (0..height).step_by(TILE_PX).flat_map(|y| (0..width).step_by(TILE_PX).map(move |x| (y, x)))
                {
                    for x in tile_x..(tile_x + TILE_PX).min(width) {
                        let row = if flip_y { width - 1 - x } else { x } * height;
                        for y in tile_y..(tile_y + TILE_PX).min(height) {
                            upright[row + if flip_x { height - 1 - y } else { y }] = sample(y * width + x);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_orientation_puts_the_first_row_where_exif_says_it_is() {
        // EXIF 2.32, tag 0x0112: which side of the scene the 0th row and the 0th column show. Stored 3×2: 1 2 3 / 4 5 6.
        let stored = [1, 2, 3, 4, 5, 6];
        for (number, width, upright) in [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ] {
            let orientation = Orientation::from_exif(number).unwrap();
            let mut turned = Vec::new();
            orientation.turn(|at| stored[at], (3, 2), &mut turned);
            assert_eq!(turned, upright, "orientation {number}");
            assert_eq!((orientation.turned((3, 2)).0, orientation.to_exif()), (width, number));
        }
        assert_eq!((Orientation::from_exif(0), Orientation::from_exif(9)), (None, None));
    }

    #[test]
    fn tiles_do_not_show() {
        let (width, height) = (TILE_PX * 2 + 5, TILE_PX + 3);
        let plane: Vec<u8> = (0..width * height).map(|i| (i % 251) as u8).collect();
        let (mut turned, mut back) = (Vec::new(), Vec::new());
        Orientation::Rotate90.turn(|at| plane[at], (width, height), &mut turned);
        Orientation::Rotate270.turn(|at| turned[at], (height, width), &mut back);
        assert_eq!(plane, back);
        assert_eq!(turned[0], plane[(height - 1) * width]);
    }
}
