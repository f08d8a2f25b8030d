//! The scan headers of a progressive file.

use super::component::MAX_COMPONENTS;

/// Most bits by which a scan may leave its coefficients coarse (T.81 table B.3).
pub(super) const MAX_LOW_BIT: u8 = 13;

/// The content of one scan of a progressive file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScanHeader {
    pub(super) parts: [ScanPart; MAX_COMPONENTS],
    pub(super) count: usize,
    pub(crate) band: Band,
}

/// One component of a scan.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ScanPart {
    /// Its index among the frame's.
    pub(crate) component: usize,
    pub(crate) dc: usize,
    pub(crate) ac: usize,
}

/// The bits and coefficients that a scan contains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band {
    /// First coefficient by zigzag index; 0 for a scan of DC.
    pub(crate) start: u32,
    /// Last coefficient.
    pub(crate) end: u32,
    /// Whether an earlier scan had the bits above.
    pub(crate) refines: bool,
    /// The lowest bit of the scan.
    pub(crate) low_bit: u32,
}

/// What follows a scan.
pub(crate) enum Next {
    /// Another scan and where its data begins; `None` for one that contradicts the standard or names tables that are missing.
    Scan(Option<ScanHeader>, usize),
    /// The end of the image.
    End,
    /// The end of the file.
    Cut,
}

impl Band {
    /// A bit for each of its coefficients, by zigzag index.
    #[inline(always)]
    pub(crate) fn mask(self) -> u64 {
        u64::MAX << (self.start & 63) & u64::MAX >> (63 - (self.end & 63))
    }
}

impl ScanHeader {
    /// Its components in the order of the frame.
    pub(crate) fn parts(&self) -> &[ScanPart] {
        &self.parts[..self.count]
    }
}
