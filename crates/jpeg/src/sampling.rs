//! The resolution of a picture's chroma beside its luma.

/// How many samples of chroma a picture has for its samples of luma.
///
/// ```
/// use liveness_jpeg::Sampling;
///
/// assert_eq!(Sampling::S420.chroma(641), 321);
/// assert_eq!(Sampling::S444.chroma(641), 641);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// Half the width and half the height, rounded up: 4:2:0, what cameras and phones write.
    #[default]
    S420,
    /// As much as luma: 4:4:4. Sharper colour edges, for more bytes.
    S444,
}

impl Sampling {
    /// A side of a chroma plane in samples, beside a side of luma.
    pub const fn chroma(self, luma: u32) -> u32 {
        match self {
            Self::S420 => luma.div_ceil(2),
            Self::S444 => luma,
        }
    }
}
