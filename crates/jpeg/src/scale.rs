//! At which reduced sizes the inverse transform can be made.

/// How much of each block of 8×8 samples is kept when it is decoded: what `libjpeg` calls scaling by n/8. Each step halves both
/// sides, and most of the work of the inverse transform is saved.
///
/// ```
/// use liveness_jpeg::Scale;
///
/// // The smallest scale at which a side of 4,000 px still has 1,000.
/// let scale = Scale::ALL.into_iter().find(|scale| scale.of(4_000) >= 1_000);
/// assert_eq!(scale, Some(Scale::Quarter));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// 1 of 8 samples a side: the mean.
    Eighth = 1,
    /// 2 of 8 samples.
    Quarter = 2,
    /// 4 of 8 samples.
    Half = 4,
    /// All 8.
    #[default]
    Full = 8,
}

impl Scale {
    /// All four, from the smallest.
    pub const ALL: [Self; 4] = [Self::Eighth, Self::Quarter, Self::Half, Self::Full];

    /// A side in px at this scale, of the full one's, rounded up.
    pub const fn of(self, px: u32) -> u32 {
        ((px as u64 * self.side() as u64).div_ceil(8)) as u32
    }

    /// Samples per side of a block.
    pub(crate) const fn side(self) -> usize {
        self as usize
    }
}
