//! One component in a frame.

/// Most components that are decoded: grey or YCbCr.
pub(crate) const MAX_COMPONENTS: usize = 3;

/// One component of the frame and the tables its scan names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Component {
    pub(super) id: u8,
    /// Blocks per MCU across: 1, 2 or 4.
    pub(crate) h: usize,
    /// Blocks per MCU down: 1, 2 or 4.
    pub(crate) v: usize,
    pub(crate) quantiser: usize,
    pub(crate) dc: usize,
    pub(crate) ac: usize,
}
