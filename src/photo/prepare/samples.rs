//! Converts the samples of a video codec to those of JPEG (ITU-T H.273).

/// The room below black and above white in H.273, of each 256 steps.
const LIMITED_BLACK: f32 = 16.0;
const LIMITED_LUMA_STEPS: f32 = 219.0;
const LIMITED_CHROMA_STEPS: f32 = 224.0;
const NEUTRAL: f32 = 128.0;

/// The formulas for luma and chroma of 8 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coding {
    matrix: Matrix,
    is_full_range: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Matrix {
    /// Green, blue and red in the places of luma, Cb and Cr.
    #[cfg_attr(not(feature = "heic"), allow(dead_code, reason = "WebP has none but BT.601"))]
    Identity,
    /// The parts of red and of blue in luma.
    Luma { red: f32, blue: f32 },
}

/// JPEG's own.
const BT601: Matrix = Matrix::Luma { red: 0.299, blue: 0.114 };

/// A value for each value of a sample.
pub(super) type Table = [u8; 256];

impl Coding {
    /// WebP's: BT.601 between 16 and 235.
    pub(super) const WEBP: Self = Self { matrix: BT601, is_full_range: false };

    /// The samples of H.273's matrix code; `None` for a code that is no matrix of Y, Cb and Cr. A missing code is
    /// BT.601, as other readers have it.
    #[cfg(feature = "heic")]
    pub(super) fn new(matrix: u16, is_full_range: bool) -> Option<Self> {
        let matrix = match matrix {
            0 => Matrix::Identity,
            1 => Matrix::Luma { red: 0.2126, blue: 0.0722 },
            4 => Matrix::Luma { red: 0.30, blue: 0.11 },
            7 => Matrix::Luma { red: 0.212, blue: 0.087 },
            9 => Matrix::Luma { red: 0.2627, blue: 0.0593 },
            2 | 3 | 5 | 6 => BT601,
            _ => return None,
        };
        Some(Self { matrix, is_full_range })
    }

    /// Whether only the range differs from JPEG's.
    pub(super) fn is_jpegs_matrix(self) -> bool {
        self.matrix == BT601
    }

    /// The value of luma, or of the sample in its place, at full range.
    pub(super) fn luma(self) -> Table {
        self.table(|value| (value - LIMITED_BLACK) * 255.0 / LIMITED_LUMA_STEPS)
    }

    /// The value of chroma, or of the sample in its place, at full range.
    pub(super) fn chroma(self) -> Table {
        match self.matrix {
            Matrix::Identity => self.luma(),
            Matrix::Luma { .. } => self.table(|value| (value - NEUTRAL) * 255.0 / LIMITED_CHROMA_STEPS + NEUTRAL),
        }
    }

    /// The RGB of samples at full range.
    pub(super) fn rgb(self, [y, cb, cr]: [u8; 3]) -> [u8; 3] {
        let Matrix::Luma { red, blue } = self.matrix else { return [cr, y, cb] };
        let (y, cb, cr) = (f32::from(y), f32::from(cb) - NEUTRAL, f32::from(cr) - NEUTRAL);
        let r = y + 2.0 * (1.0 - red) * cr;
        let b = y + 2.0 * (1.0 - blue) * cb;
        let g = (y - red * r - blue * b) / (1.0 - red - blue);
        [r, g, b].map(|value| value.round() as u8)
    }

    fn table(self, full: impl Fn(f32) -> f32) -> Table {
        std::array::from_fn(|value| if self.is_full_range { value as u8 } else { full(value as f32).round() as u8 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limited_range_is_stretched_and_full_range_left() {
        let (luma, chroma) = (Coding::WEBP.luma(), Coding::WEBP.chroma());
        assert_eq!([0, 16, 126, 235, 255].map(|value| luma[value]), [0, 0, 128, 255, 255]);
        assert_eq!([0, 16, 128, 240, 255].map(|value| chroma[value]), [0, 1, 128, 255, 255]);
    }

    #[cfg(feature = "heic")]
    #[test]
    fn every_matrix_gives_back_the_colours_that_it_was_made_of() {
        let full = |code| Coding::new(code, true).unwrap();
        // BT.709's and BT.2020's luma and chroma of a red, by their standards' formulas.
        assert_eq!(full(1).rgb([63, 102, 240]), [239, 15, 15]);
        assert_eq!(full(5).rgb([76, 85, 255]), [254, 0, 0]);
        assert_eq!(full(0).rgb([10, 20, 30]), [30, 10, 20]);
        assert_eq!(Coding::new(0, false).unwrap().chroma()[235], 255);
        for code in [1, 4, 5, 6, 7, 9] {
            assert_eq!(full(code).rgb([200, 128, 128]), [200; 3], "{code}");
        }
        assert_eq!((Coding::new(8, true), Coding::new(14, true)), (None, None));
        assert!(full(2).is_jpegs_matrix() && !full(1).is_jpegs_matrix());
        assert_eq!(full(1).luma()[77], 77);
    }
}
